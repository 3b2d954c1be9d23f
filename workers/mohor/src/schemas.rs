//! The tree of schemas: built into the program, or a folder that stands in for it.

use crate::{config::Sla, file};
use anyhow::{Context, Result, bail};
use mohor_document::{paper::Papers, service::Services};
use mohor_domain::{calendar::Calendar, catalogue::Catalogue, rules::Rules};
use std::{collections::BTreeMap, path::Path};

/// Files by their path below `schemas/`.
pub struct Schemas(BTreeMap<String, Vec<u8>>);

impl Schemas {
    /// The built-in tree, or the files of a folder.
    pub fn open(folder: &str) -> Result<Self> {
        if folder.is_empty() {
            let files = mohor_schemas::FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
            return Ok(Self(files.collect()));
        }
        let root = Path::new(folder);
        if !root.join("services").is_dir() {
            bail!("configuration: `schemas` names {folder}, which has no folder `services`");
        }
        let mut files = BTreeMap::new();
        walk(root, root, &mut files)?;
        Ok(Self(files))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// The event schemas: (file name, bytes).
    pub fn events(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("events/")?, bytes.as_slice())))
    }

    /// The catalogue.
    pub fn catalogue(&self) -> Result<Catalogue> {
        Ok(Catalogue::read(|name| self.get(&format!("catalogue/{name}")))?)
    }

    /// Limits, calendar and ladder.
    pub fn rules(&self, services: &Services, sla: &Sla, office_opens: u16) -> Result<Rules> {
        let file = |name: &str| {
            self.get(&format!("catalogue/{name}")).with_context(|| format!("schemas/catalogue/{name} is missing"))
        };
        let mut calendar = Calendar::read(file("holidays.csv")?)?;
        calendar.policy.saturday_works = sla.saturday_works;
        sla.settled_years.iter().for_each(|year| calendar.settle(*year));
        let mut rules = Rules::read(file("limits.csv")?, calendar, sla.ladder(office_opens)?)?;
        (rules.terms, rules.practice) = (sla.terms(), sla.practice());
        for service in services.all() {
            rules.alias(&service.department, &service.service, service.limits.clone());
        }
        Ok(rules)
    }

    /// The templates of documents other than certificates.
    pub fn papers(&self) -> Result<Papers> {
        let files =
            self.0.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("documents/")?, bytes.as_slice())));
        let files = files.filter(|(path, _)| *path != "README.md");
        Papers::load(files).map_err(|faults| anyhow::anyhow!("templates have faults:\n{}", faults.join("\n")))
    }

    /// The service folders.
    pub fn services(&self, catalogue: &Catalogue) -> Result<Services> {
        let files = self.0.iter().filter_map(|(path, bytes)| Some((path.strip_prefix("services/")?, bytes.as_slice())));
        Services::load(files, catalogue).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("service folders have faults:\n{}", lines.join("\n"))
        })
    }
}

/// Reads a folder of text files: at most 1 MiB each, at most 16 levels.
pub fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            if relative.matches('/').count() > 16 {
                bail!("{} nests too deep", path.display());
            }
            walk(root, &path, files)?;
        } else if path.metadata()?.len() > 1 << 20 {
            bail!("{} is larger than 1 MiB", path.display());
        } else {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(relative, file::plain(bytes, &path)?);
        }
    }
    Ok(())
}
