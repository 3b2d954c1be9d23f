//! A turn of a certificate changes the clocks to what deriving them anew would give: whoever commits it reads no events.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use mohor_domain::{
    civil::Instant,
    clock::{Clock, Happening, History, Stay},
    event::EventKind,
    id::Id,
    share::ProvidedAt,
};
use mohor_ports::{
    ledger::{ClockRecord, Turn, derived, sent_on},
    suite::sample,
};
use serde_json::json;
use std::sync::Arc;

const BEGIN: i64 = 1_785_000_000_000;
const HOUR: i64 = 60 * 60 * 1000;

fn at(hours: i64) -> Instant {
    Instant::from_millis(BEGIN + hours * HOUR)
}

fn history(service: &str, bsk: Option<&str>) -> History {
    let said = |kind, hours| Happening::read(kind, at(hours), false, &json!({"stage": "forward", "bsk": bsk}));
    let history = History {
        department: sample::DEPARTMENT.into(),
        service: Some(service.into()),
        happenings: vec![
            said(EventKind::Submitted, 0),
            said(EventKind::StageCompleted, 10),
            said(EventKind::Deficient, 12),
            said(EventKind::Resumed, 20),
            said(EventKind::Approved, 100),
        ],
        approval_received_at: Some(at(101)),
        ..History::default()
    };
    history.placed(bsk.map(str::to_owned), |_| Some("COB".to_owned()))
}

/// The records with the changed ones in their places.
fn kept(mut records: Vec<ClockRecord>, changed: Vec<ClockRecord>) -> Vec<ClockRecord> {
    for record in changed {
        let same = |it: &&mut ClockRecord| it.clock.kind == record.clock.kind && it.clock.key == record.clock.key;
        match records.iter_mut().find(same) {
            Some(place) => *place = record,
            None => records.push(record),
        }
    }
    records
}

/// As they are, whatever was promised and told.
fn clocks(records: &[ClockRecord]) -> Vec<&Clock> {
    records.iter().map(|record| &record.clock).collect()
}

#[test]
fn a_turn_gives_what_deriving_anew_would() {
    let id = Id::parse("019a0000-0000-7000-8000-000000000001").unwrap();
    let mut turns = 0;
    for provided_at in [ProvidedAt::Ready, ProvidedAt::HandedOver] {
        let mut reference = sample::reference();
        reference.rules.terms.provided_at = provided_at;
        for (service, bsk) in
            [("caste-certificate", Some("24101")), ("staged", Some("24101")), ("caste-certificate", None)]
        {
            for order in [
                "ready handed",
                "ready superseded",
                "superseded ready",
                "ready handed superseded",
                "ready returned",
                "ready sent handed",
                "ready sent sent superseded",
                "ready returned sent returned sent handed",
            ] {
                let mut history = history(service, bsk);
                let mut records = derived(id, &history, &[], &reference.rules);
                for (place, word) in order.split(' ').enumerate() {
                    // Hundreds of hours between: each is late by another clock.
                    let now = at(102 + 700 * place as i64);
                    let turn = match word {
                        "handed" | "returned" | "sent" if bsk.is_none() => continue,
                        "sent" => {
                            let to = ("24102".to_owned(), Some("KOL".to_owned()));
                            let stay = Stay { bsk: to.0, district: to.1, from: now };
                            history.stays.push(stay.clone());
                            let rules = Arc::new(reference.rules.clone());
                            let n = history.stays.len() as u32;
                            let changed = sent_on(&records, n, &stay, |_| rules.clone(), &rules);
                            records = kept(records, changed);
                            assert_eq!(records, derived(id, &history, &records, &rules), "{provided_at:?} {order}");
                            assert_eq!(clocks(&records), clocks(&derived(id, &history, &[], &rules)), "{order}");
                            turns += 1;
                            continue;
                        }
                        "returned" => {
                            history.returned.push((history.stays.len() as u32, now));
                            Turn::Returned
                        }
                        "ready" => {
                            history.ready_at = Some(now);
                            Turn::Ready { at: history.goes_to.clone().filter(|_| history.superseded_at.is_none()) }
                        }
                        "handed" => {
                            history.handed_at = Some(now);
                            Turn::HandedOver
                        }
                        _ => {
                            history.superseded_at = Some(now);
                            Turn::Superseded { at_centre: history.goes_to.is_some() }
                        }
                    };
                    let changed = turn.changes(&records, now, &reference.rules);
                    assert_eq!(turn.changes(&kept(records.clone(), changed.clone()), now, &reference.rules), []);
                    records = kept(records, changed);
                    let wanted = derived(id, &history, &records, &reference.rules);
                    assert_eq!(records, wanted, "{provided_at:?} {service} {bsk:?} {order}: {word}");
                    let anew = derived(id, &history, &[], &reference.rules);
                    assert_eq!(clocks(&records), clocks(&anew), "{provided_at:?} {service} {bsk:?} {order}: {word}");
                    turns += 1;
                }
            }
        }
    }
    assert!(turns > 40, "{turns}");
}
