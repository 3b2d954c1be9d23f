//! `mohor run`: all roles, or those named, until stopped.

use crate::{
    cli::{GOOD, TROUBLE},
    commands::{centres, unless_stopped},
    config::Config,
    wire::{Parts, Role},
};
use anyhow::{Context, Result};
use mohor_domain::people::is_demo;
use mohor_ledger_sqlite::RunnerLock;
use mohor_ports::error::Error;
use mohor_runtime::{ambient::open_files, shutdown::Shutdown};
use std::time::Duration;

/// Files and connections of a portal besides its streams: the ledger's, the store's, and of callers who do not stay.
const OTHERS: u64 = 500;

/// Runs until a signal; the batch in hand is finished.
pub async fn run(config: Config, roles: Vec<Role>, shutdown: Shutdown) -> Result<u8> {
    let roles = if roles.is_empty() { Role::ALL.to_vec() } else { roles };
    let embedded = config.is_embedded();
    let opened = patiently(embedded, &shutdown, || Parts::open_for(config.clone(), &roles)).await?;
    let Some(parts) = opened else { return Ok(GOOD) };
    if !parts.config.operations.listen.is_empty() {
        let listen = parts.config.operations.listen.as_str();
        let listener = tokio::net::TcpListener::bind(listen).await;
        let listener = listener.with_context(|| format!("operations.listen: cannot listen on {listen}"))?;
        tracing::info!("operations http://{}", listener.local_addr()?);
        let until = shutdown.clone();
        tokio::spawn(mohor_portal::serve_operations(listener, parts.operations(), async move { until.wait().await }));
    }
    // The portal reads and writes beside a runner; everything else is the runner.
    let works = roles.iter().any(|role| *role != Role::Portal);
    let _lock =
        (works && parts.config.is_embedded()).then(|| RunnerLock::acquire(&parts.config.data_folder())).transpose()?;
    // Nothing runs yet when this fails.
    let started = patiently(embedded, &shutdown, || parts.start(&roles, &shutdown)).await?;
    let Some(mut handles) = started else { return Ok(GOOD) };
    if roles.contains(&Role::Portal) {
        let (may, streams) = (open_files(), u64::from(parts.config.portal.streams));
        if may < streams + OTHERS {
            tracing::warn!(
                may,
                streams,
                "fewer files may be open than `portal.streams` needs; raise the limit (LimitNOFILE)"
            );
        }
        let listener = tokio::net::TcpListener::bind(parts.config.portal.listen)
            .await
            .with_context(|| format!("portal.listen: cannot listen on {}", parts.config.portal.listen))?;
        tracing::info!("portal http://{}", listener.local_addr()?);
        handles.push(tokio::spawn(parts.serve(listener, false, &shutdown)?));
    }
    if roles.contains(&Role::Portal) {
        let people = parts.ledger.people().await?;
        let demo = people.iter().filter(|it| it.disabled_at.is_none() && is_demo(&it.login)).count();
        if demo > 0 {
            tracing::warn!(accounts = demo, "a demo was run on this ledger: its accounts open nothing here");
        }
    }
    if let Some(words) = parts.config.open_to_others() {
        tracing::warn!("{words}");
    }
    if parts.catalogue.centres_are_made_up() {
        tracing::warn!("the centres are {}", centres::words(&parts.catalogue, parts.loaded.as_ref()));
    }
    let names: Vec<String> = roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    tracing::info!(roles = names.join(" "), "running");
    shutdown.wait().await;
    tracing::info!("stopping: the batch in hand is finished first");
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    parts.bus.close().await;
    Ok(match shutdown.failure() {
        Some(reason) => {
            tell!("mohor: {reason}");
            TROUBLE
        }
        None => GOOD,
    })
}

/// Tries until it succeeds. A server that is not up yet is waited for: after a power cut everything starts at once.
/// `None`: the shutdown has begun; nothing is in hand yet, so a server that does not answer is not waited for.
async fn patiently<T, F: Future<Output = Result<T>>>(
    embedded: bool,
    shutdown: &Shutdown,
    attempt: impl Fn() -> F,
) -> Result<Option<T>> {
    let mut wait = Duration::from_millis(500);
    loop {
        let error = match unless_stopped(shutdown, attempt()).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if !matches!(error.downcast_ref::<Error>(), Some(Error::Outage(_))) || embedded {
            return Err(error);
        }
        tracing::warn!(wait_ms = wait.as_millis() as u64, "waiting: {error:#}");
        tokio::select! { () = tokio::time::sleep(wait) => (), () = shutdown.wait() => return Ok(None) }
        wait = (wait * 2).min(Duration::from_secs(10));
    }
}
