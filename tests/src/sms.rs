//! A provider of short messages: a real HTTP server that takes forms and keeps what it was told.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    thread,
    time::Duration,
};

/// A message as it came: its fields.
pub type Message = Vec<(String, String)>;

/// The server; it ends with the process of the test.
pub struct SmsProvider {
    port: u16,
    status: Arc<AtomicU16>,
    heard: Arc<Mutex<Vec<Message>>>,
}

impl SmsProvider {
    /// One that takes everything.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (status, heard) = (Arc::new(AtomicU16::new(200)), Arc::new(Mutex::new(Vec::new())));
        let (says, keeps) = (status.clone(), heard.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let status = says.load(Ordering::SeqCst);
                // A caller that hangs up is no trouble of the provider.
                let _ = answer(stream, status, |message| keeps.lock().expect("whole").push(message));
            }
        });
        Self { port, status, heard }
    }

    /// What it says from now on.
    pub fn says(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What was taken so far.
    pub fn heard(&self) -> Vec<Message> {
        self.heard.lock().expect("whole").clone()
    }

    /// Those that carry a code: what is ready is told between them, by day, whenever its turn comes.
    pub fn codes(&self) -> Vec<Message> {
        let mut heard = self.heard();
        heard.retain(|message| field(message, "template_id").contains("_code_"));
        heard
    }

    /// The value of a field of the last message with a code.
    pub fn last_code(&self, name: &str) -> String {
        field(self.codes().last().expect("a code"), name).to_owned()
    }

    /// The code in the last message with one.
    pub fn code(&self) -> String {
        self.last_code("text").chars().take_while(char::is_ascii_digit).collect()
    }

    /// What an installation needs to send by it; its key is written beside.
    pub fn settings(&self, folder: &std::path::Path) -> Vec<(String, String)> {
        let key = folder.join("codes.key");
        std::fs::write(&key, "ab".repeat(32)).expect("written");
        let mut settings = vec![
            ("MOHOR__SMS__URL".to_owned(), format!("http://127.0.0.1:{}/send", self.port)),
            ("MOHOR__SMS__CODE_KEY_FILE".to_owned(), key.display().to_string()),
            ("MOHOR__SMS__ENTITY_ID".to_owned(), "1101".to_owned()),
            ("MOHOR__SMS__HEADER".to_owned(), "WBGOVT".to_owned()),
        ];
        for kind in mohor_domain::sms::SmsKind::ALL {
            for tongue in mohor_domain::sms::Tongue::ALL {
                let name = kind.template(*tongue);
                settings.push((format!("MOHOR__SMS__TEMPLATES__{}", name.to_uppercase()), format!("id-{name}")));
            }
        }
        settings
    }
}

/// The value of a field of a message.
pub fn field<'m>(message: &'m Message, name: &str) -> &'m str {
    let found = message.iter().find(|(it, _)| it == name);
    &found.unwrap_or_else(|| panic!("no {name}: {message:?}")).1
}

/// Reads a request, keeps what it takes and then answers: whoever is answered finds it kept.
fn answer(mut stream: TcpStream, status: u16, keep: impl FnOnce(Message)) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    let body = loop {
        let read = stream.read(&mut part).ok()?;
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
            if body.len() >= length {
                break body.to_owned();
            }
        }
        if read == 0 {
            return None;
        }
    };
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    let message = pairs.map(|(name, value)| (plain(name), plain(value))).collect();
    if status == 200 {
        keep(message);
    }
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()
}

/// A form's text.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
