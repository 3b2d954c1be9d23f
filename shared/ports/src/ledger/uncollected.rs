//! Certificates that nobody fetches: which they are, how one goes back to its department or on to another centre, and whom to
//! remind.

use super::Handed;
use crate::error::Result;
use async_trait::async_trait;
use jiff::civil::Date;
use mohor_domain::{
    board::Selection,
    certificate::Standing,
    civil::Instant,
    id::Id,
    people::Place,
    tray::TrayState,
    uin::Uin,
    uncollected::{Reminders, RerouteReason, ReturnReason, days_since},
};
use std::fmt;

/// Certificates that go on to another centre in one transaction, at most: until it ends nothing else is told in the streams of
/// either centre.
pub const REROUTED_AT_ONCE: u32 = 500;

/// A certificate that lies at a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The application's row.
    pub application: Id,
    /// The certificate.
    pub uin: Uin,
    /// Letters of the department.
    pub department: String,
    /// The service.
    pub service: Option<String>,
    /// The department's own number of the application.
    pub application_no: String,
    /// The centre's own number of the request.
    pub docket_no: Option<String>,
    /// The centre.
    pub bsk: String,
    /// Its district.
    pub district: Option<String>,
    /// The office that dealt with the application.
    pub office: Option<String>,
    /// Its standing.
    pub standing: Standing,
    /// Where it stands there.
    pub state: TrayState,
    /// Since when it lies there.
    pub since: Instant,
    /// The how manieth centre it is, from 0.
    pub stay: u32,
    /// How often the citizen was reminded that it lies there.
    pub reminders: u32,
}

impl Waiting {
    /// Where it belongs.
    pub fn place(&self) -> Place {
        let (department, bsk) = (Some(self.department.clone()), Some(self.bsk.clone()));
        Place { department, district: self.district.clone(), office: self.office.clone(), bsk }
    }

    /// Calendar days.
    pub fn days(&self, today: Date) -> i64 {
        days_since(self.since, today)
    }

    /// Its place in the list.
    pub fn cursor(&self) -> WaitingPlace {
        WaitingPlace { since: self.since, application: self.application }
    }
}

/// A place in the list of what waits: whatever waits longest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingPlace {
    /// Since when.
    pub since: Instant,
    /// The application's row.
    pub application: Id,
}

impl WaitingPlace {
    /// As an address has it.
    pub fn text(&self) -> String {
        format!("{}~{}", self.since.millis(), self.application)
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        let (since, application) = text.split_once('~')?;
        Some(Self { since: Instant::from_millis(since.parse().ok()?), application: Id::parse(application)? })
    }
}

/// What somebody did with a certificate that waited: a row that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreMove {
    /// The centre where it waited.
    pub from: String,
    /// The centre that it went on to; none: it went back to its department.
    pub to: Option<String>,
    /// The word of the reason.
    pub reason: &'static str,
    /// More of it, nobody's name or number.
    pub note: Option<String>,
    /// Who did it.
    pub actor: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// A certificate goes back to its department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// The certificate.
    pub uin: Uin,
    /// The centre where it lies.
    pub bsk: String,
    /// Why.
    pub reason: ReturnReason,
    /// More of it.
    pub note: Option<String>,
    /// Who does it.
    pub actor: String,
}

/// A certificate goes on to another centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reroute {
    /// The certificate.
    pub uin: Uin,
    /// The centre where it lies.
    pub from: String,
    /// The other one.
    pub to: String,
    /// Why.
    pub reason: RerouteReason,
    /// More of it.
    pub note: Option<String>,
    /// Who does it.
    pub actor: String,
}

/// All that waits at a centre goes on to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emptying {
    /// The centre.
    pub from: String,
    /// The other one.
    pub to: String,
    /// Of this department alone; none: of all.
    pub department: Option<String>,
    /// Why.
    pub reason: RerouteReason,
    /// More of it.
    pub note: Option<String>,
    /// Who does it.
    pub actor: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moving {
    /// It is recorded now.
    New(CentreMove),
    /// It had gone back to its department before: that stands.
    Before(CentreMove),
    /// It was handed over: that stands.
    HandedOver(Handed),
    /// It is not live (any more): it goes nowhere.
    NotLive(Standing),
    /// It does not lie at that centre: unknown, not ready, or somewhere else (by now).
    NotThere,
}

/// What a batch of an emptying came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Emptied {
    /// Certificates that went on now.
    pub moved: u64,
    /// Those that still wait there.
    pub left: u64,
}

/// A mobile number. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Mobile(pub String);

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mobile")
    }
}

/// A reminder that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// The certificate.
    pub uin: Uin,
    /// The how manieth at this centre, from 1.
    pub n: u32,
    /// The how manieth centre it is, from 0.
    pub stay: u32,
    /// Letters of the department.
    pub department: String,
    /// The service.
    pub service: Option<String>,
    /// The department's own number of the application.
    pub application_no: String,
    /// The centre's own number of the request.
    pub docket_no: Option<String>,
    /// The centre.
    pub bsk: String,
    /// Where to.
    pub mobile: Mobile,
}

/// What is done about certificates that nobody fetches. Nothing here checks who asks: bounds are looked at before.
///
/// A print, a hand-over, a return and a re-routing of one certificate come one after the other, and whoever is second reads what
/// the first did.
#[async_trait]
pub trait Uncollected: Send + Sync {
    /// Certificates that have waited at their centre since before that moment, the longest first, after that place; at most so
    /// many.
    async fn uncollected(
        &self,
        of: &Selection,
        before: Instant,
        after: Option<WaitingPlace>,
        most: u32,
    ) -> Result<Vec<Waiting>>;
    /// The certificate of an application, wherever and however it lies at a centre.
    async fn lying(&self, application: Id) -> Result<Option<Waiting>>;
    /// Each time it went back or on, in order.
    async fn centre_moves(&self, uin: Uin) -> Result<Vec<CentreMove>>;
    /// Records that a certificate that waits goes back to its department: once for a stay (a unique row is the claim). Stops the
    /// clock of the centre, tells department and centre (`certificate.returned`), writes the audit line.
    async fn give_back(&self, back: Return) -> Result<Moving>;
    /// Records that a certificate that waits or went back goes on to another centre: once for a stay. Its notice moves to the
    /// other centre's stream under a new number (`certificate.ready`), the centre before is told (`certificate.rerouted`), the
    /// clock of the one stops and that of the other begins, and the audit line is written.
    async fn send_on(&self, on: Reroute) -> Result<Moving>;
    /// The same with all live certificates that wait at a centre, at most so many: whoever repeats it goes on where it stands.
    async fn empty_centre(&self, centre: Emptying, most: u32) -> Result<Emptied>;
    /// Reminders that are due now, of live certificates that wait and whose application has a mobile number; at most so many.
    /// Each is recorded once before it is given out (a unique row is the claim): whoever dies then sends one too few, never one
    /// twice.
    async fn claim_reminders(&self, reminders: &Reminders, most: u32) -> Result<Vec<Reminder>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written_and_a_mobile_number_does_not_show_itself() {
        let application = Id::parse("019a0000-0000-7000-8000-000000000001").expect("an id");
        let place = WaitingPlace { since: Instant::from_millis(1_785_000_000_000), application };
        assert_eq!(WaitingPlace::parse(&place.text()), Some(place));
        for wrong in ["", "1", "x~y", "1~y", "~019a0000-0000-7000-8000-000000000001"] {
            assert_eq!(WaitingPlace::parse(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{:?}", Mobile("+919800000009".into())), "Mobile");
    }
}
