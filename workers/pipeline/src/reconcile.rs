//! Re-drives whatever stands still: the ledger is the truth, and a hint may be lost.
//!
//! In: the ledger's time. Out: hints. Guaranteed: nothing parked and nothing that waits for its next attempt is
//! touched; at most 1,000 items a sweep; an item that stands still is hinted at growing intervals. What the broker gave
//! up delivering is parked before the broker may forget it. On the embedded bus hints are rows of the same transaction,
//! so a sweep that finds anything there is worth a line in the log.
//!
//! It also erases phone numbers whose time is over, at most so many a look; what is left waits for the next.

use mohor_domain::{civil::Instant, stage::Stage};
use mohor_ports::{
    bus::{Bus, Dead, Due},
    error::Result,
    ledger::{Failure, Ledger, Sweep},
};
use mohor_runtime::{beat::beat, shutdown::Shutdown, telemetry::Telemetry};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// An item that has not moved for this long is hinted again.
pub const STILL_MILLIS: i64 = 15 * 60 * 1000;
const SWEEP_LIMIT: u32 = 1_000;
/// Applications whose phone number is erased in one look, at most.
const ERASED_A_LOOK: u32 = 500;
const SHORTEST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(300);
/// How often postponed items and the dead are looked for.
const ROUND: Duration = Duration::from_millis(1_000);
const CRASHED: &str = "the broker gave it up: each worker that took it ended before it was done";

/// The role.
pub struct Reconcile {
    /// What stands still.
    pub ledger: Arc<dyn Ledger>,
    /// Where hints go.
    pub bus: Arc<dyn Bus>,
    /// Holdings are measured here.
    pub telemetry: Arc<Telemetry>,
    /// How long a phone number is kept after the delivery, in milliseconds.
    pub phone_millis: i64,
}

impl Reconcile {
    /// Works until the shutdown begins: every second for what has become due, and sweeps soon after something was found,
    /// at growing intervals while all is well.
    pub async fn run(self, shutdown: Shutdown) {
        let (mut wait, mut slept) = (SHORTEST, LONGEST);
        while !shutdown.begun() {
            if let Err(error) = self.round().await {
                tracing::warn!("reconcile could not look: {error}");
            }
            if slept >= wait {
                slept = Duration::ZERO;
                match self.sweep(STILL_MILLIS).await {
                    Ok(0) => wait = (wait * 2).min(LONGEST),
                    Ok(found) => {
                        tracing::warn!(found, "reconcile hinted items that stood still");
                        wait = SHORTEST;
                    }
                    Err(error) => tracing::warn!("reconcile could not sweep: {error}"),
                }
                match self.erase().await {
                    Ok(ERASED_A_LOOK..) => wait = SHORTEST,
                    Ok(_) => (),
                    Err(error) => tracing::warn!("reconcile could not erase phone numbers: {error}"),
                }
            }
            tokio::select! { () = beat(ROUND) => slept += ROUND, () = shutdown.wait() => () }
        }
    }

    /// What has become due, what the broker gave up, and the queues of answers.
    async fn round(&self) -> Result<()> {
        self.hint(self.ledger.due(SWEEP_LIMIT).await?).await?;
        let dead = self.bus.dead(SWEEP_LIMIT as usize).await?;
        if !dead.is_empty() {
            self.park(&dead).await?;
            self.bus.bury(&dead).await?;
        }
        self.bus.answer_queues(&self.ledger.amqp_users().await?).await
    }

    /// One sweep; how many items were hinted.
    pub async fn sweep(&self, still_millis: i64) -> Result<usize> {
        let found = self.hint(self.ledger.sweep(Sweep::Still(still_millis), SWEEP_LIMIT).await?).await?;
        let census = self.ledger.census().await?;
        for (kind, value) in [
            ("approved", census.approved),
            ("issued", census.issued),
            ("ready", census.ready),
            ("parked", census.parked),
            ("discarded", census.discarded),
        ] {
            self.telemetry.holdings.with_label_values(&[kind]).set(value as i64);
        }
        Ok(found)
    }

    /// Erases phone numbers whose time is over; how many applications were looked at.
    pub async fn erase(&self) -> Result<u32> {
        let erased = self.ledger.erase_phones(self.phone_millis, ERASED_A_LOOK).await?;
        if !erased.had.is_empty() {
            tracing::info!(count = erased.had.len(), "phone numbers were erased: their time was over");
        }
        Ok(erased.looked)
    }

    async fn hint(&self, items: Vec<(Stage, String)>) -> Result<usize> {
        hint(self.bus.as_ref(), items).await
    }

    /// Each attempt to deliver these ended with the worker's end, or no hint can be read from them: they must not be tried
    /// again without a person.
    async fn park(&self, dead: &[Dead]) -> Result<()> {
        let mut by_stage: BTreeMap<Stage, Vec<Failure>> = BTreeMap::new();
        for Dead { stage, hint } in dead {
            let Some(letter) = &hint.letter else {
                let failure = Failure::reject("crashed", hint.item.clone(), CRASHED);
                by_stage.entry(*stage).or_default().push(failure);
                continue;
            };
            // A letter is written down first, and its row is parked. Behind intake nothing but hints belongs.
            let ids = self.ledger.receive_letters(vec![letter.clone()]).await?;
            let item: String = ids.iter().map(ToString::to_string).collect();
            let reason = format!("a message in the queue {} is no hint; the inbox keeps its bytes", stage.as_str());
            by_stage.entry(Stage::Intake).or_default().push(match stage {
                Stage::Intake => Failure::reject("crashed", item, CRASHED),
                _ => Failure::reject("unreadable", item, reason),
            });
        }
        for (stage, failures) in by_stage {
            tracing::error!(stage = stage.as_str(), count = failures.len(), "dead messages are parked");
            self.ledger.park(stage, failures).await?;
        }
        Ok(())
    }
}

/// Hints each stage to its items; how many.
async fn hint(bus: &dyn Bus, items: Vec<(Stage, String)>) -> Result<usize> {
    let mut by_stage: BTreeMap<Stage, Vec<Due>> = BTreeMap::new();
    let count = items.len();
    for (stage, item) in items {
        by_stage.entry(stage).or_default().push(item.into());
    }
    for (stage, due) in by_stage {
        bus.publish(stage, &due).await?;
    }
    Ok(count)
}

/// Brings home what was in queues that this process had to make anew: every process that makes queues runs it.
pub async fn recover(ledger: Arc<dyn Ledger>, bus: Arc<dyn Bus>, shutdown: Shutdown) {
    let mut open: BTreeMap<Stage, Option<Instant>> = BTreeMap::new();
    while !shutdown.begun() {
        open.extend(bus.lost().into_iter().map(|stage| (stage, None)));
        if let Err(error) = bring_home(ledger.as_ref(), bus.as_ref(), &mut open).await {
            tracing::warn!("lost hints cannot be published yet: {error}");
        }
        tokio::select! { () = tokio::time::sleep(ROUND / 2) => (), () = shutdown.wait() => () }
    }
}

/// `open` has the stages whose hints were lost, and since when they are hinted again.
async fn bring_home(ledger: &dyn Ledger, bus: &dyn Bus, open: &mut BTreeMap<Stage, Option<Instant>>) -> Result<()> {
    for stage in open.keys().copied().collect::<Vec<_>>() {
        let since = match open.get(&stage).copied().flatten() {
            Some(since) => since,
            None => ledger.now().await?,
        };
        open.insert(stage, Some(since));
        loop {
            let items = ledger.sweep(Sweep::Lost(stage, since), SWEEP_LIMIT).await?;
            let found = items.len();
            if found == 0 {
                break;
            }
            if let Err(error) = hint(bus, items).await {
                // They count as hinted and were not: all of them are due once more.
                open.insert(stage, None);
                return Err(error);
            }
            tracing::warn!(stage = stage.as_str(), found, "the queue was lost: hints are published again");
        }
        open.remove(&stage);
    }
    Ok(())
}
