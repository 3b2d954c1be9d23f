//! What is wrong with a department's service folder, and how its example looks.

use super::{
    DayOrder, FactKind, Fault, Service, Services, Show,
    days::TIMES,
    fields::{Place, bare},
    folder::Folder,
    sample::sample_qr,
};
use crate::render::Renderer;
use jsonschema::{Draft, Validator};
use mohor_domain::catalogue::{Name, Output};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Every fault of a folder's files; none when it is ready to be used.
pub fn check(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Vec<Fault> {
    match preview(files, base) {
        Ok(_) => Folder::read(files).map_or_else(|faults| faults, |folder| without_what_may_be_left_out(&folder, base)),
        Err(faults) => faults,
    }
}

/// The example as a PDF that says SPECIMEN, or what is wrong.
pub fn preview(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Result<Vec<u8>, Vec<Fault>> {
    let folder = Folder::read(files)?;
    let mut faults = pointers(&folder);
    faults.extend(days(&folder));
    faults.extend(example(&folder));
    faults.extend(catalogue(&folder, base));
    if !faults.is_empty() {
        return Err(faults);
    }
    render(&folder, &folder.example, base)
        .map_err(|words| vec![Fault::new("certificate.typ", "", &words, "correct the template")])
}

/// The page is made too where the department leaves out whatever it may leave out.
fn without_what_may_be_left_out(folder: &Folder, base: &Services) -> Vec<Fault> {
    let mut data = folder.example.as_ref().clone();
    data["certificate"] = bare(&data["certificate"], &Place::root(&folder.fields));
    let rule = |words: String| format!("without the fields that are not `required`: {words}");
    let next = "print such a field by f.at(\"name\", default: none): a row without a value is left out";
    let made = render(folder, &data, base).err();
    made.map(|words| Fault::new("certificate.typ", "", &rule(words), next)).into_iter().collect()
}

/// What is said to be a day is declared as one, and the example keeps the order of its days.
fn days(folder: &Folder) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, rule: &str, next: &str| faults.push(Fault::new("service.toml", field, rule, next));
    let place = |pointer: &str| pointer.strip_prefix("/certificate").map(|below| Place::root(&folder.fields).at(below));
    let declared = |pointer: &str| place(pointer).is_some_and(|place| place.is_day());
    let facts =
        folder.qr_facts.iter().filter(|fact| fact.kind == FactKind::Date).map(|fact| ("qr_facts", &fact.pointer));
    let masks = folder.mask.iter().filter(|rule| rule.show == Show::Year).map(|rule| ("mask", &rule.pointer));
    for (field, pointer) in facts.chain(masks).filter(|(_, pointer)| !declared(pointer)) {
        let rule = format!("`{pointer}` is no day by fields.schema.json");
        fault(field, &rule, "declare it there with `format: date`, or show it otherwise");
    }
    for DayOrder { earlier, later } in &folder.order {
        let known = |pointer: &str| {
            TIMES.contains(&pointer) || place(pointer).is_some_and(|place| place.is_day() || place.is_integer())
        };
        if let Some(pointer) = [earlier, later].into_iter().find(|pointer| !known(pointer)) {
            let rule = format!("`{pointer}` is neither a day or year of fields.schema.json nor {}", TIMES.join(" or "));
            fault("order", &rule, "point at a field with `format: date`, or at the whole number of a year");
        }
        if earlier == later {
            fault("order", &format!("`{earlier}` is compared with itself"), "name two days");
        }
    }
    for refusal in folder.order.iter().filter_map(|order| order.broken_by(&folder.example)) {
        let field = refusal.pointer.trim_start_matches("/data");
        faults.push(Fault::new("example.json", field, &refusal.reason_en, "let the example keep `order`"));
    }
    faults
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
    if let Some(field) = optional(folder, &folder.holder) {
        let rule = format!("`{field}` may be left out by fields.schema.json, and every certificate has a holder");
        faults.push(Fault::new("service.toml", "holder", &rule, "make it `required`"));
    }
    if Name::at(data, &folder.holder).is_none() {
        faults.push(Fault::new("service.toml", "holder", "it points at a name {en, bn}", "point at the holder's name"));
    }
    faults
}

/// The first member on the way to a place among the fields that may be left out.
fn optional<'p>(folder: &Folder, pointer: &'p str) -> Option<&'p str> {
    let names = pointer.strip_prefix("/certificate/")?.split('/');
    let mut place = Place::root(&folder.fields);
    for name in names {
        if !place.requires(name) {
            return Some(name);
        }
        place = place.member(name);
    }
    None
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

fn render(folder: &Folder, data: &Value, base: &Services) -> Result<Vec<u8>, String> {
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
