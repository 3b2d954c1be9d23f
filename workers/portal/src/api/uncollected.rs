//! `GET /api/v1/uncollected`: what nobody fetches, for programs of whoever is signed in.

use crate::{
    fault::Fault,
    lang::Lang,
    pages::{
        board::{self, asked::Asked},
        uncollected::{found, place, sees},
    },
    session::SignedIn,
    site::Site,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use mohor_domain::tray::TrayState;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Rows of a page.
const ROWS: u32 = 200;

/// A page of certificates that wait.
#[derive(Serialize, ToSchema)]
pub(crate) struct Uncollected {
    /// They have waited for so many calendar days at least.
    days: u16,
    /// Whatever waits longest comes first.
    certificates: Vec<Certificate>,
    /// Give this as `after` next time; null at the end.
    next: Option<String>,
}

/// A certificate that waits. No names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Certificate {
    department: String,
    service: Option<String>,
    application_no: String,
    docket_no: Option<String>,
    bsk: String,
    district: Option<String>,
    /// Since when it lies at this centre.
    ready_since: String,
    /// Calendar days.
    days: i64,
    /// Whether it was printed at this centre.
    printed: bool,
    /// How often the citizen was reminded that it lies there.
    reminders: u32,
}

/// Certificates that nobody has fetched.
#[utoipa::path(
    get, path = "/api/v1/uncollected", tag = "supervisors", params(
        ("department" = Option<String>, Query), ("service" = Option<String>, Query), ("district" = Option<String>, Query),
        ("bsk" = Option<String>, Query, description = "the centre's code"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "within the bounds of whoever is signed in", body = Uncollected),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "this post does not see it", content_type = "application/problem+json"),
        (status = 422, description = "a value that cannot be used", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Uncollected>, Fault> {
    sees(&signed)?;
    let asked = board::asked(query, lang)?;
    let (rows, today) = found(&site, &signed, &asked, place(&asked)?, ROWS).await?;
    let next = rows.last().filter(|_| rows.len() == ROWS as usize).map(|row| row.cursor().text());
    let certificate = |row: mohor_ports::ledger::Waiting| Certificate {
        days: row.days(today),
        department: row.department,
        service: row.service,
        application_no: row.application_no,
        docket_no: row.docket_no,
        bsk: row.bsk,
        district: row.district,
        ready_since: row.since.rfc3339(),
        printed: row.state == TrayState::Printed,
        reminders: row.reminders,
    };
    let days = site.portal.terms.uncollected_days;
    Ok(Json(Uncollected { days, certificates: rows.into_iter().map(certificate).collect(), next }))
}
