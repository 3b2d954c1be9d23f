//! The telling beside a way out that this test holds in its hand: no time is waited for.

use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    webhook::{Asked, Schedule},
};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_pipeline::webhook::Hooks;
use mohor_ports::{
    gateway::{Post, Posted, Poster},
    ledger::{WEBHOOK_LEASE, WebhookAdded, Webhooks},
    suite::{
        sample::{self, Counting},
        webhooks::{act, endpoint},
    },
};
use mohor_runtime::{shutdown::Shutdown, telemetry::Telemetry};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;

/// Takes everything, but at one address only when it is let go.
#[derive(Default)]
struct Held {
    taken: Mutex<Vec<(String, String)>>,
    begun: Notify,
    let_go: Notify,
}

impl Held {
    fn taken(&self, url: &str) -> Vec<String> {
        let taken = self.taken.lock().expect("whole");
        taken.iter().filter(|(it, _)| it == url).map(|(_, id)| id.clone()).collect()
    }
}

const SLOW: &str = "https://slow.example/";
const QUICK: &str = "https://quick.example/";
const BUSY: &str = "https://busy.example/";

#[async_trait]
impl Poster for Held {
    async fn post(&self, post: &Post) -> Posted {
        if post.url == SLOW {
            self.begun.notify_one();
            self.let_go.notified().await;
        }
        let id = post.headers.iter().find(|(name, _)| *name == "webhook-id").map(|(_, id)| id.clone());
        self.taken.lock().expect("whole").push((post.url.clone(), id.expect("an id")));
        match post.url == BUSY {
            // A date that any clock is far from.
            true => Posted::Answered { status: 503, retry_after: Some(Asked::Until(Instant::from_millis(i64::MAX))) },
            false => Posted::Answered { status: 200, retry_after: None },
        }
    }
}

struct Stage {
    ledger: Arc<SqliteLedger>,
    held: Arc<Held>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite");
        let entropy = Arc::new(Counting::default());
        let ledger = Arc::new(SqliteLedger::open(&path, entropy, sample::reference()).expect("a ledger"));
        Self { ledger, held: Arc::default(), _folder: folder }
    }

    async fn add(&self, url: &str) {
        let added = self.ledger.add_webhook(endpoint(url, &[]), act("webhook.add")).await.expect("added");
        assert!(matches!(added, WebhookAdded::New(_)), "{added:?}");
    }

    fn run(&self, most: usize) -> (Shutdown, tokio::task::JoinHandle<()>) {
        let hooks = Hooks {
            ledger: self.ledger.clone(),
            poster: self.held.clone(),
            schedule: Schedule::default(),
            most,
            entropy: Arc::new(Counting::default()),
            telemetry: Arc::new(Telemetry::new().expect("metrics")),
        };
        let shutdown = Shutdown::default();
        (shutdown.clone(), tokio::spawn(hooks.run(shutdown)))
    }

    async fn until(&self, url: &str, count: usize) -> Vec<String> {
        while self.held.taken(url).len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.held.taken(url)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_slow_holds_up_nobody_else() {
    let stage = Stage::new().await;
    for url in [SLOW, QUICK] {
        stage.add(url).await;
    }
    sample::approve(&*stage.ledger, &[1]).await;
    let (shutdown, run) = stage.run(2);
    stage.held.begun.notified().await;
    let more: Vec<u64> = (2..=25).collect();
    sample::approve(&*stage.ledger, &more).await;
    let quick = stage.until(QUICK, 25).await;
    assert_eq!(stage.held.taken(SLOW), Vec::<String>::new(), "it has not answered yet");
    // Nor is it asked anything else meanwhile.
    assert_eq!(stage.ledger.claim_webhooks(9, WEBHOOK_LEASE).await.expect("claims"), []);
    let held = stage.held.clone();
    let lets_go = tokio::spawn(async move {
        loop {
            held.let_go.notify_one();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(stage.until(SLOW, 25).await, quick, "the same, in the same order, each once");
    lets_go.abort();
    shutdown.begin();
    run.await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_ends_lets_go_of_what_is_in_hand() {
    let stage = Stage::new().await;
    stage.add(SLOW).await;
    sample::approve(&*stage.ledger, &[1]).await;
    let (shutdown, run) = stage.run(2);
    stage.held.begun.notified().await;
    shutdown.begin();
    run.await.expect("it ends though nobody answers");
    let claims = stage.ledger.claim_webhooks(9, WEBHOOK_LEASE).await.expect("claims");
    assert_eq!((claims.len(), claims[0].attempts), (1, 0), "at once for the next, and no attempt is counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_asks_by_the_clock_is_let_alone_and_for_a_day_at_most() {
    const DAY: i64 = 24 * 3600 * 1000;
    let stage = Stage::new().await;
    stage.add(BUSY).await;
    sample::approve(&*stage.ledger, &[1]).await;
    let (shutdown, run) = stage.run(2);
    stage.until(BUSY, 1).await;
    shutdown.begin();
    run.await.expect("it ends");
    let standing = stage.ledger.webhooks().await.expect("endpoints").remove(0).standing;
    let wait = standing.next_at.millis() - standing.failing_since.expect("it failed").millis();
    assert!((DAY..=DAY + DAY / 5).contains(&wait), "{wait} ms, lengthened by a fifth at most");
}
