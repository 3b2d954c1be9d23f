//! What travels: hints with ids only, letters of departments, outbound events.

use crate::topology::{APPLICATIONS, DEAD};
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use mohor_domain::{event::Recorded, stage::Stage};
use mohor_ports::{
    bus::{Due, Hint},
    ledger::{Letter, Sender},
};
use serde::{Deserialize, Serialize};

/// A letter longer than this is far beyond every limit of an event: it is not carried to the ledger.
const MAX_LETTER: usize = 1 << 20;
/// A ledger's id is shorter.
const MAX_ITEM: usize = 64;

/// The body of a hint.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    v: u8,
    stage: String,
    id: String,
}

/// A hint as a message.
pub(crate) fn hint(stage: Stage, due: &Due) -> (Vec<u8>, BasicProperties) {
    let body = Body { v: 1, stage: stage.as_str().into(), id: due.item.clone() };
    let mut headers = FieldTable::default();
    if let Some(trace) = &due.trace {
        headers.insert("traceparent".into(), AMQPValue::LongString(trace.as_str().into()));
    }
    let properties = persistent("application/json").with_headers(headers);
    // A struct of texts and a number always has a JSON form.
    (serde_json::to_vec(&body).unwrap_or_default(), properties)
}

/// An outbound event as a message. Its id tells a repetition.
pub(crate) fn event(event: &Recorded) -> (Vec<u8>, BasicProperties) {
    let properties = persistent("application/cloudevents+json").with_message_id(event.id.as_str().into());
    (event.envelope().to_string().into_bytes(), properties.with_timestamp(event.at.seconds().max(0) as u64))
}

fn persistent(content_type: &str) -> BasicProperties {
    BasicProperties::default().with_delivery_mode(2).with_content_type(content_type.into())
}

/// Reads what came in a stage's queue: a hint, a letter, or what neither is, which goes the way of letters.
pub(crate) fn read(stage: Stage, delivery: &Delivery, tag: u64) -> Hint {
    let trace = trace(delivery);
    if !by_department(delivery)
        && let Ok(body) = serde_json::from_slice::<Body>(&delivery.data)
        && body.v == 1
        && body.stage == stage.as_str()
        && (1..=MAX_ITEM).contains(&body.id.len())
    {
        return Hint { item: body.id, tag, letter: None, trace };
    }
    let user = delivery.properties.user_id().as_ref().map(ToString::to_string);
    let sender = Sender { user, routing_key: delivery.routing_key.to_string() };
    let body = match delivery.data.len() > MAX_LETTER {
        // As JSON it is refused as too large, as what it stands for is.
        true => format!("\"{}\"", "x".repeat(mohor_domain::json::MAX_EVENT_BYTES)).into_bytes(),
        false => delivery.data.clone(),
    };
    Hint { item: String::new(), tag, letter: Some(Letter { sender, body, redelivered: delivery.redelivered }), trace }
}

/// How often a worker has ended with this message in hand.
pub(crate) fn deaths(delivery: &Delivery) -> i64 {
    match header(delivery, "x-delivery-count") {
        Some(AMQPValue::LongLongInt(count)) => *count,
        Some(AMQPValue::LongInt(count)) => i64::from(*count),
        Some(AMQPValue::LongUInt(count)) => i64::from(*count),
        _ => 0,
    }
}

/// Whether a department wrote it, now or before it was dead-lettered.
fn by_department(delivery: &Delivery) -> bool {
    let first = match header(delivery, "x-first-death-queue") {
        // Only hints reach the other queues.
        Some(AMQPValue::LongString(queue)) => return queue.as_bytes() == b"intake" && !looks_like_hint(&delivery.data),
        _ => delivery.exchange.as_str(),
    };
    first == APPLICATIONS || (first == DEAD && !looks_like_hint(&delivery.data))
}

fn looks_like_hint(data: &[u8]) -> bool {
    serde_json::from_slice::<Body>(data).is_ok()
}

/// The W3C trace context, if it has its form: anything else a sender writes there is dropped.
fn trace(delivery: &Delivery) -> Option<String> {
    let Some(AMQPValue::LongString(text)) = header(delivery, "traceparent") else { return None };
    let text = std::str::from_utf8(text.as_bytes()).ok()?;
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = |c: char| c == '-' || matches!(c, '0'..='9' | 'a'..='f');
    (lengths == [2, 32, 16, 2] && text.chars().all(hex)).then(|| text.to_owned())
}

fn header<'d>(delivery: &'d Delivery, name: &str) -> Option<&'d AMQPValue> {
    delivery.properties.headers().as_ref()?.inner().get(name)
}
