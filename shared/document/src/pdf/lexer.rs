//! Steps over the syntax of a PDF.

use super::Dict;

/// Steps over PDF syntax (ISO 32000-1, 7.2 and 7.3).
pub(super) struct Lexer<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
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

    pub fn keyword(&mut self, word: &[u8]) -> bool {
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

    pub fn number(&mut self) -> Option<usize> {
        self.skip_space();
        std::str::from_utf8(self.regular()).ok()?.parse().ok()
    }

    /// Steps over one value and gives it as it is written; a reference counts as one.
    pub fn value(&mut self) -> Option<&'a [u8]> {
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

    pub fn dict(&mut self) -> Option<Dict<'a>> {
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
