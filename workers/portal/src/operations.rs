//! Health and metrics of a process without a portal: alive, ready, figures. Nobody's data is in any of them.

use crate::api::health::{Readiness, text_of_metrics};
use axum::{Router, extract::State, routing::get};
use mohor_ports::{
    bus::Bus,
    error::{Error, Result},
    ledger::Upkeep,
    vault::Vault,
};
use mohor_runtime::telemetry::Telemetry;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, task::JoinHandle, time};

/// How long an answer about the dependencies serves.
pub(crate) const FIGURES_LAST: Duration = Duration::from_secs(2);
/// Whoever asks is told after so long that a dependency has not answered.
const PATIENCE: Duration = Duration::from_secs(5);
/// A dependency that has not answered after so long is asked anew.
const GIVEN_UP: Duration = Duration::from_secs(60);

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

/// Ledger, bus and vault, each tried at most every two seconds, however many ask and however often.
pub(crate) struct Watch {
    operations: Operations,
    looks: Mutex<Looks>,
}

/// What was seen last and when, and who is still being asked.
#[derive(Default)]
struct Looks {
    seen: Option<(time::Instant, Health)>,
    ledger: Asked,
    bus: Asked,
    vault: Asked,
}

/// A question without an answer yet. It goes on when whoever asked has gone: a first look at a slow store, begun anew
/// with each call, would never come to its end.
type Asked = Option<JoinHandle<Result<String>>>;

impl Watch {
    pub fn new(operations: Operations) -> Self {
        Self { operations, looks: Mutex::default() }
    }

    pub fn telemetry(&self) -> &Telemetry {
        &self.operations.telemetry
    }

    /// What each of them says, at most two seconds old. Looking does not make it younger.
    pub async fn health(&self) -> Health {
        let mut looks = self.looks.lock().await;
        if let Some((at, health)) = looks.seen.as_ref()
            && at.elapsed() < FIGURES_LAST
        {
            return health.clone();
        }
        let Looks { ledger, bus, vault, .. } = &mut *looks;
        let Operations { upkeep, bus: to_bus, vault: to_vault, .. } = self.operations.clone();
        let (ledger, bus, vault) = tokio::join!(
            ask(ledger, async move { upkeep.probe().await }),
            ask(bus, async move { to_bus.probe().await }),
            ask(vault, async move { to_vault.probe().await }),
        );
        let health = vec![("ledger", ledger), ("bus", bus), ("vault", vault)];
        looks.seen = Some((time::Instant::now(), health.clone()));
        health
    }
}

async fn ask(
    asked: &mut Asked,
    question: impl Future<Output = Result<String>> + Send + 'static,
) -> std::result::Result<String, String> {
    let late = |seconds: Duration| format!("no answer within {} s", seconds.as_secs());
    let bounded =
        async move { time::timeout(GIVEN_UP, question).await.unwrap_or_else(|_| Err(Error::outage(late(GIVEN_UP)))) };
    let mut asking = asked.take().unwrap_or_else(|| tokio::spawn(bounded));
    match time::timeout(PATIENCE, &mut asking).await {
        Ok(answer) => answer.map_err(|error| error.to_string())?.map_err(|error| error.to_string()),
        Err(_) => {
            *asked = Some(asking);
            Err(late(PATIENCE))
        }
    }
}

/// Serves `/healthz`, `/readyz` and `/metrics` until the shutdown.
pub async fn serve_operations(
    listener: tokio::net::TcpListener,
    operations: Operations,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let watch = Arc::new(Watch::new(operations));
    let router = Router::new()
        .route("/healthz", get(crate::api::health::alive))
        .route("/readyz", get(async |State(watch): State<Arc<Watch>>| Readiness::of(watch.health().await)))
        .route("/metrics", get(async |State(watch): State<Arc<Watch>>| text_of_metrics(watch.telemetry())))
        .with_state(watch);
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}
