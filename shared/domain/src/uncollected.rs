//! Certificates that nobody fetches: from when on they are listed, when the citizen is reminded, and why one goes back to
//! its department or on to another centre.

use crate::{
    civil::{Instant, end_of},
    words::words,
};
use jiff::{Span, civil::Date};

words! {
    /// Why a certificate goes back to its department.
    ReturnReason {
        /// Nobody came for it.
        NotFetched = "not_fetched",
        /// Whoever applied does not want it any more.
        Unwanted = "unwanted",
        /// Whoever applied cannot be found.
        NotFound = "not_found",
        /// Something else, which the note says.
        Other = "other",
    }
}

words! {
    /// Why a certificate goes on to another centre.
    RerouteReason {
        /// The centre has closed.
        CentreClosed = "centre_closed",
        /// Whoever applied wants to fetch it elsewhere.
        CitizenAsked = "citizen_asked",
        /// The application named the wrong centre.
        WrongCentre = "wrong_centre",
        /// Something else, which the note says.
        Other = "other",
    }
}

/// Characters of a note, at most.
pub const NOTE: usize = 200;

/// After how many days what happens to a certificate that lies at a centre. No notification names them: they are settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreTerms {
    /// Calendar days after which it is listed as uncollected.
    pub uncollected_days: u16,
    /// Calendar days after which an operator of the centre may return it.
    pub return_days: u16,
    /// When the citizen is reminded.
    pub reminders: Reminders,
}

impl Default for CentreTerms {
    fn default() -> Self {
        Self { uncollected_days: 15, return_days: 90, reminders: Reminders::default() }
    }
}

/// Calendar days in Asia/Kolkata from one moment to a day.
pub fn days_since(since: Instant, today: Date) -> i64 {
    i64::from(since.day().until(today).map_or(0, |span| span.get_days()))
}

/// What has lain so many calendar days on this day has lain there since before this moment.
pub fn lain(days: u16, today: Date) -> Instant {
    end_of(earlier(today, i64::from(days)))
}

fn earlier(day: Date, days: i64) -> Date {
    day.checked_sub(Span::new().days(days)).unwrap_or(Date::MIN)
}

/// When a citizen is reminded of a certificate that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminders(Vec<u16>);

/// Certificates of which one reminder is due: those that have waited since `from` and not since `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The how manieth reminder, from 1.
    pub n: u32,
    /// From this moment on.
    pub from: Instant,
    /// Before this one.
    pub until: Instant,
}

impl Default for Reminders {
    fn default() -> Self {
        Self(vec![3, 10, 20])
    }
}

impl Reminders {
    /// Nobody is sent a text before this hour of the day,
    const FROM: i8 = 10;
    /// or from this one on.
    const UNTIL: i8 = 19;
    /// A reminder may be so many days late. What is later is passed over, and so is what was due before there were reminders:
    /// nobody is told a second thing on the same day.
    const LATE: i64 = 2;
    /// Reminders of one certificate at one centre, at most.
    const MOST: usize = 10;

    /// Days after a certificate was ready, 0 for the day itself, each larger than the one before, none beyond a year; none at
    /// all: nobody is told.
    pub fn read(days: &[u16]) -> Option<Self> {
        let rising = days.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = days.len() <= Self::MOST && rising && days.iter().all(|day| *day <= 366);
        fits.then(|| Self(days.to_vec()))
    }

    /// The days.
    pub fn days(&self) -> &[u16] {
        &self.0
    }

    /// Which certificates are due for a reminder at this moment, by the day since which they wait; the last reminder first. At
    /// night nothing is.
    pub fn windows(&self, now: Instant) -> Vec<Window> {
        if !(Self::FROM..Self::UNTIL).contains(&now.civil().hour()) {
            return vec![];
        }
        let today = now.day();
        let window = |(place, days): (u32, &u16)| {
            let last = earlier(today, i64::from(*days));
            Window { n: place + 1, from: end_of(earlier(last, Self::LATE + 1)), until: end_of(last) }
        };
        let mut windows: Vec<Window> = (0..).zip(&self.0).map(window).collect();
        windows.reverse();
        windows
    }

    /// The reminder that is due of a certificate that waits since then, of which `sent` was the last (0: none).
    pub fn due(&self, since: Instant, now: Instant, sent: u32) -> Option<u32> {
        let windows = self.windows(now);
        let due = windows.iter().find(|window| (window.from..window.until).contains(&since))?;
        (due.n > sent).then_some(due.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("{text}:00+05:30")).expect("a time")
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let late = at("2026-08-01T23:59");
        for (today, days) in [("2026-08-01", 0), ("2026-08-02", 1), ("2026-08-16", 15), ("2027-08-01", 365)] {
            assert_eq!(days_since(late, day(today)), days, "{today}");
        }
        assert!(late < lain(15, day("2026-08-16")) && late >= lain(15, day("2026-08-15")));
        assert_eq!(lain(0, day("2026-08-01")), at("2026-08-02T00:00"));
    }

    #[test]
    fn a_reminder_is_due_by_day_on_its_day_and_two_days_after() {
        let (reminders, since) = (Reminders::default(), at("2026-08-01T17:00"));
        for (now, sent, due) in [
            ("2026-08-01T18:00", 0, None),
            ("2026-08-03T18:59", 0, None),
            ("2026-08-04T09:59", 0, None),
            ("2026-08-04T10:00", 0, Some(1)),
            ("2026-08-04T10:00", 1, None),
            ("2026-08-04T18:59", 0, Some(1)),
            ("2026-08-04T19:00", 0, None),
            ("2026-08-06T12:00", 0, Some(1)),
            ("2026-08-07T12:00", 0, None),
            ("2026-08-11T12:00", 1, Some(2)),
            // The first was missed: the second stands for it.
            ("2026-08-11T12:00", 0, Some(2)),
            ("2026-08-21T12:00", 2, Some(3)),
            ("2026-08-21T12:00", 3, None),
            ("2026-12-01T12:00", 0, None),
        ] {
            assert_eq!(reminders.due(since, at(now), sent), due, "{now}, after {sent}");
        }
    }

    #[test]
    fn of_days_that_lie_close_together_the_later_is_due() {
        let close = Reminders::read(&[1, 2]).expect("days");
        let since = at("2026-08-01T17:00");
        assert_eq!(close.due(since, at("2026-08-02T12:00"), 0), Some(1));
        assert_eq!(close.due(since, at("2026-08-03T12:00"), 1), Some(2));
        assert_eq!(close.due(since, at("2026-08-04T12:00"), 2), None, "none comes twice");
    }

    #[test]
    fn what_is_ready_is_told_on_its_day_or_the_next_morning() {
        let first = Reminders::read(&[0, 3]).expect("days");
        for (since, now, due) in [
            ("2026-08-01T11:00", "2026-08-01T11:00", Some(1)),
            ("2026-08-01T20:00", "2026-08-01T20:01", None),
            ("2026-08-01T20:00", "2026-08-02T10:00", Some(1)),
            ("2026-08-01T20:00", "2026-08-04T10:00", Some(2)),
        ] {
            assert_eq!(first.due(at(since), at(now), 0), due, "{since}, {now}");
        }
    }

    #[test]
    fn days_of_reminders_rise() {
        assert_eq!(Reminders::read(&[]).map(|it| it.windows(at("2026-08-04T12:00"))), Some(vec![]));
        for wrong in [&[3, 3][..], &[10, 3], &[367], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
            assert_eq!(Reminders::read(wrong), None, "{wrong:?}");
        }
    }
}
