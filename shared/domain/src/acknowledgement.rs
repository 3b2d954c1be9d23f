//! What an acknowledgement says: Form 1 of the West Bengal Right to Public Services Rules, rule 4.
//!
//! It prints the day on which the service is due, or the defects to be rectified. A day that is printed is a promise; where
//! none can be known (no limit is notified, the limit waits for a condition, the service goes through stages) it says so.

use crate::{
    catalogue::{Catalogue, Name},
    civil::Instant,
    clock::{Clock, ClockKind, ClockState},
    event::EventKind,
    limit::Due,
    rules::Rules,
    table,
};
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
    let limit_of = |kind| rule(kind, None).and_then(|rule| rule.limit).map(table::limit);
    let department = names.departments.get(form.department).cloned();
    let department = department.unwrap_or_else(|| Name::same(form.department)).of_department();
    let row = names.service(form.department, service).map(|row| row.name.clone());
    let stages: Vec<Value> = rules
        .stages(form.department, service, at.day())
        .into_iter()
        .map(|stage| {
            let begun = clocks.iter().find(|clock| clock.kind == ClockKind::Stage && clock.key == stage);
            json!({
                "name": stage.replace('-', " "),
                "limit": rule(ClockKind::Stage, Some(stage)).and_then(|rule| rule.limit).map(table::limit),
                "due": begun.and_then(|clock| clock.due).map(due),
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
        "issuer": department,
        "service": row.unwrap_or_else(|| Name::same(service)),
        "application_no": form.application_no,
        "docket_no": form.docket_no,
        "applicant": Name::at(submission, "/applicant/name"),
        "office": submission["office"].as_str(),
        "bsk": form.bsk.map(|code| names.bsks.get(code).map_or(code, |bsk| bsk.name.as_str())),
        "district": district.and_then(|code| names.districts.get(code)),
        "submitted_at": table::time(*at),
        "state": state,
        "due": clock.due.filter(|_| state == "due").map(due),
        "resumed_on": resumed.map(|at| table::day(at.day())),
        "defects": defects,
        "starts": rule(ClockKind::Service, None).and_then(|rule| rule.starts.clone()),
        "stages": stages,
        "limit": rule(ClockKind::Service, None).and_then(|rule| rule.limit).map(table::limit),
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
                let reason = Name::at(data, "/reason").unwrap_or_else(|| Name::same("-"));
                open.push(json!({"on": table::day(at.day()), "reason": reason}));
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

/// The document itself says that a day is provisional.
fn due(due: Due) -> Value {
    json!({"day": table::day(due.day), "provisional": due.provisional})
}
