//! base41: bytes as the symbols that a QR code packs tightest and that a URL fragment may hold.
//!
//! Two bytes, big-endian, are three symbols, least significant first; a last single byte is two. Every byte string has
//! one text and every accepted text is that text: nothing is folded, skipped or padded. A text that could be written in
//! two ways would let two different codes carry one credential. `schemas/README.md` has the same rules for verifiers.

/// The 41 symbols: all in QR alphanumeric mode, all legal in a URL fragment.
pub const ALPHABET: &[u8; 41] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-.";

const BASE: u32 = 41;

/// Why a text is no base41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base41Error {
    /// A length of 1 mod 3: no byte string has it.
    #[error("a base41 text cannot have {0} symbols")]
    Length(usize),
    /// A symbol outside the alphabet, at this place (counted from 0). Lower case is outside.
    #[error("the symbol at place {0} is not of the base41 alphabet")]
    Symbol(usize),
    /// Three symbols above 65,535 or two above 255, beginning at this place.
    #[error("the group at place {0} stands for no bytes")]
    Overflow(usize),
}

/// Writes bytes as base41.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for group in bytes.chunks(2) {
        let (mut value, symbols) = match group {
            [high, low] => (u32::from(*high) << 8 | u32::from(*low), 3),
            rest => (rest.iter().map(|byte| u32::from(*byte)).sum(), 2),
        };
        for _ in 0..symbols {
            text.push(char::from(ALPHABET[(value % BASE) as usize]));
            value /= BASE;
        }
    }
    text
}

/// Reads base41, refusing every text that [`encode`] does not write.
pub fn decode(text: &str) -> Result<Vec<u8>, Base41Error> {
    let symbols = text.as_bytes();
    if symbols.len() % 3 == 1 {
        return Err(Base41Error::Length(symbols.len()));
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 3 * 2 + 1);
    for (number, group) in symbols.chunks(3).enumerate() {
        let place = number * 3;
        let mut value = 0;
        for (within, symbol) in group.iter().enumerate().rev() {
            value = value * BASE + digit(*symbol).ok_or(Base41Error::Symbol(place + within))?;
        }
        match (group.len(), u16::try_from(value), u8::try_from(value)) {
            (3, Ok(pair), _) => bytes.extend(pair.to_be_bytes()),
            (2, _, Ok(single)) => bytes.push(single),
            _ => return Err(Base41Error::Overflow(place)),
        }
    }
    Ok(bytes)
}

fn digit(symbol: u8) -> Option<u32> {
    Some(match symbol {
        b'0'..=b'9' => u32::from(symbol - b'0'),
        b'A'..=b'Z' => u32::from(symbol - b'A') + 10,
        b'$' => 36,
        b'*' => 37,
        b'+' => 38,
        b'-' => 39,
        b'.' => 40,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Frozen: readers of printed codes depend on them.
    const VECTORS: [(&[u8], &str); 8] = [
        (b"", ""),
        (&[0x00], "00"),
        (&[0x00, 0x00], "000"),
        (&[0xFF], "96"),
        (&[0xFF, 0xFF], "H.+"),
        (&[0x01, 0x00], "A60"),
        (b"Mohor", "KWB3*FW2"),
        (&[0xD2, 0x84, 0x4D, 0xA2, 0x01, 0x27], "I2WUXB870"),
    ];

    #[test]
    fn frozen_vectors_hold() {
        for (bytes, text) in VECTORS {
            assert_eq!(encode(bytes), text, "{bytes:?}");
            assert_eq!(decode(text).as_deref(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn a_length_of_one_mod_three_is_refused() {
        for length in [1, 4, 7] {
            assert_eq!(decode(&"0".repeat(length)), Err(Base41Error::Length(length)));
        }
    }

    #[test]
    fn groups_that_stand_for_no_bytes_are_refused() {
        assert_eq!(decode("I.+"), Err(Base41Error::Overflow(0)), "65,536");
        assert_eq!(decode("..."), Err(Base41Error::Overflow(0)));
        assert_eq!(decode("00076"), Ok(vec![0, 0, 253]));
        assert_eq!(decode("000A6"), Err(Base41Error::Overflow(3)), "256");
    }

    #[test]
    fn lower_case_and_other_symbols_are_refused() {
        for text in ["a00", "0 0", "0%0", "00/", "0:0", "00\n", "০০"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
        assert_eq!(decode("00x"), Err(Base41Error::Symbol(2)));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = encode(&bytes);
            prop_assert!(text.bytes().all(|symbol| ALPHABET.contains(&symbol)));
            prop_assert_eq!(decode(&text), Ok(bytes));
        }

        #[test]
        fn an_accepted_text_is_the_one_that_is_written(text in "[0-9A-Z$*+\\-.]{0,60}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn decoding_never_panics(text in "\\PC{0,60}") {
            let _ = decode(&text);
        }
    }
}
