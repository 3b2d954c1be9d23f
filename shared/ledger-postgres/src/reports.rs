//! What reports are made of.

use crate::{
    clock::{columns, record},
    connection::{PostgresLedger, Session},
    inbox::uuids,
    trouble::{corrupt, readable},
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
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::sync::Arc;
use uuid::Uuid;

/// The end of a clock that goes on, as the index has it.
const ON: i64 = i64::MAX;

/// When a clock stopped, in the words of the indices `clock_ended` and `clock_end`: one that runs on ends after every other.
macro_rules! ended {
    () => {
        "coalesce(stopped_at, 9223372036854775807)"
    };
}
pub(crate) use ended;

/// When an application was submitted; where nobody has said so, when Mohor first heard of it.
macro_rules! known {
    () => {
        "coalesce((SELECT min(e.event_at) FROM inbound_event e
           WHERE e.application_id = clock.application_id AND e.kind = 'application.submitted'),
         (SELECT a.received_at FROM application a WHERE a.id = clock.application_id))"
    };
}

#[async_trait]
impl Reports for PostgresLedger {
    async fn compliance(&self, of: &ReportOf, rules: Arc<Rules>) -> Result<Compliance> {
        let mut session = self.snapshot().await?;
        let mut tally = Tally::new(of.period, session.now());
        let mut after = (of.period.begins().millis().saturating_sub(1), Uuid::max());
        loop {
            let (page, next) = session.cases(of, tally.until(), after).await?;
            let page = ReportPage::new(page);
            let stages = session.stages(&page.staged(&of.department, &rules)).await?;
            let spoken = session.spoken(&page.spoken_of()).await?;
            page.count(stages, spoken, &mut tally, &rules);
            let Some(next) = next else {
                session.commit().await?;
                return Ok(tally.finish());
            };
            after = next;
        }
    }

    async fn issued(&self, department: &str, period: Period) -> Result<Vec<IssuedRow>> {
        let sql = concat!(
            "SELECT coalesce(service, ''), count(*) FILTER (WHERE outcome = 'completed'),
                     count(*) FILTER (WHERE outcome = 'delivered')
                   FROM clock WHERE kind IN ('pipeline', 'bsk') AND department = $1
               AND ",
            ended!(),
            " >= $2 AND ",
            ended!(),
            " < $3 GROUP BY 1 ORDER BY 1"
        );
        let statement = query(sql).bind(department).bind(period.begins().millis()).bind(period.ends().millis());
        let rows = self.read().await?.all(statement).await?;
        let figure = |row: &PgRow, place: usize| row.get::<i64, _>(place) as u64;
        let read = |row: &PgRow| IssuedRow { service: row.get(0), ready: figure(row, 1), delivered: figure(row, 2) };
        Ok(rows.iter().map(read).filter(|row| row.ready + row.delivered > 0).collect())
    }
}

impl Session {
    /// A page of the clocks of services that had not ended before the period, in order of their ends, and where the next one
    /// begins.
    async fn cases(
        &mut self,
        of: &ReportOf,
        until: Instant,
        (end, application): (i64, Uuid),
    ) -> Result<(Vec<(ClockRecord, Instant)>, Option<(i64, Uuid)>)> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", CASE WHEN started_at < $9 THEN started_at
                 ELSE ",
            known!(),
            " END
             FROM clock WHERE kind = 'service' AND department = $1
               AND (",
            ended!(),
            ", application_id) > ($6, $7)
               AND (started_at IS NULL OR started_at < $8 OR stopped_at < $8
                    OR ",
            known!(),
            " < $8)
               AND ($2::text IS NULL OR service = $2) AND ($3::text IS NULL OR district = $3)
               AND ($4::text IS NULL OR office = $4) AND ($5::text IS NULL OR bsk = $5)
             ORDER BY ",
            ended!(),
            ", application_id LIMIT $10"
        );
        let Selection { service, district, office, bsk, .. } = &of.of;
        let statement = query(sql).bind(&of.department).bind(service).bind(district).bind(office).bind(bsk);
        let statement = statement.bind(end).bind(application).bind(until.millis());
        let rows = self.all(statement.bind(of.period.begins().millis()).bind(REPORT_PAGE as i64)).await?;
        let known = |row: &PgRow| row.get::<Option<i64>, _>(22).map_or(until, Instant::from_millis);
        let place = |row: &PgRow| (row.get::<Option<i64>, _>(11).unwrap_or(ON), row.get::<Uuid, _>(0));
        let next = rows.last().filter(|_| rows.len() == REPORT_PAGE).map(place);
        Ok((readable(rows.iter().map(|row| Ok((record(row)?, known(row)))))?, next))
    }

    async fn stages(&mut self, applications: &[Id]) -> Result<Vec<ClockRecord>> {
        if applications.is_empty() {
            return Ok(vec![]);
        }
        let sql = concat!("SELECT ", columns!(), " FROM clock WHERE kind = 'stage' AND application_id = ANY($1)");
        readable(self.all(query(sql).bind(uuids(applications))).await?.iter().map(record))
    }

    /// The defect memos and rejections of applications.
    async fn spoken(&mut self, applications: &[Id]) -> Result<Vec<(Id, Spoken)>> {
        if applications.is_empty() {
            return Ok(vec![]);
        }
        let sql = "SELECT application_id, kind, event_at, data FROM inbound_event
                   WHERE application_id = ANY($1) AND kind IN ('application.deficient', 'application.rejected')
                   ORDER BY event_at, received_at";
        let rows = self.all(query(sql).bind(uuids(applications))).await?;
        let read = |row: &PgRow| {
            let id = Id::from(row.get::<Uuid, _>(0));
            let wrong = |column| corrupt("inbound_event", &id.to_string(), column);
            let kind = EventKind::from_word(row.get(1)).ok_or_else(|| wrong("kind"))?;
            let data: Option<String> = row.get(3);
            let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
            Ok((id, Spoken::read(kind, Instant::from_millis(row.get(2)), &data)))
        };
        readable(rows.iter().map(read))
    }
}
