//! Where an application stands, through the router: by number and key together alone, masked, and the document with a code to
//! the phone besides.

mod house;

use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use house::{
    House, Reply,
    people::with,
    tray::{document, operator, ready},
};
use mohor_domain::{
    clock::ClockKind,
    event::{EventKind, InboundEvent},
    id::Id,
    uin::Uin,
};
use mohor_portal::{Limits, Texts};
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

const DAY: i64 = 24 * 60 * 60_000;

/// Phones that keep what they are sent.
#[derive(Default)]
struct Phones {
    heard: Mutex<Vec<Sms>>,
    away: AtomicBool,
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
    fn count(&self) -> usize {
        self.heard.lock().expect("whole").len()
    }

    /// The code in the last message.
    fn code(&self) -> String {
        let heard = self.heard.lock().expect("whole");
        heard.last().expect("a message").text.chars().take_while(char::is_ascii_digit).collect()
    }
}

async fn house() -> (House, Arc<Phones>) {
    let phones = Arc::new(Phones::default());
    let texter = phones.clone();
    let key = CodeKey::read(&"ab".repeat(32)).expect("a key");
    (House::with(move |portal| portal.texts = Some(Texts { texter, key })).await, phones)
}

fn said(kind: EventKind, n: u64, members: Value, house: &House) -> InboundEvent {
    let mut data = members;
    data["application_no"] = json!(format!("BCW/{n}"));
    InboundEvent { at: house.now(), digest: mohor_domain::json::digest(&data), data, ..sample::event(kind, n) }
}

fn applicant(n: u64) -> Value {
    json!({"name": {"en": "Rekha Das", "bn": "রেখা দাস"}, "mobile": sample::mobile(n)})
}

/// Submits `BCW/<n>`: the row, and the key on the paper.
async fn submit(house: &House, n: u64, bsk: Option<&str>) -> (Id, String) {
    let event = said(EventKind::Submitted, n, json!({"office": "SDO-1", "applicant": applicant(n)}), house);
    sample::send(&*house.ledger, vec![InboundEvent { bsk: bsk.map(str::to_owned), ..event }]).await;
    let id = house.ledger.application("BCW", &format!("BCW/{n}")).await.expect("read").expect("recorded").id;
    let paper = house.ledger.documents_of(&id.to_string(), 1).await.expect("read").remove(0);
    (id, paper.order.view["tracking_key"].as_str().expect("a key").to_owned())
}

/// Approves it and makes the certificate.
async fn approve(house: &House, n: u64, bsk: Option<&str>) -> Uin {
    let event = said(EventKind::Approved, n, json!({"applicant": applicant(n)}), house);
    ready(house, n, InboundEvent { bsk: bsk.map(str::to_owned), ..event }).await
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

async fn post(house: &House, path: &str, fields: &[(&str, &str)]) -> Reply {
    house.post(path, "application/x-www-form-urlencoded", form(fields)).await
}

async fn track(house: &House, number: &str, key: &str) -> Reply {
    post(house, "/track?lang=en", &[("number", number), ("key", key)]).await
}

#[track_caller]
fn stands(reply: &Reply, word: &str) {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.text().contains(&format!("data-stands=\"{word}\"")), "no {word}: {}", reply.text());
}

/// How often an act was done on something.
async fn acts(house: &House, subject: &str, word: &str) -> usize {
    let acts = house.ledger.acts(subject).await.expect("read");
    assert!(acts.iter().filter(|(_, act)| act.act == word).all(|(_, act)| act.actor == "citizen"));
    acts.iter().filter(|(_, act)| act.act == word).count()
}

#[tokio::test]
async fn an_application_is_followed_from_its_receipt_to_the_hand_over() {
    let (house, _) = house().await;
    let (id, key) = submit(&house, 1, Some(sample::BSK)).await;
    let home = house.get("/?lang=en").await;
    assert!(home.text().contains("href=\"/track?lang=en\""), "{}", home.text());
    let page = house.get("/track?lang=bn").await;
    assert!(page.status == StatusCode::OK && page.text().contains("ট্র্যাকিং কী"), "{}", page.text());
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "received");
    let text = seen.text();
    assert!(text.contains("R••• D•••") && !text.contains("Rekha") && !text.contains("রেখা"), "{text}");
    assert!(
        text.contains("Due, as promised</th><td>3 September 2026") && text.contains("as it is now</th><td>3 September"),
        "{text}"
    );
    assert!(!text.contains(&sample::mobile(1)) && !text.contains("id=\"fetch\""), "{text}");
    let folded = format!("  {} ", key.to_lowercase().replace('-', " "));
    stands(&track(&house, " bcw/ 1", &folded).await, "received");

    // A defect, and that it was rectified.
    let defect = json!({"reason": {"en": "the <b>deed</b> is missing", "bn": "দলিল নেই"}});
    sample::send(&*house.ledger, vec![said(EventKind::Deficient, 1, defect, &house)]).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "deficient");
    assert!(seen.text().contains("the &#60;b&#62;deed&#60;/b&#62; is missing"), "{}", seen.text());
    let bengali = post(&house, "/track?lang=bn", &[("number", "BCW/1"), ("key", &key)]).await;
    assert!(bengali.text().contains("দলিল নেই"), "{}", bengali.text());
    house.clock.fetch_add(4 * DAY, Ordering::SeqCst);
    sample::send(&*house.ledger, vec![said(EventKind::Resumed, 1, json!({}), &house)]).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "received");
    assert!(
        !seen.text().contains("deed") && seen.text().contains("Due, as promised</th><td>3 September 2026"),
        "{}",
        seen.text()
    );
    assert!(
        !seen.text().contains("as it is now</th><td>3 September"),
        "the time of the defect is left out: {}",
        seen.text()
    );
    assert!(!seen.text().contains("You may appeal"), "{}", seen.text());

    // Late.
    house.clock.fetch_add(45 * DAY, Ordering::SeqCst);
    let seen = track(&house, "BCW/1", &key).await;
    assert!(seen.text().contains("The due day is over") && seen.text().contains("You may appeal"), "{}", seen.text());

    let uin = approve(&house, 1, Some(sample::BSK)).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "ready");
    assert!(seen.text().contains("phone ••••••0001") && !seen.text().contains(&sample::mobile(1)), "{}", seen.text());
    assert!(!seen.text().contains(uin.as_str()) && !seen.text().contains(&uin.grouped()), "{}", seen.text());
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let paper = [("way", "paper"), ("kind", "voter_card"), ("last", "12AB")];
    house::tray::post(&house, &rekha, "/bsk/certificate/1/deliver", &paper).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "handed_over");
    assert!(!seen.text().contains("••••••0001"), "from then on not even its end: {}", seen.text());
    assert_eq!(acts(&house, &id.to_string(), "application.track").await, 8);
}

#[tokio::test]
async fn a_rejection_says_why_and_a_withdrawal_that_it_is_over() {
    let (house, _) = house().await;
    let ((_, first), (_, second)) = (submit(&house, 1, None).await, submit(&house, 2, None).await);
    let reasons = json!({"reasons": [{"en": "no such family", "bn": "এমন পরিবার নেই"}, {"en": "of another district"}]});
    let events = vec![said(EventKind::Rejected, 1, reasons, &house), said(EventKind::Withdrawn, 2, json!({}), &house)];
    sample::send(&*house.ledger, events).await;
    let seen = track(&house, "BCW/1", &first).await;
    stands(&seen, "rejected");
    for words in ["no such family", "of another district", "You may appeal"] {
        assert!(seen.text().contains(words), "no {words}: {}", seen.text());
    }
    stands(&track(&house, "BCW/2", &second).await, "withdrawn");
    let sent = post(&house, "/track/code?lang=en", &[("number", "BCW/1"), ("key", &first)]).await;
    assert_eq!(sent.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_unknown_number_and_another_key_are_one_answer_to_the_byte() {
    let (house, phones) = house().await;
    let (id, key) = submit(&house, 1, None).await;
    let (_, other) = submit(&house, 2, None).await;
    approve(&house, 1, None).await;
    let wrong = "0000-0000";
    let unknown = track(&house, "BCW/404", &key).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let audited = acts(&house, &id.to_string(), "application.track").await;
    for (number, key) in [("BCW/1", wrong), ("BCW/1", other.as_str()), ("' OR 1=1 --", wrong), ("<script>", wrong)] {
        let same = track(&house, number, key).await;
        assert_eq!((same.status, &same.body), (unknown.status, &unknown.body), "{number}");
        assert_eq!(same.headers, unknown.headers, "{number}");
        for path in ["/track/code?lang=en", "/track/pdf?lang=en"] {
            let same = post(&house, path, &[("number", number), ("key", key), ("code", "123456")]).await;
            assert_eq!((same.status, &same.body), (unknown.status, &unknown.body), "{path} {number}");
        }
    }
    assert_eq!((acts(&house, &id.to_string(), "application.track").await, phones.count()), (audited, 0));
    // What cannot be a number or a key is told as such, whatever there is.
    for (number, key, field) in [
        ("", key.as_str(), "number"),
        (&"9".repeat(65), key.as_str(), "number"),
        ("BCW/1", "", "key"),
        ("BCW/1", "7K3M-9QX", "key"),
        ("BCW/1", "ক্ষক্ষক্ষক্ষ", "key"),
        ("BCW/404", "7K3M-9QXTT", "key"),
    ] {
        let bad = track(&house, number, key).await;
        let marked = format!("id=\"{field}\"");
        let line = bad.text().lines().find(|line| line.contains(&marked)).expect("the field").to_owned();
        assert!(
            bad.status == StatusCode::UNPROCESSABLE_ENTITY && line.contains("aria-invalid"),
            "{number} {key}: {line}"
        );
    }
    let huge = form(&[("number", &"9".repeat(9_000)), ("key", &key)]);
    let huge = house.post("/track", "application/x-www-form-urlencoded", huge).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let json = house.post("/track", "application/json", json!({"number": "BCW/1", "key": key}).to_string()).await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for path in ["/track/code", "/track/pdf"] {
        let back = house.get(&format!("{path}?number=BCW/1&key={key}")).await;
        assert_eq!(
            (back.status, back.header("location")),
            (StatusCode::SEE_OTHER, "/track"),
            "no address shows anything"
        );
    }
    assert!(!house.get(&format!("/track?number=BCW/1&key={key}")).await.text().contains("data-stands"));
}

#[tokio::test]
async fn after_ten_wrong_keys_nothing_is_shown_for_a_number() {
    let (house, _) = house().await;
    let ((_, key), (_, other)) = (submit(&house, 1, None).await, submit(&house, 2, None).await);
    let wrong = track(&house, "BCW/1", "0000-0000").await;
    for n in 1..10 {
        stands(&track(&house, "BCW/1", &key).await, "received");
        assert_eq!(track(&house, "bcw/1", &format!("0000-000{n}")).await.status, StatusCode::NOT_FOUND);
    }
    let right = track(&house, "BCW/1", &key).await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    let right = post(&house, "/track/code?lang=en", &[("number", "BCW/1"), ("key", &key)]).await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    stands(&track(&house, "BCW/2", &other).await, "received");
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits() {
    let house = House::with(|portal| portal.limits = Limits { verify_per_minute: 3, ..Limits::default() }).await;
    let (_, key) = submit(&house, 1, None).await;
    for _ in 0..3 {
        stands(&track(&house, "BCW/1", &key).await, "received");
    }
    for path in ["/track", "/track/code", "/track/pdf"] {
        let reply = post(&house, path, &[("number", "BCW/1"), ("key", &key), ("code", "123456")]).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(!reply.header("retry-after").is_empty());
    }
    let body = form(&[("number", "BCW/1"), ("key", &key)]);
    let request = Request::post("/track").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let elsewhere = house.call_from("198.51.100.7:1", request.body(Body::from(body)).expect("a request")).await;
    stands(&elsewhere, "received");
}

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
