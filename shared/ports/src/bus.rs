//! The bus: hints that say "there may be work". Losing one is harmless: the ledger is the truth.

use crate::{
    error::Result,
    ledger::{AmqpUser, Letter},
};
use async_trait::async_trait;
use mohor_domain::{event::Recorded, stage::Stage};

/// A hint in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// An id of the ledger; never personal data. Empty while a letter is not in the inbox yet.
    pub item: String,
    /// The bus's own tag of this delivery.
    pub tag: u64,
    /// What a department sent by the broker, or what no hint can be read from.
    pub letter: Option<Letter>,
    /// The W3C trace context (`traceparent`) that the hint came with.
    pub trace: Option<String>,
}

/// A hint to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// An id of the ledger.
    pub item: String,
    /// The trace context that it goes on with.
    pub trace: Option<String>,
}

impl From<String> for Due {
    fn from(item: String) -> Self {
        Self { item, trace: None }
    }
}

/// A message that the broker gave up delivering: each attempt ended with its worker's, or the worker refused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Whose queue it was in.
    pub stage: Stage,
    /// The message; its tag belongs to the queue of the dead.
    pub hint: Hint,
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
    async fn publish(&self, stage: Stage, due: &[Due]) -> Result<()>;
    /// The work of these hints is committed (or postponed, or parked): they do not come again.
    async fn settle(&self, stage: Stage, hints: &[Hint]) -> Result<()>;
    /// The work was not done: they come again.
    async fn give_back(&self, stage: Stage, hints: &[Hint]) -> Result<()>;
    /// No hint can be read from these: they join the dead, where `reconcile` finds them. Where the ledger writes all
    /// hints itself there are none.
    async fn refuse(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.settle(stage, hints).await
    }
    /// Tries the bus. The answer says in words what it is.
    async fn probe(&self) -> Result<String>;

    /// Takes leave, before the process ends: what is in hand and not settled comes again at once. Nothing else works
    /// afterwards.
    async fn close(&self) {}

    /// Publishes outbound events to the world, each confirmed when this returns. Where there is no broker, readers come
    /// to the ledger with their cursor.
    async fn announce(&self, _events: &[Recorded]) -> Result<()> {
        Ok(())
    }
    /// Messages that the broker gave up delivering, at most `most`; empty where there is no broker.
    async fn dead(&self, _most: usize) -> Result<Vec<Dead>> {
        Ok(vec![])
    }
    /// The dead are recorded in the ledger: the broker may forget them.
    async fn bury(&self, _dead: &[Dead]) -> Result<()> {
        Ok(())
    }
    /// Stages whose queue this process had to make anew since it was last asked: what was in it is lost.
    fn lost(&self) -> Vec<Stage> {
        vec![]
    }
    /// Makes the queue of answers of each department user, if it is not there.
    async fn answer_queues(&self, _users: &[AmqpUser]) -> Result<()> {
        Ok(())
    }
}
