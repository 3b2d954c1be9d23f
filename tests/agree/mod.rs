//! Schema and door say the same of an event: what a stranger's validator takes is taken, what it refuses is refused. What the
//! door may refuse beyond the schemas is a list, and each row of it is shown.

mod faults;
mod valid;

use crate::contracts::validators;
use jsonschema::{Draft, Validator};
use mohor_domain::{
    event::{Answer, EventKind},
    json::MAX_EVENT_BYTES,
    refusal::Code,
};
use mohor_ports::ledger::Checked;
use mohor_tests::{chance::Chance, fuzz};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};
use valid::Contract;

/// What no schema says: a code, and the places at which it may be met.
const BEYOND: [(Code, &[&str]); 9] = [
    // `source` /mohor is in the envelope's schema for what is told, and no department.
    (Code::NotCloudevent, &["/source"]),
    // A service that ends in no document has no number to ascribe or to correct.
    (Code::Schema, &["/data/uin", "/data/supersedes"]),
    (Code::UnknownDepartment, &["/source", "/data/department"]),
    (Code::ForeignDepartment, &["/data/department"]),
    (Code::UnknownService, &["/data/service"]),
    (Code::UnknownBsk, &["/data/bsk"]),
    (Code::DateOrder, &["/data/"]),
    (Code::DateFuture, &["/data/"]),
    // The rules of text: what deceives, what nobody sees, and on a certificate what its fonts do not draw.
    (Code::BadText, &["/"]),
];

/// Whether the door may say this though the schemas take the event.
fn beyond(code: Code, pointer: &str, event: &Value) -> bool {
    let listed = BEYOND.iter().any(|(it, places)| *it == code && places.iter().any(|place| pointer.starts_with(place)));
    // A plain text is no bad one: Latin with an acute accent, and the Bengali of the generator, are drawn everywhere.
    let plain = |text: &str| {
        let latin = text.replace("e\u{301}", "e").replace('é', "e");
        let bengali = |alphabet: &&str| valid::text(alphabet, text.chars().count()) == text;
        let printable = latin.bytes().any(|byte| byte.is_ascii_graphic());
        (printable && latin.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
            || (!text.is_empty() && valid::ALPHABETS[1..3].iter().any(bengali))
    };
    listed && (code != Code::BadText || event.pointer(pointer).and_then(Value::as_str).is_none_or(|text| !plain(text)))
}

/// A stranger's validators: envelope, data by type, certificate by service.
struct Stranger {
    events: BTreeMap<String, Validator>,
    fields: BTreeMap<(String, String), Validator>,
}

impl Stranger {
    fn new(contract: &Contract, formats: bool) -> Self {
        let options = || jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(formats);
        let fields =
            contract.fields.iter().map(|(key, schema)| (key.clone(), options().build(schema).expect("a schema")));
        Self { events: validators(formats), fields: fields.collect() }
    }

    fn takes(&self, event: &Value) -> bool {
        let data = &event["data"];
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let word = event["type"].as_str().and_then(|kind| kind.strip_prefix("in.gov.wb.bsk.")?.strip_suffix(".v1"));
        let inbound = word.filter(|word| EventKind::from_word(word).is_some_and(|kind| !kind.about_certificate()));
        let fields = match inbound {
            Some("application.approved") => self.fields.get(&(text("department"), text("service"))),
            _ => None,
        };
        self.events["cloudevent.v1.schema.json"].is_valid(event)
            && inbound.is_some_and(|word| self.events[&format!("{word}.v1.schema.json")].is_valid(data))
            && fields.is_none_or(|fields| fields.is_valid(&data["certificate"]))
    }
}

/// What the door says: nothing, or a code and its place.
fn door(bytes: &str) -> Option<(Code, String)> {
    match fuzz::checks().event(None, bytes.as_bytes(), fuzz::now()) {
        Checked::Valid(_) => None,
        Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => Some((refusal.code, refusal.pointer)),
        Checked::Refused { answer, .. } => panic!("a refusal says accepted: {answer:?}"),
    }
}

#[test]
fn schema_and_door_say_the_same_of_every_event() {
    const WHOLE: usize = 10_000;
    const SHARE: usize = 400;
    let count = if std::env::var_os("MOHOR_FULL").is_some() { WHOLE } else { SHARE };
    // Past the harness, which keeps what a test that passes prints to itself.
    let said =
        writeln!(std::io::stderr(), "schema and door: {count} of {WHOLE} events of each type (MOHOR_FULL=1: all)");
    said.expect("standard error");
    let contract = Contract::read();
    let (strict, lenient) = (Stranger::new(&contract, true), Stranger::new(&contract, false));
    let (mut shown, mut wrong) = (BTreeSet::new(), Vec::new());
    for (place, kind) in EventKind::ALL.iter().filter(|kind| !kind.about_certificate()).enumerate() {
        let mut chance = Chance::new(0x5363_6865_6D61 + place as u64);
        let (mut taken, mut refused) = (0, 0);
        for number in 0..count {
            let (what, bytes) = faults::change(contract.event(kind.as_str(), number, &mut chance), &mut chance);
            let event: Value = serde_json::from_str(&bytes).expect("the change leaves it JSON");
            let (schema, door) = (strict.takes(&event), door(&bytes));
            // A schema counts no bytes: the limit of the whole is the README's, and comes first.
            if bytes.len() > MAX_EVENT_BYTES {
                assert_eq!(door, Some((Code::TooLarge, String::new())), "{} bytes", bytes.len());
                continue;
            }
            let agree = lenient.takes(&event) == schema
                && match &door {
                    None => schema,
                    Some((code, pointer)) if schema => {
                        shown.insert(*code);
                        beyond(*code, pointer, &event)
                    }
                    // What a schema refuses is refused as such, before anything else is looked at.
                    Some((code, _)) => [Code::NotCloudevent, Code::UnknownType, Code::Schema].contains(code),
                };
            (taken, refused) = (taken + usize::from(door.is_none()), refused + usize::from(!schema));
            if !agree {
                let bytes = bytes.chars().take(600).collect::<String>();
                wrong.push(format!("{} {number}, {what}: schema {schema}, door {door:?}\n{bytes}", kind.as_str()));
            }
        }
        assert!(taken * 5 > count && refused * 5 > count, "{}: {taken} taken, {refused} refused", kind.as_str());
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let listed: BTreeSet<Code> = BEYOND.iter().map(|(code, _)| *code).collect();
    assert_eq!(shown, listed, "each row of the list is met");
}

#[test]
fn an_event_is_measured_as_it_was_sent() {
    let contract = Contract::read();
    let event = |name: String| {
        let mut event = mohor_tests::samples::submitted("LRR/AGREE/1", "2026-09-13T04:24:00+05:30");
        event["data"]["applicant"]["name"]["bn"] = name.into();
        event
    };
    let stranger = Stranger::new(&contract, true);
    for (alphabet, length, taken) in [
        ("\u{9DC}", 200, true),
        ("\u{9DC}", 201, false),
        ("e\u{301}", 200, true),
        ("e\u{301}", 201, false),
        ("𑄌", 200, true),
        ("𑄌", 201, false),
    ] {
        let event = event(valid::text(alphabet, length));
        let said = (stranger.takes(&event), door(&event.to_string()).is_none());
        assert_eq!(said, (taken, taken), "{length} characters of {alphabet}");
    }
}

#[test]
fn what_is_told_of_a_refused_event_keeps_the_contract() {
    let told = |change: &dyn Fn(&mut Value)| {
        let mut event = mohor_tests::samples::submitted("LRR/AGREE/2", "2026-09-13T04:24:00+05:30");
        change(&mut event);
        match fuzz::checks().event(None, event.to_string().as_bytes(), fuzz::now()) {
            Checked::Refused { answer: Answer::Refused { source, id, refusal }, .. } => (source, id, refusal),
            other => panic!("{other:?}"),
        }
    };
    let (source, id, refusal) = told(&|event| event["id"] = "i".repeat(129).into());
    assert_eq!((source.as_deref(), id, refusal.pointer.as_str()), (Some("/departments/LRR/workflow"), None, "/id"));
    let name = "n".repeat(5_000);
    let (_, id, refusal) = told(&|event| event["data"]["applicant"][&name] = "x".into());
    assert_eq!(
        (id.is_some(), refusal.pointer.as_str()),
        (true, "/data/applicant"),
        "a name is no pointer of 5,000 characters"
    );
}
