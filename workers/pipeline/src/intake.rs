//! Takes a delivery in the inbox, gives each of its events an answer: accepted, or refused with a code.
//!
//! In: an inbox row. Out: applications that are approved, to `mint`. Guaranteed: answer, application and events are one
//! transaction; a delivery answered before keeps its answer. Refused: see `mohor_domain::refusal`.

use crate::check::Checks;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    event::Answer,
    id::Id,
    refusal::{Code, Refusal},
    stage::Stage,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Checked, Delivery, Door, Intake as Work, Ledger, NewDelivery},
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    department,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};

/// Events of one delivery, at most.
pub const MAX_BATCH: usize = 100;

/// The stage.
pub struct Intake {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The checks.
    pub checks: Arc<Checks>,
    /// Processor time.
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl Step for Intake {
    fn stage(&self) -> Stage {
        Stage::Intake
    }

    fn batch(&self) -> usize {
        64
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let ids: Vec<Id> = items.iter().filter_map(|item| Id::parse(item)).collect();
        let now = self.ledger.now().await?;
        let deliveries = self.ledger.deliveries(&ids).await?;
        let mut work = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            work.push((delivery.id, self.examine(&delivery, now).await?));
        }
        let approved: BTreeMap<String, Vec<Id>> =
            self.ledger.commit_intake(work).await?.into_iter().map(|(id, _, ids)| (id.to_string(), ids)).collect();
        Ok(items
            .iter()
            .map(|item| match approved.get(item) {
                Some(ids) => Outcome::Done(ids.iter().map(Id::to_string).collect()),
                None => Outcome::Failed(Error::reject("unknown_item", "the inbox has no such delivery")),
            })
            .collect())
    }
}

impl Intake {
    async fn examine(&self, delivery: &Delivery, now: Instant) -> Result<Work> {
        let sender = match &delivery.delivery.door {
            Door::Local => None,
            Door::Http(request) => {
                let keys = self.ledger.department_keys().await?;
                // The signature was fresh when it came: a delivery that waited out an outage is still believed.
                match department::verify(&keys, delivery.received_at, request, &delivery.delivery.body) {
                    Ok(key) => Some(key.department.clone()),
                    Err(words) => return Ok(Work::Unauthorised(words.into())),
                }
            }
        };
        let began = thread_cpu_micros();
        let events = examine_events(&self.checks, sender.as_deref(), &delivery.delivery, now);
        self.telemetry.add_cpu("intake", thread_cpu_micros().saturating_sub(began));
        Ok(Work::Events(events))
    }
}

/// Checks every event of a delivery. Shared by the stage and by `/check`, which records nothing.
pub fn examine_events(checks: &Checks, sender: Option<&str>, delivery: &NewDelivery, now: Instant) -> Vec<Checked> {
    if !delivery.batch {
        return vec![checks.event(sender, &delivery.body, now)];
    }
    let refuse = |code, words: String| {
        let refusal = Refusal::new(code, "").detail(words);
        vec![Checked::Refused {
            department: sender.map(str::to_owned),
            answer: Answer::Refused { source: None, id: None, refusal },
        }]
    };
    let Ok(text) = std::str::from_utf8(&delivery.body) else {
        return refuse(Code::NotUtf8, "the batch".into());
    };
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Err(error) => refuse(Code::NotJson, format!("the batch, line {}, column {}", error.line(), error.column())),
        Ok(events) if events.len() > MAX_BATCH => {
            refuse(Code::TooLarge, format!("a batch has at most {MAX_BATCH} events, this has {}", events.len()))
        }
        Ok(events) => events.into_iter().map(|event| checks.event(sender, event.get().as_bytes(), now)).collect(),
    }
}
