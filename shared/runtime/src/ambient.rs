//! The ambient things: a monotonic clock for durations, the machine's date and time, the operating system's random generator.
#![allow(clippy::disallowed_methods, reason = "the one place where they are real")]

use mohor_domain::civil;
use mohor_ports::{
    error::{Error, Result},
    time::{Entropy, Stopwatch, WallClock},
};
use rustix::{
    fs::Mode,
    process::{Resource, Rlimit, getrlimit, setrlimit, umask},
    time::{ClockId, Timespec, clock_gettime},
};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        getrandom::fill(buffer).map_err(|error| {
            Error::fatal("the operating system gives no randomness; numbers cannot be drawn").because(error.to_string())
        })
    }
}

/// Time since the process began to measure.
#[derive(Debug, Clone, Copy)]
pub struct Monotonic(Instant);

impl Default for Monotonic {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Stopwatch for Monotonic {
    fn micros(&self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }
}

/// The machine's date and time.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineClock;

impl WallClock for MachineClock {
    fn now(&self) -> civil::Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        civil::Instant::from_millis(since.as_millis() as i64)
    }
}

/// From now on what this process makes is its owner's alone: files 0600, folders 0700, whatever the caller's mask was.
pub fn close_to_others() {
    umask(Mode::from_raw_mode(0o077));
}

/// Microseconds of processor time that this thread has used.
pub fn thread_cpu_micros() -> u64 {
    micros(clock_gettime(ClockId::ThreadCPUTime))
}

/// Microseconds of processor time that this process has used.
pub fn process_cpu_micros() -> u64 {
    micros(clock_gettime(ClockId::ProcessCPUTime))
}

fn micros(time: Timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

/// Lets this process have open as many files and connections as the system allows it; how many these are. What it is given at
/// first is often 1,024, for the sake of programs that are older than this need.
pub fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit { current: limit.maximum, ..limit };
    let may = if setrlimit(Resource::Nofile, all).is_ok() { limit.maximum } else { limit.current };
    may.unwrap_or(u64::MAX)
}

/// Resident memory in bytes (now, highest); 0 where the system does not tell.
pub fn resident_bytes() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}
