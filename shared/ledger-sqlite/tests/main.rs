//! The ledger and the bus in a file.

mod bus;
mod citizen;
mod faults;
mod file;
mod house;
mod plans;
mod suite;
mod unreadable;
