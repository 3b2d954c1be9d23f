//! Open clocks brought up to the rules in force, in batches: each one transaction, with the place where it stands.

use crate::{
    clock::{columns, record, row},
    connection::{SqliteLedger, Write, corrupt, readable},
};
use mohor_domain::{
    change::{Change, Way},
    civil::Instant,
    id::Id,
};
use mohor_ports::{
    error::Result,
    ledger::{ClockPlace, ClockRecord, MoveRow, Moved, Recomputed, Step},
};
use std::collections::BTreeSet;

/// Application, kind and key of a clock.
type Place = (String, String, String);

/// A walk over the open clocks.
struct Walk {
    number: i64,
    after_version: i64,
    upto: i64,
    place: Place,
}

/// What a batch came to; without a place it was the last.
#[derive(Default)]
struct Batch {
    looked: u64,
    moved: u64,
    place: Option<Place>,
}

impl SqliteLedger {
    /// By the rules of this process, for the command line.
    pub(crate) async fn settle_again(&self, after: Option<ClockPlace>, most: u32, dry: bool) -> Result<Recomputed> {
        let after = after.map(|it| (it.application.to_string(), it.kind, it.key)).unwrap_or_default();
        let work = move |write: &Write<'_>| {
            let (rows, last) = write.open_clocks(&after, most)?;
            let place = |(id, kind, key): (String, String, String)| {
                Some(ClockPlace { application: Id::parse(&id)?, kind, key })
            };
            let next = last.and_then(place);
            let mut page = Recomputed { looked: rows.len() as u64, moved: vec![], next };
            for before in &rows {
                page.moved.extend(write.settle_clock(before, dry)?.0);
            }
            Ok(page)
        };
        self.write(work).await
    }

    /// A batch of the walk of this way, which is begun if changes wait for one.
    pub(crate) async fn step(&self, way: Way, most: u32) -> Result<Step> {
        // An idle look writes nothing.
        let sql = "SELECT 1 FROM rules WHERE version > done";
        if self.glance(|read| read.one(sql, [], |_| Ok(())))?.is_none() {
            return Ok(Step::Idle);
        }
        self.write(move |write| {
            let Some(walk) = write.walk(way)? else {
                write.look_what_is_done()?;
                return Ok(Step::Idle);
            };
            let batch = match way {
                Way::Settle => write.settle_batch(&walk, most)?,
                Way::Derive => write.derive_batch(&walk, most)?,
            };
            let last = batch.place.is_none();
            let (application, kind, key) = batch.place.unwrap_or(walk.place);
            let done_at = last.then(|| write.now().millis());
            let sql =
                "UPDATE run SET application_id = ?2, kind = ?3, key = ?4, looked = looked + ?5, moved = moved + ?6,
                         done_at = ?7 WHERE number = ?1";
            let (looked, moved) = (batch.looked as i64, batch.moved as i64);
            write.run(sql, (walk.number, application, kind, key, looked, moved, done_at))?;
            if last {
                write.look_what_is_done()?;
            }
            Ok(Step::Batch { looked: batch.looked, moved: batch.moved, last })
        })
        .await
    }
}

impl Write<'_> {
    /// The open walk of this way, or a new one if changes wait for it.
    fn walk(&self, way: Way) -> Result<Option<Walk>> {
        let sql = "SELECT number, after_version, upto, application_id, kind, key FROM run
                   WHERE way = ?1 AND done_at IS NULL";
        let read = |row: &rusqlite::Row<'_>| {
            let place = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok(Walk { number: row.get(0)?, after_version: row.get(1)?, upto: row.get(2)?, place })
        };
        if let Some(walk) = self.one(sql, [way.as_str()], read)? {
            return Ok(Some(walk));
        }
        let sql = "INSERT INTO run (way, after_version, upto, application_id, kind, key, looked, moved, began_at)
                   SELECT ?1, t.covered, ?2, '', '', '', 0, 0, ?3
                   FROM (SELECT coalesce(max(upto), 0) AS covered FROM run WHERE way = ?1) t
                   WHERE EXISTS (SELECT 1 FROM change WHERE way = ?1 AND version > t.covered AND version <= ?2)
                   RETURNING number, after_version, upto, application_id, kind, key";
        self.one(sql, (way.as_str(), self.force()?.version, self.now().millis()), read)
    }

    /// Every change up to the first that no ended walk has carried is done.
    fn look_what_is_done(&self) -> Result<()> {
        let sql = "UPDATE rules SET done = max(done, (SELECT coalesce(min(c.version) - 1, rules.version) FROM change c
                     WHERE c.version IS NOT NULL AND NOT EXISTS (SELECT 1 FROM run r
                       WHERE r.way = c.way AND r.upto >= c.version AND r.done_at IS NOT NULL)))";
        self.run(sql, []).map(drop)
    }

    /// With the place of the next page, if this one is full.
    fn open_clocks(&self, (application, kind, key): &Place, most: u32) -> Result<(Vec<ClockRecord>, Option<Place>)> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE stopped_at IS NULL AND (application_id, kind, key) > (?1, ?2, ?3)
             ORDER BY application_id, kind, key LIMIT ?4"
        );
        let rows = self.all(sql, (application, kind, key, most), row)?;
        let last = rows.last().filter(|_| rows.len() == most as usize);
        let last = last.map(|(id, row)| (id.clone(), row.kind.clone(), row.key.clone()));
        Ok((readable(rows.into_iter().map(record))?, last))
    }

    /// By the rules in force: what the clock's move is, if its due day is another, and how many moves were recorded.
    fn settle_clock(&self, before: &ClockRecord, dry: bool) -> Result<(Option<Moved>, u64)> {
        let force = self.force()?;
        let Some(record) = before.recomputed(&force.rules) else { return Ok((None, 0)) };
        let mut moved = 0;
        if !dry {
            self.keep(&record)?;
            moved = self.record_moves(before.moves(&force))?;
        }
        if record.due_on() == before.due_on() {
            return Ok((None, moved));
        }
        let number = self.application_no(&record.application.to_string())?;
        Ok((Some(record.moved(before, number)), moved))
    }

    fn settle_batch(&self, walk: &Walk, most: u32) -> Result<Batch> {
        let (rows, place) = self.open_clocks(&walk.place, most)?;
        let mut batch = Batch { looked: rows.len() as u64, moved: 0, place };
        for before in &rows {
            batch.moved += self.settle_clock(before, false)?.1;
        }
        Ok(batch)
    }

    /// Applications of the services whose limits have changed, derived anew, with those that have stopped since the approval:
    /// as on servers, where not everybody reads events.
    fn derive_batch(&self, walk: &Walk, most: u32) -> Result<Batch> {
        let sql = "SELECT what, decided_at FROM change WHERE way = 'derive' AND version > ?1 AND version <= ?2";
        let rows = self.all(sql, (walk.after_version, walk.upto), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        let force = self.force()?;
        let (mut whose, mut since) = (BTreeSet::new(), i64::MAX);
        for (what, decided_at) in rows {
            let change: Change = serde_json::from_str(&what).map_err(|_| corrupt("change", "derive", "what"))?;
            whose.extend(change.derives(&force.rules));
            since = since.min(decided_at.unwrap_or_default());
        }
        let mut batch = Batch::default();
        let sql = "SELECT DISTINCT application_id, department, service FROM clock
                   WHERE application_id > ?1 AND (stopped_at IS NULL OR stopped_at >= ?2) ORDER BY application_id LIMIT ?3";
        let found = self.all(sql, (&walk.place.0, since, most), |row| {
            Ok((row.get::<_, String>(0)?, (row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?)))
        })?;
        for (application, (department, service)) in &found {
            let of = |service: Option<&String>| whose.contains(&(department.clone(), service.cloned()));
            if of(None) || of(service.as_ref()) {
                let derived = readable([self.rederived(application, Some(Instant::from_millis(since)))])?;
                let (looked, moved) = derived.first().copied().unwrap_or_default();
                (batch.looked, batch.moved) = (batch.looked + looked, batch.moved + moved);
            }
        }
        batch.place = found.last().map(|(application, _)| (application.clone(), String::new(), String::new()));
        Ok(batch)
    }

    /// Records moves, each once; how many were new.
    pub(crate) fn record_moves(&self, moves: Vec<MoveRow>) -> Result<u64> {
        let mut new = 0;
        for MoveRow { application, kind, key, by } in moves {
            let sql = "INSERT INTO moved (version, application_id, kind, key, from_day, to_day)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
            let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
            let values = (by.version, application.to_string(), kind.as_str(), key, day(by.from), day(by.to));
            new += self.run(sql, values)? as u64;
        }
        Ok(new)
    }
}
