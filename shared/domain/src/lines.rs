//! In which line of a table a record begins.

use csv::Position;

/// Counts lines as they are passed. The reader's own count is one behind where lines end in CR LF: it comes to the LF
/// with the record after it.
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// Of a table whose first line has this number.
    pub fn new(table: &'t str, first: u64) -> Self {
        Self { text: table.as_bytes(), at: 0, line: first }
    }

    /// The line of a record; records come in order.
    pub fn of(&mut self, position: Option<&Position>) -> u64 {
        let begin = position.map_or(self.at, |position| position.byte() as usize).clamp(self.at, self.text.len());
        let ends = self.text[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line += self.text[self.at..begin + ends].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = begin + ends;
        self.line
    }
}
