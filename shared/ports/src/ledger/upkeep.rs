//! Trouble, upkeep and the doctor.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Recorded, invariant::Offender, stage::Stage};

/// An item that failed at a stage.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The hint's item.
    pub item: String,
    /// A stable code.
    pub code: String,
    /// What failed, without personal data.
    pub reason: String,
}

impl Failure {
    /// An item that can never succeed. The code has its page in `infra/runbook/`.
    pub fn reject(code: &'static str, item: String, reason: impl Into<String>) -> Self {
        Self { item, code: code.into(), reason: reason.into() }
    }
}

/// A parked item: it does not move until somebody replays or discards it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The row's number.
    pub number: i64,
    /// Where.
    pub stage: Stage,
    /// The hint's item.
    pub item: String,
    /// A stable code, the name of a page in `infra/runbook/`.
    pub code: String,
    /// What failed.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when.
    pub parked_at: Instant,
}

/// Why items are hinted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// Their stage has not committed for so many milliseconds, and no sweep has hinted them for that long, doubled with
    /// each time that one did.
    Still(i64),
    /// The queue of this stage was lost: all that wait for it and were not hinted since.
    Lost(Stage, Instant),
}

/// What the ledger holds, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Deliveries not answered yet.
    pub inbox: u64,
    /// Approved applications.
    pub approved: u64,
    /// Certificates minted.
    pub minted: u64,
    /// Certificates stored: issued.
    pub issued: u64,
    /// Certificates whose centre has its notice (or that have no centre).
    pub ready: u64,
    /// Parked items.
    pub parked: u64,
    /// Parked items that somebody gave up.
    pub discarded: u64,
    /// Hints waiting, per stage; empty where the bus is elsewhere.
    pub waiting: Vec<(Stage, u64)>,
}

/// What the ledger takes of its disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of all tables with their indexes, without the log that writes go through first.
    pub bytes: u64,
    /// Of them those of templates and fonts, which are kept once.
    pub assets: u64,
}

/// Upkeep.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Counts a failed attempt and sets the next one at now + the wait the ledger derives from the number of attempts
    /// (2 s doubling to 15 min). After 12 attempts the item is parked with code `exhausted`. Settles the hint.
    async fn postpone(&self, stage: Stage, failures: Vec<Failure>) -> Result<()>;
    /// Parks items, tells the department (`application.parked`), settles the hints. An item parked before stays.
    async fn park(&self, stage: Stage, failures: Vec<Failure>) -> Result<()>;
    /// Parked items, oldest first.
    async fn parked(&self, after: i64, limit: u32) -> Result<Vec<Parked>>;
    /// Gives a parked item back to its stage with no attempts counted. `false`: no such row.
    async fn replay(&self, number: i64, actor: &str) -> Result<bool>;
    /// Removes a parked item for good, with a reason that is logged. `false`: no such row.
    async fn discard(&self, number: i64, actor: &str, reason: &str) -> Result<bool>;
    /// What stands still and is neither parked nor waiting for an attempt, at most `limit`. Returns (stage, item), to be
    /// hinted. One sweeper at a time: beside another the answer is empty.
    async fn sweep(&self, why: Sweep, limit: u32) -> Result<Vec<(Stage, String)>>;
    /// Postponed items whose next attempt is due, at most `limit`: (stage, item), to be hinted. Empty where the queue
    /// keeps the time (SQLite).
    async fn due(&self, limit: u32) -> Result<Vec<(Stage, String)>>;
    /// Outbound events that the broker has not confirmed, the oldest first, at most `most`; nobody else is given them
    /// for half a minute. Empty where there is no broker (SQLite).
    async fn unpublished(&self, most: u32) -> Result<Vec<Recorded>>;
    /// The broker has confirmed these.
    async fn published(&self, events: &[Recorded]) -> Result<()>;
    /// Figures.
    async fn census(&self) -> Result<Census>;
    /// Bytes on the disk: each page once, whether it is in its place or still in the log.
    async fn kept(&self) -> Result<Kept>;
    /// Offenders against the invariants that the ledger alone can see (I1, I2, I3, I6, and I4's recorded digests).
    async fn offenders(&self) -> Result<Vec<Offender>>;
    /// Tries the ledger: a read and a rolled-back write. The answer says in words what the ledger is.
    async fn probe(&self) -> Result<String>;
    /// A note of this installation (`created_by`, `installation` …).
    async fn note(&self, name: &str) -> Result<Option<String>>;
    /// Writes a note if there is none by that name.
    async fn set_note(&self, name: &str, value: &str) -> Result<()>;
}
