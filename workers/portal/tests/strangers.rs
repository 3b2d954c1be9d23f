//! What somebody without an account may do to the house and to those who have one: nothing that lasts.

use crate::house::{
    House,
    people::{Account, account, enter, is_out, sign_in, with},
};
use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use futures_util::StreamExt;
use mohor_domain::people::{Place, Post};
use mohor_portal::Limits;
use mohor_runtime::account as drawn;
use std::{convert::Infallible, sync::atomic::Ordering, time::Duration};
use tokio::sync::oneshot;

const MINUTE: i64 = 60_000;
/// Ends a test that would never end.
const PATIENCE: Duration = Duration::from_secs(300);

async fn auditor(house: &House) -> Account {
    account(house, "rekha", Post::Auditor, Place::default()).await
}

fn form(path: &str, text: String) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(text.into()).expect("a request")
}

/// The right password and the code of now, from there.
async fn right(house: &House, account: &Account, peer: &str) -> StatusCode {
    house.clock.fetch_add(30_000, Ordering::SeqCst);
    let code = drawn::code(&account.totp, house.now()).expect("a code");
    let text = format!("login={}&password={}&code={code}", account.login, account.password);
    house.call_from(peer, form("/sign-in", text)).await.status
}

#[tokio::test]
async fn wrong_passwords_hold_back_whoever_keys_them_in_and_nobody_elsewhere() {
    let house = House::new().await;
    let rekha = auditor(&house).await;
    for login in ["rekha", "nobody"] {
        for _ in 0..5 {
            assert_eq!(enter(&house, login, "guess", "000000").await.status, StatusCode::UNAUTHORIZED);
        }
        let held = enter(&house, login, "guess", "000000").await;
        assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS, "{login}: whether there is one or not");
        assert!(held.header("retry-after").parse::<u64>().expect("seconds") <= 61);
    }
    assert_eq!(right(&house, &rekha, "198.51.100.7:5000").await, StatusCode::SEE_OTHER, "the owner, elsewhere");
    let found = house.ledger.person("rekha").await.expect("read").expect("there");
    assert_eq!((found.failures, found.locked_until), (0, None), "the account knows nothing of them");
}

#[tokio::test]
async fn wrong_codes_after_the_right_password_lock_the_account_until_a_person_unlocks_it() {
    let house = House::new().await;
    let rekha = auditor(&house).await;
    for last in 1..=5 {
        let text = format!("login=rekha&password={}&code=000000", rekha.password);
        let reply = house.call_from(&format!("198.51.100.{last}:1"), form("/sign-in", text)).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(right(&house, &rekha, "198.51.100.7:1").await, StatusCode::UNAUTHORIZED, "locked, whoever comes");
    let act = crate::house::people::act("person.unlock", "rekha");
    assert!(house.ledger.unlock_person("rekha", act).await.expect("unlocked"));
    assert_eq!(right(&house, &rekha, "198.51.100.7:1").await, StatusCode::SEE_OTHER);
    let metrics = house.portal.telemetry.render();
    for (cause, times) in [("wrong_code", 5), ("locked", 1)] {
        assert!(metrics.contains(&format!("mohor_refused_total{{cause=\"{cause}\"}} {times}")), "{metrics}");
    }
}

#[tokio::test]
async fn a_cookie_that_nobody_was_given_is_worth_nothing_and_is_not_answered_with_one() {
    let house = House::new().await;
    for path in ["/sign-in", "/office", "/office/search", "/bsk/search", "/office/uncollected/centre", "/sign-in/away"]
    {
        for cookie in ["__Host-mohor=AAAAAAAAAAAAAAAAAAAAAA", "__Host-mohor=x", "mohor=AAAAAAAAAAAAAAAAAAAAAA"] {
            let reply = with(&house, "GET", path, cookie).await;
            assert!(!reply.header("set-cookie").contains("mohor=A"), "{path} {cookie}: {}", reply.header("set-cookie"));
        }
    }
}

#[tokio::test]
async fn signing_out_is_final_whatever_request_is_still_under_way() {
    let house = House::new().await;
    let rekha = auditor(&house).await;
    let cookie = sign_in(&house, &rekha).await;
    house.clock.fetch_add(5 * MINUTE, Ordering::SeqCst);
    let (send, sent) = oneshot::channel::<()>();
    let slow = futures_util::stream::once(async move {
        sent.await.expect("it comes");
        Ok::<_, Infallible>(Bytes::from_static(b"number=BCW/1"))
    });
    let request = Request::post("/office/search").header(header::COOKIE, &cookie);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let slow = house.call(request.body(Body::from_stream(slow)).expect("a request"));
    let signs_out = async {
        assert_eq!(with(&house, "POST", "/sign-out", &cookie).await.status, StatusCode::SEE_OTHER);
        send.send(()).expect("it waits");
    };
    let (answer, ()) = tokio::join!(slow, signs_out);
    assert!(answer.status.is_success() || answer.status.is_redirection() || answer.status.is_client_error());
    is_out(&house, &cookie).await;
}

#[tokio::test]
async fn a_session_lasts_as_long_as_somebody_works_and_no_longer() {
    let house = House::new().await;
    let rekha = auditor(&house).await;
    let cookie = sign_in(&house, &rekha).await;
    for _ in 0..4 {
        house.clock.fetch_add(25 * MINUTE, Ordering::SeqCst);
        assert_eq!(with(&house, "GET", "/office", &cookie).await.status, StatusCode::OK);
    }
    let at_once = with(&house, "GET", "/office", &cookie).await;
    assert_eq!(at_once.header("set-cookie"), "", "what was kept just now is not written again");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_by_whatever_the_browser_says_of_it() {
    let house = House::new().await;
    for (name, value, refused) in [
        ("sec-fetch-site", "cross-site", true),
        ("sec-fetch-site", "same-site", true),
        ("sec-fetch-site", "same-origin", false),
        ("origin", "https://evil.example", true),
        ("origin", "https://here.example.evil.example", true),
        ("origin", "https://here.example", false),
        ("origin", "null", false),
    ] {
        let request = Request::post("/sign-out").header(header::HOST, "here.example").header(name, value);
        let reply = house.call(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(reply.status == StatusCode::BAD_REQUEST, refused, "{name}: {value}");
    }
}

#[tokio::test]
async fn pages_of_whoever_is_signed_in_or_says_so_have_an_allowance_too() {
    let house = House::with(|portal| portal.limits = Limits { pages_per_second: 2, ..Limits::default() }).await;
    let mut refused = 0;
    for _ in 0..40 {
        refused +=
            u32::from(with(&house, "GET", "/office", "__Host-mohor=x").await.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0);
    assert!(house.portal.telemetry.render().contains("mohor_refused_total{cause=\"too_many_requests\"}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_has_a_few_streams_and_the_oldest_ends() {
    let house = House::with(|portal| portal.limits = Limits { streams: 10, ..Limits::default() }).await;
    let rekha = account(&house, "rekha", Post::Supervisor, Place::default()).await;
    let cookie = sign_in(&house, &rekha).await;
    let mut streams = Vec::new();
    for _ in 0..9 {
        let stream = house.open("/office/live", &cookie).await;
        assert_eq!(stream.status(), StatusCode::OK);
        streams.push(stream.into_body().into_data_stream());
    }
    let mut first = streams.remove(0);
    let ended = tokio::time::timeout(PATIENCE, async { while first.next().await.is_some() {} });
    assert!(ended.await.is_ok(), "the ninth ends the first");
    for stream in &mut streams {
        let open = stream.next().await.expect("open").expect("bytes");
        assert!(open.starts_with(b"event: open"));
    }
    let other = account(&house, "anita", Post::Supervisor, Place::default()).await;
    let cookie = sign_in(&house, &other).await;
    assert_eq!(house.open("/office/live", &cookie).await.status(), StatusCode::OK, "there is room for others");
}
