//! HTTP to the provider: by TLS, no redirect is followed, each exchange has an end and each answer a size.

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use mohor_ports::error::{Error, Result};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, url::Url};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde_json::Value;
use std::{pin::Pin, sync::Arc, time::Duration};

/// A whole exchange lasts no longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer, at most.
const MOST: usize = 256 * 1024;

/// The client.
pub(crate) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What went wrong on the way; never what was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("it does not answer within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("it cannot be reached")]
    Away,
    #[error("its answer breaks off")]
    Broken,
    #[error("its answer is larger than {MOST} bytes")]
    Large,
    #[error("its address has no https")]
    Unsafe,
    /// Busy or unwell.
    #[error("it answers {0}")]
    Unwell(StatusCode),
    /// It does not do what was asked.
    #[error("it answers {0}")]
    Answered(StatusCode),
    #[error("what it answers is no JSON")]
    Unread,
}

impl Trouble {
    /// Whether it is over some time, without anybody who mends it.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Slow | Self::Away | Self::Broken | Self::Unwell(_))
    }
}

impl Http {
    /// Trusts the system's authorities and those in a PEM file.
    pub fn open(authorities: &[u8]) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let wrong = || Error::fatal("configuration: `oidc.ca_file` is a PEM file of certificates");
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::fatal("TLS cannot be set up").because(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    async fn exchange(&self, request: HttpRequest) -> std::result::Result<HttpResponse, Trouble> {
        if !is_safe(&request.uri().to_string()) {
            return Err(Trouble::Unsafe);
        }
        let answer = self.0.request(request.map(|body| Full::new(body.into()))).await.map_err(|_| Trouble::Away)?;
        let (mut head, body) = answer.into_parts();
        if head.status.is_server_error() || head.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Trouble::Unwell(head.status));
        }
        // What is no JSON is found by reading it; what it is called decides nothing.
        head.headers.remove(CONTENT_TYPE);
        let body = Limited::new(body, MOST)
            .collect()
            .await
            .map_err(|error| if error.is::<LengthLimitError>() { Trouble::Large } else { Trouble::Broken })?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
    }

    /// The text at an address, shown a token or nothing.
    pub async fn text(&self, place: &str, token: Option<&str>) -> std::result::Result<String, Trouble> {
        let mut request = Request::get(place).header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.call(request.body(Vec::new()).map_err(|_| Trouble::Unread)?).await?;
        match answer.status().is_success() {
            true => String::from_utf8(answer.into_body()).map_err(|_| Trouble::Unread),
            false => Err(Trouble::Answered(answer.status())),
        }
    }

    /// The JSON at an address.
    pub async fn json(&self, place: &str) -> std::result::Result<Value, Trouble> {
        let text = self.text(place, None).await?;
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| Trouble::Unread)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Trouble;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<HttpResponse, Trouble>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(
            async move { tokio::time::timeout(PATIENCE, self.exchange(request)).await.unwrap_or(Err(Trouble::Slow)) },
        )
    }
}

/// Whether nobody on the way can read or change what is said there: TLS, or this machine.
pub(crate) fn is_safe(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let near = || match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    };
    plain && (url.scheme() == "https" || (url.scheme() == "http" && near()))
}
