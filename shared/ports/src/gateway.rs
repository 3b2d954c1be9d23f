//! Ways out: mail to people, HTTP to other systems.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::webhook::Asked;

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

/// A request as it is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// Its headers beside those of HTTP itself.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// An answer.
    Answered {
        /// Its status.
        status: u16,
        /// What `Retry-After` asks for.
        retry_after: Option<Asked>,
    },
    /// None, in a word: `bad_url`, `no_such_host`, `refused_address`, `no_connection`, `no_tls`, `too_slow`, `broken_off`.
    Unanswered(&'static str),
}

/// Posts to systems that others chose the address of.
///
/// A host is resolved once; each address that it has must be one that may be called, and one of these is connected to. No
/// redirect is followed, of an answer's body little is read and nothing kept, and the whole ends in time whatever the other
/// side does.
#[async_trait]
pub trait Poster: Send + Sync {
    /// Posts once.
    async fn post(&self, post: &Post) -> Posted;
}

/// A short message as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The same for the same message, so that a provider recognises a repetition.
    pub id: String,
    /// The mobile number with its country code: `+919875507385`.
    pub to: String,
    /// The words.
    pub text: String,
    /// The template's name, by which the adapter knows its registered id.
    pub template: String,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Number and words hold a citizen's phone and a code.
        write!(f, "Sms({} {})", self.id, self.template)
    }
}

/// Sends short messages.
///
/// Errors: `Outage` when the provider cannot be reached, is busy or fails, `Reject("sms_refused")` when it refuses this message.
/// No error repeats number or words.
#[async_trait]
pub trait Texter: Send + Sync {
    /// Sends one; the provider has taken it when this returns.
    async fn send(&self, sms: &Sms) -> Result<()>;
}
