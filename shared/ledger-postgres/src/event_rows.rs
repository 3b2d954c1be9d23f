//! What a batch of events writes, column by column, as UNNEST takes them.

use crate::{
    connection::Session,
    event::{Application, Record},
};
use mohor_domain::{event::reported_late, uin::Uin};
use mohor_ports::error::Result;
use sqlx_core::query::query;
use uuid::Uuid;

/// Applications.
pub(crate) struct Columns {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) states: Vec<&'static str>,
    pub(crate) services: Vec<Option<String>>,
    pub(crate) bsks: Vec<Option<String>>,
    pub(crate) dockets: Vec<Option<String>>,
    pub(crate) submissions: Vec<Option<String>>,
    pub(crate) approvals: Vec<Option<String>>,
    pub(crate) data: Vec<Option<String>>,
    pub(crate) ascribed: Vec<Option<String>>,
    pub(crate) supersedes: Vec<Option<String>>,
    pub(crate) approved: Vec<Option<i64>>,
}

impl Columns {
    pub(crate) fn of(rows: &[&Application]) -> Self {
        fn column<T>(rows: &[&Application], field: impl Fn(&Application) -> T) -> Vec<T> {
            rows.iter().map(|row| field(row)).collect()
        }
        let number = |uin: Option<Uin>| uin.map(|uin| uin.to_string());
        Self {
            ids: column(rows, |a| a.id.uuid()),
            states: column(rows, |a| a.known.state.as_str()),
            services: column(rows, |a| a.known.service.clone()),
            bsks: column(rows, |a| a.bsk.clone()),
            dockets: column(rows, |a| a.docket_no.clone()),
            submissions: column(rows, |a| a.known.submission.clone()),
            approvals: column(rows, |a| a.known.approval.clone()),
            data: column(rows, |a| a.approval.as_ref().map(|approval| approval.data.clone())),
            ascribed: column(rows, |a| number(a.approval.as_ref().and_then(|approval| approval.ascribed))),
            supersedes: column(rows, |a| number(a.approval.as_ref().and_then(|approval| approval.supersedes))),
            approved: column(rows, |a| a.approval.as_ref().map(|approval| approval.at.millis())),
        }
    }
}

/// Records events.
pub(crate) async fn write_events(session: &mut Session, records: &[Record]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let column = |field: fn(&Record) -> &str| records.iter().map(field).collect::<Vec<_>>();
    let sql = "INSERT INTO inbound_event (department, source, event_id, kind, application_id, digest, data, event_at,
                 received_at, late)
               SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
                 $8::int8[], $9::int8[], $10::bool[])";
    let statement = query(sql)
        .bind(column(|r| &r.event.department))
        .bind(column(|r| &r.event.source))
        .bind(column(|r| &r.event.id))
        .bind(column(|r| r.event.kind.as_str()))
        .bind(records.iter().map(|r| r.application.uuid()).collect::<Vec<_>>())
        .bind(column(|r| &r.event.digest))
        .bind(records.iter().map(|r| r.data.clone()).collect::<Vec<_>>())
        .bind(records.iter().map(|r| r.event.at.millis()).collect::<Vec<_>>())
        .bind(records.iter().map(|r| r.received_at.millis()).collect::<Vec<_>>())
        .bind(records.iter().map(|r| reported_late(r.event.at, r.received_at)).collect::<Vec<_>>());
    session.run(statement).await.map(drop)
}
