//! Looks at the same moments: whoever looks every so often wakes together with the others, and the process once for all.

use std::{sync::OnceLock, time::Duration};
use tokio::time::{Instant, sleep_until};

/// When the first was asked.
static BEGIN: OnceLock<Instant> = OnceLock::new();

/// Until the next beat of this length.
pub fn until_beat(every: Duration) -> Duration {
    let past = BEGIN.get_or_init(Instant::now).elapsed();
    left(past, every)
}

/// Sleeps until the next beat of this length; never longer than that.
pub async fn beat(every: Duration) {
    sleep_until(Instant::now() + until_beat(every)).await;
}

fn left(past: Duration, every: Duration) -> Duration {
    let every = every.as_nanos().max(1);
    Duration::from_nanos((every - past.as_nanos() % every) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_beats_fall_together_with_long_ones() {
        let millis = Duration::from_millis;
        assert_eq!(left(millis(0), millis(500)), millis(500));
        assert_eq!(left(millis(1_300), millis(500)), millis(200));
        assert_eq!(left(millis(1_300), millis(1_000)), millis(700), "a beat of 500 later");
        assert_eq!(left(millis(2_000), millis(1_000)), millis(1_000), "never none");
    }
}
