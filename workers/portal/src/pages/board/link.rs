//! From the board to what nobody has fetched.

use super::Board;
use mohor_domain::people::{Deed, may};

impl Board {
    /// Whether the post sees what nobody has fetched.
    pub(super) fn uncollected(&self) -> bool {
        may(self.person.post, &self.person.bounds, Deed::SeeUncollected, &self.person.bounds)
    }
}
