//! Endpoints that are told of a stream by HTTP.

use crate::{
    connection::{PostgresLedger, Session},
    register::recorded,
    trouble::corrupt,
};
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
        Act, Claim, Inbox, NewWebhook, Settled, WEBHOOK_EVENTS, WEBHOOK_LOOKED, Webhook, WebhookAdded, WebhookAttempt,
        WebhookCensus, WebhookStanding, Webhooks, webhook_over,
    },
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

/// How an endpoint stands, then the rest of the statement.
macro_rules! standing {
    ($rest:literal) => {
        concat!("SELECT state, reason, place, attempts, failing_since, next_at, leased_until", $rest)
    };
}

#[async_trait]
impl Webhooks for PostgresLedger {
    async fn add_webhook(&self, new: NewWebhook, act: Act) -> Result<WebhookAdded> {
        let mut session = self.write().await?;
        // Of two that add to a stream at once the second counts the first.
        let lock = "SELECT pg_advisory_xact_lock(x'6D6F6805'::int, hashtext($1))";
        session.run(query(lock).bind(&new.stream)).await?;
        let there = session.all(query("SELECT id, url FROM webhook WHERE stream = $1").bind(&new.stream)).await?;
        let there: Vec<(Id, String)> = there.iter().map(|row| (row.get::<Uuid, _>(0).into(), row.get(1))).collect();
        if let Some(before) = WebhookAdded::before(&there, &new.url) {
            session.rollback().await?;
            return Ok(before);
        }
        let (id, now) = (session.id()?, session.now().millis());
        let sql = "INSERT INTO webhook (id, stream, url, words, state, reason, secret, place, attempts, next_at, lease,
                     leased_until, added_at)
                   VALUES ($1, $2, $3, $4, 'active', '', $5,
                     coalesce((SELECT last FROM counter WHERE stream = $2), 0), 0, $6, 0, 0, $6)";
        let statement = query(sql).bind(id.uuid()).bind(&new.stream).bind(&new.url).bind(new.words.join(","));
        session.run(statement.bind(new.secret.expose()).bind(now)).await?;
        session.of_webhook(true, id, act).await?;
        Ok(WebhookAdded::New(id))
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>> {
        let sql = standing!(
            ", id, w.stream, url, words, coalesce(c.last, 0) - place,
               CASE WHEN old_secret IS NOT NULL THEN old_until END, added_at, secret
             FROM webhook w LEFT JOIN counter c ON c.stream = w.stream ORDER BY w.stream, added_at, id"
        );
        self.read().await?.all(query(sql)).await?.iter().map(webhook).collect()
    }

    async fn rotate_webhook(&self, id: Id, secret: Secret, overlap: i64, act: Act) -> Result<Option<Instant>> {
        let mut session = self.write().await?;
        let until = session.now().plus_millis(overlap);
        let sql = "UPDATE webhook SET old_secret = secret, old_until = $3, secret = $2 WHERE id = $1";
        let statement = query(sql).bind(id.uuid()).bind(secret.expose()).bind(until.millis());
        let done = session.run(statement).await? == 1;
        Ok(session.of_webhook(done, id, act).await?.then_some(until))
    }

    async fn pause_webhook(&self, id: Id, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE webhook SET state = 'paused' WHERE id = $1 AND state = 'active'";
        let done = session.run(query(sql).bind(id.uuid())).await? == 1;
        session.of_webhook(done, id, act).await
    }

    async fn resume_webhook(&self, id: Id, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE webhook SET state = 'active', reason = '', attempts = 0, failing_since = NULL, next_at = $2
                   WHERE id = $1 AND (state <> 'active' OR attempts > 0)";
        let now = session.now().millis();
        let done = session.run(query(sql).bind(id.uuid()).bind(now)).await? == 1;
        session.of_webhook(done, id, act).await
    }

    async fn replay_webhook(&self, id: Id, since: Instant, act: Act) -> Result<Option<i64>> {
        let mut session = self.write().await?;
        let sql = "UPDATE webhook w SET attempts = 0, failing_since = NULL, next_at = $3,
                     place = least(place, (SELECT o.number - 1 FROM outbound o
                       WHERE o.stream = w.stream AND o.at >= $2 ORDER BY o.number LIMIT 1))
                   WHERE id = $1
                   RETURNING coalesce((SELECT last FROM counter c WHERE c.stream = w.stream), 0) - place";
        let now = session.now().millis();
        let row = session.one(query(sql).bind(id.uuid()).bind(since.millis()).bind(now)).await?;
        let behind: Option<i64> = row.map(|row| row.get(0));
        session.of_webhook(behind.is_some(), id, act).await?;
        Ok(behind)
    }

    async fn remove_webhook(&self, id: Id, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let done = session.run(query("DELETE FROM webhook WHERE id = $1").bind(id.uuid())).await? == 1;
        session.of_webhook(done, id, act).await
    }

    async fn webhook_log(&self, id: Id, most: u32) -> Result<Vec<WebhookAttempt>> {
        let sql = "SELECT event, attempt, at, outcome FROM webhook_attempt WHERE webhook = $1
                   ORDER BY number DESC LIMIT $2";
        let rows = self.read().await?.all(query(sql).bind(id.uuid()).bind(i64::from(most))).await?;
        let attempt = |row: &PgRow| {
            let attempt = u32::try_from(row.get::<i64, _>(1));
            Ok(WebhookAttempt {
                event: row.get(0),
                attempt: attempt.map_err(|_| corrupt("webhook_attempt", &id.to_string(), "attempt"))?,
                at: Instant::from_millis(row.get(2)),
                outcome: row.get(3),
            })
        };
        rows.iter().map(attempt).collect()
    }

    async fn claim_webhooks(&self, most: u32, lease: i64) -> Result<Vec<Claim>> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        let sql = "WITH due AS (
                     SELECT w.id FROM webhook w JOIN counter c ON c.stream = w.stream
                     WHERE w.state = 'active' AND w.next_at <= $1 AND w.leased_until <= $1 AND c.last > w.place
                     ORDER BY w.next_at LIMIT $2 FOR UPDATE OF w SKIP LOCKED)
                   UPDATE webhook w SET lease = w.lease + 1, leased_until = $1 + $3,
                     old_secret = CASE WHEN w.old_until > $1 THEN w.old_secret END
                   FROM due WHERE w.id = due.id
                   RETURNING w.id, w.lease, w.stream, w.url, w.words, w.secret, w.old_secret, w.place, w.attempts";
        let rows = session.all(query(sql).bind(now).bind(i64::from(most)).bind(lease)).await?;
        let mut claims = Vec::new();
        for row in &rows {
            claims.extend(session.claim(row).await?);
        }
        session.commit().await?;
        Ok(claims)
    }

    async fn settle_webhook(&self, settled: Settled) -> Result<Option<Instant>> {
        let mut session = self.write().await?;
        let (id, now) = (settled.id.uuid(), session.now());
        let sql = standing!(
            " FROM webhook WHERE id = $1 AND lease = $2 AND place = $3 AND leased_until > 0 FOR NO KEY UPDATE"
        );
        let row = session.one(query(sql).bind(id).bind(settled.lease).bind(settled.place)).await?;
        let Some(before) = row.as_ref().map(standing).transpose()? else {
            session.rollback().await?;
            return Ok(None);
        };
        let (after, logged, on) = settled.became.standing(before.clone(), now);
        let sql =
            "UPDATE webhook SET state = $2, reason = $3, place = $4, attempts = $5, failing_since = $6, next_at = $7,
                     leased_until = $8 WHERE id = $1";
        let statement = query(sql).bind(id).bind(after.state.as_str()).bind(&after.reason).bind(after.place);
        let statement = statement.bind(i64::from(after.attempts)).bind(after.failing_since.map(Instant::millis));
        session.run(statement.bind(after.next_at.millis()).bind(after.leased_until.millis())).await?;
        if logged {
            let sql = "INSERT INTO webhook_attempt (webhook, event, attempt, at, outcome) VALUES ($1, $2, $3, $4, $5)";
            let statement = query(sql).bind(id).bind(settled.event).bind(i64::from(settled.attempt)).bind(now.millis());
            session.run(statement.bind(&settled.outcome)).await?;
        }
        if before.state != State::Disabled && after.state == State::Disabled {
            session.audit(&webhook_over(settled.id, &after.reason)).await?;
            session.tell_over(settled.id, &after.reason).await?;
        }
        session.commit().await?;
        Ok(on.then_some(now))
    }

    async fn webhook_census(&self) -> Result<WebhookCensus> {
        let now = Inbox::now(self).await?.millis();
        let sql = "SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'paused'),
                     count(*) FILTER (WHERE state = 'disabled'),
                     count(*) FILTER (WHERE state = 'active' AND attempts > 0),
                     coalesce(sum(coalesce(c.last, 0) - place) FILTER (WHERE state = 'active'), 0)::int8,
                     min(failing_since) FILTER (WHERE state = 'active')
                   FROM webhook w LEFT JOIN counter c ON c.stream = w.stream";
        let row = self.read().await?.one(query(sql)).await?;
        Ok(row.map_or_else(WebhookCensus::default, |row| {
            let [active, paused, disabled, failing, behind] =
                [0, 1, 2, 3, 4].map(|column| row.get::<i64, _>(column).max(0) as u64);
            let failing_millis = row.get::<Option<i64>, _>(5).map_or(0, |at| now - at);
            WebhookCensus { active, paused, disabled, failing, behind, failing_millis }
        }))
    }
}

impl Session {
    /// Commits what was done to an endpoint with its audit line.
    async fn of_webhook(mut self, done: bool, id: Id, act: Act) -> Result<bool> {
        if done {
            self.audit(&Act { subject: id.to_string(), ..act }).await?;
        }
        self.commit().await?;
        Ok(done)
    }

    /// What an endpoint in hand wants to be told; its place moves past what it does not want.
    async fn claim(&mut self, row: &PgRow) -> Result<Option<Claim>> {
        let id: Id = row.get::<Uuid, _>(0).into();
        let wrong = |column| corrupt("webhook", &id.to_string(), column);
        let (stream, words): (String, String) = (row.get(2), row.get(4));
        let secrets = [Some(row.get::<String, _>(5)), row.get(6)].into_iter().flatten();
        let secrets = secrets.map(|text| Secret::read(&text).ok_or_else(|| wrong("secret"))).collect::<Result<_>>()?;
        let place: i64 = row.get(7);
        // Each statement has its own look: what is told after this one is looked at the next time.
        let last = self.one(query("SELECT last FROM counter WHERE stream = $1").bind(&stream)).await?;
        let horizon = last.map_or(place, |row| row.get::<i64, _>(0)).min(place + WEBHOOK_LOOKED);
        let sql = "SELECT stream, number, id, word, subject, data, at FROM outbound
                   WHERE stream = $1 AND number > $2 AND number <= $3
                     AND ($4 = '' OR word = ANY (string_to_array($4, ',')))
                   ORDER BY number LIMIT $5";
        let statement = query(sql).bind(&stream).bind(place).bind(horizon).bind(&words);
        let rows = self.all(statement.bind(i64::from(WEBHOOK_EVENTS))).await?;
        let events = rows.iter().map(recorded).collect::<Result<Vec<Recorded>>>()?;
        let through = match events.last() {
            Some(last) if events.len() == WEBHOOK_EVENTS as usize => last.number,
            _ => horizon,
        };
        let now = self.now();
        if events.is_empty() {
            let sql = "UPDATE webhook SET place = $2, leased_until = 0, next_at = $3 WHERE id = $1";
            self.run(query(sql).bind(id.uuid()).bind(through).bind(now.millis())).await?;
            return Ok(None);
        }
        let attempts = u32::try_from(row.get::<i64, _>(8)).map_err(|_| wrong("attempts"))?;
        let (lease, url) = (row.get(1), row.get(3));
        Ok(Some(Claim { id, lease, url, secrets, place, attempts, events, through, at: now }))
    }
}

fn standing(row: &PgRow) -> Result<WebhookStanding> {
    let state: String = row.get(0);
    let wrong = |column| corrupt("webhook", &state, column);
    Ok(WebhookStanding {
        state: State::from_word(&state).ok_or_else(|| wrong("state"))?,
        reason: row.get(1),
        place: row.get(2),
        attempts: u32::try_from(row.get::<i64, _>(3)).map_err(|_| wrong("attempts"))?,
        failing_since: row.get::<Option<i64>, _>(4).map(Instant::from_millis),
        next_at: Instant::from_millis(row.get(5)),
        leased_until: Instant::from_millis(row.get(6)),
    })
}

fn webhook(row: &PgRow) -> Result<Webhook> {
    let (words, secret): (String, String) = (row.get(10), row.get(14));
    let id: Id = row.get::<Uuid, _>(7).into();
    Ok(Webhook {
        scheme: Secret::read(&secret).ok_or_else(|| corrupt("webhook", &id.to_string(), "secret"))?.parts().0,
        standing: standing(row)?,
        id,
        stream: row.get(8),
        url: row.get(9),
        words: words.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        behind: row.get(11),
        overlap_until: row.get::<Option<i64>, _>(12).map(Instant::from_millis),
        added_at: Instant::from_millis(row.get(13)),
    })
}
