//! The two ambient things: a monotonic clock for durations, and the operating system's random generator.
#![allow(clippy::disallowed_methods, reason = "the one place where they are real")]

use mohor_ports::{
    error::{Error, Result},
    time::{Entropy, Stopwatch},
};
use std::time::Instant;

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

/// Microseconds of processor time that this thread has used; 0 where the system does not tell.
pub fn thread_cpu_micros() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0) / 1000
}

/// Microseconds of processor time that this process has used; 0 where the system does not tell.
pub fn process_cpu_micros() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15 (proc(5)): user and system time in ticks, after the name in brackets. A tick is 10 ms on Linux.
    let ticks: u64 = text
        .rsplit(')')
        .next()
        .map(|rest| rest.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum())
        .unwrap_or(0);
    ticks * 10_000
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
