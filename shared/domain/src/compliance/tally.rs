//! Cases become figures, one after the other: what is kept does not grow with their number.

use super::{Case, Compliance, Count, Ended, Figures, Named, Period, Spread, Standing, by_name};
use crate::{
    civil::Instant,
    clock::Outcome,
    event::EventKind,
    limit::{Pause, counted},
    rules::Rules,
};
use std::collections::BTreeMap;

/// Offices that are told apart, at most; the others are one together. Services are those of the catalogue.
const OFFICES: usize = 1_000;
/// Reasons that are told apart while counting, at most; later ones are "other".
const REASONS: usize = 2_000;
/// Reasons that are named, at most.
const NAMED: usize = 10;
/// Characters of a reason, at most.
const LONGEST: usize = 200;

/// Counts a department's cases in a period.
#[derive(Debug)]
pub struct Tally {
    period: Period,
    /// What is pending is pending before this moment.
    until: Instant,
    total: Sum,
    services: BTreeMap<String, Sum>,
    offices: BTreeMap<String, Sum>,
    other_offices: Option<Sum>,
    pauses: Reasons,
    rejections: Reasons,
}

/// Figures in the making.
#[derive(Debug, Default, Clone)]
struct Sum {
    figures: Figures,
    days: BTreeMap<u32, u64>,
    counted: BTreeMap<u32, u64>,
}

/// Texts and how often each was given.
#[derive(Debug, Default)]
struct Reasons {
    counts: BTreeMap<String, u64>,
    others: u64,
}

/// What a case brings to each sum that it belongs to.
#[derive(Default)]
struct Share {
    brought_forward: bool,
    received: bool,
    ended: Option<(Outcome, Standing)>,
    pending: Option<Standing>,
    without_pauses: bool,
    days: Option<(u32, Option<u32>)>,
    pauses: [u64; 3],
}

impl Tally {
    /// For a period, at a moment.
    pub fn new(period: Period, now: Instant) -> Self {
        let until = period.ends().min(now.plus_millis(1));
        Self {
            period,
            until,
            total: Sum::default(),
            services: BTreeMap::new(),
            offices: BTreeMap::new(),
            other_offices: None,
            pauses: Reasons::default(),
            rejections: Reasons::default(),
        }
    }

    /// The moment before which the period's cases came: what begins or ends from then on is not looked at.
    pub fn until(&self) -> Instant {
        self.until
    }

    /// Adds a case.
    pub fn add(&mut self, case: &Case, rules: &Rules) {
        let (begins, until) = (self.period.begins(), self.until);
        let (entered, ended) = (case.entered(), case.ended(until));
        if entered >= until || ended.is_some_and(|(at, _)| at < begins) {
            return;
        }
        let mut share = Share { brought_forward: entered < begins, received: entered >= begins, ..Share::default() };
        match ended {
            Some((at, outcome)) => {
                share.ended = Some((outcome, case.standing(at.plus_millis(1), true, rules)));
                if outcome != Outcome::Withdrawn {
                    share.without_pauses = case.standing(at.plus_millis(1), false, rules) == Standing::Late;
                    share.days = case.days(at, rules);
                }
                if outcome == Outcome::Rejected {
                    self.rejected(case);
                }
            }
            None => {
                share.pending = Some(case.standing(until, true, rules));
                share.without_pauses = case.standing(until, false, rules) == Standing::Late;
            }
        }
        // What has not started does not stand.
        let clock = case.service_clock().filter(|clock| clock.started_at.is_some_and(|at| at < until));
        for pause in clock.map(|clock| clock.pauses.as_slice()).unwrap_or_default() {
            if (begins..until).contains(&pause.from) {
                let place = self.paused(case, *pause, rules);
                share.pauses[0] += 1;
                if let Some(place) = place {
                    share.pauses[place] += 1;
                }
            }
        }
        self.total.add(&share);
        self.services.entry(case.service.clone()).or_default().add(&share);
        let office = match self.offices.len() < OFFICES || self.offices.contains_key(&case.office) {
            true => self.offices.entry(case.office.clone()).or_default(),
            false => self.other_offices.get_or_insert_default(),
        };
        office.add(&share);
    }

    /// Why it was rejected.
    fn rejected(&mut self, case: &Case) {
        let said = case.spoken.iter().find(|it| it.kind == EventKind::Rejected);
        match said.map(|it| it.reasons.as_slice()).unwrap_or_default() {
            [] => self.rejections.add(""),
            reasons => reasons.iter().for_each(|reason| self.rejections.add(reason)),
        }
    }

    /// Why it was paused; whether in the last two days (1) or when the limit was used up (2).
    fn paused(&mut self, case: &Case, pause: Pause, rules: &Rules) -> Option<usize> {
        let memo = case.spoken.iter().find(|it| it.kind == EventKind::Deficient && it.at == pause.from);
        self.pauses.add(memo.and_then(|it| it.reasons.first()).map_or("", String::as_str));
        let (clock, due) = case.due_before(pause, rules)?;
        let (day, limit) = (pause.from.day(), clock.limit?);
        let before: Vec<Pause> = clock.pauses.iter().copied().filter(|it| it.from < pause.from).collect();
        let from = case.first_of(clock, rules).map_or(day, |first| day.max(first));
        let left = || counted(from, due.day, limit.unit, &before, &rules.calendar, case.district.as_deref());
        match day > due.day {
            true => Some(2),
            false => (left() <= 2).then_some(1),
        }
    }

    /// The figures.
    pub fn finish(self) -> Compliance {
        let (pause_reasons, other_pause_reasons) = self.pauses.finish();
        let (rejection_reasons, other_rejection_reasons) = self.rejections.finish();
        let finish = |sums: BTreeMap<String, Sum>| {
            by_name(sums.into_iter().map(|(name, sum)| (name, sum.finish())).collect::<BTreeMap<_, _>>())
        };
        Compliance {
            period: self.period,
            as_of: self.until.plus_millis(if self.until == self.period.ends() { 0 } else { -1 }),
            total: self.total.finish(),
            services: finish(self.services),
            offices: finish(self.offices),
            other_offices: self.other_offices.map(Sum::finish),
            pause_reasons,
            other_pause_reasons,
            rejection_reasons,
            other_rejection_reasons,
        }
    }
}

impl Sum {
    fn add(&mut self, share: &Share) {
        let figures = &mut self.figures;
        figures.brought_forward += u64::from(share.brought_forward);
        figures.received += u64::from(share.received);
        if let Some((outcome, standing)) = share.ended {
            let ended = match outcome {
                Outcome::Rejected => &mut figures.rejected,
                Outcome::Withdrawn => &mut figures.withdrawn,
                _ => &mut figures.provided,
            };
            count(ended, standing);
            figures.late_without_pauses += u64::from(share.without_pauses);
        }
        if let Some(standing) = share.pending {
            let pending = &mut figures.pending;
            *match standing {
                Standing::InTime => &mut pending.in_time,
                Standing::Late => &mut pending.beyond,
                Standing::Paused => &mut pending.paused,
                Standing::NotStarted => &mut pending.not_started,
                Standing::NoLimit => &mut pending.no_limit,
            } += 1;
            figures.beyond_without_pauses += u64::from(share.without_pauses);
        }
        figures.pauses += share.pauses[0];
        figures.last_minute_pauses += share.pauses[1];
        figures.overdue_pauses += share.pauses[2];
        if let Some((civil, counted)) = share.days {
            *self.days.entry(civil).or_default() += 1;
            if let Some(counted) = counted {
                *self.counted.entry(counted).or_default() += 1;
            }
        }
    }

    fn finish(self) -> Figures {
        Figures { days: spread(&self.days), counted_days: spread(&self.counted), ..self.figures }
    }
}

/// A clock that stood when it ended was not late: what it measured came first.
fn count(ended: &mut Ended, standing: Standing) {
    *match standing {
        Standing::InTime | Standing::Paused => &mut ended.in_time,
        Standing::Late => &mut ended.late,
        Standing::NoLimit | Standing::NotStarted => &mut ended.no_limit,
    } += 1;
}

/// By the nearest rank: of N figures in order the ⌈N·share⌉th.
fn spread(days: &BTreeMap<u32, u64>) -> Spread {
    let all: u64 = days.values().sum();
    let rank = |tenths: u64| {
        let wanted = (all * tenths).div_ceil(10);
        let mut seen = 0;
        days.iter().find(|(_, count)| {
            seen += **count;
            seen >= wanted
        })
    };
    Spread { median: rank(5).map(|(days, _)| *days), p90: rank(9).map(|(days, _)| *days) }
}

impl Reasons {
    fn add(&mut self, reason: &str) {
        let text: String = reason.chars().take(LONGEST).collect();
        if self.counts.len() < REASONS || self.counts.contains_key(&text) {
            *self.counts.entry(text).or_default() += 1;
        } else {
            self.others += 1;
        }
    }

    fn finish(self) -> (Vec<Named<Count>>, u64) {
        let mut found: Vec<Named<Count>> =
            self.counts.into_iter().map(|(name, count)| Named { name, figures: Count { count } }).collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.figures.count));
        let rest = found.split_off(found.len().min(NAMED));
        (found, self.others + rest.iter().map(|it| it.figures.count).sum::<u64>())
    }
}
