//! How a department counts where the Act leaves it open: worked out by hand.

use crate::{at, catalogue, rules};
use mohor_domain::{
    calendar::Calendar,
    change::{Change, Way},
    clock::{Clock, ClockKind, ClockState, Happening, History, Outcome, derive},
    event::EventKind,
    evidence::{What, evidence},
    ladder::Rung,
    limit::{Limit, Unit, budget, due},
    practice::{CountFrom, DefectMemo, Practice},
    rules::Rules,
};
use serde_json::json;

const LIMITED: &str = "plot-information";

fn day(text: &str) -> jiff::civil::Date {
    text.parse().expect("a day")
}

/// An application of a service that has two days, and more of the department's words about it.
fn story(told: &[(EventKind, &str)]) -> History {
    let all = [&[(EventKind::Submitted, "2026-11-02T11:00")], told].concat();
    let happenings = all.iter().map(|(kind, text)| Happening::read(*kind, at(text), false, &json!({}))).collect();
    History { department: "LRR".into(), service: Some(LIMITED.into()), happenings, ..History::default() }
}

fn settled(from: &str, practice: Practice) -> Rules {
    let mut rules = rules();
    rules.settle_practice("LRR", day(from), practice);
    rules
}

fn of(clocks: &[Clock], kind: ClockKind) -> Vec<&Clock> {
    clocks.iter().filter(|clock| clock.kind == kind).collect()
}

fn due_day(clock: &Clock) -> String {
    clock.due.map(|due| due.day.to_string()).unwrap_or_default()
}

/// 2026: 7 June is a Sunday; in January the Sundays are the 4th, 11th, 18th and 25th. No list has a holiday here.
#[test]
fn the_first_day_of_a_limit_is_the_next_one_or_the_day_itself() {
    let calendar = Calendar::default();
    for (start, amount, unit, next_day, same_day) in [
        ("2026-06-02T10:00", 5, Unit::Days, "2026-06-08", "2026-06-06"),
        ("2026-06-02T10:00", 1, Unit::Days, "2026-06-03", "2026-06-02"),
        ("2026-06-07T10:00", 1, Unit::Days, "2026-06-08", "2026-06-08"),
        ("2026-06-05T10:00", 2, Unit::WorkingDays, "2026-06-09", "2026-06-08"),
        ("2026-06-02T10:00", 1, Unit::Weeks, "2026-06-10", "2026-06-09"),
        // Up to the same day five Sundays are lost, up to the day before it four.
        ("2026-01-01T10:00", 1, Unit::Months, "2026-02-06", "2026-02-05"),
        // February has no 31st: it ends with its last day either way, the 28th. Lost are 1, 8, 15, 22 February.
        ("2026-01-31T10:00", 1, Unit::Months, "2026-03-05", "2026-03-05"),
        ("2026-06-07T10:00", 0, Unit::SameDay, "2026-06-07", "2026-06-07"),
    ] {
        let limit = Limit { amount, unit };
        for (from, wanted) in [(CountFrom::NextDay, next_day), (CountFrom::SameDay, same_day)] {
            let found = due(limit, at(start), from, &[], &calendar, None).expect("a day").day.to_string();
            assert_eq!(found, wanted, "{start} {amount} {unit:?} {from:?}");
        }
    }
    let months = Limit { amount: 1, unit: Unit::Months };
    let days = |from| budget(months, day("2026-01-01"), from);
    assert_eq!([days(CountFrom::NextDay), days(CountFrom::SameDay)], [Some(31), Some(31)]);
}

#[test]
fn an_evidence_sheet_counts_the_first_day_where_the_department_does() {
    let (limit, calendar) = (Limit { amount: 5, unit: Unit::Days }, Calendar::default());
    let clock = Clock::new(ClockKind::Service, "", Some(limit), Some(at("2026-06-02T10:00")));
    for (from, first, until) in
        [(CountFrom::NextDay, What::Start, "2026-06-08"), (CountFrom::SameDay, What::Counts, "2026-06-06")]
    {
        let sheet = evidence(&clock, from, &calendar, None, at("2026-06-03T10:00")).expect("a sheet");
        assert_eq!((sheet.stretches[0].what, sheet.until.to_string().as_str()), (first, until));
        let counted: u32 = sheet.stretches.iter().filter(|it| it.what == What::Counts).map(|it| it.days()).sum();
        assert_eq!((counted, sheet.budget), (5, 5));
    }
}

#[test]
fn a_practice_holds_for_what_begins_on_its_day_or_later() {
    let same_day = Practice { count_from: CountFrom::SameDay, ..Practice::default() };
    let service = |rules: &Rules| due_day(&derive(&story(&[]), rules)[0]);
    // Two days from Monday 2 November: Tuesday and Wednesday, or Monday and Tuesday.
    assert_eq!([service(&rules()), service(&settled("2026-11-03", same_day))], ["2026-11-04"; 2]);
    assert_eq!(
        [service(&settled("2026-11-02", same_day)), service(&settled("2013-01-01", same_day))],
        ["2026-11-03"; 2]
    );
    let mut rules = settled("2026-11-02", same_day);
    rules.settle_practice("KMC", day("2026-11-02"), Practice::default());
    assert_eq!(service(&rules), "2026-11-03", "another department's is its own");
    rules.settle_practice("LRR", day("2026-11-02"), Practice::default());
    assert_eq!(service(&rules), "2026-11-04", "of two of one day the later is taken");
}

#[test]
fn a_defect_memo_pauses_the_limit_or_runs_on_and_the_citizen_has_days_of_their_own() {
    let told = [(EventKind::Deficient, "2026-11-03T10:00"), (EventKind::Resumed, "2026-11-05T10:00")];
    let runs_on = Practice { defect_memo: DefectMemo::RunsOn, ..Practice::default() };
    for (rules, wanted, pauses) in [(rules(), "2026-11-06", 1), (settled("2026-11-02", runs_on), "2026-11-04", 0)] {
        let clocks = derive(&story(&told), &rules);
        assert_eq!((due_day(&clocks[0]).as_str(), clocks[0].pauses.len()), (wanted, pauses));
        let [answer] = of(&clocks, ClockKind::Rectification)[..] else { panic!("one memo, one clock: {clocks:?}") };
        assert_eq!(
            (answer.key.as_str(), answer.state, answer.outcome),
            ("1", ClockState::Stopped, Some(Outcome::Completed))
        );
        assert_eq!(answer.stopped_at, Some(at("2026-11-05T10:00")));
    }
    // Seven days from Tuesday 3 November: Sunday the 8th and Diwali, of which the list says on which day it is, are left out.
    let clocks = derive(&story(&told[..1]), &rules());
    let [answer] = of(&clocks, ClockKind::Rectification)[..] else { panic!("one: {clocks:?}") };
    let last = answer.due.expect("a day").day;
    assert_eq!(answer.rungs, [(Rung::DueToday, at(&format!("{last}T00:00")))], "a citizen breaches nothing");
    assert_eq!(answer.days_used(at(&format!("{last}T12:00")), &rules(), "LRR", None), Some(7));
    assert_eq!(answer.state, ClockState::Running);
    // It ends with the application, and where no days are given there is none.
    let ended = derive(&story(&[told[0], (EventKind::Rejected, "2026-11-04T10:00")]), &rules());
    assert_eq!(of(&ended, ClockKind::Rectification)[0].outcome, Some(Outcome::Rejected));
    let none = Practice { rectify_days: 0, ..Practice::default() };
    assert_eq!(of(&derive(&story(&told), &settled("2026-11-02", none)), ClockKind::Rectification), [] as [&Clock; 0]);
    let late = derive(&story(&[(EventKind::Rejected, "2026-11-02T12:00"), told[0]]), &rules());
    assert_eq!(of(&late, ClockKind::Rectification), [] as [&Clock; 0], "after the end there is nothing to answer");
}

#[test]
fn a_rejection_opens_an_appeal_where_the_department_wants_it_told() {
    let told = Practice { appeal_on_rejection: true, ..Practice::default() };
    let rejected = |when, rules: &Rules| derive(&story(&[(EventKind::Rejected, when)]), rules).remove(0).rungs;
    let opened = |rungs: &[(Rung, _)]| {
        rungs.iter().filter(|(rung, _)| *rung == Rung::AppealOpen).map(|(_, at)| *at).collect::<Vec<_>>()
    };
    let (early, late) = ("2026-11-03T16:00", "2026-11-09T16:00");
    assert_eq!(opened(&rejected(early, &rules())), []);
    let settled = settled("2026-11-02", told);
    assert_eq!(opened(&rejected(early, &settled)), [at(early)]);
    assert!(rejected(early, &settled).contains(&(Rung::Met, at(early))), "it was decided in time all the same");
    assert_eq!(opened(&rejected(late, &settled)), [at("2026-11-05T00:00")], "open since the breach");
    let withdrawn = derive(&story(&[(EventKind::Withdrawn, early)]), &settled).remove(0);
    assert_eq!(opened(&withdrawn.rungs), []);
}

#[test]
fn a_revision_has_a_clock_of_its_own() {
    let case = |kind, text| Happening::read(kind, at(text), false, &json!({"revision_no": "C/1"}));
    let mut history = story(&[(EventKind::Rejected, "2026-11-03T16:00")]);
    history.happenings.push(case(EventKind::RevisionFiled, "2026-12-01T11:00"));
    let clock = |history: &History| of(&derive(history, &rules()), ClockKind::Revision)[0].clone();
    assert_eq!((clock(&history).key.as_str(), clock(&history).state), ("C/1", ClockState::NoLimit), "none is notified");
    history.happenings.push(case(EventKind::RevisionDecided, "2026-12-20T11:00"));
    assert_eq!(
        (clock(&history).outcome, clock(&history).stopped_at),
        (Some(Outcome::Decided), Some(at("2026-12-20T11:00")))
    );
}

#[test]
fn a_practice_is_changed_by_two_persons_like_every_rule() {
    let practice = Practice {
        count_from: CountFrom::SameDay,
        defect_memo: DefectMemo::RunsOn,
        rectify_days: 10,
        appeal_on_rejection: true,
    };
    let change = |department: &str, practice, from| Change::PracticeChanged {
        department: department.into(),
        practice,
        effective_from: day(from),
        order: "No. 7-LRR of 20.11.2026".into(),
    };
    let good = change("LRR", practice, "2026-12-01");
    let text = serde_json::to_value(&good).expect("JSON");
    assert_eq!(text["change"], "practice_changed");
    assert_eq!(text["practice"]["count_from"], "same_day");
    assert_eq!(serde_json::from_value::<Change>(text).expect("a change"), good);
    let (mut rules, catalogue) = (rules(), catalogue());
    assert_eq!(good.checked(&rules, &catalogue).as_ref(), Ok(&good));
    for (wrong, field) in [
        (change("XXX", practice, "2026-12-01"), "department"),
        (change("LRR", Practice { rectify_days: 367, ..practice }, "2026-12-01"), "rectify_days"),
        (change("LRR", practice, "1999-12-01"), "effective_from"),
        (change("LRR", Practice::default(), "2026-12-01"), "practice"),
    ] {
        assert_eq!(wrong.checked(&rules, &catalogue).map(drop).expect_err("refused").field, field, "{wrong:?}");
    }
    assert_eq!((good.way(), good.derives(&rules)), (Way::Derive, vec![("LRR".into(), None)]));
    good.apply(&mut rules);
    let count_from = |on| rules.practice("LRR", day(on)).count_from;
    assert_eq!([count_from("2026-11-30"), count_from("2026-12-01")], [CountFrom::NextDay, CountFrom::SameDay]);
}
