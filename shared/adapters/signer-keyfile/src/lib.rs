//! The signer whose keys are files: one folder, readable by its owner only.
//!
//! | file | what |
//! |---|---|
//! | `credential.key.pem` | Ed25519, PKCS#8: signs the credentials in QR codes |
//! | `credential.json` | optional: `valid_from`, `valid_until`, `departments` of that key |
//! | `seal.key.pem` | P-256 or RSA-2048, PKCS#8: seals the PDFs |
//! | `seal.chain.pem` | its certificate, then those above it, without the root |
//! | `root.pem` | the demo root's certificate (not needed with a licensed CA) |
//!
//! ECDSA is deterministic (RFC 6979), so the same plan gives the same sealed bytes; RSA is PKCS#1 v1.5, which always is.

/// The demo keys and certificates.
mod demo;
/// Reading the key folder.
mod folder;
/// Which certificates are from an issuer that the operator trusts.
mod trust;

pub use demo::{DEMO_ROOT_NAME, generate_demo};
pub use trust::trusted_issuer;

use async_trait::async_trait;
use aws_lc_rs::{rand::SystemRandom, signature as aws};
use mohor_ports::{
    error::{Error, Result},
    signer::{CredentialKey, SealKey, Signer},
    time::Entropy,
};
use signature::Signer as _;
use std::{fmt, path::Path};

/// A signer over a key folder. Its secrets never leave it and never show in `Debug`.
pub struct KeyFileSigner {
    credential_key: CredentialKey,
    credential_secret: ed25519_dalek::SigningKey,
    seal_key: SealKey,
    seal_secret: SealSecret,
}

/// The private half of the sealing key.
enum SealSecret {
    P256(Box<p256::ecdsa::SigningKey>),
    Rsa(Box<aws::RsaKeyPair>),
}

impl KeyFileSigner {
    /// Loads the keys, refusing files that others may read and a key that is not its certificate's.
    ///
    /// Errors are `Fatal` and name the file and the next step.
    pub fn open(folder: &Path) -> Result<Self> {
        folder::open(folder)
    }

    /// [`generate_demo`], then [`KeyFileSigner::open`]: what a first start does.
    pub fn open_or_generate(
        folder: &Path,
        algorithm: mohor_ports::signer::SealAlgorithm,
        now: mohor_domain::civil::Instant,
        entropy: &dyn Entropy,
    ) -> Result<Self> {
        generate_demo(folder, algorithm, now, entropy)?;
        Self::open(folder)
    }

    fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        match &self.seal_secret {
            SealSecret::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|e| Error::fatal("the sealing key cannot sign").because(e))?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            SealSecret::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                // PKCS#1 v1.5 takes no randomness into the signature; the generator is for blinding.
                key.sign(&aws::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|e| Error::fatal("the sealing key cannot sign").because(e))?;
                Ok(signature)
            }
        }
    }
}

#[async_trait]
impl Signer for KeyFileSigner {
    fn credential_key(&self) -> CredentialKey {
        self.credential_key.clone()
    }

    fn seal_key(&self) -> SealKey {
        self.seal_key.clone()
    }

    async fn sign_credentials(&self, kid: &str, messages: &[Vec<u8>]) -> Result<Vec<[u8; 64]>> {
        if kid != self.credential_key.kid {
            return Err(unknown_key("credential", kid));
        }
        Ok(messages.iter().map(|message| self.credential_secret.sign(message).to_bytes()).collect())
    }

    async fn sign_seals(&self, key_id: &str, messages: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        if key_id != self.seal_key.key_id {
            return Err(unknown_key("sealing", key_id));
        }
        messages.iter().map(|message| self.seal(message)).collect()
    }
}

fn unknown_key(what: &str, id: &str) -> Error {
    Error::reject("unknown_key", format!("the {what} key {id} is not loaded; put its key folder back, or mint again"))
}

impl fmt::Debug for KeyFileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFileSigner")
            .field("credential", &self.credential_key.kid)
            .field("seal", &self.seal_key.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
