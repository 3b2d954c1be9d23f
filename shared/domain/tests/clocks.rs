//! Clocks are a function of the set of events, whatever the order in which they come.

use crate::{at, rules};
use mohor_domain::{
    clock::{Clock, ClockKind, ClockState, Happening, History, Outcome, Place, derive},
    event::EventKind,
    ladder::{Fired, Rung, parse_rungs, rungs_text},
    share::ProvidedAt,
};
use proptest::prelude::*;
use serde_json::json;

fn happening(kind: EventKind, text: &str) -> Happening {
    Happening::read(kind, at(text), false, &json!({}))
}

fn named(kind: EventKind, text: &str, member: &str, value: &str) -> Happening {
    Happening::read(kind, at(text), false, &json!({ member: value }))
}

fn history(department: &str, service: &str, happenings: Vec<Happening>) -> History {
    History { department: department.into(), service: Some(service.into()), happenings, ..History::default() }
}

fn due(clock: &Clock) -> String {
    clock.due.map(|due| due.day.to_string()).unwrap_or_default()
}

fn rungs(clock: &Clock) -> Vec<(&'static str, String)> {
    clock.rungs.iter().map(|(rung, at)| (rung.as_str(), at.rfc3339()[..16].to_owned())).collect()
}

#[test]
fn a_clock_starts_pauses_resumes_and_stops() {
    let mut story = vec![happening(EventKind::Submitted, "2026-11-02T11:00")];
    let clock = |story: &[Happening]| derive(&history("LRR", "plot-information", story.to_vec()), &rules()).remove(0);
    let running = clock(&story);
    assert_eq!((running.state, due(&running).as_str()), (ClockState::Running, "2026-11-04"));
    let owed = rungs(&running);
    assert_eq!(
        owed,
        [
            ("due_today", "2026-11-04T00:00".to_owned()),
            ("breached", "2026-11-05T00:00".to_owned()),
            ("appeal_open", "2026-11-05T00:00".to_owned()),
            ("reviewing_officer", "2026-11-20T00:00".to_owned()),
        ],
        "of two days none is soon"
    );
    story.push(happening(EventKind::Deficient, "2026-11-03T10:00"));
    let paused = clock(&story);
    assert_eq!((paused.state, paused.due, paused.rungs), (ClockState::Paused, None, vec![]));
    story.push(happening(EventKind::Resumed, "2026-11-05T10:00"));
    let resumed = clock(&story);
    assert_eq!((resumed.state, due(&resumed).as_str()), (ClockState::Running, "2026-11-06"));
    let mut told = history("LRR", "plot-information", story.clone());
    told.ready_at = Some(at("2026-11-06T23:59"));
    let stopped = derive(&told, &rules()).remove(0);
    assert_eq!((stopped.state, stopped.outcome), (ClockState::Stopped, Some(Outcome::Provided)));
    assert_eq!(stopped.rungs.last().map(|(rung, _)| *rung), Some(Rung::Met));
    told.ready_at = Some(at("2026-11-07T00:00"));
    let late = derive(&told, &rules()).remove(0);
    let told: Vec<Rung> = late.rungs.iter().map(|(rung, _)| *rung).collect();
    assert_eq!(told, [Rung::DueToday, Rung::Breached, Rung::AppealOpen], "at midnight it is late");
    story.push(happening(EventKind::Withdrawn, "2026-11-06T12:00"));
    let withdrawn = clock(&story);
    assert_eq!(withdrawn.outcome, Some(Outcome::Withdrawn));
    assert!(withdrawn.rungs.iter().all(|(rung, _)| *rung == Rung::DueToday), "nobody met anything: {withdrawn:?}");
}

#[test]
fn due_soon_comes_when_a_fifth_is_left() {
    let story = vec![happening(EventKind::Submitted, "2026-11-02T11:00")];
    let clock = derive(&history("BCW", "caste-certificate", story), &rules()).remove(0);
    // 3-7 November (5), 9 and 10 (7), 12-14 (10), 16-21 (16), 23 (17), 25-28 (21), 30 (22); 1-5 December (27), 7 (28).
    assert_eq!(due(&clock), "2026-12-07");
    // A fifth of 28, rounded up, is 6: they are left when the 22nd is over.
    assert_eq!(rungs(&clock)[0], ("due_soon", "2026-12-01T00:00".to_owned()));
}

#[test]
fn a_conditional_start_waits_for_its_condition() {
    let mut story = vec![happening(EventKind::Submitted, "2026-11-02T11:00")];
    let clock =
        |story: &[Happening]| derive(&history("TRN", "goods-carriage-permit", story.to_vec()), &rules()).remove(0);
    assert_eq!((clock(&story).state, clock(&story).due), (ClockState::NotStarted, None));
    story.push(happening(EventKind::Started, "2026-11-09T15:00"));
    assert_eq!(clock(&story).started_at, Some(at("2026-11-09T15:00")));
    assert_eq!(clock(&story).state, ClockState::Running);
}

#[test]
fn a_staged_clock_goes_from_stage_to_stage_and_its_limit_depends_on_the_place() {
    let mut story = vec![happening(EventKind::Submitted, "2026-11-02T11:00")];
    let at_place = |story: &[Happening], district: Option<&str>| {
        let mut told = history("HHA", "nori-certificate", story.to_vec());
        told.district = district.map(str::to_owned);
        derive(&told, &rules())
    };
    let words = |clocks: &[Clock]| -> Vec<String> {
        clocks
            .iter()
            .map(|clock| format!("{} {} {} {}", clock.kind.as_str(), clock.key, clock.state.as_str(), due(clock)))
            .collect()
    };
    // Working days: 3-6 November (4), 13 (5), 17 (6), 18 (7); between them Kali Puja and Chhat Puja.
    assert_eq!(words(&at_place(&story, None)), ["service  running ", "stage forward running 2026-11-18"]);
    story.push(named(EventKind::StageCompleted, "2026-11-05T11:00", "stage", "forward"));
    let elsewhere = at_place(&story, Some("COB"));
    assert_eq!(words(&elsewhere)[1..], ["stage forward stopped 2026-11-18", "stage police-report running 2026-12-11"]);
    let kolkata = at_place(&story, Some("KOL"));
    assert_eq!(words(&kolkata)[2], "stage police-report running 2026-11-23");
    // The stage after next is told first: it waits for its turn.
    let mut early = story.clone();
    early.push(named(EventKind::StageCompleted, "2026-11-20T11:00", "stage", "issue"));
    assert_eq!(words(&at_place(&early, Some("KOL"))), words(&kolkata));
}

#[test]
fn an_application_keeps_the_limit_of_its_day() {
    let mut rules = rules();
    let mut rule = rules.of("LRR", "plot-information")[0].clone();
    rule.effective_from = mohor_domain::civil::parse_date("2026-11-10");
    rule.limit = rule.limit.map(|limit| mohor_domain::limit::Limit { amount: 5, ..limit });
    rules.add("LRR", "plot-information", rule);
    let due_of = |day: &str| {
        let story = vec![happening(EventKind::Submitted, day)];
        due(&derive(&history("LRR", "plot-information", story), &rules)[0])
    };
    assert_eq!(due_of("2026-11-09T23:59"), "2026-11-12", "Tue 10 (1), Bhratridwitiya out, Thu 12 (2)");
    assert_eq!(due_of("2026-11-10T00:01"), "2026-11-17", "12, 13, 14, 16, 17 (1-5)");
    let before = history("LRR", "plot-information", vec![happening(EventKind::Submitted, "2014-01-02T10:00")]);
    assert_eq!(derive(&before, &rules)[0].state, ClockState::NoLimit, "nothing was notified yet");
}

#[test]
fn an_appeal_and_a_review_have_clocks_of_their_own() {
    let story = vec![
        happening(EventKind::Submitted, "2026-08-03T11:00"),
        named(EventKind::AppealFiled, "2026-08-20T11:00", "appeal_no", "A/1"),
        named(EventKind::AppealDecided, "2026-09-01T11:00", "appeal_no", "A/1"),
        named(EventKind::AppealFiled, "2026-08-21T11:00", "appeal_no", "A/2"),
        named(EventKind::ReviewFiled, "2026-09-05T11:00", "review_no", "R/1"),
    ];
    let clocks = derive(&history("LRR", "plot-information", story), &rules());
    let found: Vec<(ClockKind, &str, ClockState)> =
        clocks.iter().map(|clock| (clock.kind, clock.key.as_str(), clock.state)).collect();
    assert_eq!(
        found,
        [
            (ClockKind::Service, "", ClockState::Running),
            (ClockKind::Appeal, "A/1", ClockState::Stopped),
            (ClockKind::Appeal, "A/2", ClockState::Running),
            (ClockKind::Review, "R/1", ClockState::Running),
        ]
    );
    assert_eq!(clocks[1].outcome, Some(Outcome::Decided));
}

#[test]
fn early_events_alone_make_a_clock_that_has_not_started() {
    let told = History {
        department: "LRR".into(),
        happenings: vec![happening(EventKind::Deficient, "2026-11-03T10:00")],
        ..History::default()
    };
    assert_eq!(derive(&told, &rules())[0].state, ClockState::NotStarted);
}

#[test]
fn a_rung_fires_once() {
    let (soon, today) = ((Rung::DueSoon, at("2026-11-03T00:00")), (Rung::DueToday, at("2026-11-04T00:00")));
    let all = [soon, today];
    let mut fired = Fired::default();
    assert_eq!((fired.next(&all), fired.due(&all, soon.1)), (Some(soon.1), vec![soon]));
    assert!(fired.mark(Rung::DueSoon) && !fired.mark(Rung::DueSoon));
    assert_eq!((fired.next(&all), fired.due(&all, soon.1)), (Some(today.1), vec![]));
    assert_eq!(Fired::from_bits(fired.bits()), fired);
    assert_eq!(parse_rungs(&rungs_text(&all)).as_deref(), Some(&all[..]));
    assert_eq!(parse_rungs("breached"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Every order of a history of up to seven events, each of them perhaps twice.
    #[test]
    fn every_order_gives_the_same_clocks(
        kinds in prop::collection::vec(0usize..10, 1..7),
        minutes in prop::collection::vec(0i64..40 * 24 * 60, 7),
        shuffle in prop::collection::vec(any::<prop::sample::Index>(), 14),
        turns in prop::collection::vec(prop::option::of(0i64..60 * 24 * 60), 4),
        handed_over in any::<bool>(),
    ) {
        const KINDS: [EventKind; 10] = [
            EventKind::Deficient, EventKind::Resumed, EventKind::Deficient, EventKind::Resumed, EventKind::StageCompleted,
            EventKind::Transferred, EventKind::AppealFiled, EventKind::AppealDecided, EventKind::Approved, EventKind::Rejected,
        ];
        let mut rules = rules();
        rules.terms.provided_at = if handed_over { ProvidedAt::HandedOver } else { ProvidedAt::Ready };
        let start = at("2026-09-20T10:00");
        let mut events = vec![Happening::read(EventKind::Submitted, start, false, &json!({"office": "A"}))];
        for (kind, after) in kinds.iter().zip(&minutes) {
            let data = json!({"stage": "forward", "appeal_no": "A/1", "office": format!("O{after}")});
            events.push(Happening::read(KINDS[*kind], start.plus_millis(after * 60_000), false, &data));
        }
        let turn = |place: usize| turns[place].map(|after| start.plus_millis(after * 60_000));
        for service in [("HHA", "nori-certificate"), ("LRR", "plot-information")] {
            let told = |happenings| History {
                bsk: Some("COB0001".into()),
                goes_to: Some(Place { bsk: "COB0001".into(), district: None }),
                approval_received_at: turn(0),
                ready_at: turn(1),
                handed_at: turn(2),
                superseded_at: turn(3),
                ..history(service.0, service.1, happenings)
            };
            let in_order = derive(&told(events.clone()), &rules);
            let mut mixed = events.clone();
            mixed.extend(events.iter().take(3).cloned());
            for (place, index) in shuffle.iter().enumerate() {
                let other = index.index(mixed.len());
                let place = place % mixed.len();
                mixed.swap(place, other);
            }
            prop_assert_eq!(mohor_domain::clock::office(&told(mixed.clone())), mohor_domain::clock::office(&told(events.clone())));
            for clock in &in_order {
                prop_assert!(clock.rungs.iter().all(|(_, at)| clock.stopped_at.is_none_or(|stopped| *at <= stopped)));
                prop_assert!(clock.stopped_at.is_none() || clock.stopped_at >= clock.started_at);
            }
            prop_assert_eq!(derive(&told(mixed), &rules), in_order);
        }
    }
}
