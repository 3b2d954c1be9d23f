//! What is told to people by mail: a line for each rung and each who is to be told, written with the rung; a mailing of many
//! lines, fixed before it is sent first, so that it is the same when it is sent again.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{civil::Instant, clock::ClockKind, id::Id, ladder::Rung};

/// Lines of a mailing, at most.
pub const MAILING_LINES: u32 = 200;
/// A mailing that was taken to be sent and of which nothing was heard is taken again after so long, in milliseconds.
pub const MAILING_LEASE: i64 = 120_000;
/// A mailing that was refused so often is given up.
pub const MAILING_ATTEMPTS: u32 = 8;

/// A line of a mailing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailingLine {
    /// Mailings of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
    /// The service's slug.
    pub service: Option<String>,
    /// Which clock.
    pub kind: ClockKind,
    /// What is told.
    pub rung: Rung,
    /// The due day as it stood then.
    pub due_on: Option<String>,
}

/// A mailing that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailing {
    /// The row: stable, the mail's own id.
    pub id: Id,
    /// Whose.
    pub login: String,
    /// The name on pages.
    pub name: String,
    /// The address; none: it was taken away since.
    pub email: Option<String>,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// What is told.
    pub lines: Vec<MailingLine>,
}

/// What became of a mailing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The server has taken it.
    Taken,
    /// Not now: again at that time. `counts`: it was refused; not when the server was away.
    Later {
        /// When.
        at: Instant,
        /// Whether an attempt was used up.
        counts: bool,
    },
    /// Never.
    GivenUp,
}

/// How the telling stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailCensus {
    /// Lines whose time has come and that no mailing holds yet, and mailings that are not sent.
    pub waiting: u64,
    /// Mailings that were given up.
    pub failed: u64,
    /// How long the oldest of those that wait has been due, in milliseconds.
    pub lag_millis: i64,
}

/// The mails.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Takes mailings to be sent, at most so many: those whose time has come again, then new ones of the lines that are due.
    async fn take_mailings(&self, most: u32) -> Result<Vec<Mailing>>;
    /// Records what became of one, with a code where it was not taken. One that is settled is left.
    async fn settle_mailing(&self, id: Id, became: Sent, code: &str) -> Result<()>;
    /// How the telling stands.
    async fn mail_census(&self) -> Result<MailCensus>;
}
