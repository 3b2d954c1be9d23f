//! Takes a UIN, tells the BSK that the certificate is ready.
//!
//! In: a certificate that is stored. Out: a notice, numbered by its BSK's counter, and `certificate.ready`. Guaranteed:
//! one notice per certificate, after its document can be read (I6). Refused: a UIN that the ledger does not know.

use crate::sign::outcomes;
use async_trait::async_trait;
use mohor_domain::{certificate::Progress, stage::Stage, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    ledger::Ledger,
};
use mohor_runtime::step::{Outcome, Step};
use std::sync::Arc;

/// The stage.
pub struct Notify {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
}

#[async_trait]
impl Step for Notify {
    fn stage(&self) -> Stage {
        Stage::Notify
    }

    fn batch(&self) -> usize {
        256
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let uins: Vec<Uin> = items.iter().filter_map(|item| Uin::canonical(item).ok()).collect();
        let certificates = self.ledger.progress(&uins).await?;
        if let Some((early, _)) = certificates.iter().find(|(_, progress)| *progress < Progress::Stored) {
            return Err(Error::retry(format!("{early} is not stored yet")));
        }
        let known: Vec<Uin> = certificates.into_iter().map(|(uin, _)| uin).collect();
        self.ledger.commit_notified(&known).await?;
        Ok(outcomes(items, &known))
    }
}
