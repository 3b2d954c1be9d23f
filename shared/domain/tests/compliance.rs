//! The figures of a period: an example worked by hand, and random histories against a slow way that is obviously right.

use crate::rules;
use mohor_domain::{
    civil::{Instant, end_of},
    clock::{Clock, ClockKind, ClockState, Happening, History, Outcome, derive},
    compliance::{Case, Compliance, Ended, Figures, Pending, Period, Spoken, Spread, Tally},
    event::EventKind,
    rules::Rules,
};
use proptest::prelude::*;
use serde_json::json;

fn at(text: &str) -> Instant {
    Instant::parse(&format!("2026-{text}:00+05:30")).expect("a time")
}

/// Events as `<kind> <month-day>T<time>`, `ready` for the certificate at the centre; a stage after a colon.
fn history(department: &str, service: &str, words: &[&str]) -> History {
    let mut told = History { department: department.into(), service: Some(service.into()), ..History::default() };
    for word in words {
        let (kind, time) = word.split_once(' ').expect("a kind and a time");
        let (kind, stage) = kind.split_once(':').unwrap_or((kind, ""));
        match EventKind::from_word(&format!("application.{kind}")) {
            Some(kind) => {
                let data = json!({"stage": stage});
                told.happenings.push(Happening::read(kind, at(time), false, &data));
            }
            None => told.ready_at = Some(at(time)),
        }
    }
    told
}

fn case(told: &History, rules: &Rules) -> Case {
    let spoken = told.happenings.iter().filter_map(|it| {
        let reasons = match it.kind {
            EventKind::Deficient => vec!["a page is missing".into()],
            EventKind::Rejected => vec!["not entitled".into(), "the plot is another's".into()],
            _ => return None,
        };
        Some(Spoken { kind: it.kind, at: it.at, reasons })
    });
    Case {
        department: told.department.clone(),
        service: told.service.clone().unwrap_or_default(),
        office: "SDO-1".into(),
        district: told.district.clone(),
        known_at: told.happenings.iter().map(|it| it.at).min().expect("an event"),
        clocks: derive(told, rules).into_iter().filter(|it| it.kind <= ClockKind::Stage).collect(),
        spoken: spoken.collect(),
    }
}

fn figures(told: &[History], period: Period, now: Instant, rules: &Rules) -> Compliance {
    let mut tally = Tally::new(period, now);
    told.iter().for_each(|told| tally.add(&case(told, rules), rules));
    tally.finish()
}

/// Plots have two days. June 2026: Sundays are 7, 14, 21 and 28; Friday 26 is Muharram.
fn june() -> Vec<History> {
    let plot = |words: &[&str]| history("LRR", "plot-information", words);
    vec![
        // Sat 30 May, Mon 1 June: due on the first. In time, three civil days, two that count. Brought forward.
        plot(&["submitted 05-29T11:00", "ready 06-01T10:00"]),
        // Wed 3, Thu 4: due on the fourth. In time after one day.
        plot(&["submitted 06-02T11:00", "ready 06-03T10:00"]),
        // The same, on the fifth: late. Three days of both kinds.
        plot(&["submitted 06-02T11:00", "ready 06-05T10:00"]),
        // Wed 10 counts; on Thu 11, the last day, a memo; Mon 15 counts: due then, and rejected. Six civil days, two that
        // count. Without the pause it was due on the eleventh: late.
        plot(&["submitted 06-09T11:00", "deficient 06-11T10:00", "resumed 06-15T10:00", "rejected 06-15T16:00"]),
        // Paused while two days are left, and withdrawn in time.
        plot(&["submitted 06-16T11:00", "deficient 06-16T15:00", "resumed 06-17T09:00", "withdrawn 06-17T12:00"]),
        // Due on Wed 24; the memo comes afterwards: pending beyond, with the pause and without.
        plot(&["submitted 06-22T11:00", "deficient 06-27T10:00"]),
        // Thu 25, Sat 27: due then. A memo on the 25th stands: pending, paused; without it beyond.
        plot(&["submitted 06-24T11:00", "deficient 06-25T10:00"]),
        // Due on 1 July: pending in time when June ends, whatever July brings.
        plot(&["submitted 06-29T11:00", "ready 07-03T10:00"]),
        // Not of this period.
        plot(&["submitted 07-01T00:00"]),
        plot(&["submitted 05-04T11:00", "ready 05-31T23:59"]),
        // No limit is known: ten civil days.
        history("LRR", "unheard-of", &["submitted 06-10T11:00", "ready 06-20T10:00"]),
        // The fee is not paid: it waits for its start.
        history("TRN", "goods-carriage-permit", &["submitted 06-15T11:00"]),
        // Staged, working days: to forward in seven (2-5, 8-10: the tenth) took nine (2-5, 8-12): late. The report took
        // five (15-19), the issue four (22-25): eighteen that count, 24 civil days.
        history(
            "HHA",
            "nori-certificate",
            &[
                "submitted 06-01T11:00",
                "stage_completed:forward 06-12T11:00",
                "stage_completed:police-report 06-19T11:00",
                "ready 06-25T11:00",
            ],
        ),
    ]
}

#[test]
fn a_period_worked_by_hand() {
    let rules = rules();
    let period = Period::parse("2026-06-01", "2026-06-30").expect("a period");
    let found = figures(&june(), period, at("08-01T10:00"), &rules);
    let wanted = Figures {
        brought_forward: 1,
        received: 10,
        provided: Ended { in_time: 2, late: 2, no_limit: 1 },
        rejected: Ended { in_time: 1, late: 0, no_limit: 0 },
        withdrawn: Ended { in_time: 1, late: 0, no_limit: 0 },
        pending: Pending { in_time: 1, beyond: 1, paused: 1, not_started: 1, no_limit: 0 },
        // The third, the staged one, and the one that was rejected after a pause.
        late_without_pauses: 3,
        // The two with a memo.
        beyond_without_pauses: 2,
        // 1, 3, 3, 6, 10, 24: the third and the sixth.
        days: Spread { median: Some(3), p90: Some(24) },
        // 1, 2, 2, 3, 18: the third and the fifth.
        counted_days: Spread { median: Some(2), p90: Some(18) },
        pauses: 4,
        // The rejected, the withdrawn, and the one that stands since the 25th.
        last_minute_pauses: 3,
        overdue_pauses: 1,
    };
    assert_eq!(found.total, wanted);
    assert_eq!(found.as_of, at("07-01T00:00"));
    let plots = found.services.iter().find(|it| it.name == "plot-information").expect("counted");
    assert_eq!((plots.figures.received, plots.figures.disposed().late, plots.figures.pending.all()), (7, 1, 3));
    assert_eq!(found.services.iter().map(|it| it.figures.received).sum::<u64>(), 10);
    assert_eq!((found.offices.len(), &found.offices[0].figures), (1, &wanted));
    let reasons = |list: &[mohor_domain::compliance::Named<mohor_domain::compliance::Count>]| -> Vec<(String, u64)> {
        list.iter().map(|it| (it.name.clone(), it.figures.count)).collect()
    };
    assert_eq!(reasons(&found.pause_reasons), [("a page is missing".into(), 4)]);
    assert_eq!(reasons(&found.rejection_reasons), [("not entitled".into(), 1), ("the plot is another's".into(), 1)]);
    let text = serde_json::to_string(&found).expect("JSON");
    assert_eq!(serde_json::from_str::<Compliance>(&text).expect("read again"), found);
}

#[test]
fn a_period_that_goes_on_is_told_as_of_now() {
    let rules = rules();
    let period = Period::parse("2026-06-01", "2026-06-30").expect("a period");
    // On the 24th at noon the last four are not there yet, and the sixth is due today.
    let now = at("06-24T10:00");
    let found = figures(&june(), period, now, &rules);
    assert_eq!((found.as_of, found.total.received), (now, 8));
    // The staged one has missed the limit of a stage.
    assert_eq!(found.total.pending, Pending { in_time: 1, beyond: 1, not_started: 1, ..Pending::default() });
    assert_eq!((found.total.pauses, found.total.provided.late), (2, 1), "of the staged one nothing is provided yet");
}

#[test]
fn there_may_be_nothing() {
    let found = figures(&[], Period::parse("2026-06-01", "2026-06-01").expect("a day"), at("08-01T10:00"), &rules());
    assert_eq!((found.total, found.services), (Figures::default(), vec![]));
}

/// What is known before a moment, without what paused if that is asked.
fn known(told: &History, until: Instant, pauses: bool) -> History {
    let mut told = told.clone();
    told.happenings.retain(|it| it.at < until);
    told.happenings.retain(|it| pauses || !matches!(it.kind, EventKind::Deficient | EventKind::Resumed));
    told.ready_at = told.ready_at.filter(|ready| *ready < until);
    told
}

/// Late as of a moment, by the clocks of what was known then.
fn late(told: &History, until: Instant, pauses: bool, rules: &Rules) -> bool {
    let measured = |clock: &Clock| {
        let end = clock.stopped_at.unwrap_or(until.plus_millis(-1));
        clock.kind <= ClockKind::Stage && clock.due.is_some_and(|due| end >= end_of(due.day))
    };
    derive(&known(told, until, pauses), rules).iter().any(measured)
}

/// Case by case, day by day.
fn slowly(told: &[History], period: Period, until: Instant, rules: &Rules) -> Figures {
    let mut sum = Figures::default();
    let (mut civil, mut own) = (vec![], vec![]);
    let within = |at: Instant| at >= period.begins() && at < until;
    for told in told {
        let came = told.happenings.iter().map(|it| it.at).min().expect("an event");
        let clocks: Vec<Clock> =
            derive(&known(told, until, true), rules).into_iter().filter(|it| it.kind <= ClockKind::Stage).collect();
        let Some(service) = clocks.first().filter(|_| came < until) else { continue };
        if service.stopped_at.is_some_and(|at| at < period.begins()) {
            continue;
        }
        if within(came) {
            sum.received += 1;
        } else {
            sum.brought_forward += 1;
        }
        let limits = service.started_at.is_some() && clocks.iter().any(|it| it.limit.is_some());
        let ([with, without], paused) =
            ([true, false].map(|pauses| late(told, until, pauses, rules)), service.state == ClockState::Paused);
        match (service.stopped_at, service.outcome) {
            (Some(end), Some(outcome)) => {
                let ended = match outcome {
                    Outcome::Provided => &mut sum.provided,
                    Outcome::Rejected => &mut sum.rejected,
                    _ => &mut sum.withdrawn,
                };
                *(if !limits {
                    &mut ended.no_limit
                } else if with {
                    &mut ended.late
                } else {
                    &mut ended.in_time
                }) += 1;
                if let (true, Some(start)) = (outcome != Outcome::Withdrawn, service.started_at) {
                    sum.late_without_pauses += u64::from(without);
                    civil.push((end.day().duration_since(start.day()).as_hours() / 24) as u32);
                    let counts: Vec<u32> = clocks.iter().filter_map(|it| days_of(it, end, told, rules)).collect();
                    if !counts.is_empty() {
                        own.push(counts.iter().sum());
                    }
                }
            }
            _ => {
                let pending = &mut sum.pending;
                *(match () {
                    () if service.started_at.is_none() => &mut pending.not_started,
                    () if !limits => &mut pending.no_limit,
                    () if with => &mut pending.beyond,
                    () if paused => &mut pending.paused,
                    () => &mut pending.in_time,
                }) += 1;
                sum.beyond_without_pauses += u64::from(without);
            }
        }
        for pause in service.pauses.iter().filter(|pause| within(pause.from)) {
            sum.pauses += 1;
            let before = derive(&known(told, pause.from, true), rules);
            let runs = |it: &&Clock| it.kind <= ClockKind::Stage && it.stopped_at.is_none() && it.limit.is_some();
            let Some(clock) = before.iter().rev().find(runs) else { continue };
            let (Some(due), Some(start)) = (clock.due, clock.started_at) else { continue };
            let mut left = 0;
            let mut day = start.day();
            while day < due.day {
                day = day.tomorrow().expect("a day");
                left += u32::from(day >= pause.from.day() && counts(clock, day, told, rules));
            }
            if pause.from.day() > due.day {
                sum.overdue_pauses += 1;
            } else if left <= 2 {
                sum.last_minute_pauses += 1;
            }
        }
    }
    (sum.days, sum.counted_days) = (spread(civil), spread(own));
    sum
}

fn counts(clock: &Clock, day: jiff::civil::Date, told: &History, rules: &Rules) -> bool {
    let last = end_of(day).plus_millis(-1);
    let stands = clock.pauses.iter().any(|it| it.from <= last && it.until.is_none_or(|until| until > last));
    let unit = clock.limit.expect("a limit").unit;
    rules.calendar.exclusion(day, unit.days(), told.district.as_deref()).is_none() && !stands
}

fn days_of(clock: &Clock, end: Instant, told: &History, rules: &Rules) -> Option<u32> {
    clock.limit?;
    let (mut day, mut sum) = (clock.started_at?.day(), 0);
    while day < clock.stopped_at.unwrap_or(end).day() {
        day = day.tomorrow().expect("a day");
        sum += u32::from(counts(clock, day, told, rules));
    }
    Some(sum)
}

/// The smallest value that so many tenths do not exceed.
fn spread(values: Vec<u32>) -> Spread {
    let reached = |tenths: usize| {
        let mut sorted = values.clone();
        sorted.sort_unstable();
        sorted.iter().copied().find(|value| {
            let below = values.iter().filter(|it| *it <= value).count();
            below * 10 >= values.len() * tenths
        })
    };
    Spread { median: reached(5), p90: reached(9) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Histories of three services, one staged, one conditional, each of up to eight events.
    #[test]
    fn figures_are_those_of_the_slow_way(
        stories in prop::collection::vec(
            (0usize..3, 0i64..60, prop::collection::btree_map(1i64..40 * 24 * 60, 0usize..7, 0..8),
             prop::option::of(1i64..45 * 24 * 60)),
            1..12,
        ),
        from in 0i64..50,
        length in 0i64..60,
        now in 0i64..120,
    ) {
        const KINDS: [EventKind; 7] = [
            EventKind::Deficient, EventKind::Resumed, EventKind::Deficient, EventKind::Resumed, EventKind::StageCompleted,
            EventKind::Started, EventKind::Rejected,
        ];
        const SERVICES: [(&str, &str); 3] =
            [("LRR", "plot-information"), ("HHA", "nori-certificate"), ("TRN", "goods-carriage-permit")];
        let rules = rules();
        let day = |n: i64| at("09-01T00:00").plus_millis(n * 86_400_000);
        let told: Vec<History> = stories.iter().map(|(service, start, events, ready)| {
            let (department, service) = SERVICES[*service];
            let start = day(*start).plus_millis(11 * 3_600_000);
            let mut told = history(department, service, &[]);
            told.happenings.push(Happening::read(EventKind::Submitted, start, false, &json!({})));
            let mut stages = ["forward", "police-report", "issue"].iter();
            for (minutes, kind) in events {
                let stage = stages.next().filter(|_| KINDS[*kind] == EventKind::StageCompleted);
                let data = json!({"stage": stage.unwrap_or(&"issue")});
                told.happenings.push(Happening::read(KINDS[*kind], start.plus_millis(minutes * 60_000), false, &data));
            }
            told.ready_at = ready.map(|minutes| start.plus_millis(minutes * 60_000 + 30_000));
            // Nothing starts after its end.
            let rejected = told.happenings.iter().filter(|it| it.kind == EventKind::Rejected).map(|it| it.at);
            let end = rejected.chain(told.ready_at).min();
            told.happenings.retain(|it| it.kind != EventKind::Started || end.is_none_or(|end| it.at < end));
            told
        }).collect();
        let period = Period::new(day(from).day(), day(from + length).day()).expect("a period");
        let now = day(now).plus_millis(15 * 3_600_000);
        let found = figures(&told, period, now, &rules);
        let until = period.ends().min(now.plus_millis(1));
        prop_assert_eq!(&found.total, &slowly(&told, period, until, &rules));
        let sum = &found.total;
        prop_assert_eq!(
            sum.brought_forward + sum.received,
            sum.disposed().all() + sum.withdrawn.all() + sum.pending.all()
        );
    }
}
