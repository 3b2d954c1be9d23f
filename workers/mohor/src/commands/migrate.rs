//! `mohor migrate`: the ledger's schema is brought up to this program's.

use crate::{
    cli::GOOD,
    config::Config,
    wire::{Parts, adapters},
};
use anyhow::Result;
use mohor_ports::time::Entropy;
use mohor_runtime::ambient::SystemEntropy;
use serde_json::json;
use std::sync::Arc;

/// Says what the ledger is now.
pub async fn run(config: Config, json: bool) -> Result<u8> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    adapters::migrate(&config, &entropy).await?;
    let words = Parts::open_for(config, &[]).await?.ledger.probe().await?;
    match json {
        true => say!("{}", json!({"ledger": words})),
        false => say!("the ledger is up to date: {words}"),
    }
    Ok(GOOD)
}
