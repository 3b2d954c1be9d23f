//! What a ledger tells, held against the public contracts: each event by the schema of the envelope and by that of its type.
//! For the tests of every ledger.

use jsonschema::{Draft, Registry, Validator};
use mohor_domain::{event::Recorded, webhook::WORDS};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// Words of the contract that no ledger tells: nothing suspends, revokes or restores a certificate yet.
const NOT_YET: [&str; 3] = ["certificate.suspended", "certificate.revoked", "certificate.restored"];

/// A stranger's validator for each schema of `events/`, by file name.
static SCHEMAS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("a schema is JSON");
    let schemas: Vec<(&str, Value)> = mohor_schemas::under("events").map(|(name, bytes)| (name, read(bytes))).collect();
    let mut registry = Registry::new();
    for (name, schema) in &schemas {
        let id = schema["$id"].as_str().unwrap_or_else(|| panic!("{name} has no $id"));
        registry = registry.add(id, schema.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let registry = registry.prepare().expect("the references resolve");
    let options = || jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    let build = |(name, schema): &(&'static str, Value)| {
        let validator = options().with_registry(&registry).build(schema);
        (*name, validator.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    let wanted = |name: &str| {
        name == "cloudevent.v1.schema.json" || WORDS.iter().any(|word| name == format!("{word}.v1.schema.json"))
    };
    schemas.iter().filter(|(name, _)| wanted(name)).map(build).collect()
});

/// Panics where an event does not conform; the words that were told.
pub fn words(events: &[Recorded]) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for event in events {
        if !WORDS.contains(&event.word.as_str()) {
            wrong.insert(format!("{} is no word that the world is told", event.word));
        }
        let envelope = event.envelope();
        let own = format!("{}.v1.schema.json", event.word);
        for (schema, part) in [("cloudevent.v1.schema.json", &envelope), (&own, &event.data)] {
            let Some(validator) = SCHEMAS.get(schema) else {
                wrong.insert(format!("{}: there is no {schema}", event.word));
                continue;
            };
            for fault in validator.iter_errors(part) {
                wrong.insert(format!("{} by {schema} at {}: {fault}", event.word, fault.instance_path()));
            }
        }
    }
    assert!(wrong.is_empty(), "what is told breaks the contract: {wrong:#?}");
    events.iter().map(|event| event.word.clone()).collect()
}

/// Every word that a ledger tells.
pub fn every_word() -> BTreeSet<String> {
    WORDS.iter().filter(|word| !NOT_YET.contains(word)).map(|word| (*word).to_owned()).collect()
}
