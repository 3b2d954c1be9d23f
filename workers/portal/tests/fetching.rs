//! The document itself, through the router, with a code to the phone besides number and key.

use crate::house::{
    House,
    citizen::{acts, approve, house, post, said, stands, submit, track},
    people::with,
    tray::{document, operator, ready},
};
use axum::http::StatusCode;
use mohor_domain::{
    clock::ClockKind,
    event::{EventKind, InboundEvent},
};
use mohor_ports::suite::sample;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_document_without_a_centre_is_delivered_by_the_first_fetch() {
    let (house, phones) = house().await;
    let (id, key) = submit(&house, 1, None).await;
    let named = [("number", "BCW/1"), ("key", key.as_str())];
    let send = async || post(&house, "/track/code?lang=en", &named).await;
    let fetch = async |code: &str| {
        let fields = [&named[..], &[("code", code)]].concat();
        post(&house, "/track/pdf?lang=en", &fields).await
    };
    assert_eq!((send().await.status, phones.count()), (StatusCode::CONFLICT, 0), "it is not ready");
    let uin = approve(&house, 1, None).await;
    stands(&track(&house, "BCW/1", &key).await, "online");
    assert_eq!(fetch("123456").await.status, StatusCode::CONFLICT, "none was sent");
    phones.away.store(true, Ordering::SeqCst);
    let away = send().await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.text().contains("Try again in a minute"), "{}", away.text());
    phones.away.store(false, Ordering::SeqCst);
    assert_eq!(send().await.status, StatusCode::TOO_MANY_REQUESTS, "a code is recorded before it is sent");
    house.clock.fetch_add(60_000, Ordering::SeqCst);
    let sent = send().await;
    assert!(sent.status == StatusCode::OK && sent.text().contains("A code is on its way"), "{}", sent.text());
    {
        let heard = phones.heard.lock().expect("whole");
        assert_eq!(
            (heard.len(), heard[0].to.as_str(), heard[0].template.as_str()),
            (1, "+919800000001", "document_code_bn")
        );
    }
    let code = phones.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let reply = fetch(wrong).await;
    assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.text().contains("The code is another"));
    for text in ["", "12345", "1234567", "abcdef", "<b>123456</b>"] {
        let reply = fetch(text).await;
        assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.text().contains("six digits"), "{text}");
    }
    let reply = fetch(&code).await;
    assert_eq!(
        (reply.status, reply.body.clone()),
        (StatusCode::OK, document(uin)),
        "{}",
        String::from_utf8_lossy(&reply.body)
    );
    assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/pdf", "no-store"));
    assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"{uin}.pdf\""));
    assert_eq!(fetch(&code).await.status, StatusCode::CONFLICT, "a code is good once");
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "fetched");
    assert!(!seen.text().contains("••••••0001") && seen.text().contains("First fetched"), "{}", seen.text());
    house.clock.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(send().await.status, StatusCode::OK);
    assert_eq!(fetch(&phones.code()).await.status, StatusCode::OK);
    let told = house.ledger.events(sample::DEPARTMENT_STREAM, 0, 100).await.expect("read");
    let told: Vec<&Value> =
        told.iter().filter(|event| event.word == "certificate.delivered").map(|event| &event.data).collect();
    assert_eq!((told.len(), &told[0]["channel"]), (1, &json!("online")), "{told:?}");
    assert_eq!(acts(&house, uin.as_str(), "certificate.fetch").await, 2);
    assert_eq!(acts(&house, uin.as_str(), "certificate.code").await, 3);
    let clocks = house.ledger.clocks(id).await.expect("read");
    let service = clocks.iter().find(|it| it.clock.kind == ClockKind::Service).expect("a clock");
    assert!(service.clock.stopped_at.is_some());
    assert_eq!(house.ledger.offenders().await.expect("read"), []);
}

#[tokio::test]
async fn a_paper_waits_at_its_centre_though_the_document_was_fetched() {
    let (house, phones) = house().await;
    let (_, key) = submit(&house, 1, Some(sample::BSK)).await;
    let uin = approve(&house, 1, Some(sample::BSK)).await;
    let named = [("number", "BCW/1"), ("key", key.as_str())];
    let english = [&named[..], &[("tongue", "en")]].concat();
    assert_eq!(post(&house, "/track/code", &english).await.status, StatusCode::OK);
    assert_eq!(phones.heard.lock().expect("whole")[0].template, "document_code_en");
    let code = phones.code();
    let with_code = [&named[..], &[("code", code.as_str())]].concat();
    assert_eq!(post(&house, "/track/pdf", &with_code).await.body, document(uin));
    stands(&track(&house, "BCW/1", &key).await, "ready");
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let tray = with(&house, "GET", "/bsk", &rekha).await;
    assert!(tray.text().contains(&uin.grouped()), "{}", tray.text());
    let words: Vec<String> = sample::words(&*house.ledger, sample::DEPARTMENT_STREAM).await;
    assert!(!words.contains(&"certificate.delivered".to_owned()), "{words:?}");
}

#[tokio::test]
async fn a_lost_object_uses_up_no_code_and_what_is_not_live_is_not_given_out() {
    let (house, phones) = house().await;
    let (_, key) = submit(&house, 1, None).await;
    let uin = approve(&house, 1, None).await;
    let named = [("number", "BCW/1"), ("key", key.as_str())];
    assert_eq!(post(&house, "/track/code", &named).await.status, StatusCode::OK);
    let code = phones.code();
    let with_code = [&named[..], &[("code", code.as_str())]].concat();
    let vault = house.folder.path().join("vault");
    std::fs::rename(&vault, house.folder.path().join("elsewhere")).expect("moved");
    std::fs::create_dir(&vault).expect("a folder");
    let lost = post(&house, "/track/pdf", &with_code).await;
    assert!(lost.status.is_server_error(), "{}", lost.status);
    std::fs::remove_dir_all(&vault).expect("removed");
    std::fs::rename(house.folder.path().join("elsewhere"), &vault).expect("moved back");
    assert_eq!(acts(&house, uin.as_str(), "certificate.fetch").await, 0);
    assert_eq!(post(&house, "/track/pdf", &with_code).await.body, document(uin));
    let correction = InboundEvent { supersedes: Some(uin), ..said(EventKind::Approved, 2, json!({}), &house) };
    ready(&house, 2, correction).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "stopped");
    assert!(!seen.text().contains("id=\"fetch\""), "{}", seen.text());
    house.clock.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(post(&house, "/track/code", &named).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn where_no_codes_are_sent_or_no_phone_is_known_it_says_what_to_do() {
    let house = House::new().await;
    let (_, key) = submit(&house, 1, Some(sample::BSK)).await;
    approve(&house, 1, Some(sample::BSK)).await;
    let seen = track(&house, "BCW/1", &key).await;
    assert!(seen.text().contains("No codes are sent to phones from here") && !seen.text().contains("code-use"));
    let fields = [("number", "BCW/1"), ("key", key.as_str()), ("code", "123456")];
    assert_eq!(post(&house, "/track/code", &fields).await.status, StatusCode::CONFLICT);
    assert_eq!(post(&house, "/track/pdf", &fields).await.status, StatusCode::CONFLICT);
    let (house, phones) = self::house().await;
    let (_, key) = submit(&house, 1, Some(sample::BSK)).await;
    let bare = said(EventKind::Approved, 1, json!({"applicant": {"name": {"en": "Rekha Das"}}}), &house);
    ready(&house, 1, bare).await;
    let seen = track(&house, "BCW/1", &key).await;
    assert!(seen.text().contains("The application names no phone"), "{}", seen.text());
    let sent = post(&house, "/track/code?lang=en", &[("number", "BCW/1"), ("key", &key)]).await;
    assert!(sent.status == StatusCode::CONFLICT && sent.text().contains("ask at the office"), "{}", sent.text());
    assert_eq!(phones.count(), 0);
}
