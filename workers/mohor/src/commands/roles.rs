//! `mohor run`: all roles, or those named, until stopped.

use crate::{
    cli::{GOOD, TROUBLE},
    wire::{Parts, Role},
};
use anyhow::{Context, Result};
use mohor_ledger_sqlite::RunnerLock;
use mohor_runtime::shutdown::Shutdown;

/// Runs until a signal; the batch in hand is finished.
pub async fn run(parts: Parts, roles: Vec<Role>) -> Result<u8> {
    let roles = if roles.is_empty() { Role::ALL.to_vec() } else { roles };
    let shutdown = Shutdown::default();
    tokio::spawn(shutdown.clone().on_signal());
    // The portal reads and writes beside a runner; everything else is the runner.
    let works = roles.iter().any(|role| *role != Role::Portal);
    let _lock = works.then(|| RunnerLock::acquire(&parts.config.data_folder())).transpose()?;
    let mut handles = parts.start(&roles, &shutdown).await?;
    if roles.contains(&Role::Portal) {
        let listener = tokio::net::TcpListener::bind(parts.config.portal.listen)
            .await
            .with_context(|| format!("portal.listen: cannot listen on {}", parts.config.portal.listen))?;
        tracing::info!("portal http://{}", listener.local_addr()?);
        handles.push(tokio::spawn(parts.serve(listener, &shutdown)?));
    }
    let names: Vec<String> = roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    tracing::info!(roles = names.join(" "), "running");
    shutdown.wait().await;
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    Ok(match shutdown.failure() {
        Some(reason) => {
            eprintln!("mohor: {reason}");
            TROUBLE
        }
        None => GOOD,
    })
}
