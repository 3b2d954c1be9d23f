//! Requests to the store: signed, with an end to each attempt and to all of them, on connections that are kept.

use crate::{Settings, place::Place, sign::Signer, trouble::Trouble};
use backon::{ExponentialBuilder, Retryable};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response,
    body::{Body, Bytes, Incoming},
    header::DATE,
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use mohor_ports::{
    error::{Error, Result},
    time::{Entropy, WallClock},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

/// Attempts of a call.
const ATTEMPTS: usize = 3;
/// A connection that nobody uses is closed before the store does it, as a rule.
const IDLE: Duration = Duration::from_secs(15);
/// SHA-256 of no bytes.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How long is waited.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the answer to one attempt.
    pub attempt: Duration,
    /// For an object that comes with an answer.
    pub body: Duration,
    /// For a call with its attempts.
    pub call: Duration,
    /// Before the second attempt, to begin with; twice as long before the third.
    pub between: Duration,
    /// As long as a busy store asks for (`Retry-After`), at most.
    pub asked: Duration,
}

impl Patience {
    /// What is planned, or what the store asks for, if that is longer.
    pub fn wait(&self, trouble: &Trouble, planned: Duration) -> Duration {
        planned.max(trouble.after().unwrap_or_default().min(self.asked))
    }
}

/// What a store has.
pub(crate) const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3),
    attempt: Duration::from_secs(10),
    body: Duration::from_secs(10),
    call: Duration::from_secs(30),
    between: Duration::from_millis(100),
    asked: Duration::from_secs(5),
};

/// One request, as often as it is made.
pub(crate) struct Ask<'a> {
    method: Method,
    key: &'a str,
    headers: Vec<(&'static str, String)>,
    sha256: String,
    body: Bytes,
}

impl<'a> Ask<'a> {
    /// Without a body.
    pub fn of(method: Method, key: &'a str) -> Self {
        Self { method, key, headers: vec![], sha256: NOTHING.into(), body: Bytes::new() }
    }

    /// A document, with its digest.
    pub fn put(key: &'a str, sha256: &str, body: Bytes) -> Self {
        let headers = vec![("content-type", "application/pdf".into())];
        Self { method: Method::PUT, key, headers, sha256: sha256.into(), body }
    }

    /// With another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The client.
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    place: Place,
    pub signer: Signer,
    pub patience: Patience,
    /// What the waits of the next call are spread by.
    seed: AtomicU64,
}

impl Http {
    /// Nothing is asked yet. `Fatal` when a setting cannot be used.
    pub fn open(
        settings: &Settings,
        entropy: &dyn Entropy,
        clock: Arc<dyn WallClock>,
        patience: Patience,
    ) -> Result<Self> {
        let place = Place::of(settings)?;
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::fatal("TLS cannot be set up").because(error))?
            .with_root_certificates(trusted(&settings.authorities, place.secure)?)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(patience.connect));
        // Without it every other request on a kept connection waits 40 ms for a delayed acknowledgement.
        tcp.set_nodelay(true);
        let tls = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(tls.wrap_connector(tcp));
        let mut seed = [0; 8];
        entropy.fill(&mut seed)?;
        let seed = AtomicU64::new(u64::from_le_bytes(seed));
        let http = Self { client, place, signer: Signer::new(settings, clock), patience, seed };
        // A setting that cannot stand in a request is found now.
        http.request(&Ask::of(Method::GET, "")).map_err(|trouble| trouble.at(""))?;
        Ok(http)
    }

    /// Asks until there is an answer that says yes, or no more attempts.
    pub async fn ask(&self, ask: &Ask<'_>) -> Result<Response<Incoming>, Trouble> {
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.patience.between)
            .with_factor(2.0)
            .with_max_times(ATTEMPTS - 1)
            .with_jitter()
            .with_jitter_seed(self.seed.fetch_add(1, Ordering::Relaxed));
        let attempts = (|| self.attempt(ask))
            .retry(waits)
            .when(Trouble::passes)
            .adjust(|trouble, planned| planned.map(|planned| self.patience.wait(trouble, planned)));
        timeout(self.patience.call, attempts).await.unwrap_or(Err(Trouble::Slow))
    }

    async fn attempt(&self, ask: &Ask<'_>) -> Result<Response<Incoming>, Trouble> {
        let request = self.request(ask)?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| Trouble::Away(error.into()))?;
            if answer.status().is_success() {
                return Ok(answer);
            }
            let date = answer.headers().get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
            let trouble = Trouble::read(answer).await;
            if trouble.is_of_another_time()
                && let Some(date) = date
            {
                let seconds = self.signer.follow(date);
                tracing::warn!(seconds, "the object store's clock is ahead of this machine's, and is followed");
            }
            Err(trouble)
        };
        timeout(self.patience.attempt, exchange).await.unwrap_or(Err(Trouble::Slow))
    }

    /// Each attempt is signed for its own time.
    fn request(&self, ask: &Ask<'_>) -> Result<Request<Full<Bytes>>, Trouble> {
        let mut request =
            Request::builder().method(&ask.method).uri(self.place.address(ask.key)).header("user-agent", "mohor");
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(Full::new(ask.body.clone())).map_err(|error| Trouble::Unmade(error.into()))?;
        self.signer.sign(&mut request, ask.sha256.clone()).map_err(Trouble::Unmade)?;
        Ok(request)
    }
}

/// The system's authorities, or these instead of them. Without TLS the system's are not read: it takes its time.
fn trusted(authorities: &[u8], secure: bool) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if authorities.is_empty() {
        if secure {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        return Ok(roots);
    }
    let wrong = || Error::fatal("`s3.ca_file` holds no certificates in PEM");
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
    }
    match roots.is_empty() {
        true => Err(wrong()),
        false => Ok(roots),
    }
}

/// A body that is not all there.
#[derive(Debug)]
pub(crate) enum Cut {
    /// It is longer than is read.
    Long,
    /// It breaks off.
    Short(Box<dyn std::error::Error + Send + Sync>),
}

/// A body of at most so many bytes, whether its length was said or not: more is not kept in memory.
pub(crate) async fn at_most<B>(body: B, most: usize) -> Result<Bytes, Cut>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.size_hint().lower() > most as u64 {
        return Err(Cut::Long);
    }
    match Limited::new(body, most).collect().await {
        Ok(all) => Ok(all.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Cut::Long),
        Err(error) => Err(Cut::Short(error)),
    }
}
