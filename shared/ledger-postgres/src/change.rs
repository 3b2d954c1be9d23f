//! Changes of the rules: proposed, decided, read.

use crate::{
    board::{case, found, select, selected},
    connection::{PostgresLedger, Session},
    trouble::corrupt,
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
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::sync::Arc;
use uuid::Uuid;

macro_rules! change {
    ($rest:literal) => {
        concat!(
            "SELECT number, what, state, proposed_by, proposed_at, decided_by, decided_at, reason, version FROM change ",
            $rest
        )
    };
}

#[async_trait]
impl Changes for PostgresLedger {
    async fn rules(&self) -> Result<Arc<InForce>> {
        let mut session = self.read().await?;
        let row = session.one(query("SELECT version, done FROM rules")).await?;
        let (version, done) = row.map(|row| (row.get(0), row.get(1))).unwrap_or_default();
        session.look_at_rules(version, done).await?;
        Ok(session.force.clone())
    }

    async fn propose(&self, what: Change, by: &str) -> Result<i64> {
        let value = serde_json::to_value(&what).map_err(|error| Error::fatal("a change as JSON").because(error))?;
        let mut session = self.write().await?;
        let now = session.now().millis();
        let sql = "INSERT INTO change (what, digest, way, state, proposed_by, proposed_at, reason)
                   VALUES ($1, $2, $3, 'proposed', $4, $5, '') ON CONFLICT DO NOTHING RETURNING number";
        let statement = query(sql).bind(value.to_string()).bind(digest(&value)).bind(what.way().as_str()).bind(by);
        let number = match session.one(statement.bind(now)).await? {
            Some(row) => {
                let number = row.get(0);
                session.audit(&change_act(by, "propose", number, &what, "")).await?;
                number
            }
            None => {
                let sql = "SELECT number FROM change WHERE digest = $1 AND state = 'proposed'";
                let row = session.one(query(sql).bind(digest(&value))).await?;
                // Decided in this very moment: whoever proposes again begins anew.
                row.ok_or_else(|| Error::outage("the same change has just been decided"))?.get(0)
            }
        };
        session.commit().await?;
        Ok(number)
    }

    async fn decide(&self, number: i64, decision: Decision, by: &str, reason: &str) -> Result<Decided> {
        let mut session = self.write_rules().await?;
        let row = session.one(query(change!("WHERE number = $1 FOR UPDATE")).bind(number)).await?;
        let Some(change) = row.as_ref().map(read).transpose()? else {
            session.rollback().await?;
            return Ok(Decided::Unknown);
        };
        let decided = may_decide(&change, decision, by);
        if decided != Decided::Done {
            session.rollback().await?;
            return Ok(decided);
        }
        let version: Option<i64> = match decision {
            Decision::Approve => {
                let row = session.one(query("UPDATE rules SET version = version + 1 RETURNING version")).await?;
                Some(row.ok_or_else(|| corrupt("rules", "true", "version"))?.get(0))
            }
            Decision::Reject | Decision::Withdraw => None,
        };
        let sql = "UPDATE change SET state = $2, decided_by = $3, decided_at = $4, reason = $5, version = $6
                   WHERE number = $1";
        let now = session.now().millis();
        let statement = query(sql).bind(number).bind(decision.state().as_str()).bind(by).bind(now).bind(reason);
        session.run(statement.bind(version)).await?;
        session.audit(&change_act(by, decision.word(), number, &change.what, reason)).await?;
        session.commit().await?;
        Ok(Decided::Done)
    }

    async fn change(&self, number: i64) -> Result<Option<ChangeRecord>> {
        let row = self.read().await?.one(query(change!("WHERE number = $1")).bind(number)).await?;
        row.as_ref().map(read).transpose()
    }

    async fn changes(&self, waiting: bool, before: Option<i64>, most: u32) -> Result<Vec<ChangeRecord>> {
        let sql = change!("WHERE (state = 'proposed') = $1 AND number < $2 ORDER BY number DESC LIMIT $3");
        let statement = query(sql).bind(waiting).bind(before.unwrap_or(i64::MAX)).bind(i64::from(most));
        self.read().await?.all(statement).await?.iter().map(read).collect()
    }

    async fn run_of(&self, version: i64) -> Result<Option<Run>> {
        let sql = "SELECT r.looked, r.moved, r.began_at, r.done_at FROM change c JOIN run r ON r.way = c.way
                   WHERE c.version = $1 AND r.after_version < $1 AND r.upto >= $1";
        let row = self.read().await?.one(query(sql).bind(version)).await?;
        Ok(row.map(|row| Run {
            looked: row.get::<i64, _>(0) as u64,
            moved: row.get::<i64, _>(1) as u64,
            began_at: Instant::from_millis(row.get(2)),
            done_at: row.get::<Option<i64>, _>(3).map(Instant::from_millis),
        }))
    }

    async fn moved(
        &self,
        version: i64,
        of: &Selection,
        after: Option<ClockPlace>,
        most: u32,
    ) -> Result<Vec<MovedClock>> {
        let sql = concat!(
            "SELECT a.id, a.application_no, c.service, a.department, c.district, c.office, c.bsk, m.kind, m.key, c.promised_on,
               m.from_day, m.to_day, m.version
             FROM (SELECT * FROM moved JOIN clock USING (application_id, kind, key)
                   WHERE version = $7 AND (application_id, kind, key) > ($8, $9, $10)
                     AND ($12::text IS NULL OR kind = $12) AND ",
            selected!(),
            " ORDER BY application_id, kind, key LIMIT $11) m
             JOIN clock c USING (application_id, kind, key) JOIN application a ON a.id = m.application_id
             ORDER BY m.application_id, m.kind, m.key"
        );
        let (application, kind, key) = match after {
            Some(ClockPlace { application, kind, key }) => (application.uuid(), kind, key),
            None => (Uuid::nil(), String::new(), String::new()),
        };
        let statement = select(sql, of).bind(version).bind(application).bind(kind).bind(key).bind(i64::from(most));
        self.read().await?.all(statement.bind(case(of))).await?.iter().map(moved).collect()
    }

    async fn moved_of(&self, application: Id) -> Result<Vec<(ChangeRecord, MovedClock)>> {
        let mut session = self.read().await?;
        let sql = "SELECT a.id, a.application_no, c.service, a.department, c.district, c.office, c.bsk, m.kind, m.key,
                     c.promised_on, m.from_day, m.to_day, m.version
                   FROM change h JOIN moved m ON m.version = h.version AND m.application_id = $1
                   JOIN clock c USING (application_id, kind, key) JOIN application a ON a.id = m.application_id
                   WHERE h.version IS NOT NULL ORDER BY m.version, m.kind, m.key";
        let rows = session.all(query(sql).bind(application.uuid())).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let moved = moved(row)?;
            let change = session.one(query(change!("WHERE version = $1")).bind(moved.version)).await?;
            found.extend(change.as_ref().map(read).transpose()?.map(|change| (change, moved)));
        }
        Ok(found)
    }

    async fn recompute_step(&self, way: Way, most: u32) -> Result<Step> {
        self.step(way, most).await
    }
}

impl Session {
    /// Takes the rules of this version as those of this session; reads them if this process has others.
    pub(crate) async fn look_at_rules(&mut self, version: i64, done: i64) -> Result<()> {
        if (self.force.version, self.force.done) == (version, done) {
            return Ok(());
        }
        let rows =
            self.all(query("SELECT version, what FROM change WHERE version IS NOT NULL ORDER BY version")).await?;
        let change = |row: &PgRow| {
            let version: i64 = row.get(0);
            let what = serde_json::from_str(row.get(1));
            // A newer program may know changes that this one does not: it must not count by half of the rules.
            Ok((version, what.map_err(|_| corrupt("change", &format!("version {version}"), "what"))?))
        };
        let changes: Vec<(i64, Change)> = rows.iter().map(change).collect::<Result<_>>()?;
        self.force = Arc::new(InForce::with(&self.inner.reference.rules, done, &changes));
        self.inner.keep_force(self.force.clone());
        Ok(())
    }
}

fn read(row: &PgRow) -> Result<ChangeRecord> {
    let number: i64 = row.get(0);
    let wrong = |column| corrupt("change", &number.to_string(), column);
    Ok(ChangeRecord {
        number,
        what: serde_json::from_str(row.get(1)).map_err(|_| wrong("what"))?,
        state: ChangeState::from_word(row.get(2)).ok_or_else(|| wrong("state"))?,
        proposed_by: row.get(3),
        proposed_at: Instant::from_millis(row.get(4)),
        decided_by: row.get(5),
        decided_at: row.get::<Option<i64>, _>(6).map(Instant::from_millis),
        reason: row.get(7),
        version: row.get(8),
    })
}

fn moved(row: &PgRow) -> Result<MovedClock> {
    let found = found(row);
    let kind = ClockKind::from_word(row.get(7)).ok_or_else(|| corrupt("moved", &found.id.to_string(), "kind"))?;
    let (key, promised, from, to, version) = (row.get(8), row.get(9), row.get(10), row.get(11), row.get(12));
    Ok(MovedClock { found, version, kind, key, promised, from, to })
}
