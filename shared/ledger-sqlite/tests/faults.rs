//! The fault table. Each commit is made to fail at each of its writes, and repeated after it succeeded:
//! failed and lost leaves nothing, failed but kept changes nothing.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use crate::house::{BEGIN, difference, dump, open, tables};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_ports::suite::commits::{Commit, Prepared, prepare};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicI64},
};

/// How many kinds of write a commit has at least.
fn writes(commit: Commit) -> usize {
    match commit {
        Commit::Intake => 14,
        Commit::Store => 8,
        Commit::Mint => 7,
        Commit::Notify => 6,
        Commit::HandOver | Commit::GiveBack | Commit::SendOn | Commit::EmptyCentre | Commit::Fetch => 6,
        Commit::Sign | Commit::Park | Commit::Discard => 4,
        Commit::Receive
        | Commit::Print
        | Commit::BindHologram
        | Commit::WriteOffHologram
        | Commit::ErasePhones
        | Commit::Replay
        | Commit::Decide
        | Commit::Order
        | Commit::StoreDocument
        | Commit::SettleWebhook => 3,
        Commit::ReceiveLetters | Commit::Postpone | Commit::SealKey | Commit::Propose | Commit::AddWebhook => 2,
        Commit::IssueHolograms | Commit::TryTestPage => 2,
        _ => 1,
    }
}

/// A file in which each commit has something to do.
struct File {
    folder: tempfile::TempDir,
    prepared: Prepared,
}

fn at(path: &Path, entropy: u64) -> SqliteLedger {
    open(path, &Arc::new(AtomicI64::new(BEGIN)), entropy).expect("a ledger")
}

impl File {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let prepared = prepare(&at(&folder.path().join("prepared.sqlite"), 0)).await;
        Self { folder, prepared }
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
    let file = File::new().await;
    for commit in Commit::ALL {
        let reference = file.copy(&format!("{commit:?}.sqlite"));
        let before = dump(&reference);
        commit.run(&at(&reference, DRAWN), &file.prepared).await.unwrap();
        let wanted = dump(&reference);
        let changed = difference(&before, &wanted);
        let mut failed = Vec::new();
        for table in tables(&Connection::open(&reference).unwrap()) {
            if !changed.iter().any(|line| line[2..].starts_with(&format!("{table} "))) {
                continue;
            }
            for act in ["INSERT", "UPDATE", "DELETE"] {
                if fails(&file, commit, &table, act, &before, &wanted).await {
                    failed.push(format!("{act} {table}"));
                }
            }
        }
        let least = writes(commit);
        assert!(failed.len() >= least, "{commit:?} writes {failed:?}, at least {least} were expected");
    }
}

/// Whether the commit fails where this write is refused; if so, that nothing remains of it.
async fn fails(file: &File, commit: Commit, table: &str, act: &str, before: &[String], wanted: &[String]) -> bool {
    let path = file.copy("faulty.sqlite");
    let sql = Connection::open(&path).unwrap();
    let trigger =
        format!("CREATE TRIGGER fault BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'made to fail'); END");
    sql.execute_batch(&trigger).unwrap();
    let outcome = commit.run(&at(&path, DRAWN), &file.prepared).await;
    let failed = match outcome {
        Ok(()) => false,
        Err(error) => {
            assert!(error.to_string().contains("made to fail"), "{commit:?}, {act} {table}: {error}");
            let left = difference(before, &dump(&path));
            assert!(left.is_empty(), "{commit:?}, {act} {table} leaves {left:#?}");
            sql.execute_batch("DROP TRIGGER fault").unwrap();
            commit.run(&at(&path, DRAWN), &file.prepared).await.unwrap();
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
    let file = File::new().await;
    for commit in Commit::ALL.into_iter().filter(|commit| commit.may_be_repeated()) {
        let path = file.copy(&format!("{commit:?}.sqlite"));
        commit.run(&at(&path, DRAWN), &file.prepared).await.unwrap();
        let kept = dump(&path);
        commit.run(&at(&path, DRAWN * 2), &file.prepared).await.unwrap();
        let changed = difference(&kept, &dump(&path));
        assert!(changed.is_empty(), "{commit:?}: {changed:#?}");
    }
}
