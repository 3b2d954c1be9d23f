//! The suites, on ports that are simple.

mod calls;
mod kept;
mod measured;
mod turns;
mod vault_suite;
