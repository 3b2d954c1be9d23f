//! Whose delay it was: the clocks of the department, the pipeline and the centre, worked by hand.

use crate::{at, rules};
use mohor_domain::{
    clock::{Clock, ClockKind, ClockState, Happening, History, Outcome, Place, Stay, derive},
    event::EventKind,
    ladder::{Fired, Rung},
    rules::Rules,
    share::{ProvidedAt, Terms},
};
use serde_json::json;

fn handed_over() -> Rules {
    let mut rules = rules();
    rules.terms.provided_at = ProvidedAt::HandedOver;
    rules
}

fn said(kind: EventKind, text: &str) -> Happening {
    Happening::read(kind, at(text), false, &json!({"stage": "forward"}))
}

/// Plot information has two days: submitted on Monday 2 November 2026, due on the 4th. Approved in time, and sent two days later.
fn story() -> History {
    History {
        department: "LRR".into(),
        service: Some("plot-information".into()),
        bsk: Some("COB0001".into()),
        goes_to: Some(Place { bsk: "COB0001".into(), district: None }),
        happenings: vec![said(EventKind::Submitted, "2026-11-02T11:00"), said(EventKind::Approved, "2026-11-04T17:00")],
        approval_received_at: Some(at("2026-11-06T10:00")),
        ..History::default()
    }
}

fn of(history: &History, rules: &Rules, kind: ClockKind) -> Option<Clock> {
    derive(history, rules).into_iter().find(|clock| clock.kind == kind)
}

/// State, outcome, due day, and whether it is or was in time.
fn words(clock: &Clock, now: &str) -> (&'static str, &'static str, String, bool) {
    let outcome = clock.outcome.map(Outcome::as_str).unwrap_or_default();
    let due = clock.due.map(|due| due.day.to_string()).unwrap_or_default();
    (clock.state.as_str(), outcome, due, clock.in_time(at(now)))
}

#[test]
fn a_department_answers_until_its_decision_is_received() {
    let clock = of(&story(), &rules(), ClockKind::Department).expect("it has decided");
    assert_eq!(words(&clock, "2026-11-06T10:00"), ("stopped", "decided", "2026-11-04".into(), false));
    assert_eq!((clock.stopped_at, clock.rungs), (Some(at("2026-11-06T10:00")), vec![]), "the service's clock tells");
    let mut prompt = story();
    prompt.approval_received_at = Some(at("2026-11-04T17:01"));
    assert!(of(&prompt, &rules(), ClockKind::Department).expect("decided").in_time(at("2026-12-01T00:00")));
    // A file of events has no receipts: the approval counts as come when it was given.
    prompt.approval_received_at = None;
    let simulated = of(&prompt, &rules(), ClockKind::Department).expect("decided");
    assert_eq!(simulated.stopped_at, Some(at("2026-11-04T17:00")));
    // Until it decides, the service's clock is its own.
    prompt.happenings.pop();
    assert_eq!(of(&prompt, &rules(), ClockKind::Department), None);
    prompt.happenings.push(said(EventKind::Rejected, "2026-11-03T10:00"));
    let rejected = derive(&prompt, &rules());
    let kinds: Vec<ClockKind> = rejected.iter().map(|clock| clock.kind).collect();
    assert_eq!(kinds, [ClockKind::Service, ClockKind::Department]);
    assert_eq!(words(&rejected[1], "2026-12-01T00:00"), ("stopped", "rejected", "2026-11-04".into(), true));
}

#[test]
fn the_departments_pauses_are_the_services() {
    let mut paused = story();
    paused.happenings.push(said(EventKind::Deficient, "2026-11-03T10:00"));
    paused.happenings.push(said(EventKind::Resumed, "2026-11-05T10:00"));
    // The 3rd and 4th stand: 5 (1), 6 (2).
    let clock = of(&paused, &rules(), ClockKind::Department).expect("decided");
    assert_eq!(words(&clock, "2026-11-06T10:00"), ("stopped", "decided", "2026-11-06".into(), true));
}

#[test]
fn the_pipeline_has_minutes_and_a_breach_alone() {
    let mut story = story();
    let clock = of(&story, &rules(), ClockKind::Pipeline).expect("received");
    assert_eq!((clock.state, clock.started_at), (ClockState::Running, Some(at("2026-11-06T10:00"))));
    assert_eq!(clock.rungs, [(Rung::Breached, at("2026-11-06T11:00"))]);
    assert!(clock.in_time(at("2026-11-06T10:59")) && !clock.in_time(at("2026-11-06T11:00")));
    story.ready_at = Some(at("2026-11-06T10:02"));
    let ready = of(&story, &rules(), ClockKind::Pipeline).expect("received");
    assert_eq!(words(&ready, "2026-12-01T00:00"), ("stopped", "completed", "2026-11-06".into(), true));
    assert_eq!(ready.rungs, [], "a certificate made in time is nobody's news");
    // Day and night, Sundays too: received at 23:30 on Saturday.
    story.approval_received_at = Some(at("2026-11-07T23:30"));
    story.ready_at = Some(at("2026-11-08T00:31"));
    let night = of(&story, &rules(), ClockKind::Pipeline).expect("received");
    assert_eq!(words(&night, "2026-12-01T00:00"), ("stopped", "completed", "2026-11-08".into(), false));
    assert_eq!(night.rungs, [(Rung::Breached, at("2026-11-08T00:30"))]);
    let mut unlimited = rules();
    unlimited.terms = Terms { pipeline_minutes: 0, ..Terms::default() };
    story.ready_at = None;
    assert_eq!(of(&story, &unlimited, ClockKind::Pipeline).expect("received").state, ClockState::NoLimit);
}

#[test]
fn a_centre_answers_from_ready_to_handed_over() {
    let mut story = story();
    assert_eq!(of(&story, &rules(), ClockKind::Bsk), None, "not ready");
    story.ready_at = Some(at("2026-11-06T10:02"));
    // 7 (1), 9, 10 (3), 12-14 (6), 16-21 (12), 23 (13), 25 (14), 26 (15): without Sundays, the 11th and the 24th.
    let clock = of(&story, &rules(), ClockKind::Bsk).expect("ready");
    assert_eq!(words(&clock, "2026-11-26T23:59"), ("running", "", "2026-11-26".into(), true));
    // A fifth of 15 are 3: they are left when the 12th is over.
    let rungs = [
        (Rung::DueSoon, at("2026-11-22T00:00")),
        (Rung::DueToday, at("2026-11-26T00:00")),
        (Rung::Breached, at("2026-11-27T00:00")),
    ];
    assert_eq!(clock.rungs, rungs, "no appeal lies against a citizen who does not come");
    story.handed_at = Some(at("2026-11-20T12:00"));
    let handed = of(&story, &rules(), ClockKind::Bsk).expect("ready");
    assert_eq!(words(&handed, "2026-12-20T00:00"), ("stopped", "delivered", "2026-11-26".into(), true));
    assert_eq!(handed.rungs, []);
    // Whoever applied online waits at no centre.
    (story.bsk, story.goes_to) = (None, None);
    assert_eq!(of(&story, &rules(), ClockKind::Bsk), None);
}

#[test]
fn what_provides_a_service_is_a_setting() {
    let mut story = story();
    story.ready_at = Some(at("2026-11-06T10:02"));
    let service = |history: &History, rules: &Rules| of(history, rules, ClockKind::Service).expect("always");
    assert_eq!(service(&story, &rules()).stopped_at, story.ready_at);
    assert_eq!(service(&story, &handed_over()).state, ClockState::Running);
    story.handed_at = Some(at("2026-11-20T12:00"));
    assert_eq!(service(&story, &rules()).stopped_at, story.ready_at);
    let handed = service(&story, &handed_over());
    assert_eq!((handed.stopped_at, handed.outcome), (story.handed_at, Some(Outcome::Provided)));
    // Applied online: ready is all there is.
    (story.bsk, story.goes_to) = (None, None);
    assert_eq!(service(&story, &handed_over()).stopped_at, story.ready_at);
}

#[test]
fn a_correction_ends_the_wait_for_the_certificate_it_corrects() {
    let mut story = story();
    story.ready_at = Some(at("2026-11-06T10:02"));
    story.superseded_at = Some(at("2026-11-10T10:00"));
    let clock = of(&story, &rules(), ClockKind::Bsk).expect("ready");
    assert_eq!((clock.outcome, clock.rungs), (Some(Outcome::Superseded), vec![]));
    let service = of(&story, &handed_over(), ClockKind::Service).expect("always");
    assert_eq!(service.outcome, Some(Outcome::Superseded));
    assert!(!service.rungs.iter().any(|(rung, _)| *rung == Rung::Met), "nothing was provided");
    // Handed over before it was corrected: that stands.
    story.handed_at = Some(at("2026-11-09T10:00"));
    assert_eq!(of(&story, &rules(), ClockKind::Bsk).expect("ready").outcome, Some(Outcome::Delivered));
    // Corrected before the centre was told: it never waited there.
    (story.superseded_at, story.handed_at) = (Some(at("2026-11-06T10:01")), None);
    assert_eq!(of(&story, &rules(), ClockKind::Bsk), None);
}

#[test]
fn each_centre_that_a_certificate_is_sent_on_to_has_its_full_time() {
    let mut story = story();
    story.ready_at = Some(at("2026-11-06T10:02"));
    story.stays = vec![
        Stay { bsk: "COB0002".into(), district: Some("COB".into()), from: at("2026-11-25T10:00") },
        Stay { bsk: "KOL0001".into(), district: Some("KOL".into()), from: at("2027-01-04T10:00") },
    ];
    story.returned = vec![(1, at("2026-12-20T10:00"))];
    story.handed_at = Some(at("2027-01-05T10:00"));
    let clocks: Vec<Clock> =
        derive(&story, &rules()).into_iter().filter(|clock| clock.kind == ClockKind::Bsk).collect();
    let told: Vec<_> = clocks.iter().map(|clock| (clock.key.as_str(), clock.outcome, clock.stopped_at)).collect();
    assert_eq!(
        told,
        [
            ("", Some(Outcome::Rerouted), Some(at("2026-11-25T10:00"))),
            ("2", Some(Outcome::Returned), Some(at("2026-12-20T10:00"))),
            ("3", Some(Outcome::Delivered), Some(at("2027-01-05T10:00"))),
        ]
    );
    let due: Vec<String> = clocks.iter().map(|clock| words(clock, "2026-11-07T00:00").2).collect();
    assert!(due[0] < due[1] && due[1] < due[2], "each from its own beginning: {due:?}");
    assert!(!clocks[1].in_time(at("2027-01-05T10:00")) && clocks[2].in_time(at("2027-01-05T10:00")));
    let places: Vec<_> = clocks.iter().map(|clock| story.place_of(clock)).collect();
    assert_eq!(places[0], (Some("COB0001"), None));
    assert_eq!(&places[1..], [(Some("COB0002"), Some("COB")), (Some("KOL0001"), Some("KOL"))]);
    // What went back has ended the department's duty, whatever comes then.
    let service = of(&story, &handed_over(), ClockKind::Service).expect("always");
    assert_eq!((service.outcome, service.stopped_at), (Some(Outcome::Returned), Some(at("2026-12-20T10:00"))));
    assert!(!service.rungs.iter().any(|(rung, _)| *rung == Rung::Met), "nothing was provided");
}

#[test]
fn a_service_without_a_document_is_provided_when_it_is_approved() {
    let mut story = story();
    story.provided = true;
    for rules in [rules(), handed_over()] {
        let clocks = derive(&story, &rules);
        let kinds: Vec<ClockKind> = clocks.iter().map(|clock| clock.kind).collect();
        assert_eq!(kinds, [ClockKind::Service, ClockKind::Department], "nothing is made and nobody waits at a centre");
        // By its own time: the act is the service, whenever it is told.
        for clock in &clocks {
            assert_eq!(clock.stopped_at, Some(at("2026-11-04T17:00")));
            assert!(clock.in_time(at("2026-12-01T00:00")));
        }
        assert_eq!((clocks[0].outcome, clocks[1].outcome), (Some(Outcome::Provided), Some(Outcome::Decided)));
        assert_eq!(clocks[0].rungs.last(), Some(&(Rung::Met, at("2026-11-04T17:00"))));
    }
}

#[test]
fn of_a_staged_service_the_department_answers_by_the_stage_in_hand() {
    let history = History {
        department: "HHA".into(),
        service: Some("nori-certificate".into()),
        happenings: vec![
            said(EventKind::Submitted, "2026-11-02T11:00"),
            said(EventKind::StageCompleted, "2026-11-05T11:00"),
            said(EventKind::Approved, "2026-12-11T11:00"),
        ],
        ..History::default()
    };
    let clocks = derive(&history, &rules());
    let stage = clocks.iter().rfind(|clock| clock.kind == ClockKind::Stage).expect("a stage");
    let department = clocks.iter().find(|clock| clock.kind == ClockKind::Department).expect("decided");
    assert_eq!((department.limit, department.started_at), (stage.limit, stage.started_at));
    assert_eq!(words(department, "2026-12-12T00:00"), ("stopped", "decided", "2026-12-11".into(), true));
}

#[test]
fn the_bit_of_a_breach_is_the_one_that_the_ledgers_ask_for() {
    assert_eq!(Fired::of(Rung::Breached).bits(), 4);
}
