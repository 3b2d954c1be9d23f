//! What the ledger knows of the matters that a batch of events touches, read at once.

use crate::{
    connection::Session,
    event::{Application, Desk},
    trouble::corrupt,
};
use mohor_domain::{
    application::{KnownApplication, KnownCertificate, KnownNumber, State, is_allowed},
    certificate::Standing,
    civil::Instant,
    clock::ClockKind,
    event::{EventKind, InboundEvent},
    id::Id,
    uin::Uin,
};
use mohor_ports::error::Result;
use sqlx_core::{query::query, row::Row};
use std::collections::BTreeSet;
use uuid::Uuid;

impl Desk {
    pub(crate) async fn read_keys(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        let sql = "SELECT e.department, e.source, e.event_id, e.digest
                   FROM unnest($1::text[], $2::text[], $3::text[]) AS u (department, source, event_id)
                   JOIN inbound_event e USING (department, source, event_id)";
        let column = |field: fn(&InboundEvent) -> &String| events.iter().map(|e| field(e).as_str()).collect::<Vec<_>>();
        let statement = query(sql).bind(column(|e| &e.department)).bind(column(|e| &e.source)).bind(column(|e| &e.id));
        for row in session.all(statement).await? {
            self.keys.insert((row.get(0), row.get(1), row.get(2)), row.get(3));
        }
        Ok(())
    }

    pub(crate) async fn read_applications(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        let named: BTreeSet<(&str, &str)> =
            events.iter().map(|event| (event.department.as_str(), event.application_no.as_str())).collect();
        let (departments, numbers): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
        let sql = "SELECT a.department, a.application_no, a.id, a.state, a.approval, a.submission, a.service,
                          coalesce(c.uin, a.ascribed), a.minted, a.received_at,
                          (SELECT min(e.event_at) FROM inbound_event e
                           WHERE e.application_id = a.id AND e.kind = 'application.submitted'),
                          (SELECT min(e.event_at) FROM inbound_event e WHERE e.application_id = a.id
                           AND e.kind IN ('application.approved', 'application.rejected', 'application.withdrawn'))
                   FROM unnest($1::text[], $2::text[]) AS u (department, application_no)
                   JOIN application a USING (department, application_no) LEFT JOIN certificate c ON c.application_id = a.id";
        for row in session.all(query(sql).bind(departments).bind(numbers)).await? {
            let id = Id::from(row.get::<Uuid, _>(2));
            let state = State::from_word(row.get(3)).ok_or_else(|| corrupt("application", &id.to_string(), "state"))?;
            let uin = row.get::<Option<String>, _>(7).and_then(|uin| Uin::canonical(&uin).ok());
            let at = |place: usize| row.get::<Option<i64>, _>(place).map(Instant::from_millis);
            let known = KnownApplication {
                state,
                approval: row.get(4),
                submission: row.get(5),
                service: row.get(6),
                uin,
                submitted_at: at(10),
                decided_at: at(11),
                filed: vec![],
                allowed: false,
            };
            let (minted, received_at) = (row.get(8), Instant::from_millis(row.get(9)));
            let application = Application {
                id,
                known,
                minted,
                new: false,
                changed: false,
                received_at,
                bsk: None,
                docket_no: None,
                approval: None,
            };
            self.applications.insert((row.get(0), row.get(1)), application);
        }
        Ok(())
    }

    /// Appeals, reviews and revisions, where one is decided, and whether one was allowed, where what was rejected is approved.
    pub(crate) async fn read_cases(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        for event in events.iter().filter(|event| event.kind == EventKind::Approved) {
            let key = (event.department.clone(), event.application_no.clone());
            let rejected = |it: &&mut Application| it.known.state == State::Rejected;
            let Some(application) = self.applications.get_mut(&key).filter(rejected) else { continue };
            let sql = "SELECT data FROM inbound_event
                       WHERE application_id = $1 AND kind IN ('appeal.decided', 'review.decided', 'revision.decided')";
            for row in session.all(query(sql).bind(application.id.uuid())).await? {
                let wrong = |_| corrupt("inbound_event", &application.id.to_string(), "data");
                let data = row.get::<Option<String>, _>(0).unwrap_or_default();
                application.known.allowed |= is_allowed(&serde_json::from_str(&data).map_err(wrong)?);
            }
        }
        let decided = |event: &&&InboundEvent| event.kind.decides_case();
        let key = |event: &&InboundEvent| (event.department.clone(), event.application_no.clone());
        let named: BTreeSet<(String, String)> = events.iter().filter(decided).map(key).collect();
        for key in &named {
            let Some(application) = self.applications.get_mut(key) else { continue };
            let sql = "SELECT kind, key, started_at FROM clock
                       WHERE application_id = $1 AND kind IN ('appeal', 'review', 'revision') AND started_at IS NOT NULL";
            for row in session.all(query(sql).bind(application.id.uuid())).await? {
                let kind = ClockKind::from_word(row.get(0));
                let kind = kind.ok_or_else(|| corrupt("clock", &application.id.to_string(), "kind"))?;
                application.known.filed.push((kind, row.get(1), Instant::from_millis(row.get(2))));
            }
        }
        Ok(())
    }

    pub(crate) async fn read_numbers(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        let named: Vec<&str> = events.iter().filter_map(|event| event.ascribed.as_ref().map(Uin::as_str)).collect();
        if named.is_empty() {
            return Ok(());
        }
        let sql = "SELECT u.uin, r.uin IS NOT NULL,
                          r.used_by IS NOT NULL OR EXISTS (SELECT 1 FROM certificate c WHERE c.uin = u.uin)
                   FROM unnest($1::text[]) AS u (uin) LEFT JOIN reserved_uin r USING (uin)";
        for row in session.all(query(sql).bind(named)).await? {
            if let Ok(uin) = Uin::canonical(row.get(0)) {
                self.numbers.insert(uin, KnownNumber { reserved: row.get(1), taken: row.get(2) });
            }
        }
        Ok(())
    }

    pub(crate) async fn read_certificates(&mut self, session: &mut Session, events: &[&InboundEvent]) -> Result<()> {
        let named: Vec<&str> = events.iter().filter_map(|event| event.supersedes.as_ref().map(Uin::as_str)).collect();
        if named.is_empty() {
            return Ok(());
        }
        let sql = "SELECT c.uin, c.department, c.service, c.standing,
                          EXISTS (SELECT 1 FROM application o WHERE o.supersedes = c.uin)
                   FROM certificate c WHERE c.uin = ANY($1) AND c.stored_at IS NOT NULL";
        for row in session.all(query(sql).bind(named)).await? {
            let text: String = row.get(0);
            let wrong = |column| corrupt("certificate", &text, column);
            let uin = Uin::canonical(&text).map_err(|_| wrong("uin"))?;
            let standing = Standing::from_word(row.get(3)).ok_or_else(|| wrong("standing"))?;
            let known = KnownCertificate { department: row.get(1), service: row.get(2), standing, claimed: row.get(4) };
            self.certificates.insert(uin, known);
        }
        Ok(())
    }
}
