//! What is wrong with a department's service folder, and how its example looks.

use super::{Fault, Services, folder::Folder};
use crate::{
    qr::QrMatrix,
    render::{RENDERER_ID, Renderer, font_refs},
    view::{View, view},
};
use jsonschema::{Draft, Validator};
use mohor_domain::{
    catalogue::Name,
    civil::{self, Instant},
    plan::{AssetRef, DocumentKind, Plan, SealPlan, StatusIndex},
    uin::Uin,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// The number on every preview: no certificate has it, its random part is all zeros.
const SAMPLE_PAYLOADS: u64 = 64;

/// Every fault of a folder's files; none when it is ready to be used.
pub fn check(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Vec<Fault> {
    preview(files, base).err().unwrap_or_default()
}

/// The example as a PDF that says SPECIMEN, or what is wrong.
pub fn preview(files: &BTreeMap<String, Vec<u8>>, base: &Services) -> Result<Vec<u8>, Vec<Fault>> {
    let folder = Folder::read(files)?;
    let example = folder.example.as_ref();
    let mut faults = Vec::new();
    let known = |text: &str| text.split_once('/').filter(|(department, _)| department.len() == 3).is_some();
    if !known(&folder.limits) {
        faults.push(Fault::new("service.toml", "limits", "it names a row of services.csv as <DEPT>/<service>", "write it so"));
    }
    match validator(&folder.fields) {
        Err(words) => faults.push(Fault::new("fields.schema.json", "", &words, "correct the schema (JSON Schema 2020-12)")),
        Ok(validator) => faults.extend(validator.iter_errors(&example["certificate"]).map(|error| {
            let field = format!("/certificate{}", error.instance_path().as_str());
            Fault::new("example.json", &field, &error.to_string(), "let example and schema agree")
        })),
    }
    let pointers = folder.qr_facts.iter().map(|fact| ("qr_facts", &fact.pointer));
    let pointers = pointers.chain(folder.mask.iter().map(|rule| ("mask", &rule.pointer)));
    for (field, pointer) in pointers.chain([("holder", &folder.holder)]) {
        if example.pointer(pointer).is_none() {
            let rule = format!("`{pointer}` points at nothing in example.json");
            faults.push(Fault::new("service.toml", field, &rule, "correct the pointer or complete the example"));
        }
    }
    if name_at(example, &folder.holder).is_none() {
        faults.push(Fault::new("service.toml", "holder", "it points at a name {en, bn}", "point at the holder's name"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    render(&folder, base).map_err(|words| vec![Fault::new("certificate.typ", "", &words, "correct the template")])
}

/// Compiles a field schema; formats are rules.
fn validator(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(schema).map_err(|error| error.to_string())
}

fn render(folder: &Folder, base: &Services) -> Result<Vec<u8>, String> {
    let example = folder.example.as_ref();
    let department = example["department"].as_str().unwrap_or("XXX");
    let uin = (0..SAMPLE_PAYLOADS).find_map(|random| Uin::from_random(department, random)).ok_or("no sample number")?;
    let at = example["approved_at"].as_str().and_then(Instant::parse).unwrap_or(Instant::from_millis(0));
    let holder = name_at(example, &folder.holder).ok_or("no holder")?;
    let text = |pointer: &str| example.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let day = |name: &str| {
        let found = example.get(name).or_else(|| example["certificate"].get(name));
        found.and_then(Value::as_str).and_then(civil::parse_date)
    };
    let host = "verify.mohor.example";
    let department_name = Name { en: department.into(), bn: department.into() };
    let template = hex::encode(Sha256::digest(&folder.template));
    let base_digest = hex::encode(Sha256::digest(&base.base));
    let mut assets = vec![
        AssetRef { name: "/base.typ".into(), sha256: base_digest.clone() },
        AssetRef { name: "/certificate.typ".into(), sha256: template.clone() },
    ];
    assets.extend(font_refs());
    let plan = Plan {
        v: 1,
        kind: DocumentKind::Certificate,
        uin,
        department: department.into(),
        service: text("/service"),
        minted_at: at,
        claims: vec![],
        credential_kid: String::new(),
        cti: vec![0; 16],
        status: StatusIndex { year: at.day().year(), list: 0, index: 0 },
        facts: Value::Null,
        facts_digest: String::new(),
        view: view(&View {
            uin,
            department_code: department.into(),
            department: department_name,
            service_code: text("/service"),
            service: folder.name.clone(),
            bsk: example["bsk"].as_str().map(str::to_owned),
            district: None,
            application_no: text("/application_no"),
            applicant: name_at(example, "/applicant/name").unwrap_or_else(|| holder.clone()),
            holder,
            officer_name: text("/approved_by/name"),
            officer_designation: text("/approved_by/designation"),
            officer_id: text("/approved_by/officer_id"),
            approved_at: at,
            minted_at: at,
            valid_from: day("valid_from"),
            valid_until: day("valid_until"),
            certificate: example["certificate"].clone(),
            verify_host: host.into(),
            specimen: true,
            supersedes: None,
        }),
        assets,
        template: "/certificate.typ".into(),
        renderer: RENDERER_ID.into(),
        verify_host: host.into(),
        specimen: true,
        seal: SealPlan { key_id: String::new(), chain: vec![], sub_filter: String::new() },
    };
    // A code of the size that a real one has; it verifies nowhere.
    let sample = format!("HTTPS://{}/#{}", host.to_uppercase(), "0".repeat(330));
    let qr = QrMatrix::encode(&sample).map_err(|error| error.to_string())?;
    let give = |sha256: &str| match sha256 {
        digest if digest == template => Some(Arc::from(folder.template.as_slice())),
        digest if digest == base_digest => Some(Arc::from(base.base.as_slice())),
        _ => None,
    };
    Renderer::new().render(&plan, &give, &qr).map_err(|error| error.to_string())
}

fn name_at(data: &Value, pointer: &str) -> Option<Name> {
    let value = data.pointer(pointer)?;
    let en = value["en"].as_str()?.to_owned();
    Some(Name { bn: value["bn"].as_str().unwrap_or(&en).to_owned(), en })
}
