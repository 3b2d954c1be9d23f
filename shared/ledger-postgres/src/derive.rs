//! Clocks as they follow from all that is recorded of an application, beside what is kept of them.

use crate::{
    clock::{columns, record},
    connection::Session,
    inbox::uuids,
    trouble::corrupt,
};
use mohor_domain::{
    application::State,
    civil::Instant,
    clock::{Happening, History},
    event::EventKind,
    id::Id,
};
use mohor_ports::{
    error::Result,
    ledger::{ClockRecord, Turn, derived, derived_since},
};
use sqlx_core::{query::query, row::Row};
use std::collections::BTreeMap;
use uuid::Uuid;

impl Session {
    /// Derives the clocks of applications from all that is recorded of them.
    pub(crate) async fn clocks(&mut self, applications: &[Id]) -> Result<()> {
        self.derive_from_events(applications, false, None).await.map(drop)
    }

    /// The same where nothing has happened but that the rules are others: what moves says because of which change. What has stopped
    /// `since` is measured anew. How many clocks were looked at, and how many moves recorded.
    pub(crate) async fn rederived(&mut self, applications: &[Id], since: Option<Instant>) -> Result<(u64, u64)> {
        self.derive_from_events(applications, true, since).await
    }

    async fn derive_from_events(
        &mut self,
        applications: &[Id],
        by_rules: bool,
        since: Option<Instant>,
    ) -> Result<(u64, u64)> {
        if applications.is_empty() {
            return Ok((0, 0));
        }
        let force = self.force.clone();
        // The clocks are locked before it is looked whether a certificate is ready: notify, which stops them, either has
        // committed or waits for this transaction.
        let kept = self.kept(applications).await?;
        let (mut changed, mut moves) = (Vec::new(), Vec::new());
        for (id, history) in self.histories(applications).await? {
            let before = kept.get(&id).map_or(&[][..], Vec::as_slice);
            if by_rules {
                moves.extend(before.iter().flat_map(|record| record.derived_moves(&history, &force)));
            }
            let records = derived_since(id, &history, before, &force.rules, since);
            changed.extend(records.into_iter().filter(|record| !before.contains(record)));
        }
        self.keep(&changed).await?;
        Ok((kept.values().map(Vec::len).sum::<usize>() as u64, self.record_moves(moves).await?))
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

    /// The clocks of applications, locked in order.
    pub(crate) async fn kept(&mut self, applications: &[Id]) -> Result<BTreeMap<Id, Vec<ClockRecord>>> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM clock WHERE application_id = ANY($1)
             ORDER BY application_id, kind, key FOR UPDATE"
        );
        let mut kept: BTreeMap<Id, Vec<ClockRecord>> = BTreeMap::new();
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let record = record(&row)?;
            kept.entry(record.application).or_default().push(record);
        }
        Ok(kept)
    }

    async fn histories(&mut self, applications: &[Id]) -> Result<BTreeMap<Id, History>> {
        let sql = "SELECT a.id, a.department, a.service, a.bsk, c.notified_at, a.state,
                     (SELECT h.handed_at FROM handover h WHERE h.uin = c.uin),
                     (SELECT n.stored_at FROM application o JOIN certificate n ON n.application_id = o.id
                      WHERE o.supersedes = c.uin)
                   FROM application a LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = ANY($1)";
        let mut histories = BTreeMap::new();
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let bsk: Option<String> = row.get(3);
            let at = |place: usize| row.get::<Option<i64>, _>(place).map(Instant::from_millis);
            let history = History {
                department: row.get(1),
                service: row.get(2),
                district: bsk.as_ref().and_then(|bsk| self.inner.reference.districts.get(bsk).cloned()),
                bsk,
                provided: row.get::<String, _>(5) == State::Provided.as_str(),
                ready_at: at(4),
                handed_at: at(6),
                superseded_at: at(7),
                ..History::default()
            };
            histories.insert(Id::from(row.get::<Uuid, _>(0)), history);
        }
        self.stays(applications, &mut histories).await?;
        let sql = "SELECT e.application_id, e.kind, e.event_at, e.late, coalesce(e.data, a.data), e.received_at
                   FROM inbound_event e
                   JOIN application a ON a.id = e.application_id WHERE e.application_id = ANY($1)";
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let id = Id::from(row.get::<Uuid, _>(0));
            let wrong = |column| corrupt("inbound_event", &id.to_string(), column);
            let kind = EventKind::from_word(row.get(1)).ok_or_else(|| wrong("kind"))?;
            let data: Option<String> = row.get(4);
            let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
            let happening = Happening::read(kind, Instant::from_millis(row.get(2)), row.get(3), &data);
            let history = histories.entry(id).or_insert_with(History::default);
            history.happenings.push(happening);
            if kind == EventKind::Approved {
                history.approval_received_at = Some(Instant::from_millis(row.get(5)));
            }
        }
        Ok(histories)
    }
}
