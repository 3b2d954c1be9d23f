//! Keys that sign credentials, as a verifier knows them: key ids and the published JWK set.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key whose credentials are believed, and within which bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// [`kid`] of `public`.
    pub kid: [u8; 8],
    /// The Ed25519 public key.
    pub public: [u8; 32],
    /// Letters of the departments it may sign for; empty means all.
    pub departments: Vec<String>,
    /// The first second, since 1970, at which it may have signed.
    pub valid_from: i64,
    /// The last such second, if it has been set.
    pub valid_until: Option<i64>,
}

impl KnownKey {
    /// Whether it may sign for a department.
    pub fn speaks_for(&self, department: &str) -> bool {
        self.departments.is_empty() || self.departments.iter().any(|letters| letters == department)
    }

    /// Whether it may have signed at a time, in seconds since 1970.
    pub fn valid_at(&self, seconds: i64) -> bool {
        seconds >= self.valid_from && self.valid_until.is_none_or(|last| seconds <= last)
    }
}

/// The RFC 7638 thumbprint of an Ed25519 public key: SHA-256 over the required members of its JWK, in order.
pub fn thumbprint(public: &[u8; 32]) -> [u8; 32] {
    let x = Base64UrlUnpadded::encode_string(public);
    Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)).into()
}

/// The key id in the credential's header: the first 8 bytes of the [`thumbprint`].
pub fn kid(public: &[u8; 32]) -> [u8; 8] {
    let mut id = [0; 8];
    id.copy_from_slice(&thumbprint(public)[..8]);
    id
}

/// The key as a member of the JWK set at `/.well-known/mohor/keys.json`.
///
/// `nbf` and `exp` bound a credential's `iat` (seconds since 1970; `exp` is the last second and absent when it is not
/// set); `departments` is absent when the key speaks for all.
pub fn jwk(key: &KnownKey) -> Value {
    let mut value = json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": Base64UrlUnpadded::encode_string(&key.public),
        "kid": Base64UrlUnpadded::encode_string(&key.kid),
        "use": "sig",
        "alg": "EdDSA",
        "nbf": key.valid_from,
    });
    if let Some(last) = key.valid_until {
        value["exp"] = last.into();
    }
    if !key.departments.is_empty() {
        value["departments"] = key.departments.clone().into();
    }
    value
}

/// Reads what [`jwk`] writes. `None`: another kind of key, or a key id that is not its own.
pub fn known_key_from_jwk(value: &Value) -> Option<KnownKey> {
    let is = |member: &str, wanted: &str| value.get(member).and_then(Value::as_str) == Some(wanted);
    let bytes = |member: &str| Base64UrlUnpadded::decode_vec(value.get(member)?.as_str()?).ok();
    if !is("kty", "OKP") || !is("crv", "Ed25519") {
        return None;
    }
    let public: [u8; 32] = bytes("x")?.try_into().ok()?;
    let departments = match value.get("departments") {
        None => Vec::new(),
        Some(list) => list.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?,
    };
    let valid_until = match value.get("exp") {
        None => None,
        Some(last) => Some(last.as_i64()?),
    };
    let key = KnownKey { kid: kid(&public), public, departments, valid_from: value.get("nbf")?.as_i64()?, valid_until };
    (bytes("kid")?.as_slice() == key.kid).then_some(key)
}
