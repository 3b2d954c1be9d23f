//! The vault on an S3 store: `documents/<first two hex digits>/<sha256>.pdf` in a bucket.
//!
//! A put is unconditional: the name is the digest of the bytes, so a repetition is harmless, and the ledger decides which
//! object counts. A 200 is believed only after the object has been read back with the digest of its name; one that comes
//! back otherwise is put again. A call is tried again where that may help; an error that remains is an outage.

mod http;

mod place;

mod sign;

mod trouble;

mod probe;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use futures_util::{StreamExt, stream};
use http::{Ask, Cut, Http, PATIENCE, Patience, at_most};
use hyper::{Method, body::Bytes};
use mohor_ports::{
    error::{Error, Result},
    time::{Entropy, WallClock},
    vault::{Object, Vault, object_name},
};
use sha2::{Digest, Sha256};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{sync::OnceCell, time::timeout};

/// Objects on their way at once.
const ABREAST: usize = 8;
/// Puts of an object that comes back otherwise than it was put.
const PUTS: usize = 3;
/// A document is at most so long: more is not read into memory.
const MAX_OBJECT: usize = 64 << 20;
/// The header with a body's SHA-256 that the store keeps with the object, and holds the body against.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// How to reach the store.
#[derive(Clone)]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// What every name begins with: empty, or a folder with its slash.
    pub prefix: String,
    /// `http://HOST:PORT` or `https://…`; empty: AWS itself.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket in the path rather than in the host name.
    pub path_style: bool,
    /// The access key's id.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: String,
    /// PEM of the authorities that are trusted instead of the system's; empty: the system's.
    pub authorities: Vec<u8>,
    /// Whether the key may only read: a probe then writes nothing.
    pub read_only: bool,
}

/// The vault on an S3 store.
#[derive(Clone)]
pub struct S3Vault {
    http: Arc<Http>,
    settings: Arc<Settings>,
    entropy: Arc<dyn Entropy>,
    /// What the store was seen to do: tried once.
    capabilities: Arc<OnceCell<String>>,
    /// It takes no checksums with objects: learnt once.
    plain: Arc<AtomicBool>,
}

impl S3Vault {
    /// A client of the store; nothing is asked yet. Requests are signed with the time by this clock: a store refuses one that
    /// is some minutes off its own. `Fatal` when endpoint, authorities or key cannot be used.
    pub fn open(settings: Settings, entropy: Arc<dyn Entropy>, clock: Arc<dyn WallClock>) -> Result<Self> {
        Self::open_with(settings, entropy, clock, PATIENCE)
    }

    fn open_with(
        settings: Settings,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn WallClock>,
        patience: Patience,
    ) -> Result<Self> {
        let http = Arc::new(Http::open(&settings, entropy.as_ref(), clock, patience)?);
        Ok(Self { http, settings: Arc::new(settings), entropy, capabilities: Arc::default(), plain: Arc::default() })
    }

    /// The store and the bucket, for people.
    fn name(&self) -> String {
        let endpoint = if self.settings.endpoint.is_empty() { "AWS" } else { &self.settings.endpoint };
        format!("S3 at {endpoint}, bucket {}", self.settings.bucket)
    }

    fn key(&self, sha256: &str) -> String {
        format!("{}{}", self.settings.prefix, object_name(sha256))
    }

    async fn put_one(&self, object: Object) -> Result<()> {
        check_name(&object.sha256)?;
        let digest: [u8; 32] = Sha256::digest(&object.bytes).into();
        if hex::encode(digest) != object.sha256 {
            let words = format!("the bytes to be put are not those of {}", object.sha256);
            return Err(Error::reject("altered_object", words));
        }
        let (key, bytes) = (self.key(&object.sha256), Bytes::from(object.bytes));
        for _ in 0..PUTS {
            self.write(&key, &digest, bytes.clone()).await?;
            if self.read(&key).await?.is_some_and(|back| back == bytes) {
                return Ok(());
            }
        }
        let words = format!("{}: {} comes back otherwise than it was put, {PUTS} times", self.name(), object.sha256);
        Err(Error::outage(words))
    }

    /// A checksum goes along where the store takes one. It is not relied on: the body's digest is signed, and every object is
    /// read back.
    async fn write(&self, key: &str, digest: &[u8; 32], bytes: Bytes) -> Result<()> {
        let put = || Ask::put(key, &hex::encode(digest), bytes.clone());
        if !self.plain.load(Ordering::Relaxed) {
            match self.http.ask(&put().with(CHECKSUM, Base64::encode_string(digest))).await {
                Err(trouble) if trouble.may_be_of_a_header() => {}
                other => return other.map(drop).map_err(|trouble| trouble.at(&self.name())),
            }
        }
        self.http.ask(&put()).await.map_err(|trouble| trouble.at(&self.name()))?;
        if !self.plain.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the object store takes no {CHECKSUM}: documents are put without, and read back all the same"
            );
        }
        Ok(())
    }

    async fn read(&self, key: &str) -> Result<Option<Bytes>> {
        let answer = match self.http.ask(&Ask::of(Method::GET, key)).await {
            Ok(answer) => answer,
            Err(trouble) if trouble.is_missing() => return Ok(None),
            Err(trouble) => return Err(trouble.at(&self.name())),
        };
        let cut_short = || Error::outage(format!("{} gave only a part of an object", self.name()));
        let reading = timeout(self.http.patience.body, at_most(answer.into_body(), MAX_OBJECT)).await;
        match reading.map_err(|_| cut_short())? {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Cut::Long) => Err(Error::reject("altered_object", format!("{key} is longer than any document"))),
            Err(Cut::Short(error)) => Err(cut_short().because(error)),
        }
    }
}

#[async_trait]
impl Vault for S3Vault {
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>> {
        // Each future owns its vault: a client is a handle.
        let puts = objects.into_iter().map(|object| {
            let vault = self.clone();
            async move { vault.put_one(object).await }
        });
        stream::iter(puts).buffered(ABREAST).collect().await
    }

    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        check_name(sha256)?;
        let Some(bytes) = self.read(&self.key(sha256)).await? else { return Ok(None) };
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            let words = format!("object {sha256} holds other bytes than its name says; `mohor restore` makes it again");
            return Err(Error::reject("altered_object", words));
        }
        Ok(Some(bytes.into()))
    }

    async fn probe(&self) -> Result<String> {
        probe::probe(self).await
    }
}

/// A name is 64 hexadecimal digits in small letters: nothing else becomes part of a path.
fn check_name(sha256: &str) -> Result<()> {
    match sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        true => Ok(()),
        false => Err(Error::reject("bad_object_name", "an object's name is a SHA-256 in small hexadecimal digits")),
    }
}
