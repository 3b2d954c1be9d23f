//! Whose time it was: the department's until its decision, the pipeline's until the certificate is ready, then the
//! centre's. Nobody answers for another's delay.

use crate::{
    civil::Instant,
    event::EventKind,
    limit::{Limit, Unit},
    words::words,
};

words! {
    /// What provides a service that ends in a certificate: the Act does not say.
    ProvidedAt {
        /// The certificate is ready at the centre.
        Ready = "ready",
        /// It is handed over. Of an application without a centre it is when the certificate can be fetched.
        HandedOver = "handed_over",
    }
}

words! {
    /// Whom a certificate was handed to.
    HandedTo {
        /// Whoever applied.
        Applicant = "applicant",
        /// Somebody in the applicant's place.
        Representative = "representative",
    }
}

/// The limits of those who have an application after the department. No notification names them: they are settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Minutes from the receipt of an approval until the certificate is ready; 0: no limit.
    pub pipeline_minutes: u32,
    /// Days (Sundays and List-I left out) until a ready certificate is handed over; 0: no limit.
    pub collect_days: u32,
    /// What stops the clock of the service and of its last stage.
    pub provided_at: ProvidedAt,
}

impl Default for Terms {
    fn default() -> Self {
        Self { pipeline_minutes: 60, collect_days: 15, provided_at: ProvidedAt::Ready }
    }
}

impl Terms {
    /// The pipeline's limit.
    pub fn pipeline(&self) -> Option<Limit> {
        (self.pipeline_minutes > 0).then_some(Limit { amount: self.pipeline_minutes, unit: Unit::Minutes })
    }

    /// The centre's limit.
    pub fn collect(&self) -> Option<Limit> {
        (self.collect_days > 0).then_some(Limit { amount: self.collect_days, unit: Unit::Days })
    }
}

words! {
    /// Who had the application.
    Holder {
        /// From the submission to the department's decision.
        Department = "department",
        /// From the receipt of the approval to the notice at the centre.
        Pipeline = "pipeline",
        /// From the notice on, until it is handed over.
        Bsk = "bsk",
    }
}

/// A stretch of time with one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Whose it was.
    pub holder: Holder,
    /// From this moment.
    pub from: Instant,
    /// Up to this one; none: still.
    pub until: Option<Instant>,
}

/// An event, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// What was said.
    pub kind: EventKind,
    /// Its own time.
    pub at: Instant,
    /// When it came.
    pub received_at: Instant,
}

/// The shares, in order. A department that approves and sends the approval later answers for the days between: its share
/// ends with the receipt.
pub fn shares(
    said: &[Said],
    submitted: Option<Instant>,
    ready: Option<Instant>,
    handed: Option<Instant>,
) -> Vec<Share> {
    let first = |kinds: &[EventKind]| said.iter().filter(|it| kinds.contains(&it.kind)).min_by_key(|it| it.received_at);
    let Some(submitted) = submitted else { return vec![] };
    let approved = first(&[EventKind::Approved]).map(|it| it.received_at);
    let closed = first(&[EventKind::Rejected, EventKind::Withdrawn]).map(|it| it.at);
    let decided = approved.or(closed).map(|at| at.max(submitted));
    let mut shares = vec![Share { holder: Holder::Department, from: submitted, until: decided }];
    if let Some(from) = approved.map(|at| at.max(submitted)) {
        shares.push(Share { holder: Holder::Pipeline, from, until: ready.map(|at| at.max(from)) });
    }
    if let Some(from) = ready {
        shares.push(Share { holder: Holder::Bsk, from, until: handed.map(|at| at.max(from)) });
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answers_for_its_own_time() {
        let at = |minutes: i64| Instant::from_millis(minutes * 60_000);
        let said = |kind, own, received| Said { kind, at: at(own), received_at: at(received) };
        let share = |holder, from, until: Option<i64>| Share { holder, from: at(from), until: until.map(at) };
        assert_eq!(shares(&[], None, None, None), []);
        assert_eq!(shares(&[], Some(at(0)), None, None), [share(Holder::Department, 0, None)]);
        let approved = [said(EventKind::Submitted, 0, 1), said(EventKind::Approved, 10, 500)];
        assert_eq!(
            shares(&approved, Some(at(0)), Some(at(503)), None),
            [
                share(Holder::Department, 0, Some(500)),
                share(Holder::Pipeline, 500, Some(503)),
                share(Holder::Bsk, 503, None),
            ]
        );
        let rejected = [said(EventKind::Rejected, 10, 20)];
        assert_eq!(shares(&rejected, Some(at(0)), None, None), [share(Holder::Department, 0, Some(10))]);
        let early = [said(EventKind::Approved, -5, -4)];
        assert_eq!(shares(&early, Some(at(0)), None, None)[0].until, Some(at(0)), "clocks of two systems differ");
    }
}
