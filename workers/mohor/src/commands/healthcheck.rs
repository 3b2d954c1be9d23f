//! `mohor healthcheck`: whether the process beside this one is alive, for containers that hold nothing but the program.

use crate::{
    cli::{GOOD, NO},
    config::Config,
};
use anyhow::{Result, bail};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Asks `/healthz` of `operations.listen`; exit code 1 when it does not answer 200 within three seconds.
pub async fn run(config: Config) -> Result<u8> {
    let listen = &config.operations.listen;
    let Some((_, port)) = listen.rsplit_once(':') else {
        bail!("operations.listen is empty: there is nothing to ask; set it to ADDRESS:PORT");
    };
    let asking = async {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer.ends_with(b" 200"))
    };
    match timeout(Duration::from_secs(3), asking).await {
        Ok(Ok(true)) => Ok(GOOD),
        Ok(Ok(false)) => {
            tell!("{listen} answers, and not with 200");
            Ok(NO)
        }
        Ok(Err(error)) => {
            tell!("{listen} does not answer: {error}");
            Ok(NO)
        }
        Err(_) => {
            tell!("{listen} does not answer within 3 s");
            Ok(NO)
        }
    }
}
