//! Hints that the broker did not take. The deliveries are safe in the inbox; these only save the wait for the sweep.

use mohor_domain::stage::Stage;
use mohor_ports::bus::{Bus, Due};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Kept at most: what is beyond is left to the sweep.
const MOST: usize = 10_000;
/// Published at once.
const BATCH: usize = 500;
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// The list, and whether somebody works on it.
#[derive(Default)]
struct List {
    items: Vec<String>,
    busy: bool,
}

/// What is owed to intake.
#[derive(Clone, Default)]
pub(crate) struct Owed(Arc<Mutex<List>>);

impl Owed {
    /// Publishes it as soon as the broker takes it.
    pub fn add(&self, bus: &Arc<dyn Bus>, item: String) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.items.len() < MOST {
            list.items.push(item);
        }
        if !std::mem::replace(&mut list.busy, true) {
            tokio::spawn(self.clone().pay(bus.clone()));
        }
    }

    async fn pay(self, bus: Arc<dyn Bus>) {
        while let Some(due) = self.next() {
            if bus.publish(Stage::Intake, &due).await.is_err() {
                self.keep(due);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn keep(&self, due: Vec<Due>) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.items.extend(due.into_iter().map(|due| due.item));
    }

    fn next(&self) -> Option<Vec<Due>> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = list.items.len().min(BATCH);
        list.busy = count > 0;
        (count > 0).then(|| list.items.drain(..count).map(Due::from).collect())
    }
}
