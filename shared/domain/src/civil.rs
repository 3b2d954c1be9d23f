//! Time as the law counts it: instants in UTC, civil days in Asia/Kolkata.

use jiff::{
    SignedDuration,
    civil::{Date, DateTime},
    fmt::temporal::Pieces,
};
use serde::{Deserialize, Serialize};

/// An instant to the millisecond, UTC. In JSON an RFC 3339 text with the offset of Asia/Kolkata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// From milliseconds since 1970.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The same instant without its milliseconds.
    pub fn whole_second(self) -> Self {
        Self(self.seconds() * 1000)
    }

    /// Later (or earlier) by so many milliseconds.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Reads RFC 3339 with an offset, to the last second of the year 9999 whatever the offset is.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        let offset = i64::from(pieces.to_numeric_offset()?.seconds()) * 1000;
        Some(Self(since_1970(pieces.date().to_datetime(pieces.time()?)) - offset))
    }

    /// The civil day in Asia/Kolkata.
    pub fn day(self) -> Date {
        self.civil().date()
    }

    /// Date and time of day in Asia/Kolkata; after the year 9999 its last moment.
    pub fn civil(self) -> DateTime {
        EPOCH.saturating_add(SignedDuration::from_millis(self.0.saturating_add(KOLKATA)))
    }

    /// RFC 3339 with the offset +05:30.
    pub fn rfc3339(self) -> String {
        let civil = self.civil().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        match self.0.rem_euclid(1000) {
            0 => format!("{civil}+05:30"),
            millis => format!("{civil}.{millis:03}+05:30"),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no RFC 3339 time with an offset")))
    }
}

/// The first moment of the year of the West Bengal Right to Public Services Act, 2013: no act that a clock depends on is older.
/// An unset date of a department's program (year 1, 1970) is.
pub const YEAR_OF_THE_ACT: Instant = Instant(1_356_978_600_000);

/// Milliseconds that Asia/Kolkata is ahead. Indian Standard Time has had one offset, without summer time, since 1945: no time
/// zone database is needed.
const KOLKATA: i64 = 19_800_000;
const DAY: i64 = 24 * 60 * 60 * 1000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Milliseconds on a calendar and a clock that know no offset.
fn since_1970(at: DateTime) -> i64 {
    let millis = at.duration_since(EPOCH).as_millis();
    i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX })
}

/// The first instant after a civil day: a certificate valid until that day (inclusive) expires then.
pub fn end_of(day: Date) -> Instant {
    // Counted, and not asked of the calendar: the last day of the year 9999 has a next midnight too.
    Instant(since_1970(day.at(0, 0, 0, 0)) - KOLKATA + DAY)
}

/// Reads a civil date, `2026-07-28`, refusing days that do not exist.
pub fn parse_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// A date as people write it: `28 July 2026`.
pub fn date_en(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    format!("{} {} {}", day.day(), MONTHS[day.month() as usize - 1], day.year())
}

/// A date in Bengali words and digits: `২৮ জুলাই ২০২৬`.
pub fn date_bn(day: Date) -> String {
    const MONTHS: [&str; 12] =
        ["জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"];
    format!(
        "{} {} {}",
        digits_bn(&day.day().to_string()),
        MONTHS[day.month() as usize - 1],
        digits_bn(&day.year().to_string())
    )
}

/// The same text with Bengali digits.
pub fn digits_bn(text: &str) -> String {
    text.chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) if c.is_ascii() => char::from_u32('০' as u32 + digit).unwrap_or(c),
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_civil_day_is_that_of_kolkata() {
        let late = Instant::parse("2026-07-27T19:00:00Z").expect("time");
        assert_eq!(late.day().to_string(), "2026-07-28");
        assert_eq!(late.rfc3339(), "2026-07-28T00:30:00+05:30");
        assert_eq!(end_of(late.day()), Instant::parse("2026-07-29T00:00:00+05:30").expect("time"));
        assert!(Instant::parse("2026-07-27T19:00:00").is_none(), "an offset is required");
    }

    #[test]
    fn the_last_day_of_the_calendar_ends_at_the_next_midnight() {
        let end = end_of(parse_date("9999-12-31").expect("date"));
        assert_eq!(end.seconds(), 253_402_300_800 - 19_800, "10000-01-01T00:00:00+05:30");
        assert_eq!(end, end_of(parse_date("9999-12-30").expect("date")).plus_millis(DAY));
        assert_eq!(end.plus_millis(-1).day().to_string(), "9999-12-31");
        assert_eq!(end.rfc3339(), "9999-12-31T23:59:59+05:30", "a text has four digits for the year");
        assert_eq!(Instant::parse(&end.rfc3339()).map(Instant::day), Some(end.day()));
        assert_eq!(Instant::from_millis(i64::MAX).rfc3339().len(), "9999-12-31T23:59:59.999+05:30".len());
    }

    #[test]
    fn every_time_of_four_digits_of_years_is_read() {
        for (text, millis) in [
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
            ("9999-12-31T23:59:59.999999999-23:59", 253_402_300_799_999 + 86_340_000),
            ("0000-01-01T00:00:00+23:59", -62_167_219_200_000 - 86_340_000),
            ("1970-01-01T00:00:00-00:00", 0),
            ("1969-12-31T23:59:59.250Z", -750),
        ] {
            assert_eq!(Instant::parse(text).map(Instant::millis), Some(millis), "{text}");
        }
        assert!(Instant::parse("2026-02-30T00:00:00Z").is_none() && Instant::parse("2026-02-03Z").is_none());
    }

    #[test]
    fn the_act_is_of_2013() {
        assert_eq!(YEAR_OF_THE_ACT.rfc3339(), "2013-01-01T00:00:00+05:30");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(parse_date("2026-02-30").is_none());
        assert!(parse_date("2026-2-3").is_none());
        assert!(parse_date("2024-02-29").is_some());
    }

    #[test]
    fn dates_are_written_for_people() {
        let day = parse_date("2026-07-28").expect("date");
        assert_eq!(date_en(day), "28 July 2026");
        assert_eq!(date_bn(day), "২৮ জুলাই ২০২৬");
    }
}
