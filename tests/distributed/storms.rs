//! What a broker may do to messages, and what others may put into queues: three times, out of order, nonsense.

use crate::{assert_each_once, count, start_roles, wait_until_ready};
use mohor_tests::{house::House, samples, servers::Servers, tools, until};
use serde_json::{Value, json};

/// Publishes every message of a file (exchange, routing key, body in Base64), confirmed.
const PUBLISH: &str = r#"
import base64, json, sys, pika
url, file, user = sys.argv[1:4]
parameters = pika.URLParameters(url)
channel = pika.BlockingConnection(parameters).channel()
channel.confirm_delivery()
for line in open(file):
    exchange, key, body = json.loads(line)
    properties = pika.BasicProperties(delivery_mode=2, user_id=parameters.credentials.username if user == "user" else None)
    channel.basic_publish(exchange, key, base64.b64decode(body), properties, mandatory=True)
"#;

/// One message.
pub(crate) fn message(exchange: &str, key: &str, body: impl AsRef<[u8]>) -> Value {
    use base64ct::{Base64, Encoding};
    json!([exchange, key, Base64::encode_string(body.as_ref())])
}

pub(crate) fn publish(house: &House, url: &str, user: &str, messages: &[Value]) {
    house.away().expect("servers").until_declared();
    let script = house.file("publish.py", PUBLISH);
    let file = house.file("messages.ndjson", samples::lines(messages));
    let python = tools::python("python");
    tools::must(&python, [script.as_os_str(), url.as_ref(), file.as_os_str(), user.as_ref()]);
}

pub(crate) fn shuffled(messages: Vec<Value>, times: usize) -> Vec<Value> {
    let mut chance = mohor_tests::chance::Chance::new(u64::from(std::process::id()));
    let mut all: Vec<Value> = (0..times).flat_map(|_| messages.clone()).collect();
    for place in (1..all.len()).rev() {
        all.swap(place, chance.between(0, place + 1));
    }
    all
}

/// A department's user, and the URL it connects by.
pub(crate) fn user(house: &House, department: &str) -> String {
    let name = format!("{}-{}", department.to_lowercase(), mohor_ports::suite::servers::name());
    let outcome = house.run(["keys", "department", department, "--amqp", &name, "--json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let commands: Vec<String> = serde_json::from_value(outcome.json()["commands"].clone()).expect("commands");
    house.away().expect("servers").grant(&commands, "secret")
}

/// Waits until no stage's queue holds anything.
fn wait_until_empty(house: &House) {
    let away = house.away().expect("servers");
    let path = format!("queues/{}", away.vhost);
    let mut calm = 0;
    until("the queues to be empty", || {
        let queues = away.broker("GET", &path, None);
        let ours = |queue: &&Value| !queue["name"].as_str().unwrap_or_default().starts_with("answers.");
        let held: u64 =
            queues.as_array().into_iter().flatten().filter(ours).filter_map(|q| q["messages"].as_u64()).sum();
        // The broker's figures are some seconds old.
        calm = if held == 0 { calm + 1 } else { 0 };
        (calm == 300).then_some(())
    });
}

#[test]
fn every_message_three_times_and_shuffled_issues_each_once() {
    if !tools::ready(&[&tools::python("python")]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 2);
    let url = user(&house, "BCW");
    let total = count(80, 2_000) as usize;
    let letters = (1..=total).map(samples::caste);
    let letters = letters.map(|event| message("applications", "BCW.application.approved", event.to_string()));
    publish(&house, &url, "user", &shuffled(letters.collect(), 3));
    wait_until_ready(away, total as i64, &workers);
    // Every hint there ever was, to every stage, three times.
    let ids = |sql: &str| away.sql(sql).lines().map(str::to_owned).collect::<Vec<_>>();
    let (inbox, applications) = (ids("SELECT id FROM inbox"), ids("SELECT id FROM application"));
    let uins = ids("SELECT uin FROM certificate");
    let mut hints = Vec::new();
    for (stage, items) in
        [("intake", &inbox), ("mint", &applications), ("sign", &uins), ("store", &uins), ("notify", &uins)]
    {
        hints.extend(
            items.iter().map(|id| message("pipeline", stage, json!({"v": 1, "stage": stage, "id": id}).to_string())),
        );
    }
    publish(&house, &away.amqp, "none", &shuffled(hints, 3));
    wait_until_empty(&house);
    let told = away.sql("SELECT count(*) FROM outbound WHERE word IN ('certificate.issued', 'certificate.ready')");
    assert_eq!(told, (2 * total).to_string(), "each is told once");
    drop(workers);
    assert_each_once(&house, total);
}

#[test]
fn poison_in_every_queue_harms_nobody_beside_it() {
    if !tools::ready(&[&tools::python("python")]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let mut workers = start_roles(&house, 1);
    let url = user(&house, "BCW");
    let letter =
        |number: usize| message("applications", "BCW.application.approved", samples::caste(number).to_string());
    publish(&house, &url, "user", &(1..=20).map(letter).collect::<Vec<_>>());
    let mut poison = Vec::new();
    for stage in ["intake", "mint", "sign", "store", "notify"] {
        let other = if stage == "mint" { "sign" } else { "mint" };
        for body in [
            String::new(),
            "no JSON".into(),
            "x".repeat(1_500_000),
            json!({"v": 2, "stage": stage, "id": "1"}).to_string(),
            json!({"v": 1, "stage": other, "id": "1"}).to_string(),
        ] {
            poison.push(message("pipeline", stage, body));
        }
        poison.push(message("pipeline", stage, b"\xff\xfe\x00"));
        // A hint in form, to something that is not there.
        poison.push(message("pipeline", stage, json!({"v": 1, "stage": stage, "id": "nobody"}).to_string()));
    }
    publish(&house, &away.amqp, "none", &poison);
    publish(&house, &url, "user", &(21..=40).map(letter).collect::<Vec<_>>());
    wait_until_ready(away, 40, &workers);
    // Behind intake: six that are no hints, by stage, and one that leads nowhere.
    let parked = "SELECT count(*) FROM parked";
    until("all that is no use to be parked", || (away.sql(parked) == "29").then_some(()));
    wait_until_empty(&house);
    assert!(workers.iter_mut().all(|(_, worker)| worker.runs()), "poison stops no role");
    // What is in a letter's place at intake is answered as one.
    assert_eq!(away.sql("SELECT count(*) FROM parked WHERE code = 'unreadable' AND stage = 'intake'"), "24");
    let unknown = away.sql("SELECT string_agg(stage, ',' ORDER BY stage) FROM parked WHERE code = 'unknown_item'");
    assert_eq!(unknown, "intake,mint,notify,sign,store");
    assert_eq!(away.sql(parked), "29");
    assert_eq!(away.sql("SELECT count(*) FROM certificate"), "40");
    for number in away.sql("SELECT number FROM parked").lines() {
        let outcome = house.run(["dead", "discard", number, "--reason", "poison"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    drop(workers);
    assert_each_once(&house, 40);
}
