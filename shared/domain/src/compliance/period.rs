//! The days that a report is about.

use crate::civil::{Instant, end_of, parse_date};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Civil days of Asia/Kolkata, the first and the last included. In JSON `{"from": "2026-04-01", "until": "2026-06-30"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Period {
    from: Date,
    until: Date,
}

#[derive(Serialize, Deserialize)]
struct Written {
    from: String,
    until: String,
}

impl Period {
    /// A report is about two years, at most.
    pub const MOST_DAYS: i64 = 731;

    /// From one day to another. The error says what is wrong with them.
    pub fn new(from: Date, until: Date) -> Result<Self, &'static str> {
        let days = until.duration_since(from).as_hours() / 24 + 1;
        match days {
            ..1 => Err("a period ends on the day on which it begins, or later"),
            1..=Self::MOST_DAYS => Ok(Self { from, until }),
            _ => Err("a period is two years long, at most"),
        }
    }

    /// Reads two days, `2026-04-01` and `2026-06-30`.
    pub fn parse(from: &str, until: &str) -> Result<Self, &'static str> {
        let day = |text: &str| parse_date(text).ok_or("a day is written as 2026-04-01, and exists");
        Self::new(day(from)?, day(until)?)
    }

    /// The month that a day lies in.
    pub fn month(day: Date) -> Self {
        Self { from: day.first_of_month(), until: day.last_of_month() }
    }

    /// The quarter that a day lies in: from January, April, July or October on.
    pub fn quarter(day: Date) -> Self {
        let first = (day.month() - 1) / 3 * 3 + 1;
        let on = |month: i8| Date::new(day.year(), month, 1).unwrap_or(day);
        Self { from: on(first), until: on(first + 2).last_of_month() }
    }

    /// The first day.
    pub fn from(self) -> Date {
        self.from
    }

    /// The last day.
    pub fn until(self) -> Date {
        self.until
    }

    /// 00:00 of the first day.
    pub fn begins(self) -> Instant {
        self.from.yesterday().map_or(Instant::from_millis(i64::MIN), end_of)
    }

    /// 00:00 of the day after the last.
    pub fn ends(self) -> Instant {
        end_of(self.until)
    }
}

impl From<Period> for Written {
    fn from(period: Period) -> Self {
        Self { from: period.from.to_string(), until: period.until.to_string() }
    }
}

impl TryFrom<Written> for Period {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::parse(&written.from, &written.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_its_two_days_and_is_not_too_long() {
        for (from, until, wanted) in [
            ("2026-04-01", "2026-04-01", true),
            ("2026-04-02", "2026-04-01", false),
            ("2024-01-01", "2025-12-31", true),
            ("2024-01-01", "2026-01-01", false),
            ("2026-02-30", "2026-04-01", false),
            ("yesterday", "today", false),
        ] {
            assert_eq!(Period::parse(from, until).is_ok(), wanted, "{from} {until}");
        }
        let month = Period::month(parse_date("2024-02-10").expect("a day"));
        assert_eq!((month.from().to_string(), month.until().to_string()), ("2024-02-01".into(), "2024-02-29".into()));
        let quarter = Period::quarter(parse_date("2026-12-31").expect("a day"));
        assert_eq!(serde_json::to_string(&quarter).expect("JSON"), r#"{"from":"2026-10-01","until":"2026-12-31"}"#);
        assert!(serde_json::from_str::<Period>(r#"{"from":"2026-10-01","until":"2026-09-30"}"#).is_err());
        assert_eq!(quarter.begins(), Instant::parse("2026-10-01T00:00:00+05:30").expect("a time"));
        assert_eq!(quarter.ends(), Instant::parse("2027-01-01T00:00:00+05:30").expect("a time"));
    }
}
