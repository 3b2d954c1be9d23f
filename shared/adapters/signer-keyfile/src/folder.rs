//! Reading the key folder: who may read the files, what is in them, and that they belong together.

use crate::{KeyFileSigner, SealSecret};
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use base64ct::{Base64UrlUnpadded, Encoding};
use der::{Decode, Encode};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    signer::{CredentialKey, SealAlgorithm, SealKey},
};
use pkcs8::SecretDocument;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fs, os::unix::fs::MetadataExt, path::Path};
use x509_cert::Certificate;

pub(crate) const CREDENTIAL_KEY: &str = "credential.key.pem";
pub(crate) const CREDENTIAL_BOUNDS: &str = "credential.json";
pub(crate) const SEAL_KEY: &str = "seal.key.pem";
pub(crate) const SEAL_CHAIN: &str = "seal.chain.pem";
pub(crate) const ROOT: &str = "root.pem";

/// Within which bounds the credential key may sign.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    pub valid_from: Instant,
    #[serde(default)]
    pub valid_until: Option<Instant>,
    #[serde(default)]
    pub departments: Vec<String>,
}

pub(crate) fn open(folder: &Path) -> Result<KeyFileSigner> {
    let secret_pem = read_secret(folder, CREDENTIAL_KEY)?;
    let credential_secret = ed25519_dalek::SigningKey::from_pkcs8_pem(&secret_pem)
        .map_err(|_| wrong(folder, CREDENTIAL_KEY, "is no Ed25519 key in PKCS#8 PEM"))?;
    let chain = chain(folder)?;
    let Some(signer) = chain.first() else { return Err(wrong(folder, SEAL_CHAIN, "holds no certificate")) };
    let (seal_secret, algorithm) = seal_secret(folder, signer)?;
    let ders = chain.iter().map(Encode::to_der).collect::<Result<Vec<_>, _>>();
    let ders = ders.map_err(|e| wrong(folder, SEAL_CHAIN, "cannot be written again").because(e))?;
    let bounds = bounds(folder)?.unwrap_or_else(|| Bounds {
        valid_from: not_before(signer),
        valid_until: None,
        departments: Vec::new(),
    });
    let public = credential_secret.verifying_key().to_bytes();
    Ok(KeyFileSigner {
        credential_key: CredentialKey {
            kid: hex::encode(kid(&public)),
            public: hex::encode(public),
            departments: bounds.departments,
            valid_from: bounds.valid_from,
            valid_until: bounds.valid_until,
        },
        credential_secret,
        seal_key: SealKey { key_id: hex::encode(Sha256::digest(&ders[0])), chain: ders, algorithm },
        seal_secret,
    })
}

/// First 8 bytes of the RFC 7638 thumbprint of the key's JWK; `mohor_document::credential::kid` must agree.
fn kid(public: &[u8; 32]) -> [u8; 8] {
    let x = Base64UrlUnpadded::encode_string(public);
    let digest: [u8; 32] = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)).into();
    std::array::from_fn(|place| digest[place])
}

fn chain(folder: &Path) -> Result<Vec<Certificate>> {
    let pem = read(folder, SEAL_CHAIN)?;
    Certificate::load_pem_chain(pem.as_bytes())
        .map_err(|e| wrong(folder, SEAL_CHAIN, "holds no certificates in PEM").because(e))
}

/// The sealing key, and the algorithm that its certificate decides.
fn seal_secret(folder: &Path, signer: &Certificate) -> Result<(SealSecret, SealAlgorithm)> {
    let pem = read_secret(folder, SEAL_KEY)?;
    let public = signer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
    if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_pem(&pem) {
        if key.verifying_key().to_sec1_point(false).as_bytes() != public {
            return Err(wrong(folder, SEAL_KEY, "is not the key of the first certificate in seal.chain.pem"));
        }
        return Ok((SealSecret::P256(Box::new(key)), SealAlgorithm::EcdsaP256));
    }
    let neither = || wrong(folder, SEAL_KEY, "is neither a P-256 nor an RSA key of 2048 bits or more in PKCS#8 PEM");
    let (_, document) = SecretDocument::from_pem(&pem).map_err(|_| neither())?;
    let key = RsaKeyPair::from_pkcs8(document.as_bytes()).map_err(|_| neither())?;
    if key.public_key().as_ref() != public {
        return Err(wrong(folder, SEAL_KEY, "is not the key of the first certificate in seal.chain.pem"));
    }
    if key.public_modulus_len() < 256 {
        return Err(neither());
    }
    Ok((SealSecret::Rsa(Box::new(key)), SealAlgorithm::Rsa2048))
}

fn bounds(folder: &Path) -> Result<Option<Bounds>> {
    if !folder.join(CREDENTIAL_BOUNDS).exists() {
        return Ok(None);
    }
    serde_json::from_str(&read(folder, CREDENTIAL_BOUNDS)?)
        .map(Some)
        .map_err(|e| wrong(folder, CREDENTIAL_BOUNDS, "cannot be read").because(e))
}

fn not_before(certificate: &Certificate) -> Instant {
    let since = certificate.tbs_certificate().validity().not_before.to_unix_duration();
    Instant::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn read(folder: &Path, name: &str) -> Result<String> {
    fs::read_to_string(folder.join(name)).map_err(|e| {
        wrong(folder, name, "cannot be read; make demo keys with `mohor keys`, or put it there").because(e)
    })
}

/// Reads a private key. A file that the group or the world may touch is refused: whoever read it may have copied it.
fn read_secret(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    let metadata = fs::metadata(&path)
        .map_err(|e| wrong(folder, name, "is missing; make demo keys with `mohor keys`, or put it there").because(e))?;
    if metadata.mode() & 0o077 != 0 {
        let words = format!("may be read or written by others (mode {:o}); `chmod 600` it", metadata.mode() & 0o777);
        return Err(wrong(folder, name, &words));
    }
    read(folder, name)
}

pub(crate) fn wrong(folder: &Path, name: &str, words: &str) -> Error {
    Error::fatal(format!("the key file {} {words}", folder.join(name).display()))
}

/// A certificate in DER, for those who have only its bytes.
pub(crate) fn certificate(der: &[u8]) -> Option<Certificate> {
    Certificate::from_der(der).ok()
}
