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
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How often an idle stage looks for hints of other processes and for items that have become due.
const LOOK: Duration = Duration::from_millis(200);

/// Hints in the ledger's file, for one process's workers.
pub struct EmbeddedBus {
    ledger: SqliteLedger,
    in_hand: Mutex<HashMap<Stage, HashSet<u64>>>,
}

impl EmbeddedBus {
    /// The bus of a ledger. One per process: two would not know of each other's hands.
    pub fn new(ledger: impl AsRef<SqliteLedger>) -> Self {
        Self { ledger: ledger.as_ref().clone(), in_hand: Mutex::default() }
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

    async fn look(&self, stage: Stage, most: usize) -> Result<Vec<Hint>> {
        let held = self.held(stage).len();
        let now = self.ledger.clock().millis();
        let found = self
            .ledger
            .read(move |read| {
                let sql =
                    "SELECT number, item FROM queue WHERE stage = ?1 AND due_at <= ?2 ORDER BY rank, number LIMIT ?3";
                read.all(sql, (stage.as_str(), now, (most + held) as i64), |row| {
                    Ok(Hint { tag: row.get::<_, i64>(0)? as u64, item: row.get(1)?, letter: None, trace: None })
                })
            })
            .await?;
        Ok(self.claim(stage, found, most))
    }
}

#[async_trait]
impl Bus for EmbeddedBus {
    async fn take(&self, stage: Stage, most: usize, patience_millis: u64) -> Result<Vec<Hint>> {
        let deadline = tokio::time::Instant::now() + Duration::from_millis(patience_millis);
        let bell = self.ledger.bell(stage);
        loop {
            // Listening begins before looking, so that a hint written in between is heard.
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let taken = self.look(stage, most).await?;
            if !taken.is_empty() || tokio::time::Instant::now() >= deadline {
                return Ok(taken);
            }
            let _ = tokio::time::timeout(LOOK.min(deadline - tokio::time::Instant::now()), rung).await;
        }
    }

    async fn publish(&self, stage: Stage, due: &[Due]) -> Result<()> {
        // As a rule the transaction of the effect has written them, and a worker may even have done their work by now:
        // only what is missing and still to be done is written, or everything would be done twice.
        let (asked, missing) = (due.iter().map(|due| due.item.clone()).collect::<Vec<_>>(), missing(stage));
        let sql = format!("SELECT 1 {missing}");
        let lost = self
            .ledger
            .read(move |read| {
                let found = asked.into_iter().map(|item| Ok(read.one(&sql, [&item], |_| Ok(()))?.map(|()| item)));
                Ok(found.collect::<Result<Vec<Option<String>>>>()?.into_iter().flatten().collect::<Vec<_>>())
            })
            .await?;
        if lost.is_empty() {
            self.ledger.wake(stage);
            return Ok(());
        }
        let sql = format!("INSERT INTO queue (item, stage, due_at) SELECT ?1, ?2, 0 {missing}");
        self.ledger
            .write(&[stage], move |write| {
                lost.iter().try_for_each(|item| write.run(&sql, (item, stage.as_str())).map(drop))
            })
            .await
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
