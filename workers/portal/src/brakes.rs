//! Wrong passwords hold back whoever pushes, and not whom he pushes: they are counted by login and address together. Four are
//! free, and each further one doubles a wait from a minute to an hour. A stranger elsewhere keeps nobody out, and a password,
//! which is drawn (100 bits), is not guessed from many addresses either.

use crate::{client::Client, fault::Fault};
use mohor_domain::people::lock_millis;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long wrong passwords are remembered.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);
/// Pairs that are remembered, at most; beyond it the oldest is forgotten.
const PAIRS: usize = 50_000;

/// Wrong passwords, by login and address; one process counts for itself.
#[derive(Default)]
pub(crate) struct Brakes {
    hasher: RandomState,
    /// How many, and when the last was. Neither logins nor addresses are kept.
    pairs: Mutex<HashMap<u64, (u32, Instant)>>,
}

impl Brakes {
    /// Whether an attempt may be made now. Of an unknown login the answer is the same.
    pub fn check(&self, login: &str, client: Client, now: Instant) -> Result<(), Fault> {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((wrong, last)) = pairs.get(&self.pair(login, client)) else { return Ok(()) };
        let wait = Duration::from_millis(lock_millis(*wrong).unsigned_abs());
        match wait.saturating_sub(now.duration_since(*last)) {
            Duration::ZERO => Ok(()),
            left => Err(Fault::too_many(left.as_secs() + 1)),
        }
    }

    /// A password was wrong.
    pub fn wrong(&self, login: &str, client: Client, now: Instant) {
        let pair = self.pair(login, client);
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = |last: Instant| now.duration_since(last) < REMEMBERED;
        if pairs.len() >= PAIRS && !pairs.contains_key(&pair) {
            pairs.retain(|_, (_, last)| remembered(*last));
            if pairs.len() >= PAIRS
                && let Some(oldest) = pairs.iter().min_by_key(|(_, (_, last))| *last).map(|(pair, _)| *pair)
            {
                pairs.remove(&oldest);
            }
        }
        let before = pairs.get(&pair).filter(|(_, last)| remembered(*last)).map_or(0, |(wrong, _)| *wrong);
        pairs.insert(pair, (before.saturating_add(1), now));
    }

    /// A password was right: what was wrong before is forgotten.
    pub fn right(&self, login: &str, client: Client) {
        let pair = self.pair(login, client);
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner).remove(&pair);
    }

    fn pair(&self, login: &str, client: Client) -> u64 {
        self.hasher.hash_one((login, client.address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn from(last: u8) -> Client {
        Client { address: IpAddr::from([203, 0, 113, last]), local: false }
    }

    #[tokio::test]
    async fn whoever_pushes_waits_and_whoever_comes_from_elsewhere_does_not() {
        let (brakes, begin) = (Brakes::default(), Instant::now());
        let later = |seconds| begin + Duration::from_secs(seconds);
        for _ in 0..5 {
            assert!(brakes.check("rekha", from(1), begin).is_ok());
            brakes.wrong("rekha", from(1), begin);
        }
        assert!(brakes.check("rekha", from(1), later(59)).is_err());
        assert!(brakes.check("rekha", from(2), begin).is_ok(), "the owner, elsewhere");
        assert!(brakes.check("anita", from(1), begin).is_ok(), "somebody else, there");
        assert!(brakes.check("rekha", from(1), later(60)).is_ok());
        brakes.wrong("rekha", from(1), later(60));
        assert!(brakes.check("rekha", from(1), later(179)).is_err(), "the second wait is twice as long");
        assert!(brakes.check("rekha", from(1), later(180)).is_ok());
        brakes.right("rekha", from(1));
        brakes.wrong("rekha", from(1), later(180));
        assert!(brakes.check("rekha", from(1), later(180)).is_ok(), "what was right begins anew");
        for _ in 0..40 {
            brakes.wrong("anita", from(1), begin);
        }
        assert!(brakes.check("anita", from(1), later(3_599)).is_err());
        assert!(brakes.check("anita", from(1), later(3_600)).is_ok(), "an hour is the longest");
    }

    #[tokio::test]
    async fn so_many_pairs_are_remembered_and_no_more() {
        let (brakes, begin) = (Brakes::default(), Instant::now());
        for n in 0..PAIRS + 3 {
            brakes.wrong(&n.to_string(), from(1), begin);
        }
        assert_eq!(brakes.pairs.lock().expect("whole").len(), PAIRS);
    }
}
