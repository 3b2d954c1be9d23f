//! Stopping in order: the batch in hand is finished, nothing new is taken.

use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Told to all tasks at once.
#[derive(Clone)]
pub struct Shutdown {
    sender: Arc<watch::Sender<bool>>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { sender: Arc::new(watch::channel(false).0), failure: Arc::default() }
    }
}

impl Shutdown {
    /// Asks everybody to finish.
    pub fn begin(&self) {
        self.sender.send_replace(true);
    }

    /// Stops because the state is unknown; the first reason is kept.
    pub fn fail(&self, reason: String) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert(reason);
        }
        self.begin();
    }

    /// Why it stopped, if it was not asked to.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().ok().and_then(|failure| failure.clone())
    }

    /// Whether it has begun.
    pub fn begun(&self) -> bool {
        *self.sender.borrow()
    }

    /// Returns once it has begun.
    pub async fn wait(&self) {
        let mut receiver = self.sender.subscribe();
        // The sender lives in self, so waiting cannot fail.
        let _ = receiver.wait_for(|begun| *begun).await;
    }

    /// Begins at SIGINT or SIGTERM; a second signal leaves at once.
    pub async fn on_signal(self) {
        let interrupt = async { tokio::signal::ctrl_c().await.is_ok() };
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => signal.recv().await.is_some(),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! { _ = interrupt => (), _ = terminate => (), () = self.wait() => return }
        tracing::info!("stopping: the batch in hand is finished first");
        self.begin();
    }
}
