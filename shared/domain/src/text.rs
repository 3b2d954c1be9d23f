//! Text from outside: normalised, and refused when it could deceive or cannot be printed.

use crate::refusal::{Code, Refusal};
use serde_json::Value;
use std::sync::LazyLock;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{UnicodeNormalization, is_nfc};

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

/// Masks a name for a public page: the first letter of each word, `S•••••• M•••••`. Grapheme clusters are kept whole
/// by keeping the marks that follow the first letter.
pub fn mask_name(name: &str) -> String {
    name.split_whitespace()
        .map(|word| {
            let mut kept = String::new();
            let mut rest = 0;
            for (place, character) in word.chars().enumerate() {
                let mark = matches!(
                    category(character),
                    GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::Format
                );
                if place == 0 || (mark && rest == 0) {
                    kept.push(character);
                } else if !mark {
                    rest += 1;
                }
            }
            // A fixed run of dots: the length of a name narrows it down too much.
            if rest > 0 { format!("{kept}•••") } else { kept }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The last four characters, the rest as dots.
pub fn mask_but_last4(text: &str) -> String {
    let count = text.chars().count();
    let tail: String = text.chars().skip(count.saturating_sub(4).max(count / 2)).collect();
    format!("•••{tail}")
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
        assert_eq!(mask_name("Sombari Mahato"), "S••• M•••");
        assert_eq!(mask_name("সোমবারি মাহাতো"), "সো••• মা•••");
        assert_eq!(mask_but_last4("1216379241"), "•••9241");
        assert_eq!(mask_but_last4("287"), "•••87");
    }
}
