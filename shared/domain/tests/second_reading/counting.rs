//! The days of a limit and the moments of the ladder, one after the other.

use super::{
    reader::Reader,
    reading::{Pause, Reading, begin_of, day_of, end_of, next},
};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use mohor_domain::{
    calendar::HolidayKind,
    civil::Instant,
    clock::{ClockKind, Outcome},
    ladder::Rung,
    limit::{Limit, Unit},
    practice::CountFrom,
    rules::DueSoon,
};

/// Days that nobody looks beyond.
const FAR: usize = 20_000;

impl Reader<'_> {
    /// Due day, rungs, and whether it was in time.
    pub fn measure(&self, reading: &mut Reading, limit: Limit, start: Instant) {
        let due = self.due(limit, start, &reading.pauses);
        reading.due = due.map(|day| (day, self.is_provisional(limit, start, day)));
        let stop = reading.stop.map(|(at, ..)| at);
        reading.in_time = stop.zip(due).is_none_or(|(stop, due)| stop < end_of(due));
        let ladder = &self.rules.ladder;
        let mut rungs = Vec::new();
        rungs.extend(self.due_soon(limit, start, &reading.pauses, due).map(|at| (Rung::DueSoon, at)));
        if let Some(due) = due {
            let breached = end_of(due);
            let days_after = |days: u16| begin_of(next(due).checked_add(i64::from(days).days()).expect("a day"));
            rungs.push((Rung::DueToday, begin_of(due).max(start)));
            rungs.push((Rung::Breached, breached));
            match reading.kind {
                ClockKind::Service | ClockKind::Stage => {
                    rungs.push((Rung::AppealOpen, days_after(ladder.appeal_after_days)));
                    rungs.push((Rung::ReviewingOfficer, days_after(ladder.review_after_days)));
                }
                // The Reviewing Officer is the next, and whoever waits for one officer does not wait for the other.
                ClockKind::Appeal => rungs.push((Rung::ReviewingOfficer, days_after(ladder.appeal_after_days))),
                _ => (),
            }
        }
        if let Some((stop, outcome, _)) = reading.stop {
            rungs.retain(|(_, at)| *at <= stop);
            let of_the_service = matches!(reading.kind, ClockKind::Service | ClockKind::Stage);
            let wanted = of_the_service && outcome == Outcome::Rejected && self.practice(start).appeal_on_rejection;
            // A right that was told at the breach is not told again.
            if wanted && !rungs.iter().any(|(rung, _)| *rung == Rung::AppealOpen) {
                rungs.push((Rung::AppealOpen, stop));
            }
            if due.is_some() && reading.in_time && !NOBODY_MET_IT.contains(&outcome) {
                rungs.push((Rung::Met, stop));
            }
        }
        rungs.sort();
        reading.rungs = rungs;
    }

    /// Sundays and List-I; of working days List-II and, unless the policy lets them work, Saturdays too.
    fn is_excluded(&self, day: Date, unit: Unit) -> bool {
        let working = unit == Unit::WorkingDays;
        if day.weekday() == Weekday::Sunday {
            return true;
        }
        if working && day.weekday() == Weekday::Saturday && !self.rules.calendar.policy.saturday_works {
            return true;
        }
        self.rules.calendar.on(day).iter().any(|holiday| {
            let here = holiday.district.is_none() || holiday.district == self.district;
            let list = holiday.kind == HolidayKind::NiAct || working && holiday.kind == HolidayKind::StateOrder;
            here && list && holiday.withdrawn_at.is_none()
        })
    }

    /// A day counts if it is not excluded and the clock runs just before its 24:00. No day that is asked about is before the first.
    fn counts(&self, day: Date, unit: Unit, pauses: &[Pause]) -> bool {
        let just_before = end_of(day).plus_millis(-1);
        let stands = |(from, until): &Pause| *from <= just_before && until.is_none_or(|until| just_before < until);
        !self.is_excluded(day, unit) && !pauses.iter().any(stands)
    }

    /// The `n`th day after another that counts; none while a pause that is open is in the way.
    fn nth(&self, n: u32, after: Date, unit: Unit, pauses: &[Pause]) -> Option<Date> {
        let open = pauses.iter().find(|(_, until)| until.is_none()).map(|(from, _)| *from);
        let (mut day, mut left) = (after, n);
        for _ in 0..FAR {
            if left == 0 {
                return Some(day);
            }
            day = next(day);
            if open.is_some_and(|from| from < end_of(day)) {
                return None;
            }
            left -= u32::from(self.counts(day, unit, pauses));
        }
        None
    }

    /// The day before the first of the limit: the day of the start, or where that is the first the one before it.
    fn before_first(&self, start: Instant) -> Date {
        match self.practice(start).count_from {
            CountFrom::NextDay => day_of(start),
            CountFrom::SameDay => day_of(start).checked_sub(1.days()).expect("a day"),
        }
    }

    /// The last day of so many months from the first day on, as people read them off a calendar: from the 15th to the 14th, from
    /// the 1st to the last, and where the month is too short to its last.
    fn months_end(&self, start: Instant, months: u32) -> Date {
        let begun = day_of(start);
        let (mut year, mut month) =
            (i32::from(begun.year()), i32::from(begun.month()) + i32::try_from(months).expect("months"));
        while month > 12 {
            (year, month) = (year + 1, month - 12);
        }
        let date =
            |day: i8| Date::new(i16::try_from(year).expect("a year"), i8::try_from(month).expect("a month"), day).ok();
        let last = || (28..=31).rev().find_map(date).expect("a month has a last day");
        match (date(begun.day()), self.practice(start).count_from) {
            (None, _) => last(),
            (Some(same), CountFrom::NextDay) => same,
            (Some(same), CountFrom::SameDay) => same.checked_sub(1.days()).expect("a day"),
        }
    }

    /// The last day in time.
    fn due(&self, limit: Limit, start: Instant, pauses: &[Pause]) -> Option<Date> {
        let first = self.before_first(start);
        match limit.unit {
            Unit::Days | Unit::WorkingDays => self.nth(limit.amount, first, limit.unit, pauses),
            Unit::Weeks => self.nth(limit.amount * 7, first, limit.unit, pauses),
            Unit::SameDay => Some(day_of(start)),
            Unit::Months => {
                let same_day = self.months_end(start, limit.amount);
                let (mut day, mut added) = (first, 0);
                while day < same_day {
                    day = next(day);
                    added += u32::from(!self.counts(day, limit.unit, pauses));
                }
                self.nth(added, same_day, limit.unit, pauses)
            }
            Unit::Minutes => None,
        }
    }

    /// A year that it goes through has a list that nobody has seen whole.
    fn is_provisional(&self, limit: Limit, start: Instant, due: Date) -> bool {
        let is_settled = |year: i16| self.rules.calendar.settled().any(|settled| settled == year);
        // A limit of the same day rests on no list.
        limit.unit != Unit::SameDay && (day_of(start).year()..=due.year()).any(|year| !is_settled(year))
    }

    /// The first rung.
    fn due_soon(&self, limit: Limit, start: Instant, pauses: &[Pause], due: Option<Date>) -> Option<Instant> {
        let first = self.before_first(start);
        match self.rules.ladder.due_soon {
            DueSoon::DaysBefore(days) => {
                let due = due.filter(|due| *due > day_of(start))?;
                let day = due.checked_sub(i64::from(days).days()).expect("a day");
                Some(begin_of(day).max(start))
            }
            DueSoon::Share(hundredths) => {
                let all = match limit.unit {
                    Unit::Days | Unit::WorkingDays => limit.amount,
                    Unit::Weeks => limit.amount * 7,
                    Unit::Months => {
                        let same_day = self.months_end(start, limit.amount);
                        u32::try_from(first.until(same_day).expect("days").get_days()).expect("days")
                    }
                    Unit::SameDay | Unit::Minutes => 0,
                };
                let left = (all * u32::from(hundredths)).div_ceil(100).max(2);
                let before = all.checked_sub(left).filter(|days| *days > 0)?;
                self.nth(before, first, limit.unit, pauses).map(|day| end_of(day).max(start))
            }
        }
    }
}

/// Outcomes by which nothing came in time: it was not wanted any more, or its place was taken, or nobody came for it.
const NOBODY_MET_IT: [Outcome; 3] = [Outcome::Withdrawn, Outcome::Superseded, Outcome::Returned];
