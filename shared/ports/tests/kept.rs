//! What a ledger keeps of a clock: read back as it was written, and of one that has stopped as it was measured.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use mohor_domain::{
    civil::Instant,
    clock::{ClockKind, Happening, History},
    event::EventKind,
    id::Id,
    ladder::Rung,
    limit::Limit,
    rules::Rules,
};
use mohor_ports::{
    ledger::{ClockRecord, ClockRow, ReportPage, derived, derived_since},
    suite::sample,
};
use serde_json::json;

const DAY: i64 = 24 * 60 * 60 * 1000;
const BEGIN: i64 = 1_785_000_000_000;

fn id() -> Id {
    Id::parse("019a0000-0000-7000-8000-000000000001").unwrap()
}

fn history(told: &[(EventKind, Instant)]) -> History {
    let data = json!({"appeal_no": "A/1", "bsk": "24101"});
    let read = |(kind, at): &(EventKind, Instant)| Happening::read(*kind, *at, false, &data);
    let history = History {
        department: sample::DEPARTMENT.into(),
        service: Some("caste-certificate".into()),
        happenings: told.iter().map(read).collect(),
        ..History::default()
    };
    history.placed(Some("24101".into()), |_| Some("COB".into()))
}

fn after(days: i64) -> Instant {
    Instant::from_millis(BEGIN + days * DAY)
}

fn service(records: &[ClockRecord]) -> &ClockRecord {
    records.iter().find(|record| record.clock.kind == ClockKind::Service).unwrap()
}

/// Notified later, for the day of the submission too.
fn with_a_shorter_limit(rules: &Rules) -> Rules {
    let mut rule = rules.of(sample::DEPARTMENT, "caste-certificate")[0].clone();
    rule.limit = rule.limit.map(|limit| Limit { amount: 1, ..limit });
    rule.effective_from = Some(after(-1).day());
    let mut rules = rules.clone();
    rules.add(sample::DEPARTMENT, "caste-certificate", rule);
    rules
}

#[test]
fn a_clock_of_any_time_is_read_back_from_its_columns() {
    let rules = sample::reference().rules;
    // An unset date of a department's program, 1970 in Kolkata, and the ends of what a date can be.
    for text in
        ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00+05:30", "0000-01-01T00:00:00+14:00", "9999-12-30T00:00:00Z"]
    {
        let odd = Instant::parse(text).unwrap();
        for told in [
            vec![(EventKind::Submitted, after(0)), (EventKind::Deficient, odd)],
            vec![(EventKind::Submitted, after(0)), (EventKind::Deficient, odd), (EventKind::Resumed, after(9))],
            vec![(EventKind::Submitted, odd), (EventKind::Deficient, odd.plus_millis(DAY))],
            vec![(EventKind::Submitted, odd), (EventKind::AppealFiled, odd), (EventKind::Rejected, odd.plus_millis(1))],
        ] {
            for record in derived(id(), &history(&told), &[], &rules) {
                let row = ClockRow::of(&record);
                let read = row.clone().read(id()).map_err(|spoilt| spoilt.column);
                assert_eq!(read.as_ref(), Ok(&record), "{text}: {row:?}");
            }
        }
    }
}

#[test]
fn what_has_stopped_keeps_limit_and_due_day_whatever_else_happens() {
    let rules = sample::reference().rules;
    let other = with_a_shorter_limit(&rules);
    let mut told = vec![(EventKind::Submitted, after(0)), (EventKind::Rejected, after(5))];
    let first = derived(id(), &history(&told), &[], &rules);
    assert!(service(&first).clock.rungs.iter().any(|(rung, _)| *rung == Rung::Met), "{first:?}");
    told.push((EventKind::AppealFiled, after(7)));
    let then = derived(id(), &history(&told), &first, &other);
    assert_eq!(service(&then), service(&first));
    assert!(then.iter().any(|record| record.clock.kind == ClockKind::Appeal));
    // One that runs follows the rules, and so does one that stopped at another time than was known.
    let running = derived(id(), &history(&told[..1]), &[], &rules);
    let followed = derived(id(), &history(&told[..1]), &running, &other);
    assert_ne!(service(&followed).clock.due, service(&running).clock.due);
    told[1].1 = after(4);
    let corrected = derived(id(), &history(&told), &first, &other);
    assert_eq!(service(&corrected).clock.due, service(&followed).clock.due);
}

#[test]
fn what_stopped_since_the_rules_changed_is_measured_by_them() {
    let rules = sample::reference().rules;
    let other = with_a_shorter_limit(&rules);
    let told = history(&[(EventKind::Submitted, after(0)), (EventKind::Rejected, after(5))]);
    let first = derived(id(), &told, &[], &rules);
    let due = |records: &[ClockRecord]| service(records).clock.due;
    assert_eq!(due(&derived_since(id(), &told, &first, &other, Some(after(6)))), due(&first));
    assert_ne!(due(&derived_since(id(), &told, &first, &other, Some(after(4)))), due(&first));
}

#[test]
fn a_mistaken_end_that_is_taken_back_is_told_of_again() {
    let rules = sample::reference().rules;
    let told = history(&[(EventKind::Submitted, after(0))]);
    let mut record = service(&derived(id(), &told, &[], &rules)).clone();
    let breached = record.clock.rungs.iter().find(|(rung, _)| *rung == Rung::Breached).copied().unwrap();
    record.fired.mark(Rung::Met);
    assert!(record.due(after(400)).contains(&breached) && record.next_at().is_some());
    record.clock.stopped_at = Some(after(500));
    assert_eq!((record.due(after(900)), record.next_at()), (vec![], None), "what was met is not late");
}

#[test]
fn the_promise_is_that_of_the_submission_whatever_came_before_it() {
    let rules = sample::reference().rules;
    let approved = Happening::read(EventKind::Approved, after(20), false, &json!({"submitted_at": after(18)}));
    let mut early = history(&[]);
    early.happenings.push(approved);
    let first = derived(id(), &early, &[], &rules);
    early.happenings.push(Happening::read(EventKind::Submitted, after(0), false, &json!({})));
    let then = derived(id(), &early, &first, &rules);
    let alone = derived(id(), &history(&[(EventKind::Submitted, after(0))]), &[], &rules);
    assert_eq!(service(&then).promised, service(&alone).promised);
    assert_ne!(service(&then).promised, service(&first).promised);
}

#[test]
fn appeals_are_told_apart_by_their_numbers() {
    let rules = sample::reference().rules;
    let told = history(&[(EventKind::Submitted, after(0)), (EventKind::AppealFiled, after(9))]);
    let numbers: Vec<_> = derived(id(), &told, &[], &rules)
        .iter()
        .map(|record| record.told(Rung::Breached, "BCW/1", after(10), &rules)["case_no"].clone())
        .collect();
    assert_eq!(numbers, [json!(null), json!("A/1")]);
}

#[test]
fn stages_of_a_service_are_looked_up_whether_or_not_the_whole_has_a_limit() {
    let mut rules = sample::reference().rules;
    let stage = rules.of(sample::DEPARTMENT, "staged")[0].clone();
    let told = history(&[(EventKind::Submitted, after(0))]);
    let page = |rules: &Rules| {
        let record = service(&derived(id(), &told, &[], rules)).clone();
        assert!(record.clock.limit.is_some());
        ReportPage::new(vec![(record, after(0))]).staged(sample::DEPARTMENT, rules)
    };
    assert_eq!(page(&rules), []);
    rules.add(sample::DEPARTMENT, "caste-certificate", stage);
    assert_eq!(page(&rules), [id()]);
}
