//! The directory's page and what follows from it: who sees which offices, and who may load them.

use crate::house::{
    House, Reply,
    people::{DAY, account, act, department, sign_in, with},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    civil::Instant,
    directory::Wish,
    event::{EventKind, InboundEvent},
    people::{Place, Post},
};
use mohor_ports::suite::sample;
use serde_json::{Value, json};

const FILE: &str = "record,department,version,code,name_en,name_bn,districts,appellate_office,officer_id,name,designation,login,office,post,from,until\n\
    directory,BCW,1,,,,,,,,,,,,,\n\
    office,,,SDO-1,\"SDO, <Dinhata>\",মহকুমা শাসক,COB,DM,,,,,,,,\n\
    office,,,SDO-2,SDO Kolkata,,KOL,DM,,,,,,,,\n\
    office,,,DM,District Magistrate,,state,,,,,,,,,\n\
    officer,,,,,,,,BCW-7,Rekha <b>Das</b>,SDO,rekha,,,,\n\
    charge,,,,,,,,BCW-7,,,,SDO-1,designated_officer,2020-01-01,\n";

fn form(parts: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    ("multipart/form-data; boundary=edge".into(), parts.iter().map(part).collect::<String>() + "--edge--\r\n")
}

async fn hand_in(house: &House, path: &str, cookie: &str, parts: &[(&str, &str)], from: &str) -> Reply {
    let (kind, body) = form(parts);
    let request = Request::post(path).header(header::COOKIE, cookie).header(header::CONTENT_TYPE, kind);
    house.call(request.header("sec-fetch-site", from).body(Body::from(body)).expect("a request")).await
}

async fn who(house: &House, login: &'static str, post: Post, bounds: Place) -> String {
    let account = account(house, login, post, bounds).await;
    sign_in(house, &account).await
}

fn office(code: &str) -> Place {
    Place { office: Some(code.into()), ..department("BCW") }
}

async fn loaded(house: &House) {
    let catalogue = &house.portal.catalogue;
    let directory = mohor_domain::directory::read(FILE.as_bytes(), "BCW", catalogue).expect("nothing is wrong");
    house.ledger.load_directory(directory, act("directory.load", "BCW"), false).await.expect("loaded");
}

#[tokio::test]
async fn an_administrator_checks_a_file_and_confirms_it() {
    let house = House::new().await;
    let admin = who(&house, "admin", Post::Administrator, Place::default()).await;
    let empty = with(&house, "GET", "/office/directory", &admin).await;
    assert!(empty.status == StatusCode::OK && !empty.text().contains("id=\"upload\""), "no department is chosen");
    let page = with(&house, "GET", "/office/directory?department=BCW", &admin).await;
    assert!(page.text().contains("id=\"upload\"") && page.text().contains("has been loaded yet"), "{}", page.text());
    let parts = [("department", "BCW"), ("text", FILE)];
    let checked = hand_in(&house, "/office/directory/check", &admin, &parts, "same-origin").await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.text());
    assert!(checked.text().contains("<td>3</td>") && checked.text().contains("Nobody would be in charge"));
    assert!(checked.text().contains("SDO, &#60;Dinhata&#62;") && !checked.text().contains("<Dinhata>"));
    assert!(house.ledger.directory("BCW").await.expect("read").is_none(), "nothing is loaded yet");
    let cross = hand_in(&house, "/office/directory/load", &admin, &parts, "cross-site").await;
    assert_eq!(cross.status, StatusCode::BAD_REQUEST);
    let done = hand_in(&house, "/office/directory/load", &admin, &parts, "same-origin").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = with(&house, "GET", "/office/directory?department=BCW&lang=bn", &admin).await;
    for words in ["মহকুমা শাসক", "Rekha &#60;b&#62;Das", "কেউ দায়িত্বে নেই", "person:admin"]
    {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let acts = house.ledger.acts("BCW").await.expect("read");
    let line = &acts.last().expect("a line").1;
    assert_eq!((acts.len(), line.actor.as_str(), line.act.as_str()), (1, "person:admin", "directory.load"));
    // The same file by its part `file`, and files that are wrong.
    let again = [("department", "BCW"), ("file", FILE), ("text", "")];
    assert_eq!(hand_in(&house, "/office/directory/load", &admin, &again, "none").await.status, StatusCode::SEE_OTHER);
    for (text, words) in [
        ("", "record"),
        ("<script>alert(1)</script>", "record"),
        (&FILE.replace("designated_officer", "king")[..], "a post is one of"),
        (&FILE.replace("COB", "KOL")[..], "larger"),
    ] {
        let parts = [("department", "BCW"), ("text", text)];
        let wrong = hand_in(&house, "/office/directory/load", &admin, &parts, "same-origin").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}: {}", wrong.text());
        assert!(wrong.text().contains(words) && !wrong.text().contains("<script>alert"), "{words}: {}", wrong.text());
    }
    for department in ["XXX", "", "LRR' OR 1=1"] {
        let parts = [("department", department), ("text", FILE)];
        let unknown = hand_in(&house, "/office/directory/check", &admin, &parts, "same-origin").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{department}");
    }
    let huge = "x".repeat(9 << 20);
    let parts = [("department", "BCW"), ("text", huge.as_str())];
    let refused = hand_in(&house, "/office/directory/check", &admin, &parts, "same-origin").await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(house.ledger.loads("BCW").await.expect("read").len(), 1);
}

#[tokio::test]
async fn each_sees_the_offices_within_his_reach_and_only_administrators_load() {
    let house = House::new().await;
    loaded(&house).await;
    house
        .ledger
        .set_wish("BCW", Wish { offices: true, officers: false }, act("directory.require", "BCW"))
        .await
        .expect("set");
    let district = |code: &str| Place { district: Some(code.into()), ..Place::default() };
    for (login, post, bounds, sees) in [
        ("state", Post::Supervisor, Place::default(), &["SDO-1", "SDO-2", "DM"][..]),
        ("own", Post::Supervisor, department("BCW"), &["SDO-1", "SDO-2", "DM"]),
        ("kolkata", Post::Supervisor, district("KOL"), &["SDO-2", "DM"]),
        ("integrator", Post::Integrator, department("BCW"), &["SDO-1", "SDO-2", "DM"]),
        ("auditor", Post::Auditor, Place::default(), &["SDO-1", "SDO-2", "DM"]),
        ("rekha", Post::DesignatedOfficer, office("SDO-1"), &["SDO-1"]),
        ("unlisted", Post::DesignatedOfficer, office("SDO-2"), &["SDO-2"]),
        ("appellate", Post::AppellateOfficer, office("DM"), &["SDO-1", "SDO-2", "DM"]),
    ] {
        let cookie = who(&house, login, post, bounds).await;
        let page = with(&house, "GET", "/office/directory?department=BCW", &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{login}");
        let shown: Vec<&str> = ["SDO-1", "SDO-2", "DM"]
            .into_iter()
            .filter(|code| page.text().contains(&format!("<span class=\"help\">{code}</span>")))
            .collect();
        assert_eq!(shown, sees, "{login}: {}", page.text());
        assert!(page.text().contains("unknown offices") && !page.text().contains("id=\"upload\""), "{login}");
        let parts = [("department", "BCW"), ("text", FILE)];
        for path in ["/office/directory/check", "/office/directory/load"] {
            let refused = hand_in(&house, path, &cookie, &parts, "same-origin").await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{login}");
        }
    }
    let centre = Place { bsk: Some("24101".into()), ..Place::default() };
    for (login, post, bounds) in [
        ("other", Post::Supervisor, department("LRR")),
        ("elsewhere", Post::DesignatedOfficer, Place { office: Some("SDO-1".into()), ..department("LRR") }),
        ("operator", Post::BskOperator, centre),
    ] {
        let cookie = who(&house, login, post, bounds).await;
        let theirs = with(&house, "GET", "/office/directory?department=BCW", &cookie).await;
        let nowhere = with(&house, "GET", "/office/directory?department=XXX", &cookie).await;
        assert_eq!((theirs.status, nowhere.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{login}");
        assert_eq!(theirs.text(), nowhere.text(), "{login}: as if it did not exist");
    }
    assert_eq!(house.get("/office/directory").await.status, StatusCode::SEE_OTHER, "nobody is signed in");
}

async fn said(house: &House, kind: EventKind, number: u64, days: i64, data: Value) {
    let event = sample::event(kind, number);
    let at = house.now().plus_millis(-days * DAY);
    let mut members = event.data.clone();
    members.as_object_mut().expect("an object").extend(data.as_object().cloned().expect("an object"));
    let digest = mohor_domain::json::digest(&members);
    sample::send(&*house.ledger, vec![InboundEvent { at, data: members, digest, ..event }]).await;
}

#[tokio::test]
async fn an_appellate_officer_sees_appeals_and_what_is_late_of_the_offices_before_him() {
    let house = House::new().await;
    loaded(&house).await;
    for (number, office, days) in [(1, "SDO-1", 90), (2, "SDO-2", 2), (3, "ELSEWHERE", 90)] {
        said(&house, EventKind::Submitted, number, days, json!({"office": office})).await;
    }
    said(&house, EventKind::AppealFiled, 2, 1, json!({"appeal_no": "A-2"})).await;
    while house.ledger.fire(100).await.expect("fired") > 0 {}
    let appellate = who(&house, "appellate", Post::AppellateOfficer, office("DM")).await;
    let board = with(&house, "GET", "/office", &appellate).await.text().to_owned();
    assert!(board.contains("BCW/1") && !board.contains("BCW/3") && board.contains("data-count=\"late\">1<"), "{board}");
    assert!(board.contains("id=\"untold\""), "nobody has an address: {board}");
    let narrowed = with(&house, "GET", "/office?office=SDO-2", &appellate).await.text().to_owned();
    assert!(!narrowed.contains("BCW/1") && narrowed.contains("data-count=\"late\">0<"), "{narrowed}");
    let outside = with(&house, "GET", "/office?office=ELSEWHERE", &appellate).await.text().to_owned();
    assert!(!outside.contains("BCW/3"), "{outside}");
    let id = async |n: u64| {
        let number = format!("BCW/{n}");
        house.ledger.application("BCW", &number).await.expect("read").expect("recorded").id
    };
    let record = with(&house, "GET", &format!("/office/application/{}", id(1).await), &appellate).await;
    let text = record.text();
    for words in
        ["Who is in charge now", "Rekha &#60;b&#62;Das&#60;/b&#62;, SDO", "District Magistrate (DM)", "nobody to tell"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let outside = with(&house, "GET", &format!("/office/application/{}", id(3).await), &appellate).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
    let csv = with(&house, "GET", "/office/clocks.csv", &appellate).await.text().to_owned();
    assert!(csv.contains("BCW/1") && !csv.contains("BCW/3"), "{csv}");
    // Charge is handed over: his sight of the office goes with it.
    let rekha = who(&house, "rekha", Post::DesignatedOfficer, office("SDO-1")).await;
    assert!(with(&house, "GET", "/office", &rekha).await.text().contains("BCW/1"));
    let mut file = (*house.ledger.directory("BCW").await.expect("read").expect("loaded")).clone();
    file.version = 2;
    file.charges[0].until = Some(Instant::from_millis(house.now().millis() - DAY));
    house.ledger.load_directory(file, act("directory.load", "BCW"), false).await.expect("loaded");
    let board = with(&house, "GET", "/office", &rekha).await.text().to_owned();
    assert!(!board.contains("BCW/1") && board.contains("nothing is in your charge now"), "{board}");
    let record = with(&house, "GET", &format!("/office/application/{}", id(1).await), &rekha).await;
    assert_eq!(record.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn figures_are_told_apart_by_the_officers_in_charge() {
    let house = House::new().await;
    let state = who(&house, "state", Post::Supervisor, Place::default()).await;
    for (number, office) in [(1, "SDO-1"), (2, "SDO-1"), (3, "SDO-2")] {
        let event = sample::event(EventKind::Submitted, number);
        let mut data = event.data.clone();
        data["office"] = json!(office);
        let (at, digest) = (house.now().plus_millis(-90 * DAY), mohor_domain::json::digest(&data));
        sample::send(&*house.ledger, vec![InboundEvent { at, data, digest, ..event }]).await;
    }
    let sums = with(&house, "GET", "/api/v1/sla?by=officer", &state).await.json();
    let keys: Vec<(&Value, &Value)> =
        sums["figures"].as_array().expect("figures").iter().map(|row| (&row["key"], &row["late"])).collect();
    assert_eq!(sums["late"], 3);
    assert_eq!(keys, [(&json!("BCW/SDO-1"), &json!(2)), (&json!("BCW/SDO-2"), &json!(1))], "no directory yet");
    loaded(&house).await;
    // Another selection: figures are kept for a moment.
    let page = with(&house, "GET", "/office?by=officer&department=BCW", &state).await;
    assert!(page.text().contains("Rekha &#60;b&#62;Das&#60;/b&#62;, SDO (BCW)"), "{}", page.text());
    assert!(page.text().contains("BCW/SDO-2"), "nobody is in charge there: {}", page.text());
}
