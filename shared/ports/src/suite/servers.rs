//! The real servers that the tests of an adapter talk to: `./infra/test` starts them and names them in the environment.

/// What the environment says of a server. Without it a quick run passes the test over and says so; any other run fails.
pub fn server(name: &str) -> Option<String> {
    if let Ok(value) = std::env::var(name) {
        return Some(value);
    }
    assert!(
        std::env::var_os("MOHOR_QUICK").is_some(),
        "{name} is not set: run ./infra/test, or `eval \"$(infra/dev env)\"` after `infra/dev up`"
    );
    println!("SKIPPED: {name} is not set, there is no such server");
    None
}

/// A name that no other test has: databases, virtual hosts and buckets of one test.
pub fn name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let started = std::fs::metadata("/proc/self").ok().and_then(|meta| meta.modified().ok());
    let started = started.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    format!("t{}-{}-{}", started.as_micros(), std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}
