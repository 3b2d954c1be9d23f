//! The portal in a real browser: headless Chromium, driven over the WebDriver protocol (W3C).

use mohor_domain::certificate::Verdict;
use mohor_tests::{house::House, samples, tools};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

struct Browser {
    driver: Child,
    address: String,
    agent: ureq::Agent,
    profile: TempDir,
}

impl Browser {
    fn open(scripts: bool) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.split("started successfully on port ").nth(1).map(str::to_owned));
        let port = port.expect("chromedriver names its port").trim_end_matches('.').to_owned();
        thread::spawn(move || lines.for_each(drop));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
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
        json!({"browserName": "chrome", "goog:chromeOptions": options, "timeouts": {"pageLoad": 30_000, "implicit": 10_000}})
    }

    fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.address);
        let result = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => self.agent.post(url).header("content-type", "application/json").send(body.to_string()),
        };
        let text = result.expect("chromedriver answers").body_mut().read_to_string().expect("an answer in text");
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(answer["value"]["error"].is_null(), "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }

    fn go(&self, address: &str) {
        self.send("POST", "/url", json!({"url": address}));
    }

    fn find(&self, selector: &str) -> String {
        let element = self.send("POST", "/element", json!({"using": "css selector", "value": selector}));
        format!("/element/{}", element[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}: {element}")))
    }

    fn keys(&self, selector: &str, text: &str) {
        self.send("POST", &format!("{}/value", self.find(selector)), json!({"text": text}));
    }

    fn click(&self, selector: &str) {
        self.send("POST", &format!("{}/click", self.find(selector)), json!({}));
    }

    fn text(&self, selector: &str) -> String {
        self.send("GET", &format!("{}/text", self.find(selector)), json!({})).as_str().unwrap_or_default().to_owned()
    }

    fn assert_verdict(&self, verdict: Verdict) {
        let shown = self.text(&format!("[data-verdict={}]", verdict.as_str()));
        assert!(shown.contains(verdict.words_en()) && shown.contains(verdict.words_bn()), "{shown}");
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

fn verify_by_number_and_file(browser: &Browser, portal: &str, uin: &str, pdf: &Path) {
    browser.go(portal);
    browser.keys("#number", &uin.to_lowercase());
    browser.click("form[action^='/verify?'] button");
    browser.assert_verdict(Verdict::Genuine);

    browser.go(portal);
    browser.keys("#number", &uin[..15]);
    browser.click("form[action^='/verify?'] button");
    browser.assert_verdict(Verdict::Mistyped);

    browser.go(portal);
    browser.keys("#file", &pdf.to_string_lossy());
    browser.click("form[action^='/verify/pdf'] button");
    browser.assert_verdict(Verdict::Genuine);
}

#[test]
fn a_citizen_verifies_with_a_browser_with_and_without_scripts() {
    if !tools::ready("browser", &["chromium", "chromedriver"]) {
        return;
    }
    let house = House::new();
    let open = house.open(&house.events(&[samples::caste(1)]));
    let certificate = house.export().remove(0);
    let (uin, pdf) = (certificate["uin"].as_str().expect("a number"), house.pdf(&certificate));
    let portal = format!("{}/", open.portal.address());

    let plain = Browser::open(false);
    verify_by_number_and_file(&plain, &portal, uin, &pdf);
    plain.go(&format!("{portal}?lang=bn"));
    assert!(plain.text("h1").contains("এই শংসাপত্র কি আসল?"), "{}", plain.text("h1"));
    assert!(plain.text("main").contains("নম্বর"), "without scripts the page says what to do");
    drop(plain);

    let browser = Browser::open(true);
    verify_by_number_and_file(&browser, &portal, uin, &pdf);
    let code = certificate["qr"].as_str().expect("a code");
    let fragment = code.split_once("/#").expect("a fragment").1;
    browser.go("about:blank");
    browser.go(&format!("{portal}#{fragment}"));
    let shown = browser.send("POST", "/element", json!({"using": "css selector", "value": "#qr:not([hidden])"}));
    assert!(shown[ELEMENT].is_string());
    for _ in 0..100 {
        if browser.text("#qr").contains(Verdict::Genuine.words_en()) {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the QR code's page says: {}", browser.text("#qr"));
}
