//! Time and randomness are arguments: these are the places they come from.

use crate::error::Result;
use mohor_domain::civil::Instant;

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

/// The date and time by this machine, for what bears it towards somebody who holds it against a clock of his own. Nothing of
/// ours is dated by it: ask the ledger.
pub trait WallClock: Send + Sync {
    /// Now, as the machine believes.
    fn now(&self) -> Instant;
}
