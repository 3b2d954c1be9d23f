//! Due dates worked out by hand, each with its reasoning, and a slow reference that is obviously right.

use crate::at;
use jiff::civil::Date;
use mohor_domain::{
    calendar::{Calendar, Days, Holiday, HolidayKind},
    civil::{Instant, end_of, parse_date},
    limit::{Limit, Pause, Unit, due},
    practice::CountFrom,
};
use proptest::prelude::*;

/// The bundled lists. For these cases the years 2025 and 2026 are taken as settled.
fn calendar() -> Calendar {
    let bytes = include_bytes!("../../../schemas/catalogue/holidays.csv");
    let mut calendar = Calendar::read(bytes).expect("the bundled lists");
    [2025, 2026].into_iter().for_each(|year| calendar.settle(year));
    calendar
}

/// Start, amount, unit, pauses, due day, and why.
type Case = (&'static str, u32, &'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

#[rustfmt::skip]
const CASES: [Case; 69] = [
    ("2026-10-08T11:00", 7, "days", &[], "2026-10-17",
     "Fri 9 (1); Sat 10 Mahalaya and Sun 11 out; Mon 12 to Sat 17 (2-7): List-II days of the Puja count"),
    ("2026-10-14T11:00", 4, "days", &[], "2026-10-22",
     "Thu 15, Fri 16, Sat 17 are List-II and count (1-3); Sun 18 and three List-I days out; Thu 22 (4)"),
    ("2026-10-14T11:00", 4, "working_days", &[], "2026-10-30",
     "Thu 15 to Mon 26 are closed by a list, or Saturday, or Sunday; Tue 27 to Fri 30 (1-4)"),
    ("2026-10-18T11:00", 1, "days", &[], "2026-10-22", "begun on a Sunday: Mon to Wed are List-I, Thu 22 (1)"),
    ("2026-12-24T23:59", 2, "days", &[], "2026-12-28", "still the 24th: Christmas out, Sat 26 (1), Sun out, Mon 28 (2)"),
    ("2026-12-25T00:01", 2, "days", &[], "2026-12-28", "the 25th, which never counts: Sat 26 (1), Mon 28 (2)"),
    ("2026-12-23T23:59", 1, "days", &[], "2026-12-24", "the 23rd; Thu 24 (1)"),
    ("2026-12-24T00:01", 1, "days", &[], "2026-12-26", "two minutes later the 24th; Christmas out; Sat 26 (1)"),
    ("2026-12-30T10:00", 5, "days", &[], "2027-01-05",
     "Thu 31 (1); of 2027 no list is known: Fri 1, Sat 2 (2, 3); Sun out; Mon 4, Tue 5 (4, 5)"),
    ("2026-01-31T10:00", 1, "months", &[], "2026-03-06",
     "28 February; 4 Sundays lost; Mon 2 March (1), Doljatra out, Wed 4 to Fri 6 (2-4)"),
    ("2026-03-31T10:00", 1, "months", &[], "2026-05-11",
     "30 April; 4 Sundays and List-I of 3, 14, 15 April lost: 7; May Day out, Sat 2 (1), Mon 4 to Fri 8 (2-6), Sat 9 List-I out, Mon 11 (7)"),
    ("2028-01-31T10:00", 1, "months", &[], "2028-03-04", "29 February of a leap year; 4 Sundays lost; Wed 1 to Sat 4 March (1-4)"),
    ("2028-02-28T10:00", 2, "days", &[], "2028-03-01", "Tue 29 February (1), Wed 1 March (2)"),
    ("2026-03-03T10:00", 0, "same_day", &[], "2026-03-03", "the day itself, be it Doljatra"),
    ("2026-03-02T10:00", 1, "weeks", &[], "2026-03-11",
     "seven days: Tue 3 out, Wed 4 to Sat 7 (1-4), Sun out, Mon 9 to Wed 11 (5-7)"),
    ("2026-10-14T10:00", 3, "days", &[("2026-10-15T10:00", "2026-10-27T11:00")], "2026-10-29",
     "paused at the end of each day from 15 to 26; 27, 28, 29 (1-3)"),
    ("2026-10-27T10:00", 2, "days", &[("2026-10-28T10:00", "2026-10-28T17:00")], "2026-10-29",
     "a pause that ends before midnight costs nothing"),
    ("2026-10-27T10:00", 2, "days", &[("2026-10-28T17:00", "2026-10-29T00:00")], "2026-10-30",
     "it runs again from 00:00 of the 29th: the 28th ended paused"),
    ("2026-10-27T10:00", 2, "days",
     &[("2026-10-28T10:00", "2026-10-29T10:00"), ("2026-10-30T10:00", "2026-10-31T10:00")], "2026-10-31",
     "28 and 30 ended paused; Thu 29 (1), Sat 31 (2)"),
    ("2026-10-27T10:00", 1, "working_days", &[], "2026-10-28", "Wed 28 (1)"),
    ("2026-10-30T10:00", 1, "working_days", &[], "2026-11-02", "Sat 31 and Sun 1 out; Mon 2 (1)"),
    ("2026-10-30T10:00", 1, "days", &[], "2026-10-31", "of days a Saturday counts"),
    ("2026-01-22T11:00", 1, "days", &[], "2026-01-24", "Fri 23 List-I; Sat 24 (1)"),
    ("2026-01-22T11:00", 2, "days", &[], "2026-01-27", "Sat 24 (1); Sun 25 and Republic Day out; Tue 27 (2)"),
    ("2026-01-21T11:00", 1, "working_days", &[], "2026-01-27", "Thu 22 List-II, Fri 23 List-I, Sat, Sun, Mon 26 List-I; Tue 27 (1)"),
    ("2026-01-21T11:00", 1, "days", &[], "2026-01-22", "a day of List-II counts: Thu 22 (1)"),
    ("2026-02-03T11:00", 1, "working_days", &[], "2026-02-05", "Wed 4 List-II; Thu 5 (1)"),
    ("2026-02-13T11:00", 1, "days", &[], "2026-02-14", "Sat 14 is List-II and counts (1)"),
    ("2026-02-13T11:00", 1, "working_days", &[], "2026-02-16", "Sat 14, Sun 15 out; Mon 16 (1)"),
    ("2026-03-02T11:00", 2, "working_days", &[], "2026-03-06", "Doljatra and the day after out; Thu 5, Fri 6 (1, 2)"),
    ("2026-03-19T11:00", 2, "days", &[], "2026-03-23", "Fri 20 is List-II and counts (1); Sat 21 Eid, Sun 22 out; Mon 23 (2)"),
    ("2026-03-19T11:00", 2, "working_days", &[], "2026-03-24", "Fri 20 to Sun 22 out; Mon 23, Tue 24 (1, 2)"),
    ("2026-03-25T11:00", 5, "days", &[], "2026-04-02",
     "Thu 26 out; Fri 27, Sat 28 (1, 2); Sun out; Mon 30 (3); Tue 31 out; Wed 1, Thu 2 April (4, 5)"),
    ("2026-04-02T11:00", 1, "days", &[], "2026-04-04", "Good Friday out; Sat 4 (1)"),
    ("2026-04-02T11:00", 1, "working_days", &[], "2026-04-06", "Good Friday, Sat, Sun out; Mon 6 (1)"),
    ("2026-04-13T11:00", 2, "days", &[], "2026-04-17", "14 and 15 April List-I; Thu 16, Fri 17 (1, 2)"),
    ("2026-04-30T11:00", 2, "days", &[], "2026-05-04", "May Day out; Sat 2 (1); Sun out; Mon 4 (2)"),
    ("2026-05-08T11:00", 1, "days", &[], "2026-05-11", "Sat 9 List-I, Sun 10; Mon 11 (1)"),
    ("2026-05-25T11:00", 2, "working_days", &[], "2026-05-29", "Tue 26 List-II, Wed 27 List-I; Thu 28, Fri 29 (1, 2)"),
    ("2026-05-25T11:00", 2, "days", &[], "2026-05-28", "Tue 26 (1); Wed 27 List-I; Thu 28 (2)"),
    ("2026-06-25T11:00", 1, "days", &[], "2026-06-27", "Muharram out; Sat 27 (1)"),
    ("2026-06-25T11:00", 1, "working_days", &[], "2026-06-29", "Muharram, Sat, Sun out; Mon 29 (1)"),
    ("2026-07-15T11:00", 1, "days", &[], "2026-07-16", "Rathayatra is List-II and counts (1)"),
    ("2026-07-15T11:00", 1, "working_days", &[], "2026-07-17", "Rathayatra out; Fri 17 (1)"),
    ("2026-08-14T11:00", 1, "days", &[], "2026-08-17", "Independence Day, Sun out; Mon 17 (1)"),
    ("2026-08-25T11:00", 3, "working_days", &[], "2026-09-01",
     "Wed 26 List-II; Thu 27 (1); Fri 28 List-II, Sat, Sun out; Mon 31, Tue 1 September (2, 3)"),
    ("2026-08-03T11:00", 20, "days", &[], "2026-08-27",
     "4-8 (5), 10-14 (10), Independence Day out, 17-22 (16), 24-27 (17-20)"),
    ("2026-10-01T11:00", 4, "weeks", &[], "2026-11-09",
     "28 days: Fri 2 out, 3 (1), 5-9 (6), Mahalaya out, 12-17 (12), 22-24 (15), 26-31 (21), 2-7 November (27), 9 (28)"),
    ("2026-10-13T11:00", 7, "working_days", &[], "2026-11-03",
     "Wed 14 (1); 15 to 26 out; 27-30 (5); 2, 3 November (6, 7)"),
    ("2026-10-09T11:00", 1, "days", &[], "2026-10-12", "Mahalaya and Sun out; Mon 12 (1)"),
    ("2026-10-17T23:59", 1, "days", &[], "2026-10-22", "Sun 18, 19-21 List-I; Thu 22 (1)"),
    ("2026-10-18T00:01", 2, "days", &[], "2026-10-23", "two minutes later nothing is lost: Thu 22, Fri 23 (1, 2)"),
    ("2026-11-10T10:00", 1, "working_days", &[], "2026-11-13", "Wed 11 List-I, Thu 12 List-II; Fri 13 (1)"),
    ("2026-11-13T10:00", 1, "working_days", &[], "2026-11-17", "Sat, Sun, Mon 16 List-II; Tue 17 (1)"),
    ("2026-11-23T10:00", 1, "days", &[], "2026-11-25", "Tue 24 List-I; Wed 25 (1)"),
    ("2026-12-31T23:59", 1, "days", &[], "2027-01-01", "no list of 2027 is known: Fri 1 counts for now (1)"),
    ("2027-01-01T00:01", 1, "working_days", &[], "2027-01-04", "the 1st itself never counts; Sat, Sun out; Mon 4 (1)"),
    ("2026-02-28T10:00", 1, "months", &[], "2026-04-08",
     "28 March; lost 4 Sundays, 3, 21, 26 March: 7; Mon 30 (1), 1, 2 April (3), Good Friday out, Sat 4 (4), 6-8 (5-7)"),
    ("2026-05-31T10:00", 1, "months", &[], "2026-07-06", "30 June; lost 4 Sundays and Muharram: 5; 1-4 July (1-4), Mon 6 (5)"),
    ("2026-06-01T10:00", 3, "months", &[], "2026-09-19",
     "1 September; lost 13 Sundays, Muharram, Independence Day: 15; 2, 3 (2), Fri 4 out, 5 (3), 7-12 (9), 14-19 (15)"),
    ("2026-08-31T10:00", 6, "months", &[], "2027-04-09",
     "28 February 2027; lost 26 Sundays and 9 of List-I: 35; five weeks from Mon 1 March to Sat 3 April (30), 5-9 (35)"),
    ("2028-02-29T10:00", 1, "months", &[], "2028-04-03", "29 March; 4 Sundays lost; Thu 30, Fri 31, Sat 1 (1-3), Mon 3 April (4)"),
    ("2027-12-31T23:59", 2, "months", &[], "2028-03-10", "29 February; 9 Sundays lost; 1-4 March (1-4), 6-10 (5-9)"),
    ("2026-10-13T10:00", 2, "days", &[("2026-10-14T10:00", "2026-10-23T10:00")], "2026-10-24",
     "a pause over the Puja: 14 to 22 ended paused; Fri 23, Sat 24 (1, 2)"),
    ("2026-10-17T10:00", 1, "days", &[("2026-10-19T10:00", "2026-10-21T10:00")], "2026-10-22",
     "a pause within holidays costs nothing: Thu 22 (1)"),
    ("2026-11-02T10:00", 1, "days", &[("2026-11-03T10:00", "2026-11-04T00:00")], "2026-11-04", "the 3rd ended paused; Wed 4 (1)"),
    ("2026-11-06T10:00", 2, "days", &[("2026-11-08T10:00", "2026-11-09T09:00")], "2026-11-09",
     "only the Sunday ended paused: Sat 7, Mon 9 (1, 2)"),
    ("2026-02-02T10:00", 1, "months", &[("2026-02-10T10:00", "2026-02-13T10:00")], "2026-03-11",
     "2 March; lost 4 Sundays, and 10-12 ended paused: 7; Doljatra out, 4-7 (1-4), 9-11 (5-7)"),
    ("2026-10-18T00:01", 0, "same_day", &[], "2026-10-18", "the day itself, be it a Sunday"),
];

fn pauses(of: &[(&str, &str)]) -> Vec<Pause> {
    of.iter().map(|(from, until)| Pause { from: at(from), until: Some(at(until)) }).collect()
}

#[test]
fn due_dates_are_as_worked_out_by_hand() {
    let calendar = calendar();
    let mut wrong = Vec::new();
    for (start, amount, unit, stood, wanted, why) in CASES {
        let limit = Limit { amount, unit: Unit::from_word(unit).expect("a unit") };
        let found = due(limit, at(start), CountFrom::NextDay, &pauses(stood), &calendar, None).expect("a day");
        if found.day.to_string() != wanted {
            wrong.push(format!("{start} {amount} {unit}: {} and not {wanted}: {why}", found.day));
        }
        assert_eq!(found.provisional, !(start.starts_with("2026") && wanted.starts_with("2026")), "{start}: {why}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn holiday(day: &str) -> Holiday {
    Holiday {
        day: parse_date(day).expect("a day"),
        name: "of the test".into(),
        kind: HolidayKind::NiAct,
        probable: false,
        district: None,
        notified_at: None,
        withdrawn_at: None,
    }
}

#[test]
fn a_holiday_of_a_district_holds_there_and_one_taken_back_nowhere() {
    let mut calendar = calendar();
    let limit = Limit { amount: 1, unit: Unit::Days };
    let day = |calendar: &Calendar, district| {
        due(limit, at("2026-10-27T10:00"), CountFrom::NextDay, &[], calendar, district).map(|due| due.day.to_string())
    };
    calendar.add(Holiday { district: Some("DAR".into()), ..holiday("2026-10-28") });
    assert_eq!(day(&calendar, Some("DAR")), Some("2026-10-29".into()));
    assert_eq!(day(&calendar, Some("COB")), Some("2026-10-28".into()));
    assert_eq!(day(&calendar, None), Some("2026-10-28".into()));
    calendar.add(Holiday { withdrawn_at: Some(at("2026-10-20T10:00")), ..holiday("2026-10-29") });
    assert_eq!(day(&calendar, Some("DAR")), Some("2026-10-29".into()));
    calendar.add(holiday("2026-10-28"));
    assert_eq!(day(&calendar, None), Some("2026-10-29".into()), "declared late, it counts all the same");
}

#[test]
fn while_a_pause_stands_open_nobody_knows_the_day() {
    let limit = Limit { amount: 2, unit: Unit::Days };
    let open = [Pause { from: at("2026-10-28T10:00"), until: None }];
    assert_eq!(due(limit, at("2026-10-27T10:00"), CountFrom::NextDay, &open, &calendar(), None), None);
    let later = [Pause { from: at("2026-10-30T10:00"), until: None }];
    assert!(
        due(limit, at("2026-10-27T10:00"), CountFrom::NextDay, &later, &calendar(), None).is_some(),
        "it was used up before"
    );
}

/// The days after one, up to another.
fn days(from: Date, to: Date) -> Vec<Date> {
    let mut found = vec![];
    let mut day = from;
    while day < to {
        day = day.tomorrow().expect("a day");
        found.push(day);
    }
    found
}

/// Every candidate is counted from the first day, one after another.
fn reference(limit: Limit, start: Instant, pauses: &[Pause], calendar: &Calendar) -> String {
    let kind = if limit.unit == Unit::WorkingDays { Days::Working } else { Days::Strict };
    let counts = |day: Date| {
        let last = end_of(day).millis() - 1;
        let paused = pauses.iter().any(|p| p.from.millis() <= last && last < p.until.expect("it ends").millis());
        calendar.exclusion(day, kind, None).is_none() && !paused
    };
    let first = start.day();
    let (from, wanted) = match limit.unit {
        Unit::SameDay => return first.to_string(),
        Unit::Minutes => unreachable!("no notification counts in minutes"),
        Unit::Weeks => (first, limit.amount as usize * 7),
        Unit::Days | Unit::WorkingDays => (first, limit.amount as usize),
        Unit::Months => {
            let (mut year, mut month) = (first.year(), first.month() + limit.amount as i8);
            if month > 12 {
                (year, month) = (year + 1, month - 12);
            }
            let same = (1..=first.day()).rev().find_map(|day| Date::new(year, month, day).ok()).expect("a day");
            (same, days(first, same).into_iter().filter(|day| !counts(*day)).count())
        }
    };
    let mut candidate = from;
    while days(from, candidate).into_iter().filter(|day| counts(*day)).count() < wanted {
        candidate = candidate.tomorrow().expect("a day");
    }
    candidate.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_the_slow_reference_says(
        start in 0i64..550 * 24 * 60,
        amount in 1u32..40,
        unit in prop_oneof![
            Just(Unit::Days), Just(Unit::WorkingDays), Just(Unit::Weeks), Just(Unit::Months), Just(Unit::SameDay)
        ],
        stood in prop::collection::vec((0i64..60 * 24 * 60, 1i64..15 * 24 * 60), 0..4),
    ) {
        let amount = match unit { Unit::Months => amount % 6 + 1, Unit::Weeks => amount % 5 + 1, _ => amount };
        let start = at("2025-06-01T00:00").plus_millis(start * 60_000);
        let pauses: Vec<Pause> = stood.iter().map(|(after, length)| {
            let from = start.plus_millis(after * 60_000);
            Pause { from, until: Some(from.plus_millis(length * 60_000)) }
        }).collect();
        let calendar = calendar();
        let limit = Limit { amount, unit };
        let found = due(limit, start, CountFrom::NextDay, &pauses, &calendar, None).expect("every pause ends");
        prop_assert_eq!(found.day.to_string(), reference(limit, start, &pauses, &calendar));
        prop_assert!(found.day >= start.day());
    }
}
