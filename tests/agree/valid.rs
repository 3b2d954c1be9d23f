//! Events made from the schemas themselves: a member that is added to one is tried by the next run.

use crate::contracts::json;
use mohor_tests::{chance::Chance, tree};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Characters of which texts are made: Latin, Bengali, Bengali that composition takes apart (one character becomes two), Latin
/// that it puts together (two become one), and a script beyond the basic plane.
pub const ALPHABETS: [&str; 5] = ["Rekha Das", "সোমবারি", "\u{9DC}\u{9DD}\u{9DF}", "e\u{301}", "𑄌𑄋"];

/// Times of a kind that a schema takes; the last three are before the Act and after all calendars.
pub const TIMES: [&str; 9] = [
    "2026-09-13T04:24:00+05:30",
    "2026-09-13T04:24:00Z",
    "2026-09-12T22:54:00.5-00:00",
    "2026-09-13T04:24:00.123456789+23:59",
    "2024-02-29T23:59:59-23:59",
    "2026-09-13T00:00:00+05:30",
    "0000-02-29T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999999-23:59",
];

/// The schemas of everything that departments send.
pub struct Contract {
    pub common: Value,
    pub events: BTreeMap<String, Value>,
    /// By department and service.
    pub fields: BTreeMap<(String, String), Value>,
}

impl Contract {
    pub fn read() -> Self {
        let file = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut events: BTreeMap<String, Value> =
            tree::files("schemas/events").iter().map(|path| (file(path), json(path))).collect();
        let common = events.remove("common.v1.schema.json").expect("the shared parts");
        let fields = tree::files("schemas/services").into_iter().filter_map(|path| {
            let folder = path.strip_prefix("schemas/services/")?.strip_suffix("/fields.schema.json")?;
            let (department, service) = folder.split_once('/')?;
            Some(((department.to_owned(), service.to_owned()), json(&path)))
        });
        Self { common, events, fields: fields.collect() }
    }

    /// An event of this kind. Parties and times are mostly those that exist; every other value is whatever the schema takes.
    pub fn event(&self, word: &str, number: usize, chance: &mut Chance) -> Value {
        let schema = &self.events[&format!("{word}.v1.schema.json")];
        let mut data = self.value(schema, schema, chance);
        let no_document = ("TRN".to_owned(), "tax-receipt".to_owned());
        let services: Vec<&(String, String)> = self.fields.keys().chain([&no_document]).collect();
        let (department, service) = chance.one(&services);
        data["department"] = json!(department);
        let members = data.as_object_mut().expect("an object");
        if members.contains_key("service") {
            members.insert("service".into(), json!(service));
        }
        if members.contains_key("bsk") && chance.between(0, 8) > 0 {
            members.insert("bsk".into(), json!(chance.one(&["PUM0027", "S240045", "JAL0063"])));
        }
        let usual = chance.between(0, 8) > 0;
        for (member, time) in [
            ("submitted_at", "2026-08-22T13:31:00+05:30"),
            ("approved_at", "2026-09-13T04:24:00+05:30"),
            ("at", "2026-09-13T04:24:00.25Z"),
        ] {
            if usual && members.contains_key(member) {
                members.insert(member.into(), json!(time));
            }
        }
        if word == "application.approved" {
            let fields = self.fields.get(&(department.clone(), service.clone()));
            let mut certificate = fields.map_or_else(|| json!({}), |fields| self.value(fields, fields, chance));
            if usual {
                in_order(&mut certificate, members);
            }
            members.insert("certificate".into(), certificate);
        }
        json!({
            "specversion": "1.0", "id": format!("agree-{number}"), "source": format!("/departments/{department}/workflow"),
            "type": format!("in.gov.wb.bsk.{word}.v1"), "subject": "about", "time": "2026-09-13T04:24:00+05:30",
            "datacontenttype": "application/json", "data": data,
        })
    }

    fn value(&self, root: &Value, schema: &Value, chance: &mut Chance) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let (file, at) = reference.split_once('#').expect("a part of a schema");
            let root = if file.is_empty() { root } else { &self.common };
            return self.value(root, root.pointer(at).unwrap_or_else(|| panic!("no {reference}")), chance);
        }
        if let Some(options) = schema["enum"].as_array() {
            return chance.one(options).clone();
        }
        let bound = |name: &str| schema[name].as_u64().map(|most| most as usize);
        match schema["type"].as_str() {
            Some("object") => {
                let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
                let mut members = Map::new();
                for (name, of) in schema["properties"].as_object().into_iter().flatten() {
                    if required.iter().any(|it| *it == name) || chance.between(0, 2) == 0 {
                        members.insert(name.clone(), self.value(root, of, chance));
                    }
                }
                members.into()
            }
            Some("array") => {
                let least = bound("minItems").unwrap_or_default();
                let most = bound("maxItems").expect("every list has an end");
                let count = *chance.one(&[least, most, least + 1]);
                (0..count.min(most)).map(|_| self.value(root, &schema["items"], chance)).collect()
            }
            Some("integer") => {
                let (least, most) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
                json!(chance.one(&[least.expect("a least"), most.expect("a most")]))
            }
            Some("string") => match schema["pattern"].as_str() {
                Some(pattern) => json!(chance.one(&keeping(pattern))),
                None => {
                    let (least, most) = (bound("minLength").expect("a least"), bound("maxLength").expect("a most"));
                    let length = *chance.one(&[least, most, most.min(9), most.min(9), most.min(9)]);
                    let alphabet: &str = chance.one::<&str>(&ALPHABETS[..4]);
                    json!(text(alphabet, length))
                }
            },
            other => panic!("the generator knows no values of {other:?}: {schema}"),
        }
    }
}

/// Days that follow each other: those of the certificate before its approval, its validity after it.
fn in_order(certificate: &mut Value, data: &mut Map<String, Value>) {
    for (name, value) in certificate.as_object_mut().into_iter().flatten() {
        if value.as_str().and_then(mohor_domain::civil::parse_date).is_some() {
            *value = json!(if name == "valid_until" { "2028-02-29" } else { "2024-02-29" });
        }
    }
    for (name, day) in [("valid_from", "2026-09-13"), ("valid_until", "9999-12-31")] {
        if let Some(value) = data.get_mut(name) {
            *value = json!(day);
        }
    }
}

/// So many characters, the first of them a letter and the last too.
pub fn text(alphabet: &str, length: usize) -> String {
    let mut characters: Vec<char> = alphabet.chars().cycle().take(length).collect();
    if let Some(last) = characters.last_mut().filter(|last| **last == ' ') {
        *last = 'n';
    }
    characters.into_iter().collect()
}

/// Texts that keep a pattern, the longest among them.
fn keeping(pattern: &str) -> Vec<String> {
    let some = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    match pattern {
        "^[A-Z]{3}$" => some(&["LRR"]),
        "^[a-z0-9]+(-[a-z0-9]+)*$" => [some(&["inspection", "a-1", "0"]), vec!["s".repeat(64)]].concat(),
        "^[0-9A-Za-z_-]{1,20}$" => [some(&["-", "_"]), vec!["B".repeat(20)]].concat(),
        "^[0-9A-Za-z/_-]{1,32}$" => [some(&["D1700000001", "/"]), vec!["d".repeat(32)]].concat(),
        "^[!-~]([ -~]*[!-~])?$" => [some(&["LRR/2026/17", "~", "A B"]), vec![format!("A{}B", " ".repeat(62))]].concat(),
        "^\\+91[6-9][0-9]{9}$" => some(&["+919875507385", "+916000000000"]),
        "^[0-9]{1,7}(\\.[0-9]{1,4})?$" => some(&["1.24", "0", "9999999.9999"]),
        "^[A-Z0-9 -]{4,16}$" => some(&["WB 24 AB 1234", "WB01"]),
        pattern if pattern.contains("-02-29)T(") => some(&TIMES),
        pattern if pattern.contains("-02-29)") => {
            some(&["2024-02-29", "2000-02-29", "1999-12-31", "9999-12-31", "0000-01-01"])
        }
        other => panic!("say which texts keep {other}"),
    }
}
