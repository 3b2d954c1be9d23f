//! The unique identity number (UIN) of a certificate: `DDD RRRRRRRRRRR CC`.
//!
//! Three letters of the department, eleven random characters of Crockford's base 32 (55 bits), two check characters
//! by ISO/IEC 7064 MOD 1271-36 over the first fourteen. Order 908-CS/(61)/2022 asks for "a 16-character alphanumeric
//! code that will be ascribed by the department"; the randomness is the lesson of numbers that could be counted up.

use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// Crockford's base 32: no I, L, O or U.
pub const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 16;
const PAYLOAD: usize = 14;

/// A UIN in canonical form, its check characters right.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uin([u8; LENGTH]);

/// Why a text is no UIN. All of them are the verdict `mistyped`: found before any look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UinError {
    /// Not sixteen letters and digits once what stands between them is dropped.
    #[error("a number has 16 letters and digits, this has {0}")]
    Length(usize),
    /// A character that cannot stand at this place (counted from 1).
    #[error("the character at place {0} cannot stand there")]
    Character(usize),
    /// The check characters do not fit: a typing error.
    #[error("the check characters do not fit: one or more characters are mistyped")]
    Check,
}

impl Uin {
    /// Reads what a person keyed in or pasted. Case is folded; spaces, dashes, other marks between or around the groups and
    /// what cannot be seen are dropped; digits are read in every script that is written here. O is read as 0 and I or L as 1
    /// in the last thirteen places, 0 as O and 1 as I in the first three. Of a longer text its label is dropped: `UIN:`, or
    /// words in another script.
    pub fn parse(text: &str) -> Result<Self, UinError> {
        let keyed: String = text.nfkc().filter_map(keyed).collect();
        match (Self::of_keyed(&keyed), without_label(&keyed)) {
            (Err(UinError::Length(_)), Some(number)) => Self::of_keyed(number),
            (outcome, _) => outcome,
        }
    }

    fn of_keyed(keyed: &str) -> Result<Self, UinError> {
        let length = keyed.chars().count();
        if length != LENGTH {
            return Err(UinError::Length(length));
        }
        let mut bytes = [0u8; LENGTH];
        for (place, character) in keyed.chars().enumerate() {
            bytes[place] = match (place < 3, character) {
                (true, '0') => b'O',
                (true, '1') => b'I',
                (false, 'O') => b'0',
                (false, 'I' | 'L') => b'1',
                (_, c) if c.is_ascii() => c as u8,
                _ => b'?',
            };
        }
        Self::from_bytes(bytes)
    }

    /// Reads the canonical form only: nothing is folded. For numbers that programs send.
    pub fn canonical(text: &str) -> Result<Self, UinError> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| UinError::Length(text.chars().count()))?;
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: [u8; LENGTH]) -> Result<Self, UinError> {
        for (place, byte) in bytes.iter().enumerate() {
            let fits = if place < 3 { byte.is_ascii_uppercase() } else { BASE32.contains(byte) };
            if !fits {
                return Err(UinError::Character(place + 1));
            }
        }
        if check(&bytes[..PAYLOAD]) != [bytes[PAYLOAD], bytes[PAYLOAD + 1]] {
            return Err(UinError::Check);
        }
        Ok(Self(bytes))
    }

    /// Makes a number of 55 random bits, or none when a check character would be I, L, O or U: draw again.
    ///
    /// `department` is three capital letters; only the lowest 55 bits of `random` are used.
    pub fn from_random(department: &str, random: u64) -> Option<Self> {
        let letters: [u8; 3] = department.as_bytes().try_into().ok()?;
        let mut bytes = [0u8; LENGTH];
        bytes[..3].copy_from_slice(&letters);
        for (step, byte) in bytes[3..PAYLOAD].iter_mut().enumerate() {
            *byte = BASE32[(random >> (5 * step)) as usize & 31];
        }
        let [first, second] = check(&bytes[..PAYLOAD]);
        bytes[PAYLOAD] = first;
        bytes[PAYLOAD + 1] = second;
        Self::from_bytes(bytes).ok()
    }

    /// The sixteen characters without separators.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The three letters of the department that owns the number.
    pub fn department(&self) -> &str {
        &self.as_str()[..3]
    }

    /// The form shown to people: groups of four, `BCWG-P1XF-3A7Q-YF0V`.
    pub fn grouped(&self) -> String {
        let text = self.as_str();
        [&text[..4], &text[4..8], &text[8..12], &text[12..]].join("-")
    }
}

/// A character that counts, as the number has it; none for what stands between characters or cannot be seen.
fn keyed(character: char) -> Option<char> {
    use GeneralCategory as Is;
    /// The zeros of the digits that are written here: Arabic twice, Devanagari, Bengali, Odia, Ol Chiki.
    const ZEROS: [u32; 6] = [0x660, 0x6F0, 0x966, 0x9E6, 0xB66, 0x1C50];
    let between = matches!(character, '_' | '.' | ',' | ':' | ';' | '/' | '|' | '\'' | '"' | '#' | '*' | '=' | '<' | '>')
        // A danda, a dot and bullets between groups, minus signs, and what only chooses the look of the character before it.
        || matches!(character, '\u{964}' | '\u{B7}' | '\u{2022}' | '\u{2043}' | '\u{2212}' | '\u{2D7}')
        || matches!(character, '\u{34F}' | '\u{FE00}'..='\u{FE0F}');
    let category = get_general_category(character);
    let dropped =
        matches!(category, Is::Control | Is::Format | Is::SpaceSeparator | Is::LineSeparator | Is::ParagraphSeparator)
            || matches!(
                category,
                Is::DashPunctuation
                    | Is::OpenPunctuation
                    | Is::ClosePunctuation
                    | Is::InitialPunctuation
                    | Is::FinalPunctuation
            );
    if between || dropped {
        return None;
    }
    let digit = ZEROS.iter().find_map(|zero| char::from_digit(u32::from(character).checked_sub(*zero)?, 10));
    Some(digit.unwrap_or(character).to_ascii_uppercase())
}

/// The number behind its label, as [`keyed`] leaves both. A label is dropped word by word and never more of the text than
/// leaves sixteen characters: a department's letters may be those of a label. None: there is no label.
fn without_label(keyed: &str) -> Option<&str> {
    const LABELS: [&str; 5] = ["UNIQUEIDENTITYNUMBER", "CERTIFICATE", "NUMBER", "UIN", "NO"];
    let mut rest = keyed.trim_end_matches(|c: char| !c.is_ascii());
    while rest.chars().count() > LENGTH {
        let foreign = rest.trim_start_matches(|c: char| !c.is_ascii());
        rest = match foreign.len() < rest.len() {
            true => foreign,
            false => LABELS.iter().find_map(|label| rest.strip_prefix(label))?,
        };
    }
    (!rest.is_empty() && rest.len() < keyed.len()).then_some(rest)
}

/// The two check characters of ISO/IEC 7064 MOD 1271-36 (0-9, then A=10 .. Z=35), computed by its recursive method.
///
/// `payload` holds only digits and capital letters.
pub fn check(payload: &[u8]) -> [u8; 2] {
    const MODULUS: u32 = 1271;
    const RADIX: u32 = 36;
    const SYMBOLS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut sum = 0;
    for byte in payload {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte.wrapping_sub(b'A').wrapping_add(10),
        };
        sum = (sum + u32::from(value)) * RADIX % MODULUS;
    }
    // Two further places follow the payload; the whole has to leave 1.
    let rest = (MODULUS + 1 - sum * RADIX % MODULUS) % MODULUS;
    [SYMBOLS[(rest / RADIX) as usize], SYMBOLS[(rest % RADIX) as usize]]
}

impl fmt::Display for Uin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Uin {
    type Error = UinError;
    fn try_from(text: String) -> Result<Self, UinError> {
        Self::canonical(&text)
    }
}

impl Serialize for Uin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::canonical(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standards_example_and_the_contracts_vectors_hold() {
        assert_eq!(&check(b"ISO79"), b"3W");
        for text in ["BCWGP1XF3A7QYF0V", "UMAR6F0DTHBRA403", "LRR8W8800DDAAJHM", "HHAMCDBCRK1QTA40"] {
            assert_eq!(Uin::canonical(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn parsing_forgives_what_a_hand_does() {
        let uin = Uin::canonical("BCWGP1XF3A7QYF0V").expect("valid");
        for text in ["bcwg-p1xf-3a7q-yf0v", " BCWG P1XF 3A7Q YF0V ", "bcwgpixf3a7qyfov", "BCWGPlXF3A7QYFOV"] {
            assert_eq!(Uin::parse(text), Ok(uin), "{text}");
        }
        assert_eq!(Uin::parse("HHAMCDBCRKLQTA4O").map(|u| u.as_str().to_owned()), Ok("HHAMCDBCRK1QTA40".into()));
        assert_eq!(Uin::parse("BCWG"), Err(UinError::Length(4)));
        assert!(Uin::canonical("bcwgp1xf3a7qyf0v").is_err(), "programs send the canonical form");
        assert!(Uin::parse("বিসিডব্লিউ").is_err());
    }

    #[test]
    fn a_pasted_number_is_read_whatever_came_with_it() {
        let uin = Uin::canonical("BCWGP1XF3A7QYF0V").expect("valid");
        for text in [
            "\u{200B}BCWG-P1XF-3A7Q-YF0V\u{200B}",
            "\u{FEFF}BCWG\u{2060}P1XF\u{200D}3A7Q\u{AD}YF0V",
            "\u{202A}BCWG-P1XF-3A7Q-YF0V\u{202C}",
            "\u{2068}\u{200E}BCWG-P1XF-3A7Q-YF0V\u{200F}\u{2069}",
            "BCWG\u{A0}P1XF\u{202F}3A7Q\u{3000}YF0V",
            "BCWG\r\nP1XF\t3A7Q\u{2028}YF0V",
            "BCWG‐P1XF‑3A7Q–YF0V",
            "BCWG—P1XF―3A7Q−YF0V",
            "BCWG－P1XF﹣3A7Q﹘YF0V",
            "BCWG_P1XF.3A7Q/YF0V",
            "BCWGP১XF৩A৭QYF০V",
            "BCWGP१XF३A७QYF०V",
            "ＢＣＷＧ－Ｐ１ＸＦ－３Ａ７Ｑ－ＹＦ０Ｖ",
            "UIN BCWG-P1XF-3A7Q-YF0V",
            "uin:bcwg-p1xf-3a7q-yf0v",
            "UIN No. BCWG-P1XF-3A7Q-YF0V",
            "UIN № BCWG-P1XF-3A7Q-YF0V",
            "(UIN) BCWG-P1XF-3A7Q-YF0V।",
            "নম্বর BCWG-P1XF-3A7Q-YF0V",
            "নম্বর: BCWG P১XF ৩A৭Q YF০V",
            "অনন্য পরিচয় নম্বর (UIN): BCWG-P1XF-3A7Q-YF0V",
            "Unique identity number (UIN): BCWG-P1XF-3A7Q-YF0V",
            "“BCWG-P1XF-3A7Q-YF0V”",
        ] {
            assert_eq!(Uin::parse(text), Ok(uin), "{text}");
        }
    }

    #[test]
    fn a_label_hides_no_typing_error_and_makes_none() {
        assert_eq!(Uin::parse("UIN BCWG-P1XF-3A7Q-YF1V"), Err(UinError::Check));
        assert_eq!(Uin::parse("UIN BCWG-P1XF-3A7Q-YF0"), Err(UinError::Length(15)));
        assert_eq!(Uin::parse("XBCWG-P1XF-3A7Q-YF0V"), Err(UinError::Length(17)), "a letter too many is no label");
        assert_eq!(Uin::parse("BCWG-P1XF-3A7Q-YF0VX"), Err(UinError::Length(17)));
        for letters in ["UIN", "NOA", "NUM"] {
            let uin = (0..).find_map(|random| Uin::from_random(letters, random)).expect("a number");
            assert_eq!(Uin::parse(&uin.grouped()), Ok(uin), "the letters of a label may be a department's");
            assert_eq!(Uin::parse(&format!("UIN {}", uin.grouped())), Ok(uin));
        }
    }

    fn any_uin() -> impl Strategy<Value = Uin> {
        ("[A-Z]{3}", any::<u64>()).prop_filter_map("check character", |(d, r)| Uin::from_random(&d, r))
    }

    fn refused(bytes: &[u8]) -> bool {
        Uin::canonical(std::str::from_utf8(bytes).expect("ascii")).is_err()
    }

    proptest! {
        #[test]
        fn every_single_wrong_character_is_refused(uin in any_uin()) {
            let good = uin.as_str().as_bytes();
            for place in 0..16 {
                for wrong in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
                    let mut bytes = good.to_vec();
                    if bytes[place] != *wrong {
                        bytes[place] = *wrong;
                        prop_assert!(refused(&bytes));
                    }
                }
            }
        }

        #[test]
        fn every_transposition_and_jump_swap_is_refused(uin in any_uin()) {
            let good = uin.as_str().as_bytes();
            for distance in 1..16 {
                for place in 0..16 - distance {
                    let mut bytes = good.to_vec();
                    bytes.swap(place, place + distance);
                    if bytes != good {
                        prop_assert!(refused(&bytes), "swap {place} {distance}");
                    }
                }
            }
        }

        #[test]
        fn every_twin_and_jump_twin_is_refused(uin in any_uin()) {
            // aa -> bb at neighbouring places, aca -> bcb across one.
            for distance in 1..=2 {
                for place in 0..16 - distance {
                    let good = uin.as_str().as_bytes();
                    if good[place] != good[place + distance] { continue; }
                    for wrong in BASE32 {
                        let mut bytes = good.to_vec();
                        if *wrong == bytes[place] { continue; }
                        bytes[place] = *wrong;
                        bytes[place + distance] = *wrong;
                        prop_assert!(refused(&bytes));
                    }
                }
            }
        }

        #[test]
        fn whatever_is_shown_is_read_back(uin in any_uin()) {
            prop_assert_eq!(Uin::parse(&uin.grouped()), Ok(uin));
            prop_assert_eq!(Uin::parse(&uin.as_str().to_lowercase()), Ok(uin));
        }

        #[test]
        fn what_stands_between_and_before_the_characters_changes_nothing(
            uin in any_uin(),
            between in proptest::collection::vec("[ \u{A0}\u{AD}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{2010}-\u{2015}\u{2212}\u{FE58}\u{FF0D}_.-]{0,3}", 17),
            label in "(UIN|uin no|নম্বর|ইউআইএন|)[: \u{A0}-]{0,2}",
            zero in proptest::sample::select(vec!['0', '০', '०', '０', '୦', '٠']),
        ) {
            let digit = |c: char| c.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value)).unwrap_or(c);
            let number: String =
                between.iter().zip(uin.as_str().chars()).map(|(gap, c)| format!("{gap}{}", digit(c))).collect();
            prop_assert_eq!(Uin::parse(&format!("{label}{number}{}", between[16])), Ok(uin));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = Uin::parse(&text);
            let _ = Uin::canonical(&text);
        }
    }
}
