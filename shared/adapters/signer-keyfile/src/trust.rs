//! Is the sealing certificate from an issuer that the operator trusts? Without one, documents say SPECIMEN.

use crate::folder::certificate;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use der::Encode;
use mohor_ports::error::{Error, Result};
use x509_cert::{Certificate, ext::pkix::BasicConstraints};

/// Whether a chain (DER, the signer first) leads by its signatures to one of the trusted issuers' certificates (PEM).
///
/// Names alone prove nothing: each certificate's signature is checked with the next one's key, and those between must be
/// CA certificates. The trusted ones are believed because the operator configured them. An error means that their PEM
/// cannot be read.
pub fn trusted_issuer(chain: &[Vec<u8>], trusted_pem: &[u8]) -> Result<bool> {
    let trusted = Certificate::load_pem_chain(trusted_pem)
        .map_err(|e| Error::fatal("the trusted issuers' certificates cannot be read; give them as PEM").because(e))?;
    let Some(chain) = chain.iter().map(|der| certificate(der)).collect::<Option<Vec<_>>>() else { return Ok(false) };
    let mut links = chain.iter();
    let Some(mut current) = links.next() else { return Ok(false) };
    loop {
        if trusted.iter().any(|issuer| issued(issuer, current)) {
            return Ok(true);
        }
        match links.next() {
            Some(next) if is_ca(next) && issued(next, current) => current = next,
            _ => return Ok(false),
        }
    }
}

fn is_ca(certificate: &Certificate) -> bool {
    let found = certificate.tbs_certificate().get_extension::<BasicConstraints>();
    matches!(found, Ok(Some((_, constraints))) if constraints.ca)
}

fn issued(issuer: &Certificate, subject: &Certificate) -> bool {
    if issuer.tbs_certificate().subject() != subject.tbs_certificate().issuer() {
        return false;
    }
    let algorithm: &dyn VerificationAlgorithm = match subject.signature_algorithm().oid.to_string().as_str() {
        "1.2.840.10045.4.3.2" => &ECDSA_P256_SHA256_ASN1,
        "1.2.840.10045.4.3.3" => &ECDSA_P384_SHA384_ASN1,
        "1.2.840.113549.1.1.11" => &RSA_PKCS1_2048_8192_SHA256,
        "1.2.840.113549.1.1.12" => &RSA_PKCS1_2048_8192_SHA384,
        "1.2.840.113549.1.1.13" => &RSA_PKCS1_2048_8192_SHA512,
        _ => return false,
    };
    let key = issuer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
    let Ok(signed) = subject.tbs_certificate().to_der() else { return false };
    UnparsedPublicKey::new(algorithm, key).verify(&signed, subject.signature().raw_bytes()).is_ok()
}
