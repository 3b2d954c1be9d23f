//! What a department returns to the programme unit of the Bangla Sahayata Kendras on the order of the Chief Secretary,
//! No. 908-CS/(61)/2022 of 05.07.2022: for each notified service whether it is issued as the order asks. What a program
//! cannot know of its installation is configured; what nobody configured is "not stated", and nothing is made up.

use crate::{
    catalogue::{Name, Output},
    civil::parse_date,
    table::{self, Table},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The order.
pub const ORDER: &str = "No. 908-CS/(61)/2022, 05.07.2022";

/// What somebody states of this installation: the keys of `[programme]`. An empty one is not stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Under which address the public opens the portal.
    pub portal: String,
    /// Number of the security audit of the application.
    pub audit_number: String,
    /// Its day, `2026-04-01`.
    pub audit_date: String,
    /// The page of the BSK portal on which verification is embedded.
    pub bsk_portal: String,
    /// The pages of departments' own portals on which it is embedded, by their letters.
    #[serde(default)]
    pub department_portals: BTreeMap<String, String>,
}

impl Programme {
    /// The first key that does not hold what it is for, and what that is.
    pub fn wrong(&self) -> Option<(String, &'static str)> {
        let address = |text: &str| text.is_empty() || text.starts_with("https://") || text.starts_with("http://");
        let own = self.department_portals.iter().map(|(code, page)| (format!("department_portals.{code}"), page));
        let named = [("portal".to_owned(), &self.portal), ("bsk_portal".to_owned(), &self.bsk_portal)];
        if let Some((key, _)) =
            named.into_iter().chain(own).find(|(_, page)| !address(page) || page.chars().count() > 300)
        {
            return Some((key, "an address that begins https:// and has at most 300 characters"));
        }
        if !self.audit_date.is_empty() && parse_date(&self.audit_date).is_none() {
            return Some(("audit_date".into(), "a day, written 2026-04-01"));
        }
        (self.audit_number.chars().count() > 100).then(|| ("audit_number".into(), "at most 100 characters"))
    }
}

/// A service of the department as the return needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its name.
    pub name: Name,
    /// What it ends in.
    pub output: Output,
    /// It has a template of its own, and not the one that serves any service.
    pub template: bool,
    /// Certificates ready in the period.
    pub ready: u64,
    /// Certificates handed over at a centre in the period.
    pub delivered: u64,
}

/// What holds for every service of the installation.
#[derive(Debug, Clone, Copy)]
pub struct Installed<'a> {
    /// Letters of the department.
    pub department: &'a str,
    /// The certificate that seals is from a licensed authority; none: no key has been published yet.
    pub licensed: Option<bool>,
    /// What somebody states.
    pub stated: &'a Programme,
}

/// What each column means, in both languages.
pub const MEANINGS: [(&str, &str); 4] = [
    (
        "Template: the service has a document of its own laid out for it; otherwise the general one is used. A service \
         without a document has a time limit only.",
        "নকশা: পরিষেবাটির নিজস্ব নথির নকশা আছে; না থাকলে সাধারণ নকশা ব্যবহার হয়। নথিহীন পরিষেবার কেবল সময়সীমা থাকে।",
    ),
    (
        "Licensed certificate: the certificate that seals documents now leads to an authority that this installation was \
         told to trust as licensed. Without one every document says SPECIMEN.",
        "অনুমোদিত শংসাপত্র: এখন যে শংসাপত্রে নথি সিল হয়, তা এই ব্যবস্থায় অনুমোদিত বলে নির্দিষ্ট কর্তৃপক্ষ পর্যন্ত পৌঁছায়। না হলে প্রতিটি নথিতে SPECIMEN লেখা থাকে।",
    ),
    (
        "TLS, security audit and the pages of the two portals are as stated by whoever runs the installation; the program \
         does not look at them. \"Not stated\" says that nobody has stated them.",
        "TLS, নিরাপত্তা নিরীক্ষা ও দুই পোর্টালের পাতা ব্যবস্থার পরিচালকের বিবৃতি অনুযায়ী; প্রোগ্রাম সেগুলি পরীক্ষা করে না। \"বলা নেই\" মানে কেউ জানাননি।",
    ),
    (
        "Ready: certificates that became ready for the citizen in the period. Delivered: handed over at a centre in it, as \
         its operators recorded.",
        "প্রস্তুত: এই সময়কালে নাগরিকের জন্য প্রস্তুত শংসাপত্র। বিতরিত: এই সময়কালে কেন্দ্রে হাতে দেওয়া, কর্মীদের নথি অনুযায়ী।",
    ),
];

/// The tables: what holds for all services, and each service.
pub fn sheet(services: &[Issued], installed: Installed<'_>) -> Vec<Table> {
    vec![all(installed), each(services, installed)]
}

fn yes(holds: bool) -> Name {
    if holds { Name::new("yes", "হ্যাঁ") } else { Name::new("no", "না") }
}

fn stated(text: &str) -> Name {
    if text.is_empty() { Name::new("not stated", "বলা নেই") } else { Name::same(text) }
}

fn licensed(installed: Installed<'_>) -> Name {
    installed.licensed.map_or_else(|| Name::new("no key yet", "এখনও চাবি নেই"), yes)
}

fn tls(stated_as: &Programme) -> Name {
    match stated_as.portal.as_str() {
        "" => stated(""),
        address => yes(address.starts_with("https://")),
    }
}

/// The letters may be small: the environment has them so.
fn own_portal<'a>(installed: Installed<'a>) -> &'a str {
    let pages = &installed.stated.department_portals;
    let own = pages.iter().find(|(code, _)| code.eq_ignore_ascii_case(installed.department));
    own.map_or("", |(_, page)| page.as_str())
}

fn all(installed: Installed<'_>) -> Table {
    let told = installed.stated;
    let mut table = Table::words(
        Name::new("The installation", "ব্যবস্থা"),
        &[("What the order asks", "আদেশে যা চাওয়া হয়েছে"), ("What there is", "যা আছে")],
    );
    let day = match parse_date(&told.audit_date) {
        Some(day) => table::day(day),
        None => stated(""),
    };
    for (en, bn, value) in [
        ("Order", "আদেশ", Name::same(ORDER)),
        ("Sealed with a licensed certificate", "অনুমোদিত শংসাপত্রে সিলমোহর", licensed(installed)),
        ("Address of the portal", "পোর্টালের ঠিকানা", stated(&told.portal)),
        ("TLS", "TLS", tls(told)),
        ("Security audit, number", "নিরাপত্তা নিরীক্ষা, নম্বর", stated(&told.audit_number)),
        ("Security audit, date", "নিরাপত্তা নিরীক্ষা, তারিখ", day),
        ("Verification in the department's portal", "দপ্তরের পোর্টালে যাচাই", stated(own_portal(installed))),
        ("Verification in the BSK portal", "বিএসকে পোর্টালে যাচাই", stated(&told.bsk_portal)),
    ] {
        table.rows.push(vec![Name::new(en, bn), value]);
    }
    table
}

fn each(services: &[Issued], installed: Installed<'_>) -> Table {
    let columns = [
        ("Service", "পরিষেবা"),
        ("Ends in", "ফল"),
        ("Template", "নকশা"),
        ("Licensed certificate", "অনুমোদিত শংসাপত্র"),
        ("TLS", "TLS"),
        ("Security audit", "নিরাপত্তা নিরীক্ষা"),
        ("Verifiable, department", "যাচাই, দপ্তর"),
        ("Verifiable, BSK", "যাচাই, বিএসকে"),
        ("Ready", "প্রস্তুত"),
        ("Delivered", "বিতরিত"),
    ];
    let mut table = Table::words(Name::new("Each service", "প্রতিটি পরিষেবা"), &columns);
    let told = installed.stated;
    let audit = match (told.audit_number.as_str(), told.audit_date.as_str()) {
        ("", _) => stated(""),
        (number, "") => Name::same(number),
        (number, day) => Name::same(format!("{number}, {day}")),
    };
    let page = |text: &str| if text.is_empty() { stated("") } else { yes(true) };
    for service in services {
        let mut row = vec![service.name.clone(), output(service.output)];
        if service.output == Output::None {
            row.extend(vec![Name::same("–"); columns.len() - 2]);
        } else {
            let template = match service.template {
                true => Name::new("its own", "নিজস্ব"),
                false => Name::new("the general one", "সাধারণ"),
            };
            row.extend([template, licensed(installed), tls(told), audit.clone()]);
            row.extend([page(own_portal(installed)), page(&told.bsk_portal)]);
            row.extend([service.ready, service.delivered].map(|count| Name::same(count.to_string())));
        }
        table.rows.push(row);
    }
    table
}

fn output(output: Output) -> Name {
    match output {
        Output::Certificate => Name::new("certificate", "শংসাপত্র"),
        Output::Licence => Name::new("licence", "অনুমতিপত্র"),
        Output::Copy => Name::new("copy", "প্রতিলিপি"),
        Output::None => Name::new("no document", "নথি নেই"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(services: &[Issued], installed: Installed<'_>) -> Vec<Vec<String>> {
        let tables = sheet(services, installed);
        tables[1].rows.iter().map(|row| row.iter().map(|cell| cell.en.clone()).collect()).collect()
    }

    #[test]
    fn what_nobody_states_is_not_stated_and_what_is_stated_is_shown() {
        let service =
            |output, template, ready| Issued { name: Name::same("A service"), output, template, ready, delivered: 0 };
        let empty = Programme::default();
        let bare = Installed { department: "BCW", licensed: Some(false), stated: &empty };
        assert_eq!(
            cells(&[service(Output::Certificate, false, 3), service(Output::None, false, 0)], bare),
            [
                [
                    "A service",
                    "certificate",
                    "the general one",
                    "no",
                    "not stated",
                    "not stated",
                    "not stated",
                    "not stated",
                    "3",
                    "0",
                ],
                ["A service", "no document", "–", "–", "–", "–", "–", "–", "–", "–"],
            ]
        );
        let told = Programme {
            portal: "https://verify.wb.gov.in".into(),
            audit_number: "CERT-IN/7".into(),
            audit_date: "2026-04-01".into(),
            bsk_portal: "https://bsk.wb.gov.in/verify".into(),
            department_portals: BTreeMap::from([("BCW".into(), "https://bcw.wb.gov.in/verify".into())]),
        };
        let full = Installed { department: "BCW", licensed: Some(true), stated: &told };
        let row = cells(&[Issued { delivered: 2, ..service(Output::Copy, true, 3) }], full).remove(0);
        assert_eq!(row[2..], ["its own", "yes", "yes", "CERT-IN/7, 2026-04-01", "yes", "yes", "3", "2"]);
        let other = Installed { department: "LRR", ..full };
        assert_eq!(cells(&[service(Output::Copy, true, 3)], other)[0][6], "not stated");
        let plain = Programme { portal: "http://verify.wb.gov.in".into(), ..told.clone() };
        assert_eq!(cells(&[service(Output::Copy, true, 3)], Installed { stated: &plain, ..full })[0][4], "no");
        assert_eq!(told.wrong(), None);
        for (wrong, key) in [
            (Programme { portal: "verify.wb.gov.in".into(), ..told.clone() }, "portal"),
            (Programme { audit_date: "1 April".into(), ..told.clone() }, "audit_date"),
            (Programme { audit_number: "x".repeat(101), ..told.clone() }, "audit_number"),
            (
                Programme { department_portals: BTreeMap::from([("BCW".into(), "javascript:".into())]), ..told },
                "department_portals.BCW",
            ),
        ] {
            assert_eq!(wrong.wrong().map(|(key, _)| key).as_deref(), Some(key));
        }
    }
}
