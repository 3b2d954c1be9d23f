//! The inbox, and what intake commits.

use crate::connection::{SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Answer, id::Id, stage::Stage};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Answers, Checked, Delivery, Door, Inbox, Intake, Letter, NewDelivery, Reply, Sender, SignedRequest},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[async_trait]
impl Inbox for SqliteLedger {
    async fn now(&self) -> Result<Instant> {
        Ok(self.clock())
    }

    async fn receive(&self, deliveries: Vec<NewDelivery>) -> Result<Vec<Id>> {
        self.write(move |write| {
            let mut ids = Vec::with_capacity(deliveries.len());
            for delivery in &deliveries {
                let id = write.id()?;
                let (http, amqp) = match &delivery.door {
                    Door::Local => (None, None),
                    Door::Http(request) => (Some(request), None),
                    Door::Amqp(sender) => (None, Some(sender)),
                };
                write.run(
                    "INSERT INTO inbox (id, signature, method, path, sender, routing_key, batch, body, received_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    rusqlite::params![
                        id.to_string(),
                        http.map(|r| &r.signature),
                        http.map(|r| &r.method),
                        http.map(|r| &r.path),
                        amqp.and_then(|s| s.user.as_ref()),
                        amqp.map(|s| &s.routing_key),
                        delivery.batch,
                        &delivery.body,
                        write.now().millis(),
                    ],
                )?;
                write.hint(Stage::Intake, &id.to_string())?;
                ids.push(id);
            }
            write.tally("inbox", ids.len() as i64)?;
            Ok(ids)
        })
        .await
    }

    async fn receive_letters(&self, letters: Vec<Letter>) -> Result<Vec<Id>> {
        let mut ids = Vec::with_capacity(letters.len());
        for letter in letters {
            let Letter { sender, body, redelivered } = letter;
            let (user, routing_key, waiting) = (sender.user.clone(), sender.routing_key.clone(), body.clone());
            let found = self
                .read(move |read| {
                    let sql = "SELECT id FROM inbox WHERE answered_at IS NULL AND routing_key = ?1 AND sender IS ?2 AND body = ?3";
                    read.one(sql, (routing_key, user, waiting), |row| row.get::<_, String>(0))
                })
                .await?;
            match found.and_then(|id| Id::parse(&id)).filter(|_| redelivered) {
                Some(id) => ids.push(id),
                None => {
                    let delivery = NewDelivery { door: Door::Amqp(sender), batch: false, body };
                    ids.extend(self.receive(vec![delivery]).await?);
                }
            }
        }
        Ok(ids)
    }

    async fn deliveries(&self, ids: &[Id]) -> Result<Vec<Delivery>> {
        let ids = ids.to_vec();
        self.read(move |read| {
            let sql = "SELECT signature, method, path, batch, body, received_at, answered_at, sender, routing_key
                       FROM inbox WHERE id = ?1";
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(read.one(sql, [id.to_string()], |row| {
                    let door = match (row.get(0)?, row.get(1)?, row.get(2)?, row.get(8)?) {
                        (Some(signature), Some(method), Some(path), _) => {
                            Door::Http(SignedRequest { signature, method, path })
                        }
                        (.., Some(routing_key)) => Door::Amqp(Sender { user: row.get(7)?, routing_key }),
                        _ => Door::Local,
                    };
                    let body = row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default();
                    Ok(Delivery {
                        id,
                        delivery: NewDelivery { door, batch: row.get(3)?, body },
                        received_at: Instant::from_millis(row.get(5)?),
                        answered: row.get::<_, Option<i64>>(6)?.is_some(),
                    })
                })?);
            }
            Ok(found)
        })
        .await
    }

    async fn commit_intake(&self, work: Vec<(Id, Intake)>) -> Result<Vec<(Id, Answers, Vec<Id>)>> {
        self.write(move |write| {
            let (mut told, mut telling) = (BTreeSet::new(), BTreeSet::new());
            let mut results = Vec::with_capacity(work.len());
            for (id, intake) in &work {
                let (answers, approved) = match answered(write, *id)? {
                    // Answered before: the answer stays, and mint is hinted by the sweep if it has not run.
                    Some(before) => (before, vec![]),
                    None => answer(write, *id, intake, &mut told, &mut telling)?,
                };
                write.settle(Stage::Intake, &id.to_string())?;
                results.push((*id, answers, approved));
            }
            // What happened to an application is read once, however much of it came.
            told.iter().try_for_each(|id| write.clock(&id.to_string()))?;
            // As it stands after the whole batch: one for an application, whatever was said of it.
            write.acknowledge(&telling)?;
            Ok(results)
        })
        .await
    }

    async fn preview(&self, events: Vec<Checked>) -> Result<Vec<Answer>> {
        // The decisions are made as they would be, one after another, and then rolled back.
        let answers = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = answers.clone();
        let outcome = self
            .write(move |write| {
                let (mut made, mut told) = (Vec::with_capacity(events.len()), BTreeSet::new());
                for checked in &events {
                    made.push(write.event(checked, write.now(), &mut told)?.answer);
                }
                *kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = made;
                Err::<(), Error>(Error::reject("preview", "nothing is recorded"))
            })
            .await;
        match outcome {
            Err(Error::Reject { code: "preview", .. }) => {
                Ok(std::mem::take(&mut *answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)))
            }
            Err(error) => Err(error),
            Ok(()) => Ok(vec![]),
        }
    }

    async fn answer(&self, id: Id) -> Result<Option<Reply>> {
        self.read(move |read| {
            let row = read.one("SELECT batch, answers FROM inbox WHERE id = ?1", [id.to_string()], |row| {
                Ok((row.get::<_, bool>(0)?, row.get::<_, Option<String>>(1)?))
            })?;
            row.map(|(batch, text)| Ok(Reply { batch, answers: text.map(|text| parse(&id, &text)).transpose()? }))
                .transpose()
        })
        .await
    }
}

fn answered(write: &Write<'_>, id: Id) -> Result<Option<Answers>> {
    let sql = "SELECT answers FROM inbox WHERE id = ?1 AND answered_at IS NOT NULL";
    let text: Option<Option<String>> = write.one(sql, [id.to_string()], |row| row.get(0))?;
    text.flatten().map(|text| parse(&id, &text)).transpose()
}

fn answer(
    write: &Write<'_>,
    id: Id,
    intake: &Intake,
    told: &mut BTreeSet<Id>,
    telling: &mut BTreeSet<Id>,
) -> Result<(Answers, Vec<Id>)> {
    let sql = "SELECT received_at FROM inbox WHERE id = ?1";
    let Some(received_at) = write.one(sql, [id.to_string()], |row| row.get(0))?.map(Instant::from_millis) else {
        return Err(Error::reject("unknown_item", format!("the inbox has no delivery {id}")));
    };
    let mut approved = Vec::new();
    let answers = match intake {
        Intake::Unauthorised(words) => Answers::Unauthorised(words.clone()),
        Intake::Events(events) => {
            let mut answers = Vec::with_capacity(events.len());
            for checked in events {
                let taken = write.event(checked, received_at, told)?;
                answers.push(taken.answer);
                approved.extend(taken.mint);
                telling.extend(taken.acknowledge);
            }
            Answers::Events(answers)
        }
    };
    let text = match &answers {
        Answers::Unauthorised(words) => json!({"unauthorised": words}),
        Answers::Events(events) => json!({"events": events}),
    };
    let sql = "UPDATE inbox SET answered_at = ?2, answers = ?3, body = NULL WHERE id = ?1";
    write.run(sql, (id.to_string(), write.now().millis(), text.to_string()))?;
    write.tally("inbox", -1)?;
    Ok((answers, approved))
}

fn parse(id: &Id, text: &str) -> Result<Answers> {
    let wrong = || corrupt("inbox", &id.to_string(), "answers");
    let value: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    match (value["unauthorised"].as_str(), value.get("events")) {
        (Some(words), _) => Ok(Answers::Unauthorised(words.into())),
        (None, Some(events)) => serde_json::from_value(events.clone()).map(Answers::Events).map_err(|_| wrong()),
        (None, None) => Err(wrong()),
    }
}
