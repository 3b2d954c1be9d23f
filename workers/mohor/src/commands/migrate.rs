//! `mohor migrate`: the ledger's schema is brought up to this program's, and what cannot be read is derived anew.

use crate::{
    cli::{GOOD, NO},
    commands::doctor::unreadable,
    config::Config,
    wire::{Parts, adapters},
};
use anyhow::Result;
use mohor_ports::{ledger::Act, time::Entropy};
use mohor_runtime::ambient::SystemEntropy;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// Says what the ledger is now; 1 if something of it cannot be read still.
pub async fn run(config: Config, json: bool) -> Result<u8> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    adapters::migrate(&config, &entropy).await?;
    let ledger = Parts::open_for(config, &[]).await?.ledger;
    let words = ledger.probe().await?;
    let found: BTreeSet<_> = unreadable(ledger.as_ref()).await?.into_iter().map(|row| row.application).collect();
    let mut mended = 0usize;
    for application in &found {
        let act = Act {
            actor: "operator:local".into(),
            act: "clock.mend".into(),
            subject: application.to_string(),
            detail: "derived anew from its events".into(),
        };
        mended += usize::from(ledger.mend(*application, act).await?);
    }
    let left = if found.is_empty() { vec![] } else { unreadable(ledger.as_ref()).await? };
    if json {
        let left: Vec<_> = left
            .iter()
            .map(|row| json!({"department": row.department, "application_no": row.application_no, "words": row.words}))
            .collect();
        say!("{}", json!({"ledger": words, "mended": mended, "unreadable": left}));
    } else {
        say!("the ledger is up to date: {words}");
        if mended > 0 {
            say!(
                "{mended} applications had rows that could not be read; their clocks are derived anew from their events"
            );
        }
        for row in &left {
            say!("{} {}: {}; restore this row from a backup", row.department, row.application_no, row.words);
        }
    }
    Ok(if left.is_empty() { GOOD } else { NO })
}
