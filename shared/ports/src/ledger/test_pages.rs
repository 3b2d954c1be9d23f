//! Test pages: one for each centre and civil day, with a code that is scanned back.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    test_page::{TRIES, same},
};

/// The page of a centre's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPage {
    /// What its QR code holds.
    pub code: String,
    /// Wrong codes since it was made.
    pub tries: u32,
    /// That it was scanned back; nothing of it is changed afterwards.
    pub tried: Option<Tried>,
}

/// A centre's printer was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// By whom.
    pub who: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// What became of a code that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestTry {
    /// It is the page's: the printer was tried.
    New(Tried),
    /// It was tried before today: that stands.
    Before(Tried),
    /// It is another one; so many tries are left.
    Wrong(u32),
    /// It is another one, and there is a fresh page now: the one that was printed is worth nothing.
    Fresh,
    /// No page was made today.
    NoPage,
}

impl TestPage {
    /// What a code comes to that is scanned now, and the wrong ones that are counted then.
    pub fn tries_with(&self, code: &str) -> (bool, u32) {
        match same(&self.code, code) {
            true => (true, self.tries),
            false => (false, self.tries.saturating_add(1)),
        }
    }

    /// What so many wrong ones are.
    pub fn wrong(tries: u32) -> TestTry {
        match TRIES.saturating_sub(tries) {
            0 => TestTry::Fresh,
            left => TestTry::Wrong(left),
        }
    }
}

/// Test pages. A day is one of the civil calendar in Asia/Kolkata, by the ledger's time.
#[async_trait]
pub trait TestPages: Send + Sync {
    /// Today's page of a centre; where there is none it is made, with this code. Of two at once one makes it, and both get it.
    async fn test_page(&self, bsk: &str, fresh: &str, who: &str) -> Result<TestPage>;
    /// Whether the centre's printer was tried today.
    async fn tried_today(&self, bsk: &str) -> Result<Option<Tried>>;
    /// Records that the page was scanned back, with the audit line, if the code is the page's. A wrong one is counted; after so
    /// many (`TRIES`) the page gets this other code.
    async fn try_test_page(&self, bsk: &str, code: &str, fresh: &str, act: Act) -> Result<TestTry>;
}
