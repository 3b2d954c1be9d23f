//! Health and metrics of a process without a portal: alive, ready, figures. Nobody's data is in any of them.

use crate::api::health::{Readiness, text_of_metrics};
use axum::{Router, extract::State, response::Response, routing::get};
use mohor_ports::{bus::Bus, error::Result, ledger::Upkeep, vault::Vault};
use mohor_runtime::telemetry::Telemetry;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time};

/// How long an answer about the dependencies serves.
pub(crate) const FIGURES_LAST: Duration = Duration::from_secs(2);
/// A dependency has so long to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What each dependency said.
pub(crate) type Health = Vec<(&'static str, std::result::Result<String, String>)>;

/// What is looked at.
#[derive(Clone)]
pub struct Operations {
    /// The ledger.
    pub upkeep: Arc<dyn Upkeep>,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The vault.
    pub vault: Arc<dyn Vault>,
    /// Metrics.
    pub telemetry: Arc<Telemetry>,
}

impl Operations {
    /// Tries ledger, bus and vault.
    pub(crate) async fn health(&self) -> Health {
        let (ledger, bus, vault) =
            tokio::join!(probe(self.upkeep.probe()), probe(self.bus.probe()), probe(self.vault.probe()));
        vec![("ledger", ledger), ("bus", bus), ("vault", vault)]
    }
}

async fn probe(asking: impl Future<Output = Result<String>>) -> std::result::Result<String, String> {
    match time::timeout(PATIENCE, asking).await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("no answer within 5 s".into()),
    }
}

/// What was seen last, and when.
struct Watch {
    operations: Operations,
    seen: Mutex<Option<(time::Instant, Health)>>,
}

/// Serves `/healthz`, `/readyz` and `/metrics` until the shutdown.
pub async fn serve_operations(
    listener: tokio::net::TcpListener,
    operations: Operations,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let watch = Arc::new(Watch { operations, seen: Mutex::default() });
    let router = Router::new()
        .route("/healthz", get(crate::api::health::alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(async |State(watch): State<Arc<Watch>>| text_of_metrics(&watch.operations.telemetry)))
        .with_state(watch);
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn ready(State(watch): State<Arc<Watch>>) -> Response {
    let mut seen = watch.seen.lock().await;
    let health = match seen.as_ref() {
        Some((at, health)) if at.elapsed() < FIGURES_LAST => health.clone(),
        _ => watch.operations.health().await,
    };
    *seen = Some((time::Instant::now(), health.clone()));
    Readiness::of(health)
}
