//! What operators and their probes see of the ledger, the bus and the vault.

use crate::house::{House, Reply, talk};
use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use mohor_portal::{Operations, serve_operations};
use mohor_ports::{
    error::{Error, Result},
    vault::{Object, Vault},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify, time};

/// Readiness is asked for oftener than dependencies are.
const OFTEN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);

/// What is answered to this machine.
async fn near(house: &House, path: &str) -> Reply {
    let request = Request::get(path).header("host", "localhost").body(Body::empty()).expect("a request");
    house.call_from("127.0.0.1:5000", request).await
}

#[tokio::test]
async fn operators_see_each_dependency() {
    let house = House::new().await;
    assert_eq!(house.get("/healthz").await.text(), "ok");
    for path in ["/readyz", "/metrics"] {
        assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND, "{path}: nobody's beyond this machine");
    }
    let reply = near(&house, "/readyz").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    for name in ["ledger", "bus", "vault"] {
        assert_eq!(reply.json()["dependencies"][name]["ok"], true, "{name}");
    }
    assert!(near(&house, "/metrics").await.header("content-type").starts_with("text/plain"));
    std::fs::remove_dir_all(house.folder.path().join("vault")).expect("removed");
    let broken = House::with(|portal| portal.vault = house.vault.clone()).await;
    let reply = near(&broken, "/readyz").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    for (name, ok) in [("ledger", true), ("bus", true), ("vault", false)] {
        assert_eq!(reply.json()["dependencies"][name]["ok"], ok, "{name}: {}", reply.text());
    }
    assert_eq!(broken.get("/healthz").await.text(), "ok", "it lives: nobody is to restart it");
}

/// A vault that is away at first, and answers its next probe when it is told to.
#[derive(Default)]
struct Slow {
    probes: AtomicUsize,
    answer: Notify,
}

#[async_trait]
impl Vault for Slow {
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>> {
        objects.iter().map(|_| Err(Error::outage("away"))).collect()
    }
    async fn get(&self, _: &str) -> Result<Option<Vec<u8>>> {
        Err(Error::outage("away"))
    }
    async fn probe(&self) -> Result<String> {
        if self.probes.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(Error::outage("away"));
        }
        self.answer.notified().await;
        Ok("here again".into())
    }
}

/// The status and the text of `/readyz` there.
async fn readiness(at: SocketAddr) -> (u16, String) {
    let text = talk(at, "GET /readyz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await;
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), text)
}

/// Asks again and again, until the answer has these words.
async fn until(at: SocketAddr, status: u16, words: &str) {
    let mut last = String::new();
    let asked = time::timeout(PATIENCE, async {
        loop {
            let (said, text) = readiness(at).await;
            if said == status && text.contains(words) {
                return;
            }
            last = text;
            time::sleep(OFTEN).await;
        }
    });
    assert!(asked.await.is_ok(), "waited for {status} with {words}: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_often_sees_what_has_changed_and_a_slow_answer_is_waited_for() {
    let house = House::new().await;
    let slow = Arc::new(Slow::default());
    let portal = &house.portal;
    let operations = Operations {
        upkeep: portal.upkeep.clone(),
        bus: portal.bus.clone(),
        vault: slow.clone(),
        telemetry: portal.telemetry.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let at = listener.local_addr().expect("address");
    tokio::spawn(serve_operations(listener, operations, std::future::pending()));
    until(at, 503, "away").await;
    until(at, 503, "no answer within 5 s").await;
    slow.answer.notify_one();
    until(at, 200, "here again").await;
    assert_eq!(slow.probes.load(Ordering::SeqCst), 2, "it was asked once, however often somebody looked");
}
