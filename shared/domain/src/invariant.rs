//! The invariants: each with an id and one sentence. Ledgers find the offenders; `mohor doctor` and the tests ask.

/// A rule that holds at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// An application has at most one live UIN.
    I1,
    /// A UIN belongs to one application, for ever.
    I2,
    /// No credential is signed whose bytes were not stored first.
    I3,
    /// A stored PDF hashes to a recorded digest, and its QR names its own UIN.
    I4,
    /// An accepted application is handed over, closed with a reason, or has a clock in a named state: never none.
    I5,
    /// A notice is sent only after its document can be read, and only for a live certificate.
    I6,
    /// Replaying any message changes nothing.
    I7,
    /// What is kept of an application can be read.
    I8,
}

impl Invariant {
    /// Those that can be looked for in a ledger and vault at rest. (I7 is proved by replaying.)
    pub const AT_REST: [Self; 7] = [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I8];

    /// `I1` …
    pub fn id(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
        }
    }

    /// The sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::I1 => "an application has at most one live UIN",
            Self::I2 => "a UIN belongs to one application, for ever",
            Self::I3 => "no credential is signed whose bytes were not stored first",
            Self::I4 => "a stored PDF hashes to a recorded digest, and its QR names its own UIN",
            Self::I5 => {
                "an accepted application is handed over, closed with a reason, or has a clock in a named state: never none"
            }
            Self::I6 => "a notice is sent only after its document can be read, and only for a live certificate",
            Self::I7 => "replaying any message changes nothing",
            Self::I8 => "what is kept of an application can be read",
        }
    }
}

/// Something that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offender {
    /// Which rule.
    pub invariant: Invariant,
    /// The UIN or the application's row id.
    pub subject: String,
    /// What is wrong with it.
    pub words: String,
}
