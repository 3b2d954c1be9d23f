//! What is done at a centre's counter.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, share::HandedTo, uin::Uin};

/// A certificate that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The certificate.
    pub uin: Uin,
    /// The centre.
    pub bsk: String,
    /// To whom.
    pub to: HandedTo,
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
}

/// What centres do.
#[async_trait]
pub trait Counter: Send + Sync {
    /// Records that a ready, live certificate was handed over at the centre that was told of it; stops the clock of the centre
    /// (and, where the setting says so, of the service), publishes `certificate.delivered` and writes the audit line. Once for
    /// a certificate (a unique row is the claim): of two at once one is `New`, and the other reads it.
    async fn hand_over(&self, over: Handover, act: Act) -> Result<HandedOver>;
    /// The hand-over of a certificate, if there was one.
    async fn handed(&self, uin: Uin) -> Result<Option<Handed>>;
}
