//! Checking a seal found in uploaded bytes: digest, signature, and that the certificate is one of ours.

use super::{cms::SigningCertificateV2, fingerprint, read_seals};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use cms::{
    cert::CertificateChoices,
    content_info::{CmsVersion, ContentInfo},
    signed_data::{SignedData, SignerIdentifier, SignerInfo},
};
use const_oid::db::{rfc5911, rfc5912};
use der::{
    Any, Decode, Encode,
    asn1::{ObjectIdentifier, OctetString},
};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

/// A seal that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the signer's certificate, hexadecimal.
    pub fingerprint: String,
    /// Nothing in the file lies outside the seal. When false, a later update follows it (B-LT, or somebody's change).
    pub covers_whole_file: bool,
}

/// Why a seal does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealCheckError {
    /// No signature can be read.
    #[error("the file bears no seal that can be read")]
    None,
    /// The signer is not one of ours.
    #[error("the seal is not one of ours")]
    Foreign,
    /// It bears our certificate, and does not hold.
    #[error("the seal is broken: {0}")]
    Broken(&'static str),
}

/// Checks the seals of a file: is one of them made with a certificate of `trusted` (fingerprints as [`fingerprint`]
/// writes them), and does it hold? The trust is the list of certificates we have sealed with, not a chain.
pub fn verify_seal(pdf: &[u8], trusted: &[String]) -> Result<Sealed, SealCheckError> {
    let mut outcome = SealCheckError::None;
    for seal in read_seals(pdf) {
        let [start, first, second_at, second] = seal.byte_range;
        let digest =
            Sha256::new_with_prefix(&pdf[start..start + first]).chain_update(&pdf[second_at..second_at + second]);
        match verify_cms(&seal.cms, &digest.finalize().into(), trusted) {
            Ok(fingerprint) => return Ok(Sealed { fingerprint, covers_whole_file: seal.covers_whole_file }),
            Err(fault @ SealCheckError::Broken(_)) => outcome = fault,
            Err(fault) if outcome == SealCheckError::None => outcome = fault,
            Err(_) => {}
        }
    }
    Err(outcome)
}

/// The certificates that a CMS carries, in DER; none when it cannot be read.
pub(crate) fn certificates(cms: &[u8]) -> Vec<Vec<u8>> {
    let Some(data) = signed_data(cms) else { return Vec::new() };
    certificates_of(&data).iter().filter_map(|certificate| certificate.to_der().ok()).collect()
}

fn signed_data(cms: &[u8]) -> Option<SignedData> {
    let info = ContentInfo::from_der(cms).ok()?;
    (info.content_type == rfc5911::ID_SIGNED_DATA).then(|| info.content.decode_as().ok()).flatten()
}

fn certificates_of(data: &SignedData) -> Vec<&Certificate> {
    let choices = data.certificates.iter().flat_map(|set| set.0.iter());
    choices.filter_map(|choice| if let CertificateChoices::Certificate(c) = choice { Some(c) } else { None }).collect()
}

fn verify_cms(cms: &[u8], digest: &[u8; 32], trusted: &[String]) -> Result<String, SealCheckError> {
    let data = signed_data(cms).ok_or(SealCheckError::None)?;
    let [info] = data.signer_infos.0.as_slice() else { return Err(SealCheckError::Foreign) };
    let signer = certificates_of(&data).into_iter().find(|certificate| is_signer(info, certificate));
    let signer = signer.ok_or(SealCheckError::Foreign)?;
    let der = signer.to_der().map_err(|_| SealCheckError::Foreign)?;
    let fingerprint = fingerprint(&der);
    if !trusted.contains(&fingerprint) {
        return Err(SealCheckError::Foreign);
    }
    let broken = SealCheckError::Broken;
    let digests = data.digest_algorithms.as_slice();
    if data.version != CmsVersion::V1 || info.version != CmsVersion::V1 || digests != [info.digest_alg.clone()] {
        return Err(broken("its form is another"));
    }
    let value = |oid| attribute(info, oid);
    let digest_found = value(rfc5911::ID_MESSAGE_DIGEST).and_then(|any| any.decode_as::<OctetString>().ok());
    if digest_found.is_none_or(|found| found.as_bytes() != digest) {
        return Err(broken("the sealed bytes have been changed"));
    }
    let content_type = value(rfc5911::ID_CONTENT_TYPE).and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let outer = &data.encap_content_info;
    if content_type != Some(rfc5911::ID_DATA) || outer.econtent_type != rfc5911::ID_DATA || outer.econtent.is_some() {
        return Err(broken("its content is of another type"));
    }
    let ess =
        value(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2).and_then(|any| any.decode_as::<SigningCertificateV2>().ok());
    let named =
        ess.and_then(|ess| ess.certs.first().map(|id| id.cert_hash.as_bytes() == Sha256::digest(&der).as_slice()));
    if named != Some(true) {
        return Err(broken("it names another certificate"));
    }
    let signed = info.signed_attrs.as_ref().and_then(|attributes| attributes.to_der().ok()).unwrap_or_default();
    verify_signature(signer, info, &signed).ok_or(broken("the signature does not fit"))?;
    Ok(fingerprint)
}

fn is_signer(info: &SignerInfo, certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    matches!(&info.sid, SignerIdentifier::IssuerAndSerialNumber(id)
        if id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number())
}

/// The one value of a signed attribute.
fn attribute(info: &SignerInfo, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = info.signed_attrs.as_ref()?.iter().filter(|attribute| attribute.oid == oid);
    match (found.next()?.values.as_slice(), found.next()) {
        ([value], None) => Some(value),
        _ => None,
    }
}

fn verify_signature(signer: &Certificate, info: &SignerInfo, message: &[u8]) -> Option<()> {
    let key = signer.tbs_certificate().subject_public_key_info();
    let algorithm: &dyn VerificationAlgorithm = match (key.algorithm.oid, info.signature_algorithm.oid) {
        (rfc5912::ID_EC_PUBLIC_KEY, rfc5912::ECDSA_WITH_SHA_256) => &ECDSA_P256_SHA256_ASN1,
        (rfc5912::RSA_ENCRYPTION, rfc5912::SHA_256_WITH_RSA_ENCRYPTION | rfc5912::RSA_ENCRYPTION) => {
            &RSA_PKCS1_2048_8192_SHA256
        }
        _ => return None,
    };
    let public = UnparsedPublicKey::new(algorithm, key.subject_public_key.raw_bytes());
    (info.digest_alg.oid == rfc5912::ID_SHA_256).then_some(())?;
    public.verify(message, info.signature.as_bytes()).ok()
}
