//! A ledger that is away.

use async_trait::async_trait;
use mohor_domain::{civil::Instant, event::Answer, id::Id};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Answers, Checked, Delivery, Inbox, Intake, Letter, NewDelivery},
};

/// An inbox that cannot be reached.
pub struct Away;

#[async_trait]
impl Inbox for Away {
    async fn now(&self) -> Result<Instant> {
        Err(Error::outage("away"))
    }
    async fn receive(&self, _: Vec<NewDelivery>) -> Result<Vec<Id>> {
        Err(Error::outage("away"))
    }
    async fn receive_letters(&self, _: Vec<Letter>) -> Result<Vec<Id>> {
        Err(Error::outage("away"))
    }
    async fn deliveries(&self, _: &[Id]) -> Result<Vec<Delivery>> {
        Err(Error::outage("away"))
    }
    async fn commit_intake(&self, _: Vec<(Id, Intake)>) -> Result<Vec<(Id, Answers, Vec<Id>)>> {
        Err(Error::outage("away"))
    }
    async fn preview(&self, _: Vec<Checked>) -> Result<Vec<Answer>> {
        Err(Error::outage("away"))
    }
    async fn answer(&self, _: Id) -> Result<Option<mohor_ports::ledger::Reply>> {
        Err(Error::outage("away"))
    }
}
