//! The schema and its migrations, numbered; additive.

use crate::connection::trouble;
use mohor_ports::error::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Each brings the file from the version before to its own (its place, from 1).
const MIGRATIONS: [&str; 23] = [
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
    include_str!("../migrations/0021_narrow_rows.sql"),
    include_str!("../migrations/0022_rectification.sql"),
    include_str!("../migrations/0023_exceptions_close.sql"),
];

/// The version that this program writes.
pub const VERSION: usize = MIGRATIONS.len();

/// In place of a version: rows name others that are not there.
const LOST: usize = usize::MAX;

/// Brings a file up to date, one process at a time. `Fatal` when it is newer than this program.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let mut work = || -> rusqlite::Result<usize> {
        // Beside a busy runner a file that is up to date is opened without waiting for its turn to write.
        let found = connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
        if found >= VERSION {
            return Ok(found);
        }
        // A table that others name is made anew under its name: they are looked through when all is in its place again.
        connection.pragma_update(None, "foreign_keys", false)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = tx.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
        for (place, sql) in MIGRATIONS.iter().enumerate().skip(found) {
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", place as u32 + 1)?;
        }
        let lost = tx.prepare("PRAGMA foreign_key_check")?.exists([])?;
        if lost {
            tx.rollback()?
        } else {
            tx.commit()?
        }
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(if lost { LOST } else { found })
    };
    match work().map_err(|error| trouble(path, error))? {
        LOST => Err(Error::fatal(format!(
            "the ledger {} has rows whose certificate or application is gone; nothing was changed, restore a backup",
            path.display()
        ))),
        found if found > VERSION => Err(Error::fatal(format!(
            "the ledger {} has schema {found}, this program knows {VERSION}; use a newer program",
            path.display()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

    use super::*;
    use crate::connection::SqliteLedger;
    use mohor_ports::{
        ledger::{Issue, Minted, Minting, Register},
        suite::sample,
    };
    use std::sync::Arc;

    /// A file as programs of before the last migration wrote it: an approval and a certificate, every column in its row.
    fn old_file(path: &Path) -> mohor_domain::plan::Plan {
        let mut connection = Connection::open(path).unwrap();
        let tx = connection.transaction().unwrap();
        for sql in &MIGRATIONS[..19] {
            tx.execute_batch(sql).unwrap();
        }
        tx.pragma_update(None, "user_version", 19).unwrap();
        let uin = sample::uin(sample::DEPARTMENT, 1);
        let (plan, id) = (sample::plan(uin, 1), "01985a3c-0000-7000-8000-000000000001");
        let data = sample::approval(1).data.to_string();
        tx.execute(
            "INSERT INTO application (id, department, application_no, service, bsk, state, data, received_at, approved_at, minted)
             VALUES (?1, ?2, 'BCW/1', 'caste-certificate', '24101', 'approved', ?3, 1, 1, 1)",
            (id, sample::DEPARTMENT, data),
        )
        .unwrap();
        tx.execute(
            "INSERT INTO certificate (uin, application_id, department, progress, plan, credential, cms, sha256, minted_at)
             VALUES (?1, ?2, ?3, 'stored', ?4, ?5, ?6, 'ab', 1)",
            (
                uin.as_str(),
                id,
                sample::DEPARTMENT,
                serde_json::to_string(&plan).unwrap(),
                sample::credential(uin),
                sample::cms(uin),
            ),
        )
        .unwrap();
        tx.commit().unwrap();
        plan
    }

    #[tokio::test]
    async fn a_file_of_an_older_program_is_brought_up_to_date_with_everything_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let plan = old_file(&path);
        let open = || SqliteLedger::open(&path, Arc::new(sample::Counting::default()), sample::reference());
        let ledger = open().unwrap();
        let old = ledger.certificate(plan.uin).await.unwrap().unwrap();
        assert_eq!(
            (&old.plan, old.cms, old.credential),
            (&plan, Some(sample::cms(plan.uin)), Some(sample::credential(plan.uin)))
        );
        let application = ledger.application(sample::DEPARTMENT, "BCW/1").await.unwrap().unwrap();
        assert_eq!((application.uin, application.id), (Some(plan.uin), old.application));
        // Another one lies beside it in the new way, and both are sealed once and for all.
        let id = sample::approve(&ledger, &[2]).await.remove(0);
        let other = sample::plan(sample::uin(sample::DEPARTMENT, 2), 2);
        let minted = ledger.commit_minted(vec![Minting { application: id, plan: other.clone() }]).await.unwrap();
        assert_eq!(minted, [Minted::New(other.uin)]);
        ledger.commit_signed(vec![(other.uin, sample::credential(other.uin))]).await.unwrap();
        ledger.commit_sealed(vec![(other.uin, sample::cms(other.uin))]).await.unwrap();
        let kept = ledger.commit_sealed(vec![(plan.uin, vec![1]), (other.uin, vec![1])]).await.unwrap();
        assert_eq!(kept, [sample::cms(plan.uin), sample::cms(other.uin)]);
        assert_eq!(ledger.certificate(other.uin).await.unwrap().unwrap().plan, other);
        drop(ledger);
        open().unwrap();
        let sql = Connection::open(&path).unwrap();
        sql.pragma_update(None, "foreign_keys", true).unwrap();
        assert!(sql.execute("DELETE FROM application", []).is_err(), "a certificate names its application");
        assert!(sql.execute("UPDATE certificate SET cms = x'00'", []).is_err());
    }

    #[test]
    fn a_file_whose_rows_name_others_that_are_gone_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        old_file(&path);
        let sql = Connection::open(&path).unwrap();
        sql.execute_batch("PRAGMA foreign_keys = off; DELETE FROM application").unwrap();
        let opened = SqliteLedger::open(&path, Arc::new(sample::Counting::default()), sample::reference());
        let Err(error) = opened else { panic!("it contradicts itself") };
        assert!(error.code() == "fatal" && error.to_string().contains("restore a backup"), "{error}");
        assert_eq!(sql.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).unwrap(), 19);
    }
}
