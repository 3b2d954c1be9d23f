//! The ledger: the truth. Each method is one transaction, durable when it returns.
//!
//! Promises of every method that commits work of a stage:
//! - it compares the state it expects; work already done is left as it is, and reported as such;
//! - the hint that brought the work is settled and the next stage's hint is written in the same transaction where the
//!   ledger carries the bus (SQLite); elsewhere the advanced row is the outbox of its hint;
//! - outbound events are rows of the same transaction, numbered by the counter row of their stream.
//!
//! Errors: `Outage` when the ledger cannot be reached, is full or is locked for longer than its patience; `Fatal` when
//! what it holds contradicts itself (the message names table, row and column).

mod inbox;

mod issue;

mod register;

mod upkeep;

mod clocks;

mod clock_row;

mod turn;

mod stay;

mod counter;

mod codes;

mod exceptions;

mod citizens;

mod tray;

mod uncollected;

mod board;

mod documents;

mod changes;

mod mails;

mod endpoint_mail;

mod people;

mod directories;

mod centres;

mod reports;

mod webhooks;

mod holograms;

mod test_pages;

pub use board::*;
pub use centres::*;
pub use changes::*;
pub use citizens::*;
pub use clock_row::{ClockRow, Spoilt, read_clocks};
pub use clocks::*;
pub use codes::*;
pub use counter::*;
pub use directories::*;
pub use documents::*;
pub use endpoint_mail::*;
pub use exceptions::*;
pub use holograms::*;
pub use inbox::*;
pub use issue::*;
pub use mails::*;
pub use people::*;
pub use register::*;
pub use reports::*;
pub use stay::sent_on;
pub use test_pages::*;
pub use tray::*;
pub use turn::Turn;
pub use uncollected::*;
pub use upkeep::*;
pub use webhooks::*;

/// Whatever keeps the promises of all these ports.
macro_rules! ledger_is {
    ($($port:ident)+) => {
        /// A whole ledger.
        pub trait Ledger: $($port +)+ {}

        impl<T: $($port +)+> Ledger for T {}
    };
}

ledger_is! {
    Inbox Issue Register Upkeep Clocks People Board Mails Directories Reports Counter Codes Citizens Exceptions Tray Documents
    Changes Webhooks Uncollected Holograms TestPages Centres
}
