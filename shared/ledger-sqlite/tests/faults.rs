//! The fault table. Each commit is made to fail at each of its writes, and repeated after it succeeded:
//! failed and lost leaves nothing, failed but kept changes nothing.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

mod house;

use house::{BEGIN, difference, dump, open, tables};
use mohor_domain::{event::InboundEvent, id::Id, stage::Stage, uin::Uin};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_ports::{
    error::Result,
    ledger::{Failure, Inbox, Intake, Issue, Minting, Register, Upkeep},
    suite::sample,
};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicI64},
};

/// A commit, and how many kinds of write it has at least.
const COMMITS: [(Commit, usize); 11] = [
    (Commit::Receive, 3),
    (Commit::Intake, 12),
    (Commit::Mint, 7),
    (Commit::Sign, 4),
    (Commit::Seal, 1),
    (Commit::Store, 8),
    (Commit::Notify, 6),
    (Commit::Postpone, 2),
    (Commit::Park, 4),
    (Commit::Replay, 3),
    (Commit::Discard, 4),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commit {
    Receive,
    Intake,
    Mint,
    Sign,
    Seal,
    Store,
    Notify,
    Postpone,
    Park,
    Replay,
    Discard,
}

/// A ledger in which each commit has something to do.
struct Prepared {
    folder: tempfile::TempDir,
    inbox: Id,
    mint: Id,
    sign: Uin,
    seal: Uin,
    store: Uin,
    notify: Uin,
    park: Uin,
    parked: i64,
}

fn failure(item: impl ToString) -> Vec<Failure> {
    vec![Failure { item: item.to_string(), code: "retry".into(), reason: "what failed".into() }]
}

fn ascribed() -> Uin {
    sample::uin(sample::DEPARTMENT, 50)
}

async fn prepare() -> Prepared {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = &at(&folder.path().join("prepared.sqlite"), 0);
    ledger.reserve_uins(sample::DEPARTMENT, "block", vec![ascribed()]).await.unwrap();
    let mint = sample::approve(ledger, &[1]).await.remove(0);
    let (sign, seal, notify, park) = (
        sample::mint(ledger, 2).await,
        sample::mint(ledger, 3).await,
        sample::mint(ledger, 4).await,
        sample::mint(ledger, 5).await,
    );
    sample::issue(ledger, notify).await;
    ledger.commit_signed(vec![(seal, sample::credential(seal))]).await.unwrap();
    let old = sample::mint(ledger, 6).await;
    sample::issue(ledger, old).await;
    let correction = InboundEvent { supersedes: Some(old), ..sample::approval(7) };
    let application = sample::send(ledger, vec![correction]).await.1.remove(0);
    let store = sample::mint_for(ledger, application, 7).await;
    ledger.commit_signed(vec![(store, sample::credential(store))]).await.unwrap();
    ledger.commit_sealed(vec![(store, sample::cms(store))]).await.unwrap();
    let lost = sample::mint(ledger, 8).await;
    ledger.park(Stage::Sign, failure(lost)).await.unwrap();
    let inbox = sample::receive(ledger).await;
    // An attempt that failed before is forgotten with the hint.
    for (stage, item) in [
        (Stage::Intake, inbox.to_string()),
        (Stage::Mint, mint.to_string()),
        (Stage::Sign, sign.to_string()),
        (Stage::Store, store.to_string()),
        (Stage::Notify, notify.to_string()),
        (Stage::Sign, park.to_string()),
    ] {
        ledger.postpone(stage, failure(item)).await.unwrap();
    }
    let parked = ledger.parked(0, 1).await.unwrap()[0].number;
    Prepared { folder, inbox, mint, sign, seal, store, notify, park, parked }
}

fn at(path: &Path, entropy: u64) -> SqliteLedger {
    open(path, &Arc::new(AtomicI64::new(BEGIN)), entropy).expect("a ledger")
}

impl Prepared {
    async fn run(&self, commit: Commit, ledger: &SqliteLedger) -> Result<()> {
        let (sign, seal) = (self.sign, self.seal);
        match commit {
            Commit::Receive => {
                let door = mohor_ports::ledger::Door::Local;
                let delivery = mohor_ports::ledger::NewDelivery { door, batch: false, body: b"{}".to_vec() };
                ledger.receive(vec![delivery]).await.map(drop)
            }
            Commit::Intake => {
                let with_number = InboundEvent { ascribed: Some(ascribed()), ..sample::approval(20) };
                let submitted = sample::event(mohor_domain::event::EventKind::Submitted, 21);
                let refused = sample::altered(&sample::approval(20));
                let events = [with_number, submitted, refused].into_iter().map(sample::valid).collect();
                ledger.commit_intake(vec![(self.inbox, Intake::Events(events))]).await.map(drop)
            }
            Commit::Mint => {
                let plan = sample::plan(sample::uin(sample::DEPARTMENT, 1), 1);
                ledger.commit_minted(vec![Minting { application: self.mint, plan }]).await.map(drop)
            }
            Commit::Sign => ledger.commit_signed(vec![(sign, sample::credential(sign))]).await,
            Commit::Seal => ledger.commit_sealed(vec![(seal, sample::cms(seal))]).await.map(drop),
            Commit::Store => ledger.commit_stored(vec![sample::stored(self.store)]).await,
            Commit::Notify => ledger.commit_notified(&[self.notify]).await,
            Commit::Postpone => ledger.postpone(Stage::Sign, failure(self.park)).await,
            Commit::Park => ledger.park(Stage::Sign, failure(self.park)).await,
            Commit::Replay => ledger.replay(self.parked, "operator:test").await.map(drop),
            Commit::Discard => ledger.discard(self.parked, "operator:test", "why").await.map(drop),
        }
    }

    /// A copy of the prepared file.
    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.folder.path().join(name);
        let from = Connection::open(self.folder.path().join("prepared.sqlite")).expect("the prepared file");
        from.execute("VACUUM INTO ?1", [copy.to_str().expect("a path")]).expect("a copy");
        copy
    }
}

/// Ids drawn from here on are the same in every copy.
const DRAWN: u64 = 1 << 40;

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_and_succeeds_when_it_is_tried_again() {
    let prepared = prepare().await;
    for (commit, writes) in COMMITS {
        let reference = prepared.copy(&format!("{commit:?}.sqlite"));
        let before = dump(&reference);
        prepared.run(commit, &at(&reference, DRAWN)).await.unwrap();
        let wanted = dump(&reference);
        let changed = difference(&before, &wanted);
        let mut failed = Vec::new();
        for table in tables(&Connection::open(&reference).unwrap()) {
            if !changed.iter().any(|line| line[2..].starts_with(&format!("{table} "))) {
                continue;
            }
            for act in ["INSERT", "UPDATE", "DELETE"] {
                if fails(&prepared, commit, &table, act, &before, &wanted).await {
                    failed.push(format!("{act} {table}"));
                }
            }
        }
        assert!(failed.len() >= writes, "{commit:?} writes {failed:?}, at least {writes} were expected");
    }
}

/// Whether the commit fails where this write is refused; if so, that nothing remains of it.
async fn fails(
    prepared: &Prepared,
    commit: Commit,
    table: &str,
    act: &str,
    before: &[String],
    wanted: &[String],
) -> bool {
    let path = prepared.copy("faulty.sqlite");
    let sql = Connection::open(&path).unwrap();
    let trigger =
        format!("CREATE TRIGGER fault BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'made to fail'); END");
    sql.execute_batch(&trigger).unwrap();
    let outcome = prepared.run(commit, &at(&path, DRAWN)).await;
    let failed = match outcome {
        Ok(()) => false,
        Err(error) => {
            assert!(error.to_string().contains("made to fail"), "{commit:?}, {act} {table}: {error}");
            let left = difference(before, &dump(&path));
            assert!(left.is_empty(), "{commit:?}, {act} {table} leaves {left:#?}");
            sql.execute_batch("DROP TRIGGER fault").unwrap();
            prepared.run(commit, &at(&path, DRAWN)).await.unwrap();
            true
        }
    };
    let otherwise = difference(wanted, &dump(&path));
    assert!(otherwise.is_empty(), "{commit:?}, {act} {table}, tried again: {otherwise:#?}");
    drop(sql);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    failed
}

#[tokio::test]
async fn a_commit_that_was_kept_though_its_answer_was_lost_changes_nothing_when_repeated() {
    let prepared = prepare().await;
    for (commit, _) in COMMITS {
        // A delivery received twice is two deliveries, and a failure reported twice is two attempts.
        if matches!(commit, Commit::Receive | Commit::Postpone) {
            continue;
        }
        let path = prepared.copy(&format!("{commit:?}.sqlite"));
        prepared.run(commit, &at(&path, DRAWN)).await.unwrap();
        let kept = dump(&path);
        prepared.run(commit, &at(&path, DRAWN * 2)).await.unwrap();
        let changed = difference(&kept, &dump(&path));
        assert!(changed.is_empty(), "{commit:?}: {changed:#?}");
    }
}
