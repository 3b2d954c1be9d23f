//! Applications with a past, made relative to the day of the start: due today, due soon, late, paused, appealed, staged.
//! Invented people; submissions and no approvals, so that what the demo issues is what it was given. On a day that counts in
//! no limit nothing can be due: the next day that counts is taken instead, and said.

use jiff::{Span, civil::Date};
use mohor_domain::{
    civil::{Instant, date_en},
    clock::ClockKind,
    limit::due,
    rules::Rules,
};
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

/// What has to be said of a day on which nothing can be due.
pub fn remark(rules: &Rules, today: Date) -> Option<String> {
    let (next, _) = due_by(rules, today, 1, today)?;
    let words =
        || format!("{} counts in no limit: what would be due today is due on {}", date_en(today), date_en(next));
    (next != today).then(words)
}

fn events(rules: &Rules, today: Date) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |what: &str, due_in: i64, more: &dyn Fn(&str, Date) -> Vec<Value>| {
        let step = if due_in < 0 { -1 } else { 1 };
        if let Some((_, submitted)) = due_by(rules, after(today, due_in), step, today) {
            let number = format!("DEMO/{today}/{what}");
            all.push(submission_event(&number, submitted));
            all.extend(more(&number, submitted));
        }
    };
    let nothing = |_: &str, _: Date| vec![];
    let next = due_by(rules, today, 1, today).map_or(today, |(day, _)| day);
    let ahead = i64::from(next.duration_since(today).as_hours() as i32 / 24);
    let name = if ahead == 0 { "DUE-TODAY" } else { "DUE-NEXT" };
    add(&format!("{name}-1"), ahead, &nothing);
    add(&format!("{name}-2"), ahead, &nothing);
    add("DUE-SOON-1", ahead + 1, &nothing);
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

pub(super) fn after(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days)).unwrap_or(day)
}

/// The nearest day from another on (`step` 1: later, -1: earlier) on which an application can be due, and the last day
/// before today on which it has to be submitted for that.
fn due_by(rules: &Rules, wanted: Date, step: i64, today: Date) -> Option<(Date, Date)> {
    let days = (0..60).map(|steps| after(wanted, steps * step));
    days.into_iter().find_map(|day| submission(rules, day, today).map(|submitted| (day, submitted)))
}

/// The last day before today on which an application has to be submitted to be due on that one; none: no day leads there.
fn submission(rules: &Rules, wanted: Date, today: Date) -> Option<Date> {
    let service = (DEPARTMENT, SERVICE);
    (0..60).map(|back| after(wanted, -back)).filter(|day| *day < today).find(|day| {
        let rule = rules.rule(service, ClockKind::Service, None, Some(DISTRICT), *day);
        let at = Instant::parse(&format!("{day}T11:00:00+05:30"));
        let found = rule.and_then(|rule| rule.limit).zip(at);
        let found = found.and_then(|(limit, at)| {
            due(limit, at, rules.practice(DEPARTMENT, *day).count_from, &[], &rules.calendar, Some(DISTRICT))
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use mohor_domain::{
        clock::{Clock, ClockState, Happening, History, derive},
        event::Envelope,
    };
    use std::collections::BTreeMap;

    fn rules() -> Rules {
        let schemas = crate::schemas::Schemas::open("").expect("the built-in schemas");
        let services = schemas.services(&schemas.catalogue().expect("a catalogue")).expect("services");
        schemas.rules(&services, &crate::config::Sla::default(), 600).expect("rules")
    }

    /// The clock of each history's service, by the last part of its number; nothing lies in the future at midnight.
    fn clocks(rules: &Rules, today: Date) -> BTreeMap<String, Clock> {
        let mut histories: BTreeMap<String, History> = BTreeMap::new();
        for event in events(rules, today) {
            let envelope = Envelope::read(&event).expect("an event");
            let at = event["data"][envelope.kind.time_member()].as_str().and_then(Instant::parse).expect("a time");
            assert!(at.day() < today, "{event}");
            let number = event["data"]["application_no"].as_str().expect("a number");
            let history = histories.entry(number.rsplit('/').next().expect("a name").to_owned()).or_default();
            history.department = envelope.department.into();
            history.district = Some(DISTRICT.into());
            history.service = history.service.take().or_else(|| event["data"]["service"].as_str().map(str::to_owned));
            history.happenings.push(Happening::read(envelope.kind, at, false, envelope.data));
        }
        histories.into_iter().map(|(name, history)| (name, derive(&history, rules).remove(0))).collect()
    }

    /// 2026 has every kind of day: Sundays, Durga Puja, and the last days before a year without a list.
    #[test]
    fn whatever_the_day_something_is_due_late_and_paused() {
        let rules = rules();
        let mut without = 0;
        for today in Date::constant(2026, 1, 1).series(Span::new().days(1)).take(365) {
            let clocks = clocks(&rules, today);
            let due = |name: &str| clocks.get(name).and_then(|clock| clock.due).map(|due| due.day);
            match remark(&rules, today) {
                None => assert_eq!((due("DUE-TODAY-1"), due("DUE-TODAY-2")), (Some(today), Some(today)), "{today}"),
                Some(words) => {
                    without += 1;
                    let next = due("DUE-NEXT-1").expect("due next");
                    assert!(
                        next > today && next <= after(today, 7) && words.contains(&date_en(next)),
                        "{today}: {words}"
                    );
                }
            }
            assert!(due("DUE-SOON-1").is_some_and(|day| day > today && day <= after(today, 14)), "{today}");
            for name in ["LATE-1", "LATE-2", "LATE-3", "LATE-4", "LATE-5", "LATE-6"] {
                assert!(due(name).is_some_and(|day| day < today), "{today}: {name}");
                assert_eq!(clocks[name].state, ClockState::Running, "{today}: {name}");
            }
            assert_eq!(clocks["PAUSED-1"].state, ClockState::Paused, "{today}");
            assert!(clocks.contains_key("APPEALED-1") && clocks.contains_key("STAGED-1"), "{today}");
        }
        // Fifty-two Sundays, and the days of List-I on other days.
        assert!((60..100).contains(&without), "{without}");
    }
}
