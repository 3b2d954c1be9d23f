//! The signer: the only way to a private key. Only the stages `sign` and `store` hold one.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::civil::Instant;
use serde::{Deserialize, Serialize};

/// The public half of a key that signs credentials (Ed25519).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialKey {
    /// Hexadecimal of the first 8 bytes of the key's RFC 7638 SHA-256 thumbprint.
    pub kid: String,
    /// The 32 bytes of the public key, hexadecimal.
    pub public: String,
    /// Letters of the departments it may sign for; empty means every department of this installation.
    pub departments: Vec<String>,
    /// A credential's iat lies within these.
    pub valid_from: Instant,
    /// Last instant at which it may sign, if it has been set.
    pub valid_until: Option<Instant>,
}

/// The algorithm of a sealing key; the loaded certificate decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealAlgorithm {
    /// ECDSA on NIST P-256 with SHA-256; deterministic by RFC 6979 in the key file adapter.
    EcdsaP256,
    /// RSA 2048 PKCS#1 v1.5 with SHA-256.
    Rsa2048,
}

impl SealAlgorithm {
    /// The word in configuration and ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa_p256",
            Self::Rsa2048 => "rsa_2048",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::EcdsaP256, Self::Rsa2048].into_iter().find(|algorithm| algorithm.as_str() == word)
    }
}

/// The public half of a sealing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealKey {
    /// SHA-256 of the signer's certificate (DER), hexadecimal.
    pub key_id: String,
    /// Certificates in DER, the signer's first, up to but without the root when it is trusted separately.
    pub chain: Vec<Vec<u8>>,
    /// What the certificate's key is.
    pub algorithm: SealAlgorithm,
}

/// Signs. Guarantees: a private key never leaves the adapter; a signature is made by the named key or not at all.
///
/// Errors: `Outage` when the key store cannot be reached, `Reject("unknown_key")` when the named key is not loaded.
#[async_trait]
pub trait Signer: Send + Sync {
    /// The key that signs new credentials.
    fn credential_key(&self) -> CredentialKey;
    /// The key that seals new documents.
    fn seal_key(&self) -> SealKey;
    /// Ed25519 signatures over each message, in order.
    async fn sign_credentials(&self, kid: &str, messages: &[Vec<u8>]) -> Result<Vec<[u8; 64]>>;
    /// Seal signatures over each message (the DER of the CMS signed attributes; the adapter hashes it with SHA-256):
    /// DER-encoded ECDSA-Sig-Value, or the raw RSA block.
    async fn sign_seals(&self, key_id: &str, messages: &[Vec<u8>]) -> Result<Vec<Vec<u8>>>;
}
