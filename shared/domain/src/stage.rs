//! The stages of the pipeline. One word per stage: module, queue, span and metric share it.

use serde::{Deserialize, Serialize};

/// A stage that takes hints from a queue, in running order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Takes an inbox row: answers a department's event.
    Intake,
    /// Takes an application's id: fixes UIN and plan.
    Mint,
    /// Takes a UIN: signs the credential.
    Sign,
    /// Takes a UIN: renders, seals, puts.
    Store,
    /// Takes a UIN: records the notice for the BSK.
    Notify,
}

impl Stage {
    /// All, in running order.
    pub const ALL: [Self; 5] = [Self::Intake, Self::Mint, Self::Sign, Self::Store, Self::Notify];

    /// The one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Mint => "mint",
            Self::Sign => "sign",
            Self::Store => "store",
            Self::Notify => "notify",
        }
    }

    /// Reads the one word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// The stage that an item goes to next.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().skip_while(|stage| *stage != self).nth(1)
    }
}
