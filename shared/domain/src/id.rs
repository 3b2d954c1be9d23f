//! Ids of ledger rows: UUIDv7 (RFC 9562), ordered by the ledger's time.

use crate::civil::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::{Builder, Uuid};

/// A row's id. The id of an outbound event's row is its CloudEvents `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(Uuid);

impl Id {
    /// From the ledger's time and ten random bytes.
    pub fn new(at: Instant, random: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(at.millis().max(0) as u64, random).into_uuid())
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::parse_str(text).ok().map(Self)
    }

    /// As a UUID.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
