//! What the provider's addresses answer.

use super::{ABSENT, HEAD, Provider, given, is_refusal, with};
use mohor_ports::identity::Identity;
use serde_json::{Value, json};

#[tokio::test]
async fn of_the_token_endpoints_answer_the_tokens_count_and_nothing_else() {
    let provider = Provider::start().await;
    for odd in [
        json!({"expires_in": "3600"}),
        json!({"expires_in": 3599.5, "token_type": "bearer", "scope": null}),
        json!({"expires_in": -1, "token_type": ABSENT, "scope": ["openid"], "refresh_token": 7}),
        json!({"token_type": "DPoP?", "not-before-policy": 0, "session_state": null, "access_token": null}),
        json!({"access_token": ABSENT, "expires_in": null}),
    ] {
        let answer = |nonce: &str| {
            let token = provider.signed(&HEAD.with(&json!({})), &provider.claims(nonce, &json!({})));
            (200, with(serde_json::from_str(&given(&token)).expect("JSON"), &odd).to_string())
        };
        provider.sign_in(false, answer).await.unwrap_or_else(|error| panic!("{odd}: {error}"));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_refusal_and_one_that_passes_an_outage() {
    let provider = Provider::start().await;
    for (status, body, words) in [
        (200, "<html>sign in</html>".to_owned(), "cannot be read"),
        (200, "[]".into(), "no ID token"),
        (200, "{}".into(), "no ID token"),
        (200, json!({"access_token": "x", "id_token": null}).to_string(), "no ID token"),
        (200, json!({"access_token": "x", "id_token": {"a": 1}}).to_string(), "no ID token"),
        (200, given("no-token"), "no signed JWT"),
        (200, given("a.b.c"), "no signed JWT"),
        (200, given("a.b.c.d.e"), "encrypted"),
        (200, "x".repeat(300 * 1024), "cannot be read"),
        (400, json!({"error": "invalid_grant"}).to_string(), "does not take the code"),
        (400, json!({"error": "something_new", "error_description": 7}).to_string(), "cannot be read"),
        (401, json!({"error": "invalid_client"}).to_string(), "oidc.client_secret_file"),
        (403, String::new(), "cannot be read"),
        (302, String::new(), "cannot be read"),
    ] {
        let what = format!("{status} {body:.40}");
        is_refusal(provider.sign_in(false, |_| (status, body)).await, words, &what);
    }
    for status in [429, 500, 502, 503] {
        let error = provider.sign_in(false, |_| (status, "<html>busy</html>".into())).await.err().expect("busy");
        assert_eq!(error.code(), "outage", "{status}: {error}");
    }
}

#[tokio::test]
async fn user_info_is_read_like_a_token_and_is_of_the_same_person() {
    let provider = Provider::start().await;
    let token =
        |nonce: &str| given(&provider.signed(&HEAD.with(&json!({})), &provider.claims(nonce, &json!({"name": null}))));
    let ask = || provider.sign_in(true, |nonce| (200, token(nonce)));
    let signed = |change: &Value| {
        let said = json!({"iss": provider.issuer, "aud": "mohor", "sub": "248289", "name": "Rekha Das"});
        provider.signed(&HEAD.with(&json!({})), &with(said, change))
    };
    let odd = json!({"sub": "248289", "name": "Rekha Das", "updated_at": "then", "preferred_username": "other"});
    for said in [odd.to_string(), signed(&json!({})), signed(&json!({"aud": ["x", "mohor"], "azp": "mohor"}))] {
        provider.says("/userinfo", 200, said.clone());
        let claims = ask().await.unwrap_or_else(|error| panic!("{said}: {error}")).claims;
        assert_eq!((&claims["name"], &claims["preferred_username"]), (&json!("Rekha Das"), &json!("rekha")), "{said}");
    }
    for (status, said, words) in [
        (200, json!({"sub": "another"}).to_string(), "somebody else"),
        (200, json!({"name": "Rekha Das"}).to_string(), "somebody else"),
        (200, signed(&json!({"sub": "another"})), "somebody else"),
        (200, signed(&json!({"aud": "another"})), "`aud`"),
        (200, signed(&json!({"iss": ABSENT})), "another issuer"),
        (200, "<html>".into(), "cannot be read"),
        (200, "{".into(), "cannot be read"),
        (401, String::new(), "does not take the access token"),
    ] {
        provider.says("/userinfo", status, said.clone());
        is_refusal(ask().await, words, &said);
    }
    provider.says("/userinfo", 503, "");
    assert_eq!(ask().await.err().expect("away").code(), "outage");
    let none = |nonce: &str| token(nonce).replace("opaque", "");
    is_refusal(provider.sign_in(true, |nonce| (200, none(nonce))).await, "no access token", &"none");
}

#[tokio::test]
async fn a_description_that_cannot_be_read_is_an_outage_that_says_why() {
    let provider = Provider::start().await;
    for (path, status, body, words) in [
        ("/keys", 200, "{}", "no set of keys"),
        ("/keys", 404, "", "of its keys: it answers 404"),
        ("/.well-known/openid-configuration", 200, "<html>", "no JSON"),
        ("/.well-known/openid-configuration", 301, "", "it answers 301"),
        ("/.well-known/openid-configuration", 503, "", "it answers 503"),
    ] {
        provider.says(path, status, body);
        let error = provider.identity(false).probe().await.expect_err(words);
        assert!(error.code() == "outage" && error.to_string().contains(words), "{path} {status}: {error}");
    }
}
