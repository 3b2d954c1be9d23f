//! `GET /api/v1/sla` and `/api/v1/sla/breaches`: the board for programs of whoever is signed in.

use crate::{
    fault::Fault,
    lang::Lang,
    pages::board::{self, asked::Asked},
    session::SignedIn,
    site::Site,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use mohor_domain::board::Part;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Rows of a page.
const ROWS: u32 = 200;

/// The board.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sums {
    /// The civil day of Asia/Kolkata.
    today: String,
    /// Along what the figures are: `department`, `service`, `district`, `office` or `bsk`.
    by: &'static str,
    /// Running clocks beyond their last day.
    late: u64,
    /// Those whose last day is today.
    due_today: u64,
    /// Those whose last day is within seven days.
    due_soon: u64,
    /// Clocks that stand.
    paused: u64,
    /// Certificates that wait at their centre for longer than its limit.
    uncollected: u64,
    /// Certificates in the making for longer than the pipeline's limit.
    held_up: u64,
    /// The same of each.
    figures: Vec<Sum>,
}

/// Figures of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sum {
    /// Its code; a service and an office after their department and a stroke; empty where none is named.
    key: String,
    late: u64,
    due_today: u64,
    due_soon: u64,
}

/// A page of clocks.
#[derive(Serialize, ToSchema)]
pub(crate) struct Breaches {
    /// The oldest first.
    clocks: Vec<Breach>,
    /// Give this as `after` next time; null at the end.
    next: Option<String>,
}

/// A clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Breach {
    department: String,
    application_no: String,
    service: Option<String>,
    district: Option<String>,
    office: Option<String>,
    bsk: Option<String>,
    /// `service`, `stage`, `appeal` or `review`.
    clock: &'static str,
    /// The stage, or the number of the appeal or review.
    key: String,
    /// The last day in time.
    due_on: Option<String>,
    /// It may move: the holidays of a year it rests on are not all known.
    provisional: bool,
    /// As it was first told to the citizen.
    promised_on: Option<String>,
}

/// What is late, due today, due soon and paused.
#[utoipa::path(
    get, path = "/api/v1/sla", tag = "supervisors", params(
        ("department" = Option<String>, Query), ("service" = Option<String>, Query), ("district" = Option<String>, Query),
        ("office" = Option<String>, Query), ("bsk" = Option<String>, Query),
        ("by" = Option<String>, Query, description = "`department`, `service`, `district`, `office`, `officer` or `bsk`"),
    ),
    responses(
        (status = 200, description = "within the bounds of whoever is signed in", body = Sums),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "this post sees no clocks", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn sums(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Sums>, Fault> {
    let asked = board::asked(query, lang)?;
    signed.sees_clocks()?;
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let of = asked.selection(&signed.reach);
    let by = asked.by(&of.clone().unwrap_or_default())?;
    let counted = match of {
        Some(of) => site.counted(&of, by, board::days(today)).await?,
        None => Arc::default(),
    };
    let figures = &counted.figures;
    Ok(Json(Sums {
        today: today.to_string(),
        by: by.as_str(),
        late: figures.iter().map(|row| row.late).sum(),
        due_today: figures.iter().map(|row| row.today).sum(),
        due_soon: figures.iter().map(|row| row.soon).sum(),
        paused: counted.paused,
        uncollected: counted.beside.uncollected,
        held_up: counted.beside.pipeline,
        figures: figures
            .iter()
            .map(|row| Sum { key: row.key.clone(), late: row.late, due_today: row.today, due_soon: row.soon })
            .collect(),
    }))
}

/// The running clocks beyond their last day.
#[utoipa::path(
    get, path = "/api/v1/sla/breaches", tag = "supervisors", params(
        ("department" = Option<String>, Query), ("service" = Option<String>, Query), ("district" = Option<String>, Query),
        ("office" = Option<String>, Query), ("bsk" = Option<String>, Query),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "within the bounds of whoever is signed in", body = Breaches),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "this post sees no clocks", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn breaches(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Breaches>, Fault> {
    let asked = board::asked(query, lang)?;
    signed.sees_clocks()?;
    let after = asked.cursor()?;
    let Some(of) = asked.selection(&signed.reach) else {
        return Ok(Json(Breaches { clocks: vec![], next: None }));
    };
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let found =
        site.portal.board.listed(&of, Part::Late, board::days(today), after, ROWS).await.map_err(Fault::port)?;
    let next = found.last().filter(|_| found.len() == ROWS as usize).map(|last| last.cursor().text());
    let clocks = found.into_iter().map(|listed| {
        let (record, due) = (&listed.record, listed.record.due_on());
        Breach {
            department: record.department.clone(),
            service: record.service.clone(),
            district: record.district.clone(),
            office: record.office.clone(),
            bsk: record.bsk.clone(),
            clock: record.clock.kind.as_str(),
            key: record.clock.key.clone(),
            provisional: due.as_ref().is_some_and(|(_, provisional)| *provisional),
            due_on: due.map(|(day, _)| day),
            promised_on: record.promised.clone(),
            application_no: listed.application_no,
        }
    });
    Ok(Json(Breaches { clocks: clocks.collect(), next }))
}
