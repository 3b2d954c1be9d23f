//! Takes hints, runs steps, sees to what failed.
//!
//! The order is always: take, run (which commits), publish the next hints, settle. A process that dies between two of
//! them leaves a hint that comes again and finds its work done.

use crate::{
    beat::until_beat,
    shutdown::Shutdown,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use mohor_domain::stage::Stage;
use mohor_ports::{
    bus::{Bus, Due, Hint},
    error::{Error, Result},
    ledger::{Failure, Inbox, Upkeep},
    time::Stopwatch,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Notify;

/// How long a stage in outage waits at first, and at most.
const OUTAGE_WAIT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// How long a stage waits for a hint before it asks anew; all stages ask at the same moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a runner needs.
#[derive(Clone)]
pub struct Runner {
    /// Where hints come from.
    pub bus: Arc<dyn Bus>,
    /// Where letters of the broker are written down before anything else.
    pub inbox: Arc<dyn Inbox>,
    /// Where attempts and parked items are kept.
    pub upkeep: Arc<dyn Upkeep>,
    /// Metrics.
    pub telemetry: Arc<Telemetry>,
    /// Rung when a batch is committed: there may be outbound events.
    pub bell: Arc<Notify>,
    /// Durations.
    pub stopwatch: Arc<dyn Stopwatch>,
    /// When to stop.
    pub shutdown: Shutdown,
}

impl Runner {
    /// Runs a step until the shutdown begins. Returns when the batch in hand is settled.
    pub async fn run(self, step: Arc<dyn Step>) {
        let stage = step.stage();
        let mut wait = OUTAGE_WAIT.0;
        while !self.shutdown.begun() {
            match self.round(step.as_ref(), stage).await {
                Ok(()) => {
                    wait = OUTAGE_WAIT.0;
                    self.telemetry.outage.with_label_values(&[stage.as_str()]).set(0);
                }
                Err(Error::Fatal(cause)) => {
                    let reason = format!("stage {} stops: {}", stage.as_str(), Error::Fatal(cause));
                    tracing::error!(stage = stage.as_str(), "{reason}");
                    self.shutdown.fail(reason);
                }
                Err(error) => {
                    self.telemetry.outage.with_label_values(&[stage.as_str()]).set(1);
                    tracing::warn!(stage = stage.as_str(), wait_ms = wait.as_millis() as u64, "outage: {error}");
                    tokio::select! { () = tokio::time::sleep(wait) => (), () = self.shutdown.wait() => () }
                    wait = (wait * 2).min(OUTAGE_WAIT.1);
                }
            }
        }
    }

    /// One batch. An error means that nothing was used up: the hints come again.
    async fn round(&self, step: &dyn Step, stage: Stage) -> Result<()> {
        let hints = tokio::select! {
            hints = self.bus.take(stage, step.batch(), until_beat(PATIENCE).as_millis() as u64 + 1) => hints?,
            () = self.shutdown.wait() => return Ok(()),
        };
        if hints.is_empty() {
            return Ok(());
        }
        let began = self.stopwatch.micros();
        let mut hints = hints;
        if let Err(error) = self.write_down(stage, &mut hints).await {
            self.bus.give_back(stage, &hints).await?;
            return Err(error);
        }
        if hints.is_empty() {
            return Ok(());
        }
        // The same hint may have come twice: its work is done once.
        let mut seen = BTreeSet::new();
        let items: Vec<String> =
            hints.iter().map(|hint| hint.item.clone()).filter(|i| seen.insert(i.clone())).collect();
        let outcomes = match split(step, items).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                self.bus.give_back(stage, &hints).await?;
                return Err(error);
            }
        };
        self.bell.notify_one();
        match self.conclude(stage, &hints, outcomes, began).await {
            Ok(None) => Ok(()),
            Ok(Some(outage)) => Err(outage),
            Err(error) => {
                self.bus.give_back(stage, &hints).await?;
                Err(error)
            }
        }
    }

    /// Letters become rows of the inbox. Stages behind intake have none and may write none: what no hint can be read from
    /// is refused, and `reconcile` finds it among the dead.
    async fn write_down(&self, stage: Stage, hints: &mut Vec<Hint>) -> Result<()> {
        let new = |hint: &&mut Hint| hint.item.is_empty();
        let letters: Vec<_> = hints.iter_mut().filter(new).filter_map(|hint| hint.letter.clone()).collect();
        if letters.is_empty() {
            return Ok(());
        }
        if stage == Stage::Intake {
            let ids = self.inbox.receive_letters(letters).await?;
            hints.iter_mut().filter(new).zip(&ids).for_each(|(hint, id)| hint.item = id.to_string());
            return Ok(());
        }
        let (unreadable, good): (Vec<Hint>, Vec<Hint>) = hints.drain(..).partition(|hint| hint.letter.is_some());
        tracing::warn!(stage = stage.as_str(), count = unreadable.len(), "messages that are no hints are refused");
        *hints = good;
        self.bus.refuse(stage, &unreadable).await
    }

    /// Publishes what is due next, records what failed, settles. Items that met an outage are given back.
    async fn conclude(
        &self,
        stage: Stage,
        hints: &[Hint],
        outcomes: BTreeMap<String, Outcome>,
        began: u64,
    ) -> Result<Option<Error>> {
        let traces: BTreeMap<&str, &Option<String>> = hints.iter().map(|h| (h.item.as_str(), &h.trace)).collect();
        let (mut next, mut later, mut never, mut held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut outage = None;
        let mut done = 0;
        for (item, outcome) in outcomes {
            match outcome {
                Outcome::Done(items) => {
                    done += 1;
                    let trace = traces.get(item.as_str()).copied().cloned().flatten();
                    next.extend(items.into_iter().map(|item| Due { item, trace: trace.clone() }));
                }
                Outcome::Failed(Error::Outage(cause)) => {
                    held.push(item);
                    outage = Some(Error::Outage(cause));
                }
                Outcome::Failed(Error::Fatal(cause)) => return Err(Error::Fatal(cause)),
                Outcome::Failed(error) => {
                    let failure = Failure { item, code: error.code().into(), reason: error.to_string() };
                    tracing::warn!(
                        stage = stage.as_str(),
                        item = failure.item,
                        code = failure.code,
                        "{}",
                        failure.reason
                    );
                    if matches!(error, Error::Reject { .. }) { never.push(failure) } else { later.push(failure) }
                }
            }
        }
        if let Some(following) = stage.next()
            && !next.is_empty()
        {
            self.bus.publish(following, &next).await?;
        }
        let micros = self.stopwatch.micros().saturating_sub(began);
        for (outcome, count) in
            [("done", done), ("postponed", later.len()), ("parked", never.len()), ("held", held.len())]
        {
            if count > 0 {
                self.telemetry.observe(stage, outcome, count, micros);
            }
        }
        if !later.is_empty() {
            self.upkeep.postpone(stage, later).await?;
        }
        if !never.is_empty() {
            self.upkeep.park(stage, never).await?;
        }
        let (back, settled): (Vec<Hint>, Vec<Hint>) = hints.iter().cloned().partition(|hint| held.contains(&hint.item));
        self.bus.settle(stage, &settled).await?;
        if !back.is_empty() {
            self.bus.give_back(stage, &back).await?;
        }
        Ok(outage)
    }
}

/// Runs a batch; one that fails as a whole is halved until the bad item stands alone.
async fn split(step: &dyn Step, items: Vec<String>) -> Result<BTreeMap<String, Outcome>> {
    let mut outcomes = BTreeMap::new();
    let mut rest = vec![items];
    while let Some(batch) = rest.pop() {
        match step.run(&batch).await {
            Ok(results) => outcomes.extend(batch.into_iter().zip(results)),
            // Trouble of a dependency is not the items' fault, and an unknown state is nobody's to retry.
            Err(error @ (Error::Outage(_) | Error::Fatal(_))) => return Err(error),
            Err(error) if batch.len() == 1 => {
                outcomes.extend(batch.into_iter().zip([Outcome::Failed(error)]));
            }
            Err(_) => {
                let (front, back) = batch.split_at(batch.len() / 2);
                rest.extend([back.to_vec(), front.to_vec()]);
            }
        }
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Picky;

    #[async_trait::async_trait]
    impl Step for Picky {
        fn stage(&self) -> Stage {
            Stage::Mint
        }
        fn batch(&self) -> usize {
            8
        }
        async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
            match items.iter().find(|item| item.starts_with("bad")) {
                Some(item) => Err(Error::retry(format!("cannot do {item}"))),
                None => Ok(items.iter().map(|item| Outcome::Done(vec![item.clone()])).collect()),
            }
        }
    }

    #[tokio::test]
    async fn one_bad_item_fails_alone() {
        let items = ["a", "b", "bad", "c", "d", "e", "bad2"].map(String::from).to_vec();
        let outcomes = split(&Picky, items).await.unwrap();
        let failed: Vec<_> =
            outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Failed(_))).map(|(i, _)| i.as_str()).collect();
        assert_eq!(failed, ["bad", "bad2"]);
        assert_eq!(outcomes.len(), 7);
    }
}
