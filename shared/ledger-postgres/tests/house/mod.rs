//! A ledger on a real server, whose events are held against the contracts when its test ends.

use crate::emitted::{outbound, told};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::suite::{sample, servers};
use sqlx_core::{connection::Connection, executor::Executor, query_scalar::query_scalar, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;
use std::sync::Arc;

/// A ledger in a database of its own.
pub struct House {
    pub ledger: Arc<PostgresLedger>,
    pub url: String,
}

impl House {
    /// An empty ledger; none where there is no server.
    pub async fn new() -> Option<Self> {
        let house = Self::bare().await?;
        house.ledger.migrate().await.expect("migrated");
        Some(house)
    }

    /// A database without a schema.
    pub async fn bare() -> Option<Self> {
        let server = servers::server("MOHOR_TEST_POSTGRES")?;
        let name = servers::name();
        let mut connection = PgConnection::connect(&server).await.expect("the server answers");
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE \"{name}\""))).await.expect("a database");
        let url = format!("{}/{name}", server.trim_end_matches("/postgres"));
        Some(Self { ledger: Arc::new(connect(&url, 0)), url })
    }

    /// The same database once more, as another process has it.
    pub fn beside(&self, entropy: u64) -> PostgresLedger {
        connect(&self.url, entropy << 32)
    }

    /// Past the ledger.
    pub async fn sql(&self, sql: &str) -> Result<u64, sqlx_core::Error> {
        let mut connection = PgConnection::connect(&self.url).await?;
        Ok(connection.execute(AssertSqlSafe(sql.to_owned())).await?.rows_affected())
    }
}

fn connect(url: &str, entropy: u64) -> PostgresLedger {
    let reach = Reach { url: url.into(), password: None, connections: 4 };
    PostgresLedger::connect(&reach, Arc::new(sample::Counting::from(entropy)), sample::reference()).expect("a URL")
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let url = &self.url;
        // The test's own runtime cannot be waited for here.
        let look = async {
            let mut sql = PgConnection::connect(url).await.expect("the server answers");
            let migrated = query_scalar("SELECT to_regclass('outbound') IS NOT NULL").fetch_one(&mut sql).await;
            if migrated.expect("an answer") {
                told::words(&outbound(&mut sql).await);
            }
        };
        let wait = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(look);
        };
        let looked = std::thread::scope(|scope| scope.spawn(wait).join());
        looked.expect("what was told conforms");
    }
}
