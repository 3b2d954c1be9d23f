//! One stage's work, as the engine sees it.

use async_trait::async_trait;
use mohor_domain::stage::Stage;
use mohor_ports::error::{Error, Result};

/// What became of one item.
#[derive(Debug)]
pub enum Outcome {
    /// Committed. These items are due at the next stage.
    Done(Vec<String>),
    /// Not committed; the error says what happens next.
    Failed(Error),
}

/// A stage's step. Every run is safe to repeat: work found done is `Done` with the same next items.
#[async_trait]
pub trait Step: Send + Sync {
    /// The stage's one word.
    fn stage(&self) -> Stage;
    /// How many items are taken at once, at most.
    fn batch(&self) -> usize;
    /// Does the work of these items: one outcome each, in order. An error concerns the batch as a whole; the runner
    /// splits a batch that fails until the bad item stands alone.
    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>>;
}
