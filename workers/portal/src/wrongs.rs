//! What was wrong of late, counted by what it was about. It holds so much and no more, one process counts for itself, and what it
//! was about is not kept: a digest that only this process can make stands for it.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How many were wrong, and the time that goes with them.
pub(crate) type Wrong = (u32, Instant);

/// Counts of one kind.
pub(crate) struct Wrongs {
    hasher: RandomState,
    most: usize,
    lasts: Duration,
    counts: Mutex<HashMap<u64, Wrong>>,
}

impl Wrongs {
    /// So many counts at most, each for so long after the time that goes with it; beyond them the oldest is forgotten.
    pub fn new(most: usize, lasts: Duration) -> Self {
        Self { hasher: RandomState::new(), most, lasts, counts: Mutex::default() }
    }

    /// Gives what is remembered to whoever decides, and keeps what comes of it; none: it stays as it is.
    pub fn change(&self, what: impl Hash, now: Instant, decide: impl FnOnce(Option<Wrong>) -> Option<Wrong>) {
        let place = self.hasher.hash_one(what);
        let lasts = |at: Instant| now.duration_since(at) < self.lasts;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = counts.get(&place).copied().filter(|(_, at)| lasts(*at));
        let Some(after) = decide(before) else { return };
        if counts.len() >= self.most && !counts.contains_key(&place) {
            counts.retain(|_, (_, at)| lasts(*at));
            if counts.len() >= self.most
                && let Some(oldest) = counts.iter().min_by_key(|(_, (_, at))| *at).map(|(place, _)| *place)
            {
                counts.remove(&oldest);
            }
        }
        counts.insert(place, after);
    }

    /// Forgets what was wrong of something.
    pub fn forget(&self, what: impl Hash) {
        let place = self.hasher.hash_one(what);
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.counts.lock().expect("whole").len()
    }
}
