//! The schema and its migrations, numbered; additive, so that old and new programs work side by side.

use crate::{connection::PostgresLedger, trouble::corrupt};
use mohor_ports::error::{Error, Result};
use sqlx_core::{
    migrate::{Migration, MigrationType, Migrator},
    query::query,
    row::Row,
    sql_str::SqlSafeStr,
};

/// Each brings the schema from the version before to its own (its place, from 1).
const MIGRATIONS: [(&str, &str); 23] = [
    ("ledger", include_str!("../migrations/0001_ledger.sql")),
    ("narrow_rows", include_str!("../migrations/0002_narrow_rows.sql")),
    ("clocks", include_str!("../migrations/0003_clocks.sql")),
    ("people", include_str!("../migrations/0004_people.sql")),
    ("office", include_str!("../migrations/0005_office.sql")),
    ("mails", include_str!("../migrations/0006_mails.sql")),
    ("rules", include_str!("../migrations/0007_rules.sql")),
    ("documents", include_str!("../migrations/0008_documents.sql")),
    ("directory", include_str!("../migrations/0009_directory.sql")),
    ("parts", include_str!("../migrations/0010_parts.sql")),
    ("reports", include_str!("../migrations/0011_reports.sql")),
    ("provider", include_str!("../migrations/0012_provider.sql")),
    ("ends", include_str!("../migrations/0013_ends.sql")),
    ("tray", include_str!("../migrations/0014_tray.sql")),
    ("webhooks", include_str!("../migrations/0015_webhooks.sql")),
    ("counter", include_str!("../migrations/0016_counter.sql")),
    ("holograms", include_str!("../migrations/0017_holograms.sql")),
    ("uncollected", include_str!("../migrations/0018_uncollected.sql")),
    ("webhook_mails", include_str!("../migrations/0019_webhook_mails.sql")),
    ("citizen", include_str!("../migrations/0020_citizen.sql")),
    ("centres", include_str!("../migrations/0021_centres.sql")),
    ("rectification", include_str!("../migrations/0022_rectification.sql")),
    ("exceptions_close", include_str!("../migrations/0023_exceptions_close.sql")),
];

/// What each role may do; the same however often it runs.
const ROLES: &str = include_str!("../migrations/roles.sql");

/// The version that this program writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// The note that names the lowest version a program must know to work with the schema. A migration that an older program
/// cannot live with raises it.
const OLDEST: &str = "oldest_program";

impl PostgresLedger {
    /// Brings the schema up to this program's: one runner at a time (an advisory lock), the others wait and find it done.
    /// Then each role is given what it may do.
    ///
    /// `Fatal` when a migration that ran before reads otherwise now.
    pub async fn migrate(&self) -> Result<()> {
        let steps = MIGRATIONS.iter().zip(1..).map(|((name, sql), version)| {
            Migration::new(version, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
        });
        let mut migrator = Migrator::with_migrations(steps.collect());
        migrator.set_ignore_missing(true);
        migrator.run(&self.inner.pool).await.map_err(|error| {
            Error::fatal(format!("the ledger {} cannot be migrated; the error beneath names the step", self.name()))
                .because(error)
        })?;
        let mut session = self.write().await?;
        session.run(query(ROLES)).await?;
        session.commit().await
    }

    /// Whether this program can work with the schema that is there. `Fatal` with the next step when it cannot.
    pub(crate) async fn look_at_schema(&self) -> Result<()> {
        let found = self.version().await?;
        if found < VERSION {
            return Err(Error::fatal(format!(
                "the ledger {} has schema {found}, this program needs {VERSION}: run `mohor migrate` as its owner",
                self.name()
            )));
        }
        let oldest = mohor_ports::ledger::Upkeep::note(self, OLDEST).await?;
        let oldest: i64 = oldest.map_or(Ok(0), |text| text.parse()).map_err(|_| corrupt("note", OLDEST, "value"))?;
        if oldest > VERSION {
            return Err(Error::fatal(format!(
                "the ledger {} needs a program that knows schema {oldest}, this one knows {VERSION}; use a newer program",
                self.name()
            )));
        }
        Ok(())
    }

    /// The schema's version; 0 for an empty database.
    pub async fn version(&self) -> Result<i64> {
        let mut read = self.read().await?;
        let there = read.one(query("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")).await?;
        let there: bool = there.is_some_and(|row| row.get(0));
        if !there {
            return Ok(0);
        }
        let row = read.one(query("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")).await?;
        Ok(row.map_or(0, |row| row.get(0)))
    }
}
