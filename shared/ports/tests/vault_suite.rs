//! The vault's suite against a vault in memory, so that the suite itself is known to be passable.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use async_trait::async_trait;
use mohor_ports::{
    error::{Error, Result},
    vault::{Object, Vault},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Mutex};

#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl Vault for Memory {
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>> {
        let put = |object: Object| match hex::encode(Sha256::digest(&object.bytes)) == object.sha256 {
            true => {
                self.0.lock().unwrap().insert(object.sha256, object.bytes);
                Ok(())
            }
            false => Err(Error::reject("altered_object", "the name is not the digest of the contents")),
        };
        objects.into_iter().map(put).collect()
    }
    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().get(sha256).cloned())
    }
    async fn probe(&self) -> Result<String> {
        Ok("memory".into())
    }
}

struct Opened {
    vault: Box<Memory>,
}

mohor_ports::vault_suite!(Some(Opened { vault: Box::default() }));
