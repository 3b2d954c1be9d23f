//! The ladder: what is told, and to whom, as a limit is used up.

use crate::{civil::Instant, words::words};

words! {
    /// A rung. Each fires once for a clock, for ever.
    Rung {
        /// Little of the limit is left.
        DueSoon = "due_soon",
        /// The due day has begun.
        DueToday = "due_today",
        /// The due day is over.
        Breached = "breached",
        /// The citizen may appeal to the Appellate Officer.
        AppealOpen = "appeal_open",
        /// The Reviewing Officer is told.
        ReviewingOfficer = "reviewing_officer",
        /// What the clock measured came in time.
        Met = "met",
    }
}

impl Rung {
    /// The type of the event that tells it: `<noun>.<verb>`.
    pub fn event(self) -> &'static str {
        match self {
            Self::DueSoon | Self::DueToday => "sla.due_soon",
            Self::Breached => "sla.breached",
            Self::AppealOpen | Self::ReviewingOfficer => "sla.escalated",
            Self::Met => "sla.met",
        }
    }

    /// Height above the breach and the office that is told, of an escalation.
    pub fn escalation(self) -> Option<(u8, &'static str)> {
        match self {
            Self::AppealOpen => Some((1, "appellate_officer")),
            Self::ReviewingOfficer => Some((2, "reviewing_officer")),
            _ => None,
        }
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The rungs of a clock that have fired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fired(u32);

impl Fired {
    /// This one alone.
    pub fn of(rung: Rung) -> Self {
        Self(rung.bit())
    }

    /// As the ledger keeps it.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// As the ledger keeps it.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether this one has.
    pub fn has(self, rung: Rung) -> bool {
        self.0 & rung.bit() != 0
    }

    /// Marks one; whether it was new.
    pub fn mark(&mut self, rung: Rung) -> bool {
        let new = !self.has(rung);
        self.0 |= rung.bit();
        new
    }

    /// The moment at which the next rung fires, of those that have not.
    pub fn next(self, rungs: &[(Rung, Instant)]) -> Option<Instant> {
        rungs.iter().filter(|(rung, _)| !self.has(*rung)).map(|(_, at)| *at).min()
    }

    /// Those that are due at a moment and have not fired, the earliest first.
    pub fn due(self, rungs: &[(Rung, Instant)], now: Instant) -> Vec<(Rung, Instant)> {
        let open = |(rung, at): &&(Rung, Instant)| !self.has(*rung) && *at <= now;
        let mut due: Vec<_> = rungs.iter().filter(open).copied().collect();
        due.sort_by_key(|(rung, at)| (*at, *rung));
        due
    }
}

/// Rungs as the ledger keeps them: `word:milliseconds`, with spaces between.
pub fn rungs_text(rungs: &[(Rung, Instant)]) -> String {
    rungs.iter().map(|(rung, at)| format!("{}:{}", rung.as_str(), at.millis())).collect::<Vec<_>>().join(" ")
}

/// Reads [`rungs_text`].
pub fn parse_rungs(text: &str) -> Option<Vec<(Rung, Instant)>> {
    let read = |word: &str| {
        let (rung, at) = word.split_once(':')?;
        Some((Rung::from_word(rung)?, Instant::from_millis(at.parse().ok()?)))
    };
    text.split_whitespace().map(read).collect()
}
