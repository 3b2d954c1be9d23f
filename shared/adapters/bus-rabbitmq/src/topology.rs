//! Exchanges, queues and bindings, declared whenever a connection is made: a broker that lost its data has them again.
//!
//! What is declared never changes, or the redeclaration would be an error; what an operator may want to change (lengths,
//! consumer time-out) goes into policies.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use mohor_domain::stage::Stage;
use serde_json::{Value, json};

/// Where departments write.
pub(crate) const APPLICATIONS: &str = "applications";
/// Hints between stages.
pub(crate) const PIPELINE: &str = "pipeline";
/// What the world is told.
pub(crate) const EVENTS: &str = "events";
/// What the broker gave up delivering: exchange and queue.
pub(crate) const DEAD: &str = "dead";

/// Deliveries that may end with their worker before a message is given up. Outages use none up: what is in hand is held.
const DELIVERY_LIMIT: i64 = 20;
/// The dead and the answers are never given up: nothing would be left of them.
const NEVER: i64 = 1_000_000;
/// Answers that wait for a department, at most; older ones are read from the ledger by cursor.
const ANSWERS: i64 = 100_000;

const EXCHANGES: [(&str, &str); 4] =
    [(APPLICATIONS, "topic"), (PIPELINE, "direct"), (EVENTS, "topic"), (DEAD, "direct")];

/// The queue of answers of a department's user.
pub fn answers_queue(user: &str) -> String {
    format!("answers.{user}")
}

/// A queue with its arguments and what it is bound to: (exchange, routing key).
struct Queue {
    name: String,
    arguments: Vec<(&'static str, Value)>,
    bindings: Vec<(&'static str, String)>,
}

fn stage_queue(stage: Stage) -> Queue {
    let word = stage.as_str();
    let mut bindings = vec![(PIPELINE, word.to_owned())];
    if stage == Stage::Intake {
        bindings.push((APPLICATIONS, "#".into()));
    }
    let arguments = vec![
        ("x-queue-type", json!("quorum")),
        ("x-delivery-limit", json!(DELIVERY_LIMIT)),
        ("x-dead-letter-exchange", json!(DEAD)),
        ("x-dead-letter-routing-key", json!(word)),
        ("x-dead-letter-strategy", json!("at-least-once")),
        ("x-overflow", json!("reject-publish")),
    ];
    Queue { name: word.into(), arguments, bindings }
}

fn dead_queue() -> Queue {
    let bindings = Stage::ALL.iter().map(|stage| (DEAD, stage.as_str().to_owned())).collect();
    let arguments = vec![("x-queue-type", json!("quorum")), ("x-delivery-limit", json!(NEVER))];
    Queue { name: DEAD.into(), arguments, bindings }
}

fn answers(user: &str, department: &str) -> Queue {
    let arguments = vec![
        ("x-queue-type", json!("quorum")),
        ("x-delivery-limit", json!(NEVER)),
        ("x-max-length", json!(ANSWERS)),
        ("x-overflow", json!("drop-head")),
    ];
    // Two words and the department: all that is told to it, and nothing of a centre.
    Queue { name: answers_queue(user), arguments, bindings: vec![(EVENTS, format!("*.*.{department}"))] }
}

/// The same as a definitions file (`rabbitmqctl import_definitions`, `management.load_definitions`).
pub fn definitions() -> Value {
    let queues: Vec<Queue> = Stage::ALL.into_iter().map(stage_queue).chain([dead_queue()]).collect();
    let exchange = |(name, kind): &(&str, &str)| json!({"name": name, "vhost": "/", "type": kind, "durable": true, "auto_delete": false, "internal": false, "arguments": {}});
    let queue = |queue: &Queue| {
        let arguments: serde_json::Map<String, Value> =
            queue.arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        json!({"name": queue.name, "vhost": "/", "durable": true, "auto_delete": false, "arguments": arguments})
    };
    let bindings = queues.iter().flat_map(|queue| {
        queue.bindings.iter().map(|(exchange, key)| {
            json!({"source": exchange, "vhost": "/", "destination": queue.name, "destination_type": "queue",
                   "routing_key": key, "arguments": {}})
        })
    });
    json!({
        "vhosts": [{"name": "/"}],
        "exchanges": EXCHANGES.iter().map(exchange).collect::<Vec<_>>(),
        "queues": queues.iter().map(queue).collect::<Vec<_>>(),
        "bindings": bindings.collect::<Vec<_>>(),
    })
}

/// Declares everything but the queues of answers.
pub(crate) async fn declare(channel: &Channel) -> lapin::Result<()> {
    for (name, kind) in EXCHANGES {
        let kind = if kind == "topic" { ExchangeKind::Topic } else { ExchangeKind::Direct };
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await?;
    }
    // The dead first: a stage's queue points there.
    declare_queue(channel, dead_queue()).await?;
    for stage in Stage::ALL {
        declare_queue(channel, stage_queue(stage)).await?;
    }
    Ok(())
}

/// Declares the queue of answers of a user.
pub(crate) async fn declare_answers(channel: &Channel, user: &str, department: &str) -> lapin::Result<()> {
    declare_queue(channel, answers(user, department)).await
}

async fn declare_queue(channel: &Channel, queue: Queue) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    for (name, value) in queue.arguments {
        let value = match value {
            Value::Number(number) => AMQPValue::LongLongInt(number.as_i64().unwrap_or_default()),
            other => AMQPValue::LongString(other.as_str().unwrap_or_default().into()),
        };
        arguments.insert(name.into(), value);
    }
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.name.as_str().into(), options, arguments).await?;
    for (exchange, key) in queue.bindings {
        let options = QueueBindOptions::default();
        let (name, table) = (queue.name.as_str().into(), FieldTable::default());
        channel.queue_bind(name, exchange.into(), key.as_str().into(), options, table).await?;
    }
    Ok(())
}
