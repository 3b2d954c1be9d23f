//! By what a certificate is handed over: how the counter knows whom it gives it to.

use crate::{share::HandedTo, words::words};
use serde_json::{Value, json};

words! {
    /// A photo identity document that a counter may go by. Aadhaar is not among them: its number is nobody's business here.
    PaperKind {
        /// The voter's card (EPIC).
        VoterCard = "voter_card",
        /// The ration card.
        RationCard = "ration_card",
        /// The driving licence.
        DrivingLicence = "driving_licence",
        /// The passport.
        Passport = "passport",
        /// The income tax department's card.
        PanCard = "pan_card",
        /// The job card of the rural employment guarantee.
        JobCard = "job_card",
    }
}

words! {
    /// The ways of a hand-over.
    Way {
        /// Of before ways were recorded.
        Unstated = "unstated",
        /// The applicant says the code that was sent to the phone.
        Code = "code",
        /// The applicant shows a document.
        Paper = "paper",
        /// Somebody comes in the applicant's place, with a paper that says so.
        Representative = "representative",
        /// None of these, and a supervisor has allowed it.
        Exception = "exception",
    }
}

/// Characters of the end of a document's number.
pub const LAST: usize = 4;
/// Characters of a name, a relation or the number of a paper, at most.
pub const LONGEST: usize = 100;

/// By what a certificate is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// Recorded before ways were.
    Unstated,
    /// A one-time code.
    Code {
        /// What its HMAC is; none where it is read back: nobody needs it any more.
        mac: Option<String>,
    },
    /// A document that the applicant showed.
    Paper {
        /// Which.
        kind: PaperKind,
        /// The last four characters of its number.
        last: String,
    },
    /// Somebody in the applicant's place.
    Representative {
        /// The name.
        name: String,
        /// What to the applicant: a son, a neighbour.
        relation: String,
        /// The number or date of the paper by which the applicant sends them.
        paper: String,
    },
    /// A supervisor has allowed it.
    Exception,
}

impl Ground {
    /// Which way it is.
    pub fn way(&self) -> Way {
        match self {
            Self::Unstated => Way::Unstated,
            Self::Code { .. } => Way::Code,
            Self::Paper { .. } => Way::Paper,
            Self::Representative { .. } => Way::Representative,
            Self::Exception => Way::Exception,
        }
    }

    /// Whom it was handed to.
    pub fn to(&self) -> HandedTo {
        match self {
            Self::Representative { .. } => HandedTo::Representative,
            _ => HandedTo::Applicant,
        }
    }

    /// Whether a supervisor may look at the paper behind it: what rests on the operator's word alone.
    pub fn rests_on_a_paper(&self) -> bool {
        matches!(self, Self::Paper { .. } | Self::Representative { .. })
    }

    /// The same as it is read back.
    pub fn kept(&self) -> Self {
        match self {
            Self::Code { .. } => Self::Code { mac: None },
            other => other.clone(),
        }
    }

    /// What is recorded of it beside its way.
    pub fn detail(&self) -> Value {
        match self {
            Self::Unstated | Self::Code { .. } | Self::Exception => json!({}),
            Self::Paper { kind, last } => json!({"kind": kind, "last": last}),
            Self::Representative { name, relation, paper } => {
                json!({"name": name, "relation": relation, "paper": paper})
            }
        }
    }

    /// Reads what was recorded; none: this program did not write it.
    pub fn read(way: &str, to: &str, detail: &Value) -> Option<Self> {
        let text = |name: &str| detail[name].as_str().map(str::to_owned);
        let ground = match Way::from_word(way)? {
            // A row of that time may name a representative, of whom nothing else is known.
            Way::Unstated if HandedTo::from_word(to)? == HandedTo::Representative => {
                let none = String::new;
                return Some(Self::Representative { name: none(), relation: none(), paper: none() });
            }
            Way::Unstated => Self::Unstated,
            Way::Code => Self::Code { mac: None },
            Way::Paper => Self::Paper { kind: PaperKind::from_word(detail["kind"].as_str()?)?, last: text("last")? },
            Way::Representative => {
                Self::Representative { name: text("name")?, relation: text("relation")?, paper: text("paper")? }
            }
            Way::Exception => Self::Exception,
        };
        (ground.to().as_str() == to).then_some(ground)
    }
}

/// The end of a document's number, capitals folded; none: it is not four letters or digits.
pub fn last_of(text: &str) -> Option<String> {
    let text: String = text.trim().to_ascii_uppercase();
    (text.len() == LAST && text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(text)
}

/// A one-time code as it was keyed in, without blanks and hyphens; Bengali digits count. None: it is not six digits.
pub fn code_of(text: &str) -> Option<String> {
    let digit = |c: char| match c {
        '0'..='9' => Some(c),
        '০'..='৯' => char::from_digit(c as u32 - '০' as u32, 10),
        _ => None,
    };
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let code: String = kept.take(DIGITS + 1).map(digit).collect::<Option<_>>()?;
    (code.len() == DIGITS).then_some(code)
}

/// Digits of a code.
pub const DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_read_back() {
        let name = |text: &str| text.to_owned();
        for ground in [
            Ground::Unstated,
            Ground::Code { mac: None },
            Ground::Paper { kind: PaperKind::VoterCard, last: name("12AB") },
            Ground::Representative {
                name: name("রেখা দাস"), relation: name("daughter"), paper: name("letter of 3 May")
            },
            Ground::Exception,
        ] {
            let (way, to, detail) = (ground.way().as_str(), ground.to().as_str(), ground.detail());
            assert_eq!(Ground::read(way, to, &detail), Some(ground.clone()));
            let other = if to == "applicant" { "representative" } else { "applicant" };
            assert!(ground == Ground::Unstated || Ground::read(way, other, &detail).is_none(), "{ground:?}");
        }
        assert_eq!(Ground::read("paper", "applicant", &json!({"kind": "aadhaar", "last": "1234"})), None);
        let before = Ground::read("unstated", "representative", &json!({})).expect("a row of before");
        assert_eq!(before.to(), HandedTo::Representative);
    }

    #[test]
    fn codes_and_ends_of_numbers_are_read_as_people_key_them_in() {
        for (text, code) in [("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456"), ("১২৩৪৫৬", "123456")]
        {
            assert_eq!(code_of(text).as_deref(), Some(code), "{text}");
        }
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(code_of(text), None, "{text}");
        }
        assert_eq!(last_of(" 12ab ").as_deref(), Some("12AB"));
        for text in ["", "123", "12345", "12 4", "১২৩৪", "12-4"] {
            assert_eq!(last_of(text), None, "{text}");
        }
    }
}
