//! Changes of the rules: proposed, decided, read.

use crate::{
    board::{FoundRow, Selected, found, read_found, selected},
    connection::{Inner, Read, SqliteLedger, Write, corrupt},
};
use async_trait::async_trait;
use mohor_domain::{
    board::Selection,
    change::{Change, ChangeState, InForce, Way},
    civil::Instant,
    clock::ClockKind,
    id::Id,
    json::digest,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{ChangeRecord, Changes, ClockPlace, Decided, Decision, MovedClock, Run, Step, change_act, may_decide},
};
use rusqlite::{Row, params};
use std::sync::{Arc, PoisonError};

macro_rules! change {
    ($rest:literal) => {
        concat!(
            "SELECT number, what, state, proposed_by, proposed_at, decided_by, decided_at, reason, version FROM change ",
            $rest
        )
    };
}

#[async_trait]
impl Changes for SqliteLedger {
    async fn rules(&self) -> Result<Arc<InForce>> {
        self.read(|read| read.force()).await
    }

    async fn propose(&self, what: Change, by: &str) -> Result<i64> {
        let value = serde_json::to_value(&what).map_err(|error| Error::fatal("a change as JSON").because(error))?;
        let by = by.to_owned();
        self.write(move |write| {
            let digest = digest(&value);
            let sql = "SELECT number FROM change WHERE digest = ?1 AND state = 'proposed'";
            if let Some(number) = write.one(sql, [&digest], |row| row.get(0))? {
                return Ok(number);
            }
            let sql = "INSERT INTO change (what, digest, way, state, proposed_by, proposed_at, reason)
                       VALUES (?1, ?2, ?3, 'proposed', ?4, ?5, '') RETURNING number";
            let values = (value.to_string(), digest, what.way().as_str(), &by, write.now().millis());
            let number = write.one(sql, values, |row| row.get(0))?.unwrap_or_default();
            write.audit(&change_act(&by, "propose", number, &what, ""))?;
            Ok(number)
        })
        .await
    }

    async fn decide(&self, number: i64, decision: Decision, by: &str, reason: &str) -> Result<Decided> {
        let (by, reason) = (by.to_owned(), reason.to_owned());
        self.write(move |write| {
            let Some(change) = write.one(change!("WHERE number = ?1"), [number], row)? else {
                return Ok(Decided::Unknown);
            };
            let change = read(change)?;
            let decided = may_decide(&change, decision, &by);
            if decided != Decided::Done {
                return Ok(decided);
            }
            let version: Option<i64> = match decision {
                Decision::Approve => {
                    write.one("UPDATE rules SET version = version + 1 RETURNING version", [], |row| row.get(0))?
                }
                Decision::Reject | Decision::Withdraw => None,
            };
            let sql = "UPDATE change SET state = ?2, decided_by = ?3, decided_at = ?4, reason = ?5, version = ?6
                       WHERE number = ?1";
            let values = (number, decision.state().as_str(), &by, write.now().millis(), &reason, version);
            write.run(sql, values)?;
            write.audit(&change_act(&by, decision.word(), number, &change.what, &reason))?;
            Ok(Decided::Done)
        })
        .await
    }

    async fn change(&self, number: i64) -> Result<Option<ChangeRecord>> {
        self.read(move |it| it.one(change!("WHERE number = ?1"), [number], row)?.map(read).transpose()).await
    }

    async fn changes(&self, waiting: bool, before: Option<i64>, most: u32) -> Result<Vec<ChangeRecord>> {
        self.read(move |it| {
            let sql = change!("WHERE (state = 'proposed') = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3");
            it.all(sql, (waiting, before.unwrap_or(i64::MAX), most), row)?.into_iter().map(read).collect()
        })
        .await
    }

    async fn run_of(&self, version: i64) -> Result<Option<Run>> {
        self.read(move |it| {
            let sql = "SELECT r.looked, r.moved, r.began_at, r.done_at FROM change c JOIN run r ON r.way = c.way
                       WHERE c.version = ?1 AND r.after_version < ?1 AND r.upto >= ?1";
            it.one(sql, [version], |row| {
                Ok(Run {
                    looked: row.get::<_, i64>(0)? as u64,
                    moved: row.get::<_, i64>(1)? as u64,
                    began_at: Instant::from_millis(row.get(2)?),
                    done_at: row.get::<_, Option<i64>>(3)?.map(Instant::from_millis),
                })
            })
        })
        .await
    }

    async fn moved(
        &self,
        version: i64,
        of: &Selection,
        after: Option<ClockPlace>,
        most: u32,
    ) -> Result<Vec<MovedClock>> {
        let of = Selected::of(of);
        self.read(move |it| {
            let sql = concat!(
                "SELECT a.id, a.application_no, m.service, a.department, m.district, m.office, m.bsk, m.kind, m.key,
                   m.promised_on, m.from_day, m.to_day, m.version
                 FROM (SELECT * FROM moved JOIN clock USING (application_id, kind, key)
                       WHERE version = ?7 AND (application_id, kind, key) > (?8, ?9, ?10)
                         AND (?12 IS NULL OR kind = ?12) AND ",
                selected!(),
                " ORDER BY application_id, kind, key LIMIT ?11) m JOIN application a ON a.id = m.application_id
                 ORDER BY m.application_id, m.kind, m.key"
            );
            let (application, kind, key) = match after {
                Some(ClockPlace { application, kind, key }) => (application.to_string(), kind, key),
                None => Default::default(),
            };
            let Selected { department, service, district, office, bsk, offices, case } = of;
            let values = params![
                department,
                service,
                district,
                office,
                bsk,
                offices,
                version,
                application,
                kind,
                key,
                most,
                case
            ];
            it.all(sql, values, moved_row)?.into_iter().map(moved).collect()
        })
        .await
    }

    async fn moved_of(&self, application: Id) -> Result<Vec<(ChangeRecord, MovedClock)>> {
        self.read(move |it| {
            let sql =
                "SELECT a.id, a.application_no, c.service, a.department, c.district, c.office, c.bsk, m.kind, m.key,
                         c.promised_on, m.from_day, m.to_day, m.version
                       FROM change h JOIN moved m ON m.version = h.version AND m.application_id = ?1
                       JOIN clock c USING (application_id, kind, key) JOIN application a ON a.id = m.application_id
                       WHERE h.version IS NOT NULL ORDER BY m.version, m.kind, m.key";
            let mut all = Vec::new();
            for row_ in it.all(sql, [application.to_string()], moved_row)? {
                let moved = moved(row_)?;
                let change = it.one(change!("WHERE version = ?1"), [moved.version], row)?.map(read).transpose()?;
                all.extend(change.map(|change| (change, moved)));
            }
            Ok(all)
        })
        .await
    }

    async fn recompute_step(&self, way: Way, most: u32) -> Result<Step> {
        self.step(way, most).await
    }
}

impl Write<'_> {
    /// The rules in force in this transaction.
    pub(crate) fn force(&self) -> Result<Arc<InForce>> {
        Read { connection: &self.tx, inner: self.inner }.force()
    }
}

impl Read<'_> {
    /// The rules in force; read anew if this process has others.
    fn force(&self) -> Result<Arc<InForce>> {
        let kept = self.inner.force.read().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.one("SELECT version, done FROM rules", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if now.unwrap_or_default() == (kept.version, kept.done) {
            return Ok(kept);
        }
        let sql = "SELECT version, what FROM change WHERE version IS NOT NULL ORDER BY version";
        let rows: Vec<(i64, String)> = self.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let change = |(version, what): (i64, String)| {
            let what = serde_json::from_str(&what);
            // A newer program may know changes that this one does not: it must not count by half of the rules.
            Ok((version, what.map_err(|_| corrupt("change", &format!("version {version}"), "what"))?))
        };
        let changes: Vec<(i64, Change)> = rows.into_iter().map(change).collect::<Result<_>>()?;
        let (_, done) = now.unwrap_or_default();
        let found = Arc::new(InForce::with(&self.inner.reference.rules, done, &changes));
        self.inner.keep_force(found.clone());
        Ok(found)
    }
}

impl Inner {
    /// Keeps what was read, unless another has read something newer.
    fn keep_force(&self, found: Arc<InForce>) {
        let mut kept = self.force.write().unwrap_or_else(PoisonError::into_inner);
        if (kept.version, kept.done) < (found.version, found.done) {
            *kept = found;
        }
    }
}

/// A change's row as SQLite has it.
type Texts = (i64, String, String, String, i64, Option<String>, Option<i64>, String, Option<i64>);

fn row(row: &Row<'_>) -> rusqlite::Result<Texts> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
    ))
}

fn read(
    (number, what, state, proposed_by, proposed_at, decided_by, decided_at, reason, version): Texts,
) -> Result<ChangeRecord> {
    let wrong = |column| corrupt("change", &number.to_string(), column);
    Ok(ChangeRecord {
        number,
        what: serde_json::from_str(&what).map_err(|_| wrong("what"))?,
        state: ChangeState::from_word(&state).ok_or_else(|| wrong("state"))?,
        proposed_by,
        proposed_at: Instant::from_millis(proposed_at),
        decided_by,
        decided_at: decided_at.map(Instant::from_millis),
        reason,
        version,
    })
}

/// A move's row as SQLite has it: the application, the clock, and the days.
type MovedRow = (FoundRow, (String, String), [Option<String>; 3], i64);

fn moved_row(row: &Row<'_>) -> rusqlite::Result<MovedRow> {
    let days = [row.get(9)?, row.get(10)?, row.get(11)?];
    Ok((found(row)?, (row.get(7)?, row.get(8)?), days, row.get(12)?))
}

fn moved((row, (kind, key), [promised, from, to], version): MovedRow) -> Result<MovedClock> {
    let found = read_found(row)?;
    let kind = ClockKind::from_word(&kind).ok_or_else(|| corrupt("moved", &found.id.to_string(), "kind"))?;
    Ok(MovedClock { found, version, kind, key, promised, from, to })
}
