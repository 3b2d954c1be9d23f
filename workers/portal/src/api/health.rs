//! For operators: alive, ready, metrics. Nobody's data is in any of them.

use crate::{operations::Health, site::Site};
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
    )
)]
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> Response {
    Readiness::of(site.watch.health().await)
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
#[utoipa::path(get, path = "/metrics", tag = "operators", responses((status = 200, description = "metrics", content_type = "text/plain")))]
pub(crate) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    text_of_metrics(&site.portal.telemetry)
}

pub(crate) fn text_of_metrics(telemetry: &Telemetry) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry.render()).into_response()
}
