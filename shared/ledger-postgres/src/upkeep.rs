//! Trouble, upkeep and the doctor.

use crate::{
    connection::{PostgresLedger, Session},
    offences::offences,
    outbound::Told,
    register::recorded,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Recorded, invariant::Offender, share::ProvidedAt, stage::Stage};
use mohor_ports::{
    error::Result,
    ledger::{Act, Census, Failure, Kept, Parked, Sweep, Upkeep},
};
use serde_json::json;
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Attempts after which an item is parked: with the waits below a little over an hour and a half.
const MOST_ATTEMPTS: i32 = 12;
const FIRST_WAIT_MILLIS: i64 = 2_000;
const LONGEST_WAIT_MILLIS: i64 = 15 * 60 * 1000;
/// How long a postponed item that was hinted is left alone.
const HINTED_MILLIS: i64 = 60_000;
/// How long an unconfirmed event is in one relay's hands.
const RELAY_MILLIS: i64 = 30_000;
/// The lock of the sweeper.
const SWEEPER: i64 = 0x6D6F_686F_7201;

#[async_trait]
impl Upkeep for PostgresLedger {
    async fn postpone(&self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        let mut session = self.write().await?;
        session.postpone(stage, failures).await?;
        session.commit().await
    }

    async fn park(&self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        let mut session = self.write().await?;
        session.park(stage, failures).await?;
        session.commit().await
    }

    async fn parked(&self, after: i64, limit: u32) -> Result<Vec<Parked>> {
        let sql = "SELECT number, stage, item, code, reason, attempts, parked_at FROM parked WHERE number > $1
                   ORDER BY number LIMIT $2";
        let rows = self.read().await?.all(query(sql).bind(after).bind(i64::from(limit))).await?;
        rows.iter().map(parked_row).collect()
    }

    async fn replay(&self, number: i64, actor: &str) -> Result<bool> {
        let mut session = self.write().await?;
        let Some((stage, item)) = session.unpark(number).await? else {
            session.rollback().await?;
            return Ok(false);
        };
        // Due at once: whoever looks for what is due hints its stage.
        let sql =
            "INSERT INTO attempt (stage, item, attempts, next_at, code, reason) VALUES ($1, $2, 0, $3, 'replay', '')
                   ON CONFLICT (stage, item) DO UPDATE SET attempts = 0, next_at = excluded.next_at";
        let now = session.now().millis();
        session.run(query(sql).bind(stage.as_str()).bind(&item).bind(now)).await?;
        let detail = stage.as_str().to_owned();
        session.audit(&Act { actor: actor.into(), act: "parked.replay".into(), subject: item, detail }).await?;
        session.commit().await?;
        Ok(true)
    }

    async fn discard(&self, number: i64, actor: &str, reason: &str) -> Result<bool> {
        let mut session = self.write().await?;
        let Some((stage, item)) = session.unpark(number).await? else {
            session.rollback().await?;
            return Ok(false);
        };
        let detail = format!("{}: {reason}", stage.as_str());
        let sql = "INSERT INTO discarded (stage, item, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let now = session.now().millis();
        let added = session.run(query(sql).bind(stage.as_str()).bind(&item).bind(now)).await?;
        session.tally(&[("discarded".into(), added as i64)]).await?;
        session.audit(&Act { actor: actor.into(), act: "parked.discard".into(), subject: item, detail }).await?;
        session.commit().await?;
        Ok(true)
    }

    async fn sweep(&self, why: Sweep, limit: u32) -> Result<Vec<(Stage, String)>> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        let (before, stage, since) = match why {
            Sweep::Still(millis) => (now - millis, None, None),
            Sweep::Lost(stage, since) => (now, Some(stage.as_str()), Some(since.millis())),
        };
        let alone = match why {
            Sweep::Still(_) => session.one(query("SELECT pg_try_advisory_xact_lock($1)").bind(SWEEPER)).await?,
            Sweep::Lost(..) => {
                session.run(query("SELECT pg_advisory_xact_lock($1)").bind(SWEEPER)).await?;
                None
            }
        };
        if alone.is_some_and(|row| !row.get::<bool, _>(0)) {
            session.rollback().await?;
            return Ok(vec![]);
        }
        let interval = if let Sweep::Still(millis) = why { millis.max(0) } else { 0 };
        let sql = "WITH still (stage, item) AS (
                SELECT 'intake', id::text FROM inbox WHERE answered_at IS NULL AND received_at <= $1
                UNION ALL SELECT 'mint', id::text FROM application
                    WHERE state = 'approved' AND NOT minted AND approved_at <= $1
                UNION ALL SELECT CASE progress WHEN 'minted' THEN 'sign' WHEN 'stored' THEN 'notify' ELSE 'store' END, uin
                    FROM certificate WHERE notified_at IS NULL
                    AND coalesce(stored_at, sealed_at, signed_at, minted_at) <= $1
                UNION ALL SELECT 'store', id::text FROM document_order
                    WHERE stored_at IS NULL AND coalesce(sealed_at, planned_at, ordered_at) <= $1),
              due AS (
                SELECT s.stage, s.item FROM still s LEFT JOIN nudge n USING (stage, item)
                WHERE ($2::text IS NULL OR s.stage = $2)
                  AND (n.at IS NULL OR CASE WHEN $3::int8 IS NULL THEN n.at + ($4 << least(n.times, 8)) <= $5 ELSE n.at < $3 END)
                  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.stage = s.stage AND a.item = s.item)
                  AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.stage = s.stage AND p.item = s.item)
                  AND NOT EXISTS (SELECT 1 FROM discarded d WHERE d.stage = s.stage AND d.item = s.item)
                LIMIT $6)
              INSERT INTO nudge AS n (stage, item, at, times) SELECT stage, item, $5, 1 FROM due
              ON CONFLICT (stage, item) DO UPDATE SET at = excluded.at, times = n.times + 1 RETURNING stage, item";
        let statement = query(sql).bind(before).bind(stage).bind(since).bind(interval).bind(now).bind(i64::from(limit));
        let rows = session.all(statement).await?;
        session.commit().await?;
        items(&rows, "nudge")
    }

    async fn due(&self, limit: u32) -> Result<Vec<(Stage, String)>> {
        let mut session = self.write().await?;
        // One that was hinted is looked at again after a minute: the hint may be lost, or its stage far behind.
        let sql = "UPDATE attempt a SET next_at = $1 + $2 FROM (
                     SELECT stage, item FROM attempt WHERE code <> 'acknowledgement' AND next_at <= $1
                     ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS d
                   WHERE a.stage = d.stage AND a.item = d.item RETURNING a.stage, a.item";
        let now = session.now().millis();
        let mut rows = session.all(query(sql).bind(now).bind(HINTED_MILLIS).bind(i64::from(limit))).await?;
        rows.extend(session.due_acknowledgements(limit, HINTED_MILLIS).await?);
        session.commit().await?;
        items(&rows, "attempt")
    }

    async fn unpublished(&self, most: u32) -> Result<Vec<Recorded>> {
        let mut session = self.write().await?;
        // Losing this on a crash of the server means only that events are told again.
        session.run(query("SET LOCAL synchronous_commit = off")).await?;
        // Row by row through the keys, whatever the planner believes of a table that grows and shrinks by the second.
        let sql = "WITH mine AS (
                     UPDATE unpublished SET due_at = $1 + $2 WHERE id = ANY (ARRAY(
                       SELECT id FROM unpublished WHERE due_at <= $1 ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED))
                     RETURNING stream, number)
                   SELECT o.* FROM mine, LATERAL (
                     SELECT stream, number, id, word, subject, data, at FROM outbound
                     WHERE stream = mine.stream AND number = mine.number OFFSET 0) AS o ORDER BY o.id";
        let now = session.now().millis();
        let rows = session.all(query(sql).bind(now).bind(RELAY_MILLIS).bind(i64::from(most))).await?;
        session.commit().await?;
        rows.iter().map(recorded).collect()
    }

    async fn published(&self, events: &[Recorded]) -> Result<()> {
        let mut session = self.write().await?;
        session.run(query("SET LOCAL synchronous_commit = off")).await?;
        let ids: Vec<Uuid> = events.iter().filter_map(|event| Uuid::parse_str(&event.id).ok()).collect();
        session.run(query("DELETE FROM unpublished WHERE id = ANY($1)").bind(ids)).await?;
        session.commit().await
    }

    async fn census(&self) -> Result<Census> {
        let mut session = self.read().await?;
        let sql = "SELECT name, sum(value)::int8 FROM tally WHERE name NOT LIKE 'minted/%' GROUP BY name
                   UNION ALL SELECT 'parked', count(*) FROM parked";
        let rows = session.all(query(sql)).await?;
        let figures: HashMap<String, i64> = rows.into_iter().map(|row| (row.get(0), row.get(1))).collect();
        let figure = |name: &str| figures.get(name).copied().unwrap_or_default().max(0) as u64;
        Ok(Census {
            inbox: figure("inbox"),
            approved: figure("approved"),
            minted: figure("minted"),
            issued: figure("issued"),
            ready: figure("ready"),
            parked: figure("parked"),
            discarded: figure("discarded"),
            waiting: vec![],
        })
    }

    async fn kept(&self) -> Result<Kept> {
        // Tables with their indexes and what lies beside them; neither the server's own catalogue nor its log.
        let sql = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8,
                     coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'asset'), 0)::int8
                   FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";
        let row = self.read().await?.one(query(sql)).await?;
        let bytes = |row: &PgRow, at: usize| row.get::<i64, _>(at).max(0) as u64;
        Ok(row.map(|row| Kept { bytes: bytes(&row, 0), assets: bytes(&row, 1) }).unwrap_or_default())
    }

    async fn offenders(&self) -> Result<Vec<Offender>> {
        let mut session = self.write().await?;
        // Here whole tables are compared with each other: the planner decides.
        for setting in [
            "SET LOCAL plan_cache_mode = force_custom_plan",
            "SET LOCAL enable_seqscan = on",
            "SET LOCAL enable_hashjoin = on",
            "SET LOCAL enable_mergejoin = on",
        ] {
            session.run(query(setting)).await?;
        }
        let mut offenders = Vec::new();
        let waits = session.inner.reference.rules.terms.provided_at == ProvidedAt::HandedOver;
        for (invariant, words, sql) in offences(waits) {
            for row in session.all(query(sql)).await? {
                offenders.push(Offender { invariant, subject: row.get(0), words: words.into() });
            }
        }
        session.rollback().await?;
        Ok(offenders)
    }

    async fn probe(&self) -> Result<String> {
        // A transaction number is given by a server that takes writes, and to any role.
        let mut session = self.write().await?;
        let row = session.one(query("SELECT current_setting('server_version'), pg_current_xact_id()::text")).await?;
        session.rollback().await?;
        let server: String = row.map(|row| row.get(0)).unwrap_or_default();
        Ok(format!("PostgreSQL {server} at {}, schema {}", self.name(), crate::schema::VERSION))
    }

    async fn note(&self, name: &str) -> Result<Option<String>> {
        let row = self.read().await?.one(query("SELECT value FROM note WHERE name = $1").bind(name)).await?;
        Ok(row.map(|row| row.get(0)))
    }

    async fn set_note(&self, name: &str, value: &str) -> Result<()> {
        let sql = "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.read().await?.run(query(sql).bind(name).bind(value)).await.map(drop)
    }
}

fn items(rows: &[PgRow], table: &str) -> Result<Vec<(Stage, String)>> {
    let item = |row: &PgRow| {
        let stage = Stage::from_word(row.get(0)).ok_or_else(|| corrupt(table, row.get(1), "stage"))?;
        Ok((stage, row.get(1)))
    };
    rows.iter().map(item).collect()
}

/// Reads a row of `parked`.
pub(crate) fn parked_row(row: &PgRow) -> Result<Parked> {
    let number: i64 = row.get(0);
    Ok(Parked {
        number,
        stage: Stage::from_word(row.get(1)).ok_or_else(|| corrupt("parked", &number.to_string(), "stage"))?,
        item: row.get(2),
        code: row.get(3),
        reason: row.get(4),
        attempts: row.get::<i32, _>(5) as u32,
        parked_at: Instant::from_millis(row.get(6)),
    })
}

impl Session {
    pub(crate) async fn audit(&mut self, act: &Act) -> Result<()> {
        let sql = "INSERT INTO audit (at, actor, act, subject, detail) VALUES ($1, $2, $3, $4, $5)";
        let now = self.now().millis();
        let statement = query(sql).bind(now).bind(&act.actor).bind(&act.act).bind(&act.subject).bind(&act.detail);
        self.run(statement).await.map(drop)
    }

    /// The work of these items is done: no attempts are counted any more.
    pub(crate) async fn settle(&mut self, stage: Stage, items: &[String]) -> Result<()> {
        let sql = "DELETE FROM attempt WHERE stage = $1 AND item = ANY($2)";
        self.run(query(sql).bind(stage.as_str()).bind(items)).await.map(drop)
    }

    /// Changes figures, in the shard of this connection; in order of their names.
    pub(crate) async fn tally(&mut self, figures: &[(String, i64)]) -> Result<()> {
        let (names, by): (Vec<&str>, Vec<i64>) = figures.iter().map(|(name, by)| (name.as_str(), *by)).unzip();
        let sql = "INSERT INTO tally AS t (name, shard, value)
                   SELECT name, pg_backend_pid() % 8, value FROM unnest($1::text[], $2::int8[]) AS u (name, value) ORDER BY name
                   ON CONFLICT (name, shard) DO UPDATE SET value = t.value + excluded.value";
        self.run(query(sql).bind(names).bind(by)).await.map(drop)
    }

    async fn attempts(&mut self, stage: Stage, failures: &[Failure]) -> Result<HashMap<String, i32>> {
        let items: Vec<&str> = failures.iter().map(|failure| failure.item.as_str()).collect();
        let sql = "SELECT item, attempts FROM attempt WHERE stage = $1 AND item = ANY($2) ORDER BY item FOR UPDATE";
        let rows = self.all(query(sql).bind(stage.as_str()).bind(items)).await?;
        Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn postpone(&mut self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        let names: Vec<&str> = failures.iter().map(|failure| failure.item.as_str()).collect();
        let sql = "SELECT item FROM parked WHERE stage = $1 AND item = ANY($2)";
        let rows = self.all(query(sql).bind(stage.as_str()).bind(names)).await?;
        let parked: Vec<String> = rows.into_iter().map(|row| row.get(0)).collect();
        let before = self.attempts(stage, &failures).await?;
        let (mut never, mut later) = (Vec::new(), BTreeMap::new());
        for failure in failures.into_iter().filter(|failure| !parked.contains(&failure.item)) {
            let attempts = before.get(&failure.item).copied().unwrap_or_default() + 1;
            match attempts >= MOST_ATTEMPTS {
                true => never.push(Failure { code: "exhausted".into(), ..failure }),
                false => drop(later.insert(failure.item.clone(), (attempts, failure))),
            }
        }
        let now = self.now().millis();
        let later: Vec<(i32, Failure)> = later.into_values().collect();
        let wait = |attempts: i32| (FIRST_WAIT_MILLIS << (attempts - 1)).min(LONGEST_WAIT_MILLIS);
        let sql = "INSERT INTO attempt (stage, item, attempts, next_at, code, reason)
                   SELECT $1, * FROM unnest($2::text[], $3::int4[], $4::int8[], $5::text[], $6::text[])
                   ON CONFLICT (stage, item) DO UPDATE SET attempts = excluded.attempts, next_at = excluded.next_at,
                     code = excluded.code, reason = excluded.reason";
        let statement = query(sql)
            .bind(stage.as_str())
            .bind(later.iter().map(|(_, failure)| failure.item.as_str()).collect::<Vec<_>>())
            .bind(later.iter().map(|(attempts, _)| *attempts).collect::<Vec<_>>())
            .bind(later.iter().map(|(attempts, _)| now + wait(*attempts)).collect::<Vec<_>>())
            .bind(later.iter().map(|(_, failure)| failure.code.as_str()).collect::<Vec<_>>())
            .bind(later.iter().map(|(_, failure)| failure.reason.as_str()).collect::<Vec<_>>());
        if !later.is_empty() {
            self.run(statement).await?;
        }
        if never.is_empty() { Ok(()) } else { self.park(stage, never).await }
    }

    async fn park(&mut self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        let before = self.attempts(stage, &failures).await?;
        let failures: BTreeMap<String, Failure> = failures.into_iter().map(|f| (f.item.clone(), f)).collect();
        let items: Vec<String> = failures.keys().cloned().collect();
        let sql = "INSERT INTO parked (stage, item, code, reason, attempts, parked_at)
                   SELECT $1, *, $6 FROM unnest($2::text[], $3::text[], $4::text[], $5::int4[])
                   ON CONFLICT (stage, item) DO NOTHING RETURNING item, code";
        let attempts = |item: &String| before.get(item).copied().unwrap_or_default() + 1;
        let statement = query(sql)
            .bind(stage.as_str())
            .bind(&items)
            .bind(failures.values().map(|failure| failure.code.as_str()).collect::<Vec<_>>())
            .bind(failures.values().map(|failure| failure.reason.as_str()).collect::<Vec<_>>())
            .bind(items.iter().map(attempts).collect::<Vec<_>>());
        let now = self.now().millis();
        let rows = self.all(statement.bind(now)).await?;
        let codes: BTreeMap<String, String> = rows.into_iter().map(|row| (row.get(0), row.get(1))).collect();
        self.settle(stage, &items).await?;
        // By the row's id at mint, by the number later: each has its index.
        let sql = "SELECT c.uin, a.department, a.application_no FROM certificate c JOIN application a ON a.id = c.application_id
                   WHERE c.uin = ANY($1)
                   UNION ALL SELECT id::text, department, application_no FROM application WHERE id = ANY($2)";
        let parked: Vec<&str> = codes.keys().map(String::as_str).collect();
        let ids: Vec<Uuid> = parked.iter().filter_map(|item| Uuid::parse_str(item).ok()).collect();
        if parked.is_empty() {
            return Ok(());
        }
        let mut told = Vec::new();
        for row in self.all(query(sql).bind(parked).bind(ids)).await? {
            let (item, department, application_no): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            let data = json!({
                "department": department, "application_no": application_no, "stage": stage,
                "code": codes.get(&item),
                "reason_en": "the certificate cannot be made for now; the people who run the system have been told",
                "reason_bn": "শংসাপত্রটি আপাতত তৈরি করা যাচ্ছে না; ব্যবস্থাপকদের জানানো হয়েছে",
            });
            told.push(Told::department(&department, "application.parked", &application_no, data));
        }
        self.tell(told).await
    }

    async fn unpark(&mut self, number: i64) -> Result<Option<(Stage, String)>> {
        let sql = "DELETE FROM parked WHERE number = $1 RETURNING stage, item";
        let row = self.one(query(sql).bind(number)).await?;
        row.map(|row| {
            let stage = Stage::from_word(row.get(0)).ok_or_else(|| corrupt("parked", &number.to_string(), "stage"))?;
            Ok((stage, row.get(1)))
        })
        .transpose()
    }
}
