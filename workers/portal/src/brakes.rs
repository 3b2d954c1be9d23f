//! Wrong passwords hold back whoever pushes, and not whom he pushes: they are counted by login and address together. Four are
//! free, and each further one doubles a wait from a minute to an hour. A stranger elsewhere keeps nobody out, and a password,
//! which is drawn (100 bits), is not guessed from many addresses either.

use crate::{client::Client, fault::Fault, wrongs::Wrongs};
use mohor_domain::people::lock_millis;
use std::{net::IpAddr, time::Duration};
use tokio::time::Instant;

/// How long wrong passwords are remembered.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);
/// Pairs that are remembered, at most.
const PAIRS: usize = 50_000;

/// Wrong passwords, by login and address, with the time of the last.
pub(crate) struct Brakes(Wrongs);

impl Default for Brakes {
    fn default() -> Self {
        Self(Wrongs::new(PAIRS, REMEMBERED))
    }
}

impl Brakes {
    /// Whether an attempt may be made now. Of an unknown login the answer is the same.
    pub fn check(&self, login: &str, client: Client, now: Instant) -> Result<(), Fault> {
        let mut left = Duration::ZERO;
        self.0.change(pair(login, client), now, |before| {
            let (wrong, last) = before?;
            let wait = Duration::from_millis(lock_millis(wrong).unsigned_abs());
            left = wait.saturating_sub(now.duration_since(last));
            None
        });
        if left.is_zero() { Ok(()) } else { Err(Fault::too_many(left.as_secs() + 1)) }
    }

    /// A password was wrong.
    pub fn wrong(&self, login: &str, client: Client, now: Instant) {
        self.0.change(pair(login, client), now, |before| {
            let wrong = before.map_or(0, |(wrong, _)| wrong);
            Some((wrong.saturating_add(1), now))
        });
    }

    /// A password was right: what was wrong before is forgotten.
    pub fn right(&self, login: &str, client: Client) {
        self.0.forget(pair(login, client));
    }
}

fn pair(login: &str, client: Client) -> (&str, IpAddr) {
    (login, client.address)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(brakes.0.len(), PAIRS);
    }
}
