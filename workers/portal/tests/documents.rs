//! Documents other than certificates: each to those who may see what it is about, and to nobody else.

use crate::house::{
    BCW, House, KMC, Reply,
    people::{account, department, sign_in, with},
};
use axum::http::StatusCode;
use mohor_domain::{
    event::{EventKind, InboundEvent},
    id::Id,
    people::{Place, Post},
    plan::DocumentKind,
};
use mohor_ports::{
    ledger::{NewDocument, StoredDocument},
    suite::{documents::document_plan, sample},
    vault::Object,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const DEPARTMENT: &str = "/api/v1/applications/acknowledgement?department=BCW&application_no=BCW%2F1";
const CENTRE: &str = "/api/v1/bsk/24101/acknowledgements?docket_no=D1";

/// Submits `BCW/1`: its acknowledgement is ordered.
async fn submit(house: &House) -> Id {
    let event = sample::event(EventKind::Submitted, 1);
    let mut data = event.data.clone();
    data["office"] = json!("SDO-1");
    data["applicant"] = json!({"name": {"en": "Rekha Das"}});
    sample::send(&*house.ledger, vec![InboundEvent { data, ..event }]).await;
    let application = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    house.ledger.documents_of(&application.to_string(), 1).await.expect("read")[0].id
}

/// What store does, with a file of the test's own.
async fn make(house: &House, id: Id, bytes: &[u8]) {
    house.ledger.commit_planned(vec![document_plan(id, 1_785_000_000_000)]).await.expect("planned");
    house.ledger.commit_document_seals(vec![(id, b"seal".to_vec())]).await.expect("sealed");
    let sha256 = hex::encode(Sha256::digest(bytes));
    let put = house.vault.put(vec![Object { sha256: sha256.clone(), bytes: bytes.to_vec() }]).await.pop();
    assert!(put.is_some_and(|put| put.is_ok()));
    let stored = StoredDocument { id, sha256, size: bytes.len() as u64 };
    house.ledger.commit_documents_stored(vec![stored]).await.expect("stored");
}

fn is_the_file(reply: &Reply) -> bool {
    let name = reply.header("content-disposition");
    reply.status == StatusCode::OK
        && reply.body == b"%PDF-1.7 of the test"
        && reply.header("content-type") == "application/pdf"
        && name.starts_with("attachment; filename=\"acknowledgement-2026-08-01-")
        && name.ends_with(".pdf\"")
        && !name.contains("BCW")
}

#[tokio::test]
async fn an_acknowledgement_is_given_to_its_department_its_centre_and_its_officers_alone() {
    let house = House::new().await;
    let id = submit(&house).await;
    let path = format!("/office/document/{id}");
    let officer = |office: &str| Place { office: Some(office.into()), ..department("BCW") };
    let centre = |bsk: &str| Place { bsk: Some(bsk.into()), ..Place::default() };
    let mut cookies = Vec::new();
    for (login, post, bounds) in [
        ("state", Post::Supervisor, Place::default()),
        ("own", Post::Supervisor, department("BCW")),
        ("officer", Post::DesignatedOfficer, officer("SDO-1")),
        ("centre", Post::BskOperator, centre("24101")),
        ("auditor", Post::Auditor, Place::default()),
        ("other", Post::Supervisor, department("LRR")),
        ("elsewhere", Post::DesignatedOfficer, officer("SDO-2")),
        ("next-door", Post::BskOperator, centre("24102")),
        ("admin", Post::Administrator, Place::default()),
    ] {
        let account = account(&house, login, post, bounds).await;
        cookies.push((login, sign_in(&house, &account).await));
    }
    let being_made = house.signed(&BCW, "GET", DEPARTMENT, "", b"").await;
    assert_eq!(
        (being_made.status, being_made.header("retry-after")),
        (StatusCode::ACCEPTED, "2"),
        "{}",
        being_made.text()
    );
    let page = with(&house, "GET", &path, &cookies[0].1).await;
    assert_eq!(page.status, StatusCode::ACCEPTED);
    assert_eq!(house.ledger.acts(&id.to_string()).await.expect("read"), [], "nothing was read yet");
    make(&house, id, b"%PDF-1.7 of the test").await;

    assert!(is_the_file(&house.signed(&BCW, "GET", DEPARTMENT, "", b"").await));
    assert_eq!(house.signed(&KMC, "GET", DEPARTMENT, "", b"").await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(DEPARTMENT).await.status, StatusCode::UNAUTHORIZED);
    let unknown = DEPARTMENT.replace("%2F1", "%2F2");
    assert_eq!(house.signed(&BCW, "GET", &unknown, "", b"").await.status, StatusCode::NOT_FOUND);
    for (place, (login, cookie)) in cookies.iter().enumerate() {
        let reply = with(&house, "GET", &path, cookie).await;
        assert_eq!(is_the_file(&reply), place < 5, "{login}: {}", reply.status);
        assert!(place < 5 || reply.status == StatusCode::NOT_FOUND, "{login}: {}", reply.status);
        let reply = with(&house, "GET", CENTRE, cookie).await;
        assert_eq!(is_the_file(&reply), *login == "centre", "{login}: {}", reply.status);
        assert!(*login == "centre" || reply.status == StatusCode::NOT_FOUND, "{login}: {}", reply.status);
    }
    for other in [CENTRE.replace("24101", "24102"), CENTRE.replace("D1", "D2")] {
        assert_eq!(with(&house, "GET", &other, &cookies[3].1).await.status, StatusCode::NOT_FOUND, "{other}");
    }
    assert_eq!(house.get(CENTRE).await.status, StatusCode::UNAUTHORIZED);
    let acts = house.ledger.acts(&id.to_string()).await.expect("read");
    let actors: Vec<&str> = acts.iter().map(|(_, act)| act.actor.as_str()).collect();
    let readers = [
        "department:BCW",
        "person:state",
        "person:own",
        "person:officer",
        "person:centre",
        "person:centre",
        "person:auditor",
    ];
    assert_eq!(actors, readers, "each look is a line");

    // The record's page leads there, in words that are no markup.
    let record = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    let text = with(&house, "GET", &format!("/office/application/{record}"), &cookies[0].1).await;
    assert!(text.text().contains(&format!("href=\"{path}\"")), "{}", text.text());
}

#[tokio::test]
async fn an_acknowledgement_follows_its_application_to_another_office() {
    let house = House::new().await;
    let id = submit(&house).await;
    make(&house, id, b"%PDF-1.7 of the test").await;
    let officer = |office: &str| Place { office: Some(office.into()), ..department("BCW") };
    let before = account(&house, "before", Post::DesignatedOfficer, officer("SDO-1")).await;
    let after = account(&house, "after", Post::DesignatedOfficer, officer("SDO-2")).await;
    let (before, after) = (sign_in(&house, &before).await, sign_in(&house, &after).await);
    let event = sample::event(EventKind::Transferred, 1);
    let mut data: Value = event.data.clone();
    data["office"] = json!("SDO-2");
    let at = event.at.plus_millis(1);
    sample::send(&*house.ledger, vec![InboundEvent { at, data, ..event }]).await;
    let path = format!("/office/document/{id}");
    assert_eq!(with(&house, "GET", &path, &before).await.status, StatusCode::NOT_FOUND);
    assert!(is_the_file(&with(&house, "GET", &path, &after).await));
}

#[tokio::test]
async fn a_report_is_for_those_who_watch_its_department_and_a_lost_file_is_nobodys_fault() {
    let house = House::new().await;
    let order = NewDocument {
        kind: DocumentKind::Report,
        subject: "BCW/2026-07".into(),
        place: department("BCW"),
        view: json!({"title": {"en": "Report", "bn": "প্রতিবেদন"}, "issuer": {"en": "BCW", "bn": "BCW"}}),
        ordered_by: "person:own".into(),
    };
    let id = house.ledger.order(order).await.expect("ordered");
    make(&house, id, b"%PDF-1.7 a report").await;
    let path = format!("/office/document/{id}");
    for (login, post, bounds, status) in [
        ("own", Post::Supervisor, department("BCW"), StatusCode::OK),
        ("other", Post::Supervisor, department("LRR"), StatusCode::NOT_FOUND),
        (
            "officer",
            Post::DesignatedOfficer,
            Place { office: Some("SDO-1".into()), ..department("BCW") },
            StatusCode::NOT_FOUND,
        ),
        ("centre", Post::BskOperator, Place { bsk: Some("24101".into()), ..Place::default() }, StatusCode::NOT_FOUND),
    ] {
        let account = account(&house, login, post, bounds).await;
        let cookie = sign_in(&house, &account).await;
        assert_eq!(with(&house, "GET", &path, &cookie).await.status, status, "{login}");
    }
    let account = account(&house, "state", Post::Supervisor, Place::default()).await;
    let cookie = sign_in(&house, &account).await;
    let sha256 = house.ledger.documents(&[id]).await.expect("read")[0].sha256.clone().expect("stored");
    let object = house.folder.path().join("vault").join(mohor_ports::vault::object_name(&sha256));
    std::fs::remove_file(object).expect("it can be removed");
    assert_eq!(with(&house, "GET", &path, &cookie).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    for path in ["/office/document/x", "/office/document/00000000-0000-7000-8000-000000000000"] {
        assert_eq!(with(&house, "GET", path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
