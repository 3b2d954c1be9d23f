//! The client with a store that says what it is told to.

use crate::{
    S3Vault, Settings,
    http::{PATIENCE, Patience},
};
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::Error,
    suite::sample::{ABC, Counting},
    time::WallClock,
    vault::{Object, Vault},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

mod kinds;

const SECRET: &str = "the-secret-access-key";

/// A clock that stands.
pub(crate) struct At(pub Instant);

impl WallClock for At {
    fn now(&self) -> Instant {
        self.0
    }
}

pub(crate) fn settings(endpoint: &str) -> Settings {
    Settings {
        bucket: "mohor".into(),
        prefix: "t/".into(),
        endpoint: endpoint.into(),
        region: "ap-south-1".into(),
        path_style: true,
        access_key_id: "AKIA".into(),
        secret_access_key: SECRET.into(),
        authorities: vec![],
        read_only: false,
    }
}

/// What is said to one request.
#[derive(Clone)]
enum Says {
    This(String),
    /// This, and then the connection ends.
    Last(String),
    /// This, and then nothing for ever.
    AndWaits(String),
    /// This, and then bytes for ever.
    AndOn(String),
}

use Says::{AndOn, AndWaits, Last, This};

/// A whole answer.
fn answer(status: u16, body: &str) -> Says {
    This(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

fn refusal(status: u16, code: &str) -> Says {
    let xml = format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>&lt;no&gt;</Message></Error>");
    answer(status, &xml)
}

/// What it was asked, one text a request, and how often it was called.
#[derive(Default)]
struct Heard {
    requests: Vec<String>,
    connections: usize,
}

struct Store {
    endpoint: String,
    heard: Arc<Mutex<Heard>>,
}

impl Store {
    /// Says these in turn, the last for ever.
    async fn that(says: Vec<Says>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (says, ears) = (Arc::new(says), heard.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                ears.lock().expect("a lock").connections += 1;
                tokio::spawn(serve(stream, says.clone(), ears.clone()));
            }
        });
        Self { endpoint, heard }
    }

    fn vault(&self, patience: Patience) -> S3Vault {
        open(settings(&self.endpoint), patience).expect("a client")
    }

    fn requests(&self) -> usize {
        self.heard.lock().expect("a lock").requests.len()
    }

    fn connections(&self) -> usize {
        self.heard.lock().expect("a lock").connections
    }
}

async fn serve(mut stream: TcpStream, says: Arc<Vec<Says>>, ears: Arc<Mutex<Heard>>) {
    while let Some(request) = read(&mut stream).await {
        let turn = {
            let mut heard = ears.lock().expect("a lock");
            heard.requests.push(request);
            heard.requests.len() - 1
        };
        // Whoever hangs up early is no trouble of this server.
        match &says[turn.min(says.len() - 1)] {
            This(text) => drop(stream.write_all(text.as_bytes()).await),
            Last(text) => return drop(stream.write_all(text.as_bytes()).await),
            AndWaits(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                std::future::pending::<()>().await;
            }
            AndOn(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let (mut heard, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        heard.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}

fn open(settings: Settings, patience: Patience) -> mohor_ports::error::Result<S3Vault> {
    let then = Instant::parse("2026-01-02T03:04:05Z").expect("an instant");
    S3Vault::open_with(settings, Arc::new(Counting::default()), Arc::new(At(then)), patience)
}

/// No waits worth speaking of between attempts.
const BRISK: Patience = Patience { between: Duration::from_millis(1), ..PATIENCE };

/// The outage of a put, and that nothing in it is secret.
async fn outage(vault: &S3Vault) -> String {
    let error = vault.put(vec![Object { sha256: ABC.into(), bytes: b"abc".to_vec() }]).await.remove(0).unwrap_err();
    assert_eq!(error.code(), "outage", "{error}");
    quiet(&error)
}

fn quiet(error: &Error) -> String {
    let all = format!("{error}; {error:?}");
    for secret in [SECRET, "AKIA", "Signature=", "AWS4-HMAC"] {
        assert!(!all.contains(secret), "{all}");
    }
    error.to_string()
}

#[tokio::test]
async fn what_the_store_refuses_is_an_outage_in_words_after_the_attempts_it_deserves() {
    for (status, code, words, attempts) in [
        (403, "AccessDenied", "refuses this access key; look at `s3.access_key_id`", 1),
        (403, "SignatureDoesNotMatch", "403 SignatureDoesNotMatch", 1),
        (403, "RequestTimeTooSkewed", "finds this machine's clock wrong; set it", 3),
        (404, "NoSuchBucket", "has no such bucket; make it", 1),
        (400, "AuthorizationHeaderMalformed", "is of another region; look at `s3.region`", 1),
        (400, "BadDigest", "answers 400 BadDigest", 1),
        (301, "PermanentRedirect", "answers 301 PermanentRedirect", 1),
        (507, "InsufficientStorage", "answers 507 InsufficientStorage", 1),
        (400, "RequestTimeout", "answers 400 RequestTimeout", 3),
        (429, "TooManyRequests", "answers 429 TooManyRequests", 3),
        (503, "SlowDown", "answers 503 SlowDown", 3),
        (500, "InternalError", "answers 500 InternalError", 3),
    ] {
        let store = Store::that(vec![refusal(status, code)]).await;
        let said = outage(&store.vault(BRISK)).await;
        assert!(said.contains(words) && said.contains("bucket mohor"), "{status} {code}: {said}");
        assert_eq!(store.requests(), attempts, "{status} {code}");
    }
}

#[tokio::test]
async fn a_code_is_a_word_in_a_short_document() {
    let many = |what: &str| what.repeat(10_000);
    for body in [
        "",
        "no document",
        "<Error><Code>",
        "<Error><Code>two\nlines</Code></Error>",
        "<Error><Code/></Error>",
        "<Error><Inner><Code>NoSuchBucket</Code></Inner></Error>",
        "<!DOCTYPE x [<!ENTITY e \"NoSuchBucket\">]><Error><Code>&e;</Code></Error>",
        &format!("<Error><Code>{}</Code></Error>", many("x")),
        &format!("<Error><!--{}--><Code>NoSuchBucket</Code></Error>", many("a comment")),
    ] {
        let store = Store::that(vec![answer(404, body)]).await;
        let said = outage(&store.vault(BRISK)).await;
        assert!(said.contains("answers 404") && said.len() < 120, "{body:.60}: {said}");
    }
    for length in ["content-length: 9000000000", "connection: close"] {
        let store = Store::that(vec![AndOn(format!("HTTP/1.1 403 No\r\n{length}\r\n\r\n<Error>"))]).await;
        assert!(outage(&store.vault(BRISK)).await.contains("refuses this access key"), "{length}");
    }
}

#[tokio::test]
async fn an_object_that_is_not_there_is_none() {
    for says in [refusal(404, "NoSuchKey"), answer(404, "")] {
        assert_eq!(Store::that(vec![says]).await.vault(BRISK).get(ABC).await.unwrap(), None);
    }
    let error = Store::that(vec![refusal(404, "NoSuchBucket")]).await.vault(BRISK).get(ABC).await.unwrap_err();
    assert!(quiet(&error).contains("has no such bucket"), "{error}");
}

#[tokio::test]
async fn a_request_says_what_it_brings_in_headers_and_nothing_in_its_address() {
    let store = Store::that(vec![answer(200, ""), answer(200, "abc")]).await;
    store.vault(BRISK).put(vec![Object { sha256: ABC.into(), bytes: b"abc".to_vec() }]).await.remove(0).unwrap();
    let heard = store.heard.lock().expect("a lock").requests.clone();
    let address = format!("/mohor/t/documents/ba/{ABC}.pdf HTTP/1.1\r\n");
    let [put, get] = &heard[..] else { panic!("{heard:?}") };
    assert!(put.starts_with(&format!("PUT {address}")) && put.ends_with("\r\n\r\nabc"), "{put}");
    assert!(get.starts_with(&format!("GET {address}")), "{get}");
    for line in [
        "content-type: application/pdf",
        "content-length: 3",
        "x-amz-checksum-sha256: ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        &format!("x-amz-content-sha256: {ABC}"),
        "x-amz-date: 20260102T030405Z",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260102/ap-south-1/s3/aws4_request, \
         SignedHeaders=content-type;host;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date, ",
    ] {
        assert!(put.contains(&format!("\r\n{line}")), "{line}: {put}");
    }
    assert_eq!(store.connections(), 1, "the connection was kept");
}

#[tokio::test]
async fn trouble_that_passes_is_not_noticed() {
    let store = Store::that(vec![refusal(500, "InternalError"), Last(String::new()), answer(200, "abc")]).await;
    assert_eq!(store.vault(BRISK).get(ABC).await.unwrap(), Some(b"abc".to_vec()));
    assert_eq!(store.requests(), 3);
}

#[tokio::test]
async fn a_store_of_another_time_is_followed() {
    let Says::This(refusal) = refusal(403, "RequestTimeTooSkewed") else { panic!("an answer") };
    let refusal = refusal.replacen("\r\n", "\r\ndate: Fri, 02 Jan 2026 05:00:00 GMT\r\n", 1);
    let store = Store::that(vec![This(refusal), answer(200, "abc")]).await;
    let vault = store.vault(BRISK);
    for _ in 0..2 {
        assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
    }
    let heard = store.heard.lock().expect("a lock").requests.clone();
    let dates = ["20260102T030405Z", "20260102T050000Z", "20260102T050000Z"];
    assert_eq!(heard.len(), dates.len(), "learnt once");
    for (request, date) in heard.iter().zip(dates) {
        assert!(request.contains(&format!("\r\nx-amz-date: {date}\r\n")), "{date}: {request}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_store_has_closed_is_made_anew() {
    let kept = || answer(200, "abc");
    let Says::This(text) = kept() else { panic!("an answer") };
    // Once between two requests, once when the second has been written.
    for (says, requests) in [(vec![Last(text.clone()), kept()], 2), (vec![kept(), Last(String::new()), kept()], 3)] {
        let store = Store::that(says).await;
        let vault = store.vault(BRISK);
        for _ in 0..2 {
            assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
        }
        assert_eq!((store.requests(), store.connections()), (requests, 2));
    }
}

#[tokio::test]
async fn a_store_that_is_silent_or_away_is_an_outage() {
    let silent = Store::that(vec![AndWaits(String::new())]).await;
    let said = outage(&silent.vault(Patience { attempt: Duration::from_millis(50), ..BRISK })).await;
    assert!(said.contains("does not answer in time"), "{said}");
    assert!(silent.requests() <= 3, "three attempts");
    let before = silent.requests();
    let said = outage(&silent.vault(Patience { call: Duration::from_millis(500), ..BRISK })).await;
    assert!(said.contains("does not answer in time"), "{said}");
    assert!(silent.requests() <= before + 1, "a call ends with its attempt");
    let away = open(settings("http://127.0.0.1:1"), BRISK).expect("a client");
    let said = outage(&away).await;
    assert!(said.contains("127.0.0.1:1, bucket mohor cannot be reached") && said.contains("refused"), "{said}");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("https://{}", listener.local_addr().expect("an address"));
    // A server that speaks no TLS.
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").await;
        }
    });
    let said = outage(&open(settings(&endpoint), BRISK).expect("a client")).await;
    assert!(said.contains("cannot be reached"), "{said}");
}

#[tokio::test]
async fn an_object_is_read_to_a_bound_whether_its_length_is_said_or_not() {
    let head = "HTTP/1.1 200 OK\r\n";
    for says in [
        AndWaits(format!("{head}content-length: {}\r\n\r\n", crate::MAX_OBJECT + 1)),
        AndOn(format!("{head}connection: close\r\n\r\n")),
    ] {
        let patience = Patience { body: Duration::from_secs(300), ..BRISK };
        let error = Store::that(vec![says]).await.vault(patience).get(ABC).await.unwrap_err();
        assert_eq!(error.code(), "altered_object", "{error}");
        assert!(quiet(&error).contains("longer than any document"), "{error}");
    }
}

#[tokio::test]
async fn half_an_object_is_an_outage() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na";
    for says in [Last(half.into()), AndWaits(half.into())] {
        let store = Store::that(vec![says]).await;
        let error = store.vault(Patience { body: Duration::from_millis(50), ..BRISK }).get(ABC).await.unwrap_err();
        assert_eq!((error.code(), store.requests()), ("outage", 1), "{error}");
        assert!(quiet(&error).contains("gave only a part of an object"), "{error}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_fatal_at_once() {
    let good = || settings("https://s3.example");
    for (settings, words) in [
        (Settings { authorities: b"no certificate".to_vec(), ..good() }, "s3.ca_file"),
        (Settings { endpoint: "s3.example:9000".into(), ..good() }, "s3.endpoint"),
        (Settings { region: "ap\nsouth".into(), ..good() }, "s3.region"),
        (Settings { access_key_id: "AKIA\n".into(), ..good() }, "s3.access_key_id"),
    ] {
        let error = open(settings, PATIENCE).err().unwrap_or_else(|| panic!("{words} is used"));
        assert_eq!(error.code(), "fatal", "{error}");
        assert!(quiet(&error).contains(words), "{error}");
    }
}
