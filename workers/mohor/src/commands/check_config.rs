//! `mohor check-config`: the configuration is read, every dependency tried and named.

use crate::{
    cli::{GOOD, NO},
    commands::centres,
    config::Config,
    wire::{Absent, Parts, adapters},
};
use anyhow::Result;
use mohor_ports::error::Error;
use serde_json::json;

/// Prints a line per dependency; exit code 1 when one fails.
pub async fn run(config: impl FnOnce() -> Result<Config>, defaults: bool, json: bool) -> Result<u8> {
    if defaults {
        say!("{}", toml::to_string(&Config::default())?.trim_end());
        return Ok(GOOD);
    }
    // Nothing is made: what a first start makes is said.
    let config = config()?;
    let there = adapters::there(&config);
    let parts = Parts::open_where(config, &[], Absent::Empty).await?;
    let kept = |there: bool, words: Result<String, Error>| match there {
        true => words.map_err(|error| error.to_string()),
        false => Ok("none yet: the first start makes it".into()),
    };
    let mut tried = vec![
        ("ledger", kept(there, parts.ledger.probe().await)),
        ("bus", kept(there, parts.bus.probe().await)),
        (
            "vault",
            match adapters::vault_there(&parts.config, &parts.entropy) {
                Ok(Some(vault)) => vault.probe().await.map_err(|error| error.to_string()),
                Ok(None) => Ok("none yet: the first start makes it".into()),
                Err(error) => Err(format!("{error:#}")),
            },
        ),
        (
            "signer",
            match parts.signer_there() {
                Ok(Some(signer)) => Ok(format!(
                    "credential key {}, seal {}",
                    signer.credential_key().kid,
                    signer.seal_key().algorithm.as_str()
                )),
                Ok(None) => Ok("none yet: the first start makes demo keys".into()),
                Err(error) => Err(format!("{error:#}")),
            },
        ),
        ("files", parts.config.open_to_others().map_or(Ok("closed to others".into()), Err)),
        ("schemas", Ok(format!("{} services end in a document", parts.services.all().count()))),
        ("centres", Ok(centres::words(&parts.catalogue, parts.loaded.as_ref()))),
    ];
    if parts.config.oidc.is_on() {
        let probed = match adapters::identity(&parts.config, &parts.entropy) {
            Ok(Some(identity)) => identity.probe().await.map_err(|error| error.to_string()),
            Ok(None) => Err("it is not set".into()),
            Err(error) => Err(format!("{error:#}")),
        };
        tried.push(("oidc", probed));
    }
    let good = tried.iter().all(|(_, result)| result.is_ok());
    if json {
        let lines = tried.iter().map(|(name, result)| match result {
            Ok(words) => json!({"dependency": name, "ok": true, "words": words}),
            Err(words) => json!({"dependency": name, "ok": false, "words": words}),
        });
        let centres = centres::object(&parts.catalogue, parts.loaded.as_ref());
        say!("{}", json!({"ok": good, "dependencies": lines.collect::<Vec<_>>(), "centres": centres}));
    } else {
        for (name, result) in &tried {
            match result {
                Ok(words) => say!("{name:<8} well   {words}"),
                Err(words) => say!("{name:<8} FAILS  {words}"),
            }
        }
    }
    Ok(if good { GOOD } else { NO })
}
