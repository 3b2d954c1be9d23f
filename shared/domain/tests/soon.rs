//! "Due soon" by a share of the limit and by days before the due day.

use crate::at;
use mohor_domain::{
    calendar::{Calendar, Holiday, HolidayKind},
    civil::{Instant, end_of, parse_date},
    clock::{Clock, ClockKind},
    ladder::Rung,
    limit::{Limit, Pause, Unit, counted},
    rules::{DueSoon, Ladder, Rules},
};
use proptest::prelude::*;

fn rules(due_soon: DueSoon) -> Rules {
    let calendar = Calendar::read(include_bytes!("../../../schemas/catalogue/holidays.csv")).expect("holidays");
    let limits = include_bytes!("../../../schemas/catalogue/limits.csv");
    Rules::read(limits, calendar, Ladder { due_soon, ..Ladder::default() }).expect("limits")
}

fn clock(kind: ClockKind, limit: (u32, Unit), start: &str, pauses: &[Pause], rules: &Rules) -> Clock {
    let limit = Limit { amount: limit.0, unit: limit.1 };
    let mut clock = Clock::new(kind, "", Some(limit), Some(at(start)));
    clock.pauses = pauses.to_vec();
    clock.settle(rules, "", None);
    clock
}

fn moment(clock: &Clock, rung: Rung) -> Option<Instant> {
    clock.rungs.iter().find(|(it, _)| *it == rung).map(|(_, at)| *at)
}

/// The due day of a service's clock, and when it is due soon.
fn soon(limit: (u32, Unit), start: &str, pauses: &[Pause], rules: &Rules) -> (String, Option<String>) {
    let clock = clock(ClockKind::Service, limit, start, pauses, rules);
    let day = clock.due.map(|due| due.day.to_string()).unwrap_or_default();
    (day, moment(&clock, Rung::DueSoon).map(|at| at.rfc3339()[..16].to_owned()))
}

fn by_days(limit: (u32, Unit), start: &str, days: u16) -> (String, Option<String>) {
    soon(limit, start, &[], &rules(DueSoon::DaysBefore(days)))
}

fn fires(due: &str, soon: &str) -> (String, Option<String>) {
    (due.to_owned(), Some(soon.to_owned()))
}

#[test]
fn days_before_the_due_day_are_those_of_the_civil_calendar() {
    // 28 days that count from 2 November end on Monday 7 December (see the tests of clocks).
    let four_weeks = |days| by_days((4, Unit::Weeks), "2026-11-02T11:00", days);
    assert_eq!(four_weeks(1), fires("2026-12-07", "2026-12-06T00:00"), "a Sunday is one of the days");
    assert_eq!(four_weeks(5), fires("2026-12-07", "2026-12-02T00:00"));
    // Two Sundays and the holiday of 24 November lie between.
    assert_eq!(four_weeks(14), fires("2026-12-07", "2026-11-23T00:00"));
    // Working days: 6 November (1), 13 (2), Tuesday 17 (3). Three days before it is a Saturday.
    assert_eq!(by_days((3, Unit::WorkingDays), "2026-11-05T11:00", 3), fires("2026-11-17", "2026-11-14T00:00"));
}

#[test]
fn a_due_day_that_is_nearer_than_the_days_is_soon_from_the_start() {
    let four_weeks = |days| by_days((4, Unit::Weeks), "2026-11-02T11:00", days);
    assert_eq!(four_weeks(34), fires("2026-12-07", "2026-11-03T00:00"));
    assert_eq!(four_weeks(35), fires("2026-12-07", "2026-11-02T11:00"), "its midnight was before the start");
    assert_eq!(four_weeks(60), fires("2026-12-07", "2026-11-02T11:00"));
    let two_days = |days| by_days((2, Unit::Days), "2026-11-02T11:00", days);
    assert_eq!(two_days(1), fires("2026-11-04", "2026-11-03T00:00"));
    assert_eq!(two_days(2), fires("2026-11-04", "2026-11-02T11:00"));
    assert_eq!(two_days(60), fires("2026-11-04", "2026-11-02T11:00"));
    let midnight = by_days((2, Unit::Days), "2026-11-02T00:00", 2);
    assert_eq!(midnight, fires("2026-11-04", "2026-11-02T00:00"));
}

#[test]
fn what_is_due_on_the_day_of_its_start_is_due_today_and_never_soon() {
    for due_soon in [DueSoon::DaysBefore(1), DueSoon::DaysBefore(60), DueSoon::Share(100)] {
        let clock = clock(ClockKind::Service, (0, Unit::SameDay), "2026-11-02T11:00", &[], &rules(due_soon));
        assert_eq!(clock.rungs[0], (Rung::DueToday, at("2026-11-02T11:00")), "{due_soon:?}");
    }
}

#[test]
fn a_share_of_a_limit_that_is_as_short_is_never_soon() {
    let share =
        |amount, hundredths| soon((amount, Unit::Days), "2026-11-02T11:00", &[], &rules(DueSoon::Share(hundredths)));
    // 3-7 November, 9 and 10, 12-14: ten days that count.
    assert_eq!(share(10, 30), fires("2026-11-14", "2026-11-11T00:00"), "three are left: 12, 13, 14");
    assert_eq!(share(10, 0), fires("2026-11-14", "2026-11-13T00:00"), "two at least");
    assert_eq!(share(10, 100), ("2026-11-14".into(), None));
    assert_eq!(share(2, 20), ("2026-11-04".into(), None));
}

#[test]
fn a_pause_and_a_holiday_move_it_with_the_due_day() {
    let limit = (5, Unit::Days);
    let before = rules(DueSoon::DaysBefore(2));
    let start = "2026-11-02T11:00";
    assert_eq!(soon(limit, start, &[], &before), fires("2026-11-07", "2026-11-05T00:00"));
    let open = Pause { from: at("2026-11-04T10:00"), until: None };
    assert_eq!(soon(limit, start, &[open], &before), (String::new(), None), "nobody knows while it stands");
    // 3 (1), 6 (2), 7 (3), 9 (4), 10 (5): the ends of the 4th and 5th lie in the pause.
    let over = Pause { until: Some(at("2026-11-06T10:00")), ..open };
    assert_eq!(soon(limit, start, &[over], &before), fires("2026-11-10", "2026-11-08T00:00"));
    // Two are left when the 7th is over.
    let by_share = rules(DueSoon::Share(20));
    assert_eq!(soon(limit, start, &[over], &by_share), fires("2026-11-10", "2026-11-08T00:00"));
    let mut declared = before.clone();
    declared.calendar.add(Holiday {
        day: parse_date("2026-11-10").expect("a day"),
        name: "Polling day".into(),
        kind: HolidayKind::NiAct,
        probable: false,
        district: None,
        notified_at: None,
        withdrawn_at: None,
    });
    // The 11th is a holiday too.
    assert_eq!(soon(limit, start, &[over], &declared), fires("2026-11-12", "2026-11-10T00:00"));
}

#[test]
fn every_clock_with_a_ladder_goes_by_the_days() {
    for kind in [ClockKind::Service, ClockKind::Stage, ClockKind::Appeal, ClockKind::Review, ClockKind::Bsk] {
        let clock = clock(kind, (5, Unit::Days), "2026-11-02T11:00", &[], &rules(DueSoon::DaysBefore(2)));
        assert_eq!(clock.rungs[0], (Rung::DueSoon, at("2026-11-05T00:00")), "{kind:?}");
    }
    for (kind, limit) in [(ClockKind::Department, (5, Unit::Days)), (ClockKind::Pipeline, (60, Unit::Minutes))] {
        let clock = clock(kind, limit, "2026-11-02T11:00", &[], &rules(DueSoon::DaysBefore(2)));
        assert_eq!(moment(&clock, Rung::DueSoon), None, "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever the limit, the start and the pause: after the start, before the due day, and so many days before it.
    #[test]
    fn soon_lies_between_the_start_and_the_due_day(
        unit in prop::sample::select(vec![Unit::Days, Unit::WorkingDays, Unit::Weeks, Unit::Months, Unit::SameDay]),
        amount in 1u32..40,
        minutes in 0i64..300 * 24 * 60,
        pause in prop::option::of((1i64..20 * 24 * 60, 1i64..20 * 24 * 60)),
        due_soon in prop_oneof![DueSoon::HUNDREDTHS.prop_map(DueSoon::Share), DueSoon::DAYS.prop_map(DueSoon::DaysBefore)],
    ) {
        let rules = rules(due_soon);
        let start = at("2026-01-01T00:00").plus_millis(minutes * 60_000);
        let mut clock = Clock::new(ClockKind::Service, "", Some(Limit { amount, unit }), Some(start));
        clock.pauses.extend(pause.map(|(after, long)| {
            let from = start.plus_millis(after * 60_000);
            Pause { from, until: Some(from.plus_millis(long * 60_000)) }
        }));
        clock.settle(&rules, "", None);
        let due = clock.due.expect("no pause stands").day;
        let today = moment(&clock, Rung::DueToday).expect("it will be due");
        let soon = moment(&clock, Rung::DueSoon);
        prop_assert!(soon.is_none_or(|soon| start <= soon && soon < today), "{:?} {:?}", soon, today);
        match due_soon {
            DueSoon::DaysBefore(_) if due == start.day() => prop_assert_eq!(soon, None),
            DueSoon::DaysBefore(days) => {
                let first = due.checked_sub(jiff::Span::new().days(i64::from(days))).expect("a day");
                prop_assert_eq!(soon, Some(end_of(first.yesterday().expect("a day")).max(start)));
            }
            DueSoon::Share(hundredths) if matches!(unit, Unit::Days | Unit::WorkingDays) => {
                let left = (amount * u32::from(hundredths)).div_ceil(100).max(2);
                let counts = soon.map(|soon| counted(soon.day(), due, unit, &clock.pauses, &rules.calendar, None));
                prop_assert_eq!(counts, (left < amount).then_some(left));
            }
            DueSoon::Share(_) => (),
        }
    }
}
