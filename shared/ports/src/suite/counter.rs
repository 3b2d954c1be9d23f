//! The ledger's promises about hand-overs, and about the clocks of whoever has an application. Each function begins with an
//! empty ledger.

use super::{
    clocks::{DAY, application, fire_all, said},
    sample::*,
};
use crate::ledger::{Act, Beside, ClockRecord, Days, HandedOver, Handover, Ledger, Person, day_of, number_of};
use mohor_domain::{
    application::State,
    board::{By, Part, Selection},
    certificate::Standing,
    clock::{ClockKind, ClockState, Outcome},
    event::{EventKind, InboundEvent},
    ground::Ground,
    ladder::Rung,
    people::{Place, Post},
    refusal::Code,
    uin::Uin,
};
use serde_json::json;
use std::{pin::Pin, task::Poll};

/// A hand-over by this operator.
pub(super) fn over(uin: Uin, by: &str) -> (Handover, Act) {
    let over = Handover { uin, bsk: BSK.into(), ground: Ground::Unstated, reference: Some(format!("line of {by}")) };
    let act = Act {
        actor: format!("person:{by}"),
        act: "certificate.deliver".into(),
        subject: uin.to_string(),
        detail: "applicant".into(),
    };
    (over, act)
}

async fn hand_over<L: Ledger + ?Sized>(ledger: &L, uin: Uin, by: &str) -> HandedOver {
    let (over, act) = over(uin, by);
    ledger.hand_over(over, act).await.unwrap()
}

pub(super) async fn ready<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Uin {
    let uin = mint(ledger, n).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    uin
}

async fn clock<L: Ledger + ?Sized>(ledger: &L, n: u64, kind: ClockKind) -> Option<ClockRecord> {
    let clocks = ledger.clocks(application(ledger, n).await).await.unwrap();
    clocks.into_iter().find(|record| record.clock.kind == kind)
}

/// Two at once.
pub(super) async fn both<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> (T, T) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(|context| {
        for (future, value) in [
            (one.as_mut() as Pin<&mut dyn Future<Output = T>>, &mut first),
            (other.as_mut() as Pin<&mut dyn Future<Output = T>>, &mut second),
        ] {
            if value.is_none()
                && let Poll::Ready(ready) = future.poll(context)
            {
                *value = Some(ready);
            }
        }
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            (one, other) => {
                (first, second) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

/// Each begins when it begins, and ends with the next.
pub async fn each_holder_has_a_clock_from_its_beginning_on<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    send(ledger, vec![said(EventKind::Submitted, 1, now.plus_millis(-3 * DAY), json!({}))]).await;
    let kinds = async || {
        let clocks = ledger.clocks(application(ledger, 1).await).await.unwrap();
        let open = |record: &ClockRecord| (record.clock.kind, record.clock.stopped_at.is_none());
        clocks.iter().map(open).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, [(ClockKind::Service, true)], "until it decides it is the department's");
    let approved = said(EventKind::Approved, 1, now.plus_millis(-2 * DAY), json!({}));
    let id = send(ledger, vec![approved]).await.1.remove(0);
    let (department, pipeline) = ((ClockKind::Department, false), ClockKind::Pipeline);
    assert_eq!(kinds().await, [(ClockKind::Service, true), department, (pipeline, true)]);
    let department_clock = clock(ledger, 1, ClockKind::Department).await.expect("decided").clock;
    assert!(department_clock.stopped_at >= Some(now), "received now, whenever it was given: {department_clock:?}");
    assert!(department_clock.reported_late);
    let uin = mint_for(ledger, id, 1).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    let all = [(ClockKind::Service, false), department, (pipeline, false), (ClockKind::Bsk, true)];
    assert_eq!(kinds().await, all);
    // A late report derives all of them anew, and finds them as they are.
    let before = ledger.clocks(application(ledger, 1).await).await.unwrap();
    send(ledger, vec![said(EventKind::Transferred, 1, now.plus_millis(-2 * DAY), json!({}))]).await;
    assert_eq!(ledger.clocks(application(ledger, 1).await).await.unwrap(), before);
    hand_over(ledger, uin, "rekha").await;
    let before = ledger.clocks(application(ledger, 1).await).await.unwrap();
    send(ledger, vec![said(EventKind::Transferred, 1, now.plus_millis(-DAY), json!({}))]).await;
    assert_eq!(ledger.clocks(application(ledger, 1).await).await.unwrap(), before);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Recorded, told, the clock stopped and the line written, once; at its own centre only.
pub async fn a_certificate_is_handed_over_once<L: Ledger + ?Sized>(ledger: &L) {
    let uin = mint(ledger, 1).await;
    issue(ledger, uin).await;
    assert_eq!(hand_over(ledger, uin, "rekha").await, HandedOver::Unknown, "no centre has been told");
    ledger.commit_notified(&[uin]).await.unwrap();
    let (elsewhere, act) = over(uin, "rekha");
    let elsewhere = Handover { bsk: "24102".into(), ..elsewhere };
    assert_eq!(ledger.hand_over(elsewhere, act).await.unwrap(), HandedOver::Unknown, "another centre's");
    assert_eq!(hand_over(ledger, super::sample::uin(DEPARTMENT, 99), "rekha").await, HandedOver::Unknown);
    assert_eq!(ledger.handed(uin).await.unwrap(), None);
    let running = clock(ledger, 1, ClockKind::Bsk).await.expect("ready");
    assert_eq!((running.clock.state, running.bsk.as_deref()), (ClockState::Running, Some(BSK)));

    let HandedOver::New(handed) = hand_over(ledger, uin, "rekha").await else { panic!("not handed over") };
    assert_eq!((handed.actor.as_str(), handed.over), ("person:rekha", over(uin, "rekha").0));
    let stopped = clock(ledger, 1, ClockKind::Bsk).await.expect("ready").clock;
    assert_eq!((stopped.outcome, stopped.stopped_at), (Some(Outcome::Delivered), Some(handed.at)));
    let told = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap();
    let told = told.iter().rfind(|event| event.word == "certificate.delivered").expect("told");
    assert_eq!((told.subject.as_str(), &told.data["channel"]), (uin.as_str(), &json!("counter")));
    assert_eq!((&told.data["bsk"], &told.data["docket_no"]), (&json!(BSK), &json!("D1")));
    assert!(!told.data.to_string().contains("rekha"), "{told:?}");

    let HandedOver::Before(before) = hand_over(ledger, uin, "anita").await else { panic!("twice") };
    assert_eq!(before.actor, "person:rekha");
    assert_eq!(ledger.handed(uin).await.unwrap(), Some(before.clone()));
    let record = ledger.full_record(application(ledger, 1).await).await.unwrap().expect("recorded");
    assert_eq!(record.handed, Some(before));
    let words = words(ledger, DEPARTMENT_STREAM).await;
    assert_eq!(words.iter().filter(|word| *word == "certificate.delivered").count(), 1);
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    assert_eq!(acts.iter().map(|(_, act)| act.actor.as_str()).collect::<Vec<_>>(), ["person:rekha"]);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// The other reads what the first did.
pub async fn of_two_at_once_one_hands_over<L: Ledger + ?Sized>(ledger: &L) {
    for n in 1..=5 {
        let uin = ready(ledger, n).await;
        let (one, other) = both(hand_over(ledger, uin, "rekha"), hand_over(ledger, uin, "anita")).await;
        let (HandedOver::New(new), HandedOver::Before(before)) = (match one {
            HandedOver::New(_) => (one, other),
            _ => (other, one),
        }) else {
            panic!("both, or neither")
        };
        assert_eq!(new, before);
    }
    let words = words(ledger, DEPARTMENT_STREAM).await;
    assert_eq!(words.iter().filter(|word| *word == "certificate.delivered").count(), 5);
}

/// A correction ends the wait.
pub async fn what_is_superseded_is_not_handed_over<L: Ledger + ?Sized>(ledger: &L) {
    let old = ready(ledger, 1).await;
    let correction = InboundEvent { supersedes: Some(old), ..approval(2) };
    let id = send(ledger, vec![correction]).await.1.remove(0);
    let new = mint_for(ledger, id, 2).await;
    issue(ledger, new).await;
    assert_eq!(hand_over(ledger, old, "rekha").await, HandedOver::NotLive(Standing::Superseded));
    let ended = clock(ledger, 1, ClockKind::Bsk).await.expect("ready").clock;
    assert_eq!(ended.outcome, Some(Outcome::Superseded));
    ledger.commit_notified(&[new]).await.unwrap();
    assert!(matches!(hand_over(ledger, new, "rekha").await, HandedOver::New(_)));
    // Derived anew it is the same.
    let now = ledger.now().await.unwrap();
    send(ledger, vec![said(EventKind::Transferred, 1, now, json!({}))]).await;
    assert_eq!(clock(ledger, 1, ClockKind::Bsk).await.expect("ready").clock, ended);
}

/// No number, no certificate, nothing left to do.
pub async fn a_service_without_a_document_is_provided_by_its_approval<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let approved = InboundEvent { document: false, ..said(EventKind::Approved, 1, now.plus_millis(-1), json!({})) };
    let (answers, due) = send(ledger, vec![approved.clone()]).await;
    assert_eq!((code(&answers[0]), due), (None, vec![]));
    let record = ledger.application(DEPARTMENT, "BCW/1").await.unwrap().expect("recorded");
    assert_eq!((record.state, record.uin), (State::Provided, None));
    let clocks = ledger.clocks(record.id).await.unwrap();
    let kinds: Vec<_> = clocks.iter().map(|record| (record.clock.kind, record.clock.outcome)).collect();
    let wanted = [(ClockKind::Service, Some(Outcome::Provided)), (ClockKind::Department, Some(Outcome::Decided))];
    assert_eq!(kinds, wanted);
    assert_eq!(clocks[0].clock.stopped_at, Some(approved.at));
    let accepted = ledger.events(DEPARTMENT_STREAM, 0, 10).await.unwrap().remove(0);
    assert!(accepted.word == "application.accepted" && accepted.data.get("uin").is_none(), "{accepted:?}");
    let census = ledger.census().await.unwrap();
    assert_eq!((census.approved, census.minted), (0, 0), "nothing waits for a certificate");
    let again = send(ledger, vec![approved]).await;
    assert!(again.1.is_empty() && code(&again.0[0]).is_none(), "{again:?}");
    let rejected = send(ledger, vec![said(EventKind::Rejected, 1, now, json!({}))]).await.0;
    assert_eq!(code(&rejected[0]), Some(Code::WrongState));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Once the service is known; what comes before waits, and is passed over if it is none.
pub async fn a_stage_is_one_of_the_services<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let of = |service: Option<&str>, event: InboundEvent| InboundEvent { service: service.map(str::to_owned), ..event };
    let completed = |n: u64, stage: &str| {
        let at = now.plus_millis(i64::from(stage.len() as u32));
        of(None, said(EventKind::StageCompleted, n, at, json!({"stage": stage})))
    };
    let early = send(ledger, vec![completed(1, "somewhere")]).await.0;
    assert_eq!(code(&early[0]), None, "nobody has said which service");
    let submitted = of(Some("staged"), said(EventKind::Submitted, 1, now, json!({})));
    // One after another, and in one delivery: each sees those before it.
    for (events, wanted) in [
        (vec![submitted, completed(1, "lost"), completed(1, "forward")], vec![None, Some(Code::UnknownStage), None]),
        (vec![completed(1, "beyond")], vec![Some(Code::UnknownStage)]),
    ] {
        let answers = send(ledger, events).await.0;
        assert_eq!(answers.iter().map(code).collect::<Vec<_>>(), wanted);
    }
    let clocks = ledger.clocks(application(ledger, 1).await).await.unwrap();
    let stages: Vec<&str> = clocks.iter().map(|record| record.clock.key.as_str()).collect();
    assert_eq!(stages, ["", "forward", "issue"]);
    let record = ledger.full_record(application(ledger, 1).await).await.unwrap().expect("recorded");
    assert_eq!(record.events.len(), 3, "the early one is seen");
    send(ledger, vec![said(EventKind::Submitted, 2, now, json!({}))]).await;
    assert_eq!(code(&send(ledger, vec![completed(2, "forward")]).await.0[0]), Some(Code::UnknownStage), "it has none");
}

/// `later` moves the ledger's time on. What stands in the pipeline is for the State, what waits at a centre for the centre and
/// its district; a board counts neither among what is late.
pub async fn what_waits_too_long_is_told_to_whose_it_is<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    let place = |department: &str, district: &str, bsk: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place { department: text(department), district: text(district), office: None, bsk: text(bsk) }
    };
    for (login, post, bounds) in [
        ("state", Post::Supervisor, place("", "", "")),
        ("district", Post::Supervisor, place("", "COB", "")),
        ("elsewhere", Post::Supervisor, place("", "KOL", "")),
        ("department", Post::Supervisor, place("BCW", "", "")),
        ("centre", Post::BskOperator, place("", "", BSK)),
    ] {
        let person = Person { email: Some(format!("{login}@example.in")), ..person(login, post, bounds) };
        let (_, act) = over(super::sample::uin(DEPARTMENT, 99), "nobody");
        assert!(ledger.add_person(person, act).await.unwrap());
    }
    // Nothing else is due: the service has no limit that would tell.
    let id = send(ledger, vec![InboundEvent { service: Some("unlimited".into()), ..approval(1) }]).await.1.remove(0);
    let (before, days) = (words(ledger, DEPARTMENT_STREAM).await, async || {
        let today = ledger.now().await.unwrap().day();
        Days { today, soon: day_of(number_of(today) + 7).unwrap() }
    });
    let all = Selection::default();
    let listed = async |part| {
        let rows = ledger.listed(&all, part, days().await, None, 10).await.unwrap();
        rows.into_iter().map(|row| row.record.clock.kind).collect::<Vec<_>>()
    };
    let beside = async || ledger.beside(&all, days().await.today).await.unwrap();
    later(59 * 60_000);
    assert_eq!((fire_all(ledger).await, beside().await), (0, Beside::default()));
    later(2 * 60_000);
    assert_eq!((fire_all(ledger).await, ledger.audit_clocks().await.unwrap().held_up), (1, 1));
    assert_eq!(beside().await, Beside { pipeline: 1, uncollected: 0 });
    assert_eq!((listed(Part::Pipeline).await, listed(Part::Late).await), (vec![ClockKind::Pipeline], vec![]));
    assert_eq!(words(ledger, DEPARTMENT_STREAM).await, before, "it is not the department's");
    let uin = mint_for(ledger, id, 1).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    assert_eq!((ledger.audit_clocks().await.unwrap().held_up, listed(Part::Pipeline).await), (0, vec![]));

    later(30 * DAY);
    assert_eq!(fire_all(ledger).await, 3);
    let told = ledger.events(BSK_STREAM, 0, 10).await.unwrap();
    let words: Vec<&str> = told.iter().map(|event| event.word.as_str()).collect();
    assert_eq!(words, ["certificate.ready", "sla.due_soon", "sla.due_soon", "sla.breached"]);
    let breached = &told[3];
    assert_eq!((&breached.data["clock"], &breached.data["district"]), (&json!("bsk"), &json!("COB")));
    assert_eq!(told[1].data["days_left"], json!(0), "it is told late");
    assert_eq!(beside().await, Beside { pipeline: 0, uncollected: 1 });
    assert_eq!((listed(Part::Uncollected).await, listed(Part::Late).await), (vec![ClockKind::Bsk], vec![]));
    let elsewhere = Selection { district: Some("KOL".into()), ..Selection::default() };
    assert_eq!(ledger.beside(&elsewhere, days().await.today).await.unwrap(), Beside::default());
    assert_eq!(ledger.figures(&all, By::Department, days().await).await.unwrap(), []);
    // When offices open: breaches to the centre's district and the State, what was due to the centre.
    later(7 * DAY);
    let mut mailings = Vec::new();
    for mailing in ledger.take_mailings(10).await.unwrap() {
        mailings.push((mailing.login, mailing.lines.into_iter().map(|line| line.rung).collect::<Vec<_>>()));
    }
    mailings.sort();
    let wanted = [
        ("centre".to_owned(), vec![Rung::DueSoon, Rung::DueToday]),
        ("district".to_owned(), vec![Rung::Breached]),
        ("state".to_owned(), vec![Rung::Breached]),
    ];
    assert_eq!(mailings, wanted);
    hand_over(ledger, uin, "rekha").await;
    assert_eq!((beside().await, listed(Part::Uncollected).await), (Beside::default(), vec![]));
}
