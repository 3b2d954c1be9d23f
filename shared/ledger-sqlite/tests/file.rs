//! The file: several writers, other schemas, a full disk, rows that nobody should have touched.

use crate::house::{House, dump, open};
use mohor_domain::{event::InboundEvent, stage::Stage, uin::Uin};
use mohor_ledger_sqlite::{RunnerLock, VERSION};
use mohor_ports::{
    error::Error,
    ledger::{Documents, Inbox, Issue, Minted, Minting, Register, Sweep, Upkeep},
    suite::{documents, need::SmallDisk, sample},
};
use std::{
    path::Path,
    sync::{Arc, atomic::AtomicI64},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_processes_that_mint_one_application_one_wins() {
    let house = House::new();
    let ids = sample::approve(&*house.ledger, &(1..=30).collect::<Vec<_>>()).await;
    let minting = |offset: u64| {
        let (ledger, ids) = (house.beside(), ids.clone());
        tokio::spawn(async move {
            let mut minted = Vec::new();
            for (n, application) in ids.into_iter().enumerate() {
                let n = offset + n as u64;
                let plan = sample::plan(sample::uin(sample::DEPARTMENT, n), n as u32);
                minted.extend(ledger.commit_minted(vec![Minting { application, plan }]).await.unwrap());
            }
            minted
        })
    };
    let (one, other) = (minting(1_000), minting(2_000));
    let number = |minted: &Minted| match minted {
        Minted::New(uin) | Minted::Before(uin) => Some(*uin),
        _ => None,
    };
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    for (one, other) in one.iter().zip(&other) {
        assert!(matches!(one, Minted::New(_)) != matches!(other, Minted::New(_)), "{one:?} {other:?}");
        assert_eq!(number(one), number(other));
    }
    assert_eq!(house.ledger.census().await.unwrap().minted, 30);
    assert_eq!(house.ledger.offenders().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counters_have_no_gaps_whoever_commits_at_the_same_time() {
    let house = House::new();
    let mut uins: Vec<Uin> = Vec::new();
    for n in 1..=40 {
        let uin = sample::mint(&*house.ledger, n).await;
        sample::issue(&*house.ledger, uin).await;
        uins.push(uin);
    }
    let workers = uins.chunks(10).map(|uins| {
        let (ledger, uins) = (house.beside(), uins.to_vec());
        tokio::spawn(async move {
            for uin in uins {
                ledger.commit_notified(&[uin]).await.unwrap();
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let events = house.ledger.events(sample::BSK_STREAM, 0, 100).await.unwrap();
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), (1..=40).collect::<Vec<i64>>());
    assert!(events.iter().all(|event| event.data["number"] == event.number && event.data["district"] == "COB"));
    assert_eq!(house.ledger.offenders().await.unwrap(), []);
}

#[tokio::test]
async fn a_page_is_counted_once_also_while_it_is_in_the_log() {
    let house = House::new();
    sample::approve(&*house.ledger, &(1..=20).collect::<Vec<_>>()).await;
    let kept = house.ledger.kept().await.unwrap();
    house.sql().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert_eq!(kept.bytes, std::fs::metadata(&house.path).unwrap().len());
    assert_eq!(house.ledger.kept().await.unwrap(), kept);
}

#[tokio::test]
async fn a_lost_hint_is_swept_up_once_its_item_stands_still() {
    let house = House::new();
    let ledger = &*house.ledger;
    let inbox = sample::receive(ledger).await;
    let application = sample::approve(ledger, &[1]).await.remove(0);
    let (sign, store, notify) =
        (sample::mint(ledger, 2).await, sample::mint(ledger, 3).await, sample::mint(ledger, 4).await);
    ledger.commit_signed(vec![(store, sample::credential(store))]).await.unwrap();
    sample::issue(ledger, notify).await;
    let done = sample::mint(ledger, 5).await;
    sample::issue(ledger, done).await;
    ledger.commit_notified(&[done]).await.unwrap();
    let before = dump(&house.path);
    house.sql().execute("DELETE FROM queue", []).unwrap();
    const STILL: i64 = 15 * 60 * 1000;
    house.advance(STILL - 1);
    assert_eq!(ledger.sweep(Sweep::Still(STILL), 100).await.unwrap(), []);
    house.advance(1);
    let mut wanted = vec![
        (Stage::Intake, inbox.to_string()),
        (Stage::Mint, application.to_string()),
        (Stage::Sign, sign.to_string()),
        (Stage::Store, store.to_string()),
        (Stage::Notify, notify.to_string()),
    ];
    assert_eq!(ledger.sweep(Sweep::Still(STILL), 2).await.unwrap().len(), 2);
    let mut swept = ledger.sweep(Sweep::Still(STILL), 100).await.unwrap();
    assert_eq!(swept.len(), 3, "those hinted before wait in the queue");
    assert_eq!(house.number("SELECT count(*) FROM queue"), 5);
    house.sql().execute("DELETE FROM queue", []).unwrap();
    swept = ledger.sweep(Sweep::Still(STILL), 100).await.unwrap();
    swept.sort();
    wanted.sort();
    assert_eq!(swept, wanted);
    assert_eq!(before.iter().filter(|line| line.starts_with("queue ")).count(), 5);
}

#[tokio::test]
async fn an_event_that_comes_a_day_after_it_happened_is_marked_late() {
    let house = House::new();
    let at = |millis: i64| InboundEvent { at: house.now().plus_millis(-millis), ..sample::approval(millis as u64) };
    let day = 24 * 60 * 60 * 1000;
    sample::send(&*house.ledger, vec![at(day), at(day + 1)]).await;
    assert_eq!(house.number("SELECT count(*) FROM inbound_event"), 2);
    assert_eq!(house.number("SELECT min(event_at) = max(iif(late, event_at, 0)) FROM inbound_event"), 1);
    assert_eq!(house.number("SELECT count(*) FROM inbound_event WHERE late = 1"), 1);
}

#[tokio::test]
async fn attempts_wait_two_seconds_and_at_most_a_quarter_of_an_hour() {
    let house = House::new();
    let uin = sample::mint(&*house.ledger, 1).await;
    let mut waits = Vec::new();
    for _ in 0..11 {
        house.postpone(Stage::Sign, uin).await;
        waits.push((house.number("SELECT next_at FROM attempt") - house.now().millis()) / 1000);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_up_to_date_one_is_opened_beside_a_writer() {
    let house = House::new();
    let writer = house.sql();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    house.beside();
    writer.execute_batch("ROLLBACK").unwrap();
    writer.pragma_update(None, "user_version", VERSION as i64 + 1).unwrap();
    let before = dump(&house.path);
    let Err(Error::Fatal(cause)) = open(&house.path, &house.clock, 0) else { panic!("it is refused") };
    assert!(
        cause.words.contains(&format!("schema {}", VERSION + 1)) && cause.words.contains("newer program"),
        "{cause:?}"
    );
    assert_eq!(dump(&house.path), before);
}

#[tokio::test]
async fn what_is_issued_cannot_be_changed_even_by_hand() {
    let house = House::new();
    house.ledger.reserve_uins(sample::DEPARTMENT, "block", vec![sample::uin(sample::DEPARTMENT, 9)]).await.unwrap();
    let ascribing = InboundEvent { ascribed: Some(sample::uin(sample::DEPARTMENT, 9)), ..sample::approval(9) };
    sample::send(&*house.ledger, vec![ascribing]).await;
    let uin = sample::mint(&*house.ledger, 1).await;
    sample::issue(&*house.ledger, uin).await;
    let ledger = &*house.ledger;
    let id = ledger.order(documents::order(1)).await.unwrap();
    ledger.commit_planned(vec![documents::document_plan(id, 1_000)]).await.unwrap();
    ledger.commit_document_seals(vec![(id, b"seal".to_vec())]).await.unwrap();
    ledger.commit_documents_stored(vec![documents::stored_document(id)]).await.unwrap();
    house
        .ledger
        .audit(mohor_ports::ledger::Act {
            actor: "operator:local".into(),
            act: "key.add".into(),
            subject: "kid".into(),
            detail: String::new(),
        })
        .await
        .unwrap();
    let print = "INSERT INTO print SELECT uin, 'opened', 1, 'x', '24101', 0 FROM certificate";
    house.sql().execute(print, []).unwrap();
    let used = "INSERT INTO hologram_range (bsk, prefix, digits, first, last, issued_by, issued_at)
            VALUES ('24101', 'WB26', 6, 1, 10, 'x', 0);
        INSERT INTO hologram SELECT 'WB26-000001', hologram_range.number, '24101', uin, 1, NULL, 'x', 0 FROM certificate, hologram_range;
        INSERT INTO hologram SELECT 'WB26-000002', number, '24101', NULL, NULL, 'torn', 'x', 0 FROM hologram_range;
        INSERT INTO test_page VALUES ('24101', '2026-04-01', 'CODE', 0, 'x', 0, 'x', 0)";
    house.sql().execute_batch(used).unwrap();
    let before = dump(&house.path);
    for sql in [
        "UPDATE certificate SET plan = '{}'",
        "UPDATE certificate SET packed = NULL",
        "UPDATE certificate SET credential = x'00'",
        "UPDATE certificate SET credential = NULL",
        "UPDATE certificate SET cms = x'00'",
        "UPDATE certificate_seal SET cms = x'00'",
        "DELETE FROM certificate_seal",
        "UPDATE certificate SET sha256 = 'ff'",
        "UPDATE certificate SET application_id = (SELECT id FROM application WHERE application_no = 'BCW/9')",
        "UPDATE certificate SET uin = 'BCWGP1XF3A7QYF0V'",
        "DELETE FROM certificate",
        "UPDATE document_order SET view = '{}'",
        "UPDATE document_order SET plan = '{}'",
        "UPDATE document_order SET cms = NULL",
        "UPDATE document_order SET sha256 = 'ff'",
        "UPDATE document_order SET bsk = '24102'",
        "DELETE FROM document_order",
        "UPDATE reserved_uin SET used_by = NULL",
        "UPDATE document SET sha256 = 'ff'",
        "DELETE FROM document",
        "UPDATE outbound SET data = '{}'",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE print SET who = 'nobody'",
        "DELETE FROM print",
        "UPDATE hologram SET uin = NULL",
        "UPDATE hologram SET who = 'nobody'",
        "UPDATE hologram SET serial = 'WB26-000003' WHERE reason IS NOT NULL",
        "DELETE FROM hologram",
        "UPDATE hologram_range SET bsk = '24102'",
        "UPDATE hologram_range SET last = 20",
        "UPDATE hologram_range SET bound = 0",
        "UPDATE hologram_range SET bound = 11",
        "DELETE FROM hologram_range",
        "UPDATE test_page SET tried_by = 'nobody'",
        "UPDATE test_page SET code = 'OTHER'",
        "DELETE FROM test_page",
    ] {
        assert!(house.sql().execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(dump(&house.path), before);
}

#[tokio::test]
async fn a_corrupt_row_is_named_with_its_table_and_column() {
    let house = House::new();
    let uin = sample::mint(&*house.ledger, 1).await;
    house.sql().execute("UPDATE certificate SET progress = 'lost'", []).unwrap();
    house.sql().execute("UPDATE application SET state = 'lost'", []).unwrap();
    let error = house.ledger.certificate(uin).await.unwrap_err();
    assert_eq!(error.code(), "unreadable_row");
    assert!(error.to_string().starts_with(&format!("table certificate, row {uin}, column progress")), "{error}");
    let error = house.ledger.application(sample::DEPARTMENT, "BCW/1").await.unwrap_err();
    assert!(error.to_string().contains("table application") && error.to_string().contains("column state"), "{error}");
}

#[tokio::test]
async fn a_contradiction_in_the_file_is_fatal_and_names_table_and_column() {
    let house = House::new();
    let (one, other) = (sample::mint(&*house.ledger, 1).await, sample::mint(&*house.ledger, 2).await);
    sample::issue(&*house.ledger, one).await;
    house.ledger.commit_signed(vec![(other, sample::credential(other))]).await.unwrap();
    house.ledger.commit_sealed(vec![(other, sample::cms(other))]).await.unwrap();
    // Two certificates with one document cannot be.
    let mut twice = sample::stored(other);
    twice.sha256 = sample::sha256(one);
    let error = house.ledger.commit_stored(vec![twice]).await.unwrap_err();
    assert_eq!(error.code(), "fatal");
    assert!(error.to_string().contains("document.sha256"), "{error}");
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_an_outage() {
    let house = House::new();
    let other = house.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let delivery =
        || mohor_ports::ledger::NewDelivery { door: mohor_ports::ledger::Door::Local, batch: false, body: vec![] };
    let error = house.ledger.receive(vec![delivery()]).await.unwrap_err();
    assert_eq!(error.code(), "outage");
    assert!(error.to_string().contains(&house.path.display().to_string()), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    house.ledger.receive(vec![delivery()]).await.unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_an_outage_that_names_the_file() {
    let Err(error) = open(Path::new("/nowhere/at all/ledger.sqlite"), &Arc::new(AtomicI64::new(0)), 0) else {
        panic!("there is no such folder")
    };
    assert_eq!(error.code(), "outage");
    assert!(error.to_string().contains("/nowhere/at all/ledger.sqlite"), "{error}");
}

/// A real full disk: a tmpfs of 2 MiB.
#[tokio::test]
async fn a_full_disk_is_an_outage_and_work_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::over(folder.path(), "2m") else { return };
    let outcome = async {
        let ledger = open(&folder.path().join("ledger.sqlite"), &Arc::new(AtomicI64::new(0)), 0)?;
        let mut error = None;
        for n in 0..64 {
            error = ledger.keep_assets(vec![(n.to_string(), vec![n; 100_000])]).await.err();
            if error.is_some() {
                break;
            }
        }
        disk.grow("64m");
        ledger.keep_assets(vec![("after".into(), vec![1; 100_000])]).await?;
        let kept = ledger.asset("after").await?.is_some();
        Ok::<_, Error>((error, kept))
    }
    .await;
    drop(disk);
    let (error, kept) = outcome.unwrap();
    let error = error.expect("2 MiB hold no 6 MB");
    assert_eq!(error.code(), "outage");
    assert!(error.to_string().contains("ledger.sqlite") && error.to_string().contains("full"), "{error}");
    assert!(kept);
}

#[test]
fn a_second_runner_is_told_who_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = RunnerLock::acquire(folder.path()).unwrap();
    let error = RunnerLock::acquire(folder.path()).unwrap_err();
    assert_eq!(error.code(), "fatal");
    let words = error.to_string();
    assert!(words.contains(&std::process::id().to_string()), "{words}");
    assert!(words.contains(&folder.path().display().to_string()) && words.contains("--data"), "{words}");
    drop(lock);
    RunnerLock::acquire(folder.path()).unwrap();
}

#[tokio::test]
async fn what_an_older_program_recorded_without_a_clock_is_given_one() {
    let house = House::new();
    let sql = async |sql: &str| house.sql().execute_batch(sql).unwrap();
    mohor_ports::suite::clocks::what_an_older_program_recorded_without_a_clock_is_given_one(&*house.ledger, sql).await;
}

#[tokio::test]
async fn what_waits_too_long_is_told_to_whose_it_is() {
    let house = House::new();
    let later = |millis| {
        house.clock.fetch_add(millis, std::sync::atomic::Ordering::SeqCst);
    };
    mohor_ports::suite::counter::what_waits_too_long_is_told_to_whose_it_is(&*house.ledger, later).await;
}

#[tokio::test]
async fn codes_are_few_and_good_for_a_while() {
    let house = House::new();
    let later = |millis| {
        house.clock.fetch_add(millis, std::sync::atomic::Ordering::SeqCst);
    };
    mohor_ports::suite::handing::codes_are_few_and_good_for_a_while(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_hand_over_is_taken_back_within_its_time() {
    let house = House::new();
    let later = |millis| {
        house.clock.fetch_add(millis, std::sync::atomic::Ordering::SeqCst);
    };
    mohor_ports::suite::handing::a_hand_over_is_taken_back_within_its_time(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_reminder_is_given_out_once() {
    let house = House::new();
    let later = |millis| house.advance(millis);
    mohor_ports::suite::reminders::a_reminder_is_given_out_once(&*house.ledger, later).await;
}

#[tokio::test]
async fn each_day_has_its_own_test_page() {
    let house = House::new();
    let later = |millis| house.advance(millis);
    mohor_ports::suite::test_pages::each_day_has_its_own_page(&*house.ledger, later).await;
}
