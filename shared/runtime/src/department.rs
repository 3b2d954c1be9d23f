//! What departments sign over HTTP: a detached JWS (RFC 7515, appendix F) over the body, in `Mohor-Signature`.
//!
//! The protected header is `{"alg":"EdDSA","kid":…,"iat":…,"htm":…,"htu":…}`: key id, Unix seconds, method and path with
//! its query, so that a signature serves for one request only. `kid` is the base64url of the key's RFC 7638 thumbprint.
//! The signing input is `protected.base64url(body)`; the header's value is `protected..signature`.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{
    Signature, Signer, SigningKey, VerifyingKey,
    pkcs8::{DecodePublicKey, EncodePrivateKey, KeypairBytes, spki::der::pem::LineEnding},
};
use mohor_domain::{civil::Instant, json};
use mohor_ports::ledger::{DepartmentKey, SignedRequest};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How far a request's time may be from the ledger's.
pub const FRESH_SECONDS: i64 = 300;
/// The header's value, at most.
pub const MAX_SIGNATURE: usize = 1_024;

const FORM: &str = "Mohor-Signature is a detached JWS: protected..signature, both in base64url without padding";
const IAT: &str = "iat counts seconds since 1970 as a whole number: no text, no fraction, no smaller unit";
const TEXTS: &str = "alg, kid, htm and htu are texts";
/// The year 5138: who counts more counts milliseconds.
const LAST_SECOND: i64 = 99_999_999_999;

#[derive(Serialize)]
struct Protected {
    alg: String,
    kid: String,
    iat: i64,
    htm: String,
    htu: String,
}

/// One sentence for all: its words tell nobody which keys there are or were.
const NOT_BELIEVED: &str = "the signature does not hold for any department key that is in force";

/// Finds the key that signed a request. The error is a fixed sentence that tells a caller what to correct and nothing
/// about which keys there are.
pub fn verify<'k>(
    keys: &'k [DepartmentKey],
    now: Instant,
    request: &SignedRequest,
    body: &[u8],
) -> Result<&'k DepartmentKey, &'static str> {
    let key = named(keys, now, request)?;
    holds(key, request, body).map(|()| key)
}

/// Whether a key has signed a request with this body; what its protected header says is judged by [`named`].
pub fn holds(key: &DepartmentKey, request: &SignedRequest, body: &[u8]) -> Result<(), &'static str> {
    let (protected_text, signature) = parts(&request.signature)?;
    let signature = signature_of(signature)?;
    let public: [u8; 32] = hex::decode(&key.public).ok().and_then(|b| b.try_into().ok()).ok_or(NOT_BELIEVED)?;
    let public = VerifyingKey::from_bytes(&public).map_err(|_| NOT_BELIEVED)?;
    let input = format!("{protected_text}.{}", Base64UrlUnpadded::encode_string(body));
    public.verify_strict(input.as_bytes(), &signature).map_err(|_| NOT_BELIEVED)
}

fn signature_of(text: &str) -> Result<Signature, &'static str> {
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| FORM)?;
    Signature::from_slice(&bytes).map_err(|_| "the signature is that of Ed25519: 64 bytes, in base64url 86 characters")
}

/// The key that a request says has signed it: all that can be judged before the body is read. That it has signed is not said
/// by that.
pub fn named<'k>(
    keys: &'k [DepartmentKey],
    now: Instant,
    request: &SignedRequest,
) -> Result<&'k DepartmentKey, &'static str> {
    let (protected_text, signature) = parts(&request.signature)?;
    let header = Base64UrlUnpadded::decode_vec(protected_text).map_err(|_| FORM)?;
    signature_of(signature)?;
    let protected = protected(&header)?;
    if protected.alg != "EdDSA" {
        return Err("alg is EdDSA");
    }
    if protected.htm != request.method {
        return Err("htm is this request's method, in capitals");
    }
    if protected.htu != request.path {
        return Err("htu is this request's path with its query, without scheme and host");
    }
    if protected.iat > LAST_SECOND {
        return Err(IAT);
    }
    if now.seconds().saturating_sub(protected.iat).saturating_abs() > FRESH_SECONDS {
        return Err("iat is more than five minutes from the time here: check the clock");
    }
    let key = keys.iter().find(|key| key.kid == protected.kid).ok_or(NOT_BELIEVED)?;
    if key.withdrawn_at.is_some_and(|withdrawn| withdrawn <= now) {
        return Err(NOT_BELIEVED);
    }
    Ok(key)
}

/// The two parts of the header's value.
pub fn parts(signature: &str) -> Result<(&str, &str), &'static str> {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if signature.len() > MAX_SIGNATURE {
        return Err("Mohor-Signature has at most 1024 characters");
    }
    signature.split_once("..").filter(|(head, tail)| plain(head) && plain(tail)).ok_or(FORM)
}

/// Reads the protected header. A member named twice is refused (RFC 7515, 4), and each fault has words of its own.
fn protected(bytes: &[u8]) -> Result<Protected, &'static str> {
    const EXACTLY: &str = "the protected header has exactly alg, kid, iat, htm and htu";
    const OBJECT: &str = "the protected header is one JSON object in UTF-8 that names no member twice";
    let members = match json::read(bytes) {
        Ok(Value::Object(members)) => members,
        // A number that is no integer, or too large to be one.
        Err(refusal) if !refusal.pointer.is_empty() => return Err(of_number(&refusal.pointer)),
        _ => return Err(OBJECT),
    };
    const NAMES: [&str; 5] = ["alg", "kid", "iat", "htm", "htu"];
    if members.len() != NAMES.len() || NAMES.iter().any(|name| !members.contains_key(*name)) {
        return Err(EXACTLY);
    }
    let text = |name: &str| members[name].as_str().map(str::to_owned).ok_or(TEXTS);
    Ok(Protected {
        alg: text("alg")?,
        kid: text("kid")?,
        iat: members["iat"].as_i64().ok_or(IAT)?,
        htm: text("htm")?,
        htu: text("htu")?,
    })
}

fn of_number(pointer: &str) -> &'static str {
    match pointer {
        "/iat" => IAT,
        "/alg" | "/kid" | "/htm" | "/htu" => TEXTS,
        _ => "a number in the protected header is a whole one",
    }
}

/// The header's value for a request: what a department's client does.
pub fn sign(secret: &[u8; 32], at: Instant, method: &str, path: &str, body: &[u8]) -> String {
    let key = SigningKey::from_bytes(secret);
    let protected = Protected {
        alg: "EdDSA".into(),
        kid: kid(key.verifying_key().as_bytes()),
        iat: at.seconds(),
        htm: method.into(),
        htu: path.into(),
    };
    // A struct of texts and an integer always has a JSON form.
    let protected = Base64UrlUnpadded::encode_string(&serde_json::to_vec(&protected).unwrap_or_default());
    let input = format!("{protected}.{}", Base64UrlUnpadded::encode_string(body));
    let signature = key.sign(input.as_bytes());
    format!("{protected}..{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}

/// base64url of the RFC 7638 thumbprint of an Ed25519 public key.
pub fn kid(public: &[u8; 32]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, Base64UrlUnpadded::encode_string(public));
    Base64UrlUnpadded::encode_string(&Sha256::digest(jwk))
}

/// A key pair from 32 random bytes: the private key as PKCS#8 PEM, and the public key.
///
/// Version 1 (RFC 5208), without the public half: OpenSSL 3.0 and Python's `cryptography` read no other.
pub fn key_pair(seed: &[u8; 32]) -> Result<(String, [u8; 32]), String> {
    let key = SigningKey::from_bytes(seed);
    let private = KeypairBytes { secret_key: *seed, public_key: None };
    let pem = private.to_pkcs8_pem(LineEnding::LF).map_err(|error| format!("the key cannot be written: {error}"))?;
    Ok((pem.to_string(), key.verifying_key().to_bytes()))
}

/// Reads a public key in PEM (SubjectPublicKeyInfo).
pub fn read_public(pem: &str) -> Result<[u8; 32], String> {
    VerifyingKey::from_public_key_pem(pem).map(|key| key.to_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &[u8; 32]) -> DepartmentKey {
        let public = SigningKey::from_bytes(secret).verifying_key().to_bytes();
        DepartmentKey {
            kid: kid(&public),
            department: "BCW".into(),
            public: hex::encode(public),
            added_at: Instant::from_millis(0),
            withdrawn_at: None,
        }
    }

    fn request(secret: &[u8; 32], at: Instant, body: &[u8]) -> SignedRequest {
        let (method, path) = ("POST".to_owned(), "/api/v1/applications".to_owned());
        SignedRequest { signature: sign(secret, at, &method, &path, body), method, path }
    }

    #[test]
    fn a_signature_serves_for_its_own_request_only() {
        let (secret, at) = ([7; 32], Instant::from_millis(1_790_000_000_000));
        let keys = [key(&secret)];
        let good = request(&secret, at, b"{}");
        assert_eq!(verify(&keys, at, &good, b"{}").map(|k| k.department.as_str()), Ok("BCW"));
        assert!(verify(&keys, at, &good, b"{ }").is_err(), "another body");
        assert!(verify(&keys, at.plus_millis(301_000), &good, b"{}").is_err(), "too late");
        let elsewhere = SignedRequest { path: "/api/v1/uins".into(), ..good.clone() };
        assert!(verify(&keys, at, &elsewhere, b"{}").is_err(), "another path");
        assert!(verify(&keys, at, &request(&[8; 32], at, b"{}"), b"{}").is_err(), "an unknown key");
        let withdrawn = [DepartmentKey { withdrawn_at: Some(at), ..keys[0].clone() }];
        assert!(verify(&withdrawn, at, &good, b"{}").is_err(), "a withdrawn key");
    }

    /// What is said of a protected header of these characters, signed by a key that is known.
    fn said(header: &str) -> Result<String, &'static str> {
        let (secret, at) = ([7; 32], Instant::from_millis(1_790_000_000_000));
        let keys = [key(&secret)];
        let head = Base64UrlUnpadded::encode_string(header.replace("KID", &keys[0].kid).as_bytes());
        let input = format!("{head}.{}", Base64UrlUnpadded::encode_string(b"{}"));
        let signature = SigningKey::from_bytes(&secret).sign(input.as_bytes()).to_bytes();
        let signature = format!("{head}..{}", Base64UrlUnpadded::encode_string(&signature));
        let request = SignedRequest { signature, method: "POST".into(), path: "/api/v1/uins".into() };
        verify(&keys, at, &request, b"{}").map(|key| key.department.clone())
    }

    #[test]
    fn what_is_said_of_a_protected_header_is_true() {
        const GOOD: &str = r#"{"alg":"EdDSA","kid":"KID","iat":1790000000,"htm":"POST","htu":"/api/v1/uins"}"#;
        let with = |from: &str, to: &str| {
            assert!(GOOD.contains(from), "{from}");
            said(&GOOD.replacen(from, to, 1)).expect_err(to)
        };
        assert_eq!(said(GOOD), Ok("BCW".into()));
        for whole in ["1790000000.0", "1.79e9"] {
            assert_eq!(said(&GOOD.replace("1790000000", whole)), Ok("BCW".into()), "{whole} is a whole number");
        }
        for iat in ["1790000000.5", "\"1790000000\"", "1790000000000", "1790000000000000000", "null", "[]", "1e300"] {
            assert_eq!(with("1790000000", iat), IAT, "{iat}");
        }
        for iat in ["1790000301", "1789999699", "-1790000000", "0"] {
            assert!(with("1790000000", iat).starts_with("iat is more than five minutes"), "{iat}");
        }
        for (from, to) in [("\"EdDSA\"", "7"), ("\"KID\"", "1.5"), ("\"POST\"", "null"), ("\"/api/v1/uins\"", "[]")] {
            assert_eq!(with(from, to), TEXTS, "{from}: {to}");
        }
        for alg in ["eddsa", "Ed25519", "HS256", "none"] {
            assert_eq!(with("EdDSA", alg), "alg is EdDSA");
        }
        assert!(with("POST", "post").starts_with("htm ") && with("POST", "GET").starts_with("htm "));
        assert!(with("/api/v1/uins", "https://mohor.example/api/v1/uins").starts_with("htu "));
        let exactly = "the protected header has exactly alg, kid, iat, htm and htu";
        assert_eq!([with("\"alg\"", "\"typ\":\"JWS\",\"alg\""), with("\"kid\"", "\"key\"")], [exactly; 2]);
        assert_eq!(with(",\"iat\":1790000000", ""), exactly);
        for (from, to) in [("{", "[{"), ("}", ""), ("{", "{\"alg\":\"EdDSA\","), ("{", "\u{FEFF}{")] {
            assert!(with(from, to).starts_with("the protected header is one JSON object"), "{from}: {to}");
        }
        assert!(with("KID", "nobody").ends_with("in force"));
    }

    #[test]
    fn what_is_said_of_the_form_of_a_signature_is_true() {
        assert_eq!(parts("e30..AAAA"), Ok(("e30", "AAAA")));
        for bad in [
            "",
            "e30",
            "e30.AAAA",
            "e30.e30.AAAA",
            "..AAAA",
            "e30..",
            "e30=..AAAA",
            "e30..A+A/",
            "e30...AAAA",
            "ক..AAAA",
        ] {
            assert_eq!(parts(bad), Err(FORM), "{bad}");
        }
        let long = format!("{}..AAAA", "A".repeat(MAX_SIGNATURE));
        assert_eq!(parts(&long), Err("Mohor-Signature has at most 1024 characters"));
        let short = SignedRequest { signature: "e30..AAAA".into(), method: "GET".into(), path: "/".into() };
        let said = verify(&[], Instant::from_millis(0), &short, b"").map(|_| ()).expect_err("three bytes");
        assert!(said.starts_with("the signature is that of Ed25519"), "{said}");
    }
}
