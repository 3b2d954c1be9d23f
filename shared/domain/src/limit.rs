//! Time limits of notified services, and the day on which one is used up.
//!
//! A day counts when it is after the day of the start (or, by the practice of a department, that day itself), is not excluded by
//! the calendar, and the clock is running at its end, 24:00 in Asia/Kolkata. The due day is the Nth that counts; the service is
//! late from 00:00 of the next.

use crate::{
    calendar::{Calendar, Days},
    civil::{Instant, end_of},
    practice::CountFrom,
    words::words,
};
use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};

words! {
    /// What a limit is counted in, as notifications have it: the words of `limits.csv`.
    Unit {
        /// Days but Sundays and List-I.
        Days = "days",
        /// Days but Sundays, List-I, List-II, and Saturdays by the policy.
        WorkingDays = "working_days",
        /// Seven `days` each.
        Weeks = "weeks",
        /// The same day of a later month, lengthened by what was excluded.
        Months = "months",
        /// The day of the start itself.
        SameDay = "same_day",
        /// Minutes by the clock, day and night: of no notification, for what machines do.
        Minutes = "minutes",
    }
}

impl Unit {
    /// Which days of the calendar it leaves out.
    pub fn days(self) -> Days {
        match self {
            Self::WorkingDays => Days::Working,
            _ => Days::Strict,
        }
    }
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many; of `SameDay` nothing.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

impl Limit {
    /// So many minutes after a moment.
    pub(crate) fn after_minutes(self, from: Instant) -> Instant {
        from.plus_millis(i64::from(self.amount) * 60_000)
    }
}

/// A time in which the clock stands: from a defect memo to its resumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From this moment.
    pub from: Instant,
    /// Up to this one, and not in it; none: still.
    pub until: Option<Instant>,
}

/// The day on which a limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The last day in time.
    pub day: Date,
    /// It rests on a year whose list of holidays is not settled.
    pub provisional: bool,
}

/// A limit is looked for so many days ahead: longer than any notification and any pause that ends.
const HORIZON: i32 = 40 * 366;

/// When a limit is used up that begins at `start`. None while a pause stands open: nobody knows then.
pub fn due(
    limit: Limit,
    start: Instant,
    from: CountFrom,
    pauses: &[Pause],
    calendar: &Calendar,
    district: Option<&str>,
) -> Option<Due> {
    let first = start.day();
    if limit.unit == Unit::Minutes {
        return Some(Due { day: limit.after_minutes(start).day(), provisional: false });
    }
    let counts = |day: Date| calendar.exclusion(day, limit.unit.days(), district).is_none() && !stands(pauses, day);
    let before = from.before(first)?;
    let day = match limit.unit {
        Unit::SameDay | Unit::Minutes => first,
        Unit::Days | Unit::WorkingDays => nth(before, limit.amount, counts)?,
        Unit::Weeks => nth(before, limit.amount.checked_mul(7)?, counts)?,
        Unit::Months => {
            let same = months_on(first, limit.amount, from)?;
            let lost = after(before).take_while(|day| *day <= same).filter(|day| !counts(*day)).count();
            // One more day that counts for each that did not; a last day that does not count itself is among them.
            nth(same, u32::try_from(lost).ok()?, counts)?
        }
    };
    // The same day rests on no list.
    let provisional = limit.unit != Unit::SameDay && (first.year()..=day.year()).any(|year| !calendar.is_settled(year));
    Some(Due { day, provisional })
}

/// How many days that count make up a limit that begins on a day; none beyond the calendar. Of months as many as there
/// are civil days up to the same day: what is left out of them is added at their end.
pub fn budget(limit: Limit, first: Date, from: CountFrom) -> Option<u32> {
    match limit.unit {
        Unit::SameDay | Unit::Minutes => Some(0),
        Unit::Days | Unit::WorkingDays => Some(limit.amount),
        Unit::Weeks => limit.amount.checked_mul(7),
        Unit::Months => {
            let same = months_on(first, limit.amount, from)?;
            u32::try_from(after(from.before(first)?).take_while(|day| *day <= same).count()).ok()
        }
    }
}

/// How many days count from one day to another, both included.
pub fn counted(
    from: Date,
    until: Date,
    unit: Unit,
    pauses: &[Pause],
    calendar: &Calendar,
    district: Option<&str>,
) -> u32 {
    let counts = |day: &Date| calendar.exclusion(*day, unit.days(), district).is_none() && !stands(pauses, *day);
    let days = from.series(Span::new().days(1)).take(HORIZON as usize).take_while(|day| *day <= until);
    days.filter(counts).count() as u32
}

/// Whether a pause stands at a day's end. At 24:00 the next day begins: what counts is the last moment of this one.
pub fn stands(pauses: &[Pause], day: Date) -> bool {
    if pauses.is_empty() {
        return false;
    }
    let end = end_of(day).plus_millis(-1);
    pauses.iter().any(|pause| pause.from <= end && pause.until.is_none_or(|until| end < until))
}

/// The last day of so many months. Where the first day is the one of the start, it is the day before the same one, unless that
/// month has no such day: then it is its last.
fn months_on(first: Date, months: u32, from: CountFrom) -> Option<Date> {
    let same = first.checked_add(Span::new().try_months(months).ok()?).ok()?;
    match from {
        CountFrom::SameDay if same.day() == first.day() => same.yesterday().ok(),
        _ => Some(same),
    }
}

/// The `n`th day after another that counts; with 0 that day itself.
fn nth(from: Date, n: u32, counts: impl Fn(Date) -> bool) -> Option<Date> {
    match n.checked_sub(1) {
        None => Some(from),
        Some(before) => after(from).filter(|day| counts(*day)).nth(before as usize),
    }
}

/// The days after another, as far as anybody looks. (A series with a span is several times as slow, and a change of the
/// rules walks these days for every open clock.)
fn after(day: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(day.tomorrow().ok(), |day| day.tomorrow().ok()).take(HORIZON as usize)
}
