//! Clocks: kept in the transaction of the events that change them, fired when the ledger's time has come.

use crate::{
    connection::{PostgresLedger, Session, Statement},
    event::lock_departments,
    inbox::uuids,
    outbound::Told,
    trouble::corrupt,
};
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
        Act, ClockAudit, ClockPlace, ClockRecord, ClockRow, Clocks, FiredRung, Inbox, NEVER, OVERDUE_MILLIS,
        Recomputed, Spoilt, Unreadable, Walked, read_clocks,
    },
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::HashMap;
use uuid::Uuid;

macro_rules! columns {
    () => {
        "application_id, kind, key, department, service, district, office, state, amount, unit, started_at, stopped_at,
         outcome, reported_late, pauses, due_on, provisional, promised_on, rungs, fired, next_at, bsk"
    };
}
pub(crate) use columns;

#[async_trait]
impl Clocks for PostgresLedger {
    async fn clocks(&self, application: Id) -> Result<Vec<ClockRecord>> {
        let sql =
            concat!("SELECT ", columns!(), " FROM clock WHERE application_id = $1 ORDER BY started_at, kind, key");
        let rows = self.read().await?.all(query(sql).bind(application.uuid())).await?;
        let mut found: Vec<ClockRecord> = rows.iter().map(record).collect::<Result<_>>()?;
        found.sort_by_key(|record| record.clock.kind);
        Ok(found)
    }

    async fn rungs(&self, application: Id) -> Result<Vec<FiredRung>> {
        let sql = "SELECT kind, key, rung, due_on, moment, fired_at FROM rung WHERE application_id = $1
                   ORDER BY fired_at, moment";
        let rows = self.read().await?.all(query(sql).bind(application.uuid())).await?;
        let id = application.to_string();
        let read = |row: &PgRow| {
            Ok(FiredRung {
                kind: ClockKind::from_word(row.get(0)).ok_or_else(|| corrupt("rung", &id, "kind"))?,
                key: row.get(1),
                rung: Rung::from_word(row.get(2)).ok_or_else(|| corrupt("rung", &id, "rung"))?,
                due_on: row.get(3),
                moment: Instant::from_millis(row.get(4)),
                fired_at: Instant::from_millis(row.get(5)),
            })
        };
        let mut rungs: Vec<FiredRung> = rows.iter().map(read).collect::<Result<_>>()?;
        rungs.sort_by_key(|it| (it.fired_at, it.moment, it.rung));
        Ok(rungs)
    }

    async fn fire(&self, most: u32) -> Result<usize> {
        let mut session = self.write().await?;
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE next_at <= $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED"
        );
        let now = session.now();
        let rows = session.all(query(sql).bind(now.millis()).bind(i64::from(most))).await?;
        if rows.is_empty() {
            session.rollback().await?;
            return Ok(0);
        }
        let (due, spoilt) = read_clocks(rows.iter().map(clock_row));
        let fired = session.fire(due).await?;
        for Spoilt { application, row, .. } in spoilt {
            let sql = "UPDATE clock SET next_at = $4 WHERE application_id = $1 AND kind = $2 AND key = $3";
            session.run(query(sql).bind(application.uuid()).bind(row.kind).bind(row.key).bind(NEVER)).await?;
        }
        session.commit().await?;
        Ok(fired)
    }

    async fn recompute(&self, after: Option<ClockPlace>, most: u32, dry: bool) -> Result<Recomputed> {
        self.settle_again(after, most, dry).await
    }

    async fn arm(&self, after: Option<Id>, most: u32) -> Result<Walked> {
        let mut session = self.derive().await?;
        let sql = "SELECT id, department, NOT EXISTS (SELECT 1 FROM clock c WHERE c.application_id = a.id)
                     OR id IN (SELECT application_id FROM clock WHERE next_at = $4)
                     OR EXISTS (SELECT 1 FROM clock c JOIN certificate k USING (application_id)
                       WHERE c.application_id = a.id AND c.kind = 'service' AND c.stopped_at IS NULL
                         AND k.notified_at IS NOT NULL
                         AND (NOT $3 OR a.bsk IS NULL OR EXISTS (SELECT 1 FROM handover h WHERE h.uin = k.uin)))
                   FROM (SELECT id, department, bsk FROM application WHERE id > $1 ORDER BY id LIMIT $2) a ORDER BY id";
        let waits = session.inner.reference.rules.terms.provided_at == ProvidedAt::HandedOver;
        let statement = query(sql).bind(after.map_or(Uuid::nil(), Id::uuid)).bind(i64::from(most)).bind(waits);
        let statement = statement.bind(NEVER);
        let rows = session.all(statement).await?;
        let id = |row: &PgRow| Id::from(row.get::<Uuid, _>(0));
        let next = rows.last().filter(|_| rows.len() == most as usize).map(id);
        let lacking: Vec<&PgRow> = rows.iter().filter(|row| row.get(2)).collect();
        let ids: Vec<Id> = lacking.iter().map(|row| id(row)).collect();
        // As intake does before it reads what happened: no event comes in between.
        lock_departments(&mut session, lacking.iter().map(|row| row.get(1))).await?;
        session.derived_again(&ids).await?;
        session.commit().await?;
        Ok(Walked { found: ids.len() as u64, next })
    }

    async fn unreadable(&self, after: Option<Id>, most: u32) -> Result<(Vec<Unreadable>, Option<Id>)> {
        self.page_of_unreadable(after, most).await
    }

    async fn mend(&self, application: Id, act: Act) -> Result<bool> {
        let mut session = self.derive().await?;
        let mended = session.mend(application, &act).await?;
        session.commit().await?;
        Ok(mended)
    }

    async fn clockless(&self, after: Option<Id>, most: u32) -> Result<Walked> {
        let sql =
            "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM clock c WHERE c.application_id = a.id)),
                     (array_agg(id ORDER BY id DESC))[1]
                   FROM (SELECT id FROM application WHERE id > $1 ORDER BY id LIMIT $2) a";
        let statement = query(sql).bind(after.map_or(Uuid::nil(), Id::uuid)).bind(i64::from(most));
        let row = self.read().await?.one(statement).await?;
        Ok(row.map_or_else(Walked::default, |row| Walked {
            found: row.get::<i64, _>(1) as u64,
            next: row.get::<Option<Uuid>, _>(2).filter(|_| row.get::<i64, _>(0) == i64::from(most)).map(Id::from),
        }))
    }

    async fn audit_clocks(&self) -> Result<ClockAudit> {
        let now = Inbox::now(self).await?.millis();
        let sql = "SELECT (SELECT count(*) FROM clock WHERE next_at <= $2),
                          (SELECT count(*) FROM clock WHERE next_at = $4),
                          (SELECT min(next_at) FROM clock WHERE next_at <= $1),
                          (SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'pipeline' AND (fired & $3) <> 0),
                          (SELECT count(*) FROM unpublished u JOIN outbound o ON (o.stream, o.number) = (u.stream, u.number)
                           WHERE o.word LIKE 'sla.%' AND o.at <= $2)";
        let breached = i64::from(Fired::of(Rung::Breached).bits());
        let row =
            self.read().await?.one(query(sql).bind(now).bind(now - OVERDUE_MILLIS).bind(breached).bind(NEVER)).await?;
        Ok(row.map_or_else(ClockAudit::default, |row| ClockAudit {
            overdue: row.get::<i64, _>(0) as u64,
            unreadable: row.get::<i64, _>(1) as u64,
            lag_millis: row.get::<Option<i64>, _>(2).map_or(0, |at| now - at),
            held_up: row.get::<i64, _>(3) as u64,
            unconfirmed: row.get::<i64, _>(4) as u64,
        }))
    }
}

impl Session {
    pub(crate) async fn keep(&mut self, records: &[ClockRecord]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(Uuid, ClockRow)> =
            records.iter().map(|record| (record.application.uuid(), ClockRow::of(record))).collect();
        rows.sort_by(|(id, row), (other, beside)| (id, &row.kind, &row.key).cmp(&(other, &beside.kind, &beside.key)));
        let sql = concat!(
            "INSERT INTO clock (",
            columns!(),
            ")
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
               $8::text[], $9::int8[], $10::text[], $11::int8[], $12::int8[], $13::text[], $14::bool[], $15::text[],
               $16::text[], $17::bool[], $18::text[], $19::text[], $20::int8[], $21::int8[], $22::text[])
             ON CONFLICT (application_id, kind, key) DO UPDATE SET service = excluded.service,
               district = excluded.district, office = excluded.office, state = excluded.state, amount = excluded.amount,
               unit = excluded.unit, started_at = excluded.started_at, stopped_at = excluded.stopped_at,
               outcome = excluded.outcome, reported_late = excluded.reported_late, pauses = excluded.pauses,
               due_on = excluded.due_on, provisional = excluded.provisional, promised_on = excluded.promised_on,
               rungs = excluded.rungs, fired = excluded.fired, next_at = excluded.next_at,
               bsk = excluded.bsk"
        );
        self.run(bound(query(sql), &rows)).await.map(drop)
    }

    /// Fires what is due of these locked clocks.
    async fn fire(&mut self, mut records: Vec<ClockRecord>) -> Result<usize> {
        let now = self.now();
        let numbers = self.numbers_of(records.iter().map(|record| record.application)).await?;
        let mut claims = Vec::new();
        for (place, record) in records.iter_mut().enumerate() {
            for (rung, moment) in record.due(now) {
                record.fired.mark(rung);
                claims.push((place, rung, moment));
            }
        }
        let of = |place: usize| &records[place];
        let sql = "INSERT INTO rung (application_id, kind, key, rung, due_on, moment, fired_at)
                   SELECT *, $7 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[])
                   ON CONFLICT DO NOTHING RETURNING application_id, kind, key, rung";
        let statement = query(sql)
            .bind(claims.iter().map(|(place, ..)| of(*place).application.uuid()).collect::<Vec<_>>())
            .bind(claims.iter().map(|(place, ..)| of(*place).clock.kind.as_str()).collect::<Vec<_>>())
            .bind(claims.iter().map(|(place, ..)| of(*place).clock.key.as_str()).collect::<Vec<_>>())
            .bind(claims.iter().map(|(_, rung, _)| rung.as_str()).collect::<Vec<_>>())
            .bind(claims.iter().map(|(place, ..)| of(*place).due_on().map(|(day, _)| day)).collect::<Vec<_>>())
            .bind(claims.iter().map(|(.., moment)| moment.millis()).collect::<Vec<_>>());
        let new: Vec<(Uuid, String, String, String)> = self
            .all(statement.bind(now.millis()))
            .await?
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
            .collect();
        let new: std::collections::HashSet<_> = new.into_iter().collect();
        let (mut told, mut fired) = (Vec::new(), Vec::new());
        for (place, rung, _) in &claims {
            let record = &records[*place];
            let clock = &record.clock;
            let claim =
                (record.application.uuid(), clock.kind.as_str().into(), clock.key.clone(), rung.as_str().to_owned());
            if new.contains(&claim) {
                let number = numbers.get(&record.application).cloned().unwrap_or_default();
                if let Some(stream) = record.stream() {
                    let data = record.told(*rung, &number, now, &self.force.rules);
                    told.push(Told { stream, word: rung.event(), subject: number, data });
                }
                fired.push((record, *rung));
            }
        }
        self.address(&fired).await?;
        self.keep(&records).await?;
        self.tell(told).await?;
        Ok(claims.len())
    }

    /// The departments' own numbers of applications.
    pub(crate) async fn numbers_of(&mut self, applications: impl Iterator<Item = Id>) -> Result<HashMap<Id, String>> {
        let ids: Vec<Id> = applications.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = "SELECT id, application_no FROM application WHERE id = ANY($1)";
        let rows = self.all(query(sql).bind(uuids(&ids))).await?;
        Ok(rows.iter().map(|row| (Id::from(row.get::<Uuid, _>(0)), row.get(1))).collect())
    }
}

/// Binds clocks column by column, as UNNEST takes them.
pub(crate) fn bound<'q>(statement: Statement<'q>, rows: &[(Uuid, ClockRow)]) -> Statement<'q> {
    fn column<T>(rows: &[(Uuid, ClockRow)], field: impl Fn(&ClockRow) -> T) -> Vec<T> {
        rows.iter().map(|(_, row)| field(row)).collect()
    }
    statement
        .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(column(rows, |row| row.kind.clone()))
        .bind(column(rows, |row| row.key.clone()))
        .bind(column(rows, |row| row.department.clone()))
        .bind(column(rows, |row| row.service.clone()))
        .bind(column(rows, |row| row.district.clone()))
        .bind(column(rows, |row| row.office.clone()))
        .bind(column(rows, |row| row.state.clone()))
        .bind(column(rows, |row| row.amount))
        .bind(column(rows, |row| row.unit.clone()))
        .bind(column(rows, |row| row.started_at))
        .bind(column(rows, |row| row.stopped_at))
        .bind(column(rows, |row| row.outcome.clone()))
        .bind(column(rows, |row| row.reported_late))
        .bind(column(rows, |row| row.pauses.clone()))
        .bind(column(rows, |row| row.due_on.clone()))
        .bind(column(rows, |row| row.provisional))
        .bind(column(rows, |row| row.promised_on.clone()))
        .bind(column(rows, |row| row.rungs.clone()))
        .bind(column(rows, |row| row.fired))
        .bind(column(rows, |row| row.next_at))
        .bind(column(rows, |row| row.bsk.clone()))
}

pub(crate) fn record(row: &PgRow) -> Result<ClockRecord> {
    let (application, clock) = clock_row(row);
    Ok(clock.read(application)?)
}

/// A row with its application.
pub(crate) fn clock_row(row: &PgRow) -> (Id, ClockRow) {
    let clock = ClockRow {
        kind: row.get(1),
        key: row.get(2),
        department: row.get(3),
        service: row.get(4),
        district: row.get(5),
        office: row.get(6),
        state: row.get(7),
        amount: row.get(8),
        unit: row.get(9),
        started_at: row.get(10),
        stopped_at: row.get(11),
        outcome: row.get(12),
        reported_late: row.get(13),
        pauses: row.get(14),
        due_on: row.get(15),
        provisional: row.get(16),
        promised_on: row.get(17),
        rungs: row.get(18),
        fired: row.get(19),
        next_at: row.get(20),
        bsk: row.get(21),
    };
    (Id::from(row.get::<Uuid, _>(0)), clock)
}
