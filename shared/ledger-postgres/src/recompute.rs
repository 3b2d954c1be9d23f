//! Open clocks brought up to the rules in force, in batches.
//!
//! A batch is one short transaction: it locks clocks in the order of their key, as everybody does, settles them, records
//! what moved, and writes down where it stands. Firing passes over rows that it holds, and comes again.

use crate::{
    clock::{columns, record},
    connection::{PostgresLedger, Session},
    event::lock_departments,
    inbox::uuids,
    reports::ended,
    trouble::{corrupt, readable},
};
use mohor_domain::{
    change::{Change, Way},
    civil::Instant,
    id::Id,
};
use mohor_ports::{
    error::Result,
    ledger::{ClockPlace, ClockRecord, ClockRow, MoveRow, Recomputed, Step},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Has not stopped, in the words of the index `clock_end`.
macro_rules! open {
    () => {
        concat!(ended!(), " = 9223372036854775807")
    };
}

/// A walk that is this worker's until its transaction ends.
struct Walk {
    number: i64,
    after_version: i64,
    upto: i64,
    place: ClockPlace,
}

/// What a batch came to; without a place it was the last.
#[derive(Default)]
struct Batch {
    looked: u64,
    moved: u64,
    place: Option<ClockPlace>,
}

fn beginning() -> ClockPlace {
    ClockPlace { application: Uuid::nil().into(), kind: String::new(), key: String::new() }
}

impl PostgresLedger {
    /// By the rules of this process, for the command line.
    pub(crate) async fn settle_again(&self, after: Option<ClockPlace>, most: u32, dry: bool) -> Result<Recomputed> {
        let mut session = self.derive().await?;
        let (rows, next) = session.open_clocks(&after.unwrap_or_else(beginning), most).await?;
        let mut page = Recomputed { looked: rows.len() as u64, next, ..Recomputed::default() };
        let (changed, moves) = session.settled(&rows);
        let moved = changed.iter().filter(|(before, after)| after.due_on() != before.due_on());
        let numbers = session.numbers_of(moved.clone().map(|(before, _)| before.application)).await?;
        page.moved = moved
            .map(|(before, after)| after.moved(before, numbers.get(&after.application).cloned().unwrap_or_default()))
            .collect();
        if dry {
            session.rollback().await?;
        } else {
            session.keep_settled(changed).await?;
            session.record_moves(moves).await?;
            session.commit().await?;
        }
        Ok(page)
    }

    /// A batch of the walk of this way, which is begun if changes wait for one.
    pub(crate) async fn step(&self, way: Way, most: u32) -> Result<Step> {
        let mut session = self.derive().await?;
        if !session.force.is_open() {
            session.rollback().await?;
            return Ok(Step::Idle);
        }
        let Some(walk) = session.walk(way).await? else {
            session.look_what_is_done().await?;
            session.commit().await?;
            return Ok(Step::Idle);
        };
        let batch = match way {
            Way::Settle => session.settle_batch(&walk, most).await?,
            Way::Derive => session.derive_batch(&walk, most).await?,
        };
        let last = batch.place.is_none();
        let place = batch.place.unwrap_or(walk.place);
        let sql = "UPDATE run SET application_id = $2, kind = $3, key = $4, looked = looked + $5, moved = moved + $6,
                     done_at = $7 WHERE number = $1";
        let statement = query(sql).bind(walk.number).bind(place.application.uuid()).bind(place.kind).bind(place.key);
        let done_at = last.then(|| session.now().millis());
        session.run(statement.bind(batch.looked as i64).bind(batch.moved as i64).bind(done_at)).await?;
        if last {
            session.look_what_is_done().await?;
        }
        session.commit().await?;
        Ok(Step::Batch { looked: batch.looked, moved: batch.moved, last })
    }
}

impl Session {
    /// The open walk of this way; one that another worker has is passed over.
    async fn walk(&mut self, way: Way) -> Result<Option<Walk>> {
        let read = |row: &PgRow| Walk {
            number: row.get(0),
            after_version: row.get(1),
            upto: row.get(2),
            place: ClockPlace { application: row.get::<Uuid, _>(3).into(), kind: row.get(4), key: row.get(5) },
        };
        let sql = "SELECT number, after_version, upto, application_id, kind, key FROM run
                   WHERE way = $1 AND done_at IS NULL FOR UPDATE SKIP LOCKED";
        if let Some(row) = self.one(query(sql).bind(way.as_str())).await? {
            return Ok(Some(read(&row)));
        }
        let sql = "INSERT INTO run (way, after_version, upto, application_id, kind, key, looked, moved, began_at)
                   SELECT $1, t.covered, $2, $4, '', '', 0, 0, $3
                   FROM (SELECT coalesce(max(upto), 0) AS covered FROM run WHERE way = $1) t
                   WHERE EXISTS (SELECT 1 FROM change WHERE way = $1 AND version > t.covered AND version <= $2)
                   ON CONFLICT DO NOTHING RETURNING number, after_version, upto, application_id, kind, key";
        let (version, now) = (self.force.version, self.now().millis());
        let statement = query(sql).bind(way.as_str()).bind(version).bind(now).bind(Uuid::nil());
        Ok(self.one(statement).await?.as_ref().map(read))
    }

    /// Every change up to the first that no ended walk has carried is done.
    async fn look_what_is_done(&mut self) -> Result<()> {
        let sql = "UPDATE rules SET done = t.done FROM (
                     SELECT coalesce(min(c.version) - 1, $1) AS done FROM change c WHERE c.version <= $1 AND NOT EXISTS (
                       SELECT 1 FROM run r WHERE r.way = c.way AND r.upto >= c.version AND r.done_at IS NOT NULL)) t
                   WHERE rules.done < t.done";
        let version = self.force.version;
        self.run(query(sql).bind(version)).await.map(drop)
    }

    /// Clocks that have not stopped, locked in the order of their key, and where the next page begins, if this one is full.
    async fn open_clocks(&mut self, after: &ClockPlace, most: u32) -> Result<(Vec<ClockRecord>, Option<ClockPlace>)> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE ",
            open!(),
            " AND (application_id, kind, key) > ($1, $2, $3)
             ORDER BY application_id, kind, key LIMIT $4 FOR UPDATE"
        );
        let statement = query(sql).bind(after.application.uuid()).bind(&after.kind).bind(&after.key);
        let rows = self.all(statement.bind(i64::from(most))).await?;
        let place =
            |row: &PgRow| ClockPlace { application: row.get::<Uuid, _>(0).into(), kind: row.get(1), key: row.get(2) };
        let next = rows.last().filter(|_| rows.len() == most as usize).map(place);
        Ok((readable(rows.iter().map(record))?, next))
    }

    /// Those that are others by the rules in force, as they were and as they are; and the moves.
    fn settled(&self, rows: &[ClockRecord]) -> (Vec<(ClockRecord, ClockRecord)>, Vec<MoveRow>) {
        let (mut changed, mut moves) = (Vec::new(), Vec::new());
        for before in rows {
            let Some(after) = before.recomputed(&self.force.rules) else { continue };
            if self.force.is_open() && after.clock.due != before.clock.due {
                moves.extend(before.moves(&self.force));
            }
            changed.push((before.clone(), after));
        }
        (changed, moves)
    }

    async fn settle_batch(&mut self, walk: &Walk, most: u32) -> Result<Batch> {
        let (rows, place) = self.open_clocks(&walk.place, most).await?;
        let looked = rows.len() as u64;
        let (changed, moves) = self.settled(&rows);
        self.keep_settled(changed).await?;
        Ok(Batch { looked, moved: self.record_moves(moves).await?, place })
    }

    /// Writes what settling can change: the rows are locked.
    async fn keep_settled(&mut self, changed: Vec<(ClockRecord, ClockRecord)>) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Uuid, ClockRow)> =
            changed.iter().map(|(_, after)| (after.application.uuid(), ClockRow::of(after))).collect();
        let sql = "UPDATE clock c SET state = u.state, due_on = u.due_on, provisional = u.provisional, rungs = u.rungs,
                     next_at = u.next_at
                   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::int8[])
                     AS u (application_id, kind, key, state, due_on, provisional, rungs, next_at)
                   WHERE c.application_id = u.application_id AND c.kind = u.kind AND c.key = u.key";
        let text =
            |field: fn(&ClockRow) -> &String| rows.iter().map(|(_, row)| field(row).as_str()).collect::<Vec<_>>();
        let statement = query(sql)
            .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
            .bind(text(|row| &row.kind))
            .bind(text(|row| &row.key))
            .bind(text(|row| &row.state))
            .bind(rows.iter().map(|(_, row)| row.due_on.as_deref()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(_, row)| row.provisional).collect::<Vec<_>>())
            .bind(text(|row| &row.rungs))
            .bind(rows.iter().map(|(_, row)| row.next_at).collect::<Vec<_>>());
        self.run(statement).await.map(drop)
    }

    /// Applications of the services whose limits have changed, derived anew. One that has stopped since the approval may
    /// have been stopped by somebody who reads no events, with its older limit.
    async fn derive_batch(&mut self, walk: &Walk, most: u32) -> Result<Batch> {
        let sql = "SELECT what, decided_at FROM change WHERE way = 'derive' AND version > $1 AND version <= $2";
        let rows = self.all(query(sql).bind(walk.after_version).bind(walk.upto)).await?;
        let (mut whose, mut since) = (BTreeSet::new(), i64::MAX);
        for row in &rows {
            let change: Change = serde_json::from_str(row.get(0)).map_err(|_| corrupt("change", "derive", "what"))?;
            whose.extend(change.derives(&self.force.rules));
            since = since.min(row.get::<Option<i64>, _>(1).unwrap_or_default());
        }
        let (departments, services): (Vec<String>, Vec<Option<String>>) = whose.into_iter().unzip();
        let sql = concat!(
            "SELECT application_id, department FROM (
                     (SELECT application_id, department FROM clock
                      WHERE ",
            open!(),
            " AND application_id > $3
                        AND EXISTS (SELECT 1 FROM unnest($1::text[], $2::text[]) AS u (d, s) WHERE d = department AND coalesce(s = service, s IS NULL))
                      ORDER BY application_id LIMIT $5)
                     UNION
                     (SELECT application_id, department FROM clock
                      WHERE kind = 'service' AND stopped_at IS NOT NULL AND stopped_at >= $4 AND application_id > $3
                        AND EXISTS (SELECT 1 FROM unnest($1::text[], $2::text[]) AS u (d, s) WHERE d = department AND coalesce(s = service, s IS NULL))
                      ORDER BY application_id LIMIT $5)) t
                   ORDER BY application_id LIMIT $5"
        );
        let statement = query(sql).bind(departments).bind(services).bind(walk.place.application.uuid()).bind(since);
        let found = self.all(statement.bind(i64::from(most))).await?;
        let ids: BTreeSet<Id> = found.iter().map(|row| row.get::<Uuid, _>(0).into()).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        // As intake does before it reads what happened: no event comes in between.
        lock_departments(self, found.iter().map(|row| row.get(1))).await?;
        let (looked, moved) = self.rederived(&ids, Some(Instant::from_millis(since))).await?;
        let place = ids.last().map(|id| ClockPlace { application: *id, ..beginning() });
        Ok(Batch { looked, moved, place })
    }

    /// Records moves, each once; how many were new.
    pub(crate) async fn record_moves(&mut self, mut moves: Vec<MoveRow>) -> Result<u64> {
        if moves.is_empty() {
            return Ok(0);
        }
        moves.sort_by_key(|row| (row.by.version, row.application));
        let sql = "INSERT INTO moved (version, application_id, kind, key, from_day, to_day)
                   SELECT * FROM unnest($1::int8[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
                   ON CONFLICT DO NOTHING";
        let ids: Vec<Id> = moves.iter().map(|row| row.application).collect();
        let statement = query(sql)
            .bind(moves.iter().map(|row| row.by.version).collect::<Vec<_>>())
            .bind(uuids(&ids))
            .bind(moves.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>())
            .bind(moves.iter().map(|row| row.key.as_str()).collect::<Vec<_>>())
            .bind(moves.iter().map(|row| row.by.from.map(|day| day.to_string())).collect::<Vec<_>>())
            .bind(moves.iter().map(|row| row.by.to.map(|day| day.to_string())).collect::<Vec<_>>());
        self.run(statement).await
    }
}
