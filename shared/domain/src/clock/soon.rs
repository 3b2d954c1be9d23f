//! "Due soon": the first rung of a clock, by a share of its limit or by days before its due day. Like the other rungs it
//! fires at 00:00, never before the clock has begun, and always before "due today".

use super::Clock;
use crate::{
    civil::{Instant, end_of},
    limit::{Limit, Unit, budget, due},
    practice::CountFrom,
    rules::{DueSoon, Rules},
};
use jiff::{Span, civil::Date};

impl Clock {
    /// When it fires; none: the limit is too short for it, or the day that it is counted from is not known.
    pub(super) fn due_soon(
        &self,
        limit: Limit,
        start: Instant,
        from: CountFrom,
        rules: &Rules,
        district: Option<&str>,
    ) -> Option<Instant> {
        let before = match rules.ladder.due_soon {
            DueSoon::Share(hundredths) => {
                let (limit, left) = share(limit, start, from, hundredths)?;
                due(Limit { amount: left, ..limit }, start, from, &self.pauses, &rules.calendar, district)?.day
            }
            DueSoon::DaysBefore(days) => self.before_days(start, days)?,
        };
        Some(end_of(before).max(start))
    }

    /// The day before the first of those days before the due day. People read the days off a calendar: none is left out.
    fn before_days(&self, start: Instant, days: u16) -> Option<Date> {
        let due = self.due?.day;
        let ahead = Span::new().days(i64::from(days) + 1);
        (due > start.day()).then(|| due.checked_sub(ahead).ok()).flatten()
    }
}

/// A limit in days that count, and how many of them are gone on the last day on which more than a share is left.
fn share(limit: Limit, start: Instant, from: CountFrom, hundredths: u8) -> Option<(Limit, u32)> {
    // A month is lengthened by what it leaves out: as many days count as it has.
    let unit = match limit.unit {
        Unit::Days | Unit::Weeks | Unit::Months => Unit::Days,
        Unit::WorkingDays => Unit::WorkingDays,
        Unit::SameDay | Unit::Minutes => return None,
    };
    let days = budget(limit, start.day(), from)?;
    let left = (days.saturating_mul(u32::from(hundredths))).div_ceil(100).max(2);
    (left < days).then(|| (Limit { amount: days, unit }, days - left))
}
