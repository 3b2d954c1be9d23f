use super::{Call, call, prepare::failure};
use crate::ledger::Sweep;
use mohor_domain::stage::Stage;

pub(super) const COMMITS: &[Call] = &[
    call!(|it| postpone(Stage::Sign, failure(it.park))).each_time(),
    call!(|it| postpone(Stage::Sign, failure(it.spent))).case("for the last time"),
    call!(|it| park(Stage::Sign, failure(it.park))),
    call!(|it| replay(it.parked, "operator:test")),
    call!(|it| discard(it.parked, "operator:test", "why")),
    call!(|_| sweep(Sweep::Still(1), 1_000)),
    call!(|_| due(1_000)).beside_a_broker(),
    call!(|_| unpublished(1_000)).beside_a_broker(),
    call!(|it| published(&it.told)).beside_a_broker(),
    call!(|_| set_note("name", "value")),
];
