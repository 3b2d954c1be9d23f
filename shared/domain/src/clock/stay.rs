//! The centres at which a certificate lies, one after the other: each stay has a clock of its own, with its full time.

use super::{Clock, ClockKind, History};
use crate::civil::Instant;

/// A certificate's time at a centre that it was sent on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The centre.
    pub bsk: String,
    /// Its district.
    pub district: Option<String>,
    /// Since when it lies there.
    pub from: Instant,
}

/// The key of the clock of a stay: empty of the first (0), then the how manieth centre it is.
pub fn stay_key(stay: u32) -> String {
    if stay == 0 { String::new() } else { (stay + 1).to_string() }
}

/// Reads [`stay_key`].
pub fn stay_of(key: &str) -> Option<u32> {
    if key.is_empty() { Some(0) } else { key.parse::<u32>().ok()?.checked_sub(1) }
}

impl History {
    /// The centre of a clock and its district: where the citizen applied, and of a later stay where it lies.
    pub fn place_of(&self, clock: &Clock) -> (Option<&str>, Option<&str>) {
        let later = (clock.kind == ClockKind::Bsk).then(|| stay_of(&clock.key)).flatten();
        match later.and_then(|stay| self.stays.get(stay.checked_sub(1)? as usize)) {
            Some(stay) => (Some(&stay.bsk), stay.district.as_deref()),
            None => (self.bsk.as_deref(), self.district.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_stay_says_the_how_manieth_centre_it_is() {
        for (stay, key) in [(0, ""), (1, "2"), (2, "3"), (11, "12")] {
            assert_eq!((stay_key(stay).as_str(), stay_of(key)), (key, Some(stay)));
        }
        assert_eq!((stay_of("0"), stay_of("x")), (None, None));
    }
}
