//! The ledger's promises about changes of the rules. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, application, fire_all, said},
    sample::*,
};
use crate::ledger::{ClockRecord, Days, Decided, Decision, Ledger, MovedClock, Step};
use jiff::civil::Date;
use mohor_domain::{
    board::{By, Selection},
    calendar::{self, HolidayKind},
    change::{Change, ChangeState, Way},
    civil::Instant,
    clock::{ClockKind, ClockState},
    event::{EventKind, InboundEvent},
    limit::{Limit, Unit},
    practice::{CountFrom, DefectMemo, Practice},
};
use serde_json::json;
use std::{future::poll_fn, pin::pin, task::Poll};

pub(super) fn holiday(day: Date, district: Option<&str>) -> Change {
    Change::HolidayDeclared {
        day,
        name: "Polling day".into(),
        list: HolidayKind::NiAct,
        district: district.map(str::to_owned),
        notified_on: day,
        order: "No. 1".into(),
    }
}

fn back(day: Date, district: Option<&str>) -> Change {
    let (list, order) = (HolidayKind::NiAct, "No. 2".into());
    Change::HolidayWithdrawn { day, list, district: district.map(str::to_owned), withdrawn_on: day, order }
}

fn weeks(amount: u32, effective_from: Date) -> Change {
    Change::LimitNotified {
        department: DEPARTMENT.into(),
        service: "caste-certificate".into(),
        clock: ClockKind::Service,
        stage: None,
        district: None,
        limit: Some(Limit { amount, unit: Unit::Weeks }),
        starts: None,
        effective_from,
        notification: "No. 3".into(),
        source: "here".into(),
    }
}

/// Proposed by one, approved by another: its version.
async fn approve<L: Ledger + ?Sized>(ledger: &L, change: Change) -> i64 {
    let number = ledger.propose(change, "asha").await.unwrap();
    assert_eq!(ledger.decide(number, Decision::Approve, "binod", "so it is").await.unwrap(), Decided::Done);
    ledger.change(number).await.unwrap().and_then(|change| change.version).expect("a version")
}

/// Walks until nothing is left: clocks looked at, and moves recorded.
async fn walk<L: Ledger + ?Sized>(ledger: &L, way: Way) -> (u64, u64) {
    let mut sums = (0, 0);
    loop {
        match ledger.recompute_step(way, 2).await.unwrap() {
            Step::Idle => return sums,
            Step::Batch { looked, moved, .. } => sums = (sums.0 + looked, sums.1 + moved),
        }
    }
}

async fn clock<L: Ledger + ?Sized>(ledger: &L, n: u64) -> ClockRecord {
    ledger.clocks(application(ledger, n).await).await.unwrap().remove(0)
}

async fn due<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Date {
    clock(ledger, n).await.clock.due.expect("a due day").day
}

async fn moved<L: Ledger + ?Sized>(ledger: &L, version: i64) -> Vec<MovedClock> {
    ledger.moved(version, &Selection::default(), None, 100).await.unwrap()
}

fn numbers(moved: &[MovedClock]) -> Vec<&str> {
    let mut numbers: Vec<&str> = moved.iter().map(|it| it.found.application_no.as_str()).collect();
    numbers.sort_unstable();
    numbers
}

/// Two at the same time.
async fn both<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> (T, T) {
    let (mut one, mut other, mut first, mut second) = (pin!(one), pin!(other), None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(it) = one.as_mut().poll(context)
        {
            first = Some(it);
        }
        if second.is_none()
            && let Poll::Ready(it) = other.as_mut().poll(context)
        {
            second = Some(it);
        }
        match (first.is_some(), second.is_some()) {
            (true, true) => Poll::Ready(first.take().zip(second.take())),
            _ => Poll::Pending,
        }
    })
    .await
    .expect("both are ready")
}

/// And the line of each act is with it.
pub async fn a_change_is_decided_once_and_by_another_person<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let change = holiday(now.day(), None);
    let number = ledger.propose(change.clone(), "asha").await.unwrap();
    assert_eq!(ledger.propose(change.clone(), "binod").await.unwrap(), number, "the same that waits");
    let waiting = ledger.changes(true, None, 10).await.unwrap();
    assert_eq!((waiting.len(), &waiting[0].what, waiting[0].state), (1, &change, ChangeState::Proposed));
    assert_eq!((waiting[0].proposed_by.as_str(), waiting[0].proposed_at >= now), ("asha", true));
    let decide = async |decision, by| ledger.decide(number, decision, by, "why").await.unwrap();
    assert_eq!(decide(Decision::Approve, "asha").await, Decided::SamePerson);
    assert_eq!(decide(Decision::Reject, "asha").await, Decided::SamePerson);
    assert_eq!(decide(Decision::Withdraw, "binod").await, Decided::NotTheirs);
    assert_eq!(ledger.decide(number + 100, Decision::Approve, "binod", "").await.unwrap(), Decided::Unknown);
    assert_eq!(ledger.rules().await.unwrap().version, 0);
    // Two at once: one decides, the other is told.
    let (one, other) = both(decide(Decision::Approve, "binod"), decide(Decision::Reject, "chhaya")).await;
    let told = match (one, other) {
        (Decided::Done, told) | (told, Decided::Done) => told,
        both => panic!("{both:?}"),
    };
    let found = ledger.change(number).await.unwrap().expect("there");
    assert_eq!(told, Decided::Before(found.state));
    assert!(found.decided_by.as_deref().is_some_and(|by| by != "asha") && found.decided_at.is_some());
    assert_eq!((found.reason.as_str(), found.version.is_some()), ("why", found.state == ChangeState::Approved));
    assert_eq!(decide(Decision::Approve, "dipa").await, Decided::Before(found.state));

    let second = ledger.propose(back(now.day(), None), "asha").await.unwrap();
    assert!(second > number);
    assert_eq!(ledger.decide(second, Decision::Withdraw, "asha", "").await.unwrap(), Decided::Done);
    assert_eq!(ledger.changes(true, None, 10).await.unwrap(), []);
    let decided = ledger.changes(false, None, 10).await.unwrap();
    assert_eq!(decided.iter().map(|it| it.number).collect::<Vec<_>>(), [second, number], "the newest first");
    assert_eq!(ledger.changes(false, Some(second), 10).await.unwrap().len(), 1);
    let acts = ledger.acts(&format!("change-{number}")).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|(_, act)| (act.act.as_str(), act.actor.as_str())).collect();
    let (word, by) = match found.state {
        ChangeState::Approved => ("change.approve", "person:binod"),
        _ => ("change.reject", "person:chhaya"),
    };
    assert_eq!(acts, [("change.propose", "person:asha"), (word, by)]);
    assert_eq!(ledger.acts(&format!("change-{second}")).await.unwrap().len(), 2);
}

/// A district's holiday moves what is open there, once; what was promised and what has fired stay. Taken back, it moves back.
pub async fn an_approved_holiday_moves_open_clocks_and_says_which<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    for n in 1..=4 {
        send(ledger, vec![said(EventKind::Submitted, n, now, json!({"office": format!("SDO-{}", n % 2)}))]).await;
    }
    // 4 was rejected; 5 was handed in elsewhere; 6 is late, and everybody was told.
    send(ledger, vec![said(EventKind::Rejected, 4, now.plus_millis(1), json!({}))]).await;
    send(ledger, vec![at_centre(said(EventKind::Submitted, 5, now, json!({})), None)]).await;
    send(ledger, vec![said(EventKind::Submitted, 6, now.plus_millis(-200 * DAY), json!({}))]).await;
    let fired = fire_all(ledger).await;
    let (day, rejected, late) = (due(ledger, 1).await, clock(ledger, 4).await, clock(ledger, 6).await);
    assert_eq!(walk(ledger, Way::Settle).await, (0, 0), "nothing has changed");

    let version = approve(ledger, holiday(day, Some("COB"))).await;
    assert_eq!(version, 1);
    let force = ledger.rules().await.unwrap();
    assert!(force.is_open() && force.version == 1 && force.rules.calendar.on(day).len() == 1);
    assert_eq!(ledger.run_of(version).await.unwrap(), None, "it has not begun");
    // What is handed in now is counted by it, and has not moved.
    send(ledger, vec![said(EventKind::Submitted, 7, now, json!({}))]).await;
    let new = due(ledger, 7).await;
    assert!(new > day);
    assert_eq!(due(ledger, 1).await, day, "nobody has looked yet");
    let before: Vec<_> = ledger.rungs(application(ledger, 6).await).await.unwrap();
    assert_eq!(walk(ledger, Way::Settle).await, (6, 3), "of seven one has stopped, three move");
    assert_eq!(walk(ledger, Way::Derive).await, (0, 0));
    for n in 1..=3 {
        let record = clock(ledger, n).await;
        assert_eq!((record.due_on(), record.promised.clone()), (Some((new.to_string(), false)), Some(day.to_string())));
        assert!(record.clock.rungs.iter().all(|(_, at)| at.day() != day), "its rungs go with it: {record:?}");
    }
    assert_eq!((due(ledger, 5).await, clock(ledger, 4).await, clock(ledger, 6).await), (day, rejected, late.clone()));
    assert_eq!((ledger.rungs(application(ledger, 6).await).await.unwrap(), fire_all(ledger).await), (before, 0));
    assert!(fired >= 5, "{fired}");

    let all = moved(ledger, version).await;
    assert_eq!(numbers(&all), ["BCW/1", "BCW/2", "BCW/3"]);
    let days = (all[0].promised.clone(), all[0].from.clone(), all[0].to.clone());
    assert_eq!(days, (Some(day.to_string()), Some(day.to_string()), Some(new.to_string())));
    let run = ledger.run_of(version).await.unwrap().expect("it was walked");
    assert_eq!((run.looked, run.moved, run.done_at.is_some()), (6, 3, true));
    assert!(!ledger.rules().await.unwrap().is_open());
    // Page by page, and within bounds.
    let everywhere = Selection::default();
    let first = ledger.moved(version, &everywhere, None, 2).await.unwrap();
    let rest = ledger.moved(version, &everywhere, first.last().map(MovedClock::place), 2).await.unwrap();
    assert_eq!([first, rest].concat(), all);
    let office = Selection { office: Some("SDO-1".into()), ..Selection::default() };
    assert_eq!(numbers(&ledger.moved(version, &office, None, 10).await.unwrap()), ["BCW/1", "BCW/3"]);
    let other = Selection { department: Some("LRR".into()), ..Selection::default() };
    assert_eq!(ledger.moved(version, &other, None, 10).await.unwrap(), []);

    let second = approve(ledger, back(day, Some("COB"))).await;
    assert_eq!(walk(ledger, Way::Settle).await.1, 4, "with the one that was handed in meanwhile");
    let record = clock(ledger, 1).await;
    assert_eq!((record.due_on(), record.promised), (Some((day.to_string(), false)), Some(day.to_string())));
    let history = ledger.moved_of(application(ledger, 1).await).await.unwrap();
    let found: Vec<_> = history.iter().map(|(change, it)| (change.version, it.to.clone())).collect();
    assert_eq!(found, [(Some(version), Some(new.to_string())), (Some(second), Some(day.to_string()))]);
    assert_eq!(ledger.moved_of(application(ledger, 5).await).await.unwrap(), []);
    assert_eq!(clock(ledger, 6).await, late);
}

/// Counted from the day of submission on: an application keeps the limit of that day.
pub async fn a_notified_limit_is_that_of_applications_submitted_since<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let earlier = now.plus_millis(-3 * DAY);
    send(ledger, vec![said(EventKind::Submitted, 1, earlier, json!({}))]).await;
    send(ledger, vec![said(EventKind::Submitted, 2, now, json!({}))]).await;
    send(
        ledger,
        vec![InboundEvent { service: Some("staged".into()), ..said(EventKind::Submitted, 3, now, json!({})) }],
    )
    .await;
    let (old, then) = (clock(ledger, 1).await, due(ledger, 2).await);
    let version = approve(ledger, weeks(2, now.plus_millis(-DAY).day())).await;
    assert_eq!(walk(ledger, Way::Settle).await, (0, 0), "a row does not say by which notification it counts");
    assert_eq!(walk(ledger, Way::Derive).await, (2, 1));
    assert_eq!(clock(ledger, 1).await, old);
    let record = clock(ledger, 2).await;
    assert_eq!(record.clock.limit, Some(Limit { amount: 2, unit: Unit::Weeks }));
    assert!(due(ledger, 2).await < then && record.promised == Some(then.to_string()), "{record:?}");
    assert_eq!(numbers(&moved(ledger, version).await), ["BCW/2"]);
    assert!(!ledger.rules().await.unwrap().is_open());
}

/// The department's alone, and what began before keeps its measure. What a citizen is to answer is on no board.
pub async fn a_practice_is_that_of_what_begins_since<L: Ledger + ?Sized>(ledger: &L) {
    let (now, rules) = (ledger.now().await.unwrap(), reference().rules);
    let counts = |at: &Instant| rules.calendar.exclusion(at.day(), calendar::Days::Strict, Some("COB")).is_none();
    let begun = (0..60).map(|days| now.plus_millis(-days * DAY)).find(counts).expect("a day that counts");
    send(ledger, vec![said(EventKind::Submitted, 1, begun.plus_millis(-10 * DAY), json!({}))]).await;
    send(ledger, vec![said(EventKind::Submitted, 2, begun, json!({}))]).await;
    let (old, then) = (clock(ledger, 1).await, due(ledger, 2).await);
    let practice = |department: &str, count_from| Change::PracticeChanged {
        department: department.into(),
        practice: Practice { count_from, defect_memo: DefectMemo::RunsOn, ..Practice::default() },
        effective_from: begun.day(),
        order: "No. 4".into(),
    };
    approve(ledger, practice("LRR", CountFrom::SameDay)).await;
    assert_eq!(walk(ledger, Way::Derive).await, (0, 0), "another department's");
    let version = approve(ledger, practice(DEPARTMENT, CountFrom::SameDay)).await;
    assert_eq!(walk(ledger, Way::Derive).await, (2, 1));
    assert_eq!(clock(ledger, 1).await, old);
    let record = clock(ledger, 2).await;
    assert!(due(ledger, 2).await < then && record.promised == Some(then.to_string()), "{record:?}");
    assert_eq!(numbers(&moved(ledger, version).await), ["BCW/2"]);
    send(ledger, vec![said(EventKind::Deficient, 2, begun.plus_millis(1), json!({}))]).await;
    let states = |clocks: &[ClockRecord]| clocks.iter().map(|it| (it.clock.kind, it.clock.state)).collect::<Vec<_>>();
    let clocks = ledger.clocks(application(ledger, 2).await).await.unwrap();
    let runs = ClockState::Running;
    assert_eq!(states(&clocks), [(ClockKind::Service, runs), (ClockKind::Rectification, runs)]);
    let soon = now.plus_millis(400 * DAY).day();
    let board = Selection::default();
    let figures = ledger.figures(&board, By::Department, Days { today: now.day(), soon }).await.unwrap();
    let shown: u64 = figures.iter().map(|it| it.late + it.today + it.soon).sum();
    assert_eq!(shown, 2, "{figures:?}");
}

/// What happens to an application between an approval and the walk loses neither the move nor the event.
pub async fn an_event_before_the_walk_leaves_the_move_to_the_change<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    for n in 1..=2 {
        send(ledger, vec![said(EventKind::Submitted, n, now, json!({"office": "SDO-1"}))]).await;
    }
    let ready = {
        let approved = said(EventKind::Approved, 3, now, json!({"submitted_at": now, "office": "SDO-1"}));
        let (_, ids) = send(ledger, vec![approved]).await;
        let uin = mint_for(ledger, ids[0], 3).await;
        issue(ledger, uin).await;
        uin
    };
    let day = due(ledger, 1).await;
    let version = approve(ledger, holiday(day, None)).await;
    // One is transferred, one gets its certificate; both before anybody has looked.
    send(ledger, vec![said(EventKind::Transferred, 1, now.plus_millis(1), json!({"office": "SDO-2"}))]).await;
    ledger.commit_notified(&[ready]).await.unwrap();
    assert!(due(ledger, 1).await > day);
    assert_eq!(clock(ledger, 1).await.office.as_deref(), Some("SDO-2"));
    let stopped = clock(ledger, 3).await;
    assert_eq!(stopped.clock.state, ClockState::Stopped);
    assert!(stopped.clock.due.is_some_and(|due| due.day > day), "{stopped:?}");
    assert_eq!(walk(ledger, Way::Settle).await.1, 1, "of the open ones the other");
    assert_eq!(numbers(&moved(ledger, version).await), ["BCW/1", "BCW/2", "BCW/3"]);
    // The same with a limit, which intake alone can carry.
    let notified = approve(ledger, weeks(6, now.day())).await;
    send(ledger, vec![said(EventKind::Deficient, 2, now.plus_millis(2), json!({}))]).await;
    assert_eq!(numbers(&moved(ledger, notified).await), ["BCW/2"], "by the limit, and then it stands");
    assert_eq!(clock(ledger, 2).await.due_on(), None);
    walk(ledger, Way::Derive).await;
    assert_eq!(numbers(&moved(ledger, notified).await), ["BCW/1", "BCW/2"]);
}

/// Of changes that one walk carries, each answers for its own move.
pub async fn changes_that_come_together_answer_each_for_its_own<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    for n in 1..=3 {
        let event = said(EventKind::Submitted, n, now, json!({}));
        send(ledger, vec![at_centre(event, Some(BSK).filter(|_| n != 3))]).await;
    }
    let day = due(ledger, 1).await;
    let first = approve(ledger, holiday(day, Some("COB"))).await;
    assert!(matches!(ledger.recompute_step(Way::Settle, 1).await.unwrap(), Step::Batch { last: false, .. }));
    let second = approve(ledger, holiday(day, None)).await;
    let nothing =
        approve(ledger, Change::YearSettled { year: 2031, settled: true, order: "a list of another year".into() })
            .await;
    walk(ledger, Way::Settle).await;
    assert_eq!(numbers(&moved(ledger, first).await), ["BCW/1", "BCW/2"]);
    assert_eq!(numbers(&moved(ledger, second).await), ["BCW/3"]);
    assert_eq!(moved(ledger, nothing).await, []);
    let force = ledger.rules().await.unwrap();
    assert_eq!((force.version, force.done), (nothing, nothing));
    for version in [first, second, nothing] {
        assert!(ledger.run_of(version).await.unwrap().is_some_and(|run| run.done_at.is_some()), "{version}");
    }
}
