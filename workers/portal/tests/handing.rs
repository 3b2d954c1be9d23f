//! Codes, exceptions, receipts and what supervisors decide, through the router.

use crate::house::{
    House, Reply,
    people::{account, department, sign_in, with},
    tray::{operator, post, ready},
};
use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    event::InboundEvent,
    people::{Place, Post},
};
use mohor_portal::Texts;
use mohor_ports::{
    error::{Error, Result},
    gateway::{Sms, Texter},
    suite::sample,
};
use mohor_runtime::code::CodeKey;
use serde_json::json;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// A provider in this process; the real one is in the journeys.
#[derive(Default)]
struct Provider {
    sent: Mutex<Vec<Sms>>,
    away: AtomicBool,
}

#[async_trait]
impl Texter for Provider {
    async fn send(&self, sms: &Sms) -> Result<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Error::outage("away"));
        }
        self.sent.lock().expect("whole").push(sms.clone());
        Ok(())
    }
}

impl Provider {
    fn count(&self) -> usize {
        self.sent.lock().expect("whole").len()
    }

    fn code(&self) -> String {
        let sent = self.sent.lock().expect("whole");
        sent.last().expect("a message").text.chars().take_while(char::is_ascii_digit).collect()
    }
}

async fn house() -> (House, Arc<Provider>) {
    let provider = Arc::new(Provider::default());
    let texter: Arc<dyn Texter> = provider.clone();
    let key = CodeKey::read(&"ab".repeat(32)).expect("a key");
    (House::with(|portal| portal.texts = Some(Texts { texter, key })).await, provider)
}

fn of(n: u64) -> InboundEvent {
    let data = json!({"application_no": format!("BCW/{n}"), "applicant": {"name": {"en": "Rekha Das"}, "mobile": sample::mobile(n)}});
    InboundEvent { digest: mohor_domain::json::digest(&data), data, ..sample::approval(n) }
}

async fn call(house: &House, cookie: &str, path: &str, body: &str) -> Reply {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").header(header::COOKIE, cookie);
    house.call(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn a_code_is_sent_to_the_phone_and_nobody_else_reads_it() {
    let (house, provider) = house().await;
    let uin = ready(&house, 1, of(1)).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(page.text().contains("by-code") && !page.text().contains(&sample::mobile(1)), "{}", page.text());
    let sent = post(&house, &rekha, "/bsk/certificate/1/code", &[("tongue", "en")]).await;
    assert!(sent.status == StatusCode::OK && sent.text().contains("on its way"), "{}", sent.text());
    let code = provider.code();
    assert_eq!((code.len(), provider.count()), (6, 1));
    assert!(!sent.text().contains(&code) && !sent.text().contains(&sample::mobile(1)));
    {
        let sms = provider.sent.lock().expect("whole")[0].clone();
        assert_eq!((sms.to, sms.template.as_str()), (sample::mobile(1), "hand_over_code_en"));
        assert!(sms.text.contains("BCW/1") && !sms.id.contains(&code), "{}", sms.text);
    }
    let again = post(&house, &rekha, "/bsk/certificate/1/code", &[]).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(again.text().contains("next one can be sent at") && provider.count() == 1, "{}", again.text());

    let path = format!("/api/v1/bsk/{}/certificates/{uin}", sample::BSK);
    let too_soon = call(&house, &rekha, &format!("{path}/code"), "{}").await;
    assert_eq!((too_soon.status, &too_soon.json()["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("code_again")));
    assert!(too_soon.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=61).contains(&seconds)));
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let told = call(&house, &rekha, &format!("{path}/deliver"), &json!({"code": wrong}).to_string()).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((&told.json()["code"], &told.json()["left"]), (&json!("wrong_code"), &json!(4)));
    let told = call(&house, &rekha, &format!("{path}/deliver"), r#"{"code":"12345"}"#).await;
    assert_eq!((&told.json()["code"], &told.json()["pointer"]), (&json!("invalid"), &json!("/code")));
    let page = post(&house, &rekha, "/bsk/certificate/1/deliver", &[("way", "code"), ("code", wrong)]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text().contains("3 tries"), "{}", page.text());
    let done = call(&house, &rekha, &format!("{path}/deliver"), &json!({"code": code}).to_string()).await;
    assert_eq!((done.status, &done.json()["way"]), (StatusCode::OK, &json!("code")), "{}", done.text());
    let handed = call(&house, &rekha, &format!("{path}/code"), "{}").await;
    assert_eq!((handed.status, &handed.json()["code"]), (StatusCode::CONFLICT, &json!("handed_over")));
    // The ledger has neither number nor code in what it says of acts.
    let acts = format!("{:?}", house.ledger.acts(uin.as_str()).await.expect("read"));
    assert!(acts.contains("certificate.code") && !acts.contains(&code) && !acts.contains(&sample::mobile(1)), "{acts}");
    let receipt = with(&house, "GET", "/bsk/certificate/1/receipt", &rekha).await;
    for words in ["Rekha Das", "by the code on the phone", "ফোনের কোড মিলিয়ে", &uin.grouped(), "24101"]
    {
        assert!(receipt.text().contains(words), "{words}: {}", receipt.text());
    }
}

#[tokio::test]
async fn a_code_that_cannot_be_sent_is_said_and_another_centre_sends_none() {
    let (house, provider) = house().await;
    let uin = ready(&house, 1, of(1)).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let other = operator(&house, "other", "24102").await;
    let path = format!("/api/v1/bsk/{}/certificates/{uin}/code", sample::BSK);
    let elsewhere = format!("/api/v1/bsk/24102/certificates/{uin}/code");
    for path in [&path, &elsewhere] {
        assert_eq!(call(&house, &other, path, "{}").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/bsk/certificate/1/code", "/bsk/certificate/1/exception", "/bsk/certificate/1/deliver"] {
        assert_eq!(post(&house, &other, path, &[("reason", "x")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        with(&house, "GET", "/bsk/certificate/1/receipt", &rekha).await.status,
        StatusCode::NOT_FOUND,
        "not yet"
    );
    assert_eq!(call(&house, &rekha, &path, r#"{"lang":"hi"}"#).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(call(&house, &rekha, &path, r#"{"to":"+910000000000"}"#).await.status, StatusCode::BAD_REQUEST);
    provider.away.store(true, Ordering::SeqCst);
    let away = call(&house, &rekha, &path, "{}").await;
    assert_eq!((away.status, &away.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("sms_away")));
    assert_eq!(provider.count(), 0);
    // Without a provider the page offers the other ways.
    let bare = House::new().await;
    let uin = ready(&bare, 1, of(1)).await;
    let rekha = operator(&bare, "rekha", sample::BSK).await;
    let page = with(&bare, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(page.text().contains("by-paper") && !page.text().contains("by-code"), "{}", page.text());
    let none = call(&bare, &rekha, &format!("/api/v1/bsk/{}/certificates/{uin}/code", sample::BSK), "{}").await;
    assert_eq!((none.status, &none.json()["code"]), (StatusCode::CONFLICT, &json!("no_texts")));
}

#[tokio::test]
async fn exceptions_and_mistakes_are_the_supervisors_of_the_place_alone() {
    let (house, _) = house().await;
    let uin = ready(&house, 1, of(1)).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    assert_eq!(
        post(&house, &rekha, "/bsk/certificate/1/exception", &[("reason", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let long = "x".repeat(301);
    assert_eq!(
        post(&house, &rekha, "/bsk/certificate/1/exception", &[("reason", &long)]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let early = post(&house, &rekha, "/bsk/certificate/1/deliver", &[("way", "exception")]).await;
    assert!(early.status == StatusCode::CONFLICT && early.text().contains("ask for it first"), "{}", early.text());
    let asked = post(&house, &rekha, "/bsk/certificate/1/exception", &[("reason", "no phone <i>at all</i>")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert!(with(&house, "GET", "/bsk/certificate/1", &rekha).await.text().contains("has not decided yet"));

    let seat = async |login: &'static str, post: Post, bounds: Place| {
        let account = account(&house, login, post, bounds).await;
        sign_in(&house, &account).await
    };
    let own = seat("own", Post::Supervisor, department("BCW")).await;
    let district = seat("district", Post::Supervisor, Place { district: Some("KOL".into()), ..Place::default() }).await;
    let land = seat("land", Post::Supervisor, department("LRR")).await;
    let auditor = seat("auditor", Post::Auditor, Place::default()).await;
    let integrator = seat("integrator", Post::Integrator, department("BCW")).await;
    let admin = seat("admin", Post::Administrator, Place::default()).await;
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    let undo = format!("/office/application/{id}/undo");
    let uin = uin.to_string();
    let allow = [("uin", uin.as_str()), ("allow", "yes")];
    for cookie in [&district, &land] {
        let page = with(&house, "GET", "/office/handovers", cookie).await;
        assert!(page.status == StatusCode::OK && !page.text().contains("no phone"), "{}", page.text());
    }
    for cookie in [&integrator, &admin, &rekha] {
        assert_eq!(with(&house, "GET", "/office/handovers", cookie).await.status, StatusCode::NOT_FOUND);
    }
    for cookie in [&district, &land, &auditor, &integrator, &admin, &rekha] {
        assert_eq!(post(&house, cookie, "/office/handovers/exception", &allow).await.status, StatusCode::NOT_FOUND);
        assert_eq!(post(&house, cookie, &undo, &[("reason", "x")]).await.status, StatusCode::NOT_FOUND);
    }
    let seen = with(&house, "GET", "/office/handovers", &auditor).await;
    assert!(
        seen.text().contains("no phone &#60;i&#62;at all") && !seen.text().contains("value=\"yes\""),
        "{}",
        seen.text()
    );
    let page = with(&house, "GET", "/office/handovers", &own).await;
    assert!(page.text().contains("value=\"yes\"") && page.text().contains("rekha"), "{}", page.text());
    let unclear = [("uin", uin.as_str()), ("allow", "perhaps")];
    assert_eq!(
        post(&house, &own, "/office/handovers/exception", &unclear).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(post(&house, &own, "/office/handovers/exception", &allow).await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&house, &own, "/office/handovers/exception", &allow).await.status, StatusCode::CONFLICT);
    assert_eq!(
        post(&house, &rekha, "/bsk/certificate/1/deliver", &[("way", "exception")]).await.status,
        StatusCode::SEE_OTHER
    );

    let record = format!("/office/application/{id}");
    assert!(with(&house, "GET", &record, &own).await.text().contains("id=\"undo\""));
    assert!(!with(&house, "GET", &record, &auditor).await.text().contains("id=\"undo\""));
    assert_eq!(post(&house, &own, &undo, &[("reason", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&house, &own, &undo, &[("reason", "another's")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&house, &own, &undo, &[("reason", "another's")]).await.status, StatusCode::NOT_FOUND);
    let page = with(&house, "GET", &record, &own).await;
    assert!(
        page.text().contains("the hand-over was taken back") && page.text().contains("another&#39;s"),
        "{}",
        page.text()
    );
    // Too long ago.
    let card = [("way", "paper"), ("kind", "voter_card"), ("last", "12AB")];
    assert_eq!(post(&house, &rekha, "/bsk/certificate/1/deliver", &card).await.status, StatusCode::SEE_OTHER);
    house.clock.fetch_add(73 * 3_600_000, Ordering::SeqCst);
    let own = seat("again", Post::Supervisor, department("BCW")).await;
    let late = post(&house, &own, &undo, &[("reason", "x")]).await;
    assert!(late.status == StatusCode::CONFLICT && late.text().contains("too old"), "{}", late.text());
    assert!(!with(&house, "GET", &record, &own).await.text().contains("id=\"undo\""));
    let acts = house.ledger.acts(&uin).await.expect("read");
    let acts: Vec<&str> = acts.iter().map(|(_, act)| act.act.as_str()).collect();
    let wanted = [
        "certificate.ask_exception",
        "certificate.allow_exception",
        "certificate.deliver",
        "certificate.undo_deliver",
        "certificate.deliver",
    ];
    assert_eq!(acts, wanted);
}
