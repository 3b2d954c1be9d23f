//! Trouble, upkeep and the doctor.

use crate::{
    connection::{SqliteLedger, Write, corrupt},
    offences::offences,
};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Recorded, invariant::Offender, share::ProvidedAt, stage::Stage};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Act, Census, Failure, Kept, Parked, Sweep, Upkeep},
};
use rusqlite::Row;
use serde_json::json;

/// Attempts after which an item is parked: with the waits below a little over an hour and a half.
const MOST_ATTEMPTS: u32 = 12;
const FIRST_WAIT_MILLIS: i64 = 2_000;
const LONGEST_WAIT_MILLIS: i64 = 15 * 60 * 1000;

#[async_trait]
impl Upkeep for SqliteLedger {
    async fn postpone(&self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        self.write(move |write| failures.iter().try_for_each(|failure| write.postpone(stage, failure))).await
    }

    async fn park(&self, stage: Stage, failures: Vec<Failure>) -> Result<()> {
        self.write(move |write| failures.iter().try_for_each(|failure| write.park(stage, failure))).await
    }

    async fn parked(&self, after: i64, limit: u32) -> Result<Vec<Parked>> {
        self.read(move |read| {
            let sql = "SELECT number, stage, item, code, reason, attempts, parked_at FROM parked WHERE number > ?1
                       ORDER BY number LIMIT ?2";
            read.all(sql, (after, limit), parked_row)?.into_iter().collect()
        })
        .await
    }

    async fn replay(&self, number: i64, actor: &str) -> Result<bool> {
        let actor = actor.to_owned();
        self.write(move |write| {
            let Some((stage, item)) = write.unpark(number)? else { return Ok(false) };
            write.hint(stage, &item)?;
            let detail = stage.as_str().to_owned();
            write.audit(&Act { actor, act: "parked.replay".into(), subject: item, detail })?;
            Ok(true)
        })
        .await
    }

    async fn discard(&self, number: i64, actor: &str, reason: &str) -> Result<bool> {
        let (actor, reason) = (actor.to_owned(), reason.to_owned());
        self.write(move |write| {
            let Some((stage, item)) = write.unpark(number)? else { return Ok(false) };
            let detail = format!("{}: {reason}", stage.as_str());
            let added = write.run(
                "INSERT INTO discarded (stage, item, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                (stage.as_str(), &item, write.now().millis()),
            )?;
            write.tally("discarded", added as i64)?;
            write.audit(&Act { actor, act: "parked.discard".into(), subject: item, detail })?;
            Ok(true)
        })
        .await
    }

    async fn sweep(&self, why: Sweep, limit: u32) -> Result<Vec<(Stage, String)>> {
        // The queue is in this file: none is ever lost alone.
        let Sweep::Still(still_millis) = why else { return Ok(vec![]) };
        self.write(move |write| {
            let before = write.now().millis() - still_millis;
            let sql = "WITH still (stage, item) AS (
                SELECT 'intake', id FROM inbox WHERE answered_at IS NULL AND received_at <= ?1
                UNION ALL SELECT 'mint', id FROM application WHERE state = 'approved' AND minted = 0 AND approved_at <= ?1
                UNION ALL SELECT CASE progress WHEN 'minted' THEN 'sign' WHEN 'stored' THEN 'notify' ELSE 'store' END, uin
                    FROM certificate WHERE progress <> 'notified'
                    AND coalesce(stored_at, sealed_at, signed_at, minted_at) <= ?1
                UNION ALL SELECT 'store', id FROM document_order
                    WHERE stored_at IS NULL AND coalesce(sealed_at, planned_at, ordered_at) <= ?1)
              SELECT stage, item FROM still s
              WHERE NOT EXISTS (SELECT 1 FROM queue q WHERE q.stage = s.stage AND q.item = s.item)
                AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.stage = s.stage AND p.item = s.item)
                AND NOT EXISTS (SELECT 1 FROM discarded d WHERE d.stage = s.stage AND d.item = s.item)
              LIMIT ?2";
            let mut found = Vec::new();
            let rows: Vec<(String, String)> = write.all(sql, (before, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (stage, item) in rows {
                let stage = Stage::from_word(&stage).ok_or_else(|| corrupt("queue", &item, "stage"))?;
                write.hint(stage, &item)?;
                found.push((stage, item));
            }
            Ok(found)
        })
        .await
    }

    async fn due(&self, _limit: u32) -> Result<Vec<(Stage, String)>> {
        Ok(vec![])
    }

    async fn unpublished(&self, _most: u32) -> Result<Vec<Recorded>> {
        Ok(vec![])
    }

    async fn published(&self, _events: &[Recorded]) -> Result<()> {
        Ok(())
    }

    async fn census(&self) -> Result<Census> {
        self.read(|read| {
            let figures = read.all("SELECT name, value FROM tally WHERE name NOT LIKE 'minted/%'", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
            let figure = |name: &str| {
                figures.iter().find(|(found, _)| found == name).map_or(0, |(_, value)| (*value).max(0) as u64)
            };
            let mut census = Census {
                inbox: figure("inbox"),
                approved: figure("approved"),
                minted: figure("minted"),
                issued: figure("issued"),
                ready: figure("ready"),
                discarded: figure("discarded"),
                parked: read.one("SELECT count(*) FROM parked", [], |row| row.get::<_, i64>(0))?.unwrap_or_default()
                    as u64,
                waiting: vec![],
            };
            for (stage, count) in read.all("SELECT stage, count(*) FROM queue GROUP BY stage", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })? {
                census.waiting.extend(Stage::from_word(&stage).map(|stage| (stage, count as u64)));
            }
            Ok(census)
        })
        .await
    }

    async fn kept(&self) -> Result<Kept> {
        // Pages of the ledger as it is, wherever each lies: what is in the log and in the file is one page.
        let sql = "SELECT page_count * page_size,
                     (SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = 'asset' AND aggregate = TRUE)
                   FROM pragma_page_count, pragma_page_size";
        self.read(move |read| {
            let bytes = |row: &Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            let kept = read.one(sql, [], |row| Ok(Kept { bytes: bytes(row, 0)?, assets: bytes(row, 1)? }))?;
            Ok(kept.unwrap_or_default())
        })
        .await
    }

    async fn offenders(&self) -> Result<Vec<Offender>> {
        self.read(|read| {
            let mut offenders = Vec::new();
            let waits = read.inner.reference.rules.terms.provided_at == ProvidedAt::HandedOver;
            for (invariant, words, sql) in offences(waits) {
                for subject in read.all(sql, [], |row| row.get::<_, String>(0))? {
                    offenders.push(Offender { invariant, subject, words: words.into() });
                }
            }
            Ok(offenders)
        })
        .await
    }

    async fn probe(&self) -> Result<String> {
        let outcome = self
            .write(|write| {
                write.run("INSERT INTO note (name, value) VALUES ('probe', 'probe') ON CONFLICT DO NOTHING", [])?;
                Err::<(), Error>(Error::reject("probe", "rolled back"))
            })
            .await;
        match outcome {
            Err(Error::Reject { code: "probe", .. }) => Ok(format!(
                "SQLite {} at {}, schema {}",
                rusqlite::version(),
                self.path().display(),
                crate::schema::VERSION
            )),
            Err(error) => Err(error),
            Ok(()) => Ok("SQLite".into()),
        }
    }

    async fn note(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.read(move |read| read.one("SELECT value FROM note WHERE name = ?1", [name], |row| row.get(0))).await
    }

    async fn set_note(&self, name: &str, value: &str) -> Result<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |write| {
            write.run("INSERT INTO note (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING", (name, value)).map(drop)
        })
        .await
    }
}

/// Reads a row of `parked`; the inner error names what this program did not write.
pub(crate) fn parked_row(row: &Row<'_>) -> rusqlite::Result<Result<Parked>> {
    let (number, stage): (i64, String) = (row.get(0)?, row.get(1)?);
    let Some(stage) = Stage::from_word(&stage) else {
        return Ok(Err(corrupt("parked", &number.to_string(), "stage")));
    };
    Ok(Ok(Parked {
        number,
        stage,
        item: row.get(2)?,
        code: row.get(3)?,
        reason: row.get(4)?,
        attempts: row.get(5)?,
        parked_at: Instant::from_millis(row.get(6)?),
    }))
}

impl Write<'_> {
    pub(crate) fn audit(&self, act: &Act) -> Result<()> {
        let sql = "INSERT INTO audit (at, actor, act, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, (self.now().millis(), &act.actor, &act.act, &act.subject, &act.detail)).map(drop)
    }

    fn attempts(&self, stage: Stage, item: &str) -> Result<u32> {
        let sql = "SELECT attempts FROM attempt WHERE stage = ?1 AND item = ?2";
        Ok(self.one(sql, (stage.as_str(), item), |row| row.get(0))?.unwrap_or_default())
    }

    fn postpone(&self, stage: Stage, failure: &Failure) -> Result<()> {
        let sql = "SELECT 1 FROM parked WHERE stage = ?1 AND item = ?2";
        if self.one(sql, (stage.as_str(), &failure.item), |_| Ok(()))?.is_some() {
            return self.settle(stage, &failure.item);
        }
        let attempts = self.attempts(stage, &failure.item)? + 1;
        if attempts >= MOST_ATTEMPTS {
            let exhausted = Failure { code: "exhausted".into(), ..failure.clone() };
            return self.park(stage, &exhausted);
        }
        let wait = (FIRST_WAIT_MILLIS << (attempts - 1)).min(LONGEST_WAIT_MILLIS);
        let next = self.now().plus_millis(wait).millis();
        self.run(
            "INSERT INTO attempt (stage, item, attempts, next_at, code, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET attempts = ?3, next_at = ?4, code = ?5, reason = ?6",
            (stage.as_str(), &failure.item, attempts, next, &failure.code, &failure.reason),
        )?;
        // The hint stays and is due at the next attempt: here the queue keeps the time.
        let sql = "INSERT INTO queue (stage, item, due_at) VALUES (?1, ?2, ?3) ON CONFLICT (stage, item) DO UPDATE SET due_at = ?3";
        self.run(sql, (stage.as_str(), &failure.item, next)).map(drop)
    }

    fn park(&self, stage: Stage, failure: &Failure) -> Result<()> {
        let attempts = self.attempts(stage, &failure.item)? + 1;
        let added = self.run(
            "INSERT INTO parked (stage, item, code, reason, attempts, parked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
            (stage.as_str(), &failure.item, &failure.code, &failure.reason, attempts, self.now().millis()),
        )?;
        self.settle(stage, &failure.item)?;
        if added == 0 {
            return Ok(());
        }
        // By the row's id at mint, by the number later; asked one after the other, each has its index.
        let mut owner = None;
        for sql in [
            "SELECT department, application_no FROM application WHERE id = ?1",
            "SELECT a.department, a.application_no FROM certificate c JOIN application a ON a.id = c.application_id
             WHERE c.uin = ?1",
        ] {
            if owner.is_none() {
                let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
                owner = self.one(sql, [&failure.item], row)?;
            }
        }
        let Some((department, application_no)) = owner else { return Ok(()) };
        let data = json!({
            "department": department, "application_no": application_no, "stage": stage, "code": failure.code,
            "reason_en": "the certificate cannot be made for now; the people who run the system have been told",
            "reason_bn": "শংসাপত্রটি আপাতত তৈরি করা যাচ্ছে না; ব্যবস্থাপকদের জানানো হয়েছে",
        });
        self.tell_department(&department, "application.parked", &application_no, &data)
    }

    fn unpark(&self, number: i64) -> Result<Option<(Stage, String)>> {
        let sql = "DELETE FROM parked WHERE number = ?1 RETURNING stage, item";
        let row = self.one(sql, [number], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        row.map(|(stage, item)| {
            let stage = Stage::from_word(&stage).ok_or_else(|| corrupt("parked", &number.to_string(), "stage"))?;
            Ok((stage, item))
        })
        .transpose()
    }
}
