//! The way to the server, over a socket inside this process, because the driver leaves Nagle's algorithm on.
//!
//! sqlx 0.9.0 lost the option TCP_NODELAY (its issue 4335, mended by 4336 and not released yet). A statement of more than
//! one segment then waits for the server's delayed acknowledgement: 40 ms, for nearly every batch. The driver takes a
//! Unix socket as well; this one has a name and no file, takes connections of this process only, and passes bytes on to
//! the server as they are, TLS included. When the driver sets the option again this file goes.

use mohor_ports::error::{Error, Result};
use sqlx_postgres::PgConnectOptions;
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{
    io::copy_bidirectional_with_sizes,
    net::{TcpStream, UnixListener, UnixStream},
    task::AbortHandle,
    time::timeout,
};

/// Making a connection, at most.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes in hand, each way.
const BUFFER: usize = 64 << 10;

/// The open passage; it takes no more connections when this is dropped, and those it has live on.
pub(crate) struct Passage(AbortHandle);

impl Drop for Passage {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens a passage to the server of these options: the options that lead through it. A server on a Unix socket needs
/// none.
pub(crate) fn open(options: PgConnectOptions) -> Result<(PgConnectOptions, Option<Passage>)> {
    if options.get_socket().is_some() || options.get_host().starts_with('/') {
        return Ok((options, None));
    }
    let (name, listener) = listen(options.get_port())
        .map_err(|error| Error::fatal("no socket can be opened in this process").because(error))?;
    let target = (options.get_host().trim_matches(['[', ']']).to_owned(), options.get_port());
    let task = tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let own = client.peer_cred().is_ok_and(|peer| peer.pid() == i32::try_from(std::process::id()).ok());
            if own {
                tokio::spawn(pass(client, target.clone()));
            }
        }
    });
    Ok((options.socket(name), Some(Passage(task.abort_handle()))))
}

/// A name that begins with a zero is no file (unix(7), abstract sockets); the driver appends its own end to it. Another
/// container may have the same process id and see the same names: the next is tried.
fn listen(port: u16) -> std::io::Result<(String, UnixListener)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("\0mohor/{}/{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        match UnixListener::bind(PathBuf::from(format!("{name}/.s.PGSQL.{port}"))) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => (),
            bound => return Ok((name, bound?)),
        }
    }
}

async fn pass(mut client: UnixStream, (host, port): (String, u16)) {
    let connecting = async {
        let server = TcpStream::connect((host.as_str(), port)).await?;
        server.set_nodelay(true)?;
        Ok::<_, std::io::Error>(server)
    };
    match timeout(CONNECT, connecting).await {
        Ok(Ok(mut server)) => {
            // An end that breaks off is known to the driver, whose end closes too.
            let _ = copy_bidirectional_with_sizes(&mut client, &mut server, BUFFER, BUFFER).await;
        }
        Ok(Err(error)) => tracing::warn!("the ledger's server {host}:{port}: {error}"),
        Err(_) => tracing::warn!("the ledger's server {host}:{port} does not answer within {} s", CONNECT.as_secs()),
    }
}
