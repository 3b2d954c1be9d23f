//! A certificate is handed over through the router: by an operator of its centre, once, and by nobody else.

use crate::house::{
    House, Reply,
    people::{account, department, sign_in, with},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::people::{Place, Post};
use mohor_ports::suite::sample;
use serde_json::{Value, json};

/// The applicant shows a voter's card.
const PAPER: &str = r#"{"paper":{"kind":"voter_card","last":"12ab"}}"#;

fn centre(code: &str) -> Place {
    Place { bsk: Some(code.into()), ..Place::default() }
}

async fn operator(house: &House, login: &'static str, bsk: &str) -> String {
    let account = account(house, login, Post::BskOperator, centre(bsk)).await;
    sign_in(house, &account).await
}

/// A certificate that waits at the centre of the samples.
async fn ready(house: &House, n: u64) -> mohor_domain::uin::Uin {
    let uin = sample::mint(&*house.ledger, n).await;
    sample::issue(&*house.ledger, uin).await;
    house.ledger.commit_notified(&[uin]).await.expect("notified");
    uin
}

async fn deliver(house: &House, cookie: &str, path: &str, body: &str, site: Option<&str>) -> Reply {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    if !cookie.is_empty() {
        request = request.header(header::COOKIE, cookie);
    }
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    house.call(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn an_operator_hands_over_at_the_own_centre_once() {
    let house = House::new().await;
    let uin = ready(&house, 1).await;
    let path = format!("/api/v1/bsk/{}/certificates/{uin}/deliver", sample::BSK);
    let cookie = operator(&house, "rekha", sample::BSK).await;
    let body = r#"{"representative":{"name":"Bimal Das","relation":"son","paper":"letter of 3 May"},"reference":" register 12, line 7 "}"#;
    let first = deliver(&house, &cookie, &path, body, Some("same-origin")).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let told = first.json();
    assert_eq!((&told["to"], &told["reference"]), (&json!("representative"), &json!("register 12, line 7")));
    assert_eq!((&told["by"], &told["before"]), (&json!("person:rekha"), &json!(false)));
    // A second attempt reads what happened.
    house.clock.fetch_add(1_000, std::sync::atomic::Ordering::SeqCst);
    let again = deliver(&house, &cookie, &path, PAPER, None).await.json();
    assert_eq!((&again["to"], &again["before"]), (&json!("representative"), &json!(true)));
    assert_eq!(again["delivered_at"], told["delivered_at"]);
    let acts = house.ledger.acts(uin.as_str()).await.expect("read");
    let acts: Vec<(&str, &str)> = acts.iter().map(|(_, act)| (act.actor.as_str(), act.act.as_str())).collect();
    assert_eq!(acts, [("person:rekha", "certificate.deliver")]);

    // The record tells it, in both languages.
    let supervisor = account(&house, "own", Post::Supervisor, department("BCW")).await;
    let supervisor = sign_in(&house, &supervisor).await;
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    let page = with(&house, "GET", &format!("/office/application/{id}"), &supervisor).await;
    for words in ["handed over to a representative", "register 12, line 7", "person:rekha", "hand-over", "in time"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let page = with(&house, "GET", &format!("/office/application/{id}?lang=bn"), &supervisor).await;
    assert!(page.text().contains("প্রতিনিধিকে হস্তান্তর"), "{}", page.text());
}

#[tokio::test]
async fn to_everybody_else_it_does_not_exist() {
    let house = House::new().await;
    let (uin, unknown) = (ready(&house, 1).await, sample::uin(sample::DEPARTMENT, 77));
    let path = |bsk: &str, uin: &str| format!("/api/v1/bsk/{bsk}/certificates/{uin}/deliver");
    let own = path(sample::BSK, uin.as_str());
    let body = PAPER;
    let unsigned = deliver(&house, "", &own, body, None).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    let other = operator(&house, "other", "24102").await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let nothing = deliver(&house, &rekha, &path(sample::BSK, unknown.as_str()), body, None).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    for (cookie, path) in [
        (&other, own.clone()),
        (&other, path("24102", uin.as_str())),
        (&rekha, path("24102", uin.as_str())),
        (&rekha, path(sample::BSK, "BCW")),
    ] {
        let reply = deliver(&house, cookie, &path, body, None).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, nothing.text()), "{path}");
    }
    for (login, post, bounds) in [
        ("state", Post::Supervisor, Place::default()),
        ("admin", Post::Administrator, Place::default()),
        ("auditor", Post::Auditor, Place::default()),
    ] {
        let account = account(&house, login, post, bounds).await;
        let cookie = sign_in(&house, &account).await;
        assert_eq!(deliver(&house, &cookie, &own, body, None).await.status, StatusCode::NOT_FOUND, "{login}");
    }
    assert_eq!(house.ledger.handed(uin).await.expect("read"), None);
    // What is open to others is closed to operators.
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    for path in [format!("/office/application/{id}"), "/office/clocks.csv".into(), "/api/v1/sla".into()] {
        assert_eq!(with(&house, "GET", &path, &rekha).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_another_site_is_refused() {
    let house = House::new().await;
    let uin = ready(&house, 1).await;
    let path = format!("/api/v1/bsk/{}/certificates/{uin}/deliver", sample::BSK);
    let cookie = operator(&house, "rekha", sample::BSK).await;
    let paper = json!({"kind": "voter_card", "last": "12AB"});
    let long = json!({"paper": paper, "reference": "x".repeat(65)}).to_string();
    for (body, status, pointer) in [
        (r#"{"to":"neighbour"}"#, 422, "/to"),
        (r#"{"to":"applicant"}"#, 422, ""),
        (r#"{"code":"123456","exception":true}"#, 422, ""),
        (r#"{"to":"representative","paper":{"kind":"voter_card","last":"12AB"}}"#, 422, "/to"),
        (r#"{"paper":{"kind":"aadhaar","last":"1234"}}"#, 422, "/paper/kind"),
        (r#"{"paper":{"kind":"voter_card","last":"123456789012"}}"#, 422, "/paper/last"),
        (r#"{"representative":{"name":" ","relation":"son","paper":"x"}}"#, 422, "/representative/name"),
        (long.as_str(), 422, "/reference"),
        ("{\"paper\":{\"kind\":\"voter_card\",\"last\":\"12AB\"},\"reference\":\"a\\u202eb\"}", 422, "/reference"),
    ] {
        let reply = deliver(&house, &cookie, &path, body, None).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["pointer"]), (status, &json!(pointer)), "{body}");
    }
    for body in ["", "{", "{}", r#"{"exception":true,"name":"x"}"#, &format!("{{\"to\":\"{}\"}}", "x".repeat(9_000))] {
        let reply = deliver(&house, &cookie, &path, body, None).await;
        assert!(reply.status.is_client_error(), "{body:.40}: {}", reply.status);
    }
    let led = deliver(&house, &cookie, &path, PAPER, Some("cross-site")).await;
    assert_eq!(led.status, StatusCode::BAD_REQUEST);
    assert_eq!(with(&house, "GET", &path, &cookie).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(house.ledger.handed(uin).await.expect("read"), None);
    // A certificate that was corrected is not handed out any more.
    let correction = mohor_domain::event::InboundEvent { supersedes: Some(uin), ..sample::approval(2) };
    let id = sample::send(&*house.ledger, vec![correction]).await.1.remove(0);
    let new = sample::mint_for(&*house.ledger, id, 2).await;
    sample::issue(&*house.ledger, new).await;
    let reply = deliver(&house, &cookie, &path, PAPER, None).await;
    let told: Value = reply.json();
    assert_eq!(
        (reply.status, &told["code"], &told["standing"]),
        (StatusCode::CONFLICT, &json!("not_live"), &json!("superseded"))
    );
}
