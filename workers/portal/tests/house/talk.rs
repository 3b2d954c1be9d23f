//! What a portal that listens says to bytes as they stand.

use std::net::SocketAddr;

/// Writes a request as it stands and reads until the other side ends.
pub async fn talk(address: SocketAddr, request: &'static str) -> String {
    let talking = tokio::task::spawn_blocking(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(address).expect("connected");
        stream.write_all(request.as_bytes()).expect("written");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("read");
        text
    });
    talking.await.expect("answer")
}
