//! The real servers that the tests of an adapter talk to: `./infra/test` starts them and names them in the environment.

use super::need;

/// What the environment says of a server. Without it a quick run passes the test over and says so; any other run fails.
pub fn server(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    let advice = "run ./infra/test, or `eval \"$(infra/dev env)\"` after `infra/dev up`";
    need::there(value.is_some(), name, advice).then_some(value)?
}

/// A name that no other test has: databases, virtual hosts and buckets of one test.
pub fn name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let started = std::fs::metadata("/proc/self").ok().and_then(|meta| meta.modified().ok());
    let started = started.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    format!("t{}-{}-{}", started.as_micros(), std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}
