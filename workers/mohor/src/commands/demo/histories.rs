//! Applications with a past, made relative to the day of the start: due today, due soon, late, paused, appealed. Invented
//! people; submissions and no approvals, so that what the demo issues is what it was given.

use jiff::{Span, civil::Date};
use mohor_domain::{civil::Instant, clock::ClockKind, limit::due, rules::Rules};
use serde_json::{Value, json};

/// The centre where they applied.
pub const BSK: &str = "COB0001";
/// The office that deals with them.
pub const OFFICE: &str = "LRR-COB-1";
const DEPARTMENT: &str = "LRR";
const DISTRICT: &str = "COB";
/// The service with a limit of few days.
const SERVICE: &str = "plot-information";

/// The events, as lines of NDJSON. On one day always the same, so that a second start brings duplicates only.
pub fn lines(rules: &Rules, today: Date) -> Vec<(u64, Vec<u8>)> {
    let events = events(rules, today);
    events.iter().enumerate().map(|(place, event)| (place as u64 + 1, event.to_string().into_bytes())).collect()
}

fn events(rules: &Rules, today: Date) -> Vec<Value> {
    let day = |days: i64| today.checked_add(Span::new().days(days)).unwrap_or(today);
    let mut all = Vec::new();
    let mut add = |what: &str, due_in: i64, more: &dyn Fn(&str, Date) -> Vec<Value>| {
        if let Some(submitted) = submission(rules, day(due_in)) {
            let number = format!("DEMO/{today}/{what}");
            all.push(submission_event(&number, submitted));
            all.extend(more(&number, submitted));
        }
    };
    let nothing = |_: &str, _: Date| vec![];
    add("DUE-TODAY-1", 0, &nothing);
    add("DUE-TODAY-2", 0, &nothing);
    add("DUE-SOON-1", 1, &nothing);
    for (place, days) in [1, 3, 9, 20, 45, 80].into_iter().enumerate() {
        add(&format!("LATE-{}", place + 1), -days, &nothing);
    }
    add("PAUSED-1", -30, &|number, submitted| {
        let reason = json!({"en": "the mouza map is missing", "bn": "মৌজা ম্যাপ জমা পড়েনি"});
        vec![said(
            "application.deficient",
            number,
            after(submitted, 1),
            json!({"reason": reason, "officer": officer()}),
        )]
    });
    add("APPEALED-1", -25, &|number, submitted| {
        let appeal = json!({"appeal_no": format!("{number}/A")});
        vec![said("appeal.filed", number, after(submitted, 12), appeal)]
    });
    add("REJECTED-1", -10, &|number, submitted| {
        let reasons = json!([{"en": "the plot lies in another district", "bn": "দাগটি অন্য জেলায়"}]);
        vec![said(
            "application.rejected",
            number,
            after(submitted, 1),
            json!({"reasons": reasons, "officer": officer()}),
        )]
    });
    all.extend(staged(today));
    all
}

/// A certificate of no obligation to return: forwarded in time, and now with the police.
fn staged(today: Date) -> Vec<Value> {
    let number = format!("DEMO/{today}/STAGED-1");
    let submitted = after(today, -12);
    let mut first = submission_event(&number, submitted);
    let mut next = said(
        "application.stage_completed",
        &number,
        after(submitted, 4),
        json!({"stage": "forward", "officer": officer()}),
    );
    for event in [&mut first, &mut next] {
        event["source"] = json!("/departments/HHA/demo");
        event["data"]["department"] = json!("HHA");
    }
    first["data"]["service"] = json!("nori-certificate");
    first["data"]["office"] = json!("HHA-COB-1");
    vec![first, next]
}

fn after(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days)).unwrap_or(day)
}

/// The last day on which an application has to be submitted to be due on that one; none: no day leads there.
fn submission(rules: &Rules, wanted: Date) -> Option<Date> {
    let service = (DEPARTMENT, SERVICE);
    (0..60).map(|back| after(wanted, -back)).find(|day| {
        let rule = rules.rule(service, ClockKind::Service, None, Some(DISTRICT), *day);
        let at = Instant::parse(&format!("{day}T11:00:00+05:30"));
        let found = rule.and_then(|rule| rule.limit).zip(at);
        let found = found.and_then(|(limit, at)| due(limit, at, &[], &rules.calendar, Some(DISTRICT)));
        found.is_some_and(|due| due.day == wanted)
    })
}

fn envelope(word: &str, number: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "type": format!("in.gov.wb.bsk.{word}.v1"), "source": "/departments/LRR/demo",
        "id": format!("{number}-{word}"), "datacontenttype": "application/json", "data": data,
    })
}

fn submission_event(number: &str, day: Date) -> Value {
    let data = json!({
        "department": DEPARTMENT, "service": SERVICE, "application_no": number, "office": OFFICE, "bsk": BSK,
        "docket_no": format!("D-{number}"), "submitted_at": format!("{day}T11:00:00+05:30"),
        "applicant": {"name": {"en": "Shefali Barman", "bn": "শেফালি বর্মন"}},
    });
    envelope("application.submitted", number, &data)
}

fn said(word: &str, number: &str, day: Date, more: Value) -> Value {
    let mut data = json!({"department": DEPARTMENT, "application_no": number, "at": format!("{day}T12:00:00+05:30")});
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    envelope(word, number, &data)
}

fn officer() -> Value {
    json!({"name": "Rekha Das", "designation": "Revenue Officer", "officer_id": "LRR-7"})
}
