//! The verdict on a number, a QR code, a PDF or a picture. The rules are pure and live in `mohor_document::verify`; here is
//! what they ask of the ledger. A ledger that cannot be asked is a verdict too: it says nothing against the certificate. What
//! cannot be read gets no verdict, and says what to do.

use crate::{fault::Fault, site::Site};
use jiff::civil::Date;
use mohor_document::{
    credential::Check,
    file::{self, Kind, Unread},
    verify::{self, Lookup, Recorded},
};
use mohor_domain::{
    certificate::{Progress, Verdict},
    civil::{self, Instant},
    uin::{Uin, UinError},
};
use mohor_ports::ledger::{Certificate, Document};
use sha2::{Digest, Sha256};

/// What somebody holds in the hand.
pub(crate) enum Evidence {
    /// A number that was keyed in.
    Number(String),
    /// The text of a QR code.
    Qr(String),
    /// A file's bytes: a PDF, or a picture of a page or of its code.
    File(Vec<u8>),
}

/// What kind of evidence it was: only a PDF can be called unaltered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    Number,
    Qr,
    Pdf,
}

/// The verdict and what it rests on.
pub(crate) struct Finding {
    pub means: Means,
    pub verdict: Verdict,
    /// The number, once the evidence or the ledger vouches for it.
    pub uin: Option<Uin>,
    /// Why a keyed-in text is no number.
    pub mistake: Option<UinError>,
    /// The certificate, when it is issued.
    pub certificate: Option<Box<Certificate>>,
    /// The document other than a certificate, when the file is one.
    pub document: Option<Box<Document>>,
    /// The QR code bears a good signature of a key of ours.
    pub signature_valid: bool,
    /// The genuine QR code sends people to this other host: a cloned portal.
    pub other_host: Option<String>,
    /// The ledger's time of the look-up.
    pub checked_at: Option<Instant>,
}

impl Finding {
    /// Whether it was made for a trial, sealed by no licensed authority.
    pub fn is_specimen(&self) -> bool {
        let document = self.document.as_ref().and_then(|document| document.plan.as_ref());
        self.certificate.as_ref().is_some_and(|it| it.plan.specimen) || document.is_some_and(|plan| plan.specimen)
    }

    fn new(means: Means, verdict: Verdict) -> Self {
        Self {
            means,
            verdict,
            uin: None,
            mistake: None,
            certificate: None,
            document: None,
            signature_valid: false,
            other_host: None,
            checked_at: None,
        }
    }
}

/// Gives the verdict.
pub(crate) async fn judge(site: &Site, evidence: Evidence) -> Result<Finding, Fault> {
    // Without the ledger's time nothing is looked up, so no time is needed either.
    let now = site.portal.inbox.now().await.ok();
    let mut finding = match evidence {
        Evidence::Number(text) => number(site, &text, now).await,
        Evidence::Qr(text) => qr(site, &text, now).await?,
        Evidence::File(bytes) => file(site, bytes, now).await?,
    };
    finding.checked_at = now;
    Ok(finding)
}

async fn number(site: &Site, text: &str, now: Option<Instant>) -> Finding {
    // A typing error is told before any look-up.
    let uin = match Uin::parse(text) {
        Ok(uin) => uin,
        Err(mistake) => return Finding { mistake: Some(mistake), ..Finding::new(Means::Number, Verdict::Mistyped) },
    };
    let (lookup, certificate) = look_up(site, uin, now).await;
    let (_, verdict) = verify::number_verdict(text, now.unwrap_or(no_time()), |_| lookup);
    Finding { uin: Some(uin), certificate, ..Finding::new(Means::Number, verdict) }
}

async fn qr(site: &Site, text: &str, now: Option<Instant>) -> Result<Finding, Unread> {
    let keys = site.known_keys().await;
    if keys.is_empty() && now.is_none() {
        return Ok(Finding::new(Means::Qr, Verdict::CannotCheckNow));
    }
    let evidence = verify::qr_evidence(text, &keys);
    if evidence.cut {
        return Err(Unread::CutOff);
    }
    let uin = evidence.credential.as_ref().map(|credential| credential.claims.uin);
    let (lookup, certificate) = match uin {
        Some(uin) => look_up(site, uin, now).await,
        None => (Lookup::Unknown, None),
    };
    let mut verdict = verify::qr_verdict(&evidence, &lookup, now.unwrap_or(no_time()));
    if now.is_none() && verdict == Verdict::NotIssuedHere {
        // An unknown key may be a new one that has not been read yet.
        verdict = Verdict::CannotCheckNow;
    }
    let genuine = evidence.check == Check::Genuine;
    let other = genuine && !evidence.host.is_empty() && evidence.host != site.portal.verify_host;
    // A credential with another token than the recorded certificate's was never issued: nothing of that one is shown.
    let certificate = certificate.filter(|_| verdict != Verdict::NotIssuedHere);
    Ok(Finding {
        uin,
        certificate,
        signature_valid: genuine,
        other_host: other.then_some(evidence.host),
        ..Finding::new(Means::Qr, verdict)
    })
}

/// A recorded digest decides, then our marks; a file without either may be a picture with a code.
async fn file(site: &Site, bytes: Vec<u8>, now: Option<Instant>) -> Result<Finding, Fault> {
    let sealing = site.sealing_certificates().await;
    // Hashing and taking apart 10 MiB is work for a thread of its own.
    let worked = site.files.run(move || (hex::encode(Sha256::digest(&bytes)), bytes));
    let (sha256, bytes) = worked.await?;
    let (lookup, certificate) = match (now, site.portal.register.by_document(&sha256).await) {
        (Some(_), Ok(Some(uin))) => look_up(site, uin, now).await,
        (Some(_), Ok(None)) => (Lookup::Unknown, None),
        _ => (Lookup::Unreachable, None),
    };
    if let (Lookup::Issued(recorded), Some(now)) = (&lookup, now) {
        let uin = Some(recorded.uin);
        return Ok(Finding { uin, certificate, ..Finding::new(Means::Pdf, recorded.verdict(now)) });
    }
    // No certificate has this digest: another document may.
    let lookup = match (lookup, site.portal.documents.document_by_digest(&sha256).await) {
        (Lookup::Unknown, Ok(Some(document))) => {
            return Ok(Finding { document: Some(Box::new(document)), ..Finding::new(Means::Pdf, Verdict::Genuine) });
        }
        (Lookup::Unknown, Err(_)) => Lookup::Unreachable,
        (lookup, _) => lookup,
    };
    let keys = site.known_keys().await;
    // A PDF that cannot be looked up may be recorded: whether it holds a code does not matter yet.
    let known = lookup == Lookup::Unknown;
    let worked = site.files.run(move || {
        let evidence = verify::pdf_hint(&bytes, &sealing);
        let a_picture = matches!(file::kind(&bytes), Kind::Picture(_));
        let code = match !evidence.is_marked() && (known || a_picture) {
            true => file::code(&bytes, &keys)?,
            false => None,
        };
        Ok::<_, Unread>((evidence, code))
    });
    match worked.await?? {
        (_, Some(code)) => Ok(qr(site, &code, now).await?),
        (evidence, None) => {
            let verdict = verify::pdf_verdict(&evidence, &lookup, now.unwrap_or(no_time()));
            Ok(Finding::new(Means::Pdf, verdict))
        }
    }
}

/// Stands for a time that is not known: without one nothing is looked up, and no verdict that depends on it is reached.
fn no_time() -> Instant {
    Instant::from_millis(0)
}

/// What the ledger records. A certificate that is minted and not stored yet is not issued.
async fn look_up(site: &Site, uin: Uin, now: Option<Instant>) -> (Lookup, Option<Box<Certificate>>) {
    if now.is_none() {
        return (Lookup::Unreachable, None);
    }
    match site.portal.register.certificate(uin).await {
        Ok(Some(certificate)) if certificate.progress >= Progress::Stored => {
            let recorded = Recorded {
                uin,
                standing: certificate.standing,
                expires: last_day(&certificate).map(civil::end_of),
                cti: certificate.plan.cti.clone().try_into().unwrap_or_default(),
            };
            (Lookup::Issued(recorded), Some(Box::new(certificate)))
        }
        Ok(_) => (Lookup::Unknown, None),
        Err(error) => {
            tracing::error!(code = error.code(), "a certificate could not be looked up");
            (Lookup::Unreachable, None)
        }
    }
}

/// The last day of validity, inclusive.
pub(crate) fn last_day(certificate: &Certificate) -> Option<Date> {
    certificate.plan.facts["valid_until"].as_str().and_then(civil::parse_date)
}
