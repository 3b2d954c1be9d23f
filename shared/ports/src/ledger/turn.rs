//! What changes in the clocks of an application when its certificate takes a turn: both ledgers change the same. It is what
//! deriving them anew from all that is recorded would give; whoever commits a turn may not read what happened.

use super::ClockRecord;
use mohor_domain::{
    civil::Instant,
    clock::{Clock, ClockKind, Outcome},
    ladder::Fired,
    rules::Rules,
    share::ProvidedAt,
};

/// A turn of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is ready; `noticed`: a centre was told and keeps it from now on.
    Ready {
        /// A centre was told.
        noticed: bool,
    },
    /// It was handed over.
    HandedOver,
    /// A hand-over was taken back.
    Undone,
    /// A correction took its place.
    Superseded,
    /// Nobody fetched it, and it went back to the department.
    Returned,
}

impl Turn {
    /// The clocks of one application that change, as they are afterwards.
    pub fn changes(self, kept: &[ClockRecord], at: Instant, rules: &Rules) -> Vec<ClockRecord> {
        if self == Self::Undone {
            return kept.iter().filter_map(|record| reopened(record, rules)).collect();
        }
        let stop = |record: &ClockRecord| {
            let outcome = self.stops(record, rules).filter(|_| record.clock.stopped_at.is_none())?;
            let mut stopped = record.clone();
            stopped.clock.stop(at, outcome, false);
            stopped.clock.settle(rules, stopped.district.as_deref());
            Some(stopped)
        };
        let mut changed: Vec<ClockRecord> = kept.iter().filter_map(stop).collect();
        let service = kept.iter().find(|record| record.clock.kind == ClockKind::Service);
        let new = !kept.iter().any(|record| record.clock.kind == ClockKind::Bsk);
        if let (Self::Ready { noticed: true }, Some(service), true) = (self, service, new) {
            let mut clock = Clock::new(ClockKind::Bsk, "", rules.terms.collect(), Some(at));
            clock.settle(rules, service.district.as_deref());
            changed.push(ClockRecord { clock, promised: None, fired: Fired::default(), ..service.clone() });
        }
        changed
    }

    /// Why a clock stops with it; none: it goes on.
    fn stops(self, record: &ClockRecord, rules: &Rules) -> Option<Outcome> {
        let waits = rules.terms.provided_at == ProvidedAt::HandedOver && record.bsk.is_some();
        match (record.clock.kind, self) {
            (ClockKind::Service | ClockKind::Stage, Self::Ready { .. }) if !waits => Some(Outcome::Provided),
            (ClockKind::Service | ClockKind::Stage, Self::HandedOver) if waits => Some(Outcome::Provided),
            (ClockKind::Service | ClockKind::Stage, Self::Superseded) if waits => Some(Outcome::Superseded),
            (ClockKind::Service | ClockKind::Stage, Self::Returned) if waits => Some(Outcome::Returned),
            (ClockKind::Pipeline, Self::Ready { .. }) => Some(Outcome::Completed),
            (ClockKind::Bsk, Self::HandedOver) => Some(Outcome::Delivered),
            (ClockKind::Bsk, Self::Superseded) => Some(Outcome::Superseded),
            (ClockKind::Bsk, Self::Returned) => Some(Outcome::Returned),
            _ => None,
        }
    }
}

/// A clock that a hand-over had stopped, as if there had been none; none: it stands for another reason.
fn reopened(record: &ClockRecord, rules: &Rules) -> Option<ClockRecord> {
    Turn::HandedOver.stops(record, rules).filter(|outcome| record.clock.outcome == Some(*outcome))?;
    let mut open = record.clone();
    let stopped = open.clock.stopped_at.take();
    (open.clock.outcome, open.clock.reported_late) = (None, false);
    // A pause that was open then had been ended by it.
    if let Some(last) = open.clock.pauses.last_mut().filter(|pause| pause.until == stopped) {
        last.until = None;
    }
    open.clock.settle(rules, open.district.as_deref());
    Some(open)
}
