//! The credential in the QR code: a CWT claims set signed as COSE_Sign1 (RFC 8392, RFC 9052), at most 230 bytes.
//!
//! Here it is made: [`fit_claims`] cuts, [`encode_claims`] writes the exact bytes that the plan keeps, [`to_be_signed`]
//! is what the Ed25519 key signs, [`assemble`] puts the three together. [`read`] and [`check`] are the verifier's side.
//! `schemas/credential.cddl` is the authority on the layout. Pure: no clock, no keys, no randomness.

mod check;
mod keys;
mod link;
mod read;

pub use check::{Check, Examined, check, examine, is_cut, names_a_key};
pub use keys::{KnownKey, jwk, kid, known_key_from_jwk, thumbprint};
pub use link::mended;
pub use read::{Credential, CredentialError, MAX_READ, read};

use crate::base41;
use ciborium::Value;
use coset::{CoseSign1, CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader, TaggedCborSerializable, iana};
use jiff::civil::Date;
use mohor_domain::uin::Uin;
use sha2::{Digest, Sha256};

/// The largest COSE_Sign1 that is made, in bytes: a QR code of 69 modules at level M, with room for the host.
pub const MAX_COSE: usize = 230;
/// The most decisive facts that a credential carries.
pub const MAX_FACTS: usize = 4;
/// What the envelope adds to the claims: tag, array, header, empty map, two string heads and 64 bytes of signature.
const ENVELOPE: usize = 85;
/// The private claim: a map of what CWT has no name for.
const PRIVATE: i64 = -65537;
/// RFC 8943: days since 1970-01-01.
const TAG_DATE: u64 = 100;

/// What a credential says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Letters of the issuing department (`iss`).
    pub issuer: String,
    /// The number (`sub`).
    pub uin: Uin,
    /// Seconds since 1970 at which the certificate is no longer valid (`exp`); none when it does not expire.
    pub expires: Option<i64>,
    /// Seconds since 1970 of minting (`iat`).
    pub issued_at: i64,
    /// 16 random bytes drawn at mint (`cti`); also the salt of the facts' digest.
    pub cti: [u8; 16],
    /// The service's number in the catalogue.
    pub service: u32,
    /// The holder's name in Latin letters, perhaps cut.
    pub holder: String,
    /// The decisive facts named by the service's `qr_facts`, in that order; at most [`MAX_FACTS`].
    pub facts: Vec<Fact>,
    /// The place in the status list.
    pub status: StatusRef,
    /// The first 16 bytes of [`facts_digest`].
    pub digest: [u8; 16],
}

/// A place in a department's status lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRef {
    /// Which list.
    pub list: u32,
    /// The place in it.
    pub index: u32,
}

/// One decisive fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A civil day.
    Date(Date),
}

/// Writes the claims as deterministic CBOR (RFC 8949, 4.2.1): the payload to be signed.
///
/// Keys stand in the bytewise order of their encodings; without facts their key is absent.
pub fn encode_claims(claims: &Claims) -> Vec<u8> {
    let mut private = vec![(1.into(), claims.service.into()), (2.into(), claims.holder.as_str().into())];
    if !claims.facts.is_empty() {
        private.push((3.into(), Value::Array(claims.facts.iter().map(fact_value).collect())));
    }
    private.push((4.into(), Value::Array(vec![claims.status.list.into(), claims.status.index.into()])));
    private.push((5.into(), Value::Bytes(claims.digest.to_vec())));
    let mut map = vec![(1.into(), claims.issuer.as_str().into()), (2.into(), claims.uin.as_str().into())];
    if let Some(expires) = claims.expires {
        map.push((4.into(), expires.into()));
    }
    map.push((6.into(), claims.issued_at.into()));
    map.push((7.into(), Value::Bytes(claims.cti.to_vec())));
    map.push((PRIVATE.into(), Value::Map(private)));
    let mut bytes = Vec::with_capacity(MAX_COSE);
    ciborium::into_writer(&Value::Map(map), &mut bytes).expect("writing to memory does not fail");
    bytes
}

fn fact_value(fact: &Fact) -> Value {
    match fact {
        Fact::Text(text) => text.as_str().into(),
        Fact::Integer(number) => (*number).into(),
        Fact::Date(day) => Value::Tag(TAG_DATE, Box::new(days_since_1970(*day).into())),
    }
}

fn days_since_1970(day: Date) -> i64 {
    i64::from((day - EPOCH).get_days())
}

/// The day from which tag 100 counts.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Cuts the claims until the whole tagged COSE_Sign1 is at most [`MAX_COSE`] bytes. The digest still covers all of it.
///
/// The rule, in this order, always at a character and without a trailing space: facts after the fourth are dropped; the
/// holder's name is cut, but not below 20 bytes; the longest text among the facts (the first of equals) loses its last
/// character, again and again; the name is cut further. Claims of a department's three letters always fit in the end.
#[must_use]
pub fn fit_claims(mut claims: Claims) -> Claims {
    const NAME_FLOOR: usize = 20;
    claims.facts.truncate(MAX_FACTS);
    while encode_claims(&claims).len() + ENVELOPE > MAX_COSE {
        if claims.holder.len() > NAME_FLOOR {
            cut(&mut claims.holder);
        } else if let Some(longest) = longest_text(&mut claims.facts) {
            cut(longest);
        } else if !claims.holder.is_empty() {
            cut(&mut claims.holder);
        } else {
            break;
        }
    }
    claims
}

fn cut(text: &mut String) {
    text.pop();
    text.truncate(text.trim_end().len());
}

fn longest_text(facts: &mut [Fact]) -> Option<&mut String> {
    let texts = facts.iter_mut().filter_map(|fact| match fact {
        Fact::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    });
    texts.rev().max_by_key(|text| text.len())
}

/// The Sig_structure of RFC 9052, 4.4: the bytes that the key signs.
pub fn to_be_signed(claims_bytes: &[u8], kid: &[u8; 8]) -> Vec<u8> {
    let body = ProtectedHeader { original_data: None, header: header(kid) };
    coset::sig_structure_data(coset::SignatureContext::CoseSign1, body, None, &[], claims_bytes)
}

/// The tagged COSE_Sign1 of claims, key id and signature.
pub fn assemble(claims_bytes: &[u8], kid: &[u8; 8], signature: &[u8; 64]) -> Vec<u8> {
    let sign1: CoseSign1 = CoseSign1Builder::new()
        .protected(header(kid))
        .payload(claims_bytes.to_vec())
        .signature(signature.to_vec())
        .build();
    sign1.to_tagged_vec().expect("writing to memory does not fail")
}

/// The one protected header there is: `{1: -8 (EdDSA), 4: kid}`.
fn header(kid: &[u8; 8]) -> Header {
    HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(kid.to_vec()).build()
}

/// SHA-256 over `cti` and the canonical JSON (RFC 8785) of all facts. The salt keeps a guessed fact from being tried.
pub fn facts_digest(cti: &[u8; 16], facts_canonical_json: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(cti).chain_update(facts_canonical_json).finalize().into()
}

/// The QR code's text: `HTTPS://<HOST>/#<base41>`, all of it in the alphanumeric mode but the `#`.
pub fn qr_text(host: &str, cose: &[u8]) -> String {
    format!("HTTPS://{}/#{}", host.to_ascii_uppercase(), base41::encode(cose))
}

/// A QR code's text in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrText<'a> {
    /// The host, lower case, as the text names it; empty when only the fragment was given.
    pub host: String,
    /// What stands after the `#`: base41, not yet decoded.
    pub fragment: &'a str,
}

/// Takes a QR code's text apart. Scheme and host may be in either case, as browsers write them small; the fragment is
/// taken as it is. A text that begins with `#` is a fragment alone. `None`: it is no code of this kind.
pub fn parse_qr_text(text: &str) -> Option<QrText<'_>> {
    const SCHEME: &str = "https://";
    if let Some(fragment) = text.strip_prefix('#') {
        return Some(QrText { host: String::new(), fragment });
    }
    let scheme = text.get(..SCHEME.len())?;
    let (host, fragment) = text.get(SCHEME.len()..)?.split_once("/#")?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    (scheme.eq_ignore_ascii_case(SCHEME) && plain && !host.is_empty() && !fragment.is_empty())
        .then(|| QrText { host: host.to_ascii_lowercase(), fragment })
}

#[cfg(test)]
mod tests;
