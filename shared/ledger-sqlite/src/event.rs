//! One event inside intake's transaction: what is known, the decision, and what is written.

use crate::connection::{Write, corrupt};
use mohor_domain::{
    acknowledgement::TELLING,
    application::{Decision, Known, KnownApplication, KnownCertificate, KnownNumber, State, case, decide, is_allowed},
    certificate::Standing,
    civil::Instant,
    clock::ClockKind,
    event::{Answer, EventKind, InboundEvent, reported_late},
    id::Id,
    phone,
    stage::Stage,
    uin::Uin,
};
use mohor_ports::{error::Result, ledger::Checked};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What came of an event.
pub(crate) struct Taken {
    pub(crate) answer: Answer,
    /// The application that mint is due for.
    pub(crate) mint: Option<Id>,
    /// The application whose acknowledgement may have become another.
    pub(crate) acknowledge: Option<Id>,
}

impl Taken {
    fn only(answer: Answer) -> Self {
        Self { answer, mint: None, acknowledge: None }
    }
}

impl Write<'_> {
    /// Decides, records and answers one event. `told`: the applications that events of this commit are about; whoever commits
    /// derives their clocks.
    pub(crate) fn event(&self, checked: &Checked, received_at: Instant, told: &mut BTreeSet<Id>) -> Result<Taken> {
        let event = match checked {
            Checked::Refused { department, answer } => {
                self.tell_refused(department.as_deref(), None, answer)?;
                return Ok(Taken::only(answer.clone()));
            }
            Checked::Valid(event) => event,
        };
        let (id, known) = self.known(event, told)?;
        match decide(event, &known) {
            Decision::Refuse(refusal) => {
                let answer =
                    Answer::Refused { source: Some(event.source.clone()), id: Some(event.id.clone()), refusal };
                self.tell_refused(Some(&event.department), Some(&event.application_no), &answer)?;
                Ok(Taken::only(answer))
            }
            Decision::Duplicate { uin } => Ok(Taken::only(self.accepted(event, received_at, true, uin)?)),
            Decision::Record { state, mint } => {
                let id = self.record(event, id, state, received_at, told)?;
                told.insert(id);
                if mint {
                    self.hint(Stage::Mint, &id.to_string())?;
                    self.tally("approved", 1)?;
                }
                let answer = self.accepted(event, received_at, false, event.ascribed)?;
                let tells = TELLING.contains(&event.kind);
                Ok(Taken { answer, mint: mint.then_some(id), acknowledge: tells.then_some(id) })
            }
        }
    }

    fn known(&self, event: &InboundEvent, told: &BTreeSet<Id>) -> Result<(Option<Id>, Known)> {
        let same_key = self.one(
            "SELECT digest FROM inbound_event WHERE department = ?1 AND source = ?2 AND event_id = ?3",
            (&event.department, &event.source, &event.id),
            |row| row.get(0),
        )?;
        let row = self.one(
            "SELECT a.id, a.state, a.approval, a.submission, a.service, coalesce(c.uin, a.ascribed)
             FROM application a LEFT JOIN certificate c ON c.application_id = a.id
             WHERE a.department = ?1 AND a.application_no = ?2",
            (&event.department, &event.application_no),
            |row| {
                let text: (String, String) = (row.get(0)?, row.get(1)?);
                let rest: (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
                Ok((text, rest, row.get::<_, Option<String>>(4)?, row.get::<_, Option<String>>(5)?))
            },
        )?;
        let mut found = None;
        let mut application = None;
        if let Some(((id, state), (approval, submission), service, uin)) = row {
            found = Some(Id::parse(&id).ok_or_else(|| corrupt("application", &id, "id"))?);
            let state = State::from_word(&state).ok_or_else(|| corrupt("application", &id, "state"))?;
            let uin = uin.and_then(|uin| Uin::canonical(&uin).ok());
            let (submitted_at, decided_at) = self.told_times(event, &id)?;
            let filed = self.filed(event, &id, told)?;
            let asks = event.kind == EventKind::Approved && state == State::Rejected;
            let allowed = asks && self.is_allowed(&id)?;
            let known = KnownApplication {
                state,
                approval,
                submission,
                service,
                uin,
                submitted_at,
                decided_at,
                filed,
                allowed,
            };
            application = Some(known);
        }
        let ascribed = match event.ascribed {
            Some(uin) => self.number(uin)?,
            None => None,
        };
        let superseded = match event.supersedes {
            Some(uin) => self.superseded(uin)?,
            None => None,
        };
        let service = application.as_ref().and_then(|known: &KnownApplication| known.service.as_deref());
        let rules = self.force()?.rules.clone();
        let stages = service.map(|service| rules.stage_names(&event.department, service));
        let against = self.against(event, application.as_ref())?;
        Ok((found, Known { same_key, application, ascribed, superseded, stages, against }))
    }

    /// When the application was submitted and decided, where the event has to follow one or the other.
    fn told_times(&self, event: &InboundEvent, application: &str) -> Result<(Option<Instant>, Option<Instant>)> {
        use EventKind::{Approved, Rejected, Submitted, Withdrawn};
        if !matches!(event.kind, Submitted | Approved | Rejected | Withdrawn) {
            return Ok((None, None));
        }
        let sql = "SELECT min(event_at) FILTER (WHERE kind = 'application.submitted'),
                     min(event_at) FILTER (WHERE kind IN ('application.approved', 'application.rejected', 'application.withdrawn'))
                   FROM inbound_event WHERE application_id = ?1";
        let at = |at: Option<i64>| at.map(Instant::from_millis);
        let found = self.one(sql, [application], |row| Ok((at(row.get(0)?), at(row.get(1)?))))?;
        Ok(found.unwrap_or_default())
    }

    /// Whether an appeal or a review was allowed.
    fn is_allowed(&self, application: &str) -> Result<bool> {
        let sql = "SELECT data FROM inbound_event
                   WHERE application_id = ?1 AND kind IN ('appeal.decided', 'review.decided', 'revision.decided')";
        let decisions = self.all(sql, [application], |row| row.get::<_, Option<String>>(0))?;
        let read = |data: Option<String>| {
            let data = serde_json::from_str(&data.unwrap_or_default());
            data.map(|data| is_allowed(&data)).map_err(|_| corrupt("inbound_event", application, "data"))
        };
        let allowed: Vec<bool> = decisions.into_iter().map(read).collect::<Result<_>>()?;
        Ok(allowed.contains(&true))
    }

    /// The appeal, review or revision that the event decides, with the time at which it was filed.
    fn filed(
        &self,
        event: &InboundEvent,
        application: &str,
        told: &BTreeSet<Id>,
    ) -> Result<Vec<(ClockKind, String, Instant)>> {
        let decided = event.kind.decides_case();
        let Some((kind, number)) = case(event).filter(|_| decided) else { return Ok(vec![]) };
        // It may have been filed by an event of this commit.
        if Id::parse(application).is_some_and(|id| told.contains(&id)) {
            self.clock(application)?;
        }
        let sql = "SELECT started_at FROM clock WHERE application_id = ?1 AND kind = ?2 AND key = ?3";
        let at = self.one(sql, (application, kind.as_str(), number), |row| row.get::<_, Option<i64>>(0))?;
        Ok(at.flatten().map(|at| (kind, number.to_owned(), Instant::from_millis(at))).into_iter().collect())
    }

    fn number(&self, uin: Uin) -> Result<Option<KnownNumber>> {
        let sql = "SELECT EXISTS (SELECT 1 FROM reserved_uin WHERE uin = ?1),
                          EXISTS (SELECT 1 FROM reserved_uin WHERE uin = ?1 AND used_by IS NOT NULL)
                          OR EXISTS (SELECT 1 FROM certificate WHERE uin = ?1)";
        self.one(sql, [uin.as_str()], |row| Ok(KnownNumber { reserved: row.get(0)?, taken: row.get(1)? }))
    }

    fn superseded(&self, uin: Uin) -> Result<Option<KnownCertificate>> {
        let sql = "SELECT c.department, a.service, c.standing,
                          EXISTS (SELECT 1 FROM application o WHERE o.supersedes = c.uin)
                   FROM certificate c JOIN application a ON a.id = c.application_id
                   WHERE c.uin = ?1 AND c.stored_at IS NOT NULL";
        let row = self.one(sql, [uin.as_str()], |row| {
            let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((texts, row.get(3)?))
        })?;
        row.map(|((department, service, standing), claimed)| {
            let standing = Standing::from_word(&standing);
            let standing = standing.ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
            Ok(KnownCertificate { department, service, standing, claimed })
        })
        .transpose()
    }

    fn record(
        &self,
        event: &InboundEvent,
        id: Option<Id>,
        state: State,
        received_at: Instant,
        told: &BTreeSet<Id>,
    ) -> Result<Id> {
        // A change of the rules that has not reached this application moves it first: the move is the change's.
        if let Some(id) = id.filter(|id| !told.contains(id))
            && self.force()?.is_open()
        {
            self.rederived(&id.to_string(), None)?;
        }
        let id = match id {
            Some(id) => id,
            None => {
                let id = self.id()?;
                self.run(
                    "INSERT INTO application (id, department, application_no, state, received_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (id.to_string(), &event.department, &event.application_no, state.as_str(), received_at.millis()),
                )?;
                id
            }
        };
        let row = id.to_string();
        // The approval says where the certificate goes, whatever comes first; once its way is over, nothing does.
        let sends = event.kind == EventKind::Approved;
        let over = "SELECT 1 FROM certificate WHERE application_id = ?1 AND progress = 'notified'";
        let is_over = !sends && event.bsk.is_some() && self.one(over, [&row], |_| Ok(()))?.is_some();
        let goes_to = event.bsk.as_ref().filter(|_| !is_over);
        self.run(
            "UPDATE application SET state = ?2, service = coalesce(service, ?3),
                    bsk = CASE WHEN ?6 THEN coalesce(?4, bsk) ELSE coalesce(bsk, ?4) END,
                    docket_no = CASE WHEN ?6 THEN coalesce(?5, docket_no) ELSE coalesce(docket_no, ?5) END
             WHERE id = ?1",
            (&row, state.as_str(), &event.service, goes_to, &event.docket_no, sends),
        )?;
        let mut data = Some(phone::kept(event, state));
        match event.kind {
            EventKind::Approved => {
                let (ascribed, supersedes) =
                    (event.ascribed.map(|u| u.to_string()), event.supersedes.map(|u| u.to_string()));
                self.run(
                    "UPDATE application SET approval = ?2, data = ?3, ascribed = ?4, supersedes = ?5, approved_at = ?6
                     WHERE id = ?1",
                    (&row, &event.digest, data.take(), &ascribed, &supersedes, self.now().millis()),
                )?;
                self.run("UPDATE reserved_uin SET used_by = ?2 WHERE uin = ?1", (&ascribed, &row))?;
            }
            EventKind::Submitted => {
                self.run("UPDATE application SET submission = ?2 WHERE id = ?1", (&row, &event.digest))?;
            }
            _ => (),
        }
        let late = reported_late(event.at, received_at);
        self.run(
            "INSERT INTO inbound_event (department, source, event_id, kind, application_id, digest, data, event_at, received_at, late)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            rusqlite::params![
                event.department, event.source, event.id, event.kind.as_str(), row, event.digest, data,
                event.at.millis(), received_at.millis(), late
            ],
        )?;
        Ok(id)
    }

    fn accepted(
        &self,
        event: &InboundEvent,
        received_at: Instant,
        duplicate: bool,
        uin: Option<Uin>,
    ) -> Result<Answer> {
        let mut data = json!({
            "event_source": event.source, "event_id": event.id, "event_type": event.kind.event_type(),
            "department": event.department, "application_no": event.application_no, "duplicate": duplicate,
            "received_at": received_at,
        });
        if let Some(uin) = uin {
            data["uin"] = json!(uin);
        }
        self.tell_department(&event.department, "application.accepted", &event.application_no, &data)?;
        let (source, id, application_no) = (event.source.clone(), event.id.clone(), event.application_no.clone());
        Ok(Answer::Accepted { source, id, application_no, duplicate, uin })
    }

    fn tell_refused(&self, department: Option<&str>, application_no: Option<&str>, answer: &Answer) -> Result<()> {
        let (Some(department), Answer::Refused { source, id, refusal }) = (department, answer) else { return Ok(()) };
        let mut data = json!({
            "department": department, "code": refusal.code, "pointer": refusal.pointer, "rule": refusal.rule,
            "reason_en": refusal.reason_en, "reason_bn": refusal.reason_bn,
        });
        for (name, value) in
            [("event_source", source.as_deref()), ("event_id", id.as_deref()), ("application_no", application_no)]
        {
            if let Some(value) = value {
                data[name] = Value::from(value);
            }
        }
        let subject = application_no.or(id.as_deref()).unwrap_or("unread");
        self.tell_department(department, "application.refused", subject, &data)
    }
}
