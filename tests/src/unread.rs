//! Processes whose words nobody reads, and whether a process hears signals.

use crate::{house::Started, until};
use std::{
    io::{PipeReader, Write, pipe},
    process::{Child, Command},
};

/// What a pipe holds on Linux (pipe(7)).
const PIPE: usize = 65_536;

/// A process that stands at its first word: both its outputs lead into a pipe that is full, and nobody empties it. It is
/// killed when this is dropped.
pub struct Unread {
    child: Child,
    _reader: PipeReader,
}

impl Unread {
    /// Starts a command; it hears signals by now.
    pub fn start(mut command: Command) -> Self {
        let (reader, mut writer) = pipe().expect("a pipe");
        writer.write_all(&[b'.'; PIPE]).expect("a pipe takes as much");
        command.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let child = command.spawn().expect("the program starts");
        until("it to hear signals", || heeds(child.id()).then_some(()));
        Self { child, _reader: reader }
    }

    /// Waits until it stands at a word: one of its threads waits for room in the pipe.
    pub fn until_it_stands(&self) {
        until("it to have something to say", || stands_at(self.child.id(), "pipe_write").then_some(()));
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        send(name, self.child.id());
    }

    /// Waits for its end; the exit code, none when a signal ended it that it did not handle.
    pub fn finish(mut self) -> Option<i32> {
        until("its end", || self.child.try_wait().ok().flatten()).code()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Started {
    /// Waits until it hears signals.
    pub fn until_it_heeds(&mut self) {
        let id = self.id();
        self.until("it to hear signals", |this| (heeds(id) || !this.runs()).then_some(()));
    }

    /// Waits until one of its threads waits for what does not come through a pipe.
    pub fn until_it_reads_a_pipe(&mut self) {
        let id = self.id();
        self.until("it to read", |_| stands_at(id, "pipe_read").then_some(()));
    }
}

/// Whether a thread of a process waits in a function of the kernel (`wchan` of proc_pid(5)).
fn stands_at(id: u32, function: &str) -> bool {
    let at = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("wchan")).unwrap_or_default();
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    tasks.into_iter().any(|task| at(task).contains(function))
}

/// Sends a signal by name.
pub fn send(name: &str, id: u32) {
    let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill -{name}");
}

/// Whether a process handles SIGINT and SIGTERM by now (`SigCgt` of proc_pid_status(5)).
fn heeds(id: u32) -> bool {
    const BOTH: u64 = 1 << 1 | 1 << 14;
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & BOTH == BOTH)
}
