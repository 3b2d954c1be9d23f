//! The port.

use crate::{
    dead::Graveyard,
    link::{Link, Live, Settings},
    message,
    seat::Seat,
    topology::{self, EVENTS, PIPELINE},
};
use async_trait::async_trait;
use futures_util::future::try_join_all;
use lapin::{
    BasicProperties, Confirmation,
    options::{BasicPublishOptions, QueueDeclareOptions},
    types::FieldTable,
};
use mohor_domain::{event::Recorded, stage::Stage};
use mohor_ports::{
    bus::{Bus, Dead, Due, Hint},
    error::{Error, Result},
    ledger::AmqpUser,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// How long a confirm may take: while the broker is away it would never come.
const CONFIRM: Duration = Duration::from_secs(5);

/// The bus on RabbitMQ, for one process's workers.
pub struct RabbitBus {
    link: Link,
    seats: BTreeMap<Stage, Seat>,
    graveyard: tokio::sync::Mutex<Graveyard>,
    /// Queues of answers that were declared over which link.
    answers: Mutex<(u64, BTreeSet<String>)>,
}

impl RabbitBus {
    /// Begins to connect; the first call waits for it. `Fatal` when the URL is none.
    pub fn open(settings: &Settings) -> Result<Self> {
        let seat = |stage| (stage, Seat::new(stage, (settings.prefetch)(stage)));
        Ok(Self {
            link: Link::open(settings)?,
            seats: Stage::ALL.into_iter().map(seat).collect(),
            graveyard: tokio::sync::Mutex::default(),
            answers: Mutex::default(),
        })
    }

    fn seat(&self, stage: Stage) -> Result<&Seat> {
        self.seats.get(&stage).ok_or_else(|| Error::fatal(format!("the stage {} has no seat", stage.as_str())))
    }

    /// Sends all, then waits for all confirms together.
    async fn send(
        &self,
        live: &Live,
        exchange: &'static str,
        mandatory: bool,
        messages: impl Iterator<Item = (String, Vec<u8>, BasicProperties)> + Send,
    ) -> Result<()> {
        let sending = async {
            let mut confirms = Vec::new();
            for (key, body, properties) in messages {
                let options = BasicPublishOptions { mandatory, ..Default::default() };
                let key = key.as_str().into();
                confirms.push(live.publisher.basic_publish(exchange.into(), key, options, &body, properties).await?);
            }
            try_join_all(confirms).await
        };
        let confirms = match timeout(CONFIRM, sending).await {
            Ok(sent) => sent.map_err(|error| self.link.trouble(live, error))?,
            Err(_) => {
                live.give_up();
                let words = format!("the broker {} has confirmed nothing for {} s", self.link.name, CONFIRM.as_secs());
                return Err(Error::outage(words));
            }
        };
        for confirm in confirms {
            match confirm {
                Confirmation::Ack(None) => (),
                Confirmation::Nack(_) => {
                    let words =
                        format!("the broker {} refuses messages to {exchange}: a queue is full", self.link.name);
                    return Err(Error::outage(words));
                }
                // The queue is gone: a new link declares it.
                Confirmation::Ack(Some(_)) | Confirmation::NotRequested => {
                    live.give_up();
                    let words =
                        format!("the broker {} has no queue behind {exchange}; it is declared again", self.link.name);
                    return Err(Error::outage(words));
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Bus for RabbitBus {
    async fn take(&self, stage: Stage, most: usize, patience_millis: u64) -> Result<Vec<Hint>> {
        self.seat(stage)?.take(&self.link, most, Duration::from_millis(patience_millis)).await
    }

    async fn publish(&self, stage: Stage, due: &[Due]) -> Result<()> {
        let live = self.link.live().await?;
        let messages = due.iter().map(|due| {
            let (body, properties) = message::hint(stage, due);
            (stage.as_str().to_owned(), body, properties)
        });
        self.send(&live, PIPELINE, true, messages).await
    }

    async fn settle(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.seat(stage)?.settle(hints).await;
        Ok(())
    }

    async fn give_back(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.seat(stage)?.give_back(hints);
        Ok(())
    }

    async fn refuse(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.seat(stage)?.refuse(hints).await;
        Ok(())
    }

    async fn probe(&self) -> Result<String> {
        let live = self.link.live().await?;
        let asking = async {
            let channel = live.inward.create_channel().await?;
            let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
            let queue = channel.queue_declare(Stage::Intake.as_str().into(), options, FieldTable::default()).await?;
            let _ = channel.close(200, "probed".into()).await;
            Ok::<_, lapin::Error>(queue.message_count())
        };
        match timeout(CONFIRM, asking).await {
            Ok(Ok(waiting)) => Ok(format!("RabbitMQ at {}; {waiting} messages wait for intake", self.link.name)),
            Ok(Err(error)) if error.to_string().contains("no queue") => Err(Error::outage(format!(
                "RabbitMQ at {} answers and has no queues yet: the workers make them, start them with `mohor run`",
                self.link.name
            ))),
            Ok(Err(error)) => Err(self.link.trouble(&live, error)),
            Err(_) => Err(self.link.away()),
        }
    }

    async fn announce(&self, events: &[Recorded]) -> Result<()> {
        let live = self.link.live().await?;
        let messages = events.iter().map(|event| {
            let (body, properties) = message::event(event);
            (event.routing_key(), body, properties)
        });
        // Nobody may be listening: the event can be read from the ledger by cursor at any time.
        self.send(&live, EVENTS, false, messages).await
    }

    async fn dead(&self, most: usize) -> Result<Vec<Dead>> {
        self.graveyard.lock().await.look(&self.link, most).await
    }

    async fn bury(&self, dead: &[Dead]) -> Result<()> {
        self.graveyard.lock().await.bury(&self.link, dead).await
    }

    async fn close(&self) {
        self.link.close().await;
    }

    fn lost(&self) -> Vec<Stage> {
        self.link.lost()
    }

    async fn answer_queues(&self, users: &[AmqpUser]) -> Result<()> {
        let generation = self.link.generation();
        let missing: Vec<&AmqpUser> = {
            let mut declared = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            if declared.0 != generation {
                *declared = (generation, BTreeSet::new());
            }
            users.iter().filter(|user| !declared.1.contains(&user.name)).collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let live = self.link.live().await?;
        for user in missing {
            let declaring = async {
                let channel = live.inward.create_channel().await?;
                topology::declare_answers(&channel, &user.name, &user.department).await?;
                channel.close(200, "declared".into()).await
            };
            declaring.await.map_err(|error| self.link.trouble(&live, error))?;
            self.answers.lock().unwrap_or_else(PoisonError::into_inner).1.insert(user.name.clone());
        }
        Ok(())
    }
}
