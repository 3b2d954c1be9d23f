//! What the program says: `say!` on standard output, `tell!` on standard error.
//!
//! A reader may go away (`mohor export | head`): what was begun goes on to its end and the exit code is what it came to,
//! only the words are lost. Workers live on for the same reason. Output that cannot be written, a full disk say, is
//! trouble, and the end says so. `println!` would end the process in the middle of either.

use std::{
    fmt::Arguments,
    io::{Error, ErrorKind, Write, stderr, stdout},
    path::Path,
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

/// A path as a word of a command that is shown to be copied: quoted where a shell would read more than a name in it.
pub fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c),
        false => !c.is_whitespace() && !c.is_control(),
    };
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_shown_can_be_copied_whatever_the_folder_is_called() {
        for (path, word) in [
            ("/srv/mohor-data", "/srv/mohor-data"),
            ("তথ্য", "তথ্য"),
            ("my data", "'my data'"),
            ("it's", "'it'\\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("-x", "./-x"),
            ("", "''"),
        ] {
            assert_eq!(shell(Path::new(path)), word);
        }
    }
}
