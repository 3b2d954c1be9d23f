//! Stickers that go on prints.

use crate::connection::{Read, SqliteLedger, Write, corrupt};
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
use rusqlite::Row;

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
const BEFORE: &str = range_sql!("WHERE prefix = ?1 AND digits = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1");
const RANGES: &str = range_sql!("WHERE bsk = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3");

#[async_trait]
impl Holograms for SqliteLedger {
    async fn issue_holograms(&self, range: Range, bsk: &str, act: Act) -> Result<HologramsIssued> {
        let bsk = bsk.to_owned();
        self.write(move |write| write.issue_holograms(range, bsk, &act)).await
    }

    async fn hologram_stock(&self, bsk: &str) -> Result<HologramStock> {
        let sql = "SELECT ?1, sum(last - first + 1), sum(bound), sum(written_off) FROM hologram_range WHERE bsk = ?1";
        let bsk = bsk.to_owned();
        self.read(move |read| Ok(read.one(sql, [bsk], stock)?.unwrap_or_default())).await
    }

    async fn hologram_stocks(&self, after: Option<&str>, most: u32) -> Result<Vec<HologramStock>> {
        let sql = "SELECT bsk, sum(last - first + 1), sum(bound), sum(written_off) FROM hologram_range
                   WHERE bsk > ?1 GROUP BY bsk ORDER BY bsk LIMIT ?2";
        let after = after.unwrap_or_default().to_owned();
        self.read(move |read| read.all(sql, (after, most), stock)).await
    }

    async fn hologram_ranges(&self, bsk: &str, before: Option<i64>, most: u32) -> Result<Vec<HologramRange>> {
        let (bsk, before) = (bsk.to_owned(), before.unwrap_or(i64::MAX));
        self.read(move |read| read.all(RANGES, (bsk, before, most), range)?.into_iter().collect()).await
    }

    async fn bind_hologram(&self, uin: Uin, bsk: &str, serial: Serial, act: Act) -> Result<HologramBound> {
        let bsk = bsk.to_owned();
        self.write(move |write| write.bind_hologram(uin, &bsk, &serial, &act)).await
    }

    async fn write_off_hologram(
        &self,
        bsk: Option<&str>,
        serial: Serial,
        reason: &str,
        act: Act,
    ) -> Result<HologramWrittenOff> {
        let (bsk, reason) = (bsk.map(str::to_owned), reason.to_owned());
        self.write(move |write| write.write_off_hologram(bsk, &serial, &reason, &act)).await
    }

    async fn hologram_bindings(&self, uin: Uin, most: u32) -> Result<Vec<HologramBinding>> {
        let sql = "SELECT serial, n, bsk, who, at FROM hologram WHERE uin = ?1 ORDER BY n DESC LIMIT ?2";
        let rows = self.read(move |it| {
            it.all(sql, (uin.as_str(), most), |row| {
                let (n, bsk, who) = (row.get(1)?, row.get(2)?, row.get(3)?);
                let at = Instant::from_millis(row.get(4)?);
                let serial = read(&row.get::<_, String>(0)?);
                Ok(serial.map(|serial| HologramBinding { serial, n, bsk, who, at }))
            })
        });
        rows.await?.into_iter().collect()
    }

    async fn hologram_of(&self, uin: Uin) -> Result<Option<Serial>> {
        let sql = "SELECT (SELECT serial FROM hologram WHERE uin = ?1 ORDER BY n DESC LIMIT 1)";
        let serial = self.read(move |read| read.one(sql, [uin.as_str()], |row| row.get::<_, Option<String>>(0)));
        serial.await?.flatten().map(|serial| read(&serial)).transpose()
    }
}

/// For what a sticker was used.
struct Used {
    /// The certificate and its how manieth, and whether that is the one that counts; none: it was written off.
    bound: Option<(String, u32, bool)>,
    /// What the asking centre calls the certificate, if it lies there.
    called: Option<String>,
}

impl Write<'_> {
    fn issue_holograms(&self, range: Range, bsk: String, act: &Act) -> Result<HologramsIssued> {
        let (first, last) = (range.first(), range.last());
        if let Some(there) = self.range_before(&last)?.filter(|there| there.range.overlaps(&range)) {
            return Ok(match there.bsk == bsk && there.range == range {
                true => HologramsIssued::Before(there.number),
                false => HologramsIssued::Overlaps(Box::new(there)),
            });
        }
        let sql = "INSERT INTO hologram_range (bsk, prefix, digits, first, last, issued_by, issued_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (from, until, now) = (first.number(), last.number(), self.now().millis());
        self.run(sql, (bsk, first.prefix(), first.digits(), from, until, &act.actor, now))?;
        let number = self.tx.last_insert_rowid();
        self.audit(act)?;
        Ok(HologramsIssued::New(number))
    }

    fn bind_hologram(&self, uin: Uin, bsk: &str, serial: &Serial, act: &Act) -> Result<HologramBound> {
        let sql = "SELECT c.standing, EXISTS (SELECT 1 FROM print p WHERE p.uin = n.uin AND p.kind = 'printed' AND p.bsk = ?2)
                   FROM notice n JOIN certificate c ON c.uin = n.uin WHERE n.uin = ?1 AND n.bsk = ?2";
        let row = self.one(sql, (uin.as_str(), bsk), |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
        let Some((standing, printed)) = row else { return Ok(HologramBound::Unknown) };
        let standing =
            Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        if standing != Standing::Live {
            return Ok(HologramBound::NotLive(standing));
        }
        if !printed {
            return Ok(HologramBound::NotPrinted);
        }
        let Some(range) = self.range_of(serial, Some(bsk))? else { return Ok(HologramBound::NotInStock) };
        if let Some(used) = self.used(serial, Some(bsk))? {
            return Ok(match used.bound {
                None => HologramBound::WrittenOff,
                Some((of, n, true)) if of == uin.as_str() => HologramBound::Before(n),
                Some(_) => HologramBound::Used(used.called),
            });
        }
        let sql = "SELECT coalesce(max(n), 0) + 1 FROM hologram WHERE uin = ?1";
        let n: u32 = self.one(sql, [uin.as_str()], |row| row.get(0))?.unwrap_or(1);
        let sql = "INSERT INTO hologram (serial, range_no, bsk, uin, n, who, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (number, now) = (range.number, self.now().millis());
        self.run(sql, (serial.to_string(), number, bsk, uin.as_str(), n, &act.actor, now))?;
        self.audit(act)?;
        Ok(HologramBound::New(n))
    }

    fn write_off_hologram(
        &self,
        bsk: Option<String>,
        serial: &Serial,
        reason: &str,
        act: &Act,
    ) -> Result<HologramWrittenOff> {
        let bsk = bsk.as_deref();
        let Some(range) = self.range_of(serial, bsk)? else { return Ok(HologramWrittenOff::NotInStock) };
        if let Some(used) = self.used(serial, bsk)? {
            return Ok(used.bound.map_or(HologramWrittenOff::Before, |_| HologramWrittenOff::Bound(used.called)));
        }
        let sql = "INSERT INTO hologram (serial, range_no, bsk, reason, who, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let now = self.now().millis();
        self.run(sql, (serial.to_string(), range.number, range.bsk, reason, &act.actor, now))?;
        self.audit(act)?;
        Ok(HologramWrittenOff::New)
    }

    fn range_before(&self, serial: &Serial) -> Result<Option<HologramRange>> {
        self.one(BEFORE, (serial.prefix(), serial.digits(), serial.number()), range)?.transpose()
    }

    /// The range that a serial is of, if it is this centre's, or without one anybody's.
    fn range_of(&self, serial: &Serial, bsk: Option<&str>) -> Result<Option<HologramRange>> {
        let found = self.range_before(serial)?;
        Ok(found.filter(|it| it.range.contains(serial) && bsk.is_none_or(|bsk| it.bsk == bsk)))
    }

    fn used(&self, serial: &Serial, bsk: Option<&str>) -> Result<Option<Used>> {
        let sql = "SELECT h.uin, h.n, NOT EXISTS (SELECT 1 FROM hologram x WHERE x.uin = h.uin AND x.n > h.n),
                     (SELECT coalesce(a.docket_no, a.application_no) FROM notice m JOIN certificate k ON k.uin = m.uin
                        JOIN application a ON a.id = k.application_id WHERE m.uin = h.uin AND m.bsk = ?2)
                   FROM hologram h WHERE h.serial = ?1";
        let read = Read { connection: &self.tx, inner: self.inner };
        read.one(sql, (serial.to_string(), bsk), |row| {
            let bound = match row.get::<_, Option<String>>(0)? {
                Some(uin) => Some((uin, row.get(1)?, row.get(2)?)),
                None => None,
            };
            Ok(Used { bound, called: row.get(3)? })
        })
    }
}

fn read(serial: &str) -> Result<Serial> {
    Serial::read(serial).ok_or_else(|| corrupt("hologram", serial, "serial"))
}

fn stock(row: &Row<'_>) -> rusqlite::Result<HologramStock> {
    let figure =
        |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.unwrap_or_default().unsigned_abs());
    Ok(HologramStock { bsk: row.get(0)?, issued: figure(1)?, bound: figure(2)?, written_off: figure(3)? })
}

/// Reads a row; the inner error names what this program did not write.
fn range(row: &Row<'_>) -> rusqlite::Result<Result<HologramRange>> {
    let number: i64 = row.get(0)?;
    let (prefix, digits): (String, u8) = (row.get(2)?, row.get(3)?);
    let text = |number: i64| format!("{prefix}-{number:0digits$}", digits = usize::from(digits));
    let range = match Range::read(&text(row.get(4)?), &text(row.get(5)?)) {
        Ok(range) => range,
        Err(wrong) => return Ok(Err(corrupt("hologram_range", &number.to_string(), wrong.field))),
    };
    Ok(Ok(HologramRange {
        number,
        bsk: row.get(1)?,
        range,
        bound: row.get::<_, u32>(6)?.into(),
        written_off: row.get::<_, u32>(7)?.into(),
        issued_by: row.get(8)?,
        issued_at: Instant::from_millis(row.get(9)?),
    }))
}
