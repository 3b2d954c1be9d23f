//! The departments' door: what is signed, what is answered, and what nobody else gets to see.

use crate::house::{BCW, House, KMC, event};
use axum::http::StatusCode;
use mohor_domain::uin::Uin;
use mohor_runtime::department;
use serde_json::json;

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const PATH: &str = "/api/v1/applications";

#[tokio::test]
async fn a_signed_event_is_answered_and_a_repetition_is_a_duplicate() {
    let house = House::new().await;
    let intake = house.intake();
    let body = event("1", "BCW").to_string();
    for duplicate in [false, true] {
        let reply = house.signed(&BCW, "POST", PATH, ONE, body.as_bytes()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let answer = reply.json();
        assert_eq!((&answer["result"], &answer["duplicate"]), (&json!("accepted"), &json!(duplicate)));
    }
    let reply = house.signed(&BCW, "GET", "/api/v1/applications?department=BCW&application_no=BCW%2F1", ONE, b"").await;
    assert_eq!((reply.status, &reply.json()["state"]), (StatusCode::OK, &json!("approved")));
    intake.abort();
}

#[tokio::test]
async fn json_in_another_charset_is_refused_by_its_name_and_utf_8_is_no_other() {
    let house = House::new().await;
    let intake = house.intake();
    let body = event("1", "BCW").to_string();
    for parameter in ["; charset=utf-8", ";charset=\"UTF-8\"", " ; Charset=utf-8; profile=x"] {
        let reply = house.signed(&BCW, "POST", PATH, &format!("{ONE}{parameter}"), body.as_bytes()).await;
        assert_eq!(reply.status, StatusCode::OK, "{parameter}: {}", reply.text());
    }
    for charset in ["utf-16", "iso-8859-1", "utf8"] {
        let reply = house.signed(&BCW, "POST", PATH, &format!("{BATCH}; charset={charset}"), body.as_bytes()).await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{charset}: {}", reply.text());
        assert!(reply.text().contains("the charset is utf-8"), "{}", reply.text());
    }
    intake.abort();
}

#[tokio::test]
async fn a_batch_has_one_answer_per_event() {
    let house = House::new().await;
    let intake = house.intake();
    let body = json!([event("1", "BCW"), event("2", "KMC"), {"no": "event"}]).to_string();
    let reply = house.signed(&BCW, "POST", PATH, BATCH, body.as_bytes()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let results = reply.json()["results"].clone();
    assert_eq!(results[0]["result"], "accepted");
    assert_eq!(results[1]["code"], "foreign_department");
    assert_eq!(results[2]["code"], "not_cloudevent");
    intake.abort();
}

#[tokio::test]
async fn a_single_refusal_is_a_problem_that_carries_the_answer() {
    let house = House::new().await;
    let intake = house.intake();
    for (body, status, code) in [
        (event("1", "KMC").to_string(), StatusCode::FORBIDDEN, "foreign_department"),
        ("{".into(), StatusCode::UNPROCESSABLE_ENTITY, "not_json"),
    ] {
        let reply = house.signed(&BCW, "POST", PATH, ONE, body.as_bytes()).await;
        assert_eq!((reply.status, reply.header("content-type")), (status, "application/problem+json"));
        assert_eq!((&reply.json()["code"], &reply.json()["result"]), (&json!(code), &json!("refused")));
        assert!(reply.json()["detail_bn"].as_str().is_some_and(|words| !words.is_empty()));
    }
    intake.abort();
}

#[tokio::test]
async fn what_takes_longer_has_a_place_to_look() {
    let house = House::new().await;
    let body = event("1", "BCW").to_string();
    let reply = house.signed(&BCW, "POST", PATH, ONE, body.as_bytes()).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    let place = reply.header("location").to_owned();
    assert_eq!(house.get(&place).await.status, StatusCode::ACCEPTED);
    let intake = house.intake();
    let mut reply = house.get(&place).await;
    for _ in 0..6_000 {
        if reply.status != StatusCode::ACCEPTED {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        reply = house.get(&place).await;
    }
    assert_eq!((reply.status, &reply.json()["result"]), (StatusCode::OK, &json!("accepted")));
    assert_eq!(house.get("/api/v1/answers/nonsense").await.status, StatusCode::NOT_FOUND);
    intake.abort();
}

#[tokio::test]
async fn nothing_unsigned_reaches_the_inbox() {
    let house = House::new().await;
    let body = event("1", "BCW").to_string();
    let reply = house.post(PATH, ONE, body.clone()).await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Mohor-Signature"));
    let elsewhere = department::sign(&BCW, house.now(), "POST", "/api/v1/uins", body.as_bytes());
    let stale = department::sign(&BCW, house.now().plus_millis(-301_000), "POST", PATH, body.as_bytes());
    let stranger = department::sign(&[1; 32], house.now(), "POST", PATH, body.as_bytes());
    for signature in ["", "a.b.c", "..", "<>..<>", &"a".repeat(5_000), &elsewhere, &stale, &stranger] {
        let request = axum::http::Request::post(PATH).header("Mohor-Signature", signature).header("content-type", ONE);
        let reply = house.call(request.body(body.clone().into()).expect("request")).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{signature}");
    }
    assert_eq!(house.ledger.census().await.expect("census").inbox, 0);
}

#[tokio::test]
async fn too_much_is_refused_at_the_door() {
    let house = House::new().await;
    let large = format!("\"{}\"", "x".repeat(65_536));
    assert_eq!(house.signed(&BCW, "POST", PATH, ONE, large.as_bytes()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many = json!(vec![0; 101]).to_string();
    let reply = house.signed(&BCW, "POST", PATH, BATCH, many.as_bytes()).await;
    assert_eq!((reply.status, &reply.json()["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    let huge = vec![b' '; 7 * 1024 * 1024];
    assert_eq!(house.signed(&BCW, "POST", PATH, BATCH, &huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let reply = house.signed(&BCW, "POST", PATH, "application/json", b"{}").await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_full_backlog_asks_to_come_back() {
    let house = House::with(|portal| portal.limits.backlog = 0).await;
    let body = event("1", "BCW").to_string();
    let first = house.signed(&BCW, "POST", PATH, ONE, body.as_bytes()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let second = house.signed(&BCW, "POST", PATH, ONE, body.as_bytes()).await;
    assert_eq!((second.status, &second.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("backlog")));
    assert!(second.header("retry-after").parse::<u32>().is_ok());
}

#[tokio::test]
async fn a_check_records_nothing() {
    let house = House::new().await;
    let body = event("1", "BCW").to_string();
    let reply = house.signed(&BCW, "POST", "/api/v1/applications/check", ONE, body.as_bytes()).await;
    assert_eq!((reply.status, &reply.json()["result"]), (StatusCode::OK, &json!("accepted")));
    assert!(house.ledger.application("BCW", "BCW/1").await.expect("read").is_none());
    let reply = house.signed(&KMC, "POST", "/api/v1/applications/check", ONE, body.as_bytes()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn numbers_are_reserved_once_per_request_id() {
    let house = House::new().await;
    let ask = |secret, body: serde_json::Value| {
        let house = &house;
        async move { house.signed(secret, "POST", "/api/v1/uins", "application/json", body.to_string().as_bytes()).await }
    };
    let block = json!({"department": "BCW", "count": 1000, "id": "2026-1"});
    let first = ask(&BCW, block.clone()).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let uins = first.json()["uins"].clone();
    assert_eq!(uins.as_array().map(Vec::len), Some(1_000));
    assert!(Uin::canonical(uins[0].as_str().expect("text")).is_ok_and(|uin| uin.department() == "BCW"));
    assert_eq!(ask(&BCW, block.clone()).await.json()["uins"], uins, "the same id gives the same numbers");
    assert_eq!(ask(&KMC, block).await.status, StatusCode::FORBIDDEN);
    for (count, id) in [(json!(0), "a"), (json!(1001), "a"), (json!(1), ""), (json!(1), "a b")] {
        let reply = ask(&BCW, json!({"department": "BCW", "count": count, "id": id})).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{count} {id}");
    }
    assert_eq!(ask(&BCW, json!({"department": "BCW"})).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_department_sees_its_own_only() {
    let house = House::new().await;
    let uin = Uin::canonical("BCWGP1XF3A7QYF0V").expect("number");
    let (_, document) = house.issue(uin, None).await;
    let path = format!("/api/v1/certificates/{uin}/pdf");
    let reply = house.signed(&BCW, "GET", &path, "", b"").await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert_eq!(reply.body, document);
    let acts = house.ledger.acts(uin.as_str()).await.expect("acts");
    assert!(acts.iter().any(|(_, act)| act.act == "certificate.read" && act.actor == "department:BCW"), "{acts:?}");
    let foreign = house.signed(&KMC, "GET", &path, "", b"").await;
    let unknown = house.signed(&KMC, "GET", "/api/v1/certificates/KMC/pdf", "", b"").await;
    assert_eq!((foreign.status, foreign.json()), (unknown.status, unknown.json()), "one answer for both");
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(&path).await.status, StatusCode::UNAUTHORIZED);
    let path = format!("{PATH}?department=BCW&application_no=BCW/2026/{uin}");
    let own = house.signed(&BCW, "GET", &path, "", b"").await;
    assert_eq!((own.status, &own.json()["certificate"]["progress"]), (StatusCode::OK, &json!("stored")));
    assert_eq!(house.signed(&KMC, "GET", &path, "", b"").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.signed(&BCW, "GET", PATH, "", b"").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn events_are_read_by_cursor() {
    let house = House::new().await;
    house.issue(Uin::canonical("BCWGP1XF3A7QYF0V").expect("number"), None).await;
    let first = house.signed(&BCW, "GET", "/api/v1/events?after=0&limit=1", "", b"").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!((&first.json()["next"], &first.json()["more"]), (&json!(1), &json!(true)));
    assert_eq!(first.json()["events"][0]["specversion"], "1.0");
    let rest = house.signed(&BCW, "GET", "/api/v1/events?after=1", "", b"").await.json();
    assert!(rest["events"].as_array().is_some_and(|events| !events.is_empty()), "{rest}");
    assert_eq!(house.signed(&KMC, "GET", "/api/v1/events", "", b"").await.json()["events"], json!([]));
    for bad in ["?after=x", "?limit=501", "?limit=0", "?after=-1"] {
        let status = house.signed(&BCW, "GET", &format!("/api/v1/events{bad}"), "", b"").await.status;
        assert!(status == StatusCode::BAD_REQUEST || status == StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn notices_are_for_callers_on_this_machine_where_it_is_allowed() {
    let path = "/api/v1/bsk/PUM0027/ready?after=0";
    let local = || {
        let request = axum::http::Request::get(path).header("host", "localhost:8470");
        request.body(axum::body::Body::empty()).expect("request")
    };
    let shut = House::new().await;
    assert_eq!(shut.call_from("127.0.0.1:1", local()).await.status, StatusCode::NOT_FOUND);
    let open = House::with(|portal| portal.local_notices = true).await;
    let reply = open.call_from("127.0.0.1:1", local()).await;
    assert_eq!((reply.status, &reply.json()["events"]), (StatusCode::OK, &json!([])), "{}", reply.text());
    assert_eq!(open.call_from("203.0.113.9:1", local()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(open.get(path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_public_keys_are_a_jwk_set() {
    let house = House::new().await;
    let reply = house.get("/.well-known/mohor/keys.json").await;
    assert_eq!(reply.header("content-type"), "application/jwk-set+json");
    let key = &reply.json()["keys"][0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key.get("d").is_none());
}
