//! Connections to the file: one that writes, a few that read, and what their errors mean.

use crate::schema;
use mohor_domain::{change::InForce, civil::Instant, id::Id, stage::Stage};
pub(crate) use mohor_ports::error::{corrupt, readable};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Reference, Shelf},
    time::Entropy,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Notify;

/// How long a writer waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Readers that are kept open.
const READERS: usize = 4;

/// Gives the time. The ledger's own is the machine's.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The ledger in one SQLite file.
#[derive(Clone)]
pub struct SqliteLedger {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// What it was told of the world.
    pub(crate) reference: Reference,
    /// The departments' directories as they were read last.
    pub(crate) shelf: Shelf,
    /// The rules that were in force when a transaction last looked.
    pub(crate) force: RwLock<Arc<InForce>>,
    clock: Clock,
    wakes: HashMap<Stage, Arc<Notify>>,
}

impl AsRef<SqliteLedger> for SqliteLedger {
    fn as_ref(&self) -> &SqliteLedger {
        self
    }
}

impl SqliteLedger {
    /// Opens the file, making it when it is not there, and brings its schema up to this program's.
    ///
    /// `reference` is what clocks are counted by, and the district of each centre. `Fatal` when the schema is newer than this program.
    pub fn open(path: &Path, entropy: Arc<dyn Entropy>, reference: Reference) -> Result<Self> {
        Self::open_with_clock(path, entropy, reference, Arc::new(machine_clock))
    }

    /// [`SqliteLedger::open`] with a time so many milliseconds before the machine's: for a demo's certificates with a past.
    pub fn open_back(path: &Path, entropy: Arc<dyn Entropy>, reference: Reference, back: i64) -> Result<Self> {
        Self::open_with_clock(path, entropy, reference, Arc::new(move || machine_clock().plus_millis(-back)))
    }

    /// [`SqliteLedger::open`] with a clock of one's own, for tests.
    pub fn open_with_clock(path: &Path, entropy: Arc<dyn Entropy>, reference: Reference, clock: Clock) -> Result<Self> {
        let mut writer = connect(path, true)?;
        schema::migrate(&mut writer, path)?;
        let wakes = Stage::ALL.into_iter().map(|stage| (stage, Arc::default())).collect();
        let readers = Mutex::default();
        let force = RwLock::new(Arc::new(InForce::unchanged(reference.rules.clone())));
        let (path, writer, shelf) = (path.into(), Mutex::new(writer), Shelf::default());
        let inner = Inner { path, writer, readers, entropy, reference, shelf, force, clock, wakes };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same ledger, told of the world after it was opened: what it holds may say how the world is.
    pub fn told(self, reference: Reference) -> Result<Self> {
        let in_use = || Error::fatal("a ledger is told of the world before anybody uses it");
        let inner = Arc::into_inner(self.inner).ok_or_else(in_use)?;
        let force = RwLock::new(Arc::new(InForce::unchanged(reference.rules.clone())));
        Ok(Self { inner: Arc::new(Inner { reference, force, ..inner }) })
    }

    /// Runs one write transaction (BEGIN IMMEDIATE), durable when this returns; then wakes the stages that it hinted.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || {
            // A panic in an earlier transaction rolled it back: the connection is as good as before.
            let mut connection = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let tx = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| inner.trouble(error))?;
            let write = Write { tx, inner: &inner, hinted: RefCell::default() };
            let value = work(&write)?;
            let Write { tx, hinted, .. } = write;
            tx.commit().map_err(|error| inner.trouble(error))?;
            hinted.into_inner().into_iter().for_each(|stage| inner.wake(stage));
            Ok(value)
        })
        .await
        .map_err(|error| Error::fatal("a ledger transaction gave up").because(error))?
    }

    /// Runs one read on a connection of its own: it never waits for a writer.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || inner.read(work))
            .await
            .map_err(|error| Error::fatal("a ledger read gave up").because(error))?
    }

    /// Runs a read on this thread: a look that an index answers from memory takes less than handing it to another thread.
    pub(crate) fn glance<T>(&self, work: impl FnOnce(&Read<'_>) -> Result<T>) -> Result<T> {
        self.inner.read(work)
    }

    /// A connection that looks whether anybody has committed anything.
    pub(crate) fn watch(&self) -> Result<Connection> {
        connect(&self.inner.path, false)
    }

    pub(crate) fn wake(&self, stage: Stage) {
        self.inner.wake(stage);
    }

    pub(crate) fn bell(&self, stage: Stage) -> Arc<Notify> {
        self.inner.wakes.get(&stage).cloned().unwrap_or_default()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    pub(crate) fn clock(&self) -> Instant {
        (self.inner.clock)()
    }
}

#[allow(clippy::disallowed_methods, reason = "the embedded ledger's time is the machine's: this is where it is asked")]
fn machine_clock() -> Instant {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant::from_millis(now.as_millis() as i64)
}

fn connect(path: &Path, write: bool) -> Result<Connection> {
    let flags = match write {
        true => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(256);
        // A plan does not depend on the values that are bound. Otherwise each statement with a bound LIMIT, or with a value that
        // an index's condition might be compared with, is prepared anew each time it is run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is erased is overwritten in the file, and does not stay in its free pages.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        if !write {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(connection)
    };
    open().map_err(|error| trouble(path, error))
}

/// A write transaction.
pub(crate) struct Write<'a> {
    pub(crate) tx: Transaction<'a>,
    pub(crate) inner: &'a Inner,
    /// The stages that have something to do once it is committed.
    hinted: RefCell<BTreeSet<Stage>>,
}

/// A reading connection.
pub(crate) struct Read<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) inner: &'a Inner,
}

impl Write<'_> {
    /// The same for whoever only reads.
    pub(crate) fn as_read(&self) -> Read<'_> {
        Read { connection: &self.tx, inner: self.inner }
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
        let mut statement = self.tx.prepare_cached(sql).map_err(|e| self.inner.trouble(e))?;
        statement.execute(values).map_err(|e| self.inner.trouble(e))
    }

    /// The first row, if any.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        one(&self.tx, self.inner, sql, values, map)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        Read { connection: &self.tx, inner: self.inner }.all(sql, values, map)
    }

    pub(crate) fn now(&self) -> Instant {
        (self.inner.clock)()
    }

    /// A new row's id.
    pub(crate) fn id(&self) -> Result<Id> {
        let mut random = [0; 10];
        self.inner.entropy.fill(&mut random)?;
        Ok(Id::new(self.now(), &random))
    }

    /// A hint to a stage, due at once; one that is there already stays, and a parked item does not move.
    pub(crate) fn hint(&self, stage: Stage, item: &str) -> Result<()> {
        self.hint_ranked(stage, item, 0)
    }

    /// A hint that waits for all of a lower rank.
    pub(crate) fn hint_ranked(&self, stage: Stage, item: &str, rank: u8) -> Result<()> {
        // Due since 1970: a clock that is set back must not hold up what can be done now.
        let sql = "INSERT INTO queue (stage, item, due_at, rank) SELECT ?1, ?2, 0, ?3
                   WHERE NOT EXISTS (SELECT 1 FROM parked WHERE stage = ?1 AND item = ?2) ON CONFLICT DO NOTHING";
        self.run(sql, (stage.as_str(), item, rank))?;
        self.hinted.borrow_mut().insert(stage);
        Ok(())
    }

    /// The work of a hint is done: neither hint nor attempts remain.
    pub(crate) fn settle(&self, stage: Stage, item: &str) -> Result<()> {
        self.run("DELETE FROM queue WHERE stage = ?1 AND item = ?2", (stage.as_str(), item))?;
        self.run("DELETE FROM attempt WHERE stage = ?1 AND item = ?2", (stage.as_str(), item)).map(drop)
    }

    /// Changes a figure.
    pub(crate) fn tally(&self, name: &str, by: i64) -> Result<()> {
        let sql = "INSERT INTO tally (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + ?2";
        self.run(sql, (name, by)).map(drop)
    }
}

impl Read<'_> {
    /// The first row, if any.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        one(self.connection, self.inner, sql, values, map)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let rows =
            || -> rusqlite::Result<Vec<T>> { self.connection.prepare_cached(sql)?.query_map(values, map)?.collect() };
        rows().map_err(|error| self.inner.trouble(error))
    }
}

pub(crate) fn one<T>(
    connection: &Connection,
    inner: &Inner,
    sql: &str,
    values: impl rusqlite::Params,
    map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    use rusqlite::OptionalExtension;
    let row = || connection.prepare_cached(sql)?.query_row(values, map).optional();
    row().map_err(|error| inner.trouble(error))
}

impl Inner {
    fn read<T>(&self, work: impl FnOnce(&Read<'_>) -> Result<T>) -> Result<T> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.path, false)?,
        };
        let value = work(&Read { connection: &connection, inner: self });
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        value
    }

    /// Wakes one worker of a stage. When none waits the next one that would does not.
    fn wake(&self, stage: Stage) {
        if let Some(notify) = self.wakes.get(&stage) {
            notify.notify_one();
        }
    }

    pub(crate) fn trouble(&self, error: rusqlite::Error) -> Error {
        trouble(&self.path, error)
    }
}

/// What an SQLite error means for the work.
pub(crate) fn trouble(path: &Path, error: rusqlite::Error) -> Error {
    let file = path.display();
    let code = error.sqlite_error_code();
    match code {
        Some(ErrorCode::DiskFull) => {
            Error::outage(format!("the disk of {file} is full; make room, work goes on by itself"))
        }
        Some(ErrorCode::SystemIoFailure) => {
            Error::outage(format!("{file} cannot be read or written; look at its disk (full or failing)"))
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::outage(format!("{file} is held by another process for longer than {} s", PATIENCE.as_secs()))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            Error::outage(format!("{file} cannot be opened for writing; look at its folder and permissions"))
        }
        // Every commit looks before it writes, in one transaction: a constraint that strikes is a contradiction. The
        // error beneath names table and column.
        Some(ErrorCode::ConstraintViolation) => {
            Error::fatal(format!("the ledger {file} refuses a change that contradicts it; `mohor doctor` looks at it"))
        }
        _ => Error::fatal(format!("the ledger {file} cannot be trusted to answer; `mohor doctor` looks at it")),
    }
    .because(error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(&folder.path().join("ledger.sqlite"), true).unwrap();
        connection.execute_batch("CREATE TABLE t (a); CREATE INDEX t_odd ON t (a) WHERE a = 1").unwrap();
        let sql = "SELECT a FROM t WHERE a = ?1 LIMIT ?2";
        for n in 1..10 {
            let mut statement = connection.prepare_cached(sql).unwrap();
            assert!(!statement.exists((n, n)).unwrap());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "time {n}");
        }
    }
}
