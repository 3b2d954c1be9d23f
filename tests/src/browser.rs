//! Headless Chromium, driven over the WebDriver protocol (W3C).

use crate::{
    patience::{PATIENCE, waited},
    tools,
};
use mohor_ports::suite::need;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// The key under which WebDriver names an element.
pub const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium and its driver.
pub struct Browser {
    driver: Child,
    address: String,
    agent: ureq::Agent,
    profile: TempDir,
}

/// Whether there is a browser here, with what looks at pages for those who cannot see them, and these tools besides.
pub fn ready(more: &[&str]) -> bool {
    let axe = axe();
    let own = ["chromium", "chromedriver", &axe.to_string_lossy()];
    tools::ready(&[&own, more].concat())
}

fn axe() -> PathBuf {
    tools::packages("axe").join("axe-core/axe.min.js")
}

/// A driver and its port; none: it has ended.
fn driver(home: &Path) -> Option<(Child, String)> {
    let mut command = tools::command("chromedriver");
    command.arg("--port=0").env("HOME", home).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut driver = command.spawn().expect("chromedriver starts");
    let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let Some(port) = lines.find_map(|line| line.split("started successfully on port ").nth(1).map(str::to_owned))
    else {
        let _ = driver.wait();
        return None;
    };
    thread::spawn(move || lines.for_each(drop));
    Some((driver, port.trim_end_matches('.').to_owned()))
}

impl Browser {
    /// A browser of its own profile; without scripts it shows what a page is without them.
    pub fn open(scripts: bool) -> Self {
        need::assert_asked("chromium");
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The port that it draws has to be free for both families of addresses: where it is not, it ends, and another is drawn.
        let (driver, port) = (0..5).find_map(|_| driver(profile.path())).expect("chromedriver names its port");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE + Duration::from_secs(30)))
            .build()
            .new_agent();
        let mut browser = Self { driver, address: format!("http://127.0.0.1:{port}/session"), agent, profile };
        let session = browser.send("POST", "", json!({"capabilities": {"alwaysMatch": browser.capabilities(scripts)}}));
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}"));
        browser.address = format!("{}/{id}", browser.address);
        browser
    }

    fn capabilities(&self, scripts: bool) -> Value {
        let profile = format!("--user-data-dir={}", self.profile.path().join("profile").display());
        let mut arguments: Vec<&str> = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ];
        arguments.push(&profile);
        let mut options = json!({"args": arguments});
        if !scripts {
            options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
        }
        let patience = PATIENCE.as_millis() as u64;
        json!({"browserName": "chrome", "goog:chromeOptions": options, "timeouts": {"pageLoad": patience, "script": patience, "implicit": patience}})
    }

    /// Sends a command of the protocol; gives its value.
    pub fn send(&self, method: &str, path: &str, body: Value) -> Value {
        self.attempt(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn attempt(&self, method: &str, path: &str, body: Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.address);
        let result = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => self.agent.post(url).header("content-type", "application/json").send(body.to_string()),
        };
        let text = result.expect("chromedriver answers").body_mut().read_to_string().expect("an answer in text");
        let mut answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let value = answer["value"].take();
        if value["error"].is_null() { Ok(value) } else { Err(value) }
    }

    /// Waits until an element of the page, or of the one that is being opened, holds a text; gives all it holds.
    pub fn until(&self, selector: &str, wanted: &str) -> String {
        let script = format!("return document.querySelector({selector:?})?.textContent ?? null");
        let mut last = Value::Null;
        let found = waited(PATIENCE, &mut || {
            // A page that is just being left answers with an error.
            last = self
                .attempt("POST", "/execute/sync", json!({"script": script, "args": []}))
                .unwrap_or_else(|error| error["error"].clone());
            last.as_str().filter(|text| text.contains(wanted)).map(str::to_owned)
        });
        found.unwrap_or_else(|| panic!("{selector} never said {wanted}: {last}"))
    }

    /// Opens an address.
    pub fn go(&self, address: &str) {
        self.send("POST", "/url", json!({"url": address}));
    }

    /// The path of an element; waits for it.
    pub fn find(&self, selector: &str) -> String {
        let element = self.send("POST", "/element", json!({"using": "css selector", "value": selector}));
        format!("/element/{}", element[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}: {element}")))
    }

    /// Keys a text in.
    pub fn keys(&self, selector: &str, text: &str) {
        self.send("POST", &format!("{}/value", self.find(selector)), json!({"text": text}));
    }

    /// Clicks.
    pub fn click(&self, selector: &str) {
        self.send("POST", &format!("{}/click", self.find(selector)), json!({}));
    }

    /// The text that is shown there.
    pub fn text(&self, selector: &str) -> String {
        self.send("GET", &format!("{}/text", self.find(selector)), json!({})).as_str().unwrap_or_default().to_owned()
    }
}

/// Looks at a page as axe-core does: everything that breaks a rule of WCAG 2.2, A and AA.
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
      .then((found) => done(found.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`)),
            (error) => done([String(error)]));";

impl Browser {
    /// Runs a script to its end; gives what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.send("POST", "/execute/sync", json!({"script": script, "args": []}))
    }

    /// The bytes of an address, fetched by the page with its cookies.
    pub fn fetch(&self, path: &str) -> (u16, Vec<u8>) {
        let script = "const [path, done] = arguments;
            fetch(path).then(async (answer) => {
              const bytes = new Uint8Array(await answer.arrayBuffer());
              done([answer.status, [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')]);
            }, (error) => done([0, '']));";
        let answer = self.send("POST", "/execute/async", json!({"script": script, "args": [path]}));
        let status = answer[0].as_u64().unwrap_or_default() as u16;
        (status, hex::decode(answer[1].as_str().unwrap_or_default()).expect("hexadecimal"))
    }

    /// Nobody is kept from reading this page.
    pub fn assert_accessible(&self, page: &str) {
        need::assert_asked(&axe().to_string_lossy());
        self.run(&std::fs::read_to_string(axe()).expect("axe-core"));
        let found = self.send("POST", "/execute/async", json!({"script": AXE, "args": []}));
        assert_eq!(found, json!([]), "{page}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.send("DELETE", "", json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
