//! Reports, returns and evidence sheets as a supervisor orders them: in a real browser, without scripts where it matters, and
//! read and verified with tools this project did not write.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples::{self, submitted},
    tools::{self, closed_up},
};
use serde_json::{Value, json};
use std::path::PathBuf;

fn said(word: &str, number: &str, at: &str, more: Value) -> Value {
    samples::said("LRR", word, number, at, more)
}

/// Plots have two days. In June 2026: one late, one in time only because of a pause, one never ended; and one over Durga Puja.
fn histories() -> Vec<Value> {
    let reason = json!({"en": "the deed is missing", "bn": "দলিল নেই"});
    let told = |more: Value| {
        let mut told = more;
        told["officer"] = samples::officer();
        told
    };
    let rejected = json!({"reasons": [{"en": "not the owner #strong[*x*]"}]});
    vec![
        submitted("LRR/R/1", "2026-06-02T11:00:00+05:30"),
        said("application.rejected", "LRR/R/1", "2026-06-05T16:00:00+05:30", told(rejected.clone())),
        submitted("LRR/R/2", "2026-06-09T11:00:00+05:30"),
        said("application.deficient", "LRR/R/2", "2026-06-11T10:00:00+05:30", told(json!({"reason": reason}))),
        said("application.resumed", "LRR/R/2", "2026-06-15T10:00:00+05:30", told(json!({"reason": reason}))),
        said("application.rejected", "LRR/R/2", "2026-06-15T16:00:00+05:30", told(rejected)),
        submitted("LRR/R/3", "2026-06-22T11:00:00+05:30"),
        submitted("LRR/PUJA/1", "2026-10-16T11:00:00+05:30"),
    ]
}

fn open(house: &House) -> (Started, String) {
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal().address().to_owned();
    let events = histories();
    let outcome = house.run(["submit".as_ref(), house.events(&events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
    (runner, portal)
}

/// Waits for what was ordered, and takes it: its path and its text.
fn made(house: &House, browser: &Browser, name: &str) -> (PathBuf, String) {
    browser.until("#made", "Download the sealed PDF");
    browser.assert_accessible(name);
    let path = browser.run("return document.querySelector('a.download').getAttribute('href')");
    let (status, bytes) = browser.fetch(path.as_str().expect("an address"));
    assert_eq!(status, 200, "{name}");
    let file = house.file(&format!("{name}.pdf"), bytes);
    let trust = match house.away() {
        Some(_) => house.folder().join("keys/root.pem"),
        None => house.data().join("keys/root.pem"),
    };
    tools::assert_sealed(&file, &trust);
    assert_eq!(house.verdict(&file), "genuine");
    let text = tools::rows_of_pdf(&file);
    (file, text)
}

fn assert_says(paper: &str, words: &[&str]) {
    for words in words {
        assert!(paper.contains(&closed_up(words)), "no {words} in {paper}");
    }
}

#[test]
fn a_department_is_told_how_it_kept_its_limits() {
    if !browser::ready(&["pdftotext", "pdfsig", &tools::python("pyhanko"), &tools::python("python")]) {
        return;
    }
    for house in House::of_each_mode() {
        let (runner, portal) = open(&house);
        let account = Account::supervisor(&house, "rekha", &["--department", "LRR"]);
        let browser = Browser::open(true);
        account.sign_in_to_board(&house, &browser, &portal);
        browser.go(&format!("{portal}/office/reports"));
        browser.assert_accessible("reports");
        browser.go(&format!("{portal}/office/reports?from=2026-06-30&until=2026-06-01"));
        browser.until("#wrong", "a period ends on the day on which it begins, or later");
        browser.go(&format!("{portal}/office/reports?from=2026-06-01&until=2026-06-30"));
        let page = closed_up(&browser.until("#report", "By service"));
        assert_says(&page, &["Received 3", "Rejected 1 1 0 2", "Beyond the limit 1", "the deed is missing 1"]);
        browser.assert_accessible("report");

        browser.click("#order-report button");
        let (_, paper) = made(&house, &browser, "report");
        assert_says(
            &paper,
            &[
                "Received 3",
                "Rejected 1 1 0 2",
                "Beyond the limit 1",
                // Late once; without pauses twice. The pause began on the last day.
                "Disposed of late 1",
                "The same without pauses 2",
                "Of them in the last two days 1",
                "the deed is missing 1",
                "not the owner #strong[*x*] 2",
                "1 June 2026 to 30 June 2026",
                "১ জুন ২০২৬ থেকে ৩০ জুন ২০২৬",
                "SPECIMEN",
            ],
        );

        browser.go(&format!("{portal}/office/reports?from=2026-06-01&until=2026-06-30"));
        browser.until("#earlier", "rekha");
        browser.click("#order-return button");
        let (_, paper) = made(&house, &browser, "return");
        assert_says(
            &paper,
            &["No. 908-CS/(61)/2022", "Sealed with a licensed certificate না · no", "not stated", "its own"],
        );

        // For an appeal: Sat 17 counts, Sunday and the feast do not, Thu 22 is the last day.
        browser.go(&format!("{portal}/office"));
        browser.keys("#number", "LRR/PUJA/1");
        browser.click("form[action^='/office/search'] button");
        browser.until("h1", "LRR/PUJA/1");
        browser.click("#evidence button");
        let (_, paper) = made(&house, &browser, "evidence");
        assert_says(
            &paper,
            &[
                "LRR/PUJA/1",
                "No. 1884-LP/5M-27/13",
                "22 October 2026",
                "18 October 2026 to 21 October 2026",
                "Sunday; Durga Puja, Maha Saptami",
                "Mon 19 October 2026",
                "Durga Puja, Maha Astami (List-I)",
                "Durga Puja, Maha Nabami",
                "Durga Puja, Dasami",
                "List-II leaves out working days only",
                "Shefali Mondal",
            ],
        );

        let (status, bytes) = browser.fetch("/api/v1/sla/report?from=2026-06-01&until=2026-06-30");
        let figures: Value = serde_json::from_slice(&bytes).expect("JSON");
        let total = &figures["total"];
        assert_eq!((status, &total["received"], &total["rejected"]["late"]), (200, &json!(3), &json!(1)), "{figures}");
        let line = house.run(["sla", "report", "LRR", "--from", "2026-06-01", "--until", "2026-06-30", "--json"]);
        assert_eq!(line.json()["total"], *total);
        let (status, bytes) = browser.fetch("/api/v1/sla/report.xlsx?kind=compliance&from=2026-06-01&until=2026-06-30");
        let file = house.file("compliance.xlsx", bytes);
        let script = mohor_tests::tree::root().join("tests/tools/read_xlsx.py");
        let rows = tools::must(&tools::python("python"), [script.as_os_str(), file.as_os_str()]);
        let rows: Value = serde_json::from_str(&rows).expect("JSON");
        assert_eq!((status, &rows[2]), (200, &json!(["Received", 3])), "{rows}");
        drop(browser);
        drop(runner);
        house.assert_healthy();
    }
}

#[test]
fn a_report_is_waited_for_without_scripts_and_kept_from_other_departments() {
    if !browser::ready(&["pdftotext", "pdfsig", &tools::python("pyhanko")]) {
        return;
    }
    let house = House::new();
    let (_runner, portal) = open(&house);
    let own = Account::supervisor(&house, "own", &["--department", "LRR"]);
    let other = Account::supervisor(&house, "other", &["--department", "BCW"]);
    let plain = Browser::open(false);
    own.sign_in_to_board(&house, &plain, &portal);
    plain.go(&format!("{portal}/office/reports?from=2026-06-01&until=2026-06-30"));
    plain.click("#order-report button");
    // The page looks again by itself.
    let address = plain.send("GET", &format!("{}/attribute/href", plain.find("a.download")), json!({}));
    let address = address.as_str().expect("an address").to_owned();
    let waiting = plain.send("GET", "/url", json!({})).as_str().expect("an address").to_owned();
    drop(plain);

    let browser = Browser::open(true);
    other.sign_in_to_board(&house, &browser, &portal);
    let path = |address: &str| address.trim_start_matches(&portal).to_owned();
    let days = "from=2026-06-01&until=2026-06-30";
    for path in [
        path(&address),
        path(&waiting),
        format!("/office/reports?department=LRR&{days}"),
        format!("/api/v1/sla/report?department=LRR&{days}"),
        format!("/api/v1/sla/report.xlsx?kind=compliance&department=LRR&{days}"),
    ] {
        assert_eq!(browser.fetch(&path).0, 404, "{path}");
    }
    let (status, bytes) = browser.fetch(&format!("/api/v1/sla/report?{days}"));
    let figures: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!((status, &figures["total"]["received"]), (200, &json!(0)), "its own, and nothing of another");
    for (query, status) in
        [("from=2026-06-01", 422), ("from=2026-06-01&until=2029-01-01", 422), ("from=x&until=y", 422)]
    {
        assert_eq!(browser.fetch(&format!("/api/v1/sla/report?{query}")).0, status, "{query}");
    }
}
