//! What the portal is given for the centres.

use super::Parts;
use mohor_portal::Centre;

impl Parts {
    pub(super) fn centre(&self) -> Centre {
        let (holograms, test_pages) = (self.ledger.clone(), self.ledger.clone());
        Centre { holograms, test_pages, test_page: self.config.centre.test_page }
    }
}
