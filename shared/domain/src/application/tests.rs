//! What one more event makes of an application.

use super::*;

fn event(kind: EventKind, digest: &str) -> InboundEvent {
    InboundEvent {
        department: "BCW".into(),
        source: "/departments/BCW/workflow".into(),
        id: "1".into(),
        kind,
        application_no: "BCW/1".into(),
        service: Some("caste-certificate".into()),
        bsk: None,
        docket_no: None,
        at: Instant::from_millis(0),
        ascribed: None,
        supersedes: None,
        document: true,
        mistyped: None,
        data: serde_json::Value::Null,
        digest: digest.into(),
    }
}

fn application(state: State, approval: Option<&str>) -> Known {
    Known {
        application: Some(KnownApplication {
            state,
            approval: approval.map(Into::into),
            service: Some("caste-certificate".into()),
            ..KnownApplication::default()
        }),
        ..Known::default()
    }
}

fn code(decision: Decision) -> Option<Code> {
    match decision {
        Decision::Refuse(refusal) => Some(refusal.code),
        _ => None,
    }
}

#[test]
fn a_repetition_is_answered_and_other_contents_conflict() {
    let approved = event(EventKind::Approved, "a");
    assert_eq!(decide(&approved, &Known::default()), Decision::Record { state: State::Approved, mint: true });
    assert_eq!(decide(&approved, &application(State::Approved, Some("a"))), Decision::Duplicate { uin: None });
    assert_eq!(code(decide(&approved, &application(State::Approved, Some("b")))), Some(Code::Conflict));
    let same_key = Known { same_key: Some("b".into()), ..Known::default() };
    assert_eq!(code(decide(&approved, &same_key)), Some(Code::Conflict));
}

#[test]
fn of_approved_and_rejected_the_first_recorded_wins() {
    let decision = decide(&event(EventKind::Rejected, "r"), &application(State::Approved, Some("a")));
    assert_eq!(code(decision), Some(Code::WrongState));
    let decision = decide(&event(EventKind::Approved, "a"), &application(State::Rejected, None));
    assert_eq!(code(decision), Some(Code::WrongState));
}

#[test]
fn no_application_is_decided_before_the_day_of_its_submission_nor_a_case_before_it_is_filed() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let at = |kind, day: i64| {
        let data = serde_json::json!({ "appeal_no": "A/1" });
        InboundEvent { at: Instant::from_millis(day * DAY), data, ..event(kind, kind.as_str()) }
    };
    let after = |first: &InboundEvent, second: &InboundEvent| {
        let mut known = KnownApplication::default();
        known.record(first, State::Pending);
        code(decide(second, &Known { application: Some(known), ..Known::default() }))
    };
    let submitted = at(EventKind::Submitted, 20);
    for kind in [EventKind::Approved, EventKind::Rejected, EventKind::Withdrawn] {
        assert_eq!(after(&submitted, &at(kind, 19)), Some(Code::DateOrder), "{kind:?}");
        assert_eq!(after(&at(kind, 19), &submitted), Some(Code::DateOrder), "{kind:?}");
        assert_eq!((after(&submitted, &at(kind, 20)), after(&at(kind, 20), &submitted)), (None, None), "{kind:?}");
    }
    let (filed, decided) = (at(EventKind::AppealFiled, 20), at(EventKind::AppealDecided, 19));
    assert_eq!(after(&filed, &decided), Some(Code::DateOrder));
    let another = InboundEvent { data: serde_json::json!({ "appeal_no": "A/2" }), ..decided };
    assert_eq!(after(&filed, &another), None);
    // What pauses a clock before it begins changes nothing, and a midnight stands for its whole day.
    assert_eq!(after(&submitted, &at(EventKind::Deficient, 1)), None);
}

#[test]
fn an_allowed_appeal_is_carried_out_under_the_same_number() {
    let approved = event(EventKind::Approved, "a");
    for (decision, taken) in [("allowed", true), ("partly_allowed", true), ("dismissed", false)] {
        let mut known = KnownApplication { state: State::Rejected, ..KnownApplication::default() };
        let data = serde_json::json!({ "appeal_no": "A/1", "decision": decision });
        known.record(&InboundEvent { data, ..event(EventKind::AppealDecided, "d") }, State::Rejected);
        let known = Known { application: Some(known), ..Known::default() };
        let wanted = if taken { None } else { Some(Code::WrongState) };
        assert_eq!(code(decide(&approved, &known)), wanted, "{decision}");
        // It is rejected once, and whoever has withdrawn has not appealed.
        assert_eq!(code(decide(&event(EventKind::Rejected, "r"), &known)), Some(Code::WrongState));
    }
}

#[test]
fn a_service_without_a_document_is_provided_by_its_approval() {
    let approved = InboundEvent { document: false, ..event(EventKind::Approved, "a") };
    assert_eq!(decide(&approved, &Known::default()), Decision::Record { state: State::Provided, mint: false });
    assert_eq!(decide(&approved, &application(State::Provided, Some("a"))), Decision::Duplicate { uin: None });
    let rejected = decide(&event(EventKind::Rejected, "r"), &application(State::Provided, Some("a")));
    assert_eq!(code(rejected), Some(Code::WrongState));
}

#[test]
fn a_stage_is_one_of_the_services_once_that_is_known() {
    let completed = |stage: &str| InboundEvent {
        data: serde_json::json!({ "stage": stage }),
        ..event(EventKind::StageCompleted, stage)
    };
    let stages = |names: &[&str]| Known {
        stages: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..application(State::Pending, None)
    };
    assert_eq!(code(decide(&completed("forward"), &stages(&["forward", "issue"]))), None);
    assert_eq!(code(decide(&completed("forward"), &Known::default())), None, "early");
    let Decision::Refuse(refusal) = decide(&completed("x"), &stages(&["forward", "issue"])) else { panic!("taken") };
    assert_eq!((refusal.code, refusal.pointer.as_str()), (Code::UnknownStage, "/data/stage"));
    assert!(refusal.reason_en.contains("forward, issue"), "{}", refusal.reason_en);
    assert_eq!(code(decide(&completed("forward"), &stages(&[]))), Some(Code::UnknownStage));
}

#[test]
fn an_ascribed_number_is_the_departments_reserved_and_unused() {
    let with = |text: &str| InboundEvent { ascribed: Uin::canonical(text).ok(), ..event(EventKind::Approved, "a") };
    let knows = |reserved, taken| Known { ascribed: Some(KnownNumber { reserved, taken }), ..Known::default() };
    assert_eq!(code(decide(&with("UMAR6F0DTHBRA403"), &knows(true, false))), Some(Code::UinForeign));
    assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &Known::default())), Some(Code::UinNotReserved));
    assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &knows(true, true))), Some(Code::UinTaken));
    assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &knows(true, false))), None);
}
