//! Changes of the rules: proposed, decided by another person, and carried into the open clocks.

use super::{Act, ClockRecord, Found};
use crate::error::Result;
use async_trait::async_trait;
use jiff::civil::Date;
use mohor_domain::{
    board::Selection,
    change::{Change, ChangeState, InForce, Move, Way},
    civil::Instant,
    clock::{self, ClockKind, History},
    id::Id,
    rules::Rules,
};
use std::sync::Arc;

/// A change with who proposed and who decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its number, in the order of proposals.
    pub number: i64,
    /// What.
    pub what: Change,
    /// Where it stands.
    pub state: ChangeState,
    /// Login of whoever proposed it.
    pub proposed_by: String,
    /// When, by the ledger's time.
    pub proposed_at: Instant,
    /// Login of whoever decided it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was decided so.
    pub reason: String,
    /// The version of the rules that it made, once approved: the order in which changes are applied.
    pub version: Option<i64>,
}

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A second person approves.
    Approve,
    /// A second person refuses.
    Reject,
    /// Whoever proposed it takes it back.
    Withdraw,
}

impl Decision {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approve, Self::Reject, Self::Withdraw].into_iter().find(|it| it.word() == word)
    }

    /// Where it leads.
    pub fn state(self) -> ChangeState {
        match self {
            Self::Approve => ChangeState::Approved,
            Self::Reject => ChangeState::Rejected,
            Self::Withdraw => ChangeState::Withdrawn,
        }
    }
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is decided so.
    Done,
    /// Whoever proposed a change does not decide it.
    SamePerson,
    /// Only who proposed a change takes it back.
    NotTheirs,
    /// Somebody decided before, so.
    Before(ChangeState),
    /// There is no such change.
    Unknown,
}

/// Whether this person may decide so; the ledgers ask in the transaction of the decision.
pub fn may_decide(change: &ChangeRecord, decision: Decision, by: &str) -> Decided {
    match (change.state, decision) {
        (ChangeState::Proposed, Decision::Withdraw) if change.proposed_by != by => Decided::NotTheirs,
        (ChangeState::Proposed, Decision::Approve | Decision::Reject) if change.proposed_by == by => {
            Decided::SamePerson
        }
        (ChangeState::Proposed, _) => Decided::Done,
        (before, _) => Decided::Before(before),
    }
}

/// The audit line of a proposal or a decision.
pub fn change_act(by: &str, word: &str, number: i64, what: &Change, reason: &str) -> Act {
    let (kind, detail) = (what.word(), if reason.is_empty() { String::new() } else { format!(": {reason}") });
    Act {
        actor: format!("person:{by}"),
        act: format!("change.{word}"),
        subject: format!("change-{number}"),
        detail: format!("{kind}{detail}"),
    }
}

/// How far the recomputation of a change is: one run may carry several changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Clocks that were looked at.
    pub looked: u64,
    /// Moves that were recorded.
    pub moved: u64,
    /// When it began.
    pub began_at: Instant,
    /// When it was over.
    pub done_at: Option<Instant>,
}

/// A place among the clocks, which are in order of their applications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockPlace {
    /// The application's row.
    pub application: Id,
    /// Which clock.
    pub kind: String,
    /// Its stage or case.
    pub key: String,
}

impl ClockPlace {
    /// As text of an address: `<application>~<kind>~<key>`.
    pub fn text(&self) -> String {
        format!("{}~{}~{}", self.application, self.kind, self.key)
    }

    /// Reads [`ClockPlace::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '~');
        let mut next = || parts.next().map(str::to_owned);
        let (application, kind, key) = (next()?, next()?, next()?);
        Some(Self { application: Id::parse(&application)?, kind, key })
    }
}

/// A clock that a change has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedClock {
    /// The application.
    pub found: Found,
    /// The version that the change made.
    pub version: i64,
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case; empty of the service.
    pub key: String,
    /// As it was promised.
    pub promised: Option<String>,
    /// As it stood.
    pub from: Option<String>,
    /// As it became.
    pub to: Option<String>,
}

impl MovedClock {
    /// Where it stands in its list.
    pub fn place(&self) -> ClockPlace {
        ClockPlace { application: self.found.id, kind: self.kind.as_str().into(), key: self.key.clone() }
    }
}

/// What a step of a recomputation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is nothing to do, or another worker does it.
    Idle,
    /// A batch was committed.
    Batch {
        /// Clocks that were looked at.
        looked: u64,
        /// Moves that were recorded.
        moved: u64,
        /// It was the last of its run.
        last: bool,
    },
}

/// A clock's move as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveRow {
    /// The application's row.
    pub application: Id,
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case.
    pub key: String,
    /// From where to where, and by which version.
    pub by: Move,
}

impl ClockRecord {
    /// How its due day came from what it is to what the rules in force make of it.
    pub fn moves(&self, force: &InForce) -> Vec<MoveRow> {
        self.rows(force, |rules| self.day_by(rules))
    }

    /// The rules that gave the due day it has: where a clock may stop and its day may not move.
    pub fn rules(&self, force: &InForce) -> Arc<Rules> {
        force.that_gave(self.clock.due.map(|due| due.day), |rules| self.day_by(rules))
    }

    fn day_by(&self, rules: &Rules) -> Option<Date> {
        let mut clock = self.clock.clone();
        clock.settle(rules, &self.department, self.district.as_deref());
        clock.due.map(|due| due.day)
    }

    /// The same, where the clock is derived from all that happened.
    pub fn derived_moves(&self, history: &History, force: &InForce) -> Vec<MoveRow> {
        self.rows(force, |rules| {
            let clocks = clock::derive(history, rules);
            let same = clocks.iter().find(|it| it.kind == self.clock.kind && it.key == self.clock.key);
            same.and_then(|it| it.due).map(|due| due.day)
        })
    }

    fn rows(&self, force: &InForce, by: impl Fn(&Rules) -> Option<Date>) -> Vec<MoveRow> {
        if self.clock.stopped_at.is_some() {
            return vec![];
        }
        let moves = force.moves(self.clock.due.map(|due| due.day), by);
        let (application, kind) = (self.application, self.clock.kind);
        moves.into_iter().map(|by| MoveRow { application, kind, key: self.clock.key.clone(), by }).collect()
    }
}

/// Changes of the rules. Each proposal and each decision leaves its audit line in the same transaction; what is decided is
/// never changed.
///
/// No clock stays as older rules had it: whoever derives one reads the version in its transaction, a change becomes
/// approved beside none of these, and the run that follows an approval looks at every clock that is open then.
#[async_trait]
pub trait Changes: Send + Sync {
    /// The rules in force: the newest that are committed.
    async fn rules(&self) -> Result<Arc<InForce>>;
    /// Proposes a change; its number. The same that waits already keeps its number.
    async fn propose(&self, what: Change, by: &str) -> Result<i64>;
    /// Decides a change, once. An approval is in force when this returns.
    async fn decide(&self, number: i64, decision: Decision, by: &str, reason: &str) -> Result<Decided>;
    /// One change.
    async fn change(&self, number: i64) -> Result<Option<ChangeRecord>>;
    /// Changes of a number below `before` (`None`: all), waiting ones or decided ones, the newest first, at most so many.
    async fn changes(&self, waiting: bool, before: Option<i64>, most: u32) -> Result<Vec<ChangeRecord>>;
    /// The run that carries the change of this version into the open clocks; none: it has not begun.
    async fn run_of(&self, version: i64) -> Result<Option<Run>>;
    /// The clocks that this version moved, within the selection, after that place, at most so many.
    async fn moved(
        &self,
        version: i64,
        of: &Selection,
        after: Option<ClockPlace>,
        most: u32,
    ) -> Result<Vec<MovedClock>>;
    /// What moved the clocks of an application, with the changes that did, the oldest first.
    async fn moved_of(&self, application: Id) -> Result<Vec<(ChangeRecord, MovedClock)>>;
    /// Carries approved changes into open clocks that need this way, at most so many clocks in one transaction with the
    /// place where it stands: a worker that ends anywhere is followed by another that goes on from there. One at a time;
    /// beside another it is idle. Rungs that fired stay, and what was promised.
    async fn recompute_step(&self, way: Way, most: u32) -> Result<Step>;
}
