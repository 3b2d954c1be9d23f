//! How anything is waited for: until it is so, and not for a time. No test is about how fast a machine is, so patience is
//! long: it ends a test that would never end.

use std::{thread, time::Duration};

/// How long at least a test waits before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(300);

const STEP: Duration = Duration::from_millis(20);

/// Waits until `look` finds it. Looks are counted and not the time, so that a slow machine is given more of it.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    waited(PATIENCE, &mut look).unwrap_or_else(|| panic!("waited for {what} for {PATIENCE:?} and more"))
}

/// The same for whoever says itself what was the matter.
pub fn waited<T>(patience: Duration, look: &mut dyn FnMut() -> Option<T>) -> Option<T> {
    (0..=patience.as_millis() / STEP.as_millis()).find_map(|round| {
        if round > 0 {
            thread::sleep(STEP);
        }
        look()
    })
}
