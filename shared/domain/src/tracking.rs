//! The tracking key of an application: printed on its acknowledgement (Form 1), so that whoever holds the paper can ask where
//! it stands, and nobody who knows or guesses a number alone.

use crate::{json::digest, uin::BASE32};
use serde_json::json;

/// Characters of a key: each is one of 32, so 40 bits.
const LENGTH: usize = 8;
/// Characters of an application's number, at most: as many as an event may bring.
const LONGEST: usize = 64;

/// Wrong keys for one number in an hour, at most; after them nothing is shown for it, right or wrong.
pub const WRONG_KEYS: u32 = 10;

/// A key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrackingKey([u8; LENGTH]);

impl TrackingKey {
    /// The key of 40 random bits.
    pub fn of(random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        Self(std::array::from_fn(|place| BASE32[(bits >> (5 * place)) as usize & 31]))
    }

    /// Reads what a person keyed in: case is folded, spaces and hyphens are dropped, O is read as 0, I and L as 1. None: it is
    /// no key.
    pub fn read(text: &str) -> Option<Self> {
        let mut key = [0; LENGTH];
        let mut length = 0;
        for character in text.chars() {
            if character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}') {
                continue;
            }
            let folded = match character.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).ok().filter(|byte| BASE32.contains(byte))?,
            };
            *key.get_mut(length)? = folded;
            length += 1;
        }
        (length == LENGTH).then_some(Self(key))
    }

    /// The form on paper, `7K3M-9QXT`.
    pub fn grouped(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        format!("{}-{}", &text[..4], &text[4..])
    }

    /// What the two are looked up by: one digest of both, so that an unknown number and a wrong key are the same look.
    pub fn digest(&self, number: &str) -> String {
        digest(&json!([number, String::from_utf8_lossy(&self.0)]))
    }
}

/// An application's number as people key it in, and as it is looked up: capitals folded, without blanks. None: it is empty or
/// longer than any.
pub fn number_of(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|c| !c.is_whitespace()).take(LONGEST + 1).collect();
    (1..=LONGEST).contains(&number.chars().count()).then(|| number.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_key_is_read_as_it_is_printed_and_as_people_key_it_in() {
        let key = TrackingKey::of([0x01, 0x23, 0x45, 0x67, 0x89]);
        let printed = key.grouped();
        assert_eq!((printed.len(), printed.as_bytes()[4]), (9, b'-'));
        assert!(TrackingKey::read(&printed) == Some(key));
        assert!(TrackingKey::read(&format!("  {} ", printed.to_lowercase().replace('-', " "))) == Some(key));
        let folded = TrackingKey::read("oil0-OIL0").expect("a key");
        assert_eq!(folded.grouped(), "0110-0110");
        for text in ["", "7K3M-9QX", "7K3M-9QXTT", "7K3M-9QXU", "৭K3M-9QXT", "7K3M_9QXT", &"7".repeat(10_000)] {
            assert!(TrackingKey::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_bit_counts_and_a_digest_is_of_number_and_key() {
        let mut keys = BTreeSet::from([TrackingKey::of([0; 5]).grouped()]);
        for bit in 0..40 {
            let mut random = [0; 5];
            random[bit / 8] = 1 << (bit % 8);
            keys.insert(TrackingKey::of(random).grouped());
        }
        assert_eq!(keys.len(), 41);
        let (one, other) = (TrackingKey::of([0; 5]), TrackingKey::of([1; 5]));
        let digests: BTreeSet<_> = [one.digest("A"), one.digest("B"), other.digest("A")].into();
        assert_eq!(digests.len(), 3);
        assert_eq!(one.digest("A"), one.digest("A"));
    }

    #[test]
    fn a_number_is_folded_and_has_a_length() {
        assert_eq!(number_of(" bcw/2026/ 17 ").as_deref(), Some("BCW/2026/17"));
        assert_eq!(number_of(&"x".repeat(64)).map(|text| text.len()), Some(64));
        for text in ["", "  ", &"x".repeat(65), &"x".repeat(100_000)] {
            assert_eq!(number_of(text), None);
        }
    }
}
