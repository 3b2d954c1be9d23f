//! The departments' directories.

use crate::{
    connection::{PostgresLedger, Session},
    event::{Desk, lock_departments},
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    directory::{Directory, Wish, against, names_office},
    event::InboundEvent,
    json::digest,
    refusal::Refusal,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Directories, Load, Loaded},
};
use sqlx_core::{query::query, row::Row};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Of one department: its directory, what it wants, and by application the offices that it was put into.
pub(crate) struct Asked {
    directory: Arc<Directory>,
    wish: Wish,
    offices: HashMap<String, Vec<(Instant, String)>>,
}

#[async_trait]
impl Directories for PostgresLedger {
    async fn load_directory(&self, file: Directory, act: Act, dry: bool) -> Result<(Loaded, Arc<Directory>)> {
        let mut session = self.write().await?;
        // No event of the department is decided meanwhile, and no other load comes in between.
        lock_departments(&mut session, [file.department.as_str()].into_iter()).await?;
        let (now, before) = (session.now(), session.directory(&file.department).await?);
        let sha256 = digest(&serde_json::Value::from(file.text()));
        if let Some(before) = before.as_ref().filter(|before| before.version >= file.version) {
            let sql = "SELECT 1 FROM directory WHERE department = $1 AND version = $2 AND sha256 = $3";
            let found = query(sql).bind(&file.department).bind(i64::from(file.version)).bind(&sha256);
            let same = session.one(found).await?.is_some() && before.version == file.version;
            session.rollback().await?;
            return Ok((if same { Loaded::Same } else { Loaded::Behind(before.version) }, before.clone()));
        }
        let directory = match &before {
            Some(before) => file.following(before, now),
            None => file,
        };
        if dry {
            session.rollback().await?;
            return Ok((Loaded::New, Arc::new(directory)));
        }
        let sql = "INSERT INTO directory (department, version, sha256, contents, loaded_at, actor)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let statement = query(sql).bind(&directory.department).bind(i64::from(directory.version)).bind(&sha256);
        let statement = statement.bind(directory.text()).bind(now.millis()).bind(&act.actor);
        session.run(statement).await?;
        session.audit(&act).await?;
        session.commit().await?;
        Ok((Loaded::New, Arc::new(directory)))
    }

    async fn directory(&self, department: &str) -> Result<Option<Arc<Directory>>> {
        self.read().await?.directory(department).await
    }

    async fn loads(&self, department: &str) -> Result<Vec<Load>> {
        let sql = "SELECT version, loaded_at, actor FROM directory WHERE department = $1 ORDER BY version DESC";
        let rows = self.read().await?.all(query(sql).bind(department)).await?;
        let load = |row: &sqlx_postgres::PgRow| {
            let version =
                u32::try_from(row.get::<i64, _>(0)).map_err(|_| corrupt("directory", department, "version"))?;
            Ok(Load { version, loaded_at: Instant::from_millis(row.get(1)), actor: row.get(2) })
        };
        rows.iter().map(load).collect()
    }

    async fn wish(&self, department: &str) -> Result<Wish> {
        let sql = "SELECT offices, officers FROM directory_wish WHERE department = $1";
        let row = self.read().await?.one(query(sql).bind(department)).await?;
        Ok(row.map_or_else(Wish::default, |row| Wish { offices: row.get(0), officers: row.get(1) }))
    }

    async fn set_wish(&self, department: &str, wish: Wish, act: Act) -> Result<()> {
        let mut session = self.write().await?;
        lock_departments(&mut session, [department].into_iter()).await?;
        let sql = "INSERT INTO directory_wish (department, offices, officers) VALUES ($1, $2, $3)
                   ON CONFLICT (department) DO UPDATE SET offices = $2, officers = $3";
        session.run(query(sql).bind(department).bind(wish.offices).bind(wish.officers)).await?;
        session.audit(&act).await?;
        session.commit().await
    }
}

impl Session {
    /// The directory of a department in its last version.
    async fn directory(&mut self, department: &str) -> Result<Option<Arc<Directory>>> {
        Ok(self.directories([department].into()).await?.remove(department))
    }

    /// The directories of departments in their last versions; none where none is loaded.
    pub(crate) async fn directories(&mut self, departments: BTreeSet<&str>) -> Result<HashMap<String, Arc<Directory>>> {
        let sql = "SELECT department, max(version) FROM directory WHERE department = ANY($1) GROUP BY department";
        let names: Vec<&str> = departments.into_iter().collect();
        let mut found = HashMap::new();
        for row in self.all(query(sql).bind(names)).await? {
            let (department, version): (String, i64) = (row.get(0), row.get(1));
            let number = u32::try_from(version).map_err(|_| corrupt("directory", &department, "version"))?;
            let directory = match self.inner.shelf.find(&department, number) {
                Some(kept) => kept,
                None => {
                    let sql = "SELECT contents FROM directory WHERE department = $1 AND version = $2";
                    let row = self.one(query(sql).bind(&department).bind(version)).await?;
                    let text: Option<String> = row.map(|row| row.get(0));
                    let read = text.as_deref().and_then(Directory::parse);
                    self.inner.shelf.keep(read.ok_or_else(|| corrupt("directory", &department, "contents"))?)
                }
            };
            found.insert(department, directory);
        }
        Ok(found)
    }
}

impl Desk {
    /// Reads the directories of departments that want them asked, and where their applications have been.
    pub(crate) async fn read_directories(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        let departments: BTreeSet<&str> = events.iter().map(|event| event.department.as_str()).collect();
        let sql = "SELECT department, offices, officers FROM directory_wish
                   WHERE department = ANY($1) AND (offices OR officers)";
        let rows = session.all(query(sql).bind(departments.into_iter().collect::<Vec<_>>())).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let wishes: HashMap<String, Wish> =
            rows.iter().map(|row| (row.get(0), Wish { offices: row.get(1), officers: row.get(2) })).collect();
        for (department, directory) in session.directories(wishes.keys().map(String::as_str).collect()).await? {
            let wish = wishes.get(&department).copied().unwrap_or_default();
            self.asked.insert(department, Asked { directory, wish, offices: HashMap::new() });
        }
        let of = events.iter().filter(|event| self.asked.contains_key(&event.department));
        let named: BTreeSet<(&str, &str)> =
            of.map(|event| (event.department.as_str(), event.application_no.as_str())).collect();
        let (departments, numbers): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
        let sql = "SELECT a.department, a.application_no, e.event_at, coalesce(e.data, a.data)::json ->> 'office'
                   FROM unnest($1::text[], $2::text[]) AS u (department, application_no)
                   JOIN application a USING (department, application_no) JOIN inbound_event e ON e.application_id = a.id
                   WHERE coalesce(e.data, a.data)::json ->> 'office' IS NOT NULL";
        for row in session.all(query(sql).bind(departments).bind(numbers)).await? {
            self.was_at(row.get(0), row.get(1), Instant::from_millis(row.get(2)), row.get(3));
        }
        Ok(())
    }

    fn was_at(&mut self, department: &str, number: &str, at: Instant, office: &str) {
        if let Some(asked) = self.asked.get_mut(department) {
            asked.offices.entry(number.into()).or_default().push((at, office.into()));
        }
    }

    /// Where a recorded event puts its application.
    pub(crate) fn put(&mut self, event: &InboundEvent) {
        if let Some(office) = names_office(event) {
            self.was_at(&event.department, &event.application_no, event.at, office);
        }
    }

    /// What the department's directory says against an event, if the department wants it asked.
    pub(crate) fn against(&self, event: &InboundEvent, service: Option<&str>) -> Option<Refusal> {
        let asked = self.asked.get(&event.department)?;
        let offices = asked.offices.get(&event.application_no).map_or(&[][..], Vec::as_slice);
        against(&asked.directory, asked.wish, event, event.service.as_deref().or(service), offices)
    }
}
