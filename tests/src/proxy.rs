//! A proxy on loopback between the program and a server, with weather: what a network and an object store do on bad days.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What the proxy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Passes everything on.
    Fair,
    /// Cuts what is open, and everything new.
    Away,
    /// Holds everything back, and cuts nothing: a cable that was pulled out.
    Silent,
    /// Passes on, after so many milliseconds for each piece.
    Slow(u64),
    /// HTTP: answers 503 to everything.
    Unavailable,
    /// HTTP: of each object read for the first time only half comes, with status 200 and a length to match.
    Truncated,
    /// HTTP: answers 501 to whatever brings an object's checksum in a header of its own, as stores do that do not know it.
    Plain,
}

/// The proxy; it ends with this value.
pub struct Proxy {
    address: String,
    sky: Arc<Sky>,
}

struct Sky {
    target: String,
    weather: Mutex<Weather>,
    open: Mutex<Vec<TcpStream>>,
    truncated: Mutex<BTreeSet<String>>,
    /// Requests that brought what a plain store does not know.
    unknown: AtomicUsize,
    over: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    /// In front of `host:port`.
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let sky = Arc::new(Sky {
            target: target.to_owned(),
            weather: Mutex::new(Weather::Fair),
            open: Mutex::default(),
            truncated: Mutex::default(),
            unknown: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let shared = sky.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let sky = shared.clone();
                thread::spawn(move || sky.serve(client));
            }
        });
        Self { address, sky }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Changes the weather. What is open is cut, but by silence and its end: there nobody hears of anything.
    pub fn set(&self, weather: Weather) {
        let before = std::mem::replace(&mut *lock(&self.sky.weather), weather);
        if weather != Weather::Silent && before != Weather::Silent {
            self.cut();
        }
    }

    /// How many objects have been given out truncated.
    pub fn truncated(&self) -> usize {
        lock(&self.sky.truncated).len()
    }

    /// How many requests brought what a plain store does not know.
    pub fn unknown(&self) -> usize {
        self.sky.unknown.load(Ordering::SeqCst)
    }

    /// How many ends of streams have come and gone through it since it was last cut.
    pub fn ends(&self) -> usize {
        lock(&self.sky.open).len()
    }

    /// Cuts what is open.
    pub fn cut(&self) {
        for stream in lock(&self.sky.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.sky.over.store(true, Ordering::SeqCst);
        self.cut();
        let _ = TcpStream::connect(&self.address);
    }
}

impl Sky {
    fn weather(&self) -> Weather {
        *lock(&self.weather)
    }

    fn serve(self: Arc<Self>, client: TcpStream) {
        match self.weather() {
            Weather::Away => return,
            Weather::Unavailable => return drop(refuse(client)),
            Weather::Truncated | Weather::Plain => return drop(self.exchange(client)),
            Weather::Fair | Weather::Silent | Weather::Slow(_) => (),
        }
        let Ok(server) = TcpStream::connect(&self.target) else { return };
        let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { return };
        for stream in [&client, &server] {
            let _ = stream.set_nodelay(true);
            lock(&self.open).extend(stream.try_clone());
        }
        let sky = self.clone();
        thread::spawn(move || sky.pump(client_too, server_too));
        self.pump(server, client);
    }

    /// One direction, until either end is gone.
    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut piece = [0; 16 << 10];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            while self.weather() == Weather::Silent && !self.over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            if let Weather::Slow(millis) = self.weather() {
                thread::sleep(Duration::from_millis(millis));
            }
            if to.write_all(&piece[..read]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }

    /// One HTTP exchange; an object that is read for the first time is cut in half, or what is not known is refused.
    fn exchange(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some((head, body)) = request(&mut client)? else { return Ok(()) };
        let plain = self.weather() == Weather::Plain;
        if plain && head.to_lowercase().contains("\r\nx-amz-checksum-") {
            self.unknown.fetch_add(1, Ordering::SeqCst);
            return client.write_all(b"HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        let mut server = TcpStream::connect(&self.target)?;
        // One exchange for each connection: the end of the answer is the end of the stream.
        let alone = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        server.write_all(alone.as_bytes())?;
        server.write_all(&body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let of_document = head.starts_with("GET ") && path.contains("/documents/");
        if !plain && of_document && answer.starts_with(b"HTTP/1.1 200") && lock(&self.truncated).insert(path) {
            answer = halve(&answer);
        }
        client.write_all(&answer)
    }
}

/// A request's head, with its empty line, and its body.
fn request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
            if bytes.len() >= end + 4 + length(&head) {
                return Ok(Some((head, bytes.split_off(end + 4))));
            }
        }
        match client.read(&mut piece)? {
            0 => return Ok(None),
            read => bytes.extend(&piece[..read]),
        }
    }
}

fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

/// Reads the request to its end, so that the client hears the answer and not a broken connection.
fn refuse(mut client: TcpStream) -> std::io::Result<()> {
    request(&mut client)?;
    client.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn halve(answer: &[u8]) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
    let (head, body) = answer.split_at(end);
    let half = &body[..body.len() / 2];
    let mut out = Vec::new();
    // Without checksums of the whole: a server that lost half of an object knows none.
    for line in String::from_utf8_lossy(head).trim_end().split("\r\n") {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        if name != "content-length" && !name.contains("checksum") {
            out.extend(line.as_bytes());
            out.extend(b"\r\n");
        }
    }
    out.extend(format!("content-length: {}\r\n\r\n", half.len()).as_bytes());
    out.extend(half);
    out
}
