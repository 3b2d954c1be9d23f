//! The ledger on a real server.

mod faults;
mod plans;
mod suite;
mod wire;
