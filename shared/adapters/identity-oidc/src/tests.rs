//! Sign-in with a provider that says what it is told to, and signs it.

use crate::{OidcIdentity, Settings};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    identity::{Identity, Vouching},
    suite::sample::Counting,
};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

mod answers;
mod claims;

/// A member with this value is taken out.
const ABSENT: &str = "absent";
const NOW: &str = "2026-01-02T03:04:05Z";

fn now() -> i64 {
    Instant::parse(NOW).expect("an instant").millis() / 1000
}

/// Answers by path: status and body.
type Answers = Arc<Mutex<BTreeMap<String, (u16, String)>>>;

struct Provider {
    issuer: String,
    answers: Answers,
    key: CoreEdDsaPrivateSigningKey,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let answers = Answers::default();
        let shared = answers.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        let provider = Self { issuer, answers, key: key(1, Some("first")) };
        let at = |path: &str| format!("{}{path}", provider.issuer);
        let said = json!({
            "issuer": provider.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "userinfo_endpoint": at("/userinfo"),
            "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        });
        provider.says("/.well-known/openid-configuration", 200, said.to_string());
        provider.says("/keys", 200, json!({ "keys": [provider.key.as_verification_key()] }).to_string());
        provider
    }

    fn says(&self, path: &str, status: u16, body: impl Into<String>) {
        self.answers.lock().expect("a lock").insert(path.into(), (status, body.into()));
    }

    fn identity(&self, user_info: bool) -> OidcIdentity {
        let settings = Settings { user_info, ..settings(&self.issuer, "http://127.0.0.1:8470") };
        OidcIdentity::open(settings, Arc::new(Counting::from(7))).expect("a client")
    }

    /// What a token says, with these members instead.
    fn claims(&self, nonce: &str, change: &Value) -> Value {
        let claims = json!({
            "iss": self.issuer, "sub": "248289", "aud": "mohor", "nonce": nonce, "iat": now() - 1, "exp": now() + 60,
            "preferred_username": "rekha",
        });
        with(claims, change)
    }

    fn signed(&self, head: &Value, claims: &Value) -> String {
        jws(&self.key, head, claims)
    }

    /// Signs in: the token endpoint answers this for the nonce that was sent.
    async fn sign_in(&self, user_info: bool, answer: impl FnOnce(&str) -> (u16, String)) -> Result<Vouching> {
        let identity = self.identity(user_info);
        let begun = identity.begin().await?;
        let (status, body) = answer(&begun.pending.nonce);
        self.says("/token", status, body);
        identity.finish("the-code", None, &begun.pending, Instant::parse(NOW).expect("an instant")).await
    }

    /// Signs in with a token that says this besides.
    async fn with(&self, change: &Value) -> Result<Vouching> {
        self.sign_in(false, |nonce| (200, given(&self.signed(&HEAD.with(&json!({})), &self.claims(nonce, change)))))
            .await
    }
}

/// The head of a token.
struct Head;
const HEAD: Head = Head;

impl Head {
    fn with(&self, change: &Value) -> Value {
        with(json!({"alg": "EdDSA", "kid": "first"}), change)
    }
}

fn with(mut object: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    object.as_object_mut().expect("an object").retain(|_, value| value != ABSENT);
    object
}

fn given(token: &str) -> String {
    json!({"access_token": "opaque", "token_type": "Bearer", "expires_in": 3600, "id_token": token}).to_string()
}

/// A key of the tests, made of a number (PKCS #8 of RFC 8410).
fn key(seed: u8, kid: Option<&str>) -> CoreEdDsaPrivateSigningKey {
    let der = [hex::decode("302e020100300506032b657004220420").expect("hexadecimal"), vec![seed; 32]].concat();
    let label = |word: &str| format!("-----{word} {} KEY-----", "PRIVATE");
    let pem = format!("{}\n{}\n{}\n", label("BEGIN"), Base64::encode_string(&der), label("END"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, kid.map(|kid| JsonWebKeyId::new(kid.into()))).expect("a key")
}

fn jws(key: &CoreEdDsaPrivateSigningKey, head: &Value, claims: &Value) -> String {
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let input = format!("{}.{}", part(head), part(claims));
    let signature = key.sign(&CoreJwsSigningAlgorithm::EdDsa, input.as_bytes()).expect("signed");
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature))
}

async fn serve(mut stream: TcpStream, answers: Answers) {
    let (mut heard, mut part) = (Vec::new(), [0; 4096]);
    let text = loop {
        let Some(read) = stream.read(&mut part).await.ok().filter(|read| *read > 0) else { return };
        heard.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break text;
        }
    };
    let path = text.split(' ').nth(1).unwrap_or_default();
    let (status, body) = answers.lock().expect("a lock").get(path).cloned().unwrap_or((404, String::new()));
    // What an answer is called decides nothing.
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

fn settings(issuer: &str, portal: &str) -> Settings {
    Settings {
        issuer: issuer.into(),
        client_id: "mohor".into(),
        client_secret: None,
        scopes: vec![],
        portal: portal.into(),
        path: "/sign-in/back".into(),
        acr: vec![],
        user_info: false,
        authorities: vec![],
    }
}

/// A refusal, with these words for the log and nobody in them.
fn is_refusal(result: Result<Vouching>, words: &str, what: &dyn std::fmt::Debug) {
    let error = result.err().unwrap_or_else(|| panic!("{what:?} is let in"));
    assert!(matches!(error, Error::Reject { code: "sign_in_refused", .. }), "{what:?}: {error:?}");
    let said = error.to_string();
    assert!(said.contains(words) && !said.contains("rekha") && !said.contains("248289"), "{what:?}: {said}");
}

#[test]
fn without_tls_on_this_machine_alone() {
    let open = |issuer: &str, portal: &str| {
        let opened = OidcIdentity::open(settings(issuer, portal), Arc::new(Counting::default()));
        opened.err().map(|error| error.to_string())
    };
    let portal = "https://mohor.example.in";
    for issuer in ["https://sso.example.in/realms/state", "http://localhost:3000", "http://127.0.0.1:3000/x"] {
        assert_eq!(open(issuer, portal), None, "{issuer}");
    }
    for issuer in [
        "http://sso.example.in",
        "http://localhost.example.in",
        "http://127.0.0.1@sso.example.in",
        "",
        "sso",
        "file:///etc",
    ] {
        assert!(open(issuer, portal).expect("refused").contains("oidc.issuer"), "{issuer}");
    }
    assert!(open("https://sso.example.in", "http://mohor.example.in").expect("refused").contains("oidc.portal"));
}
