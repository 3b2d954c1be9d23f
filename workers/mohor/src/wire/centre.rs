//! The centres: which there are, and what the portal is given for them.

use super::Parts;
use anyhow::{Result, anyhow};
use mohor_domain::{catalogue::Catalogue, centres};
use mohor_portal::Centre;
use mohor_ports::ledger::CentresLoad;

impl Parts {
    pub(super) fn centre(&self) -> Centre {
        let (holograms, test_pages) = (self.ledger.clone(), self.ledger.clone());
        Centre { holograms, test_pages, test_page: self.config.centre.test_page }
    }
}

/// The catalogue with the centres of a list that was loaded.
pub(super) fn catalogue(catalogue: &Catalogue, load: &CentresLoad) -> Result<Catalogue> {
    let file = centres::read(load.text.as_bytes(), &catalogue.districts).map_err(|faults| {
        let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!(
            "version {} of the list of centres does not fit schemas/catalogue/districts.csv: {}",
            load.version,
            words.join("; ")
        )
    })?;
    Ok(catalogue.clone().with_centres(file.list))
}
