//! What supervisors decide and look at of hand-overs.

use crate::{
    board::{Selected, selected},
    connection::{SqliteLedger, Write, corrupt},
    counter::Written,
};
use async_trait::async_trait;
use mohor_domain::{board::Selection, civil::Instant, uin::Uin};
use mohor_ports::{
    error::Result,
    ledger::{Act, Asked, Exception, Exceptions, Sample},
};
use rusqlite::{Row, params};

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
impl Exceptions for SqliteLedger {
    async fn ask_exception(&self, uin: Uin, bsk: &str, reason: &str, act: Act) -> Result<Asked> {
        let (bsk, reason) = (bsk.to_owned(), reason.to_owned());
        self.write(move |write| {
            let sql = "INSERT INTO exception (uin, n, bsk, reason, asked_by, asked_at, state)
                       SELECT n.uin, (SELECT coalesce(max(e.n), 0) + 1 FROM exception e WHERE e.uin = n.uin), n.bsk, ?3, ?4, ?5, 'open'
                       FROM notice n JOIN certificate c ON c.uin = n.uin
                       WHERE n.uin = ?1 AND n.bsk = ?2 AND c.standing = 'live'
                       AND NOT EXISTS (SELECT 1 FROM handover h WHERE h.uin = n.uin) ON CONFLICT DO NOTHING";
            let done = write.run(sql, (uin.as_str(), &bsk, &reason, &act.actor, write.now().millis()))?;
            if done == 0 {
                let sql = "SELECT 1 FROM exception WHERE uin = ?1 AND bsk = ?2 AND state IN ('open', 'allowed')";
                let before = write.one(sql, (uin.as_str(), &bsk), |_| Ok(()))?;
                return Ok(before.map_or(Asked::Unknown, |()| Asked::Before));
            }
            write.recorded(done, &act)
        })
        .await
    }

    async fn exception(&self, uin: Uin) -> Result<Option<Exception>> {
        self.read(move |read| {
            let sql = exceptions!("WHERE e.uin = ?1 ORDER BY e.n DESC LIMIT 1");
            read.one(sql, [uin.as_str()], exception)?.transpose()
        })
        .await
    }

    async fn open_exceptions(&self, of: &Selection, most: u32) -> Result<Vec<Exception>> {
        let of = Selected::of(of);
        self.read(move |read| {
            let sql =
                concat!(exceptions!("WHERE e.state = 'open' AND "), within!("a.id"), " ORDER BY e.asked_at LIMIT ?7");
            let values = params![of.department, of.service, of.district, of.office, of.bsk, of.offices, most];
            read.all(sql, values, exception)?.into_iter().collect()
        })
        .await
    }

    async fn decide_exception(&self, of: &Selection, uin: Uin, allow: bool, act: Act) -> Result<Asked> {
        let of = Selected::of(of);
        self.write(move |write| {
            if !write.is_within(&of, uin)? {
                return Ok(Asked::Unknown);
            }
            let sql =
                "UPDATE exception SET state = ?2, decided_by = ?3, decided_at = ?4 WHERE uin = ?1 AND state = 'open'";
            let state = if allow { "allowed" } else { "refused" };
            let done = write.run(sql, (uin.as_str(), state, &act.actor, write.now().millis()))?;
            write.recorded(done, &act)
        })
        .await
    }

    async fn samples(&self, of: &Selection, most: u32) -> Result<Vec<Sample>> {
        let of = Selected::of(of);
        self.read(move |read| {
            let sql = concat!(
                "SELECT h.bsk, h.handed_to, h.reference, h.actor, h.handed_at, h.way, h.detail, h.uin, a.department,
                   a.application_no, a.docket_no FROM handover h JOIN application a ON a.id = h.application_id
                 WHERE h.sampled AND NOT EXISTS (SELECT 1 FROM sample_found f WHERE f.uin = h.uin AND f.handed_at = h.handed_at)
                 AND ",
                within!("h.application_id"),
                " ORDER BY h.handed_at LIMIT ?7"
            );
            let values = params![of.department, of.service, of.district, of.office, of.bsk, of.offices, most];
            let rows = read.all(sql, values, |row| {
                let texts: (String, String, Option<String>) = (row.get(8)?, row.get(9)?, row.get(10)?);
                Ok((Written::read(row)?, row.get::<_, String>(7)?, texts))
            })?;
            let sample = |(written, uin, (department, application_no, docket_no)): (Written, String, _)| {
                let handed = written.handed(&uin, "handover")?;
                Ok(Sample { department, application_no, docket_no, handed, found: None })
            };
            rows.into_iter().map(sample).collect()
        })
        .await
    }

    async fn find_sample(&self, of: &Selection, uin: Uin, in_order: bool, note: &str, act: Act) -> Result<Asked> {
        let (of, note) = (Selected::of(of), note.to_owned());
        self.write(move |write| {
            let sql = "SELECT handed_at FROM handover WHERE uin = ?1 AND sampled";
            let handed: Option<i64> = write.one(sql, [uin.as_str()], |row| row.get(0))?;
            let Some(handed) = handed else { return Ok(Asked::Unknown) };
            if !write.is_within(&of, uin)? {
                return Ok(Asked::Unknown);
            }
            let sql = "INSERT INTO sample_found (uin, handed_at, in_order, note, found_by, found_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
            let values = (uin.as_str(), handed, in_order, &note, &act.actor, write.now().millis());
            let done = write.run(sql, values)?;
            write.recorded(done, &act)
        })
        .await
    }
}

impl Write<'_> {
    /// What was asked at a centre ends when the certificate leaves it: the next one asks for itself.
    pub(crate) fn close_exceptions(&self, uin: &str, actor: &str) -> Result<()> {
        let sql = "UPDATE exception SET state = 'closed', decided_by = ?2, decided_at = ?3
                   WHERE uin = ?1 AND state IN ('open', 'allowed')";
        self.run(sql, (uin, actor, self.now().millis())).map(drop)
    }

    fn is_within(&self, of: &Selected, uin: Uin) -> Result<bool> {
        let sql = concat!("SELECT 1 FROM certificate k WHERE k.uin = ?7 AND ", within!("k.application_id"));
        let values = params![of.department, of.service, of.district, of.office, of.bsk, of.offices, uin.as_str()];
        Ok(self.one(sql, values, |_| Ok(()))?.is_some())
    }

    /// The audit line of what was done now; nothing done: it was before.
    fn recorded(&self, done: usize, act: &Act) -> Result<Asked> {
        if done == 0 {
            return Ok(Asked::Before);
        }
        self.audit(act)?;
        Ok(Asked::Done)
    }
}

fn exception(row: &Row<'_>) -> rusqlite::Result<Result<Exception>> {
    let (uin, state): (String, String) = (row.get(0)?, row.get(8)?);
    let Ok(number) = Uin::canonical(&uin) else { return Ok(Err(corrupt("exception", &uin, "uin"))) };
    let by = row.get::<_, Option<String>>(9)?.unwrap_or_default();
    Ok(Ok(Exception {
        uin: number,
        department: row.get(1)?,
        application_no: row.get(2)?,
        docket_no: row.get(3)?,
        bsk: row.get(4)?,
        reason: row.get(5)?,
        asked_by: row.get(6)?,
        asked_at: Instant::from_millis(row.get(7)?),
        decided: (state != "open").then_some((matches!(state.as_str(), "allowed" | "used"), by)),
    }))
}
