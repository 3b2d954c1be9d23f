//! The rules in force, with the changes whose recomputation is not over: a clock that moves says because of which.

use super::Change;
use crate::rules::Rules;
use jiff::civil::Date;
use std::sync::Arc;

/// The rules as they are after the change of some version.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// How many changes have been approved.
    pub version: i64,
    /// Open clocks have been recomputed up to this version.
    pub done: i64,
    /// The catalogue's and the configuration's, with every approved change.
    pub rules: Arc<Rules>,
    /// Of each version that is not done: the rules before it.
    open: Vec<(i64, Arc<Rules>)>,
}

/// A due day that a change has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The version that the change made.
    pub version: i64,
    /// As it stood.
    pub from: Option<Date>,
    /// As it is now.
    pub to: Option<Date>,
}

impl InForce {
    /// Without any change.
    pub fn unchanged(rules: Rules) -> Self {
        Self { rules: Arc::new(rules), ..Self::default() }
    }

    /// With the approved changes, in the order of their versions.
    pub fn with(base: &Rules, done: i64, changes: &[(i64, Change)]) -> Self {
        let (mut rules, mut open, mut last) = (base.clone(), Vec::new(), 0);
        for (version, change) in changes {
            if *version > done {
                open.push((*version, Arc::new(rules.clone())));
            }
            change.apply(&mut rules);
            last = *version;
        }
        Self { version: last, done, rules: Arc::new(rules), open }
    }

    /// Whether open clocks may stand as older rules had them.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Of the rules that an open clock may stand by, the newest that give the day it has; `by` gives its day by some rules.
    pub fn that_gave(&self, has: Option<Date>, by: impl Fn(&Rules) -> Option<Date>) -> Arc<Rules> {
        let older = self.open.iter().rev().map(|(_, rules)| rules);
        let mut all = std::iter::once(&self.rules).chain(older);
        all.find(|rules| self.open.is_empty() || by(rules) == has).unwrap_or(&self.rules).clone()
    }

    /// How a clock came from the day it has to the one that it gets. `by` gives its due day by some rules.
    ///
    /// A clock may have been derived by any version that is open; of those that would give the day it has the newest is
    /// taken, so that no change is blamed for another's move.
    pub fn moves(&self, has: Option<Date>, by: impl Fn(&Rules) -> Option<Date>) -> Vec<Move> {
        let gets = by(&self.rules);
        let Some(((first, _), later)) = self.open.split_first() else { return vec![] };
        if gets == has {
            return vec![];
        }
        if later.is_empty() {
            return vec![Move { version: *first, from: has, to: gets }];
        }
        let mut days: Vec<Option<Date>> = self.open.iter().map(|(_, rules)| by(rules)).collect();
        let begin = days.iter().rposition(|day| *day == has).unwrap_or(0);
        days[begin] = has;
        days.push(gets);
        let step = |place: usize| {
            let (from, to) = (days[place], days[place + 1]);
            (from != to).then_some(Move { version: self.open[place].0, from, to })
        };
        (begin..self.open.len()).filter_map(step).collect()
    }
}
