//! The fault table. Each commit is made to fail at each of its writes and when it ends, then its connection is cut just before it
//! is made durable, and just after: failed and lost leaves nothing, failed but kept changes nothing when it is repeated; and it is
//! one transaction. Whatever only reads writes nothing.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use crate::{
    emitted::{outbound, told},
    wire::{Cut, Wire},
};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    error::Error,
    suite::{
        commits::{AFTERWARDS, Call, NOON, Prepared, commits, prepare, reads},
        sample, servers,
    },
};
use sqlx_core::{connection::Connection, executor::Executor, query_scalar::query_scalar, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;

/// A server, and a database there in which each commit has something to do.
struct Template {
    server: String,
    name: String,
    prepared: Prepared,
}

/// A copy of it, past the ledger.
struct Copy {
    sql: PgConnection,
    url: String,
}

/// Randomness from here on is another than the template's.
const DRAWN: u64 = 1 << 40;
/// Commits that are tried side by side.
const TOGETHER: usize = 3;

fn ledger(url: &str, entropy: u64) -> PostgresLedger {
    let reach = Reach { url: url.into(), password: None, connections: 1 };
    PostgresLedger::connect(&reach, Arc::new(sample::Counting::from(entropy)), sample::reference()).expect("a URL")
}

/// In clear: the proxy has to read it. What stands in `public` goes before what the server has by that name.
fn url(server: &str, name: &str) -> String {
    let server = server.trim_end_matches("/postgres");
    format!("{server}/{name}?sslmode=disable&options[search_path]=public,pg_catalog")
}

/// Time stands still there, and every connection is the same one: which shard of a figure is changed depends on it.
fn still(millis: i64) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql IMMUTABLE
           AS 'SELECT to_timestamp({millis}::numeric / 1000)';
         CREATE OR REPLACE FUNCTION public.pg_backend_pid() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
    )
}

/// Counts the writes of a connection's work and refuses one of them, or its end, and keeps which transactions wrote. A sequence
/// goes on though the transaction is taken back; it is set to the beginning before each try. And a second row for each row, by
/// which the first is there again.
const FAULTS: &str = "
    CREATE SCHEMA faults;
    CREATE SCHEMA saved;
    CREATE SEQUENCE faults.write;
    CREATE TABLE faults.plan (write bigint, ending boolean);
    INSERT INTO faults.plan VALUES (0, false);
    CREATE TABLE faults.transaction (id xid8 PRIMARY KEY);
    CREATE FUNCTION faults.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('faults.write') = (SELECT write FROM faults.plan) THEN
            RAISE EXCEPTION 'made to fail at <% %>', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$;
    CREATE FUNCTION faults.refuse_to_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT ending FROM faults.plan) THEN RAISE EXCEPTION 'made to fail at <COMMIT>'; END IF;
        INSERT INTO faults.transaction VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TRIGGER a_fault BEFORE INSERT OR UPDATE OR DELETE ON public.%I
                FOR EACH ROW EXECUTE FUNCTION faults.refuse()', name);
            EXECUTE format('CREATE CONSTRAINT TRIGGER z_fault AFTER INSERT OR UPDATE OR DELETE ON public.%I
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION faults.refuse_to_end()', name);
            EXECUTE format('CREATE TABLE saved.%I AS TABLE public.%I', name, name);
        END LOOP;
    END $$";

impl Template {
    async fn new() -> Option<Self> {
        let server = servers::server("MOHOR_TEST_POSTGRES")?;
        let name = servers::name();
        let mut sql = PgConnection::connect(&server).await.unwrap();
        run(&mut sql, &format!("CREATE DATABASE \"{name}\"")).await;
        let url = url(&server, &name);
        let prepared = {
            let ledger = ledger(&url, 0);
            ledger.migrate().await.unwrap();
            run(&mut PgConnection::connect(&url).await.unwrap(), &still(NOON)).await;
            let past = async |words: String| run(&mut PgConnection::connect(&url).await.unwrap(), &words).await;
            prepare(&ledger, past).await
        };
        for words in [&*still(AFTERWARDS), FAULTS] {
            run(&mut PgConnection::connect(&url).await.unwrap(), words).await;
        }
        // Nobody may be in a database that is copied.
        let leave = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        run(&mut sql, &leave).await;
        Some(Self { server, name, prepared })
    }

    async fn copy(&self) -> Copy {
        let mut sql = PgConnection::connect(&self.server).await.unwrap();
        let name = servers::name();
        run(&mut sql, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{}\"", self.name)).await;
        let url = url(&self.server, &name);
        Copy { sql: PgConnection::connect(&url).await.unwrap(), url }
    }
}

/// Several statements at once.
async fn run(sql: &mut PgConnection, words: &str) {
    let statements = sqlx_core::raw_sql::raw_sql(AssertSqlSafe(words.to_owned()));
    sql.execute(statements).await.unwrap_or_else(|error| panic!("{words}: {error}"));
}

impl Copy {
    async fn rows(&mut self, sql: String) -> Vec<String> {
        query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.sql).await.unwrap()
    }

    /// Every row of every table, when everybody else has left. A server that is still taking something back holds its locks,
    /// and whoever skips what is locked would find nothing to do.
    async fn dump(&mut self) -> Vec<String> {
        let others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
            AND backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()";
        while self.sql.fetch_optional(others).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1".to_owned();
        let tables = self.rows(tables).await;
        let rows = tables.iter().map(|table| format!("SELECT '{table} ' || t::text FROM public.{table} t"));
        self.rows(rows.collect::<Vec<_>>().join(" UNION ALL ") + " ORDER BY 1").await
    }

    /// The next try fails at that write, from 1, or when it ends.
    async fn refuse(&mut self, write: usize, ending: bool) {
        let plan = format!("UPDATE faults.plan SET write = {write}, ending = {ending}; DELETE FROM faults.transaction");
        run(&mut self.sql, &format!("{plan}; SELECT setval('faults.write', 1, false)")).await;
    }

    /// How many transactions have written since.
    async fn transactions(&mut self) -> usize {
        self.rows("SELECT id::text FROM faults.transaction".into()).await.len()
    }

    /// Takes back what was kept; a copy of its own for each try would take longer than the tries.
    async fn restore(&mut self, before: &[String]) {
        let changed = difference(before, &self.dump().await);
        let tables: BTreeSet<&str> = changed.iter().filter_map(|row| row.split(' ').nth(1)).collect();
        let mut words = String::from("BEGIN; SET LOCAL session_replication_role = replica;");
        for table in tables {
            words.push_str(&format!("DELETE FROM public.{table};"));
            words.push_str(&format!("INSERT INTO public.{table} OVERRIDING SYSTEM VALUE SELECT * FROM saved.{table};"));
        }
        run(&mut self.sql, &(words + "COMMIT")).await;
        let left = difference(before, &self.dump().await);
        assert!(left.is_empty(), "what was kept cannot be taken back: {left:#?}");
    }
}

/// The rows that only one of two dumps has.
fn difference(before: &[String], after: &[String]) -> Vec<String> {
    let only = |these: &[String], those: &[String], mark: char| {
        these.iter().filter(|row| !those.contains(row)).map(|row| format!("{mark} {row}")).collect::<Vec<_>>()
    };
    [only(before, after, '-'), only(after, before, '+')].concat()
}

/// The write that was made to fail.
fn refused(error: &Error) -> Option<String> {
    let words = error.to_string();
    let write = words.split_once("made to fail at <")?.1.split_once('>')?.0;
    Some(write.to_owned())
}

/// Makes a commit fail in every way: how many those are, and the words that it tells.
async fn fails(copy: &mut Copy, prepared: &Prepared, call: Call) -> (usize, BTreeSet<String>) {
    let before = copy.dump().await;
    let mut writes = 0;
    loop {
        copy.refuse(writes + 1, false).await;
        let Err(error) = call.run(&ledger(&copy.url, DRAWN), prepared).await else { break };
        writes += 1;
        let write = refused(&error).unwrap_or_else(|| panic!("{call}: {error}"));
        let left = difference(&before, &copy.dump().await);
        assert!(left.is_empty(), "{call} fails at write {writes}, {write}, and leaves {left:#?}");
    }
    assert!(writes > 0 && !difference(&before, &copy.dump().await).is_empty(), "{call} writes nothing");
    assert_eq!(copy.transactions().await, 1, "{call}: transactions that it writes in");
    copy.restore(&before).await;

    copy.refuse(0, true).await;
    let error = call.run(&ledger(&copy.url, DRAWN), prepared).await.expect_err("its end is refused");
    assert_eq!(refused(&error).as_deref(), Some("COMMIT"), "{call}: {error}");
    let left = difference(&before, &copy.dump().await);
    assert!(left.is_empty(), "{call} fails when it ends, and leaves {left:#?}");

    copy.refuse(0, false).await;
    let wire = Wire::to(&copy.url).await;
    let cut_off = ledger(&wire.url, DRAWN * 2);
    for cut in [Cut::Before, Cut::After] {
        wire.cut(cut);
        let error = call.run(&cut_off, prepared).await.expect_err("the connection is cut");
        assert_eq!(error.code(), "outage", "{call} {cut:?}: {error}");
        assert!(wire.done(), "{call} {cut:?}: nothing was cut");
        let kept = difference(&before, &copy.dump().await);
        assert_eq!(!kept.is_empty(), cut == Cut::After, "{call}, cut {cut:?} the commit: {kept:#?}");
    }
    let kept = copy.dump().await;
    call.run(&cut_off, prepared).await.unwrap_or_else(|error| panic!("{call}, again: {error}"));
    drop(cut_off);
    let changed = difference(&kept, &copy.dump().await);
    assert!(!call.once || changed.is_empty(), "{call}, kept and repeated: {changed:#?}");
    let told = told::words(&outbound(&mut copy.sql).await);
    copy.restore(&before).await;
    (writes + 3, told)
}

/// What came of commits.
#[derive(Default)]
struct Tried {
    faults: usize,
    words: BTreeSet<String>,
    wrong: usize,
}

/// Tries commits in a copy, one after the other, until there are no more; each, also after one that has gone wrong.
async fn try_all(template: Arc<Template>, calls: Arc<Mutex<Vec<Call>>>) -> Tried {
    let (mut tried, mut copy) = (Tried::default(), None);
    let next = || calls.lock().unwrap().pop();
    while let Some(call) = next() {
        let mut own: Copy = match copy.take() {
            Some(copy) => copy,
            None => template.copy().await,
        };
        let template = template.clone();
        let done = tokio::spawn(async move {
            let done = fails(&mut own, &template.prepared, call).await;
            (own, done)
        });
        match done.await {
            Ok((own, (faults, words))) => {
                copy = Some(own);
                tried.faults += faults;
                tried.words.extend(words);
            }
            Err(_) => tried.wrong += 1,
        }
    }
    tried
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_fails_and_is_lost_or_fails_and_is_kept() {
    let Some(template) = Template::new().await.map(Arc::new) else { return };
    let calls = Arc::new(Mutex::new(commits().collect::<Vec<_>>()));
    let mut workers = JoinSet::new();
    for _ in 0..TOGETHER {
        workers.spawn(try_all(template.clone(), calls.clone()));
    }
    let mut all = Tried::default();
    for tried in workers.join_all().await {
        all.faults += tried.faults;
        all.words.extend(tried.words);
        all.wrong += tried.wrong;
    }
    assert_eq!(all.wrong, 0, "of {} commits", commits().count());
    assert_eq!(all.words, told::every_word(), "what the commits tell is every word that the world is told");
    println!("{} faults in {} commits", all.faults, commits().count());
}

#[tokio::test]
async fn what_only_reads_writes_nothing() {
    let Some(template) = Template::new().await else { return };
    let mut copy = template.copy().await;
    let before = copy.dump().await;
    for call in reads() {
        let outcome = call.run(&ledger(&copy.url, DRAWN), &template.prepared).await;
        outcome.unwrap_or_else(|error| panic!("{call}: {error}"));
    }
    let written = difference(&before, &copy.dump().await);
    assert!(written.is_empty(), "{written:#?}");
}
