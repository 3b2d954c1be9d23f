//! The supervisors' pages in a real browser: signing in with a second factor, filters, a breach that arrives, files that
//! others open, and pages that keep nobody out.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples, tools,
};
use serde_json::{Value, json};

fn sign_in(house: &House, browser: &Browser, portal: &str, account: &Account) {
    browser.go(&format!("{portal}/sign-in"));
    browser.assert_accessible("sign in");
    account.key_in(browser, "000000");
    // The second factor counts.
    browser.until("#wrong", "did not match");
    account.key_in(browser, &account.code(house));
    // An administrator is led to holidays and limits, everybody else to the board.
    browser.find("form[action='/sign-out']");
}

fn hand_in(house: &House, events: &[Value]) {
    let outcome = house.run(["submit".as_ref(), house.events(events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
}

fn open(house: &House) -> (Started, String) {
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal().address().to_owned();
    (runner, portal)
}

#[test]
fn a_supervisor_signs_in_and_sees_a_breach_arrive() {
    if !browser::ready(&[&tools::python("python")]) {
        return;
    }
    let house = House::new();
    let (runner, portal) = open(&house);
    hand_in(&house, &[samples::submitted("LRR/OFFICE/1", "2026-03-02T11:00:00+05:30")]);
    let state = Account::supervisor(&house, "state", &[]);
    let browser = Browser::open(true);
    sign_in(&house, &browser, &portal, &state);
    browser.until("[data-count=late]", "1");
    browser.assert_accessible("board");

    // What fires now arrives without anything being clicked.
    browser.find("#news[data-open]");
    hand_in(&house, &[samples::submitted("LRR/OFFICE/2", "2026-03-02T11:00:00+05:30")]);
    browser.until("#news", "LRR/OFFICE/2");
    browser.until("#board", "LRR/OFFICE/2");
    browser.until("[data-count=late]", "2");

    // Filters, in both languages; files that another library opens.
    browser.go(&format!("{portal}/office?department=BCW"));
    browser.until("#board", "Nothing is late");
    browser.run("document.querySelector('#department').value = 'LRR'; document.querySelector('#filter').submit()");
    browser.until("#board", "LRR/OFFICE/1");
    browser.go(&format!("{portal}/office?department=LRR&lang=bn"));
    browser.until("h1", "সময়সীমা");
    browser.assert_accessible("board, Bengali");
    let (status, bytes) = browser.fetch("/api/v1/sla/report.xlsx?part=late");
    let file = house.file("clocks.xlsx", bytes);
    let script = mohor_tests::tree::root().join("tests/tools/read_xlsx.py");
    let rows = tools::must(&tools::python("python"), [script.as_os_str(), file.as_os_str()]);
    let rows: Value = serde_json::from_str(&rows).expect("JSON");
    assert_eq!(
        (status, &rows[0][2], rows.as_array().map(Vec::len)),
        (200, &json!("application_no"), Some(3)),
        "{rows}"
    );
    assert_eq!(rows[1][2], "LRR/OFFICE/1");

    // One application, found by its number.
    browser.go(&format!("{portal}/office"));
    browser.keys("#number", "LRR/OFFICE/2");
    browser.click("form[action^='/office/search'] button");
    browser.until("#line", "the limit is breached");
    browser.assert_accessible("record");
    browser.go(&format!("{portal}/office"));
    browser.click("form[action='/sign-out'] button");
    browser.until("h1", "Is this certificate genuine?");
    browser.go(&format!("{portal}/office"));
    browser.until("h1", "Sign in");
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

#[test]
fn a_supervisor_of_one_department_sees_nothing_of_another() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let (_runner, portal) = open(&house);
    hand_in(&house, &[samples::submitted("LRR/OFFICE/1", "2026-03-02T11:00:00+05:30")]);
    let other = Account::supervisor(&house, "other", &["--department", "BCW"]);
    let browser = Browser::open(true);
    sign_in(&house, &browser, &portal, &other);
    let stream = "const [done] = arguments; window.heard = [];
        window.stream = new EventSource('/office/live?department=BCW');
        for (const name of ['rung', 'many']) stream.addEventListener(name, (event) => heard.push(event.data));
        stream.addEventListener('open', () => done(true));";
    browser.send("POST", "/execute/async", json!({"script": stream, "args": []}));
    hand_in(&house, &[samples::submitted("LRR/OFFICE/2", "2026-03-02T11:00:00+05:30")]);
    browser.go(&format!("{portal}/office?department=LRR"));
    let page = browser.run("return document.body.textContent").to_string();
    assert!(page.contains("Time limits") && !page.contains("LRR/OFFICE"), "{page}");
    for path in ["/api/v1/sla/breaches", "/api/v1/sla/breaches?department=LRR", "/office/clocks.csv?department=LRR"] {
        let (status, bytes) = browser.fetch(path);
        assert_eq!(status, 200, "{path}");
        assert!(!String::from_utf8_lossy(&bytes).contains("LRR/OFFICE"), "{path}");
    }
    let (status, _) = browser.fetch("/office/live?department=LRR");
    assert_eq!(status, 404, "not even a stream of it");
    browser.keys("#number", "LRR/OFFICE/1");
    browser.click("form[action^='/office/search'] button");
    browser.until("main", "Nothing within your charge");
}

#[test]
fn a_staged_case_and_an_appeal_are_followed_to_their_end() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let (_runner, portal) = open(&house);
    let staged = |word: &str, at: &str, more: Value| samples::said("HHA", word, "HHA/NORI/1", at, more);
    let mut first = samples::submitted("HHA/NORI/1", "2026-03-02T11:00:00+05:30");
    first["source"] = json!("/departments/HHA/workflow");
    first["data"]["department"] = json!("HHA");
    first["data"]["service"] = json!("nori-certificate");
    let officer = json!({"name": "Anita Roy", "designation": "Deputy Secretary", "officer_id": "HHA-2"});
    let stage = |name: &str| json!({"stage": name, "officer": officer});
    hand_in(
        &house,
        &[
            first,
            staged("application.stage_completed", "2026-03-09T12:00:00+05:30", stage("forward")),
            staged("application.stage_completed", "2026-04-20T12:00:00+05:30", stage("police-report")),
        ],
    );
    let appeal = |word: &str, at: &str, more: Value| samples::said("LRR", word, "LRR/OFFICE/1", at, more);
    let reason = json!({"en": "the record was at hand"});
    let decided = |name: &str, no: &str| json!({name: no, "decision": "allowed", "reason": reason, "officer": officer});
    hand_in(
        &house,
        &[
            samples::submitted("LRR/OFFICE/1", "2026-03-02T11:00:00+05:30"),
            appeal("appeal.filed", "2026-03-20T12:00:00+05:30", json!({"appeal_no": "A-1"})),
            appeal("appeal.decided", "2026-04-30T12:00:00+05:30", decided("appeal_no", "A-1")),
            appeal("review.filed", "2026-05-04T12:00:00+05:30", json!({"review_no": "R-1"})),
        ],
    );
    let state = Account::supervisor(&house, "state", &[]);
    let browser = Browser::open(true);
    sign_in(&house, &browser, &portal, &state);
    browser.keys("#number", "HHA/NORI/1");
    browser.click("form[action^='/office/search'] button");
    let clocks = browser.until("#clocks", "police-report");
    assert!(clocks.contains("forward") && clocks.contains("issue") && clocks.contains("7 working days"), "{clocks}");
    let line = browser.until("#line", "stage completed");
    assert!(line.contains("Anita Roy") && line.contains("police-report"), "{line}");
    browser.go(&format!("{portal}/office"));
    browser.keys("#number", "LRR/OFFICE/1");
    browser.click("form[action^='/office/search'] button");
    let clocks = browser.until("#clocks", "R-1");
    assert!(clocks.contains("A-1") && clocks.contains("decided"), "{clocks}");
    let line = browser.until("#line", "review filed");
    for words in ["appeal filed", "appeal decided", "an appeal is open", "told to the Reviewing Officer"] {
        assert!(line.contains(words), "{words}: {line}");
    }
    browser.assert_accessible("record with an appeal");
}

#[test]
fn an_administrator_loads_a_directory_and_an_officer_sees_his_own() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let (_runner, portal) = open(&house);
    hand_in(&house, &[samples::submitted("LRR/OFFICE/1", "2026-03-02T11:00:00+05:30")]);
    let admin = Account::new(&house, "admin", "administrator", &[]);
    let other = Account::supervisor(&house, "other", &["--department", "BCW"]);
    let rekha = Account::new(&house, "rekha", "designated_officer", &["--department", "LRR", "--office", "LRR-1"]);
    let file = house.file("directory.json", samples::directory(1, &[("rekha", "2026-01-01", None)]).to_string());
    let broken = house.file("broken.csv", "record,department,version\ndirectory,LRR,one\n");
    let out = |browser: &Browser| {
        browser.go(&format!("{portal}/office"));
        browser.click("form[action='/sign-out'] button");
        browser.until("h1", "Is this certificate genuine?");
    };
    // Forms are enough: there is no script on these pages.
    let browser = Browser::open(true);
    sign_in(&house, &browser, &portal, &admin);
    browser.go(&format!("{portal}/office/directory?department=LRR"));
    browser.assert_accessible("directory, empty");
    browser.keys("#file", &broken.to_string_lossy());
    browser.click("#upload button");
    browser.until("#faults", "whole number");
    browser.assert_accessible("directory, faults");
    browser.go(&format!("{portal}/office/directory?department=LRR"));
    browser.keys("#file", &file.to_string_lossy());
    browser.click("#upload button");
    browser.until("#would", "nothing is loaded yet");
    browser.until("#vacant", "LRR-DM");
    browser.assert_accessible("directory, to be confirmed");
    browser.click("#confirm");
    browser.until("#offices", "Rekha Das");
    browser.assert_accessible("directory");
    browser.go(&format!("{portal}/office/directory?department=LRR&lang=bn"));
    browser.until("h1", "কার্যালয় নির্দেশিকা");
    browser.until("#offices", "ভূমি কার্যালয়");
    browser.assert_accessible("directory, Bengali");
    out(&browser);

    sign_in(&house, &browser, &portal, &rekha);
    browser.until("#board", "LRR/OFFICE/1");
    browser.keys("#number", "LRR/OFFICE/1");
    browser.click("form[action^='/office/search'] button");
    browser.until("#seats", "Rekha Das, Revenue Officer");
    browser.assert_accessible("record with officers");
    out(&browser);

    sign_in(&house, &browser, &portal, &other);
    let (status, _) = browser.fetch("/office/directory?department=LRR");
    assert_eq!(status, 404, "another department's is not there");
    let (status, bytes) = browser.fetch("/office/directory");
    assert!(status == 200 && !String::from_utf8_lossy(&bytes).contains("Rekha Das, Revenue"));
}
