//! What supervisors decide and look at of hand-overs: exceptions, and samples of those that rest on a paper.

use super::{Act, Handed};
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{board::Selection, civil::Instant, uin::Uin};

/// An exception that an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The certificate.
    pub uin: Uin,
    /// Its department.
    pub department: String,
    /// The department's own number of the application.
    pub application_no: String,
    /// The centre's own number of the request.
    pub docket_no: Option<String>,
    /// The centre that asks.
    pub bsk: String,
    /// Why neither code nor document will do.
    pub reason: String,
    /// Who asks.
    pub asked_by: String,
    /// Since when.
    pub asked_at: Instant,
    /// What was decided, by whom.
    pub decided: Option<(bool, String)>,
}

/// What became of a request or a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is recorded.
    Done,
    /// It was asked or decided before: that stands.
    Before,
    /// There is nothing of the kind there.
    Unknown,
}

/// A hand-over that somebody is to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its department.
    pub department: String,
    /// The department's own number of the application.
    pub application_no: String,
    /// The centre's own number of the request.
    pub docket_no: Option<String>,
    /// The hand-over.
    pub handed: Handed,
    /// What was found, by whom.
    pub found: Option<(bool, String)>,
}

/// Of hand-overs that rest on a paper one in so many is looked into.
pub const ONE_IN: u8 = 10;

/// What supervisors decide.
#[async_trait]
pub trait Exceptions: Send + Sync {
    /// An operator asks, at the centre that was told of the certificate; one open request for a certificate.
    async fn ask_exception(&self, uin: Uin, bsk: &str, reason: &str, act: Act) -> Result<Asked>;
    /// The newest request for a certificate.
    async fn exception(&self, uin: Uin) -> Result<Option<Exception>>;
    /// Open requests within a selection (department, district, centre), oldest first.
    async fn open_exceptions(&self, of: &Selection, most: u32) -> Result<Vec<Exception>>;
    /// Decides an open request within a selection, once.
    async fn decide_exception(&self, of: &Selection, uin: Uin, allow: bool, act: Act) -> Result<Asked>;
    /// Sampled hand-overs within a selection that nobody has looked into, oldest first.
    async fn samples(&self, of: &Selection, most: u32) -> Result<Vec<Sample>>;
    /// Records what was found, once: in order or not.
    async fn find_sample(&self, of: &Selection, uin: Uin, in_order: bool, note: &str, act: Act) -> Result<Asked>;
}
