//! The suites, on ports that are simple.

mod turns;
mod vault_suite;
