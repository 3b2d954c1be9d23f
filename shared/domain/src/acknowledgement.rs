//! What an acknowledgement says: Form 1 of the West Bengal Right to Public Services Rules, rule 4.
//!
//! It prints the day on which the service is due, or the defects to be rectified. A day that is printed is a promise; where
//! none can be known (no limit is notified, the limit waits for a condition, the service goes through stages) it says so.

use crate::{
    catalogue::{Catalogue, Name},
    civil::{Instant, date_bn, date_en, digits_bn},
    clock::{Clock, ClockKind, ClockState},
    event::EventKind,
    limit::{Due, Limit, Unit},
    rules::Rules,
};
use jiff::civil::Date;
use serde_json::{Value, json};

/// The events that it depends on: with each of them another may be due.
pub const TELLING: [EventKind; 3] = [EventKind::Submitted, EventKind::Deficient, EventKind::Resumed];

/// An application as it is recorded.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Letters of the department.
    pub department: &'a str,
    /// The service's slug.
    pub service: Option<&'a str>,
    /// The department's own number.
    pub application_no: &'a str,
    /// The centre's own number of the request.
    pub docket_no: Option<&'a str>,
    /// The centre where the citizen applied.
    pub bsk: Option<&'a str>,
    /// Its events of the kinds [`TELLING`], in any order: what, its own time, its data.
    pub told: &'a [(EventKind, Instant, Value)],
}

/// The words and figures, as `schemas/documents/acknowledgement/document.typ` reads them; none: it was never submitted. `clocks` are
/// those of the application.
pub fn view(form: &Form<'_>, clocks: &[&Clock], rules: &Rules, names: &Catalogue) -> Option<Value> {
    let mut told: Vec<_> = form.told.iter().collect();
    told.sort_by_key(|(kind, at, _)| (*at, *kind));
    let (_, at, submission) = told.iter().find(|(kind, ..)| *kind == EventKind::Submitted)?;
    let service = form.service.unwrap_or_default();
    let district = form.bsk.and_then(|code| names.bsks.get(code)).map(|bsk| bsk.district.as_str());
    let clock = clocks.iter().find(|clock| clock.kind == ClockKind::Service)?;
    let rule = |kind, stage| rules.rule((form.department, service), kind, stage, district, at.day());
    let notified = rule(ClockKind::Service, None).or_else(|| {
        let stages = rules.stages(form.department, service, at.day());
        stages.first().and_then(|stage| rule(ClockKind::Stage, Some(stage)))
    });
    let limit_of = |kind| rule(kind, None).and_then(|rule| rule.limit).map(limit_words);
    let department = names.departments.get(form.department).cloned();
    let department = department.unwrap_or_else(|| plain(form.department)).of_department();
    let row = names.service(form.department, service).map(|row| row.name.clone());
    let stages: Vec<Value> = rules
        .stages(form.department, service, at.day())
        .into_iter()
        .map(|stage| {
            let begun = clocks.iter().find(|clock| clock.kind == ClockKind::Stage && clock.key == stage);
            json!({
                "name": stage.replace('-', " "),
                "limit": rule(ClockKind::Stage, Some(stage)).and_then(|rule| rule.limit).map(limit_words),
                "due": begun.and_then(|clock| clock.due).map(due_words),
            })
        })
        .collect();
    let (defects, resumed) = defects(&told, clock);
    let state = match (clock.due, clock.state) {
        _ if !defects.is_empty() => "defects",
        (Some(_), _) => "due",
        (None, ClockState::NotStarted) => "not_started",
        _ if !stages.is_empty() => "staged",
        _ => "no_limit",
    };
    Some(json!({
        "title": {"en": "Acknowledgement of application", "bn": "আবেদনের প্রাপ্তিস্বীকার"},
        "issuer": words(&department),
        "service": words(&row.unwrap_or_else(|| plain(service))),
        "application_no": form.application_no,
        "docket_no": form.docket_no,
        "applicant": Name::at(submission, "/applicant/name").as_ref().map(words),
        "office": submission["office"].as_str(),
        "bsk": form.bsk.map(|code| names.bsks.get(code).map_or(code, |bsk| bsk.name.as_str())),
        "district": district.and_then(|code| names.districts.get(code)).map(words),
        "submitted_at": time_words(*at),
        "state": state,
        "due": clock.due.filter(|_| state == "due").map(due_words),
        "resumed_on": resumed.map(|at| day_words(at.day())),
        "defects": defects,
        "starts": rule(ClockKind::Service, None).and_then(|rule| rule.starts.clone()),
        "stages": stages,
        "limit": rule(ClockKind::Service, None).and_then(|rule| rule.limit).map(limit_words),
        "notification": notified.map(|rule| rule.notification.as_str()).filter(|text| !text.is_empty()),
        "appeal": limit_of(ClockKind::Appeal),
        "review": limit_of(ClockKind::Review),
    }))
}

/// The defects that are still to be rectified, and when the last ones were.
fn defects(told: &[&(EventKind, Instant, Value)], clock: &Clock) -> (Vec<Value>, Option<Instant>) {
    let (mut open, mut resumed) = (Vec::new(), None);
    for (kind, at, data) in told {
        match kind {
            EventKind::Deficient => {
                let reason = Name::at(data, "/reason").unwrap_or_else(|| plain("-"));
                open.push(json!({"on": day_words(at.day()), "reason": words(&reason)}));
            }
            EventKind::Resumed if !open.is_empty() => {
                open.clear();
                resumed = Some(*at);
            }
            _ => (),
        }
    }
    if clock.state == ClockState::Stopped {
        open.clear();
    }
    (open, resumed)
}

fn plain(text: &str) -> Name {
    Name { en: text.to_owned(), bn: text.to_owned() }
}

fn words(name: &Name) -> Value {
    json!({"en": name.en, "bn": name.bn})
}

fn day_words(day: Date) -> Value {
    json!({"en": date_en(day), "bn": date_bn(day)})
}

fn time_words(at: Instant) -> Value {
    let time = at.civil().strftime("%H:%M").to_string();
    json!({"en": format!("{}, {time}", date_en(at.day())), "bn": format!("{}, {}", date_bn(at.day()), digits_bn(&time))})
}

fn due_words(due: Due) -> Value {
    json!({"day": day_words(due.day), "provisional": due.provisional})
}

fn limit_words(limit: Limit) -> Value {
    let (one, many, bn) = match limit.unit {
        Unit::Days => ("day", "days", "দিন"),
        Unit::WorkingDays => ("working day", "working days", "কর্মদিবস"),
        Unit::Weeks => ("week", "weeks", "সপ্তাহ"),
        Unit::Months => ("month", "months", "মাস"),
        Unit::Minutes => ("minute", "minutes", "মিনিট"),
        Unit::SameDay => return json!({"en": "the same day", "bn": "সেই দিনই"}),
    };
    let en = if limit.amount == 1 { one } else { many };
    json!({"en": format!("{} {en}", limit.amount), "bn": format!("{} {bn}", digits_bn(&limit.amount.to_string()))})
}
