//! The centres at which a certificate lies, one after the other: each stay has a clock of its own, with its full time.

use super::{Clock, ClockKind, History};
use crate::{civil::Instant, event::EventKind};

/// A centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its code.
    pub bsk: String,
    /// Its district.
    pub district: Option<String>,
}

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
    /// With its centres. An application keeps the limits of where the citizen applied: that the approval names another centre
    /// sends the certificate there, and makes no limit longer. `named` is the centre to which the certificate goes.
    pub fn placed(mut self, named: Option<String>, district: impl Fn(&str) -> Option<String>) -> Self {
        let submission = self.happenings.iter().filter(|it| it.kind == EventKind::Submitted).min();
        let applied = submission.map_or_else(|| named.clone(), |it| it.bsk.clone());
        self.goes_to = named.map(|bsk| Place { district: district(&bsk), bsk });
        self.district = applied.as_deref().and_then(district);
        self.bsk = applied;
        self
    }

    /// The centre of a clock and its district: where the citizen applied, and of a stay where the certificate lies.
    pub fn place_of(&self, clock: &Clock) -> (Option<&str>, Option<&str>) {
        let stay = if clock.kind == ClockKind::Bsk { stay_of(&clock.key) } else { None };
        let lies = stay.and_then(|stay| match stay.checked_sub(1) {
            None => self.goes_to.as_ref().map(|place| (&place.bsk, &place.district)),
            Some(later) => self.stays.get(later as usize).map(|stay| (&stay.bsk, &stay.district)),
        });
        let (bsk, district) = lies.map_or((self.bsk.as_ref(), &self.district), |(bsk, district)| (Some(bsk), district));
        (bsk.map(String::as_str), district.as_deref())
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
