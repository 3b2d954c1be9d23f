//! The fault table. Each commit is made to fail at each of its writes, and repeated after it succeeded: failed and lost leaves
//! nothing, failed but kept changes nothing. And whatever only reads writes nothing.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use crate::house::{difference, dump, open, outbound, tables, told};
use mohor_domain::stage::Stage;
use mohor_ledger_sqlite::{EmbeddedBus, SqliteLedger};
use mohor_ports::{
    bus::{Bus, Due},
    error::{Error, Result},
    suite::commits::{AFTERWARDS, Call, NOON, Prepared, commits, prepare, reads},
};
use rusqlite::Connection;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicI64},
};
use tokio::task::LocalSet;

/// How many kinds of write a commit has at least.
fn kinds(call: &Call) -> usize {
    match call.to_string().as_str() {
        "commit_intake" => 14,
        "commit_stored" => 8,
        "commit_minted" => 7,
        "commit_notified" | "hand_over" | "give_back" | "send_on" | "empty_centre" | "fetch" => 6,
        "fire" | "commit_signed" | "park" | "discard" => 4,
        "receive"
        | "record_print"
        | "bind_hologram"
        | "write_off_hologram"
        | "erase_phones"
        | "replay"
        | "decide"
        | "order"
        | "commit_documents_stored"
        | "settle_webhook" => 3,
        "receive_letters" | "postpone" | "add_seal_key" | "propose" | "add_webhook" => 2,
        "issue_holograms" | "try_test_page" => 2,
        _ => 1,
    }
}

/// A file in which each commit has something to do, and the same with triggers that count the writes of a transaction and refuse
/// one of them.
struct File {
    folder: tempfile::TempDir,
    prepared: Prepared,
}

const WHOLE: &str = "prepared.sqlite";
const FAULTY: &str = "faulty.sqlite";
/// Ids drawn from here on are the same in every copy.
const DRAWN: u64 = 1 << 40;

/// Time stands still there.
fn at(path: &Path, millis: i64, entropy: u64) -> SqliteLedger {
    open(path, &Arc::new(AtomicI64::new(millis)), entropy).expect("a ledger")
}

/// In memory where there is such a folder: nothing here is about the disk, and there are thousands of commits.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

impl File {
    async fn new() -> Self {
        let folder = folder();
        let path = folder.path().join(WHOLE);
        let past = async |words: String| Connection::open(&path).unwrap().execute_batch(&words).unwrap();
        let prepared = prepare(&at(&path, NOON, 0), past).await;
        let sql = Connection::open(&path).unwrap();
        sql.execute("DELETE FROM queue WHERE item = ?1", [prepared.still.as_str()]).unwrap();
        let file = Self { folder, prepared };
        let sql = Connection::open(file.copy(WHOLE, FAULTY)).unwrap();
        let mut words =
            String::from("BEGIN; CREATE TABLE fault (write INTEGER, at INTEGER); INSERT INTO fault VALUES (0, 1);");
        for table in tables(&sql) {
            for act in ["INSERT", "UPDATE", "DELETE"] {
                words.push_str(&format!(
                    "CREATE TRIGGER \"{act} {table}\" BEFORE {act} ON {table} BEGIN
                       UPDATE fault SET write = write + 1;
                       SELECT RAISE(ABORT, 'made to fail at <{act} {table}>') FROM fault WHERE write = at;
                     END;"
                ));
            }
        }
        sql.execute_batch(&(words + "COMMIT;")).unwrap();
        file
    }

    /// A copy of one of the two; what was a copy of that name is gone.
    fn copy(&self, of: &str, name: &str) -> PathBuf {
        let (from, copy) = (self.folder.path().join(of), self.folder.path().join(name));
        // What is still in the log goes into the file.
        Connection::open(&from).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", copy.display()));
        }
        std::fs::copy(from, &copy).expect("a copy");
        copy
    }
}

/// The write that was made to fail.
fn refused(error: &Error) -> Option<String> {
    let words = error.to_string();
    let write = words.split_once("made to fail at <")?.1.split_once('>')?.0;
    Some(write.to_owned())
}

/// Every row of every table of the ledger's.
fn rows(path: &Path) -> Vec<String> {
    let mut rows = dump(path);
    rows.retain(|row| !row.starts_with("fault "));
    rows
}

/// Does something again and again, and has it fail at its first write, its second, and so on, until it succeeds: the writes.
async fn fails_at_each(path: &Path, name: &str, act: impl AsyncFn() -> Result<()>) -> Vec<String> {
    let before = rows(path);
    let mut writes: Vec<String> = Vec::new();
    while let Err(error) = act().await {
        let write = refused(&error).unwrap_or_else(|| panic!("{name}: {error}"));
        let left = difference(&before, &rows(path));
        assert!(left.is_empty(), "{name} fails at write {}, {write}, and leaves {left:#?}", writes.len() + 1);
        Connection::open(path).unwrap().execute_batch("UPDATE fault SET at = at + 1").unwrap();
        writes.push(write);
    }
    writes
}

/// Makes a commit fail at each of its writes: how many those are, and the words that it tells.
async fn fails(file: &File, call: Call) -> (usize, BTreeSet<String>) {
    let reference = file.copy(WHOLE, "reference.sqlite");
    let before = dump(&reference);
    call.run(&at(&reference, AFTERWARDS, DRAWN), &file.prepared).await.unwrap();
    let wanted = dump(&reference);
    let path = file.copy(FAULTY, "copy.sqlite");
    let run = async || call.run(&at(&path, AFTERWARDS, DRAWN), &file.prepared).await;
    let writes = fails_at_each(&path, &call.to_string(), run).await;
    let otherwise = difference(&wanted, &rows(&path));
    assert!(otherwise.is_empty(), "{call}, tried again: {otherwise:#?}");
    let faults = writes.len();
    if call.beside_a_broker {
        assert!(faults == 0 && wanted == before, "{call} writes {writes:?}: there is no broker");
    } else {
        let (kinds, least) = (BTreeSet::from_iter(writes), kinds(&call));
        assert!(kinds.len() >= least, "{call} writes {kinds:?}, at least {least} were expected");
    }
    (faults, told::words(&outbound(&reference)))
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_and_succeeds_when_it_is_tried_again() {
    let file = Arc::new(File::new().await);
    let (mut words, mut faults, mut wrong) = (BTreeSet::new(), 0, 0);
    let local = LocalSet::new();
    for call in commits() {
        // Each is tried, also after one that has gone wrong.
        let file = file.clone();
        let tried = local.spawn_local(async move { fails(&file, call).await });
        match local.run_until(tried).await {
            Ok((ways, told)) => {
                faults += ways;
                words.extend(told);
            }
            Err(_) => wrong += 1,
        }
    }
    assert_eq!(wrong, 0, "of {} commits", commits().count());
    assert_eq!(words, told::every_word(), "what the commits tell is every word that the world is told");
    println!("{faults} faults in {} commits", commits().count());
}

#[tokio::test]
async fn a_commit_that_was_kept_though_its_answer_was_lost_changes_nothing_when_repeated() {
    let file = File::new().await;
    for call in commits().filter(|call| call.once) {
        let path = file.copy(WHOLE, "copy.sqlite");
        call.run(&at(&path, AFTERWARDS, DRAWN), &file.prepared).await.unwrap();
        let kept = dump(&path);
        call.run(&at(&path, AFTERWARDS, DRAWN * 2), &file.prepared).await.unwrap();
        let changed = difference(&kept, &dump(&path));
        assert!(changed.is_empty(), "{call}: {changed:#?}");
    }
}

#[tokio::test]
async fn what_only_reads_writes_nothing() {
    let file = File::new().await;
    let path = file.copy(WHOLE, "copy.sqlite");
    let before = dump(&path);
    let ledger = at(&path, AFTERWARDS, DRAWN);
    for call in reads() {
        call.run(&ledger, &file.prepared).await.unwrap_or_else(|error| panic!("{call}: {error}"));
        let changed = difference(&before, &dump(&path));
        assert!(changed.is_empty(), "{call}: {changed:#?}");
    }
}

#[tokio::test]
async fn a_hint_that_cannot_be_written_leaves_none_of_those_that_came_with_it() {
    let file = File::new().await;
    let path = file.copy(FAULTY, "copy.sqlite");
    let due: Vec<Due> = ["one", "two"].map(|item| Due::from(item.to_owned())).into();
    let publish = async || EmbeddedBus::new(at(&path, AFTERWARDS, DRAWN)).publish(Stage::Sign, &due).await;
    assert_eq!(fails_at_each(&path, "publish", publish).await, ["INSERT queue"; 2]);
    let kept = rows(&path);
    publish().await.unwrap();
    assert_eq!(rows(&path), kept, "what is published twice is there once");
}
