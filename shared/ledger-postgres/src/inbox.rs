//! The inbox, and what intake commits.

use crate::{
    connection::{PostgresLedger, Session},
    event::Desk,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Answer, id::Id, stage::Stage};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Answers, Checked, Delivery, Door, Inbox, Intake, Letter, NewDelivery, Reply, Sender, SignedRequest},
};
use serde_json::{Value, json};
use sqlx_core::{query::query, row::Row};
use std::collections::BTreeMap;
use uuid::Uuid;

#[async_trait]
impl Inbox for PostgresLedger {
    async fn now(&self) -> Result<Instant> {
        let session = self.write().await?;
        let now = session.now();
        session.rollback().await?;
        Ok(now)
    }

    async fn receive(&self, deliveries: Vec<NewDelivery>) -> Result<Vec<Id>> {
        let mut session = self.write().await?;
        let ids = session.receive(deliveries).await?;
        session.commit().await?;
        Ok(ids)
    }

    async fn receive_letters(&self, letters: Vec<Letter>) -> Result<Vec<Id>> {
        let mut session = self.write().await?;
        let mut ids = Vec::with_capacity(letters.len());
        let mut new = Vec::new();
        for letter in letters {
            let found = match letter.redelivered {
                true => session.waiting(&letter).await?,
                false => None,
            };
            if found.is_none() {
                new.push(NewDelivery { door: Door::Amqp(letter.sender), batch: false, body: letter.body });
            }
            ids.push(found);
        }
        let mut written = session.receive(new).await?.into_iter();
        session.commit().await?;
        Ok(ids.into_iter().filter_map(|found| found.or_else(|| written.next())).collect())
    }

    async fn deliveries(&self, ids: &[Id]) -> Result<Vec<Delivery>> {
        let sql = "SELECT id, signature, method, path, sender, routing_key, batch, body, received_at, answered_at
                   FROM inbox WHERE id = ANY($1)";
        let rows = self.read().await?.all(query(sql).bind(uuids(ids))).await?;
        let read = |row: sqlx_postgres::PgRow| {
            let door = match (row.get(1), row.get(2), row.get(3), row.get(5)) {
                (Some(signature), Some(method), Some(path), _) => Door::Http(SignedRequest { signature, method, path }),
                (.., Some(routing_key)) => Door::Amqp(Sender { user: row.get(4), routing_key }),
                _ => Door::Local,
            };
            let body = row.get::<Option<Vec<u8>>, _>(7).unwrap_or_default();
            Delivery {
                id: row.get::<Uuid, _>(0).into(),
                delivery: NewDelivery { door, batch: row.get(6), body },
                received_at: Instant::from_millis(row.get(8)),
                answered: row.get::<Option<i64>, _>(9).is_some(),
            }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    async fn commit_intake(&self, work: Vec<(Id, Intake)>) -> Result<Vec<(Id, Answers, Vec<Id>)>> {
        let mut session = self.derive().await?;
        let mut rows = session.locked(&work).await?;
        let events: Vec<&Checked> = work
            .iter()
            .filter(|(id, _)| rows.get(id).is_some_and(|row| row.before.is_none()))
            .flat_map(|(_, intake)| match intake {
                Intake::Events(events) => events.as_slice(),
                Intake::Unauthorised(_) => &[],
            })
            .collect();
        let mut desk = Desk::open(&mut session, &events).await?;
        let mut results = Vec::with_capacity(work.len());
        for (id, intake) in &work {
            let Some(row) = rows.get_mut(id) else {
                return Err(Error::reject("unknown_item", format!("the inbox has no delivery {id}")));
            };
            if row.before.is_none() {
                row.answer(&mut desk, &session, intake)?;
            }
            let answers = row.before.clone().unwrap_or(Answers::Events(vec![]));
            results.push((*id, answers, row.approved.clone()));
        }
        desk.close(&mut session).await?;
        session.answer_inbox(&rows).await?;
        let items: Vec<String> = work.iter().map(|(id, _)| id.to_string()).collect();
        session.settle(Stage::Intake, &items).await?;
        session.commit().await?;
        Ok(results)
    }

    async fn preview(&self, events: Vec<Checked>) -> Result<Vec<Answer>> {
        // The decisions are made as they would be, one after another, and nothing of them is written.
        let mut session = self.derive().await?;
        let mut desk = Desk::open(&mut session, &events.iter().collect::<Vec<_>>()).await?;
        let now = session.now();
        let answers = events.iter().map(|event| Ok(desk.event(&session, event, now)?.0)).collect::<Result<_>>()?;
        session.rollback().await?;
        Ok(answers)
    }

    async fn answer(&self, id: Id) -> Result<Option<Reply>> {
        let sql = "SELECT batch, answers FROM inbox WHERE id = $1";
        let Some(row) = self.read().await?.one(query(sql).bind(id.uuid())).await? else { return Ok(None) };
        let answers = row.get::<Option<String>, _>(1).map(|text| parse(&id, &text)).transpose()?;
        Ok(Some(Reply { batch: row.get(0), answers }))
    }
}

/// A delivery's row, locked.
struct Slot {
    received_at: Instant,
    /// The answer; there from the beginning if an earlier commit gave it.
    before: Option<Answers>,
    new: bool,
    /// Applications to be hinted to mint.
    approved: Vec<Id>,
}

impl Slot {
    fn answer(&mut self, desk: &mut Desk, session: &Session, intake: &Intake) -> Result<()> {
        self.new = true;
        self.before = Some(match intake {
            Intake::Unauthorised(words) => Answers::Unauthorised(words.clone()),
            Intake::Events(events) => {
                let mut answers = Vec::with_capacity(events.len());
                for checked in events {
                    let (answer, due) = desk.event(session, checked, self.received_at)?;
                    answers.push(answer);
                    self.approved.extend(due);
                }
                Answers::Events(answers)
            }
        });
        Ok(())
    }
}

impl Session {
    async fn receive(&mut self, deliveries: Vec<NewDelivery>) -> Result<Vec<Id>> {
        if deliveries.is_empty() {
            return Ok(vec![]);
        }
        let (mut ids, mut letters, mut requests) = (Vec::with_capacity(deliveries.len()), vec![], vec![]);
        for NewDelivery { door, batch, body } in deliveries {
            let id = self.id()?;
            ids.push(id);
            match door {
                Door::Amqp(sender) => letters.push((id.uuid(), sender, batch, body)),
                Door::Http(request) => requests.push((id.uuid(), Some(request), batch, body)),
                Door::Local => requests.push((id.uuid(), None, batch, body)),
            }
        }
        self.receive_requests(requests).await?;
        self.receive_from_senders(letters).await?;
        self.tally(&[("inbox".into(), ids.len() as i64)]).await?;
        Ok(ids)
    }

    /// Names no column of the broker's senders: the portal may not write them.
    async fn receive_requests(&mut self, rows: Vec<(Uuid, Option<SignedRequest>, bool, Vec<u8>)>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let of = |field: fn(&SignedRequest) -> &String| -> Vec<Option<&str>> {
            rows.iter().map(|(_, request, ..)| request.as_ref().map(|request| field(request).as_str())).collect()
        };
        let sql = "INSERT INTO inbox (id, signature, method, path, batch, body, received_at)
                   SELECT *, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bytea[])";
        let statement = query(sql)
            .bind(rows.iter().map(|row| row.0).collect::<Vec<_>>())
            .bind(of(|r| &r.signature))
            .bind(of(|r| &r.method))
            .bind(of(|r| &r.path))
            .bind(rows.iter().map(|row| row.2).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.3.as_slice()).collect::<Vec<_>>());
        let now = self.now().millis();
        self.run(statement.bind(now)).await.map(drop)
    }

    async fn receive_from_senders(&mut self, rows: Vec<(Uuid, Sender, bool, Vec<u8>)>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO inbox (id, sender, routing_key, batch, body, received_at)
                   SELECT *, $6 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::bytea[])";
        let statement = query(sql)
            .bind(rows.iter().map(|row| row.0).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.1.user.as_deref()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.1.routing_key.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.2).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.3.as_slice()).collect::<Vec<_>>());
        let now = self.now().millis();
        self.run(statement.bind(now)).await.map(drop)
    }

    /// The row of a letter that waits here already.
    async fn waiting(&mut self, letter: &Letter) -> Result<Option<Id>> {
        let sql =
            "SELECT id FROM inbox WHERE answered_at IS NULL AND routing_key = $1 AND sender IS NOT DISTINCT FROM $2
                   AND sha256(body) = sha256($3) ORDER BY id LIMIT 1";
        let statement = query(sql).bind(&letter.sender.routing_key).bind(&letter.sender.user).bind(&letter.body);
        Ok(self.one(statement).await?.map(|row| row.get::<Uuid, _>(0).into()))
    }

    /// The rows of these deliveries, locked until the commit: beside another worker the second finds the answer.
    async fn locked(&mut self, work: &[(Id, Intake)]) -> Result<BTreeMap<Id, Slot>> {
        let ids: Vec<Id> = work.iter().map(|(id, _)| *id).collect();
        let sql = "SELECT id, received_at, answers, approved FROM inbox WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        let mut rows = BTreeMap::new();
        for row in self.all(query(sql).bind(uuids(&ids))).await? {
            let id = Id::from(row.get::<Uuid, _>(0));
            let before = row.get::<Option<String>, _>(2).map(|text| parse(&id, &text)).transpose()?;
            let approved = row.get::<Option<Vec<Uuid>>, _>(3).unwrap_or_default();
            let approved = approved.into_iter().map(Id::from).collect();
            let received_at = Instant::from_millis(row.get(1));
            rows.insert(id, Slot { received_at, before, new: false, approved });
        }
        Ok(rows)
    }

    async fn answer_inbox(&mut self, rows: &BTreeMap<Id, Slot>) -> Result<()> {
        let new: Vec<(&Id, &Slot)> = rows.iter().filter(|(_, row)| row.new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = new.iter().map(|(id, _)| id.uuid()).collect();
        let answers: Vec<String> = new.iter().filter_map(|(_, row)| row.before.as_ref().map(text)).collect();
        // An array of arrays cannot be ragged: the lists of applications go as text.
        let approved: Vec<String> = new
            .iter()
            .map(|(_, row)| format!("{{{}}}", row.approved.iter().map(Id::to_string).collect::<Vec<_>>().join(",")))
            .collect();
        let sql = "UPDATE inbox i SET answered_at = $4, answers = u.answers, approved = u.approved::uuid[], body = NULL
                   FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u (id, answers, approved) WHERE i.id = u.id";
        let now = self.now().millis();
        self.run(query(sql).bind(&ids).bind(answers).bind(approved).bind(now)).await?;
        self.tally(&[("inbox".into(), -(ids.len() as i64))]).await
    }
}

/// Ids as the driver binds them.
pub(crate) fn uuids(ids: &[Id]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}

fn text(answers: &Answers) -> String {
    match answers {
        Answers::Unauthorised(words) => json!({"unauthorised": words}),
        Answers::Events(events) => json!({"events": events}),
    }
    .to_string()
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
