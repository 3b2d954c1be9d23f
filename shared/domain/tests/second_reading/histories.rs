//! Histories and rules that nobody thought of, each from its number.

use super::reading::{begin_of, day_of};
use crate::file;
use jiff::{ToSpan, civil::Date};
use mohor_domain::{
    calendar::{Calendar, Holiday, HolidayKind, Policy},
    civil::{Instant, parse_date},
    clock::{ClockKind, Happening, History, Stay},
    event::EventKind,
    limit::{Limit, Unit},
    practice::{CountFrom, DefectMemo, Practice},
    rules::{DueSoon, Ladder, Rule, Rules},
    share::{ProvidedAt, Terms},
};
use serde_json::json;

/// A service of each kind: of the bundled limits, and of notifications that may come.
const SERVICES: [(&str, &str); 15] = [
    ("BCW", "caste-certificate"),
    ("UMA", "holding-assessment"),
    ("UMA", "cremation-certificate"),
    ("LRR", "plot-information"),
    ("HHA", "nori-certificate"),
    ("HHA", "police-verification-abroad"),
    ("TRN", "goods-carriage-permit"),
    ("TRN", "tax-receipt"),
    ("HED", "new-college-inspection"),
    ("AAA", "months"),
    ("AAA", "staged"),
    ("AAA", "staged-when-paid"),
    ("AAA", "anew"),
    ("AAA", "a-day"),
    ("AAA", "unknown"),
];

/// `service clock stage district limit unit starts effective_from`, in which `-` is nothing.
const ROWS: &str = "\
months service - - 1 months - -
months appeal - - 2 weeks - -
months review - - 0 same_day - -
staged service - - 20 days - -
staged stage look - 5 days - -
staged stage ask - 1 months - -
staged stage ask KOL 3 working_days - -
staged stage give - 2 weeks - -
staged appeal - - 1 months - -
staged-when-paid service - - - - paid -
staged-when-paid stage look - 3 working_days - -
staged-when-paid stage give - 0 same_day - -
anew service - - 10 days - -
anew service - KOL 5 working_days - 1969-12-25
anew service - - 2 weeks - 2026-06-10
anew service - COB 4 days - 2026-06-10
anew appeal - COB 3 days paid -
a-day service - - 1 days - -
a-day appeal - - 1 working_days - -
";

/// Where a history begins: near the ends of lists and of eras.
const BEGINNINGS: [&str; 10] = [
    "2026-01-20",
    "2026-06-01",
    "2026-09-20",
    "2025-12-10",
    "2026-12-01",
    "2020-02-20",
    "1969-12-10",
    "1970-01-01",
    "2012-12-20",
    "0002-03-01",
];
const DISTRICTS: [&str; 3] = ["KOL", "COB", "DAR"];
const DAY: i64 = 86_400_000;

/// Numbers from a seed (splitmix64).
pub struct Seed(pub u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    pub fn once_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).expect("a place")]
    }
}

/// The bundled limits and lists, with what may be notified besides.
pub fn bundled() -> Rules {
    let calendar = Calendar::read(&file("holidays.csv")).expect("the bundled holidays");
    let mut rules = Rules::read(&file("limits.csv"), calendar, Ladder::default()).expect("the bundled limits");
    for row in ROWS.lines() {
        let cells: Vec<Option<&str>> = row.split(' ').map(|cell| (cell != "-").then_some(cell)).collect();
        let [service, clock, stage, district, amount, unit, starts, from] = cells[..] else {
            panic!("eight cells: {row}")
        };
        let limit = amount.zip(unit).map(|(amount, unit)| Limit {
            amount: amount.parse().expect("a number"),
            unit: Unit::from_word(unit).expect("a unit"),
        });
        let rule = Rule {
            clock: ClockKind::from_word(clock.expect("a clock")).expect("a clock"),
            stage: stage.map(str::to_owned),
            district: district.map(str::to_owned),
            limit,
            starts: starts.map(str::to_owned),
            effective_from: from.and_then(parse_date),
            notification: String::new(),
            source: String::new(),
        };
        rules.add("AAA", service.expect("a service"), rule);
    }
    rules
}

/// An application, and the rules that it is read by.
pub struct Case {
    /// As the events have it, before its centres are known.
    pub history: History,
    /// The centre to which the certificate goes.
    pub named: Option<String>,
    pub rules: Rules,
}

impl Case {
    pub fn placed(&self) -> History {
        self.history.clone().placed(self.named.clone(), |bsk| Some(bsk[..3].to_owned()))
    }
}

/// The case of a seed.
pub fn case(seed: &mut Seed, bundled: &Rules) -> Case {
    let from: Date = seed.one_of(&BEGINNINGS).parse().expect("a day");
    let from = from.checked_add(i64::try_from(seed.below(40)).expect("days").days()).expect("a day");
    let mut rules = rules(seed, bundled.clone(), from);
    let times = Times::draw(seed, from);
    let (department, service) = seed.one_of(&SERVICES);
    settle_practices(seed, &mut rules, department, from);
    let mut history = History { department: department.into(), service: Some(service.into()), ..History::default() };
    let centre = |seed: &mut Seed| (!seed.once_in(4)).then(|| format!("{}0001", seed.one_of(&DISTRICTS)));
    let mut named = None;
    let tell = |seed: &mut Seed,
                history: &mut History,
                kind,
                at,
                name: &str,
                bsk: Option<&String>,
                submitted: Option<Instant>| {
        let late = seed.once_in(5);
        let submitted_at = submitted.map(Instant::rfc3339);
        let data = json!({ "stage": name, "appeal_no": name, "review_no": name, "revision_no": name, "bsk": bsk, "submitted_at": submitted_at });
        history.happenings.push(Happening::read(kind, at, late, &data));
    };
    let submitted = times.begin(seed);
    if !seed.once_in(12) {
        named = centre(seed);
        tell(seed, &mut history, EventKind::Submitted, submitted, "", named.as_ref(), None);
    }
    for kind in [EventKind::Deficient, EventKind::Resumed] {
        for _ in 0..seed.below(4) {
            let at = times.any(seed);
            tell(seed, &mut history, kind, at, "", None, None);
        }
    }
    for _ in 0..seed.below(3) {
        let at = times.any(seed);
        tell(seed, &mut history, EventKind::Started, at, "", None, None);
    }
    for stage in rules.stage_names(department, service) {
        for _ in 0..seed.below(3) {
            let at = times.any(seed);
            tell(seed, &mut history, EventKind::StageCompleted, at, &stage, None, None);
        }
    }
    let cases = [
        (EventKind::AppealFiled, EventKind::AppealDecided, "A/1"),
        (EventKind::AppealFiled, EventKind::AppealDecided, "A/2"),
        (EventKind::ReviewFiled, EventKind::ReviewDecided, "A/1"),
        (EventKind::RevisionFiled, EventKind::RevisionDecided, "A/1"),
    ];
    for (filed, decided, name) in cases.into_iter().filter(|_| seed.once_in(4)).collect::<Vec<_>>() {
        let at = times.any(seed);
        tell(seed, &mut history, filed, at, name, None, None);
        if seed.once_in(2) {
            let at = times.any(seed);
            tell(seed, &mut history, decided, at, name, None, None);
        }
    }
    for (kind, share) in [(EventKind::Rejected, 5), (EventKind::Withdrawn, 8)] {
        if seed.once_in(share) {
            let at = times.any(seed);
            tell(seed, &mut history, kind, at, "", None, None);
        }
    }
    if seed.once_in(2) {
        named = centre(seed);
        let (at, says) = (times.any(seed), seed.once_in(2));
        tell(seed, &mut history, EventKind::Approved, at, "", named.as_ref(), says.then_some(submitted));
        if seed.once_in(3) {
            history.provided = true;
        } else {
            made(seed, &mut history, &times, at);
        }
    }
    // Late reports come in any order, and some twice.
    for _ in 0..seed.below(4) {
        if let Some(again) = (!history.happenings.is_empty()).then(|| seed.below(history.happenings.len() as u64)) {
            let again = history.happenings[usize::try_from(again).expect("a place")].clone();
            history.happenings.push(again);
        }
    }
    for place in (1..history.happenings.len()).rev() {
        history.happenings.swap(place, usize::try_from(seed.below(place as u64 + 1)).expect("a place"));
    }
    Case { history, named, rules }
}

/// From the receipt of an approval on: what this program and the counter do is never earlier than what it follows from.
fn made(seed: &mut Seed, history: &mut History, times: &Times, approved: Instant) {
    let after = |seed: &mut Seed, at: Instant| at.plus_millis(if seed.once_in(4) { 0 } else { times.span(seed, 12) });
    let closes = |it: &&Happening| matches!(it.kind, EventKind::Rejected | EventKind::Withdrawn);
    let decided = history.happenings.iter().filter(closes).map(|it| it.at).max();
    let decided = decided.map_or(approved, |at| at.plus_millis(1).max(approved));
    let received = after(seed, decided);
    history.approval_received_at = (!seed.once_in(6)).then_some(received);
    if seed.once_in(4) {
        return;
    }
    let mut at = after(seed, received);
    history.ready_at = Some(at);
    for place in 0..u32::try_from(seed.below(3)).expect("a few") {
        if seed.once_in(2) {
            at = after(seed, at);
            history.returned.push((place, at));
        }
        at = after(seed, at).plus_millis(1);
        let code = seed.one_of(&DISTRICTS);
        history.stays.push(Stay { bsk: format!("{code}0002"), district: Some(code.into()), from: at });
    }
    match seed.below(4) {
        0 => history.handed_at = Some(after(seed, at)),
        1 => history.superseded_at = Some(after(seed, at)),
        _ => (),
    }
}

/// The times of a history: few, so that many are equal.
struct Times {
    all: Vec<Instant>,
    grain: i64,
}

impl Times {
    fn draw(seed: &mut Seed, from: Date) -> Self {
        let grain = seed.one_of(&[DAY, DAY, 3_600_000, 1]);
        let days = seed.one_of(&[3, 12, 40, 150]);
        let begin = begin_of(from);
        let mut times = Self { all: vec![], grain };
        for _ in 0..4 + seed.below(8) {
            let after = times.span(seed, days);
            // The last and the first moment of a day, too.
            let nudge = if seed.once_in(8) { seed.one_of(&[-1, 1]) } else { 0 };
            times.all.push(begin.plus_millis(after + nudge));
        }
        times
    }

    fn span(&self, seed: &mut Seed, days: i64) -> i64 {
        i64::try_from(seed.below((days * DAY).unsigned_abs())).expect("a span") / self.grain * self.grain
    }

    fn any(&self, seed: &mut Seed) -> Instant {
        seed.one_of(&self.all)
    }

    /// Mostly the submission comes first.
    fn begin(&self, seed: &mut Seed) -> Instant {
        let first = self.all.iter().min().copied().expect("a time");
        if seed.once_in(4) { self.any(seed) } else { first }
    }
}

fn rules(seed: &mut Seed, mut rules: Rules, from: Date) -> Rules {
    let year = from.year();
    for year in [year, year + 1].into_iter().filter(|_| !seed.once_in(3)).collect::<Vec<_>>() {
        rules.calendar.settle(year);
    }
    rules.calendar.policy = Policy { saturday_works: seed.once_in(3) };
    for _ in 0..seed.below(12) {
        let days = i64::try_from(seed.below(120)).expect("days").days();
        let day = from.checked_add(days).expect("a day");
        let kind =
            seed.one_of(&[HolidayKind::NiAct, HolidayKind::NiAct, HolidayKind::StateOrder, HolidayKind::FallsOnSunday]);
        let district = seed.once_in(3).then(|| seed.one_of(&DISTRICTS).to_owned());
        // A list that comes when the day is over holds all the same, and one that is taken back does not.
        let notified_at = seed.once_in(2).then(|| begin_of(day).plus_millis(20 * DAY));
        let name = String::from("a day");
        let holiday = Holiday { day, name, kind, probable: false, district, notified_at, withdrawn_at: None };
        rules.calendar.add(holiday.clone());
        if seed.once_in(4) {
            rules.calendar.withdraw(day, kind, holiday.district.as_deref(), begin_of(day).plus_millis(DAY));
        }
    }
    let due_soon = match seed.below(3) {
        0 => DueSoon::DaysBefore(u16::try_from(1 + seed.below(60)).expect("days")),
        _ => DueSoon::Share(seed.one_of(&[0, 20, 33, 50, 100])),
    };
    rules.ladder = Ladder {
        due_soon,
        appeal_after_days: seed.one_of(&[0, 1, 7]),
        review_after_days: seed.one_of(&[0, 15]),
        ..Ladder::default()
    };
    rules.terms = Terms { provided_at: seed.one_of(&[ProvidedAt::Ready, ProvidedAt::HandedOver]), ..Terms::default() };
    rules
}

/// Half of the departments have settled something, some of them more than once, and some for a day that is over.
fn settle_practices(seed: &mut Seed, rules: &mut Rules, department: &str, from: Date) {
    let practice = |seed: &mut Seed| Practice {
        count_from: seed.one_of(&[CountFrom::NextDay, CountFrom::SameDay]),
        defect_memo: seed.one_of(&[DefectMemo::Pauses, DefectMemo::Pauses, DefectMemo::RunsOn]),
        rectify_days: seed.one_of(&[0, 1, 7, 30]),
        appeal_on_rejection: seed.once_in(2),
    };
    if seed.once_in(4) {
        rules.practice = practice(seed);
    }
    for _ in 0..seed.below(4) {
        let days = i64::try_from(seed.below(60)).expect("days") - 20;
        let of = if seed.once_in(5) { "another" } else { department };
        rules.settle_practice(of, from.checked_add(days.days()).expect("a day"), practice(seed));
    }
}

/// Whether a day of the case is before the year of the Act.
pub fn is_old(case: &Case) -> bool {
    case.history.happenings.iter().any(|it| day_of(it.at).year() < 2013)
}
