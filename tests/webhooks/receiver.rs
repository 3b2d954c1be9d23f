//! The receiver as a process.

use mohor_tests::{tools, tree, until};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
};

pub struct Receiver {
    child: Child,
    port: u16,
    scheme: &'static str,
    folder: PathBuf,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    pub fn open(folder: &Path, tls: bool) -> Self {
        std::fs::write(folder.join("keys.json"), "{}").expect("written");
        let mut command = tools::command(&tools::python("python"));
        command.arg(tree::root().join("tests/tools/catch_webhooks.py")).arg(folder).args(tls.then_some("tls"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the receiver starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = lines.next().and_then(|line| line.parse().ok()).expect("its port");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keeps = heard.clone();
        thread::spawn(move || {
            for line in lines {
                keeps.lock().expect("whole").push(serde_json::from_str(&line).expect("JSON"));
            }
        });
        let scheme = if tls { "https" } else { "http" };
        Self { child, port, scheme, folder: folder.into(), heard }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    /// What each path's requests are checked by from now on.
    pub fn keys(&self, keys: &Value) {
        let beside = self.folder.join("keys.new");
        std::fs::write(&beside, json!(keys).to_string()).expect("written");
        std::fs::rename(beside, self.folder.join("keys.json")).expect("in its place");
    }

    /// The requests to a path so far.
    pub fn heard(&self, path: &str) -> Vec<Value> {
        self.heard.lock().expect("whole").iter().filter(|it| it["path"] == path).cloned().collect()
    }

    /// Waits for so many.
    pub fn wait(&self, path: &str, count: usize) -> Vec<Value> {
        let heard = until(&format!("{count} requests to {path}"), || {
            Some(self.heard(path)).filter(|heard| heard.len() >= count)
        });
        assert_eq!(heard.len(), count, "{path}: {heard:#?}");
        heard
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
