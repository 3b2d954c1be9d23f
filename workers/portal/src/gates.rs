//! Limits per address. Guessing numbers is hopeless at 55 bits anyway; the gates keep one caller from using up the house.

use crate::{client::Client, fault::Fault, site::Limits};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
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

/// Places for large bodies while they are read: they bound the memory of the whole house, and an address that sends
/// slowly cannot take them all.
pub(crate) struct Places {
    total: u32,
    per_address: u32,
    taken: Mutex<HashMap<IpAddr, u32>>,
}

/// One place, given back when it is dropped.
pub(crate) struct Place<'p> {
    places: &'p Places,
    address: IpAddr,
}

impl Places {
    pub fn new(total: u32, per_address: u32) -> Self {
        Self { total: total.max(1), per_address: per_address.max(1), taken: Mutex::default() }
    }

    /// Takes a place, or says that all hands are full.
    pub fn take(&self, client: Client) -> Result<Place<'_>, Fault> {
        let address = client.address;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&address).copied().unwrap_or(0);
        if own >= self.per_address || taken.values().sum::<u32>() >= self.total {
            return Err(Fault::busy());
        }
        taken.insert(address, own + 1);
        Ok(Place { places: self, address })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let from = |last| Client { address: IpAddr::from([203, 0, 113, last]), local: false };
        let places = Places::new(3, 2);
        let first = places.take(from(1)).expect("a place");
        let _second = places.take(from(1)).expect("a place");
        assert!(places.take(from(1)).is_err(), "two are the most of one address");
        let _third = places.take(from(2)).expect("a place");
        assert!(places.take(from(3)).is_err(), "three are all there are");
        drop(first);
        assert!(places.take(from(3)).is_ok());
    }
}
