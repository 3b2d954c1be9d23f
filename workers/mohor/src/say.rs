//! What the program says: `say!` on standard output, `tell!` on standard error.
//!
//! A reader may go away (`mohor export | head`): what was begun goes on to its end and the exit code is what it came to,
//! only the words are lost. Workers live on for the same reason. Output that cannot be written, a full disk say, is
//! trouble, and the end says so. `println!` would end the process in the middle of either.

use std::{
    fmt::Arguments,
    io::{Error, ErrorKind, Write, stderr, stdout},
    sync::OnceLock,
};

/// A line on standard output.
macro_rules! say {
    ($($words:tt)*) => { $crate::say::out(format_args!("{}\n", format_args!($($words)*))) };
}

/// A line on standard error.
macro_rules! tell {
    ($($words:tt)*) => { $crate::say::aside(format_args!("{}\n", format_args!($($words)*))) };
}

/// Why standard output stopped; nothing more is written to it.
static STOPPED: OnceLock<Error> = OnceLock::new();

/// Writes to standard output.
pub fn out(words: Arguments<'_>) {
    if is_read() {
        let mut out = stdout().lock();
        if let Err(error) = out.write_fmt(words).and_then(|()| out.flush()) {
            let _ = STOPPED.set(error);
        }
    }
}

/// Whether standard output is still written to: long listings end when it is not.
pub fn is_read() -> bool {
    STOPPED.get().is_none()
}

/// What kept standard output from being written, unless its reader went away.
pub fn trouble() -> Option<&'static Error> {
    STOPPED.get().filter(|error| error.kind() != ErrorKind::BrokenPipe)
}

/// Writes to standard error; there is nowhere to say that it cannot be written.
pub fn aside(words: Arguments<'_>) {
    let _ = stderr().lock().write_fmt(words);
}
