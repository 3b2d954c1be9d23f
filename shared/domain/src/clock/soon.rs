//! "Due soon": the first rung of a clock, by a share of its limit or by days before its due day. Like the other rungs it
//! fires at 00:00, never before the clock has begun, and always before "due today".

use super::Clock;
use crate::{
    calendar::Calendar,
    civil::{Instant, end_of},
    limit::{Limit, Unit, due},
    rules::{DueSoon, Rules},
};
use jiff::{Span, civil::Date};

impl Clock {
    /// When it fires; none: the limit is too short for it, or the day that it is counted from is not known.
    pub(super) fn due_soon(
        &self,
        limit: Limit,
        start: Instant,
        rules: &Rules,
        district: Option<&str>,
    ) -> Option<Instant> {
        let before = match rules.ladder.due_soon {
            DueSoon::Share(hundredths) => self.before_share(limit, start, hundredths, &rules.calendar, district)?,
            DueSoon::DaysBefore(days) => self.before_days(start, days)?,
        };
        Some(end_of(before).max(start))
    }

    /// The last day on which more than a share of the days that count is left.
    fn before_share(
        &self,
        limit: Limit,
        start: Instant,
        hundredths: u8,
        calendar: &Calendar,
        district: Option<&str>,
    ) -> Option<Date> {
        let days = match limit.unit {
            Unit::Days | Unit::WorkingDays => limit.amount,
            Unit::Weeks => limit.amount.saturating_mul(7),
            // A month is lengthened by what it leaves out: about so many days that count.
            Unit::Months => limit.amount.saturating_mul(30),
            Unit::SameDay | Unit::Minutes => return None,
        };
        let left = (days * u32::from(hundredths)).div_ceil(100).max(2);
        if left >= days {
            return None;
        }
        if limit.unit == Unit::Months {
            // Counted back from the due day, which has to be known for it.
            let counts = |day: &Date| calendar.exclusion(*day, limit.unit.days(), district).is_none();
            let back = self.due?.day.series(Span::new().days(-1)).filter(counts);
            return back.take(left as usize).last()?.yesterday().ok();
        }
        let unit = if limit.unit == Unit::Weeks { Unit::Days } else { limit.unit };
        Some(due(Limit { amount: days - left, unit }, start, &self.pauses, calendar, district)?.day)
    }

    /// The day before the first of those days before the due day. People read the days off a calendar: none is left out.
    fn before_days(&self, start: Instant, days: u16) -> Option<Date> {
        let due = self.due?.day;
        let ahead = Span::new().days(i64::from(days) + 1);
        (due > start.day()).then(|| due.checked_sub(ahead).ok()).flatten()
    }
}
