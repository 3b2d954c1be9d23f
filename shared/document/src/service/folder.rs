//! The files of one service folder, read and checked for form.

use super::{FactKind, days::DayOrder};
use mohor_domain::catalogue::{Name, Output};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// A decisive fact in the QR code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrFact {
    /// JSON Pointer into the approval's data.
    pub pointer: String,
    /// Its name for a reader, English.
    pub label_en: String,
    /// Its name for a reader, Bengali.
    pub label_bn: String,
    /// What kind of value it is.
    pub kind: FactKind,
}

/// How much of a fact the public page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// As it is.
    Full,
    /// First letters of a name.
    Name,
    /// The year of a date.
    Year,
    /// The last four characters.
    Last4,
    /// Not at all.
    Hidden,
}

/// A fact on the public page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskRule {
    /// JSON Pointer into the approval's data.
    pub pointer: String,
    /// Its name for a reader, English.
    pub label_en: String,
    /// Its name for a reader, Bengali.
    pub label_bn: String,
    /// How much of it.
    pub show: Show,
}

/// What is wrong with a service folder: the file, the field, the rule, the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which file.
    pub file: String,
    /// Which field in it; empty for the whole.
    pub field: String,
    /// The rule that is broken.
    pub rule: String,
    /// What to do.
    pub next: String,
}

impl Fault {
    pub(super) fn new(file: &str, field: &str, rule: &str, next: &str) -> Self {
        Self { file: file.into(), field: field.into(), rule: rule.into(), next: next.into() }
    }

    pub(super) fn below(mut self, folder: &str) -> Self {
        self.file = format!("{folder}/{}", self.file);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { String::new() } else { format!(" {}:", self.field) };
        write!(f, "{}:{field} {}; {}", self.file, self.rule, self.next)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toml {
    /// Key of the notified service whose time limit holds: `<DEPT>/<service>` of `services.csv`.
    limits: String,
    number: u32,
    name_en: String,
    name_bn: String,
    output: Output,
    holder: String,
    #[serde(default)]
    qr_facts: Vec<QrFact>,
    #[serde(default)]
    mask: Vec<MaskRule>,
    #[serde(default)]
    order: Vec<DayOrder>,
}

/// A folder whose files have their form.
pub(super) struct Folder {
    pub(super) limits: String,
    pub(super) number: u32,
    pub(super) name: Name,
    pub(super) output: Output,
    pub(super) holder: String,
    pub(super) qr_facts: Vec<QrFact>,
    pub(super) mask: Vec<MaskRule>,
    pub(super) order: Vec<DayOrder>,
    pub(super) fields: Arc<Value>,
    pub(super) example: Arc<Value>,
    pub(super) template: Vec<u8>,
}

const FILES: [&str; 4] = ["service.toml", "fields.schema.json", "certificate.typ", "example.json"];

impl Folder {
    pub(super) fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<Fault>> {
        let mut faults: Vec<Fault> = FILES
            .iter()
            .filter(|name| !files.contains_key(**name))
            .map(|name| Fault::new(name, "", "the file is missing", "take that of another service as a start"))
            .collect();
        for name in files.keys().filter(|name| !FILES.contains(&name.as_str())) {
            faults.push(Fault::new(name, "", "a service folder has four files and no others", "remove it"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let bytes = |name: &str| files.get(name).map(Vec::as_slice).unwrap_or_default();
        let toml = std::str::from_utf8(bytes("service.toml"))
            .map_err(|error| error.to_string())
            .and_then(|text| toml::from_str::<Toml>(text).map_err(|error| error.to_string()));
        let json = |name: &str| serde_json::from_slice::<Value>(bytes(name)).map_err(|error| (name.to_owned(), error));
        let (fields, example) = (json("fields.schema.json"), json("example.json"));
        for (name, error) in [&fields, &example].into_iter().filter_map(|result| result.as_ref().err()) {
            faults.push(Fault::new(name, "", &error.to_string(), "correct the JSON"));
        }
        let toml = toml.map_err(|error| faults.push(Fault::new("service.toml", "", error.trim(), "correct the key")));
        if let Ok(toml) = &toml {
            faults.extend(rules(toml));
        }
        match (toml, fields, example) {
            (Ok(toml), Ok(fields), Ok(example)) if faults.is_empty() => Ok(Self {
                limits: toml.limits,
                number: toml.number,
                name: Name { en: toml.name_en, bn: toml.name_bn },
                output: toml.output,
                holder: toml.holder,
                qr_facts: toml.qr_facts,
                mask: toml.mask,
                order: toml.order,
                fields: Arc::new(fields),
                example: Arc::new(example),
                template: bytes("certificate.typ").to_vec(),
            }),
            _ => Err(faults),
        }
    }
}

fn rules(toml: &Toml) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, rule: &str, next: &str| faults.push(Fault::new("service.toml", field, rule, next));
    if toml.output == Output::None {
        fault(
            "output",
            "a service folder is for a service that ends in a document",
            "say certificate, licence or copy",
        );
    }
    if toml.name_en.trim().is_empty() || toml.name_bn.trim().is_empty() {
        fault("name_en, name_bn", "a service has a name in both languages", "write both");
    }
    if toml.qr_facts.len() > 4 {
        fault("qr_facts", "the QR code has room for four facts", "keep the decisive ones");
    }
    let pointers = toml.qr_facts.iter().map(|fact| &fact.pointer).chain(toml.mask.iter().map(|rule| &rule.pointer));
    for pointer in pointers.chain([&toml.holder]) {
        if !pointer.starts_with("/certificate/") && !pointer.starts_with("/applicant/name") {
            fault(
                "pointer",
                &format!("`{pointer}` points outside /certificate and /applicant/name"),
                "name a field that is certified",
            );
        }
    }
    faults
}
