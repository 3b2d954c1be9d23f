//! Limits per address, one for each purpose: whoever verifies a lot at an office's address keeps nobody there from signing in.
//!
//! Of IPv6 a caller is a /64, which is what one household is given. Whoever is given more is counted by wider networks too: a
//! /56 passes four times as much as one caller, a /48 sixteen times (RFC 6177: what sites are assigned).

use crate::{client::Client, fault::Fault, site::Limits};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

type Limiter = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>;

/// Wider networks of IPv6: the length of the prefix, and how many times a caller's allowance it has.
const WIDER: [(u8, u32); 2] = [(56, 4), (48, 16)];
/// After so many passages the addresses that have their full allowance again are forgotten.
const FORGET_EVERY: u32 = 4_096;

/// The gate of one purpose.
pub(crate) struct Gate {
    own: Limiter,
    wider: [Limiter; WIDER.len()],
    passages: AtomicU32,
}

impl Gate {
    fn new(quota: fn(NonZeroU32) -> Quota, number: u32) -> Self {
        let limiter = |times: u32| {
            let number = NonZeroU32::new(number.saturating_mul(times)).unwrap_or(NonZeroU32::MIN);
            RateLimiter::dashmap(quota(number))
        };
        Self { own: limiter(1), wider: WIDER.map(|(_, times)| limiter(times)), passages: AtomicU32::new(0) }
    }

    /// One passage.
    pub fn pass(&self, client: Client) -> Result<(), Fault> {
        if self.passages.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            [&self.own].into_iter().chain(&self.wider).for_each(|limiter| limiter.retain_recent());
        }
        check(&self.own, client.address)?;
        let IpAddr::V6(address) = client.address else { return Ok(()) };
        WIDER.iter().zip(&self.wider).try_for_each(|((length, _), limiter)| check(limiter, network(address, *length)))
    }
}

fn check(limiter: &Limiter, address: IpAddr) -> Result<(), Fault> {
    limiter.check_key(&address).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        Fault::too_many(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// The network of so many bits that an address is in.
pub(crate) fn network(address: Ipv6Addr, length: u8) -> IpAddr {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
}

/// The gates of one process.
pub(crate) struct Gates {
    /// Verifications.
    pub verify: Gate,
    /// Uploads.
    pub upload: Gate,
    /// Sign-ins, here and at the State's.
    pub sign_in: Gate,
    /// Citizens' looks at their applications.
    pub track: Gate,
    /// Requests of departments.
    pub department: Gate,
    /// Pages and calls of whoever is signed in, or says so.
    pub page: Gate,
}

impl Gates {
    pub fn new(limits: &Limits) -> Self {
        Self {
            verify: Gate::new(Quota::per_minute, limits.verify_per_minute),
            upload: Gate::new(Quota::per_minute, limits.uploads_per_minute),
            sign_in: Gate::new(Quota::per_minute, limits.sign_ins_per_minute),
            track: Gate::new(Quota::per_minute, limits.tracks_per_minute),
            department: Gate::new(Quota::per_second, limits.applications_per_second),
            page: Gate::new(Quota::per_second, limits.pages_per_second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Client {
        Client { address: address.parse().expect("an address"), local: false }
    }

    #[test]
    fn a_network_that_is_many_callers_passes_a_few_times_as_much_as_one() {
        let passed = |callers: &mut dyn Iterator<Item = String>| {
            let gate = Gate::new(Quota::per_minute, 3);
            callers.filter(|address| gate.pass(at(address)).is_ok()).count()
        };
        assert_eq!(passed(&mut (0..100).map(|_| "2001:db8:0:1::".into())), 3, "one household");
        assert_eq!(passed(&mut (0..100).map(|n| format!("2001:db8:0:{n:x}::"))), 12, "a /56");
        assert_eq!(passed(&mut (0..100).map(|n| format!("2001:db8:0:{n:x}00::"))), 48, "a /48");
        assert_eq!(passed(&mut (0..100).map(|n| format!("2001:db8:{n:x}::"))), 100, "others");
        assert_eq!(passed(&mut (0..100).map(|n| format!("203.0.113.{n}"))), 100, "IPv4 has no such steps");
    }

    #[test]
    fn each_purpose_has_an_allowance_of_its_own() {
        let gates = Gates::new(&Limits { verify_per_minute: 1, ..Limits::default() });
        let caller = at("203.0.113.9");
        assert!(gates.verify.pass(caller).is_ok());
        assert!(gates.verify.pass(caller).is_err());
        for gate in [&gates.sign_in, &gates.track, &gates.upload, &gates.department, &gates.page] {
            assert!(gate.pass(caller).is_ok());
        }
    }
}
