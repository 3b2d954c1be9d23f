//! A directory as a department hands it in: one JSON object, or one CSV table. Every fault names record, field and rule.

mod rows;

use super::{Charge, Directory, Office, Officer, POSTS, contradiction};
use crate::{
    catalogue::{Catalogue, Name},
    civil::{Instant, end_of, parse_date},
    encoding,
    people::{Post, is_login},
};
use rows::{Kind, Row};
use std::{collections::BTreeMap, fmt};

/// Bytes of a file, at most.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Records of a file, at most.
const MAX_RECORDS: usize = 60_000;
/// Charges of one post at one office, at most: each is compared with the others.
const MAX_CHARGES: usize = 500;
/// Faults that are told, at most.
pub const MAX_FAULTS: usize = 50;
/// Codes of a list, at most.
const MAX_CODES: usize = 100;
/// The word that stands for all districts.
const STATE: &str = "state";

/// What is wrong with a file. No words of a fault repeat a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which record: `line 3 (office)`, `charges[4]`, or `the file`.
    pub record: String,
    /// Which field; empty of the whole record.
    pub field: String,
    /// The rule that it breaks.
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "{}: {}", self.record, self.rule),
            field => write!(f, "{}, `{field}`: {}", self.record, self.rule),
        }
    }
}

impl Fault {
    pub(crate) fn new(record: &str, field: &str, rule: impl Into<String>) -> Self {
        Self { record: record.into(), field: field.into(), rule: rule.into() }
    }
}

/// Reads a file of a department. All faults are told at once, up to [`MAX_FAULTS`].
pub fn read(bytes: &[u8], department: &str, catalogue: &Catalogue) -> Result<Directory, Vec<Fault>> {
    let whole = |rule: String| vec![Fault::new("the file", "", rule)];
    if bytes.len() > MAX_BYTES {
        return Err(whole(format!("a directory has at most {} MiB", MAX_BYTES >> 20)));
    }
    let text = encoding::text(bytes).map_err(|words| whole(format!("a directory is {words}")))?;
    let rows = if text.trim_start().starts_with('{') { rows::of_json(text) } else { rows::of_csv(text) }?;
    if rows.len() > MAX_RECORDS {
        return Err(whole(format!("a directory has at most {MAX_RECORDS} records")));
    }
    let mut reading = Reading { department, catalogue, faults: vec![] };
    let directory = reading.directory(rows);
    match reading.faults.is_empty() {
        true => Ok(directory),
        false => {
            reading.faults.truncate(MAX_FAULTS);
            Err(reading.faults)
        }
    }
}

/// A file that is being read.
struct Reading<'r> {
    department: &'r str,
    catalogue: &'r Catalogue,
    faults: Vec<Fault>,
}

/// Where each thing was named first.
#[derive(Default)]
struct Named {
    offices: BTreeMap<String, String>,
    officers: BTreeMap<String, String>,
    logins: BTreeMap<String, String>,
}

impl Reading<'_> {
    fn directory(&mut self, rows: Vec<Row>) -> Directory {
        let (mut named, mut versions) = (Named::default(), Vec::new());
        let (mut offices, mut officers, mut charges) = (Vec::new(), Vec::new(), Vec::new());
        for mut row in rows {
            if self.faults.len() >= MAX_FAULTS {
                break;
            }
            match row.kind {
                Kind::Directory => versions.extend(self.head(&mut row)),
                Kind::Office => {
                    let office = self.office(&mut row);
                    self.once(&mut named.offices, &office.code, &row, "code");
                    offices.push((row.record.clone(), office));
                }
                Kind::Officer => {
                    let officer = self.officer(&mut row);
                    self.once(&mut named.officers, &officer.officer_id, &row, "officer_id");
                    if let Some(login) = &officer.login {
                        self.once(&mut named.logins, login, &row, "login");
                    }
                    officers.push(officer);
                }
                Kind::Charge => charges.extend(self.charge(&mut row).map(|charge| (row.record.clone(), charge))),
            }
            self.faults.extend(row.left());
        }
        if versions.len() != 1 {
            let rule = "it names `department` and `version` once (in a table, in a record `directory`)";
            self.fault("the file", "version", rule);
        }
        self.references(&named, &offices, &charges);
        self.contradictions(&mut charges);
        let offices = offices.into_iter().map(|(_, office)| office).collect();
        let charges = charges.into_iter().map(|(_, charge)| charge).collect();
        let version = versions.first().copied().unwrap_or_default();
        Directory::new(self.department.into(), version, offices, officers, charges)
    }

    fn fault(&mut self, record: &str, field: &str, rule: impl Into<String>) {
        self.faults.push(Fault::new(record, field, rule));
    }

    fn once(&mut self, named: &mut BTreeMap<String, String>, name: &str, row: &Row, field: &str) {
        if name.is_empty() {
            return;
        }
        if let Some(first) = named.get(name) {
            return self.fault(&row.record, field, format!("it stands in {first} too"));
        }
        named.insert(name.into(), row.record.clone());
    }

    fn head(&mut self, row: &mut Row) -> Option<u32> {
        let department = row.text("department", 3);
        if department.as_deref().is_some_and(|named| named != self.department) {
            self.fault(&row.record, "department", format!("the file is to be that of {}", self.department));
        }
        row.number("version")
    }

    fn office(&mut self, row: &mut Row) -> Office {
        let en = row.text("name_en", 200).unwrap_or_default();
        let mut districts = row.list("districts", MAX_CODES);
        if districts.is_empty() {
            self.fault(&row.record, "districts", format!("codes of districts, or the word `{STATE}`"));
        } else if districts == [STATE] {
            districts.clear();
        } else if let Some(code) = districts.iter().find(|code| !self.catalogue.districts.contains_key(*code)) {
            self.fault(&row.record, "districts", format!("`{}` is no district", shortened(code)));
        }
        Office {
            code: self.code(row, "code").unwrap_or_default(),
            name: Name { bn: row.optional("name_bn", 200).unwrap_or_else(|| en.clone()), en },
            districts,
            appellate_office: self.optional_code(row, "appellate_office"),
            reviewing_office: self.optional_code(row, "reviewing_office"),
            until: None,
        }
    }

    fn officer(&mut self, row: &mut Row) -> Officer {
        let login = row.optional("login", 64);
        if login.as_deref().is_some_and(|login| !is_login(login)) {
            self.fault(
                &row.record,
                "login",
                "a login has 3 to 64 small letters, digits, dots, hyphens, underscores, or is such a mail address",
            );
        }
        Officer {
            officer_id: self.code(row, "officer_id").unwrap_or_default(),
            name: row.text("name", 200).unwrap_or_default(),
            designation: row.text("designation", 200).unwrap_or_default(),
            login,
        }
    }

    fn charge(&mut self, row: &mut Row) -> Option<Charge> {
        let (officer, office) = (self.code(row, "officer_id"), self.code(row, "office"));
        let post = row.text("post", 64).and_then(|word| {
            let post = Post::from_word(&word).filter(|post| POSTS.contains(post));
            if post.is_none() {
                let words: Vec<&str> = POSTS.iter().map(|post| post.as_str()).collect();
                self.fault(&row.record, "post", format!("a post is one of {}", words.join(", ")));
            }
            post
        });
        let from = row.text("from", 64).and_then(|text| self.moment(row, "from", &text, false));
        let until = match row.optional("until", 64) {
            Some(text) => Some(self.moment(row, "until", &text, true)?),
            None => None,
        };
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            self.fault(&row.record, "until", "it lies after `from`");
        }
        let services = row.list("services", MAX_CODES);
        if let Some(slug) =
            services.iter().find(|slug| self.catalogue.service(self.department, slug.as_str()).is_none())
        {
            self.fault(&row.record, "services", format!("`{}` is no service of the department", shortened(slug)));
        }
        let additional = row.flag("additional");
        Some(Charge { officer: officer?, office: office?, post: post?, from: from?, until, services, additional })
    }

    /// A day or a time: a day begins at 00:00 of Asia/Kolkata, and one that is the last ends at 24:00.
    fn moment(&mut self, row: &Row, field: &str, text: &str, last: bool) -> Option<Instant> {
        let day = |day: jiff::civil::Date| if last { Some(day) } else { day.yesterday().ok() };
        let found = parse_date(text).and_then(day).map(end_of).or_else(|| Instant::parse(text));
        if found.is_none() {
            self.fault(&row.record, field, "a day, 2026-11-24, or a time with its offset, 2026-11-24T14:00:00+05:30");
        }
        found
    }

    /// A code as events name it.
    fn code(&mut self, row: &mut Row, field: &str) -> Option<String> {
        let text = row.text(field, 64)?;
        self.graphic(row, field, text)
    }

    fn optional_code(&mut self, row: &mut Row, field: &str) -> Option<String> {
        let text = row.optional(field, 64)?;
        self.graphic(row, field, text)
    }

    fn graphic(&mut self, row: &Row, field: &str, text: String) -> Option<String> {
        let plain = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) && text.trim() == text;
        if !plain {
            self.fault(&row.record, field, "1 to 64 printable ASCII characters, no space at either end");
        }
        plain.then_some(text)
    }

    /// What is referred to is there.
    fn references(&mut self, named: &Named, offices: &[(String, Office)], charges: &[(String, Charge)]) {
        let rule = "no office of the file has this code";
        for (record, office) in offices {
            for (field, code) in
                [("appellate_office", &office.appellate_office), ("reviewing_office", &office.reviewing_office)]
            {
                if code.as_ref().is_some_and(|code| !named.offices.contains_key(code)) {
                    self.fault(record, field, rule);
                }
            }
        }
        for (record, charge) in charges {
            if !named.offices.contains_key(&charge.office) {
                self.fault(record, "office", rule);
            }
            if !named.officers.contains_key(&charge.officer) {
                self.fault(record, "officer_id", "no officer of the file has this id");
            }
        }
    }

    fn contradictions(&mut self, charges: &mut [(String, Charge)]) {
        charges.sort_by(|(_, one), (_, other)| one.key().cmp(&other.key()));
        for same in charges.chunk_by(|(_, one), (_, other)| (&one.office, one.post) == (&other.office, other.post)) {
            if same.len() > MAX_CHARGES {
                let rule = format!("one post of one office has at most {MAX_CHARGES} charges");
                self.faults.push(Fault::new(&same[0].0, "", rule));
                continue;
            }
            if let Some(pair) = same.windows(2).find(|pair| pair[0].1.key() == pair[1].1.key()) {
                self.faults.push(Fault::new(&pair[1].0, "from", format!("the same charge stands in {}", pair[0].0)));
                continue;
            }
            let own: Vec<&Charge> = same.iter().map(|(_, charge)| charge).collect();
            if let Some((earlier, later)) = contradiction(&own) {
                let rule = format!(
                    "somebody else is in charge at the same time ({}); end one, or mark one `additional`",
                    same[earlier].0
                );
                self.faults.push(Fault::new(&same[later].0, "from", rule));
            }
        }
    }
}

/// A code in an error: what is longer is no code.
fn shortened(code: &str) -> String {
    code.chars().take(64).collect()
}
