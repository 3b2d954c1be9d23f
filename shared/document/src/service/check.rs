//! What is wrong with a department's service folder, and how its example looks.

use super::{Fault, Service, Services, folder::Folder, sample::sample_qr};
use crate::render::Renderer;
use jsonschema::{Draft, Validator};
use mohor_domain::catalogue::{Name, Output};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Every fault of a folder's files; none when it is ready to be used.
pub fn check(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Vec<Fault> {
    preview(files, base).err().unwrap_or_default()
}

/// The example as a PDF that says SPECIMEN, or what is wrong.
pub fn preview(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Result<Vec<u8>, Vec<Fault>> {
    let folder = Folder::read(files)?;
    let mut faults = pointers(&folder);
    faults.extend(example(&folder));
    faults.extend(catalogue(&folder, base));
    if !faults.is_empty() {
        return Err(faults);
    }
    render(&folder, base).map_err(|words| vec![Fault::new("certificate.typ", "", &words, "correct the template")])
}

/// Every pointer meets something in the example, and what it meets is of the right kind.
fn pointers(folder: &Folder) -> Vec<Fault> {
    let data = folder.example.as_ref();
    let mut faults = Vec::new();
    let facts = folder.qr_facts.iter().map(|fact| ("qr_facts", &fact.pointer));
    let masks = folder.mask.iter().map(|rule| ("mask", &rule.pointer));
    for (field, pointer) in facts.chain(masks).chain([("holder", &folder.holder)]) {
        if data.pointer(pointer).is_none() {
            let rule = format!("`{pointer}` points at nothing in example.json");
            faults.push(Fault::new("service.toml", field, &rule, "correct the pointer or complete the example"));
        }
    }
    for fact in &folder.qr_facts {
        if data.pointer(&fact.pointer).is_some_and(|value| !fact.kind.holds(value)) {
            let rule = format!("`{}` is not of the kind that `kind` says", fact.pointer);
            faults.push(Fault::new("service.toml", "qr_facts", &rule, "point at one text, whole number or date"));
        }
    }
    if Name::at(data, &folder.holder).is_none() {
        faults.push(Fault::new("service.toml", "holder", "it points at a name {en, bn}", "point at the holder's name"));
    }
    faults
}

/// The schema is one, it is closed, and the example keeps it.
fn example(folder: &Folder) -> Vec<Fault> {
    let mut faults = Vec::new();
    if folder.fields.get("additionalProperties") != Some(&Value::Bool(false)) {
        let rule = "`additionalProperties` is false: a field that nobody expects is a mistake";
        faults.push(Fault::new("fields.schema.json", "additionalProperties", rule, "add it"));
    }
    match validator(&folder.fields) {
        Err(words) => {
            faults.push(Fault::new("fields.schema.json", "", &words, "correct the schema (JSON Schema 2020-12)"));
        }
        Ok(validator) => faults.extend(validator.iter_errors(&folder.example["certificate"]).map(|error| {
            let field = format!("/certificate{}", error.instance_path().as_str());
            Fault::new("example.json", &field, &error.to_string(), "let example and schema agree")
        })),
    }
    faults
}

/// The folder agrees with the catalogue: its limit is a notified one, its number its own.
fn catalogue(folder: &Folder, base: &Services) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, rule: &str, next: &str| faults.push(Fault::new("service.toml", field, rule, next));
    let (department, service) = (text(&folder.example, "department"), text(&folder.example, "service"));
    let row = |department: &str, service: &str| base.names.service(department, service);
    if folder.limits.split_once('/').and_then(|(department, service)| row(department, service)).is_none() {
        let rule = format!("`{}` is no row of catalogue/services.csv", folder.limits);
        fault("limits", &rule, "write it <DEPT>/<service>, and append the row if it is not there");
    }
    match row(department, service) {
        Some(row) if row.output == Output::None => {
            fault(
                "output",
                "catalogue/services.csv says that it ends in no document",
                "correct the row or drop the folder",
            );
        }
        Some(row) if row.number != folder.number => {
            let rule = format!("catalogue/services.csv gives {department}/{service} number {}", row.number);
            fault("number", &rule, "take that number");
        }
        Some(_) => (),
        None => {
            let mut rows = base.names.services.values();
            if let Some(other) = rows.find(|row| row.number == folder.number) {
                let rule =
                    format!("number {} belongs to {}/{} already", folder.number, other.department, other.service);
                fault("number", &rule, "append a row to catalogue/services.csv and take its number");
            }
        }
    }
    faults
}

/// Compiles a field schema; formats are rules.
fn validator(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(schema).map_err(|error| error.to_string())
}

fn render(folder: &Folder, base: &Services) -> Result<Vec<u8>, String> {
    let data = folder.example.as_ref();
    let (service, files) = Service::of(text(data, "department"), text(data, "service"), folder, &base.base);
    let plan =
        base.sample_plan(&service, data).ok_or("the example has no holder, or no department of three letters")?;
    let qr = sample_qr().ok_or("no sample QR code")?;
    let give = |sha256: &str| files.iter().find(|(digest, _)| digest == sha256).map(|(_, bytes)| Arc::from(&bytes[..]));
    Renderer::new().render(&plan, &give, &qr).map_err(|error| error.to_string())
}

fn text<'d>(data: &'d Value, name: &str) -> &'d str {
    data[name].as_str().unwrap_or_default()
}
