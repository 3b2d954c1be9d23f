//! Publishes outbound events: rows of the ledger, written in their effect's transaction, told until confirmed.
//!
//! In: unconfirmed events. Out: messages on the exchange `events`. Guaranteed: an event is told at least once, under the
//! id of its row, so that a repetition is recognisable. Every process that commits relays what it wrote; what a process
//! leaves behind when it dies is told by another.

use mohor_ports::{bus::Bus, error::Result, ledger::Ledger};
use mohor_runtime::shutdown::Shutdown;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Events of one round, at most.
const MOST: u32 = 500;
/// How often is looked without a bell.
const LOOK: Duration = Duration::from_secs(2);
/// How long after a failure.
const WAIT: Duration = Duration::from_secs(1);

/// The relay of a process.
pub struct Relay {
    /// Where events are recorded.
    pub ledger: Arc<dyn Ledger>,
    /// Where they go.
    pub bus: Arc<dyn Bus>,
    /// Rung when something may have been written.
    pub bell: Arc<Notify>,
}

impl Relay {
    /// Publishes until the shutdown begins.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.begun() {
            let pause = match self.round().await {
                Ok(0) => LOOK,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!("outbound events wait: {error}");
                    WAIT
                }
            };
            tokio::select! {
                () = self.bell.notified(), if pause == LOOK => (),
                () = tokio::time::sleep(pause) => (),
                () = shutdown.wait() => (),
            }
        }
    }

    /// How many were told.
    async fn round(&self) -> Result<usize> {
        let events = self.ledger.unpublished(MOST).await?;
        if !events.is_empty() {
            self.bus.announce(&events).await?;
            self.ledger.published(&events).await?;
        }
        Ok(events.len())
    }
}
