//! Stickers that go on prints.

use crate::{
    connection::{PostgresLedger, Session, Statement},
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    hologram::{Range, Serial},
    uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{
        Act, HologramBinding, HologramBound, HologramRange, HologramStock, HologramWrittenOff, Holograms,
        HologramsIssued,
    },
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;

/// Selects what [`range`] reads, then the rest of the statement.
macro_rules! range_sql {
    ($rest:literal) => {
        concat!(
            "SELECT number, bsk, prefix, digits, first, last, bound, written_off, issued_by, issued_at FROM hologram_range ",
            $rest
        )
    };
}

/// Of ranges that do not overlap the one that begins last before a serial is the only one that can hold it.
const BEFORE: &str = range_sql!("WHERE prefix = $1 AND digits = $2 AND first <= $3 ORDER BY first DESC LIMIT 1");
const RANGES: &str = range_sql!("WHERE bsk = $1 AND number < $2 ORDER BY number DESC LIMIT $3");

#[async_trait]
impl Holograms for PostgresLedger {
    async fn issue_holograms(&self, range: Range, bsk: &str, act: Act) -> Result<HologramsIssued> {
        let mut session = self.write().await?;
        // Of two that issue at once the second looks when the first is done.
        session.run(query("SELECT pg_advisory_xact_lock(x'6D6F6806'::int, 0)")).await?;
        let (first, last) = (range.first(), range.last());
        if let Some(there) = session.range_before(&last).await?.filter(|there| there.range.overlaps(&range)) {
            session.rollback().await?;
            return Ok(match there.bsk == bsk && there.range == range {
                true => HologramsIssued::Before(there.number),
                false => HologramsIssued::Overlaps(Box::new(there)),
            });
        }
        let sql = "INSERT INTO hologram_range (bsk, prefix, digits, first, last, issued_by, issued_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number";
        let now = session.now().millis();
        let insert = query(sql).bind(bsk).bind(first.prefix()).bind(i32::from(first.digits()));
        let insert = insert.bind(first.number()).bind(last.number()).bind(&act.actor).bind(now);
        let number = session.one(insert).await?.map(|row| row.get(0)).unwrap_or_default();
        session.audit(&act).await?;
        session.commit().await?;
        Ok(HologramsIssued::New(number))
    }

    async fn hologram_stock(&self, bsk: &str) -> Result<HologramStock> {
        let sql = "SELECT $1::text, sum(last - first + 1)::int8, sum(bound)::int8, sum(written_off)::int8
                   FROM hologram_range WHERE bsk = $1";
        Ok(self.read().await?.one(query(sql).bind(bsk)).await?.as_ref().map(stock).unwrap_or_default())
    }

    async fn hologram_stocks(&self, after: Option<&str>, most: u32) -> Result<Vec<HologramStock>> {
        let sql = "SELECT bsk, sum(last - first + 1)::int8, sum(bound)::int8, sum(written_off)::int8
                   FROM hologram_range WHERE bsk > $1 GROUP BY bsk ORDER BY bsk LIMIT $2";
        let rows = query(sql).bind(after.unwrap_or_default()).bind(i64::from(most));
        Ok(self.read().await?.all(rows).await?.iter().map(stock).collect())
    }

    async fn hologram_ranges(&self, bsk: &str, before: Option<i64>, most: u32) -> Result<Vec<HologramRange>> {
        let rows = query(RANGES).bind(bsk).bind(before.unwrap_or(i64::MAX)).bind(i64::from(most));
        self.read().await?.all(rows).await?.iter().map(range).collect()
    }

    async fn bind_hologram(&self, uin: Uin, bsk: &str, serial: Serial, act: Act) -> Result<HologramBound> {
        let mut session = self.write().await?;
        let outcome = session.bind_hologram(uin, bsk, &serial, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn write_off_hologram(
        &self,
        bsk: Option<&str>,
        serial: Serial,
        reason: &str,
        act: Act,
    ) -> Result<HologramWrittenOff> {
        let mut session = self.write().await?;
        let Some(range) = session.range_of(&serial, bsk).await? else {
            session.rollback().await?;
            return Ok(HologramWrittenOff::NotInStock);
        };
        // Of two at once the second waits here for the first, and then reads what it did.
        let sql = "INSERT INTO hologram (serial, range_no, bsk, reason, who, at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT DO NOTHING";
        let now = session.now().millis();
        let claim = query(sql).bind(serial.to_string()).bind(range.number).bind(&range.bsk).bind(reason);
        if session.run(claim.bind(&act.actor).bind(now)).await? == 0 {
            let used = session.used(&serial, bsk).await?;
            session.rollback().await?;
            let used = used.ok_or_else(|| corrupt("hologram", &serial.to_string(), "serial"))?;
            return Ok(used.bound.map_or(HologramWrittenOff::Before, |_| HologramWrittenOff::Bound(used.called)));
        }
        session.audit(&act).await?;
        session.commit().await?;
        Ok(HologramWrittenOff::New)
    }

    async fn hologram_bindings(&self, uin: Uin, most: u32) -> Result<Vec<HologramBinding>> {
        let sql = "SELECT serial, n, bsk, who, at FROM hologram WHERE uin = $1 ORDER BY n DESC LIMIT $2";
        let rows = self.read().await?.all(query(sql).bind(uin.as_str()).bind(i64::from(most))).await?;
        let binding = |row: &PgRow| {
            Ok(HologramBinding {
                serial: read(row.get(0))?,
                n: row.get::<i32, _>(1).unsigned_abs(),
                bsk: row.get(2),
                who: row.get(3),
                at: Instant::from_millis(row.get(4)),
            })
        };
        rows.iter().map(binding).collect()
    }

    async fn hologram_of(&self, uin: Uin) -> Result<Option<Serial>> {
        let sql = "SELECT (SELECT serial FROM hologram WHERE uin = $1 ORDER BY n DESC LIMIT 1)";
        let row = self.read().await?.one(query(sql).bind(uin.as_str())).await?;
        row.and_then(|row| row.get::<Option<String>, _>(0)).map(|serial| read(&serial)).transpose()
    }
}

/// For what a sticker was used.
struct Used {
    /// The certificate and its how manieth, and whether that is the one that counts; none: it was written off.
    bound: Option<(String, u32, bool)>,
    /// What the asking centre calls the certificate, if it lies there.
    called: Option<String>,
}

impl Session {
    async fn bind_hologram(&mut self, uin: Uin, bsk: &str, serial: &Serial, act: &Act) -> Result<HologramBound> {
        let sql = "SELECT c.standing, EXISTS (SELECT 1 FROM print p WHERE p.uin = n.uin AND p.kind = 'printed' AND p.bsk = $2)
                   FROM notice n JOIN certificate c ON c.uin = n.uin WHERE n.uin = $1 AND n.bsk = $2";
        let Some(row) = self.one(query(sql).bind(uin.as_str()).bind(bsk)).await? else {
            return Ok(HologramBound::Unknown);
        };
        let standing =
            Standing::from_word(row.get(0)).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        if standing != Standing::Live {
            return Ok(HologramBound::NotLive(standing));
        }
        if !row.get::<bool, _>(1) {
            return Ok(HologramBound::NotPrinted);
        }
        let Some(range) = self.range_of(serial, Some(bsk)).await? else { return Ok(HologramBound::NotInStock) };
        // Of two at once the second waits here for the first: it finds the sticker used, or its own number taken and counts on.
        let sql = "INSERT INTO hologram (serial, range_no, bsk, uin, n, who, at)
                   SELECT $1::text, $2::int8, $3::text, $4::text, coalesce(max(n), 0) + 1, $5::text, $6::int8
                   FROM hologram WHERE uin = $4 ON CONFLICT DO NOTHING RETURNING n";
        let now = self.now().millis();
        loop {
            let claim = query(sql).bind(serial.to_string()).bind(range.number).bind(bsk).bind(uin.as_str());
            if let Some(row) = self.one(claim.bind(&act.actor).bind(now)).await? {
                self.audit(act).await?;
                return Ok(HologramBound::New(row.get::<i32, _>(0).unsigned_abs()));
            }
            let Some(used) = self.used(serial, Some(bsk)).await? else { continue };
            return Ok(match used.bound {
                None => HologramBound::WrittenOff,
                Some((of, n, true)) if of == uin.as_str() => HologramBound::Before(n),
                Some(_) => HologramBound::Used(used.called),
            });
        }
    }

    async fn range_before(&mut self, serial: &Serial) -> Result<Option<HologramRange>> {
        let before: Statement<'_> = query(BEFORE).bind(serial.prefix()).bind(i32::from(serial.digits()));
        self.one(before.bind(serial.number())).await?.as_ref().map(range).transpose()
    }

    /// The range that a serial is of, if it is this centre's, or without one anybody's.
    async fn range_of(&mut self, serial: &Serial, bsk: Option<&str>) -> Result<Option<HologramRange>> {
        let found = self.range_before(serial).await?;
        Ok(found.filter(|it| it.range.contains(serial) && bsk.is_none_or(|bsk| it.bsk == bsk)))
    }

    async fn used(&mut self, serial: &Serial, bsk: Option<&str>) -> Result<Option<Used>> {
        let sql = "SELECT h.uin, h.n, NOT EXISTS (SELECT 1 FROM hologram x WHERE x.uin = h.uin AND x.n > h.n),
                     (SELECT coalesce(a.docket_no, a.application_no) FROM notice m JOIN certificate k ON k.uin = m.uin
                        JOIN application a ON a.id = k.application_id WHERE m.uin = h.uin AND m.bsk = $2)
                   FROM hologram h WHERE h.serial = $1";
        let row = self.one(query(sql).bind(serial.to_string()).bind(bsk)).await?;
        Ok(row.map(|row| {
            let n = row.get::<Option<i32>, _>(1).unwrap_or_default().unsigned_abs();
            let bound = row.get::<Option<String>, _>(0).map(|uin| (uin, n, row.get(2)));
            Used { bound, called: row.get(3) }
        }))
    }
}

fn read(serial: &str) -> Result<Serial> {
    Serial::read(serial).ok_or_else(|| corrupt("hologram", serial, "serial"))
}

fn stock(row: &PgRow) -> HologramStock {
    let [issued, bound, written_off] =
        [1, 2, 3].map(|column| row.get::<Option<i64>, _>(column).unwrap_or_default().unsigned_abs());
    HologramStock { bsk: row.get(0), issued, bound, written_off }
}

/// Reads a row; the error names what this program did not write.
fn range(row: &PgRow) -> Result<HologramRange> {
    let number: i64 = row.get(0);
    let (prefix, digits): (&str, i32) = (row.get(2), row.get(3));
    let text =
        |column| format!("{prefix}-{:0digits$}", row.get::<i64, _>(column), digits = digits.unsigned_abs() as usize);
    let range = Range::read(&text(4), &text(5));
    Ok(HologramRange {
        number,
        bsk: row.get(1),
        range: range.map_err(|wrong| corrupt("hologram_range", &number.to_string(), wrong.field))?,
        bound: row.get::<i32, _>(6).unsigned_abs().into(),
        written_off: row.get::<i32, _>(7).unsigned_abs().into(),
        issued_by: row.get(8),
        issued_at: Instant::from_millis(row.get(9)),
    })
}
