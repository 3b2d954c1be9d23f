//! The bus: hints that say "there may be work". Losing one is harmless: the ledger is the truth.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::stage::Stage;

/// A hint in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// An id of the ledger; never personal data.
    pub item: String,
    /// The bus's own tag of this delivery.
    pub tag: u64,
}

/// Carries hints.
///
/// Promises: a hint is in one hand at a time, and comes back when that hand dies or gives it back; it may come twice.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Waits for one hint, then takes what is buffered already, at most `most`; no timer. An empty answer means the
    /// bus is closing or nothing came within `patience_millis`.
    async fn take(&self, stage: Stage, most: usize, patience_millis: u64) -> Result<Vec<Hint>>;
    /// Publishes hints to a stage, each confirmed when this returns. Where the ledger has written them already
    /// (embedded) this only wakes the stage.
    async fn publish(&self, stage: Stage, items: &[String]) -> Result<()>;
    /// The work of these hints is committed (or postponed, or parked): they do not come again.
    async fn settle(&self, stage: Stage, hints: &[Hint]) -> Result<()>;
    /// The work was not done: they come again.
    async fn give_back(&self, stage: Stage, hints: &[Hint]) -> Result<()>;
    /// Tries the bus. The answer says in words what it is.
    async fn probe(&self) -> Result<String>;
}
