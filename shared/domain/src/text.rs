//! Text from outside: normalised, and refused when it could deceive or cannot be printed.

use crate::refusal::{Code, Refusal};
use serde_json::Value;
use std::sync::LazyLock;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// Normalises every text of a JSON value to NFC and refuses the first that is bad.
///
/// Bad are control characters, bidirectional controls, unassigned noncharacters (lone surrogates are turned into one
/// when an event is read), private-use characters, and a text with nothing to print.
pub fn normalise(value: &mut Value, pointer: &str) -> Result<(), Refusal> {
    match value {
        Value::String(text) => {
            if !is_nfc(text) {
                *text = text.nfc().collect();
            }
            match fault(text) {
                Some(words) => Err(Refusal::new(Code::BadText, pointer).detail(words)),
                None => Ok(()),
            }
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().try_for_each(|(index, item)| normalise(item, &format!("{pointer}/{index}")))
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let here = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                if let Some(words) = fault(name) {
                    return Err(Refusal::new(Code::BadText, pointer).detail(format!("a member name: {words}")));
                }
                normalise(member, &here)?;
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// The category of a character. Most texts are Latin and Bengali: their part of the table is looked up once, since a
/// compiler that does not inline the crate's look-up copies its whole table with each call (1 ms for an approval).
fn category(character: char) -> GeneralCategory {
    const COMMON: u32 = 0x1000;
    static CATEGORIES: LazyLock<Vec<GeneralCategory>> =
        LazyLock::new(|| (0..COMMON).filter_map(char::from_u32).map(get_general_category).collect());
    let common = CATEGORIES.get(character as usize).copied();
    common.unwrap_or_else(|| get_general_category(character))
}

/// What is wrong with a text, in words that do not repeat it.
pub fn fault(text: &str) -> Option<String> {
    let mut printable = false;
    for character in text.chars() {
        // The two joiners are part of Bengali spelling (র‍্যা) and stay.
        if matches!(character, '\u{200C}' | '\u{200D}') {
            continue;
        }
        let name = match category(character) {
            GeneralCategory::Control => "a control character",
            GeneralCategory::Format => "an invisible or bidirectional character",
            GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => "a line separator",
            GeneralCategory::PrivateUse => "a private-use character",
            GeneralCategory::Surrogate | GeneralCategory::Unassigned => "a lone surrogate or unassigned character",
            GeneralCategory::SpaceSeparator | GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
                continue;
            }
            _ => {
                // Letters whose only look is emptiness: the Hangul fillers.
                printable |= !matches!(character, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}');
                continue;
            }
        };
        return Some(format!("{name}, U+{:04X}", character as u32));
    }
    (!printable).then(|| "nothing printable".into())
}

/// What stands for letters that are not shown. Always as long: the length of a name narrows it down too much.
const DOTS: &str = "•••";

/// Masks a name for a public page: the first letter of each word, `S••• M•••`. A word that has one letter alone (রা, X, the
/// initials A. K.) would be shown whole by it, and is all dots.
pub fn mask_name(name: &str) -> String {
    let masked = |word: &str| {
        let letters = letters(word);
        let mut letters = letters.iter().filter(|letter| letter.chars().any(char::is_alphanumeric));
        match (letters.next(), letters.next()) {
            (Some(first), Some(_)) => format!("{first}{DOTS}"),
            _ => DOTS.to_owned(),
        }
    };
    name.split_whitespace().map(masked).collect::<Vec<_>>().join(" ")
}

/// The last four letters or figures, half of them at most and never all; dots for the rest.
pub fn mask_but_last4(text: &str) -> String {
    let letters = letters(text);
    let hidden = letters.len().saturating_sub(4).max(letters.len() / 2).max(1);
    format!("{DOTS}{}", letters.get(hidden..).unwrap_or_default().concat())
}

/// The letters as a reader sees them: grapheme clusters (UAX 29), and one with what is written below it. UAX 29 joins a
/// consonant to the next by a hasanta, and leaves a vowel (the অ of অ্যা) alone with its own.
fn letters(text: &str) -> Vec<&str> {
    let joins = |c: char| matches!(c, '\u{995}'..='\u{9B9}' | '\u{9DC}'..='\u{9DF}' | '\u{9F0}' | '\u{9F1}');
    let (mut letters, mut from) = (Vec::new(), 0);
    for (at, cluster) in text.grapheme_indices(true) {
        let open = text[from..at].trim_end_matches('\u{200D}').ends_with('\u{9CD}');
        if at > from && !(open && cluster.starts_with(joins)) {
            letters.push(&text[from..at]);
            from = at;
        }
    }
    if from < text.len() {
        letters.push(&text[from..]);
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bengali_with_its_joiners_is_good_text() {
        for good in ["সোমবারি মাহাতো", "র\u{200D}্যাম", "Abdul Rahim O'Das-Roy (Jr.)", "ক্ষ ত্র জ্ঞ", "𑄌𑄋𑄴𑄟𑄳𑄦"]
        {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn text_that_deceives_or_shows_nothing_is_bad() {
        for bad in [
            "a\u{202E}b",
            "a\u{0007}",
            "\n",
            "",
            "   ",
            "\u{200D}",
            "\u{FFFF}",
            "a\u{2028}b",
            "\u{E000}",
            "\u{2066}x",
            "\u{3164}",
        ] {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn text_is_composed_and_the_field_is_named() {
        let mut value = json!({"name": {"en": "Rene\u{0301}"}});
        normalise(&mut value, "/data").unwrap();
        assert_eq!(value["name"]["en"], "Ren\u{00E9}");
        let mut value = json!({"a": ["x", {"b/c": "\u{202E}"}]});
        assert_eq!(normalise(&mut value, "/data").unwrap_err().pointer, "/data/a/1/b~1c");
    }

    #[test]
    fn masks_keep_a_first_letter_and_no_length() {
        for (name, masked) in [
            ("Sombari Mahato", "S••• M•••"),
            ("সোমবারি মাহাতো", "সো••• মা•••"),
            ("প্রসেনজিৎ", "প্র•••"),
            ("শ্রীজিতা", "শ্রী•••"),
            ("জ্যোৎস্না লক্ষ্মী", "জ্যো••• ল•••"),
            ("ক্ষ্মাপতি র্কেশ", "ক্ষ্মা••• র্কে•••"),
            ("র\u{200D}্যামসে", "র\u{200D}্যা•••"),
            ("ক্\u{200C}ষমা", "ক্\u{200C}•••"),
            ("অ্যাঞ্জেলা এ্যানি", "অ্যা••• এ্যা•••"),
            ("য\u{9BC}াসিন ৰাতুল", "য\u{9BC}া••• ৰা•••"),
            ("চাঁদ হাঁসদা", "চাঁ••• হাঁ•••"),
            ("e\u{301}mile x\u{303}y", "e\u{301}••• x\u{303}•••"),
            ("(Ram) O'Das-Roy", "R••• O•••"),
            ("A.K. Roy", "A••• R•••"),
        ] {
            assert_eq!(mask_name(name), masked, "{name}");
        }
    }

    #[test]
    fn no_word_is_shown_whole_however_short_it_is() {
        for name in ["X", "রা", "শ্রী", "A.", "A", "ক্ষ্ম", "অ্যা", "x\u{303}", "7", "-", "(রা)", "র\u{200D}্যা"]
        {
            assert_eq!(mask_name(name), "•••", "{name}");
        }
        assert_eq!(mask_name("A. K. Roy"), "••• ••• R•••");
        assert_eq!(mask_name("রা  X সেন"), "••• ••• সে•••");
    }

    #[test]
    fn of_a_number_the_end_is_kept_and_never_the_whole() {
        for (number, masked) in [
            ("1216379241", "•••9241"),
            ("287", "•••87"),
            ("28", "•••8"),
            ("7", "•••"),
            ("", "•••"),
            ("রা", "•••"),
            ("৯৭৭/২০০৯", "•••২০০৯"),
            ("কাশ্মীর-প্রী", "•••র-প্রী"),
        ] {
            assert_eq!(mask_but_last4(number), masked, "{number}");
        }
    }
}
