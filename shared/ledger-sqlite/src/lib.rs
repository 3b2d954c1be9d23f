//! The ledger in one SQLite file (WAL, synchronous FULL), and the embedded bus in the same file.

mod board;
mod bus;
mod certificate;
mod change;
mod citizens;
mod clock;
mod codes;
mod connection;
mod counter;
mod directory;
mod documents;
mod endpoint_mail;
mod event;
mod exceptions;
mod hologram;
mod inbox;
mod issue;
mod lock;
mod mail;
mod moving;
mod offences;
mod outbound;
mod people;
mod recompute;
mod register;
mod reports;
mod schema;
mod test_page;
mod tray;
mod uncollected;
mod upkeep;
mod webhook;

pub use bus::EmbeddedBus;
pub use connection::{Clock, SqliteLedger};
pub use lock::RunnerLock;
pub use schema::VERSION;
