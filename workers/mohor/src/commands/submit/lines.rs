//! The lines of an NDJSON file. A thread of its own reads them: a terminal or a pipe that says nothing for an hour holds nobody
//! who wants to stop.

use anyhow::{Context, Result};
use mohor_domain::{encoding, json::MAX_EVENT_BYTES};
use mohor_runtime::shutdown::Shutdown;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    thread,
};
use tokio::sync::mpsc::{Receiver, channel};

/// A line longer than this is cut: it is refused as too large anyway.
const MAX_LINE: u64 = 4 * MAX_EVENT_BYTES as u64;
/// What some editors begin a file with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line with its number in the file, from 1.
pub type NumberedLine = (u64, Vec<u8>);

/// The lines of a file in chunks; blank ones are passed over.
pub struct Lines {
    chunks: Receiver<Result<Vec<NumberedLine>>>,
    ended: bool,
    /// How many there are; 0 when that is not known (standard input, a pipe).
    pub count: u64,
}

impl Lines {
    /// Opens a file, `-` for standard input; so many lines at once.
    pub fn open(file: &Path, most: usize) -> Result<Self> {
        if file == Path::new("-") {
            return Self::read(0, most, "standard input".into(), || Ok(io::stdin().lock()));
        }
        let name = file.display().to_string();
        let cannot = || format!("cannot read {name}");
        // A pipe is not counted: that would take what is in it. To open one is to wait for whoever writes.
        let count = match std::fs::metadata(file).with_context(cannot)?.is_file() {
            true => count(BufReader::new(File::open(file).with_context(cannot)?)).with_context(cannot)?,
            false => 0,
        };
        let file = file.to_owned();
        Self::read(count, most, name, move || File::open(file).map(BufReader::new))
    }

    /// From bytes in memory.
    pub fn of(bytes: &'static [u8], most: usize) -> Result<Self> {
        Self::read(count(bytes)?, most, "the bundled approvals".into(), move || Ok(bytes))
    }

    fn read<R: BufRead>(
        count: u64,
        most: usize,
        name: String,
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> Result<Self> {
        let (sender, chunks) = channel(1);
        let reading = move || {
            let mut reader = match open() {
                Ok(reader) => Reader { reader, number: 0 },
                Err(error) => {
                    let _ = sender.blocking_send(Err(error).with_context(|| format!("cannot read {name}")));
                    return;
                }
            };
            loop {
                let chunk = reader.chunk(most).with_context(|| format!("cannot read {name}"));
                let last = chunk.as_ref().map_or(true, Vec::is_empty);
                // Nobody takes it: whoever did has stopped.
                if chunk.as_ref().is_ok_and(Vec::is_empty) || sender.blocking_send(chunk).is_err() || last {
                    return;
                }
            }
        };
        thread::Builder::new().name("lines".into()).spawn(reading).context("lines cannot be read")?;
        Ok(Self { chunks, ended: false, count })
    }

    /// The next lines; `None` at the end, and when the shutdown has begun.
    pub async fn next_chunk(&mut self, shutdown: &Shutdown) -> Result<Option<Vec<NumberedLine>>> {
        tokio::select! {
            biased;
            () = shutdown.wait() => Ok(None),
            chunk = self.chunks.recv() => {
                self.ended = chunk.is_none();
                chunk.transpose()
            }
        }
    }

    /// Whether the last line has been given.
    pub fn ended(&self) -> bool {
        self.ended
    }
}

struct Reader<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Reader<R> {
    /// At most so many lines; none at the end.
    fn chunk(&mut self, most: usize) -> io::Result<Vec<NumberedLine>> {
        let mut chunk = Vec::new();
        while chunk.len() < most {
            let mut line = Vec::new();
            let read = (&mut self.reader).take(MAX_LINE).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            if read as u64 == MAX_LINE && line.last() != Some(&b'\n') {
                self.reader.skip_until(b'\n')?;
            }
            self.number += 1;
            if self.number == 1 && encoding::is_utf16(&line) {
                let words = "it is UTF-16: save it as UTF-8 and hand it in again";
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
            if self.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
                line.drain(..BYTE_ORDER_MARK.len());
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                chunk.push((self.number, line));
            }
        }
        Ok(chunk)
    }
}

/// How many lines are not blank, however long they are.
fn count(mut reader: impl BufRead) -> io::Result<u64> {
    let (mut count, mut blank) = (0, true);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(count + u64::from(!blank));
        }
        for byte in buffer {
            match byte {
                b'\n' => {
                    count += u64::from(!blank);
                    blank = true;
                }
                byte => blank &= byte.is_ascii_whitespace(),
            }
        }
        let length = buffer.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them_and_a_mark_before_the_first_is_none_of_it() {
        let text = "\u{feff}{1}\n\n  \n{2}\r\n{3}";
        let mut reader = Reader { reader: text.as_bytes(), number: 0 };
        let chunk = |lines: &[(u64, &str)]| -> Vec<NumberedLine> {
            lines.iter().map(|(number, line)| (*number, line.as_bytes().to_vec())).collect()
        };
        assert_eq!(reader.chunk(2).unwrap(), chunk(&[(1, "{1}\n"), (4, "{2}\r\n")]));
        assert_eq!(reader.chunk(2).unwrap(), chunk(&[(5, "{3}")]));
        assert_eq!(reader.chunk(2).unwrap(), chunk(&[]));
        assert_eq!(count(text.as_bytes()).unwrap(), 3);
    }

    #[test]
    fn utf_16_is_named_before_any_line_is_handed_in() {
        for bytes in [&b"\xFF\xFE{\0}\0\n\0"[..], b"\xFE\xFF\0{\0}\0\n", b"{\0}\0\n\0", b"\0{\0}\0\n"] {
            let error = Reader { reader: bytes, number: 0 }.chunk(200).unwrap_err().to_string();
            assert!(error.contains("UTF-16"), "{error}");
        }
        let mark = &b"\xEF\xBB\xBF\r\n{}\n\xEF\xBB\xBF{}"[..];
        let numbers: Vec<u64> =
            Reader { reader: mark, number: 0 }.chunk(9).unwrap().iter().map(|line| line.0).collect();
        assert_eq!(numbers, [2, 3], "a mark alone is a blank line");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_keeps_its_number() {
        let text = format!("{}\n{{}}\n", "x".repeat(MAX_LINE as usize + 5));
        let mut reader = Reader { reader: text.as_bytes(), number: 0 };
        let chunk = reader.chunk(9).unwrap();
        assert_eq!((chunk[0].1.len(), &chunk[1]), (MAX_LINE as usize, &(2, b"{}\n".to_vec())));
        assert_eq!(count(text.as_bytes()).unwrap(), 2);
    }
}
