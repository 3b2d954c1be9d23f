//! The ledger in PostgreSQL 15 or later, for any number of workers.
//!
//! Each method is one transaction with set-based statements, whatever the size of the batch. Rows that a transaction
//! changes are locked in one order (departments, then rows by key, then streams by name), so that two workers wait for
//! each other and never in a ring.

mod address;
mod board;
mod centres;
mod certificate;
mod change;
mod citizens;
mod clock;
mod codes;
mod connection;
mod counter;
mod derive;
mod directory;
mod documents;
mod endpoint_mail;
mod event;
mod event_rows;
mod exceptions;
mod hologram;
mod inbox;
mod issue;
mod known;
mod mail;
mod mint;
mod moving;
mod offences;
mod outbound;
mod passage;
mod people;
mod recompute;
mod register;
mod reports;
mod schema;
mod test_page;
mod tray;
mod trouble;
mod uncollected;
mod upkeep;
mod webhook;

pub use connection::{PostgresLedger, Reach};
pub use schema::VERSION;

/// The statements of long lists by name, for a test that asks how they are carried out. (A test beside them would build all
/// of this crate a second time.)
#[doc(hidden)]
pub const LISTS: [(&str, &str); 7] = [
    ("page", tray::PAGE),
    ("named", tray::NAMED),
    ("chosen", tray::CHOSEN),
    ("by_uin", tray::BY_UIN),
    ("by_number", tray::BY_NUMBER),
    ("list", uncollected::LIST),
    ("remind", uncollected::REMIND),
];
