//! What reports are made of.

use crate::{
    clock::{columns, record, row as clock_row},
    connection::{Read, SqliteLedger, corrupt, readable},
};
use async_trait::async_trait;
use mohor_domain::{
    board::Selection,
    civil::Instant,
    compliance::{Compliance, Period, Spoken, Tally},
    event::EventKind,
    id::Id,
    rules::Rules,
};
use mohor_ports::{
    error::Result,
    ledger::{ClockRecord, IssuedRow, REPORT_PAGE, ReportOf, ReportPage, Reports},
};
use rusqlite::params;
use serde_json::json;
use std::sync::Arc;

/// When an application was submitted; where nobody has said so, when Mohor first heard of it.
macro_rules! known {
    () => {
        "coalesce((SELECT min(e.event_at) FROM inbound_event e
           WHERE e.application_id = clock.application_id AND e.kind = 'application.submitted'),
         (SELECT a.received_at FROM application a WHERE a.id = clock.application_id))"
    };
}

#[async_trait]
impl Reports for SqliteLedger {
    async fn compliance(&self, of: &ReportOf, rules: Arc<Rules>) -> Result<Compliance> {
        let (of, now) = (of.clone(), self.clock());
        self.read(move |read| {
            // One snapshot for all statements; nothing is written, so dropping it ends it.
            let _snapshot = read.connection.unchecked_transaction().map_err(|error| read.inner.trouble(error))?;
            let mut tally = Tally::new(of.period, now);
            read.cases(&of, tally.until(), |page| {
                let page = ReportPage::new(page);
                let stages = read.stages(&page.staged(&of.department, &rules))?;
                let spoken = read.spoken(&page.spoken_of())?;
                page.count(stages, spoken, &mut tally, &rules);
                Ok(())
            })?;
            Ok(tally.finish())
        })
        .await
    }

    async fn issued(&self, department: &str, period: Period) -> Result<Vec<IssuedRow>> {
        let department = department.to_owned();
        self.read(move |read| {
            let sql = "SELECT coalesce(service, ''), count(*) FILTER (WHERE outcome = 'completed'),
                     count(*) FILTER (WHERE outcome = 'delivered')
                   FROM clock WHERE kind IN ('pipeline', 'bsk') AND stopped_at IS NOT NULL AND department = ?1
                     AND stopped_at >= ?2 AND stopped_at < ?3 GROUP BY 1 ORDER BY 1";
            let values = params![department, period.begins().millis(), period.ends().millis()];
            let rows = read.all(sql, values, |row| {
                let figure = |place| row.get::<_, i64>(place).map(|count| count as u64);
                Ok(IssuedRow { service: row.get(0)?, ready: figure(1)?, delivered: figure(2)? })
            })?;
            Ok(rows.into_iter().filter(|row| row.ready + row.delivered > 0).collect())
        })
        .await
    }
}

impl Read<'_> {
    /// Gives the clocks of services that had not ended before the period, page by page, in order of their ends.
    fn cases(
        &self,
        of: &ReportOf,
        until: Instant,
        mut each: impl FnMut(Vec<(ClockRecord, Instant)>) -> Result<()>,
    ) -> Result<()> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", CASE WHEN started_at < ?6 THEN started_at
                 ELSE ",
            known!(),
            " END
             FROM clock WHERE kind = 'service' AND department = ?1 AND coalesce(stopped_at, 9223372036854775807) >= ?6
               AND (started_at IS NULL OR started_at < ?7 OR stopped_at < ?7
                    OR ",
            known!(),
            " < ?7)
               AND (?2 IS NULL OR service = ?2) AND (?3 IS NULL OR district = ?3)
               AND (?4 IS NULL OR office = ?4) AND (?5 IS NULL OR bsk = ?5)
             ORDER BY coalesce(stopped_at, 9223372036854775807), application_id"
        );
        let Selection { service, district, office, bsk, .. } = &of.of;
        let begins = of.period.begins().millis();
        let values = params![of.department, service, district, office, bsk, begins, until.millis()];
        let trouble = |error| self.inner.trouble(error);
        let mut statement = self.connection.prepare_cached(sql).map_err(trouble)?;
        let mut rows = statement.query(values).map_err(trouble)?;
        let mut page = Vec::new();
        loop {
            let row = rows.next().map_err(trouble)?;
            let more = row.is_some();
            if let Some(row) = row {
                let known: Option<i64> = row.get(22).map_err(trouble)?;
                let clock = readable([record(clock_row(row).map_err(trouble)?)])?;
                page.extend(clock.into_iter().map(|clock| (clock, known.map_or(until, Instant::from_millis))));
            }
            if page.len() == REPORT_PAGE || !more {
                each(std::mem::take(&mut page))?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    fn stages(&self, applications: &[Id]) -> Result<Vec<ClockRecord>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE kind = 'stage' AND application_id IN (SELECT value FROM json_each(?1))"
        );
        let clocks = self.all(sql, [texts(applications)], clock_row)?.into_iter().map(record);
        readable(clocks)
    }

    /// The defect memos and rejections of applications.
    fn spoken(&self, applications: &[Id]) -> Result<Vec<(Id, Spoken)>> {
        let sql = "SELECT application_id, kind, event_at, data FROM inbound_event
                   WHERE application_id IN (SELECT value FROM json_each(?1))
                     AND kind IN ('application.deficient', 'application.rejected')
                   ORDER BY event_at, received_at";
        let rows = self.all(sql, [texts(applications)], |row| {
            let said: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(3)?);
            Ok((said, Instant::from_millis(row.get(2)?)))
        })?;
        let read = |((id, kind, data), at): ((String, String, Option<String>), Instant)| {
            let wrong = |column| corrupt("inbound_event", &id, column);
            let application = Id::parse(&id).ok_or_else(|| wrong("application_id"))?;
            let kind = EventKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
            let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
            Ok((application, Spoken::read(kind, at, &data)))
        };
        readable(rows.into_iter().map(read))
    }
}

/// Ids as JSON, which one placeholder takes.
fn texts(ids: &[Id]) -> String {
    json!(ids.iter().map(Id::to_string).collect::<Vec<_>>()).to_string()
}
