//! The ledger's promises about clocks. Each function begins with an empty ledger.

use super::sample::*;
use crate::ledger::{ClockAudit, ClockRecord, Clocks, Ledger, Walked};
use mohor_domain::{
    civil::Instant,
    clock::{ClockKind, ClockState, Outcome},
    event::{EventKind, InboundEvent},
    id::Id,
    ladder::Rung,
};
use serde_json::json;

pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

/// An event at its own time, with members of its own.
pub(super) fn said(kind: EventKind, n: u64, at: Instant, members: serde_json::Value) -> InboundEvent {
    let data = json!({"application_no": format!("BCW/{n}"), "kind": kind.as_str(), "at": at, "members": members});
    let digest = mohor_domain::json::digest(&data);
    let mut data = members;
    data["application_no"] = json!(format!("BCW/{n}"));
    data["bsk"] = json!(BSK);
    let id = format!("{}-{n}-{}", kind.as_str(), at.millis());
    InboundEvent { at, id, data, digest, ..event(kind, n) }
}

pub(super) async fn application<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Id {
    ledger.application(DEPARTMENT, &format!("BCW/{n}")).await.unwrap().expect("recorded").id
}

/// Applications without a clock, by a walk of two at a time.
async fn without<L: Ledger + ?Sized>(ledger: &L) -> u64 {
    let (mut found, mut after) = (0, None);
    loop {
        let page = ledger.clockless(after, 2).await.unwrap();
        found += page.found;
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn of<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Vec<ClockRecord> {
    ledger.clocks(application(ledger, n).await).await.unwrap()
}

pub(super) async fn fire_all<L: Clocks + ?Sized>(ledger: &L) -> usize {
    let mut fired = 0;
    loop {
        match ledger.fire(7).await.unwrap() {
            0 => return fired,
            some => fired += some,
        }
    }
}

/// In the transaction of each event.
pub async fn a_clock_follows_its_events<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let submitted = said(EventKind::Submitted, 1, now, json!({"office": "SDO-1"}));
    send(ledger, vec![submitted.clone()]).await;
    let clock = of(ledger, 1).await.remove(0);
    assert_eq!((clock.clock.kind, clock.clock.state), (ClockKind::Service, ClockState::Running));
    assert_eq!((clock.office.as_deref(), clock.district.as_deref()), (Some("SDO-1"), Some("COB")));
    let (promised, due) = (clock.promised.clone(), clock.due_on());
    assert!(promised.is_some() && due == promised.clone().map(|day| (day, false)), "{clock:?}");

    send(ledger, vec![said(EventKind::Deficient, 1, now.plus_millis(1), json!({}))]).await;
    let paused = of(ledger, 1).await.remove(0);
    assert_eq!((paused.clock.state, paused.due_on()), (ClockState::Paused, None));
    send(ledger, vec![said(EventKind::Resumed, 1, now.plus_millis(1 + 10 * DAY), json!({}))]).await;
    let resumed = of(ledger, 1).await.remove(0);
    assert_eq!(resumed.clock.state, ClockState::Running);
    assert!(resumed.due_on() > due && resumed.promised == promised, "{resumed:?}");
    send(ledger, vec![said(EventKind::Transferred, 1, now.plus_millis(2), json!({"office": "SDO-2"}))]).await;
    assert_eq!(of(ledger, 1).await[0].office.as_deref(), Some("SDO-2"));
    send(ledger, vec![said(EventKind::Rejected, 1, now.plus_millis(3), json!({}))]).await;
    let stopped = of(ledger, 1).await.remove(0);
    assert_eq!((stopped.clock.state, stopped.clock.outcome), (ClockState::Stopped, Some(Outcome::Rejected)));
    assert_eq!(stopped.clock.pauses.len(), 1, "{stopped:?}");
    assert_eq!(without(ledger).await, 0);
}

/// An approval that comes first starts the clock from its own `submitted_at`; the notice stops it.
pub async fn a_certificate_that_is_ready_stops_the_clock<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let submitted_at = now.plus_millis(-3 * DAY);
    let approved = said(EventKind::Approved, 1, now, json!({"submitted_at": submitted_at, "office": "SDO-1"}));
    let (_, ids) = send(ledger, vec![approved]).await;
    let clock = of(ledger, 1).await.remove(0);
    assert_eq!((clock.clock.state, clock.clock.started_at), (ClockState::Running, Some(submitted_at)));
    let uin = mint_for(ledger, ids[0], 1).await;
    issue(ledger, uin).await;
    assert_eq!(of(ledger, 1).await[0].clock.state, ClockState::Running, "stored is not ready");
    ledger.commit_notified(&[uin]).await.unwrap();
    let stopped = of(ledger, 1).await.remove(0);
    assert_eq!((stopped.clock.state, stopped.clock.outcome), (ClockState::Stopped, Some(Outcome::Provided)));
    ledger.commit_notified(&[uin]).await.unwrap();
    assert_eq!(of(ledger, 1).await[0], stopped);
    assert_eq!(fire_all(ledger).await, 1);
    let met = ledger.events(DEPARTMENT_STREAM, 0, 10).await.unwrap().pop().expect("told");
    assert_eq!((met.word.as_str(), &met.data["rung"]), ("sla.met", &json!("met")));
    assert_eq!((&met.data["met_on"], &met.data["clock"]), (&json!(now.day().to_string()), &json!("service")));
    assert_eq!(fire_all(ledger).await, 0, "once");
    // What is reported afterwards corrects the clock, and what was told stays told.
    let memo = said(EventKind::Deficient, 1, submitted_at.plus_millis(DAY), json!({}));
    send(ledger, vec![memo, said(EventKind::Resumed, 1, submitted_at.plus_millis(2 * DAY), json!({}))]).await;
    let corrected = of(ledger, 1).await.remove(0);
    assert_eq!((corrected.clock.state, corrected.clock.pauses.len()), (ClockState::Stopped, 1));
    assert!(corrected.fired.has(Rung::Met));
    assert_eq!(fire_all(ledger).await, 0);
}

/// The same clocks, whatever the order and however often.
pub async fn events_in_any_order_give_the_same_clock<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let story = |n: u64| {
        vec![
            said(EventKind::Submitted, n, now, json!({"office": "SDO-1"})),
            said(EventKind::Deficient, n, now.plus_millis(DAY), json!({})),
            said(EventKind::Resumed, n, now.plus_millis(2 * DAY), json!({})),
            said(EventKind::AppealFiled, n, now.plus_millis(3 * DAY), json!({"appeal_no": "A/1"})),
            said(EventKind::Rejected, n, now.plus_millis(4 * DAY), json!({})),
        ]
    };
    send(ledger, story(1)).await;
    let wanted = of(ledger, 1).await;
    assert_eq!(wanted.len(), 4, "the service's, the appeal's, the department's, the citizen's");
    let alike = |records: Vec<ClockRecord>| -> Vec<ClockRecord> {
        let application = wanted[0].application;
        records.into_iter().map(|record| ClockRecord { application, ..record }).collect()
    };
    let mut n = 2;
    for turn in 0..5 {
        // One by one from another beginning, backwards, and all of them again.
        let mut mixed = story(n);
        mixed.rotate_left(turn);
        mixed.reverse();
        for event in mixed.iter().chain(&story(n)) {
            send(ledger, vec![event.clone()]).await;
        }
        assert_eq!(alike(of(ledger, n).await), wanted, "turn {turn}");
        // In one delivery, twice.
        n += 1;
        let mut mixed = story(n);
        mixed.rotate_left(turn);
        mixed.extend(story(n));
        send(ledger, mixed).await;
        assert_eq!(alike(of(ledger, n).await), wanted, "turn {turn} in one delivery");
        n += 1;
    }
}

/// Each once; the event says which.
pub async fn a_rung_is_recorded_once_and_told<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    // Long ago: every rung is due.
    let long_ago = now.plus_millis(-200 * DAY);
    for n in 1..=10 {
        send(ledger, vec![said(EventKind::Submitted, n, long_ago, json!({"office": "SDO-1"}))]).await;
    }
    let audit = ledger.audit_clocks().await.unwrap();
    assert_eq!((without(ledger).await, audit.overdue), (0, 10));
    assert!(audit.lag_millis > 100 * DAY);
    assert_eq!(fire_all(ledger).await, 50, "five rungs of each");
    assert_eq!(ledger.audit_clocks().await.unwrap(), ClockAudit::default());
    let fired = ledger.rungs(application(ledger, 1).await).await.unwrap();
    let words: Vec<Rung> = fired.iter().map(|rung| rung.rung).collect();
    assert_eq!(words, [Rung::DueSoon, Rung::DueToday, Rung::Breached, Rung::AppealOpen, Rung::ReviewingOfficer]);
    let events = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap();
    let told = |word: &str| events.iter().filter(|event| event.word == word).count();
    assert_eq!([told("sla.due_soon"), told("sla.breached"), told("sla.escalated")], [20, 10, 20]);
    let escalated = events.iter().rfind(|event| event.word == "sla.escalated").expect("told");
    assert_eq!((&escalated.data["level"], &escalated.data["to"]), (&json!(2), &json!("reviewing_officer")));
    // A stop that is reported late is in time, and what fired stays.
    send(ledger, vec![said(EventKind::Rejected, 1, long_ago.plus_millis(DAY), json!({}))]).await;
    assert_eq!(fire_all(ledger).await, 1);
    let fired = ledger.rungs(application(ledger, 1).await).await.unwrap();
    assert!(fired.len() == 6 && fired.iter().any(|fired| fired.rung == Rung::Met), "{fired:?}");
    let met = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap().pop().expect("told");
    assert_eq!(met.data["reported_late"], json!(true));
}

/// A condition, and stages.
pub async fn conditional_and_staged_clocks_wait_for_their_turn<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let of_service = |service: &str, event: InboundEvent| InboundEvent { service: Some(service.into()), ..event };
    send(ledger, vec![of_service("permit", said(EventKind::Submitted, 1, now, json!({})))]).await;
    assert_eq!(of(ledger, 1).await[0].clock.state, ClockState::NotStarted);
    let paid = InboundEvent { service: None, ..said(EventKind::Started, 1, now.plus_millis(DAY), json!({})) };
    send(ledger, vec![paid]).await;
    assert_eq!(of(ledger, 1).await[0].clock.started_at, Some(now.plus_millis(DAY)));

    send(ledger, vec![of_service("staged", said(EventKind::Submitted, 2, now, json!({})))]).await;
    let forwarded = said(EventKind::StageCompleted, 2, now.plus_millis(DAY), json!({"stage": "forward"}));
    send(ledger, vec![InboundEvent { service: None, ..forwarded }]).await;
    let clocks = of(ledger, 2).await;
    let found: Vec<(&str, ClockState)> =
        clocks.iter().map(|record| (record.clock.key.as_str(), record.clock.state)).collect();
    assert_eq!(found, [("", ClockState::Running), ("forward", ClockState::Stopped), ("issue", ClockState::Running)]);
}

/// A department that keeps days tells a stage and the rejection at one midnight, in whatever order: nothing of the application
/// runs on, and nothing fires of a stage that never was.
pub async fn no_stage_outlives_its_application<L: Ledger + ?Sized>(ledger: &L) {
    let start = ledger.now().await.unwrap().plus_millis(-200 * DAY);
    let end = start.plus_millis(2 * DAY);
    for (n, stage_first) in [(1, true), (2, false)] {
        let submitted =
            InboundEvent { service: Some("staged".into()), ..said(EventKind::Submitted, n, start, json!({})) };
        send(ledger, vec![submitted]).await;
        let mut ends = [
            InboundEvent { service: None, ..said(EventKind::StageCompleted, n, end, json!({"stage": "forward"})) },
            InboundEvent { service: None, ..said(EventKind::Rejected, n, end, json!({})) },
        ];
        if !stage_first {
            ends.reverse();
        }
        for event in ends {
            send(ledger, vec![event]).await;
        }
        let clocks = of(ledger, n).await;
        assert!(clocks.iter().all(|record| record.clock.state == ClockState::Stopped), "{clocks:#?}");
    }
    fire_all(ledger).await;
    for n in [1, 2] {
        let fired = ledger.rungs(application(ledger, n).await).await.unwrap();
        let keys: Vec<&str> = fired.iter().map(|rung| rung.key.as_str()).collect();
        assert!(keys.iter().all(|key| *key == "forward"), "{fired:?}");
    }
}

/// Of an application that is approved.
async fn get_ready<L: Ledger + ?Sized>(ledger: &L, n: u64) {
    let uin = mint_for(ledger, application(ledger, n).await, n).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
}

/// Where the approval sends the certificate is where it lies, and changes no limit.
pub async fn the_centre_of_the_submission_counts_whatever_comes_first<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    for (n, approval_first) in [(1, false), (2, true)] {
        let submitted = said(EventKind::Submitted, n, now.plus_millis(-DAY), json!({}));
        let mut events = [submitted, at_centre(said(EventKind::Approved, n, now, json!({})), Some(OTHER_BSK))];
        if approval_first {
            events.reverse();
        }
        for event in events {
            send(ledger, vec![event]).await;
        }
        get_ready(ledger, n).await;
        let clocks = of(ledger, n).await;
        let place = |kind| {
            let record = clocks.iter().find(|record| record.clock.kind == kind).expect("a clock");
            (record.bsk.as_deref(), record.district.as_deref())
        };
        assert_eq!(place(ClockKind::Service), (Some(BSK), Some("COB")), "{approval_first}");
        assert_eq!(place(ClockKind::Bsk), (Some(OTHER_BSK), Some("KOL")), "{approval_first}");
        let lies = ledger.lying(application(ledger, n).await).await.unwrap().expect("at a centre");
        assert_eq!(lies.bsk, OTHER_BSK);
        // As if everything had been derived anew.
        while let Some(after) = ledger.arm(None, 100).await.unwrap().next {
            ledger.arm(Some(after), 100).await.unwrap();
        }
        assert_eq!(of(ledger, n).await, clocks);
    }
}

/// A submission that comes when the certificate has been fetched online already sends it nowhere.
pub async fn a_late_submission_moves_no_certificate_that_is_ready<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    send(ledger, vec![at_centre(said(EventKind::Approved, 1, now, json!({})), None)]).await;
    get_ready(ledger, 1).await;
    send(ledger, vec![said(EventKind::Submitted, 1, now.plus_millis(-DAY), json!({}))]).await;
    let clocks = of(ledger, 1).await;
    assert_eq!((clocks[0].bsk.as_deref(), clocks[0].clock.state), (Some(BSK), ClockState::Stopped));
    assert!(clocks.iter().all(|record| record.clock.kind != ClockKind::Bsk), "{clocks:?}");
    assert_eq!(ledger.lying(application(ledger, 1).await).await.unwrap().map(|it| it.bsk), None);
}

/// A recomputation by the same rules moves nothing, and reads page by page.
pub async fn a_recomputation_by_the_same_rules_moves_nothing<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    for n in 1..=9 {
        send(ledger, vec![said(EventKind::Submitted, n, now, json!({}))]).await;
    }
    send(
        ledger,
        vec![InboundEvent { service: Some("staged".into()), ..said(EventKind::Submitted, 10, now, json!({})) }],
    )
    .await;
    let before = of(ledger, 10).await;
    let (mut after, mut looked) = (None, 0);
    loop {
        let page = ledger.recompute(after, 4, false).await.unwrap();
        assert_eq!(page.moved, []);
        looked += page.looked;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(looked, 11);
    assert_eq!(of(ledger, 10).await, before);
    assert_eq!(ledger.arm(None, 10).await.unwrap().found, 0, "none is without");
}

/// Rows of before the clocks, which `sql` makes again: the doctor names them, and each is given the clock it would have had.
pub async fn what_an_older_program_recorded_without_a_clock_is_given_one<L: Ledger + ?Sized>(
    ledger: &L,
    sql: impl AsyncFn(&'static str),
) {
    let uin = mint(ledger, 1).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    approve(ledger, &[2]).await;
    let clocks = async || [of(ledger, 1).await, of(ledger, 2).await];
    let before = clocks().await;
    // The service's, the department's, the pipeline's, the centre's.
    assert_eq!((before[0].len(), before[0][0].clock.state), (4, ClockState::Stopped));
    sql("DELETE FROM clock").await;
    assert_eq!(without(ledger).await, 2);
    assert_eq!(ledger.offenders().await.unwrap().len(), 2);
    // Page by page; who begins anew finds the rest.
    let first = ledger.arm(None, 1).await.unwrap();
    assert!(first.found == 1 && first.next.is_some(), "{first:?}");
    let second = ledger.arm(first.next, 9).await.unwrap();
    assert_eq!((second, ledger.arm(None, 9).await.unwrap()), (Walked { found: 1, next: None }, Walked::default()));
    assert_eq!(clocks().await, before);
    // The certificate was ready before the application had a clock: nobody stopped it.
    sql("UPDATE clock SET state = 'running', stopped_at = NULL, outcome = NULL WHERE kind = 'service'").await;
    let words = ledger.offenders().await.unwrap().remove(0).words;
    assert!(words.contains("has not stopped"), "{words}");
    assert_eq!(ledger.arm(None, 9).await.unwrap().found, 1);
    assert_eq!(clocks().await[0], before[0]);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}
