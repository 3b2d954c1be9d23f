//! The ledger in one SQLite file (WAL, synchronous FULL), and the embedded bus in the same file.

mod board;
mod bus;
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
mod exceptions;
mod hologram;
mod inbox;
mod issue;
mod lock;
mod mail;
mod moving;
mod offences;
mod outbound;
mod packed;
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
