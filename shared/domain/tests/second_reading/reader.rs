//! The clocks of an application, read from the text alone: the words of the Act and of the notifications, `schemas/README.md` and
//! what the public items say of themselves. Day by day and slow. Nothing that the program counts with is called here: of the
//! rules the rows are read, of the calendar the lists.

use super::reading::{Pause, Reading, day_of, within};
use mohor_domain::{
    civil::Instant,
    clock::{ClockKind, ClockState, History, Outcome, stay_key},
    event::EventKind,
    limit::{Limit, Unit},
    practice::{DefectMemo, Practice},
    rules::{Rule, Rules},
    share::ProvidedAt,
};
use std::collections::BTreeSet;

/// What ended a clock.
#[derive(Clone, Copy)]
struct End {
    at: Instant,
    outcome: Outcome,
    late: bool,
}

/// An application that is read.
pub struct Reader<'a> {
    pub history: &'a History,
    pub rules: &'a Rules,
    /// The district of the centre of the submission; of an application whose submission has not come, of the centre that is known.
    pub district: Option<String>,
}

impl Reader<'_> {
    /// Every clock.
    pub fn clocks(&self) -> Vec<Reading> {
        let (start, end, pauses) = (self.start(), self.end(), self.pauses());
        let limit = self.row(ClockKind::Service, None, self.submitted()).and_then(|row| row.limit);
        let mut service = self.clock(ClockKind::Service, "", limit, start, end, &pauses);
        if service.state == ClockState::NoLimit && !self.stages().is_empty() {
            service.state = ClockState::Running;
        }
        let mut clocks = vec![service];
        let stages = self.stage_clocks(start, end, &pauses);
        let holders = self.holders(&clocks[0], &stages);
        clocks.extend(stages);
        clocks.extend(self.cases(ClockKind::Appeal, EventKind::AppealFiled, EventKind::AppealDecided));
        clocks.extend(self.cases(ClockKind::Review, EventKind::ReviewFiled, EventKind::ReviewDecided));
        clocks.extend(self.cases(ClockKind::Revision, EventKind::RevisionFiled, EventKind::RevisionDecided));
        clocks.extend(holders);
        clocks.extend(self.answers(start, end));
        clocks
    }

    /// How the department counts what begins on a day: what it settled last of all that holds from that day or earlier.
    pub fn practice(&self, begins: Instant) -> Practice {
        let (mut found, mut since) = (self.rules.practice, None);
        for (department, settled) in self.rules.practices() {
            for (from, practice) in settled.iter().filter(|_| department == self.history.department) {
                if *from <= day_of(begins) && since.is_none_or(|since| *from >= since) {
                    (found, since) = (*practice, Some(*from));
                }
            }
        }
        found
    }

    /// The citizen's time for each memo: until the resumption, or until there is nothing to answer any more.
    fn answers(&self, start: Option<Instant>, end: Option<End>) -> Vec<Reading> {
        let Some(start) = start else { return vec![] };
        let mut clocks = Vec::new();
        let stands = |(from, until): &Pause| until.is_none_or(|until| until > start && until > *from);
        for (number, (from, until)) in self.pauses().into_iter().filter(stands).enumerate() {
            let days = u32::from(self.practice(from).rectify_days);
            if days == 0 || end.is_some_and(|end| end.at <= from) {
                continue;
            }
            let answered = until.map(|at| End { at, outcome: Outcome::Completed, late: false });
            let over = [answered, end].into_iter().flatten().min_by_key(|end| end.at);
            let limit = Limit { amount: days, unit: Unit::Days };
            let number = (number + 1).to_string();
            clocks.push(self.clock(ClockKind::Rectification, &number, Some(limit), Some(from), over, &[]));
        }
        clocks
    }

    /// What is not compared: an approval beside a withdrawal, of which the door takes one.
    pub fn is_left_out(&self) -> bool {
        let told = |kind| self.first(kind, "").is_some();
        self.history.provided && told(EventKind::Withdrawn) && told(EventKind::Approved)
    }

    /// The earliest event of a kind and a name.
    fn first(&self, kind: EventKind, name: &str) -> Option<End> {
        let all = self.history.happenings.iter().filter(|it| it.kind == kind && it.name == name);
        let first = all.min_by_key(|it| (it.at, it.late))?;
        let outcome = match kind {
            EventKind::Rejected => Outcome::Rejected,
            EventKind::Withdrawn => Outcome::Withdrawn,
            EventKind::StageCompleted => Outcome::Completed,
            EventKind::AppealDecided | EventKind::ReviewDecided | EventKind::RevisionDecided => Outcome::Decided,
            _ => Outcome::Provided,
        };
        Some(End { at: first.at, outcome, late: first.late })
    }

    /// When it was submitted: by the submission, and while that has not come by what another event says of it.
    fn submitted(&self) -> Option<Instant> {
        let said = || self.history.happenings.iter().filter_map(|it| it.submitted_at).min();
        self.first(EventKind::Submitted, "").map(|it| it.at).or_else(said)
    }

    /// The row that was in force on a day, that of the submission: the one that took effect last, of one day the district's.
    fn row(&self, clock: ClockKind, stage: Option<&str>, on: Option<Instant>) -> Option<&Rule> {
        let day = day_of(on?);
        let mut found: Option<&Rule> = None;
        for row in self.rules.of(&self.history.department, self.history.service.as_deref()?) {
            let holds = row.clock == clock
                && row.stage.as_deref() == stage
                && (row.district.is_none() || row.district == self.district)
                && row.effective_from.is_none_or(|from| from <= day);
            let newer = |before: &Rule| {
                row.effective_from > before.effective_from
                    || row.effective_from == before.effective_from && before.district.is_none()
            };
            if holds && found.is_none_or(newer) {
                found = Some(row);
            }
        }
        found
    }

    /// The stages that were notified by the day of the submission, in running order.
    fn stages(&self) -> Vec<String> {
        let mut stages: Vec<String> = Vec::new();
        let (Some(service), Some(submitted)) = (&self.history.service, self.submitted()) else { return stages };
        for row in self.rules.of(&self.history.department, service) {
            let Some(stage) = &row.stage else { continue };
            if row.effective_from.is_none_or(|from| from <= day_of(submitted)) && !stages.contains(stage) {
                stages.push(stage.clone());
            }
        }
        stages
    }

    /// A conditional clock starts when its condition is met, unless that is after the end; any other with the submission.
    fn start(&self) -> Option<Instant> {
        let submitted = self.submitted()?;
        if self.row(ClockKind::Service, None, self.submitted()).is_none_or(|row| row.starts.is_none()) {
            return Some(submitted);
        }
        let met = self.first(EventKind::Started, "")?.at;
        let over = self.end().is_some_and(|end| met > end.at);
        (!over).then_some(met.max(submitted))
    }

    /// What ended the application first.
    fn end(&self) -> Option<End> {
        let mut ends = Vec::new();
        ends.extend(self.first(EventKind::Rejected, ""));
        let rejected = !ends.is_empty();
        ends.extend(self.first(EventKind::Withdrawn, ""));
        let history = self.history;
        if history.provided {
            // What was rejected can be approved after an appeal alone: "the clock stays as the rejection ended it".
            ends.extend(self.first(EventKind::Approved, "").filter(|_| !rejected));
        } else {
            let turn = |at: Option<Instant>, outcome| at.map(|at| End { at, outcome, late: false });
            if self.rules.terms.provided_at == ProvidedAt::Ready || history.goes_to.is_none() {
                ends.extend(turn(history.ready_at, Outcome::Provided));
            } else {
                ends.extend(turn(history.handed_at, Outcome::Provided));
                ends.extend(turn(history.superseded_at, Outcome::Superseded));
                ends.extend(turn(history.returned.iter().map(|(_, at)| *at).min(), Outcome::Returned));
            }
        }
        ends.into_iter().min_by_key(|end| end.at)
    }

    /// From each memo to the next resumption. At one instant a resumption with a memo ends a pause and begins the next, and where
    /// nothing stood they are nothing.
    fn pauses(&self) -> Vec<Pause> {
        let happened =
            |kind: EventKind, at: Instant| self.history.happenings.iter().any(|it| it.kind == kind && it.at == at);
        let times: BTreeSet<Instant> = self.history.happenings.iter().map(|it| it.at).collect();
        let mut pauses = Vec::new();
        let mut since: Option<Instant> = None;
        for at in times {
            let (memo, resumed) = (happened(EventKind::Deficient, at), happened(EventKind::Resumed, at));
            match since {
                None if memo && !resumed => since = Some(at),
                Some(from) if resumed => {
                    pauses.push((from, Some(at)));
                    since = memo.then_some(at);
                }
                _ => (),
            }
        }
        pauses.extend(since.map(|from| (from, None)));
        pauses
    }

    /// Each stage begins where the one before it ended, and none at the end of all or after it. The last one runs until the end.
    fn stage_clocks(&self, start: Option<Instant>, end: Option<End>, pauses: &[Pause]) -> Vec<Reading> {
        let mut clocks = Vec::new();
        let stages = self.stages();
        let mut begins = start;
        for (place, stage) in stages.iter().enumerate() {
            let Some(begun) = begins else { break };
            if end.is_some_and(|end| end.at <= begun) {
                break;
            }
            let reported = self.first(EventKind::StageCompleted, stage).filter(|_| place + 1 < stages.len());
            let done = reported.map(|it| End { at: it.at.max(begun), ..it });
            let done = done.filter(|done| end.is_none_or(|end| done.at < end.at));
            let limit = self.row(ClockKind::Stage, Some(stage), self.submitted()).and_then(|row| row.limit);
            clocks.push(self.clock(ClockKind::Stage, stage, limit, Some(begun), done.or(end), pauses));
            begins = done.map(|done| done.at);
        }
        clocks
    }

    /// An appeal or review runs from its filing to its decision; what pauses the service does not pause it.
    fn cases(&self, kind: ClockKind, filed: EventKind, decided: EventKind) -> Vec<Reading> {
        let names: BTreeSet<&str> =
            self.history.happenings.iter().filter(|it| it.kind == filed).map(|it| it.name.as_str()).collect();
        let read = |name: &&str| {
            let start = self.first(filed, name).map(|it| it.at);
            // While nobody has said when the application was submitted the day of the filing is all that is known.
            let limit = self.row(kind, None, self.submitted().or(start)).and_then(|row| row.limit);
            self.clock(kind, name, limit, start, self.first(decided, name), &[])
        };
        names.iter().map(read).collect()
    }

    /// When the approval came: that of what ends in a document when it was received, since one that approves and sends later
    /// answers for the days between, and no other before the submission.
    fn received(&self) -> Option<Instant> {
        let approved = self.first(EventKind::Approved, "")?.at;
        if self.history.provided {
            return Some(approved);
        }
        let received = self.history.approval_received_at.unwrap_or(approved);
        Some(self.submitted().map_or(received, |submitted| received.max(submitted)))
    }

    /// When the department had decided, or the citizen for it.
    fn decided(&self) -> Option<End> {
        // What carries out an allowed appeal decides nothing again.
        let rejected = self.first(EventKind::Rejected, "").is_some();
        let approved = self.received().filter(|_| !rejected);
        let approved = approved.map(|at| End { at, outcome: Outcome::Decided, late: false });
        let others = [EventKind::Rejected, EventKind::Withdrawn].into_iter().filter_map(|kind| self.first(kind, ""));
        others.chain(approved).min_by_key(|end| end.at)
    }

    /// Whoever has what ends in a document: the department until its approval is received, from then on the pipeline until it is
    /// ready, then each centre where it lies.
    fn holders(&self, service: &Reading, stages: &[Reading]) -> Vec<Reading> {
        let (history, terms) = (self.history, &self.rules.terms);
        let turn = |at: Instant, outcome| End { at, outcome, late: false };
        let mut clocks = Vec::new();
        if let Some(decided) = self.decided() {
            // Of a staged service its time is that of the stage in hand.
            let in_hand = stages.iter().rfind(|stage| stage.start.is_some_and(|start| start <= decided.at));
            let start = in_hand.or(stages.first()).unwrap_or(service).start;
            clocks.push(self.clock(ClockKind::Department, "", None, start, Some(decided), &[]));
        }
        if let Some(received) = self.received().filter(|_| !history.provided) {
            let ready = history.ready_at.map(|at| turn(at, Outcome::Completed));
            clocks.push(self.clock(ClockKind::Pipeline, "", terms.pipeline(), Some(received), ready, &[]));
        }
        let Some(ready) = history.ready_at.filter(|_| history.goes_to.is_some()) else { return clocks };
        let begins: Vec<Instant> = [ready].into_iter().chain(history.stays.iter().map(|stay| stay.from)).collect();
        for (stay, (begin, place)) in begins.iter().zip(0u32..).enumerate() {
            let returned = history.returned.iter().find(|(from, _)| *from == place);
            let mut ends = Vec::new();
            ends.extend(returned.map(|(_, at)| turn(*at, Outcome::Returned)));
            ends.extend(begins.get(stay + 1).map(|at| turn(*at, Outcome::Rerouted)));
            ends.extend(history.handed_at.map(|at| turn(at, Outcome::Delivered)));
            ends.extend(history.superseded_at.map(|at| turn(at, Outcome::Superseded)));
            let end = ends.into_iter().min_by_key(|end| end.at);
            clocks.push(self.clock(ClockKind::Bsk, &stay_key(place), None, Some(*begin), end, &[]));
        }
        clocks
    }

    /// A clock with all that follows from its limit, start, pauses and end.
    fn clock(
        &self,
        kind: ClockKind,
        key: &str,
        limit: Option<Limit>,
        start: Option<Instant>,
        end: Option<End>,
        pauses: &[Pause],
    ) -> Reading {
        let stop = end.map(|end| (start.map_or(end.at, |start| end.at.max(start)), end.outcome, end.late));
        let stands = start.is_some_and(|start| self.practice(start).defect_memo == DefectMemo::Pauses);
        let pauses = within(if stands { pauses } else { &[] }, start, stop.map(|(at, ..)| at));
        let open = pauses.last().is_some_and(|(_, until)| until.is_none());
        let state = match (stop, start) {
            (Some(_), _) => ClockState::Stopped,
            (None, None) => ClockState::NotStarted,
            (None, Some(_)) if open => ClockState::Paused,
            (None, Some(_)) if limit.is_none() => ClockState::NoLimit,
            (None, Some(_)) => ClockState::Running,
        };
        let mut reading =
            Reading { kind, key: key.into(), state, start, stop, pauses, due: None, in_time: true, rungs: vec![] };
        if let (Some(limit), Some(start)) = (limit, start) {
            self.measure(&mut reading, limit, start);
        }
        reading
    }
}
