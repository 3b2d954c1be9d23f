//! The departments' directories.

use crate::connection::{Inner, SqliteLedger, Write, corrupt, one};
use async_trait::async_trait;
use mohor_domain::{
    application::KnownApplication,
    civil::Instant,
    directory::{Directory, Wish, against},
    event::InboundEvent,
    json::digest,
    refusal::Refusal,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Directories, Load, Loaded},
};
use rusqlite::Connection;
use std::sync::Arc;

#[async_trait]
impl Directories for SqliteLedger {
    async fn load_directory(&self, file: Directory, act: Act, dry: bool) -> Result<(Loaded, Arc<Directory>)> {
        self.write(move |write| write.load_directory(file, &act, dry)).await
    }

    async fn directory(&self, department: &str) -> Result<Option<Arc<Directory>>> {
        let department = department.to_owned();
        self.read(move |read| in_force(read.connection, read.inner, &department)).await
    }

    async fn loads(&self, department: &str) -> Result<Vec<Load>> {
        let department = department.to_owned();
        self.read(move |read| {
            let sql = "SELECT version, loaded_at, actor FROM directory WHERE department = ?1 ORDER BY version DESC";
            read.all(sql, [department], |row| {
                let (version, loaded_at) = (row.get(0)?, Instant::from_millis(row.get(1)?));
                Ok(Load { version, loaded_at, actor: row.get(2)? })
            })
        })
        .await
    }

    async fn wish(&self, department: &str) -> Result<Wish> {
        let department = department.to_owned();
        self.read(move |read| wish(read.connection, read.inner, &department)).await
    }

    async fn set_wish(&self, department: &str, wish: Wish, act: Act) -> Result<()> {
        let department = department.to_owned();
        self.write(move |write| {
            let sql = "INSERT INTO directory_wish (department, offices, officers) VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET offices = ?2, officers = ?3";
            write.run(sql, (&department, wish.offices, wish.officers))?;
            write.audit(&act)
        })
        .await
    }
}

/// The directory of a department in its last version.
fn in_force(connection: &Connection, inner: &Inner, department: &str) -> Result<Option<Arc<Directory>>> {
    let sql = "SELECT max(version) FROM directory WHERE department = ?1";
    let version = one(connection, inner, sql, [department], |row| row.get::<_, Option<u32>>(0))?.flatten();
    let Some(version) = version else { return Ok(None) };
    if let Some(kept) = inner.shelf.find(department, version) {
        return Ok(Some(kept));
    }
    let sql = "SELECT contents FROM directory WHERE department = ?1 AND version = ?2";
    let text = one(connection, inner, sql, (department, version), |row| row.get::<_, String>(0))?.unwrap_or_default();
    let directory = Directory::parse(&text).ok_or_else(|| corrupt("directory", department, "contents"))?;
    Ok(Some(inner.shelf.keep(directory)))
}

fn wish(connection: &Connection, inner: &Inner, department: &str) -> Result<Wish> {
    let sql = "SELECT offices, officers FROM directory_wish WHERE department = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok(Wish { offices: row.get(0)?, officers: row.get(1)? });
    Ok(one(connection, inner, sql, [department], read)?.unwrap_or_default())
}

impl Write<'_> {
    /// The directory of a department as it is in force.
    pub(crate) fn directory(&self, department: &str) -> Result<Option<Arc<Directory>>> {
        in_force(&self.tx, self.inner, department)
    }

    fn load_directory(&self, file: Directory, act: &Act, dry: bool) -> Result<(Loaded, Arc<Directory>)> {
        let (now, before) = (self.now(), self.directory(&file.department)?);
        let sha256 = digest(&serde_json::Value::from(file.text()));
        if let Some(before) = before.as_ref().filter(|before| before.version >= file.version) {
            let sql = "SELECT 1 FROM directory WHERE department = ?1 AND version = ?2 AND sha256 = ?3";
            let same = self.one(sql, (&file.department, file.version, &sha256), |_| Ok(()))?;
            let same = same.filter(|()| before.version == file.version);
            return Ok((same.map_or(Loaded::Behind(before.version), |()| Loaded::Same), before.clone()));
        }
        let directory = match &before {
            Some(before) => file.following(before, now),
            None => file,
        };
        if !dry {
            let sql = "INSERT INTO directory (department, version, sha256, contents, loaded_at, actor)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let values =
                (&directory.department, directory.version, &sha256, directory.text(), now.millis(), &act.actor);
            self.run(sql, values)?;
            self.audit(act)?;
        }
        // It is put on no shelf: the transaction may not be kept.
        Ok((Loaded::New, Arc::new(directory)))
    }

    /// What the department's directory says against an event, if the department wants it asked.
    pub(crate) fn against(&self, event: &InboundEvent, known: Option<&KnownApplication>) -> Result<Option<Refusal>> {
        let wish = wish(&self.tx, self.inner, &event.department)?;
        if wish == Wish::default() {
            return Ok(None);
        }
        let Some(directory) = self.directory(&event.department)? else { return Ok(None) };
        let sql = "SELECT e.event_at, coalesce(e.data, a.data) ->> 'office' FROM inbound_event e
                   JOIN application a ON a.id = e.application_id
                   WHERE a.department = ?1 AND a.application_no = ?2 AND coalesce(e.data, a.data) ->> 'office' IS NOT NULL";
        let offices = self.all(sql, (&event.department, &event.application_no), |row| {
            Ok((Instant::from_millis(row.get(0)?), row.get::<_, String>(1)?))
        })?;
        let service = event.service.as_deref().or_else(|| known.and_then(|known| known.service.as_deref()));
        Ok(against(&directory, wish, event, service, &offices))
    }
}
