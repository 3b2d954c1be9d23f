//! For operators: alive, ready, metrics. Nobody's data is in any of them.

use crate::{client::Client, fault::Fault, operations::Health, site::Site};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mohor_runtime::telemetry::Telemetry;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// Whether the portal can answer, and what each dependency says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    ready: bool,
    dependencies: BTreeMap<&'static str, Dependency>,
}

/// One dependency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Dependency {
    ok: bool,
    /// What it is, or what is wrong.
    words: String,
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operators", responses((status = 200, description = "`ok`", content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Ledger, bus and vault, each tried; at most every two seconds.
#[utoipa::path(
    get, path = "/readyz", tag = "operators",
    responses(
        (status = 200, description = "all of them answer", body = Readiness),
        (status = 503, description = "one does not", body = Readiness),
        (status = 404, description = "asked from another machine: see operations.listen", content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(site): State<Arc<Site>>, client: Client) -> Result<Response, Fault> {
    operators_alone(client)?;
    Ok(Readiness::of(site.watch.health().await))
}

/// What dependencies are called and what the house holds is nobody's who only comes by the public door: there it is answered
/// to this machine alone. `operations.listen` is the operators' own door.
fn operators_alone(client: Client) -> Result<(), Fault> {
    if client.local { Ok(()) } else { Err(Fault::not_found()) }
}

impl Readiness {
    /// 200 while all of them answer, 503 with the one that does not.
    pub(crate) fn of(health: Health) -> Response {
        let ready = health.iter().all(|(_, outcome)| outcome.is_ok());
        let dependencies = health
            .into_iter()
            .map(|(name, outcome)| {
                let ok = outcome.is_ok();
                (name, Dependency { ok, words: outcome.unwrap_or_else(|words| words) })
            })
            .collect();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(Self { ready, dependencies })).into_response()
    }
}

/// Metrics in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operators", responses(
    (status = 200, description = "metrics", content_type = "text/plain"),
    (status = 404, description = "asked from another machine: see operations.listen", content_type = "application/problem+json"),
))]
pub(crate) async fn metrics(State(site): State<Arc<Site>>, client: Client) -> Result<Response, Fault> {
    operators_alone(client)?;
    Ok(text_of_metrics(&site.portal.telemetry))
}

pub(crate) fn text_of_metrics(telemetry: &Telemetry) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry.render()).into_response()
}
