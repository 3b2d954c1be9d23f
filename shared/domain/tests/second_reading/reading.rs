//! A clock as either reading has it, in words that can be compared; and the days of Indian Standard Time.

use jiff::{Timestamp, civil::Date, tz::Offset};
use mohor_domain::{
    civil::Instant,
    clock::{Clock, ClockKind, ClockState, Outcome},
    ladder::Rung,
};

/// From a moment up to another, and not in it; none: still.
pub type Pause = (Instant, Option<Instant>);

/// What a clock is, in either reading.
pub struct Reading {
    pub kind: ClockKind,
    pub key: String,
    pub state: ClockState,
    pub start: Option<Instant>,
    pub stop: Option<(Instant, Outcome, bool)>,
    pub pauses: Vec<Pause>,
    pub due: Option<(Date, bool)>,
    pub in_time: bool,
    pub rungs: Vec<(Rung, Instant)>,
}

impl Reading {
    /// What the program says.
    pub fn of(clock: &Clock) -> Self {
        let pauses: Vec<Pause> = clock.pauses.iter().map(|pause| (pause.from, pause.until)).collect();
        let mut rungs = clock.rungs.clone();
        rungs.sort();
        Self {
            kind: clock.kind,
            key: clock.key.clone(),
            state: clock.state,
            start: clock.started_at,
            stop: clock.stopped_at.zip(clock.outcome).map(|(at, outcome)| (at, outcome, clock.reported_late)),
            // How a pause is kept that had begun before the clock did is not said: what is in the clock's time is compared.
            pauses: within(&pauses, clock.started_at, clock.stopped_at),
            due: clock.due.map(|due| (due.day, due.provisional)),
            in_time: clock.stopped_at.is_none_or(|stopped| clock.in_time(stopped)),
            rungs,
        }
    }

    /// In words, to be compared and read.
    pub fn words(&self) -> String {
        let time = |at: Option<Instant>| at.map_or("-".into(), Instant::rfc3339);
        if !self.kind.of_the_act() {
            // Of those who have it one after the other their times are read, and no limits of our own.
            let stop =
                self.stop.map_or("-".into(), |(at, outcome, _)| format!("{} {}", at.rfc3339(), outcome.as_str()));
            return format!("{} {} from {} until {stop}", self.kind.as_str(), self.key, time(self.start));
        }
        let stop = self.stop.map_or("-".into(), |(at, outcome, late)| {
            let (how, when) = (if late { " (told late)" } else { "" }, if self.in_time { "in time" } else { "late" });
            format!("{} {}{how} {when}", at.rfc3339(), outcome.as_str())
        });
        let pauses: Vec<String> =
            self.pauses.iter().map(|(from, until)| format!("{}/{}", from.rfc3339(), time(*until))).collect();
        let due = self.due.map_or("-".into(), |(day, open)| format!("{day}{}", if open { " provisional" } else { "" }));
        let rungs: Vec<String> =
            self.rungs.iter().map(|(rung, at)| format!("{} {}", rung.as_str(), at.rfc3339())).collect();
        format!(
            "{} {} {} from {} until {stop}; stood [{}]; due {due}; rungs [{}]",
            self.kind.as_str(),
            self.key,
            self.state.as_str(),
            time(self.start),
            pauses.join(", "),
            rungs.join(", "),
        )
    }
}

/// Indian Standard Time.
fn kolkata() -> Offset {
    Offset::from_seconds(19_800).expect("five and a half hours")
}

pub fn day_of(at: Instant) -> Date {
    kolkata().to_datetime(Timestamp::from_millisecond(at.millis()).expect("a time")).date()
}

pub fn begin_of(day: Date) -> Instant {
    let at = kolkata().to_timestamp(day.at(0, 0, 0, 0)).expect("a day");
    Instant::from_millis(at.as_millisecond())
}

pub fn next(day: Date) -> Date {
    day.tomorrow().expect("a day after")
}

/// 24:00 of a day.
pub fn end_of(day: Date) -> Instant {
    begin_of(next(day))
}

/// The part of pauses that lies in the time of a clock.
pub fn within(pauses: &[Pause], start: Option<Instant>, stop: Option<Instant>) -> Vec<Pause> {
    let Some(start) = start else { return vec![] };
    let mut parts = Vec::new();
    for (from, until) in pauses {
        let from = (*from).max(start);
        let until = match (*until, stop) {
            (Some(until), Some(stop)) => Some(until.min(stop)),
            (until, stop) => until.or(stop),
        };
        if until.is_none_or(|until| from < until) {
            parts.push((from, until));
        }
    }
    parts
}
