//! A PDF in fewer bytes: the same objects under the same numbers, most of them in one compressed object stream
//! (ISO 32000-1, 7.5.7), which ISO 19005-2 allows. typst-pdf writes each object by itself and in plain text: of a
//! certificate some hundred, mostly of the tag tree.
//!
//! Streams cannot be in one. Nor are the catalogue and what leads to the first page, so that the seal finds them without
//! decompressing anything; metadata stay in plain bytes, for the marker in them.

use crate::pdf::{Entry, Fault, Form, Pdf, reference, write_stream};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// Beyond it a place would not fit the entries of the cross-reference stream.
const MAX_SIZE: usize = 1 << 24;
/// Beyond it an index would not.
const MAX_OBJECTS: usize = 1 << 16;

/// Packs what typst-pdf wrote. A file that is too large is left as it is.
pub(crate) fn pack(pdf: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let file = Pdf::open(&pdf)?;
    if file.form != Form::Table || pdf.len() >= MAX_SIZE || file.offsets.len() >= MAX_OBJECTS {
        return Ok(pdf);
    }
    let plain = plain(&file)?;
    let mut places = file.offsets.clone();
    places.sort_unstable_by_key(|(_, place)| *place);
    let ends = places.iter().skip(1).map(|(_, place)| *place).chain([file.startxref]);

    let size = file.size()?;
    let mut entries = vec![(0, Entry::Free)];
    let (mut heads, mut values) = (String::new(), Vec::new());
    let mut packed = Vec::with_capacity(pdf.len());
    packed.extend(&pdf[..places.first().ok_or(Fault("it has no objects"))?.1]);
    let mut count = 0;
    for ((number, place), end) in places.iter().zip(ends) {
        let (value, stream) = file.value(*number)?;
        if stream || plain.contains(number) {
            entries.push((*number, Entry::At(packed.len())));
            packed.extend(pdf[*place..end].trim_ascii_end());
            packed.push(b'\n');
        } else {
            entries.push((*number, Entry::In(size, count)));
            heads.push_str(&format!("{number} {} ", values.len()));
            values.extend(value);
            values.push(b'\n');
            count += 1;
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    let compressed = encoder.write_all(heads.as_bytes()).and_then(|()| encoder.write_all(&values));
    let compressed = compressed.and_then(|()| encoder.finish()).map_err(|_| Fault("it cannot be compressed"))?;
    entries.push((size, Entry::At(packed.len())));
    let (first, length) = (heads.len(), compressed.len());
    let head =
        format!("{size} 0 obj\n<</Type/ObjStm/N {count}/First {first}/Length {length}/Filter/FlateDecode>>\nstream\n");
    packed.extend(head.bytes());
    packed.extend(compressed);
    packed.extend(b"\nendstream\nendobj\n");
    // Numbers that are not used are named as free: a section of all objects needs no index.
    entries.sort_unstable_by_key(|(number, _)| *number);
    let used: Vec<_> = (0..=size)
        .map(|number| match entries.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(place) => entries[place],
            Err(_) => (number, Entry::Free),
        })
        .collect();
    write_stream(&mut packed, size + 1, &used, &file.trailer.write_without(&["Size"]))?;
    Ok(packed)
}

/// The objects that the seal reads.
fn plain(file: &Pdf<'_>) -> Result<Vec<u32>, Fault> {
    let root = file.root()?;
    let mut plain = file.path_to_first_page(&file.dict(root)?)?;
    if let Some(page) = plain.last() {
        let annotations = file.dict(*page)?.get("Annots").map(reference);
        plain.extend(annotations.and_then(Result::ok));
    }
    plain.push(root);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::sample::table;
    use flate2::read::ZlibDecoder;
    use std::io::Read;

    #[test]
    fn every_object_is_there_under_its_number_and_the_file_is_smaller() {
        for with_link in [false, true] {
            let pdf = table(with_link);
            let packed = pack(pdf.clone()).unwrap();
            assert!(packed.len() < pdf.len(), "{} of {}", packed.len(), pdf.len());
            let (before, after) = (Pdf::open(&pdf).unwrap(), Pdf::open(&packed).unwrap());
            assert_eq!((before.form, after.form), (Form::Table, Form::Stream));
            let size = before.size().unwrap();
            let (dict, is_stream) = after.value(size).unwrap();
            assert!(is_stream);
            let start = packed.windows(dict.len()).position(|window| window == dict).unwrap() + dict.len();
            let mut opened = Vec::new();
            ZlibDecoder::new(&packed[start + "\nstream\n".len()..]).read_to_end(&mut opened).unwrap();
            for (number, _) in &before.offsets {
                let (value, is_stream) = before.value(*number).unwrap();
                match after.value(*number) {
                    Ok(found) => assert_eq!(found, (value, is_stream), "{number}"),
                    Err(_) => {
                        assert!(!is_stream);
                        assert!(opened.windows(value.len()).any(|window| window == value), "{number}");
                    }
                }
            }
            assert_eq!(after.size().unwrap(), size + 2);
            assert_eq!(before.root().unwrap(), after.root().unwrap());
        }
    }

    #[test]
    fn what_is_packed_already_stays_as_it_is() {
        let packed = pack(table(false)).unwrap();
        assert_eq!(pack(packed.clone()).unwrap(), packed);
    }

    #[test]
    fn what_the_renderer_does_not_write_is_refused() {
        let pdf = table(false);
        assert!(pack(b"%PDF-1.7\n".to_vec()).is_err());
        assert!(pack(pdf[..pdf.len() / 2].to_vec()).is_err());
    }
}
