//! The schema and its migrations, numbered; additive.

use crate::connection::trouble;
use mohor_ports::error::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Each brings the file from the version before to its own (its place, from 1).
const MIGRATIONS: [&str; 20] = [
    include_str!("../migrations/0001_ledger.sql"),
    include_str!("../migrations/0002_broker.sql"),
    include_str!("../migrations/0003_clocks.sql"),
    include_str!("../migrations/0004_people.sql"),
    include_str!("../migrations/0005_office.sql"),
    include_str!("../migrations/0006_mails.sql"),
    include_str!("../migrations/0007_rules.sql"),
    include_str!("../migrations/0008_documents.sql"),
    include_str!("../migrations/0009_directory.sql"),
    include_str!("../migrations/0010_parts.sql"),
    include_str!("../migrations/0011_reports.sql"),
    include_str!("../migrations/0012_provider.sql"),
    include_str!("../migrations/0013_tray.sql"),
    include_str!("../migrations/0014_webhooks.sql"),
    include_str!("../migrations/0015_counter.sql"),
    include_str!("../migrations/0016_holograms.sql"),
    include_str!("../migrations/0017_uncollected.sql"),
    include_str!("../migrations/0018_webhook_mails.sql"),
    include_str!("../migrations/0019_citizen.sql"),
    include_str!("../migrations/0020_centres.sql"),
];

/// The version that this program writes.
pub const VERSION: usize = MIGRATIONS.len();

/// Brings a file up to date, one process at a time. `Fatal` when it is newer than this program.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let mut work = || -> rusqlite::Result<usize> {
        // Beside a busy runner a file that is up to date is opened without waiting for its turn to write.
        let found = connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
        if found >= VERSION {
            return Ok(found);
        }
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = tx.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
        for (place, sql) in MIGRATIONS.iter().enumerate().skip(found) {
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", place as u32 + 1)?;
        }
        tx.commit()?;
        Ok(found)
    };
    match work().map_err(|error| trouble(path, error))? {
        found if found > VERSION => Err(Error::fatal(format!(
            "the ledger {} has schema {found}, this program knows {VERSION}; use a newer program",
            path.display()
        ))),
        _ => Ok(()),
    }
}
