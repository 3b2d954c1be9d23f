//! `mohor restore`: a lost document is made again from plan and recorded seal, without any key.

use crate::{cli::GOOD, wire::Parts};
use anyhow::{Context, Result};
use mohor_domain::{id::Id, uin::Uin};
use mohor_pipeline::store::{self, Item};
use mohor_ports::{ledger::Act, vault::object_name};
use serde_json::json;

/// Makes it and puts it back; the digest has to be the recorded one.
pub async fn run(parts: Parts, what: String, json: bool) -> Result<u8> {
    let item = match Id::parse(&what) {
        Some(id) => Item::Document(id),
        None => Item::Certificate(Uin::parse(&what).with_context(|| format!("`{what}`"))?),
    };
    let sha256 = store::restore(parts.ledger.as_ref(), parts.vault.as_ref(), &parts.render, item).await?;
    let act = Act {
        actor: "operator:local".into(),
        act: "document.restore".into(),
        subject: item.to_string(),
        detail: sha256.clone(),
    };
    parts.ledger.audit(act).await?;
    match json {
        true => {
            let name = if matches!(item, Item::Certificate(_)) { "uin" } else { "document" };
            say!("{}", json!({name: item.to_string(), "sha256": sha256, "object": object_name(&sha256)}));
        }
        false => {
            let name = if let Item::Certificate(uin) = item { uin.grouped() } else { item.to_string() };
            say!("{name} is in its place again, byte for byte: {}", object_name(&sha256));
        }
    }
    Ok(GOOD)
}
