//! Places for large bodies while they are read and judged: they bound the memory of the whole house. A place is taken for bytes
//! that have come, never for a promise of some; what comes too slowly gives its place back; and a caller who is known to have
//! proved himself before finds one even when strangers hold theirs.

use crate::{client::Client, fault::Fault};
use axum::{
    body::{Body, Bytes},
    extract::Request,
};
use futures_util::{StreamExt, stream};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{self, Instant};

/// A body may be silent for so long at its beginning.
const GRACE: Duration = Duration::from_secs(5);
/// And comes at this rate at least from then on, in bytes a second: 128 kbit/s, what the slowest telephone line gives.
const RATE: f64 = 16.0 * 1024.0;
/// Addresses that are remembered as known, at most; beyond it all are forgotten.
const KNOWN: usize = 4_096;

/// The places of one kind.
pub(crate) struct Places {
    total: u32,
    per_address: u32,
    /// Of all places those that strangers cannot have.
    kept: u32,
    taken: Mutex<HashMap<IpAddr, u32>>,
    known: Mutex<HashSet<IpAddr>>,
}

/// One place, given back when it is dropped.
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

/// What a body that is being read holds, for as long as its bytes are in hand.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    place: Option<Place>,
    refused: Option<Fault>,
}

impl Places {
    /// So many in all and of one address; so many of all are kept for those who are known.
    pub fn new(total: u32, per_address: u32, kept: u32) -> Arc<Self> {
        let total = total.max(1);
        let (taken, known) = (Mutex::default(), Mutex::default());
        Arc::new(Self { total, per_address: per_address.max(1), kept: kept.min(total - 1), taken, known })
    }

    /// Remembers an address from which somebody has proved who he is.
    pub fn know(&self, client: Client) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN && !known.contains(&client.address) {
            known.clear();
        }
        known.insert(client.address);
    }

    /// The request, whose body takes a place with its first bytes and is refused when there is none or it comes too slowly.
    pub fn hold(self: &Arc<Self>, client: Client, request: Request) -> (Request, Held) {
        let held = Held::default();
        let (parts, body) = request.into_parts();
        let reading = Reading { places: self.clone(), client, held: held.clone(), began: Instant::now(), bytes: 0 };
        let paced = stream::unfold((body.into_data_stream(), Some(reading)), |(mut body, reading)| async move {
            let mut reading = reading?;
            let next = time::timeout_at(reading.until(), body.next()).await;
            match reading.judge(next.ok()) {
                Some(Ok(chunk)) => Some((Ok(chunk), (body, Some(reading)))),
                Some(Err(error)) => Some((Err(error), (body, None))),
                None => None,
            }
        });
        (Request::from_parts(parts, Body::from_stream(paced)), held)
    }

    fn take(self: &Arc<Self>, client: Client) -> Option<Place> {
        let address = client.address;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&address);
        let total = if known { self.total } else { self.total - self.kept };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&address).copied().unwrap_or(0);
        if own >= self.per_address || taken.values().sum::<u32>() >= total {
            return None;
        }
        taken.insert(address, own + 1);
        Some(Place { places: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.address);
            }
        }
    }
}

impl Held {
    /// Why the body ended before its end, if that was ours to say.
    pub fn or(&self, found: Fault) -> Fault {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refused.take().unwrap_or(found)
    }
}

/// A body that is being read.
struct Reading {
    places: Arc<Places>,
    client: Client,
    held: Held,
    began: Instant,
    bytes: usize,
}

/// Some bytes of a body, or why there are none.
type Chunk = Result<Bytes, axum::Error>;

/// How a body ends that is not read on; [`Held`] has the reason.
#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body is not read on")
    }
}

impl std::error::Error for Refused {}

impl Reading {
    /// Until when the next bytes have to come.
    fn until(&self) -> Instant {
        self.began + GRACE + Duration::from_secs_f64(self.bytes as f64 / RATE)
    }

    /// Passes bytes on that have a place; what has none, or was too slow, says why and holds nothing any more.
    /// `None`: nothing came in time.
    fn judge(&mut self, next: Option<Option<Chunk>>) -> Option<Chunk> {
        let mut state = self.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = match next {
            None => Fault::too_slow(),
            Some(Some(Ok(chunk))) => {
                if state.place.is_none() {
                    state.place = self.places.take(self.client);
                }
                self.bytes += chunk.len();
                if state.place.is_some() {
                    return Some(Ok(chunk));
                }
                Fault::busy()
            }
            Some(ended) => return ended,
        };
        *state = State { place: None, refused: Some(refused) };
        Some(Err(axum::Error::new(Refused)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8) -> Client {
        Client { address: IpAddr::from([203, 0, 113, last]), local: false }
    }

    async fn read(request: Request) -> Result<usize, axum::Error> {
        axum::body::to_bytes(request.into_body(), usize::MAX).await.map(|bytes| bytes.len())
    }

    #[test]
    fn one_address_cannot_take_every_place_and_some_are_kept_for_those_who_are_known() {
        let places = Places::new(4, 2, 1);
        let first = places.take(from(1)).expect("a place");
        let _second = places.take(from(1)).expect("a place");
        assert!(places.take(from(1)).is_none(), "two are the most of one address");
        let _third = places.take(from(2)).expect("a place");
        assert!(places.take(from(3)).is_none(), "one is kept");
        places.know(from(3));
        let kept = places.take(from(3)).expect("the one that is kept");
        drop((first, kept));
        assert!(places.take(from(4)).is_some());
    }

    #[tokio::test]
    async fn a_body_that_never_comes_holds_no_place() {
        let places = Places::new(1, 1, 0);
        let silent = Request::new(Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()));
        let (silent, _held) = places.hold(from(1), silent);
        let silent = tokio::spawn(read(silent));
        let (second, held) = places.hold(from(2), Request::new(Body::from("all of it")));
        assert_eq!(read(second).await.expect("read"), 9, "the only place is free");
        let (third, refused) = places.hold(from(3), Request::new(Body::from("all of it")));
        assert!(read(third).await.is_err(), "what was read keeps it while it is in hand");
        assert_eq!(refused.or(Fault::too_slow()).problem()["code"], "busy");
        drop(held);
        let (fourth, _held) = places.hold(from(3), Request::new(Body::from("all of it")));
        assert_eq!(read(fourth).await.expect("read"), 9);
        silent.abort();
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_gives_its_place_back() {
        let places = Places::new(1, 1, 0);
        let (held, began) = (Held::default(), Instant::now());
        let mut reading = Reading { places: places.clone(), client: from(1), held: held.clone(), began, bytes: 0 };
        assert_eq!(reading.until(), began + GRACE);
        assert!(matches!(reading.judge(Some(Some(Ok(Bytes::from(vec![0; 64 * 1024]))))), Some(Ok(_))));
        assert_eq!(reading.until(), began + GRACE + Duration::from_secs(4), "64 KiB are worth four seconds");
        assert!(places.take(from(2)).is_none());
        assert!(matches!(reading.judge(None), Some(Err(_))));
        assert_eq!(held.or(Fault::busy()).problem()["code"], "too_slow");
        assert!(places.take(from(2)).is_some());
    }

    #[tokio::test]
    async fn what_ends_by_itself_is_not_judged() {
        let held = Held::default();
        let client = from(1);
        let mut reading =
            Reading { places: Places::new(1, 1, 0), client, held: held.clone(), began: Instant::now(), bytes: 0 };
        assert!(reading.judge(Some(None)).is_none());
        assert!(matches!(reading.judge(Some(Some(Err(axum::Error::new(Refused))))), Some(Err(_))));
        assert_eq!(held.or(Fault::too_slow()).problem()["code"], "too_slow", "the reader's own word");
    }
}
