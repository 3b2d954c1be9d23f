//! What has stopped keeps the limit and the due day by which it was measured, whatever the rules become and whatever is told of
//! the application afterwards, and is measured anew where it is known to have run otherwise.

use mohor_domain::{
    calendar::{Calendar, Holiday, HolidayKind},
    civil::Instant,
    clock::{ClockKind, ClockState, Happening, History, Outcome},
    event::EventKind,
    id::Id,
    ladder::Rung,
    limit::Limit,
    rules::{Ladder, Rules},
    share::ProvidedAt,
};
use mohor_ports::ledger::{ClockRecord, derived, derived_since};
use serde_json::json;

fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}+05:30")).expect("a time")
}

fn rules() -> Rules {
    let file = |name: &str| {
        let path = format!("{}/../../schemas/catalogue/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).expect("a file of the catalogue")
    };
    let calendar = Calendar::read(&file("holidays.csv")).expect("the bundled holidays");
    Rules::read(&file("limits.csv"), calendar, Ladder::default()).expect("the bundled limits")
}

fn application() -> Id {
    Id::new(at("2026-06-01T10:00:00"), &[7; 10])
}

fn told(kind: EventKind, day: &str) -> Happening {
    let data = json!({ "stage": "forward", "appeal_no": "A/1" });
    Happening::read(kind, at(&format!("{day}T00:00:00")), false, &data)
}

/// Submitted on 1 June, sent back from the 4th to the 8th; a stage of a staged service ended on the 9th.
fn history(department: &str, service: &str) -> History {
    let happenings = [
        (EventKind::Submitted, "2026-06-01"),
        (EventKind::Deficient, "2026-06-04"),
        (EventKind::Resumed, "2026-06-08"),
        (EventKind::StageCompleted, "2026-06-09"),
    ];
    History {
        department: department.into(),
        service: Some(service.into()),
        happenings: happenings.map(|(kind, day)| told(kind, day)).into(),
        ..History::default()
    }
}

const SERVICES: [(&str, &str); 4] = [
    ("TRN", "tax-receipt"),
    ("BCW", "caste-certificate"),
    ("HHA", "nori-certificate"),
    ("UMA", "cremation-certificate"),
];

/// Each way in which rules change: a holiday that is declared late, Saturdays that count, other limits from before the submission on.
fn changed() -> Vec<Rules> {
    let holiday = |day: &str, kind| Holiday {
        day: day.parse().expect("a day"),
        name: "a day".into(),
        kind,
        probable: false,
        district: None,
        notified_at: Some(at("2026-07-01T10:00:00")),
        withdrawn_at: None,
    };
    let mut all = vec![rules(), rules(), rules()];
    for day in ["2026-06-02", "2026-06-09", "2026-06-10", "2026-06-11", "2026-06-16"] {
        all[0].calendar.add(holiday(day, HolidayKind::NiAct));
    }
    all[1].calendar.policy.saturday_works = true;
    for (department, service) in SERVICES {
        for mut rule in all[2].of(department, service).to_vec() {
            rule.limit = rule.limit.map(|limit| Limit { amount: 1, ..limit });
            rule.effective_from = Some("2026-05-01".parse().expect("a day"));
            all[2].add(department, service, rule);
        }
    }
    all
}

/// What was stopped of the Act's clocks: its measure.
fn measures(records: &[ClockRecord]) -> Vec<String> {
    let stopped = records.iter().map(|record| &record.clock).filter(|clock| clock.stopped_at.is_some());
    let of_the_act = stopped.filter(|clock| clock.kind.of_the_act());
    of_the_act
        .map(|clock| format!("{:?} {} {:?} {:?} {:?}", clock.kind, clock.key, clock.limit, clock.due, clock.rungs))
        .collect()
}

#[test]
fn what_has_stopped_keeps_its_measure_whatever_the_rules_become_and_whoever_appeals() {
    let ends = [EventKind::Rejected, EventKind::Withdrawn, EventKind::Approved];
    let (mut moved, mut kept_measures) = (0, 0);
    for (department, service) in SERVICES {
        for end in ends {
            for day in ["2026-06-05", "2026-06-12", "2026-08-20"] {
                let mut history = history(department, service);
                history.happenings.push(told(end, day));
                history.provided = end == EventKind::Approved;
                let before = derived(application(), &history, &[], &rules());
                history.happenings.push(told(EventKind::AppealFiled, "2026-09-01"));
                for changed in changed() {
                    let after = derived(application(), &history, &before, &changed);
                    let stopped = measures(&before);
                    let still: Vec<String> =
                        measures(&after).into_iter().filter(|it| !it.starts_with("Appeal")).collect();
                    assert_eq!(still, stopped, "{service} {end:?} {day}");
                    kept_measures += stopped.len();
                    let anew = measures(&derived(application(), &history, &[], &changed));
                    moved += usize::from(anew != stopped);
                    // The appeal is open, and of the rules that are in force.
                    let appeal = after.iter().find(|record| record.clock.kind == ClockKind::Appeal);
                    assert!(appeal.is_some_and(|record| record.clock.stopped_at.is_none()));
                }
            }
        }
    }
    assert!(
        kept_measures > 100 && moved > 40,
        "{moved} of {kept_measures} would have another measure by the rules as they became"
    );
}

#[test]
fn what_is_known_to_have_run_otherwise_is_measured_anew() {
    for (department, service) in SERVICES {
        let mut history = history(department, service);
        history.happenings.push(told(EventKind::Rejected, "2026-06-19"));
        let before = derived(application(), &history, &[], &rules());
        // Of late: the application was submitted two days before.
        history.happenings[0] = told(EventKind::Submitted, "2026-05-30");
        for changed in changed() {
            let after = derived(application(), &history, &before, &changed);
            assert_eq!(measures(&after), measures(&derived(application(), &history, &[], &changed)), "{service}");
        }
    }
}

#[test]
fn what_stopped_since_the_rules_changed_is_measured_by_them_and_what_stopped_before_is_not() {
    for (department, service) in SERVICES {
        let mut history = history(department, service);
        history.happenings.push(told(EventKind::Rejected, "2026-06-19"));
        let before = derived(application(), &history, &[], &rules());
        for changed in changed() {
            let since = |day: &str| {
                let since = Some(at(&format!("{day}T00:00:00")));
                measures(&derived_since(application(), &history, &before, &changed, since))
            };
            assert_eq!(since("2026-06-20"), measures(&before), "{service}");
            let (all_anew, anew) = (since("2026-06-01"), measures(&derived(application(), &history, &[], &changed)));
            assert_eq!(all_anew, anew, "{service}");
        }
    }
}

#[test]
fn what_was_told_to_be_met_owes_nothing_as_long_as_it_stands() {
    let mut history = history("TRN", "tax-receipt");
    history.happenings.push(told(EventKind::Rejected, "2026-06-12"));
    let mut before = derived(application(), &history, &[], &rules());
    let service = &mut before[0];
    assert!(service.clock.state == ClockState::Stopped && service.fired.mark(Rung::Met));
    // It was submitted long before: late, by whatever is known now.
    history.happenings[0] = told(EventKind::Submitted, "2026-04-01");
    let after = derived(application(), &history, &before, &rules());
    assert!(after[0].clock.late_from() < after[0].clock.stopped_at);
    assert_eq!(after[0].due(at("2027-01-01T00:00:00")), []);
}

#[test]
fn a_service_that_was_provided_stays_provided_whatever_provides_those_that_are_open() {
    let tell = |kind, text| Happening::read(kind, at(text), false, &json!({ "bsk": "KOL0001", "appeal_no": "A/1" }));
    let happenings =
        vec![tell(EventKind::Submitted, "2026-06-01T10:00:00"), tell(EventKind::Approved, "2026-06-03T10:00:00")];
    let history =
        History { department: "TRN".into(), service: Some("tax-receipt".into()), happenings, ..History::default() };
    let mut history = history.placed(Some("KOL0001".into()), |_| Some("KOL".into()));
    history.ready_at = Some(at("2026-06-03T10:05:00"));
    let mut before = derived(application(), &history, &[], &rules());
    assert!(before[0].clock.outcome == Some(Outcome::Provided) && before[0].fired.mark(Rung::Met));
    let mut rules = rules();
    rules.terms.provided_at = ProvidedAt::HandedOver;
    history.happenings.push(tell(EventKind::AppealFiled, "2026-07-01T10:00:00"));
    let after = derived(application(), &history, &before, &rules);
    let now = at("2026-08-01T10:00:00");
    assert_eq!((after[0].clock.stopped_at, after[0].due(now)), (before[0].clock.stopped_at, vec![]));
}
