//! The frozen examples: what was valid stays valid, what was refused is refused with the same code at the same place.

use jsonschema::{Draft, Registry, Validator};
use mohor_domain::{event::Answer, refusal::Code};
use mohor_ports::ledger::Checked;
use mohor_tests::{fuzz, tree};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PREFIX: &str = "in.gov.wb.bsk.";

pub(crate) fn json(path: &str) -> Value {
    serde_json::from_str(&tree::read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn examples(kind: &str) -> BTreeMap<String, Value> {
    let files = tree::files(&format!("schemas/examples/v1/{kind}"));
    files.into_iter().map(|path| (path.clone(), json(&path))).collect()
}

/// A stranger's validator for every schema of the folder, by file name; `formats`: whether it takes formats for rules.
pub(crate) fn validators(formats: bool) -> BTreeMap<String, Validator> {
    let schemas: BTreeMap<String, Value> = tree::files("schemas/events")
        .into_iter()
        .map(|path| (path.rsplit('/').next().unwrap_or_default().to_owned(), json(&path)))
        .collect();
    let mut registry = Registry::new();
    for (name, schema) in &schemas {
        let id = schema["$id"].as_str().unwrap_or_else(|| panic!("{name} has no $id"));
        registry = registry.add(id, schema.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let registry = registry.prepare().expect("the references resolve");
    let options = || jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(formats);
    schemas
        .iter()
        .map(|(name, schema)| {
            let validator = options().with_registry(&registry).build(schema);
            (name.clone(), validator.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect()
}

fn word(event: &Value) -> &str {
    let kind = event["type"].as_str().unwrap_or_default();
    kind.strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(".v1"))
        .unwrap_or_else(|| panic!("another type: {kind}"))
}

#[test]
fn valid_examples_validate_by_envelope_and_data() {
    let validators = validators(true);
    let examples = examples("valid");
    assert!(examples.len() >= 30, "only {} valid examples", examples.len());
    for (path, event) in &examples {
        for (schema, part) in
            [("cloudevent.v1.schema.json", event), (&*format!("{}.v1.schema.json", word(event)), &event["data"])]
        {
            let validator = validators.get(schema).unwrap_or_else(|| panic!("{path}: no schema {schema}"));
            let faults: Vec<String> =
                validator.iter_errors(part).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
            assert!(faults.is_empty(), "{path} against {schema}: {faults:?}");
        }
    }
}

#[test]
fn every_event_schema_has_a_valid_example() {
    let examples = examples("valid");
    let shown: BTreeSet<String> = examples.values().map(|event| format!("{}.v1.schema.json", word(event))).collect();
    for name in validators(true)
        .keys()
        .filter(|name| !["cloudevent.v1.schema.json", "common.v1.schema.json"].contains(&name.as_str()))
    {
        assert!(shown.contains(name), "no valid example of {name}");
    }
}

/// Where a stranger's validator finds the first fault of an event's data.
fn first_fault(validator: &Validator, data: &Value) -> Option<String> {
    let fault = validator.iter_errors(data).next()?;
    let missing = match fault.kind() {
        jsonschema::error::ValidationErrorKind::Required { property } => format!("/{}", property.as_str()?),
        _ => String::new(),
    };
    Some(format!("/data{}{missing}", fault.instance_path()))
}

#[test]
fn invalid_examples_are_refused_at_the_door_as_they_always_were() {
    // The contract has them; this version of intake says that it does not take them, whatever they hold.
    const NOT_TAKEN: [&str; 3] = ["certificate.suspend", "certificate.revoke", "certificate.restore"];
    let validators = validators(true);
    let examples = examples("invalid");
    assert!(examples.len() >= 50, "only {} invalid examples", examples.len());
    let mut wrong = Vec::new();
    for (path, example) in &examples {
        let bytes = example["event"].to_string();
        let got = match fuzz::checks().event(None, bytes.as_bytes(), fuzz::now()) {
            Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => {
                (refusal.code.as_str(), refusal.pointer)
            }
            other => panic!("{path} is accepted: {other:?}"),
        };
        let wanted = (example["expect"]["code"].as_str(), example["expect"]["pointer"].as_str());
        if let Some(kind) = NOT_TAKEN.into_iter().find(|kind| path.contains(&format!("/{kind}."))) {
            let fault = first_fault(&validators[&format!("{kind}.v1.schema.json")], &example["event"]["data"]);
            assert_eq!((wanted.0, fault.as_deref()), (Some("schema"), wanted.1), "{path}");
            assert_eq!((got.0, got.1.as_str()), ("unknown_type", "/type"), "{path}");
            continue;
        }
        if (Some(got.0), Some(got.1.as_str())) != wanted {
            wrong.push(format!("{path}: {got:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn invalid_examples_fail_a_strangers_validator_too_unless_it_is_a_rule_of_text() {
    let validators = validators(true);
    for (path, example) in examples("invalid") {
        let event = &example["event"];
        let envelope = validators["cloudevent.v1.schema.json"].is_valid(event);
        let data = event["type"].as_str().and_then(|kind| kind.strip_prefix(PREFIX));
        let data = data
            .and_then(|kind| validators.get(&format!("{kind}.schema.json")))
            .is_some_and(|v| v.is_valid(&event["data"]));
        let beyond = ["bad_text", "unknown_type"].contains(&example["expect"]["code"].as_str().unwrap_or_default());
        assert_eq!(envelope && data, beyond && envelope && data, "{path} passes the schemas");
    }
}

#[test]
fn the_schemas_list_exactly_the_refusal_codes() {
    let common = json("schemas/events/common.v1.schema.json");
    let listed: Vec<&str> = common["$defs"]["refusal_code"]["enum"]
        .as_array()
        .expect("the codes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_valid_examples_of_departments_pass_the_checks_of_the_door() {
    for (path, event) in examples("valid").iter().filter(|(_, event)| event["source"] != "/mohor") {
        let checked = fuzz::checks().event(None, event.to_string().as_bytes(), fuzz::now());
        let about_certificate = word(event).starts_with("certificate.");
        match checked {
            Checked::Valid(_) => assert!(!about_certificate, "{path}: is it taken now? then say so in the changelog"),
            Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => {
                assert!(about_certificate && refusal.code == Code::UnknownType, "{path}: {refusal:?}");
            }
            Checked::Refused { answer, .. } => panic!("{path}: {answer:?}"),
        }
    }
}
