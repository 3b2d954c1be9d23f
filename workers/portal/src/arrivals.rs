//! What arrives at centres, as it arrives: one look at the ledger for all centres that are watched, none when nobody is.
//!
//! A look asks how far the streams have come, and then, in one question for all that have moved, for what was told there.
//! Whoever watches is handed what follows the number that was seen last; whom that does not suit (who comes back after a
//! while, who is slow, whose centre was told a lot at once) reads the ledger from that number on. So a look which is late, or a
//! line that is lost, leaves out nothing and doubles nothing.

use mohor_domain::event::Recorded;
use mohor_ports::{error::Result, ledger::Tray};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(500);
/// Events of a stream that are handed on; of more than these each reads by itself.
const HANDED: usize = 8;
/// Streams of one question to the ledger: with the events of each this bounds what is in memory at once.
const AT_ONCE: usize = 500;

/// How far a stream has come.
#[derive(Clone, Default)]
pub(crate) struct Come {
    /// Its last number; none: nobody has looked yet.
    last: Option<i64>,
    /// What follows this number, up to the last.
    fresh: Option<(i64, Arc<[Recorded]>)>,
}

impl Come {
    /// What follows a number; none: the ledger has to be asked.
    pub fn since(&self, after: i64) -> Option<Vec<Recorded>> {
        match &self.fresh {
            Some((from, told)) if *from <= after => {
                Some(told.iter().filter(|event| event.number > after).cloned().collect())
            }
            _ if self.last.is_none_or(|last| last <= after) => Some(vec![]),
            _ => None,
        }
    }
}

#[derive(Default)]
struct Watched {
    streams: HashMap<String, watch::Sender<Come>>,
    /// Somebody looks.
    busy: bool,
}

/// Where to listen.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Mutex<Watched>>);

impl Arrivals {
    /// Hears how far a centre's stream has come.
    pub fn listen(&self, tray: &Arc<dyn Tray>, stream: &str) -> watch::Receiver<Come> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = match watched.streams.get(stream) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, receiver) = watch::channel(Come::default());
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
        while let Some(known) = self.watched() {
            if let Err(error) = self.tell(&*tray, known).await {
                tracing::warn!(code = error.code(), "what arrives cannot be seen right now");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The streams that somebody watches and how far each had come; none: nobody does, and this look was the last. What was
    /// handed on by the look before is let go.
    fn watched(&self) -> Option<HashMap<String, Option<i64>>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.streams.retain(|_, sender| sender.receiver_count() > 0);
        watched.busy = !watched.streams.is_empty();
        let known = |(stream, sender): (&String, &watch::Sender<Come>)| {
            sender.send_if_modified(|come| {
                come.fresh = None;
                false
            });
            (stream.clone(), sender.borrow().last)
        };
        watched.busy.then(|| watched.streams.iter().map(known).collect())
    }

    async fn tell(&self, tray: &dyn Tray, known: HashMap<String, Option<i64>>) -> Result<()> {
        let streams: Vec<String> = known.keys().cloned().collect();
        let (mut moved, mut lasts) = (Vec::new(), HashMap::new());
        for (stream, last) in tray.last_numbers(&streams).await? {
            match known.get(&stream).copied().flatten() {
                Some(seen) if seen < last => {
                    lasts.insert(stream.clone(), last);
                    moved.push((stream, seen));
                }
                Some(_) => (),
                // Of what was told before anybody looked each reads what is new to it.
                None => self.set(&stream, Come { last: Some(last), fresh: None }),
            }
        }
        // A stream in which nothing was ever told begins with 1.
        for (stream, _) in known.iter().filter(|(_, seen)| seen.is_none()) {
            self.begin(stream);
        }
        for some in moved.chunks(AT_ONCE) {
            let mut told: HashMap<String, Vec<Recorded>> = HashMap::new();
            for event in tray.told_since(some, HANDED as u32 + 1).await? {
                told.entry(event.stream.clone()).or_default().push(event);
            }
            for (stream, seen) in some {
                let Some(told) = told.remove(stream) else { continue };
                // More may have been told since it was asked how far the stream has come.
                let last = told.last().map(|event| event.number).max(lasts.get(stream).copied());
                let fresh = (told.len() <= HANDED).then(|| (*seen, told.into()));
                self.set(stream, Come { last, fresh });
            }
        }
        Ok(())
    }

    fn set(&self, stream: &str, come: Come) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watched.streams.get(stream) {
            sender.send_replace(come);
        }
    }

    fn begin(&self, stream: &str) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watched.streams.get(stream) {
            sender.send_if_modified(|come| {
                come.last.get_or_insert(0);
                false
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mohor_domain::civil::Instant;
    use serde_json::json;

    fn told(numbers: impl Iterator<Item = i64>) -> Vec<Recorded> {
        let event = |number| Recorded {
            id: format!("id-{number}"),
            word: "certificate.ready".into(),
            stream: "bsk/24101".into(),
            number,
            subject: String::new(),
            at: Instant::from_millis(0),
            data: json!({}),
        };
        numbers.map(event).collect()
    }

    #[test]
    fn whoever_saw_less_or_more_than_is_handed_on_misses_nothing_and_gets_nothing_twice() {
        let come = Come { last: Some(7), fresh: Some((4, told(5..=7).into())) };
        let numbers = |after| come.since(after).map(|told| told.iter().map(|event| event.number).collect::<Vec<_>>());
        assert_eq!(numbers(3), None, "4 is not among them: the ledger is asked");
        assert_eq!(numbers(4), Some(vec![5, 6, 7]));
        assert_eq!(numbers(6), Some(vec![7]));
        assert_eq!(numbers(7), Some(vec![]));
        let unhanded = Come { fresh: None, ..come };
        assert_eq!((unhanded.since(6).is_none(), unhanded.since(7).is_some()), (true, true));
        assert!(Come::default().since(0).is_some_and(|told| told.is_empty()), "nobody has looked: it is waited");
    }
}
