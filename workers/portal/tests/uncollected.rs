//! What nobody fetches, through the router: listed, returned and sent on by those within whose bounds it lies; to everybody else
//! it is as unknown as what does not exist.

use crate::house::{
    House,
    people::{DAY, account, department, sign_in, with},
    tray::{of, operator, post, ready},
};
use axum::http::StatusCode;
use mohor_domain::{
    id::Id,
    people::{Place, Post},
    tray::TrayState,
    uin::Uin,
};
use mohor_ports::suite::sample;
use serde_json::json;

/// Centres of the catalogue, in two districts.
const HERE: &str = "COB0001";
const NEAR: &str = "COB0002";
const FAR: &str = "PUM0027";

async fn at(house: &House, n: u64, bsk: &str) -> (Uin, Id) {
    let event = of(n, "Rekha Das", &format!("D{n}"));
    let uin = ready(house, n, mohor_domain::event::InboundEvent { bsk: Some(bsk.into()), ..event }).await;
    let found = house.ledger.application("BCW", &format!("BCW/{n}")).await.expect("read").expect("recorded");
    (uin, found.id)
}

fn days(house: &House, days: i64) {
    house.clock.fetch_add(days * DAY, std::sync::atomic::Ordering::SeqCst);
}

fn district(code: &str) -> Place {
    Place { district: Some(code.into()), ..Place::default() }
}

async fn supervisor(house: &House, login: &'static str, bounds: Place) -> String {
    let account = account(house, login, Post::Supervisor, bounds).await;
    sign_in(house, &account).await
}

async fn state(house: &House, id: Id) -> (String, TrayState) {
    let found = house.ledger.lying(id).await.expect("read").expect("it lies at a centre");
    (found.bsk, found.state)
}

#[tokio::test]
async fn a_supervisor_sees_what_nobody_has_fetched_for_so_many_days() {
    let house = House::new().await;
    let state = supervisor(&house, "state", Place::default()).await;
    let empty = with(&house, "GET", "/office/uncollected", &state).await;
    assert!(
        empty.status == StatusCode::OK && empty.text().contains("Nothing has waited for so long"),
        "{}",
        empty.text()
    );
    at(&house, 1, HERE).await;
    days(&house, 10);
    at(&house, 2, FAR).await;
    days(&house, 4);
    let state = sign_in_again(&house, "first").await;
    let page = with(&house, "GET", "/office/uncollected", &state).await;
    assert!(page.text().contains("Nothing has waited"), "fourteen days are not fifteen");
    days(&house, 1);
    let state = sign_in_again(&house, "second").await;
    let page = with(&house, "GET", "/office/uncollected", &state).await;
    let text = page.text();
    assert!(text.contains("BCW/1") && text.contains("D1") && text.contains("BSK") && text.contains(HERE), "{text}");
    assert!(!text.contains("BCW/2") && !text.contains("Rekha") && text.contains("<td>15</td>"), "{text}");
    let bengali = with(&house, "GET", "/office/uncollected?lang=bn", &state).await;
    assert!(bengali.text().contains("<td>১৫</td>") && bengali.text().contains("ছাপা হয়নি"), "{}", bengali.text());
    let called = with(&house, "GET", "/api/v1/uncollected", &state).await.json();
    let one = &called["certificates"][0];
    assert_eq!(
        (called["days"].clone(), one["days"].clone(), one["printed"].clone()),
        (json!(15), json!(15), json!(false))
    );
    assert_eq!((&one["application_no"], &one["bsk"], &one["reminders"]), (&json!("BCW/1"), &json!(HERE), &json!(0)));
    assert_eq!((called["certificates"].as_array().map(Vec::len), &called["next"]), (Some(1), &json!(null)));
    assert!(!called.to_string().contains("Rekha"));
    days(&house, 10);
    let state = sign_in_again(&house, "third").await;
    for (query, wanted) in [
        ("", &["BCW/1", "BCW/2"][..]),
        ("?bsk=PUM0027", &["BCW/2"]),
        ("?department=BCW&service=caste-certificate", &["BCW/1", "BCW/2"]),
        ("?department=LRR", &[]),
        ("?service=permit", &[]),
        ("?bsk=%27%3B%20DROP%20TABLE%20notice", &[]),
    ] {
        let called = with(&house, "GET", &format!("/api/v1/uncollected{query}"), &state).await.json();
        let rows = called["certificates"].as_array().cloned().expect("rows");
        let numbers: Vec<&str> = rows.iter().filter_map(|row| row["application_no"].as_str()).collect();
        assert_eq!(numbers, wanted, "{query}");
    }
    for bad in ["?after=x", "?after=1~x", &format!("?bsk={}", "x".repeat(201))] {
        for path in ["/office/uncollected", "/api/v1/uncollected", "/office/uncollected.csv"] {
            let reply = with(&house, "GET", &format!("{path}{bad}"), &state).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}{bad}");
        }
    }
}

/// Sessions end after half an hour: who comes days later signs in anew.
async fn sign_in_again(house: &House, login: &'static str) -> String {
    supervisor(house, login, Place::default()).await
}

#[tokio::test]
async fn the_file_holds_no_formula_and_its_reader_is_recorded() {
    let house = House::new().await;
    let event = of(1, "Rekha Das", "D1");
    let event = mohor_domain::event::InboundEvent { docket_no: Some("=1+1".into()), ..event };
    ready(&house, 1, event).await;
    days(&house, 20);
    let asha = supervisor(&house, "asha", department("BCW")).await;
    let file = with(&house, "GET", "/office/uncollected.csv?lang=en", &asha).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let text = file.text().strip_prefix('\u{feff}').expect("the mark by which a spreadsheet knows UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("\"department\",\"service\",\"application_no\",\"docket_no\",\"bsk\""), "{lines:?}");
    assert!(lines[1].starts_with("\"BCW\",\"caste-certificate\",\"BCW/1\",\"'=1+1\",\"24101\""), "{lines:?}");
    assert_eq!(lines.len(), 2);
    let acts = house.ledger.acts("asha").await.expect("read");
    assert!(acts.iter().any(|(_, act)| act.act == "uncollected.export"), "{acts:?}");
}

#[tokio::test]
async fn to_whom_it_does_not_belong_it_is_unknown() {
    let house = House::new().await;
    let (uin, id) = at(&house, 1, sample::BSK).await;
    days(&house, 100);
    let unknown = "/office/uncollected/019a0000-0000-7000-8000-000000000099";
    let form = [("reason", "citizen_asked"), ("to", NEAR), ("from", sample::BSK), ("note", "")];
    for (login, post_, bounds, list) in [
        ("lrr", Post::Supervisor, department("LRR"), true),
        ("kol", Post::Supervisor, district("KOL"), true),
        ("clerk", Post::Integrator, department("BCW"), false),
        ("admin", Post::Administrator, Place::default(), false),
        ("counter", Post::BskOperator, Place { bsk: Some(sample::BSK.into()), ..Place::default() }, false),
    ] {
        let account = account(&house, login, post_, bounds).await;
        let cookie = sign_in(&house, &account).await;
        for path in ["/office/uncollected", "/office/uncollected.csv", "/api/v1/uncollected"] {
            let reply = with(&house, "GET", path, &cookie).await;
            let wanted = if list { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(reply.status, wanted, "{login} {path}");
            assert!(!reply.text().contains("BCW/1"), "{login} {path}: {}", reply.text());
        }
        let nothing = with(&house, "GET", unknown, &cookie).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        for path in [format!("/office/uncollected/{id}"), "/office/uncollected/x".into()] {
            let reply = with(&house, "GET", &path, &cookie).await;
            assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, nothing.text()), "{login} {path}");
        }
        for what in ["return", "reroute"] {
            let nothing = post(&house, &cookie, &format!("{unknown}/{what}"), &form).await;
            let reply = post(&house, &cookie, &format!("/office/uncollected/{id}/{what}"), &form).await;
            assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, nothing.text()), "{login} {what}");
        }
        let centre = [("from", sample::BSK), ("to", NEAR), ("reason", "centre_closed")];
        let reply = post(&house, &cookie, "/office/uncollected/centre", &centre).await;
        assert!(reply.status.is_client_error(), "{login}: {}", reply.text());
    }
    // An auditor looks and does nothing.
    let auditor = account(&house, "auditor", Post::Auditor, Place::default()).await;
    let cookie = sign_in(&house, &auditor).await;
    let page = with(&house, "GET", "/office/uncollected", &cookie).await;
    assert!(page.text().contains("BCW/1") && !page.text().contains("id=\"centre\""), "{}", page.text());
    let page = with(&house, "GET", &format!("/office/uncollected/{id}"), &cookie).await;
    assert!(page.status == StatusCode::OK && !page.text().contains("<form"), "{}", page.text());
    for what in ["return", "reroute"] {
        let reply = post(&house, &cookie, &format!("/office/uncollected/{id}/{what}"), &form).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{what}");
    }
    assert_eq!(house.ledger.centre_moves(uin).await.expect("read"), []);
    assert_eq!(state(&house, id).await, (sample::BSK.into(), TrayState::Ready));
}

#[tokio::test]
async fn a_supervisor_sends_a_certificate_on_within_his_bounds() {
    let house = House::new().await;
    let (uin, id) = at(&house, 1, sample::BSK).await;
    let path = format!("/office/uncollected/{id}");
    let cob = supervisor(&house, "cob", district("COB")).await;
    let go = |to: &'static str, reason: &'static str, note: &'static str| {
        [("from", sample::BSK), ("to", to), ("reason", reason), ("note", note)]
    };
    for (form, words) in [
        (go("NOWHERE", "citizen_asked", ""), "`to` is the code of no centre within your bounds"),
        (go(FAR, "citizen_asked", ""), "`to` is the code of no centre within your bounds"),
        (go(HERE, "bored", ""), "hoose why: `reason` is"),
        (go(HERE, "other", "  "), "`note` is empty"),
        (go(HERE, "other", "a\u{202e}b"), ""),
    ] {
        let reply = post(&house, &cob, &format!("{path}/reroute"), &form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(reply.text().contains(words), "{form:?}: {}", reply.text());
    }
    let long = "x".repeat(201);
    let reply =
        post(&house, &cob, &format!("{path}/reroute"), &[("to", HERE), ("reason", "other"), ("note", &long)]).await;
    assert!(reply.text().contains("`note` is longer than 200"), "{}", reply.text());
    let stale = [("from", FAR), ("to", HERE), ("reason", "citizen_asked")];
    assert_eq!(post(&house, &cob, &format!("{path}/reroute"), &stale).await.status, StatusCode::CONFLICT);
    assert_eq!(house.ledger.centre_moves(uin).await.expect("read"), [], "nothing was done");

    let form = go(HERE, "other", "<b>the bridge is out</b>");
    let reply = post(&house, &cob, &format!("{path}/reroute?lang=en"), &form).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, format!("{path}?lang=en").as_str()));
    assert_eq!(state(&house, id).await, (HERE.into(), TrayState::Ready));
    assert_eq!(post(&house, &cob, &format!("{path}/reroute"), &form).await.status, StatusCode::CONFLICT, "it has left");
    let bcw = supervisor(&house, "bcw", department("BCW")).await;
    let page = with(&house, "GET", &path, &bcw).await;
    let text = page.text();
    assert!(text.contains("sent on from") && text.contains("the bridge") && !text.contains("<b>the"), "{text}");
    // A department's goes anywhere.
    let reply =
        post(&house, &bcw, &format!("{path}/reroute"), &[("from", HERE), ("to", FAR), ("reason", "wrong_centre")])
            .await;
    assert_eq!((reply.status, state(&house, id).await.0), (StatusCode::SEE_OTHER, FAR.into()));
    // It is nobody's of the district any more, by its own page too.
    assert_eq!(with(&house, "GET", &path, &cob).await.status, StatusCode::NOT_FOUND);
    let record = with(&house, "GET", &format!("/office/application/{id}"), &bcw).await;
    assert!(record.text().contains("id=\"lies\"") && record.text().contains("sent on from"), "{}", record.text());
    // The new centre's operator sees it arrive; the old one has nothing of it.
    let (old, new) = (operator(&house, "old", sample::BSK).await, operator(&house, "new", FAR).await);
    assert!(!with(&house, "GET", "/bsk", &old).await.text().contains("D1"));
    assert!(with(&house, "GET", "/bsk", &new).await.text().contains("D1"));
    let call = |bsk: &str| format!("/api/v1/bsk/{bsk}/ready?after=0");
    let told = with(&house, "GET", &call(FAR), &new).await.json();
    assert_eq!((&told["events"][0]["data"]["number"], &told["events"][0]["data"]["bsk"]), (&json!(1), &json!(FAR)));
    let told = with(&house, "GET", &call(sample::BSK), &old).await.json();
    assert_eq!(told["events"][1]["type"], "in.gov.wb.bsk.certificate.rerouted.v1");
    let acts = house.ledger.acts(uin.as_str()).await.expect("read");
    assert!(acts.iter().all(|(_, act)| !act.detail.contains("bridge")) && acts.len() == 2, "{acts:?}");
}

#[tokio::test]
async fn what_went_back_is_neither_printed_nor_handed_over_and_can_be_sent_out_again() {
    let house = House::new().await;
    let (uin, id) = at(&house, 1, sample::BSK).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let back = [("reason", "not_fetched"), ("note", "")];
    let early = post(&house, &rekha, "/bsk/certificate/1/return", &back).await;
    assert!(
        early.status == StatusCode::CONFLICT && early.text().contains("not waited for 90 days"),
        "{}",
        early.text()
    );
    assert!(!with(&house, "GET", "/bsk/certificate/1", &rekha).await.text().contains("id=\"return\""));
    days(&house, 90);
    let rekha = operator(&house, "anita", sample::BSK).await;
    assert!(with(&house, "GET", "/bsk/certificate/1", &rekha).await.text().contains("id=\"return\""));
    let other = operator(&house, "other", "24102").await;
    assert_eq!(post(&house, &other, "/bsk/certificate/1/return", &back).await.status, StatusCode::NOT_FOUND);
    let wrong = post(&house, &rekha, "/bsk/certificate/1/return", &[("reason", "")]).await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("hoose why: `reason` is"),
        "{}",
        wrong.text()
    );
    for _ in 0..2 {
        let reply = post(&house, &rekha, "/bsk/certificate/1/return", &back).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/bsk/certificate/1?lang=en"));
    }
    assert_eq!(house.ledger.centre_moves(uin).await.expect("read").len(), 1, "once");
    let listed = with(&house, "GET", "/bsk?state=returned", &rekha).await;
    assert!(listed.text().contains("D1") && !listed.text().contains("/print\""), "{}", listed.text());
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(
        page.text().contains("went back to the department") && !page.text().contains("<form class=\"card\""),
        "{}",
        page.text()
    );
    let card = [("way", "paper"), ("kind", "voter_card"), ("last", "12AB")];
    for (path, form) in [("/bsk/certificate/1/print", &[][..]), ("/bsk/certificate/1/deliver", &card[..])] {
        let reply = post(&house, &rekha, path, form).await;
        assert!(reply.status == StatusCode::CONFLICT && reply.text().contains("went back"), "{path}: {}", reply.text());
    }
    let call = format!("/api/v1/bsk/24101/certificates/{uin}/pdf");
    assert_eq!(with(&house, "GET", &call, &rekha).await.json()["code"], "returned");

    let state_ = supervisor(&house, "state", Place::default()).await;
    let page = with(&house, "GET", &format!("/office/uncollected/{id}"), &state_).await;
    assert!(page.text().contains("id=\"reroute\"") && !page.text().contains("id=\"return\""), "{}", page.text());
    let form = [("from", sample::BSK), ("to", HERE), ("reason", "citizen_asked")];
    let reply = post(&house, &state_, &format!("/office/uncollected/{id}/reroute"), &form).await;
    assert_eq!((reply.status, state(&house, id).await), (StatusCode::SEE_OTHER, (HERE.into(), TrayState::Ready)));
    let new = operator(&house, "new", HERE).await;
    assert_eq!(post(&house, &new, "/bsk/certificate/1/print", &[]).await.status, StatusCode::OK);
    assert_eq!(house.ledger.offenders().await.expect("read"), []);
}

#[tokio::test]
async fn a_supervisor_empties_a_centre_of_what_is_his() {
    let house = House::new().await;
    for n in 1..=3 {
        at(&house, n, HERE).await;
    }
    let lrr = supervisor(&house, "lrr", department("LRR")).await;
    let form = [("from", HERE), ("to", FAR), ("reason", "centre_closed")];
    let reply = post(&house, &lrr, "/office/uncollected/centre", &form).await;
    assert!(reply.text().contains("0 were sent on"), "{}", reply.text());
    let bcw = supervisor(&house, "bcw", department("BCW")).await;
    for (form, name) in [
        ([("from", "NOWHERE"), ("to", FAR), ("reason", "centre_closed")], "`from`"),
        ([("from", HERE), ("to", HERE), ("reason", "centre_closed")], "`to`"),
        ([("from", HERE), ("to", "NOWHERE"), ("reason", "centre_closed")], "`to`"),
        ([("from", HERE), ("to", FAR), ("reason", "")], "`reason`"),
    ] {
        let reply = post(&house, &bcw, "/office/uncollected/centre", &form).await;
        assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.text().contains(name), "{}", reply.text());
    }
    let reply = post(&house, &bcw, "/office/uncollected/centre", &form).await;
    assert!(
        reply.text().contains("3 were sent on") && reply.text().contains("nothing waits there any more"),
        "{}",
        reply.text()
    );
    let rows = house.ledger.tray(FAR, TrayState::Ready, None, 10).await.expect("read");
    assert_eq!(rows.len(), 3);
    let elsewhere = axum::http::Request::post("/office/uncollected/centre")
        .header("cookie", &bcw)
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from("from=PUM0027&to=COB0001&reason=centre_closed"));
    assert_eq!(house.call(elsewhere.expect("a request")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(with(&house, "GET", "/office/uncollected/centre", &bcw).await.header("location"), "/office/uncollected");
}
