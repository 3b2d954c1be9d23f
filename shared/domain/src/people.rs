//! People: who they are to the system, and what each may do. Whatever is not allowed here is refused everywhere.

use crate::{
    civil::Instant,
    clock::ClockKind,
    directory::{Charge, Directory},
    plan::DocumentKind,
    words::words,
};
use serde::{Deserialize, Serialize};

words! {
    /// What a person is to the system. One person with two posts has two accounts.
    Post {
        /// Serves applications of an office (RTPS Act: the Designated Officer).
        DesignatedOfficer = "designated_officer",
        /// Decides appeals of an office.
        AppellateOfficer = "appellate_officer",
        /// Decides reviews of an office.
        ReviewingOfficer = "reviewing_officer",
        /// Looks after a department's workflow system.
        Integrator = "integrator",
        /// Watches the time limits of a department, of a district, of both, or of the State.
        Supervisor = "supervisor",
        /// Prints and hands over at one centre.
        BskOperator = "bsk_operator",
        /// Keeps accounts, calendar and limits. Sees no application.
        Administrator = "administrator",
        /// Reads everything and changes nothing.
        Auditor = "auditor",
    }
}

/// Where: of a person the bounds of the post, of a thing where it belongs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Letters of a department.
    pub department: Option<String>,
    /// Code of a district.
    pub district: Option<String>,
    /// The department's own code of an office.
    pub office: Option<String>,
    /// Code of a centre.
    pub bsk: Option<String>,
}

impl Place {
    /// What is set, for audit lines and lists: `department=BCW office=SDO-1`.
    pub fn words(&self) -> String {
        let named = [
            ("department", &self.department),
            ("district", &self.district),
            ("office", &self.office),
            ("bsk", &self.bsk),
        ];
        let set = named.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
        set.collect::<Vec<_>>().join(" ")
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// See figures, due days and breaches; no names in them.
    SeeClocks,
    /// See an application with all that is recorded of it.
    SeeApplication,
    /// See the figures of a whole department (or of a district of it) in a period, and order them as a document.
    Report,
    /// See a centre's tray, print and hand over.
    ServeAtCentre,
    /// See exceptions that centres ask for, and samples of their hand-overs.
    SeeHandOvers,
    /// Decide these, and take a hand-over back.
    OverseeCentres,
    /// See calendar, limits, and every change of them.
    SeeRules,
    /// Propose or approve a change of the calendar or of a limit; not both.
    ChangeRules,
    /// Add, disable and reset accounts.
    KeepPeople,
    /// Read audit lines.
    ReadAudit,
    /// See a department's offices and who is in charge of them.
    SeeDirectory,
    /// Load a department's directory.
    KeepDirectory,
    /// See which certificates wait at centres and for how long; no names in it.
    SeeUncollected,
    /// Send a certificate that waits back to its department, or on to another centre.
    MoveCertificates,
    /// Issue stickers to centres, see what is left of them, write them off.
    KeepHolograms,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::SeeClocks,
        Self::SeeApplication,
        Self::Report,
        Self::ServeAtCentre,
        Self::SeeHandOvers,
        Self::OverseeCentres,
        Self::SeeRules,
        Self::ChangeRules,
        Self::KeepPeople,
        Self::ReadAudit,
        Self::SeeDirectory,
        Self::KeepDirectory,
        Self::SeeUncollected,
        Self::MoveCertificates,
        Self::KeepHolograms,
    ];

    /// Each of them is enough to read a document of this kind. Acknowledgements and evidence hold an applicant's name,
    /// reports and returns only figures; certificates have doors of their own.
    pub fn reading(kind: DocumentKind) -> &'static [Self] {
        match kind {
            DocumentKind::Certificate => &[],
            DocumentKind::Acknowledgement => &[Self::SeeApplication, Self::ServeAtCentre],
            DocumentKind::Evidence => &[Self::SeeApplication],
            DocumentKind::Report | DocumentKind::Return => &[Self::Report],
        }
    }
}

/// Whether somebody with this post and these bounds may do this to what belongs there.
pub fn may(post: Post, bounds: &Place, deed: Deed, there: &Place) -> bool {
    let granted = match post {
        Post::DesignatedOfficer | Post::AppellateOfficer | Post::ReviewingOfficer => {
            matches!(deed, Deed::SeeClocks | Deed::SeeApplication | Deed::SeeDirectory)
        }
        Post::Integrator => {
            matches!(deed, Deed::SeeClocks | Deed::SeeApplication | Deed::Report | Deed::SeeDirectory)
        }
        Post::Supervisor => matches!(
            deed,
            Deed::SeeClocks
                | Deed::SeeApplication
                | Deed::Report
                | Deed::SeeHandOvers
                | Deed::OverseeCentres
                | Deed::SeeDirectory
                | Deed::SeeUncollected
                | Deed::MoveCertificates
        ),
        Post::BskOperator => deed == Deed::ServeAtCentre,
        Post::Administrator => matches!(
            deed,
            Deed::SeeRules
                | Deed::ChangeRules
                | Deed::KeepPeople
                | Deed::ReadAudit
                | Deed::SeeDirectory
                | Deed::KeepDirectory
                | Deed::KeepHolograms
        ),
        Post::Auditor => {
            matches!(
                deed,
                Deed::SeeClocks
                    | Deed::SeeApplication
                    | Deed::Report
                    | Deed::SeeHandOvers
                    | Deed::SeeRules
                    | Deed::ReadAudit
                    | Deed::SeeDirectory
                    | Deed::SeeUncollected
            )
        }
    };
    granted && bounded(post, bounds).is_ok() && within(bounds, there)
}

/// Each bound that is set must be met: what belongs nowhere in particular is not within any.
fn within(bounds: &Place, there: &Place) -> bool {
    let met = |bound: &Option<String>, has: &Option<String>| bound.is_none() || bound == has;
    met(&bounds.department, &there.department)
        && met(&bounds.district, &there.district)
        && met(&bounds.office, &there.office)
        && met(&bounds.bsk, &there.bsk)
}

/// Whether a post has the bounds it needs and no others; the error says which it needs. A post without its bounds would be
/// one without limits.
pub fn bounded(post: Post, bounds: &Place) -> Result<(), &'static str> {
    let Place { department, district, office, bsk } = bounds;
    let shape = [department.is_some(), district.is_some(), office.is_some(), bsk.is_some()];
    let (fits, needs) = match post {
        Post::DesignatedOfficer | Post::AppellateOfficer | Post::ReviewingOfficer => {
            (shape == [true, false, true, false], "an officer has a department and an office, and nothing else")
        }
        Post::Integrator => (shape == [true, false, false, false], "an integrator has a department, and nothing else"),
        Post::Supervisor => {
            (!shape[2] && !shape[3], "a supervisor has a department, a district, both, or neither for the State")
        }
        Post::BskOperator => (shape == [false, false, false, true], "an operator has a centre, and nothing else"),
        Post::Administrator | Post::Auditor => {
            (shape == [false; 4], "an administrator or auditor has no department, district, office or centre")
        }
    };
    if fits { Ok(()) } else { Err(needs) }
}

/// How far somebody reaches: the bounds of the post, and for an officer what the department's directory makes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The post.
    pub post: Post,
    /// Its bounds.
    pub bounds: Place,
    /// The offices whose applications concern an officer by the directory; none: the directory does not say, and the office
    /// of the bounds is all.
    pub offices: Option<Vec<String>>,
}

impl Reach {
    /// The reach of an account. An officer whom the directory names has what he is in charge of now, one whom it does not
    /// name what his account's office has.
    pub fn of(post: Post, bounds: &Place, login: &str, directory: Option<&Directory>, now: Instant) -> Self {
        let offices = match (directory, &bounds.office) {
            (Some(directory), Some(office)) => offices(directory, post, office, login, now),
            _ => None,
        };
        Self { post, bounds: bounds.clone(), offices }
    }

    /// Whether this may be done to what belongs there.
    pub fn may(&self, deed: Deed, there: &Place) -> bool {
        let bounded = |office: &String| Place { office: Some(office.clone()), ..self.bounds.clone() };
        match &self.offices {
            None => may(self.post, &self.bounds, deed, there),
            Some(offices) => offices.iter().any(|office| may(self.post, &bounded(office), deed, there)),
        }
    }

    /// The clocks that are an Appellate or a Reviewing Officer's own by the directory. Of the others those concern him that
    /// are late.
    pub fn case(&self) -> Option<ClockKind> {
        self.offices.as_ref()?;
        match self.post {
            Post::AppellateOfficer => Some(ClockKind::Appeal),
            Post::ReviewingOfficer => Some(ClockKind::Review),
            _ => None,
        }
    }
}

fn offices(directory: &Directory, post: Post, office: &str, login: &str, now: Instant) -> Option<Vec<String>> {
    let Some(officer) = directory.whose(login) else {
        let offices: Vec<String> = directory.before(office, post).into_iter().map(str::to_owned).collect();
        // An office that has nothing before it, or that the directory does not know, is its officer's as it always was.
        return (!offices.is_empty()).then_some(offices);
    };
    let own = |charge: &&Charge| charge.officer == officer.officer_id && charge.post == post && charge.at(now);
    let seats = directory.charges.iter().filter(own);
    let mut offices: Vec<String> =
        seats.flat_map(|charge| directory.before(&charge.office, post)).map(str::to_owned).collect();
    offices.sort_unstable();
    offices.dedup();
    Some(offices)
}

/// Whether a text can be a login: 3 to 64 small letters, digits, dots, hyphens, underscores; a letter or digit first. A mail
/// address of such characters is one too: `rekha.das@wb.gov.in`.
pub fn is_login(text: &str) -> bool {
    let begins = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let plain = |c: char| begins(c) || matches!(c, '.' | '-' | '_');
    let fits = |part: &str| part.starts_with(begins) && part.chars().all(plain);
    let (name, domain) = text.split_once('@').map_or((text, None), |(name, domain)| (name, Some(domain)));
    (3..=64).contains(&text.len()) && fits(name) && domain.is_none_or(fits)
}

/// How the logins of a demo's accounts begin. Their passwords are printed, so they open nothing but the demo itself.
pub const DEMO: &str = "demo-";

/// Whether a login is one of a demo's accounts.
pub fn is_demo(login: &str) -> bool {
    login.starts_with(DEMO)
}

/// The login of whoever a sign-in elsewhere calls so: in small letters, and `DOMAIN\name` as `name@domain`. Whoever has the same
/// name in another domain is somebody else, so the domain stays.
pub fn login_of(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let login = match text.split_once('\\') {
        Some((domain, name)) if !name.contains('@') => format!("{name}@{domain}"),
        _ => text,
    };
    is_login(&login).then_some(login)
}

/// How long an account is locked after so many wrong attempts in a row, in milliseconds: none for the first four, then a
/// minute that doubles up to an hour.
pub fn lock_millis(failures: u32) -> i64 {
    match failures.checked_sub(5) {
        None => 0,
        Some(beyond) => (60_000_i64 << beyond.min(6)).min(3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(department: &str, district: &str, office: &str, bsk: &str) -> Place {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place { department: text(department), district: text(district), office: text(office), bsk: text(bsk) }
    }

    #[test]
    fn each_post_may_what_it_is_for_and_only_where_it_is() {
        let application = place("BCW", "COB", "SDO-1", "24101");
        let allowed = |post, bounds: &Place| -> Vec<Deed> {
            Deed::ALL.into_iter().filter(|deed| may(post, bounds, *deed, &application)).collect()
        };
        let see = [Deed::SeeClocks, Deed::SeeApplication, Deed::SeeDirectory];
        let keep = [
            Deed::SeeRules,
            Deed::ChangeRules,
            Deed::KeepPeople,
            Deed::ReadAudit,
            Deed::SeeDirectory,
            Deed::KeepDirectory,
            Deed::KeepHolograms,
        ];
        let report = [Deed::SeeClocks, Deed::SeeApplication, Deed::Report, Deed::SeeDirectory];
        let [clocks, seen, figures, directory] = report;
        let (hands, waits) = (Deed::SeeHandOvers, Deed::SeeUncollected);
        let watch = [clocks, seen, figures, hands, Deed::OverseeCentres, directory, waits, Deed::MoveCertificates];
        let read = [clocks, seen, figures, hands, Deed::SeeRules, Deed::ReadAudit, directory, waits];
        for (post, bounds, wanted) in [
            (Post::DesignatedOfficer, place("BCW", "", "SDO-1", ""), &see[..]),
            (Post::DesignatedOfficer, place("BCW", "", "SDO-2", ""), &[]),
            (Post::AppellateOfficer, place("LRR", "", "SDO-1", ""), &[]),
            (Post::ReviewingOfficer, place("BCW", "", "SDO-1", ""), &see),
            (Post::Integrator, place("BCW", "", "", ""), &report),
            (Post::Integrator, place("LRR", "", "", ""), &[]),
            (Post::Supervisor, place("BCW", "", "", ""), &watch),
            (Post::Supervisor, place("", "COB", "", ""), &watch),
            (Post::Supervisor, place("BCW", "KOL", "", ""), &[]),
            (Post::Supervisor, place("", "", "", ""), &watch),
            (Post::BskOperator, place("", "", "", "24101"), &[Deed::ServeAtCentre]),
            (Post::BskOperator, place("", "", "", "24102"), &[]),
            (Post::Administrator, place("", "", "", ""), &keep),
            (Post::Auditor, place("", "", "", ""), &read),
        ] {
            assert_eq!(allowed(post, &bounds), wanted, "{post:?} {bounds:?}");
        }
    }

    #[test]
    fn a_post_without_its_bounds_may_nothing() {
        let anything = place("BCW", "COB", "SDO-1", "24101");
        for post in Post::ALL.iter().copied() {
            let empty = Place::default();
            let unbound = matches!(post, Post::Supervisor | Post::Administrator | Post::Auditor);
            assert_eq!(bounded(post, &empty).is_ok(), unbound, "{post:?}");
            assert_eq!(Deed::ALL.into_iter().any(|deed| may(post, &empty, deed, &anything)), unbound, "{post:?}");
            assert!(bounded(post, &anything).is_err(), "{post:?}");
            assert_eq!(Post::from_word(post.as_str()), Some(post));
        }
        let nowhere = Place::default();
        assert!(!may(Post::Supervisor, &place("BCW", "", "", ""), Deed::SeeClocks, &nowhere), "what belongs to nobody");
    }

    #[test]
    fn a_mail_address_and_a_name_in_a_domain_are_logins_of_their_own() {
        for (called, login) in [
            ("rekha", "rekha"),
            (" Rekha.Das@WB.Gov.in ", "rekha.das@wb.gov.in"),
            ("WBGOV\\Rekha.Das", "rekha.das@wbgov"),
            ("wb-gov.in\\rekha", "rekha@wb-gov.in"),
        ] {
            assert_eq!(login_of(called).as_deref(), Some(login), "{called}");
        }
        for called in
            ["", "\\rekha", "WBGOV\\", "A\\B\\c", ".\\rekha", "WBGOV\\rekha@wb.gov.in", "../admin", "রেখা@wb.in"]
        {
            assert_eq!(login_of(called), None, "{called}");
        }
    }

    #[test]
    fn logins_are_plain_and_wrong_attempts_lock() {
        assert!(is_login("rekha.das-2") && is_login("007"));
        assert!(is_login("rekha.das@wb.gov.in") && is_login("a@b"));
        for wrong in ["ab", "", "Rekha", "রেখা", "a b c", ".abc", "x".repeat(65).as_str()] {
            assert!(!is_login(wrong), "{wrong}");
        }
        for wrong in ["rekha@", "@wb.gov.in", "a@b@c", "rekha@.in", "wb\\rekha", "a+b@c.in", "rekha@wb gov", "a@b/c"] {
            assert!(!is_login(wrong), "{wrong}");
        }
        let waits: Vec<i64> = [0, 4, 5, 6, 10, 11, 12, u32::MAX].map(lock_millis).into();
        assert_eq!(waits, [0, 0, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000, 3_600_000]);
    }
}
