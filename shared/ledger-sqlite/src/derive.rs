//! Clocks as they follow from all that is recorded of an application, beside what is kept of them, and what of it cannot be read.

use crate::{
    clock::{columns, next, record, row},
    connection::{Read, SqliteLedger, Write, corrupt, readable},
};
use mohor_domain::{
    application::State,
    civil::Instant,
    clock::{ClockKind, Happening, History},
    event::EventKind,
    id::Id,
};
use mohor_ports::{
    error::{Result, apart},
    ledger::{Act, ClockRecord, ClockRow, Spoilt, Unreadable, derived_since, read_clocks},
};
use serde_json::json;

impl SqliteLedger {
    pub(crate) async fn page_of_unreadable(
        &self,
        after: Option<Id>,
        most: u32,
    ) -> Result<(Vec<Unreadable>, Option<Id>)> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.read(move |read| {
            let sql = "SELECT id, department, application_no FROM application WHERE id > ?1 ORDER BY id LIMIT ?2";
            let rows: Vec<(String, String, String)> =
                read.all(sql, (after, most), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let mut found = Vec::new();
            for (id, department, application_no) in &rows {
                let application = Id::parse(id).ok_or_else(|| corrupt("application", id, "id"))?;
                let (_, mut errors) = apart(read.clock_rows(id)?.into_iter().map(record))?;
                errors.extend(apart([read.happenings(id)])?.1);
                found.extend(errors.iter().map(|error| Unreadable {
                    application,
                    department: department.clone(),
                    application_no: application_no.clone(),
                    words: error.to_string(),
                }));
            }
            Ok((found, next(rows.len(), most, rows.last().map(|(id, ..)| id))))
        })
        .await
    }
}

impl Write<'_> {
    /// Derives the clocks of an application from all that is recorded of it.
    pub(crate) fn clock(&self, application: &str) -> Result<()> {
        self.derive_from_events(application, false, None).map(drop)
    }

    /// The same where nothing has happened but that the rules are others: what moves says because of which change. What has stopped
    /// `since` is measured anew. How many clocks were looked at, and how many moves recorded.
    pub(crate) fn rederived(&self, application: &str, since: Option<Instant>) -> Result<(u64, u64)> {
        self.derive_from_events(application, true, since)
    }

    fn derive_from_events(&self, application: &str, by_rules: bool, since: Option<Instant>) -> Result<(u64, u64)> {
        let id = Id::parse(application).ok_or_else(|| corrupt("application", application, "id"))?;
        let history = self.history(application)?;
        let (rows, force) = (self.as_read().clock_rows(application)?, self.force()?);
        let (kept, spoilt) = read_clocks(rows.into_iter().map(|(_, row)| (id, row)));
        let mut moved = 0;
        for record in kept.iter().filter(|_| by_rules) {
            moved += self.record_moves(record.derived_moves(&history, &force))?;
        }
        let before: Vec<ClockRecord> =
            kept.iter().cloned().chain(spoilt.into_iter().filter_map(Spoilt::salvaged)).collect();
        for record in derived_since(id, &history, &before, &force.rules, since) {
            if !kept.contains(&record) {
                self.keep(&record)?;
            }
        }
        Ok((kept.len() as u64, moved))
    }

    /// Whatever its rows hold. False: its events cannot be read either.
    pub(crate) fn mend(&self, application: &str, act: &Act) -> Result<bool> {
        if apart([self.as_read().happenings(application)])?.0.is_empty() {
            return Ok(false);
        }
        // A row of no clock that is known: nobody derives it, and nothing can be read from it.
        let known = json!(ClockKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>()).to_string();
        let sql = "DELETE FROM clock WHERE application_id = ?1 AND kind NOT IN (SELECT value FROM json_each(?2))";
        self.run(sql, (application, known))?;
        self.clock(application)?;
        self.audit(act)?;
        Ok(true)
    }

    pub(crate) fn kept(&self, application: &str) -> Result<Vec<ClockRecord>> {
        readable(self.as_read().clock_rows(application)?.into_iter().map(record))
    }

    fn history(&self, application: &str) -> Result<History> {
        let wrong = |column| corrupt("application", application, column);
        let sql = "SELECT a.department, a.service, a.bsk, a.state, c.notified_at,
                     (SELECT h.handed_at FROM handover h WHERE h.uin = c.uin),
                     (SELECT n.stored_at FROM application o JOIN certificate n ON n.application_id = o.id
                      WHERE o.supersedes = c.uin)
                   FROM application a LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = ?1";
        let row = self.one(sql, [application], |row| {
            let texts: (String, Option<String>, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let at = |place| row.get::<_, Option<i64>>(place).map(|at| at.map(Instant::from_millis));
            Ok((texts, row.get::<_, String>(3)?, [at(4)?, at(5)?, at(6)?]))
        })?;
        let ((department, service, bsk), state, [ready_at, handed_at, superseded_at]) =
            row.ok_or_else(|| wrong("id"))?;
        let (happenings, approval_received_at) = self.as_read().happenings(application)?;
        let provided = state == State::Provided.as_str();
        let history = History {
            department,
            service,
            happenings,
            approval_received_at,
            provided,
            ready_at,
            handed_at,
            superseded_at,
            stays: self.stays(application)?,
            returned: self.returned(application)?,
            ..History::default()
        };
        Ok(history.placed(bsk, |bsk| self.district(bsk)))
    }

    /// The district of a centre.
    pub(crate) fn district(&self, bsk: &str) -> Option<String> {
        self.inner.reference.districts.get(bsk).cloned()
    }
}

impl Read<'_> {
    fn clock_rows(&self, application: &str) -> Result<Vec<(String, ClockRow)>> {
        self.all(concat!("SELECT ", columns!(), " FROM clock WHERE application_id = ?1"), [application], row)
    }

    /// What happened to an application, and when its approval came.
    fn happenings(&self, application: &str) -> Result<(Vec<Happening>, Option<Instant>)> {
        let sql = "SELECT e.kind, e.event_at, e.late, coalesce(e.data, a.data), e.received_at FROM inbound_event e
                   JOIN application a ON a.id = e.application_id WHERE e.application_id = ?1";
        let events = self.all(sql, [application], |row| {
            let times = (Instant::from_millis(row.get(1)?), Instant::from_millis(row.get(4)?));
            Ok((row.get::<_, String>(0)?, times, row.get::<_, bool>(2)?, row.get::<_, Option<String>>(3)?))
        })?;
        let mut happenings = Vec::with_capacity(events.len());
        let mut approval_received_at = None;
        for (kind, (at, received_at), late, data) in events {
            let kind = EventKind::from_word(&kind).ok_or_else(|| corrupt("inbound_event", application, "kind"))?;
            let data = serde_json::from_str(&data.unwrap_or_default());
            let data = data.map_err(|_| corrupt("inbound_event", application, "data"))?;
            happenings.push(Happening::read(kind, at, late, &data));
            if kind == EventKind::Approved {
                approval_received_at = Some(received_at);
            }
        }
        Ok((happenings, approval_received_at))
    }
}
