//! Limits per address. Guessing numbers is hopeless at 55 bits anyway; the gates keep one caller from using up the house.

use crate::{client::Client, fault::Fault, site::Limits};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

type Gate = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>;

/// After so many passages the addresses that have their full allowance again are forgotten.
const FORGET_EVERY: u32 = 4_096;

/// The gates of one process.
pub(crate) struct Gates {
    verify: Gate,
    uploads: Gate,
    departments: Gate,
    passages: AtomicU32,
}

impl Gates {
    pub fn new(limits: &Limits) -> Self {
        let some = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            verify: RateLimiter::dashmap(Quota::per_minute(some(limits.verify_per_minute))),
            uploads: RateLimiter::dashmap(Quota::per_minute(some(limits.uploads_per_minute))),
            departments: RateLimiter::dashmap(Quota::per_second(some(limits.applications_per_second))),
            passages: AtomicU32::new(0),
        }
    }

    /// One verification.
    pub fn verify(&self, client: Client) -> Result<(), Fault> {
        self.pass(&self.verify, client)
    }

    /// One upload.
    pub fn upload(&self, client: Client) -> Result<(), Fault> {
        self.pass(&self.uploads, client)
    }

    /// One request of a department.
    pub fn department(&self, client: Client) -> Result<(), Fault> {
        self.pass(&self.departments, client)
    }

    fn pass(&self, gate: &Gate, client: Client) -> Result<(), Fault> {
        if self.passages.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            for gate in [&self.verify, &self.uploads, &self.departments] {
                gate.retain_recent();
            }
        }
        gate.check_key(&client.address).map_err(|until| {
            let wait = until.wait_time_from(gate.clock().now());
            Fault::too_many(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
        })
    }
}
