//! The test page through the router: nothing is printed before the printer was tried.

use crate::house::{
    House, Reply,
    people::with,
    tray::{document, given, of, operator, post, ready, refused},
};
use axum::http::StatusCode;
use mohor_ports::suite::sample;
use std::sync::atomic::Ordering;

/// The code on the page, as it is printed in letters.
fn letters(page: &Reply) -> String {
    let rest = page.text().split("id=\"letters\">").nth(1).unwrap_or_else(|| panic!("no code: {}", page.text()));
    rest.split('<').next().expect("a code").to_owned()
}

#[tokio::test]
async fn nothing_is_printed_before_the_printer_was_tried() {
    let house = House::with(|portal| portal.centre.test_page = true).await;
    let uin = ready(&house, 1, of(1, "Rekha Das", "D1")).await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let tray = with(&house, "GET", "/bsk", &rekha).await;
    assert!(tray.text().contains("Before the first print of the day"), "{}", tray.text());
    let print = async || post(&house, &rekha, "/bsk/certificate/1/print", &[]).await;
    let reply = print().await;
    refused(&reply, StatusCode::CONFLICT, "/bsk/test-page?lang=en");
    assert!(reply.text().contains("পরীক্ষা-পাতা") && !reply.body.starts_with(b"%PDF"));
    assert_eq!(given(&house, uin).await, [], "nothing left");
    // To look at it takes no printer.
    assert_eq!(with(&house, "GET", "/bsk/certificate/1/pdf", &rekha).await.body, document(uin));

    let scan = async |code: &str| post(&house, &rekha, "/bsk/test-page", &[("code", code)]).await;
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    refused(&scan("ABCDEFGHJK").await, unfit, "A new day has begun");
    let page = with(&house, "GET", "/bsk/test-page", &rekha).await;
    let code = letters(&page);
    assert_eq!(code.len(), 11, "{code}");
    for words in ["Mohor test page", "মোহর পরীক্ষা-পাতা", "100 mm", "<svg", "width=\"104mm\"", "#999999"]
    {
        assert!(page.text().contains(words), "no {words}: {}", page.text());
    }
    assert!(!page.text().contains("style="), "the page's style is the style sheet's");
    let again = with(&house, "GET", "/bsk/test-page?lang=bn", &rekha).await;
    assert_eq!(letters(&again), code, "one page a day");
    for text in ["", " ", &"x".repeat(65)] {
        refused(&scan(text).await, unfit, "`code`");
    }
    assert_eq!(scan(&"x".repeat(9_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Another centre's page is worth nothing here.
    let binod = operator(&house, "binod", "24102").await;
    let theirs = letters(&with(&house, "GET", "/bsk/test-page", &binod).await);
    assert_ne!(theirs, code);
    refused(&scan(&theirs).await, unfit, "tries left: 4");
    for left in [3, 2, 1] {
        refused(&scan("<script>alert(1)</script>").await, unfit, &format!("tries left: {left}"));
    }
    let reply = scan("wrong").await;
    refused(&reply, unfit, "this is a fresh page");
    let fresh = letters(&reply);
    assert_ne!(fresh, code);
    refused(&scan(&code).await, unfit, "tries left: 4");
    assert_eq!(print().await.status, StatusCode::CONFLICT);

    // As a scanner writes it.
    let scanned = format!("MOHOR-TEST#{}\r\n", fresh.replace('-', ""));
    let done = scan(&scanned).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/bsk/test-page?lang=en"));
    let page = with(&house, "GET", "/bsk/test-page", &rekha).await;
    assert!(page.text().contains("the printer was tried on 1 August 2026, 12:0") && page.text().contains("by rekha"));
    let tray = with(&house, "GET", "/bsk", &rekha).await;
    assert!(tray.text().contains("the printer was tried on") && !tray.text().contains("Before the first print"));
    assert_eq!(print().await.body, document(uin));
    // The other centre's printer was not tried, and tomorrow neither was this one.
    assert!(with(&house, "GET", "/bsk", &binod).await.text().contains("Before the first print of the day"));
    house.clock.fetch_add(12 * 60 * 60 * 1000, Ordering::SeqCst);
    let rekha = operator(&house, "anita", sample::BSK).await;
    refused(&post(&house, &rekha, "/bsk/certificate/1/print", &[]).await, StatusCode::CONFLICT, "not tried today");
    let acts = house.ledger.acts(sample::BSK).await.expect("read");
    assert_eq!(acts.iter().map(|(_, act)| act.act.as_str()).collect::<Vec<_>>(), ["printer.try"]);
}

#[tokio::test]
async fn the_code_on_the_test_page_is_what_its_qr_code_holds() {
    let house = House::new().await;
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let page = with(&house, "GET", "/bsk/test-page", &rekha).await;
    let held = mohor_domain::test_page::qr_text(&letters(&page).replace('-', ""));
    let drawn = mohor_document::qr::QrMatrix::encode(&held).expect("a code").svg_path();
    assert!(page.text().contains(&format!("d=\"{drawn}\"")), "{}", page.text());
}
