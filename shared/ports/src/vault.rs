//! The vault of sealed documents, named by the digest of their bytes.

use crate::error::Result;
use async_trait::async_trait;

/// An object's name: `documents/<first two hex digits>/<sha256>.pdf`.
pub fn object_name(sha256: &str) -> String {
    format!("documents/{}/{sha256}.pdf", sha256.get(..2).unwrap_or("__"))
}

/// One object to be put.
#[derive(Debug, Clone)]
pub struct Object {
    /// SHA-256 of `bytes`, hexadecimal, lower case.
    pub sha256: String,
    /// The document.
    pub bytes: Vec<u8>,
}

/// Keeps documents. A name is the digest of the contents, so a repeated put is harmless; the ledger decides which
/// object counts, never the vault.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Makes the objects durable and reads each one's digest back; one result per object, in order.
    ///
    /// After `Ok` the object survives a power cut. `Outage` when the store cannot be reached or is full.
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>>;
    /// The document's bytes, their digest checked; `None` when there is no such object.
    ///
    /// A digest that does not fit is `Reject("altered_object")`: it can be made again with `mohor restore`.
    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>>;
    /// Tries the store: writes, reads and removes a probe. The answer says in words what the store is.
    async fn probe(&self) -> Result<String>;
}
