//! What a stranger may use up: sign-ins, bodies that never come, made-up cookies, from one address and from many; beside it a
//! department's signed calls. Memory has a bound, which is asserted; times are printed and assert nothing.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use mohor_ports::time::{Stopwatch, WallClock};
use mohor_runtime::ambient::{MachineClock, Monotonic};
use mohor_tests::{
    house::{House, Started},
    patience::PATIENCE,
    samples, until,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// What a container of the portal has.
const CONTAINER: u64 = 512 << 20;
/// Between two calls of the department's.
const PACE: Duration = Duration::from_millis(30);
const FORM: &str = "application/x-www-form-urlencoded";

/// A house under attack.
struct Attacked {
    house: House,
    runner: Started,
    /// Host and port.
    place: String,
    kid: String,
    key: SigningKey,
}

/// From where strangers come.
#[derive(Debug, Clone, Copy)]
enum From {
    One,
    Many,
}

impl Attacked {
    fn new() -> Self {
        let house = House::new();
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let file = house.folder().join("bcw.key.pem");
        let made = house.run(["keys", "department", "BCW", "--out", file.to_str().expect("a path"), "--json"]).json();
        let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
        // The proxy that names callers is the test itself.
        command.env("MOHOR__PORTAL__TRUSTED_PROXIES", "127.0.0.0/8").env("MOHOR_LOG", "info");
        let mut runner = Started::new(command);
        let place = runner.portal().address().trim_start_matches("http://").to_owned();
        let pem = std::fs::read_to_string(file).expect("a key");
        let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        // RFC 8410, 7: the seed stands after sixteen bytes.
        let der = Base64::decode_vec(&text).expect("PEM");
        let seed: [u8; 32] = der[16..48].try_into().expect("a seed");
        let kid = made["kid"].as_str().unwrap_or_else(|| panic!("no kid: {made}")).to_owned();
        Self { house, runner, place, kid, key: SigningKey::from_bytes(&seed) }
    }

    fn signature(&self, method: &str, path: &str, body: &[u8], now: i64) -> String {
        let header = json!({"alg": "EdDSA", "kid": self.kid, "iat": now, "htm": method, "htu": path});
        let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
        let input = format!("{header}.{}", Base64UrlUnpadded::encode_string(body));
        format!("{header}..{}", Base64UrlUnpadded::encode_string(&self.key.sign(input.as_bytes()).to_bytes()))
    }

    /// A call of the department's: whether it was answered 200, and in how many microseconds.
    fn call(&self, number: usize) -> (u16, u64) {
        let (path, body) = ("/api/v1/applications/check", samples::caste(number).to_string());
        let now = MachineClock.now().seconds();
        let signature = self.signature("POST", path, body.as_bytes(), now);
        let clock = Monotonic::default();
        let began = clock.micros();
        let head = format!("mohor-signature: {signature}\r\ncontent-type: application/cloudevents+json\r\n");
        let mut stream = self.send("POST", path, "192.0.2.1", &head, body.as_bytes());
        (status(&mut stream), clock.micros() - began)
    }

    /// Sends a request from an address; the answer is read from what is given back.
    fn send(&self, method: &str, path: &str, from: &str, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {from}\r\nconnection: close\r\n\
             content-length: {length}\r\n{head}\r\n",
            self.place
        );
        stream.write_all(request.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
        stream
    }

    fn connect(&self) -> TcpStream {
        let stream = until("a connection", || TcpStream::connect(&self.place).ok());
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream
    }

    /// Bytes of memory at most, so far.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.runner.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
    }

    /// Calls of the department's while somebody attacks: 99 of 100 took at most so many microseconds; all are answered.
    fn beside(&self, what: &str, attack: impl FnOnce() -> BTreeMap<u16, usize> + Send) {
        let over = AtomicBool::new(false);
        let (took, answers) = thread::scope(|scope| {
            let calls = scope.spawn(|| {
                let mut took = Vec::new();
                while took.len() < 20 || !over.load(Ordering::SeqCst) {
                    // As a department calls that keeps to its limit.
                    thread::sleep(PACE);
                    let (status, micros) = self.call(took.len());
                    assert_eq!(status, 200, "{what}: the department is served");
                    took.push(micros);
                }
                took
            });
            let answers = attack();
            over.store(true, Ordering::SeqCst);
            (calls.join().expect("the department's calls"), answers)
        });
        let memory = self.memory();
        println!(
            "{what}: answers {answers:?}; the department's {} calls, p99 {} ms; memory at most {} MiB",
            took.len(),
            p99(took) / 1_000,
            memory >> 20
        );
        assert!(memory < CONTAINER, "{what}: {} MiB", memory >> 20);
    }
}

fn p99(mut micros: Vec<u64>) -> u64 {
    micros.sort_unstable();
    micros[(micros.len() - 1) * 99 / 100]
}

/// The status of an answer; 0: the connection was closed without one.
fn status(stream: &mut TcpStream) -> u16 {
    let mut line = String::new();
    let read = BufReader::new(&mut *stream).read_line(&mut line);
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    read.ok().and(status).unwrap_or(0)
}

fn address(from: From, number: usize) -> String {
    match from {
        From::One => "203.0.113.9".into(),
        From::Many => format!("2001:db8:{:x}:{:x}::1", number / 256, number % 256),
    }
}

fn counted(answers: impl IntoIterator<Item = u16>) -> BTreeMap<u16, usize> {
    answers.into_iter().fold(BTreeMap::new(), |mut all, answer| {
        *all.entry(answer).or_default() += 1;
        all
    })
}

#[test]
fn a_stranger_uses_up_neither_the_houses_memory_nor_its_ledger_nor_its_door() {
    let attacked = Attacked::new();
    let it = &attacked;
    it.beside("nobody attacks", BTreeMap::new);
    for from in [From::One, From::Many] {
        for count in [30, 60, 512] {
            it.beside(&format!("{count} sign-ins at once, {from:?}"), || {
                let body = b"login=rekha&password=guess&code=000000";
                let head = format!("content-type: {FORM}\r\n");
                let mut sent: Vec<TcpStream> =
                    (0..count).map(|n| it.send("POST", "/sign-in", &address(from, n), &head, body)).collect();
                let answers = counted(sent.iter_mut().map(status));
                assert!(answers.keys().all(|it| matches!(it, 401 | 429 | 503)), "{answers:?}");
                answers
            });
        }
        it.beside(&format!("64 bodies that never come, {from:?}"), || {
            let idle: Vec<TcpStream> = (0..64).map(|n| promise(it, &address(from, n), n)).collect();
            let upload =
                b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n%PDF-1.7\r\n--x--\r\n";
            let head = "content-type: multipart/form-data; boundary=x\r\n";
            let mut honest = it.send("POST", "/api/v1/verify", "198.51.100.1", head, upload);
            assert_eq!(status(&mut honest), 200, "somebody's upload is served");
            counted(idle.into_iter().map(|mut stream| status(&mut stream)))
        });
        it.beside(&format!("10,000 made-up cookies, {from:?}"), || {
            let answers = thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|part| scope.spawn(move || cookies(it, from, part))).collect();
                threads.into_iter().flat_map(|part| part.join().expect("a thread")).collect::<Vec<_>>()
            });
            counted(answers)
        });
        assert_eq!(it.house.sql("SELECT count(*) FROM session").trim(), "0", "a stranger has no row, {from:?}");
    }
    let Attacked { house, runner, .. } = attacked;
    drop(runner);
    house.assert_healthy();
}

/// A request that says a body comes, and none does.
fn promise(it: &Attacked, from: &str, number: usize) -> TcpStream {
    let signature = format!("{}..{}", "A".repeat(40), "A".repeat(86));
    let (path, head) = match number % 2 {
        0 => (
            "/api/v1/applications",
            format!("content-type: application/cloudevents+json\r\nmohor-signature: {signature}\r\n"),
        ),
        _ => ("/verify/pdf", "content-type: multipart/form-data; boundary=x\r\n".to_owned()),
    };
    let mut stream = it.connect();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {from}\r\ncontent-length: 60000\r\n{head}\r\n",
        it.place
    );
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

/// Requests with cookies that nobody was given, one after the other on one connection.
fn cookies(it: &Attacked, from: From, part: usize) -> Vec<u16> {
    const PATHS: [&str; 4] = ["/sign-in", "/office", "/office/search", "/bsk"];
    let mut stream = it.connect();
    (0..1_250)
        .map(|n| {
            let (path, from) = (PATHS[n % PATHS.len()], address(from, part * 1_250 + n));
            let id = Base64UrlUnpadded::encode_string(&(part * 1_250 + n + 1).to_be_bytes().repeat(2));
            let request = format!(
                "GET {path} HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {from}\r\ncookie: __Host-mohor={id}\r\n\r\n",
                it.place
            );
            stream.write_all(request.as_bytes()).expect("sent");
            answer(&mut stream)
        })
        .collect()
}

/// The status of an answer of which the connection stays open.
fn answer(stream: &mut TcpStream) -> u16 {
    let mut reader = BufReader::new(stream);
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest.split(' ').next().and_then(|it| it.parse().ok()).expect("a status");
        }
        if let Some(rest) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = rest.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    status
}
