//! Stickers through the router: who issues, binds and writes off, and what a verifier is told.

use crate::house::{
    House, Reply,
    people::{account, sign_in, with},
    tray::{of, operator, post, ready, refused},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    hologram::Range,
    people::{Place, Post},
    uin::Uin,
};
use mohor_portal::Limits;
use mohor_ports::{
    ledger::{Act, HologramsIssued},
    suite::sample,
};
use serde_json::json;
use std::sync::atomic::Ordering;

/// A centre of the catalogue.
const COB: &str = "COB0001";

async fn administrator(house: &House) -> String {
    let account = account(house, "asha", Post::Administrator, Place::default()).await;
    sign_in(house, &account).await
}

/// Stickers of the samples' centre.
async fn stock(house: &House, bsk: &str, first: &str, last: &str) {
    let act =
        Act { actor: "person:asha".into(), act: "hologram.issue".into(), subject: bsk.into(), detail: String::new() };
    let range = Range::read(first, last).expect("a range");
    let issued = house.ledger.issue_holograms(range, bsk, act).await.expect("the ledger");
    assert!(matches!(issued, HologramsIssued::New(_)), "{issued:?}");
}

/// A certificate of the samples' centre that anybody can verify, printed there.
async fn printed(house: &House, cookie: &str, n: u64) -> Uin {
    let uin = sample::uin(sample::DEPARTMENT, n);
    house.issue_for(uin, sample::BSK).await;
    house.ledger.commit_notified(&[uin]).await.expect("notified");
    let reply = post(house, cookie, &format!("/bsk/certificate/{n}/print"), &[]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    uin
}

async fn stick(house: &House, cookie: &str, number: u64, serial: &str) -> Reply {
    post(house, cookie, &format!("/bsk/certificate/{number}/hologram"), &[("serial", serial)]).await
}

#[tokio::test]
async fn an_administrator_issues_rolls_and_sees_what_is_left() {
    let house = House::new().await;
    let asha = administrator(&house).await;
    let page = with(&house, "GET", "/office/holograms", &asha).await;
    assert!(page.status == StatusCode::OK && page.text().contains("Enter below which centre gets which roll"));
    let page = with(&house, "GET", "/office/holograms?lang=bn", &asha).await;
    assert!(page.text().contains("কোন কেন্দ্র কোন রোল পেল"), "{}", page.text());
    let rules = with(&house, "GET", "/office/rules", &asha).await;
    assert!(rules.text().contains("/office/holograms"), "the way there");

    let issue = async |bsk: &str, first: &str, last: &str| {
        post(&house, &asha, "/office/holograms/issue", &[("bsk", bsk), ("first", first), ("last", last)]).await
    };
    for _ in 0..2 {
        let reply = issue(" cob0001", "wb26-000001", "WB26 000 500").await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (StatusCode::SEE_OTHER, "/office/holograms?bsk=COB0001&lang=en"),
            "{}",
            reply.text()
        );
    }
    let page = with(&house, "GET", "/office/holograms?bsk=COB0001", &asha).await;
    assert!(
        page.text().contains("WB26-000001 – WB26-000500") && page.text().contains("asha · 1 August"),
        "{}",
        page.text()
    );
    let (wrong, long) = (StatusCode::UNPROCESSABLE_ENTITY, "9".repeat(2_000));
    let overlap = issue("COB0002", "WB26-000500", "WB26-000600").await;
    refused(
        &overlap,
        StatusCode::CONFLICT,
        "WB26-000001 to WB26-000500, which BSK Gram Panchayat 1, Cooch Behar (COB0001) has",
    );
    for (bsk, first, last, words) in [
        ("NOWHERE", "WB27-0001", "WB27-0002", "is no centre"),
        ("", "WB27-0001", "WB27-0002", "is no centre"),
        (COB, "WB27", "WB27-0002", "`first` is no serial"),
        (COB, "WB27-0001", "", "`last` is no serial"),
        (COB, "WB27-0001", "WB28-0002", "`last` has other letters"),
        (COB, "WB27-0001", "WB27-00002", "another number of digits"),
        (COB, "WB27-0002", "WB27-0001", "exchange"),
        (COB, "WB27-00001", "WB27-10001", "10,000"),
        (COB, "<script>alert(1)</script>", "WB27-0001", "`first` is no serial"),
        (COB, long.as_str(), "WB27-0001", "`first` is no serial"),
    ] {
        let reply = issue(bsk, first, last).await;
        refused(&reply, wrong, words);
        assert!(!reply.text().contains("<script>alert"), "{}", reply.text());
        assert!(reply.body.len() < 20_000, "what was keyed in is shown cut short");
    }
    let reply = issue(COB, &"9".repeat(9_000), "WB27-0001").await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    let reply =
        post(&house, &asha, "/office/holograms/issue?lang=bn", &[("bsk", COB), ("first", "x"), ("last", "y")]).await;
    refused(&reply, wrong, "প্রথম নম্বর: সিরিয়াল নয়");

    // More centres than a page has.
    for n in 1..=51_u32 {
        let (bsk, first) = (format!("PUM{n:04}"), format!("PM{n:04}-0001"));
        let last = first.replace("-0001", "-0040");
        assert_eq!(issue(&bsk, &first, &last).await.status, StatusCode::SEE_OTHER, "{bsk}");
    }
    let page = with(&house, "GET", "/office/holograms", &asha).await;
    assert!(page.text().contains("<td>500</td>") && page.text().contains("<strong>few</strong>"), "{}", page.text());
    let next = page.text().split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("more");
    let rest = with(&house, "GET", &next.replace("&#38;", "&").replace("&amp;", "&"), &asha).await;
    assert!(rest.text().contains("bsk=PUM0051") && !rest.text().contains("bsk=PUM0049"), "{}", rest.text());
    for bad in ["/office/holograms?before=x", "/office/holograms?bsk=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert!(with(&house, "GET", bad, &asha).await.status.is_client_error(), "{bad}");
    }
    let acts = house.ledger.acts(COB).await.expect("read");
    let told: Vec<_> =
        acts.iter().map(|(_, act)| (act.actor.as_str(), act.act.as_str(), act.detail.as_str())).collect();
    assert_eq!(told, [("person:asha", "hologram.issue", "WB26-000001 to WB26-000500")], "pressed twice is issued once");
}

#[tokio::test]
async fn an_operator_binds_a_sticker_and_reads_why_one_is_refused() {
    let house = House::new().await;
    stock(&house, sample::BSK, "WB26-000001", "WB26-000060").await;
    stock(&house, "24102", "WB26-000061", "WB26-000100").await;
    ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    ready(&house, 2, of(2, "Anil Roy", "<b>D&2</b>")).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let page = with(&house, "GET", "/bsk", &rekha).await;
    assert!(page.text().contains("<strong id=\"left\">60</strong>") && !page.text().contains("fewer than 50"));
    let conflict = StatusCode::CONFLICT;
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(!page.text().contains("id=\"stick\""), "nothing is printed to put it on");
    refused(&stick(&house, &rekha, 1, "WB26-000001").await, conflict, "not printed yet");
    for number in [1, 2] {
        let reply = post(&house, &rekha, &format!("/bsk/certificate/{number}/print"), &[]).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    let done = stick(&house, &rekha, 1, " wb26 000001\r\n").await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/bsk/certificate/1?lang=en"));
    assert_eq!(stick(&house, &rekha, 1, "WB26-000001").await.status, StatusCode::SEE_OTHER, "pressed twice");
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    assert!(
        page.text().contains("WB26-000001</span> · rekha · ") && !page.text().contains("replaced"),
        "{}",
        page.text()
    );

    refused(&stick(&house, &rekha, 2, "WB26-000001").await, conflict, "already on the print of D1");
    let others = stick(&house, &rekha, 2, "WB26-000061").await;
    refused(&others, conflict, "not of your centre");
    assert_eq!(others.body, stick(&house, &rekha, 2, "WB26-999999").await.body, "another centre's, or nobody's");
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    for text in ["D1", "WB26000002", "<script>alert(1)</script>"] {
        let reply = stick(&house, &rekha, 2, text).await;
        refused(&reply, unfit, "is no sticker");
        assert!(!reply.text().contains("<script>alert"));
    }
    for text in ["", "   ", &"x".repeat(65)] {
        refused(&stick(&house, &rekha, 2, text).await, unfit, "`serial`");
    }
    assert_eq!(stick(&house, &rekha, 2, &"x".repeat(9_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);

    // Spoiled ones, and those that somebody wants to use all the same.
    let write_off = async |serial: &str, reason: &str| {
        post(&house, &rekha, "/bsk/holograms/write-off", &[("serial", serial), ("reason", reason)]).await
    };
    refused(&write_off("WB26-000002", "torn").await, StatusCode::OK, "is written off");
    refused(&write_off("WB26-000002", "torn").await, StatusCode::OK, "is written off");
    refused(&write_off("WB26-000001", "torn").await, conflict, "on the print of D1 and is not written off");
    refused(&write_off("WB26-000061", "torn").await, conflict, "not of your centre");
    refused(&write_off("WB26", "torn").await, unfit, "is no sticker");
    for reason in ["", "\u{202e}torn", &"x".repeat(201)] {
        refused(&write_off("WB26-000003", reason).await, unfit, "`reason`");
    }
    refused(&stick(&house, &rekha, 2, "WB26-000002").await, conflict, "written off");
    assert_eq!(stick(&house, &rekha, 2, "WB26-000003").await.status, StatusCode::SEE_OTHER);
    let reply = stick(&house, &rekha, 1, "WB26-000003").await;
    assert!(reply.text().contains("&#60;b&#62;D&#38;2") && !reply.text().contains("<b>D"), "{}", reply.text());
    let page = with(&house, "GET", "/bsk/holograms?lang=bn", &rekha).await;
    assert!(page.text().contains("<strong id=\"left\">৫৭</strong>"), "{}", page.text());

    // A reprint gets a new one; the earlier one stays on record.
    house.clock.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(stick(&house, &rekha, 1, "WB26-000004").await.status, StatusCode::SEE_OTHER);
    let page = with(&house, "GET", "/bsk/certificate/1", &rekha).await;
    let lines: Vec<&str> = page.text().lines().filter(|line| line.contains("WB26-")).collect();
    assert!(lines.len() == 2 && lines[0].contains("000004") && lines[1].contains("replaced"), "{lines:?}");
    refused(&stick(&house, &rekha, 1, "WB26-000001").await, conflict, "already on the print of D1");
    for n in 5..=12 {
        let text = format!("WB26-{n:06}");
        assert_eq!(write_off(&text, "spoiled by damp").await.status, StatusCode::OK);
    }
    let page = with(&house, "GET", "/bsk", &rekha).await;
    assert!(page.text().contains("<strong id=\"left\">48</strong>") && page.text().contains("fewer than 50"));
    let uin = sample::uin(sample::DEPARTMENT, 1);
    let acts = house.ledger.acts(uin.as_str()).await.expect("read");
    let told: Vec<_> = acts.iter().map(|(_, act)| (act.act.as_str(), act.detail.as_str())).collect();
    let (one, other) = ("WB26-000001 at 24101", "WB26-000004 at 24101");
    assert_eq!(told, [("certificate.print", "pdf at 24101"), ("hologram.bind", one), ("hologram.bind", other)]);

    // An administrator writes off whosever it is, and is told of nobody's certificate.
    let asha = administrator(&house).await;
    let write_off = async |serial: &str| {
        post(&house, &asha, "/office/holograms/write-off", &[("serial", serial), ("reason", "stolen")]).await
    };
    refused(&write_off("WB26-000061").await, StatusCode::OK, "is written off");
    refused(&write_off("WB26-000061").await, StatusCode::OK, "written off before");
    refused(&write_off("WB26-999999").await, conflict, "No centre was issued");
    let reply = write_off("WB26-000001").await;
    refused(&reply, conflict, "on a print");
    assert!(!reply.text().contains("D1"), "{}", reply.text());
}

#[tokio::test]
async fn to_everybody_else_there_is_nothing() {
    let house = House::new().await;
    stock(&house, sample::BSK, "WB26-000001", "WB26-000060").await;
    let uin = ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    assert_eq!(post(&house, &rekha, "/bsk/certificate/1/print", &[]).await.status, StatusCode::OK);
    let binod = operator(&house, "binod", "24102").await;
    let supervisor = account(&house, "sup", Post::Supervisor, Place::default()).await;
    let supervisor = sign_in(&house, &supervisor).await;
    let auditor = account(&house, "aud", Post::Auditor, Place::default()).await;
    let auditor = sign_in(&house, &auditor).await;
    let asha = administrator(&house).await;
    let serial = [("serial", "WB26-000001"), ("reason", "torn"), ("code", "X")];
    // Another centre's operator has pages of his own, and no certificate or sticker of this one.
    assert_eq!(stick(&house, &binod, 1, "WB26-000001").await.status, StatusCode::NOT_FOUND);
    let own = with(&house, "GET", "/bsk/holograms", &binod).await;
    assert!(own.status == StatusCode::OK && !own.text().contains("WB26"), "{}", own.text());
    assert!(own.text().contains("No stickers were issued to this centre yet"), "what to do");
    let reply = post(&house, &binod, "/bsk/holograms/write-off", &serial).await;
    refused(&reply, StatusCode::CONFLICT, "not of your centre");
    for cookie in [&supervisor, &auditor, &asha] {
        for path in ["/bsk/holograms", "/bsk/test-page"] {
            assert_eq!(with(&house, "GET", path, cookie).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["/bsk/holograms/write-off", "/bsk/test-page", "/bsk/certificate/1/hologram"] {
            assert_eq!(post(&house, cookie, path, &serial).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for cookie in [&supervisor, &auditor, &rekha] {
        assert_eq!(with(&house, "GET", "/office/holograms", cookie).await.status, StatusCode::NOT_FOUND);
        for path in ["/office/holograms/issue", "/office/holograms/write-off"] {
            let fields = [("bsk", COB), ("first", "WB27-0001"), ("last", "WB27-0002"), serial[0], serial[1]];
            assert_eq!(post(&house, cookie, path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for (path, back) in [
        ("/bsk/holograms/write-off", "/bsk/holograms"),
        ("/office/holograms/issue", "/office/holograms"),
        ("/office/holograms/write-off", "/office/holograms"),
    ] {
        assert_eq!(with(&house, "GET", path, &rekha).await.header("location"), back);
    }
    // Nobody, and a form of another site.
    for path in ["/bsk/holograms", "/bsk/test-page", "/office/holograms"] {
        let reply = house.get(path).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/sign-in"), "{path}");
    }
    for (cookie, path) in [
        (&rekha, "/bsk/certificate/1/hologram"),
        (&rekha, "/bsk/holograms/write-off"),
        (&rekha, "/bsk/test-page"),
        (&asha, "/office/holograms/issue"),
        (&asha, "/office/holograms/write-off"),
    ] {
        let led = Request::post(path).header(header::COOKIE, cookie).header("sec-fetch-site", "cross-site");
        let led = led.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let led = led.body(Body::from("serial=WB26-000001&reason=torn&code=X")).expect("a request");
        assert_eq!(house.call(led).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(house.ledger.hologram_bindings(uin, 9).await.expect("read"), []);
    assert_eq!(house.ledger.hologram_stock(sample::BSK).await.expect("read").left(), 60);
}

/// The page's answer to a sticker, and the call's.
async fn ask(house: &House, uin: &str, serial: &str) -> (Reply, Reply) {
    let page = post(house, "", "/verify/hologram", &[("number", uin), ("serial", serial)]).await;
    let body = json!({"serial": serial}).to_string();
    let call = house.post(&format!("/api/v1/verify/{uin}/hologram"), "application/json", body).await;
    (page, call)
}

#[tokio::test]
async fn a_verifier_reads_match_or_no_match_and_nothing_more() {
    let house = House::new().await;
    stock(&house, sample::BSK, "WB26-000001", "WB26-000060").await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let (one, other) = (printed(&house, &rekha, 1).await, printed(&house, &rekha, 2).await);
    let bare = printed(&house, &rekha, 3).await;
    for (number, serial) in [(1, "WB26-000001"), (1, "WB26-000002"), (2, "WB26-000003")] {
        assert_eq!(stick(&house, &rekha, number, serial).await.status, StatusCode::SEE_OTHER);
    }
    // The form is there whether there is a sticker or not.
    for uin in [one, bare] {
        let page = house.key_in(uin.as_str()).await;
        assert!(page.text().contains("id=\"sticker\"") && !page.text().contains("WB26-"), "{}", page.text());
    }
    for serial in ["WB26-000002", " wb26 000 002 "] {
        let (page, call) = ask(&house, one.as_str(), serial).await;
        assert!(page.text().contains("The sticker matches") && page.text().contains("স্টিকার মিলেছে"), "{}", page.text());
        assert!(page.text().contains("data-verdict=\"genuine\"") && !page.text().contains("000002"), "{}", page.text());
        assert_eq!((call.status, call.json()), (StatusCode::OK, json!({"hologram": "match"})));
    }
    // Replaced, another certificate's, unused, never issued, and what is no serial: one answer, to the last byte.
    for uin in [one, bare] {
        let mut answers = Vec::new();
        for serial in ["WB26-000001", "WB26-000003", "WB26-000050", "WB26-999999", "XX-1234567", "nonsense", "<b>"] {
            let (page, call) = ask(&house, uin.as_str(), serial).await;
            assert_eq!((page.status, call.status), (StatusCode::OK, StatusCode::OK), "{serial}");
            assert!(
                page.text().contains("No match") && !page.text().contains("The sticker matches"),
                "{}",
                page.text()
            );
            assert_eq!(call.json(), json!({"hologram": "no_match"}), "{serial}");
            answers.push((page.body, call.body));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{uin}");
    }
    let (page, _) = ask(&house, other.as_str(), "WB26-000003").await;
    assert!(page.text().contains("The sticker matches"));
    // Of a number that was never issued the verdict says so, and the call has the same word as for every other.
    let unknown = sample::uin(sample::DEPARTMENT, 9);
    let (page, call) = ask(&house, unknown.as_str(), "WB26-000002").await;
    assert!(page.text().contains("data-verdict=\"not_issued_here\"") && !page.text().contains("id=\"hologram\""));
    assert_eq!(call.json(), json!({"hologram": "no_match"}));
    let (page, call) = ask(&house, "BCWG-P1XF-3A7Q-YF0X", "WB26-000002").await;
    assert!(page.text().contains("data-verdict=\"mistyped\""), "{}", page.text());
    assert_eq!((call.status, &call.json()["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("uin")));
    // What cannot be used is named, and what is too long is not read.
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    for serial in ["", "  ", &"9".repeat(65)] {
        let (page, call) = ask(&house, one.as_str(), serial).await;
        refused(&page, unfit, "`serial`");
        assert_eq!((call.status, &call.json()["pointer"]), (unfit, &json!("/serial")), "{serial}");
    }
    let (page, call) = ask(&house, one.as_str(), &"9".repeat(9_000)).await;
    assert_eq!((page.status, call.status), (StatusCode::PAYLOAD_TOO_LARGE, StatusCode::PAYLOAD_TOO_LARGE));
    let path = format!("/api/v1/verify/{one}/hologram");
    for body in ["{}", "{\"serial\": 1}", "{\"serial\": \"x\", \"uin\": \"y\"}", "[]", "nonsense"] {
        assert_eq!(house.post(&path, "application/json", body).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(house.get(&path).await.status, StatusCode::METHOD_NOT_ALLOWED, "a serial rides no address");
    let back = house.get("/verify/hologram").await;
    assert_eq!((back.status, back.header("location")), (StatusCode::SEE_OTHER, "/"));
}

#[tokio::test]
async fn stickers_are_asked_for_as_slowly_as_numbers() {
    let limits = Limits { verify_per_minute: 3, ..Limits::default() };
    let house = House::with(|portal| portal.limits = limits).await;
    let uin = sample::uin(sample::DEPARTMENT, 1);
    let path = format!("/api/v1/verify/{uin}/hologram");
    let body = json!({"serial": "WB26-000001"}).to_string();
    for _ in 0..3 {
        assert_eq!(house.post(&path, "application/json", body.clone()).await.status, StatusCode::OK);
    }
    let (page, call) = ask(&house, uin.as_str(), "WB26-000001").await;
    assert_eq!((page.status, call.status), (StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS));
}
