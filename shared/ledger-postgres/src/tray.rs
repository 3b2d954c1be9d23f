//! What lies at a centre.

use crate::{
    connection::{PostgresLedger, Session, Statement},
    register::recorded,
    trouble::corrupt,
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
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;

/// Selects what [`tray_row`] reads of the notices that are chosen: the tray is searched by its own indices, and only then
/// joined, row by row.
macro_rules! tray_sql {
    ($notices:literal) => {
        concat!(
            "SELECT n.number, n.uin, n.state, c.department, c.service, c.standing, c.sha256, ",
            "coalesce((SELECT max(r.at) FROM rerouting r WHERE r.uin = n.uin), c.notified_at), ",
            "a.application_no, a.docket_no, a.data::json #>> '{applicant,name,en}', a.data::json #>> '{applicant,name,bn}', ",
            "(SELECT max(p.n) FROM print p WHERE p.uin = n.uin AND p.kind = 'printed'), f.who, f.bsk, f.at ",
            "FROM (",
            $notices,
            ") n JOIN certificate c ON c.uin = n.uin JOIN application a ON a.id = c.application_id ",
            "LEFT JOIN print f ON f.uin = n.uin AND f.kind = 'printed' AND f.n = 1 ORDER BY n.number DESC"
        )
    };
}

pub const PAGE: &str = tray_sql!(
    "SELECT number, uin, state FROM notice WHERE bsk = $1 AND state = $2 AND number < $3 ORDER BY number DESC LIMIT $4"
);
pub const CHOSEN: &str = tray_sql!(
    "SELECT number, uin, state FROM notice WHERE bsk = $1 AND number = ANY($2) ORDER BY number DESC LIMIT $3"
);
pub const BY_UIN: &str = tray_sql!("SELECT number, uin, state FROM notice WHERE bsk = $1 AND uin = $2");
pub const BY_NUMBER: &str = tray_sql!(
    "SELECT m.number, m.uin, m.state FROM (SELECT id FROM application WHERE application_no = $2
         UNION SELECT id FROM application WHERE docket_no = $2 LIMIT 1000) f
     JOIN certificate k ON k.application_id = f.id JOIN notice m ON m.uin = k.uin
     WHERE m.bsk = $1 ORDER BY m.number DESC LIMIT $3"
);
pub const NAMED: &str =
    "SELECT n.number, a.data::json #>> '{applicant,name,en}', a.data::json #>> '{applicant,name,bn}'
    FROM (SELECT number, uin FROM notice WHERE bsk = $1 AND state = $2 ORDER BY number DESC LIMIT $3) n
    JOIN certificate c ON c.uin = n.uin JOIN application a ON a.id = c.application_id";

/// For each stream by its key, however many there are.
const TOLD: &str = "SELECT o.stream, o.number, o.id, o.word, o.subject, o.data, o.at
    FROM unnest($1::text[], $2::int8[]) AS s (stream, after) CROSS JOIN LATERAL
      (SELECT stream, number, id, word, subject, data, at FROM outbound
       WHERE stream = s.stream AND number > s.after ORDER BY number LIMIT $3) o
    ORDER BY o.stream, o.number";

#[async_trait]
impl Tray for PostgresLedger {
    async fn tray(&self, bsk: &str, state: TrayState, before: Option<i64>, most: u32) -> Result<Vec<TrayRow>> {
        let before = before.unwrap_or(i64::MAX);
        let page = query(PAGE).bind(bsk).bind(state.as_str()).bind(before).bind(i64::from(most));
        self.read().await?.tray_rows(page).await
    }

    async fn tray_row(&self, bsk: &str, number: i64) -> Result<Option<TrayRow>> {
        let one = query(CHOSEN).bind(bsk).bind(vec![number]).bind(1_i64);
        Ok(self.read().await?.tray_rows(one).await?.pop())
    }

    async fn seek(&self, bsk: &str, sought: Sought, most: u32) -> Result<Vec<TrayRow>> {
        let mut session = self.read().await?;
        let most = i64::from(most);
        match sought {
            Sought::Uin(uin) => session.tray_rows(query(BY_UIN).bind(bsk).bind(uin.as_str())).await,
            Sought::Number(number) => session.tray_rows(query(BY_NUMBER).bind(bsk).bind(number).bind(most)).await,
            Sought::Name(name) => {
                let numbers = session.named(bsk, &name).await?;
                session.tray_rows(query(CHOSEN).bind(bsk).bind(numbers).bind(most)).await
            }
        }
    }

    async fn last_numbers(&self, streams: &[String]) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT stream, last FROM counter WHERE stream = ANY($1)";
        let rows = self.read().await?.all(query(sql).bind(streams)).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn told_since(&self, streams: &[(String, i64)], most: u32) -> Result<Vec<Recorded>> {
        let (streams, after): (Vec<&str>, Vec<i64>) = streams.iter().map(|(it, after)| (it.as_str(), *after)).unzip();
        let statement = query(TOLD).bind(streams).bind(after).bind(i64::from(most));
        self.read().await?.all(statement).await?.iter().map(recorded).collect()
    }

    async fn record_print(&self, uin: Uin, bsk: &str, kind: PrintKind, act: Act) -> Result<Printing> {
        let mut session = self.write().await?;
        let outcome = session.record_print(uin, bsk, kind, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn prints(&self, uin: Uin, most: u32) -> Result<Vec<Print>> {
        let sql = "SELECT kind, n, who, bsk, at FROM print WHERE uin = $1 ORDER BY at DESC, kind, n DESC LIMIT $2";
        let rows = self.read().await?.all(query(sql).bind(uin.as_str()).bind(i64::from(most))).await?;
        let print = |row: &PgRow| {
            Ok(Print {
                kind: PrintKind::from_word(row.get(0)).ok_or_else(|| corrupt("print", uin.as_str(), "kind"))?,
                n: row.get::<i32, _>(1).unsigned_abs(),
                who: row.get(2),
                bsk: row.get(3),
                at: Instant::from_millis(row.get(4)),
            })
        };
        rows.iter().map(print).collect()
    }
}

impl Session {
    async fn record_print(&mut self, uin: Uin, bsk: &str, kind: PrintKind, act: &Act) -> Result<Printing> {
        self.hold(uin.as_str()).await?;
        let sql = "SELECT c.standing, n.state FROM notice n JOIN certificate c ON c.uin = n.uin
                   WHERE n.uin = $1 AND n.bsk = $2";
        let Some(row) = self.one(query(sql).bind(uin.as_str()).bind(bsk)).await? else { return Ok(Printing::Unknown) };
        let standing =
            Standing::from_word(row.get(0)).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        if standing != Standing::Live {
            return Ok(Printing::NotLive(standing));
        }
        if row.get::<&str, _>(1) == TrayState::Returned.as_str() {
            return Ok(Printing::Returned);
        }
        let at = self.now();
        // Of two at once the second waits here for the first, finds its number taken, and counts on.
        let sql = "INSERT INTO print (uin, kind, n, who, bsk, at)
                   SELECT $1::text, $2::text, coalesce(max(n), 0) + 1, $3::text, $4::text, $5::int8
                   FROM print WHERE uin = $1 AND kind = $2 ON CONFLICT DO NOTHING RETURNING n";
        let n: i32 = loop {
            let row = query(sql).bind(uin.as_str()).bind(kind.as_str()).bind(&act.actor).bind(bsk).bind(at.millis());
            if let Some(row) = self.one(row).await? {
                break row.get(0);
            }
        };
        self.audit(act).await?;
        Ok(Printing::New(Print { kind, n: n.unsigned_abs(), who: act.actor.clone(), bsk: bsk.into(), at }))
    }

    /// Numbers of those that wait whose applicant's name begins so.
    async fn named(&mut self, bsk: &str, wanted: &str) -> Result<Vec<i64>> {
        let mut numbers = Vec::new();
        for state in [TrayState::Ready, TrayState::Printed] {
            let rows = query(NAMED).bind(bsk).bind(state.as_str()).bind(i64::from(NAMES));
            let begins = |row: &&PgRow| {
                let is = |place| row.get::<Option<&str>, _>(place).is_some_and(|name| Sought::begins(wanted, name));
                is(1) || is(2)
            };
            numbers.extend(self.all(rows).await?.iter().filter(begins).map(|row| row.get::<i64, _>(0)));
        }
        Ok(numbers)
    }

    async fn tray_rows(&mut self, rows: Statement<'_>) -> Result<Vec<TrayRow>> {
        let mut rows = self.all(rows).await?.iter().map(tray_row).collect::<Result<Vec<_>>>()?;
        let over = rows.iter().filter(|row| row.state == TrayState::HandedOver).map(|row| row.uin.to_string());
        let over: Vec<String> = over.collect();
        if !over.is_empty() {
            let handed = self.all_handed(&over).await?;
            rows.iter_mut().for_each(|row| row.handed = handed.iter().find(|it| it.over.uin == row.uin).cloned());
        }
        Ok(rows)
    }
}

/// Reads a row; the error names what this program did not write.
fn tray_row(row: &PgRow) -> Result<TrayRow> {
    let uin: &str = row.get(1);
    let printed: Option<i32> = row.get(12);
    let first = |_| Print {
        kind: PrintKind::Printed,
        n: 1,
        who: row.get(13),
        bsk: row.get(14),
        at: Instant::from_millis(row.get(15)),
    };
    let name = |en: String| Name { bn: row.get::<Option<String>, _>(11).unwrap_or_else(|| en.clone()), en };
    Ok(TrayRow {
        number: row.get(0),
        uin: Uin::canonical(uin).map_err(|_| corrupt("notice", uin, "uin"))?,
        department: row.get(3),
        service: row.get(4),
        application_no: row.get(8),
        docket_no: row.get(9),
        applicant: row.get::<Option<String>, _>(10).map(name),
        standing: Standing::from_word(row.get(5)).ok_or_else(|| corrupt("certificate", uin, "standing"))?,
        state: TrayState::from_word(row.get(2)).ok_or_else(|| corrupt("notice", uin, "state"))?,
        ready_at: row.get::<Option<i64>, _>(7).map(Instant::from_millis),
        sha256: row.get(6),
        printed: printed.unwrap_or_default().unsigned_abs(),
        first: printed.map(first),
        handed: None,
    })
}
