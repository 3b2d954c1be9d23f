//! The evidence sheet agrees with the due day, and names what was left out.

use crate::at;
use mohor_domain::{
    calendar::{Calendar, Holiday, HolidayKind},
    civil::{Instant, parse_date},
    clock::{Clock, ClockKind, Happening, History, derive},
    event::EventKind,
    evidence::{Evidence, What, Why, evidence},
    limit::{Limit, Unit},
    practice::CountFrom,
    rules::{Rule, Rules},
};
use proptest::prelude::*;
use serde_json::json;

fn calendar() -> Calendar {
    Calendar::read(include_bytes!("../../../schemas/catalogue/holidays.csv")).expect("holidays")
}

fn clock(limit: Limit, calendar: &Calendar, district: Option<&str>, events: &[(EventKind, Instant)]) -> Clock {
    let mut rules = Rules::default();
    rules.calendar = calendar.clone();
    let rule = Rule {
        clock: ClockKind::Service,
        stage: None,
        district: None,
        limit: Some(limit),
        starts: None,
        effective_from: None,
        notification: "No. 1".into(),
        source: "here".into(),
    };
    rules.add("LRR", "service", rule);
    let happening = |(kind, at): &(EventKind, Instant)| Happening::read(*kind, *at, false, &json!({}));
    let told = History {
        department: "LRR".into(),
        service: Some("service".into()),
        district: district.map(str::to_owned),
        happenings: events.iter().map(happening).collect(),
        ..History::default()
    };
    derive(&told, &rules).remove(0)
}

fn names(sheet: &Evidence<'_>) -> Vec<String> {
    let name = |why: &Why<'_>| match why {
        Why::Sunday => "Sunday".to_owned(),
        Why::Saturday => "Saturday".to_owned(),
        Why::Listed(holiday) => holiday.name.clone(),
    };
    let line = |it: &mohor_domain::evidence::Excluded<'_>| {
        let names: Vec<String> = it.why.iter().map(name).collect();
        let paused = if it.paused { " (paused)" } else { "" };
        format!("{} {}{paused}", it.day, names.join(" + "))
    };
    sheet.excluded.iter().map(line).collect()
}

fn stretches(sheet: &Evidence<'_>) -> Vec<String> {
    sheet.stretches.iter().map(|it| format!("{:?} {}..{} {}", it.what, it.from, it.until, it.counted)).collect()
}

#[test]
fn durga_puja_week_is_named_day_by_day() {
    let calendar = calendar();
    let limit = Limit { amount: 5, unit: Unit::Days };
    let events = [(EventKind::Submitted, at("2026-10-15T11:00")), (EventKind::Rejected, at("2026-10-30T11:00"))];
    let clock = clock(limit, &calendar, None, &events);
    let sheet = evidence(&clock, CountFrom::NextDay, &calendar, None, at("2026-11-30T10:00")).expect("a sheet");
    // Fri 16 (1), Sat 17 (2): both are List-II, which leaves `days` alone. 18 to 21 are out. Thu 22 (3), Fri 23 (4), Sat 24
    // (5): List-II again. Six civil days late, of which Sunday 25 does not count.
    assert_eq!(sheet.due.map(|due| due.day.to_string()).as_deref(), Some("2026-10-24"));
    assert_eq!(
        stretches(&sheet),
        [
            "Start 2026-10-15..2026-10-15 0",
            "Counts 2026-10-16..2026-10-17 2",
            "Excluded 2026-10-18..2026-10-21 2",
            "Counts 2026-10-22..2026-10-24 5",
            "Late 2026-10-25..2026-10-30 5",
        ]
    );
    assert_eq!(
        names(&sheet),
        [
            "2026-10-18 Sunday + Durga Puja, Maha Saptami",
            "2026-10-19 Durga Puja, Maha Astami",
            "2026-10-20 Durga Puja, Maha Nabami",
            "2026-10-21 Durga Puja, Dasami",
        ]
    );
    assert_eq!((sheet.late_by, sheet.late_counted, sheet.budget), (6, 5, 5));
    let others: Vec<&str> = sheet.not_excluded.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(others[..2], ["Durga Puja, Maha Panchami", "Durga Puja, Maha Shashthi"]);
    assert_eq!(others.len(), 5, "and the additional days: {others:?}");
}

#[test]
fn working_days_leave_out_saturdays_and_list_two_and_a_pause_is_told_apart() {
    let calendar = calendar();
    let limit = Limit { amount: 3, unit: Unit::WorkingDays };
    let events = [
        (EventKind::Submitted, at("2026-10-13T11:00")),
        (EventKind::Deficient, at("2026-10-16T10:00")),
        (EventKind::Resumed, at("2026-10-27T10:00")),
    ];
    let clock = clock(limit, &calendar, None, &events);
    let sheet = evidence(&clock, CountFrom::NextDay, &calendar, None, at("2026-10-20T10:00")).expect("a sheet");
    // Wed 14 (1); Thu 15 is List-II. The pause stands at the ends of 16 to 26; none of these would have counted: 16, 17
    // and 22 to 24 are List-II, 18 to 21 the feast, 25 Sunday, 26 List-II. Tue 27 (2), Wed 28 (3).
    assert_eq!(
        stretches(&sheet),
        [
            "Start 2026-10-13..2026-10-13 0",
            "Counts 2026-10-14..2026-10-14 1",
            "Excluded 2026-10-15..2026-10-15 1",
            "Paused 2026-10-16..2026-10-26 1",
            "Counts 2026-10-27..2026-10-28 3",
        ]
    );
    assert_eq!((sheet.lost_to_pauses, sheet.without_pauses), (0, sheet.due));
    assert_eq!(names(&sheet)[1], "2026-10-16 Durga Puja, Maha Panchami (paused)");
    assert_eq!(names(&sheet).last().map(String::as_str), Some("2026-10-26 Additional Day for Lakshmi Puja (paused)"));
    assert_eq!(sheet.late_by, 0);
}

#[test]
fn withdrawn_days_and_those_of_other_districts_are_told_and_do_not_exclude() {
    let mut calendar = calendar();
    let holiday = |name: &str, day: &str, district: Option<&str>, withdrawn: bool| Holiday {
        day: parse_date(day).expect("a day"),
        name: name.into(),
        kind: HolidayKind::NiAct,
        probable: false,
        district: district.map(str::to_owned),
        notified_at: None,
        withdrawn_at: withdrawn.then(|| at("2026-06-01T10:00")),
    };
    calendar.add(holiday("taken back", "2026-06-03", None, true));
    calendar.add(holiday("hills", "2026-06-04", Some("DAR"), false));
    calendar.add(holiday("election", "2026-06-05", Some("COB"), false));
    let limit = Limit { amount: 3, unit: Unit::Days };
    let clock = clock(limit, &calendar, Some("COB"), &[(EventKind::Submitted, at("2026-06-02T11:00"))]);
    let sheet = evidence(&clock, CountFrom::NextDay, &calendar, Some("COB"), at("2026-06-03T10:00")).expect("a sheet");
    assert_eq!(names(&sheet), ["2026-06-05 election"]);
    assert_eq!(sheet.not_excluded.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["taken back", "hills"]);
    assert_eq!(sheet.due.map(|due| due.day.to_string()).as_deref(), Some("2026-06-06"));
}

#[test]
fn an_open_pause_has_a_sheet_up_to_today_and_no_due_day() {
    let calendar = calendar();
    let events = [(EventKind::Submitted, at("2026-06-02T11:00")), (EventKind::Deficient, at("2026-06-03T11:00"))];
    let clock = clock(Limit { amount: 3, unit: Unit::Days }, &calendar, None, &events);
    let sheet = evidence(&clock, CountFrom::NextDay, &calendar, None, at("2026-06-08T10:00")).expect("a sheet");
    assert_eq!((sheet.due, sheet.late_by, sheet.until), (None, 0, parse_date("2026-06-08").expect("a day")));
    // 3 to 6 and 8 June would have counted.
    assert_eq!(sheet.lost_to_pauses, 5);
    let never = Clock { limit: None, ..clock };
    assert_eq!(evidence(&never, CountFrom::NextDay, &calendar, None, at("2026-06-08T10:00")), None);
}

proptest! {
    /// The days that count up to the due day are the limit; lateness is that of the clock; every day has its place.
    #[test]
    fn a_sheet_agrees_with_the_clock(
        amount in 1u32..40,
        unit in prop::sample::select(&Unit::ALL[..5]),
        start in 0i64..500 * 24 * 60,
        minutes in prop::collection::btree_set(1i64..60 * 24 * 60, 0..7),
        ended in prop::option::of(1i64..120 * 24 * 60),
        saturday_works in any::<bool>(),
        kolkata in any::<bool>(),
    ) {
        let mut calendar = calendar();
        calendar.policy.saturday_works = saturday_works;
        let district = kolkata.then_some("KOL");
        let limit = Limit { amount: if unit == Unit::Months { amount.min(4) } else { amount }, unit };
        let start = at("2025-06-01T00:00").plus_millis(start * 60_000);
        let mut events = vec![(EventKind::Submitted, start)];
        let kinds = [EventKind::Deficient, EventKind::Resumed].into_iter().cycle();
        events.extend(minutes.iter().zip(kinds).map(|(after, kind)| (kind, start.plus_millis(after * 60_000))));
        events.extend(ended.map(|after| (EventKind::Rejected, start.plus_millis(after * 60_000 + 1))));
        let clock = clock(limit, &calendar, district, &events);
        let now = start.plus_millis(150 * 86_400_000);
        let sheet = evidence(&clock, CountFrom::NextDay, &calendar, district, now).expect("a sheet");
        prop_assert_eq!(sheet.due, clock.due);
        let counted: u32 = sheet.stretches.iter().filter(|it| it.what == What::Counts).map(|it| it.days()).sum();
        prop_assert_eq!(sheet.stretches.last().map(|it| it.counted), Some(counted));
        if sheet.due.is_some() {
            prop_assert_eq!(counted, sheet.budget);
        } else {
            prop_assert!(counted < sheet.budget);
        }
        prop_assert_eq!(sheet.late_by > 0, !clock.in_time(now));
        let days: u32 = sheet.stretches.iter().map(|it| it.days()).sum();
        let all = (sheet.until.duration_since(start.day()).as_hours() / 24 + 1) as u32;
        prop_assert_eq!(days, all);
        let named = |what| sheet.stretches.iter().filter(|it| it.what == what).map(|it| it.days()).sum::<u32>();
        let paused = sheet.excluded.iter().filter(|it| it.paused).count() as u32;
        prop_assert_eq!(named(What::Excluded), sheet.excluded.len() as u32 - paused);
        prop_assert_eq!(named(What::Paused), sheet.lost_to_pauses + paused);
        prop_assert!(sheet.excluded.iter().all(|it| !it.why.is_empty()), "each has its name: {:?}", sheet.excluded);
    }
}
