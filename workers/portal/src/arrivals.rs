//! What arrives at centres, as it arrives: one look at the ledger for all centres that are watched, none when nobody is.
//!
//! A look only says how far each centre's stream has come. Whoever watches reads on from the number that was seen last, so
//! that a look which is late, or a line that is lost, leaves out nothing and doubles nothing.

use mohor_ports::ledger::Tray;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Default)]
struct Watched {
    /// The last number of each stream that somebody watches.
    streams: HashMap<String, watch::Sender<i64>>,
    /// Somebody looks.
    busy: bool,
}

/// Where to listen.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Mutex<Watched>>);

impl Arrivals {
    /// Hears how far a centre's stream has come, from now on.
    pub fn listen(&self, tray: &Arc<dyn Tray>, stream: &str) -> watch::Receiver<i64> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = match watched.streams.get(stream) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, receiver) = watch::channel(0);
                watched.streams.insert(stream.into(), sender);
                receiver
            }
        };
        if !std::mem::replace(&mut watched.busy, true) {
            tokio::spawn(self.clone().look(tray.clone()));
        }
        receiver
    }

    async fn look(self, tray: Arc<dyn Tray>) {
        while let Some(streams) = self.watched() {
            match tray.last_numbers(&streams).await {
                Ok(found) => self.tell(&found),
                Err(error) => tracing::warn!(code = error.code(), "what arrives cannot be seen right now"),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The streams that somebody watches; none: nobody does, and this look was the last.
    fn watched(&self) -> Option<Vec<String>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.streams.retain(|_, sender| sender.receiver_count() > 0);
        watched.busy = !watched.streams.is_empty();
        watched.busy.then(|| watched.streams.keys().cloned().collect())
    }

    fn tell(&self, found: &[(String, i64)]) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (stream, last) in found {
            if let Some(sender) = watched.streams.get(stream) {
                sender.send_if_modified(|seen| {
                    let new = *last > *seen;
                    *seen = *last;
                    new
                });
            }
        }
    }
}
