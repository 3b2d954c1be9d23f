//! Somebody who listens at a centre, as a browser does: a connection that stays.

use crate::{Wall, fill::Centre};
use mohor_domain::civil::Instant;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::{Semaphore, watch},
};

/// Connections that are being opened at once.
const OPENING: usize = 64;

/// An event as it was heard.
pub struct Heard {
    /// Its number in the centre's stream.
    pub number: i64,
    /// The certificate.
    pub uin: String,
    /// Milliseconds from its recorded time.
    pub after: f64,
}

/// What all who listen share.
pub struct Hall {
    pub address: String,
    pub wall: Wall,
    pub open: AtomicUsize,
    pub heard: AtomicUsize,
    turns: Semaphore,
}

impl Hall {
    pub fn new(address: &str, wall: Wall) -> Arc<Self> {
        let (open, heard) = Default::default();
        Arc::new(Self { address: address.into(), wall, open, heard, turns: Semaphore::new(OPENING) })
    }

    /// Listens until the end is told; what was heard, or why the line was lost.
    pub async fn listen(&self, centre: &Centre, mut over: watch::Receiver<bool>) -> Result<Vec<Heard>, String> {
        let Centre { bsk, cookie } = centre;
        let lost = |error: std::io::Error| format!("{bsk}: {error}");
        let turn = self.turns.acquire().await.map_err(|error| error.to_string())?;
        let mut stream = TcpStream::connect(&self.address).await.map_err(lost)?;
        let request = format!(
            "GET /api/v1/bsk/{bsk}/events HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.map_err(lost)?;
        let mut lines = BufReader::with_capacity(2_048, stream).lines();
        let status = lines.next_line().await.map_err(lost)?.unwrap_or_default();
        if !status.contains(" 200 ") {
            return Err(format!("{bsk}: {status}"));
        }
        drop(turn);
        let (mut heard, mut told) = (Vec::new(), None);
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line.map_err(lost)?,
                _ = over.changed() => return Ok(heard),
            };
            let line = line.ok_or_else(|| format!("{bsk}: the stream ended"))?;
            if line == "event: open" {
                self.open.fetch_add(1, Ordering::SeqCst);
            } else if let Some(data) = line.strip_prefix("data: ") {
                told = event(data, self.wall);
            } else if let (Some(number), Some((uin, after))) = (line.strip_prefix("id: "), told.take()) {
                let number = number.parse().map_err(|_| format!("{bsk}: {line}"))?;
                heard.push(Heard { number, uin, after });
                self.heard.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// A certificate that is ready, and how long ago it was recorded.
fn event(data: &str, wall: Wall) -> Option<(String, f64)> {
    let event: Value = serde_json::from_str(data).ok()?;
    let at = Instant::parse(event["time"].as_str()?)?;
    Some((event["data"]["uin"].as_str()?.to_owned(), wall.now() - at.millis() as f64))
}
