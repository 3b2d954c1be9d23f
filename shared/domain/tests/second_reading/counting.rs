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

    /// A day counts if it is not excluded and the clock runs just before its 24:00. Every day that is asked about is after the
    /// day of the start.
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

    /// The last day in time.
    fn due(&self, limit: Limit, start: Instant, pauses: &[Pause]) -> Option<Date> {
        let first = day_of(start);
        match limit.unit {
            Unit::Days | Unit::WorkingDays => self.nth(limit.amount, first, limit.unit, pauses),
            Unit::Weeks => self.nth(limit.amount * 7, first, limit.unit, pauses),
            Unit::SameDay => Some(first),
            Unit::Months => {
                let same_day = first.checked_add(i64::from(limit.amount).months()).expect("a day");
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
        let first = day_of(start);
        match self.rules.ladder.due_soon {
            DueSoon::DaysBefore(days) => {
                let due = due.filter(|due| *due > first)?;
                let day = due.checked_sub(i64::from(days).days()).expect("a day");
                Some(begin_of(day).max(start))
            }
            DueSoon::Share(hundredths) => {
                let all = match limit.unit {
                    Unit::Days | Unit::WorkingDays => limit.amount,
                    Unit::Weeks => limit.amount * 7,
                    Unit::Months => {
                        let same_day = first.checked_add(i64::from(limit.amount).months()).expect("a day");
                        u32::try_from(first.until(same_day).expect("days").get_days()).expect("days")
                    }
                    Unit::SameDay | Unit::Minutes => 0,
                };
                let left = (all * u32::from(hundredths)).div_ceil(100).max(2);
                let before = all.checked_sub(left).filter(|days| *days > 0)?;
                self.nth(before, first, limit.unit, pauses).map(end_of)
            }
        }
    }
}

/// Outcomes by which nothing came in time: it was not wanted any more, or its place was taken, or nobody came for it.
const NOBODY_MET_IT: [Outcome; 3] = [Outcome::Withdrawn, Outcome::Superseded, Outcome::Returned];
