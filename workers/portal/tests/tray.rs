//! The tray of a centre through the router: to its operators alone, by page, call, stream and document.

use crate::house::{
    House,
    people::{account, sign_in, with},
    tray::{document, given, of, operator, post, ready, search},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures_util::StreamExt;
use mohor_domain::{
    certificate::Standing,
    event::InboundEvent,
    people::{Place, Post},
    tray::PrintKind,
    uin::Uin,
};
use mohor_ports::suite::sample;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tower::ServiceExt;

/// The applicant shows a card.
const CARD: [(&str, &str); 3] = [("way", "paper"), ("kind", "voter_card"), ("last", "12AB")];
/// Somebody comes in the applicant's place.
const SON: [(&str, &str); 5] = [
    ("way", "representative"),
    ("name", "Bimal <b>Das</b>"),
    ("relation", "son"),
    ("paper", "letter of 3 May"),
    ("reference", "register 12, line 7"),
];

#[tokio::test]
async fn an_operator_sees_what_lies_at_the_own_centre_prints_it_and_hands_it_over() {
    let house = House::new().await;
    let (first, second) =
        (ready(&house, 1, of(1, "Rekha Das", "D1")).await, ready(&house, 2, of(2, "Anil Roy", "D2")).await);
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let page = with(&house, "GET", "/bsk", &rekha).await;
    let text = page.text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}"));
    assert!(place("Anil Roy") < place("Rekha Das"), "newest first");
    assert!(text.contains(&first.grouped()) && text.contains("/api/v1/bsk/24101/events?after=2"), "{text}");
    assert!(!text.contains("printed once"), "{text}");

    let reply = post(&house, &rekha, "/bsk/certificate/1/print", &[]).await;
    assert_eq!((reply.status, reply.body), (StatusCode::OK, document(first)));
    assert_eq!(reply.headers["content-type"], "application/pdf");
    assert!(reply.headers["content-disposition"].to_str().is_ok_and(|name| name.starts_with("inline")));
    house.clock.fetch_add(60_000, std::sync::atomic::Ordering::SeqCst);
    let anita = operator(&house, "anita", sample::BSK).await;
    assert_eq!(post(&house, &anita, "/bsk/certificate/1/print", &[]).await.status, StatusCode::OK);
    assert_eq!(with(&house, "GET", "/bsk/certificate/1/pdf", &anita).await.body, document(first));
    let call = format!("/api/v1/bsk/24101/certificates/{first}/pdf");
    assert_eq!(with(&house, "GET", &call, &anita).await.body, document(first));
    let wanted = [
        (PrintKind::Opened, 1, "person:anita".to_owned()),
        (PrintKind::Opened, 2, "person:anita".to_owned()),
        (PrintKind::Printed, 1, "person:rekha".to_owned()),
        (PrintKind::Printed, 2, "person:anita".to_owned()),
    ];
    assert_eq!(given(&house, first).await, wanted);
    let acts = house.ledger.acts(first.as_str()).await.expect("read");
    let words: Vec<(&str, &str)> = acts.iter().map(|(_, act)| (act.act.as_str(), act.detail.as_str())).collect();
    let (open, print) = (("certificate.open", "pdf at 24101"), ("certificate.print", "pdf at 24101"));
    assert_eq!(words, [print, print, open, open]);
    assert_eq!(given(&house, second).await, []);

    let page = with(&house, "GET", "/bsk/certificate/1", &anita).await;
    assert!(page.text().contains("printed 2 times, first by rekha on 1 August 2026"), "{}", page.text());
    let page = with(&house, "GET", "/bsk/certificate/1?lang=bn", &anita).await;
    assert!(page.text().contains("২ বার ছাপা হয়েছে, প্রথমবার: rekha"), "{}", page.text());
    let listed = async |state: &str| {
        let page = with(&house, "GET", &format!("/bsk?state={state}"), &rekha).await;
        assert_eq!(page.status, StatusCode::OK, "{state}");
        ["Rekha Das", "Anil Roy"].map(|name| page.text().contains(name))
    };
    assert_eq!((listed("ready").await, listed("printed").await), ([false, true], [true, false]));

    // Handed over once; whoever comes second reads who it was.
    let path = "/bsk/certificate/1/deliver";
    let wrong = post(&house, &rekha, path, &[("way", "neighbour")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = post(&house, &rekha, path, &SON).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/bsk/certificate/1?lang=en"));
    assert_eq!(post(&house, &anita, path, &CARD).await.status, StatusCode::SEE_OTHER);
    let page = with(&house, "GET", "/bsk/certificate/1", &anita).await;
    let words = "handed over to a representative by rekha on";
    assert!(page.text().contains(words) && page.text().contains("register 12, line 7"), "{}", page.text());
    assert_eq!((listed("printed").await, listed("handed_over").await), ([false, false], [true, false]));
}

#[tokio::test]
async fn to_everybody_else_there_is_nothing() {
    let house = House::new().await;
    let uin = ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    let other = operator(&house, "other", "24102").await;
    let unknown = sample::uin(sample::DEPARTMENT, 77);
    let call = |bsk: &str, uin: Uin| format!("/api/v1/bsk/{bsk}/certificates/{uin}/pdf");
    let nothing = with(&house, "GET", &call("24102", unknown), &other).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    for path in [
        call("24101", uin),
        call("24102", uin),
        "/api/v1/bsk/24101/events".into(),
        "/api/v1/bsk/24101/ready".into(),
        "/api/v1/bsk/NOWHERE/events".into(),
    ] {
        let reply = with(&house, "GET", &path, &other).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, nothing.text()), "{path}");
    }
    let page = with(&house, "GET", "/bsk/certificate/99", &other).await;
    for path in ["/bsk/certificate/1", "/bsk/certificate/1/pdf", "/bsk/certificate/x"] {
        let reply = with(&house, "GET", path, &other).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, page.text()), "{path}");
    }
    for path in ["/bsk/certificate/1/print", "/bsk/certificate/1/deliver"] {
        assert_eq!(post(&house, &other, path, &CARD).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for state in ["ready", "printed", "handed_over", "returned"] {
        let page = with(&house, "GET", &format!("/bsk?state={state}"), &other).await;
        assert!(page.text().contains("class=\"note\"") && !page.text().contains("Rekha Das"), "{}", page.text());
    }
    let missed = search(&house, &other, "D99").await.text().replace("D99", "");
    for text in ["D1", "BCW/1", uin.as_str(), "Rekha"] {
        let reply = search(&house, &other, text).await;
        assert_eq!(
            (reply.status, reply.text().replace(text, "")),
            (StatusCode::OK, missed.replace(text, "")),
            "{text}"
        );
        assert!(reply.text().contains("Nothing at your centre has this number or name"));
    }
    // No other post has a tray.
    for (login, post_) in [("state", Post::Supervisor), ("admin", Post::Administrator), ("auditor", Post::Auditor)] {
        let account = account(&house, login, post_, Place::default()).await;
        let cookie = sign_in(&house, &account).await;
        for path in [
            "/bsk",
            "/bsk/certificate/1",
            "/bsk/certificate/1/pdf",
            "/api/v1/bsk/24101/events",
            "/api/v1/bsk/24101/ready",
        ] {
            assert_eq!(with(&house, "GET", path, &cookie).await.status, StatusCode::NOT_FOUND, "{login} {path}");
        }
        assert_eq!(search(&house, &cookie, "D1").await.status, StatusCode::NOT_FOUND, "{login}");
        assert_eq!(
            post(&house, &cookie, "/bsk/certificate/1/print", &[]).await.status,
            StatusCode::NOT_FOUND,
            "{login}"
        );
    }
    // Nobody is signed in; another site sends the form.
    assert_eq!(house.get("/bsk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get(&call("24101", uin)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.get("/api/v1/bsk/24101/events").await.status, StatusCode::UNAUTHORIZED);
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let led = Request::post("/bsk/certificate/1/print").header(header::COOKIE, &rekha);
    let led = led.header("sec-fetch-site", "cross-site").body(Body::empty()).expect("a request");
    assert_eq!(house.call(led).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(given(&house, uin).await, []);
    assert_eq!(house.ledger.handed(uin).await.expect("read"), None);
    let own = with(&house, "GET", "/api/v1/bsk/24101/ready", &rekha).await.json();
    assert_eq!(own["events"][0]["data"]["uin"], uin.as_str());
}

#[tokio::test]
async fn what_is_keyed_or_scanned_is_found_and_stands_in_no_address() {
    let house = House::new().await;
    let uin = ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    ready(&house, 2, of(2, "Rekha Roy", "<b>D&2</b>")).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    for text in [
        "D1",
        " D1\r\n",
        "BCW/1",
        "rekha d",
        uin.as_str(),
        &uin.grouped().to_lowercase(),
        &format!("https://verify.example.in/?number={}", uin.grouped()),
        &format!("UIN {}", uin.grouped()),
    ] {
        let reply = search(&house, &rekha, text).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (StatusCode::SEE_OTHER, "/bsk/certificate/1?lang=en"),
            "{text}"
        );
    }
    let both = search(&house, &rekha, "REKHA").await;
    assert!(both.text().contains("Rekha Das") && both.text().contains("Rekha Roy"), "{}", both.text());
    // What others wrote is text.
    for reply in
        [both, with(&house, "GET", "/bsk", &rekha).await, with(&house, "GET", "/bsk/certificate/2", &rekha).await]
    {
        assert!(reply.text().contains("&#60;b&#62;D&#38;2") && !reply.text().contains("<b>D"), "{}", reply.text());
    }
    let reply = search(&house, &rekha, "\"><script>alert(1)</script>").await;
    assert!(reply.status == StatusCode::OK && !reply.text().contains("<script>alert"), "{}", reply.text());
    assert_eq!(search(&house, &rekha, "a\u{202e}b").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(search(&house, &rekha, &"x".repeat(1_025)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(search(&house, &rekha, &"x".repeat(9_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for text in ["", "   ", "%", "_", "HTTPS://VERIFY.EXAMPLE.IN/#ABC"] {
        let reply = search(&house, &rekha, text).await;
        assert!(reply.status == StatusCode::OK && reply.text().contains("Nothing at your centre"), "{text}");
    }
    assert_eq!(with(&house, "GET", "/bsk/search", &rekha).await.header("location"), "/bsk");
    for bad in ["/bsk?state=lost", "/bsk?before=x", "/bsk?text=D1"] {
        assert!(with(&house, "GET", bad, &rekha).await.status.is_client_error(), "{bad}");
    }
}

#[tokio::test]
async fn the_code_of_a_slip_is_read_when_its_signature_is_ours() {
    let house = House::new().await;
    let uin = sample::uin(sample::DEPARTMENT, 1);
    let (code, document) = house.issue_for(uin, sample::BSK).await;
    house.ledger.commit_notified(&[uin]).await.expect("notified");
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let reply = search(&house, &rekha, &code).await;
    assert_eq!(reply.header("location"), "/bsk/certificate/1?lang=en", "{}", reply.text());
    let mut forged = code.clone();
    let last = if forged.pop() == Some('0') { '1' } else { '0' };
    forged.push(last);
    let reply = search(&house, &rekha, &forged).await;
    assert!(reply.text().contains("Nothing at your centre"), "{}", reply.text());
    assert_eq!(with(&house, "GET", "/bsk/certificate/1/pdf", &rekha).await.body, document);
}

#[tokio::test]
async fn a_page_of_fifty_is_light_and_the_next_begins_where_it_ends() {
    let house = House::new().await;
    for n in 1..=53 {
        let uin = sample::mint_for(&*house.ledger, approved(&house, n).await, n).await;
        sample::issue(&*house.ledger, uin).await;
        house.ledger.commit_notified(&[uin]).await.expect("notified");
    }
    let rekha = operator(&house, "rekha", sample::BSK).await;
    for lang in ["en", "bn"] {
        let page = with(&house, "GET", &format!("/bsk?lang={lang}"), &rekha).await;
        let text = page.text();
        assert_eq!(text.matches("data-number=").count(), 50);
        let assets = text.split("/assets/").skip(1).filter_map(|rest| rest.split('"').next());
        let assets: std::collections::BTreeSet<&str> = assets.collect();
        assert_eq!(assets.len(), 3, "style, script, icon: {assets:?}");
        let mut bytes = page.body.len();
        for asset in assets {
            let reply = house.get(&format!("/assets/{asset}")).await;
            assert_eq!(reply.status, StatusCode::OK, "{asset}");
            bytes += reply.body.len();
        }
        assert!(bytes < 100_000, "the first load has {bytes} bytes ({lang})");
    }
    let page = with(&house, "GET", "/bsk", &rekha).await;
    let next = page.text().split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("more");
    let next = next.replace("&amp;", "&");
    let rest = with(&house, "GET", &next, &rekha).await;
    let numbers: Vec<&str> =
        rest.text().split("data-number=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(numbers, ["3", "2", "1"]);
    assert!(!rest.text().contains("rel=\"next\""));
}

async fn approved(house: &House, n: u64) -> mohor_domain::id::Id {
    let event = of(n, "Rekha Bandyopadhyay Chattopadhyay", &format!("D/2026/{n:08}"));
    sample::send(&*house.ledger, vec![event]).await.1.remove(0)
}

#[tokio::test]
async fn what_is_not_live_is_not_printed_and_the_page_says_why() {
    let house = House::new().await;
    let old = ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    ready(&house, 2, InboundEvent { supersedes: Some(old), ..of(2, "Rekha Das", "D1") }).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(
        page.text().contains("correction has taken this certificate") && !page.text().contains("<form"),
        "{}",
        page.text()
    );
    let page = with(&house, "GET", "/bsk", &rekha).await;
    assert!(page.text().contains("certificate/2/print") && !page.text().contains("certificate/1/print"));
    let reply = post(&house, &rekha, "/bsk/certificate/1/print", &[]).await;
    assert!(reply.status == StatusCode::CONFLICT && reply.text().contains("correction has taken"), "{}", reply.text());
    let call = format!("/api/v1/bsk/24101/certificates/{old}/pdf");
    let told = with(&house, "GET", &call, &rekha).await.json();
    assert_eq!((&told["code"], &told["standing"]), (&json!("not_live"), &json!(Standing::Superseded)));
    assert_eq!(post(&house, &rekha, "/bsk/certificate/1/deliver", &CARD).await.status, StatusCode::CONFLICT);
    assert_eq!(given(&house, old).await, []);
}

#[tokio::test]
async fn what_the_vault_has_lost_or_altered_is_not_recorded_as_given_out() {
    let house = House::new().await;
    // Its digest is recorded, and no such document was ever put.
    let uin = sample::mint(&*house.ledger, 1).await;
    sample::issue(&*house.ledger, uin).await;
    house.ledger.commit_notified(&[uin]).await.expect("notified");
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let reply = post(&house, &rekha, "/bsk/certificate/1/print", &[]).await;
    assert!(reply.status.is_server_error() && !reply.body.starts_with(b"%PDF"), "{}", reply.text());
    let altered = ready(&house, 2, of(2, "Anil Roy", "D2")).await;
    let sha256 = hex::encode(Sha256::digest(document(altered)));
    let file = house.folder.path().join("vault").join(mohor_ports::vault::object_name(&sha256));
    std::fs::write(&file, b"%PDF-1.7 of somebody else").unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let reply = post(&house, &rekha, "/bsk/certificate/2/print", &[]).await;
    assert!(reply.status.is_server_error() && !reply.body.starts_with(b"%PDF"), "{}", reply.text());
    assert_eq!((given(&house, uin).await, given(&house, altered).await), (vec![], vec![]));
}

async fn listen(house: &House, cookie: &str, path: &str, seen: Option<&str>) -> axum::body::BodyDataStream {
    let mut request = Request::get(path).header(header::COOKIE, cookie);
    if let Some(seen) = seen {
        request = request.header("last-event-id", seen);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    let peer: std::net::SocketAddr = crate::house::CALLER.parse().expect("address");
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let response = house.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

/// The ids of the events that come, until that one.
async fn ids(stream: &mut axum::body::BodyDataStream, until: &str) -> Vec<String> {
    let mut text = String::new();
    let read = async {
        while !text.lines().any(|line| line.strip_prefix("id:").is_some_and(|id| id.trim() == until)) {
            let chunk = stream.next().await.expect("the stream goes on").expect("it is read");
            text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), read).await.unwrap_or_else(|_| panic!("no {until}: {text}"));
    let data = text.lines().filter_map(|line| line.strip_prefix("data:")).filter(|data| data.trim() != "{}");
    for line in data {
        let told: Value = serde_json::from_str(line.trim()).expect("JSON");
        assert_eq!((&told["data"]["bsk"], told["data"].get("applicant")), (&json!(sample::BSK), None), "{told}");
    }
    text.lines().filter_map(|line| line.strip_prefix("id:")).map(|id| id.trim().to_owned()).collect()
}

#[tokio::test]
async fn a_line_that_is_lost_loses_nothing_and_doubles_nothing() {
    let house = House::new().await;
    ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let path = "/api/v1/bsk/24101/events";
    let mut page = listen(&house, &rekha, &format!("{path}?after=1"), None).await;
    let mut now = listen(&house, &rekha, path, None).await;
    ready(&house, 2, of(2, "Anil Roy", "D2")).await;
    assert_eq!(ids(&mut page, "2").await, ["2"]);
    assert_eq!(ids(&mut now, "2").await, ["2"], "without a number it begins now");
    // The line is lost; two arrive meanwhile. The browser comes again with what it saw, at the address that it had.
    drop(page);
    ready(&house, 3, of(3, "Anil Roy", "D3")).await;
    ready(&house, 4, of(4, "Anil Roy", "D4")).await;
    let mut page = listen(&house, &rekha, &format!("{path}?after=1"), Some("2")).await;
    assert_eq!(ids(&mut page, "4").await, ["3", "4"]);
    ready(&house, 5, of(5, "Anil Roy", "D5")).await;
    assert_eq!(ids(&mut page, "5").await, ["5"]);
    for (path, seen) in
        [(format!("{path}?after=-1"), None), (format!("{path}?after=x"), None), (path.into(), Some("x"))]
    {
        let mut request = Request::get(&path).header(header::COOKIE, &rekha);
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen);
        }
        let reply = house.call(request.body(Body::empty()).expect("a request")).await;
        assert!(reply.status.is_client_error(), "{path}");
    }
}
