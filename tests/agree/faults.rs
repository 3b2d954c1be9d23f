//! One thing changed in an event: mostly a fault, at times none.

use super::valid::{ALPHABETS, TIMES, text};
use mohor_tests::chance::Chance;
use serde_json::{Value, json};

/// Stands for a number that is to be written as it is.
const AS_IT_IS: &str = "as it is:";

/// Changes one thing of an event. What is changed, and the bytes.
pub fn change(mut event: Value, chance: &mut Chance) -> (String, String) {
    let change = *chance.one(&CHANGES);
    let at = change(&mut event, chance);
    let mut bytes = event.to_string();
    while let Some(begin) = bytes.find(&format!("\"{AS_IT_IS}")) {
        let end = begin + 1 + bytes[begin + 1..].find('"').expect("the end of a text");
        let number = bytes[begin + 1 + AS_IT_IS.len()..end].to_owned();
        bytes.replace_range(begin..=end, &number);
    }
    (at, bytes)
}

type Change = fn(&mut Value, &mut Chance) -> String;

const CHANGES: [Change; 12] = [
    nothing,
    member_missing,
    another_type,
    another_number,
    another_length,
    another_length,
    odd_character,
    member_more,
    another_day,
    media_type,
    attribute,
    reference,
];

/// Every place below `pointer` that a test wants.
fn places(value: &Value, pointer: &str, wanted: fn(&Value) -> bool, found: &mut Vec<String>) {
    if wanted(value) {
        found.push(pointer.into());
    }
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| places(member, &format!("{pointer}/{name}"), wanted, found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| places(item, &format!("{pointer}/{n}"), wanted, found));
        }
        _ => (),
    }
}

fn place(event: &Value, wanted: fn(&Value) -> bool, chance: &mut Chance) -> String {
    let mut found = Vec::new();
    places(event, "", wanted, &mut found);
    chance.one(&found).clone()
}

fn put(event: &mut Value, at: &str, value: Value) {
    *event.pointer_mut(at).expect("the place is there") = value;
}

fn nothing(_: &mut Value, _: &mut Chance) -> String {
    "nothing".into()
}

fn member_missing(event: &mut Value, chance: &mut Chance) -> String {
    let at = place(event, |value| value.as_object().is_some_and(|members| !members.is_empty()), chance);
    let members = event.pointer_mut(&at).and_then(Value::as_object_mut).expect("an object");
    let names: Vec<String> = members.keys().cloned().collect();
    let name = chance.one(&names);
    members.remove(name);
    format!("{at}/{name} is missing")
}

fn another_type(event: &mut Value, chance: &mut Chance) -> String {
    let others =
        [json!(null), json!(true), json!(7), json!("text"), json!([]), json!({}), json!(["x"]), json!({"x": 1})];
    let (at, value) = (place(event, |_| true, chance), chance.one(&others).clone());
    let words = format!("{at} is {value}");
    put(event, &at, value);
    words
}

fn another_number(event: &mut Value, chance: &mut Chance) -> String {
    const NUMBERS: [&str; 14] = [
        "1960.0",
        "1960",
        "1e3",
        "1.96E+3",
        "-0",
        "-0.0",
        "0.0",
        "1960.5",
        "1e-3",
        "9007199254740991",
        "9007199254740992",
        "-9007199254740992",
        "1e300",
        "19e2",
    ];
    let mut numbers = Vec::new();
    places(event, "", Value::is_number, &mut numbers);
    let at = if numbers.is_empty() || chance.between(0, 3) == 0 {
        event["extension"] = json!(1);
        "/extension".into()
    } else {
        chance.one(&numbers).clone()
    };
    let number = chance.one(&NUMBERS);
    put(event, &at, json!(format!("{AS_IT_IS}{number}")));
    format!("{at} is {number}")
}

/// Around every limit that a schema has.
fn another_length(event: &mut Value, chance: &mut Chance) -> String {
    const LIMITS: [usize; 9] = [0, 1, 20, 64, 100, 128, 200, 500, 1000];
    let at = place(event, Value::is_string, chance);
    let (alphabet, limit) = (*chance.one(&ALPHABETS), *chance.one(&LIMITS));
    let length = limit + chance.between(0, 2);
    put(event, &at, json!(text(alphabet, length)));
    format!("{at} has {length} characters of {alphabet}")
}

fn odd_character(event: &mut Value, chance: &mut Chance) -> String {
    let odd =
        ['\n', ' ', '\0', 'ক', 'é', '.', '\u{202E}', '\u{212A}', '😀', '\t', 'A', '/', '~', '\u{37E}', '\u{FEFF}', '७'];
    let at = place(event, Value::is_string, chance);
    let mut characters: Vec<char> = event.pointer(&at).and_then(Value::as_str).expect("a text").chars().collect();
    let (character, place) = (*chance.one(&odd), chance.between(0, characters.len() + 1));
    match chance.between(0, 2) {
        0 if place < characters.len() => characters[place] = character,
        _ => characters.insert(place, character),
    }
    put(event, &at, json!(characters.into_iter().collect::<String>()));
    format!("{at} has a U+{:04X}", character as u32)
}

fn member_more(event: &mut Value, chance: &mut Chance) -> String {
    const NAMES: [&str; 10] = ["aadhaar_no", "x", "", "traceparent", "Data", "a b", "নাম", "data_base64", "~/", "en"];
    let at = place(event, Value::is_object, chance);
    let values = [
        json!("x"),
        json!(""),
        json!(null),
        json!(7),
        json!(true),
        json!({}),
        json!(text("ক", 1024)),
        json!(text("ক", 1025)),
    ];
    let (name, value) = (*chance.one(&NAMES), chance.one(&values).clone());
    event.pointer_mut(&at).expect("an object")[name] = value;
    format!("{at} has `{name}` too")
}

fn another_day(event: &mut Value, chance: &mut Chance) -> String {
    const DAYS: [&str; 34] = [
        "2026-02-30",
        "2027-02-29",
        "1900-02-29",
        "2000-02-29",
        "2026-9-1",
        "20260901",
        "30.09.2026",
        "0000-00-00",
        "2026-13-01",
        "9999-12-31",
        "২০২৬-০৯-০১",
        "2026-09-01 ",
        "2026-09-31",
        "2026-W37-1",
        "2026-09-13T04:24+05:30",
        "2026-09-13T04:24:00",
        "2026-09-13t04:24:00Z",
        "2026-09-13T04:24:00z",
        "2026-09-13 04:24:00Z",
        "2026-09-13T04:24:60Z",
        "2016-12-31T23:59:60Z",
        "2026-09-13T24:00:00Z",
        "2026-09-13T04:24:00+24:00",
        "2026-09-13T04:24:00+0530",
        "2026-09-13T04:24:00+05",
        "2026-09-13T04:24:00.1234567890Z",
        "2026-09-13T04:24:00.Z",
        "2026-09-13T04:24:00,5Z",
        "2026-02-30T00:00:00Z",
        "-000001-01-01T00:00:00Z",
        "+12026-09-13T04:24:00Z",
        "2026-09-13T04:24:00+05:30[Asia/Kolkata]",
        "20260913T042400Z",
        "1790000000",
    ];
    let day = |value: &Value| {
        let digit =
            |at: usize| value.as_str().is_some_and(|text| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit));
        digit(0) && digit(3) && value.as_str().is_some_and(|text| text.as_bytes().get(4) == Some(&b'-'))
    };
    let at = place(event, day, chance);
    let text = if chance.between(0, 4) == 0 { *chance.one(&TIMES) } else { *chance.one(&DAYS) };
    put(event, &at, json!(text));
    format!("{at} is {text}")
}

fn media_type(event: &mut Value, chance: &mut Chance) -> String {
    const TYPES: [&str; 20] = [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
        "application/json;",
        "application/json;; charset=utf-8 ;\t",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf8",
        "application/json; charset = utf-8",
        "application/json; charset='utf-8'",
        "application/json, text/plain",
        "text/json",
        "application/cloudevents+json",
        "application/xml",
        "",
        " application/json",
        "application/json\n",
        "application/json; charset=\"utf-8",
    ];
    let kind = chance.one(&TYPES);
    event["datacontenttype"] = json!(kind);
    format!("/datacontenttype is {kind:?}")
}

fn attribute(event: &mut Value, chance: &mut Chance) -> String {
    let (long, bengali) = (text("s", 257), text("ক", 256));
    let values: [(&str, &str); 18] = [
        ("subject", &bengali),
        ("subject", &long),
        ("subject", ""),
        ("dataschema", "https://mohor.example/ক"),
        ("dataschema", ""),
        ("id", "i d"),
        ("id", "আইডি"),
        ("id", &long),
        ("source", "/mohor"),
        ("source", "/departments/LRR"),
        ("source", "/departments/লরর/x"),
        ("source", "/departments/L/R/x"),
        ("source", &long),
        ("type", "approved"),
        ("type", "in.gov.wb.bsk.certificate.issued.v1"),
        ("type", "in.gov.wb.bsk.application.approved.v2"),
        ("specversion", "1.0.2"),
        ("specversion", "0.3"),
    ];
    let (name, value) = *chance.one(&values);
    event[name] = json!(value);
    format!("/{name} is {value}")
}

/// Right in form, and perhaps not there.
fn reference(event: &mut Value, chance: &mut Chance) -> String {
    let values = [
        ("department", "XXX"),
        ("department", "BCW"),
        ("service", "no-such-service"),
        ("service", "tax-receipt"),
        ("bsk", "NOWHERE1"),
        ("uin", "BCWGP1XF3A7QYF0V"),
        ("uin", "x"),
        ("supersedes", "bcwgp1xf3a7qyf0v"),
    ];
    let (name, value) = *chance.one(&values);
    match event["data"].as_object_mut() {
        Some(data) => drop(data.insert(name.into(), json!(value))),
        None => return "nothing".into(),
    }
    format!("/data/{name} is {value}")
}
