//! What supervisors decide and look at of hand-overs.

use crate::{
    board::{select, selected},
    connection::{PostgresLedger, Session},
    counter::handed,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{board::Selection, civil::Instant, uin::Uin};
use mohor_ports::{
    error::Result,
    ledger::{Act, Asked, Exception, Exceptions, Sample},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;

/// An exception as [`exception`] reads it.
macro_rules! exceptions {
    ($rest:literal) => {
        concat!(
            "SELECT e.uin, c.department, a.application_no, a.docket_no, e.bsk, e.reason, e.asked_by, e.asked_at, e.state,
               e.decided_by FROM exception e JOIN certificate c ON c.uin = e.uin
             JOIN application a ON a.id = c.application_id ",
            $rest
        )
    };
}

/// Whether an application is within the selection where its certificate lies: by the clock of its last centre, and by that of
/// its service if it has been at none. In a query of its own all names are that row's.
macro_rules! within {
    ($application:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM (SELECT * FROM clock WHERE application_id = ",
            $application,
            " AND kind IN ('bsk', 'service') ORDER BY kind = 'bsk' DESC, length(key) DESC, key DESC LIMIT 1) AS place WHERE ",
            selected!(),
            ")"
        )
    };
}

#[async_trait]
impl Exceptions for PostgresLedger {
    async fn ask_exception(&self, uin: Uin, bsk: &str, reason: &str, act: Act) -> Result<Asked> {
        let mut session = self.write().await?;
        let sql = "INSERT INTO exception (uin, n, bsk, reason, asked_by, asked_at, state)
                   SELECT n.uin, (SELECT coalesce(max(e.n), 0) + 1 FROM exception e WHERE e.uin = n.uin), n.bsk, $3, $4, $5, 'open'
                   FROM notice n JOIN certificate c ON c.uin = n.uin
                   WHERE n.uin = $1 AND n.bsk = $2 AND c.standing = 'live'
                   AND NOT EXISTS (SELECT FROM handover h WHERE h.uin = n.uin) ON CONFLICT DO NOTHING";
        let ask = query(sql).bind(uin.as_str()).bind(bsk).bind(reason).bind(&act.actor).bind(session.now().millis());
        let outcome = match session.run(ask).await? {
            0 => {
                let sql = "SELECT 1 FROM exception WHERE uin = $1 AND bsk = $2 AND state IN ('open', 'allowed')";
                let before = session.one(query(sql).bind(uin.as_str()).bind(bsk)).await?;
                before.map_or(Asked::Unknown, |_| Asked::Before)
            }
            _ => {
                session.audit(&act).await?;
                Asked::Done
            }
        };
        session.commit().await?;
        Ok(outcome)
    }

    async fn exception(&self, uin: Uin) -> Result<Option<Exception>> {
        let sql = exceptions!("WHERE e.uin = $1 ORDER BY e.n DESC LIMIT 1");
        let row = self.read().await?.one(query(sql).bind(uin.as_str())).await?;
        row.as_ref().map(exception).transpose()
    }

    async fn open_exceptions(&self, of: &Selection, most: u32) -> Result<Vec<Exception>> {
        let sql = concat!(exceptions!("WHERE e.state = 'open' AND "), within!("a.id"), " ORDER BY e.asked_at LIMIT $7");
        let rows = self.read().await?.all(select(sql, of).bind(i64::from(most))).await?;
        rows.iter().map(exception).collect()
    }

    async fn decide_exception(&self, of: &Selection, uin: Uin, allow: bool, act: Act) -> Result<Asked> {
        let mut session = self.write().await?;
        if !session.is_within(of, uin).await? {
            return Ok(Asked::Unknown);
        }
        let sql = "UPDATE exception SET state = $2, decided_by = $3, decided_at = $4 WHERE uin = $1 AND state = 'open'";
        let state = if allow { "allowed" } else { "refused" };
        let decide = query(sql).bind(uin.as_str()).bind(state).bind(&act.actor).bind(session.now().millis());
        let outcome = match session.run(decide).await? {
            0 => Asked::Before,
            _ => {
                session.audit(&act).await?;
                Asked::Done
            }
        };
        session.commit().await?;
        Ok(outcome)
    }

    async fn samples(&self, of: &Selection, most: u32) -> Result<Vec<Sample>> {
        let sql = concat!(
            "SELECT h.bsk, h.handed_to, h.reference, h.actor, h.handed_at, h.way, h.detail, h.uin, a.department,
               a.application_no, a.docket_no FROM handover h JOIN application a ON a.id = h.application_id
             WHERE h.sampled AND NOT EXISTS (SELECT FROM sample_found f WHERE f.uin = h.uin AND f.handed_at = h.handed_at)
             AND ",
            within!("h.application_id"),
            " ORDER BY h.handed_at LIMIT $7"
        );
        let rows = self.read().await?.all(select(sql, of).bind(i64::from(most))).await?;
        let sample = |row: &PgRow| {
            Ok(Sample {
                handed: handed(row, row.get(7), "handover")?,
                department: row.get(8),
                application_no: row.get(9),
                docket_no: row.get(10),
                found: None,
            })
        };
        rows.iter().map(sample).collect()
    }

    async fn find_sample(&self, of: &Selection, uin: Uin, in_order: bool, note: &str, act: Act) -> Result<Asked> {
        let mut session = self.write().await?;
        if !session.is_within(of, uin).await? {
            return Ok(Asked::Unknown);
        }
        let sql = "SELECT handed_at FROM handover WHERE uin = $1 AND sampled";
        let Some(row) = session.one(query(sql).bind(uin.as_str())).await? else { return Ok(Asked::Unknown) };
        let sql = "INSERT INTO sample_found (uin, handed_at, in_order, note, found_by, found_at)
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let find = query(sql).bind(uin.as_str()).bind(row.get::<i64, _>(0)).bind(in_order).bind(note);
        let outcome = match session.run(find.bind(&act.actor).bind(session.now().millis())).await? {
            0 => Asked::Before,
            _ => {
                session.audit(&act).await?;
                Asked::Done
            }
        };
        session.commit().await?;
        Ok(outcome)
    }
}

impl Session {
    /// What was asked at a centre ends when the certificates leave it: the next one asks for itself.
    pub(crate) async fn close_exceptions(&mut self, uins: &[&str], actor: &str) -> Result<()> {
        let sql = "UPDATE exception SET state = 'closed', decided_by = $2, decided_at = $3
                   WHERE uin = ANY($1) AND state IN ('open', 'allowed')";
        let now = self.now().millis();
        self.run(query(sql).bind(uins).bind(actor).bind(now)).await.map(drop)
    }

    async fn is_within(&mut self, of: &Selection, uin: Uin) -> Result<bool> {
        let sql = concat!("SELECT 1 FROM certificate k WHERE k.uin = $7 AND ", within!("k.application_id"));
        Ok(self.one(select(sql, of).bind(uin.as_str())).await?.is_some())
    }
}

fn exception(row: &PgRow) -> Result<Exception> {
    let uin: String = row.get(0);
    let state: &str = row.get(8);
    let decided = (state != "open")
        .then(|| (matches!(state, "allowed" | "used"), row.get::<Option<String>, _>(9).unwrap_or_default()));
    Ok(Exception {
        uin: Uin::canonical(&uin).map_err(|_| corrupt("exception", &uin, "uin"))?,
        department: row.get(1),
        application_no: row.get(2),
        docket_no: row.get(3),
        bsk: row.get(4),
        reason: row.get(5),
        asked_by: row.get(6),
        asked_at: Instant::from_millis(row.get(7)),
        decided,
    })
}
