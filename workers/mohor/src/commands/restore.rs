//! `mohor restore`: a lost document is made again from plan and recorded seal, without any key.

use crate::{cli::GOOD, wire::Parts};
use anyhow::{Context, Result};
use mohor_domain::uin::Uin;
use mohor_pipeline::store;
use mohor_ports::{ledger::Act, vault::object_name};
use serde_json::json;

/// Makes it and puts it back; the digest has to be the recorded one.
pub async fn run(parts: Parts, uin: String, json: bool) -> Result<u8> {
    let uin = Uin::parse(&uin).with_context(|| format!("`{uin}`"))?;
    let sha256 = store::restore(parts.ledger.as_ref(), parts.vault.as_ref(), &parts.render, uin).await?;
    let act = Act {
        actor: "operator:local".into(),
        act: "document.restore".into(),
        subject: uin.to_string(),
        detail: sha256.clone(),
    };
    parts.ledger.audit(act).await?;
    match json {
        true => println!("{}", json!({"uin": uin, "sha256": sha256, "object": object_name(&sha256)})),
        false => println!("{} is in its place again, byte for byte: {}", uin.grouped(), object_name(&sha256)),
    }
    Ok(GOOD)
}
