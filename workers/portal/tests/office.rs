//! The board, its files, its stream and the record of one application: through the router, and each within its bounds.

use crate::house::{
    House,
    people::{DAY, account, department, late, sign_in, with},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    event::{EventKind, InboundEvent},
    people::{Place, Post},
};
use mohor_ports::suite::sample;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

/// An event about `BCW/<n>`, some days ago.
async fn said(house: &House, kind: EventKind, number: u64, days: i64, data: Value) {
    let event = sample::event(kind, number);
    let at = house.now().plus_millis(-days * DAY);
    let mut members = event.data.clone();
    members.as_object_mut().expect("an object").extend(data.as_object().cloned().expect("an object"));
    let digest = mohor_domain::json::digest(&members);
    sample::send(&*house.ledger, vec![InboundEvent { at, data: members, digest, ..event }]).await;
}

async fn supervisor(house: &House, login: &'static str, bounds: Place) -> String {
    let account = account(house, login, Post::Supervisor, bounds).await;
    sign_in(house, &account).await
}

#[tokio::test]
async fn a_board_is_narrowed_by_its_filters_and_paged() {
    let house = House::new().await;
    for number in 1..=60 {
        late(&house, number).await;
    }
    let cookie = supervisor(&house, "state", Place::default()).await;
    let page = async |query: &str| with(&house, "GET", &format!("/office{query}"), &cookie).await.text().to_owned();
    let links = |text: &str| text.matches("/office/application/").count();
    let first = page("").await;
    assert!(first.contains("data-count=\"late\">60<") && links(&first) == 50, "{first}");
    let next = first.split("rel=\"next\" href=\"/office").nth(1).and_then(|rest| rest.split('"').next()).expect("more");
    let next = page(&next.replace("&#38;", "&")).await;
    assert_eq!(links(&next), 10);
    assert!(!next.contains("rel=\"next\""));
    for (query, shown) in [
        ("?department=BCW", 50),
        ("?department=LRR", 0),
        ("?district=COB", 50),
        ("?district=KOL", 0),
        ("?bsk=24101&service=caste-certificate", 50),
        ("?office=SDO-9", 0),
        ("?part=today", 0),
        ("?department=%3Cscript%3E", 0),
    ] {
        let text = page(query).await;
        assert_eq!(links(&text), shown, "{query}");
        assert!(!text.contains("<script>"), "{query}");
    }
    assert!(page("?by=district").await.contains("Cooch Behar"));
    for (query, field) in [("?part=x", "part"), ("?by=x", "by"), ("?after=x", "after")] {
        let reply = with(&house, "GET", &format!("/office{query}"), &cookie).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(reply.text().contains(field), "{query}");
    }
    let long = format!("/office?office={}", "x".repeat(201));
    assert_eq!(with(&house, "GET", &long, &cookie).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A trend is counted beside the first page, and there with the next.
    let mut text = String::new();
    for _ in 0..6_000 {
        text = page("").await;
        if text.contains("class=\"chart\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(text.contains("class=\"chart\"") && text.contains("The figures of the chart"), "{text}");
}

#[tokio::test]
async fn another_departments_clocks_are_seen_nowhere() {
    let house = House::new().await;
    late(&house, 1).await;
    let own = supervisor(&house, "own", department("BCW")).await;
    let other = supervisor(&house, "other", department("LRR")).await;
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    for path in [
        "/office".to_owned(),
        "/office?department=BCW".into(),
        "/office/clocks.csv".into(),
        "/office/clocks.csv?department=BCW".into(),
        "/api/v1/sla/breaches".into(),
        "/api/v1/sla/breaches?department=BCW".into(),
        format!("/office/application/{id}"),
    ] {
        let mine = with(&house, "GET", &path, &own).await;
        assert_eq!(mine.status, StatusCode::OK, "{path}");
        assert!(mine.text().contains("BCW/1"), "{path}: {}", mine.text());
        let theirs = with(&house, "GET", &path, &other).await;
        assert!(!theirs.text().contains("BCW/1"), "{path}: {}", theirs.text());
    }
    let sums = with(&house, "GET", "/api/v1/sla?department=BCW", &own).await.json();
    assert_eq!((&sums["late"], &sums["figures"][0]["key"]), (&json!(1), &json!("BCW/caste-certificate")));
    let sums = with(&house, "GET", "/api/v1/sla?department=BCW", &other).await.json();
    assert_eq!((&sums["late"], &sums["figures"]), (&json!(0), &json!([])));
    let unknown = with(&house, "GET", "/office/application/00000000-0000-7000-8000-000000000000", &other).await;
    let theirs = with(&house, "GET", &format!("/office/application/{id}"), &other).await;
    assert_eq!((theirs.status, theirs.text()), (StatusCode::NOT_FOUND, unknown.text()), "as if it did not exist");
    for path in ["/api/v1/sla", "/api/v1/sla/breaches", "/api/v1/sla/report.xlsx"] {
        assert_eq!(house.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let admin = account(&house, "admin", Post::Administrator, Place::default()).await;
    let admin = sign_in(&house, &admin).await;
    for path in ["/api/v1/sla", "/api/v1/sla/breaches", "/api/v1/sla/report.xlsx", "/office/clocks.csv", "/office/live"]
    {
        assert_eq!(with(&house, "GET", path, &admin).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_spreadsheet_sees_that_a_file_is_utf_8_and_a_program_that_asks_the_api_sees_no_mark() {
    let house = House::new().await;
    said(&house, EventKind::Submitted, 1, 90, json!({"office": "মহকুমা ১"})).await;
    let cookie = supervisor(&house, "state", Place::default()).await;
    for path in [
        "/office/clocks.csv",
        "/office/clocks.csv?lang=bn",
        "/office/uncollected.csv",
        "/office/uncollected.csv?lang=bn",
    ] {
        let file = with(&house, "GET", path, &cookie).await;
        assert!(file.body.starts_with("\u{feff}\"".as_bytes()), "{path}: {}", file.text());
        assert_eq!(file.text().matches('\u{feff}').count(), 1, "{path}");
    }
    assert!(with(&house, "GET", "/office/clocks.csv?lang=bn", &cookie).await.text().contains("\"মহকুমা ১\""));
    for path in ["/api/v1/sla", "/api/v1/sla/breaches", "/api/v1/uncollected"] {
        assert!(!with(&house, "GET", path, &cookie).await.text().contains('\u{feff}'), "{path}");
    }
}

#[tokio::test]
async fn files_hold_texts_and_no_formulas() {
    let house = House::new().await;
    let office = json!({"office": "=HYPERLINK(\"http://x\",\"y\")"});
    said(&house, EventKind::Submitted, 1, 90, office).await;
    said(&house, EventKind::Submitted, 2, 90, json!({"office": "SDO-1"})).await;
    said(&house, EventKind::Deficient, 2, 80, json!({})).await;
    let cookie = supervisor(&house, "state", Place::default()).await;
    let csv = with(&house, "GET", "/office/clocks.csv", &cookie).await;
    assert!(csv.header("content-disposition").contains("clocks.csv"));
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let cells: Vec<_> = rows.iter().map(|row| (&row[0], &row[2], &row[6])).collect();
    assert_eq!(cells, [("late", "BCW/1", "'=HYPERLINK(\"http://x\",\"y\")"), ("paused", "BCW/2", "SDO-1")]);
    let one = with(&house, "GET", "/office/clocks.csv?part=paused", &cookie).await;
    assert_eq!(one.text().lines().count(), 2);

    // What is in it, Python's openpyxl says in the browser's journey.
    let xlsx = with(&house, "GET", "/api/v1/sla/report.xlsx", &cookie).await;
    assert!(xlsx.body.starts_with(b"PK") && xlsx.header("content-type").ends_with("sheet"));
    let acts = house.ledger.acts("state").await.expect("read");
    let taken: Vec<_> = acts.iter().filter(|(_, act)| act.act == "clocks.export").collect();
    assert_eq!(taken.len(), 3);
    assert_eq!(taken[0].1.actor, "person:state");
}

#[tokio::test]
async fn a_record_shows_every_event_and_who_looked_is_recorded() {
    let house = House::new().await;
    let officer = json!({"name": "Anita <i>Roy</i>", "designation": "BDO", "officer_id": "7"});
    let applicant = json!({"applicant": {"name": {"en": "Shefali Mondal", "bn": "শেফালি মণ্ডল"}}, "office": "SDO-1"});
    said(&house, EventKind::Submitted, 1, 90, applicant).await;
    let reason = json!({"reason": {"en": "a page is missing", "bn": "একটি পাতা নেই"}, "officer": officer});
    said(&house, EventKind::Deficient, 1, 80, reason).await;
    said(&house, EventKind::Resumed, 1, 70, json!({})).await;
    while house.ledger.fire(100).await.expect("fired") > 0 {}
    let cookie = supervisor(&house, "own", department("BCW")).await;
    let search = async |number: &str| {
        let request = Request::post("/office/search").header(header::COOKIE, &cookie);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        house.call(request.body(Body::from(format!("number={number}"))).expect("a request")).await
    };
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id.to_string();
    for number in ["BCW%2F1", "+BCW%2F1+", "D1"] {
        let reply = search(number).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{number}");
        assert!(reply.header("location").contains(&id), "{number}");
    }
    for number in ["BCW%2F2", "", "%25", &"9".repeat(65), "%3Cb%3E"] {
        let reply = search(number).await;
        assert!(reply.status == StatusCode::OK && reply.text().contains("Nothing within your charge"), "{number}");
        assert!(!reply.text().contains("<b>"));
    }
    let page = with(&house, "GET", &format!("/office/application/{id}"), &cookie).await;
    let text = page.text();
    for words in [
        "BCW/1",
        "Shefali Mondal",
        "a page is missing",
        "Anita &#60;i&#62;Roy",
        "BDO",
        "found deficient",
        "resumed",
        "the limit is breached",
        "an appeal is open",
        "4 weeks",
        "of the suite",
        "reported late",
        "the department",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("<i>Roy"));
    let bengali = with(&house, "GET", &format!("/office/application/{id}?lang=bn"), &cookie).await;
    assert!(bengali.text().contains("শেফালি মণ্ডল") && bengali.text().contains("একটি পাতা নেই"));
    let looks: Vec<_> = house.ledger.acts(&id).await.expect("read");
    assert_eq!(looks.len(), 2);
    assert_eq!((looks[0].1.act.as_str(), looks[0].1.actor.as_str()), ("application.look", "person:own"));
}

/// Reads a stream until it holds the text, or for a minute.
async fn read(stream: &mut axum::body::BodyDataStream, wanted: &str) -> String {
    use futures_util::StreamExt;
    let mut text = String::new();
    let all = async {
        while !text.contains(wanted) {
            match stream.next().await {
                Some(Ok(bytes)) => text.push_str(&String::from_utf8_lossy(&bytes)),
                _ => break,
            }
        }
    };
    // Whether it came in time is for the caller to see in the text.
    let _ = tokio::time::timeout(Duration::from_secs(60), all).await;
    text
}

async fn watch(house: &House, cookie: &str) -> axum::body::BodyDataStream {
    let request = Request::get("/office/live").header(header::COOKIE, cookie).body(Body::empty()).expect("a request");
    let mut request = request;
    let peer: std::net::SocketAddr = crate::house::CALLER.parse().expect("address");
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let response = house.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn a_breach_arrives_in_the_stream_of_those_whose_it_is() {
    let house = House::new().await;
    let own = supervisor(&house, "own", department("BCW")).await;
    let other = supervisor(&house, "other", department("LRR")).await;
    let (mut mine, mut theirs) = (watch(&house, &own).await, watch(&house, &other).await);
    assert!(read(&mut mine, "event: open").await.contains("event: open"));
    assert!(read(&mut theirs, "event: open").await.contains("event: open"));
    // The first look is behind it before anything fires.
    tokio::time::sleep(Duration::from_millis(600)).await;
    house.clock.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    late(&house, 1).await;
    while house.ledger.fire(100).await.expect("fired") > 0 {}
    let told = read(&mut mine, "\"breached\"").await;
    let line = told.lines().find(|line| line.contains("\"breached\"")).expect("the breach");
    let data: Value = serde_json::from_str(line.trim_start_matches("data:").trim()).expect("JSON");
    assert_eq!((&data["application_no"], &data["department"]), (&json!("BCW/1"), &json!("BCW")));
    let silence = tokio::time::timeout(Duration::from_secs(2), read(&mut theirs, "BCW")).await;
    assert!(silence.is_err(), "{silence:?}");
}
