//! Signing in, and what each sees: through the router, with real passwords and codes.

use crate::house::{
    House,
    people::{Account, DAY, account, act, department, enter, is_out, late, sign_in, with},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::people::{Place, Post};
use mohor_runtime::{account, ambient::SystemEntropy};

#[tokio::test]
async fn password_and_code_open_the_office_and_nothing_else_does() {
    let house = House::new().await;
    late(&house, 1).await;
    let rekha = account(&house, "rekha", Post::Supervisor, department("BCW")).await;
    is_out(&house, "__Host-mohor=AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(house.get("/sign-in").await.status, StatusCode::OK);
    let code = account::code(&rekha.totp, house.now()).expect("a code");
    let wrong = enter(&house, "rekha", "guess", &code).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text().contains("role=\"alert\"") && wrong.header("set-cookie").is_empty(), "{}", wrong.text());
    let nobody = enter(&house, "nobody", "guess", &code).await;
    assert_eq!((nobody.status, nobody.text()), (wrong.status, wrong.text()), "nobody learns which logins exist");
    assert_eq!(enter(&house, "rekha", &rekha.password, "000000").await.status, StatusCode::UNAUTHORIZED);

    let cookie = sign_in(&house, &rekha).await;
    let used = account::code(&rekha.totp, house.now()).expect("a code");
    let again = enter(&house, "rekha", &rekha.password, &used).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a code is good once");
    let office = with(&house, "GET", "/office", &cookie).await;
    assert_eq!(office.status, StatusCode::OK);
    let text = office.text();
    assert!(text.contains("BCW/1") && text.contains("data-count=\"late\">1<"), "{text}");
    assert!(text.contains("data-count=\"today\">0<"), "{text}");
    assert!(text.contains("Rekha &#60;b&#62;Das") && !text.contains("<b>Das"), "a name is text: {text}");
    assert_eq!(office.header("cache-control"), "no-store");
    assert!(with(&house, "GET", "/office?lang=bn", &cookie).await.text().contains("বিলম্বিত"));

    let cross = Request::post("/sign-out").header(header::COOKIE, &cookie).header("sec-fetch-site", "cross-site");
    let refused = house.call(cross.body(Body::empty()).expect("a request")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(with(&house, "GET", "/office", &cookie).await.status, StatusCode::OK, "another site signs nobody out");
    assert_eq!(with(&house, "POST", "/sign-out", &cookie).await.status, StatusCode::SEE_OTHER);
    is_out(&house, &cookie).await;
}

#[tokio::test]
async fn each_sees_within_the_bounds_of_the_post() {
    let house = House::new().await;
    late(&house, 1).await;
    let place = |district: &str| Place { district: Some(district.into()), ..Place::default() };
    let office = |office: &str| Place { office: Some(office.into()), ..department("BCW") };
    for (login, post, bounds, sees) in [
        ("state", Post::Supervisor, Place::default(), true),
        ("cooch-behar", Post::Supervisor, place("COB"), true),
        ("kolkata", Post::Supervisor, place("KOL"), false),
        ("land", Post::Supervisor, department("LRR"), false),
        ("elsewhere", Post::DesignatedOfficer, office("SDO-9"), false),
        ("auditor", Post::Auditor, Place::default(), true),
    ] {
        let account = account(&house, login, post, bounds).await;
        let cookie = sign_in(&house, &account).await;
        let text = with(&house, "GET", "/office", &cookie).await.text().to_owned();
        assert_eq!(text.contains("BCW/1"), sees, "{login}: {text}");
    }
    // Whoever watches no clocks is led to what the post is for.
    let centre = Place { bsk: Some("24101".into()), ..Place::default() };
    for (login, post, bounds, leads) in [
        ("operator", Post::BskOperator, centre, "/bsk?lang=en"),
        ("admin", Post::Administrator, Place::default(), "/office/rules?lang=en"),
    ] {
        let account = account(&house, login, post, bounds).await;
        let cookie = sign_in(&house, &account).await;
        let reply = with(&house, "GET", "/office", &cookie).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, leads), "{login}");
    }
}

#[tokio::test]
async fn disabling_resetting_and_time_end_what_is_open() {
    let house = House::new().await;
    let anita = account(&house, "anita", Post::Auditor, Place::default()).await;
    let cookie = sign_in(&house, &anita).await;
    let (given, other) = (account::draw(&SystemEntropy, "anita").expect("drawn"), sign_in(&house, &anita).await);
    let hashed = account::hash(&SystemEntropy, &given.password).expect("hashed");
    assert!(
        house
            .ledger
            .reset_person("anita", Some(&hashed), &given.totp, act("person.reset", "anita"))
            .await
            .expect("reset")
    );
    is_out(&house, &cookie).await;
    is_out(&house, &other).await;
    let anita = Account { login: "anita", password: given.password, totp: given.totp };
    let cookie = sign_in(&house, &anita).await;
    assert!(house.ledger.disable_person("anita", act("person.disable", "anita")).await.expect("disabled"));
    is_out(&house, &cookie).await;

    let binod = account(&house, "binod", Post::Auditor, Place::default()).await;
    let cookie = sign_in(&house, &binod).await;
    house.clock.fetch_add(DAY / 2, std::sync::atomic::Ordering::SeqCst);
    is_out(&house, &cookie).await;
}
