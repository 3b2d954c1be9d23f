//! Offices and who is in charge, as an operator and a department see it: a file that is loaded or not at all, events that
//! are refused by it through every door alike, and an address that is changed. And the State's own list of centres.

use mohor_tests::{
    house::House,
    samples::{self, submitted},
    tools, tree,
};
use serde_json::{Value, json};
use std::{ffi::OsStr, path::Path};

fn load(house: &House, file: &Path, more: &[&str]) -> mohor_tests::house::Outcome {
    let mut arguments = vec![OsStr::new("directory"), "load".as_ref(), "LRR".as_ref(), file.as_os_str()];
    arguments.extend(more.iter().map(OsStr::new));
    house.run(arguments)
}

fn at_office(number: &str, office: &str) -> Value {
    let mut event = submitted(number, "2026-03-02T11:00:00+05:30");
    event["data"]["office"] = json!(office);
    event
}

fn deficient(number: &str, officer: &str, at: &str) -> Value {
    let officer = json!({"name": "N", "designation": "D", "officer_id": officer});
    let said = json!({"reason": {"en": "a page is missing"}, "officer": officer});
    samples::said("LRR", "application.deficient", number, at, said)
}

#[test]
fn a_directory_is_loaded_as_a_whole_or_not_at_all() {
    for house in House::of_each_mode() {
        let first = [("rekha", "2026-01-01", Some("2026-03-05"))];
        let file = house.file("first.json", samples::directory(1, &first).to_string());
        assert_eq!(house.run(["directory", "show", "LRR"]).code, Some(1), "there is none");
        assert!(load(&house, &file, &["--check"]).out.contains("could be loaded"));
        assert_eq!(house.run(["directory", "show", "LRR"]).code, Some(1), "nothing was written");
        let mut broken = samples::directory(1, &[("rekha", "2026-01-01", None), ("anita", "2026-02-01", None)]);
        broken["offices"][0]["districts"] = json!(["XXX"]);
        let outcome = load(&house, &house.file("broken.json", broken.to_string()), &[]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        for words in ["offices[0], `districts`", "charges[1], `from`", "charges[0]", "nothing was loaded"] {
            assert!(outcome.err.contains(words), "{words}: {outcome:?}");
        }
        assert_eq!(house.run(["directory", "show", "LRR"]).code, Some(1), "not half of it");
        let done = load(&house, &file, &["--json"]).json();
        assert_eq!((&done["change"]["offices_new"], &done["change"]["charges_new"]), (&json!(2), &json!(1)), "{done}");
        assert!(load(&house, &file, &[]).out.contains("loaded already"));
        let other = house.file("other.json", samples::directory(1, &[]).to_string());
        let behind = load(&house, &other, &[]);
        assert!(behind.code == Some(1) && behind.err.contains("`version`"), "{behind:?}");
        let shown = |at: &str| house.run(["directory", "show", "LRR", "--at", at, "--json"]).json();
        assert_eq!(shown("2026-03-05")["offices"][0]["in_charge"][0]["name"], "Rekha Das");
        assert_eq!(shown("2026-03-06")["offices"][0]["in_charge"], json!([]));
        let vacant = shown("2026-03-06")["vacant"].clone();
        assert!(vacant.as_array().expect("a list").contains(&json!({"office": "LRR-1", "post": "designated_officer"})));
        let text = house.run(["directory", "show", "LRR"]);
        assert!(text.out.contains("nobody is in charge: LRR-1, designated_officer"), "{text:?}");
        for (arguments, words) in [
            (&["directory", "show", "XXX"][..], "is no department"),
            (&["directory", "load", "LRR", "nowhere.csv"], "cannot read"),
            (&["directory", "show", "LRR", "--at", "tomorrow"], "--at"),
            (&["directory", "require", "LRR"], "--offices"),
            (&["directory", "require", "LRR", "--offices", "--none"], "cannot be used with"),
        ] {
            let outcome = house.run(arguments);
            assert!(outcome.code == Some(2) && outcome.err.contains(words), "{arguments:?}: {outcome:?}");
        }
    }
}

#[test]
fn what_the_directory_says_against_an_event_is_answered_by_each_door() {
    let python = tools::python("python");
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        let portal = runner.portal().address().to_owned();
        let submit = |events: &[Value], more: &[&str]| {
            let refused = house.folder().join("refused.ndjson");
            let _ = std::fs::remove_file(&refused);
            let file = house.events(events);
            let mut arguments = vec![OsStr::new("submit"), file.as_os_str(), "--refused".as_ref(), refused.as_os_str()];
            arguments.extend(more.iter().map(OsStr::new));
            house.run(arguments);
            let lines = std::fs::read_to_string(refused).unwrap_or_default();
            let found = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            found.map(|line| (line["code"].clone(), line["pointer"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(submit(&[at_office("LRR/BEFORE/1", "ELSEWHERE")], &[]), []);
        assert_eq!(house.run(["directory", "require", "LRR", "--offices", "--officers"]).code, Some(0));
        assert_eq!(submit(&[at_office("LRR/BEFORE/2", "ELSEWHERE")], &[]), [], "a wish alone refuses nothing");
        let held = [("rekha", "2026-01-01", Some("2026-03-05")), ("anita", "2026-03-06", None)];
        assert_eq!(load(&house, &house.file("d.json", samples::directory(1, &held).to_string()), &[]).code, Some(0));
        let unknown = (json!("unknown_office"), json!("/data/office"));
        let out = (json!("officer_not_in_charge"), json!("/data/officer"));
        let tried = |door: &str| {
            vec![
                at_office(&format!("LRR/{door}/1"), "ELSEWHERE"),
                at_office(&format!("LRR/{door}/2"), "LRR-1"),
                deficient(&format!("LRR/{door}/2"), "anita", "2026-03-04T11:00:00+05:30"),
                deficient(&format!("LRR/{door}/2"), "rekha", "2026-03-04T12:00:00+05:30"),
                deficient(&format!("LRR/{door}/2"), "rekha", "2026-03-06T11:00:00+05:30"),
            ]
        };
        let wanted = [unknown.clone(), out.clone(), out.clone()];
        assert_eq!(submit(&tried("CHECK"), &["--check"]), wanted);
        assert_eq!(submit(&tried("FILE"), &[]), wanted);
        if tools::ready(&[&python]) {
            let key = house.folder().join("lrr.key.pem");
            let made = house.run(["keys", "department", "LRR", "--out", key.to_str().expect("a path")]);
            assert_eq!(made.code, Some(0), "{made:?}");
            let script = tree::root().join("infra/examples/publish_http.py");
            let file = house.events(&tried("HTTP"));
            let arguments = [script.as_os_str(), portal.as_ref(), key.as_os_str(), file.as_os_str()];
            let output = tools::command(&python).args(arguments).output().expect("python starts");
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            let answers = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            let refused = answers.filter(|answer| answer["result"] == "refused");
            let refused: Vec<_> = refused.map(|answer| (answer["code"].clone(), answer["pointer"].clone())).collect();
            assert_eq!(refused, wanted, "{out} {}", String::from_utf8_lossy(&output.stderr));
        }
        drop(runner);
        house.assert_healthy();
    }
}

/// A list without one centre, all others as they are bundled.
fn list_without(bsk: &str) -> String {
    let bundled = tree::read("schemas/catalogue/bsks.csv");
    let rows = bundled.lines().filter(|line| !line.starts_with('#') && !line.starts_with(bsk));
    rows.map(|line| format!("{line}\r\n")).collect()
}

#[test]
fn the_states_list_of_centres_takes_the_place_of_the_made_up_one() {
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let centres = |arguments: &[&str]| house.run([&["centres"], arguments].concat());
        let load = |file: &Path, more: &[&str]| centres(&[&["load", file.to_str().expect("a path")], more].concat());
        let used = || house.run(["check-config", "--json"]).json()["centres"].clone();
        assert_eq!((&used()["specimen"], &used()["version"]), (&json!(true), &Value::Null), "{}", used());
        assert!(centres(&["show"]).out.contains("made up"));
        let faulty = house.file("faulty.csv", "code,district,name_en\nCOB0001,COB,One\nCOB0002,XXX,Two\n");
        let outcome = load(&faulty, &[]);
        assert!(outcome.code == Some(1) && outcome.err.contains("line 3, `district`"), "{outcome:?}");
        assert_eq!(load(&faulty, &["--json"]).json()["faults"][0]["field"], "district");

        let event = samples::caste(1);
        let bsk = event["data"]["bsk"].as_str().expect("a centre").to_owned();
        let other = if bsk == "COB0001" { "COB0002" } else { "COB0001" };
        house.demo(&house.events(&[event]));
        let operator = ["people", "add", "rekha", "--name", "R", "--post", "bsk_operator", "--bsk", &bsk];
        assert_eq!(house.run(operator).code, Some(0));
        let list = house.file("list.csv", list_without(&bsk));
        for check in [&["--check"][..], &[]] {
            let outcome = load(&list, check);
            assert!(outcome.code == Some(1) && outcome.err.contains("certificates wait there"), "{outcome:?}");
        }
        assert_eq!(load(&list, &["--json"]).json()["waiting"], json!([{"bsk": bsk, "certificates": 1}]));
        let emptied = centres(&["reroute", &bsk, other, "--reason", "centre_closed"]);
        assert_eq!(emptied.code, Some(0), "{emptied:?}");
        let would = load(&list, &["--check", "--json"]).json();
        assert_eq!((&would["change"]["gone"], &would["change"]["new"]), (&json!([bsk]), &json!([])), "{would}");
        assert_eq!(would["accounts_of_gone"], json!([{"bsk": bsk, "login": "rekha"}]));
        assert_eq!(used()["specimen"], true, "nothing was written");
        let done = load(&list, &[]);
        for words in ["version 1 of the list of centres is loaded", &format!("gone: {bsk}"), "restart the roles"] {
            assert!(done.out.contains(words), "{words}: {done:?}");
        }
        assert_eq!(load(&list, &["--json"]).json()["same"], true);
        assert_eq!((&used()["specimen"], &used()["version"]), (&json!(false), &json!(1)));
        assert_eq!(centres(&["show", "--json"]).json()["by_district"]["COB"], 155);
        // What a department sends for a centre that is gone is refused; what is left there by accident can be sent on.
        let refused = house.folder().join("refused.ndjson");
        let file = house.events(&[samples::caste(2)]);
        let check =
            [OsStr::new("submit"), file.as_os_str(), "--check".as_ref(), "--refused".as_ref(), refused.as_os_str()];
        assert_eq!(house.run(check).code, Some(1));
        assert!(std::fs::read_to_string(&refused).expect("refusals").contains("unknown_bsk"));
        assert_eq!(
            centres(&["reroute", &bsk, other, "--reason", "centre_closed"]).code,
            Some(1),
            "nothing waits there"
        );
        house.assert_healthy();
    }
}

#[test]
fn an_address_is_changed_at_the_command_line() {
    let house = House::new();
    assert_eq!(house.run(["people", "add", "state", "--name", "X", "--post", "supervisor"]).code, Some(0));
    let email = || house.run(["people", "list", "--json"]).json()[0]["email"].clone();
    assert_eq!(email(), Value::Null);
    assert_eq!(house.run(["people", "email", "state", "state@example.in"]).code, Some(0));
    assert_eq!(email(), "state@example.in");
    let wrong = house.run(["people", "email", "state", "a@b.in\nBcc: c@d.in"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("one mail address"), "{wrong:?}");
    assert_eq!(house.run(["people", "email", "state"]).code, Some(2), "an address or --none");
    assert_eq!(email(), "state@example.in");
    assert_eq!(house.run(["people", "email", "state", "--none"]).code, Some(0));
    assert_eq!(email(), Value::Null);
    assert_eq!(house.run(["people", "disable", "state"]).code, Some(0));
    let outcome = house.run(["people", "email", "state", "state@example.in"]);
    assert!(outcome.code == Some(1) && outcome.err.contains("no enabled account"), "{outcome:?}");
}
