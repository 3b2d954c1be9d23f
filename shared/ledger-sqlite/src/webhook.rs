//! Endpoints that are told of a stream by HTTP.

use crate::connection::{SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    event::Recorded,
    id::Id,
    webhook::{Secret, State},
};
use mohor_ports::{
    error::Result,
    ledger::{
        Act, Claim, NewWebhook, Settled, WEBHOOK_EVENTS, WEBHOOK_LOOKED, Webhook, WebhookAdded, WebhookAttempt,
        WebhookCensus, WebhookStanding, Webhooks, webhook_over,
    },
};
use rusqlite::Row;

/// How an endpoint stands, from the column after these.
const STANDING: &str = "state, reason, place, attempts, failing_since, next_at, leased_until";

#[async_trait]
impl Webhooks for SqliteLedger {
    async fn add_webhook(&self, new: NewWebhook, act: Act) -> Result<WebhookAdded> {
        self.write(move |write| {
            let sql = "SELECT id, url FROM webhook WHERE stream = ?1";
            let there =
                write.all(sql, [&new.stream], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let there = there.into_iter().map(|(id, url)| Ok((read_id(&id)?, url))).collect::<Result<Vec<_>>>()?;
            if let Some(before) = WebhookAdded::before(&there, &new.url) {
                return Ok(before);
            }
            let (id, now) = (write.id()?, write.now().millis());
            let sql =
                "INSERT INTO webhook (id, stream, url, words, state, reason, secret, place, attempts, next_at, lease,
                         leased_until, added_at)
                       VALUES (?1, ?2, ?3, ?4, 'active', '', ?5,
                         coalesce((SELECT last FROM counter WHERE stream = ?2), 0), 0, ?6, 0, 0, ?6)";
            let values = (id.to_string(), &new.stream, &new.url, new.words.join(","), new.secret.expose(), now);
            write.run(sql, values)?;
            write.audit(&Act { subject: id.to_string(), ..act })?;
            Ok(WebhookAdded::New(id))
        })
        .await
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>> {
        self.read(|read| {
            let sql = format!(
                "SELECT {STANDING}, id, w.stream, url, words, coalesce(c.last, 0) - place,
                   CASE WHEN old_secret IS NOT NULL THEN old_until END, added_at, secret
                 FROM webhook w LEFT JOIN counter c ON c.stream = w.stream ORDER BY w.stream, added_at, id"
            );
            read.all(&sql, [], webhook)?.into_iter().collect()
        })
        .await
    }

    async fn rotate_webhook(&self, id: Id, secret: Secret, overlap: i64, act: Act) -> Result<Option<Instant>> {
        self.write(move |write| {
            let until = write.now().plus_millis(overlap);
            let sql = "UPDATE webhook SET old_secret = secret, old_until = ?3, secret = ?2 WHERE id = ?1";
            let done = write.run(sql, (id.to_string(), secret.expose(), until.millis()))? == 1;
            write.of_webhook(done, id, act)?;
            Ok(done.then_some(until))
        })
        .await
    }

    async fn pause_webhook(&self, id: Id, act: Act) -> Result<bool> {
        self.write(move |write| {
            let sql = "UPDATE webhook SET state = 'paused' WHERE id = ?1 AND state = 'active'";
            let done = write.run(sql, [id.to_string()])? == 1;
            write.of_webhook(done, id, act)
        })
        .await
    }

    async fn resume_webhook(&self, id: Id, act: Act) -> Result<bool> {
        self.write(move |write| {
            let sql =
                "UPDATE webhook SET state = 'active', reason = '', attempts = 0, failing_since = NULL, next_at = ?2
                       WHERE id = ?1 AND (state <> 'active' OR attempts > 0)";
            let done = write.run(sql, (id.to_string(), write.now().millis()))? == 1;
            write.of_webhook(done, id, act)
        })
        .await
    }

    async fn replay_webhook(&self, id: Id, since: Instant, act: Act) -> Result<Option<i64>> {
        self.write(move |write| {
            let (row, now) = (id.to_string(), write.now().millis());
            let sql = "UPDATE webhook SET attempts = 0, failing_since = NULL, next_at = ?3,
                         place = min(place, coalesce((SELECT o.number - 1 FROM outbound o
                           WHERE o.stream = webhook.stream AND o.at >= ?2 ORDER BY o.number LIMIT 1), place))
                       WHERE id = ?1";
            let done = write.run(sql, (&row, since.millis(), now))? == 1;
            let sql = "SELECT coalesce(c.last, 0) - place FROM webhook w LEFT JOIN counter c ON c.stream = w.stream
                       WHERE id = ?1";
            let behind: Option<i64> = write.one(sql, [&row], |row| row.get(0))?;
            write.of_webhook(done, id, act)?;
            Ok(behind)
        })
        .await
    }

    async fn remove_webhook(&self, id: Id, act: Act) -> Result<bool> {
        self.write(move |write| {
            let done = write.run("DELETE FROM webhook WHERE id = ?1", [id.to_string()])? == 1;
            write.of_webhook(done, id, act)
        })
        .await
    }

    async fn webhook_log(&self, id: Id, most: u32) -> Result<Vec<WebhookAttempt>> {
        self.read(move |read| {
            let sql = "SELECT event, attempt, at, outcome FROM webhook_attempt WHERE webhook = ?1
                       ORDER BY number DESC LIMIT ?2";
            read.all(sql, (id.to_string(), most), |row| {
                let at = Instant::from_millis(row.get(2)?);
                Ok(WebhookAttempt { event: row.get(0)?, attempt: row.get(1)?, at, outcome: row.get(3)? })
            })
        })
        .await
    }

    async fn claim_webhooks(&self, most: u32, lease: i64) -> Result<Vec<Claim>> {
        const DUE: &str = "SELECT w.id FROM webhook w JOIN counter c ON c.stream = w.stream
            WHERE w.state = 'active' AND w.next_at <= ?1 AND w.leased_until <= ?1 AND c.last > w.place
            ORDER BY w.next_at LIMIT ?2";
        // An idle look writes nothing.
        let now = self.clock().millis();
        if self.glance(|read| read.one(DUE, (now, 1), |_| Ok(())))?.is_none() {
            return Ok(vec![]);
        }
        self.write(move |write| {
            let ids: Vec<String> = write.all(DUE, (write.now().millis(), most), |row| row.get(0))?;
            let mut claims = Vec::new();
            for id in ids {
                claims.extend(write.claim(&id, lease)?);
            }
            Ok(claims)
        })
        .await
    }

    async fn settle_webhook(&self, settled: Settled) -> Result<Option<Instant>> {
        self.write(move |write| {
            let (id, now) = (settled.id.to_string(), write.now());
            let sql = format!(
                "SELECT {STANDING} FROM webhook WHERE id = ?1 AND lease = ?2 AND place = ?3 AND leased_until > 0"
            );
            let row = write.one(&sql, (&id, settled.lease, settled.place), standing)?.transpose()?;
            let Some(before) = row else { return Ok(None) };
            let (after, logged, on) = settled.became.standing(before.clone(), now);
            let sql = "UPDATE webhook SET state = ?2, reason = ?3, place = ?4, attempts = ?5, failing_since = ?6,
                         next_at = ?7, leased_until = ?8 WHERE id = ?1";
            let (state, reason) = (after.state.as_str(), &after.reason);
            let (next_at, leased_until) = (after.next_at.millis(), after.leased_until.millis());
            let since = after.failing_since.map(Instant::millis);
            write.run(sql, (&id, state, reason, after.place, after.attempts, since, next_at, leased_until))?;
            if logged {
                let sql =
                    "INSERT INTO webhook_attempt (webhook, event, attempt, at, outcome) VALUES (?1, ?2, ?3, ?4, ?5)";
                write.run(sql, (&id, settled.event, settled.attempt, now.millis(), &settled.outcome))?;
            }
            if before.state != State::Disabled && after.state == State::Disabled {
                write.audit(&webhook_over(settled.id, &after.reason))?;
                write.tell_over(settled.id, &after.reason)?;
            }
            Ok(on.then_some(now))
        })
        .await
    }

    async fn webhook_census(&self) -> Result<WebhookCensus> {
        let now = self.clock().millis();
        self.read(move |read| {
            let sql = "SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'paused'),
                         count(*) FILTER (WHERE state = 'disabled'),
                         count(*) FILTER (WHERE state = 'active' AND attempts > 0),
                         coalesce(sum(coalesce(c.last, 0) - place) FILTER (WHERE state = 'active'), 0),
                         min(failing_since) FILTER (WHERE state = 'active')
                       FROM webhook w LEFT JOIN counter c ON c.stream = w.stream";
            let found = read.one(sql, [], |row| {
                let counts: [i64; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                Ok((counts, row.get::<_, Option<i64>>(5)?))
            })?;
            let (counts, since) = found.unwrap_or_default();
            let [active, paused, disabled, failing, behind] = counts.map(|count| count.max(0) as u64);
            let failing_millis = since.map_or(0, |at| now - at);
            Ok(WebhookCensus { active, paused, disabled, failing, behind, failing_millis })
        })
        .await
    }
}

impl Write<'_> {
    /// The audit line of what was done to an endpoint.
    fn of_webhook(&self, done: bool, id: Id, act: Act) -> Result<bool> {
        if done {
            self.audit(&Act { subject: id.to_string(), ..act })?;
        }
        Ok(done)
    }

    /// Takes an endpoint in hand, or moves its place past what it does not want.
    fn claim(&self, id: &str, lease: i64) -> Result<Option<Claim>> {
        let now = self.now();
        let sql = "UPDATE webhook SET lease = lease + 1, leased_until = ?2,
                     old_secret = CASE WHEN old_until > ?3 THEN old_secret END
                   WHERE id = ?1 RETURNING lease, stream, url, words, secret, old_secret, place, attempts";
        let row = self.one(sql, (id, now.plus_millis(lease).millis(), now.millis()), |row| {
            let texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            let numbers: (i64, i64, u32) = (row.get(0)?, row.get(6)?, row.get(7)?);
            Ok((texts, row.get::<_, Option<String>>(5)?, numbers))
        })?;
        let Some(([stream, url, words, secret], old, (lease, place, attempts))) = row else { return Ok(None) };
        let secrets = [Some(secret), old].into_iter().flatten();
        let secrets = secrets.map(|text| Secret::read(&text).ok_or_else(|| corrupt("webhook", id, "secret")));
        let secrets = secrets.collect::<Result<Vec<_>>>()?;
        let sql = "SELECT number, id, word, subject, data, at FROM outbound
                   WHERE stream = ?1 AND number > ?2 AND number <= ?3 AND (?4 = '' OR instr(',' || ?4 || ',', ',' || word || ','))
                   ORDER BY number LIMIT ?5";
        let horizon = place + WEBHOOK_LOOKED;
        let rows = self.all(sql, (&stream, place, horizon, &words, WEBHOOK_EVENTS), |row| {
            let texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            Ok((row.get::<_, i64>(0)?, texts, row.get::<_, i64>(5)?))
        })?;
        let event = |(number, [id, word, subject, data], at): (i64, [String; 4], i64)| {
            let data = serde_json::from_str(&data).map_err(|_| corrupt("outbound", &id, "data"))?;
            Ok(Recorded { id, word, stream: stream.clone(), number, subject, at: Instant::from_millis(at), data })
        };
        let events = rows.into_iter().map(event).collect::<Result<Vec<_>>>()?;
        let through = match events.last() {
            Some(last) if events.len() == WEBHOOK_EVENTS as usize => last.number,
            _ => {
                let sql = "SELECT min(last, ?2) FROM counter WHERE stream = ?1";
                self.one(sql, (&stream, horizon), |row| row.get(0))?.unwrap_or(place)
            }
        };
        if events.is_empty() {
            let sql = "UPDATE webhook SET place = ?2, leased_until = 0, next_at = ?3 WHERE id = ?1";
            self.run(sql, (id, through, now.millis()))?;
            return Ok(None);
        }
        Ok(Some(Claim { id: read_id(id)?, lease, url, secrets, place, attempts, events, through, at: now }))
    }
}

fn read_id(text: &str) -> Result<Id> {
    Id::parse(text).ok_or_else(|| corrupt("webhook", text, "id"))
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Result<WebhookStanding>> {
    let state: String = row.get(0)?;
    let Some(state) = State::from_word(&state) else { return Ok(Err(corrupt("webhook", &state, "state"))) };
    Ok(Ok(WebhookStanding {
        state,
        reason: row.get(1)?,
        place: row.get(2)?,
        attempts: row.get(3)?,
        failing_since: row.get::<_, Option<i64>>(4)?.map(Instant::from_millis),
        next_at: Instant::from_millis(row.get(5)?),
        leased_until: Instant::from_millis(row.get(6)?),
    }))
}

fn webhook(row: &Row<'_>) -> rusqlite::Result<Result<Webhook>> {
    let (id, words): (String, String) = (row.get(7)?, row.get(10)?);
    let (stream, url, behind) = (row.get(8)?, row.get(9)?, row.get(11)?);
    let overlap_until = row.get::<_, Option<i64>>(12)?.map(Instant::from_millis);
    let added_at = Instant::from_millis(row.get(13)?);
    let secret: String = row.get(14)?;
    let words = words.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Ok(standing(row)?.and_then(|standing| {
        let scheme = Secret::read(&secret).ok_or_else(|| corrupt("webhook", &id, "secret"))?.parts().0;
        Ok(Webhook { id: read_id(&id)?, stream, url, words, scheme, standing, behind, overlap_until, added_at })
    }))
}
