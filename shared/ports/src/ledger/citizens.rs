//! What a citizen does without an account: looks where an application stands, fetches the document, and is forgotten.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, id::Id, phone::Phone, uin::Uin};

/// An application that somebody has named by its number and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// The row.
    pub application: Id,
    /// What may be shown of the applicant's phone number.
    pub phone: Phone,
    /// When the document was fetched first.
    pub fetched_at: Option<Instant>,
    /// That was its delivery: no centre was told of it.
    pub delivered: bool,
}

/// A time that a document was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// Which time, from 1.
    pub n: u32,
    /// When, by the ledger's time.
    pub at: Instant,
    /// It was the delivery.
    pub delivered: bool,
}

/// What became of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// It is recorded: the document may leave.
    Done(Fetch),
    /// The code is another; so many tries are left.
    WrongCode {
        /// Tries that are left.
        left: u32,
    },
    /// No code is open: none was sent, it is too old, spent, or was used.
    NoCode,
    /// It is not live (any more): nobody gives it out.
    NotLive(Standing),
    /// There is no such certificate, or it is not ready.
    Unknown,
}

/// What became of numbers whose time was over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Applications that were looked at; as many as were allowed: there may be more.
    pub looked: u32,
    /// Those of them that had a number until now.
    pub had: Vec<Id>,
}

/// What citizens do.
#[async_trait]
pub trait Citizens: Send + Sync {
    /// The application whose number and key have this digest (`TrackingKey::digest`), by one look whether there is one or not.
    async fn tracked(&self, digest: &str) -> Result<Option<Tracked>>;
    /// Uses up the open code of a document that is ready and live, records the fetch and writes the audit line; the first of a
    /// certificate that no centre was told of publishes `certificate.delivered`, once. A wrong code counts one try, durably.
    async fn fetch(&self, uin: Uin, mac: &str, act: Act) -> Result<Fetched>;
    /// The fetches of a document, newest first, at most so many.
    async fn fetches(&self, uin: Uin, most: u32) -> Result<Vec<Fetch>>;
    /// Erases the phone numbers of at most so many applications that were delivered, rejected, withdrawn or otherwise over
    /// for longer than so many milliseconds, from all that the ledger keeps of them, with an audit line (`phone.erase`, the
    /// application's row) for each that had one. What identifies a delivery stays: a repetition is one.
    async fn erase_phones(&self, kept_millis: i64, most: u32) -> Result<Erased>;
}

/// The line of an erasure.
pub fn erasure(application: Id) -> Act {
    Act {
        actor: "system:reconcile".into(),
        act: "phone.erase".into(),
        subject: application.to_string(),
        detail: String::new(),
    }
}
