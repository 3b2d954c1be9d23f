//! What is asked of the centres.

use serde::{Deserialize, Serialize};

/// The centres.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// Nothing is printed at a centre before its test page of the day was scanned back.
    pub test_page: bool,
}

impl Default for Centre {
    fn default() -> Self {
        Self { test_page: true }
    }
}
