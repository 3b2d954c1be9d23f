//! `mohor keys`: what keys there are, and a department's key made or registered.

mod amqp;

use crate::{
    cli::{GOOD, KeysAction},
    config::Config,
    wire::Parts,
};
use anyhow::{Context, Result, bail};
use mohor_ports::ledger::{Act, DepartmentKey};
use mohor_runtime::department;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Lists, makes or registers.
pub async fn run(parts: Parts, action: Option<KeysAction>, json: bool) -> Result<u8> {
    match action {
        None => list(&parts, json).await,
        Some(KeysAction::Demo) => {
            let mut config = parts.config.clone();
            config.generate_demo_keys = true;
            let parts = Parts { config, ..parts };
            let signer = parts.signer().await?;
            parts.publish_keys(signer.as_ref()).await?;
            list(&parts, json).await
        }
        Some(KeysAction::Department { department, amqp: Some(name), services, offices, .. }) => {
            amqp::register(&parts, department, name, services, offices, json).await
        }
        Some(KeysAction::Department { department, public, out, .. }) => {
            register(&parts, department, public, out, json).await
        }
    }
}

async fn list(parts: &Parts, json: bool) -> Result<u8> {
    let (credential, seals) = (parts.ledger.credential_keys().await?, parts.ledger.seal_certificates().await?);
    let departments = parts.ledger.department_keys().await?;
    if json {
        let of = |key: &DepartmentKey| json!({"kid": key.kid, "department": key.department, "added_at": key.added_at, "withdrawn_at": key.withdrawn_at});
        let seals: Vec<&String> = seals.iter().map(|(fingerprint, _)| fingerprint).collect();
        say!(
            "{}",
            json!({"credential": credential, "seal": seals, "departments": departments.iter().map(of).collect::<Vec<_>>()})
        );
        return Ok(GOOD);
    }
    for key in &credential {
        say!("credential  {}  since {}", key.kid, key.valid_from.rfc3339());
    }
    for (fingerprint, _) in &seals {
        say!("seal        {fingerprint}");
    }
    for key in &departments {
        say!("department  {}  {}  since {}", key.department, key.kid, key.added_at.rfc3339());
    }
    if credential.is_empty() {
        say!("no keys yet: `mohor keys demo` makes demo keys in {}", Config::path(&parts.config.signer).display());
    }
    Ok(GOOD)
}

async fn register(
    parts: &Parts,
    department: String,
    public: Option<PathBuf>,
    out: Option<PathBuf>,
    json: bool,
) -> Result<u8> {
    if !parts.catalogue.departments.contains_key(&department) {
        bail!("no department has the code `{department}`; it is three capital letters, e.g. BCW");
    }
    let (public_bytes, private) = match public {
        Some(file) => (read_public(&file)?, None),
        None => {
            let mut seed = [0; 32];
            parts.entropy.fill(&mut seed)?;
            let file = out.unwrap_or_else(|| format!("{}.key.pem", department.to_lowercase()).into());
            let (pem, public) = department::key_pair(&seed).map_err(anyhow::Error::msg)?;
            write_private(&file, pem.as_bytes())?;
            (public, Some(file))
        }
    };
    let key = DepartmentKey {
        kid: department::kid(&public_bytes),
        department: department.clone(),
        public: hex::encode(public_bytes),
        added_at: parts.ledger.now().await?,
        withdrawn_at: None,
    };
    parts.ledger.add_department_key(key.clone()).await?;
    let act = Act {
        actor: "operator:local".into(),
        act: "department_key.add".into(),
        subject: key.kid.clone(),
        detail: department.clone(),
    };
    parts.ledger.audit(act).await?;
    match json {
        true => say!(
            "{}",
            json!({"department": department, "kid": key.kid, "private_key": private.map(|file| file.display().to_string())})
        ),
        false => {
            say!("department {department} signs with key {}", key.kid);
            if let Some(file) = private {
                say!(
                    "its private key is {}: hand it to the department by a safe way and remove it here",
                    file.display()
                );
            }
        }
    }
    Ok(GOOD)
}

fn read_public(file: &Path) -> Result<[u8; 32]> {
    let text = crate::file::text(file)?;
    department::read_public(&text)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("{} holds no Ed25519 public key in PEM", file.display()))
}

/// Readable by its owner only, and never over an existing file.
fn write_private(file: &Path, bytes: &[u8]) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    let mut handle =
        options.write(true).create_new(true).mode(0o600).open(file).with_context(|| {
            format!("cannot make {}; a key is never written over a file that is there", file.display())
        })?;
    handle.write_all(bytes)?;
    Ok(handle.sync_all()?)
}
