//! Re-drives whatever stands still: the ledger is the truth, and a hint may be lost.
//!
//! In: the ledger's time. Out: hints. Guaranteed: nothing parked and nothing that waits for its next attempt is
//! touched; at most 1,000 items a sweep. On the embedded bus hints are rows of the same transaction, so a sweep that
//! finds anything there is worth a line in the log.

use mohor_domain::stage::Stage;
use mohor_ports::{bus::Bus, error::Result, ledger::Upkeep};
use mohor_runtime::{shutdown::Shutdown, telemetry::Telemetry};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// An item that has not moved for this long is hinted again.
pub const STILL_MILLIS: i64 = 15 * 60 * 1000;
const SWEEP_LIMIT: u32 = 1_000;
const SHORTEST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(300);

/// The role.
pub struct Reconcile {
    /// What stands still.
    pub upkeep: Arc<dyn Upkeep>,
    /// Where hints go.
    pub bus: Arc<dyn Bus>,
    /// Holdings are measured here.
    pub telemetry: Arc<Telemetry>,
}

impl Reconcile {
    /// Sweeps until the shutdown begins: soon after something was found, at growing intervals while all is well.
    pub async fn run(self, shutdown: Shutdown) {
        let mut wait = SHORTEST;
        while !shutdown.begun() {
            match self.sweep(STILL_MILLIS).await {
                Ok(0) => wait = (wait * 2).min(LONGEST),
                Ok(found) => {
                    tracing::warn!(found, "reconcile hinted items that stood still");
                    wait = SHORTEST;
                }
                Err(error) => tracing::warn!("reconcile could not sweep: {error}"),
            }
            tokio::select! { () = tokio::time::sleep(wait) => (), () = shutdown.wait() => () }
        }
    }

    /// One sweep; how many items were hinted.
    pub async fn sweep(&self, still_millis: i64) -> Result<usize> {
        let mut by_stage: BTreeMap<Stage, Vec<String>> = BTreeMap::new();
        for (stage, item) in self.upkeep.sweep(still_millis, SWEEP_LIMIT).await? {
            by_stage.entry(stage).or_default().push(item);
        }
        let mut found = 0;
        for (stage, items) in by_stage {
            self.bus.publish(stage, &items).await?;
            found += items.len();
        }
        let census = self.upkeep.census().await?;
        for (kind, value) in [
            ("approved", census.approved),
            ("issued", census.issued),
            ("ready", census.ready),
            ("parked", census.parked),
        ] {
            self.telemetry.holdings.with_label_values(&[kind]).set(value as i64);
        }
        Ok(found)
    }
}
