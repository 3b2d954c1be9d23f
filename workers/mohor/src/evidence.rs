//! What a person holds in the hand, and the verdict on it: a number, a PDF, a QR code's text or a picture of one.

use crate::wire::Parts;
use anyhow::{Context, Result, bail};
use mohor_document::{
    credential::KnownKey,
    file::{self, Unread},
    verify::{self, Lookup, Recorded},
};
use mohor_domain::{
    certificate::{Progress, Verdict},
    civil::{self, Instant},
    uin::Uin,
};
use mohor_ports::{
    error::Error,
    ledger::{Certificate, Document},
};
use std::path::Path;

/// Bytes of a file that are looked at, at most.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// Bytes of a number with all that people paste around it, at most; a longer text is a QR code's.
const LONGEST_NUMBER: usize = 160;
/// Endings of names that mean a file.
const FILES: [&str; 13] =
    ["pdf", "png", "jpg", "jpeg", "webp", "gif", "bmp", "heic", "heif", "avif", "tif", "tiff", "svg"];

/// What was held in the hand.
pub enum Evidence {
    /// A number that somebody typed.
    Number(String),
    /// The text of a QR code.
    Qr(String),
    /// A file's bytes: a PDF, or a picture of a page or of its code.
    File(Vec<u8>),
}

/// The verdict, and the number if one is known.
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The number.
    pub uin: Option<Uin>,
    /// The certificate, when it is issued.
    pub certificate: Option<Certificate>,
    /// The document other than a certificate, when the file is one.
    pub document: Option<Document>,
    /// A remark for the reader: what else was seen.
    pub remark: Option<String>,
}

impl Evidence {
    /// Reads what the argument names: an existing file by its contents, a QR code's text by its form, else a number.
    pub fn read(what: &str) -> Result<Self> {
        let path = Path::new(what);
        if path.is_file() {
            let size = path.metadata()?.len();
            if size > MAX_FILE {
                bail!("{what} has {size} bytes; files up to 10 MiB are looked at");
            }
            return Ok(Self::File(std::fs::read(path).with_context(|| format!("cannot read {what}"))?));
        }
        if what.contains("://") || what.trim_start().starts_with('#') || what.len() > LONGEST_NUMBER {
            return Ok(Self::Qr(what.into()));
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        if Uin::parse(what).is_err() && (what.contains('/') || FILES.contains(&ending.as_str())) {
            bail!("there is no file {what}");
        }
        Ok(Self::Number(what.into()))
    }

    /// The verdict. A ledger that cannot be asked is a verdict too.
    pub async fn judge(&self, parts: &Parts) -> Result<Finding> {
        let now = parts.ledger.now().await?;
        match self {
            Self::Number(text) => {
                let Ok(uin) = Uin::parse(text) else {
                    let remark = Uin::parse(text).err().map(|error| error.to_string());
                    return Ok(Finding {
                        verdict: Verdict::Mistyped,
                        uin: None,
                        certificate: None,
                        document: None,
                        remark,
                    });
                };
                let (lookup, certificate) = look_up(parts, uin).await?;
                let (_, verdict) = verify::number_verdict(text, now, |_| lookup);
                let remark =
                    matches!(verdict, Verdict::Genuine).then(|| "issued: compare these facts with the paper".into());
                Ok(Finding { verdict, uin: Some(uin), certificate, document: None, remark })
            }
            Self::Qr(text) => of_code(parts, text, now).await,
            Self::File(bytes) => of_file(parts, bytes, now).await,
        }
    }
}

async fn keys(parts: &Parts) -> Result<Vec<KnownKey>> {
    Ok(parts.ledger.credential_keys().await?.iter().filter_map(known_key).collect())
}

async fn of_code(parts: &Parts, text: &str, now: Instant) -> Result<Finding> {
    let evidence = verify::qr_evidence(text, &keys(parts).await?);
    if evidence.cut {
        bail!(Unread::CutOff);
    }
    let uin = evidence.credential.as_ref().map(|credential| credential.claims.uin);
    let (lookup, certificate) = match uin {
        Some(uin) => look_up(parts, uin).await?,
        None => (Lookup::Unknown, None),
    };
    let verdict = verify::qr_verdict(&evidence, &lookup, now);
    let cloned = !evidence.host.is_empty() && evidence.host != parts.config.verify_host;
    let remark = match cloned && evidence.credential.is_some() {
        true => Some(format!("the code sends people to {}, which is not {}", evidence.host, parts.config.verify_host)),
        false => matches!(verdict, Verdict::Genuine).then(|| "issued: compare these facts with the paper".into()),
    };
    Ok(Finding { verdict, uin, certificate, document: None, remark })
}

/// A recorded digest decides, then our marks; a file without either may be a picture with a code.
async fn of_file(parts: &Parts, bytes: &[u8], now: Instant) -> Result<Finding> {
    let sealing: Vec<String> =
        parts.ledger.seal_certificates().await?.into_iter().map(|(fingerprint, _)| fingerprint).collect();
    let evidence = verify::pdf_hint(bytes, &sealing);
    if let Some(document) = parts.ledger.document_by_digest(&evidence.sha256).await? {
        let (verdict, document) = (Verdict::Genuine, Some(document));
        return Ok(Finding { verdict, uin: None, certificate: None, document, remark: None });
    }
    let (lookup, certificate) = match parts.ledger.by_document(&evidence.sha256).await? {
        Some(uin) => look_up(parts, uin).await?,
        None => (Lookup::Unknown, None),
    };
    if lookup == Lookup::Unknown && !evidence.is_marked() {
        let keys = keys(parts).await?;
        if let Some(text) = file::code(bytes, &keys)? {
            return of_code(parts, &text, now).await;
        }
    }
    let verdict = verify::pdf_verdict(&evidence, &lookup, now);
    let uin = certificate.as_ref().map(|c| c.uin).or(evidence.marker_uin);
    Ok(Finding { verdict, uin, certificate, document: None, remark: None })
}

/// What the ledger records. A certificate that is not stored yet is not issued.
async fn look_up(parts: &Parts, uin: Uin) -> Result<(Lookup, Option<Certificate>)> {
    match parts.ledger.certificate(uin).await {
        Ok(Some(certificate)) if certificate.progress >= Progress::Stored => {
            let recorded = Recorded {
                uin,
                standing: certificate.standing,
                expires: certificate.plan.facts["valid_until"].as_str().and_then(civil::parse_date).map(civil::end_of),
                cti: certificate.plan.cti.clone().try_into().unwrap_or_default(),
            };
            Ok((Lookup::Issued(recorded), Some(certificate)))
        }
        Ok(_) => Ok((Lookup::Unknown, None)),
        Err(Error::Outage(_)) => Ok((Lookup::Unreachable, None)),
        Err(error) => Err(error.into()),
    }
}

/// A ledger's key as the verifier takes it; one that is corrupt is left out.
pub fn known_key(key: &mohor_ports::signer::CredentialKey) -> Option<KnownKey> {
    Some(KnownKey {
        kid: hex::decode(&key.kid).ok()?.try_into().ok()?,
        public: hex::decode(&key.public).ok()?.try_into().ok()?,
        departments: key.departments.clone(),
        valid_from: key.valid_from.seconds(),
        valid_until: key.valid_until.map(|until| until.seconds()),
    })
}
