//! An object store for `infra/servers`: `s3s-fs`, others' server of S3 over a folder, behind HTTP on loopback.
//!
//!     store PORT ACCESS_KEY SECRET_KEY FOLDER

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::error::Error;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [port, access_key, secret_key, folder] = &words[..] else {
        return Err("wanted: PORT ACCESS_KEY SECRET_KEY FOLDER".into());
    };
    let files = FileSystem::new(folder).map_err(|error| format!("{folder}: {error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(access_key.as_str(), secret_key.as_str()));
    let service = service.build();
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        // A client that hangs up is no trouble of the store.
        tokio::spawn(async move { drop(connection.await) });
    }
}
