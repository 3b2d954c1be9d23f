//! The State's own list of centres.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{centres::CentreList, civil::Instant};

/// A list that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentresLoad {
    /// Its number, from 1.
    pub version: u32,
    /// Its contents as a file ([`CentreList::text`]).
    pub text: String,
    /// When.
    pub loaded_at: Instant,
    /// By whom.
    pub actor: String,
}

/// What a load came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CentresLoaded {
    /// It is the list of this number now, or would be.
    New(u32),
    /// It says what the list of this number says, the last one.
    Same(u32),
    /// Certificates wait at centres that are not in it: code and how many, in order. Nothing was loaded.
    Waiting(Vec<(String, u64)>),
}

/// The lists of centres that were loaded; before the first the catalogue has its own. A list that was loaded is never changed
/// and never removed.
#[async_trait]
pub trait Centres: Send + Sync {
    /// Loads a list as a whole, with its audit line, unless a certificate is ready or printed and not handed over at a centre
    /// that is not in it. `dry`: nothing is written.
    async fn load_centres(&self, list: CentreList, act: Act, dry: bool) -> Result<CentresLoaded>;
    /// The last list that was loaded. A process reads it when it starts.
    async fn centres(&self) -> Result<Option<CentresLoad>>;
}
