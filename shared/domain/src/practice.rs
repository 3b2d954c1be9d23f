//! What the Act leaves open about counting, and a department may read its own way. A practice holds for the clocks that begin
//! on its day or later: what began before keeps the one it began under.

use crate::words::words;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

words! {
    /// Which day of a limit is the first.
    CountFrom {
        /// The day after the one on which the clock begins (General Clauses Act, 1897, section 9: "from" leaves it out).
        NextDay = "next_day",
        /// The day on which it begins, if it counts.
        SameDay = "same_day",
    }
}

impl CountFrom {
    /// The first day that may count, of a clock that begins on a day; none beyond the calendar.
    pub fn first(self, begins: Date) -> Option<Date> {
        match self {
            Self::NextDay => begins.tomorrow().ok(),
            Self::SameDay => Some(begins),
        }
    }

    /// The day before that one.
    pub(crate) fn before(self, begins: Date) -> Option<Date> {
        match self {
            Self::NextDay => Some(begins),
            Self::SameDay => begins.yesterday().ok(),
        }
    }
}

words! {
    /// What a defect memo does to the limit of the service.
    DefectMemo {
        /// It stands until the application is resumed.
        Pauses = "pauses",
        /// It goes on: the defects are mended within it.
        RunsOn = "runs_on",
    }
}

/// How a department counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// Which day of a limit of the Act is the first.
    pub count_from: CountFrom,
    /// What a defect memo does to the limit of the service.
    pub defect_memo: DefectMemo,
    /// Days (Sundays and List-I left out) in which the citizen is to answer a defect memo, with a clock of their own; 0: none.
    pub rectify_days: u16,
    /// Whether the Appellate Officer is told of a rejection, against which an appeal is open at once. (The citizen may appeal in
    /// any case.)
    pub appeal_on_rejection: bool,
}

impl Practice {
    /// The days that can be given to a citizen.
    pub const RECTIFY_DAYS: RangeInclusive<u16> = 0..=366;
}

impl Default for Practice {
    /// Seven days, as the labour department's procedure for factories has it. It does not say that the limit stands meanwhile; to
    /// count the citizen's days against the department would be harsh where it is the citizen's turn, so it does.
    fn default() -> Self {
        Self {
            count_from: CountFrom::NextDay,
            defect_memo: DefectMemo::Pauses,
            rectify_days: 7,
            appeal_on_rejection: false,
        }
    }
}
