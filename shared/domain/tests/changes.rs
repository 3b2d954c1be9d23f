//! Changes of the rules: in the order of their approval, and each clock's move by the change that made it.

use crate::{catalogue, file};
use jiff::civil::Date;
use mohor_domain::{
    calendar::{Calendar, Days, HolidayKind},
    change::{Change, InForce, Move},
    civil::{Instant, parse_date},
    clock::ClockKind,
    limit::{Limit, Unit, due},
    practice::CountFrom,
    rules::{DueSoon, Ladder, Rules},
};
use proptest::prelude::*;
use serde_json::json;

fn day(text: &str) -> Date {
    parse_date(text).expect("a day")
}

fn base() -> Rules {
    let calendar = Calendar::read(&file("holidays.csv")).expect("the bundled lists");
    Rules::read(&file("limits.csv"), calendar, Ladder::default()).expect("the bundled limits")
}

fn declared(on: &str, list: HolidayKind, district: Option<&str>) -> Change {
    Change::HolidayDeclared {
        day: day(on),
        name: "Polling day".into(),
        list,
        district: district.map(str::to_owned),
        notified_on: day("2026-11-20"),
        order: "No. 1-PAR of 20.11.2026".into(),
    }
}

fn withdrawn(on: &str, list: HolidayKind, district: Option<&str>) -> Change {
    let (order, withdrawn_on) = ("No. 2-PAR of 21.11.2026".into(), day("2026-11-21"));
    Change::HolidayWithdrawn { day: day(on), list, district: district.map(str::to_owned), withdrawn_on, order }
}

fn limit(amount: u32, from: &str) -> Change {
    Change::LimitNotified {
        department: "LRR".into(),
        service: "plot-information".into(),
        clock: ClockKind::Service,
        stage: None,
        district: None,
        limit: Some(Limit { amount, unit: Unit::Days }),
        starts: None,
        effective_from: day(from),
        notification: "No. 3-LRR of 20.11.2026".into(),
        source: "the gazette".into(),
    }
}

fn after(changes: &[Change]) -> Rules {
    let mut rules = base();
    changes.iter().for_each(|change| change.apply(&mut rules));
    rules
}

fn out(rules: &Rules, on: &str, district: Option<&str>) -> bool {
    rules.calendar.exclusion(day(on), Days::Strict, district).is_some()
}

#[test]
fn a_holiday_of_a_district_holds_there_alone_and_until_it_is_taken_back() {
    // A Wednesday.
    let on = "2026-11-25";
    assert!(!out(&base(), on, None));
    let one = [declared(on, HolidayKind::NiAct, Some("COB"))];
    let rules = after(&one);
    assert!(out(&rules, on, Some("COB")) && !out(&rules, on, Some("KOL")) && !out(&rules, on, None));
    let [one] = one;
    // Only in the scope and the list in which it was declared.
    for (list, district, holds) in [
        (HolidayKind::NiAct, None, true),
        (HolidayKind::NiAct, Some("KOL"), true),
        (HolidayKind::StateOrder, Some("COB"), true),
        (HolidayKind::NiAct, Some("COB"), false),
    ] {
        let rules = after(&[one.clone(), withdrawn(on, list, district)]);
        assert_eq!(out(&rules, on, Some("COB")), holds, "{list:?} {district:?}");
    }
    // The order of approval counts: what is declared again holds again.
    let back = withdrawn(on, HolidayKind::NiAct, Some("COB"));
    assert!(out(&after(&[back.clone(), one.clone()]), on, Some("COB")));
    assert!(out(&after(&[one.clone(), back, one]), on, Some("COB")));
}

#[test]
fn a_bundled_holiday_is_taken_back_and_stays_in_the_list() {
    let on = "2026-12-25";
    assert!(out(&base(), on, None));
    let rules = after(&[withdrawn(on, HolidayKind::NiAct, None)]);
    assert!(!out(&rules, on, None));
    let kept = rules.calendar.on(day(on));
    assert!(kept.len() == 1 && kept[0].withdrawn_at.is_some(), "{kept:?}");
}

#[test]
fn a_limit_supersedes_from_its_day_on_and_of_two_of_one_day_the_later_approved_counts() {
    let rules = after(&[limit(9, "2026-11-23"), limit(7, "2026-11-23"), limit(5, "2027-01-01")]);
    let of = |on: &str| {
        let service = ("LRR", "plot-information");
        rules.rule(service, ClockKind::Service, None, Some("COB"), day(on)).and_then(|rule| rule.limit)
    };
    let days = |on: &str| of(on).expect("a limit").amount;
    assert_eq!([days("2026-11-22"), days("2026-11-23"), days("2026-12-31"), days("2027-01-01")], [2, 7, 7, 5]);
    // A service that goes by another's row gets that row's change.
    let mut aliased = base();
    aliased.alias("LRR", "plot", ("LRR".into(), "plot-information".into()));
    let Change::LimitNotified { .. } = limit(9, "2026-11-23") else { unreachable!() };
    let text = serde_json::to_string(&limit(9, "2026-11-23")).expect("JSON").replace("plot-information", "plot");
    serde_json::from_str::<Change>(&text).expect("a change").apply(&mut aliased);
    assert_eq!(aliased.of("LRR", "plot").last(), aliased.of("LRR", "plot-information").last());
    let sharing = aliased.sharing(&("LRR".into(), "plot-information".into()));
    assert_eq!(sharing.len(), 2, "{sharing:?}");
}

#[test]
fn years_saturdays_and_the_ladder_are_changed_and_changed_back() {
    let order = || "compared with 1234-F(P)".to_owned();
    let settle = |settled| Change::YearSettled { year: 2026, settled, order: order() };
    assert!(after(&[settle(true)]).calendar.is_settled(2026));
    assert!(!after(&[settle(true), settle(false)]).calendar.is_settled(2026));
    let works = Change::PolicyChanged { saturday_works: true, order: order() };
    let saturday = |rules: &Rules| rules.calendar.exclusion(day("2026-11-28"), Days::Working, None).is_some();
    assert!(saturday(&base()) && !saturday(&after(&[works])));
    let ladder = Ladder { review_after_days: 30, ..Ladder::default() };
    let change = Change::LadderChanged { ladder: ladder.clone(), order: order() };
    assert_eq!(after(&[change]).ladder, ladder);
}

#[test]
fn a_ladder_is_read_as_it_was_and_as_it_is_recorded() {
    let ladder = |due_soon| Ladder { due_soon, appeal_after_days: 2, review_after_days: 20, office_opens: 630 };
    let text = |member: &str| {
        format!(
            r#"{{"change":"ladder_changed","ladder":{{{member}"appeal_after_days":2,"review_after_days":20,"office_opens":630}},"order":"x"}}"#
        )
    };
    for (member, due_soon) in [
        // All that was ever recorded before there were days; what is proposed twice is still one text.
        (r#""due_soon_percent":25,"#, DueSoon::Share(25)),
        (r#""due_soon_days":5,"#, DueSoon::DaysBefore(5)),
    ] {
        let change: Change = serde_json::from_str(&text(member)).expect("a change");
        assert_eq!(change, Change::LadderChanged { ladder: ladder(due_soon), order: "x".into() });
        assert_eq!(serde_json::to_string(&change).expect("JSON"), text(member));
        assert_eq!(after(&[change]).ladder.due_soon, due_soon);
    }
    for member in ["", r#""due_soon_percent":25,"due_soon_days":5,"#] {
        let error = serde_json::from_str::<Change>(&text(member)).expect_err("not one of both").to_string();
        assert!(error.contains("one of `due_soon_percent` and `due_soon_days`"), "{error}");
    }
    assert!(serde_json::from_str::<Change>(&text(r#""due_soon_percent":25,"more":1,"#)).is_err());
}

#[test]
fn a_change_that_cannot_be_made_is_refused_with_the_field_and_the_rule() {
    let (rules, catalogue) = (base(), catalogue());
    let refused = |change: &Change| change.checked(&rules, &catalogue).map(|_| ()).expect_err("it is refused").field;
    let with = |change: Change, member: &str, value: serde_json::Value| -> Change {
        let mut all = serde_json::to_value(change).expect("JSON");
        all[member] = value;
        serde_json::from_value(all).expect("a change")
    };
    let soon = |due_soon| {
        let ladder = Ladder { due_soon, ..Ladder::default() };
        Change::LadderChanged { ladder, order: "x".into() }
    };
    let good = declared("2026-11-25", HolidayKind::NiAct, Some("COB"));
    let composed = with(good.clone(), "name", json!("Rene\u{301}"));
    let Ok(Change::HolidayDeclared { name, .. }) = composed.checked(&rules, &catalogue) else { panic!("it is good") };
    assert_eq!(name, "Ren\u{e9}");
    for (change, field) in [
        (with(good.clone(), "name", json!("")), "name"),
        (with(good.clone(), "name", json!("x".repeat(101))), "name"),
        (with(good.clone(), "name", json!("a\u{202e}b")), "name"),
        (with(good.clone(), "order", json!("  ")), "order"),
        (with(good.clone(), "district", json!("XXX")), "district"),
        (with(good.clone(), "list", json!("falls_on_sunday")), "list"),
        (with(good.clone(), "day", json!("2026-11-29")), "day"),
        (with(good.clone(), "day", json!("1999-11-29")), "day"),
        (declared("2026-12-25", HolidayKind::NiAct, None), "day"),
        (withdrawn("2026-11-25", HolidayKind::NiAct, None), "day"),
        (limit(0, "2026-11-23"), "amount"),
        (limit(4_000, "2026-11-23"), "amount"),
        (with(limit(9, "2026-11-23"), "service", json!("no-such")), "service"),
        (with(limit(9, "2026-11-23"), "stage", json!("forward")), "stage"),
        (with(with(limit(9, "2026-11-23"), "clock", json!("stage")), "stage", json!("No Slug")), "stage"),
        (with(with(limit(9, "2026-11-23"), "clock", json!("appeal")), "starts", json!("from then")), "starts"),
        (Change::YearSettled { year: 2026, settled: false, order: "x".into() }, "settled"),
        (Change::YearSettled { year: 3000, settled: true, order: "x".into() }, "year"),
        (Change::PolicyChanged { saturday_works: false, order: "x".into() }, "saturday_works"),
        (Change::LadderChanged { ladder: Ladder::default(), order: "x".into() }, "ladder"),
        (soon(DueSoon::Share(101)), "due_soon"),
        (soon(DueSoon::DaysBefore(0)), "due_soon"),
        (soon(DueSoon::DaysBefore(61)), "due_soon"),
    ] {
        assert_eq!(refused(&change), field, "{change:?}");
    }
    for due_soon in [DueSoon::Share(0), DueSoon::Share(100), DueSoon::DaysBefore(1), DueSoon::DaysBefore(60)] {
        assert!(soon(due_soon).checked(&rules, &catalogue).is_ok(), "{due_soon:?}");
    }
    let unknown = serde_json::from_value::<Change>(json!({"change": "year_settled", "year": 2026, "settled": true,
        "order": "x", "more": 1}));
    assert!(unknown.is_err(), "a member that nobody knows");
}

#[test]
fn each_clock_moves_by_the_change_that_moves_it() {
    let start = Instant::parse("2026-11-24T11:00:00+05:30").expect("a time");
    let by = |district: &'static str| {
        move |rules: &Rules| {
            let limit = Limit { amount: 2, unit: Unit::Days };
            due(limit, start, CountFrom::NextDay, &[], &rules.calendar, Some(district)).map(|due| due.day)
        }
    };
    let changes = [
        (1, declared("2026-11-25", HolidayKind::NiAct, Some("COB"))),
        (2, Change::PolicyChanged { saturday_works: true, order: "x".into() }),
        (3, declared("2026-11-27", HolidayKind::NiAct, None)),
    ];
    let open = InForce::with(&base(), 0, &changes);
    assert!(open.is_open() && open.version == 3);
    let moved = |version, from: &str, to: &str| Move { version, from: Some(day(from)), to: Some(day(to)) };
    // Wed 25 and Thu 26 without a change; Thu, Fri by the first; Thu, Sat by the third.
    let has = |text: &str| Some(day(text));
    assert_eq!(
        open.moves(has("2026-11-26"), by("COB")),
        [moved(1, "2026-11-26", "2026-11-27"), moved(3, "2026-11-27", "2026-11-28")]
    );
    // One that was derived after the first is blamed on the third alone; one that is so already on nobody.
    assert_eq!(open.moves(has("2026-11-27"), by("COB")), [moved(3, "2026-11-27", "2026-11-28")]);
    assert_eq!(open.moves(has("2026-11-28"), by("COB")), []);
    assert_eq!(open.moves(has("2026-11-26"), by("KOL")), [], "no day of that one is out there");
    // What is done is asked about no more.
    let done = InForce::with(&base(), 3, &changes);
    assert!(!done.is_open() && done.moves(has("2026-11-26"), by("COB")).is_empty());
    assert!(InForce::unchanged(base()).moves(has("2026-11-26"), by("COB")).is_empty());
}

proptest! {
    /// However a day was declared and taken back, its last change decides, in each scope by itself.
    #[test]
    fn the_last_change_of_a_day_and_scope_decides(
        steps in proptest::collection::vec((0usize..3, 0usize..3, any::<bool>()), 0..12)
    ) {
        let (days, scopes) = (["2026-11-25", "2026-11-26", "2026-11-27"], [None, Some("COB"), Some("KOL")]);
        let mut rules = base();
        let mut holds = [[false; 3]; 3];
        for (on, scope, declare) in steps {
            let change = if declare { declared } else { withdrawn }(days[on], HolidayKind::NiAct, scopes[scope]);
            if declare != holds[on][scope] {
                change.apply(&mut rules);
            }
            holds[on][scope] = declare;
        }
        for (on, text) in days.iter().enumerate() {
            for (scope, district) in scopes.iter().enumerate() {
                prop_assert_eq!(out(&rules, text, *district), holds[on][0] || holds[on][scope]);
            }
        }
    }
}
