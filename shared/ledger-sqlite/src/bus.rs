//! The embedded bus: the queue table of the ledger's own file.
//!
//! A hint is written and removed by the transaction of the work it stands for. Only which hints are in hand is kept in
//! memory: when the process ends, all that remain are there again.

use crate::connection::SqliteLedger;
use async_trait::async_trait;
use mohor_domain::stage::Stage;
use mohor_ports::{
    bus::{Bus, Due, Hint},
    error::Result,
};
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How often is looked whether another process has committed anything.
const LOOK: Duration = Duration::from_millis(200);

/// Hints in the ledger's file, for one process's workers.
pub struct EmbeddedBus {
    ledger: SqliteLedger,
    in_hand: Mutex<HashMap<Stage, HashSet<u64>>>,
    /// In the hand of the one stage that looks for all that wait.
    watch: tokio::sync::Mutex<Watch>,
}

/// What the last look for others' commits came to.
#[derive(Default)]
struct Watch {
    connection: Option<Connection>,
    version: i64,
    next: Option<Instant>,
}

impl EmbeddedBus {
    /// The bus of a ledger. One per process: two would not know of each other's hands.
    pub fn new(ledger: impl AsRef<SqliteLedger>) -> Self {
        Self { ledger: ledger.as_ref().clone(), in_hand: Mutex::default(), watch: Default::default() }
    }

    fn held(&self, stage: Stage) -> HashSet<u64> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).get(&stage).cloned().unwrap_or_default()
    }

    /// Takes those that nobody else has taken meanwhile.
    fn claim(&self, stage: Stage, found: Vec<Hint>, most: usize) -> Vec<Hint> {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let held = in_hand.entry(stage).or_default();
        let mut taken = Vec::new();
        for hint in found {
            if taken.len() < most && held.insert(hint.tag) {
                taken.push(hint);
            }
        }
        taken
    }

    fn release(&self, stage: Stage, hints: &[Hint]) {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let held = in_hand.entry(stage).or_default();
        for hint in hints {
            held.remove(&hint.tag);
        }
    }

    /// Never returns. The first that waits looks for all whether anybody has committed, the others wait for their turn to.
    async fn watch(&self) {
        let mut watch = self.watch.lock().await;
        loop {
            let next = *watch.next.get_or_insert_with(|| Instant::now() + LOOK);
            tokio::time::sleep_until(next).await;
            watch.next = Some(Instant::now() + LOOK);
            if self.somebody_committed(&mut watch) {
                Stage::ALL.into_iter().for_each(|stage| self.ledger.wake(stage));
            }
        }
    }

    /// One number of SQLite's own, which changes with the commits of others than the connection that asks. Where it cannot be
    /// asked the stages look, and say why.
    fn somebody_committed(&self, watch: &mut Watch) -> bool {
        if watch.connection.is_none() {
            watch.connection = self.ledger.watch().ok();
        }
        let Some(connection) = &watch.connection else { return true };
        let asked =
            connection.prepare_cached("PRAGMA data_version").and_then(|mut it| it.query_row([], |row| row.get(0)));
        let before = watch.version;
        match asked {
            Ok(version) => watch.version = version,
            Err(_) => watch.connection = None,
        }
        watch.connection.is_none() || watch.version != before
    }

    fn look(&self, stage: Stage, most: usize) -> Result<Vec<Hint>> {
        let held = self.held(stage).len();
        let now = self.ledger.clock().millis();
        let found = self.ledger.glance(|read| {
            let sql = "SELECT number, item FROM queue WHERE stage = ?1 AND due_at <= ?2 ORDER BY rank, number LIMIT ?3";
            read.all(sql, (stage.as_str(), now, (most + held) as i64), |row| {
                Ok(Hint { tag: row.get::<_, i64>(0)? as u64, item: row.get(1)?, letter: None, trace: None })
            })
        })?;
        Ok(self.claim(stage, found, most))
    }
}

#[async_trait]
impl Bus for EmbeddedBus {
    async fn take(&self, stage: Stage, most: usize, patience_millis: u64) -> Result<Vec<Hint>> {
        let deadline = Instant::now() + Duration::from_millis(patience_millis);
        let bell = self.ledger.bell(stage);
        loop {
            let taken = self.look(stage, most)?;
            if taken.len() == most {
                // One worker was woken, and there may be work for another.
                bell.notify_one();
            }
            if !taken.is_empty() {
                return Ok(taken);
            }
            // A bell that rings when nobody waits is heard by who waits next: a hint written since the look is not missed.
            tokio::select! {
                () = bell.notified() => (),
                () = self.watch() => (),
                () = tokio::time::sleep_until(deadline) => return Ok(vec![]),
            }
        }
    }

    async fn publish(&self, stage: Stage, due: &[Due]) -> Result<()> {
        // As a rule the transaction of the effect has written them and woken a worker, which may even have done their work
        // by now: only what is missing and still to be done is written, or everything would be done twice.
        let missing = missing(stage);
        let sql = format!("SELECT 1 {missing}");
        let lost: Vec<String> = self.ledger.glance(|read| {
            let found = due.iter().map(|due| Ok(read.one(&sql, [&due.item], |_| Ok(()))?.map(|()| due.item.clone())));
            Ok(found.collect::<Result<Vec<Option<String>>>>()?.into_iter().flatten().collect())
        })?;
        if lost.is_empty() {
            return Ok(());
        }
        let sql = format!("INSERT INTO queue (item, stage, due_at) SELECT ?1, ?2, 0 {missing}");
        self.ledger
            .write(move |write| lost.iter().try_for_each(|item| write.run(&sql, (item, stage.as_str())).map(drop)))
            .await?;
        self.ledger.wake(stage);
        Ok(())
    }

    async fn settle(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.release(stage, hints);
        Ok(())
    }

    async fn give_back(&self, stage: Stage, hints: &[Hint]) -> Result<()> {
        self.release(stage, hints);
        self.ledger.wake(stage);
        Ok(())
    }

    async fn probe(&self) -> Result<String> {
        let waiting =
            self.ledger.read(|read| read.one("SELECT count(*) FROM queue", [], |row| row.get::<_, i64>(0))).await?;
        Ok(format!("embedded, in the ledger's file; {} hints waiting", waiting.unwrap_or_default()))
    }
}

/// The condition that an item (?1) has no hint to a stage though the stage has still to do with it.
fn missing(stage: Stage) -> String {
    let word = stage.as_str();
    let done = match stage {
        Stage::Intake => "inbox WHERE id = ?1 AND answered_at IS NOT NULL",
        Stage::Mint => "application WHERE id = ?1 AND minted = 1",
        Stage::Sign => "certificate WHERE uin = ?1 AND progress <> 'minted'",
        Stage::Store => {
            "certificate WHERE uin = ?1 AND progress IN ('stored', 'notified')
             UNION ALL SELECT 1 FROM document_order WHERE id = ?1 AND stored_at IS NOT NULL"
        }
        Stage::Notify => "certificate WHERE uin = ?1 AND progress = 'notified'",
    };
    format!(
        "WHERE NOT EXISTS (SELECT 1 FROM queue WHERE stage = '{word}' AND item = ?1)
         AND NOT EXISTS (SELECT 1 FROM parked WHERE stage = '{word}' AND item = ?1)
         AND NOT EXISTS (SELECT 1 FROM {done})"
    )
}
