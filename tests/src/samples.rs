//! Approvals to feed the program with, made from those that are bundled with it.

use crate::tree;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every bundled approval.
pub fn bundled() -> Vec<Value> {
    let text = tree::read("workers/mohor/assets/approvals.ndjson");
    text.lines().map(|line| serde_json::from_str(line).expect("a bundled approval")).collect()
}

/// One approval of each service that is bundled.
pub fn one_of_each_service() -> Vec<Value> {
    let mut seen = BTreeSet::new();
    bundled().into_iter().filter(|event| seen.insert(event["data"]["service"].to_string())).collect()
}

/// So many distinct approvals, over all services.
pub fn many(count: usize) -> Vec<Value> {
    let bundled = bundled();
    (0..count).map(|number| numbered(bundled[number % bundled.len()].clone(), number)).collect()
}

/// An approval for a caste certificate, which has no end of validity.
pub fn caste(number: usize) -> Value {
    let bundled = bundled();
    let event = bundled.iter().find(|event| event["data"]["service"] == "caste-certificate");
    numbered(event.expect("a bundled caste certificate").clone(), number)
}

/// The same approval under another number.
pub fn numbered(mut event: Value, number: usize) -> Value {
    let department = event["data"]["department"].as_str().unwrap_or_default().to_lowercase();
    let application_no = format!("{}/TEST/{number:06}", department.to_uppercase());
    event["id"] = json!(format!("{department}-test-{number:06}"));
    event["subject"] = json!(application_no);
    event["data"]["application_no"] = json!(application_no);
    event["data"]["docket_no"] = json!(format!("T{number:010}"));
    event
}

/// NDJSON.
pub fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

/// A submission to the land office, of a service with a limit of two days.
pub fn submitted(number: &str, at: &str) -> Value {
    let data = json!({"service": "plot-information", "office": "LRR-1", "submitted_at": at,
                      "applicant": {"name": {"en": "Shefali Mondal"}}});
    event("LRR", "application.submitted", number, data)
}

/// What a department says about an application at a time.
pub fn said(department: &str, word: &str, number: &str, at: &str, mut more: Value) -> Value {
    more["at"] = json!(at);
    event(department, word, number, more)
}

/// Somebody in office.
pub fn officer() -> Value {
    json!({"name": "Rekha Das", "designation": "Revenue Officer", "officer_id": "LRR-7"})
}

/// An event of a department about an application. One word may be said of it more than once, at other times.
pub fn event(department: &str, word: &str, number: &str, mut data: Value) -> Value {
    data["department"] = json!(department);
    data["application_no"] = json!(number);
    let at = data["at"].as_str().unwrap_or_default().to_owned();
    json!({
        "specversion": "1.0", "id": format!("{word}-{}-{at}", number.replace('/', "-")),
        "source": format!("/departments/{department}/workflow"), "type": format!("in.gov.wb.bsk.{word}.v1"),
        "datacontenttype": "application/json", "data": data,
    })
}

/// A directory of the land office: two offices, and who is in charge of the first from when until when (`rekha` and `anita`
/// are both the officers' ids and their logins).
pub fn directory(version: u32, charges: &[(&str, &str, Option<&str>)]) -> Value {
    let office = |code: &str, appeals: Option<&str>| {
        let mut office = json!({"code": code, "name_en": format!("Land office {code}"), "name_bn": "ভূমি কার্যালয়",
                                "districts": ["COB"]});
        if let Some(appeals) = appeals {
            office["appellate_office"] = json!(appeals);
        }
        office
    };
    let charge = |(officer, from, until): &(&str, &str, Option<&str>)| {
        let mut charge = json!({"officer_id": officer, "office": "LRR-1", "post": "designated_officer", "from": from});
        if let Some(until) = until {
            charge["until"] = json!(until);
        }
        charge
    };
    let officer =
        |id: &str, name: &str| json!({"officer_id": id, "name": name, "designation": "Revenue Officer", "login": id});
    json!({
        "department": "LRR", "version": version,
        "offices": [office("LRR-1", Some("LRR-DM")), office("LRR-DM", None)],
        "officers": [officer("rekha", "Rekha Das"), officer("anita", "Anita Roy")],
        "charges": charges.iter().map(charge).collect::<Value>(),
    })
}
