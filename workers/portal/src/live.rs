//! What fires, as it fires: one look at the ledger for everybody who is watching, none when nobody is.
//!
//! A transaction may commit after a later one: each look goes a while back, and what was told before is left out.

use mohor_domain::{civil::Instant, ladder::Rung};
use mohor_ports::{
    error::Result,
    ledger::{Board, Inbox, News},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::broadcast;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(400);
/// How far back each look goes, in milliseconds: longer than a transaction of the clocks lasts.
const BACK: i64 = 20_000;
/// Rungs of one look, at most; beyond it is only told that there are many.
const MOST: u32 = 1_000;
/// Tidings that wait for a slow reader; beyond it is told that there are many.
const WAITING: usize = 256;

/// What is told.
#[derive(Debug, Clone)]
pub(crate) enum Tidings {
    /// A rung.
    One(Arc<News>),
    /// More than can be told one by one: look at the board.
    Many,
}

/// Where to listen.
#[derive(Default)]
pub(crate) struct Live {
    sender: Mutex<Weak<broadcast::Sender<Tidings>>>,
}

impl Live {
    /// Listens from now on.
    pub fn listen(&self, board: &Arc<dyn Board>, inbox: &Arc<dyn Inbox>) -> broadcast::Receiver<Tidings> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.upgrade() {
            return sender.subscribe();
        }
        let (new, receiver) = broadcast::channel(WAITING);
        let new = Arc::new(new);
        *sender = Arc::downgrade(&new);
        tokio::spawn(watch(board.clone(), inbox.clone(), new));
        receiver
    }
}

type Key = (mohor_domain::id::Id, &'static str, String, Rung);

/// What was told, of the time that a look goes back.
#[derive(Default)]
struct Told {
    since: Option<Instant>,
    keys: HashSet<(Key, Instant)>,
}

async fn watch(board: Arc<dyn Board>, inbox: Arc<dyn Inbox>, sender: Arc<broadcast::Sender<Tidings>>) {
    let mut told = Told::default();
    while sender.receiver_count() > 0 {
        match look(&*board, &*inbox, &mut told).await {
            Ok(tidings) => tidings.into_iter().for_each(|it| drop(sender.send(it))),
            Err(error) => tracing::warn!(code = error.code(), "what fired cannot be seen right now"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(board: &dyn Board, inbox: &dyn Inbox, told: &mut Told) -> Result<Vec<Tidings>> {
    let now = inbox.now().await?;
    let begin = *told.since.get_or_insert(now);
    let since = begin.max(now.plus_millis(-BACK));
    let found = board.news(since, MOST).await?;
    told.keys.retain(|(_, at)| *at >= since);
    if found.len() >= MOST as usize {
        // The next look begins where this one ended.
        told.since = found.last().map(|last| last.fired.fired_at.plus_millis(1));
        return Ok(vec![Tidings::Many]);
    }
    let mut tidings = Vec::new();
    for news in found {
        let fired = &news.fired;
        let key = (news.found.id, fired.kind.as_str(), fired.key.clone(), fired.rung);
        if told.keys.insert((key, fired.fired_at)) {
            tidings.push(Tidings::One(Arc::new(news)));
        }
    }
    Ok(tidings)
}
