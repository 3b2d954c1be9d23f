//! The fault table. Each commit is made to fail at each of its writes, then its connection is cut just before it is made
//! durable, and just after: failed and lost leaves nothing, failed but kept changes nothing when it is repeated.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use crate::wire::{Cut, Wire};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::suite::{
    commits::{Commit, Prepared, prepare},
    sample, servers,
};
use sqlx_core::{connection::Connection, executor::Executor, query_scalar::query_scalar, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;
use std::sync::Arc;

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

fn ledger(url: &str, entropy: u64) -> PostgresLedger {
    let reach = Reach { url: url.into(), password: None, connections: 1 };
    PostgresLedger::connect(&reach, Arc::new(sample::Counting::from(entropy)), sample::reference()).expect("a URL")
}

/// In clear: the proxy has to read it.
fn url(server: &str, name: &str) -> String {
    format!("{}/{name}?sslmode=disable", server.trim_end_matches("/postgres"))
}

impl Template {
    async fn new() -> Option<Self> {
        let server = servers::server("MOHOR_TEST_POSTGRES")?;
        let name = servers::name();
        let mut sql = PgConnection::connect(&server).await.unwrap();
        run(&mut sql, &format!("CREATE DATABASE \"{name}\"")).await;
        let ledger = ledger(&url(&server, &name), 0);
        ledger.migrate().await.unwrap();
        let prepared = prepare(&ledger).await;
        // Which shard of a figure is changed depends on the connection: each is there, so that each commit does the same.
        let shards = "INSERT INTO tally SELECT name, shard, 0 FROM generate_series(0, 7) AS shard,
            unnest(ARRAY['inbox', 'approved', 'minted', 'issued', 'ready', 'discarded'] || (SELECT array_agg(name) FROM tally)) AS name
            ON CONFLICT DO NOTHING";
        run(&mut PgConnection::connect(&url(&server, &name)).await.unwrap(), shards).await;
        Some(Self { server, name, prepared })
    }

    async fn copy(&self) -> Copy {
        let mut sql = PgConnection::connect(&self.server).await.unwrap();
        let name = servers::name();
        let leave = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name);
        run(&mut sql, &leave).await;
        run(&mut sql, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{}\"", self.name)).await;
        let url = url(&self.server, &name);
        Copy { sql: PgConnection::connect(&url).await.unwrap(), url }
    }
}

async fn run(sql: &mut PgConnection, words: &str) {
    sql.execute(AssertSqlSafe(words.to_owned())).await.unwrap_or_else(|error| panic!("{words}: {error}"));
}

impl Copy {
    async fn rows(&mut self, sql: String) -> Vec<String> {
        query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.sql).await.unwrap()
    }

    async fn tables(&mut self) -> Vec<String> {
        self.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1".into()).await
    }

    /// Every row of every table.
    async fn dump(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for table in self.tables().await {
            lines.extend(self.rows(format!("SELECT '{table} ' || t::text FROM {table} t ORDER BY 1")).await);
        }
        lines
    }

    /// The writes that a commit does, e.g. `INSERT inbox`.
    async fn writes(&mut self, commit: Commit, prepared: &Prepared) -> Vec<String> {
        let tables = self.tables().await;
        run(&mut self.sql, "CREATE TABLE seen (write text)").await;
        let words = "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO seen VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN coalesce(NEW, OLD); END $$";
        run(&mut self.sql, words).await;
        for table in &tables {
            let words = format!(
                "CREATE TRIGGER see BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION see()"
            );
            run(&mut self.sql, &words).await;
        }
        commit.run(&ledger(&self.url, DRAWN), prepared).await.unwrap();
        self.rows("SELECT DISTINCT write FROM seen ORDER BY 1".into()).await
    }
}

/// Randomness from here on is another than the template's.
const DRAWN: u64 = 1 << 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_fails_and_is_lost_or_fails_and_is_kept() {
    let Some(template) = Template::new().await else { return };
    let prepared = &template.prepared;
    let mut rows = 0;
    for commit in Commit::ALL {
        let writes = template.copy().await.writes(commit, prepared).await;
        assert!(!writes.is_empty(), "{commit:?} writes nothing");
        let mut copy = template.copy().await;
        let before = copy.dump().await;
        for write in &writes {
            let (act, table) = write.split_once(' ').unwrap();
            let words = format!(
                "CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'made to fail'; END $$;
                 CREATE TRIGGER a_fault BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()"
            );
            run_all(&mut copy.sql, &words).await;
            let error = commit.run(&ledger(&copy.url, DRAWN), prepared).await.expect_err(write);
            assert!(error.to_string().contains("made to fail"), "{commit:?}, {write}: {error}");
            run(&mut copy.sql, &format!("DROP TRIGGER a_fault ON {table}")).await;
            assert_eq!(copy.dump().await, before, "{commit:?}, {write} fails and leaves something");
            rows += 1;
        }
        let wire = Wire::to(&copy.url).await;
        let cut_off = ledger(&wire.url, DRAWN * 2);
        for cut in [Cut::Before, Cut::After] {
            wire.cut(cut);
            let error = commit.run(&cut_off, prepared).await.expect_err("the connection is cut");
            assert_eq!(error.code(), "outage", "{commit:?} {cut:?}: {error}");
            assert!(wire.done(), "{commit:?} {cut:?}: nothing was cut");
            let kept = copy.dump().await != before;
            assert_eq!(kept, cut == Cut::After, "{commit:?}, cut {cut:?} the commit");
            rows += 1;
        }
        let kept = copy.dump().await;
        commit.run(&cut_off, prepared).await.unwrap_or_else(|error| panic!("{commit:?}, again: {error}"));
        if commit.may_be_repeated() {
            assert_eq!(copy.dump().await, kept, "{commit:?}, kept and repeated");
        }
    }
    println!("{rows} faults in {} commits", Commit::ALL.len());
}

/// Several statements at once.
async fn run_all(sql: &mut PgConnection, words: &str) {
    let words = AssertSqlSafe(words.to_owned());
    sqlx_core::raw_sql::raw_sql(words).execute(sql).await.unwrap();
}
