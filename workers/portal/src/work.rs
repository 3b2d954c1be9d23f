//! Work that takes a processor for a while: a password that is compared, a file that is taken apart, a workbook that is made.
//! Each kind has one bound for the whole house, however many ask and from wherever; beyond it a short queue, and beyond that
//! 503. Gates count callers and bound no memory: many callers are many times what one may have.

use crate::fault::Fault;
use mohor_ports::error::Error;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One kind of work.
pub(crate) struct Work {
    /// Those who are at work.
    hands: Arc<Semaphore>,
    /// Those, and whoever waits for one of them.
    turns: Arc<Semaphore>,
}

impl Work {
    /// So many at once, and so many who wait.
    pub fn new(hands: usize, waiting: usize) -> Self {
        let hands = hands.max(1);
        Self { hands: Arc::new(Semaphore::new(hands)), turns: Arc::new(Semaphore::new(hands + waiting)) }
    }

    /// As many at once as there are processors, and no more than a few: each holds some tens of megabytes.
    pub fn of_processors(waiting: usize) -> Self {
        const MOST: usize = 4;
        Self::new(std::thread::available_parallelism().map_or(1, usize::from).min(MOST), waiting)
    }

    /// Does it in a thread of its own when its turn comes; busy, if too many wait. Whoever has gone meanwhile keeps the place
    /// until the thread is done: what is bounded is the work and not the waiting.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let places = self.place().await?;
        let done = tokio::task::spawn_blocking(move || {
            let _places = places;
            work()
        });
        done.await.map_err(|_| Fault::port(Error::fatal("work in a thread of its own was cut short")))
    }

    async fn place(&self) -> Result<[OwnedSemaphorePermit; 2], Fault> {
        let turn = self.turns.clone().try_acquire_owned().map_err(|_| Fault::busy())?;
        let hand = self.hands.clone().acquire_owned().await.map_err(|_| Fault::busy())?;
        Ok([turn, hand])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, mpsc};

    #[tokio::test(flavor = "multi_thread")]
    async fn so_many_work_so_many_wait_and_the_rest_are_told_to_come_back() {
        let work = Arc::new(Work::new(2, 1));
        let (go, gone) = mpsc::channel::<()>();
        let gone = Arc::new(Mutex::new(gone));
        let asking: Vec<_> = (0..3)
            .map(|_| {
                let (work, gone) = (work.clone(), gone.clone());
                tokio::spawn(async move { work.run(move || gone.lock().expect("whole").recv()).await.is_ok() })
            })
            .collect();
        while work.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(work.run(|| ()).await.is_err(), "two work and one waits");
        // Whoever waits and goes away gives his turn back; whoever is at work keeps it.
        for one in &asking {
            one.abort();
        }
        while work.turns.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(work.hands.available_permits(), 0, "the threads go on");
        go.send(()).and_then(|()| go.send(())).expect("they listen");
        assert!(work.run(|| ()).await.is_ok());
    }
}
