//! The program as a process, and a folder of data for it.

use crate::{
    patience::{PATIENCE, waited},
    samples,
    servers::{Away, Servers},
    tree,
    web::Portal,
};
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, Once},
    thread::{self, JoinHandle},
};
use tempfile::TempDir;

/// The program: the one that `MOHOR_BIN` names, else built now, with the features that the tests were built with.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("MOHOR_BIN") {
        return named.into();
    }
    static BUILT: Once = Once::new();
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree::root().join("target"), PathBuf::from);
    BUILT.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--release", "--workspace", "--bin", "mohor"]).current_dir(tree::root());
        assert!(cargo.status().expect("cargo starts").success(), "the program does not build");
    });
    folder.join("release/mohor")
}

/// A data folder of its own, gone when the test is over.
pub struct House {
    folder: TempDir,
    data: PathBuf,
    away: Option<Away>,
}

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

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mohor-house").tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        Self { folder, data, away: None }
    }

    /// One whose ledger, bus and documents are on servers, in places of its own there.
    pub fn on(servers: &Servers) -> Self {
        let mut house = Self::new();
        let away = servers.place(house.folder());
        house.data = away.documents.clone();
        house.away = Some(away);
        let migrated = house.run(["migrate"]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        // As in real life: the keys are there before the roles that use them.
        let keys = house.run(["keys", "demo"]);
        assert_eq!(keys.code, Some(0), "{keys:?}");
        house
    }

    /// One of each mode; the second only where there are servers.
    pub fn of_each_mode() -> Vec<Self> {
        let away = Servers::shared().map(|servers| Self::on(&servers));
        [Some(Self::new()), away].into_iter().flatten().collect()
    }

    /// Its places on servers.
    pub fn away(&self) -> Option<&Away> {
        self.away.as_ref()
    }

    /// Asks the ledger past the program; the first column of the first row.
    pub fn sql(&self, sql: &str) -> String {
        if let Some(away) = &self.away {
            return away.sql(sql);
        }
        let ledger = rusqlite::Connection::open(self.data.join("ledger.sqlite")).expect("the ledger");
        let value = ledger.query_row(sql, [], |row| row.get::<_, Cell>(0));
        match value.expect("a row") {
            Cell::Integer(number) => number.to_string(),
            Cell::Text(text) => text,
            other => panic!("neither number nor text: {other:?}"),
        }
    }

    /// The folder around the data folder: for files of the test itself.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The same house with its data elsewhere, for instance on a small disk.
    #[must_use]
    pub fn with_data(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// Writes a file beside the data folder.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, contents).expect("the temporary folder can be written");
        path
    }

    /// Writes events as NDJSON beside the data folder.
    pub fn events(&self, events: &[Value]) -> PathBuf {
        self.file("events.ndjson", samples::lines(events))
    }

    /// `mohor ARGUMENTS --data DATA`, not yet started; no standard input, and no limits that a burst of tests meets.
    pub fn command<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        match &self.away {
            Some(away) => command.arg("--config").arg(&away.config),
            None => command.arg("--data").arg(&self.data),
        };
        for key in ["VERIFY_PER_MINUTE", "UPLOADS_PER_MINUTE"] {
            command.env(format!("MOHOR__PORTAL__{key}"), "100000");
        }
        command
    }

    /// Runs a command to its end.
    pub fn run<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Outcome {
        let output = self.command(arguments).output().expect("the program starts");
        Outcome {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Arguments of `mohor demo FILE` that leaves when done and sums up for machines.
    pub fn demo_arguments(file: &Path) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = vec!["demo".into(), file.into()];
        arguments.extend(["--exit", "--json", "--listen", "127.0.0.1:0"].map(Into::into));
        arguments
    }

    /// Feeds the file, waits until everything is issued; gives the summary.
    pub fn demo(&self, file: &Path) -> Value {
        if let Some(away) = &self.away {
            return self.submit_to_a_runner(away, file);
        }
        self.run(Self::demo_arguments(file)).json()
    }

    /// What `demo` does, on servers: all roles in one process, the file by `submit`.
    fn submit_to_a_runner(&self, away: &Away, file: &Path) -> Value {
        let before = away.figure("ready");
        let mut runner = self.start(["run", "--listen", "127.0.0.1:0"]);
        let submitted = self.run([OsStr::new("submit"), file.as_ref(), "--json".as_ref()]).json();
        runner.until("everything to be ready", |_| (away.figure("ready") == away.figure("approved")).then_some(()));
        let keys = runner.portal().get("/.well-known/mohor/keys.json").body;
        let keys = self.file("keys.json", keys);
        serde_json::json!({
            "issued": away.figure("ready") - before, "refused": submitted["refused"],
            "duplicates": submitted["duplicates"], "keys": keys, "trust": self.folder().join("keys/root.pem"),
        })
    }

    /// Starts a command that goes on.
    pub fn start<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Started {
        let mut command = self.command(arguments);
        command.env("MOHOR_LOG", "info");
        Started::new(command)
    }

    /// `mohor run ROLE` on servers, as the database user of that role.
    pub fn start_role(&self, role: &str) -> Started {
        self.start_role_with(role, &[])
    }

    /// The same, with more in its environment.
    pub fn start_role_with(&self, role: &str, environment: &[(&str, String)]) -> Started {
        let away = self.away.as_ref().expect("servers");
        let mut command = self.command(["run", role]);
        command.env("MOHOR_LOG", "info").env("MOHOR__LEDGER", away.as_role(role));
        command.env("MOHOR__OPERATIONS__LISTEN", "127.0.0.1:0").env("MOHOR__PORTAL__LISTEN", "127.0.0.1:0");
        command.envs(environment.iter().map(|(key, value)| (key, value)));
        Started::new(command)
    }

    /// Every certificate, as `mohor export` has it.
    pub fn export(&self) -> Vec<Value> {
        let outcome = self.run(["export"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let lines = outcome.out.lines().map(|line| serde_json::from_str(line).expect("a line of export"));
        // A demo that stays has certificates with a past of its own.
        let own = |line: &Value| line["application_no"].as_str().is_some_and(|number| number.starts_with("DEMO/"));
        lines.filter(|line| !own(line)).collect()
    }

    /// The sealed PDF of an exported certificate.
    pub fn pdf(&self, certificate: &Value) -> PathBuf {
        self.data.join(certificate["object"].as_str().unwrap_or_else(|| panic!("no document: {certificate}")))
    }

    /// The doctor finds nothing.
    pub fn assert_healthy(&self) -> Value {
        let outcome = self.run(["doctor", "--json"]);
        assert_eq!(outcome.code, Some(0), "the doctor: {} {}", outcome.out, outcome.err);
        outcome.json()
    }

    /// The verdict of `mohor verify`, whose exit code is 0 for genuine only.
    pub fn verdict(&self, what: impl AsRef<OsStr>) -> String {
        let outcome = self.run([OsStr::new("verify"), what.as_ref(), "--json".as_ref()]);
        let verdict = outcome.json()["verdict"].as_str().unwrap_or_default().to_owned();
        assert_eq!(outcome.code, Some(i32::from(verdict != "genuine")), "{outcome:?}");
        verdict
    }

    /// `mohor demo FILE` that keeps its portal up until it is dropped.
    pub fn open(&self, file: &Path) -> Open {
        let arguments =
            [OsStr::new("demo"), file.as_os_str(), "--json".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref()];
        let mut started = Started::new(self.command(arguments));
        let line = started.wait_for("portal http");
        let portal = Portal::at(line.trim_start_matches("portal ").trim());
        let out = started.wait_for_output();
        let summary = serde_json::from_str(out.lines().last().unwrap_or_default());
        Open { portal, summary: summary.unwrap_or_else(|error| panic!("{error}: {out}")), started }
    }
}

impl Outcome {
    /// The one JSON object that a command with `--json` ends with.
    pub fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A house whose portal is up.
pub struct Open {
    /// Its portal.
    pub portal: Portal,
    /// What it summed up.
    pub summary: Value,
    started: Started,
}

impl Open {
    /// What has been said on standard error so far.
    pub fn said(&self) -> String {
        self.started.said()
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
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name}");
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
