//! How other systems are told by HTTP.

use anyhow::{Result, bail};
use mohor_domain::{networks::Networks, webhook::Schedule};
use serde::{Deserialize, Serialize};

/// Webhooks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Networks that are not public and may be called all the same, also by `http://`: `10.20.0.0/16`.
    pub networks: Vec<String>,
    /// Seconds that are waited after each failure of an event; after the last one the endpoint is disabled.
    pub waits: Vec<u32>,
    /// Endpoints that are called at once, at most.
    pub at_once: usize,
    /// PEM of authorities that are trusted besides the system's.
    pub ca_file: String,
}

impl Default for Webhooks {
    fn default() -> Self {
        let waits = Schedule::default().seconds().to_vec();
        Self { networks: vec![], waits, at_once: 16, ca_file: String::new() }
    }
}

impl Webhooks {
    /// The networks.
    pub fn networks(&self) -> Result<Networks> {
        let rule = "an address or a network, like 10.20.0.0/16";
        Networks::read(&self.networks)
            .map_err(|text| anyhow::anyhow!("configuration: `webhooks.networks` has `{text}`; each is {rule}"))
    }

    /// The waits.
    pub fn schedule(&self) -> Result<Schedule> {
        match Schedule::read(&self.waits) {
            Some(schedule) => Ok(schedule),
            None => bail!("configuration: `webhooks.waits` has 1 to 20 numbers of seconds, none above a week"),
        }
    }

    /// Whether it can be worked by.
    pub fn check(&self) -> Result<()> {
        self.networks()?;
        self.schedule()?;
        if !(1..=256).contains(&self.at_once) {
            bail!("configuration: `webhooks.at_once` is 1 to 256");
        }
        Ok(())
    }
}
