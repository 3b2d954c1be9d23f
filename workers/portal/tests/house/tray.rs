//! Centres: their operators, certificates that wait there, and what was given out.

use super::{
    House, Reply,
    people::{account, sign_in},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    event::InboundEvent,
    people::{Place, Post},
    tray::PrintKind,
    uin::Uin,
};
use mohor_portal::Centre;
use mohor_ports::{
    ledger::{Ledger, Stored},
    suite::sample,
    vault::Object,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What centres need besides their trays. Most tests print without a test page.
pub fn centre(ledger: &Arc<dyn Ledger>) -> Centre {
    Centre { holograms: ledger.clone(), test_pages: ledger.clone(), test_page: false }
}

pub async fn operator(house: &House, login: &'static str, bsk: &str) -> String {
    let bounds = Place { bsk: Some(bsk.into()), ..Place::default() };
    let account = account(house, login, Post::BskOperator, bounds).await;
    sign_in(house, &account).await
}

/// A certificate with a document that waits at the centre of the samples.
pub async fn ready(house: &House, n: u64, event: InboundEvent) -> Uin {
    let ledger = &*house.ledger;
    let application = sample::send(ledger, vec![event]).await.1.remove(0);
    let uin = sample::mint_for(ledger, application, n).await;
    ledger.commit_signed(vec![(uin, sample::credential(uin))]).await.expect("signed");
    ledger.commit_sealed(vec![(uin, sample::cms(uin))]).await.expect("sealed");
    let bytes = document(uin);
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let put = house.vault.put(vec![Object { sha256: sha256.clone(), bytes: bytes.clone() }]).await.remove(0);
    put.expect("put");
    ledger.commit_stored(vec![Stored { uin, sha256, size: bytes.len() as u64 }]).await.expect("stored");
    ledger.commit_notified(&[uin]).await.expect("notified");
    uin
}

pub fn document(uin: Uin) -> Vec<u8> {
    format!("%PDF-1.7 of {uin}").into_bytes()
}

/// The approval of somebody's application.
pub fn of(n: u64, name: &str, docket: &str) -> InboundEvent {
    let data = json!({"application_no": format!("BCW/{n}"), "applicant": {"name": {"en": name}}});
    let docket_no = Some(docket.to_owned());
    InboundEvent { digest: mohor_domain::json::digest(&data), data, docket_no, ..sample::approval(n) }
}

pub async fn post(house: &House, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let request = Request::post(path).header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    house.call(request.body(Body::from(form.join("&"))).expect("a request")).await
}

pub async fn search(house: &House, cookie: &str, text: &str) -> Reply {
    post(house, cookie, "/bsk/search", &[("text", text)]).await
}

/// Each time a certificate's document was given out.
pub async fn given(house: &House, uin: Uin) -> Vec<(PrintKind, u32, String)> {
    let mut prints = house.ledger.prints(uin, 100).await.expect("read");
    prints.sort_by_key(|print| (print.kind, print.n));
    prints.into_iter().map(|print| (print.kind, print.n, print.who)).collect()
}

/// That it says so.
pub fn refused(reply: &Reply, status: StatusCode, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.text().contains(words), "no {words}: {}", reply.text());
}
