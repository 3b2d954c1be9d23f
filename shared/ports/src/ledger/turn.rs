//! What changes in the clocks of an application when its certificate takes a turn: both ledgers change the same. It is what
//! deriving them anew from all that is recorded would give; whoever commits a turn may not read what happened.

use super::ClockRecord;
use mohor_domain::{
    civil::Instant,
    clock::{Clock, ClockKind, Outcome, Place},
    ladder::Fired,
    rules::Rules,
    share::ProvidedAt,
};

/// A turn of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is ready.
    Ready {
        /// The centre that was told and keeps it from now on.
        at: Option<Place>,
    },
    /// It was handed over.
    HandedOver,
    /// A hand-over was taken back.
    Undone,
    /// A correction took its place.
    Superseded {
        /// It goes, or went, to a centre.
        at_centre: bool,
    },
    /// Nobody fetched it, and it went back to the department.
    Returned,
}

impl Turn {
    /// The clocks of one application that change, as they are afterwards.
    pub fn changes(&self, kept: &[ClockRecord], at: Instant, rules: &Rules) -> Vec<ClockRecord> {
        if *self == Self::Undone {
            // Those that it had stopped, and that stand for no other reason.
            let centre = kept.iter().filter(|it| it.clock.kind == ClockKind::Bsk);
            let handed = centre
                .filter_map(|it| it.clock.stopped_at.filter(|_| it.clock.outcome == Some(Outcome::Delivered)))
                .max();
            let stopped = kept.iter().filter(|it| handed.is_some() && it.clock.stopped_at == handed);
            return stopped.filter_map(|record| reopened(record, rules)).collect();
        }
        let stop = |record: &ClockRecord| {
            let outcome = self.stops(record, rules).filter(|_| record.clock.stopped_at.is_none())?;
            let mut stopped = record.clone();
            stopped.clock.stop(at, outcome, false);
            stopped.clock.settle(rules, &stopped.department, stopped.district.as_deref());
            Some(stopped)
        };
        let mut changed: Vec<ClockRecord> = kept.iter().filter_map(stop).collect();
        let service = kept.iter().find(|record| record.clock.kind == ClockKind::Service);
        let new = !kept.iter().any(|record| record.clock.kind == ClockKind::Bsk);
        if let (Self::Ready { at: Some(place) }, Some(service), true) = (self, service, new) {
            let mut clock = Clock::new(ClockKind::Bsk, "", rules.terms.collect(), Some(at));
            clock.settle(rules, &service.department, place.district.as_deref());
            let (bsk, district) = (Some(place.bsk.clone()), place.district.clone());
            let (promised, fired) = (None, Fired::default());
            changed.push(ClockRecord { clock, bsk, district, promised, fired, ..service.clone() });
        }
        changed
    }

    /// Why a clock stops with it; none: it goes on.
    fn stops(&self, record: &ClockRecord, rules: &Rules) -> Option<Outcome> {
        let waits = rules.terms.provided_at == ProvidedAt::HandedOver;
        match (record.clock.kind, self) {
            (kind, _) if ends_with_the_service(kind) => match self {
                Self::Ready { at } if !waits || at.is_none() => Some(Outcome::Provided),
                Self::HandedOver if waits => Some(Outcome::Provided),
                Self::Superseded { at_centre: true } if waits => Some(Outcome::Superseded),
                Self::Returned if waits => Some(Outcome::Returned),
                _ => None,
            },
            (ClockKind::Pipeline, Self::Ready { .. }) => Some(Outcome::Completed),
            (ClockKind::Bsk, Self::HandedOver) => Some(Outcome::Delivered),
            (ClockKind::Bsk, Self::Superseded { .. }) => Some(Outcome::Superseded),
            (ClockKind::Bsk, Self::Returned) => Some(Outcome::Returned),
            _ => None,
        }
    }
}

/// Of the clocks of an application those that stand when the service is provided, whoever had it until then.
fn ends_with_the_service(kind: ClockKind) -> bool {
    matches!(kind, ClockKind::Service | ClockKind::Stage | ClockKind::Rectification)
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
    open.clock.settle(rules, &open.department, open.district.as_deref());
    Some(open)
}
