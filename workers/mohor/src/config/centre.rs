//! What is done at centres, and what happens to certificates that nobody fetches.

use anyhow::{Result, bail};
use mohor_domain::uncollected::{CentreTerms, Reminders};
use serde::{Deserialize, Serialize};

/// Centres.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// Calendar days after which a certificate that is ready is listed as uncollected.
    pub uncollected_days: u16,
    /// Calendar days after which an operator of the centre may return it to its department.
    pub return_days: u16,
    /// Calendar days after which the citizen is reminded.
    pub reminder_days: Vec<u16>,
    /// Hours within which a supervisor may take a hand-over back.
    pub undo_hours: u32,
    /// Nothing is printed at a centre before its test page of the day was scanned back.
    pub test_page: bool,
}

impl Default for Centre {
    fn default() -> Self {
        let CentreTerms { uncollected_days, return_days, .. } = CentreTerms::default();
        Self { uncollected_days, return_days, reminder_days: vec![0, 3, 10, 20], undo_hours: 72, test_page: true }
    }
}

impl Centre {
    /// As the portal takes it.
    pub fn terms(&self) -> Result<CentreTerms> {
        if self.uncollected_days > 3_660 || self.return_days > 3_660 {
            bail!("configuration: `centre.uncollected_days` and `centre.return_days` are at most 3660");
        }
        if self.undo_hours > 24 * 366 {
            bail!("configuration: `centre.undo_hours` is at most a year");
        }
        let Some(reminders) = Reminders::read(&self.reminder_days) else {
            bail!(
                "configuration: `centre.reminder_days` has at most 10 days, 0 to 366, each larger than the one before"
            );
        };
        Ok(CentreTerms { uncollected_days: self.uncollected_days, return_days: self.return_days, reminders })
    }
}
