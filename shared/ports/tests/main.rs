//! The suites, on ports that are simple.

mod calls;
mod kept;
mod turns;
mod vault_suite;
