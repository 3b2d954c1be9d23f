//! Clocks as they follow from all that is recorded of an application, beside what is kept of them.

use crate::{
    clock::{clock_row, columns, record},
    connection::{PostgresLedger, Session},
    event::lock_departments,
    inbox::uuids,
    trouble::{corrupt, readable},
};
use mohor_domain::{
    application::State,
    civil::Instant,
    clock::{ClockKind, Happening, History},
    event::EventKind,
    id::Id,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Act, ClockRecord, Spoilt, Turn, Unreadable, derived, derived_since, read_clocks},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Why clocks are derived.
#[derive(Clone, Copy)]
enum Why {
    /// Something happened, and whoever told it waits for an answer: what cannot be read stops it.
    Told,
    /// They are wanting, or cannot be read.
    Lacking,
    /// The rules are others: what moves says because of which change. What has stopped since is measured anew.
    Rules(Option<Instant>),
}

impl PostgresLedger {
    pub(crate) async fn page_of_unreadable(
        &self,
        after: Option<Id>,
        most: u32,
    ) -> Result<(Vec<Unreadable>, Option<Id>)> {
        self.read().await?.unreadable(after, most).await
    }
}

fn by_application(records: impl IntoIterator<Item = ClockRecord>) -> BTreeMap<Id, Vec<ClockRecord>> {
    let mut kept: BTreeMap<Id, Vec<ClockRecord>> = BTreeMap::new();
    for record in records {
        kept.entry(record.application).or_default().push(record);
    }
    kept
}

fn happening(row: &PgRow, application: Id) -> Result<Happening> {
    let wrong = |column| corrupt("inbound_event", &application.to_string(), column);
    let kind = EventKind::from_word(row.get(1)).ok_or_else(|| wrong("kind"))?;
    let data: Option<String> = row.get(4);
    let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
    Ok(Happening::read(kind, Instant::from_millis(row.get(2)), row.get(3), &data))
}

impl Session {
    /// Derives the clocks of applications from all that is recorded of them.
    pub(crate) async fn clocks(&mut self, applications: &[Id]) -> Result<()> {
        self.derive_from_events(applications, Why::Told).await.map(drop)
    }

    /// The same where nobody waits for an answer: an application whose events cannot be read is passed over.
    pub(crate) async fn derived_again(&mut self, applications: &[Id]) -> Result<()> {
        self.derive_from_events(applications, Why::Lacking).await.map(drop)
    }

    /// Whatever its rows hold. False: its events cannot be read either.
    pub(crate) async fn mend(&mut self, application: Id, act: &Act) -> Result<bool> {
        let sql = "SELECT department FROM application WHERE id = $1";
        let Some(row) = self.one(query(sql).bind(application.uuid())).await? else { return Ok(false) };
        // As intake does before it reads what happened: no event comes in between.
        lock_departments(self, std::iter::once(row.get(0))).await?;
        if self.histories(&[application]).await?.iter().any(|(_, history)| history.is_err()) {
            return Ok(false);
        }
        // A row of no clock that is known: nobody derives it, and nothing can be read from it.
        let known: Vec<&str> = ClockKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let sql = "DELETE FROM clock WHERE application_id = $1 AND NOT kind = ANY($2)";
        self.run(query(sql).bind(application.uuid()).bind(known)).await?;
        self.clocks(&[application]).await?;
        self.audit(act).await?;
        Ok(true)
    }

    /// Those of which a row cannot be read, on a page of applications.
    async fn unreadable(&mut self, after: Option<Id>, most: u32) -> Result<(Vec<Unreadable>, Option<Id>)> {
        let sql = "SELECT id, department, application_no FROM application WHERE id > $1 ORDER BY id LIMIT $2";
        let statement = query(sql).bind(after.map_or(Uuid::nil(), Id::uuid)).bind(i64::from(most));
        let rows = self.all(statement).await?;
        let id = |row: &PgRow| Id::from(row.get::<Uuid, _>(0));
        let ids: Vec<Id> = rows.iter().map(id).collect();
        let mut wrong: BTreeMap<Id, Vec<Error>> = BTreeMap::new();
        let sql = concat!("SELECT ", columns!(), " FROM clock WHERE application_id = ANY($1)");
        for row in self.all(query(sql).bind(uuids(&ids))).await? {
            wrong.entry(id(&row)).or_default().extend(record(&row).err());
        }
        for (id, history) in self.histories(&ids).await? {
            wrong.entry(id).or_default().extend(history.err());
        }
        let mut found = Vec::new();
        for row in &rows {
            found.extend(wrong.remove(&id(row)).unwrap_or_default().into_iter().map(|error| Unreadable {
                application: id(row),
                department: row.get(1),
                application_no: row.get(2),
                words: error.to_string(),
            }));
        }
        Ok((found, ids.last().copied().filter(|_| ids.len() == most as usize)))
    }

    /// The same where nothing has happened but that the rules are others: what moves says because of which change. What has stopped
    /// `since` is measured anew. How many clocks were looked at, and how many moves recorded.
    pub(crate) async fn rederived(&mut self, applications: &[Id], since: Option<Instant>) -> Result<(u64, u64)> {
        self.derive_from_events(applications, Why::Rules(since)).await
    }

    async fn derive_from_events(&mut self, applications: &[Id], why: Why) -> Result<(u64, u64)> {
        if applications.is_empty() {
            return Ok((0, 0));
        }
        let force = self.force.clone();
        // The clocks are locked before it is looked whether a certificate is ready: notify, which stops them, either has
        // committed or waits for this transaction.
        let rows = self.locked_clocks(applications).await?;
        let (kept, spoilt) = read_clocks(rows.iter().map(clock_row));
        let (kept, half) = (by_application(kept), by_application(spoilt.into_iter().filter_map(Spoilt::salvaged)));
        let (mut looked, mut changed, mut moves) = (0, Vec::new(), Vec::new());
        let since = if let Why::Rules(since) = why { since } else { None };
        for (id, history) in self.histories(applications).await? {
            let history = match why {
                Why::Told => history?,
                Why::Lacking | Why::Rules(_) => match readable([history])?.pop() {
                    Some(history) => history,
                    None => continue,
                },
            };
            let whole = kept.get(&id).map_or(&[][..], Vec::as_slice);
            if matches!(why, Why::Rules(_)) {
                moves.extend(whole.iter().flat_map(|record| record.derived_moves(&history, &force)));
            }
            let before = [whole, half.get(&id).map_or(&[][..], Vec::as_slice)].concat();
            let records = derived_since(id, &history, &before, &force.rules, since);
            looked += records.len() as u64;
            changed.extend(records.into_iter().filter(|record| !whole.contains(record)));
        }
        self.keep(&changed).await?;
        Ok((looked, self.record_moves(moves).await?))
    }

    /// Inserts the clocks of applications that are new: nothing is known of them but these histories.
    pub(crate) async fn new_clocks(&mut self, histories: &[(Id, History)]) -> Result<()> {
        let rules = &self.force.rules;
        let records: Vec<ClockRecord> =
            histories.iter().flat_map(|(id, history)| derived(*id, history, &[], rules)).collect();
        self.keep(&records).await
    }

    /// The certificates of these applications take a turn.
    pub(crate) async fn turn(&mut self, turns: &BTreeMap<Id, Turn>) -> Result<()> {
        let now = self.now();
        let applications: Vec<Id> = turns.keys().copied().collect();
        let kept = self.kept(&applications).await?;
        let force = self.force.clone();
        self.record_moves(kept.values().flatten().flat_map(|record| record.moves(&force)).collect()).await?;
        let changes = |(id, turn): (&Id, &Turn)| kept.get(id).map(|kept| turn.changes(kept, now, &force.rules));
        let changed: Vec<ClockRecord> = turns.iter().filter_map(changes).flatten().collect();
        self.keep(&changed).await
    }

    /// The clocks of applications, locked in order. Those that cannot be read are passed over.
    pub(crate) async fn kept(&mut self, applications: &[Id]) -> Result<BTreeMap<Id, Vec<ClockRecord>>> {
        let rows = self.locked_clocks(applications).await?;
        Ok(by_application(read_clocks(rows.iter().map(clock_row)).0))
    }

    async fn locked_clocks(&mut self, applications: &[Id]) -> Result<Vec<PgRow>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE application_id = ANY($1)
             ORDER BY application_id, kind, key FOR UPDATE"
        );
        self.all(query(sql).bind(uuids(applications))).await
    }

    /// Each, or what of it cannot be read.
    async fn histories(&mut self, applications: &[Id]) -> Result<Vec<(Id, Result<History>)>> {
        let sql = "SELECT a.id, a.department, a.service, a.bsk, c.notified_at, a.state,
                     (SELECT h.handed_at FROM handover h WHERE h.uin = c.uin),
                     (SELECT n.stored_at FROM application o JOIN certificate n ON n.application_id = o.id
                      WHERE o.supersedes = c.uin)
                   FROM application a LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = ANY($1)";
        let mut histories = BTreeMap::new();
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let at = |place: usize| row.get::<Option<i64>, _>(place).map(Instant::from_millis);
            let history = History {
                department: row.get(1),
                service: row.get(2),
                bsk: row.get(3),
                provided: row.get::<String, _>(5) == State::Provided.as_str(),
                ready_at: at(4),
                handed_at: at(6),
                superseded_at: at(7),
                ..History::default()
            };
            histories.insert(Id::from(row.get::<Uuid, _>(0)), history);
        }
        self.stays(applications, &mut histories).await?;
        let mut unreadable: BTreeMap<Id, Error> = BTreeMap::new();
        let sql = "SELECT e.application_id, e.kind, e.event_at, e.late, coalesce(e.data, a.data), e.received_at
                   FROM inbound_event e
                   JOIN application a ON a.id = e.application_id WHERE e.application_id = ANY($1)";
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let id = Id::from(row.get::<Uuid, _>(0));
            match happening(&row, id) {
                Ok(happening) => {
                    let history = histories.entry(id).or_insert_with(History::default);
                    if happening.kind == EventKind::Approved {
                        history.approval_received_at = Some(Instant::from_millis(row.get(5)));
                    }
                    history.happenings.push(happening);
                }
                Err(error) => drop(unreadable.insert(id, error)),
            }
        }
        let placed = |(id, mut history): (Id, History)| {
            let named = history.bsk.take();
            let error = unreadable.remove(&id);
            (id, error.map_or_else(|| Ok(history.placed(named, |bsk| self.district(bsk))), Err))
        };
        Ok(histories.into_iter().map(placed).collect())
    }

    /// The district of a centre.
    pub(crate) fn district(&self, bsk: &str) -> Option<String> {
        self.inner.reference.districts.get(bsk).cloned()
    }
}
