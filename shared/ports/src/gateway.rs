//! Ways out to people: mail.

use crate::error::Result;
use async_trait::async_trait;

/// A mail as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The left part of `Message-ID` (RFC 5322, 3.6.4): the same for the same mail, so that a repetition is recognisable.
    pub id: String,
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text, lines end with `\n`.
    pub text: String,
}

/// Sends mails.
///
/// Errors: `Outage` when the server cannot be reached or will not talk now, `Retry` when it refuses this mail for now,
/// `Reject("mail_refused")` when it refuses it for good.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one; the server has taken it when this returns.
    async fn send(&self, mail: &Mail) -> Result<()>;
}
