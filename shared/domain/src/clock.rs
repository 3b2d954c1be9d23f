//! The clocks of an application, derived from what happened to it.
//!
//! A clock is a function of the set of events that are recorded, each at its own time: in whatever order they come, once
//! or often, early or late, the clock is the same. It holds all that its due day rests on (limit, start, pauses), so that
//! a changed calendar moves it without a look at the events.

use crate::{
    civil::{Instant, end_of},
    event::EventKind,
    ladder::Rung,
    limit::{Due, Limit, Pause, Unit, counted, due},
    practice::CountFrom,
    rules::Rules,
    words::words,
};
mod holders;
mod soon;
mod stay;
mod story;

pub use stay::{Place, Stay, stay_key, stay_of};
pub use story::{derive, office};

use serde_json::Value;

words! {
    /// Which clock.
    ClockKind {
        /// The service's own, from submission to the certificate at the centre.
        Service = "service",
        /// A stage of a staged clock.
        Stage = "stage",
        /// An appeal before the Appellate Officer.
        Appeal = "appeal",
        /// A review before the Reviewing Officer.
        Review = "review",
        /// A revision before the Commission (Rules, 25(1)(a)).
        Revision = "revision",
        /// The department's part of the service's: up to the receipt of its decision.
        Department = "department",
        /// Mohor's part: from that receipt until the certificate is ready.
        Pipeline = "pipeline",
        /// The centre's part: from then until it is handed over.
        Bsk = "bsk",
        /// The citizen's part: from a defect memo until it is answered.
        Rectification = "rectification",
    }
}

impl ClockKind {
    /// Whether it has a limit that is notified under the Act. The others say whose delay it was, by limits of our own.
    pub fn of_the_act(self) -> bool {
        matches!(self, Self::Service | Self::Stage | Self::Appeal | Self::Review | Self::Revision)
    }
}

words! {
    /// Where a clock stands.
    ClockState {
        /// Its start waits for a condition, or nobody has said when the application was submitted.
        NotStarted = "not_started",
        /// It counts.
        Running = "running",
        /// It stands from a defect memo to its resumption.
        Paused = "paused",
        /// What it measured has come.
        Stopped = "stopped",
        /// No limit is notified, or none has been seen.
        NoLimit = "no_limit",
    }
}

words! {
    /// Why a clock stopped.
    Outcome {
        /// The service is provided: the certificate is ready at the centre or, by a setting, handed over; without a
        /// document, it was approved.
        Provided = "provided",
        /// The department rejected the application, with reasons.
        Rejected = "rejected",
        /// The citizen withdrew it.
        Withdrawn = "withdrawn",
        /// The stage ended; of the pipeline: the certificate is ready; of a defect memo: it was answered.
        Completed = "completed",
        /// The appeal, review or revision was decided; of the department: it approved.
        Decided = "decided",
        /// The certificate was handed over.
        Delivered = "delivered",
        /// A correction took the certificate's place before it was handed over.
        Superseded = "superseded",
        /// Nobody fetched the certificate, and it went back to the department.
        Returned = "returned",
        /// The certificate went on to another centre, which has a clock of its own.
        Rerouted = "rerouted",
    }
}

/// Something that happened to an application and that a clock depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happening {
    /// When, by its own time.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// The stage, or the number of the appeal, review or revision; empty otherwise.
    pub name: String,
    /// The office that deals with the application from here on.
    pub office: Option<String>,
    /// When the application was submitted, where the event says so.
    pub submitted_at: Option<Instant>,
    /// It was reported more than a day away from its own time.
    pub late: bool,
    /// The centre that it names.
    pub bsk: Option<String>,
}

impl Happening {
    /// Reads what matters of an event's `data`.
    pub fn read(kind: EventKind, at: Instant, late: bool, data: &Value) -> Self {
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        let name = match kind {
            EventKind::StageCompleted => text("stage"),
            _ => kind.case_member().and_then(text),
        };
        let submitted_at = match kind {
            EventKind::Submitted => Some(at),
            _ => text("submitted_at").and_then(|text| Instant::parse(&text)),
        };
        let (name, office, bsk) = (name.unwrap_or_default(), text("office"), text("bsk"));
        Self { at, kind, name, office, submitted_at, late, bsk }
    }
}

/// All that the clocks of an application are derived from.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Letters of the department.
    pub department: String,
    /// The service's slug, once submitted or approved.
    pub service: Option<String>,
    /// The centre where the citizen applied, as the submission has it; before that, as the approval has it.
    pub bsk: Option<String>,
    /// Its district, whose limits and holidays hold.
    pub district: Option<String>,
    /// The centre to which the certificate goes; none: it is fetched online.
    pub goes_to: Option<Place>,
    /// What happened, in any order.
    pub happenings: Vec<Happening>,
    /// When the approval came; none: it counts as come when it was given.
    pub approval_received_at: Option<Instant>,
    /// It was approved and ends in no document.
    pub provided: bool,
    /// When the certificate was ready at the centre.
    pub ready_at: Option<Instant>,
    /// When it was handed over.
    pub handed_at: Option<Instant>,
    /// When a correction took its place.
    pub superseded_at: Option<Instant>,
    /// The centres that it was sent on to, in order.
    pub stays: Vec<Stay>,
    /// When it went back to the department, and from which stay (from 0).
    pub returned: Vec<(u32, Instant)>,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Which.
    pub kind: ClockKind,
    /// The stage, the number of the appeal, review or revision, or the how manieth memo it is; empty of the service.
    pub key: String,
    /// Where it stands.
    pub state: ClockState,
    /// The limit in force on the day of submission.
    pub limit: Option<Limit>,
    /// Since when it counts.
    pub started_at: Option<Instant>,
    /// When it stopped.
    pub stopped_at: Option<Instant>,
    /// Why it stopped.
    pub outcome: Option<Outcome>,
    /// What stopped it was reported more than a day away from its own time.
    pub reported_late: bool,
    /// When it stood, in order; they do not overlap, and one may begin where another ends.
    pub pauses: Vec<Pause>,
    /// The day on which the limit is used up; none while nobody can know.
    pub due: Option<Due>,
    /// The rungs that are owed by now or later, each with its moment.
    pub rungs: Vec<(Rung, Instant)>,
}

impl Clock {
    /// A clock that nothing has stopped, to be settled.
    pub fn new(kind: ClockKind, key: &str, limit: Option<Limit>, started_at: Option<Instant>) -> Self {
        Self {
            kind,
            key: key.into(),
            state: ClockState::NotStarted,
            limit,
            started_at,
            stopped_at: None,
            outcome: None,
            reported_late: false,
            pauses: vec![],
            due: None,
            rungs: vec![],
        }
    }

    /// Stops it, unless something stopped it before.
    pub fn stop(&mut self, at: Instant, outcome: Outcome, late: bool) {
        if self.stopped_at.is_none_or(|before| at < before) {
            let at = self.started_at.map_or(at, |started| at.max(started));
            (self.stopped_at, self.outcome, self.reported_late) = (Some(at), Some(outcome), late);
        }
    }

    /// Derives state, due day and rungs from limit, start, pauses and stop, by the rules as they are and the practice of the
    /// department.
    pub fn settle(&mut self, rules: &Rules, department: &str, district: Option<&str>) {
        if let Some(stopped) = self.stopped_at {
            // What was still open when it stopped, ended then.
            self.pauses.retain(|pause| pause.from < stopped);
            if let Some(last) = self.pauses.last_mut() {
                last.until = Some(last.until.map_or(stopped, |until| until.min(stopped)));
            }
        }
        self.state = match (self.stopped_at, self.started_at, self.pauses.last()) {
            (Some(_), ..) => ClockState::Stopped,
            (None, None, _) => ClockState::NotStarted,
            (None, Some(_), Some(Pause { until: None, .. })) => ClockState::Paused,
            // Of a staged service the stages have limits, and it runs without one of its own.
            (None, Some(_), _) if self.limit.is_none() && self.state != ClockState::Running => ClockState::NoLimit,
            (None, Some(_), _) => ClockState::Running,
        };
        self.due = None;
        self.rungs.clear();
        let (Some(limit), Some(start)) = (self.limit, self.started_at) else { return };
        let from = self.count_from(rules, department);
        self.due = due(limit, start, from, &self.pauses, &rules.calendar, district);
        self.rungs = match self.kind {
            // The service's clock tells of the same limit.
            ClockKind::Department => vec![],
            ClockKind::Pipeline => self.late_from().map(|at| (Rung::Breached, at)).into_iter().collect(),
            // A citizen breaches nothing.
            ClockKind::Rectification => self.due_today(start).into_iter().collect(),
            _ => self.ladder(limit, start, from, rules, district),
        };
        self.cut_rungs();
        if rules.practice(department, start.day()).appeal_on_rejection {
            self.open_appeal();
        }
    }

    /// Which day of the limit is the first: where the law sets it, as the department counts what begins on that day.
    pub fn count_from(&self, rules: &Rules, department: &str) -> CountFrom {
        let of_the_act = self.kind.of_the_act() || self.kind == ClockKind::Department;
        match self.started_at.filter(|_| of_the_act) {
            Some(start) => rules.practice(department, start.day()).count_from,
            None => CountFrom::NextDay,
        }
    }

    /// Whether the same happened to both, whatever the rules made of it.
    pub fn has_run_as(&self, other: &Self) -> bool {
        let facts = |it: &Self| (it.started_at, it.stopped_at, it.outcome, it.reported_late);
        facts(self) == facts(other) && self.pauses == other.pauses
    }

    /// Late from 00:00 of the day after the due day; of a limit in minutes from its last moment on.
    pub fn late_from(&self) -> Option<Instant> {
        match (self.limit, self.started_at) {
            (Some(limit), Some(start)) if limit.unit == Unit::Minutes => Some(limit.after_minutes(start)),
            _ => self.due.map(|due| end_of(due.day)),
        }
    }

    /// When it stopped in time, or what it has not exceeded yet.
    pub fn in_time(&self, now: Instant) -> bool {
        self.late_from().is_none_or(|late| self.stopped_at.unwrap_or(now) < late)
    }

    /// How many days counted from its start to its stop or, while it runs, to `now`; none of a clock without a limit in days.
    pub fn days_used(&self, now: Instant, rules: &Rules, department: &str, district: Option<&str>) -> Option<u32> {
        let limit = self.limit.filter(|limit| limit.unit != Unit::Minutes)?;
        let first = self.count_from(rules, department).first(self.started_at?.day())?;
        let until = self.stopped_at.unwrap_or(now).day();
        Some(counted(first, until, limit.unit, &self.pauses, &rules.calendar, district))
    }

    fn ladder(
        &self,
        limit: Limit,
        start: Instant,
        from: CountFrom,
        rules: &Rules,
        district: Option<&str>,
    ) -> Vec<(Rung, Instant)> {
        let mut rungs = Vec::new();
        if let Some(at) = self.due_soon(limit, start, from, rules, district) {
            rungs.push((Rung::DueSoon, at));
        }
        if let Some(due) = self.due {
            let after = |days: u16| {
                let span = jiff::Span::new().days(i64::from(days));
                due.day.checked_add(span).map_or_else(|_| end_of(due.day), end_of)
            };
            rungs.extend(self.due_today(start));
            rungs.push((Rung::Breached, end_of(due.day)));
            match self.kind {
                ClockKind::Service | ClockKind::Stage => {
                    rungs.push((Rung::AppealOpen, after(rules.ladder.appeal_after_days)));
                    rungs.push((Rung::ReviewingOfficer, after(rules.ladder.review_after_days)));
                }
                ClockKind::Appeal => rungs.push((Rung::ReviewingOfficer, after(rules.ladder.appeal_after_days))),
                _ => (),
            }
        }
        rungs
    }

    /// When the due day begins, or the clock in it.
    fn due_today(&self, start: Instant) -> Option<(Rung, Instant)> {
        let day = self.due?.day;
        Some((Rung::DueToday, day.yesterday().map_or(start, end_of).max(start)))
    }

    /// What was rejected can be appealed against at once, and not only from a breach on.
    fn open_appeal(&mut self) {
        let rejected = self.stopped_at.filter(|_| self.outcome == Some(Outcome::Rejected));
        let told = self.rungs.iter().any(|(rung, _)| *rung == Rung::AppealOpen);
        if let (Some(at), ClockKind::Service | ClockKind::Stage, false) = (rejected, self.kind, told) {
            self.rungs.push((Rung::AppealOpen, at));
        }
    }

    /// Of a clock that has stopped only what was owed by then, and that it was met.
    fn cut_rungs(&mut self) {
        let Some(stopped) = self.stopped_at else { return };
        self.rungs.retain(|(_, at)| *at <= stopped);
        let came = !matches!(self.outcome, Some(Outcome::Withdrawn | Outcome::Superseded | Outcome::Returned));
        if self.kind.of_the_act() && came && self.due.is_some() && self.in_time(stopped) {
            self.rungs.push((Rung::Met, stopped));
        }
    }
}

/// Pauses as the ledger keeps them: `from-until`, milliseconds since 1970, with spaces between.
pub fn pauses_text(pauses: &[Pause]) -> String {
    let text = |pause: &Pause| {
        let until = pause.until.map(|until| until.millis().to_string()).unwrap_or_default();
        format!("{}-{until}", pause.from.millis())
    };
    pauses.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Reads [`pauses_text`].
pub fn parse_pauses(text: &str) -> Option<Vec<Pause>> {
    let read = |word: &str| {
        // A time before 1970 has a sign of its own.
        let between = word.get(1..)?.find('-')? + 1;
        let (from, until) = (&word[..between], &word[between + 1..]);
        let until = if until.is_empty() { None } else { Some(Instant::from_millis(until.parse().ok()?)) };
        Some(Pause { from: Instant::from_millis(from.parse().ok()?), until })
    };
    text.split_whitespace().map(read).collect()
}

/// Reads a due day as the ledger keeps it.
pub fn parse_due(day: &str, provisional: bool) -> Option<Due> {
    day.parse().ok().map(|day| Due { day, provisional })
}
