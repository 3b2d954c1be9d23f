//! Takes an application that is approved, gives it its UIN and its plan.
//!
//! In: an application's row. Out: the UIN, to `sign`. Guaranteed: one application, one UIN (I1, I2), decided by the
//! ledger's constraint; everything the certificate will be is fixed in the same transaction. Refused: a service that
//! is no longer there, approved data without a holder's name.

use crate::plan::{Drawn, Planner};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, id::Id, plan::StatusIndex, stage::Stage, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Approved, Ledger, Minted, Minting},
    time::Entropy,
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use std::{collections::BTreeMap, sync::Arc};

/// Draws before a collision is taken for a fault: with 55 random bits two in a row mean a broken generator.
const DRAWS: usize = 8;

/// The stage.
pub struct Mint {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Makes plans.
    pub planner: Arc<Planner>,
    /// Draws numbers.
    pub entropy: Arc<dyn Entropy>,
    /// Processor time.
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl Step for Mint {
    fn stage(&self) -> Stage {
        Stage::Mint
    }

    fn batch(&self) -> usize {
        256
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let ids: Vec<Id> = items.iter().filter_map(|item| Id::parse(item)).collect();
        let mut due: BTreeMap<Id, Approved> =
            self.ledger.approved(&ids).await?.into_iter().map(|approved| (approved.id, approved)).collect();
        let mut outcomes: BTreeMap<Id, Outcome> = BTreeMap::new();
        for _ in 0..DRAWS {
            if due.is_empty() {
                break;
            }
            let work = self.plans(&mut due, &mut outcomes).await?;
            let drawn: Vec<Id> = work.iter().map(|minting| minting.application).collect();
            for (id, minted) in drawn.into_iter().zip(self.ledger.commit_minted(work).await?) {
                let outcome = match minted {
                    Minted::New(uin) | Minted::Before(uin) => Outcome::Done(vec![uin.to_string()]),
                    Minted::NotApproved => Outcome::Done(vec![]),
                    Minted::Collision => continue,
                };
                due.remove(&id);
                outcomes.insert(id, outcome);
            }
        }
        Ok(items
            .iter()
            .map(|item| match Id::parse(item).and_then(|id| outcomes.remove(&id)) {
                Some(outcome) => outcome,
                None if Id::parse(item).is_some_and(|id| due.contains_key(&id)) => {
                    Outcome::Failed(Error::fatal("every number drawn is taken: the random generator cannot be trusted"))
                }
                None => Outcome::Failed(Error::reject("unknown_item", "no application in this row is approved")),
            })
            .collect())
    }
}

impl Mint {
    /// A plan with freshly drawn numbers for each application that is due. One that cannot be planned fails alone.
    async fn plans(
        &self,
        due: &mut BTreeMap<Id, Approved>,
        outcomes: &mut BTreeMap<Id, Outcome>,
    ) -> Result<Vec<Minting>> {
        let now = self.ledger.now().await?.whole_second();
        let year = now.day().year();
        let mut lists: BTreeMap<String, u32> = BTreeMap::new();
        for approved in due.values() {
            if !lists.contains_key(&approved.department) {
                let minted = self.ledger.minted_in_year(&approved.department, year).await?;
                lists.insert(approved.department.clone(), (minted / u64::from(StatusIndex::LIST_FILL)) as u32);
            }
        }
        let began = thread_cpu_micros();
        let mut work = Vec::with_capacity(due.len());
        let mut failed = Vec::new();
        for (id, approved) in due.iter() {
            let list = lists.get(&approved.department).copied().unwrap_or_default();
            let drawn = self.draw(approved, now, list)?;
            match self.planner.plan(approved, &drawn) {
                Ok(plan) => work.push(Minting { application: *id, plan }),
                Err(error) => failed.push((*id, Outcome::Failed(error))),
            }
        }
        for (id, outcome) in failed {
            due.remove(&id);
            outcomes.insert(id, outcome);
        }
        self.telemetry.add_cpu("mint", thread_cpu_micros().saturating_sub(began));
        Ok(work)
    }

    fn draw(&self, approved: &Approved, minted_at: Instant, list: u32) -> Result<Drawn> {
        let mut cti = [0; 16];
        let mut index = [0; 4];
        self.entropy.fill(&mut cti)?;
        self.entropy.fill(&mut index)?;
        let index = u32::from_le_bytes(index) % StatusIndex::LIST_SIZE;
        let uin = match approved.minted.or(approved.ascribed) {
            Some(uin) => uin,
            None => draw_uin(self.entropy.as_ref(), &approved.department)?,
        };
        let status = StatusIndex { year: minted_at.day().year(), list, index };
        Ok(Drawn { uin, cti, status, minted_at })
    }
}

/// Draws a UIN: about one draw in five meets a check character that is left out.
pub fn draw_uin(entropy: &dyn Entropy, department: &str) -> Result<Uin> {
    for _ in 0..64 {
        let mut random = [0; 8];
        entropy.fill(&mut random)?;
        if let Some(uin) = Uin::from_random(department, u64::from_le_bytes(random)) {
            return Ok(uin);
        }
    }
    Err(Error::fatal(format!("no number can be drawn for department `{department}`")))
}
