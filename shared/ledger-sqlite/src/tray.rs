//! What lies at a centre.

use crate::{
    connection::{Read, SqliteLedger, Write, corrupt},
    counter::handed,
    register::events,
};
use async_trait::async_trait;
use mohor_domain::{
    catalogue::Name,
    certificate::Standing,
    civil::Instant,
    event::Recorded,
    tray::{PrintKind, TrayState},
    uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, NAMES, Print, Printing, Sought, Tray, TrayRow},
};
use rusqlite::{Params, Row};

/// Selects what [`tray_row`] reads of the notices that are chosen: the tray is searched by its own indices, and only then
/// joined, row by row. By itself SQLite would go through a centre's whole notices for a state that is rare.
macro_rules! tray_sql {
    ($notices:literal) => {
        concat!(
            "SELECT n.number, n.uin, n.state, c.department, a.service, c.standing, c.sha256, ",
            "coalesce((SELECT max(r.at) FROM rerouting r WHERE r.uin = n.uin), c.notified_at), ",
            "a.application_no, a.docket_no, a.data ->> '$.applicant.name.en', a.data ->> '$.applicant.name.bn', ",
            "(SELECT max(p.n) FROM print p WHERE p.uin = n.uin AND p.kind = 'printed'), f.who, f.bsk, f.at ",
            "FROM (",
            $notices,
            ") n CROSS JOIN certificate c ON c.uin = n.uin CROSS JOIN application a ON a.id = c.application_id ",
            "LEFT JOIN print f ON f.uin = n.uin AND f.kind = 'printed' AND f.n = 1 ORDER BY n.number DESC"
        )
    };
}

pub const PAGE: &str = tray_sql!(
    "SELECT number, uin, state FROM notice INDEXED BY notice_state
     WHERE bsk = ?1 AND state = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4"
);
pub const CHOSEN: &str = tray_sql!(
    "SELECT number, uin, state FROM notice WHERE bsk = ?1 AND number IN (SELECT value FROM json_each(?2)) LIMIT ?3"
);
pub const BY_UIN: &str = tray_sql!("SELECT number, uin, state FROM notice WHERE bsk = ?1 AND uin = ?2");
pub const BY_NUMBER: &str = tray_sql!(
    "SELECT m.number, m.uin, m.state FROM (SELECT id FROM application WHERE application_no = ?2
         UNION SELECT id FROM application WHERE docket_no = ?2) f
     CROSS JOIN certificate k ON k.application_id = f.id CROSS JOIN notice m ON m.uin = k.uin
     WHERE m.bsk = ?1 ORDER BY m.number DESC LIMIT ?3"
);
pub const NAMED: &str = "SELECT n.number, a.data ->> '$.applicant.name.en', a.data ->> '$.applicant.name.bn'
    FROM (SELECT number, uin FROM notice INDEXED BY notice_state
          WHERE bsk = ?1 AND state = ?2 ORDER BY number DESC LIMIT ?3) n
    CROSS JOIN certificate c ON c.uin = n.uin CROSS JOIN application a ON a.id = c.application_id";

#[async_trait]
impl Tray for SqliteLedger {
    async fn tray(&self, bsk: &str, state: TrayState, before: Option<i64>, most: u32) -> Result<Vec<TrayRow>> {
        let bsk = bsk.to_owned();
        let before = before.unwrap_or(i64::MAX);
        self.read(move |read| rows(read, PAGE, (bsk, state.as_str(), before, most))).await
    }

    async fn tray_row(&self, bsk: &str, number: i64) -> Result<Option<TrayRow>> {
        let bsk = bsk.to_owned();
        self.read(move |read| Ok(rows(read, CHOSEN, (bsk, format!("[{number}]"), 1))?.pop())).await
    }

    async fn seek(&self, bsk: &str, sought: Sought, most: u32) -> Result<Vec<TrayRow>> {
        let bsk = bsk.to_owned();
        self.read(move |read| match sought {
            Sought::Uin(uin) => rows(read, BY_UIN, (bsk, uin.as_str())),
            Sought::Number(number) => rows(read, BY_NUMBER, (bsk, number, most)),
            Sought::Name(name) => {
                let numbers = named(read, &bsk, &name, most)?;
                rows(read, CHOSEN, (bsk, serde_json::json!(numbers).to_string(), most))
            }
        })
        .await
    }

    async fn last_numbers(&self, streams: &[String]) -> Result<Vec<(String, i64)>> {
        let streams = serde_json::json!(streams).to_string();
        let sql = "SELECT stream, last FROM counter WHERE stream IN (SELECT value FROM json_each(?1))";
        self.read(move |read| read.all(sql, [streams], |row| Ok((row.get(0)?, row.get(1)?)))).await
    }

    async fn told_since(&self, streams: &[(String, i64)], most: u32) -> Result<Vec<Recorded>> {
        let streams = streams.to_vec();
        self.read(move |read| {
            let told = streams.iter().map(|(stream, after)| events(read, stream, *after, most));
            Ok(told.collect::<Result<Vec<_>>>()?.concat())
        })
        .await
    }

    async fn record_print(&self, uin: Uin, bsk: &str, kind: PrintKind, act: Act) -> Result<Printing> {
        let bsk = bsk.to_owned();
        self.write(move |write| write.record_print(uin, bsk, kind, &act)).await
    }

    async fn prints(&self, uin: Uin, most: u32) -> Result<Vec<Print>> {
        self.read(move |read| {
            let sql = "SELECT kind, n, who, bsk, at FROM print WHERE uin = ?1 ORDER BY at DESC, kind, n DESC LIMIT ?2";
            let found = read.all(sql, (uin.as_str(), most), |row| {
                let print = print(row, 1)?;
                Ok((row.get::<_, String>(0)?, print))
            })?;
            let of_kind = |(kind, print): (String, Print)| match PrintKind::from_word(&kind) {
                Some(kind) => Ok(Print { kind, ..print }),
                None => Err(corrupt("print", uin.as_str(), "kind")),
            };
            found.into_iter().map(of_kind).collect()
        })
        .await
    }
}

impl Write<'_> {
    fn record_print(&self, uin: Uin, bsk: String, kind: PrintKind, act: &Act) -> Result<Printing> {
        let sql = "SELECT c.standing, n.state FROM notice n JOIN certificate c ON c.uin = n.uin
                   WHERE n.uin = ?1 AND n.bsk = ?2";
        let found =
            self.one(sql, (uin.as_str(), &bsk), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let Some((standing, state)) = found else { return Ok(Printing::Unknown) };
        let standing =
            Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        if standing != Standing::Live {
            return Ok(Printing::NotLive(standing));
        }
        if state == TrayState::Returned.as_str() {
            return Ok(Printing::Returned);
        }
        let sql = "SELECT coalesce(max(n), 0) + 1 FROM print WHERE uin = ?1 AND kind = ?2";
        let n: u32 = self.one(sql, (uin.as_str(), kind.as_str()), |row| row.get(0))?.unwrap_or(1);
        let at = self.now();
        let sql = "INSERT INTO print (uin, kind, n, who, bsk, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(sql, (uin.as_str(), kind.as_str(), n, &act.actor, &bsk, at.millis()))?;
        self.audit(act)?;
        Ok(Printing::New(Print { kind, n, who: act.actor.clone(), bsk, at }))
    }
}

/// A print whose number stands in that column; who, where and when follow.
fn print(row: &Row<'_>, place: usize) -> rusqlite::Result<Print> {
    Ok(Print {
        kind: PrintKind::Printed,
        n: row.get(place)?,
        who: row.get(place + 1)?,
        bsk: row.get(place + 2)?,
        at: Instant::from_millis(row.get(place + 3)?),
    })
}

fn name(en: Option<String>, bn: Option<String>) -> Option<Name> {
    en.map(|en| Name { bn: bn.unwrap_or_else(|| en.clone()), en })
}

/// Numbers of those that wait whose applicant's name begins so, newest first.
fn named(read: &Read<'_>, bsk: &str, wanted: &str, most: u32) -> Result<Vec<i64>> {
    let mut numbers = Vec::new();
    for state in [TrayState::Ready, TrayState::Printed] {
        let found = read.all(NAMED, (bsk, state.as_str(), NAMES), |row| {
            Ok((row.get::<_, i64>(0)?, name(row.get(1)?, row.get(2)?)))
        })?;
        let begins = |name: &Name| Sought::begins(wanted, &name.en) || Sought::begins(wanted, &name.bn);
        numbers.extend(found.into_iter().filter(|(_, name)| name.as_ref().is_some_and(begins)).map(|(n, _)| n));
    }
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    numbers.truncate(most as usize);
    Ok(numbers)
}

fn rows(read: &Read<'_>, sql: &str, values: impl Params) -> Result<Vec<TrayRow>> {
    let mut rows = read.all(sql, values, tray_row)?.into_iter().collect::<Result<Vec<_>>>()?;
    for row in rows.iter_mut().filter(|row| row.state == TrayState::HandedOver) {
        row.handed = handed(read, row.uin.as_str())?;
    }
    Ok(rows)
}

/// Reads a row; the inner error names what this program did not write.
fn tray_row(row: &Row<'_>) -> rusqlite::Result<Result<TrayRow>> {
    let (uin, state, standing): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(5)?);
    let printed: Option<u32> = row.get(12)?;
    let first = match printed {
        Some(_) => Some((row.get(13)?, row.get(14)?, row.get(15)?)),
        None => None,
    };
    let first =
        first.map(|(who, bsk, at)| Print { kind: PrintKind::Printed, n: 1, who, bsk, at: Instant::from_millis(at) });
    let applicant = name(row.get(10)?, row.get(11)?);
    let (department, service, sha256): (String, Option<String>, Option<String>) =
        (row.get(3)?, row.get(4)?, row.get(6)?);
    let (application_no, docket_no): (String, Option<String>) = (row.get(8)?, row.get(9)?);
    let (number, ready_at) = (row.get(0)?, row.get::<_, Option<i64>>(7)?.map(Instant::from_millis));
    let build = || {
        Ok(TrayRow {
            number,
            department,
            service,
            application_no,
            docket_no,
            applicant,
            standing: Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", &uin, "standing"))?,
            state: TrayState::from_word(&state).ok_or_else(|| corrupt("notice", &uin, "state"))?,
            ready_at,
            sha256,
            printed: printed.unwrap_or_default(),
            first,
            handed: None,
            uin: Uin::canonical(&uin).map_err(|_| corrupt("notice", &uin, "uin"))?,
        })
    };
    Ok(build())
}
