//! How long what is known of citizens is kept.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Days in the longest time that can be set: ten years.
const LONGEST: u16 = 3_660;
/// Days in the shortest: a hand-over can be taken back for some days, and its phone is needed then.
const SHORTEST: u16 = 31;

/// How long what is known of citizens is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// Days after the delivery, or after the rejection or withdrawal, on which a phone number is erased.
    pub phone_days: u16,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { phone_days: 365 }
    }
}

impl Privacy {
    /// Whether it can be worked by.
    pub fn check(&self) -> Result<()> {
        if !(SHORTEST..=LONGEST).contains(&self.phone_days) {
            bail!("configuration: `privacy.phone_days` is {SHORTEST} to {LONGEST}");
        }
        Ok(())
    }

    /// The same in milliseconds.
    pub fn phone_millis(&self) -> i64 {
        i64::from(self.phone_days) * 24 * 60 * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_a_month_at_least_and_ten_years_at_most() {
        assert!(Privacy::default().check().is_ok());
        assert_eq!(Privacy::default().phone_millis(), 31_536_000_000);
        for days in [0, 30, 3_661] {
            let error = Privacy { phone_days: days }.check().expect_err("no such time");
            assert!(error.to_string().contains("privacy.phone_days"), "{error}");
        }
    }
}
