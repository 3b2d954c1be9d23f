//! A clock as the columns of its row: both ledgers keep the same.

use super::ClockRecord;
use mohor_domain::{
    civil::Instant,
    clock::{Clock, ClockKind, ClockState, Outcome, parse_due, parse_pauses, pauses_text},
    id::Id,
    ladder::{Fired, parse_rungs, rungs_text},
    limit::{Limit, Unit},
};

/// The columns of a clock, in the order of the table, without the application's row.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the migrations say what each column holds")]
pub struct ClockRow {
    pub kind: String,
    pub key: String,
    pub department: String,
    pub service: Option<String>,
    pub district: Option<String>,
    pub office: Option<String>,
    pub state: String,
    pub amount: Option<i64>,
    pub unit: Option<String>,
    pub started_at: Option<i64>,
    pub stopped_at: Option<i64>,
    pub outcome: Option<String>,
    pub reported_late: bool,
    pub pauses: String,
    pub due_on: Option<String>,
    pub provisional: bool,
    pub promised_on: Option<String>,
    pub rungs: String,
    pub fired: i64,
    pub next_at: Option<i64>,
    pub bsk: Option<String>,
}

impl ClockRow {
    /// The row of a clock.
    pub fn of(record: &ClockRecord) -> Self {
        let clock = &record.clock;
        let due = record.due_on();
        Self {
            kind: clock.kind.as_str().into(),
            key: clock.key.clone(),
            department: record.department.clone(),
            service: record.service.clone(),
            district: record.district.clone(),
            office: record.office.clone(),
            state: clock.state.as_str().into(),
            amount: clock.limit.map(|limit| i64::from(limit.amount)),
            unit: clock.limit.map(|limit| limit.unit.as_str().into()),
            started_at: clock.started_at.map(Instant::millis),
            stopped_at: clock.stopped_at.map(Instant::millis),
            outcome: clock.outcome.map(|outcome| outcome.as_str().into()),
            reported_late: clock.reported_late,
            pauses: pauses_text(&clock.pauses),
            due_on: due.as_ref().map(|(day, _)| day.clone()),
            provisional: due.is_some_and(|(_, provisional)| provisional),
            promised_on: record.promised.clone(),
            rungs: rungs_text(&clock.rungs),
            fired: i64::from(record.fired.bits()),
            next_at: record.next_at().map(Instant::millis),
            bsk: record.bsk.clone(),
        }
    }

    /// What can be read of a row that cannot be read whole: enough to find it, and not to be believed. It counts as running, so
    /// that it is measured anew. None: nobody can know which clock it is.
    pub fn salvage(&self, application: Id) -> Option<ClockRecord> {
        let kind = ClockKind::from_word(&self.kind)?;
        let limit = self.amount.and_then(|amount| u32::try_from(amount).ok()).zip(self.unit.as_deref());
        let limit = limit.and_then(|(amount, unit)| Some(Limit { amount, unit: Unit::from_word(unit)? }));
        let clock = Clock {
            state: ClockState::from_word(&self.state).unwrap_or(ClockState::Running),
            pauses: parse_pauses(&self.pauses).unwrap_or_default(),
            due: self.due_on.as_deref().and_then(|day| parse_due(day, self.provisional)),
            ..Clock::new(kind, &self.key, limit, self.started_at.map(Instant::from_millis))
        };
        Some(ClockRecord {
            application,
            department: self.department.clone(),
            service: self.service.clone(),
            district: self.district.clone(),
            office: self.office.clone(),
            bsk: self.bsk.clone(),
            clock,
            promised: self.promised_on.clone().filter(|day| parse_due(day, false).is_some()),
            fired: u32::try_from(self.fired).map(Fired::from_bits).unwrap_or_default(),
        })
    }

    /// The clock of a row. The error names the column that holds what this program did not write.
    pub fn read(self, application: Id) -> Result<ClockRecord, &'static str> {
        let limit = match (self.amount, &self.unit) {
            (Some(amount), Some(unit)) => Some(Limit {
                amount: u32::try_from(amount).map_err(|_| "amount")?,
                unit: Unit::from_word(unit).ok_or("unit")?,
            }),
            _ => None,
        };
        let due = match &self.due_on {
            Some(day) => Some(parse_due(day, self.provisional).ok_or("due_on")?),
            None => None,
        };
        let outcome = match &self.outcome {
            Some(word) => Some(Outcome::from_word(word).ok_or("outcome")?),
            None => None,
        };
        let clock = Clock {
            kind: ClockKind::from_word(&self.kind).ok_or("kind")?,
            key: self.key,
            state: ClockState::from_word(&self.state).ok_or("state")?,
            limit,
            started_at: self.started_at.map(Instant::from_millis),
            stopped_at: self.stopped_at.map(Instant::from_millis),
            outcome,
            reported_late: self.reported_late,
            pauses: parse_pauses(&self.pauses).ok_or("pauses")?,
            due,
            rungs: parse_rungs(&self.rungs).ok_or("rungs")?,
        };
        Ok(ClockRecord {
            application,
            department: self.department,
            service: self.service,
            district: self.district,
            office: self.office,
            bsk: self.bsk,
            clock,
            promised: self.promised_on,
            fired: Fired::from_bits(u32::try_from(self.fired).map_err(|_| "fired")?),
        })
    }
}
