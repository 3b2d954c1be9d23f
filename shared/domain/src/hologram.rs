//! Holograms: pre-printed, numbered stickers that an operator puts on a print. A serial is 1 to 8 letters and digits that begin
//! with a letter, a hyphen, and 4 to 10 digits, as in `WB26-000001`; a centre is given ranges of them.

use crate::text;
use serde_json::json;
use std::fmt;

/// Characters of what somebody keys in or scans as a serial, at most.
pub const LONGEST: usize = 64;
/// Stickers of a range, at most.
pub const MOST: i64 = 10_000;
/// With fewer than so many left a centre is to ask for more.
pub const FEW: u64 = 50;
/// Characters of the reason for which one is written off, at most.
pub const REASON: usize = 200;

/// What a serial looks like.
pub const LOOKS_LIKE: &str =
    "1 to 8 letters and digits that begin with a letter, a hyphen, and 4 to 10 digits, like WB26-000001";

/// The number of a sticker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial {
    prefix: String,
    digits: u8,
    number: i64,
}

impl Serial {
    /// Reads what was keyed in or scanned: small letters are capitals, and blanks may stand for the hyphen or among the digits,
    /// as people read such numbers aloud.
    pub fn read(text: &str) -> Option<Self> {
        if text.chars().count() > LONGEST {
            return None;
        }
        let between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let mut parts = text.split(between).filter(|part| !part.is_empty());
        let prefix = parts.next()?.to_ascii_uppercase();
        let digits: String = parts.collect();
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        let fits = (1..=8).contains(&prefix.len())
            && prefix.starts_with(|c: char| c.is_ascii_uppercase())
            && prefix.chars().all(plain)
            && (4..=10).contains(&digits.len())
            && digits.chars().all(|c| c.is_ascii_digit());
        fits.then_some(Self { digits: digits.len() as u8, number: digits.parse().ok()?, prefix })
    }

    /// What stands before the hyphen.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How many digits follow it.
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// What they say.
    pub fn number(&self) -> i64 {
        self.number
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:0digits$}", self.prefix, self.number, digits = usize::from(self.digits))
    }
}

/// Serials that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    prefix: String,
    digits: u8,
    first: i64,
    last: i64,
}

/// What is wrong with a range: which of its ends, and the rule, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// `first` or `last`.
    pub field: &'static str,
    /// The rule and the next step.
    pub en: &'static str,
    /// The same.
    pub bn: &'static str,
}

const NO_SERIAL: (&str, &str) = (
    "is no serial: it is 1 to 8 letters and digits that begin with a letter, a hyphen, and 4 to 10 digits, like WB26-000001",
    "সিরিয়াল নয়: প্রথমে ১ থেকে ৮টি অক্ষর ও অঙ্ক (শুরুতে অক্ষর), তারপর হাইফেন, তারপর ৪ থেকে ১০টি অঙ্ক, যেমন WB26-000001",
);

impl Range {
    /// From the first serial to the last, both included.
    pub fn read(first: &str, last: &str) -> Result<Self, Wrong> {
        let wrong = |field, (en, bn)| Wrong { field, en, bn };
        let begin = Serial::read(first).ok_or(wrong("first", NO_SERIAL))?;
        let end = Serial::read(last).ok_or(wrong("last", NO_SERIAL))?;
        let rules = [
            (
                begin.prefix != end.prefix,
                "has other letters before the hyphen than `first`; a range has one prefix, issue each by itself",
                "হাইফেনের আগের অংশ প্রথমটির থেকে আলাদা; এক পরিসরে একটিই হয়, আলাদা আলাদা দিন",
            ),
            (
                begin.digits != end.digits,
                "has another number of digits than `first`; write both with the same number, as they are printed",
                "প্রথমটির থেকে অঙ্কের সংখ্যা আলাদা; দুটিই যেমন ছাপা আছে তেমন সমান সংখ্যক অঙ্কে লিখুন",
            ),
            (begin.number > end.number, "comes before `first`; exchange the two", "প্রথমটির আগের নম্বর; দুটি অদলবদল করুন"),
            (
                end.number - begin.number >= MOST,
                "is more than 10,000 after `first`; issue them as several ranges",
                "প্রথমটি থেকে ১০,০০০-এর বেশি দূরে; কয়েকটি পরিসরে ভাগ করে দিন",
            ),
        ];
        match rules.into_iter().find(|(broken, ..)| *broken) {
            Some((_, en, bn)) => Err(wrong("last", (en, bn))),
            None => Ok(Self { prefix: begin.prefix, digits: begin.digits, first: begin.number, last: end.number }),
        }
    }

    /// The first.
    pub fn first(&self) -> Serial {
        self.serial(self.first)
    }

    /// The last.
    pub fn last(&self) -> Serial {
        self.serial(self.last)
    }

    fn serial(&self, number: i64) -> Serial {
        Serial { prefix: self.prefix.clone(), digits: self.digits, number }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        (self.last - self.first).unsigned_abs() + 1
    }

    /// Whether a serial is one of them.
    pub fn contains(&self, serial: &Serial) -> bool {
        let Serial { prefix, digits, number } = serial;
        *prefix == self.prefix && *digits == self.digits && (self.first..=self.last).contains(number)
    }

    /// Whether some serial is of both.
    pub fn overlaps(&self, other: &Self) -> bool {
        (&self.prefix, self.digits) == (&other.prefix, other.digits)
            && self.first <= other.last
            && other.first <= self.last
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.first(), self.last())
    }
}

/// Why a sticker is written off, as it is kept; the error is the rule that it breaks.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err("is empty; say what happened to the sticker".into());
    }
    if text.chars().count() > REASON {
        return Err(format!("is longer than {REASON} characters; shorten it"));
    }
    let mut value = json!(text);
    match text::normalise(&mut value, "/reason") {
        Ok(()) => Ok(value.as_str().unwrap_or_default().to_owned()),
        Err(refusal) => Err(format!("cannot be kept: {}", refusal.reason_en)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_serial_is_read_as_people_write_it() {
        for text in [
            "WB26-000001",
            "wb26-000001",
            " WB26-000001\r\n",
            "WB26 000001",
            "WB26 - 000 001",
            "WB26\u{2011}000001",
            "WB26\u{2013}000001",
        ] {
            assert_eq!(Serial::read(text).expect(text).to_string(), "WB26-000001", "{text}");
        }
        for text in [
            "",
            "-",
            "WB26",
            "WB26000001",
            "26WB-000001",
            "WB26-001",
            "WB26-00000000001",
            "WB26-00000A",
            "WB26-০০০০০১",
            "WÉ26-000001",
            "WB26WB26W-000001",
            "WB26-000001; DROP TABLE hologram",
            "<b>-000001",
            "000001",
        ] {
            assert_eq!(Serial::read(text), None, "{text}");
        }
        assert_eq!(Serial::read(&format!("WB26-{}000001", " ".repeat(LONGEST))), None);
        assert_ne!(Serial::read("WB26-0001"), Serial::read("WB26-00001"), "as many digits as are printed");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(prefix in "[A-Z][A-Z0-9]{0,7}", digits in "[0-9]{4,10}") {
            let text = format!("{prefix}-{digits}");
            prop_assert_eq!(Serial::read(&text).expect("a serial").to_string(), text);
        }

        #[test]
        fn nothing_that_is_keyed_in_stops_the_program(text in ".{0,80}") {
            if let Some(serial) = Serial::read(&text) {
                prop_assert_eq!(Serial::read(&serial.to_string()), Some(serial));
            }
        }
    }

    #[test]
    fn a_range_has_one_prefix_and_one_length_and_an_end() {
        let range = Range::read("wb26-000001", "WB26-000500").expect("a range");
        assert_eq!((range.to_string().as_str(), range.count()), ("WB26-000001 to WB26-000500", 500));
        let one = Range::read("WB26-000001", "WB26-000001").expect("a range");
        assert_eq!(one.count(), 1);
        assert_eq!(Range::read("A-00000", "A-09999").expect("a range").count(), 10_000);
        for (first, last, field, words) in [
            ("WB26", "WB26-000500", "first", "no serial"),
            ("WB26-000001", "500", "last", "no serial"),
            ("WB26-000001", "WB27-000500", "last", "one prefix"),
            ("WB26-000001", "WB26-0500", "last", "number of digits"),
            ("WB26-000500", "WB26-000001", "last", "exchange"),
            ("A-00000", "A-10000", "last", "10,000"),
            ("A-0000000001", "A-9999999999", "last", "10,000"),
        ] {
            let wrong = Range::read(first, last).expect_err(first);
            assert_eq!(wrong.field, field, "{first} {last}");
            assert!(wrong.en.contains(words) && !wrong.bn.is_empty(), "{wrong:?}");
        }
        assert_eq!(NO_SERIAL.0.split_once(": it is ").expect("two parts").1, LOOKS_LIKE);
    }

    #[test]
    fn ranges_overlap_where_they_share_a_serial() {
        let range = |first, last| Range::read(first, last).expect("a range");
        let middle = range("A-0100", "A-0199");
        for (first, last, meets) in [
            ("A-0000", "A-0099", false),
            ("A-0000", "A-0100", true),
            ("A-0150", "A-0160", true),
            ("A-0000", "A-9999", true),
            ("A-0199", "A-0300", true),
            ("A-0200", "A-0300", false),
            ("B-0100", "B-0199", false),
            ("A-00100", "A-00199", false),
        ] {
            let other = range(first, last);
            assert_eq!((middle.overlaps(&other), other.overlaps(&middle)), (meets, meets), "{other}");
        }
        let serial = |text| Serial::read(text).expect("a serial");
        assert!(middle.contains(&serial("a 0100")) && middle.contains(&serial("A-0199")));
        assert!(!middle.contains(&serial("A-0200")) && !middle.contains(&serial("A-00100")));
    }

    #[test]
    fn a_reason_is_given_and_can_be_kept() {
        assert_eq!(reason("  torn  when\nit was applied "), Ok("torn when it was applied".into()));
        assert_eq!(reason("ছিঁড়ে গেছে").map(|text| text.is_empty()), Ok(false));
        for bad in ["", "   ", "\u{202e}torn", &"x".repeat(201)] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
    }
}
