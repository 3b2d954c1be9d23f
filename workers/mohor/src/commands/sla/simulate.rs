//! `mohor sla simulate`: the clocks of the applications in a file of events, beside other rules. Each event is checked and
//! decided as intake does it, at its own time; a certificate counts as ready when its approval is given. Nothing is written.

use crate::{
    cli::{GOOD, NO},
    commands::submit::Lines,
    wire::Parts,
};
use anyhow::{Context, Result};
use mohor_domain::{
    application::{Decision, Known, KnownApplication, KnownCertificate, KnownNumber, State, decide},
    calendar::Calendar,
    catalogue::Catalogue,
    certificate::Standing,
    civil::Instant,
    clock::{Clock, Happening, History, derive},
    event::{Answer, EventKind, InboundEvent},
    refusal::Refusal,
    rules::Rules,
};
use mohor_pipeline::check::Checks;
use mohor_ports::{ledger::Checked, time::WallClock};
use mohor_runtime::{ambient::MachineClock, shutdown::Shutdown};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

/// Lines that are read at once.
const CHUNK: usize = 200;

/// The rules with another list of holidays, and these years' lists complete.
pub fn what_if(rules: &Rules, holidays: Option<&Path>, settled: &[i16]) -> Result<Rules> {
    let mut other = rules.clone();
    if let Some(path) = holidays {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut calendar = Calendar::read(&bytes).with_context(|| path.display().to_string())?;
        calendar.policy = rules.calendar.policy.clone();
        rules.calendar.settled().for_each(|year| calendar.settle(year));
        other.calendar = calendar;
    }
    settled.iter().for_each(|year| other.calendar.settle(*year));
    Ok(other)
}

/// Prints each clock by both rules; 1 if a line was refused.
pub async fn run(parts: &Parts, file: &Path, rules: &Rules, other: &Rules, json: bool) -> Result<u8> {
    let checks = parts.checks()?;
    let mut told =
        Told { catalogue: parts.catalogue.clone(), rules, keys: HashMap::new(), applications: BTreeMap::new() };
    let (mut read, mut refused, shutdown) = (0u64, 0u64, Shutdown::default());
    let mut lines = Lines::open(file, CHUNK)?;
    while let Some(chunk) = lines.next_chunk(&shutdown).await? {
        for (number, line) in chunk {
            match told.take(&checks, &line) {
                Ok(()) => read += 1,
                Err(refusal) => {
                    refused += 1;
                    let (code, pointer, words) = (refusal.code.as_str(), refusal.pointer, refusal.reason_en);
                    tell!("{}: line {number}: {code} {pointer} {words}", file.display());
                }
            }
        }
    }
    let now = MachineClock.now();
    let mut moved = 0;
    for ((_, number), application) in &told.applications {
        let history = application.history(&told.catalogue);
        for (clock, then) in derive(&history, rules).iter().zip(derive(&history, other)) {
            moved += u32::from(clock.due != then.due);
            let used = clock.days_used(now, rules, &history.department, history.place_of(clock).1);
            print(json, &history, number, clock, used, &then);
        }
    }
    if !json {
        say!("{} applications of {read} events, {refused} refused; {moved} clocks would move", told.applications.len());
    }
    Ok(if refused == 0 { GOOD } else { NO })
}

/// What the lines have told so far.
struct Told<'r> {
    catalogue: Arc<Catalogue>,
    rules: &'r Rules,
    keys: HashMap<(String, String, String), String>,
    applications: BTreeMap<(String, String), Application>,
}

/// An application as it is known, and what happened to it.
#[derive(Default)]
struct Application {
    known: KnownApplication,
    department: String,
    submitted_from: Option<String>,
    sent_to: Option<String>,
    happenings: Vec<Happening>,
}

impl Told<'_> {
    /// Takes the event of a line, or says why not.
    fn take(&mut self, checks: &Checks, line: &[u8]) -> Result<(), Refusal> {
        // Whoever plans asks about days to come: no time lies in the future.
        let event = match checks.event(None, line, Instant::from_millis(i64::MAX)) {
            Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => return Err(refusal),
            Checked::Refused { .. } => return Ok(()),
            Checked::Valid(event) => event,
        };
        let key = (event.department.clone(), event.source.clone(), event.id.clone());
        let application = (event.department.clone(), event.application_no.clone());
        match decide(&event, &self.known(&event, &key, &application)) {
            Decision::Refuse(refusal) => Err(refusal),
            Decision::Duplicate { .. } => Ok(()),
            Decision::Record { state, .. } => {
                self.keys.insert(key, event.digest.clone());
                self.applications.entry(application).or_default().record(&event, state);
                Ok(())
            }
        }
    }

    /// Of numbers and certificates that are named nothing is known here: they count as they should be.
    fn known(&self, event: &InboundEvent, key: &(String, String, String), application: &(String, String)) -> Known {
        let application = self.applications.get(application).map(|it| it.known.clone());
        let service = application.as_ref().and_then(|known| known.service.as_deref());
        let named = |uin: mohor_domain::uin::Uin| KnownCertificate {
            department: uin.department().into(),
            service: event.service.clone().unwrap_or_default(),
            standing: Standing::Live,
            claimed: false,
        };
        Known {
            same_key: self.keys.get(key).cloned(),
            stages: service.map(|service| self.rules.stage_names(&event.department, service)),
            ascribed: Some(KnownNumber { reserved: true, taken: false }),
            superseded: event.supersedes.map(named),
            against: None,
            application,
        }
    }
}

impl Application {
    fn record(&mut self, event: &InboundEvent, state: State) {
        self.known.record(event, state);
        self.department.clone_from(&event.department);
        match event.kind {
            EventKind::Approved => self.sent_to.clone_from(&event.bsk),
            EventKind::Submitted => self.submitted_from.clone_from(&event.bsk),
            _ => (),
        }
        self.happenings.push(Happening::read(event.kind, event.at, false, &event.data));
    }

    fn history(&self, catalogue: &Catalogue) -> History {
        let ready_at = self.known.decided_at.filter(|_| self.known.state == State::Approved);
        let history = History {
            department: self.department.clone(),
            service: self.known.service.clone(),
            happenings: self.happenings.clone(),
            provided: self.known.state == State::Provided,
            ready_at,
            ..History::default()
        };
        let named = self.sent_to.clone().or_else(|| self.submitted_from.clone());
        history.placed(named, |bsk| catalogue.bsks.get(bsk).map(|bsk| bsk.district.clone()))
    }
}

fn print(json: bool, history: &History, number: &str, now: &Clock, used: Option<u32>, then: &Clock) {
    let day = |clock: &Clock| clock.due.map(|due| due.day.to_string());
    let provisional = |clock: &Clock| clock.due.is_some_and(|due| due.provisional);
    if json {
        say!(
            "{}",
            json!({"department": history.department, "service": history.service, "application_no": number,
                   "clock": now.kind.as_str(), "key": now.key, "state": now.state.as_str(),
                   "outcome": now.outcome.map(|it| it.as_str()), "started_at": now.started_at,
                   "stopped_at": now.stopped_at, "days_used": used,
                   "due_on": day(now), "provisional": provisional(now),
                   "then_due_on": day(then), "then_provisional": provisional(then)})
        );
        return;
    }
    let mark = |clock: &Clock| if provisional(clock) { " (provisional)" } else { "" };
    let words = |clock: &Clock| format!("{}{}", day(clock).unwrap_or_else(|| "-".into()), mark(clock));
    let change = if now.due == then.due { String::new() } else { format!(" -> {}", words(then)) };
    let on = |at: Option<Instant>| at.map_or_else(|| "-".into(), |at| at.day().to_string());
    let used = used.map_or_else(String::new, |days| format!(", {days} days used"));
    let (department, kind, state) = (&history.department, now.kind.as_str(), now.state.as_str());
    let outcome = now.outcome.map(|it| format!(" ({})", it.as_str())).unwrap_or_default();
    say!(
        "{department}  {number}  {kind} {}  {state}{outcome}  from {} to {}{used}  due {}{change}",
        now.key,
        on(now.started_at),
        on(now.stopped_at),
        words(now)
    );
}
