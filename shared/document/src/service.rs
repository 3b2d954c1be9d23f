//! Services: a folder each. Adding a service is adding a folder under `schemas/services/`; no program changes.
//!
//! A folder holds `service.toml`, `fields.schema.json`, `certificate.typ` and `example.json`. `base.typ` is shared, and
//! the folder `generic` serves every other notified service that ends in a document.

mod check;
mod days;
pub(crate) mod fields;
mod folder;
mod sample;

pub use check::{check, preview};
pub use days::DayOrder;
pub use folder::{Fault, MaskRule, QrFact, Show};
pub use sample::sample_qr;

use crate::render::font_refs;
use fields::Place;
use folder::Folder;
use mohor_domain::{
    catalogue::{Catalogue, Name, Output, ServiceRow},
    civil,
    plan::AssetRef,
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// What kind of value a decisive fact has in the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A civil day.
    Date,
}

impl FactKind {
    /// Whether a value is of this kind.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.is_i64(),
            Self::Date => value.as_str().and_then(civil::parse_date).is_some(),
        }
    }
}

/// A service that ends in a document.
#[derive(Debug, Clone)]
pub struct Service {
    /// Letters of the department.
    pub department: String,
    /// The slug.
    pub service: String,
    /// Its number in the credential, for ever.
    pub number: u32,
    /// Its name.
    pub name: Name,
    /// What it ends in.
    pub output: Output,
    /// Department and slug of the notified service whose limits hold.
    pub limits: (String, String),
    /// It has a folder of its own; otherwise the folder `generic` serves it.
    pub own: bool,
    /// JSON Pointer into the approval's data: the name of whom the certificate is about.
    pub holder: String,
    /// The decisive facts in the QR code, at most four.
    pub qr_facts: Vec<QrFact>,
    /// What a verifier sees, and how much of it.
    pub mask: Vec<MaskRule>,
    /// Which days do not lie after which others.
    pub order: Vec<DayOrder>,
    /// JSON Schema of `data.certificate`.
    pub fields: Arc<Value>,
    /// An approval's data, as an example.
    pub example: Arc<Value>,
    files: Arc<Vec<AssetRef>>,
}

impl Service {
    /// A folder's service, and its template files by digest.
    fn of(department: &str, service: &str, folder: &Folder, base: &[u8]) -> (Self, [(String, Vec<u8>); 2]) {
        let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        let (shared, own) = (digest(base), digest(&folder.template));
        let service = Self {
            department: department.into(),
            service: service.into(),
            number: folder.number,
            name: folder.name.clone(),
            output: folder.output,
            limits: folder.limits.split_once('/').map(|(d, s)| (d.into(), s.into())).unwrap_or_default(),
            own: true,
            holder: folder.holder.clone(),
            qr_facts: folder.qr_facts.clone(),
            mask: folder.mask.clone(),
            order: folder.order.clone(),
            fields: folder.fields.clone(),
            example: folder.example.clone(),
            files: Arc::new(vec![
                AssetRef { name: "/base.typ".into(), sha256: shared.clone() },
                AssetRef { name: "/certificate.typ".into(), sha256: own.clone() },
            ]),
        };
        (service, [(shared, base.to_vec()), (own, folder.template.clone())])
    }

    /// The files that rendering needs, as a plan names them: templates and fonts.
    pub fn assets(&self) -> Vec<AssetRef> {
        self.files.iter().cloned().chain(font_refs()).collect()
    }

    /// Whether the schema declares that a civil day stands where a JSON Pointer into the approval's data leads.
    pub fn is_day(&self, pointer: &str) -> bool {
        pointer.strip_prefix("/certificate").is_some_and(|below| Place::root(&self.fields).at(below).is_day())
    }

    /// The template's main file among them.
    pub fn template(&self) -> String {
        "/certificate.typ".into()
    }
}

/// All services that end in a document.
pub struct Services {
    services: BTreeMap<(String, String), Service>,
    templates: BTreeMap<String, Vec<u8>>,
    base: Vec<u8>,
    names: Catalogue,
}

impl Services {
    /// Reads the tree below `services/`: (path, bytes). Every fault of every folder is named.
    pub fn load<'a>(
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
        catalogue: &Catalogue,
    ) -> Result<Self, Vec<Fault>> {
        let mut folders: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        let mut base = None;
        for (path, bytes) in files {
            match path.rsplit_once('/') {
                None if path == "base.typ" => base = Some(bytes.to_vec()),
                None => (),
                Some((folder, file)) => {
                    folders.entry(folder.into()).or_default().insert(file.into(), bytes.to_vec());
                }
            }
        }
        let base = base.ok_or_else(|| vec![Fault::new("base.typ", "", "the file is missing", "put it back")])?;
        // The centres, thousands of them, are of no use here.
        let names = Catalogue {
            departments: catalogue.departments.clone(),
            districts: catalogue.districts.clone(),
            services: catalogue.services.clone(),
            ..Catalogue::default()
        };
        let mut all = Self { services: BTreeMap::new(), templates: BTreeMap::new(), base, names };
        let generic = folders.remove("generic").unwrap_or_default();
        let mut faults = Vec::new();
        for (path, files) in &folders {
            let Some((department, service)) = path.split_once('/').filter(|(_, service)| !service.contains('/')) else {
                faults.push(Fault::new(path, "", "a service folder is <DEPT>/<service>", "move it"));
                continue;
            };
            match Folder::read(files) {
                Ok(folder) => all.add(department, service, &folder, None),
                Err(found) => faults.extend(found.into_iter().map(|fault| fault.below(path))),
            }
        }
        match Folder::read(&generic) {
            Ok(folder) => {
                for row in catalogue.services.values().filter(|row| row.output != Output::None) {
                    if all.find(&row.department, &row.service).is_none() {
                        all.add(&row.department, &row.service, &folder, Some(row));
                    }
                }
            }
            Err(found) => faults.extend(found.into_iter().map(|fault| fault.below("generic"))),
        }
        faults.extend(all.clashes());
        if faults.is_empty() { Ok(all) } else { Err(faults) }
    }

    fn add(&mut self, department: &str, service: &str, folder: &Folder, row: Option<&ServiceRow>) {
        let (mut service, files) = Service::of(department, service, folder, &self.base);
        if let Some(row) = row {
            (service.number, service.name, service.output) = (row.number, row.name.clone(), row.output);
            service.limits = (row.department.clone(), row.service.clone());
            service.own = false;
        }
        self.templates.extend(files);
        self.services.insert((service.department.clone(), service.service.clone()), service);
    }

    /// Two services of one department under one number: a credential could not tell them apart.
    fn clashes(&self) -> Vec<Fault> {
        let mut seen: BTreeMap<(&str, u32), &str> = BTreeMap::new();
        let mut faults = Vec::new();
        for service in self.services.values() {
            if let Some(other) = seen.insert((&service.department, service.number), &service.service) {
                let folder = format!("{}/{}", service.department, service.service);
                let rule = format!("number {} belongs to {other} already", service.number);
                faults.push(Fault::new("service.toml", "number", &rule, "take a number of its own").below(&folder));
            }
        }
        faults
    }

    /// A service that ends in a document.
    pub fn find(&self, department: &str, service: &str) -> Option<&Service> {
        self.services.get(&(department.to_owned(), service.to_owned()))
    }

    /// All of them, by department and slug.
    pub fn all(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }

    /// Every template file by digest, to be kept in the ledger.
    pub fn asset_bytes(&self) -> Vec<(String, Vec<u8>)> {
        self.templates.iter().map(|(sha256, bytes)| (sha256.clone(), bytes.clone())).collect()
    }
}
