//! Takes a delivery in the inbox, gives each of its events an answer: accepted, or refused with a code.
//!
//! In: an inbox row. Out: applications that are approved, to `mint`. Guaranteed: answer, application and events are one
//! transaction; a delivery answered before keeps its answer. Refused: see `mohor_domain::refusal`.

use crate::check::Checks;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    event::{Answer, InboundEvent},
    id::Id,
    refusal::{Code, Refusal},
    stage::Stage,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{AmqpUser, Checked, Delivery, Door, Intake as Work, Ledger, NewDelivery, Sender},
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    department,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, sync::Arc};

/// What is recorded for a letter whose sender is not believed. Nobody is told: nobody knows who it was.
const UNBELIEVED: &str = "the message names no user, or one that is mapped to no department";

/// Whoever can write into the inbox of a server must not be able to speak for a department by that alone.
const NO_OPERATOR: &str =
    "this installation takes no events from a local operator (`local_operator` in its configuration)";

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
    /// Whether a local operator is believed, who may speak for every department.
    pub local: bool,
}

#[async_trait]
impl Step for Intake {
    fn stage(&self) -> Stage {
        Stage::Intake
    }

    fn batch(&self) -> usize {
        256
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let ids: Vec<Id> = items.iter().filter_map(|item| Id::parse(item)).collect();
        let now = self.ledger.now().await?;
        let deliveries = self.ledger.deliveries(&ids).await?;
        let by_broker = deliveries.iter().any(|delivery| matches!(delivery.delivery.door, Door::Amqp(_)));
        let users = if by_broker { self.ledger.amqp_users().await? } else { vec![] };
        let mut work = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            work.push((delivery.id, self.examine(&delivery, &users, now).await?));
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
    async fn examine(&self, delivery: &Delivery, users: &[AmqpUser], now: Instant) -> Result<Work> {
        if delivery.answered {
            // Its answer stays and its body is gone.
            return Ok(Work::Events(vec![]));
        }
        let sender = match &delivery.delivery.door {
            Door::Local if self.local => None,
            Door::Local => return Ok(Work::Unauthorised(NO_OPERATOR.into())),
            Door::Amqp(sender) => return self.letter(delivery, sender, users, now).await,
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

impl Intake {
    /// A letter of the broker: the user is who the broker says, and may say what the register allows.
    async fn letter(&self, delivery: &Delivery, sender: &Sender, users: &[AmqpUser], now: Instant) -> Result<Work> {
        let known = sender.user.as_ref().and_then(|name| users.iter().find(|user| user.name == *name));
        let Some(user) = known else {
            let reason = if sender.user.is_some() { "unknown_user" } else { "no_user" };
            self.telemetry.letters_refused.with_label_values(&[reason]).inc();
            tracing::warn!(delivery = %delivery.id, reason, "a letter of the broker is refused");
            return Ok(Work::Unauthorised(UNBELIEVED.into()));
        };
        let mut events = examine_events(&self.checks, Some(&user.department), &delivery.delivery, now);
        for checked in &mut events {
            if let Checked::Valid(event) = checked
                && let Some(refusal) = self.overreach(event, sender, user).await?
            {
                let (source, id) = (Some(event.source.clone()), Some(event.id.clone()));
                let answer = Answer::Refused { source, id, refusal };
                *checked = Checked::Refused { department: Some(user.department.clone()), answer };
            }
            if let Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } = checked {
                self.telemetry.letters_refused.with_label_values(&[refusal.code.as_str()]).inc();
            }
        }
        Ok(Work::Events(events))
    }

    /// What a user may not say: under another department's letters, of a service or an office that is not his.
    async fn overreach(&self, event: &InboundEvent, sender: &Sender, user: &AmqpUser) -> Result<Option<Refusal>> {
        let foreign = |pointer: &str, words: &str| Some(Refusal::new(Code::ForeignDepartment, pointer).detail(words));
        if sender.routing_key.split('.').next() != Some(&event.department) {
            return Ok(foreign("/source", "the routing key names another department"));
        }
        if !user.services.is_empty() {
            let service = match &event.service {
                Some(service) => Some(service.clone()),
                None => {
                    let known = self.ledger.application(&event.department, &event.application_no).await?;
                    known.and_then(|application| application.service)
                }
            };
            if service.is_none_or(|service| !user.services.contains(&service)) {
                return Ok(foreign("/data/service", "this user of the broker does not speak for the service"));
            }
        }
        let office = event.data["office"].as_str().unwrap_or_default();
        if !user.offices.is_empty() && !user.offices.iter().any(|allowed| allowed == office) {
            return Ok(foreign("/data/office", "this user of the broker does not speak for the office"));
        }
        Ok(None)
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
