//! Tokens, answers and claims that do not hold.

use super::{Place, STRONG, is_in, is_refused, supervisor};
use mohor_tests::{
    house::House,
    provider::{Walk, ready},
};
use serde_json::json;

#[test]
fn odd_words_that_are_not_used_keep_nobody_out() {
    if !ready() {
        return;
    }
    let mut place = Place::open(House::new(), "RS256", &format!("provision = true\n{STRONG}"));
    place.provider.person("rekha", "urn:two", supervisor("BCW"));
    place.provider.forge("odd");
    is_in(&place.sign_in(&mut Walk::new(), "rekha"));
    assert_eq!(place.department_of("rekha"), "BCW");

    // A mail address is a login, and whoever has the same name in a domain is somebody else.
    for (how, login) in [("mail", "rekha.das@wb.gov.in"), ("domain", "rekha.das@wbgov")] {
        place.provider.forge(how);
        is_in(&place.sign_in(&mut Walk::new(), "rekha"));
        assert_eq!(place.department_of(login), "BCW", "{how}");
    }
    place.provider.forge("spaces");
    is_refused(&place.sign_in(&mut Walk::new(), "rekha"), "no login");
    place.waits_for("`oidc.login_claim` is no login");

    // What cannot be read is named, and no outage.
    place.provider.forge("unread");
    is_refused(&place.sign_in(&mut Walk::new(), "rekha"), "a token that cannot be read");
    place.waits_for("`exp` is missing or no number");
    assert!(!place.runner.said().contains("ekha"), "{}", place.runner.said());
    place.house.assert_healthy();
}

#[test]
fn what_does_not_hold_lets_nobody_in() {
    if !ready() {
        return;
    }
    let mut place =
        Place::open(House::new(), "RS256", &format!("provision = true\n{STRONG}\nrequired_amr = [\"otp\"]"));
    place.provider.person("rekha", "urn:two", supervisor("BCW"));
    for how in [
        "nonce",
        "no_nonce",
        "expired",
        "future",
        "audience",
        "audiences",
        "another_party",
        "unread",
        "issuer",
        "foreign_key",
        "unknown_key",
        "hs256",
        "none",
    ] {
        place.provider.forge(how);
        is_refused(&place.sign_in(&mut Walk::new(), "rekha"), how);
    }
    assert_eq!(place.house.run(["people", "list", "--json"]).json(), json!([]), "nobody was made");
    place.provider.forge("");

    // The state and the code are good once, and for the browser that began.
    let mut walk = Walk::new();
    let back = walk.away(&place.portal, "rekha");
    is_refused(&Walk::new().get(&back), "another browser");
    let (before, after) = back.split_once("state=").expect("a state");
    let (state, rest) = after.split_at(64);
    let turned: String = state.chars().rev().collect();
    is_refused(&walk.get(&format!("{before}state={turned}{rest}")), "another state");
    is_refused(&walk.get(&back), "after that the right one is over too");
    let back = walk.away(&place.portal, "rekha");
    let page = walk.get(&back);
    is_in(&page);
    assert!(
        page.cookies.iter().any(|it| it.starts_with("__Host-mohor=") && it.contains("SameSite=Strict")),
        "{page:?}"
    );
    assert_eq!(walk.cookie(&place.portal, "__Secure-mohor-away"), None, "the handle is over");
    is_refused(&walk.get(&back), "once more");
    assert_eq!(place.office(&mut walk).status, 200, "and harms nobody who is in");
    let back = Walk::new().away(&place.portal, "rekha");
    let mut other = Walk::new();
    other.away(&place.portal, "rekha");
    is_refused(&other.get(&back), "somebody else's code and state");
    let mut walk = Walk::new();
    let back = walk.away(&place.portal, "rekha");
    is_refused(&walk.get(&back.replace("iss=http", "iss=https")), "an answer of another issuer");
    let mut walk = Walk::new();
    let back = walk.away(&place.portal, "rekha");
    let (before, code) = back.split_once("code=").expect("a code");
    let rest = code.split_once('&').expect("more").1;
    is_refused(&walk.get(&format!("{before}code=another&{rest}")), "another code");
    is_refused(&place.sign_in(&mut Walk::new(), "nobody"), "unknown there");

    // What the rules do not allow, whatever else is said.
    for (claims, why) in [
        (json!({"department": "BCW"}), "no_rule"),
        (json!({"groups": ["mohor-supervisor"]}), "no_bound"),
        (json!({"groups": ["mohor-supervisor", "mohor-state"], "department": "BCW"}), "contradiction"),
        (json!({"groups": ["mohor-supervisor"], "department": "NOWHERE"}), "bad_bound"),
    ] {
        place.provider.person("anita", "urn:two", claims);
        is_refused(&place.sign_in(&mut Walk::new(), "anita"), why);
        place.waits_for(why);
    }
    place.provider.person("anita", "urn:one", supervisor("BCW"));
    is_refused(&place.sign_in(&mut Walk::new(), "anita"), "no second factor anywhere");
    place.provider.forge("amr");
    is_in(&place.sign_in(&mut Walk::new(), "anita"));

    // A login that was given to somebody else is not the account of whoever had it.
    place.provider.forge("subject");
    is_refused(&place.sign_in(&mut Walk::new(), "rekha"), "another subject by the same login");
    let said = place.runner.said();
    assert!(!said.contains("rekha") && !said.contains("anita") && !said.contains("code="), "{said}");
    place.house.assert_healthy();
}
