//! Reads as much of the renderer's own PDF as a seal needs: trailer, catalogue, first page. Never used on uploads.
//!
//! typst-pdf writes a cross-reference table, no object streams; a file of another kind is refused, not guessed at.

use super::SealError;

/// A PDF with a cross-reference table.
pub(super) struct Pdf<'a> {
    bytes: &'a [u8],
    offsets: Vec<(u32, usize)>,
    /// Entries of the trailer.
    pub trailer: Dict<'a>,
    /// Where the newest cross-reference section begins.
    pub startxref: usize,
}

/// A dictionary's entries in order, their values as they are written.
pub(super) struct Dict<'a>(pub Vec<(&'a [u8], &'a [u8])>);

impl<'a> Dict<'a> {
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| *value)
    }

    /// The entries again, without those named.
    pub fn write_without(&self, names: &[&str]) -> Vec<u8> {
        let kept = self.0.iter().filter(|(key, _)| names.iter().all(|name| *key != name.as_bytes()));
        kept.flat_map(|(key, value)| [b"/", *key, b" ", *value, b"\n"].concat()).collect()
    }
}

const fn fault<T>(words: &'static str) -> Result<T, SealError> {
    Err(SealError::Pdf(words))
}

impl<'a> Pdf<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, SealError> {
        let tail = bytes.len().saturating_sub(1024);
        let at = find_last(&bytes[tail..], b"startxref").ok_or(SealError::Pdf("it has no startxref"))?;
        let mut lexer = Lexer { bytes, at: tail + at + b"startxref".len() };
        let startxref = lexer.number().ok_or(SealError::Pdf("startxref names no place"))?;
        lexer.at = startxref;
        if !lexer.keyword(b"xref") {
            return fault("it has no cross-reference table where startxref says");
        }
        let mut offsets = Vec::new();
        while !lexer.keyword(b"trailer") {
            let (Some(first), Some(count)) = (lexer.number(), lexer.number()) else {
                return fault("its cross-reference table cannot be read");
            };
            for step in 0..count {
                let (Some(offset), Some(_), Some(kind)) = (lexer.number(), lexer.number(), lexer.value()) else {
                    return fault("its cross-reference table is cut off");
                };
                if let (b"n", Ok(number)) = (kind, u32::try_from(first + step)) {
                    offsets.push((number, offset));
                }
            }
        }
        let trailer = lexer.dict().ok_or(SealError::Pdf("its trailer cannot be read"))?;
        if trailer.get("Prev").is_some() || trailer.get("Encrypt").is_some() {
            return fault("it has been updated or encrypted already");
        }
        Ok(Self { bytes, offsets, trailer, startxref })
    }

    /// The version in the header, `1.7`.
    pub fn version(&self) -> &'a [u8] {
        self.bytes.get(5..8).unwrap_or_default()
    }

    /// An indirect object's value, as it is written.
    pub fn object(&self, number: u32) -> Result<&'a [u8], SealError> {
        let place = self.offsets.iter().find(|(n, _)| *n == number).map(|(_, offset)| *offset);
        let mut lexer = Lexer { bytes: self.bytes, at: place.ok_or(SealError::Pdf("an object is missing"))? };
        let head = (lexer.number(), lexer.number(), lexer.keyword(b"obj"));
        match (head, lexer.value()) {
            ((Some(found), Some(0), true), Some(value)) if found == number as usize => Ok(value),
            _ => fault("an object cannot be read"),
        }
    }

    /// An indirect object that is a dictionary.
    pub fn dict(&self, number: u32) -> Result<Dict<'a>, SealError> {
        let bytes = self.object(number)?;
        Lexer { bytes, at: 0 }.dict().ok_or(SealError::Pdf("an object is no dictionary"))
    }

    /// The number of the first page, found down the page tree.
    pub fn first_page(&self, catalogue: &Dict<'_>) -> Result<u32, SealError> {
        let mut number = reference(catalogue.get("Pages").unwrap_or_default())?;
        for _ in 0..32 {
            let node = self.dict(number)?;
            let Some(kids) = node.get("Kids") else { return Ok(number) };
            number = reference(kids.strip_prefix(b"[").unwrap_or_default())?;
        }
        fault("its page tree is too deep")
    }
}

/// Reads `12 0 R`.
pub(super) fn reference(value: &[u8]) -> Result<u32, SealError> {
    let mut lexer = Lexer { bytes: value, at: 0 };
    match (lexer.number(), lexer.number(), lexer.keyword(b"R")) {
        (Some(number), Some(0), true) => u32::try_from(number).map_err(|_| SealError::Pdf("a number is too large")),
        _ => fault("a reference cannot be read"),
    }
}

/// The first element of an array, as it is written.
pub(super) fn first_element(array: &[u8]) -> Option<&[u8]> {
    let mut lexer = Lexer { bytes: array, at: 0 };
    lexer.keyword(b"[").then(|| lexer.value()).flatten()
}

/// The last place of a pattern.
pub(super) fn find_last(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).rposition(|window| window == pattern)
}

/// Steps over PDF syntax (ISO 32000-1, 7.2 and 7.3).
struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while !matches!(self.peek(), None | Some(b'\n' | b'\r')) {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn keyword(&mut self, word: &[u8]) -> bool {
        self.skip_space();
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn regular(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !b"()<>[]{}/%".contains(&byte)) {
            self.at += 1;
        }
        &self.bytes[start.min(self.bytes.len())..self.at.min(self.bytes.len())]
    }

    fn number(&mut self) -> Option<usize> {
        self.skip_space();
        std::str::from_utf8(self.regular()).ok()?.parse().ok()
    }

    /// Steps over one value and gives it as it is written; a reference counts as one.
    fn value(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        match (self.peek()?, self.bytes.get(self.at + 1)) {
            (b'(', _) => self.string()?,
            (b'<', Some(b'<')) => self.nested(2, b">>")?,
            (b'[', _) => self.nested(1, b"]")?,
            (b'<', _) => self.at += self.bytes[self.at..].iter().position(|byte| *byte == b'>')? + 1,
            (b'/', _) => {
                self.at += 1;
                self.regular();
            }
            _ => {
                if self.regular().is_empty() {
                    return None;
                }
                let end = self.at;
                let pair = self.bytes[start].is_ascii_digit() && self.number().is_some();
                if !(pair && self.keyword(b"R")) {
                    self.at = end;
                }
            }
        }
        self.bytes.get(start..self.at)
    }

    fn nested(&mut self, opening: usize, closing: &[u8]) -> Option<()> {
        self.at += opening;
        while !self.keyword(closing) {
            self.value()?;
        }
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn dict(&mut self) -> Option<Dict<'a>> {
        let mut entries = Vec::new();
        if !self.keyword(b"<<") {
            return None;
        }
        while !self.keyword(b">>") {
            let name = self.value()?.strip_prefix(b"/")?;
            entries.push((name, self.value()?));
        }
        Some(Dict(entries))
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}
