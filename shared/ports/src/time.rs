//! Time and randomness are arguments: these are the two places they come from.

use crate::error::Result;

/// A source of random bytes fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills the buffer. An error means the operating system's generator is not to be had: stop.
    fn fill(&self, buffer: &mut [u8]) -> Result<()>;
}

/// A monotonic clock, for measuring durations only.
pub trait Stopwatch: Send + Sync {
    /// Microseconds since some fixed point of this process.
    fn micros(&self) -> u64;
}
