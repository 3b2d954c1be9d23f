//! Plans as they are kept: the same text, a fifth of its size.
//!
//! The format is zlib with a dictionary: words that many plans have need not be in each. The stream names its dictionary by a
//! checksum, and has one of the text. A dictionary is never changed, since what was packed with it is read with it; one that
//! knows other words is another file, and is added to [`DICTIONARIES`].

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The first is used from now on.
const DICTIONARIES: [&[u8]; 1] = [include_bytes!("packed/words-1.txt")];
/// A plan's text has at most so many bytes: whatever a row claims, no more is unpacked.
const MOST: usize = 16 << 20;

/// Packs a text. None: it would not come out again to the letter, and is kept as it is.
pub(crate) fn pack(text: &str) -> Option<Vec<u8>> {
    let mut deflate = Compress::new(Compression::default(), true);
    deflate.set_dictionary(DICTIONARIES[0]).ok()?;
    let mut packed = Vec::with_capacity(text.len() + text.len() / 8 + 64);
    let status = deflate.compress_vec(text.as_bytes(), &mut packed, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd && unpack(&packed).as_deref() == Some(text)).then_some(packed)
}

/// The text again, to the letter; none: a checksum does not fit, or it is no text.
pub(crate) fn unpack(packed: &[u8]) -> Option<String> {
    let mut inflate = Decompress::new(true);
    let mut text = Vec::with_capacity(8 << 10);
    loop {
        let rest = packed.get(inflate.total_in() as usize..)?;
        match inflate.decompress_vec(rest, &mut text, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => return String::from_utf8(text).ok(),
            // Room was wanting; where it was not, the end of what was packed is.
            Ok(_) if text.len() == text.capacity() && text.len() < MOST => text.reserve(text.len()),
            Ok(_) => return None,
            Err(error) => {
                error.needs_dictionary()?;
                DICTIONARIES.iter().find(|words| inflate.set_dictionary(words).is_ok())?;
            }
        }
    }
}

/// The text of a plan: packed, or as programs of before kept it. None: there is none, or it cannot be unpacked.
pub(crate) fn plan(text: Option<String>, packed: Option<Vec<u8>>) -> Option<String> {
    match packed {
        Some(packed) => unpack(&packed),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

    use super::*;
    use mohor_ports::suite::sample;
    use sha2::{Digest, Sha256};

    #[test]
    fn a_text_is_unpacked_to_the_letter_and_a_changed_one_not_at_all() {
        let plan = serde_json::to_string(&sample::plan(sample::uin(sample::DEPARTMENT, 1), 1)).unwrap();
        for text in [plan.as_str(), "", "শেফালি মণ্ডল", &"x".repeat(100_000)] {
            assert_eq!(unpack(&pack(text).unwrap()).as_deref(), Some(text));
        }
        let packed = pack(&plan).unwrap();
        for place in 0..packed.len() {
            let mut other = packed.clone();
            other[place] ^= 1;
            assert!(unpack(&other).is_none_or(|text| text == plan), "byte {place}");
            assert_eq!(unpack(&packed[..place]), None);
        }
        let without = pack(&plan).map(|packed| [&packed[..2], &packed[6..]].concat()).unwrap();
        assert_eq!(unpack(&without), None, "another dictionary's");
    }

    #[test]
    fn a_dictionary_is_never_changed() {
        let digests = DICTIONARIES.map(|words| hex::encode(Sha256::digest(words)));
        assert_eq!(digests, ["378cdf8f597d6ab6cba30276659dd2d536b2738f1428b5d7d05f4282a50a7ee3"]);
    }
}
