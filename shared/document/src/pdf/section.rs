//! Cross-reference streams (ISO 32000-1, 7.5.8), in the one shape that is written and read here: not compressed, so that
//! the sealer needs no decompression, an entry being 1 byte of kind, 3 of place, 2 of index.

use super::Fault;

/// The widths of an entry's fields.
pub(super) const WIDTHS: &str = "[1 3 2]";
const WIDTH: usize = 6;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nowhere: the number is not used. Number 0 never is.
    Free,
    /// At this place of the file.
    At(usize),
    /// In an object stream: its number, and the how manieth in it.
    In(u32, usize),
}

impl Entry {
    fn bytes(self) -> Result<[u8; WIDTH], Fault> {
        let (kind, place, index) = match self {
            Self::Free => (0, 0, usize::from(u16::MAX)),
            Self::At(place) => (1, place, 0),
            Self::In(stream, index) => (2, stream as usize, index),
        };
        let large = |_| Fault("it is too large for its cross-reference stream");
        let (place, index) = (u32::try_from(place).map_err(large)?, u16::try_from(index).map_err(large)?);
        let ([high, a, b, c], [d, e]) = (place.to_be_bytes(), index.to_be_bytes());
        match high {
            0 => Ok([kind, a, b, c, d, e]),
            _ => Err(Fault("it is too large for its cross-reference stream")),
        }
    }
}

/// Appends a cross-reference stream and the end of the file. `entries` are by number and without the stream itself, which
/// has the number `number`, the highest; `trailer` are entries of its dictionary.
pub(crate) fn write_stream(
    bytes: &mut Vec<u8>,
    number: u32,
    entries: &[(u32, Entry)],
    trailer: &[u8],
) -> Result<(), Fault> {
    let startxref = bytes.len();
    let entries = [entries, &[(number, Entry::At(startxref))]].concat();
    let runs: Vec<_> = entries.chunk_by(|(before, _), (after, _)| before + 1 == *after).collect();
    let of_all = runs.len() == 1 && entries[0].0 == 0;
    let index = runs.iter().map(|run| format!("{} {}", run[0].0, run.len())).collect::<Vec<_>>().join(" ");
    let index = if of_all { String::new() } else { format!("/Index[{index}]") };
    let (size, length) = (number + 1, entries.len() * WIDTH);
    bytes.extend(format!("{number} 0 obj\n<</Type/XRef/W{WIDTHS}{index}/Size {size}/Length {length}\n").bytes());
    bytes.extend(trailer);
    bytes.extend(b">>\nstream\n");
    for (_, entry) in entries {
        bytes.extend(entry.bytes()?);
    }
    bytes.extend(format!("\nendstream\nendobj\nstartxref\n{startxref}\n%%EOF\n").bytes());
    Ok(())
}

/// The places of the objects 0 to `size` that stand in the file by themselves. None: there are fewer or more entries.
pub(super) fn read(entries: &[u8], size: usize) -> Option<Vec<(u32, usize)>> {
    if entries.len() != size.checked_mul(WIDTH)? {
        return None;
    }
    let numbered = (0u32..).zip(entries.chunks_exact(WIDTH)).filter(|(_, entry)| entry[0] == 1);
    let place = |entry: &[u8]| entry[1..4].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some(numbered.map(|(number, entry)| (number, place(entry))).collect())
}
