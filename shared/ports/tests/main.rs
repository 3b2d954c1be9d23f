//! The suites, on ports that are simple.

mod calls;
mod turns;
mod vault_suite;
