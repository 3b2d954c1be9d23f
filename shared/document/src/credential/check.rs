//! Checking a credential: whose signature it bears, and whether that key had the right to make it.

use super::{Credential, KnownKey, assemble, base41, read, read::read_envelope, to_be_signed};
use ed25519_dalek::{Signature, VerifyingKey};

/// Symbols of the head: 16 bytes, eight whole groups, are tag, array, protected header with the key id at its end.
const HEAD: usize = 24;

/// What a credential's signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Signed by a key of ours within its rights. It says "issued"; the status says whether it still holds.
    Genuine,
    /// It names a key of ours, and the signature does not fit: what was signed has been changed.
    Altered(&'static str),
    /// Nobody here made it, or a key made it that had no right to: nothing was changed, it was never issued.
    NotIssuedHere(&'static str),
}

/// A QR code's bytes after all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The outcome.
    pub check: Check,
    /// What it says: only when it is [`Check::Genuine`].
    pub credential: Option<Credential>,
}

/// Checks a credential that was read.
///
/// In this order: an unknown key is not issued here; a known key with a bad signature (RFC 8032 with strict checks) is
/// altered; a good signature for another department's number, for a department that is not the key's, or of a time
/// outside the key's validity is not issued here: a key that was misused or taken cannot make a certificate.
pub fn check(credential: &Credential, keys: &[KnownKey]) -> Check {
    let signed = match signed_by(&credential.kid, &credential.claims_bytes, &credential.signature, keys) {
        Ok(key) => key,
        Err(outcome) => return outcome,
    };
    let claims = &credential.claims;
    if claims.issuer != claims.uin.department() {
        Check::NotIssuedHere("the issuer is not the department of the number")
    } else if !signed.speaks_for(&claims.issuer) {
        Check::NotIssuedHere("the key may not sign for this department")
    } else if !signed.valid_at(claims.issued_at) {
        Check::NotIssuedHere("it is dated outside the time in which the key may sign")
    } else {
        Check::Genuine
    }
}

/// Reads and checks bytes from a QR code. The signature comes before the claims: a changed byte that also spoils the
/// claims is still found to be a change of ours.
pub fn examine(cose: &[u8], keys: &[KnownKey]) -> Examined {
    let without = |check| Examined { check, credential: None };
    let Ok(envelope) = read_envelope(cose) else {
        return without(match header_names_a_key(cose, keys) {
            true => Check::Altered("it names a key of ours, and its form has been changed"),
            false => Check::NotIssuedHere("it is no credential of ours"),
        });
    };
    if let Err(outcome) = signed_by(&envelope.kid, &envelope.payload, &envelope.signature, keys) {
        return without(outcome);
    }
    let Ok(credential) = read(cose) else {
        return without(Check::NotIssuedHere("a key of ours signed it, and it is no certificate"));
    };
    match check(&credential, keys) {
        Check::Genuine => Examined { check: Check::Genuine, credential: Some(credential) },
        other => without(other),
    }
}

/// Whether a fragment that cannot be read begins as ours do and names a key of ours: then it has been altered.
pub fn names_a_key(fragment: &str, keys: &[KnownKey]) -> bool {
    fragment.get(..HEAD).and_then(|head| base41::decode(head).ok()).is_some_and(|head| header_names_a_key(&head, keys))
}

/// Whether a fragment is the beginning of one that names a key of ours, and nothing else is wrong with it that can be seen:
/// a link that was cut on its way. What is there is not enough to say that it was changed.
pub fn is_cut(fragment: &str, keys: &[KnownKey]) -> bool {
    if fragment.len() < HEAD {
        let begins = |key: &KnownKey| base41::encode(&assemble(&[], &key.kid, &[0; 64])).starts_with(fragment);
        return fragment.len() >= 3 && keys.iter().any(begins);
    }
    // Of a group that is cut nothing can be told.
    let whole = || fragment.get(..fragment.len() / 3 * 3).and_then(|whole| base41::decode(whole).ok());
    let ends_early = |cose: Vec<u8>| {
        matches!(ciborium::from_reader::<ciborium::Value, _>(cose.as_slice()), Err(ciborium::de::Error::Io(_)))
    };
    names_a_key(fragment, keys)
        && fragment.bytes().all(|symbol| base41::ALPHABET.contains(&symbol))
        && base41::decode(fragment).ok().or_else(whole).is_some_and(ends_early)
}

fn header_names_a_key(cose: &[u8], keys: &[KnownKey]) -> bool {
    cose.get(8..16).is_some_and(|id| keys.iter().any(|key| key.kid == id))
}

fn signed_by<'k>(
    kid: &[u8; 8],
    claims: &[u8],
    signature: &[u8; 64],
    keys: &'k [KnownKey],
) -> Result<&'k KnownKey, Check> {
    let mut named = keys.iter().filter(|key| key.kid == *kid).peekable();
    if named.peek().is_none() {
        return Err(Check::NotIssuedHere("its key is not one of ours"));
    }
    let message = to_be_signed(claims, kid);
    let signature = Signature::from_bytes(signature);
    named
        .find(|key| VerifyingKey::from_bytes(&key.public).is_ok_and(|k| k.verify_strict(&message, &signature).is_ok()))
        .ok_or(Check::Altered("the signature does not fit"))
}
