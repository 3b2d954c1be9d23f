//! Reads as much of the renderer's own PDF as packing and sealing need: where its objects stand, trailer, catalogue, first
//! page. Never used on uploads.
//!
//! Two forms are known: the cross-reference table that typst-pdf writes, and the cross-reference stream that
//! [`crate::render`] packs it into. A file of another kind is refused, not guessed at.

mod lexer;
mod section;

use lexer::Lexer;
pub(crate) use section::{Entry, write_stream};

/// What is not as the renderer writes it.
#[derive(Debug)]
pub(crate) struct Fault(pub &'static str);

type Read<T> = Result<T, Fault>;

/// How a file says where its objects stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// By a table in plain text (ISO 32000-1, 7.5.4).
    Table,
    /// By a stream (7.5.8); most objects are in an object stream.
    Stream,
}

/// A PDF of one revision.
pub(crate) struct Pdf<'a> {
    bytes: &'a [u8],
    /// Number and place of the objects that stand in the file by themselves, by number.
    pub offsets: Vec<(u32, usize)>,
    /// Entries of the trailer.
    pub trailer: Dict<'a>,
    /// Where the cross-reference section begins.
    pub startxref: usize,
    /// Of which kind it is.
    pub form: Form,
}

/// A dictionary's entries in order, their values as they are written.
pub(crate) struct Dict<'a>(pub Vec<(&'a [u8], &'a [u8])>);

impl<'a> Dict<'a> {
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| *value)
    }

    /// The entries again, without those named.
    pub fn write_without(&self, names: &[&str]) -> Vec<u8> {
        let kept = self.0.iter().filter(|(key, _)| names.iter().all(|name| *key != name.as_bytes()));
        kept.flat_map(|(key, value)| [b"/", *key, b" ", *value, b"\n"].concat()).collect()
    }

    fn whole(&self, name: &str) -> Option<usize> {
        std::str::from_utf8(self.get(name)?).ok()?.parse().ok()
    }
}

impl<'a> Pdf<'a> {
    pub fn open(bytes: &'a [u8]) -> Read<Self> {
        let tail = bytes.len().saturating_sub(1024);
        let at = find_last(&bytes[tail..], b"startxref").ok_or(Fault("it has no startxref"))?;
        let mut lexer = Lexer { bytes, at: tail + at + b"startxref".len() };
        let startxref = lexer.number().ok_or(Fault("startxref names no place"))?;
        lexer.at = startxref;
        let (form, (offsets, trailer)) = match lexer.keyword(b"xref") {
            true => (Form::Table, table(&mut lexer)?),
            false => (Form::Stream, stream(&mut lexer)?),
        };
        if trailer.get("Prev").is_some() || trailer.get("Encrypt").is_some() {
            return Err(Fault("it has been updated or encrypted already"));
        }
        Ok(Self { bytes, offsets, trailer, startxref, form })
    }

    /// The version in the header, `1.7`.
    pub fn version(&self) -> &'a [u8] {
        self.bytes.get(5..8).unwrap_or_default()
    }

    /// The number after the last object's.
    pub fn size(&self) -> Read<u32> {
        let size = self.trailer.whole("Size").and_then(|size| u32::try_from(size).ok());
        size.ok_or(Fault("its trailer has no size"))
    }

    /// An indirect object's value, as it is written, and whether a stream follows it.
    pub fn value(&self, number: u32) -> Read<(&'a [u8], bool)> {
        let place = self.offsets.binary_search_by_key(&number, |(n, _)| *n).map(|place| self.offsets[place].1);
        let mut lexer = Lexer { bytes: self.bytes, at: place.map_err(|_| Fault("an object is missing"))? };
        let head = (lexer.number(), lexer.number(), lexer.keyword(b"obj"));
        match (head, lexer.value()) {
            ((Some(found), Some(0), true), Some(value)) if found == number as usize => {
                Ok((value, lexer.keyword(b"stream")))
            }
            _ => Err(Fault("an object cannot be read")),
        }
    }

    /// An indirect object's value, as it is written.
    pub fn object(&self, number: u32) -> Read<&'a [u8]> {
        Ok(self.value(number)?.0)
    }

    /// An indirect object that is a dictionary.
    pub fn dict(&self, number: u32) -> Read<Dict<'a>> {
        let bytes = self.object(number)?;
        Lexer { bytes, at: 0 }.dict().ok_or(Fault("an object is no dictionary"))
    }

    /// The number of the catalogue.
    pub fn root(&self) -> Read<u32> {
        reference(self.trailer.get("Root").unwrap_or_default())
    }

    /// The numbers from the root of the page tree down to the first page.
    pub fn path_to_first_page(&self, catalogue: &Dict<'_>) -> Read<Vec<u32>> {
        let mut path = vec![reference(catalogue.get("Pages").unwrap_or_default())?];
        while let Some(kids) = self.dict(path[path.len() - 1])?.get("Kids") {
            if path.len() == 32 {
                return Err(Fault("its page tree is too deep"));
            }
            path.push(reference(kids.strip_prefix(b"[").unwrap_or_default())?);
        }
        Ok(path)
    }
}

/// The objects' places and the trailer, from a table.
fn table<'a>(lexer: &mut Lexer<'a>) -> Read<(Vec<(u32, usize)>, Dict<'a>)> {
    let mut offsets = Vec::new();
    while !lexer.keyword(b"trailer") {
        let (Some(first), Some(count)) = (lexer.number(), lexer.number()) else {
            return Err(Fault("its cross-reference table cannot be read"));
        };
        for step in 0..count {
            let (Some(offset), Some(_), Some(kind)) = (lexer.number(), lexer.number(), lexer.value()) else {
                return Err(Fault("its cross-reference table is cut off"));
            };
            if let (b"n", Ok(number)) = (kind, u32::try_from(first + step)) {
                offsets.push((number, offset));
            }
        }
    }
    offsets.sort_unstable();
    Ok((offsets, lexer.dict().ok_or(Fault("its trailer cannot be read"))?))
}

/// The same from a stream as [`write_stream`] writes it: of all objects, not compressed.
fn stream<'a>(lexer: &mut Lexer<'a>) -> Read<(Vec<(u32, usize)>, Dict<'a>)> {
    let head = (lexer.number(), lexer.number(), lexer.keyword(b"obj"));
    let (Some(_), Some(0), true) = head else {
        return Err(Fault("it has no cross-reference section where startxref says"));
    };
    let trailer = lexer.dict().ok_or(Fault("its trailer cannot be read"))?;
    let known = trailer.get("Type") == Some(b"/XRef")
        && trailer.get("W") == Some(section::WIDTHS.as_bytes())
        && trailer.get("Filter").is_none()
        && trailer.get("Index").is_none();
    if !known || !lexer.keyword(b"stream\n") {
        return Err(Fault("its cross-reference stream is of another kind"));
    }
    let (Some(length), Some(size)) = (trailer.whole("Length"), trailer.whole("Size")) else {
        return Err(Fault("its cross-reference stream has no length"));
    };
    let entries = lexer.at.checked_add(length).and_then(|end| lexer.bytes.get(lexer.at..end));
    let offsets = entries.and_then(|entries| section::read(entries, size));
    Ok((offsets.ok_or(Fault("its cross-reference stream is cut off"))?, trailer))
}

/// Reads `12 0 R`.
pub(crate) fn reference(value: &[u8]) -> Read<u32> {
    let mut lexer = Lexer { bytes: value, at: 0 };
    match (lexer.number(), lexer.number(), lexer.keyword(b"R")) {
        (Some(number), Some(0), true) => u32::try_from(number).map_err(|_| Fault("a number is too large")),
        _ => Err(Fault("a reference cannot be read")),
    }
}

/// The first element of an array, as it is written.
pub(crate) fn first_element(array: &[u8]) -> Option<&[u8]> {
    let mut lexer = Lexer { bytes: array, at: 0 };
    lexer.keyword(b"[").then(|| lexer.value()).flatten()
}

/// The last place of a pattern.
fn find_last(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).rposition(|window| window == pattern)
}
