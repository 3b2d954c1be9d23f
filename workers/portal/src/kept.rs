//! Figures that are kept for a while: whoever looks is given the last ones at once, and one of them has them counted anew.

use crate::fault::Fault;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinHandle, time::Instant};

/// Selections that are kept at once, at most; beyond it all are forgotten.
const MOST: usize = 512;
/// So long is waited for new figures while there are others.
const PATIENCE: Duration = Duration::from_millis(80);
/// Figures older than this are nobody's.
const TOO_OLD: Duration = Duration::from_secs(300);

/// Figures by selection.
pub(crate) struct Kept<K, V> {
    fresh: Duration,
    places: Mutex<HashMap<K, Place<V>>>,
}

struct Place<V> {
    value: Option<(Instant, Arc<V>)>,
    /// Somebody is counting, since then.
    counting: Option<Instant>,
}

/// What is there, and whether it has to be counted.
struct Look<V> {
    value: Option<Arc<V>>,
    count: bool,
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static, V: Send + Sync + 'static> Kept<K, V> {
    /// Figures that are fresh for so long.
    pub fn new(fresh: Duration) -> Arc<Self> {
        Arc::new(Self { fresh, places: Mutex::default() })
    }

    /// The figures: stale ones only if new ones take long, and waits longer only if there are none.
    pub async fn get<F>(self: &Arc<Self>, key: K, count: F) -> Result<Arc<V>, Fault>
    where
        F: Future<Output = Result<V, Fault>> + Send + 'static,
    {
        let look = self.look(&key);
        match look.value {
            Some(value) => {
                if !look.count {
                    return Ok(value);
                }
                let counted = tokio::time::timeout(PATIENCE, self.recount(key, count)).await;
                Ok(counted.ok().and_then(|ended| ended.ok().flatten()).unwrap_or(value))
            }
            None => self.settle(&key, count.await),
        }
    }

    /// The figures if there are any; if not, they are being counted.
    pub fn peek<F>(self: &Arc<Self>, key: K, count: F) -> Option<Arc<V>>
    where
        F: Future<Output = Result<V, Fault>> + Send + 'static,
    {
        let look = self.look(&key);
        if look.count {
            drop(self.recount(key, count));
        }
        look.value
    }

    /// Counts, whether anybody waits for it or not.
    fn recount<F>(self: &Arc<Self>, key: K, count: F) -> JoinHandle<Option<Arc<V>>>
    where
        F: Future<Output = Result<V, Fault>> + Send + 'static,
    {
        let kept = self.clone();
        // A failure is logged where it came from; the next who looks tries again.
        tokio::spawn(async move { kept.settle(&key, count.await).ok() })
    }

    fn look(&self, key: &K) -> Look<V> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MOST && !places.contains_key(key) {
            places.clear();
        }
        let place = places.entry(key.clone()).or_insert(Place { value: None, counting: None });
        let value = place.value.as_ref().filter(|(at, _)| at.elapsed() < TOO_OLD);
        let fresh = value.is_some_and(|(at, _)| at.elapsed() < self.fresh);
        let value = value.map(|(_, value)| value.clone());
        let count = !fresh && place.counting.is_none_or(|since| since.elapsed() > TOO_OLD);
        if count {
            place.counting = Some(Instant::now());
        }
        Look { value, count }
    }

    fn settle(&self, key: &K, counted: Result<V, Fault>) -> Result<Arc<V>, Fault> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(key.clone()).or_insert(Place { value: None, counting: None });
        place.counting = None;
        let value = Arc::new(counted?);
        place.value = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_given_at_once_and_counted_anew_when_it_is_stale() {
        let fresh = Kept::new(Duration::from_secs(3_600));
        assert_eq!(*fresh.get("all", async { Ok(1) }).await.expect("counted"), 1);
        assert_eq!(*fresh.get("all", async { Ok(2) }).await.expect("counted"), 1);
        assert_eq!(*fresh.get("other", async { Ok(2) }).await.expect("counted"), 2);
        let stale = Kept::new(Duration::ZERO);
        assert_eq!(*stale.get("all", async { Ok(1) }).await.expect("counted"), 1);
        assert_eq!(*stale.get("all", async { Ok(2) }).await.expect("counted"), 2);
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let slow = async move { begun.await.map(|()| 3).map_err(|_| Fault::busy()) };
        assert_eq!(*stale.get("all", slow).await.expect("counted"), 2, "the last ones while new ones take long");
        assert_eq!(*stale.get("all", async { Ok(4) }).await.expect("counted"), 2, "one counts, and no second");
        begin.send(()).expect("somebody counts");
        tokio::task::yield_now().await;
        assert_eq!(*stale.get("all", async { Ok(5) }).await.expect("counted"), 5);
        assert_eq!(stale.peek("other", async { Ok(1) }), None);
        tokio::task::yield_now().await;
        assert_eq!(stale.peek("other", async { Ok(2) }).as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let kept = Kept::new(Duration::from_secs(3));
        assert!(kept.get("all", async { Err::<u32, _>(Fault::busy()) }).await.is_err());
        assert_eq!(*kept.get("all", async { Ok(1) }).await.expect("counted"), 1);
    }
}
