//! Tokens: which are believed, and why others are not.

use super::{ABSENT, HEAD, Provider, given, is_refusal, jws, key, now};
use openidconnect::PrivateSigningKey;
use serde_json::json;

#[tokio::test]
async fn claims_that_are_not_used_are_not_judged() {
    let provider = Provider::start().await;
    for odd in [
        json!({}),
        json!({"updated_at": "2026-01-01T00:00:00Z", "email_verified": "true", "phone_number_verified": "no"}),
        json!({"auth_time": "1767322000", "address": "12 Park Street", "birthdate": 1970, "acr": 2, "amr": "pwd"}),
        json!({"address": {"formatted": 7}, "name": null, "picture": "", "website": "no address", "locale": "??"}),
        json!({"at_hash": 7, "c_hash": null, "jti": [], "zoneinfo": {}, "gender": 9, "email": ["a", "b"]}),
        json!({"iat": now() as f64 - 0.25, "exp": now() as f64 + 60.75, "nbf": "then", "groups": {"a": 1}}),
        json!({"azp": null, "aud": ["mohor"]}),
        json!({"azp": "mohor", "aud": ["mohor", "mohor"]}),
    ] {
        let vouching = provider.with(&odd).await.unwrap_or_else(|error| panic!("{odd}: {error}"));
        assert_eq!(vouching.claims["preferred_username"], "rekha", "{odd}");
        assert!(vouching.claims.as_object().expect("claims").values().all(|value| !value.is_null()), "{odd}");
    }
    let vouching = provider.with(&json!({"updated_at": "then"})).await.expect("let in");
    assert_eq!(vouching.claims["updated_at"], "then", "whoever needs it reads it as it came");
}

#[tokio::test]
async fn a_token_for_several_is_ours_where_azp_says_so() {
    let provider = Provider::start().await;
    for ours in [json!(["mohor", "another"]), json!(["another", "third", "mohor"])] {
        provider.with(&json!({"aud": ours, "azp": "mohor"})).await.expect("given to us");
        is_refusal(provider.with(&json!({ "aud": ours })).await, "no `azp`", &ours);
        for azp in [json!("another"), json!(""), json!(["mohor"])] {
            is_refusal(provider.with(&json!({"aud": ours, "azp": azp})).await, "`azp` names another", &ours);
        }
    }
    is_refusal(provider.with(&json!({"azp": "another"})).await, "`azp` names another", &"one audience");
    for others in [json!("another"), json!([]), json!(["another"]), json!(ABSENT), json!("Mohor"), json!({"mohor": 1})]
    {
        is_refusal(provider.with(&json!({"aud": others, "azp": "mohor"})).await, "`aud`", &others);
    }
}

#[tokio::test]
async fn what_a_token_is_believed_by_is_judged_strictly() {
    let provider = Provider::start().await;
    let slash = format!("{}/", provider.issuer);
    for (change, words) in [
        (json!({"iss": slash}), "another issuer"),
        (json!({"iss": ABSENT}), "another issuer"),
        (json!({"exp": now()}), "expired"),
        (json!({"exp": (now() + 60).to_string()}), "`exp`"),
        (json!({"exp": ABSENT}), "`exp`"),
        (json!({"iat": ABSENT}), "`iat`"),
        (json!({"iat": now() + 301}), "from the future"),
        (json!({"nbf": now() + 301}), "from the future"),
        (json!({"nonce": ABSENT}), "`nonce`"),
        (json!({"nonce": "of another"}), "`nonce`"),
        (json!({"nonce": 7}), "`nonce`"),
        (json!({"sub": ABSENT}), "`sub`"),
        (json!({"sub": ""}), "`sub`"),
        (json!({"sub": 7}), "`sub`"),
    ] {
        is_refusal(provider.with(&change).await, words, &change);
    }
    for (change, words) in [
        (json!({"alg": "none"}), "algorithm"),
        (json!({"alg": "HS256"}), "algorithm"),
        (json!({"alg": "RS384"}), "algorithm"),
        (json!({"alg": ABSENT}), "algorithm"),
        (json!({"alg": "RS256"}), "no key"),
        (json!({"kid": "second"}), "no key"),
        (json!({"typ": "at+jwt"}), "another type"),
        (json!({"crit": ["b64"], "b64": false}), "`crit`"),
    ] {
        let head = HEAD.with(&change);
        let answer = provider
            .sign_in(false, |nonce| (200, given(&provider.signed(&head, &provider.claims(nonce, &json!({}))))))
            .await;
        is_refusal(answer, words, &change);
    }
    for (kid, words) in [(Some("first"), "signature is wrong"), (None, "no key")] {
        let forged =
            |nonce: &str| jws(&key(2, kid), &HEAD.with(&json!({ "kid": kid })), &provider.claims(nonce, &json!({})));
        is_refusal(provider.sign_in(false, |nonce| (200, given(&forged(nonce)))).await, words, &kid);
    }
}

#[tokio::test]
async fn a_key_without_an_id_is_found() {
    let provider = Provider::start().await;
    let plain = |seed| key(seed, None).as_verification_key();
    let right = provider.key.as_verification_key();
    for (keys, kid) in [
        (json!([plain(2), plain(1)]), json!("first")),
        (json!([plain(2), right]), json!(ABSENT)),
        (json!([{"kty": "RSA", "use": "enc", "alg": "RSA-OAEP"}, {"kty": "new"}, right]), json!(null)),
    ] {
        provider.says("/keys", 200, json!({"keys": keys, "more": 7}).to_string());
        let head = HEAD.with(&json!({"kid": kid, "typ": "application/JWT", "x5t": 7}));
        let answer = |nonce: &str| (200, given(&provider.signed(&head, &provider.claims(nonce, &json!({})))));
        provider.sign_in(false, answer).await.unwrap_or_else(|error| panic!("{keys}: {error}"));
    }
}
