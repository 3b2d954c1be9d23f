//! Clocks as an operator sees them: a breach of the running house, a calendar that changed, a what-if over a file.

use mohor_tests::{
    house::House,
    samples::{self, submitted},
};
use serde_json::{Value, json};
use std::ffi::OsStr;

/// A word of LRR about an application, with a reason.
fn said(word: &str, number: &str, at: &str) -> Value {
    samples::said(
        "LRR",
        word,
        number,
        at,
        json!({"reason": {"en": "a page is missing"}, "officer": samples::officer()}),
    )
}

fn clock(house: &House, number: &str) -> (Value, Vec<String>) {
    let outcome = house.run(["show", number, "--json"]);
    let mut record = outcome.json()[0].take();
    let rungs = record["rungs"].as_array().into_iter().flatten();
    let rungs = rungs
        .filter(|rung| rung["clock"] == "service")
        .map(|rung| rung["rung"].as_str().expect("a word").to_owned())
        .collect();
    (record["clocks"][0].take(), rungs)
}

#[test]
fn a_breach_of_the_running_house_is_recorded_and_a_pause_stops_the_count() {
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        runner.portal();
        let events = [
            submitted("LRR/LATE/1", "2026-03-02T11:00:00+05:30"),
            submitted("LRR/PAUSED/1", "2026-03-02T11:00:00+05:30"),
            said("application.deficient", "LRR/PAUSED/1", "2026-03-04T10:00:00+05:30"),
        ];
        let outcome = house.run([OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
        assert_eq!(outcome.json()["accepted"], 3, "{outcome:?}");
        let (late, rungs) = runner.until("the rungs", |_| {
            let (clock, rungs) = clock(&house, "LRR/LATE/1");
            (rungs.len() == 4).then_some((clock, rungs))
        });
        assert_eq!(rungs, ["due_today", "breached", "appeal_open", "reviewing_officer"]);
        // Tue 3 March is Doljatra; Wed 4, Thu 5.
        assert_eq!((&late["due_on"], &late["promised_on"]), (&json!("2026-03-05"), &json!("2026-03-05")));
        assert_eq!((&late["state"], &late["provisional"]), (&json!("running"), &json!(true)));
        let (paused, rungs) = clock(&house, "LRR/PAUSED/1");
        assert_eq!((&paused["state"], &paused["due_on"]), (&json!("paused"), &Value::Null));
        assert_eq!((&paused["promised_on"], rungs), (&json!("2026-03-05"), vec![]));
        drop(runner);
        house.assert_healthy();

        // Somebody has compared the list of 2026 with the orders.
        let settled = |arguments: &[&str]| {
            let mut command = house.command(arguments);
            let output = command.env("MOHOR__SLA__SETTLED_YEARS", "2026").output().expect("it starts");
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
        };
        let dry = settled(&["sla", "recompute", "--dry-run", "--json"]);
        // The one's, and the citizen's day of the other.
        assert_eq!((&dry["clocks"], dry["moved"].as_array().map(Vec::len)), (&json!(3), Some(2)), "{dry}");
        let moved: Vec<&Value> =
            dry["moved"].as_array().into_iter().flatten().map(|it| &it["application_no"]).collect();
        assert!(moved.contains(&&json!("LRR/LATE/1")), "{dry}");
        assert_eq!(clock(&house, "LRR/LATE/1").0["provisional"], true, "nothing was written");
        settled(&["sla", "recompute", "--json"]);
        let (sure, rungs) = clock(&house, "LRR/LATE/1");
        assert_eq!((&sure["provisional"], rungs.len()), (&json!(false), 4));
    }
}

#[test]
fn a_what_if_needs_no_ledger_and_names_what_it_cannot_read() {
    let house = House::new();
    let mut events = vec![submitted("LRR/IF/1", "2026-03-02T11:00:00+05:30")];
    events.extend(
        ["deficient", "resumed"].iter().zip(["04", "06"]).map(|(word, day)| {
            said(&format!("application.{word}"), "LRR/IF/1", &format!("2026-03-{day}T10:00:00+05:30"))
        }),
    );
    let holidays = house.file("holidays.csv", "date,name,kind,source\n2026-03-06,declared late,ni_act,here\n");
    let mut arguments = vec![OsStr::new("sla"), "simulate".as_ref()];
    let file = house.events(&events);
    arguments.extend([file.as_os_str(), "--holidays".as_ref(), holidays.as_os_str(), "--json".as_ref()]);
    let outcome = house.run(&arguments);
    let clocks: Vec<Value> = outcome.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [found, answer] = &clocks[..] else { panic!("the service's and the citizen's: {outcome:?}") };
    assert_eq!((&answer["clock"], &answer["outcome"]), (&json!("rectification"), &json!("completed")));
    assert_eq!((outcome.code, &found["clock"], &found["state"]), (Some(0), &json!("service"), &json!("running")));
    // As it is: 3 List-I, 4 and 5 ended paused, Fri 6, Sat 7. With the other list: 3 counts, 6 does not; Sat 7.
    assert_eq!((&found["due_on"], &found["then_due_on"]), (&json!("2026-03-07"), &json!("2026-03-07")), "{found}");
    assert!(!house.data().exists(), "no ledger was made");

    let broken = house.file("broken.ndjson", format!("{}no event\n{{}}\n", samples::lines(&events[..1])));
    let outcome = house.run([OsStr::new("sla"), "simulate".as_ref(), broken.as_ref()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.err.contains("line 2: not_json") && outcome.err.contains("line 3: not_cloudevent"), "{outcome:?}");
    assert!(outcome.out.contains("1 applications of 1 events, 2 refused"), "{outcome:?}");
}

/// What was decided stays decided, what is given by its approval is provided, and each clock says how it ended.
#[test]
fn a_what_if_decides_as_intake_does() {
    let house = House::new();
    let rejected = |number: &str, time: &str| {
        let more = json!({"reasons": [{"en": "no such plot"}], "officer": samples::officer()});
        samples::said("LRR", "application.rejected", number, time, more)
    };
    let events = [
        submitted("LRR/IF/1", "2026-03-02T11:00:00+05:30"),
        rejected("LRR/IF/1", "2026-03-05T10:00:00+05:30"),
        samples::said("LRR", "application.withdrawn", "LRR/IF/1", "2026-03-04T10:00:00+05:30", json!({})),
        submitted("LRR/IF/2", "2026-03-02T11:00:00+05:30"),
        rejected("LRR/IF/2", "2026-03-01T10:00:00+05:30"),
    ];
    let file = house.events(&events);
    let simulate = |json: &[&str]| {
        let mut arguments = vec![OsStr::new("sla"), "simulate".as_ref(), file.as_os_str()];
        arguments.extend(json.iter().map(OsStr::new));
        house.run(&arguments)
    };
    let outcome = simulate(&["--json"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.err.contains("line 3: wrong_state") && outcome.err.contains("line 5: date_order"), "{outcome:?}");
    let clocks: Vec<Value> = outcome.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |number: &str| {
        clocks.iter().find(|it| it["application_no"] == number && it["clock"] == "service").expect("a clock")
    };
    let ended = of("LRR/IF/1");
    assert_eq!((&ended["state"], &ended["outcome"]), (&json!("stopped"), &json!("rejected")));
    assert_eq!(ended["stopped_at"], "2026-03-05T10:00:00+05:30");
    // Monday to Thursday, and Tuesday the 3rd is a holiday of List-I.
    assert_eq!(ended["days_used"], 2, "{ended}");
    assert_eq!((&of("LRR/IF/2")["state"], &of("LRR/IF/2")["outcome"]), (&json!("running"), &Value::Null));
    let words = simulate(&[]).out;
    assert!(words.contains("stopped (rejected)  from 2026-03-02 to 2026-03-05, 2 days used"), "{words}");

    // A door that says the same: the ledger has the same clocks.
    let took = house.run(["submit".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!(took.json()["refused"], 2, "{took:?}");
    let kept = house.run(["show", "LRR/IF/1", "--json"]).json();
    assert_eq!(kept[0]["clocks"][0]["stopped_at"], ended["stopped_at"], "{kept}");
}

#[test]
fn accounts_are_made_listed_reset_and_disabled() {
    let house = House::new();
    let add = |arguments: &[&str]| {
        let mut words = vec!["people", "add"];
        words.extend(arguments);
        house.run(words)
    };
    let empty = house.run(["people", "list"]);
    assert!(empty.out.contains("mohor people add"), "an empty list says what to do: {empty:?}");
    let made = add(&[
        "rekha",
        "--post",
        "designated_officer",
        "--name",
        "Rekha Das",
        "--department",
        "BCW",
        "--office",
        "SDO-1",
        "--json",
    ]);
    let given = made.json();
    let (password, secret) =
        (given["password"].as_str().expect("drawn"), given["totp_secret"].as_str().expect("drawn"));
    assert!(password.len() == 23 && given["totp_url"].as_str().expect("a URL").contains(secret), "{given}");
    for (arguments, told) in [
        (&["rekha", "--post", "auditor", "--name", "X"][..], "is taken"),
        (&["Rekha", "--post", "auditor", "--name", "X"], "small letters"),
        (
            &["anita", "--post", "designated_officer", "--name", "X", "--department", "BCW"],
            "a department and an office",
        ),
        (&["anita", "--post", "bsk_operator", "--name", "X", "--bsk", "NOWHERE"], "is no centre"),
        (&["anita", "--post", "supervisor", "--name", "X", "--department", "XXX"], "is no department"),
        (&["anita", "--post", "supervisor", "--name", "X", "--district", "XXX"], "is no district"),
        (&["anita", "--post", "king", "--name", "X"], "a post is one of"),
        (&["anita", "--post", "auditor", "--name", "a\u{202e}b"], "--name"),
    ] {
        let refused = add(arguments);
        assert!(refused.code != Some(0) && refused.err.contains(told), "{arguments:?}: {refused:?}");
    }
    let listed = house.run(["people", "list", "--json"]);
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1));
    assert!(!listed.out.contains(secret) && !listed.out.contains("argon2"), "secrets are shown once: {listed:?}");
    let again = house.run(["people", "reset", "rekha", "--json"]).json();
    assert!(again["password"] != given["password"] && again["totp_secret"] != given["totp_secret"]);
    assert_eq!(house.run(["people", "disable", "rekha"]).code, Some(0));
    for word in ["disable", "reset"] {
        let outcome = house.run(["people", word, "rekha"]);
        assert!(outcome.code == Some(1) && outcome.err.contains("no enabled account"), "{outcome:?}");
    }
    let files: Vec<Vec<u8>> = std::fs::read_dir(house.data())
        .expect("a data folder")
        .map(|file| std::fs::read(file.expect("a file").path()).unwrap_or_default())
        .collect();
    let holds = |text: &str| files.iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(holds("rekha") && !holds(password), "no password is in the ledger");
}
