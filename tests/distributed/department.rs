//! A department's own client at the broker: pika and amqplib, with a user of their own.

use crate::{assert_each_once, count, start_roles, wait_until_ready};
use mohor_tests::{house::House, samples, servers::Servers, tools, tree, until};
use serde_json::Value;
use std::{collections::BTreeMap, ffi::OsStr};

/// Registers a user and gives it its rights; its URL.
pub(crate) fn user(house: &House, department: &str, name: &str) -> String {
    // A broker with much to do may not make the queue in time: the command says so, and can be given again.
    let said = until("the queue of answers", || {
        let outcome = house.run(["keys", "department", department, "--amqp", name, "--json"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        Some(outcome.json()).filter(|said| said["queue_made"] == true)
    });
    let commands: Vec<String> = serde_json::from_value(said["commands"].clone()).expect("commands");
    house.away().expect("servers").grant(&commands, "secret")
}

pub(crate) fn publish(
    house: &House,
    client: &[&OsStr],
    url: &str,
    file: &std::path::Path,
) -> (Option<i32>, Vec<Value>, String) {
    house.away().expect("servers").until_declared();
    let output = tools::command(client[0].to_str().expect("a name"))
        .args(&client[1..])
        .arg(url)
        .arg(file)
        .current_dir(house.folder())
        .output();
    let output = output.unwrap_or_else(|error| panic!("{client:?}: {error}; ./infra/test installs what is missing"));
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let answers = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (output.status.code(), answers, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_client_of_a_departments_own_publishes_and_reads_its_answers() {
    let (python, program) = (tools::python("python"), tools::folder().join("examples/publish.mjs"));
    if !tools::ready(&[&python, "node", &program.to_string_lossy()]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let workers = start_roles(&house, 1);
    let url = user(&house, "BCW", &format!("bcw-{}", std::process::id()));
    let examples = tree::root().join("infra/examples");
    let mut wrong = samples::caste(13);
    wrong["data"]["bsk"] = "NOWHERE1".into();
    let by_python: Vec<Value> = (1..=12).map(samples::caste).chain([wrong]).collect();
    let (code, answers, said) =
        publish(&house, &[python.as_ref(), examples.join("publish.py").as_ref()], &url, &house.events(&by_python));
    assert_eq!((code, answers.len()), (Some(1), 13), "{said} {answers:?}");
    let refused: Vec<&Value> = answers.iter().filter(|answer| answer["result"] == "refused").collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert_eq!((&refused[0]["code"], &refused[0]["pointer"]), (&"unknown_bsk".into(), &"/data/bsk".into()));
    // The program beside its packages, as its own README has it.
    let by_node: Vec<Value> = (21..=30).map(samples::caste).collect();
    let (code, answers, said) = publish(&house, &["node".as_ref(), program.as_ref()], &url, &house.events(&by_node));
    assert_eq!((code, answers.len()), (Some(0), 10), "{said} {answers:?}");
    wait_until_ready(house.away().expect("servers"), 22, &workers);
    drop(workers);
    assert_each_once(&house, 22);
}

#[test]
fn a_client_of_a_departments_own_signs_its_requests_and_the_paper_verifies() {
    let python = tools::python("python");
    if !tools::ready(&[&python, "openssl"]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let key = house.folder().join("bcw.key.pem");
    let made = house.run(["keys", "department", "BCW", "--out", key.to_str().expect("a path")]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let public = tools::must("openssl", ["pkey".as_ref(), "-in".as_ref(), key.as_os_str(), "-pubout".as_ref()]);
    assert!(public.contains("BEGIN PUBLIC KEY"), "other people's tools read the key");
    let mut door = house.start_role("portal");
    let portal = door.portal();
    let script = tree::root().join("infra/examples/publish_http.py");
    let mut wrong = samples::caste(103);
    wrong["data"]["bsk"] = "NOWHERE1".into();
    let events: Vec<Value> = (1..=102).map(samples::caste).chain([wrong]).collect();
    let file = house.events(&events);
    let arguments = [script.as_os_str(), portal.address().as_ref(), key.as_os_str(), file.as_os_str()];
    let output = tools::command(&python).args(arguments).output().expect("python starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((output.status.code(), out.lines().count()), (Some(1), 103), "{said}");
    assert_eq!(out.matches("\"accepted\"").count(), 102, "{out}");
    wait_until_ready(away, 102, &workers);
    let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
    let verdict = portal.get(&format!("/api/v1/verify/{uin}"));
    assert_eq!(verdict.status, 200, "{}", verdict.body);
    let verdict: Value = serde_json::from_str(&verdict.body).expect("JSON");
    assert_eq!(verdict["verdict"], "genuine", "the portal's own user reads what it has to: {verdict}");
    drop((door, workers));
    assert_each_once(&house, 102);
}

/// Each department's client with a user of its own; somebody who listens at the broker hears of every certificate.
#[test]
fn the_clients_of_all_departments_send_and_every_certificate_is_announced() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 2);
    let exchanges = format!("exchanges/{}", away.vhost);
    let declared = || away.broker("GET", &exchanges, None).to_string().contains("\"events\"");
    until("the topology", || declared().then_some(()));
    away.broker("PUT", &format!("queues/{}/heard", away.vhost), Some(serde_json::json!({"durable": true})));
    let binding = format!("bindings/{}/e/events/q/heard", away.vhost);
    away.broker("POST", &binding, Some(serde_json::json!({"routing_key": "certificate.ready.#"})));
    let events = samples::many(count(108, 2_000) as usize);
    let mut departments: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for event in &events {
        departments.entry(event["data"]["department"].as_str().unwrap_or_default()).or_default().push(event.clone());
    }
    assert!(departments.len() > 5, "{:?}", departments.keys());
    let script = tree::root().join("infra/examples/publish.py");
    for (department, events) in &departments {
        let url = user(&house, department, &format!("{}-{}", department.to_lowercase(), std::process::id()));
        let file = house.file(&format!("{department}.ndjson"), samples::lines(events));
        let (code, answers, said) = publish(&house, &[python.as_ref(), script.as_ref()], &url, &file);
        assert_eq!((code, answers.len()), (Some(0), events.len()), "{department}: {said}");
    }
    wait_until_ready(away, events.len() as i64, &workers);
    let heard = || away.broker("GET", &format!("queues/{}/heard", away.vhost), None)["messages"].as_u64();
    // The broker's figures are some seconds old.
    until("every announcement", || (heard() == Some(events.len() as u64)).then_some(()));
    drop(workers);
    assert_each_once(&house, events.len());
}

const FOREIGN: &str = r#"
import json, sys, pika
url, routing_key, with_user, body = sys.argv[1:5]
parameters = pika.URLParameters(url)
channel = pika.BlockingConnection(parameters).channel()
channel.confirm_delivery()
user = parameters.credentials.username if with_user == "user" else None
try:
    channel.basic_publish("applications", routing_key, open(body, "rb").read(),
        pika.BasicProperties(content_type="application/cloudevents+json", user_id=user, delivery_mode=2), mandatory=True)
    print("taken")
except pika.exceptions.AMQPError as error:
    print("refused by the broker", type(error).__name__)
"#;

#[test]
fn another_departments_user_cannot_approve_and_nothing_is_minted() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let foreigner = user(&house, "UMA", &format!("uma-{}", std::process::id()));
    let script = house.file("foreign.py", FOREIGN);
    let body = house.file("one.json", samples::caste(1).to_string());
    let send = |url: &str, key: &str, with_user: &str| {
        let arguments = [script.as_os_str(), url.as_ref(), key.as_ref(), with_user.as_ref(), body.as_os_str()];
        tools::must(&python, arguments).trim().to_owned()
    };
    assert!(send(&foreigner, "BCW.application.approved", "user").starts_with("refused by the broker"));
    assert_eq!(
        send(&foreigner, "UMA.application.approved", "user"),
        "taken",
        "the letters are its own, the body is not"
    );
    // Mohor's own user may write anywhere: without a user, and as nobody's, intake refuses.
    assert_eq!(send(&away.amqp, "BCW.application.approved", "none"), "taken");
    assert_eq!(send(&away.amqp, "BCW.application.approved", "user"), "taken");
    let answered = "SELECT count(*) FROM inbox WHERE answered_at IS NOT NULL";
    until("three answers", || (away.sql(answered) == "3").then_some(()));
    assert_eq!(away.sql("SELECT count(*) FROM application"), "0");
    assert_eq!(away.sql("SELECT count(*) FROM certificate"), "0");
    let told = away.sql("SELECT string_agg(stream || ' ' || (data::json->>'code'), ',') FROM outbound");
    assert_eq!(told, "department/UMA foreign_department", "the sender is told, the other department is not");
    drop(workers);
}
