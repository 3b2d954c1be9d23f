//! Clocks, their rungs, and the auditor.

use super::{Act, ClockPlace};
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    catalogue::Catalogue,
    civil::Instant,
    clock::{self, Clock, ClockKind, ClockState, History},
    event::{bsk_stream, department_stream},
    id::Id,
    ladder::{Fired, Rung},
    limit::due,
    rules::Rules,
    share::ProvidedAt,
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// What a ledger is told of the world when it is opened.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// The district of each centre.
    pub districts: HashMap<String, String>,
    /// Limits, calendar and ladder.
    pub rules: Rules,
    /// The names that an acknowledgement prints; none: intake orders no acknowledgements.
    pub names: Option<Arc<Catalogue>>,
}

/// A clock as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRecord {
    /// The application's row.
    pub application: Id,
    /// Letters of the department.
    pub department: String,
    /// The service, once it is known.
    pub service: Option<String>,
    /// The district whose holidays and limits hold, if the citizen applied at a centre.
    pub district: Option<String>,
    /// The office that deals with the application.
    pub office: Option<String>,
    /// The centre where the citizen applied; of a clock of a centre that centre.
    pub bsk: Option<String>,
    /// The clock.
    pub clock: Clock,
    /// The due day as it was first promised, without any pause.
    pub promised: Option<String>,
    /// The rungs that have fired.
    pub fired: Fired,
}

/// The clocks of an application as they are to be kept, beside what is kept now: rungs that fired stay fired, and what was
/// promised stays promised. What has stopped keeps the limit and the due day by which it was measured, as long as it began, stood
/// and stopped when it did. A stage that has begun by what was known, and has not by what is known now, ends where it began.
pub fn derived(application: Id, history: &History, kept: &[ClockRecord], rules: &Rules) -> Vec<ClockRecord> {
    derived_since(application, history, kept, rules, None)
}

/// The same where the rules are others since then: what stopped from then on may have been stopped by somebody who read no
/// events, by older rules, and is measured anew.
pub fn derived_since(
    application: Id,
    history: &History,
    kept: &[ClockRecord],
    rules: &Rules,
    since: Option<Instant>,
) -> Vec<ClockRecord> {
    let office = clock::office(history);
    let clocks = clock::derive(history, rules);
    let same = |clock: &Clock| kept.iter().find(|it| it.is_same(clock));
    // The day of the submission decides of every limit: another one, and nothing was measured rightly.
    let moved = |service: &Clock| same(service).is_some_and(|before| before.clock.started_at != service.started_at);
    let anew = clocks.first().is_some_and(moved);
    let ended = clocks.first().and_then(|service| service.outcome);
    let mut in_hand_stays = false;
    let mut records: Vec<ClockRecord> = Vec::with_capacity(clocks.len());
    for mut clock in clocks {
        let before = same(&clock);
        // The paper names the day by the submission: what an approval that came before it promised holds only until then.
        let printed =
            |record: &&ClockRecord| clock.kind != ClockKind::Service || record.clock.started_at == clock.started_at;
        let promised = before.filter(printed).and_then(|record| record.promised.clone());
        let promised = promised.or_else(|| promise(&clock, history, rules));
        let (bsk, district) = history.place_of(&clock);
        let stays = |record: &&ClockRecord| {
            record.clock.stopped_at.is_some_and(|at| since.is_none_or(|since| at < since))
                && (record.clock.has_run_as(&clock) || is_provided_otherwise(record, history, rules))
                && record.service == history.service
                && record.district.as_deref() == district
        };
        // The department's clock is measured as the stage in hand, the last of those before it.
        let stays = before.filter(stays).filter(|_| !anew && (in_hand_stays || clock.kind != ClockKind::Department));
        if matches!(clock.kind, ClockKind::Service | ClockKind::Stage) {
            in_hand_stays = stays.is_some();
        }
        if let Some(before) = stays {
            clock.clone_from(&before.clock);
        }
        records.push(ClockRecord {
            application,
            department: history.department.clone(),
            service: history.service.clone(),
            district: district.map(str::to_owned),
            office: office.clone(),
            bsk: bsk.map(str::to_owned),
            clock,
            promised,
            fired: before.map(|record| record.fired).unwrap_or_default(),
        });
    }
    let may_go = |kind| matches!(kind, ClockKind::Stage | ClockKind::Rectification);
    let gone = |it: &&ClockRecord| may_go(it.clock.kind) && !records.iter().any(|is| is.is_same(&it.clock));
    let gone: Vec<ClockRecord> = kept.iter().filter(gone).map(|record| record.never_began(ended)).collect();
    records.extend(gone);
    records
}

/// Whether a clock stopped by what provided a service when another setting was in force: what was provided stays so.
fn is_provided_otherwise(record: &ClockRecord, history: &History, rules: &Rules) -> bool {
    if record.clock.outcome != Some(clock::Outcome::Provided) {
        return false;
    }
    let mut other = rules.clone();
    other.terms.provided_at = match other.terms.provided_at {
        ProvidedAt::Ready => ProvidedAt::HandedOver,
        ProvidedAt::HandedOver => ProvidedAt::Ready,
    };
    clock::derive(history, &other).iter().any(|it| record.is_same(it) && record.clock.has_run_as(it))
}

/// The due day as Form 1 prints it: without any pause. Nobody is promised anything by a limit of our own.
fn promise(clock: &Clock, history: &History, rules: &Rules) -> Option<String> {
    if !clock.kind.of_the_act() {
        return None;
    }
    let (limit, start) = (clock.limit?, clock.started_at?);
    let from = clock.count_from(rules, &history.department);
    due(limit, start, from, &[], &rules.calendar, history.district.as_deref()).map(|due| due.day.to_string())
}

impl ClockRecord {
    /// Whether it is kept of this clock, however that stands.
    fn is_same(&self, clock: &Clock) -> bool {
        self.clock.kind == clock.kind && self.clock.key == clock.key
    }

    /// A stage or a memo's time that has begun by what was known once, and has not: it ends where it began, and tells nothing.
    fn never_began(&self, outcome: Option<clock::Outcome>) -> Self {
        let begun = self.clock.started_at;
        let clock = Clock {
            state: ClockState::Stopped,
            stopped_at: begun,
            outcome,
            ..Clock::new(self.clock.kind, &self.clock.key, None, begun)
        };
        Self { clock, ..self.clone() }
    }

    /// When the next rung fires.
    pub fn next_at(&self) -> Option<Instant> {
        self.fired.next(self.owed())
    }

    /// The rungs that are due and have not fired, the earliest first.
    pub fn due(&self, now: Instant) -> Vec<(Rung, Instant)> {
        self.fired.due(self.owed(), now)
    }

    /// What was told to be met is not told to be late, whatever has become known since, unless it runs again. The other way
    /// round it is a correction: a stop in time that was reported late, a holiday that was declared late.
    fn owed(&self) -> &[(Rung, Instant)] {
        match self.clock.stopped_at.is_some() && self.fired.has(Rung::Met) {
            true => &[],
            false => &self.clock.rungs,
        }
    }

    /// As it is by these rules; none: it has stopped, or is the same.
    pub fn recomputed(&self, rules: &Rules) -> Option<Self> {
        let mut after = self.clone();
        after.clock.settle(rules, &self.department, self.district.as_deref());
        (self.clock.stopped_at.is_none() && after != *self).then_some(after)
    }

    /// The move from what it was; its due day is another.
    pub fn moved(&self, before: &Self, application_no: String) -> Moved {
        Moved {
            department: self.department.clone(),
            application_no,
            kind: self.clock.kind,
            key: self.clock.key.clone(),
            promised: self.promised.clone(),
            from: before.due_on().map(|(day, _)| day),
            to: self.due_on().map(|(day, _)| day),
        }
    }

    /// The due day as text, and whether it may move.
    pub fn due_on(&self) -> Option<(String, bool)> {
        self.clock.due.map(|due| (due.day.to_string(), due.provisional))
    }

    /// The stream that a rung is told in: the centre's of its own clock, otherwise the department's. None: by no event. What
    /// stands in the pipeline is for those who run it, and told by a metric.
    pub fn stream(&self) -> Option<String> {
        match self.clock.kind {
            ClockKind::Department | ClockKind::Pipeline => None,
            ClockKind::Bsk => self.bsk.as_deref().map(bsk_stream),
            _ => Some(department_stream(&self.department)),
        }
    }

    /// `data` of the event that tells a rung.
    pub fn told(&self, rung: Rung, application_no: &str, now: Instant, rules: &Rules) -> Value {
        let mut data = json!({
            "department": self.department, "service": self.service.as_deref().unwrap_or("unknown"),
            "application_no": application_no, "clock": self.clock.kind.as_str(), "rung": rung.as_str(), "at": now,
        });
        if let Some(due) = self.clock.due {
            data["due_on"] = json!(due.day.to_string());
            data["provisional"] = json!(due.provisional);
            if matches!(rung, Rung::DueSoon | Rung::DueToday) {
                data["days_left"] = json!(self.days_left(now, rules));
            }
            if rung == Rung::Breached {
                data["late_from"] = json!(due.day.tomorrow().unwrap_or(due.day).to_string());
            }
        }
        match self.clock.kind {
            ClockKind::Stage => data["stage"] = json!(self.clock.key),
            ClockKind::Appeal | ClockKind::Review | ClockKind::Revision => data["case_no"] = json!(self.clock.key),
            _ => (),
        }
        if self.clock.kind == ClockKind::Bsk {
            data["bsk"] = json!(self.bsk);
            data["district"] = json!(self.district);
        }
        if let Some((level, to)) = rung.escalation() {
            data["level"] = json!(level);
            data["to"] = json!(to);
        }
        if let (Rung::Met, Some(stopped)) = (rung, self.clock.stopped_at) {
            data["met_on"] = json!(stopped.day().to_string());
            data["reported_late"] = json!(self.clock.reported_late);
        }
        data
    }

    /// Days that count after today, up to the due day.
    fn days_left(&self, now: Instant, rules: &Rules) -> usize {
        let (Some(limit), Some(due)) = (self.clock.limit, self.clock.due) else { return 0 };
        let after = now.day().series(jiff::Span::new().days(1)).skip(1).take_while(|day| *day <= due.day);
        let counts = |day: &jiff::civil::Date| {
            rules.calendar.exclusion(*day, limit.unit.days(), self.district.as_deref()).is_none()
        };
        after.filter(counts).count()
    }
}

/// A rung that has fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredRung {
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case; empty of the service.
    pub key: String,
    /// Which rung.
    pub rung: Rung,
    /// The due day as it stood then.
    pub due_on: Option<String>,
    /// The moment at which it was due.
    pub moment: Instant,
    /// When it fired, by the ledger's time.
    pub fired_at: Instant,
}

/// A clock whose due day is another by the rules of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Letters of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case; empty of the service.
    pub key: String,
    /// As it was promised.
    pub promised: Option<String>,
    /// As it stood.
    pub from: Option<String>,
    /// As it is now.
    pub to: Option<String>,
}

/// A page of a recomputation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// Clocks that were looked at.
    pub looked: u64,
    /// Those whose due day moved.
    pub moved: Vec<Moved>,
    /// After which clock the next page begins; none: this was the last.
    pub next: Option<ClockPlace>,
}

/// A rung that has been due for longer than this is overdue, in milliseconds.
pub const OVERDUE_MILLIS: i64 = 60_000;

/// What the auditor finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockAudit {
    /// Clocks whose next rung has been due for longer than a minute.
    pub overdue: u64,
    /// How long the one that waits longest has been due, in milliseconds.
    pub lag_millis: i64,
    /// Clocks that were set aside because their rows cannot be read.
    pub unreadable: u64,
    /// Certificates that have been in the making for longer than the pipeline's limit.
    pub held_up: u64,
    /// Rungs that fired more than a minute ago and whose event the broker has not confirmed; none without a broker, where
    /// an event is told when it is recorded.
    pub unconfirmed: u64,
}

/// A page of the applications, which are gone through in the order of their ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Those of them for which what was looked for is true.
    pub found: u64,
    /// After which the next page begins; none: this was the last.
    pub next: Option<Id>,
}

/// The next rung of a clock whose row cannot be read: none fires until it is derived anew.
pub const NEVER: i64 = i64::MAX;

/// An application of which a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The application's row.
    pub application: Id,
    /// Letters of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
    /// What cannot be read: table, row and column.
    pub words: String,
}

/// The clocks. Whoever commits an event changes the clocks in that transaction: intake with each event, notify when the
/// certificate is ready.
#[async_trait]
pub trait Clocks: Send + Sync {
    /// The clocks of an application: the service's, stages, appeals, reviews.
    async fn clocks(&self, application: Id) -> Result<Vec<ClockRecord>>;
    /// The rungs that have fired for an application, in the order in which they did.
    async fn rungs(&self, application: Id) -> Result<Vec<FiredRung>>;
    /// Fires what is due by the ledger's time, of at most so many clocks: each rung is recorded once (a unique row is the
    /// claim) and its event is written with it. How many rungs fired. Side by side, no clock is in two hands. A row that cannot
    /// be read holds up no other: it is set aside ([`NEVER`]).
    async fn fire(&self, most: u32) -> Result<usize>;
    /// Settles again, by the rules of this process and every approved change, the clocks that have not stopped, after that
    /// one, at most so many; what was promised stays, and so does every rung that fired. `dry`: nothing is written. A row that
    /// cannot be read is passed over.
    async fn recompute(&self, after: Option<ClockPlace>, most: u32, dry: bool) -> Result<Recomputed>;
    /// Of at most so many applications after that one: gives clocks to those that have none, and stops those of certificates
    /// that were ready before the application had a clock. Clocks that were set aside are derived anew.
    async fn arm(&self, after: Option<Id>, most: u32) -> Result<Walked>;
    /// Of at most so many applications after that one: those of which a clock or an event cannot be read (I8), and after which
    /// the next page begins.
    async fn unreadable(&self, after: Option<Id>, most: u32) -> Result<(Vec<Unreadable>, Option<Id>)>;
    /// Derives the clocks of an application anew from its events, whatever its rows hold, with its audit line. False: its events
    /// cannot be read either, and nothing was done.
    async fn mend(&self, application: Id, act: Act) -> Result<bool>;
    /// Of at most so many applications after that one: those without any clock. There is none, ever (I5).
    async fn clockless(&self, after: Option<Id>, most: u32) -> Result<Walked>;
    /// Whether every rung fired that is due, and every rung that fired was told.
    async fn audit_clocks(&self) -> Result<ClockAudit>;
}
