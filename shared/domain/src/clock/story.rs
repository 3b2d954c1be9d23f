//! The story of an application, in order: which clocks begin and end in it.

use super::{Clock, ClockKind, ClockState, Happening, History, Outcome};
use crate::{
    civil::Instant,
    event::EventKind,
    limit::{Limit, Pause, Unit},
    practice::DefectMemo,
    rules::{Rule, Rules},
};
use jiff::civil::Date;

/// A history in order, with what the clocks ask of it more than once.
pub(super) struct Story<'h> {
    pub(super) happenings: Vec<Happening>,
    pub(super) history: &'h History,
    pub(super) rules: &'h Rules,
    pub(super) submitted: Option<Instant>,
}

/// The clocks of an application: the service's first, its stages in running order, then appeals, reviews and revisions, then those
/// of the citizen, and those of whoever had it.
pub fn derive(history: &History, rules: &Rules) -> Vec<Clock> {
    let mut happenings = history.happenings.clone();
    happenings.sort();
    happenings.dedup();
    let mut story = Story { happenings, history, rules, submitted: None };
    let approved = || story.first(EventKind::Approved, "").and_then(|it| it.submitted_at);
    story.submitted = story.first(EventKind::Submitted, "").map(|it| it.at).or_else(approved);
    let mut clocks = story.service();
    let (holders, rectifications) = (story.holders(&clocks), story.rectifications(&clocks[0]));
    clocks.extend(story.cases(ClockKind::Appeal, EventKind::AppealFiled, EventKind::AppealDecided));
    clocks.extend(story.cases(ClockKind::Review, EventKind::ReviewFiled, EventKind::ReviewDecided));
    clocks.extend(story.cases(ClockKind::Revision, EventKind::RevisionFiled, EventKind::RevisionDecided));
    clocks.extend(rectifications);
    clocks.extend(holders);
    clocks.iter_mut().for_each(|clock| clock.settle(rules, &history.department, history.place_of(clock).1));
    clocks
}

impl Story<'_> {
    /// The earliest of its kind, of this stage or case.
    pub(super) fn first(&self, kind: EventKind, name: &str) -> Option<&Happening> {
        self.happenings.iter().find(|it| it.kind == kind && it.name == name)
    }

    fn named(&self) -> (&str, &str) {
        (self.history.department.as_str(), self.history.service.as_deref().unwrap_or_default())
    }

    fn rule(&self, kind: ClockKind, stage: Option<&str>, on: Date) -> Option<&Rule> {
        self.rules.rule(self.named(), kind, stage, self.history.district.as_deref(), on)
    }

    /// The clock of the service and those of its stages, as far as they have begun.
    fn service(&self) -> Vec<Clock> {
        let day = self.submitted.map(Instant::day);
        let rule = day.and_then(|day| self.rule(ClockKind::Service, None, day));
        let end = self.end();
        // A condition that is met after the end starts no clock.
        let met = || self.first(EventKind::Started, "").filter(|it| end.is_none_or(|(at, ..)| it.at <= at));
        let start = match rule.and_then(|rule| rule.starts.as_ref()) {
            Some(_) => met().map(|it| self.submitted.map_or(it.at, |at| it.at.max(at))),
            None => self.submitted,
        };
        let mut clocks = vec![Clock::new(ClockKind::Service, "", rule.and_then(|rule| rule.limit), start)];
        if let (Some(day), Some(start)) = (day, start) {
            clocks.extend(self.stages(day, start, end.map(|(at, ..)| at)));
        }
        if clocks.len() > 1 {
            clocks[0].state = ClockState::Running;
        }
        let department = self.history.department.as_str();
        for clock in &mut clocks {
            if let Some((at, outcome, late)) = end {
                clock.stop(at, outcome, late);
            }
            let memo = clock.started_at.map(|at| self.rules.practice(department, at.day()).defect_memo);
            if memo == Some(DefectMemo::Pauses) {
                clock.pauses = pauses(&self.happenings, clock.started_at);
            }
        }
        clocks
    }

    /// A clock for each defect memo, until the application is resumed or ends: whatever the memo does to the limit of the service.
    fn rectifications(&self, service: &Clock) -> Vec<Clock> {
        let end = self.end();
        let clock = |(number, pause): (u32, Pause)| {
            let days = self.rules.practice(&self.history.department, pause.from.day()).rectify_days;
            let limit = Limit { amount: u32::from(days), unit: Unit::Days };
            if days == 0 || end.is_some_and(|(at, ..)| at <= pause.from) {
                return None;
            }
            let mut clock = Clock::new(ClockKind::Rectification, &number.to_string(), Some(limit), Some(pause.from));
            if let Some(until) = pause.until {
                let late = |it: &&Happening| it.kind == EventKind::Resumed && it.at == until;
                clock.stop(until, Outcome::Completed, self.happenings.iter().find(late).is_some_and(|it| it.late));
            }
            if let Some((at, outcome, late)) = end {
                clock.stop(at, outcome, late);
            }
            Some(clock)
        };
        (1..).zip(pauses(&self.happenings, service.started_at)).filter_map(clock).collect()
    }

    /// Each stage begins where the one before it ended; the last runs until the service is provided, whatever the department
    /// reports of it. None begins at the end of all or after it.
    fn stages(&self, day: Date, start: Instant, end: Option<Instant>) -> Vec<Clock> {
        let (department, service) = self.named();
        let (mut clocks, mut begun) = (Vec::new(), start);
        if end.is_some_and(|end| end <= start) {
            return clocks;
        }
        let stages = self.rules.stages(department, service, day);
        for (place, stage) in stages.iter().enumerate() {
            let limit = self.rule(ClockKind::Stage, Some(stage), day).and_then(|rule| rule.limit);
            let mut clock = Clock::new(ClockKind::Stage, stage, limit, Some(begun));
            let completed = self.first(EventKind::StageCompleted, stage);
            let completed = completed.filter(|it| end.is_none_or(|end| it.at.max(begun) < end));
            let completed = completed.filter(|_| place + 1 < stages.len());
            if let Some(it) = completed {
                begun = it.at.max(begun);
                clock.stop(begun, Outcome::Completed, it.late);
            }
            clocks.push(clock);
            if completed.is_none() {
                break;
            }
        }
        clocks
    }

    /// What ended the service first.
    fn end(&self) -> Option<(Instant, Outcome, bool)> {
        let of = |it: &Happening| match it.kind {
            EventKind::Rejected => Some((it.at, Outcome::Rejected, it.late)),
            EventKind::Withdrawn => Some((it.at, Outcome::Withdrawn, it.late)),
            _ => None,
        };
        self.happenings.iter().filter_map(of).chain(self.provision()).min()
    }

    /// A clock for each appeal, review or revision, from its filing to its decision.
    fn cases(&self, kind: ClockKind, filed: EventKind, decided: EventKind) -> Vec<Clock> {
        let mut clocks: Vec<Clock> = Vec::new();
        for case in self.happenings.iter().filter(|it| it.kind == filed) {
            if clocks.iter().any(|clock| clock.key == case.name) {
                continue;
            }
            let on = self.submitted.unwrap_or(case.at).day();
            let limit = self.rule(kind, None, on).and_then(|rule| rule.limit);
            let mut clock = Clock::new(kind, &case.name, limit, Some(case.at));
            if let Some(it) = self.first(decided, &case.name) {
                clock.stop(it.at, Outcome::Decided, it.late);
            }
            clocks.push(clock);
        }
        clocks
    }
}

/// From each defect memo to the next resumption. A memo within a pause and a resumption outside one change nothing. Of memos
/// and resumptions at one instant (departments that keep days have all of a day at its midnight) each comes where it changes
/// something: a resumption with a new memo ends the pause and begins the next.
fn pauses(happenings: &[Happening], start: Option<Instant>) -> Vec<Pause> {
    let mut found: Vec<Pause> = Vec::new();
    for at_once in happenings.chunk_by(|a, b| a.at == b.at) {
        // Told twice is told once.
        let told = |kind| at_once.iter().any(|it| it.kind == kind);
        let (mut memo, mut resumption) = (told(EventKind::Deficient), told(EventKind::Resumed));
        let at = at_once[0].at;
        loop {
            match found.last_mut().filter(|pause| pause.until.is_none()) {
                Some(pause) if resumption => {
                    resumption = false;
                    pause.until = Some(at);
                }
                None if memo => {
                    memo = false;
                    found.push(Pause { from: at, until: None });
                }
                _ => break,
            }
        }
    }
    let Some(start) = start else { return vec![] };
    found.retain(|pause| pause.until.is_none_or(|until| until > start && until > pause.from));
    found
}

/// The office that deals with an application: the one named last.
pub fn office(history: &History) -> Option<String> {
    history.happenings.iter().filter(|it| it.office.is_some()).max().and_then(|it| it.office.clone())
}
