//! The CMS SignedData around a seal's signature (RFC 5652), with the attributes that PAdES B-B asks for.

use super::{SealError, SubFilter};
use crate::pdf::{Form, Pdf};
use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use const_oid::db::{rfc5911, rfc5912};
use der::{
    Any, Decode, Encode, Sequence,
    asn1::{ObjectIdentifier, OctetString, SetOfVec},
};
use mohor_domain::civil::Instant;
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    Certificate,
    attr::{Attribute, Attributes},
    time::Time,
};

/// RFC 5035, 4: the certificate that signs, by its digest, so that no other can be put in its place.
#[derive(Debug, Clone, Sequence)]
pub(super) struct SigningCertificateV2 {
    pub certs: Vec<EssCertIdV2>,
}

/// Without `hashAlgorithm`, as SHA-256 is its default and DER leaves defaults out.
#[derive(Debug, Clone, Sequence)]
pub(super) struct EssCertIdV2 {
    pub cert_hash: OctetString,
}

/// SHA-256 of a certificate in DER, hexadecimal: the key id in the plan.
pub fn fingerprint(certificate: &[u8]) -> String {
    hex::encode(Sha256::digest(certificate))
}

/// Room for the CMS of a chain in a file: what it takes with the longest signature of its key, and a margin. A function of
/// the chain, which the plan names, and of the renderer's bytes, so the same on every day.
///
/// A file without streams is of the first renderer, which kept some 1,200 bytes more. Nothing can come into the room later,
/// as the file's digest is recorded: whoever brings time-stamps (PAdES B-T, some 2 to 6 KB) into the CMS makes room for them
/// under a new renderer.
pub fn reserve_for(chain: &[Vec<u8>], pdf: &[u8]) -> usize {
    let ample = (chain.iter().map(Vec::len).sum::<usize>() + 1_200).next_multiple_of(512);
    match Pdf::open(pdf) {
        Ok(pdf) if pdf.form == Form::Stream => longest(chain).map_or(ample, |most| (most + 64).next_multiple_of(32)),
        _ => ample,
    }
}

/// Length of a chain's CMS with the longest signature, without a signing time (30 bytes).
fn longest(chain: &[Vec<u8>]) -> Result<usize, SealError> {
    let signer = Certificate::from_der(chain.first().ok_or(SealError::Certificate("the chain is empty"))?)?;
    // Of P-256 in DER at most 72 bytes. Of RSA as many as its modulus, which is a part of the key.
    let key = signer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes().len();
    let attributes = attributes(&[0; 32], chain)?;
    Ok(cms(&Attributes::try_from(attributes)?.to_der()?, &vec![0xFF; key.max(72)], chain)?.len())
}

/// The signed attributes as the DER of a SET OF: what the sealing key signs (RFC 5652, 5.4).
///
/// Content type, message digest and signing certificate; the signing time only for `adbe.pkcs7.detached`, as EN 319
/// 142-1, 6.3 forbids it in PAdES. `chain` is in DER, the signer first.
pub fn signed_attributes(
    digest: &[u8; 32],
    chain: &[Vec<u8>],
    sub_filter: SubFilter,
    signing_time: Instant,
) -> Result<Vec<u8>, SealError> {
    let mut attributes = attributes(digest, chain)?;
    if sub_filter == SubFilter::AdbePkcs7Detached {
        let seconds = u64::try_from(signing_time.seconds()).unwrap_or_default();
        let time = der::asn1::UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
        attributes.push(attribute(rfc5911::ID_SIGNING_TIME, &Time::UtcTime(time))?);
    }
    Ok(Attributes::try_from(attributes)?.to_der()?)
}

fn attributes(digest: &[u8; 32], chain: &[Vec<u8>]) -> Result<Vec<Attribute>, SealError> {
    let signer = chain.first().ok_or(SealError::Certificate("the chain is empty"))?;
    let ess = EssCertIdV2 { cert_hash: OctetString::new(Sha256::digest(signer).to_vec())? };
    Ok(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &OctetString::new(digest.to_vec())?)?,
        attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &SigningCertificateV2 { certs: vec![ess] })?,
    ])
}

fn attribute<T: Encode + der::Tagged>(oid: ObjectIdentifier, value: &T) -> Result<Attribute, der::Error> {
    let value = Any::from_der(&value.to_der()?)?;
    Ok(Attribute { oid, values: SetOfVec::try_from([value])? })
}

/// The detached SignedData in DER. `signed_attrs` is the DER of [`signed_attributes`], `signature` is over it; the
/// signer's certificate decides the algorithm: ECDSA P-256 or RSA, both with SHA-256.
pub fn cms(signed_attrs: &[u8], signature: &[u8], chain: &[Vec<u8>]) -> Result<Vec<u8>, SealError> {
    let certificates = chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>()?;
    let signer = certificates.first().ok_or(SealError::Certificate("the chain is empty"))?.tbs_certificate();
    let sha256 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: signer.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(Attributes::from_der(signed_attrs)?),
        signature_algorithm: signature_algorithm(signer.subject_public_key_info().algorithm.oid)?,
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from([sha256])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(
            certificates.into_iter().map(CertificateChoices::Certificate).collect::<Vec<_>>(),
        )?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![info])?,
    };
    let content = Any::from_der(&data.to_der()?)?;
    Ok(ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content }.to_der()?)
}

/// RFC 5754, 3: parameters absent for ECDSA, NULL for RSA.
fn signature_algorithm(key: ObjectIdentifier) -> Result<AlgorithmIdentifierOwned, SealError> {
    match key {
        rfc5912::ID_EC_PUBLIC_KEY => {
            Ok(AlgorithmIdentifierOwned { oid: rfc5912::ECDSA_WITH_SHA_256, parameters: None })
        }
        rfc5912::RSA_ENCRYPTION => {
            Ok(AlgorithmIdentifierOwned { oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION, parameters: Some(Any::null()) })
        }
        _ => Err(SealError::Certificate("its key is neither P-256 nor RSA")),
    }
}

/// The certificates of a PEM text, in DER and in order.
pub fn chain_of_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, SealError> {
    Ok(Certificate::load_pem_chain(pem)?.iter().map(Encode::to_der).collect::<Result<_, _>>()?)
}
