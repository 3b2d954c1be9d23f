//! What a command came to, and processes that run beside a test.

use crate::{
    patience::{PATIENCE, waited},
    web::Portal,
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Outcome {
    /// The one JSON object that a command with `--json` ends with.
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A process whose words are gathered while it runs; it is killed when this is dropped.
pub struct Started {
    child: Child,
    err: Arc<Mutex<String>>,
    out: Arc<Mutex<String>>,
    gathering: Vec<JoinHandle<()>>,
}

impl Started {
    /// Starts a command.
    pub fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let (err, out) = (Arc::default(), Arc::default());
        let gathering = vec![
            gather(child.stderr.take().expect("its words"), Arc::clone(&err)),
            gather(child.stdout.take().expect("its output"), Arc::clone(&out)),
        ];
        Self { child, err, out, gathering }
    }

    /// Waits for a line on standard error that begins so.
    pub fn wait_for(&mut self, beginning: &str) -> String {
        self.until(beginning, |this| {
            let said = this.said();
            said.lines().find(|line| line.starts_with(beginning)).map(str::to_owned)
        })
    }

    /// The portal of a runner that has just been started.
    pub fn portal(&mut self) -> Portal {
        self.listener("portal")
    }

    /// Health and metrics of a runner that has just been started.
    pub fn operations(&mut self) -> Portal {
        self.listener("operations")
    }

    fn listener(&mut self, name: &str) -> Portal {
        let address = self.until(name, |this| {
            let said = this.said();
            let rest = said.split(&format!("{name} http://")).nth(1)?;
            Some(rest.split(['"', '\n']).next()?.trim().to_owned())
        });
        Portal::at(&format!("http://{address}"))
    }

    /// Sends it a signal by name, e.g. `STOP`.
    pub fn signal(&self, name: &str) {
        crate::unread::send(name, self.child.id());
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for standard output to have a whole line.
    pub fn wait_for_output(&mut self) -> String {
        self.until("standard output", |this| {
            let out = this.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            out.ends_with('\n').then(|| out.clone())
        })
    }

    /// Waits until it has ended; gives the exit code and both streams.
    pub fn finish(mut self) -> Outcome {
        let code = self.until("its end", |this| this.child.try_wait().ok().flatten().map(|status| status.code()));
        // All that it said: its streams end with it.
        let read = self.gathering.drain(..).all(|stream| stream.join().is_ok());
        assert!(read, "its streams are read to their end");
        let out = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        Outcome { code, out, err: self.said() }
    }

    /// Waits for something to become true.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut(&mut Self) -> Option<T>) -> T {
        let found = waited(PATIENCE, &mut || look(self));
        found.unwrap_or_else(|| panic!("waited {PATIENCE:?} for {what}; it said: {}", self.said()))
    }

    /// What it has said on standard error so far.
    pub fn said(&self) -> String {
        self.err.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// What it has said on standard output so far.
    pub fn heard(&self) -> String {
        self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL: no farewell of any kind. `false`: it had ended before.
    pub fn kill(mut self) -> bool {
        let ran = self.runs();
        let _ = self.child.kill();
        let _ = self.child.wait();
        ran
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(stream: impl Read + Send + 'static, into: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            into.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}
