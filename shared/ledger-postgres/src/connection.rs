//! Connections to the server: transactions that write, and reads, each with a limit of time.

use crate::{
    passage::{self, Passage},
    trouble::trouble,
};
use mohor_domain::{change::InForce, civil::Instant, id::Id};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Reference, Shelf},
    time::Entropy,
};
use sqlx_core::{pool::PoolConnection, query::Query, raw_sql::raw_sql, row::Row};
use sqlx_postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use std::{
    str::FromStr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::time::{error::Elapsed, timeout};

/// One statement, at most; the server gives up a little sooner by itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// Waiting for a connection, at most.
const CONNECT: Duration = Duration::from_secs(5);
/// The server's own limits, in milliseconds: a statement, a lock, a transaction whose client has fallen silent. And how it
/// plans: every statement on the way finds its rows by a key. A plan that was made while a table was small and read it from
/// end to end would be kept while the table grows to thousands of times its size. A small table without a fitting index is
/// read at a cost that says "never", for which the server would compile the plan to machine code each time it is run.
const SETTINGS: [(&str, &str); 8] = [
    ("statement_timeout", "15000"),
    ("lock_timeout", "10000"),
    ("idle_in_transaction_session_timeout", "20000"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// The ledger in PostgreSQL.
#[derive(Clone)]
pub struct PostgresLedger {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: PgPool,
    name: String,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// What it was told of the world.
    pub(crate) reference: Reference,
    /// The departments' directories as they were read last.
    pub(crate) shelf: Shelf,
    /// The rules that were in force when a transaction last looked.
    force: RwLock<Arc<InForce>>,
    /// Added to the server's time; zero but in tests.
    skew: AtomicI64,
    _passage: Option<Passage>,
}

/// How to reach the server.
#[derive(Debug, Clone)]
pub struct Reach {
    /// `postgres://USER@HOST:PORT/DATABASE`, with `sslmode` and `sslrootcert` as PostgreSQL has them.
    pub url: String,
    /// The password, if the URL has none.
    pub password: Option<String>,
    /// Connections, at most.
    pub connections: u32,
}

impl PostgresLedger {
    /// Opens the ledger and looks whether this program knows its schema; nothing is changed.
    ///
    /// `reference` is what clocks are counted by, and the district of each centre. `Fatal` when the schema is older (the message says to migrate) or
    /// needs a newer program; `Outage` when the server cannot be reached.
    pub async fn open(reach: &Reach, entropy: Arc<dyn Entropy>, reference: Reference) -> Result<Self> {
        let ledger = Self::connect(reach, entropy, reference)?;
        ledger.look_at_schema().await?;
        Ok(ledger)
    }

    /// Opens the ledger without a look at its schema: to migrate it.
    pub fn connect(reach: &Reach, entropy: Arc<dyn Entropy>, reference: Reference) -> Result<Self> {
        let wrong = |error| {
            Error::fatal("`ledger` is no PostgreSQL URL; it is postgres://USER@HOST:PORT/DATABASE").because(error)
        };
        let mut options = PgConnectOptions::from_str(&reach.url).map_err(|error: sqlx_core::Error| wrong(error))?;
        if let Some(password) = &reach.password {
            options = options.password(password);
        }
        let name =
            format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or("postgres"));
        let (options, passage) = passage::open(options.application_name("mohor").options(SETTINGS))?;
        let pool =
            PgPoolOptions::new().max_connections(reach.connections).acquire_timeout(CONNECT).connect_lazy_with(options);
        let force = RwLock::new(Arc::new(InForce::unchanged(reference.rules.clone())));
        let (shelf, skew) = (Shelf::default(), AtomicI64::new(0));
        let inner = Inner { pool, name, entropy, reference, shelf, force, skew, _passage: passage };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same ledger, told of the world after it was opened: what it holds may say how the world is.
    pub fn told(self, reference: Reference) -> Result<Self> {
        let in_use = || Error::fatal("a ledger is told of the world before anybody uses it");
        let inner = Arc::into_inner(self.inner).ok_or_else(in_use)?;
        let force = RwLock::new(Arc::new(InForce::unchanged(reference.rules.clone())));
        Ok(Self { inner: Arc::new(Inner { reference, force, ..inner }) })
    }

    /// Host, port and database.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Moves this ledger's time away from the server's, in milliseconds: for tests.
    pub fn skew(&self, millis: i64) {
        self.inner.skew.fetch_add(millis, Ordering::SeqCst);
    }

    /// Begins a transaction, with the server's time. Dropped without a commit it ends with its connection.
    pub(crate) async fn write(&self) -> Result<Session> {
        self.begin("BEGIN; SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8").await.map(|(it, _)| it)
    }

    /// Begins a transaction that derives clocks, by the rules that are in force until it ends: a change is approved
    /// beside none of these ([`Self::write_rules`]).
    pub(crate) async fn derive(&self) -> Result<Session> {
        // Each statement has its own look at the ledger: the version is read when the lock is held.
        let begin = "BEGIN; SELECT pg_advisory_xact_lock_shared(x'6D6F6804'::int, 0);
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8, version, done FROM rules";
        let (mut session, row) = self.begin(begin).await?;
        let (version, done) = row.map(|row| (row.get(1), row.get(2))).unwrap_or_default();
        session.look_at_rules(version, done).await?;
        Ok(session)
    }

    /// Begins a transaction that changes the rules: when every one that derives clocks by the older ones has ended, and
    /// before the next begins.
    pub(crate) async fn write_rules(&self) -> Result<Session> {
        let begin = "BEGIN; SELECT pg_advisory_xact_lock(x'6D6F6804'::int, 0);
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8";
        self.begin(begin).await.map(|(it, _)| it)
    }

    /// Begins a transaction for reading: every statement sees what was committed when the first one began.
    pub(crate) async fn snapshot(&self) -> Result<Session> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8";
        self.begin(begin).await.map(|(it, _)| it)
    }

    async fn begin(&self, words: &'static str) -> Result<(Session, Option<PgRow>)> {
        let mut session = self.read().await?;
        session.open = true;
        let rows = timeout(PATIENCE, raw_sql(words).fetch_all(session.connection()?)).await;
        let mut rows: Vec<PgRow> = session.answer(rows)?;
        let row = rows.pop();
        let millis: i64 = row.as_ref().map(|row| row.get(0)).unwrap_or_default();
        session.now = Instant::from_millis(millis + self.inner.skew.load(Ordering::SeqCst));
        Ok((session, row))
    }

    /// A connection for reading: each statement sees what is committed.
    pub(crate) async fn read(&self) -> Result<Session> {
        let acquired = timeout(PATIENCE, self.inner.pool.acquire()).await;
        let connection = match acquired {
            Ok(acquired) => acquired.map_err(|error| trouble(&self.inner.name, error))?,
            Err(_) => return Err(self.inner.silent()),
        };
        Ok(Session {
            connection: Some(connection),
            force: self.inner.force(),
            inner: self.inner.clone(),
            now: Instant::from_millis(0),
            open: false,
        })
    }
}

impl Inner {
    fn force(&self) -> Arc<InForce> {
        self.force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what was read, unless another has read something newer.
    pub(crate) fn keep_force(&self, found: Arc<InForce>) {
        let mut kept = self.force.write().unwrap_or_else(PoisonError::into_inner);
        if (kept.version, kept.done) < (found.version, found.done) {
            *kept = found;
        }
    }

    fn silent(&self) -> Error {
        Error::outage(format!("the ledger {} has not answered for {} s", self.name, PATIENCE.as_secs()))
    }
}

/// A connection in use; after `write` a transaction.
pub(crate) struct Session {
    connection: Option<PoolConnection<Postgres>>,
    pub(crate) inner: Arc<Inner>,
    /// The rules of this transaction; outside of `derive` those that were in force a moment ago.
    pub(crate) force: Arc<InForce>,
    now: Instant,
    open: bool,
}

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

impl Session {
    /// Runs a statement; how many rows it changed.
    pub(crate) async fn run(&mut self, statement: Statement<'_>) -> Result<u64> {
        let result = timeout(PATIENCE, statement.execute(self.connection()?)).await;
        Ok(self.answer(result)?.rows_affected())
    }

    /// All rows.
    pub(crate) async fn all(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>> {
        let result = timeout(PATIENCE, statement.fetch_all(self.connection()?)).await;
        self.answer(result)
    }

    /// The first row, if any.
    pub(crate) async fn one(&mut self, statement: Statement<'_>) -> Result<Option<PgRow>> {
        let result = timeout(PATIENCE, statement.fetch_optional(self.connection()?)).await;
        self.answer(result)
    }

    /// The server's time when the transaction began.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// A new row's id.
    pub(crate) fn id(&self) -> Result<Id> {
        let mut random = [0; 10];
        self.inner.entropy.fill(&mut random)?;
        Ok(Id::new(self.now, &random))
    }

    /// Makes the transaction durable.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.end("COMMIT").await
    }

    /// Takes everything back.
    pub(crate) async fn rollback(mut self) -> Result<()> {
        self.end("ROLLBACK").await
    }

    async fn end(&mut self, word: &'static str) -> Result<()> {
        let result = timeout(PATIENCE, raw_sql(word).execute(self.connection()?)).await;
        self.answer(result)?;
        self.open = false;
        Ok(())
    }

    fn connection(&mut self) -> Result<&mut PgConnection> {
        self.connection.as_deref_mut().ok_or_else(|| self.inner.silent())
    }

    fn answer<T>(&mut self, result: std::result::Result<sqlx_core::Result<T>, Elapsed>) -> Result<T> {
        match result {
            Ok(result) => result.map_err(|error| trouble(&self.inner.name, error)),
            Err(_) => {
                // Whatever comes over this connection later is nobody's answer.
                self.open = true;
                Err(self.inner.silent())
            }
        }
    }
}

/// A transaction that was not ended (an error, a caller that went away) must not be the next caller's: its connection is
/// closed, and the server takes everything back.
impl Drop for Session {
    fn drop(&mut self) {
        if self.open
            && let Some(connection) = self.connection.take()
        {
            drop(connection.detach());
        }
    }
}
