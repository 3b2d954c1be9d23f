//! The clocks of those who have an application one after the other: the department, the pipeline, the centre. Each has its
//! own limit, so that nobody answers for another's delay.

use super::{Clock, ClockKind, Outcome, stay::stay_key, story::Story};
use crate::{civil::Instant, event::EventKind, share::ProvidedAt};

impl Story<'_> {
    /// As far as they have begun. Until the department has decided, its clock is the service's: limit, start and pauses are
    /// the same.
    pub(super) fn holders(&self, service: &[Clock]) -> Vec<Clock> {
        let mut clocks: Vec<Clock> = self.department(service).into_iter().collect();
        let Some(receipt) = self.receipt() else { return clocks };
        let terms = &self.rules.terms;
        let mut pipeline = Clock::new(ClockKind::Pipeline, "", terms.pipeline(), Some(receipt));
        if let Some(ready) = self.history.ready_at {
            pipeline.stop(ready, Outcome::Completed, false);
        }
        clocks.push(pipeline);
        clocks.extend(self.centres());
        clocks
    }

    /// When the approval of what ends in a document came: from then on it is not the department's time. One that approves
    /// and sends later answers for the days between.
    fn receipt(&self) -> Option<Instant> {
        let approved = self.first(EventKind::Approved, "").filter(|_| !self.history.provided)?;
        let came = self.history.approval_received_at.unwrap_or(approved.at);
        Some(self.submitted.map_or(came, |submitted| came.max(submitted)))
    }

    fn department(&self, service: &[Clock]) -> Option<Clock> {
        let decided = |it: &super::Happening| match it.kind {
            EventKind::Rejected => Some((it.at, Outcome::Rejected, it.late)),
            EventKind::Withdrawn => Some((it.at, Outcome::Withdrawn, it.late)),
            // What carries out an allowed appeal does not undo the rejection.
            EventKind::Approved if self.is_rejected() => None,
            // Without a document the approval itself is the service, at its own time.
            EventKind::Approved if self.history.provided => Some((it.at, Outcome::Decided, it.late)),
            EventKind::Approved => Some((self.receipt()?, Outcome::Decided, it.late)),
            _ => None,
        };
        let (at, outcome, late) = self.happenings.iter().filter_map(decided).min()?;
        // Of a staged service the stage that was in hand then: those before it have verdicts of their own.
        let begun = |clock: &&Clock| clock.started_at.is_none_or(|started| started <= at);
        let own = service.iter().rfind(begun).or(service.first())?;
        let mut clock = Clock::new(ClockKind::Department, "", own.limit, own.started_at);
        clock.pauses.clone_from(&own.pauses);
        clock.stop(at, outcome, late);
        Some(clock)
    }

    /// From the notice on, and of each centre that it was sent on to from that moment: nobody answers for another's delay.
    /// Whoever applied online fetches the certificate and waits at no centre.
    fn centres(&self) -> Vec<Clock> {
        let history = self.history;
        let Some(ready) = history.ready_at else { return vec![] };
        if history.goes_to.is_none() || history.superseded_at.is_some_and(|at| at < ready) {
            return vec![];
        }
        let begins = std::iter::once(ready).chain(history.stays.iter().map(|stay| stay.from));
        let clock = |(stay, from): (u32, Instant)| {
            let mut clock = Clock::new(ClockKind::Bsk, &stay_key(stay), self.rules.terms.collect(), Some(from));
            let back = history.returned.iter().find(|(of, _)| *of == stay).map(|(_, at)| *at);
            let on = history.stays.get(stay as usize).map(|next| next.from);
            // Of what happened in one millisecond the first in this order came first.
            for (at, outcome) in [
                (back, Outcome::Returned),
                (on, Outcome::Rerouted),
                (history.handed_at, Outcome::Delivered),
                (history.superseded_at, Outcome::Superseded),
            ] {
                if let Some(at) = at {
                    clock.stop(at, outcome, false);
                }
            }
            clock
        };
        (0..).zip(begins).map(clock).collect()
    }

    fn is_rejected(&self) -> bool {
        self.first(EventKind::Rejected, "").is_some()
    }

    /// What provides the service, and when.
    pub(super) fn provision(&self) -> Option<(Instant, Outcome, bool)> {
        let history = self.history;
        if history.provided && self.is_rejected() {
            return None;
        }
        if history.provided {
            return self.first(EventKind::Approved, "").map(|it| (it.at, Outcome::Provided, it.late));
        }
        let came = |at: Option<Instant>, outcome| at.map(|at| (at, outcome, false));
        match self.rules.terms.provided_at {
            ProvidedAt::HandedOver if history.goes_to.is_some() => {
                // What nobody fetched ends the department's duty when it goes back, whatever becomes of it then.
                let back = history.returned.iter().map(|(_, at)| *at).min();
                let ends = [
                    came(history.handed_at, Outcome::Provided),
                    came(history.superseded_at, Outcome::Superseded),
                    came(back, Outcome::Returned),
                ];
                ends.into_iter().flatten().min()
            }
            _ => came(history.ready_at, Outcome::Provided),
        }
    }
}
