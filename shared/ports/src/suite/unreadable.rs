//! A row that holds what no program wrote concerns its own application: everybody else's go on, it is named, and it is derived
//! anew from its events. `spoil` runs a statement behind the ledger's back.

use super::{
    clocks::{DAY, application, fire_all, said},
    directories::act,
    sample::*,
};
use crate::{
    error::UNREADABLE,
    ledger::{Days, Intake, Ledger, ReportOf},
};
use mohor_domain::{
    board::{Part, Selection},
    change::Way,
    civil::Instant,
    clock::ClockState,
    compliance::Period,
    event::EventKind,
    ladder::Rung,
};
use serde_json::json;

/// Each of these makes a row that cannot be read, and names the column.
const SPOILT: [(&str, &str); 7] = [
    ("pauses = 'since yesterday'", "pauses"),
    ("rungs = 'soon'", "rungs"),
    ("state = 'asleep'", "state"),
    ("due_on = '2026-02-31'", "due_on"),
    ("outcome = 'lost'", "outcome"),
    ("unit = 'fortnights'", "unit"),
    ("fired = -1", "fired"),
];

async fn rungs<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Vec<Rung> {
    let fired = ledger.rungs(application(ledger, n).await).await.unwrap();
    fired.into_iter().map(|it| it.rung).collect()
}

async fn named<L: Ledger + ?Sized>(ledger: &L) -> Vec<(String, String)> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (more, next) = ledger.unreadable(after, 2).await.unwrap();
        found.extend(more.into_iter().map(|it| (it.application_no, it.words)));
        after = next;
        if after.is_none() {
            return found;
        }
    }
}

async fn submit<L: Ledger + ?Sized>(ledger: &L, n: u64, at: Instant) {
    send(ledger, vec![said(EventKind::Submitted, n, at, json!({"office": "SDO-1"}))]).await;
}

/// Of the clock of a service.
pub async fn a_clock_that_cannot_be_read_holds_up_no_other<L: Ledger + ?Sized>(
    ledger: &L,
    spoil: impl AsyncFn(String),
) {
    let now = ledger.now().await.unwrap();
    let late = now.plus_millis(-200 * DAY);
    let rules = ledger.rules().await.unwrap().rules.clone();
    let period = Period::new(late.day(), now.day()).unwrap();
    let of = ReportOf { department: DEPARTMENT.into(), of: Selection::default(), period };
    for (place, (set, column)) in SPOILT.into_iter().enumerate() {
        let (spoilt, sound) = (2 * place as u64 + 1, 2 * place as u64 + 2);
        submit(ledger, spoilt, late).await;
        submit(ledger, sound, late).await;
        let id = application(ledger, spoilt).await;
        let before = ledger.clocks(id).await.unwrap().remove(0);
        spoil(format!("UPDATE clock SET {set} WHERE application_id = '{id}'")).await;

        fire_all(ledger).await;
        assert!(rungs(ledger, sound).await.contains(&Rung::Breached), "{set}");
        assert_eq!(rungs(ledger, spoilt).await, [], "{set}");
        assert_eq!(ledger.audit_clocks().await.unwrap().unreadable, 1, "{set}");
        let found = named(ledger).await;
        assert_eq!(found.len(), 1, "{set}: {found:?}");
        assert_eq!(found[0].0, format!("BCW/{spoilt}"));
        assert!(found[0].1.contains("clock") && found[0].1.contains(column), "{found:?}");
        assert_eq!(ledger.clocks(id).await.unwrap_err().code(), UNREADABLE);

        // Whoever goes through all of them passes it over.
        let (mut looked, mut after) = (0, None);
        loop {
            let page = ledger.recompute(after, 1, false).await.unwrap();
            looked += page.looked;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(looked, sound - 1, "{set}");
        let counted = ledger.compliance(&of, rules.clone()).await.unwrap();
        assert_eq!(counted.total.received, sound - 1, "{set}");
        let days = Days { today: now.day(), soon: now.day() };
        let listed = ledger.listed(&Selection::default(), Part::Late, days, None, 100).await.unwrap();
        assert!(listed.iter().any(|it| it.application_no == format!("BCW/{sound}")), "{set}");

        // Its next event, a start of intake or an operator derives it anew: nothing was lost, and all is told, once.
        match place % 3 {
            0 => drop(send(ledger, vec![said(EventKind::Transferred, spoilt, now, json!({"office": "SDO-2"}))]).await),
            1 => drop(ledger.arm(None, 100).await.unwrap()),
            _ => assert!(ledger.mend(id, act("clock.mend")).await.unwrap()),
        }
        assert_eq!(named(ledger).await, [], "{set}");
        let after = ledger.clocks(id).await.unwrap().remove(0);
        assert_eq!((&after.clock, after.due_on(), &after.promised), (&before.clock, before.due_on(), &before.promised));
        fire_all(ledger).await;
        assert_eq!(rungs(ledger, spoilt).await, rungs(ledger, sound).await, "{set}");
        assert_eq!(ledger.audit_clocks().await.unwrap().unreadable, 0, "{set}");
    }
    let told = ledger.events(DEPARTMENT_STREAM, 0, 1_000).await.unwrap();
    let breached = told.iter().filter(|it| it.word == "sla.breached").count();
    assert_eq!(breached, 2 * SPOILT.len(), "each once");
}

/// What happened cannot be derived from anything: the letter about it waits for a person, and nobody else's does.
pub async fn an_event_that_cannot_be_read_holds_up_no_other<L: Ledger + ?Sized>(
    ledger: &L,
    spoil: impl AsyncFn(String),
) {
    let now = ledger.now().await.unwrap();
    for n in 1..=3 {
        submit(ledger, n, now.plus_millis(-DAY)).await;
    }
    let id = application(ledger, 2).await;
    spoil(format!("UPDATE inbound_event SET data = '{{' WHERE application_id = '{id}'")).await;
    let memo = |n| vec![valid(said(EventKind::Deficient, n, now, json!({})))];
    let (first, second) = (receive(ledger).await, receive(ledger).await);
    let error = ledger.commit_intake(vec![(first, Intake::Events(memo(2)))]).await.unwrap_err();
    assert_eq!(error.code(), UNREADABLE, "{error}");
    ledger.commit_intake(vec![(second, Intake::Events(memo(3)))]).await.unwrap();
    let clock = ledger.clocks(application(ledger, 3).await).await.unwrap().remove(0);
    assert_eq!(clock.clock.state, ClockState::Paused);
    let found = named(ledger).await;
    assert!(found.len() == 1 && found[0].0 == "BCW/2" && found[0].1.contains("inbound_event"), "{found:?}");
    assert!(!ledger.mend(id, act("clock.mend")).await.unwrap(), "from what?");
    ledger.arm(None, 100).await.unwrap();
    ledger.recompute_step(Way::Derive, 100).await.unwrap();
}
