//! The CMS SignedData around a seal's signature (RFC 5652), with the attributes that PAdES B-B asks for.

use super::{SealError, SubFilter};
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

/// Room for the CMS of a chain: its certificates, attributes and signature, and as much again as a time-stamp takes.
/// A function of the chain, which the plan names, so the same on every day.
pub fn reserve_for(chain: &[Vec<u8>]) -> usize {
    (chain.iter().map(Vec::len).sum::<usize>() + 1_200).next_multiple_of(512)
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
    let signer = chain.first().ok_or(SealError::Certificate("the chain is empty"))?;
    let ess = EssCertIdV2 { cert_hash: OctetString::new(Sha256::digest(signer).to_vec())? };
    let mut attributes = vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &OctetString::new(digest.to_vec())?)?,
        attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &SigningCertificateV2 { certs: vec![ess] })?,
    ];
    if sub_filter == SubFilter::AdbePkcs7Detached {
        let seconds = u64::try_from(signing_time.seconds()).unwrap_or_default();
        let time = der::asn1::UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
        attributes.push(attribute(rfc5911::ID_SIGNING_TIME, &Time::UtcTime(time))?);
    }
    Ok(Attributes::try_from(attributes)?.to_der()?)
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
