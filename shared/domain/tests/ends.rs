//! Where clocks end and stand: no stage begins after the end, the last runs until the certificate is ready, and whenever it was,
//! it is read back.

use crate::{at, rules};
use mohor_domain::{
    civil::Instant,
    clock::{
        Clock, ClockKind, ClockState, Happening, History, Outcome, Place, derive, parse_due, parse_pauses, pauses_text,
    },
    event::EventKind,
    ladder::{Rung, parse_rungs, rungs_text},
    limit::Pause,
    share::ProvidedAt,
};
use proptest::prelude::*;
use serde_json::json;

fn told(department: &str, service: &str, happenings: &[(EventKind, &str, &str)]) -> History {
    let read = |(kind, text, stage): &(EventKind, &str, &str)| {
        Happening::read(*kind, at(text), false, &json!({ "stage": stage }))
    };
    History {
        department: department.into(),
        service: Some(service.into()),
        happenings: happenings.iter().map(read).collect(),
        ..History::default()
    }
}

fn standing(clock: &Clock) -> (&str, ClockState, Option<Outcome>) {
    (clock.key.as_str(), clock.state, clock.outcome)
}

#[test]
fn the_last_stage_runs_until_the_certificate_is_ready_whatever_is_reported() {
    use EventKind::{StageCompleted, Submitted};
    let mut history = told(
        "HHA",
        "nori-certificate",
        &[
            (Submitted, "2026-06-01T10:00", ""),
            (StageCompleted, "2026-06-03T10:00", "forward"),
            (StageCompleted, "2026-06-08T10:00", "police-report"),
            (StageCompleted, "2026-06-10T10:00", "issue"),
        ],
    );
    let last = derive(&history, &rules()).pop().expect("clocks");
    assert_eq!(standing(&last), ("issue", ClockState::Running, None));
    assert_eq!(last.due.map(|due| due.day.to_string()).as_deref(), Some("2026-06-17"));
    let breached = last.rungs.iter().find(|(rung, _)| *rung == Rung::Breached).map(|(_, at)| *at);
    assert_eq!(breached, Some(at("2026-06-18T00:00")));
    history.ready_at = Some(at("2026-06-12T10:00"));
    let last = derive(&history, &rules()).into_iter().find(|clock| clock.key == "issue").expect("a stage");
    assert_eq!(standing(&last), ("issue", ClockState::Stopped, Some(Outcome::Provided)));
}

#[test]
fn no_stage_begins_at_the_end_or_after_it() {
    use EventKind::{Rejected, StageCompleted, Submitted};
    let happened = [
        (Submitted, "2026-10-01T10:00", ""),
        (Rejected, "2026-10-03T10:00", ""),
        (StageCompleted, "2026-10-06T10:00", "forward"),
        (StageCompleted, "2026-10-07T10:00", "police-report"),
    ];
    let clocks = derive(&told("HHA", "nori-certificate", &happened), &rules());
    let found: Vec<_> = clocks.iter().map(|clock| (clock.kind.as_str(), standing(clock))).collect();
    assert_eq!(
        found,
        [
            ("service", ("", ClockState::Stopped, Some(Outcome::Rejected))),
            ("stage", ("forward", ClockState::Stopped, Some(Outcome::Rejected))),
            ("department", ("", ClockState::Stopped, Some(Outcome::Rejected))),
        ]
    );
    assert!(clocks.iter().all(|clock| clock.started_at == Some(at("2026-10-01T10:00"))));
    assert!(clocks.iter().all(|clock| clock.stopped_at == Some(at("2026-10-03T10:00"))));
}

#[test]
fn a_condition_that_is_met_after_the_end_starts_nothing_and_the_end_stays_where_it_was() {
    use EventKind::{Rejected, Started, Submitted};
    let before = [(Submitted, "2026-10-20T10:00", ""), (Rejected, "2026-10-28T10:00", "")];
    let after = [before[0], before[1], (Started, "2026-11-10T10:00", "")];
    let clocks = derive(&told("TRN", "goods-carriage-permit", &after), &rules());
    assert_eq!(clocks, derive(&told("TRN", "goods-carriage-permit", &before), &rules()));
    let service = &clocks[0];
    assert_eq!(standing(service), ("", ClockState::Stopped, Some(Outcome::Rejected)));
    assert_eq!((service.started_at, service.stopped_at, service.due), (None, Some(at("2026-10-28T10:00")), None));
}

#[test]
fn a_memo_in_the_instant_of_a_resumption_begins_the_next_pause() {
    use EventKind::{Deficient, Resumed, Submitted};
    let pauses = |happened: &[(EventKind, &str, &str)]| {
        let clocks = derive(&told("UMA", "water-connection", happened), &rules());
        (clocks[0].state, clocks[0].pauses.len(), clocks[0].due.is_some())
    };
    let (submitted, memo) = ((Submitted, "2026-11-02T10:00", ""), (Deficient, "2026-11-04T10:00", ""));
    let (resumed, again) = ((Resumed, "2026-11-10T10:00", ""), (Deficient, "2026-11-10T10:00", ""));
    assert_eq!(pauses(&[submitted, memo, resumed, again]), (ClockState::Paused, 2, false));
    assert_eq!(pauses(&[submitted, memo, resumed]), (ClockState::Running, 1, true));
    // Where nothing stood, a memo and a resumption at one instant are nothing.
    assert_eq!(pauses(&[submitted, again, resumed]), (ClockState::Running, 0, true));
    // The same memo told twice, once long after: it is one.
    let mut twice = told("UMA", "water-connection", &[submitted, again, again, resumed]);
    twice.happenings[2].late = true;
    assert_eq!(derive(&twice, &rules())[0].state, ClockState::Running);
}

proptest! {
    /// What is written can be read, whenever it was.
    #[test]
    fn columns_of_any_time_are_read_back(
        times in prop::collection::vec(-377_705_116_800_000i64..253_402_300_800_000, 1..9),
        open in any::<bool>(),
    ) {
        let mut pauses: Vec<Pause> = times
            .chunks(2)
            .filter_map(|pair| Some(Pause {
                from: Instant::from_millis(pair[0]),
                until: Some(Instant::from_millis(*pair.get(1)?)),
            }))
            .collect();
        if open {
            pauses.push(Pause { from: Instant::from_millis(times[0]), until: None });
        }
        prop_assert_eq!(parse_pauses(&pauses_text(&pauses)), Some(pauses));
        let rungs: Vec<(Rung, Instant)> = times.iter().map(|at| (Rung::Breached, Instant::from_millis(*at))).collect();
        prop_assert_eq!(parse_rungs(&rungs_text(&rungs)), Some(rungs));
        let day = Instant::from_millis(times[0]).day();
        prop_assert_eq!(parse_due(&day.to_string(), false).map(|due| due.day), Some(day));
    }
}

#[test]
fn an_application_keeps_the_limits_of_the_centre_of_its_submission() {
    let named = |kind, text, bsk| Happening::read(kind, at(text), false, &json!({ "bsk": bsk }));
    let submitted = named(EventKind::Submitted, "2026-06-01T10:00", Some("KOL0001"));
    let approved = named(EventKind::Approved, "2026-06-03T10:00", Some("BNK0001"));
    let district = |bsk: &str| Some(bsk[..3].to_owned());
    let placed = |happenings: &[&Happening], named: Option<&str>| {
        let happenings = happenings.iter().map(|it| (*it).clone()).collect();
        let history = told("HHA", "nori-certificate", &[]);
        History { happenings, ..history }.placed(named.map(str::to_owned), district)
    };
    for order in [[&submitted, &approved], [&approved, &submitted]] {
        let history = placed(&order, Some("BNK0001"));
        assert_eq!((history.bsk.as_deref(), history.district.as_deref()), (Some("KOL0001"), Some("KOL")));
        assert_eq!(history.goes_to.map(|place| place.bsk).as_deref(), Some("BNK0001"));
    }
    // Without a submission the approval is all that is known; with one that was made online there is no district.
    assert_eq!(placed(&[&approved], Some("BNK0001")).district.as_deref(), Some("BNK"));
    let online = named(EventKind::Submitted, "2026-06-01T10:00", None);
    assert_eq!(placed(&[&approved, &online], Some("BNK0001")).district, None);
}

/// The clocks of a history of events that say no more than their kind and time, and stage or case.
fn plain(department: &str, service: &str, events: &[(EventKind, &str)]) -> History {
    let data = json!({ "stage": "forward", "appeal_no": "A/1" });
    let happenings = events.iter().map(|(kind, text)| Happening::read(*kind, at(text), false, &data)).collect();
    History { happenings, ..told(department, service, &[]) }
}

#[test]
fn what_carries_out_an_allowed_appeal_leaves_the_clock_as_the_rejection_ended_it() {
    use EventKind::{AppealDecided, AppealFiled, Approved, Rejected, Submitted};
    for approved in ["2026-06-03T00:00", "2026-06-30T00:00", "2026-07-02T00:00"] {
        let events = [
            (Submitted, "2026-06-01T00:00"),
            (Rejected, "2026-06-30T00:00"),
            (AppealFiled, "2026-06-30T00:00"),
            (AppealDecided, "2026-06-30T00:00"),
            (Approved, approved),
        ];
        let history = History { provided: true, ..plain("TRN", "tax-receipt", &events) };
        let service = derive(&history, &rules()).remove(0);
        assert_eq!((service.stopped_at, service.outcome), (Some(at("2026-06-30T00:00")), Some(Outcome::Rejected)));
        assert!(service.rungs.iter().all(|(rung, _)| *rung != Rung::Met), "{approved}");
    }
}

#[test]
fn the_department_answers_for_the_stage_that_was_in_hand_when_it_decided() {
    use EventKind::{Approved, StageCompleted, Submitted};
    let events =
        [(Submitted, "2026-06-01T10:00"), (Approved, "2026-06-05T10:00"), (StageCompleted, "2026-06-08T10:00")];
    let received = Some(at("2026-06-05T11:00"));
    let history = History { approval_received_at: received, ..plain("HHA", "nori-certificate", &events) };
    let clocks = derive(&history, &rules());
    let department = clocks.iter().find(|clock| clock.kind == ClockKind::Department).expect("a clock");
    assert_eq!((department.started_at, department.stopped_at), (Some(at("2026-06-01T10:00")), received));
}

#[test]
fn what_provides_a_service_goes_by_where_the_certificate_lies() {
    use EventKind::{Approved, Submitted};
    let mut rules = rules();
    rules.terms.provided_at = ProvidedAt::HandedOver;
    let events = [(Submitted, "2026-06-01T10:00"), (Approved, "2026-06-03T10:00")];
    let mut history = plain("TRN", "tax-receipt", &events);
    history.ready_at = Some(at("2026-06-03T10:05"));
    history.bsk = Some("KOL0001".into());
    assert_eq!(derive(&history, &rules)[0].state, ClockState::Stopped, "it is fetched online");
    history.bsk = None;
    history.goes_to = Some(Place { bsk: "KOL0001".into(), district: Some("KOL".into()) });
    assert_eq!(derive(&history, &rules)[0].state, ClockState::Running, "it waits at a centre");
}

#[test]
fn no_stage_begins_where_the_application_ends_at_once() {
    let events = [(EventKind::Submitted, "2026-06-01T00:00"), (EventKind::Rejected, "2026-06-01T00:00")];
    let clocks = derive(&plain("HHA", "nori-certificate", &events), &rules());
    assert!(clocks.iter().all(|clock| clock.kind != ClockKind::Stage), "{clocks:?}");
}
