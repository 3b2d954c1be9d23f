//! The ledger on a real server.

mod emitted;
mod faults;
mod house;
mod plans;
mod suite;
mod unreadable;
mod wire;
