//! A clock as the columns of its row: both ledgers keep the same.

use super::ClockRecord;
use crate::error::{Error, corrupt, passed_over};
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

    /// The clock of a row. The error names the column that holds what this program did not write, and gives the row back.
    pub fn read(self, application: Id) -> Result<ClockRecord, Box<Spoilt>> {
        match self.clock() {
            Ok((clock, fired)) => Ok(self.record(application, clock, fired)),
            Err(column) => Err(Box::new(Spoilt { application, column, row: self })),
        }
    }

    fn clock(&self) -> Result<(Clock, Fired), &'static str> {
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
            key: self.key.clone(),
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
        Ok((clock, Fired::from_bits(u32::try_from(self.fired).map_err(|_| "fired")?)))
    }

    fn record(self, application: Id, clock: Clock, fired: Fired) -> ClockRecord {
        ClockRecord {
            application,
            department: self.department,
            service: self.service,
            district: self.district,
            office: self.office,
            bsk: self.bsk,
            clock,
            promised: self.promised_on,
            fired,
        }
    }
}

/// A row that cannot be read whole.
#[derive(Debug)]
pub struct Spoilt {
    /// The application's row.
    pub application: Id,
    /// The column that holds what this program did not write.
    pub column: &'static str,
    /// What it holds.
    pub row: ClockRow,
}

impl Spoilt {
    /// What can be read of it: enough to find it, and not to be believed. It counts as running, so that it is measured anew. None:
    /// nobody can know which clock it is.
    pub fn salvaged(self) -> Option<ClockRecord> {
        let row = self.row;
        let kind = ClockKind::from_word(&row.kind)?;
        let limit = row.amount.and_then(|amount| u32::try_from(amount).ok()).zip(row.unit.as_deref());
        let limit = limit.and_then(|(amount, unit)| Some(Limit { amount, unit: Unit::from_word(unit)? }));
        let clock = Clock {
            state: ClockState::from_word(&row.state).unwrap_or(ClockState::Running),
            pauses: parse_pauses(&row.pauses).unwrap_or_default(),
            due: row.due_on.as_deref().and_then(|day| parse_due(day, row.provisional)),
            ..Clock::new(kind, &row.key, limit, row.started_at.map(Instant::from_millis))
        };
        let fired = u32::try_from(row.fired).map(Fired::from_bits).unwrap_or_default();
        let mut record = row.record(self.application, clock, fired);
        record.promised = record.promised.filter(|day| parse_due(day, false).is_some());
        Some(record)
    }
}

impl From<Box<Spoilt>> for Error {
    fn from(spoilt: Box<Spoilt>) -> Self {
        corrupt("clock", &spoilt.application.to_string(), spoilt.column)
    }
}

/// Reads rows of clocks, one after the other. What cannot be read concerns its own application: it is told in the log and given
/// back apart.
pub fn read_clocks(rows: impl IntoIterator<Item = (Id, ClockRow)>) -> (Vec<ClockRecord>, Vec<Spoilt>) {
    let (mut whole, mut spoilt) = (Vec::new(), Vec::new());
    for (application, row) in rows {
        match row.read(application) {
            Ok(record) => whole.push(record),
            Err(row) => {
                passed_over(&corrupt("clock", &application.to_string(), row.column));
                spoilt.push(*row);
            }
        }
    }
    (whole, spoilt)
}
