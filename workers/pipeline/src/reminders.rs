//! Tells citizens by short message that a certificate is ready at its centre, and reminds them while it waits there.
//!
//! In: reminders that are due by the schedule. Out: messages. Guaranteed: a reminder is recorded before it is sent, so that nobody
//! is told twice. While the provider is away the one in hand is tried again and no other is taken; one that it refuses, or whose
//! process ends, is not sent again: the next of the schedule stands for it. The number is in the message and in no log.

use mohor_domain::{
    catalogue::Catalogue,
    sms::{SmsKind, Tongue},
    uncollected::Reminders,
};
use mohor_ports::{
    error::{Error, Result},
    gateway::{Sms, Texter},
    ledger::{Reminder, Uncollected},
};
use mohor_runtime::shutdown::Shutdown;
use std::{sync::Arc, time::Duration};

/// Reminders of one look, at most: as many are lost with a process that dies.
const MOST: u32 = 10;
/// How often is looked.
const LOOK: Duration = Duration::from_secs(10);
/// While the provider is away it is tried again so often.
const OUTAGE: Duration = Duration::from_secs(20);

/// The reminding.
pub struct Remind {
    /// What is due.
    pub ledger: Arc<dyn Uncollected>,
    /// On which days.
    pub reminders: Reminders,
    /// The way out.
    pub texter: Arc<dyn Texter>,
    /// In which language.
    pub tongue: Tongue,
    /// Names of centres.
    pub catalogue: Arc<Catalogue>,
}

impl Remind {
    /// Works until the shutdown begins.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.begun() {
            match self.look(&shutdown).await {
                Ok(found) if found == MOST as usize => continue,
                Ok(_) => (),
                Err(error) => tracing::warn!(code = error.code(), "reminders wait: {error}"),
            }
            tokio::select! { () = tokio::time::sleep(LOOK) => (), () = shutdown.wait() => () }
        }
    }

    /// How many were due.
    pub async fn look(&self, shutdown: &Shutdown) -> Result<usize> {
        let due = self.ledger.claim_reminders(&self.reminders, MOST).await?;
        for reminder in &due {
            let sms = self.sms(reminder);
            while let Err(error) = self.texter.send(&sms).await {
                tracing::warn!(code = error.code(), words = %error, "a reminder was not taken");
                if !matches!(error, Error::Outage(_)) || shutdown.begun() {
                    break;
                }
                tokio::select! { () = tokio::time::sleep(OUTAGE) => (), () = shutdown.wait() => () }
            }
        }
        Ok(due.len())
    }

    fn sms(&self, reminder: &Reminder) -> Sms {
        let centre = self.catalogue.bsks.get(&reminder.bsk).map_or(reminder.bsk.as_str(), |bsk| bsk.name.as_str());
        // On the day itself it is the first that anybody hears of it.
        let days = reminder.n.checked_sub(1).and_then(|place| self.reminders.days().get(place as usize));
        let kind = if days == Some(&0) { SmsKind::Ready } else { SmsKind::Reminder };
        Sms {
            id: format!("{}-{}-{}", reminder.uin, reminder.stay, reminder.n),
            to: reminder.mobile.0.clone(),
            text: kind.text(self.tongue, &[&reminder.application_no, centre]),
            template: kind.template(self.tongue),
        }
    }
}
