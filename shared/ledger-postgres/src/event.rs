//! The events of a batch inside intake's transaction: what is known is read at once, each event is decided in its turn
//! and sees those before it, and what has to be written is written at once.

use crate::{
    connection::Session,
    directory::Asked,
    event_rows::{Columns, write_events},
    outbound::Told,
};
use mohor_domain::{
    acknowledgement::TELLING,
    application::{Decision, Known, KnownApplication, KnownCertificate, KnownNumber, State, decide},
    civil::Instant,
    clock::{Happening, History},
    event::{Answer, EventKind, InboundEvent, reported_late},
    id::Id,
    phone,
    uin::Uin,
};
use mohor_ports::{error::Result, ledger::Checked};
use serde_json::{Value, json};
use sqlx_core::query::query;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What is known, and what is going to be written.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) keys: HashMap<(String, String, String), String>,
    pub(crate) applications: BTreeMap<(String, String), Application>,
    pub(crate) numbers: HashMap<Uin, KnownNumber>,
    pub(crate) certificates: HashMap<Uin, KnownCertificate>,
    pub(crate) asked: HashMap<String, Asked>,
    pub(crate) events: Vec<Record>,
    pub(crate) used: Vec<(Uin, Id)>,
    pub(crate) told: Vec<Told>,
    pub(crate) approved: i64,
    /// The applications whose acknowledgement may have become another.
    pub(crate) telling: BTreeSet<Id>,
}

/// An application as it was, and as it is going to be.
pub(crate) struct Application {
    pub(crate) id: Id,
    pub(crate) known: KnownApplication,
    pub(crate) minted: bool,
    pub(crate) new: bool,
    pub(crate) changed: bool,
    pub(crate) received_at: Instant,
    pub(crate) bsk: Option<String>,
    pub(crate) docket_no: Option<String>,
    pub(crate) approval: Option<Approval>,
}

/// What an approval adds to its application.
pub(crate) struct Approval {
    pub(crate) data: String,
    pub(crate) ascribed: Option<Uin>,
    pub(crate) supersedes: Option<Uin>,
    pub(crate) at: Instant,
}

/// An event to be recorded.
pub(crate) struct Record {
    pub(crate) event: InboundEvent,
    pub(crate) application: Id,
    pub(crate) data: Option<String>,
    pub(crate) received_at: Instant,
}

impl Desk {
    /// Reads all that these events touch. Everything an event is decided by belongs to its department, so a lock on each
    /// department until the commit makes the decisions those of one event after another.
    pub(crate) async fn open(session: &mut Session, checked: &[&Checked]) -> Result<Self> {
        let events: Vec<&InboundEvent> = checked
            .iter()
            .filter_map(|checked| match checked {
                Checked::Valid(event) => Some(event.as_ref()),
                Checked::Refused { .. } => None,
            })
            .collect();
        let mut desk = Self::default();
        if events.is_empty() {
            return Ok(desk);
        }
        lock_departments(session, events.iter().map(|event| event.department.as_str())).await?;
        desk.read_keys(session, &events).await?;
        desk.read_applications(session, &events).await?;
        desk.read_cases(session, &events).await?;
        desk.read_numbers(session, &events).await?;
        desk.read_certificates(session, &events).await?;
        desk.read_directories(session, &events).await?;
        Ok(desk)
    }

    /// Decides and answers one event; the application that mint is due for, if any.
    pub(crate) fn event(
        &mut self,
        session: &Session,
        checked: &Checked,
        received_at: Instant,
    ) -> Result<(Answer, Option<Id>)> {
        let event = match checked {
            Checked::Refused { department, answer } => {
                self.tell_refused(department.as_deref(), None, answer);
                return Ok((answer.clone(), None));
            }
            Checked::Valid(event) => event,
        };
        match decide(event, &self.known(session, event)) {
            Decision::Refuse(refusal) => {
                let answer =
                    Answer::Refused { source: Some(event.source.clone()), id: Some(event.id.clone()), refusal };
                self.tell_refused(Some(&event.department), Some(&event.application_no), &answer);
                Ok((answer, None))
            }
            Decision::Duplicate { uin } => Ok((self.accepted(event, received_at, true, uin), self.unminted(event))),
            Decision::Record { state, mint } => {
                let id = self.record(session, event, state, received_at)?;
                self.approved += i64::from(mint);
                if TELLING.contains(&event.kind) {
                    self.telling.insert(id);
                }
                Ok((self.accepted(event, received_at, false, event.ascribed), mint.then_some(id)))
            }
        }
    }

    fn known(&self, session: &Session, event: &InboundEvent) -> Known {
        let key = (event.department.clone(), event.source.clone(), event.id.clone());
        let application = (event.department.clone(), event.application_no.clone());
        let application = self.applications.get(&application).map(|application| &application.known);
        Known {
            same_key: self.keys.get(&key).cloned(),
            against: self.against(event, application.and_then(|known| known.service.as_deref())),
            application: application.cloned(),
            ascribed: event.ascribed.and_then(|uin| self.numbers.get(&uin).cloned()),
            superseded: event.supersedes.and_then(|uin| self.certificates.get(&uin).cloned()),
            stages: application
                .and_then(|known| known.service.as_ref())
                .map(|service| session.force.rules.stage_names(&event.department, service)),
        }
    }

    /// An approval that came before and whose hint to mint may be lost with the worker that had it.
    fn unminted(&self, event: &InboundEvent) -> Option<Id> {
        let application = self.applications.get(&(event.department.clone(), event.application_no.clone()))?;
        let due = event.kind == EventKind::Approved && application.known.state == State::Approved;
        (due && !application.minted && application.approval.is_none()).then_some(application.id)
    }

    fn record(&mut self, session: &Session, event: &InboundEvent, state: State, received_at: Instant) -> Result<Id> {
        let key = (event.department.clone(), event.application_no.clone());
        if !self.applications.contains_key(&key) {
            let application = Application {
                id: session.id()?,
                known: KnownApplication::default(),
                minted: false,
                new: true,
                changed: true,
                received_at,
                bsk: None,
                docket_no: None,
                approval: None,
            };
            self.applications.insert(key.clone(), application);
        }
        let Some(application) = self.applications.get_mut(&key) else { return session.id() };
        let id = application.id;
        application.changed = true;
        application.known.record(event, state);
        // The approval says where the certificate goes, whatever comes first.
        let sends = event.kind == EventKind::Approved;
        let named = |new: &Option<String>, old: Option<String>| match sends {
            true => new.clone().or(old),
            false => old.or_else(|| new.clone()),
        };
        application.bsk = named(&event.bsk, application.bsk.take());
        application.docket_no = named(&event.docket_no, application.docket_no.take());
        let mut data = Some(phone::kept(event, state));
        if event.kind == EventKind::Approved {
            let (ascribed, supersedes, at) = (event.ascribed, event.supersedes, session.now());
            let data = data.take().unwrap_or_default();
            application.approval = Some(Approval { data, ascribed, supersedes, at });
            if let Some(uin) = ascribed {
                self.used.push((uin, id));
                self.numbers.entry(uin).and_modify(|number| number.taken = true);
            }
            if let Some(old) = supersedes.and_then(|uin| self.certificates.get_mut(&uin)) {
                old.claimed = true;
            }
        }
        self.keys.insert((event.department.clone(), event.source.clone(), event.id.clone()), event.digest.clone());
        self.put(event);
        self.events.push(Record { event: event.clone(), application: id, data, received_at });
        Ok(id)
    }

    fn accepted(&mut self, event: &InboundEvent, received_at: Instant, duplicate: bool, uin: Option<Uin>) -> Answer {
        let mut data = json!({
            "event_source": event.source, "event_id": event.id, "event_type": event.kind.event_type(),
            "department": event.department, "application_no": event.application_no, "duplicate": duplicate,
            "received_at": received_at,
        });
        if let Some(uin) = uin {
            data["uin"] = json!(uin);
        }
        self.told.push(Told::department(&event.department, "application.accepted", &event.application_no, data));
        let (source, id, application_no) = (event.source.clone(), event.id.clone(), event.application_no.clone());
        Answer::Accepted { source, id, application_no, duplicate, uin }
    }

    fn tell_refused(&mut self, department: Option<&str>, application_no: Option<&str>, answer: &Answer) {
        let (Some(department), Answer::Refused { source, id, refusal }) = (department, answer) else { return };
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
        self.told.push(Told::department(department, "application.refused", subject, data));
    }

    /// Writes what was decided.
    pub(crate) async fn close(self, session: &mut Session) -> Result<()> {
        self.bring_up_to_rules(session).await?;
        let new: Vec<_> = self.applications.iter().filter(|(_, application)| application.new).collect();
        if !new.is_empty() {
            let sql = "INSERT INTO application (id, department, application_no, state, received_at, service, bsk, docket_no,
                         submission, approval, data, ascribed, supersedes, approved_at)
                       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int8[])";
            let departments: Vec<&str> = new.iter().map(|((department, _), _)| department.as_str()).collect();
            let numbers: Vec<&str> = new.iter().map(|((_, number), _)| number.as_str()).collect();
            let received: Vec<i64> = new.iter().map(|(_, a)| a.received_at.millis()).collect();
            let rows: Vec<&Application> = new.iter().map(|(_, application)| *application).collect();
            let columns = Columns::of(&rows);
            let statement = query(sql).bind(columns.ids).bind(departments).bind(numbers).bind(columns.states);
            let statement = statement.bind(received).bind(columns.services).bind(columns.bsks).bind(columns.dockets);
            let statement = statement.bind(columns.submissions).bind(columns.approvals).bind(columns.data);
            session.run(statement.bind(columns.ascribed).bind(columns.supersedes).bind(columns.approved)).await?;
        }
        let changed: Vec<&Application> = self.applications.values().filter(|a| a.changed && !a.new).collect();
        if !changed.is_empty() {
            let sql = "UPDATE application a SET state = u.state, service = coalesce(a.service, u.service),
                         docket_no = CASE WHEN u.data IS NULL THEN coalesce(a.docket_no, u.docket_no) ELSE coalesce(u.docket_no, a.docket_no) END,
                         bsk = CASE WHEN u.data IS NOT NULL THEN coalesce(u.bsk, a.bsk)
                                    WHEN EXISTS (SELECT 1 FROM certificate c WHERE c.application_id = a.id AND c.progress = 'notified') THEN a.bsk
                                    ELSE coalesce(a.bsk, u.bsk) END,
                         submission = coalesce(u.submission, a.submission), approval = coalesce(u.approval, a.approval),
                         data = coalesce(u.data, a.data), ascribed = coalesce(u.ascribed, a.ascribed),
                         supersedes = coalesce(u.supersedes, a.supersedes), approved_at = coalesce(u.approved_at, a.approved_at)
                       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::int8[])
                         AS u (id, state, service, bsk, docket_no, submission, approval, data, ascribed, supersedes, approved_at)
                       WHERE a.id = u.id";
            let columns = Columns::of(&changed);
            let statement = query(sql).bind(columns.ids).bind(columns.states).bind(columns.services).bind(columns.bsks);
            let statement = statement.bind(columns.dockets).bind(columns.submissions).bind(columns.approvals);
            let statement = statement.bind(columns.data).bind(columns.ascribed).bind(columns.supersedes);
            session.run(statement.bind(columns.approved)).await?;
        }
        write_events(session, &self.events).await?;
        self.write_clocks(session).await?;
        session.acknowledge(&self.telling).await?;
        if !self.used.is_empty() {
            let (uins, owners): (Vec<&str>, Vec<Uuid>) =
                self.used.iter().map(|(uin, id)| (uin.as_str(), id.uuid())).unzip();
            let sql = "UPDATE reserved_uin r SET used_by = u.id FROM unnest($1::text[], $2::uuid[]) AS u (uin, id)
                       WHERE r.uin = u.uin";
            session.run(query(sql).bind(uins).bind(owners)).await?;
        }
        if self.approved > 0 {
            session.tally(&[("approved".into(), self.approved)]).await?;
        }
        session.tell(self.told).await
    }

    /// A change of the rules that has not reached these applications moves them first, so that the move is recorded as the
    /// change's and not lost in what the events do.
    async fn bring_up_to_rules(&self, session: &mut Session) -> Result<()> {
        if !session.force.is_open() {
            return Ok(());
        }
        let told: BTreeSet<Id> = self.events.iter().map(|record| record.application).collect();
        let known = self.applications.values().filter(|it| !it.new && told.contains(&it.id));
        let known: Vec<Id> = known.map(|it| it.id).collect();
        session.rederived(&known, None).await.map(drop)
    }

    /// The clocks of what changed. All that ever happened to a new application is in hand; of the others it is read.
    async fn write_clocks(&self, session: &mut Session) -> Result<()> {
        let mut happenings: BTreeMap<Id, Vec<Happening>> = BTreeMap::new();
        let mut approvals: BTreeMap<Id, Instant> = BTreeMap::new();
        for Record { event, application, received_at, .. } in &self.events {
            let happening = Happening::read(event.kind, event.at, reported_late(event.at, *received_at), &event.data);
            happenings.entry(*application).or_default().push(happening);
            if event.kind == EventKind::Approved {
                approvals.insert(*application, *received_at);
            }
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for ((department, _), application) in &self.applications {
            let Some(happenings) = happenings.remove(&application.id) else { continue };
            if !application.new {
                known.push(application.id);
                continue;
            }
            let history = History {
                department: department.clone(),
                service: application.known.service.clone(),
                happenings,
                approval_received_at: approvals.get(&application.id).copied(),
                provided: application.known.state == State::Provided,
                ..History::default()
            };
            new.push((application.id, history.placed(application.bsk.clone(), |bsk| session.district(bsk))));
        }
        session.new_clocks(&new).await?;
        session.clocks(&known).await
    }
}

/// The namespace of the locks on departments while intake decides.
const INTAKE: i32 = 0x6D6F_6801;

/// Locks departments until the commit, in one order.
pub(crate) async fn lock_departments<'d>(session: &mut Session, of: impl Iterator<Item = &'d str>) -> Result<()> {
    let departments: Vec<i32> = of.map(lock_of).collect::<BTreeSet<i32>>().into_iter().collect();
    let sql = "SELECT pg_advisory_xact_lock($2, d) FROM unnest($1::int4[]) AS d";
    session.run(query(sql).bind(departments).bind(INTAKE)).await.map(drop)
}

/// A department's letters as a number, another for each.
pub(crate) fn lock_of(department: &str) -> i32 {
    department.bytes().take(3).fold(0, |number, byte| number << 8 | i32::from(byte))
}
