//! The embedded bus beyond its port's suite: who else writes the file, and what a new process finds.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use crate::house::House;
use mohor_domain::{stage::Stage, uin::Uin};
use mohor_ledger_sqlite::EmbeddedBus;
use mohor_ports::{
    bus::Bus,
    ledger::{Documents, Issue, Upkeep},
    suite::{documents, sample},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const PATIENT: u64 = 10_000;

async fn items(bus: &EmbeddedBus, stage: Stage, patience: u64) -> Vec<String> {
    bus.take(stage, 100, patience).await.unwrap().into_iter().map(|hint| hint.item).collect()
}

#[tokio::test]
async fn a_commit_wakes_the_next_stage() {
    let house = House::new();
    let (taken, id) = tokio::join!(items(&house.bus, Stage::Intake, PATIENT), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sample::receive(&*house.ledger).await
    });
    assert_eq!(taken, [id.to_string()]);
}

#[tokio::test]
async fn a_hint_that_another_process_writes_is_noticed() {
    let house = House::new();
    let beside = house.beside();
    let (taken, id) = tokio::join!(items(&house.bus, Stage::Intake, PATIENT), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sample::receive(&beside).await
    });
    assert_eq!(taken, [id.to_string()]);
}

#[tokio::test]
async fn hints_in_hand_are_there_again_when_the_process_was_killed() {
    let house = House::new();
    let uin = sample::mint(&*house.ledger, 1).await;
    assert_eq!(items(&house.bus, Stage::Sign, PATIENT).await, [uin.to_string()]);
    assert_eq!(items(&house.bus, Stage::Sign, 1).await, Vec::<String>::new());
    let reopened = EmbeddedBus::new(house.beside());
    assert_eq!(items(&reopened, Stage::Sign, 1).await, [uin.to_string()]);
}

#[tokio::test]
async fn only_lost_hints_of_work_still_to_be_done_are_published() {
    let house = House::new();
    let signed = sample::mint(&*house.ledger, 1).await;
    house.ledger.commit_signed(vec![(signed, sample::credential(signed))]).await.unwrap();
    let lost = sample::mint(&*house.ledger, 2).await;
    house.sql().execute("DELETE FROM queue WHERE item = ?1", [lost.as_str()]).unwrap();
    house.bus.publish(Stage::Sign, &[signed.to_string().into(), lost.to_string().into()]).await.unwrap();
    assert_eq!(items(&house.bus, Stage::Sign, 1).await, [lost.to_string()]);
    assert_eq!(items(&house.bus, Stage::Store, 1).await, [signed.to_string()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_workers_take_each_hint_once() {
    let house = Arc::new(House::new());
    let numbers: Vec<u64> = (1..=200).collect();
    let ids = sample::approve(&*house.ledger, &numbers).await;
    let workers = (0..4).map(|_| {
        let house = house.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let hints = house.bus.take(Stage::Mint, 7, 1).await.unwrap();
                if hints.is_empty() {
                    return taken;
                }
                taken.extend(hints.into_iter().map(|hint| hint.item));
            }
        })
    });
    let mut taken = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        taken.extend(worker.await.unwrap());
    }
    assert_eq!(taken.len(), 200);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), ids.iter().map(|id| id.to_string()).collect());
}

#[tokio::test]
async fn a_postponed_hint_comes_when_it_is_due_and_not_before() {
    let house = House::new();
    let uin: Uin = sample::mint(&*house.ledger, 1).await;
    for wait in [2_000, 4_000, 8_000] {
        let hints = house.bus.take(Stage::Sign, 1, 1).await.unwrap();
        assert_eq!(hints.len(), 1);
        house.postpone(Stage::Sign, uin).await;
        house.bus.settle(Stage::Sign, &hints).await.unwrap();
        house.advance(wait - 1);
        assert_eq!(items(&house.bus, Stage::Sign, 1).await, Vec::<String>::new());
        house.advance(1);
    }
    assert_eq!(items(&house.bus, Stage::Sign, 1).await, [uin.to_string()]);
}

#[tokio::test]
async fn certificates_go_before_acknowledgements_and_what_stands_still_is_hinted_again() {
    let house = House::new();
    let ledger = &*house.ledger;
    let submitted = |n| sample::event(mohor_domain::event::EventKind::Submitted, n);
    sample::send(ledger, (1..=5).map(submitted).collect()).await;
    let report = ledger.order(documents::order(1)).await.unwrap();
    let uin = sample::mint(ledger, 6).await;
    ledger.commit_signed(vec![(uin, sample::credential(uin))]).await.unwrap();
    let taken = items(&house.bus, Stage::Store, 1).await;
    assert_eq!(taken.len(), 7);
    assert_eq!(taken[..2], [report.to_string(), uin.to_string()]);
    house.sql().execute("DELETE FROM queue", []).unwrap();
    house.advance(900_000);
    let swept = ledger.sweep(mohor_ports::ledger::Sweep::Still(900_000), 100).await.unwrap();
    assert_eq!(swept.into_iter().filter(|(stage, _)| *stage == Stage::Store).count(), 7);
}
