//! Finding a seal and our marker in uploaded bytes: bounded scanning, no PDF parser.

use super::{DOCUMENT_KEYWORD, DOCUMENT_MARKER, KEYWORD, MARKER};
use mohor_domain::{id::Id, uin::Uin};

/// The largest upload that is looked at, 10 MiB.
pub const MAX_UPLOAD: usize = 10 << 20;
/// The most signatures and markers that are looked at in one file.
const MAX_FOUND: usize = 32;
/// The most hexadecimal digits of a signature.
const MAX_CONTENTS: usize = 1 << 17;

/// A signature found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealFound {
    /// The CMS in DER, without the padding that follows it.
    pub cms: Vec<u8>,
    /// Offset and length of the two signed ranges.
    pub byte_range: [usize; 4],
    /// The ranges are the whole file but the signature itself, and that is written as it is here: capitals, zeros behind.
    pub covers_whole_file: bool,
}

/// The file's last signature, the one that covers the most. `None`: there is none, or the file is too large.
pub fn read_seal(pdf: &[u8]) -> Option<SealFound> {
    read_seals(pdf).into_iter().max_by_key(|seal| seal.byte_range[2] + seal.byte_range[3])
}

/// Every signature whose range and contents can be read, in the order of the file.
pub fn read_seals(pdf: &[u8]) -> Vec<SealFound> {
    if pdf.len() > MAX_UPLOAD {
        return Vec::new();
    }
    places(pdf, b"/ByteRange").filter_map(|place| seal_at(pdf, place)).collect()
}

fn seal_at(pdf: &[u8], place: usize) -> Option<SealFound> {
    let rest = pdf.get(place..pdf.len().min(place + 120))?;
    let open = rest.iter().position(|byte| *byte == b'[')?;
    let close = rest.iter().position(|byte| *byte == b']')?;
    let words = std::str::from_utf8(rest.get(open + 1..close)?).ok()?;
    let numbers: Vec<usize> = words.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let byte_range: [usize; 4] = numbers.try_into().ok()?;
    let [start, first, second_at, second] = byte_range;
    let (gap_start, end) = (start.checked_add(first)?, second_at.checked_add(second)?);
    if end > pdf.len() || gap_start > second_at || second_at - gap_start > MAX_CONTENTS {
        return None;
    }
    let digits = pdf.get(gap_start..second_at)?.strip_prefix(b"<")?.strip_suffix(b">")?;
    let mut cms = hex::decode(digits).ok()?;
    let padding = cms.split_off(der_length(&cms)?);
    let as_written = padding.iter().all(|byte| *byte == 0) && !digits.iter().any(u8::is_ascii_lowercase);
    let whole = start == 0 && end == pdf.len() && as_written;
    Some(SealFound { cms, byte_range, covers_whole_file: whole })
}

/// Length of the DER value that the bytes begin with, its head included.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let (head, length) = match *bytes.get(1)? {
        short @ 0..=0x7F => (2, usize::from(short)),
        long @ 0x81..=0x83 => {
            let count = usize::from(long & 0x0F);
            (2 + count, bytes.get(2..2 + count)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
        _ => return None,
    };
    (head + length <= bytes.len()).then_some(head + length)
}

/// The UIN that one of our two markers names: the key in the signature dictionary, or the word in the metadata.
///
/// It says only that the file claims to be ours. `None`: no marker with a valid UIN, or the file is too large.
pub fn find_marker(pdf: &[u8]) -> Option<Uin> {
    if pdf.len() > MAX_UPLOAD {
        return None;
    }
    let in_dictionary = places(pdf, MARKER.as_bytes()).filter_map(|place| {
        let rest = pdf.get(place + MARKER.len()..)?.trim_ascii_start();
        uin(rest.strip_prefix(b"(")?)
    });
    let in_metadata = places(pdf, KEYWORD.as_bytes()).filter_map(|place| uin(pdf.get(place + KEYWORD.len()..)?));
    in_dictionary.chain(in_metadata).next()
}

/// The row that one of the two markers of a document other than a certificate names: as [`find_marker`].
pub fn find_document(pdf: &[u8]) -> Option<Id> {
    if pdf.len() > MAX_UPLOAD {
        return None;
    }
    let id = |bytes: &[u8]| Id::parse(std::str::from_utf8(bytes.get(..36)?).ok()?);
    let in_dictionary = places(pdf, DOCUMENT_MARKER.as_bytes()).filter_map(|place| {
        let rest = pdf.get(place + DOCUMENT_MARKER.len()..)?.trim_ascii_start();
        id(rest.strip_prefix(b"(")?)
    });
    let in_metadata =
        places(pdf, DOCUMENT_KEYWORD.as_bytes()).filter_map(|place| id(pdf.get(place + DOCUMENT_KEYWORD.len()..)?));
    in_dictionary.chain(in_metadata).next()
}

fn uin(bytes: &[u8]) -> Option<Uin> {
    Uin::canonical(std::str::from_utf8(bytes.get(..16)?).ok()?).ok()
}

/// Where a pattern stands, at most [`MAX_FOUND`] times.
fn places<'a>(bytes: &'a [u8], pattern: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let all = bytes.windows(pattern.len()).enumerate();
    all.filter(move |(_, window)| *window == pattern).map(|(place, _)| place).take(MAX_FOUND)
}
