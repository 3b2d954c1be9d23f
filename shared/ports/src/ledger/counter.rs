//! What is done at a centre's counter.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, ground::Ground, uin::Uin};

/// A certificate that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The certificate.
    pub uin: Uin,
    /// The centre.
    pub bsk: String,
    /// By what the counter knows whom it gives it to.
    pub ground: Ground,
    /// The centre's own reference, such as a line of its register; nobody's name.
    pub reference: Option<String>,
}

/// A hand-over as it is recorded, once for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// What was said.
    pub over: Handover,
    /// Who did it.
    pub actor: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// What became of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOver {
    /// It is recorded now.
    New(Handed),
    /// It was handed over before: that stands.
    Before(Handed),
    /// It is not live (any more): nobody hands it out.
    NotLive(Standing),
    /// It went back to its department: nobody hands it out here.
    Returned,
    /// There is no such certificate that waits at this centre: unknown, not ready, or another centre's.
    Unknown,
    /// The code is another; so many tries are left, with none a new one is sent.
    WrongCode {
        /// Tries that are left.
        left: u32,
    },
    /// No code is open: none was sent, it is too old, spent, or was used.
    NoCode,
    /// No supervisor has allowed it.
    NoException,
}

/// A hand-over that was a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It is taken back: the certificate waits at its centre again.
    Done,
    /// It was too long ago.
    TooLate(Handed),
    /// It is not handed over.
    NotHanded,
}

/// A hand-over that was taken back, as it stays recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// What it was.
    pub handed: Handed,
    /// Who took it back.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// What centres do.
#[async_trait]
pub trait Counter: Send + Sync {
    /// Records that a ready, live certificate was handed over at the centre that was told of it; stops the clock of the centre
    /// (and, where the setting says so, of the service), publishes `certificate.delivered` and writes the audit line. Once for
    /// a certificate (a unique row is the claim): of two at once one is `New`, and the other reads it.
    ///
    /// A code is used up, and an allowed exception with it, in that transaction. A wrong code counts one try, durably.
    async fn hand_over(&self, over: Handover, act: Act) -> Result<HandedOver>;
    /// The hand-over of a certificate, if there was one.
    async fn handed(&self, uin: Uin) -> Result<Option<Handed>>;
    /// Takes a hand-over back that is not older than so many milliseconds: it stays recorded beside, the clocks that it stopped
    /// run on, `certificate.delivery_undone` is published, the audit line written.
    async fn undo_hand_over(&self, uin: Uin, reason: &str, within: i64, act: Act) -> Result<Undone>;
    /// The hand-overs of a certificate that were taken back, newest first.
    async fn taken_back(&self, uin: Uin) -> Result<Vec<TakenBack>>;
}
