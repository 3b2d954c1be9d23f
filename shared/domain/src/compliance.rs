//! The figures of a department in a period: what came, what was disposed of and how late, what waits, and what the pauses
//! did. Every figure is of civil days of Asia/Kolkata and of what is known when the report is made: an event that is
//! reported later corrects the next report.
//!
//! - **Received**: submitted in the period; one whose submission was never sent, first told to Mohor in it.
//! - **Disposed of**: the service was provided or the application rejected in the period. Withdrawn ones stand apart.
//! - **In time**: on the last day in time or before; of a staged service every stage was. **Late** otherwise. What has no
//!   limit (none is notified, or its condition was not met) is neither.
//! - **Pending**: neither disposed of nor withdrawn by the end of the period, or by now, if that is earlier: in time, beyond
//!   the limit, standing in a pause within it, waiting for its start, or without a limit. With what was pending at the
//!   beginning: brought forward + received = disposed of + withdrawn + pending.
//! - **Days**: of what was disposed of, from the day of the start to the day of the end. Of N such figures in order the
//!   median is the ⌈N/2⌉th, the 90th percentile the ⌈9N/10⌉th. Once in civil days, once in days that count for the limit.
//! - **Without pauses**: the same if no pause had stopped the clock.
//! - **Pauses in the last two days**: begun in the period when two days that count were left or fewer, that day included, by
//!   the due day as it stood before that pause.

mod period;
mod sheet;
mod tally;

pub use period::Period;
pub use sheet::{MEANINGS, sheet};
pub use tally::Tally;

use crate::{
    civil::{Instant, end_of},
    clock::{Clock, ClockKind, Outcome},
    event::EventKind,
    limit::{Due, Pause, counted, due},
    rules::Rules,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An application as the figures need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Letters of the department.
    pub department: String,
    /// The service's slug; empty where it is not known.
    pub service: String,
    /// The office that deals with it; empty where none is named.
    pub office: String,
    /// The district whose holidays hold.
    pub district: Option<String>,
    /// When it was submitted; where nobody has said so, when Mohor first heard of it.
    pub known_at: Instant,
    /// The clock of the service, then those of its stages.
    pub clocks: Vec<Clock>,
    /// The reasons of its defect memos and of its rejection.
    pub spoken: Vec<Spoken>,
}

/// A defect memo or a rejection with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Which.
    pub kind: EventKind,
    /// Its own time.
    pub at: Instant,
    /// In English, as the department wrote them.
    pub reasons: Vec<String>,
}

impl Spoken {
    /// Reads what a memo or a rejection says.
    pub fn read(kind: EventKind, at: Instant, data: &Value) -> Self {
        let list = data["reasons"].as_array().into_iter().flatten();
        let reasons = list.chain(data.get("reason")).filter_map(|reason| reason["en"].as_str());
        Self { kind, at, reasons: reasons.map(|text| text.trim().to_owned()).collect() }
    }
}

/// How many ended in time, late, and without a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// On the last day in time or before.
    pub in_time: u64,
    /// After it.
    pub late: u64,
    /// There was no limit to measure by.
    pub no_limit: u64,
}

impl Ended {
    /// All of them.
    pub fn all(self) -> u64 {
        self.in_time + self.late + self.no_limit
    }
}

/// How many wait at the end of the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Within the limit.
    pub in_time: u64,
    /// Beyond it.
    pub beyond: u64,
    /// The clock stands, within the limit.
    pub paused: u64,
    /// The condition of the start is not met.
    pub not_started: u64,
    /// There is no limit to measure by.
    pub no_limit: u64,
}

impl Pending {
    /// All of them.
    pub fn all(self) -> u64 {
        self.in_time + self.beyond + self.paused + self.not_started + self.no_limit
    }
}

/// The middle and the slow end of a distribution; none of an empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Half took so many days or less.
    pub median: Option<u32>,
    /// Nine of ten took so many days or less.
    pub p90: Option<u32>,
}

/// The figures of a department, of one of its services or of one of its offices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Pending when the period began.
    pub brought_forward: u64,
    /// Submitted in the period.
    pub received: u64,
    /// Provided in it.
    pub provided: Ended,
    /// Rejected in it.
    pub rejected: Ended,
    /// Withdrawn by the citizen in it.
    pub withdrawn: Ended,
    /// Pending when it ended.
    pub pending: Pending,
    /// Provided or rejected late, if no pause had stopped the clock.
    pub late_without_pauses: u64,
    /// Pending beyond the limit, if no pause had stopped the clock.
    pub beyond_without_pauses: u64,
    /// Civil days of what was provided or rejected.
    pub days: Spread,
    /// Days that count of the same.
    pub counted_days: Spread,
    /// Pauses begun in the period.
    pub pauses: u64,
    /// Of them in the last two days before the limit was used up.
    pub last_minute_pauses: u64,
    /// Of them when it was used up already.
    pub overdue_pauses: u64,
}

impl Figures {
    /// Provided or rejected.
    pub fn disposed(&self) -> Ended {
        let (a, b) = (self.provided, self.rejected);
        Ended { in_time: a.in_time + b.in_time, late: a.late + b.late, no_limit: a.no_limit + b.no_limit }
    }
}

/// Figures under a name: a service's slug, an office's code, a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<T> {
    /// The name; empty where none is recorded.
    pub name: String,
    /// What it has.
    #[serde(flatten)]
    pub figures: T,
}

/// How often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// So often.
    pub count: u64,
}

/// The compliance of a department in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// The period.
    pub period: Period,
    /// The moment that pending is told of: the end of the period, or when the report was made, if that was earlier.
    pub as_of: Instant,
    /// Of all.
    pub total: Figures,
    /// Of each service, by its slug.
    pub services: Vec<Named<Figures>>,
    /// Of each office, by its code.
    pub offices: Vec<Named<Figures>>,
    /// Of offices beyond the first thousand together.
    pub other_offices: Option<Figures>,
    /// Why clocks were paused, the most frequent first.
    pub pause_reasons: Vec<Named<Count>>,
    /// Pauses for other reasons than these.
    pub other_pause_reasons: u64,
    /// Why applications were rejected, the most frequent first. A rejection may have several reasons.
    pub rejection_reasons: Vec<Named<Count>>,
    /// Other reasons than these.
    pub other_rejection_reasons: u64,
}

/// Where an application stood when it ended, or at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    InTime,
    Late,
    Paused,
    NotStarted,
    NoLimit,
}

impl Case {
    fn service_clock(&self) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.kind == ClockKind::Service)
    }

    /// When it came.
    fn entered(&self) -> Instant {
        let times = self.service_clock().map(|clock| [clock.started_at, clock.stopped_at]);
        times.into_iter().flatten().flatten().chain([self.known_at]).min().unwrap_or(self.known_at)
    }

    /// When and how it ended, if that was before a moment.
    fn ended(&self, before: Instant) -> Option<(Instant, Outcome)> {
        let clock = self.service_clock()?;
        clock.stopped_at.zip(clock.outcome).filter(|(at, _)| *at < before)
    }

    /// Where it stands just before `until`, by the clocks as they stood then.
    fn standing(&self, until: Instant, pauses: bool, rules: &Rules) -> Standing {
        if self.service_clock().and_then(|clock| clock.started_at).is_none_or(|at| at >= until) {
            return Standing::NotStarted;
        }
        let (mut limits, mut paused) = (0, false);
        for clock in &self.clocks {
            let Some(started) = clock.started_at.filter(|at| *at < until) else { continue };
            let Some(limit) = clock.limit else { continue };
            limits += 1;
            let known = if pauses { at(&clock.pauses, until) } else { vec![] };
            let due = match clock.due {
                // As it was recorded: a clock that stopped keeps the day it was measured by.
                Some(due) if known == clock.pauses => Some(due),
                _ => {
                    let from = clock.count_from(rules, &self.department);
                    due(limit, started, from, &known, &rules.calendar, self.district.as_deref())
                }
            };
            let end = clock.stopped_at.filter(|at| *at < until).unwrap_or(until.plus_millis(-1));
            match due {
                Some(due) if end >= end_of(due.day) => return Standing::Late,
                Some(_) => (),
                None => paused = true,
            }
        }
        let stands = at(&self.service_clock().map(|it| it.pauses.clone()).unwrap_or_default(), until);
        match (limits, paused || (pauses && stands.last().is_some_and(|pause| pause.until.is_none()))) {
            (0, _) => Standing::NoLimit,
            (_, true) => Standing::Paused,
            (_, false) => Standing::InTime,
        }
    }

    /// Civil days, and days that count, from the start to the end; of a clock without a limit only the first.
    fn days(&self, end: Instant, rules: &Rules) -> Option<(u32, Option<u32>)> {
        let start = self.service_clock()?.started_at?.day();
        let civil = end.day().duration_since(start).as_hours() / 24;
        // Where the whole has a limit, the stages run within it.
        let whole = self.service_clock().is_some_and(|clock| clock.limit.is_some());
        let own = self.clocks.iter().filter(|clock| !whole || clock.kind == ClockKind::Service).filter_map(|clock| {
            let (limit, from) = (clock.limit?, self.first_of(clock, rules)?);
            let until = clock.stopped_at.unwrap_or(end).min(end).day();
            let district = self.district.as_deref();
            Some(counted(from, until, limit.unit, &clock.pauses, &rules.calendar, district))
        });
        let own: Vec<u32> = own.collect();
        Some((u32::try_from(civil).unwrap_or_default(), (!own.is_empty()).then(|| own.iter().sum())))
    }

    /// The first day that may count for a clock.
    fn first_of(&self, clock: &Clock, rules: &Rules) -> Option<Date> {
        clock.count_from(rules, &self.department).first(clock.started_at?.day())
    }

    /// The due day as it stood when a pause began: of the clock that ran then, with the pauses before it.
    fn due_before(&self, pause: Pause, rules: &Rules) -> Option<(&Clock, Due)> {
        let runs = |clock: &&Clock| {
            clock.limit.is_some()
                && clock.started_at.is_some_and(|at| at <= pause.from)
                && clock.stopped_at.is_none_or(|at| at > pause.from)
        };
        let clock = self.clocks.iter().rev().find(runs)?;
        let before: Vec<Pause> = clock.pauses.iter().copied().filter(|it| it.from < pause.from).collect();
        let (from, district) = (clock.count_from(rules, &self.department), self.district.as_deref());
        let found = due(clock.limit?, clock.started_at?, from, &before, &rules.calendar, district)?;
        Some((clock, found))
    }
}

/// Pauses as they were known just before a moment.
fn at(pauses: &[Pause], until: Instant) -> Vec<Pause> {
    let known = pauses.iter().filter(|pause| pause.from < until);
    known.map(|pause| Pause { until: pause.until.filter(|end| *end < until), ..*pause }).collect()
}

/// Names with what they have, in order of the names.
fn by_name<T>(map: BTreeMap<String, T>) -> Vec<Named<T>> {
    map.into_iter().map(|(name, figures)| Named { name, figures }).collect()
}
