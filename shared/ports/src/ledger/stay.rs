//! What changes in the clocks of an application when its certificate goes on to another centre: both ledgers change the same,
//! and it is what deriving them anew gives.

use super::ClockRecord;
use mohor_domain::{
    clock::{Clock, ClockKind, Outcome, Stay, stay_key},
    ladder::Fired,
    rules::Rules,
};
use std::sync::Arc;

/// The clock of the centre before stops, and stay number `n` (from 1) begins with its full time. `stop_by` gives the rules by
/// which a clock stops, `rules` are those in force.
pub fn sent_on(
    kept: &[ClockRecord],
    n: u32,
    stay: &Stay,
    stop_by: impl Fn(&ClockRecord) -> Arc<Rules>,
    rules: &Rules,
) -> Vec<ClockRecord> {
    let open = |record: &&ClockRecord| record.clock.kind == ClockKind::Bsk && record.clock.stopped_at.is_none();
    let stop = |record: &ClockRecord| {
        let mut stopped = record.clone();
        stopped.clock.stop(stay.from, Outcome::Rerouted, false);
        stopped.clock.settle(&stop_by(record), &stopped.department, stopped.district.as_deref());
        stopped
    };
    let mut changed: Vec<ClockRecord> = kept.iter().filter(open).map(stop).collect();
    if let Some(service) = kept.iter().find(|record| record.clock.kind == ClockKind::Service) {
        let mut clock = Clock::new(ClockKind::Bsk, &stay_key(n), rules.terms.collect(), Some(stay.from));
        clock.settle(rules, &service.department, stay.district.as_deref());
        changed.push(ClockRecord {
            clock,
            bsk: Some(stay.bsk.clone()),
            district: stay.district.clone(),
            promised: None,
            fired: Fired::default(),
            ..service.clone()
        });
    }
    changed
}
