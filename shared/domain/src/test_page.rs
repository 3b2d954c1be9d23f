//! The test page: before the first print of a day a centre prints one and scans it back, so that a printer that prints too
//! small, too pale or without Bengali is noticed on a page that is nobody's certificate.

use sha2::{Digest, Sha256};

/// Random bytes from which a code is made.
pub const RANDOM: usize = 10;
/// Wrong codes, after which the page is made anew.
pub const TRIES: u32 = 5;
/// Characters of what is scanned or keyed in, at most.
pub const LONGEST: usize = 64;

/// Without letters that look like digits (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code: ten characters of five random bits each.
pub fn code(random: &[u8; RANDOM]) -> String {
    random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// As it is printed in letters, for scanners that fail.
pub fn grouped(code: &str) -> String {
    let middle = code.len() / 2;
    match (code.get(..middle), code.get(middle..)) {
        (Some(one), Some(other)) => format!("{one}-{other}"),
        _ => code.to_owned(),
    }
}

/// What the page's QR code holds.
pub fn qr_text(code: &str) -> String {
    format!("MOHOR-TEST#{code}")
}

/// The code in what was scanned or keyed in: its last ten letters and digits, since a scanner that takes the keyboard for
/// another language's writes another sign for the `#` before them.
pub fn read(text: &str) -> String {
    let plain = text.chars().filter(char::is_ascii_alphanumeric).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    });
    let plain: Vec<char> = plain.collect();
    plain[plain.len().saturating_sub(RANDOM)..].iter().collect()
}

/// Whether two codes are the same; how long it takes says nothing of where they differ.
pub fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_whatever_a_scanner_makes_of_it() {
        let code = code(&[0, 1, 31, 32, 250, 99, 17, 18, 19, 255]);
        assert_eq!((code.len(), code.as_str()), (RANDOM, "01Z0T3HJKZ"));
        let (scanned, shown) = (qr_text(&code), grouped(&code));
        assert_eq!((scanned.as_str(), shown.as_str()), ("MOHOR-TEST#01Z0T3HJKZ", "01Z0T-3HJKZ"));
        for text in [&scanned, &shown, &code, "mohor/test£01z0t3hjkz\r\n", " o1zo t 3hjkz", "olzot3hjkz"] {
            assert!(same(&read(text), &code), "{text}");
        }
        for text in ["", "MOHOR-TEST#", "01Z0T3HJK", "01Z0T3HJKZ0", "০১২", "\u{202e}"] {
            assert!(!same(&read(text), &code), "{text}");
        }
    }

    #[test]
    fn each_character_holds_five_bits() {
        let of = |byte: u8| code(&[byte; RANDOM]);
        let different: std::collections::BTreeSet<String> = (0..=255).map(of).collect();
        assert_eq!(different.len(), 32);
    }
}
