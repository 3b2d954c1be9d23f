//! The program as a process, and a folder of data for it.

pub use crate::process::{Outcome, Started};
use crate::{
    samples,
    servers::{Away, Servers},
    tree,
    web::Portal,
};
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Once,
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
        let house = Self::without_a_schema(servers);
        let migrated = house.run(["migrate"]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        // As in real life: the keys are there before the roles that use them.
        let keys = house.run(["keys", "demo"]);
        assert_eq!(keys.code, Some(0), "{keys:?}");
        house
    }

    /// The same before anything was done in it.
    pub fn without_a_schema(servers: &Servers) -> Self {
        let mut house = Self::new();
        let away = servers.place(house.folder());
        house.data = away.documents.clone();
        house.away = Some(away);
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

    /// Runs statements behind the program's back.
    pub fn change(&self, sql: &str) {
        if let Some(away) = &self.away {
            return drop(away.sql(sql));
        }
        std::fs::create_dir_all(&self.data).expect("a data folder");
        let ledger = rusqlite::Connection::open(self.data.join("ledger.sqlite")).expect("the ledger");
        ledger.execute_batch(sql).expect("statements");
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

    /// How many documents there are in the vault.
    pub fn documents(&self) -> usize {
        let folders = std::fs::read_dir(self.data.join("documents")).into_iter().flatten().flatten();
        folders.map(|folder| std::fs::read_dir(folder.path()).map_or(0, Iterator::count)).sum()
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
