//! Whether sessions go on: one look at the ledger for all lines that are open, none when none is.
//!
//! A line ends within a minute of what ends its session: somebody signs out, the time is over, the account is disabled, reset
//! or moved. It also ends when the ledger says nothing for so long, as nobody knows then who may go on.

use crate::{session::SignedIn, site::Site};
use mohor_ports::{error::Result, ledger::Person};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout},
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(20);
/// A look, at most.
const PATIENCE: Duration = Duration::from_secs(15);
/// A line of which the ledger has said nothing for so long ends: with two looks that fail this is within the minute.
const BLIND: Duration = Duration::from_secs(35);
/// Lines of one account, at most: a page in each of some windows. The oldest ends for a newer one.
const OWN: usize = 8;
/// Lines of one question to the ledger.
const AT_ONCE: usize = 500;

struct Open {
    signed: Arc<SignedIn>,
    /// Dropped when the session is over.
    over: oneshot::Sender<()>,
    /// When the session was found to go on.
    seen: Instant,
}

#[derive(Default)]
struct All {
    lines: HashMap<u64, Open>,
    next: u64,
    /// Somebody looks.
    busy: bool,
}

/// The lines that are open.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<All>>);

impl Lines {
    /// Makes room for one more line of an account.
    pub fn make_room(&self, login: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.lines.retain(|_, line| !line.over.is_closed());
        let own = all.lines.iter().filter(|(_, line)| line.signed.person.login == login).map(|(id, _)| *id);
        let mut own: Vec<u64> = own.collect();
        own.sort_unstable();
        for oldest in own.iter().rev().skip(OWN - 1) {
            all.lines.remove(oldest);
        }
    }

    /// What ends when the session of whoever is signed in does.
    pub fn watch(&self, site: &Arc<Site>, signed: Arc<SignedIn>) -> oneshot::Receiver<()> {
        let (over, ended) = oneshot::channel();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.next += 1;
        let id = all.next;
        all.lines.insert(id, Open { signed, over, seen: Instant::now() });
        if !std::mem::replace(&mut all.busy, true) {
            tokio::spawn(self.clone().look(site.clone()));
        }
        ended
    }

    async fn look(self, site: Arc<Site>) {
        loop {
            sleep(LOOK).await;
            let Some(open) = self.open() else { return };
            let look = async {
                for some in open.chunks(AT_ONCE) {
                    let at = Instant::now();
                    let on = on(&site, some).await?;
                    self.settle(some, &on, at);
                }
                Ok::<(), mohor_ports::error::Error>(())
            };
            match timeout(PATIENCE, look).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => {
                    tracing::warn!(code = error.code(), "whether sessions go on cannot be seen right now")
                }
                Err(_) => tracing::warn!("whether sessions go on is not answered"),
            }
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.lines.retain(|_, line| line.seen.elapsed() < BLIND);
        }
    }

    /// Who listens; none: nobody does, and this look was the last.
    fn open(&self) -> Option<Vec<(u64, Arc<SignedIn>)>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.lines.retain(|_, line| !line.over.is_closed());
        all.busy = !all.lines.is_empty();
        all.busy.then(|| all.lines.iter().map(|(id, line)| (*id, line.signed.clone())).collect())
    }

    /// Of those that were looked at, these go on.
    fn settle(&self, looked: &[(u64, Arc<SignedIn>)], on: &HashSet<u64>, at: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, _) in looked {
            match all.lines.get_mut(id) {
                Some(line) if on.contains(id) => line.seen = at,
                _ => drop(all.lines.remove(id)),
            }
        }
    }
}

/// Those whose session is not over, and whose account is as it was.
async fn on(site: &Site, open: &[(u64, Arc<SignedIn>)]) -> Result<HashSet<u64>> {
    let people = &site.portal.people;
    let keys: Vec<String> = open.iter().map(|(_, signed)| signed.key().to_owned()).collect();
    let logins: HashSet<&str> = open.iter().map(|(_, signed)| signed.person.login.as_str()).collect();
    let logins: Vec<String> = logins.into_iter().map(str::to_owned).collect();
    let kept: HashSet<String> = people.kept_sessions(&keys).await?.into_iter().collect();
    let accounts = people.accounts(&logins).await?;
    let accounts: HashMap<&str, &Person> = accounts.iter().map(|person| (person.login.as_str(), person)).collect();
    let now = site.portal.inbox.now().await?;
    let mut on = HashSet::new();
    for (id, signed) in open {
        let Some(person) = accounts.get(signed.person.login.as_str()) else { continue };
        if kept.contains(signed.key()) && signed.still(site, person, now).await? {
            on.insert(*id);
        }
    }
    Ok(on)
}
