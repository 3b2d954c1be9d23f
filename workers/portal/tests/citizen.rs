//! Where an application stands, through the router: by number and key together alone, and masked.

use crate::house::{
    House,
    citizen::{acts, approve, form, house, post, said, stands, submit, track},
    tray::operator,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    event::EventKind,
    uncollected::{RerouteReason, ReturnReason},
};
use mohor_portal::Limits;
use mohor_ports::{
    ledger::{Moving, Reroute, Return},
    suite::sample,
};
use serde_json::json;
use std::sync::atomic::Ordering;

const DAY: i64 = 24 * 60 * 60_000;

#[tokio::test]
async fn an_application_is_followed_from_its_receipt_to_the_hand_over() {
    let (house, _) = house().await;
    let (id, key) = submit(&house, 1, Some(sample::BSK)).await;
    let home = house.get("/?lang=en").await;
    assert!(home.text().contains("href=\"/track?lang=en\""), "{}", home.text());
    let page = house.get("/track?lang=bn").await;
    assert!(page.status == StatusCode::OK && page.text().contains("ট্র্যাকিং কী"), "{}", page.text());
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "received");
    let text = seen.text();
    assert!(text.contains("R••• D•••") && !text.contains("Rekha") && !text.contains("রেখা"), "{text}");
    assert!(
        text.contains("Due, as promised</th><td>3 September 2026") && text.contains("as it is now</th><td>3 September"),
        "{text}"
    );
    assert!(!text.contains(&sample::mobile(1)) && !text.contains("id=\"fetch\""), "{text}");
    let folded = format!("  {} ", key.to_lowercase().replace('-', " "));
    stands(&track(&house, " bcw/ 1", &folded).await, "received");

    // A defect, and that it was rectified.
    let defect = json!({"reason": {"en": "the <b>deed</b> is missing", "bn": "দলিল নেই"}});
    sample::send(&*house.ledger, vec![said(EventKind::Deficient, 1, defect, &house)]).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "deficient");
    assert!(seen.text().contains("the &#60;b&#62;deed&#60;/b&#62; is missing"), "{}", seen.text());
    assert!(seen.text().contains("Answer the defect by</th><td>"), "{}", seen.text());
    let bengali = post(&house, "/track?lang=bn", &[("number", "BCW/1"), ("key", &key)]).await;
    assert!(bengali.text().contains("দলিল নেই"), "{}", bengali.text());
    house.clock.fetch_add(4 * DAY, Ordering::SeqCst);
    sample::send(&*house.ledger, vec![said(EventKind::Resumed, 1, json!({}), &house)]).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "received");
    assert!(
        !seen.text().contains("deed") && seen.text().contains("Due, as promised</th><td>3 September 2026"),
        "{}",
        seen.text()
    );
    assert!(
        !seen.text().contains("as it is now</th><td>3 September"),
        "the time of the defect is left out: {}",
        seen.text()
    );
    assert!(!seen.text().contains("You may appeal"), "{}", seen.text());

    // Late.
    house.clock.fetch_add(45 * DAY, Ordering::SeqCst);
    let seen = track(&house, "BCW/1", &key).await;
    assert!(seen.text().contains("The due day is over") && seen.text().contains("You may appeal"), "{}", seen.text());

    let uin = approve(&house, 1, Some(sample::BSK)).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "ready");
    assert!(seen.text().contains("phone ••••••0001") && !seen.text().contains(&sample::mobile(1)), "{}", seen.text());
    assert!(!seen.text().contains(uin.as_str()) && !seen.text().contains(&uin.grouped()), "{}", seen.text());
    let rekha = operator(&house, "rekha", sample::BSK).await;
    let paper = [("way", "paper"), ("kind", "voter_card"), ("last", "12AB")];
    crate::house::tray::post(&house, &rekha, "/bsk/certificate/1/deliver", &paper).await;
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "handed_over");
    assert!(!seen.text().contains("••••••0001"), "from then on not even its end: {}", seen.text());
    assert_eq!(acts(&house, &id.to_string(), "application.track").await, 8);
}

/// After it went on, it waits where it lies now, whatever centre the application names.
#[tokio::test]
async fn what_went_back_or_on_is_said() {
    let (house, _) = house().await;
    let (_, key) = submit(&house, 1, Some(sample::BSK)).await;
    let uin = approve(&house, 1, Some(sample::BSK)).await;
    let actor = || "person:asha".to_owned();
    let bsk = || sample::BSK.to_owned();
    let back = Return { uin, bsk: bsk(), reason: ReturnReason::NotFetched, note: None, actor: actor() };
    assert!(matches!(house.ledger.give_back(back).await.expect("moved"), Moving::New(_)));
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "returned");
    assert!(seen.text().contains("Ask at the department") && seen.text().contains("24101"), "{}", seen.text());
    let reason = RerouteReason::CitizenAsked;
    let on = Reroute { uin, from: bsk(), to: "COB0001".into(), reason, note: None, actor: actor() };
    assert!(matches!(house.ledger.send_on(on).await.expect("moved"), Moving::New(_)));
    let seen = track(&house, "BCW/1", &key).await;
    stands(&seen, "ready");
    let name = &house.portal.catalogue.bsks["COB0001"].name;
    assert!(seen.text().contains(name.as_str()) && !seen.text().contains("24101"), "{}", seen.text());
}

#[tokio::test]
async fn a_rejection_says_why_and_a_withdrawal_that_it_is_over() {
    let (house, _) = house().await;
    let ((_, first), (_, second)) = (submit(&house, 1, None).await, submit(&house, 2, None).await);
    let reasons = json!({"reasons": [{"en": "no such family", "bn": "এমন পরিবার নেই"}, {"en": "of another district"}]});
    let events = vec![said(EventKind::Rejected, 1, reasons, &house), said(EventKind::Withdrawn, 2, json!({}), &house)];
    sample::send(&*house.ledger, events).await;
    let seen = track(&house, "BCW/1", &first).await;
    stands(&seen, "rejected");
    for words in ["no such family", "of another district", "You may appeal"] {
        assert!(seen.text().contains(words), "no {words}: {}", seen.text());
    }
    stands(&track(&house, "BCW/2", &second).await, "withdrawn");
    let sent = post(&house, "/track/code?lang=en", &[("number", "BCW/1"), ("key", &first)]).await;
    assert_eq!(sent.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_unknown_number_and_another_key_are_one_answer_to_the_byte() {
    let (house, phones) = house().await;
    let (id, key) = submit(&house, 1, None).await;
    let (_, other) = submit(&house, 2, None).await;
    approve(&house, 1, None).await;
    let wrong = "0000-0000";
    let unknown = track(&house, "BCW/404", &key).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let audited = acts(&house, &id.to_string(), "application.track").await;
    for (number, key) in [("BCW/1", wrong), ("BCW/1", other.as_str()), ("' OR 1=1 --", wrong), ("<script>", wrong)] {
        let same = track(&house, number, key).await;
        assert_eq!((same.status, &same.body), (unknown.status, &unknown.body), "{number}");
        assert_eq!(same.headers, unknown.headers, "{number}");
        for path in ["/track/code?lang=en", "/track/pdf?lang=en"] {
            let same = post(&house, path, &[("number", number), ("key", key), ("code", "123456")]).await;
            assert_eq!((same.status, &same.body), (unknown.status, &unknown.body), "{path} {number}");
        }
    }
    assert_eq!((acts(&house, &id.to_string(), "application.track").await, phones.count()), (audited, 0));
    // What cannot be a number or a key is told as such, whatever there is.
    for (number, key, field) in [
        ("", key.as_str(), "number"),
        (&"9".repeat(65), key.as_str(), "number"),
        ("BCW/1", "", "key"),
        ("BCW/1", "7K3M-9QX", "key"),
        ("BCW/1", "ক্ষক্ষক্ষক্ষ", "key"),
        ("BCW/404", "7K3M-9QXTT", "key"),
    ] {
        let bad = track(&house, number, key).await;
        let marked = format!("id=\"{field}\"");
        let line = bad.text().lines().find(|line| line.contains(&marked)).expect("the field").to_owned();
        assert!(
            bad.status == StatusCode::UNPROCESSABLE_ENTITY && line.contains("aria-invalid"),
            "{number} {key}: {line}"
        );
    }
    let huge = form(&[("number", &"9".repeat(9_000)), ("key", &key)]);
    let huge = house.post("/track", "application/x-www-form-urlencoded", huge).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let json = house.post("/track", "application/json", json!({"number": "BCW/1", "key": key}).to_string()).await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for path in ["/track/code", "/track/pdf"] {
        let back = house.get(&format!("{path}?number=BCW/1&key={key}")).await;
        assert_eq!(
            (back.status, back.header("location")),
            (StatusCode::SEE_OTHER, "/track"),
            "no address shows anything"
        );
    }
    assert!(!house.get(&format!("/track?number=BCW/1&key={key}")).await.text().contains("data-stands"));
}

#[tokio::test]
async fn after_ten_wrong_keys_nothing_is_shown_for_a_number() {
    let (house, _) = house().await;
    let ((_, key), (_, other)) = (submit(&house, 1, None).await, submit(&house, 2, None).await);
    let wrong = track(&house, "BCW/1", "0000-0000").await;
    for n in 1..10 {
        stands(&track(&house, "BCW/1", &key).await, "received");
        assert_eq!(track(&house, "bcw/1", &format!("0000-000{n}")).await.status, StatusCode::NOT_FOUND);
    }
    let right = track(&house, "BCW/1", &key).await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    let right = post(&house, "/track/code?lang=en", &[("number", "BCW/1"), ("key", &key)]).await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    stands(&track(&house, "BCW/2", &other).await, "received");
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits() {
    let house = House::with(|portal| portal.limits = Limits { tracks_per_minute: 3, ..Limits::default() }).await;
    let (_, key) = submit(&house, 1, None).await;
    for _ in 0..3 {
        stands(&track(&house, "BCW/1", &key).await, "received");
    }
    for path in ["/track", "/track/code", "/track/pdf"] {
        let reply = post(&house, path, &[("number", "BCW/1"), ("key", &key), ("code", "123456")]).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(!reply.header("retry-after").is_empty());
    }
    let body = form(&[("number", "BCW/1"), ("key", &key)]);
    let request = Request::post("/track").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let elsewhere = house.call_from("198.51.100.7:1", request.body(Body::from(body)).expect("a request")).await;
    stands(&elsewhere, "received");
}
