//! What is said of a certificate: its state and the verdict a verifier reads.

use serde::{Deserialize, Serialize};

/// One vocabulary for number, QR and PDF. The order is the precedence: the first that holds is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The number cannot be one: its check characters do not fit.
    Mistyped,
    /// It carries our marks, yet is not what was issued.
    Altered,
    /// Nothing here knows it.
    NotIssuedHere,
    /// The answer cannot be had now; it says nothing about the certificate.
    CannotCheckNow,
    /// Issued, and withdrawn by the department.
    Revoked,
    /// Issued, and not to be relied on for now.
    Suspended,
    /// Issued, and replaced by a corrected one.
    GenuineSuperseded,
    /// Issued, and its period of validity is over.
    GenuineExpired,
    /// Issued and in force.
    Genuine,
}

impl Verdict {
    /// Every verdict, in order of precedence.
    pub const ALL: [Self; 9] = [
        Self::Mistyped,
        Self::Altered,
        Self::NotIssuedHere,
        Self::CannotCheckNow,
        Self::Revoked,
        Self::Suspended,
        Self::GenuineSuperseded,
        Self::GenuineExpired,
        Self::Genuine,
    ];

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mistyped => "mistyped",
            Self::Altered => "altered",
            Self::NotIssuedHere => "not_issued_here",
            Self::CannotCheckNow => "cannot_check_now",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::GenuineSuperseded => "genuine_superseded",
            Self::GenuineExpired => "genuine_expired",
            Self::Genuine => "genuine",
        }
    }

    /// A headline for people, English.
    pub fn words_en(self) -> &'static str {
        match self {
            Self::Mistyped => "This number has a typing error",
            Self::Altered => "This has been altered",
            Self::NotIssuedHere => "Not issued here",
            Self::CannotCheckNow => "Cannot be checked right now",
            Self::Revoked => "Revoked by the department",
            Self::Suspended => "Suspended for now",
            Self::GenuineSuperseded => "Issued, but replaced by a corrected certificate",
            Self::GenuineExpired => "Issued, but no longer valid",
            Self::Genuine => "Genuine",
        }
    }

    /// A headline for people, Bengali.
    pub fn words_bn(self) -> &'static str {
        match self {
            Self::Mistyped => "নম্বরটি টাইপ করতে ভুল হয়েছে",
            Self::Altered => "এটি পরিবর্তন করা হয়েছে",
            Self::NotIssuedHere => "এখান থেকে দেওয়া হয়নি",
            Self::CannotCheckNow => "এই মুহূর্তে যাচাই করা যাচ্ছে না",
            Self::Revoked => "বিভাগ এটি বাতিল করেছে",
            Self::Suspended => "আপাতত স্থগিত",
            Self::GenuineSuperseded => "দেওয়া হয়েছিল, তবে সংশোধিত শংসাপত্র এর জায়গা নিয়েছে",
            Self::GenuineExpired => "দেওয়া হয়েছিল, তবে মেয়াদ শেষ",
            Self::Genuine => "আসল",
        }
    }
}

/// The recorded standing of an issued certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force.
    Live,
    /// Not to be relied on for now.
    Suspended,
    /// Withdrawn.
    Revoked,
    /// Replaced by a correction.
    Superseded,
}

impl Standing {
    /// The word used in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the ledger's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Live, Self::Suspended, Self::Revoked, Self::Superseded].into_iter().find(|s| s.as_str() == word)
    }
}

/// How far a certificate has come. One word per stage that has committed its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// UIN and plan are fixed.
    Minted,
    /// The credential is signed.
    Signed,
    /// The seal (CMS) is recorded.
    Sealed,
    /// The sealed PDF is in the vault, its digest recorded: issued.
    Stored,
    /// The BSK has its notice.
    Notified,
}

impl Progress {
    /// The word used in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minted => "minted",
            Self::Signed => "signed",
            Self::Sealed => "sealed",
            Self::Stored => "stored",
            Self::Notified => "notified",
        }
    }

    /// Reads the ledger's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Minted, Self::Signed, Self::Sealed, Self::Stored, Self::Notified]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}
