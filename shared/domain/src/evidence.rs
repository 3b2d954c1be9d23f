//! The evidence for one clock: each day from its start, whether it counted and why not, and what that comes to.
//!
//! It is made from what the due day itself is made from (limit, start, pauses, calendar), by the same rule
//! ([`crate::limit`]): the days that count up to the due day are exactly the limit.

mod sheet;

pub use sheet::{MEANINGS, Spoken, Told, shares, sheet};

use crate::{
    calendar::{Calendar, Days, Holiday, HolidayKind},
    civil::Instant,
    clock::Clock,
    limit::{Due, Limit, Pause, Unit, budget, due, stands},
    practice::CountFrom,
};
use jiff::{
    Span,
    civil::{Date, Weekday},
};

/// What a day was to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The clock began on it: it does not count.
    Start,
    /// It counts.
    Counts,
    /// The calendar leaves it out.
    Excluded,
    /// The clock stood at its end.
    Paused,
    /// The limit was used up before it.
    Late,
}

/// Days in a row that were the same to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first of them.
    pub from: Date,
    /// The last of them.
    pub until: Date,
    /// What they were.
    pub what: What,
    /// How many days have counted when it ends.
    pub counted: u32,
}

impl Stretch {
    /// How many days it has.
    pub fn days(&self) -> u32 {
        days_between(self.from, self.until) + 1
    }
}

/// A day that the calendar leaves out, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded<'c> {
    /// The day.
    pub day: Date,
    /// Why. On one day there may be more reasons than one.
    pub why: Vec<Why<'c>>,
    /// The clock stood at its end: it would not have counted in any case.
    pub paused: bool,
}

/// Why a day is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'c> {
    /// A Sunday is a public holiday.
    Sunday,
    /// A Saturday is no working day, by the policy.
    Saturday,
    /// A day of a list.
    Listed(&'c Holiday),
}

/// The evidence for a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence<'c> {
    /// The limit.
    pub limit: Limit,
    /// The days that count which make it up.
    pub budget: u32,
    /// When the clock began.
    pub start: Instant,
    /// Which day of the limit is the first.
    pub count_from: CountFrom,
    /// The day on which the limit is used up, as it is computed here; none while a pause stands open.
    pub due: Option<Due>,
    /// The same as if no pause had stood.
    pub without_pauses: Option<Due>,
    /// Up to this day the sheet goes: the day on which the clock stopped, or the day of the sheet; the due day, if later.
    pub until: Date,
    /// Every day from the start to the end, in stretches.
    pub stretches: Vec<Stretch>,
    /// Each day that was left out, up to the due day.
    pub excluded: Vec<Excluded<'c>>,
    /// Days of the lists in the same time that did not exclude: taken back, of another district, or of List-II where the
    /// limit is not in working days.
    pub not_excluded: Vec<&'c Holiday>,
    /// Days that would have counted, had no pause stood.
    pub lost_to_pauses: u32,
    /// By how many civil days it is late: none of what was in time.
    pub late_by: u32,
    /// How many of them would have counted.
    pub late_counted: u32,
}

/// No sheet goes on for longer.
const MOST_DAYS: i32 = 40 * 366;

/// The evidence for a clock as it stands at `now`; none of a clock without a limit in days, or one that has not started.
pub fn evidence<'c>(
    clock: &Clock,
    count_from: CountFrom,
    calendar: &'c Calendar,
    district: Option<&str>,
    now: Instant,
) -> Option<Evidence<'c>> {
    let (limit, start) = (clock.limit.filter(|limit| limit.unit != Unit::Minutes)?, clock.started_at?);
    let due_now = due(limit, start, count_from, &clock.pauses, calendar, district);
    let first = start.day();
    let ended = clock.stopped_at.unwrap_or(now).day().max(first);
    let until = due_now.map_or(ended, |due| due.day.max(ended));
    let mut sheet = Evidence {
        limit,
        budget: budget(limit, first, count_from)?,
        start,
        count_from,
        due: due_now,
        without_pauses: due(limit, start, count_from, &[], calendar, district),
        until,
        stretches: vec![],
        excluded: vec![],
        not_excluded: vec![],
        lost_to_pauses: 0,
        late_by: due_now.map_or(0, |due| days_between(due.day, ended)),
        late_counted: 0,
    };
    let mut counted = 0;
    for day in first.series(Span::new().days(1)).take(MOST_DAYS as usize).take_while(|day| *day <= until) {
        let what = sheet.look(day, &clock.pauses, calendar, district);
        counted += u32::from(what == What::Counts);
        match sheet.stretches.last_mut() {
            Some(last) if last.what == what => (last.until, last.counted) = (day, counted),
            _ => sheet.stretches.push(Stretch { from: day, until: day, what, counted }),
        }
    }
    Some(sheet)
}

impl<'c> Evidence<'c> {
    /// What a day was; names it if it was left out.
    fn look(&mut self, day: Date, pauses: &[Pause], calendar: &'c Calendar, district: Option<&str>) -> What {
        let days = self.limit.unit.days();
        let left_out = calendar.exclusion(day, days, district).is_some();
        let stood = stands(pauses, day);
        if self.due.is_some_and(|due| day > due.day) {
            self.late_counted += u32::from(!left_out && !stood);
            return What::Late;
        }
        if day == self.start.day() && self.count_from == CountFrom::NextDay {
            return What::Start;
        }
        let (hold, others): (Vec<_>, Vec<_>) =
            calendar.on(day).iter().partition(|holiday| holiday.holds(days, district));
        if left_out {
            self.excluded.push(Excluded { day, why: why(day, days, hold, calendar), paused: stood });
        }
        self.not_excluded.extend(others.into_iter().filter(|holiday| holiday.kind != HolidayKind::FallsOnSunday));
        self.lost_to_pauses += u32::from(stood && !left_out);
        match (stood, left_out) {
            (true, _) => What::Paused,
            (false, true) => What::Excluded,
            (false, false) => What::Counts,
        }
    }
}

fn why<'c>(day: Date, days: Days, hold: Vec<&'c Holiday>, calendar: &'c Calendar) -> Vec<Why<'c>> {
    let mut why = Vec::new();
    if day.weekday() == Weekday::Sunday {
        why.push(Why::Sunday);
        // What falls on a Sunday is named with it, though the Sunday alone excludes.
        let named = calendar.on(day).iter().filter(|it| it.kind == HolidayKind::FallsOnSunday);
        why.extend(named.filter(|it| it.withdrawn_at.is_none()).map(Why::Listed));
    }
    why.extend(hold.into_iter().map(Why::Listed));
    let saturday = days == Days::Working && !calendar.policy.saturday_works && day.weekday() == Weekday::Saturday;
    if saturday {
        why.push(Why::Saturday);
    }
    why
}

/// Civil days from one to a later one; zero to an earlier.
fn days_between(from: Date, until: Date) -> u32 {
    let hours = until.duration_since(from).as_hours();
    u32::try_from(hours / 24).unwrap_or_default()
}
