//! A ledger file in a folder of its own, with a clock that stands until it is moved.

#[path = "../../../ports/tests/told/mod.rs"]
pub mod told;

use mohor_domain::{civil::Instant, event::Recorded, stage::Stage};
use mohor_ledger_sqlite::{EmbeddedBus, SqliteLedger};
use mohor_ports::{
    error::Result,
    ledger::{Failure, Upkeep},
    suite::sample,
};
use rusqlite::{Connection, types::Value};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// A time of day on which nothing else depends.
pub const BEGIN: i64 = 1_785_000_120_000;

pub struct House {
    pub ledger: Arc<SqliteLedger>,
    pub bus: EmbeddedBus,
    pub clock: Arc<AtomicI64>,
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite");
        let clock = Arc::new(AtomicI64::new(BEGIN));
        let ledger = Arc::new(open(&path, &clock, 0).expect("a ledger"));
        Self { bus: EmbeddedBus::new(ledger.clone()), ledger, clock, path, _folder: folder }
    }

    /// The same file once more, as another process has it.
    pub fn beside(&self) -> SqliteLedger {
        static OPENED: AtomicU64 = AtomicU64::new(1);
        open(&self.path, &self.clock, OPENED.fetch_add(1, Ordering::SeqCst) << 32).expect("the same ledger")
    }

    /// The file without the program.
    pub fn sql(&self) -> Connection {
        Connection::open(&self.path).expect("a connection")
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).expect("a number")
    }

    /// An attempt of this item has failed.
    pub async fn postpone(&self, stage: Stage, item: impl ToString) {
        let failure = Failure { item: item.to_string(), code: "retry".into(), reason: "what failed".into() };
        self.ledger.postpone(stage, vec![failure]).await.expect("postponed");
    }

    pub fn now(&self) -> Instant {
        Instant::from_millis(self.clock.load(Ordering::SeqCst))
    }

    pub fn advance(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }
}

/// What was told in a test is held against the contracts when it ends.
impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            told::words(&outbound(&self.path));
        }
    }
}

/// Every event of every stream.
pub fn outbound(path: &Path) -> Vec<Recorded> {
    let connection = Connection::open(path).expect("a connection");
    let sql = "SELECT stream, number, id, word, subject, data, at FROM outbound";
    let mut statement = connection.prepare(sql).expect("the table of events");
    let read = |row: &rusqlite::Row<'_>| {
        let data: String = row.get(5)?;
        Ok(Recorded {
            stream: row.get(0)?,
            number: row.get(1)?,
            id: row.get(2)?,
            word: row.get(3)?,
            subject: row.get(4)?,
            data: serde_json::from_str(&data).expect("JSON"),
            at: Instant::from_millis(row.get(6)?),
        })
    };
    let events = statement.query_map([], read).expect("events");
    events.map(|event| event.expect("an event")).collect()
}

pub fn open(path: &Path, clock: &Arc<AtomicI64>, entropy: u64) -> Result<SqliteLedger> {
    let clock = clock.clone();
    let now = Arc::new(move || Instant::from_millis(clock.load(Ordering::SeqCst)));
    SqliteLedger::open_with_clock(path, Arc::new(sample::Counting::from(entropy)), sample::reference(), now)
}

/// Every row of every table, sorted. (What SQLite keeps for itself is left out: an insertion that finds its row there
/// uses up a number of the sequence.)
pub fn dump(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("a connection");
    let mut lines = Vec::new();
    for table in tables(&connection) {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let read =
            |row: &rusqlite::Row<'_>| (0..columns).map(|n| row.get::<_, Value>(n)).collect::<Result<Vec<_>, _>>();
        let rows = statement.query_map([], read).expect("rows");
        lines.extend(rows.map(|row| format!("{table} {:?}", row.expect("a row"))));
    }
    lines.sort();
    lines
}

/// The lines that only one of two dumps has.
pub fn difference(before: &[String], after: &[String]) -> Vec<String> {
    let only = |these: &[String], those: &[String], mark: char| {
        these.iter().filter(|line| !those.contains(line)).map(|line| format!("{mark} {line}")).collect::<Vec<_>>()
    };
    [only(before, after, '-'), only(after, before, '+')].concat()
}

pub fn tables(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .expect("tables");
    statement.query_map([], |row| row.get(0)).expect("names").map(|name| name.expect("a name")).collect()
}
