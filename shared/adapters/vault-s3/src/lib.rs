//! The vault on an S3 store: `documents/<first two hex digits>/<sha256>.pdf` in a bucket.
//!
//! A put is unconditional: the name is the digest of the bytes, so a repetition is harmless, and the ledger decides which
//! object counts. A 200 is believed only after the object has been read back with the digest of its name; one that comes
//! back otherwise is put again. Retries inside a call are the SDK's; an error that remains is an outage.

mod probe;
mod trouble;

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    primitives::ByteStream,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use base64ct::{Base64, Encoding};
use futures_util::{StreamExt, stream};
use mohor_ports::{
    error::{Error, Result},
    time::Entropy,
    vault::{Object, Vault, object_name},
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;
use trouble::{is_missing, trouble};

/// Connecting, one attempt, and a call with its attempts.
const CONNECT: Duration = Duration::from_secs(3);
const ATTEMPT: Duration = Duration::from_secs(10);
const CALL: Duration = Duration::from_secs(30);
/// Attempts of a call, and the first wait between two.
const ATTEMPTS: (u32, Duration) = (3, Duration::from_millis(100));
/// Objects on their way at once.
const ABREAST: usize = 8;
/// Puts of an object that comes back otherwise than it was put.
const PUTS: usize = 3;
/// A document is at most so long: more is not read into memory.
const MAX_OBJECT: u64 = 64 << 20;

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
    client: Client,
    settings: Settings,
    entropy: Arc<dyn Entropy>,
    /// What the store was seen to do: tried once.
    capabilities: Arc<OnceCell<String>>,
}

impl S3Vault {
    /// A client of the store; nothing is asked yet. `Fatal` when the authorities cannot be read.
    pub fn open(settings: Settings, entropy: Arc<dyn Entropy>) -> Result<Self> {
        let mut trust = TrustStore::default();
        if !settings.authorities.is_empty() {
            trust = TrustStore::empty().with_pem_certificate(settings.authorities.clone());
        }
        let context = TlsContext::builder().with_trust_store(trust).build();
        let context =
            context.map_err(|error| Error::fatal("`s3.ca_file` holds no certificates in PEM").because(error))?;
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(CALL);
        let key = Credentials::new(&settings.access_key_id, &settings.secret_access_key, None, None, "mohor");
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(key)
            .region(Region::new(settings.region.clone()))
            .force_path_style(settings.path_style)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS.0).with_initial_backoff(ATTEMPTS.1))
            .timeout_config(timeouts.build())
            // SHA-256 goes with every put and is compared on every read; other servers do not know the SDK's CRC.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .http_client(http);
        if !settings.endpoint.is_empty() {
            config = config.endpoint_url(&settings.endpoint);
        }
        Ok(Self { client: Client::from_conf(config.build()), settings, entropy, capabilities: Arc::default() })
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
        let key = self.key(&object.sha256);
        for _ in 0..PUTS {
            self.write(&key, &digest, object.bytes.clone()).await?;
            if self.read(&key).await?.is_some_and(|bytes| bytes == object.bytes) {
                return Ok(());
            }
        }
        let words = format!("{}: {} comes back otherwise than it was put, {PUTS} times", self.name(), object.sha256);
        Err(Error::outage(words))
    }

    async fn write(&self, key: &str, digest: &[u8; 32], bytes: Vec<u8>) -> Result<()> {
        let put = self.client.put_object().bucket(&self.settings.bucket).key(key).content_type("application/pdf");
        let put = put.checksum_sha256(Base64::encode_string(digest)).body(ByteStream::from(bytes));
        put.send().await.map(drop).map_err(|error| trouble(&self.name(), error))
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let got = match self.client.get_object().bucket(&self.settings.bucket).key(key).send().await {
            Ok(got) => got,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(trouble(&self.name(), error)),
        };
        if got.content_length().is_some_and(|length| length.max(0) as u64 > MAX_OBJECT) {
            return Err(Error::reject("altered_object", format!("{key} is longer than any document")));
        }
        let reading = tokio::time::timeout(ATTEMPT, got.body.collect()).await;
        let cut_short = || Error::outage(format!("{} gave only a part of an object", self.name()));
        let bytes = reading.map_err(|_| cut_short())?.map_err(|error| cut_short().because(error))?;
        Ok(Some(bytes.to_vec()))
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
        Ok(Some(bytes))
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
