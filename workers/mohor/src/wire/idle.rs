//! What a role that has nothing to do with documents is given instead of a vault.

use async_trait::async_trait;
use mohor_ports::{
    error::{Error, Result},
    vault::{Object, Vault},
};

/// No way to documents.
pub struct NoVault;

fn closed() -> Error {
    Error::fatal("this role has nothing to do with documents")
}

#[async_trait]
impl Vault for NoVault {
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>> {
        objects.iter().map(|_| Err(closed())).collect()
    }

    async fn get(&self, _sha256: &str) -> Result<Option<Vec<u8>>> {
        Err(closed())
    }

    async fn probe(&self) -> Result<String> {
        Ok("not for this role".into())
    }
}
