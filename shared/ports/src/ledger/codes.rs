//! One-time codes: what is sent to the applicant's phone, so that whoever says it has the phone.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, sms::SmsKind, uin::Uin};

/// A code that is wanted. The code itself is nowhere in the ledger: only its HMAC, by a key that the portal alone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// The certificate.
    pub uin: Uin,
    /// What for.
    pub kind: SmsKind,
    /// The centre that asks, and that was told of the certificate; none: the citizen asks.
    pub bsk: Option<String>,
    /// The code's HMAC.
    pub mac: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeMade {
    /// It is recorded, and any older one of its kind is over. It may be sent.
    New {
        /// To this number.
        mobile: String,
        /// The department's own number of the application.
        application_no: String,
    },
    /// The application names no number, or it is erased.
    NoMobile,
    /// The number stands on too many open applications: it is somebody's who applies for others.
    Shared,
    /// One was sent a moment ago, or as many as a day has: another at that time.
    Again(Instant),
    /// It was handed over before.
    HandedOver,
    /// It is not live (any more).
    NotLive(Standing),
    /// There is no such certificate there.
    Unknown,
}

/// What became of a code that somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeTried {
    /// It is the one, and is used up now.
    Right,
    /// It is another; so many tries are left.
    Wrong {
        /// Tries that are left.
        left: u32,
    },
    /// None is open.
    None,
}

/// The codes.
#[async_trait]
pub trait Codes: Send + Sync {
    /// Records a code, with the audit line, before it is sent: a process that dies in between leaves one that nobody knows.
    async fn make_code(&self, code: NewCode, act: Act) -> Result<CodeMade>;
    /// Tries a code for something else than a hand-over: one that is right is used up, one that is wrong counts.
    async fn try_code(&self, uin: Uin, kind: SmsKind, mac: &str) -> Result<CodeTried>;
}
