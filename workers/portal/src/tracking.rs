//! An application by its number and the key on its Form 1, which rides in forms alone.
//!
//! An unknown number and a key that does not match are one look-up and one answer. Ten wrong keys for a number in an hour, and
//! until that hour is over the same answer is given for it whatever the key: so many tries find one of 2^40 keys never.

use crate::{client::Client, fault::Fault, site::Site, wrongs::Wrongs};
use mohor_domain::tracking::{TrackingKey, WRONG_KEYS, number_of};
use mohor_ports::ledger::Tracked;
use std::time::Duration;
use tokio::time::Instant;

/// How long wrong keys for a number are remembered.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);
/// Numbers whose wrong keys are remembered, at most.
const NUMBERS: usize = 50_000;

/// Wrong keys, by number, with the time of the first.
pub(crate) struct WrongKeys(Wrongs);

impl Default for WrongKeys {
    fn default() -> Self {
        Self(Wrongs::new(NUMBERS, REMEMBERED))
    }
}

impl WrongKeys {
    /// Whether the answer for a number is given; one that is wrong counts.
    fn judge(&self, number: &str, right: bool, now: Instant) -> bool {
        let mut given = false;
        self.0.change(number, now, |before| {
            let (wrong, since) = before.unwrap_or((0, now));
            let open = wrong < WRONG_KEYS;
            given = open && right;
            (open && !right).then_some((wrong + 1, since))
        });
        given
    }
}

/// An application that somebody has named.
pub(crate) struct Named {
    /// What is recorded.
    pub tracked: Tracked,
    /// The key as it is printed.
    pub key: String,
}

/// Why there is none.
pub(crate) enum Missed {
    /// What was keyed in cannot be a number or a key: this says nothing of what there is. The field's name.
    Mistyped(&'static str),
    /// There is no such application, the key is another's, or too many were wrong.
    Unknown,
}

/// Looks an application up.
pub(crate) async fn find(site: &Site, client: Client, number: &str, key: &str) -> Result<Result<Named, Missed>, Fault> {
    site.gates.track.pass(client)?;
    let Some(number) = number_of(number) else { return Ok(Err(Missed::Mistyped("number"))) };
    let Some(key) = TrackingKey::read(key) else { return Ok(Err(Missed::Mistyped("key"))) };
    let found = site.portal.citizens.tracked(&key.digest(&number)).await.map_err(Fault::port)?;
    let given = site.wrong_keys.judge(&number, found.is_some(), Instant::now());
    if !given {
        site.refused("tracking_key");
    }
    Ok(found.filter(|_| given).map(|tracked| Named { tracked, key: key.grouped() }).ok_or(Missed::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_ten_wrong_keys_the_right_one_is_as_good_as_a_wrong_one_for_an_hour() {
        let (keys, begin) = (WrongKeys::default(), Instant::now());
        let later = |seconds| begin + Duration::from_secs(seconds);
        for _ in 0..WRONG_KEYS - 1 {
            assert!(!keys.judge("A", false, begin));
        }
        assert!(keys.judge("A", true, later(1)), "nine are not ten");
        assert!(!keys.judge("A", false, later(2)));
        assert!(!keys.judge("A", true, later(3)));
        assert!(keys.judge("B", true, later(3)), "another number");
        assert!(!keys.judge("A", true, later(3_599)));
        assert!(keys.judge("A", true, later(3_600)));
        assert!(!keys.judge("A", false, later(3_600)), "the next hour counts anew");
        assert!(keys.judge("A", true, later(3_601)));
    }

    #[tokio::test]
    async fn so_many_numbers_are_remembered_and_no_more() {
        let (keys, begin) = (WrongKeys::default(), Instant::now());
        for n in 0..NUMBERS + 3 {
            assert!(!keys.judge(&n.to_string(), false, begin + Duration::from_millis(n as u64 / 100)));
        }
        assert_eq!(keys.0.len(), NUMBERS);
    }
}
