//! Reading a credential: bytes from anybody, so only the one layout is accepted and everything else refused.

use super::{Claims, EPOCH, Fact, MAX_FACTS, PRIVATE, StatusRef, TAG_DATE, assemble, encode_claims};
use ciborium::Value;
use coset::{CoseSign1, TaggedCborSerializable};
use jiff::{Span, civil::Date};
use mohor_domain::uin::Uin;

/// The most bytes that are looked at; more are refused unread.
pub const MAX_READ: usize = 512;

/// A credential that was read: well-formed, its signature not yet checked. Show nothing of it before [`super::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The id of the key it names.
    pub kid: [u8; 8],
    /// What it says.
    pub claims: Claims,
    /// The signed bytes.
    pub claims_bytes: Vec<u8>,
    /// The signature.
    pub signature: [u8; 64],
}

/// Why bytes are no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// More bytes than a credential has.
    #[error("{0} bytes are too many for a credential")]
    TooLong(usize),
    /// Not exactly the envelope that is made here.
    #[error("not a COSE_Sign1 as it is made here: {0}")]
    Envelope(&'static str),
    /// Not exactly the claims that are made here.
    #[error("not the claims of a credential: {0}")]
    Claims(&'static str),
}

/// Envelope and payload, the claims not yet read.
pub(super) struct Envelope {
    pub kid: [u8; 8],
    pub payload: Vec<u8>,
    pub signature: [u8; 64],
}

/// Reads a tagged COSE_Sign1: that header, nothing unprotected, deterministic encoding, no repeated and no unknown key.
pub fn read(cose: &[u8]) -> Result<Credential, CredentialError> {
    let Envelope { kid, payload, signature } = read_envelope(cose)?;
    let claims = read_claims(&payload)?;
    Ok(Credential { kid, claims, claims_bytes: payload, signature })
}

pub(super) fn read_envelope(cose: &[u8]) -> Result<Envelope, CredentialError> {
    use CredentialError::Envelope as Fault;
    if cose.len() > MAX_READ {
        return Err(CredentialError::TooLong(cose.len()));
    }
    let sign1 = CoseSign1::from_tagged_slice(cose).map_err(|_| Fault("it cannot be read"))?;
    let kid = sign1.protected.header.key_id.as_slice().try_into().map_err(|_| Fault("the key id has not 8 bytes"))?;
    let payload = sign1.payload.ok_or(Fault("it has no payload"))?;
    let signature = sign1.signature.as_slice().try_into().map_err(|_| Fault("the signature has not 64 bytes"))?;
    // Writing it again and comparing refuses at once: other headers, critical or unprotected ones, lengths that are not
    // the shortest, indefinite ones, repeated keys and bytes that follow.
    if assemble(&payload, &kid, &signature) != cose {
        return Err(Fault("its header or its encoding is another"));
    }
    Ok(Envelope { kid, payload, signature })
}

pub(super) fn read_claims(payload: &[u8]) -> Result<Claims, CredentialError> {
    let value: Value = ciborium::from_reader(payload).map_err(|_| CredentialError::Claims("they cannot be read"))?;
    let claims = claims_of(value).ok_or(CredentialError::Claims("a member is missing or of another kind"))?;
    if claims.facts.len() > MAX_FACTS {
        return Err(CredentialError::Claims("too many facts"));
    }
    if encode_claims(&claims) != payload {
        return Err(CredentialError::Claims("an unknown or repeated member, or another encoding"));
    }
    Ok(claims)
}

/// Takes what it knows; what it does not take is found by the comparison that follows.
fn claims_of(value: Value) -> Option<Claims> {
    let mut map = Members::of(value)?;
    let mut private = Members::of(map.take(PRIVATE)?)?;
    let facts = match private.take(3) {
        None => Vec::new(),
        Some(list) => list.into_array().ok()?.into_iter().map(fact_of).collect::<Option<_>>()?,
    };
    let status: [Value; 2] = private.take(4)?.into_array().ok()?.try_into().ok()?;
    let [list, index] = status.map(|number| integer(number).and_then(|n| u32::try_from(n).ok()));
    Some(Claims {
        issuer: map.take(1)?.into_text().ok()?,
        uin: Uin::canonical(map.take(2)?.as_text()?).ok()?,
        expires: match map.take(4) {
            None => None,
            Some(time) => Some(integer(time)?),
        },
        issued_at: integer(map.take(6)?)?,
        cti: map.take(7)?.into_bytes().ok()?.try_into().ok()?,
        service: u32::try_from(integer(private.take(1)?)?).ok()?,
        holder: private.take(2)?.into_text().ok()?,
        facts,
        status: StatusRef { list: list?, index: index? },
        digest: private.take(5)?.into_bytes().ok()?.try_into().ok()?,
    })
}

fn fact_of(value: Value) -> Option<Fact> {
    Some(match value {
        Value::Text(text) => Fact::Text(text),
        Value::Integer(_) => Fact::Integer(integer(value)?),
        Value::Tag(TAG_DATE, days) => Fact::Date(date(integer(*days)?)?),
        _ => return None,
    })
}

fn date(days: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn integer(value: Value) -> Option<i64> {
    i64::try_from(value.into_integer().ok()?).ok()
}

/// The members of a map, taken one by one.
struct Members(Vec<(Value, Value)>);

impl Members {
    fn of(value: Value) -> Option<Self> {
        value.into_map().ok().map(Self)
    }

    fn take(&mut self, key: i64) -> Option<Value> {
        let place = self.0.iter().position(|(name, _)| *name == Value::from(key))?;
        Some(self.0.swap_remove(place).1)
    }
}
