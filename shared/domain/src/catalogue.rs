//! The catalogue: departments, districts, centres and notified services, read from `schemas/catalogue/`.

use crate::centres::{self, CentreList};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A name in English and Bengali.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// English.
    pub en: String,
    /// Bengali; falls back to English where the catalogue has none.
    pub bn: String,
}

impl Name {
    /// In both languages.
    pub fn new(en: impl Into<String>, bn: impl Into<String>) -> Self {
        Self { en: en.into(), bn: bn.into() }
    }

    /// What reads the same in both: a number, a code, words that somebody wrote.
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { bn: en.clone(), en }
    }

    /// The name `{en, bn}` at a JSON Pointer; English stands in for Bengali that is not there.
    pub fn at(data: &serde_json::Value, pointer: &str) -> Option<Self> {
        let value = data.pointer(pointer)?;
        let en = value["en"].as_str()?.to_owned();
        Some(Self { bn: value["bn"].as_str().unwrap_or(&en).to_owned(), en })
    }

    /// A department as it signs: offices among the departments are not called departments.
    pub fn of_department(&self) -> Self {
        let office = self.bn.ends_with("দপ্তর") || self.bn.ends_with("কার্যালয়") || self.bn.ends_with("কার্যালয়");
        Self {
            en: if self.en.ends_with("Office") { self.en.clone() } else { format!("{} Department", self.en) },
            bn: if office { self.bn.clone() } else { format!("{} বিভাগ", self.bn) },
        }
    }
}

/// What an application for a service ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A certificate.
    Certificate,
    /// A licence, permit or registration.
    Licence,
    /// A certified copy.
    Copy,
    /// No document: the service has a clock only.
    None,
}

/// A row of the notified services, as far as issuing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow {
    /// Letters of the department.
    pub department: String,
    /// The service's slug.
    pub service: String,
    /// Its name.
    pub name: Name,
    /// What it ends in.
    pub output: Output,
    /// Its number in the credential, for ever.
    pub number: u32,
}

/// A village service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bsk {
    /// The State's own `bsk_code`.
    pub code: String,
    /// Letters of its district.
    pub district: String,
    /// Its name.
    pub name: String,
}

/// Everything that an event may refer to.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// By three-letter code.
    pub departments: BTreeMap<String, Name>,
    /// By three-letter code.
    pub districts: BTreeMap<String, Name>,
    /// By department and slug.
    pub services: BTreeMap<(String, String), ServiceRow>,
    /// By code.
    pub bsks: BTreeMap<String, Bsk>,
    /// What the list of centres calls itself.
    pub list: String,
}

/// What is wrong with a catalogue file.
#[derive(Debug, thiserror::Error)]
#[error("schemas/catalogue/{file}{}: {words}", if *.record == 0 { String::new() } else { format!(", record {}", .record) })]
pub struct CatalogueError {
    /// The file's name.
    pub file: &'static str,
    /// The record, from 1; 0 where the words say where it is.
    pub record: usize,
    /// What is wrong.
    pub words: String,
}

#[derive(Deserialize)]
struct NamedRow {
    code: String,
    name_en: String,
    #[serde(default)]
    name_bn: String,
}

#[derive(Deserialize)]
struct ServiceCsv {
    department: String,
    service: String,
    name_en: String,
    #[serde(default)]
    name_bn: String,
    output: Output,
    number: u32,
}

impl Catalogue {
    /// Reads the four files. `file` gives the bytes of `departments.csv`, `districts.csv`, `services.csv`, `bsks.csv`.
    pub fn read<'a>(file: impl Fn(&'static str) -> Option<&'a [u8]>) -> Result<Self, CatalogueError> {
        let bytes =
            |name| file(name).ok_or(CatalogueError { file: name, record: 0, words: "the file is missing".into() });
        let mut catalogue = Self::default();
        for row in rows::<NamedRow>("departments.csv", bytes("departments.csv")?)? {
            catalogue.departments.insert(row.code, name(row.name_en, row.name_bn));
        }
        for row in rows::<NamedRow>("districts.csv", bytes("districts.csv")?)? {
            catalogue.districts.insert(row.code, name(row.name_en, row.name_bn));
        }
        let centres = centres::read(bytes("bsks.csv")?, &catalogue.districts).map_err(|faults| {
            let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
            CatalogueError { file: "bsks.csv", record: 0, words: words.join("\n") }
        })?;
        let mut catalogue = catalogue.with_centres(centres.list);
        for (place, row) in rows::<ServiceCsv>("services.csv", bytes("services.csv")?)?.into_iter().enumerate() {
            let wrong = |words| CatalogueError { file: "services.csv", record: place + 1, words };
            if !catalogue.departments.contains_key(&row.department) {
                return Err(wrong(format!("department `{}` is not in departments.csv", row.department)));
            }
            let key = (row.department.clone(), row.service.clone());
            let service = ServiceRow {
                department: row.department,
                service: row.service,
                name: name(row.name_en, row.name_bn),
                output: row.output,
                number: row.number,
            };
            if catalogue.services.insert(key, service).is_some() {
                return Err(wrong("the same department and service twice".into()));
            }
        }
        Ok(catalogue)
    }

    /// The same with other centres.
    #[must_use]
    pub fn with_centres(self, list: CentreList) -> Self {
        Self { bsks: list.centres, list: list.name, ..self }
    }

    /// Whether the centres are made up, until the State's own list takes their place.
    pub fn centres_are_made_up(&self) -> bool {
        centres::is_specimen(&self.list)
    }

    /// The row of a service.
    pub fn service(&self, department: &str, service: &str) -> Option<&ServiceRow> {
        self.services.get(&(department.to_owned(), service.to_owned()))
    }
}

fn name(en: String, bn: String) -> Name {
    let bn = if bn.trim().is_empty() { en.clone() } else { bn };
    Name { en, bn }
}

pub(crate) fn rows<T: for<'de> Deserialize<'de>>(file: &'static str, bytes: &[u8]) -> Result<Vec<T>, CatalogueError> {
    csv::Reader::from_reader(bytes)
        .deserialize()
        .enumerate()
        .map(|(place, row)| row.map_err(|e| CatalogueError { file, record: place + 1, words: e.to_string() }))
        .collect()
}
