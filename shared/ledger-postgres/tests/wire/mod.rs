//! A proxy that knows PostgreSQL's protocol (version 3) well enough to cut a connection just before a commit reaches the
//! server, or just after the server has made it durable.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Where the next commit is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The server never hears of it.
    Before = 1,
    /// The server has done it, and its answer is lost.
    After = 2,
}

/// The proxy.
pub struct Wire {
    /// The database through it.
    pub url: String,
    armed: Arc<AtomicU8>,
}

impl Wire {
    /// In front of a database whose URL asks for no TLS.
    pub async fn to(url: &str) -> Self {
        let place = url.rsplit('@').next().and_then(|rest| rest.split('/').next()).expect("a place").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let armed = Arc::new(AtomicU8::new(0));
        let shared = armed.clone();
        let target = place.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.expect("the server");
                tokio::spawn(serve(client, server, shared.clone()));
            }
        });
        Self { url: url.replace(&place, &address), armed }
    }

    /// Cuts the next commit.
    pub fn cut(&self, cut: Cut) {
        self.armed.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether it has been cut.
    pub fn done(&self) -> bool {
        self.armed.load(Ordering::SeqCst) == 0
    }
}

/// A message: its type and the whole of it.
async fn message(from: &mut OwnedReadHalf) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut whole = head.to_vec();
    whole.resize(length + 1, 0);
    from.read_exact(&mut whole[5..]).await.ok()?;
    Some((head[0], whole))
}

async fn serve(client: TcpStream, server: TcpStream, armed: Arc<AtomicU8>) {
    client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).expect("a socket's option");
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    // The first message has no type.
    let mut head = [0; 4];
    if from_client.read_exact(&mut head).await.is_err() {
        return;
    }
    let mut rest = vec![0; u32::from_be_bytes(head) as usize - 4];
    if from_client.read_exact(&mut rest).await.is_err()
        || to_server.write_all(&[&head[..], &rest].concat()).await.is_err()
    {
        return;
    }
    // `I`: outside of a transaction, by the server's last word; `!`: nothing more is passed on.
    let status = Arc::new(AtomicU8::new(b'I'));
    let back = tokio::spawn(answers(from_server, to_client, status.clone()));
    while let Some((kind, whole)) = message(&mut from_client).await {
        let alone = kind == b'E' && status.load(Ordering::SeqCst) == b'I';
        let decides = alone || (kind == b'Q' && whole[5..].starts_with(b"COMMIT"));
        let cut = if decides { armed.swap(0, Ordering::SeqCst) } else { 0 };
        if cut == Cut::Before as u8 {
            back.abort();
            return;
        }
        if cut == Cut::After as u8 {
            status.store(b'!', Ordering::SeqCst);
        }
        if to_server.write_all(&whole).await.is_err() {
            return;
        }
        if cut == Cut::After as u8 {
            // A single statement is done at the end of its group.
            let mut grouped = alone;
            while grouped && let Some((kind, more)) = message(&mut from_client).await {
                let _ = to_server.write_all(&more).await;
                grouped = kind != b'S';
            }
            let _ = back.await;
            return;
        }
    }
    back.abort();
}

/// Passes answers on; after a cut it waits for the server to be ready again, and ends.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, status: Arc<AtomicU8>) {
    while let Some((kind, whole)) = message(&mut from).await {
        let cut = status.load(Ordering::SeqCst) == b'!';
        if kind == b'Z' {
            if cut {
                return;
            }
            status.store(whole[5], Ordering::SeqCst);
        }
        if !cut && to.write_all(&whole).await.is_err() {
            return;
        }
    }
}
