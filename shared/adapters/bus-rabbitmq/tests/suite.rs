//! The bus's promises, on a real broker: a virtual host for each test.

use base64ct::{Base64, Encoding};
use mohor_bus_rabbitmq::{RabbitBus, Settings, answers_queue, definitions};
use mohor_domain::{civil::Instant, event::Recorded, stage::Stage};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_ports::{
    bus::{Bus, Hint},
    ledger::AmqpUser,
    suite::{sample, servers},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

struct House {
    bus: RabbitBus,
    ledger: Arc<SqliteLedger>,
    settings: Settings,
    broker: Broker,
    _folder: tempfile::TempDir,
}

/// The broker's management interface, for one virtual host.
struct Broker {
    url: String,
    vhost: String,
}

impl Broker {
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (user, place) = self.url.trim_start_matches("http://").split_once('@').expect("a user");
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{place}/api/{path}"))
            .header("authorization", format!("Basic {}", Base64::encode_string(user.as_bytes())))
            .header("content-type", "application/json");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut answer = agent.run(request.body(body).expect("a request")).expect("the broker answers");
        let text = answer.body_mut().read_to_string().expect("a body");
        assert!(answer.status().is_success(), "{method} {path}: {} {text}", answer.status());
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn publish(&self, exchange: &str, key: &str, properties: Value, body: &str) {
        let message =
            json!({"routing_key": key, "payload": body, "payload_encoding": "string", "properties": properties});
        let answer = self.call("POST", &format!("exchanges/{}/{exchange}/publish", self.vhost), Some(message));
        assert_eq!(answer["routed"], true);
    }
}

impl House {
    async fn new() -> Option<Self> {
        let (amqp, url) = (servers::server("MOHOR_TEST_AMQP")?, servers::server("MOHOR_TEST_AMQP_HTTP")?);
        let broker = Broker { url, vhost: servers::name() };
        broker.call("PUT", &format!("vhosts/{}", broker.vhost), Some(json!({})));
        let url = amqp.replace("%2f", &broker.vhost);
        let settings = Settings { url, password: None, authorities: None, keeper: true, prefetch: |_| 16 };
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = Arc::new(sample::Counting::default());
        let ledger =
            SqliteLedger::open(&folder.path().join("l.sqlite"), entropy, Default::default()).expect("a ledger");
        let bus = RabbitBus::open(&settings).expect("a bus");
        let mut refused = 0;
        while let Err(error) = bus.probe().await {
            refused += 1;
            assert!(refused < LOOKS, "{error}");
        }
        Some(Self { bus, ledger: Arc::new(ledger), settings, broker, _folder: folder })
    }

    /// What comes first to a stage, however busy the broker is.
    async fn first(&self, stage: Stage, most: usize) -> Vec<Hint> {
        for _ in 0..LOOKS {
            let hints = self.bus.take(stage, most, 5_000).await.expect("the broker answers");
            if !hints.is_empty() {
                return hints;
            }
        }
        panic!("no hint came to {}", stage.as_str())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.broker.call("DELETE", &format!("vhosts/{}", self.broker.vhost), None);
        }
    }
}

mohor_ports::bus_suite!(House::new().await);

/// A broker that is busy with others is asked as often.
const LOOKS: usize = 60;

#[tokio::test]
async fn a_trace_context_travels_with_its_hint_and_nothing_else_does() {
    let Some(house) = House::new().await else { return };
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let due = mohor_ports::bus::Due { item: "a".into(), trace: Some(trace.into()) };
    house.bus.publish(Stage::Mint, &[due]).await.unwrap();
    let hints = house.first(Stage::Mint, 1).await;
    assert_eq!((hints[0].item.as_str(), hints[0].trace.as_deref()), ("a", Some(trace)));
    house.bus.settle(Stage::Mint, &hints).await.unwrap();
    let headers = json!({"headers": {"traceparent": "<script>"}});
    house.broker.publish("pipeline", "mint", headers, r#"{"v":1,"stage":"mint","id":"b"}"#);
    let hints = house.first(Stage::Mint, 1).await;
    assert_eq!((hints[0].item.as_str(), hints[0].trace.as_deref()), ("b", None));
}

#[tokio::test]
async fn a_departments_message_is_a_letter_and_a_hint_of_its_own_making_is_one_too() {
    let Some(house) = House::new().await else { return };
    for body in ["not even JSON", r#"{"v":1,"stage":"intake","id":"00000000-0000-7000-8000-000000000000"}"#] {
        house.broker.publish("applications", "BCW.application.approved", json!({"user_id": "mohor"}), body);
        let hints = house.first(Stage::Intake, 1).await;
        let letter = hints[0].letter.clone().expect("a letter");
        assert_eq!((letter.sender.user.as_deref(), hints[0].item.as_str()), (Some("mohor"), ""));
        assert_eq!(
            (letter.sender.routing_key.as_str(), &letter.body[..]),
            ("BCW.application.approved", body.as_bytes())
        );
        house.bus.settle(Stage::Intake, &hints).await.unwrap();
    }
    house.broker.publish("pipeline", "sign", json!({}), r#"{"v":1,"stage":"mint","id":"a"}"#);
    let hints = house.first(Stage::Sign, 1).await;
    assert!(hints[0].letter.is_some(), "a hint of another stage is no hint here");
}

#[tokio::test]
async fn what_dies_with_each_worker_is_taken_alone_and_comes_to_the_dead() {
    let Some(house) = House::new().await else { return };
    let items = ["poison", "b", "c"].map(|item| item.to_owned().into());
    house.bus.publish(Stage::Sign, &items).await.unwrap();
    let (mut alone, mut deaths) = (0, 0);
    for round in 0.. {
        assert!(round < 600, "it is dead nowhere");
        // A worker that ends with what it has in hand, as soon as the poison is among it.
        let worker = RabbitBus::open(&house.settings).unwrap();
        // A broker that is busy with others lets a connection wait for longer than a worker does.
        let mut refused = 0;
        while let Err(error) = worker.probe().await {
            refused += 1;
            assert!(refused < 100, "{error}");
        }
        let hints = worker.take(Stage::Sign, 8, 500).await.unwrap();
        // What a worker had in hand comes again when the broker has noticed: an empty hand alone says nothing.
        if hints.is_empty() && !house.bus.dead(10).await.unwrap().is_empty() {
            break;
        }
        if hints.iter().any(|hint| hint.item == "poison") {
            alone += i32::from(hints.len() == 1);
            deaths += 1;
        } else {
            worker.settle(Stage::Sign, &hints).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(deaths < 60, "it is delivered for ever");
    }
    assert!(alone >= 10, "{alone} of {deaths}");
    let dead = house.bus.dead(10).await.unwrap();
    assert_eq!(
        dead.iter().map(|dead| (dead.stage, dead.hint.item.as_str())).collect::<Vec<_>>(),
        [(Stage::Sign, "poison")]
    );
    // Given out and not buried, it comes again; buried, it does not.
    let again = house.bus.dead(10).await.unwrap();
    assert_eq!(again.len(), 1);
    house.bus.bury(&again).await.unwrap();
    assert_eq!(house.bus.dead(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_queue_that_is_gone_is_made_again_and_said_to_be_lost() {
    let Some(house) = House::new().await else { return };
    assert_eq!(house.bus.lost(), Stage::ALL, "they were declared for the first time");
    assert_eq!(house.bus.lost(), []);
    house.broker.call("DELETE", &format!("queues/{}/store", house.broker.vhost), None);
    let error = house.bus.publish(Stage::Store, &["a".to_owned().into()]).await.unwrap_err();
    assert_eq!(error.code(), "outage", "{error}");
    for _ in 0..1_000 {
        if house.bus.publish(Stage::Store, &["a".to_owned().into()]).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(house.bus.lost(), [Stage::Store]);
    assert_eq!(house.first(Stage::Store, 1).await[0].item, "a");
}

#[tokio::test]
async fn a_department_reads_its_own_answers_and_no_others() {
    let Some(house) = House::new().await else { return };
    let user = AmqpUser {
        name: "dept-bcw".into(),
        department: "BCW".into(),
        services: vec![],
        offices: vec![],
        added_at: Instant::from_millis(0),
    };
    house.bus.answer_queues(std::slice::from_ref(&user)).await.unwrap();
    let event = |stream: &str, word: &str| Recorded {
        id: format!("{stream}-{word}"),
        word: word.into(),
        stream: stream.into(),
        number: 1,
        subject: "BCW/1".into(),
        at: Instant::from_millis(1_785_000_000_000),
        data: json!({"district": "COB"}),
    };
    let told = [
        event("department/BCW", "application.accepted"),
        event("department/KMC", "application.accepted"),
        event("bsk/24101", "certificate.ready"),
    ];
    house.bus.announce(&told).await.unwrap();
    let path = format!("queues/{}/{}/get", house.broker.vhost, answers_queue("dept-bcw"));
    let ask = json!({"count": 10, "ackmode": "ack_requeue_false", "encoding": "auto"});
    let answers = house.broker.call("POST", &path, Some(ask));
    let answers = answers.as_array().expect("messages");
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0]["properties"]["message_id"], "department/BCW-application.accepted");
    let envelope: Value = serde_json::from_str(answers[0]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["type"], "in.gov.wb.bsk.application.accepted.v1");
}

#[tokio::test]
async fn a_broker_that_is_away_is_an_outage_that_names_it() {
    let settings = Settings {
        url: "amqp://mohor:secret@127.0.0.1:1/%2f".into(),
        password: None,
        authorities: None,
        keeper: true,
        prefetch: |_| 1,
    };
    let bus = RabbitBus::open(&settings).unwrap();
    let error = bus.publish(Stage::Mint, &["a".to_owned().into()]).await.unwrap_err();
    assert!(error.code() == "outage" && error.to_string().contains("127.0.0.1:1"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(
        RabbitBus::open(&Settings { url: "nonsense".into(), ..settings }).err().expect("an error").code(),
        "fatal"
    );
}

#[tokio::test]
async fn the_definitions_file_says_what_is_declared() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../infra/rabbitmq/definitions.json");
    if std::env::var_os("MOHOR_BLESS").is_some() {
        std::fs::write(file, format!("{}\n", serde_json::to_string_pretty(&definitions()).unwrap())).unwrap();
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written, definitions(), "MOHOR_BLESS=1 writes {file} anew");
    let Some(house) = House::new().await else { return };
    // What the broker has after the bus's own declarations is what the file would have made.
    let have = house.broker.call("GET", &format!("queues/{}", house.broker.vhost), None);
    for queue in written["queues"].as_array().unwrap() {
        let found = have.as_array().unwrap().iter().find(|found| found["name"] == queue["name"]).expect("declared");
        assert_eq!(found["arguments"], queue["arguments"], "{}", queue["name"]);
    }
}
