//! Days of a service against each other and against the approval: rules that are data of its folder.

use super::Service;
use jiff::civil::Date;
use mohor_domain::{
    civil::{self, Instant},
    refusal::{Code, Refusal},
};
use serde::Deserialize;
use serde_json::Value;

/// The approval's own time, which is the present of everything that it says; never the clock of a machine.
const APPROVED: &str = "/approved_at";
/// Times of the approval itself, beside which a service's days may stand in a rule.
pub(super) const TIMES: [&str; 2] = [APPROVED, "/submitted_at"];

/// A day that does not lie after another one; both may be one day. Where one of them is the number of a year, years are
/// compared. What is not there contradicts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayOrder {
    /// JSON Pointer into the approval's data.
    pub earlier: String,
    /// JSON Pointer into the approval's data.
    pub later: String,
}

#[derive(Clone, Copy)]
enum Moment {
    Day(Date),
    Year(i64),
}

impl Moment {
    /// A day, the day of a time in Asia/Kolkata, or the number of a year.
    fn at(data: &Value, pointer: &str) -> Option<Self> {
        let time = |text: &str| Instant::parse(text).map(Instant::day);
        match data.pointer(pointer)? {
            Value::String(text) => civil::parse_date(text).or_else(|| time(text)).map(Self::Day),
            Value::Number(number) => number.as_i64().map(Self::Year),
            _ => None,
        }
    }

    fn year(self) -> i64 {
        match self {
            Self::Day(day) => day.year().into(),
            Self::Year(year) => year,
        }
    }

    fn before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Day(day), Self::Day(other)) => day < other,
            _ => self.year() < other.year(),
        }
    }
}

impl DayOrder {
    /// What is wrong with an approval's data by this rule. A day after the approval had not come when it was approved.
    pub(super) fn broken_by(&self, data: &Value) -> Option<Refusal> {
        let (earlier, later) = (Moment::at(data, &self.earlier)?, Moment::at(data, &self.later)?);
        if !later.before(earlier) {
            return None;
        }
        Some(match self.later == APPROVED {
            true => Refusal::new(Code::DateFuture, format!("/data{}", self.earlier))
                .detail("it lies after /data/approved_at"),
            false => Refusal::new(Code::DateOrder, format!("/data{}", self.later))
                .detail(format!("it lies before /data{}", self.earlier)),
        })
    }
}

impl Service {
    /// The first contradiction among the days of an approval's `data`, in the order of the codes.
    pub fn misordered(&self, data: &Value) -> Option<Refusal> {
        self.order.iter().filter_map(|order| order.broken_by(data)).min_by_key(|refusal| refusal.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn broken(earlier: &str, later: &str, data: Value) -> Option<(Code, String)> {
        let order = DayOrder { earlier: earlier.into(), later: later.into() };
        order.broken_by(&data).map(|refusal| (refusal.code, refusal.pointer))
    }

    #[test]
    fn a_day_after_the_approval_has_not_come_and_two_days_follow_each_other() {
        let data = |born: &str, entered: &str| json!({"approved_at": "2026-09-13T04:24:00+05:30", "certificate": {"born": born, "entered": entered}});
        let (born, entered) = ("/certificate/born", "/certificate/entered");
        assert_eq!(broken(born, APPROVED, data("2026-09-13", "x")), None, "the same day");
        let future = Some((Code::DateFuture, "/data/certificate/born".into()));
        assert_eq!(broken(born, APPROVED, data("2026-09-14", "x")), future);
        assert_eq!(broken(born, entered, data("2026-09-13", "2026-09-13")), None);
        let order = Some((Code::DateOrder, "/data/certificate/entered".into()));
        assert_eq!(broken(born, entered, data("2026-09-13", "2026-09-12")), order);
        assert_eq!(broken(APPROVED, entered, data("2026-09-13", "2026-09-12")), order);
        assert_eq!(broken(born, "/certificate/nothing", data("2026-09-13", "x")), None, "what is not there");
    }

    #[test]
    fn the_day_of_an_approval_is_that_of_asia_kolkata() {
        let data = json!({"approved_at": "2026-09-13T20:00:00Z", "certificate": {"born": "2026-09-14"}});
        assert_eq!(broken("/certificate/born", APPROVED, data), None);
    }

    #[test]
    fn the_number_of_a_year_is_compared_with_years() {
        let data = |since: i64| json!({"approved_at": "2026-09-13T04:24:00+05:30", "certificate": {"since": since}});
        assert_eq!(broken("/certificate/since", APPROVED, data(2026)), None);
        let future = Some((Code::DateFuture, "/data/certificate/since".into()));
        assert_eq!(broken("/certificate/since", APPROVED, data(2027)), future);
    }
}
