//! `mohor migrate`: the ledger's schema is brought up to this program's. Opening it does that.

use crate::{cli::GOOD, wire::Parts};
use anyhow::Result;
use serde_json::json;

/// Says what the ledger is now.
pub async fn run(parts: Parts, json: bool) -> Result<u8> {
    let words = parts.ledger.probe().await?;
    match json {
        true => println!("{}", json!({"ledger": words})),
        false => println!("the ledger is up to date: {words}"),
    }
    Ok(GOOD)
}
