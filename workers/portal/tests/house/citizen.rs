//! Citizens with Form 1 in the hand, and phones that keep what they are sent.

use super::{House, Reply, tray::ready};
use async_trait::async_trait;
use axum::http::StatusCode;
use mohor_domain::{
    event::{EventKind, InboundEvent},
    id::Id,
    uin::Uin,
};
use mohor_portal::Texts;
use mohor_ports::{
    error::{Error, Result},
    gateway::{Sms, Texter},
    suite::sample,
};
use mohor_runtime::code::CodeKey;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Phones that keep what they are sent.
#[derive(Default)]
pub struct Phones {
    pub heard: Mutex<Vec<Sms>>,
    pub away: AtomicBool,
}

#[async_trait]
impl Texter for Phones {
    async fn send(&self, sms: &Sms) -> Result<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Error::outage("away"));
        }
        self.heard.lock().expect("whole").push(sms.clone());
        Ok(())
    }
}

impl Phones {
    pub fn count(&self) -> usize {
        self.heard.lock().expect("whole").len()
    }

    /// The code in the last message.
    pub fn code(&self) -> String {
        let heard = self.heard.lock().expect("whole");
        heard.last().expect("a message").text.chars().take_while(char::is_ascii_digit).collect()
    }
}

pub async fn house() -> (House, Arc<Phones>) {
    let phones = Arc::new(Phones::default());
    let texter = phones.clone();
    let key = CodeKey::read(&"ab".repeat(32)).expect("a key");
    (House::with(move |portal| portal.texts = Some(Texts { texter, key })).await, phones)
}

pub fn said(kind: EventKind, n: u64, members: Value, house: &House) -> InboundEvent {
    let mut data = members;
    data["application_no"] = json!(format!("BCW/{n}"));
    InboundEvent { at: house.now(), digest: mohor_domain::json::digest(&data), data, ..sample::event(kind, n) }
}

pub fn applicant(n: u64) -> Value {
    json!({"name": {"en": "Rekha Das", "bn": "রেখা দাস"}, "mobile": sample::mobile(n)})
}

/// Submits `BCW/<n>`: the row, and the key on the paper.
pub async fn submit(house: &House, n: u64, bsk: Option<&str>) -> (Id, String) {
    let event = said(EventKind::Submitted, n, json!({"office": "SDO-1", "applicant": applicant(n)}), house);
    sample::send(&*house.ledger, vec![InboundEvent { bsk: bsk.map(str::to_owned), ..event }]).await;
    let id = house.ledger.application("BCW", &format!("BCW/{n}")).await.expect("read").expect("recorded").id;
    let paper = house.ledger.documents_of(&id.to_string(), 1).await.expect("read").remove(0);
    (id, paper.order.view["tracking_key"].as_str().expect("a key").to_owned())
}

/// Approves it and makes the certificate.
pub async fn approve(house: &House, n: u64, bsk: Option<&str>) -> Uin {
    let event = said(EventKind::Approved, n, json!({"applicant": applicant(n)}), house);
    ready(house, n, InboundEvent { bsk: bsk.map(str::to_owned), ..event }).await
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

pub async fn post(house: &House, path: &str, fields: &[(&str, &str)]) -> Reply {
    house.post(path, "application/x-www-form-urlencoded", form(fields)).await
}

pub async fn track(house: &House, number: &str, key: &str) -> Reply {
    post(house, "/track?lang=en", &[("number", number), ("key", key)]).await
}

#[track_caller]
pub fn stands(reply: &Reply, word: &str) {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.text().contains(&format!("data-stands=\"{word}\"")), "no {word}: {}", reply.text());
}

/// How often an act was done on something.
pub async fn acts(house: &House, subject: &str, word: &str) -> usize {
    let acts = house.ledger.acts(subject).await.expect("read");
    assert!(acts.iter().filter(|(_, act)| act.act == word).all(|(_, act)| act.actor == "citizen"));
    acts.iter().filter(|(_, act)| act.act == word).count()
}
