//! What lies at a centre: its certificates, newest first, and each time a document was opened or printed there.

use super::{Act, Handed};
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    catalogue::Name,
    certificate::Standing,
    civil::Instant,
    event::Recorded,
    tray::{PrintKind, TrayState},
    uin::Uin,
};

/// Certificates that wait at a centre among which a name is looked for, the newest: names have no index, since an index of
/// them would be a second place where every citizen's name lies.
pub const NAMES: u32 = 2_000;

/// A certificate of a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayRow {
    /// The number of its notice: its place in the tray.
    pub number: i64,
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
    /// Who applied.
    pub applicant: Option<Name>,
    /// Its standing: only what is live is printed and handed out.
    pub standing: Standing,
    /// Where it stands here.
    pub state: TrayState,
    /// Since when it lies here.
    pub ready_at: Option<Instant>,
    /// SHA-256 of the sealed document.
    pub sha256: Option<String>,
    /// How often it was printed.
    pub printed: u32,
    /// The first of these.
    pub first: Option<Print>,
    /// How it was handed over.
    pub handed: Option<Handed>,
}

/// A document was given out: a row that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// For what.
    pub kind: PrintKind,
    /// Of this certificate the how manieth of its kind, from 1.
    pub n: u32,
    /// By whom.
    pub who: String,
    /// At which centre.
    pub bsk: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printing {
    /// It is recorded: the document may leave.
    New(Print),
    /// It is not live (any more): nobody prints it.
    NotLive(Standing),
    /// It went back to its department: nobody prints it here.
    Returned,
    /// There is no such certificate at this centre: unknown, not ready, or another centre's.
    Unknown,
}

/// What somebody at the counter looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// A certificate.
    Uin(Uin),
    /// A number of the department's or of the centre's own, exactly.
    Number(String),
    /// How an applicant's name begins, in either language; capitals do not count. Only among the newest [`NAMES`] of those
    /// that wait.
    Name(String),
}

impl Sought {
    /// Whether a name begins so.
    pub fn begins(wanted: &str, name: &str) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        plain(name).starts_with(&plain(wanted))
    }
}

/// What centres look at. Nothing here checks who asks: a centre is somebody's bound before.
#[async_trait]
pub trait Tray: Send + Sync {
    /// Certificates of a centre that stand so, newest first, with numbers smaller than `before`; at most so many.
    async fn tray(&self, bsk: &str, state: TrayState, before: Option<i64>, most: u32) -> Result<Vec<TrayRow>>;
    /// The certificate with that number at this centre.
    async fn tray_row(&self, bsk: &str, number: i64) -> Result<Option<TrayRow>>;
    /// Certificates of a centre that are looked for, newest first; at most so many.
    async fn seek(&self, bsk: &str, sought: Sought, most: u32) -> Result<Vec<TrayRow>>;
    /// The last number of each of these streams; those in which nothing was told are left out.
    async fn last_numbers(&self, streams: &[String]) -> Result<Vec<(String, i64)>>;
    /// What was told in each of these streams after a number, of each in order and at most so many.
    async fn told_since(&self, streams: &[(String, i64)], most: u32) -> Result<Vec<Recorded>>;
    /// Records that a live certificate's document is given out at the centre that was told of it, with the audit line; the
    /// first print moves it in the tray. Each time is a row of its own: a document that leaves twice may be on two papers.
    async fn record_print(&self, uin: Uin, bsk: &str, kind: PrintKind, act: Act) -> Result<Printing>;
    /// Each time the document was given out, newest first; at most so many.
    async fn prints(&self, uin: Uin, most: u32) -> Result<Vec<Print>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_so_whatever_its_capitals_and_blanks() {
        for (wanted, name) in [("rekha", "Rekha Das"), ("REKHA  D", "Rekha Das"), ("রেখা", "রেখা দাস"), ("é", "Éva")]
        {
            assert!(Sought::begins(wanted, name), "{wanted}");
        }
        assert!(!Sought::begins("das", "Rekha Das"));
    }
}
