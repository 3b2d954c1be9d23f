//! Webhooks: who else is told of a stream's events, by HTTP, after the specification "Standard Webhooks" 1.0.0
//! (github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`).
//!
//! An endpoint belongs to one stream, and its place in it is the number that was delivered last. Events go out in order, one
//! after the other, each until it was taken.

mod address;

pub use address::Target;

use crate::{
    civil::Instant,
    event::{bsk_stream, department_stream},
};
use std::fmt;

/// What the world is told: the words that an endpoint may choose from.
pub const WORDS: [&str; 17] = [
    "application.accepted",
    "application.refused",
    "application.parked",
    "certificate.issued",
    "certificate.ready",
    "certificate.delivered",
    "certificate.delivery_undone",
    "certificate.returned",
    "certificate.rerouted",
    "certificate.revoked",
    "certificate.suspended",
    "certificate.restored",
    "certificate.superseded",
    "sla.due_soon",
    "sla.breached",
    "sla.escalated",
    "sla.met",
];
/// Endpoints of one stream, at most.
pub const ENDPOINTS: u32 = 10;
/// How long the secret before signs beside a new one, in milliseconds: a day, in which the receiver changes over.
pub const OVERLAP: i64 = 24 * 3600 * 1000;
/// What a receiver asks for by `Retry-After` is heard up to so many seconds: a day.
const LONGEST_ASKED: u32 = 24 * 3600;
/// Waits are lengthened by up to this share of themselves, so that receivers that failed together are not tried together.
const JITTER_PERCENT: i64 = 20;

/// Whose events an endpoint is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A department, by its letters.
    Department(String),
    /// A centre, by its code.
    Bsk(String),
}

impl Owner {
    /// The stream of its events.
    pub fn stream(&self) -> String {
        match self {
            Self::Department(code) => department_stream(code),
            Self::Bsk(code) => bsk_stream(code),
        }
    }
}

/// Whether an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is.
    Active,
    /// A person has stopped it for a while; its place stays.
    Paused,
    /// It answered that it is gone, or failed for as long as the waits last; its place stays.
    Disabled,
}

impl State {
    /// As the ledger has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    /// Reads it.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::Disabled].into_iter().find(|state| state.as_str() == word)
    }
}

/// How bodies are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HMAC-SHA256 by a secret that both sides know: `v1`, `whsec_`.
    Hmac,
    /// Ed25519 by a key that is ours alone: `v1a`, `whsk_` and, for the receiver, `whpk_`.
    Ed25519,
}

impl Scheme {
    /// What a secret of the scheme begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Hmac => "whsec_",
            Self::Ed25519 => "whsk_",
        }
    }

    /// As a person names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A secret as the specification serialises it. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A text of this form: `whsec_` or `whsk_`, then base64.
    pub fn read(text: &str) -> Option<Self> {
        [Scheme::Hmac, Scheme::Ed25519]
            .iter()
            .any(|scheme| text.strip_prefix(scheme.prefix()).is_some_and(|rest| !rest.is_empty()))
            .then(|| Self(text.into()))
    }

    /// Its scheme and its base64.
    pub fn parts(&self) -> (Scheme, &str) {
        match self.0.strip_prefix(Scheme::Ed25519.prefix()) {
            Some(rest) => (Scheme::Ed25519, rest),
            None => (Scheme::Hmac, self.0.trim_start_matches(Scheme::Hmac.prefix())),
        }
    }

    /// The text: to keep it, and to show it once to whoever makes it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a receiver asks for by `Retry-After` (RFC 9110, 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// So many seconds.
    Seconds(u32),
    /// Until then.
    Until(Instant),
}

impl Asked {
    /// The seconds from now on, a part of one being a whole one; none are left of a time that has passed.
    pub fn seconds(self, now: Instant) -> u32 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Until(then) => {
                let left = then.millis().saturating_sub(now.millis()).max(0);
                u32::try_from(left.saturating_add(999) / 1000).unwrap_or(u32::MAX)
            }
        }
    }
}

/// How long is waited after each failure of the same event; after the last one the endpoint is disabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<u32>);

impl Default for Schedule {
    /// The specification's: ten attempts in a little more than three days.
    fn default() -> Self {
        const MINUTE: u32 = 60;
        const HOUR: u32 = 3600;
        let hours = [2, 5, 10, 14, 20, 24].map(|hours| hours * HOUR);
        Self([vec![5, 5 * MINUTE, 30 * MINUTE], hours.to_vec()].concat())
    }
}

impl Schedule {
    /// Waits in seconds: 1 to 20 of them, none longer than a week.
    pub fn read(seconds: &[u32]) -> Option<Self> {
        let fits = (1..=20).contains(&seconds.len()) && seconds.iter().all(|wait| *wait <= 7 * 24 * 3600);
        fits.then(|| Self(seconds.to_vec()))
    }

    /// The waits in seconds.
    pub fn seconds(&self) -> &[u32] {
        &self.0
    }

    /// Milliseconds until the next attempt when `failed` attempts have failed (from 1); none: it is over. `random` is any
    /// number, `asked` the seconds that the receiver asks for.
    pub fn wait(&self, failed: u32, random: u16, asked: Option<u32>) -> Option<i64> {
        let own = i64::from(*self.0.get(failed.checked_sub(1)? as usize)?) * 1000;
        let asked = i64::from(asked.unwrap_or_default().min(LONGEST_ASKED)) * 1000;
        let wait = own.max(asked);
        Some(wait + wait * JITTER_PERCENT * i64::from(random) / (100 * i64::from(u16::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_those_of_the_specification() {
        let schedule = Schedule::default();
        let mut since = 0;
        let mut times = Vec::new();
        for failed in 1.. {
            let Some(wait) = schedule.wait(failed, 0, None) else { break };
            since += wait / 1000;
            times.push(format!("{:02}:{:02}:{:02}", since / 3600, since / 60 % 60, since % 60));
        }
        assert_eq!(
            times,
            [
                "00:00:05", "00:05:05", "00:35:05", "02:35:05", "07:35:05", "17:35:05", "31:35:05", "51:35:05",
                "75:35:05"
            ]
        );
        assert_eq!(schedule.wait(0, 0, None), None, "nothing has failed");
    }

    #[test]
    fn jitter_lengthens_by_a_fifth_at_most_and_is_given() {
        let schedule = Schedule::default();
        assert_eq!(schedule.wait(2, 0, None), Some(300_000));
        assert_eq!(schedule.wait(2, u16::MAX, None), Some(360_000));
        assert_eq!(schedule.wait(2, u16::MAX / 2, None), Some(329_999));
    }

    #[test]
    fn a_receiver_may_ask_for_more_and_for_a_day_at_most() {
        let schedule = Schedule::default();
        assert_eq!(schedule.wait(1, 0, Some(60)), Some(60_000));
        assert_eq!(schedule.wait(2, 0, Some(60)), Some(300_000), "never for less");
        assert_eq!(schedule.wait(1, 0, Some(u32::MAX)), Some(24 * 3600 * 1000));
    }

    #[test]
    fn a_receiver_may_ask_by_the_clock() {
        let now = Instant::from_millis(1_790_000_000_000);
        let until = |millis: i64| Asked::Until(now.plus_millis(millis)).seconds(now);
        assert_eq!([until(90_000), until(90_001), until(0), until(-5_000)], [90, 91, 0, 0]);
        assert_eq!([until(i64::MAX), Asked::Until(Instant::from_millis(i64::MIN)).seconds(now)], [u32::MAX, 0]);
        assert_eq!(Asked::Seconds(7).seconds(now), 7);
    }

    #[test]
    fn a_schedule_has_one_wait_at_least() {
        assert!(Schedule::read(&[]).is_none() && Schedule::read(&[0; 21]).is_none());
        assert!(Schedule::read(&[8 * 24 * 3600]).is_none());
        assert_eq!(Schedule::read(&[0]).and_then(|it| it.wait(1, 9, None)), Some(0));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        assert!(!format!("{secret:?}").contains("MfKQ"));
        assert_eq!(secret.parts(), (Scheme::Hmac, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert!(Secret::read("whsec_").is_none() && Secret::read("MfKQ").is_none());
    }
}
