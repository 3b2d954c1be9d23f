//! The queue of the dead, emptied by `reconcile`.

use crate::{
    link::{Link, Live},
    message,
    topology::DEAD,
};
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicGetOptions},
};
use mohor_domain::stage::Stage;
use mohor_ports::{bus::Dead, error::Result};
use std::sync::Arc;

/// The channel to the dead; those that were given out and not buried yet are unacknowledged on it.
#[derive(Default)]
pub(crate) struct Graveyard {
    open: Option<(Arc<Live>, Channel)>,
    given: usize,
}

impl Graveyard {
    /// The dead, at most so many. Those given out before and not buried come again.
    pub(crate) async fn look(&mut self, link: &Link, most: usize) -> Result<Vec<Dead>> {
        let live = link.live().await?;
        let usable = |open: &(Arc<Live>, Channel)| open.0.generation == live.generation && open.1.status().connected();
        if self.given > 0 || !self.open.as_ref().is_some_and(usable) {
            if let Some((_, channel)) = self.open.take() {
                let _ = channel.close(200, "not buried".into()).await;
            }
            let channel = live.inward.create_channel().await.map_err(|error| link.trouble(&live, error))?;
            self.open = Some((live.clone(), channel));
            self.given = 0;
        }
        let Some((_, channel)) = &self.open else { return Ok(vec![]) };
        let mut dead = Vec::new();
        while dead.len() < most {
            let got = channel.basic_get(DEAD.into(), BasicGetOptions::default()).await;
            let Some(message) = got.map_err(|error| link.trouble(&live, error))? else { break };
            let delivery = message.delivery;
            // Bound to the stages' names only: another name cannot come.
            let stage = Stage::from_word(delivery.routing_key.as_str()).unwrap_or(Stage::Intake);
            dead.push(Dead { stage, hint: message::read(stage, &delivery, delivery.delivery_tag) });
            self.given += 1;
        }
        Ok(dead)
    }

    /// They are recorded elsewhere.
    pub(crate) async fn bury(&mut self, link: &Link, dead: &[Dead]) -> Result<()> {
        let Some((live, channel)) = &self.open else { return Ok(()) };
        for dead in dead {
            let ack = channel.basic_ack(dead.hint.tag, BasicAckOptions::default()).await;
            ack.map_err(|error| link.trouble(live, error))?;
        }
        self.given = 0;
        Ok(())
    }
}
