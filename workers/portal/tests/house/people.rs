//! Accounts with real passwords and codes, and what they sign in to.

use super::{House, Reply};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    event::EventKind,
    people::{Place, Post},
};
use mohor_ports::{
    ledger::{Act, Person, Proof},
    suite::sample,
};
use mohor_runtime::{account, ambient::SystemEntropy};

pub const DAY: i64 = 24 * 60 * 60 * 1000;

pub struct Account {
    pub login: &'static str,
    pub password: String,
    pub totp: String,
}

pub fn act(word: &str, login: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: login.into(), detail: String::new() }
}

pub async fn account(house: &House, login: &'static str, post: Post, bounds: Place) -> Account {
    let given = account::draw(&SystemEntropy, login).expect("drawn");
    let person = Person {
        name: "Rekha <b>Das</b>".into(),
        proof: Proof::Password(account::hash(&SystemEntropy, &given.password).expect("hashed")),
        totp: Some(given.totp.clone()),
        ..sample::person(login, post, bounds)
    };
    assert!(house.ledger.add_person(person, act("person.add", login)).await.expect("added"));
    Account { login, password: given.password, totp: given.totp }
}

pub fn department(code: &str) -> Place {
    Place { department: Some(code.into()), ..Place::default() }
}

pub async fn enter(house: &House, login: &str, password: &str, code: &str) -> Reply {
    let form = format!("login={login}&password={password}&code={code}");
    house.post("/sign-in", "application/x-www-form-urlencoded", form).await
}

/// Signs in with the next code; gives the cookie.
pub async fn sign_in(house: &House, account: &Account) -> String {
    house.clock.fetch_add(30_000, std::sync::atomic::Ordering::SeqCst);
    let code = account::code(&account.totp, house.now()).expect("a code");
    let reply = enter(house, account.login, &account.password, &code).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/office"), "{}", reply.text());
    let cookie = reply.header("set-cookie");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    cookie.split(';').next().expect("a cookie").to_owned()
}

pub async fn with(house: &House, method: &str, path: &str, cookie: &str) -> Reply {
    let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
    house.call(request.body(Body::empty()).expect("a request")).await
}

pub async fn is_out(house: &House, cookie: &str) {
    let reply = with(house, "GET", "/office", cookie).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
}

/// An application of BCW that has been late since its four weeks were over.
pub async fn late(house: &House, number: u64) {
    let event = sample::event(EventKind::Submitted, number);
    let at = house.now().plus_millis(-90 * DAY);
    sample::send(&*house.ledger, vec![mohor_domain::event::InboundEvent { at, ..event }]).await;
}
