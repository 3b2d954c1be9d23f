//! What every answer carries, and what a cheap phone has to fetch.

use crate::house::{House, talk};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new().await;
    for path in ["/", "/api", "/api/openapi.json", "/nowhere", "/api/v1/nowhere", "/healthz", "/api/v1/verify/BCW"] {
        let reply = house.get(path).await;
        let csp = reply.header("content-security-policy");
        assert!(
            csp.starts_with("default-src 'none'; style-src 'self'; ") && csp.ends_with("frame-ancestors 'none'"),
            "{csp}"
        );
        assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("http"), "{csp}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert!(reply.header("permissions-policy").contains("camera=()"));
    }
    assert_eq!(house.get("/").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_first_page_is_small_whole_and_from_here_only() {
    let house = House::new().await;
    let page = house.get("/").await;
    let text = page.text();
    let mut total = text.len();
    let names: Vec<&str> = text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    let mut seen = std::collections::BTreeSet::new();
    for name in names.iter().filter(|name| seen.insert(**name)) {
        let asset = house.get(name).await;
        assert_eq!(asset.status, StatusCode::OK, "{name}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        total += asset.body.len();
    }
    assert_eq!(seen.len(), 3);
    assert!(total < 30 * 1024, "{total} bytes");
    for absent in ["src=\"http", "href=\"http", "style=\"", "onclick", "<style", "javascript:"] {
        assert!(!text.contains(absent), "{absent}");
    }
    for present in
        ["<html lang=\"en\">", "<label for=\"number\">", "<label for=\"file\">", "<noscript>", "verify.example.in"]
    {
        assert!(text.contains(present), "{present}");
    }
    assert_eq!(house.get("/assets/style.css").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get("/assets/..%2F..%2Fetc%2Fpasswd").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_speaks_the_readers_language_and_can_be_switched() {
    let house = House::new().await;
    let bengali = Request::get("/").header("accept-language", "bn-IN,en;q=0.5").body(Body::empty()).expect("request");
    let page = house.call(bengali).await;
    assert!(page.text().contains("<html lang=\"bn\">") && page.text().contains("এই শংসাপত্র কি আসল?"));
    assert!(page.text().contains("href=\"/?lang=en\" lang=\"en\""));
    assert!(house.get("/?lang=bn").await.text().contains("<html lang=\"bn\">"));
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    let house = House::new().await;
    let page = house.get("/nowhere").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"));
    assert!(page.text().contains("There is nothing here by that name.") && page.text().contains("এখানে কিছু নেই।"));
    let problem = house.get("/api/v1/nowhere").await;
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let body = problem.json();
    assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(404), Some("not_found")));
    assert_eq!(body["type"], "/api#problem-not_found");
    let request = Request::delete("/api/v1/verify").body(Body::empty()).expect("request");
    let reply = house.call(request).await;
    assert_eq!((reply.status, reply.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    assert_eq!(house.get("/verify").await.header("location"), "/", "reloading a result leads back to the form");
}

#[tokio::test]
async fn the_calls_are_described_and_every_problem_has_its_anchor() {
    let house = House::new().await;
    let document = house.get("/api/openapi.json").await.json();
    assert!(document["openapi"].as_str().expect("version").starts_with("3.1"));
    let page = house.get("/api").await;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let call = format!("{} {path}", method.to_uppercase());
            assert!(page.text().contains(&call), "{call}");
        }
    }
    for path in
        ["/api/v1/applications", "/api/v1/verify/{uin}", "/api/v1/uins", "/.well-known/mohor/keys.json", "/readyz"]
    {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    assert!(page.text().contains("id=\"problem-too_many_requests\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_ends_in_time() {
    let house = House::with(|portal| portal.limits.request_seconds = 1).await;
    let (address, _stop, _serving) = serve(&house).await;
    let answer = talk(
        address,
        "POST /verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nnumber=",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("took too long"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_ends_when_it_is_told_to() {
    let house = House::new().await;
    let (address, stop, serving) = serve(&house).await;
    let answer = talk(address, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    stop.send(()).expect("told");
    let ended = tokio::time::timeout(Duration::from_secs(60), serving).await;
    ended.expect("in time").expect("no panic").expect("no error");
}

async fn serve(house: &House) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(mohor_portal::serve(listener, house.portal.clone(), async {
        let _ = stopped.await;
    }));
    (address, stop, serving)
}
