//! Hand-overs as the house does them, whose delay it was, services without a document, and the demo's certificates with a
//! past on days of every kind.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples, tools, until,
    web::Portal,
};
use serde_json::{Value, json};
use std::ffi::OsStr;

/// Hands a certificate over, with somebody's session: the status, and what is said.
fn deliver(portal: &Portal, bsk: &str, uin: &str) -> (u16, Value) {
    let path = format!("/api/v1/bsk/{bsk}/certificates/{uin}/deliver");
    let answer = portal.post(
        &path,
        "application/json",
        br#"{"paper":{"kind":"voter_card","last":"12AB"},"reference":"line 7"}"#,
    );
    (answer.status, answer.json())
}

fn open(house: &House) -> (Started, String) {
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal().address().to_owned();
    (runner, portal)
}

fn hand_in(house: &House, events: &[Value]) -> Value {
    house.run([OsStr::new("submit"), house.events(events).as_os_str(), "--json".as_ref()]).json()
}

fn shown(house: &House, number: &str) -> Value {
    house.run(["show", number, "--json"]).json()[0].take()
}

/// The clocks of an application: kind, state, why it stopped.
fn clocks(record: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let clocks = record["clocks"].as_array().into_iter().flatten();
    clocks.map(|clock| (text(&clock["clock"]), text(&clock["state"]), text(&clock["outcome"]))).collect()
}

fn clock(kind: &str, state: &str, outcome: &str) -> (String, String, String) {
    (kind.into(), state.into(), outcome.into())
}

#[test]
fn a_certificate_is_handed_over_at_its_centre_and_each_answers_for_its_own_time() {
    for house in House::of_each_mode() {
        let (runner, portal) = open(&house);
        let event = samples::caste(1);
        let number = event["data"]["application_no"].as_str().expect("a number").to_owned();
        let bsk = event["data"]["bsk"].as_str().expect("a centre").to_owned();
        let own = Account::new(&house, "own", "bsk_operator", &["--bsk", &bsk]);
        let other = Account::new(&house, "other", "bsk_operator", &["--bsk", "COB0001"]);
        assert_eq!(hand_in(&house, &[event])["accepted"], 1);
        let record = until("a certificate that is ready", || {
            Some(shown(&house, &number)).filter(|record| record["progress"] == "notified")
        });
        let wanted = [
            clock("service", "stopped", "provided"),
            clock("department", "stopped", "decided"),
            clock("pipeline", "stopped", "completed"),
            clock("bsk", "running", ""),
        ];
        assert_eq!(clocks(&record), wanted, "{record}");
        let uin = record["uin"].as_str().expect("a number").to_owned();

        let session = |account: &Account| Portal::at(&portal).with_session(account.session(&house, &portal));
        let (own, other) = (session(&own), session(&other));
        let (status, nothing) = deliver(&other, "COB0001", &uin);
        assert_eq!((status, &nothing["code"]), (404, &json!("not_found")), "{nothing}");
        assert_eq!(deliver(&other, &bsk, &uin), (404, nothing), "another centre's looks like what does not exist");
        let (status, first) = deliver(&own, &bsk, &uin);
        assert_eq!((status, &first["before"]), (200, &json!(false)), "{first}");
        let (status, again) = deliver(&own, &bsk, &uin);
        assert_eq!((status, &again["before"], &again["delivered_at"]), (200, &json!(true), &first["delivered_at"]));
        let record = shown(&house, &number);
        assert_eq!(clocks(&record)[3], clock("bsk", "stopped", "delivered"), "{record}");
        assert_eq!(
            (&record["delivered"]["to"], &record["delivered"]["by"]),
            (&json!("applicant"), &json!("person:own"))
        );
        drop(runner);
        house.assert_healthy();
    }
}

#[test]
fn a_service_without_a_document_ends_with_its_approval_and_a_stray_stage_is_refused() {
    for house in House::of_each_mode() {
        let (runner, _) = open(&house);
        let applicant = json!({"name": {"en": "Shefali Mondal"}});
        let submission = json!({"service": "tax-receipt", "office": "TRN-1", "applicant": applicant,
                                "submitted_at": "2026-11-02T11:00:00+05:30"});
        let mut approval = submission.clone();
        approval["approved_at"] = json!("2026-11-03T11:00:00+05:30");
        approval["approved_by"] = samples::officer();
        approval["certificate"] = json!({});
        let mut numbered = samples::event("TRN", "application.approved", "TRN/TAX/2", approval.clone());
        numbered["data"]["uin"] = json!("TRNAAAAAAAAAAAAA");
        let mut staged = samples::submitted("HHA/NORI/1", "2026-11-02T11:00:00+05:30");
        staged["source"] = json!("/departments/HHA/workflow");
        (staged["data"]["department"], staged["data"]["service"]) = (json!("HHA"), json!("nori-certificate"));
        let completed = |stage: &str, at: &str| {
            let more = json!({"stage": stage, "officer": samples::officer()});
            samples::said("HHA", "application.stage_completed", "HHA/NORI/1", at, more)
        };
        let events = [
            samples::event("TRN", "application.submitted", "TRN/TAX/1", submission),
            samples::event("TRN", "application.approved", "TRN/TAX/1", approval),
            numbered,
            staged,
            completed("forwarding", "2026-11-04T11:00:00+05:30"),
            completed("forward", "2026-11-05T11:00:00+05:30"),
        ];
        let file = house.events(&events);
        let refused = house.folder().join("refused.ndjson");
        let arguments =
            [OsStr::new("submit"), file.as_os_str(), "--json".as_ref(), "--refused".as_ref(), refused.as_os_str()];
        assert_eq!(house.run(arguments).json()["accepted"], 4);
        let refused = std::fs::read_to_string(refused).expect("the refusals");
        let refused: Vec<Value> = refused.lines().map(|line| serde_json::from_str(line).expect("a refusal")).collect();
        assert_eq!((&refused[0]["code"], &refused[0]["pointer"]), (&json!("schema"), &json!("/data/uin")));
        assert_eq!((&refused[1]["code"], &refused[1]["pointer"]), (&json!("unknown_stage"), &json!("/data/stage")));
        let words = refused[1]["reason_en"].as_str().expect("words");
        assert!(words.contains("forward, police-report"), "{words}");
        let record = shown(&house, "TRN/TAX/1");
        assert_eq!((&record["state"], &record["uin"]), (&json!("provided"), &Value::Null), "{record}");
        let wanted = [clock("service", "stopped", "provided"), clock("department", "stopped", "decided")];
        assert_eq!(clocks(&record), wanted);
        assert_eq!(record["clocks"][0]["stopped_at"], "2026-11-03T11:00:00+05:30");
        drop(runner);
        house.assert_healthy();
    }
}

/// The demo on a day, by the library that gives a process another time; what it says at the end.
fn demo_on(day: &str) -> Option<(House, Started, Value)> {
    const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    if !tools::ready(&[LIBRARY]) {
        return None;
    }
    let house = House::new();
    let file = house.events(&[samples::caste(1)]);
    let arguments =
        [OsStr::new("demo"), file.as_os_str(), "--json".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref()];
    let mut command = house.command(arguments);
    // Only the wall clock is moved: timers go on as they are.
    command.env("LD_PRELOAD", LIBRARY).env("FAKETIME", format!("@{day} 09:00:00"));
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("TZ", "UTC");
    let mut started = Started::new(command);
    let words = started.wait_for_output();
    let line = words.lines().last().unwrap_or_default();
    let summary = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {words}"));
    Some((house, started, summary))
}

#[test]
fn the_demo_shows_every_history_whatever_the_day() {
    // A Tuesday; a Sunday; Durga Puja; the last day of a year whose next has no list.
    for (day, due) in [
        ("2026-11-10", "DUE-TODAY-1"),
        ("2026-11-15", "DUE-NEXT-1"),
        ("2026-10-20", "DUE-NEXT-1"),
        ("2026-12-31", "DUE-TODAY-1"),
    ] {
        let Some((house, started, summary)) = demo_on(day) else { return };
        let remarks = summary["remarks"].to_string();
        assert!(remarks.contains("UNCOLLECTED-1 is ready at COB0001"), "{day}: {remarks}");
        assert_eq!(remarks.contains("counts in no limit"), due == "DUE-NEXT-1", "{day}: {remarks}");
        assert_eq!(summary["issued"], 1, "its own are not counted: {summary}");
        let record = |name: &str| shown(&house, &format!("DEMO/{day}/{name}"));
        let state = |name: &str| record(name)["clocks"][0]["state"].as_str().unwrap_or("none").to_owned();
        let wanted = [(due, "running"), ("LATE-1", "running"), ("PAUSED-1", "paused"), ("APPEALED-1", "running")];
        for (name, wanted) in wanted {
            assert_eq!(state(name), wanted, "{day}: {name}");
        }
        let uncollected = record("UNCOLLECTED-1");
        assert_eq!(clocks(&uncollected)[3], clock("bsk", "running", ""), "{day}: {uncollected}");
        assert!(uncollected["clocks"][3]["due_on"].as_str().is_some_and(|due| due < day), "{day}: {uncollected}");
        assert_eq!(clocks(&record("HANDED-OVER-1"))[3], clock("bsk", "stopped", "delivered"), "{day}");
        let uin = uncollected["uin"].as_str().expect("a number").to_owned();
        drop(started);
        // It is a certificate like any other.
        assert_eq!(house.verdict(&uin), "genuine", "{day}");
        house.assert_healthy();
    }
}

#[test]
fn the_demo_names_an_account_for_each_post_and_what_waits_is_seen() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let open = house.open(&house.events(&[samples::caste(1)]));
    let summary = &open.summary;
    let accounts = summary["accounts"].as_array().expect("accounts");
    // One for each post, and an administrator who approves what the other proposes.
    assert_eq!(accounts.len(), 9, "{summary}");
    let given = |post: &str| {
        let found = accounts.iter().find(|it| it["post"] == post).unwrap_or_else(|| panic!("no {post}: {summary}"));
        Account::given(found)
    };
    let portal = open.portal.address().to_owned();
    let browser = Browser::open(true);
    given("supervisor").sign_in_to_board(&house, &browser, &portal);
    browser.until("[data-count=uncollected]", "1");
    browser.click("a.uncollected");
    browser.until("#rows", "Uncollected (1)");
    browser.assert_accessible("what is uncollected");
    browser.click("table.rows a[href^='/office/application/']");
    let clocks = browser.until("#clocks", "hand-over");
    assert!(
        clocks.contains("making") && clocks.contains("department's part") && clocks.contains("15 days"),
        "{clocks}"
    );
    browser.assert_accessible("the record of what is uncollected");
    let record = browser.run("return location.pathname").as_str().expect("a path").to_owned();
    browser.go(&format!("{portal}/office"));
    browser.click("form[action='/sign-out'] button");
    browser.until("h1", "Is this certificate genuine?");

    // The operator of the centre where it waits hands it over; one of another centre finds nothing there.
    let number = house.run(["export"]).out;
    let of = |name: &str| {
        let line = number.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{number}")).to_owned();
        let line: Value = serde_json::from_str(&line).expect("a line");
        line["uin"].as_str().expect("a number").to_owned()
    };
    let deliver = |bsk: &str, uin: &str| {
        let script = "const [path, done] = arguments;
            fetch(path, {method: 'POST', headers: {'content-type': 'application/json'}, body: '{\"paper\":{\"kind\":\"voter_card\",\"last\":\"12AB\"}}'})
              .then((answer) => done(answer.status), () => done(0));";
        let path = format!("/api/v1/bsk/{bsk}/certificates/{uin}/deliver");
        browser.send("POST", "/execute/async", json!({"script": script, "args": [path]}))
    };
    let uin = of("UNCOLLECTED-1");
    let other = Account::new(&house, "other", "bsk_operator", &["--bsk", "HWH0072"]);
    other.sign_in(&house, &browser, &portal, "#tray");
    assert_eq!((deliver("COB0001", &uin), deliver("HWH0072", &uin)), (json!(404), json!(404)));
    assert_eq!(browser.fetch(&record).0, 404, "no page either");
    browser.click("form[action='/sign-out'] button");
    browser.until("h1", "Is this certificate genuine?");
    given("bsk_operator").sign_in(&house, &browser, &portal, "#tray");
    assert_eq!(browser.fetch(&record).0, 404);
    assert_eq!(deliver("COB0001", &uin), json!(200));
    assert_eq!(shown(&house, &uin)["delivered"]["by"], "person:demo-bsk-operator");
}
