//! Tokens that hold (OpenID Connect Core 1.0, 3.1.3.7). The library checks signatures and has the keys; claims are judged
//! here, since its own types refuse a token for claims that nobody asks for. Signature, `iss`, `aud`, `azp`, `exp`, `iat`,
//! `nonce` and `sub` are what is judged; of the rest each is read by whoever needs it.

use crate::{discovery::Known, tokens::refused};
use base64ct::{Base64UrlUnpadded, Encoding};
use mohor_domain::civil::Instant;
use mohor_ports::error::Error;
use openidconnect::{
    JsonWebKey, SignatureVerificationError,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The provider's clock and the ledger's differ by no more than this, in seconds.
const SKEW: f64 = 300.0;

/// Claims by their names.
pub(crate) type Claims = Map<String, Value>;

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unbelieved {
    /// No key that is known has signed it.
    Key,
    /// Anything else; the words are fixed, as a token has a person in it.
    Otherwise(&'static str),
}

use Unbelieved::Otherwise;

impl Unbelieved {
    /// As an error.
    pub fn error(self) -> Error {
        refused(match self {
            Self::Key => "no key of the provider has signed the token",
            Otherwise(words) => words,
        })
    }
}

/// Whom a token has to be from, for, and of which sign-in.
pub(crate) struct Wanted<'w> {
    pub issuer: &'w str,
    pub client: &'w str,
    pub nonce: &'w str,
}

/// The claims of a token that holds; such as are null are none.
pub(crate) fn verified(known: &Known, token: &str, wanted: &Wanted<'_>, now: Instant) -> Result<Claims, Unbelieved> {
    let mut claims = read(known, token)?;
    claims.retain(|_, value| !value.is_null());
    from_and_for(&claims, wanted)?;
    of_this_sign_in(&claims, wanted, now)?;
    Ok(claims)
}

/// What a key of the provider has signed (RFC 7515).
pub(crate) fn read(known: &Known, token: &str) -> Result<Claims, Unbelieved> {
    const UNREAD: Unbelieved = Otherwise("the token cannot be read: it is no signed JWT");
    let (input, signature) = token.trim().rsplit_once('.').ok_or(UNREAD)?;
    let (head, payload) = input.split_once('.').ok_or(UNREAD)?;
    if payload.contains('.') {
        return Err(Otherwise("the token is encrypted; have the provider sign it and no more"));
    }
    let object =
        |part: &str| -> Option<Claims> { serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).ok()?).ok() };
    let head = object(head).ok_or(UNREAD)?;
    if head.contains_key("crit") {
        return Err(Otherwise("the token's head has `crit`, which names what is not understood here"));
    }
    // Another kind of token of the same provider, such as one for access (RFC 9068), is no ID token.
    let kind = head.get("typ").and_then(Value::as_str).unwrap_or("JWT").to_lowercase();
    if !matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "jose") {
        return Err(Otherwise("the token's head names another type than JWT"));
    }
    let algorithm = head.get("alg").cloned().and_then(|alg| serde_json::from_value(alg).ok());
    let algorithm: CoreJwsSigningAlgorithm = algorithm
        .filter(|alg| known.algorithms.contains(alg))
        .ok_or(Otherwise("the token is signed with an algorithm that is not accepted"))?;
    let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| UNREAD)?;
    let kid = head.get("kid").and_then(Value::as_str);
    has_signed(&known.keys, kid, &algorithm, input.as_bytes(), &signature)?;
    object(payload).ok_or(UNREAD)
}

/// Where token and key both have an id it is the same. Without one every key is tried: an id helps to find a key, and is no
/// reason to believe it.
fn has_signed(
    keys: &[CoreJsonWebKey],
    kid: Option<&str>,
    algorithm: &CoreJwsSigningAlgorithm,
    input: &[u8],
    signature: &[u8],
) -> Result<(), Unbelieved> {
    let mut named = false;
    for key in keys {
        let own = key.key_id().map(|id| id.as_str());
        if kid.is_some() && own.is_some() && kid != own {
            continue;
        }
        match key.verify_signature(algorithm, input, signature) {
            Ok(()) => return Ok(()),
            // A key for something else.
            Err(SignatureVerificationError::InvalidKey(_)) => {}
            Err(_) => named |= kid.is_some() && kid == own,
        }
    }
    Err(if named { Otherwise("the token's signature is wrong") } else { Unbelieved::Key })
}

/// The issuer's, and for us. Where it is for others too, `azp` says that it was given to us (3.1.3.7, 3 to 5).
pub(crate) fn from_and_for(claims: &Claims, wanted: &Wanted<'_>) -> Result<(), Unbelieved> {
    if claims.get("iss").and_then(Value::as_str) != Some(wanted.issuer) {
        return Err(Otherwise("the token names another issuer"));
    }
    let audience = match claims.get("aud") {
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if !audience.iter().any(|one| one == wanted.client) {
        return Err(Otherwise("the token is for somebody else: `aud` does not name our client"));
    }
    let alone = audience.iter().all(|one| one == wanted.client);
    match claims.get("azp") {
        Some(party) if party == wanted.client => Ok(()),
        Some(_) => Err(Otherwise("the token was given to somebody else: `azp` names another client")),
        None if alone => Ok(()),
        None => Err(Otherwise("the token is for several, and no `azp` says that it was given to us")),
    }
}

/// In time, with our nonce, and of somebody.
fn of_this_sign_in(claims: &Claims, wanted: &Wanted<'_>, now: Instant) -> Result<(), Unbelieved> {
    const TIME: Unbelieved = Otherwise("the token is expired or from the future; compare the clocks of both servers");
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of our time are far below 2^53")]
    let now = now.millis() as f64 / 1000.0;
    // A time may have a fraction (RFC 7519, 2).
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let expires = time("exp").ok_or(Otherwise("the token cannot be read: `exp` is missing or no number"))?;
    let issued = time("iat").ok_or(Otherwise("the token cannot be read: `iat` is missing or no number"))?;
    let begins = time("nbf").unwrap_or(issued);
    if now >= expires || issued.max(begins) > now + SKEW {
        return Err(TIME);
    }
    let nonce = claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
    // Digests, so that the time it takes says nothing of the nonce.
    if Sha256::digest(nonce) != Sha256::digest(wanted.nonce) {
        return Err(Otherwise("the token is of another sign-in: `nonce` is not ours"));
    }
    match claims.get("sub").and_then(Value::as_str) {
        None | Some("") => Err(Otherwise("the token cannot be read: `sub` is missing or no text")),
        Some(_) => Ok(()),
    }
}
