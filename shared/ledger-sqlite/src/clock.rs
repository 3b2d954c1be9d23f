//! Clocks: derived in the transaction of the event that changes them, fired when the ledger's time has come.

use crate::connection::{SqliteLedger, Write, corrupt, readable};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    clock::ClockKind,
    id::Id,
    ladder::{Fired, Rung},
    share::ProvidedAt,
};
use mohor_ports::{
    error::Result,
    ledger::{
        Act, ClockAudit, ClockPlace, ClockRecord, ClockRow, Clocks, FiredRung, NEVER, OVERDUE_MILLIS, Recomputed,
        Spoilt, Turn, Unreadable, Walked, read_clocks,
    },
};
use rusqlite::Row;

macro_rules! columns {
    () => {
        "application_id, kind, key, department, service, district, office, state, amount, unit, started_at, stopped_at,
         outcome, reported_late, pauses, due_on, provisional, promised_on, rungs, fired, next_at, bsk"
    };
}
pub(crate) use columns;

#[async_trait]
impl Clocks for SqliteLedger {
    async fn clocks(&self, application: Id) -> Result<Vec<ClockRecord>> {
        self.read(move |read| {
            let sql =
                concat!("SELECT ", columns!(), " FROM clock WHERE application_id = ?1 ORDER BY started_at, kind, key");
            let mut found: Vec<ClockRecord> =
                read.all(sql, [application.to_string()], row)?.into_iter().map(record).collect::<Result<_>>()?;
            found.sort_by_key(|record| record.clock.kind);
            Ok(found)
        })
        .await
    }

    async fn rungs(&self, application: Id) -> Result<Vec<FiredRung>> {
        self.read(move |read| {
            let id = application.to_string();
            let sql = "SELECT kind, key, rung, due_on, moment, fired_at FROM rung WHERE application_id = ?1
                       ORDER BY fired_at, moment";
            let rows = read.all(sql, [&id], |row| {
                let words: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((words, row.get(3)?, Instant::from_millis(row.get(4)?), Instant::from_millis(row.get(5)?)))
            })?;
            let read = |((kind, key, rung), due_on, moment, fired_at): ((String, String, String), _, _, _)| {
                let kind = ClockKind::from_word(&kind).ok_or_else(|| corrupt("rung", &id, "kind"))?;
                let rung = Rung::from_word(&rung).ok_or_else(|| corrupt("rung", &id, "rung"))?;
                Ok(FiredRung { kind, key, rung, due_on, moment, fired_at })
            };
            let mut rungs: Vec<FiredRung> = rows.into_iter().map(read).collect::<Result<_>>()?;
            rungs.sort_by_key(|it| (it.fired_at, it.moment, it.rung));
            Ok(rungs)
        })
        .await
    }

    async fn fire(&self, most: u32) -> Result<usize> {
        // An idle look writes nothing.
        let now = self.clock().millis();
        let waiting = self.glance(|read| read.one("SELECT 1 FROM clock WHERE next_at <= ?1", [now], |_| Ok(())))?;
        if waiting.is_none() {
            return Ok(0);
        }
        self.write(move |write| {
            let sql = concat!("SELECT ", columns!(), " FROM clock WHERE next_at <= ?1 ORDER BY next_at LIMIT ?2");
            let due = write.all(sql, (write.now().millis(), most), row)?;
            let (due, spoilt) = read_clocks(due.into_iter().map(identified).collect::<Result<Vec<_>>>()?);
            let mut fired = 0;
            for record in due {
                fired += write.fire(record)?;
            }
            for Spoilt { application, row, .. } in spoilt {
                let sql = "UPDATE clock SET next_at = ?4 WHERE application_id = ?1 AND kind = ?2 AND key = ?3";
                write.run(sql, (application.to_string(), row.kind, row.key, NEVER))?;
            }
            Ok(fired)
        })
        .await
    }

    async fn recompute(&self, after: Option<ClockPlace>, most: u32, dry: bool) -> Result<Recomputed> {
        self.settle_again(after, most, dry).await
    }

    async fn arm(&self, after: Option<Id>, most: u32) -> Result<Walked> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.write(move |write| {
            let sql = "SELECT id, NOT EXISTS (SELECT 1 FROM clock c WHERE c.application_id = a.id)
                  OR id IN (SELECT application_id FROM clock WHERE next_at = ?4)
                  OR EXISTS (SELECT 1 FROM clock c JOIN certificate k ON k.application_id = c.application_id
                    WHERE c.application_id = a.id AND c.kind = 'service' AND c.stopped_at IS NULL
                      AND k.notified_at IS NOT NULL
                      AND (NOT ?3 OR a.bsk IS NULL OR k.uin IN (SELECT uin FROM handover)))
                FROM application a WHERE id > ?1 ORDER BY id LIMIT ?2";
            let waits = write.inner.reference.rules.terms.provided_at == ProvidedAt::HandedOver;
            let rows = write
                .all(sql, (after, most, waits, NEVER), |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
            let lacking: Vec<&String> = rows.iter().filter(|(_, lacks)| *lacks).map(|(id, _)| id).collect();
            readable(lacking.iter().map(|id| write.clock(id)))?;
            Ok(Walked { found: lacking.len() as u64, next: next(rows.len(), most, rows.last().map(|(id, _)| id)) })
        })
        .await
    }

    async fn unreadable(&self, after: Option<Id>, most: u32) -> Result<(Vec<Unreadable>, Option<Id>)> {
        self.page_of_unreadable(after, most).await
    }

    async fn mend(&self, application: Id, act: Act) -> Result<bool> {
        self.write(move |write| write.mend(&application.to_string(), &act)).await
    }

    async fn clockless(&self, after: Option<Id>, most: u32) -> Result<Walked> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.read(move |read| {
            let sql = "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM clock c WHERE c.application_id = a.id)),
                         max(id) FROM (SELECT id FROM application WHERE id > ?1 ORDER BY id LIMIT ?2) a";
            let found = read.one(sql, (after, most), |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?))
            })?;
            let (looked, found, last) = found.unwrap_or_default();
            Ok(Walked { found: found as u64, next: next(looked as usize, most, last.as_ref()) })
        })
        .await
    }

    async fn audit_clocks(&self) -> Result<ClockAudit> {
        let now = self.clock().millis();
        self.read(move |read| {
            let number = |sql: &str, before: i64| read.one(sql, [before], |row| row.get::<_, i64>(0));
            let earliest = read.one("SELECT min(next_at) FROM clock WHERE next_at <= ?1", [now], |row| row.get(0))?;
            let earliest: Option<i64> = earliest.flatten();
            let overdue = number("SELECT count(*) FROM clock WHERE next_at <= ?1", now - OVERDUE_MILLIS)?;
            let making =
                "SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'pipeline' AND (fired & ?1) <> 0";
            let set_aside = number("SELECT count(*) FROM clock WHERE next_at = ?1", NEVER)?;
            let held_up = number(making, i64::from(Fired::of(Rung::Breached).bits()))?;
            Ok(ClockAudit {
                overdue: overdue.unwrap_or_default() as u64,
                lag_millis: earliest.map_or(0, |at| now - at),
                unreadable: set_aside.unwrap_or_default() as u64,
                held_up: held_up.unwrap_or_default() as u64,
                unconfirmed: 0,
            })
        })
        .await
    }
}

/// Where the next page begins, if this one was full.
pub(crate) fn next(looked: usize, most: u32, last: Option<&String>) -> Option<Id> {
    last.filter(|_| looked == most as usize).and_then(|id| Id::parse(id))
}

impl Write<'_> {
    /// The certificate of an application takes a turn.
    pub(crate) fn turn(&self, application: Id, turn: Turn) -> Result<()> {
        let (kept, force) = (self.kept(&application.to_string())?, self.force()?);
        for record in &kept {
            self.record_moves(record.moves(&force))?;
        }
        let changed = turn.changes(&kept, self.now(), &force.rules);
        changed.iter().try_for_each(|record| self.keep(record))
    }

    pub(crate) fn keep(&self, record: &ClockRecord) -> Result<()> {
        let row = ClockRow::of(record);
        let sql = concat!(
            "INSERT OR REPLACE INTO clock (",
            columns!(),
            ")
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"
        );
        let values = rusqlite::params![
            record.application.to_string(),
            row.kind,
            row.key,
            row.department,
            row.service,
            row.district,
            row.office,
            row.state,
            row.amount,
            row.unit,
            row.started_at,
            row.stopped_at,
            row.outcome,
            row.reported_late,
            row.pauses,
            row.due_on,
            row.provisional,
            row.promised_on,
            row.rungs,
            row.fired,
            row.next_at,
            row.bsk,
        ];
        self.run(sql, values).map(drop)
    }

    /// Fires the rungs of a clock that are due: how many.
    fn fire(&self, mut record: ClockRecord) -> Result<usize> {
        let application = record.application.to_string();
        let number = self.application_no(&application)?;
        let due = record.due(self.now());
        for (rung, moment) in &due {
            record.fired.mark(*rung);
            let sql = "INSERT INTO rung (application_id, kind, key, rung, due_on, moment, fired_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
            let clock = &record.clock;
            let day = record.due_on().map(|(day, _)| day);
            let values = (
                &application,
                clock.kind.as_str(),
                &clock.key,
                rung.as_str(),
                day,
                moment.millis(),
                self.now().millis(),
            );
            if self.run(sql, values)? == 1 {
                if let Some(stream) = record.stream() {
                    let data = record.told(*rung, &number, self.now(), &self.force()?.rules);
                    self.tell(&stream, rung.event(), &number, &data)?;
                }
                self.address(&record, *rung)?;
            }
        }
        self.keep(&record)?;
        Ok(due.len())
    }

    pub(crate) fn application_no(&self, application: &str) -> Result<String> {
        let sql = "SELECT application_no FROM application WHERE id = ?1";
        let found = self.one(sql, [application], |row| row.get(0))?;
        found.ok_or_else(|| corrupt("clock", application, "application_id"))
    }
}

pub(crate) fn row(row: &Row<'_>) -> rusqlite::Result<(String, ClockRow)> {
    let clock = ClockRow {
        kind: row.get(1)?,
        key: row.get(2)?,
        department: row.get(3)?,
        service: row.get(4)?,
        district: row.get(5)?,
        office: row.get(6)?,
        state: row.get(7)?,
        amount: row.get(8)?,
        unit: row.get(9)?,
        started_at: row.get(10)?,
        stopped_at: row.get(11)?,
        outcome: row.get(12)?,
        reported_late: row.get(13)?,
        pauses: row.get(14)?,
        due_on: row.get(15)?,
        provisional: row.get(16)?,
        promised_on: row.get(17)?,
        rungs: row.get(18)?,
        fired: row.get(19)?,
        next_at: row.get(20)?,
        bsk: row.get(21)?,
    };
    Ok((row.get(0)?, clock))
}

/// A row with its application.
pub(crate) fn identified((id, row): (String, ClockRow)) -> Result<(Id, ClockRow)> {
    Ok((Id::parse(&id).ok_or_else(|| corrupt("clock", &id, "application_id"))?, row))
}

pub(crate) fn record(row: (String, ClockRow)) -> Result<ClockRecord> {
    let (application, row) = identified(row)?;
    Ok(row.read(application)?)
}
