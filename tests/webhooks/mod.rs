//! Webhooks of the real program, caught by a receiver that checks them with the specification's own library.

mod held;
mod receiver;

use mohor_tests::{
    house::{House, Outcome, Started},
    samples,
    servers::Servers,
    tools,
};
use receiver::Receiver;
use serde_json::{Value, json};
use std::process::Command;

fn ready() -> bool {
    tools::ready(&[&tools::python("python")])
}

/// The program with the receiver's network allowed and no waits.
fn allowed(house: &House, arguments: &[&str], waits: &str) -> Command {
    let mut command = house.command(arguments);
    command.env("MOHOR__WEBHOOKS__NETWORKS", "127.0.0.0/8,::1").env("MOHOR__WEBHOOKS__WAITS", waits);
    command
}

fn outcome(mut command: Command) -> Outcome {
    let output = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn hooks(house: &House, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["webhooks"].iter().chain(arguments).chain(&["--json"]).copied().collect();
    let outcome = outcome(allowed(house, &all, "0,0"));
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no `{name}`: {value}")).to_owned()
}

/// Adds an endpoint that is told what is accepted of the land office: its id and its key.
fn add(house: &House, url: &str, more: &[&str]) -> (String, String) {
    let all = [&["add", "--department", "LRR", "--words", "application.accepted", "--url", url], more].concat();
    let added = hooks(house, &all);
    (text(&added, "id"), text(&added, "key"))
}

fn one(house: &House, id: &str) -> Value {
    let all = hooks(house, &["list"]);
    all.as_array().and_then(|all| all.iter().find(|it| it["id"] == id)).expect("the endpoint").clone()
}

fn outcomes(house: &House, id: &str) -> Vec<String> {
    let log = hooks(house, &["log", id]);
    log.as_array().expect("rows").iter().rev().map(|row| text(row, "outcome")).collect()
}

fn start(house: &House, waits: &str, more: &[(&str, &str)]) -> Started {
    let mut command = allowed(house, &["run", "--listen", "127.0.0.1:0"], waits);
    command.env("MOHOR_LOG", "info").envs(more.iter().copied());
    let mut started = Started::new(command);
    started.portal();
    started
}

fn hand_in(house: &House, numbers: std::ops::RangeInclusive<u32>) {
    let events: Vec<Value> =
        numbers.clone().map(|n| samples::submitted(&format!("LRR/HOOK/{n}"), "2026-03-02T11:00:00+05:30")).collect();
    let outcome = house.run(["submit".as_ref(), house.events(&events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], numbers.count(), "{outcome:?}");
}

fn ids(heard: &[Value]) -> Vec<String> {
    heard.iter().map(|it| text(it, "id")).collect()
}

#[test]
fn what_is_told_is_verified_by_others_in_order_and_again_when_asked() {
    if !ready() {
        return;
    }
    for house in House::of_each_mode() {
        let receiver = Receiver::open(house.folder(), false);
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let (shared, secret) = add(&house, &receiver.url("/shared"), &[]);
        let (_, public) = add(&house, &receiver.url("/ours"), &["--ed25519"]);
        assert!(secret.starts_with("whsec_") && public.starts_with("whpk_"), "{secret} {public}");
        receiver.keys(&json!({"/shared": [secret, public], "/ours": [secret, public]}));
        let runner = start(&house, "0,0", &[]);
        hand_in(&house, 1..=12);
        let first = receiver.wait("/shared", 12);
        for (heard, holds) in [(&first, [true, false]), (&receiver.wait("/ours", 12), [false, true])] {
            assert!(heard.iter().all(|it| it["holds"] == json!(holds)), "{heard:#?}");
            assert_eq!(ids(heard), ids(&first), "the same events by the same ids, in order");
        }
        for it in &first {
            assert_eq!(it["event"]["id"], it["id"]);
            assert_eq!(it["event"]["type"], "in.gov.wb.bsk.application.accepted.v1");
            assert_eq!(it["headers"]["content-type"], "application/cloudevents+json");
        }
        // While a secret is changed both hold; then the new one alone.
        let rotated = hooks(&house, &["rotate", &shared]);
        let another = text(&rotated, "key");
        receiver.keys(&json!({"/shared": [secret, another]}));
        hand_in(&house, 13..=13);
        assert_eq!(receiver.wait("/shared", 13)[12]["holds"], json!([true, true]));
        let last = text(&hooks(&house, &["rotate", &shared, "--overlap", "0"]), "key");
        receiver.keys(&json!({"/shared": [secret, another, last]}));
        hand_in(&house, 14..=14);
        assert_eq!(receiver.wait("/shared", 14)[13]["holds"], json!([false, false, true]));
        // Again from a time on, by the same ids.
        let before = ids(&receiver.wait("/shared", 14));
        hooks(&house, &["replay", &shared, "--since", "2020-01-01"]);
        assert_eq!(ids(&receiver.wait("/shared", 28)[14..]), before);
        assert!(outcomes(&house, &shared).iter().all(|it| it == "204"));
        assert_eq!(house.run(["webhooks", "remove", &shared]).code, Some(0));
        let said = format!("{}{}", runner.said(), runner.heard());
        for secret in [&secret, &another, &last] {
            assert!(!said.contains(secret.as_str()), "a secret is in the log");
        }
        let listed = format!("{}", hooks(&house, &["list"]));
        assert!(!listed.contains("whsec_") && !listed.contains("whsk_"), "{listed}");
    }
}

#[test]
fn a_receiver_that_fails_is_told_again_and_one_that_is_gone_is_left() {
    if !ready() {
        return;
    }
    let house = House::new();
    let receiver = Receiver::open(house.folder(), false);
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let (once, _) = add(&house, &receiver.url("/fail-once"), &[]);
    let (ever, _) = add(&house, &receiver.url("/fail"), &[]);
    let (gone, _) = add(&house, &receiver.url("/gone"), &[]);
    let mut runner = start(&house, "0,0", &[]);
    hand_in(&house, 1..=2);
    let heard = receiver.wait("/fail-once", 4);
    let [a, b, c, d] = &ids(&heard)[..] else { panic!("four") };
    assert!(a == b && c == d && a != c, "each twice, by its own id, in order: {heard:#?}");
    runner.until("the log", |_| (outcomes(&house, &once) == ["500", "204", "500", "204"]).then_some(()));
    // Three attempts are what the waits allow; the second event waits behind the first and is not lost.
    for (id, reason, tried) in [(&ever, "failing", &["500", "500", "500"][..]), (&gone, "gone", &["410"])] {
        runner.until(reason, |_| (one(&house, id)["state"] == "disabled").then_some(()));
        let it = one(&house, id);
        assert_eq!((&it["reason"], &it["place"]), (&json!(reason), &json!(0)), "{it}");
        assert_eq!(outcomes(&house, id), tried);
    }
    runner.until("the figure", |runner| {
        let metrics = runner.portal().get("/metrics").body;
        metrics.lines().any(|line| line == "mohor_webhooks{kind=\"disabled\"} 2").then_some(())
    });
    assert_eq!(hooks(&house, &["resume", &ever])["state"], "active");
    runner.until("it is tried again", |_| (outcomes(&house, &ever).len() == 6).then_some(()));
    // One that is paused keeps its place.
    assert_eq!(hooks(&house, &["pause", &once])["state"], "paused");
    hand_in(&house, 3..=3);
    let again = house.run(["webhooks", "pause", &once]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(hooks(&house, &["resume", &once])["state"], "active");
    assert_eq!(ids(&receiver.wait("/fail-once", 6)[4..5]), ids(&receiver.wait("/fail-once", 6)[5..]));
}

#[test]
fn nothing_leads_where_it_should_not() {
    if !ready() {
        return;
    }
    let house = House::new();
    let receiver = Receiver::open(house.folder(), false);
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let secure = receiver.url("/inside").replace("http://127.0.0.1", "https://localhost");
    for url in [
        &receiver.url("/inside"),
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://user:word@example.in/",
        "ftp://example.in/",
    ] {
        let refused = house.run(["webhooks", "add", "--department", "LRR", "--url", url]);
        assert!(refused.code == Some(2) && refused.err.contains("`--url`"), "{url}: {refused:?}");
    }
    for (owner, code) in [("--department", "XXX"), ("--bsk", "NOWHERE")] {
        let refused = house.run(["webhooks", "add", owner, code, "--url", "https://example.in/"]);
        assert!(refused.code == Some(2) && refused.err.contains(code), "{refused:?}");
    }
    // A name is judged when it is called: here it means this machine.
    let (inside, _) = add(&house, &secure, &[]);
    let mut closed = house.command(["run", "--listen", "127.0.0.1:0"]);
    closed.env("MOHOR_LOG", "info").env("MOHOR__WEBHOOKS__WAITS", "0,0");
    let mut runner = Started::new(closed);
    runner.portal();
    hand_in(&house, 1..=1);
    runner.until("it is refused", |_| (outcomes(&house, &inside) == ["refused_address"; 3]).then_some(()));
    assert!(runner.kill());
    // A redirect is an answer like any other; one that never ends its head is ended.
    let (away, _) = add(&house, &receiver.url("/away"), &[]);
    let (slow, _) = add(&house, &receiver.url("/slow"), &[]);
    let mut runner = start(&house, "0,0", &[]);
    hand_in(&house, 2..=2);
    runner.until("the redirect", |_| (outcomes(&house, &away) == ["302"; 3]).then_some(()));
    runner.until("the end of the slow one", |_| {
        outcomes(&house, &slow).first().is_some_and(|it| it == "too_slow").then_some(())
    });
    assert_eq!(receiver.heard("/inside"), Vec::<Value>::new(), "nobody came inside");
}

#[test]
fn tls_is_by_name_and_by_an_authority_that_is_trusted() {
    if !ready() {
        return;
    }
    let house = House::new();
    let receiver = Receiver::open(house.folder(), true);
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let by_name = receiver.url("/secure").replace("127.0.0.1", "localhost");
    let (named, secret) = add(&house, &by_name, &[]);
    let (nameless, _) = add(&house, &receiver.url("/nameless"), &[]);
    receiver.keys(&json!({"/secure": [secret]}));
    let ca = house.folder().join("ca.pem");
    let mut runner = start(&house, "0,0", &[("MOHOR__WEBHOOKS__CA_FILE", &ca.to_string_lossy())]);
    hand_in(&house, 1..=1);
    assert_eq!(receiver.wait("/secure", 1)[0]["holds"], json!([true]));
    runner.until("the log", |_| (outcomes(&house, &named) == ["204"]).then_some(()));
    runner.until("the other", |_| (outcomes(&house, &nameless) == ["no_tls"; 3]).then_some(()));
    assert!(runner.kill());
    // Without the authority nobody is believed.
    let mut runner = start(&house, "0,0", &[]);
    hand_in(&house, 2..=2);
    runner.until("the refusal", |_| outcomes(&house, &named).get(1).is_some_and(|it| it == "no_tls").then_some(()));
    assert_eq!(receiver.heard("/secure").len(), 1);
}

/// With the rights of `notify` alone, and with those of a person at the command line.
#[test]
fn a_role_of_its_own_tells() {
    let Some(servers) = Servers::shared() else { return };
    if !ready() {
        return;
    }
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let receiver = Receiver::open(house.folder(), false);
    let as_operator = |arguments: &[&str]| {
        let all: Vec<&str> = ["webhooks"].iter().chain(arguments).chain(&["--json"]).copied().collect();
        let mut command = allowed(&house, &all, "0,0");
        command.env("MOHOR__LEDGER", away.as_role("operator"));
        let outcome = outcome(command);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        outcome.json()
    };
    let add = |path: &str| {
        let url = receiver.url(path);
        let added = as_operator(&["add", "--department", "LRR", "--words", "application.accepted", "--url", &url]);
        text(&added, "id")
    };
    let (taken, gone, failed) = (add("/taken"), add("/gone"), add("/fail-once"));
    let environment = [("MOHOR__WEBHOOKS__NETWORKS", "127.0.0.1".into()), ("MOHOR__WEBHOOKS__WAITS", "0,0".into())];
    let local = [("MOHOR__LOCAL_OPERATOR", "true".into())];
    let _intake = house.start_role_with("intake", &local);
    let mut notify = house.start_role_with("notify", &environment);
    hand_in(&house, 1..=2);
    receiver.wait("/taken", 2);
    receiver.wait("/fail-once", 4);
    notify.until("what is gone", |_| (one(&house, &gone)["reason"] == "gone").then_some(()));
    as_operator(&["pause", &taken]);
    as_operator(&["rotate", &taken]);
    as_operator(&["replay", &taken, "--since", "2020-01-01"]);
    as_operator(&["resume", &taken]);
    receiver.wait("/taken", 4);
    assert_eq!(as_operator(&["log", &failed]).as_array().map(Vec::len), Some(4));
    as_operator(&["remove", &failed]);
    let act = format!("SELECT actor || ' ' || detail FROM audit WHERE act = 'webhook.disable' AND subject = '{gone}'");
    assert_eq!(away.sql(&act), "system:notify gone");
}
