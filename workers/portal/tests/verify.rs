//! Verification: what anybody may ask, and what is told.

use crate::house::{Away, House};
use axum::http::StatusCode;
use mohor_domain::{networks::Networks, uin::Uin};
use serde_json::{Value, json};
use std::sync::Arc;

const NUMBER: &str = "BCWGP1XF3A7QYF0V";
const OTHER: &str = "UMAR6F0DTHBRA403";

fn uin(text: &str) -> Uin {
    Uin::canonical(text).expect("number")
}

fn verdict(body: &Value) -> &str {
    body["verdict"].as_str().expect("verdict")
}

#[tokio::test]
async fn an_issued_number_is_genuine_and_its_facts_are_masked() {
    let house = House::new().await;
    house.issue(uin(NUMBER), None).await;
    let reply = house.get("/api/v1/verify/bcwg-p1xf-3a7q-yf0v").await;
    assert_eq!(reply.status, StatusCode::OK);
    let body = reply.json();
    assert_eq!((verdict(&body), &body["uin"], &body["department"]), ("genuine", &json!(NUMBER), &json!("BCW")));
    assert_eq!(body["holder"], "S••• M•••");
    assert_eq!(body["checked_at"], "2026-08-01T12:00:00+05:30");
    assert!(!reply.text().contains("Sombari") && !reply.text().contains("unaltered"), "{}", reply.text());
    let page = house.key_in(NUMBER).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in
        ["Genuine", "আসল", "BCWG-P1XF-3A7Q-YF0V", "S••• M•••", "Compare", "1 August 2026", "১ আগস্ট ২০২৬", "1990"]
    {
        assert!(page.text().contains(words), "{words}");
    }
    assert!(page.text().contains("Santal") && !page.text().contains("<b>Santal"), "a fact is text, not markup");
    for hidden in ["1990-02", "Mangal", "not to be seen"] {
        assert!(!page.text().contains(hidden), "{hidden}");
        assert!(!reply.text().contains(hidden), "{hidden}");
    }
    assert!(!page.text().contains("Sombari") && !page.text().contains("সোমবারি") && !page.text().contains("unaltered"));
}

#[tokio::test]
async fn a_number_that_is_not_issued_is_told_in_the_same_shape() {
    let house = House::new().await;
    house.issue(uin(NUMBER), None).await;
    house.mint(uin(OTHER), None).await;
    let known = house.get(&format!("/api/v1/verify/{NUMBER}")).await.json();
    let members = |body: &Value| body.as_object().expect("object").keys().cloned().collect::<Vec<_>>();
    for (number, expected) in [
        (OTHER, "not_issued_here"),
        ("LRR8W8800DDAAJHM", "not_issued_here"),
        ("BCWGP1XF3A7QYF1V", "mistyped"),
        ("%3Cscript%3E", "mistyped"),
    ] {
        let reply = house.get(&format!("/api/v1/verify/{number}")).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(verdict(&reply.json()), expected, "{number}");
        assert_eq!(members(&reply.json()), members(&known), "{number}");
        assert_eq!(reply.json()["facts"], json!([]));
    }
    assert_eq!(house.get("/api/v1/verify/%FF%FE").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_typing_error_is_told_before_any_look_up_and_shown_for_correction() {
    let house = House::with(|portal| portal.inbox = Arc::new(Away)).await;
    let page = house.key_in("\"><script>alert(1)</script>").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("data-verdict=\"mistyped\""));
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(page.text().contains("&#60;script&#62;") || page.text().contains("&lt;script&gt;"), "{}", page.text());
    for (typed, en, bn) in [
        ("BCW", "this has 3", "আছে ৩টি"),
        ("BCWGP1XF3A7QYF1V", "check characters do not fit", "যাচাই অক্ষর মিলছে না"),
        ("B-WGP1XF3A7QYF0V!", "at place", "নম্বর জায়গার"),
    ] {
        let page = house.key_in(typed).await;
        assert!(page.text().contains(en) && page.text().contains(bn), "{typed}: {}", page.text());
    }
    assert_eq!(house.key_in(&"9".repeat(9_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_ledger_that_is_away_is_a_verdict_of_its_own() {
    let house = House::with(|portal| portal.inbox = Arc::new(Away)).await;
    let (qr, document) = house.issue(uin(NUMBER), None).await;
    let reply = house.get(&format!("/api/v1/verify/{NUMBER}")).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((verdict(&reply.json()), reply.header("retry-after")), ("cannot_check_now", "60"));
    let reply = house.post("/api/v1/verify", "application/json", json!({ "qr": qr }).to_string()).await;
    assert_eq!((verdict(&reply.json()), &reply.json()["signature"]), ("cannot_check_now", &json!("valid")));
    let reply = house.upload("/api/v1/verify", &document).await;
    assert_eq!(verdict(&reply.json()), "cannot_check_now");
    let page = house.key_in(NUMBER).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("says nothing about the certificate"));
}

#[tokio::test]
async fn a_qr_code_is_believed_by_its_signature() {
    let house = House::new().await;
    let (qr, _) = house.issue(uin(NUMBER), None).await;
    let ask = |text: String| {
        let house = &house;
        async move { house.post("/api/v1/verify", "application/json", json!({ "qr": text }).to_string()).await.json() }
    };
    let (_, fragment) = qr.split_once('#').expect("fragment");
    for text in [qr.clone(), format!("#{fragment}")] {
        let body = ask(text).await;
        assert_eq!((verdict(&body), &body["signature"], &body["uin"]), ("genuine", &json!("valid"), &json!(NUMBER)));
    }
    let last = if qr.ends_with('0') { "1" } else { "0" };
    let changed = format!("{}{last}{}", &qr[..qr.len() - 30], &qr[qr.len() - 29..]);
    let body = ask(changed).await;
    assert!(matches!(verdict(&body), "altered"), "{body}");
    assert_eq!((&body["uin"], &body["facts"], &body["signature"]), (&json!(null), &json!([]), &json!(null)));
    let body = ask(format!("HTTPS://CRSORGOB.IN/#{fragment}")).await;
    assert_eq!((verdict(&body), &body["other_host"]), ("genuine", &json!("crsorgob.in")));
    assert_eq!(verdict(&ask("HTTPS://EXAMPLE.ORG/#00".into()).await), "not_issued_here");
    assert_eq!(verdict(&ask("<script>".into()).await), "not_issued_here");
}

#[tokio::test]
async fn only_the_very_file_is_unaltered() {
    let house = House::new().await;
    let (_, document) = house.issue(uin(NUMBER), Some("2026-08-02")).await;
    let page = house.upload("/verify/pdf", &document).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("unaltered") && page.text().contains("অপরিবর্তিত"), "{}", page.text());
    let mut longer = document.clone();
    longer.push(b'\n');
    let reply = house.upload("/api/v1/verify", &longer).await;
    assert_eq!(verdict(&reply.json()), "not_issued_here", "no marker, no certificate of ours");
    house.clock.fetch_add(2 * 86_400_000, std::sync::atomic::Ordering::SeqCst);
    let body = house.upload("/api/v1/verify", &document).await.json();
    assert_eq!((verdict(&body), &body["valid_until"]), ("genuine_expired", &json!("2026-08-02")));
}

#[tokio::test]
async fn what_is_no_evidence_gets_words_and_no_verdict() {
    let house = House::new().await;
    let (qr, _) = house.issue(uin(NUMBER), None).await;
    let (_, fragment) = qr.split_once('#').expect("fragment");
    let cut = json!({ "qr": format!("#{}", &fragment[..fragment.len() / 2].to_lowercase()) });
    let replies = [
        house.post("/api/v1/verify", "application/json", cut.to_string()).await,
        house.upload("/api/v1/verify", b"a letter").await,
        house.upload("/api/v1/verify", b"").await,
    ];
    for reply in replies {
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let body = reply.json();
        assert_eq!((&body["code"], &body["verdict"]), (&json!("unreadable"), &json!(null)));
        assert!(body["detail"].is_string() && body["detail_bn"].is_string(), "{body}");
    }
    let escaped = house.get(&format!("/%23{}", &fragment[..60])).await;
    assert_eq!(escaped.status, StatusCode::SEE_OTHER, "the link's sign was escaped");
    assert_eq!(escaped.header("location"), format!("/#{}", &fragment[..60]));
    let page = house.upload("/verify/pdf", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("HEIC") || page.text().contains("JPEG"), "{}", page.text());
    assert!(!page.text().contains("data-verdict") && page.text().contains("নম্বরটি লিখুন"), "{}", page.text());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_words() {
    let house = House::new().await;
    let large = [b"%PDF-1.7\n" as &[u8], &vec![b'x'; mohor_portal::MAX_FILE - 8]].concat();
    let reply = house.upload("/api/v1/verify", &large).await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (StatusCode::PAYLOAD_TOO_LARGE, "application/problem+json")
    );
    let page = house.upload("/verify/pdf", &large).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text().contains("10 MiB") && page.text().contains("খুব বড়"));
    assert_eq!(house.upload("/api/v1/verify", &large[..mohor_portal::MAX_FILE]).await.status, StatusCode::OK);
    for (kind, body, status) in [
        ("text/plain", "x", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", "{", StatusCode::BAD_REQUEST),
        ("application/json", "{\"qr\":1}", StatusCode::BAD_REQUEST),
        ("application/json", "{\"qr\":\"a\",\"x\":1}", StatusCode::BAD_REQUEST),
        ("multipart/form-data", "x", StatusCode::BAD_REQUEST),
        ("multipart/form-data; boundary=edge", "--edge--\r\n", StatusCode::BAD_REQUEST),
    ] {
        let reply = house.post("/api/v1/verify", kind, body).await;
        assert_eq!(reply.status, status, "{kind} {body}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.json()["status"], status.as_u16());
    }
    let reply = house.post("/api/v1/verify", "application/json", b"{\"qr\":\"\xff\"}".to_vec()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let reply = house.post("/verify", "application/x-www-form-urlencoded", "number=%FF%FE").await;
    assert!(reply.status.is_success() || reply.status == StatusCode::BAD_REQUEST);
    assert_eq!(house.upload("/verify/pdf", b"").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn one_address_is_held_back_and_another_is_not() {
    let house = House::with(|portal| {
        portal.limits.verify_per_minute = 3;
        portal.trusted_proxies = Networks::read(&["10.0.0.0/24".into()]).expect("networks");
    })
    .await;
    for _ in 0..3 {
        assert_eq!(house.key_in("BCW").await.status, StatusCode::OK);
    }
    let page = house.key_in("BCW").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.header("retry-after").parse::<u64>().expect("seconds") > 0);
    assert!(page.text().contains("Too many requests") && page.text().contains("অনুরোধ"));
    let reply = house.get("/api/v1/verify/BCW").await;
    assert_eq!((reply.status, &reply.json()["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_requests")));
    let forwarded = |value: &str| {
        let request = axum::http::Request::get("/api/v1/verify/BCW").header("x-forwarded-for", value);
        request.body(axum::body::Body::empty()).expect("request")
    };
    assert_eq!(house.call(forwarded("198.51.100.1")).await.status, StatusCode::TOO_MANY_REQUESTS, "not from a proxy");
    assert_eq!(house.call_from("10.0.0.1:1", forwarded("198.51.100.1")).await.status, StatusCode::OK);
    assert_eq!(house.call_from("10.0.0.1:1", forwarded("203.0.113.9")).await.status, StatusCode::TOO_MANY_REQUESTS);
    // A proxy that writes ports too: many of one caller, and a caller for each address.
    for last in 1..=4 {
        let reply = house.call_from("10.0.0.1:1", forwarded(&format!("198.51.100.2:4000{last}"))).await;
        assert_eq!(reply.status == StatusCode::OK, last < 4, "{last}");
        let reply = house.call_from("10.0.0.1:1", forwarded(&format!("[2001:db8:0:{last}::1]:443"))).await;
        assert_eq!(reply.status, StatusCode::OK, "{last}");
    }
}
