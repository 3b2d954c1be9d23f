//! `mohor services`: what is wrong with a service folder, and how its example looks.

use crate::{
    cli::{GOOD, NO, ServicesAction},
    config::Config,
    say::shell,
    schemas::{Schemas, walk},
};
use anyhow::{Context, Result, bail};
use mohor_document::service::{self, Fault};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// Checks, previews or lists.
pub fn run(config: Config, action: ServicesAction, json: bool) -> Result<u8> {
    let schemas = Schemas::open(&config.schemas)?;
    let services = schemas.services(&schemas.catalogue()?)?;
    match action {
        ServicesAction::Check { dir } => Ok(report(&dir, &service::check(&folder(&dir)?, &services), json)),
        ServicesAction::Preview { dir, out } => match service::preview(&folder(&dir)?, &services) {
            Ok(pdf) => {
                std::fs::write(&out, &pdf).with_context(|| format!("cannot write {}", out.display()))?;
                match json {
                    true => say!("{}", json!({"preview": out.display().to_string(), "bytes": pdf.len()})),
                    false => say!(
                        "{} ({} KB); it says SPECIMEN and its QR code is a sample",
                        out.display(),
                        pdf.len() / 1024
                    ),
                }
                Ok(GOOD)
            }
            Err(faults) => Ok(report(&dir, &faults, json)),
        },
        ServicesAction::List => {
            for service in services.all() {
                match json {
                    true => say!(
                        "{}",
                        json!({"department": service.department, "service": service.service, "number": service.number, "name_en": service.name.en, "name_bn": service.name.bn})
                    ),
                    false => say!(
                        "{:>3}  {}/{:<36} {}",
                        service.number,
                        service.department,
                        service.service,
                        service.name.en
                    ),
                }
            }
            Ok(GOOD)
        }
    }
}

fn folder(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    if !dir.is_dir() {
        bail!(
            "{} is no folder; a service folder holds service.toml, fields.schema.json, certificate.typ, example.json",
            dir.display()
        );
    }
    let mut files = BTreeMap::new();
    walk(dir, dir, &mut files)?;
    Ok(files)
}

fn report(dir: &Path, faults: &[Fault], json: bool) -> u8 {
    if json {
        let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
        say!("{}", json!({"ok": faults.is_empty(), "faults": words}));
    } else if faults.is_empty() {
        say!("{}: nothing is wrong; `mohor services preview {}` shows it", dir.display(), shell(dir));
    } else {
        faults.iter().for_each(|fault| say!("{fault}"));
    }
    if faults.is_empty() { GOOD } else { NO }
}
