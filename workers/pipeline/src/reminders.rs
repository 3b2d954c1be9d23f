//! Reminds citizens of certificates that wait for them.
//!
//! In: reminders that are due by the schedule. Out: texts. Guaranteed: a reminder is recorded before it is handed on, so that
//! nobody is told twice; one that could not be handed on is not tried again, the next of the schedule stands for it. The mobile
//! number is handed on and in no log.

use async_trait::async_trait;
use mohor_domain::uncollected::Reminders;
use mohor_ports::{
    error::Result,
    ledger::{Reminder, Uncollected},
};
use mohor_runtime::shutdown::Shutdown;
use std::{sync::Arc, time::Duration};

/// Reminders of one look, at most.
const MOST: u32 = 100;
/// How often is looked.
const LOOK: Duration = Duration::from_secs(60);

/// Takes a reminder on its way to a telephone.
#[async_trait]
pub trait Texts: Send + Sync {
    /// Takes it.
    async fn remind(&self, reminder: &Reminder) -> Result<()>;
}

/// The reminding.
pub struct Remind {
    /// What is due.
    pub ledger: Arc<dyn Uncollected>,
    /// On which days.
    pub reminders: Reminders,
    /// The way out.
    pub texts: Arc<dyn Texts>,
}

impl Remind {
    /// Works until the shutdown begins.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.begun() {
            match self.look().await {
                Ok(found) if found == MOST as usize => continue,
                Ok(_) => (),
                Err(error) => tracing::warn!(code = error.code(), "reminders wait: {error}"),
            }
            tokio::select! { () = tokio::time::sleep(LOOK) => (), () = shutdown.wait() => () }
        }
    }

    /// How many were due.
    pub async fn look(&self) -> Result<usize> {
        let due = self.ledger.claim_reminders(&self.reminders, MOST).await?;
        for reminder in &due {
            if let Err(error) = self.texts.remind(reminder).await {
                tracing::warn!(code = error.code(), "a reminder was not taken");
            }
        }
        Ok(due.len())
    }
}
