//! Verdicts: pure functions from what was found in the evidence and what the ledger says. Portal and command line share
//! them.
//!
//! The precedence is that of [`Verdict`]: mistyped, altered, not issued here, cannot check now, then the standing.
//! Each function says first what the evidence alone decides, then asks the ledger's answer.

use crate::{
    base41,
    credential::{Check, Credential, KnownKey, examine, is_cut, mended, names_a_key, parse_qr_text},
    file,
    seal::{DOCUMENT_MARKER, MARKER, SealCheckError, find_document, find_marker, fingerprint, read_seals, verify_seal},
};
use mohor_domain::{
    certificate::{Standing, Verdict},
    civil::Instant,
    id::Id,
    uin::Uin,
};
use sha2::{Digest, Sha256};

/// What the ledger records of an issued certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number.
    pub uin: Uin,
    /// Its standing now.
    pub standing: Standing,
    /// The instant at which its validity ends, if it does.
    pub expires: Option<Instant>,
    /// The credential's token id: a credential with another one was never issued.
    pub cti: [u8; 16],
}

impl Recorded {
    /// The verdict of an issued certificate at a time: revoked, suspended, superseded, expired or genuine.
    pub fn verdict(&self, now: Instant) -> Verdict {
        match self.standing {
            Standing::Revoked => Verdict::Revoked,
            Standing::Suspended => Verdict::Suspended,
            Standing::Superseded => Verdict::GenuineSuperseded,
            Standing::Live if self.expires.is_some_and(|end| now >= end) => Verdict::GenuineExpired,
            Standing::Live => Verdict::Genuine,
        }
    }
}

/// The ledger's answer to a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It could not be asked.
    Unreachable,
    /// Nothing is recorded. Also the answer for a UIN that is minted and not yet stored: it is not issued.
    Unknown,
    /// An issued certificate.
    Issued(Recorded),
}

impl Lookup {
    fn verdict(&self, now: Instant) -> Verdict {
        match self {
            Self::Unreachable => Verdict::CannotCheckNow,
            Self::Unknown => Verdict::NotIssuedHere,
            Self::Issued(recorded) => recorded.verdict(now),
        }
    }
}

/// The verdict on a number that was keyed in. `lookup` is called only for a number whose check characters fit.
pub fn number_verdict(text: &str, now: Instant, lookup: impl FnOnce(Uin) -> Lookup) -> (Option<Uin>, Verdict) {
    match Uin::parse(text) {
        Err(_) => (None, Verdict::Mistyped),
        Ok(uin) => (Some(uin), lookup(uin).verdict(now)),
    }
}

/// What was found in a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrEvidence {
    /// The host that the code sends people to, lower case; empty when only a fragment was given. Another host than our
    /// own around a genuine credential is a cloned portal: say so.
    pub host: String,
    /// What its signature says.
    pub check: Check,
    /// What it says: only when the signature is genuine.
    pub credential: Option<Credential>,
    /// It begins as one of ours and ends before its end, so it cannot be read: there is no verdict on it, but
    /// [`crate::file::Unread::CutOff`].
    pub cut: bool,
}

/// Reads and checks a QR code's text. No look-up: works without the network.
///
/// A link is changed on its way by what passes it on; [`mended`] puts back what may have been printed, and the first that is
/// genuine is the evidence. None is: it is what the likeliest is.
pub fn qr_evidence(text: &str, keys: &[KnownKey]) -> QrEvidence {
    let text = text.trim();
    let first = evidence_of(text, keys);
    if first.check == Check::Genuine {
        return first;
    }
    let mut mended = mended(text).into_iter().map(|text| evidence_of(&text, keys)).peekable();
    let likeliest = mended.peek().cloned().unwrap_or(first);
    mended.find(|evidence| evidence.check == Check::Genuine).unwrap_or(likeliest)
}

fn evidence_of(text: &str, keys: &[KnownKey]) -> QrEvidence {
    let Some(parts) = parse_qr_text(text) else {
        let check = Check::NotIssuedHere("the code is not of the kind that is printed here");
        return QrEvidence { host: String::new(), check, credential: None, cut: false };
    };
    let cut = is_cut(parts.fragment, keys);
    let Ok(cose) = base41::decode(parts.fragment) else {
        let check = match names_a_key(parts.fragment, keys) {
            true => Check::Altered("it names a key of ours, and its text has been changed"),
            false => Check::NotIssuedHere("the code holds no credential"),
        };
        return QrEvidence { host: parts.host, check, credential: None, cut };
    };
    let examined = examine(&cose, keys);
    QrEvidence { host: parts.host, check: examined.check, credential: examined.credential, cut }
}

/// The verdict on a QR code: the signature first, then the status of its UIN.
///
/// A valid signature whose status cannot be had is `cannot_check_now` (say beside it: `signature: valid`). A recorded
/// certificate with another token id was issued, this credential was not.
pub fn qr_verdict(evidence: &QrEvidence, lookup: &Lookup, now: Instant) -> Verdict {
    match (&evidence.check, &evidence.credential, lookup) {
        (Check::Altered(_), ..) => Verdict::Altered,
        (Check::NotIssuedHere(_), ..) | (_, None, _) => Verdict::NotIssuedHere,
        (Check::Genuine, Some(credential), Lookup::Issued(recorded))
            if recorded.uin != credential.claims.uin || recorded.cti != credential.claims.cti =>
        {
            Verdict::NotIssuedHere
        }
        (Check::Genuine, Some(_), lookup) => lookup.verdict(now),
    }
}

/// What was found in an uploaded file, before any look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfEvidence {
    /// SHA-256 of the bytes, hexadecimal: looked up in the ledger.
    pub sha256: String,
    /// The UIN that our marker names.
    pub marker_uin: Option<Uin>,
    /// The row of a document other than a certificate that our marker names.
    pub marker_document: Option<Id>,
    /// It carries a certificate that we seal with.
    pub carries_our_certificate: bool,
    /// It carries our certificate or marker, and a seal of ours in it does not hold.
    pub broken_seal: bool,
    /// It is locked with a password, and has the name of our marker. A password hides what the marker says, since every
    /// text is encrypted (ISO 32000-1, 7.6.2), and never a name.
    pub locked: bool,
}

impl PdfEvidence {
    /// Whether the file bears a mark of ours: then it is no stranger's.
    pub fn is_marked(&self) -> bool {
        self.marker_uin.is_some() || self.marker_document.is_some() || self.carries_our_certificate || self.locked
    }
}

/// Looks at an uploaded file. `sealing` are the fingerprints of every certificate that we have sealed with.
pub fn pdf_hint(bytes: &[u8], sealing: &[String]) -> PdfEvidence {
    let carried = read_seals(bytes).into_iter().flat_map(|seal| crate::seal::certificates(&seal.cms));
    PdfEvidence {
        sha256: hex::encode(Sha256::digest(bytes)),
        marker_uin: find_marker(bytes),
        marker_document: find_document(bytes),
        carries_our_certificate: carried.into_iter().any(|certificate| sealing.contains(&fingerprint(&certificate))),
        broken_seal: matches!(verify_seal(bytes, sealing), Err(SealCheckError::Broken(_))),
        locked: file::locked(bytes) && names_our_marker(bytes),
    }
}

fn names_our_marker(bytes: &[u8]) -> bool {
    [MARKER, DOCUMENT_MARKER].iter().any(|name| bytes.windows(name.len()).any(|window| window == name.as_bytes()))
}

/// The verdict on a file. `by_digest` is the look-up of its SHA-256 among all recorded digests.
///
/// A recorded digest decides. An unknown digest with our marker or certificate is altered, without them not issued here.
/// While the ledger cannot be asked, only a broken seal can be told.
pub fn pdf_verdict(evidence: &PdfEvidence, by_digest: &Lookup, now: Instant) -> Verdict {
    let ours = evidence.is_marked();
    match by_digest {
        Lookup::Issued(recorded) => recorded.verdict(now),
        Lookup::Unknown if ours => Verdict::Altered,
        Lookup::Unknown => Verdict::NotIssuedHere,
        Lookup::Unreachable if evidence.broken_seal => Verdict::Altered,
        Lookup::Unreachable => Verdict::CannotCheckNow,
    }
}

#[cfg(test)]
pub(crate) mod tests;
