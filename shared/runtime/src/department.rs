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
use mohor_domain::civil::Instant;
use mohor_ports::ledger::{DepartmentKey, SignedRequest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How far a request's time may be from the ledger's.
pub const FRESH_SECONDS: i64 = 300;
/// The header's value, at most.
pub const MAX_SIGNATURE: usize = 1_024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Protected {
    alg: String,
    kid: String,
    iat: i64,
    htm: String,
    htu: String,
}

/// Finds the key that signed a request. The error is a fixed sentence that tells a caller what to correct and nothing
/// about which keys there are.
pub fn verify<'k>(
    keys: &'k [DepartmentKey],
    now: Instant,
    request: &SignedRequest,
    body: &[u8],
) -> Result<&'k DepartmentKey, &'static str> {
    const FORM: &str = "Mohor-Signature is a detached JWS: protected..signature, in base64url";
    const NOT_BELIEVED: &str = "the signature does not hold for any registered department key";
    if request.signature.len() > MAX_SIGNATURE {
        return Err(FORM);
    }
    let (protected_text, signature) = request.signature.split_once("..").ok_or(FORM)?;
    let protected = Base64UrlUnpadded::decode_vec(protected_text).map_err(|_| FORM)?;
    let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| FORM)?;
    let signature = Signature::from_slice(&signature).map_err(|_| FORM)?;
    let protected: Protected = serde_json::from_slice(&protected)
        .map_err(|_| "the protected header has exactly alg, kid, iat, htm and htu")?;
    if protected.alg != "EdDSA" {
        return Err("alg is EdDSA");
    }
    if protected.htm != request.method || protected.htu != request.path {
        return Err("htm and htu are this request's method and path");
    }
    if now.seconds().saturating_sub(protected.iat).saturating_abs() > FRESH_SECONDS {
        return Err("iat is more than five minutes from the time here: check the clock");
    }
    let key = keys.iter().find(|key| key.kid == protected.kid).ok_or(NOT_BELIEVED)?;
    if key.withdrawn_at.is_some_and(|withdrawn| withdrawn <= now) {
        return Err(NOT_BELIEVED);
    }
    let public: [u8; 32] = hex::decode(&key.public).ok().and_then(|b| b.try_into().ok()).ok_or(NOT_BELIEVED)?;
    let public = VerifyingKey::from_bytes(&public).map_err(|_| NOT_BELIEVED)?;
    let input = format!("{protected_text}.{}", Base64UrlUnpadded::encode_string(body));
    public.verify_strict(input.as_bytes(), &signature).map_err(|_| NOT_BELIEVED)?;
    Ok(key)
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
}
