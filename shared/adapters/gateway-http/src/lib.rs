//! HTTP to systems that others chose the address of: for webhooks.
//!
//! The host is resolved here, once. Every address that it has is judged before the first is connected to, and the connection
//! goes to an address that was judged: a name that means something else a moment later (DNS rebinding) reaches nothing. No
//! proxy is used, no redirect followed, no connection kept.

mod said;
mod sms;

pub use sms::{HttpTexter, SmsSettings};

use async_trait::async_trait;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use mohor_domain::{
    civil::Instant,
    networks::Networks,
    webhook::{Asked, Target},
};
use mohor_ports::{
    error::{Error, Result},
    gateway::{Post, Posted, Poster},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// The whole, from the name to the end of the answer: the shortest that the specification of webhooks recommends.
const WHOLE: Duration = Duration::from_secs(15);
/// Until there is a connection; the name has the same.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer's body that are read before the connection is closed.
const READ: usize = 4 * 1024;
/// Bytes of an answer's head, at most.
const HEAD: usize = 16 * 1024;

/// The way out.
pub struct HttpPoster {
    networks: Networks,
    tls: TlsConnector,
}

impl HttpPoster {
    /// Calls public addresses by TLS, and these networks. Trusts the system's authorities and those in a PEM file.
    pub fn open(networks: Networks, authorities: &[u8]) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let wrong = || Error::fatal("configuration: `webhooks.ca_file` is a PEM file of certificates");
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::fatal("TLS cannot be set up").because(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { networks, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// What came of it, and the beginning of what was said.
    async fn hear(&self, post: &Post) -> (Posted, Vec<u8>) {
        match timeout(WHOLE, self.exchange(post)).await {
            Ok(Ok(heard)) => heard,
            Ok(Err(word)) => (Posted::Unanswered(word), vec![]),
            Err(_) => (Posted::Unanswered("too_slow"), vec![]),
        }
    }

    async fn exchange(&self, post: &Post) -> std::result::Result<(Posted, Vec<u8>), &'static str> {
        let target = Target::read(&post.url).map_err(|_| "bad_url")?;
        let request = request(&target, post).ok_or("bad_url")?;
        let addresses = self.addresses(&target).await?;
        let stream = connect(&addresses).await?;
        if !target.secure {
            return answer(stream, request).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|_| "bad_url")?;
        answer(self.tls.connect(name, stream).await.map_err(|_| "no_tls")?, request).await
    }

    /// Every address of the host, or none: one among them that may not be called makes the name one that may not.
    async fn addresses(&self, target: &Target) -> std::result::Result<Vec<SocketAddr>, &'static str> {
        let found = timeout(CONNECT, tokio::net::lookup_host((target.host.as_str(), target.port))).await;
        let found: Vec<SocketAddr> = found.map_err(|_| "no_such_host")?.map_err(|_| "no_such_host")?.collect();
        if found.is_empty() {
            return Err("no_such_host");
        }
        match found.iter().all(|address| self.networks.allow(address.ip(), target.secure)) {
            true => Ok(found),
            false => Err("refused_address"),
        }
    }
}

#[async_trait]
impl Poster for HttpPoster {
    async fn post(&self, post: &Post) -> Posted {
        self.hear(post).await.0
    }
}

fn request(target: &Target, post: &Post) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::post(&target.path)
        .header(header::HOST, target.authority())
        .header(header::USER_AGENT, "mohor")
        .header(header::CONNECTION, "close");
    for (name, value) in &post.headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(post.body.clone().into())).ok()
}

/// The first that takes the connection, all within one time.
async fn connect(addresses: &[SocketAddr]) -> std::result::Result<TcpStream, &'static str> {
    let any = async {
        for address in addresses {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err("no_connection")
    };
    timeout(CONNECT, any).await.unwrap_or(Err("no_connection"))
}

/// Sends and hears; the connection ends with this.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> std::result::Result<(Posted, Vec<u8>), &'static str> {
    let broken = |_| "broken_off";
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let hear = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let posted = Posted::Answered { status: answer.status().as_u16(), retry_after: asked(&answer) };
        Ok((posted, beginning(answer.into_body()).await))
    };
    // The connection is driven here and by no task of its own: when the time is over both are gone.
    let drive = async {
        let _ = connection.await;
        std::future::pending::<()>().await
    };
    tokio::select! { heard = hear => heard, () = drive => Err("broken_off") }
}

fn asked(answer: &Response<Incoming>) -> Option<Asked> {
    retry_after(answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?)
}

/// Reads `Retry-After`: digits alone, or a date in one of the three forms of HTTP (RFC 9110, 5.6.7); what is neither is not heard.
fn retry_after(value: &str) -> Option<Asked> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Of digits alone only a number that is too large cannot be read.
        return Some(Asked::Seconds(value.parse().unwrap_or(u32::MAX)));
    }
    let since = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Asked::Until(Instant::from_millis(i64::try_from(since.as_millis()).ok()?)))
}

/// A little is read, so that a receiver that writes a few words is not cut off in them.
async fn beginning(mut body: Incoming) -> Vec<u8> {
    let mut read = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| &data[..]));
        if read.len() > READ {
            break;
        }
    }
    read.truncate(READ);
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn poster(networks: &[&str]) -> HttpPoster {
        let networks: Vec<String> = networks.iter().map(|it| (*it).to_owned()).collect();
        HttpPoster::open(Networks::read(&networks).expect("networks"), b"").expect("a way out")
    }

    fn post(url: String) -> Post {
        Post { url, headers: vec![("webhook-id", "x".into())], body: b"{}".to_vec() }
    }

    /// A server that reads the request and says this once; what it heard.
    async fn server(says: Vec<u8>) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut heard = vec![0; 4096];
            let mut length = 0;
            while !heard[..length].ends_with(b"{}") {
                length += stream.read(&mut heard[length..]).await.expect("a request");
            }
            // Whoever hangs up early is no trouble of this server.
            let _ = stream.write_all(&says).await;
            String::from_utf8_lossy(&heard[..length]).into_owned()
        });
        (port, heard)
    }

    #[test]
    fn retry_after_is_digits_or_a_date_of_http() {
        let until = Asked::Until(Instant::from_millis(784_111_777_000));
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(retry_after(date), Some(until), "{date}");
        }
        for (digits, seconds) in [("0", 0), (" 120 ", 120), ("007", 7), ("99999999999999999999", u32::MAX)] {
            assert_eq!(retry_after(digits), Some(Asked::Seconds(seconds)), "{digits}");
        }
        for garbage in
            ["", "-5", "+5", "1.5", "5s", "soon", "১২০", "2026-11-29T08:00:00Z", "Sun, 06 Nov 1994 08:49:37", "1, 2"]
        {
            assert_eq!(retry_after(garbage), None, "{garbage}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_its_status_and_what_it_asks_for() {
        let says = b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno".to_vec();
        let (port, heard) = server(says).await;
        let posted = poster(&["127.0.0.0/8"]).post(&post(format!("http://127.0.0.1:{port}/in?a=b"))).await;
        assert_eq!(posted, Posted::Answered { status: 503, retry_after: Some(Asked::Seconds(7)) });
        let heard = heard.await.expect("heard").to_lowercase();
        assert!(heard.starts_with("post /in?a=b http/1.1\r\n"), "{heard}");
        for line in [&format!("host: 127.0.0.1:{port}\r\n"), "webhook-id: x\r\n", "content-length: 2\r\n"] {
            assert!(heard.contains(line), "{line}: {heard}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_a_long_body_is_left() {
        let (port, _) =
            server(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let posted = poster(&["127.0.0.1"]).post(&post(format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(posted, Posted::Answered { status: 302, retry_after: None });
        let long = [b"HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n".to_vec(), vec![b'x'; 100_000]].concat();
        let (port, _) = server(long).await;
        let posted = poster(&["127.0.0.1"]).post(&post(format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(posted, Posted::Answered { status: 200, retry_after: None });
    }

    #[tokio::test]
    async fn addresses_that_are_not_public_are_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        for host in
            ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
        {
            for scheme in ["http", "https"] {
                let posted = poster(&["10.0.0.0/8"]).post(&post(format!("{scheme}://{host}:{port}/"))).await;
                let refused = matches!(posted, Posted::Unanswered("refused_address" | "no_such_host"));
                assert!(refused, "{scheme}://{host}: {posted:?}");
            }
        }
        let nobody = timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "nobody has called");
    }

    #[tokio::test]
    async fn what_does_not_speak_is_named() {
        let (port, _) = server(b"no HTTP at all\r\n\r\n".to_vec()).await;
        let posted = poster(&["127.0.0.1"]).post(&post(format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(posted, Posted::Unanswered("broken_off"));
        let posted = poster(&["127.0.0.1"]).post(&post("http://127.0.0.1:1/".into())).await;
        assert_eq!(posted, Posted::Unanswered("no_connection"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let posted = poster(&["127.0.0.1"]).post(&post(format!("https://127.0.0.1:{port}/"))).await;
        assert_eq!(posted, Posted::Unanswered("no_tls"));
        let posted = poster(&[]).post(&post("gopher://127.0.0.1/".into())).await;
        assert_eq!(posted, Posted::Unanswered("bad_url"));
    }
}
