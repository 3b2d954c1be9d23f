//! The evidence as tables, and how a limit is counted, in words.

use super::{Evidence, Excluded, What, Why};
use crate::{
    calendar::{Holiday, HolidayKind},
    catalogue::Name,
    civil::Instant,
    clock::{Clock, ClockKind, Outcome},
    event::EventKind,
    limit::Pause,
    rules::Rule,
    share::{Holder, Share},
    table::{self, Table},
};
use jiff::civil::{Date, Weekday};

/// What somebody said about an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// What kind of event it was.
    pub kind: EventKind,
    /// Its own time.
    pub at: Instant,
    /// The officer: name, designation, id.
    pub officer: String,
    /// The reason, if it has one.
    pub reason: Option<Name>,
}

/// A clock with all that its tables need.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The clock.
    pub clock: &'a Clock,
    /// The evidence for it; none of a clock without a limit, or one that has not started.
    pub evidence: Option<&'a Evidence<'a>>,
    /// Where the limit is notified.
    pub rule: Option<&'a Rule>,
    /// The due day as it was first promised.
    pub promised: Option<Date>,
    /// What was said about the application.
    pub spoken: &'a [Spoken],
    /// When the sheet is made.
    pub now: Instant,
}

/// How a limit is counted, in both languages.
pub const MEANINGS: [(&str, &str); 4] = [
    (
        "A day counts when it is after the day of the start, the calendar does not leave it out, and no pause stands at its \
         end, 24:00 Indian Standard Time. The last day in time is the one on which the limit is used up; late is from 00:00 \
         of the next.",
        "যে দিন শুরুর দিনের পরে, ছুটির তালিকায় বাদ নয়, এবং যার শেষে (ভারতীয় সময় রাত ১২টা) কোনো স্থগিতকাল চলছে না, সেই দিন গণ্য। যে দিনে সময়সীমা ফুরোয় সেটিই শেষ দিন; তার পরের দিন ০০:০০ থেকে দেরি।",
    ),
    (
        "Days, weeks and months leave out Sundays and the public holidays of List-I (Negotiable Instruments Act, 1881). \
         Working days leave out List-II, closed by order of the State, as well, and Saturdays unless the policy says \
         otherwise.",
        "দিন, সপ্তাহ ও মাসের হিসাবে রবিবার ও তালিকা-১ (নেগোশিয়েবল ইনস্ট্রুমেন্টস আইন, ১৮৮১) বাদ। কর্মদিবসের হিসাবে তালিকা-২ (রাজ্যের আদেশে বন্ধ)-ও বাদ, এবং নীতি অন্য না হলে শনিবারও।",
    ),
    (
        "A limit of months ends on the same day of a later month; for each day up to it that did not count one more day that \
         counts is added.",
        "মাসের সময়সীমা পরের মাসের একই তারিখে শেষ হয়; তার আগে যত দিন গণ্য হয়নি, তত গণ্য দিন যোগ হয়।",
    ),
    (
        "A provisional day rests on a year whose list of holidays nobody has confirmed yet, and may move.",
        "সাময়িক দিনটি এমন বছরের উপর নির্ভর করে যার ছুটির তালিকা এখনও নিশ্চিত নয়; তা বদলাতে পারে।",
    ),
];

/// The tables of a clock.
pub fn sheet(told: Told<'_>) -> Vec<Table> {
    let mut tables = vec![facts(told)];
    if let Some(evidence) = told.evidence {
        tables.push(stretches(told.clock, evidence));
        tables.push(excluded(told.clock, &evidence.excluded));
        if !evidence.not_excluded.is_empty() {
            tables.push(others(told.clock, evidence));
        }
    }
    if !told.clock.pauses.is_empty() {
        tables.push(pauses(told));
    }
    tables
}

/// Whose time it was.
pub fn shares(shares: &[Share]) -> Table {
    let mut table = Table::words(
        Name::new("Whose time it was", "কার সময় কত গেল"),
        &[("With", "কার কাছে"), ("From", "থেকে"), ("Until", "পর্যন্ত")],
    );
    for share in shares {
        let holder = match share.holder {
            Holder::Department => Name::new("the department", "দপ্তর"),
            Holder::Pipeline => Name::new("Mohor", "মোহর"),
            Holder::Bsk => Name::new("the centre", "কেন্দ্র"),
        };
        let until = share.until.map_or_else(|| Name::new("still", "এখনও"), table::time);
        table.rows.push(vec![holder, table::time(share.from), until]);
    }
    table
}

/// A head that names the clock.
fn head(clock: &Clock, en: &str, bn: &str) -> Name {
    let (kind, kind_bn) = match clock.kind {
        ClockKind::Service => return Name::new(en, bn),
        ClockKind::Stage => ("stage", "পর্যায়"),
        ClockKind::Appeal => ("appeal", "আপিল"),
        ClockKind::Review => ("review", "পুনর্বিবেচনা"),
        ClockKind::Revision => ("revision", "সংশোধনী আবেদন"),
        ClockKind::Rectification => ("answer to the defect memo", "ত্রুটিপত্রের জবাব"),
        ClockKind::Department => ("the department's part", "দপ্তরের অংশ"),
        ClockKind::Pipeline => ("Mohor's part", "মোহরের অংশ"),
        ClockKind::Bsk => ("the centre's part", "কেন্দ্রের অংশ"),
    };
    Name::new(format!("{en}, {kind} {}", clock.key), format!("{bn}, {kind_bn} {}", clock.key))
}

fn facts(told: Told<'_>) -> Table {
    let clock = told.clock;
    let columns = [("The limit", "সময়সীমা"), ("As recorded", "নথি অনুযায়ী")];
    let mut table = Table::words(head(clock, "The limit and its end", "সময়সীমা ও তার শেষ"), &columns);
    let mut add = |en: &str, bn: &str, value: Name| table.rows.push(vec![Name::new(en, bn), value]);
    let none = || Name::new("none is notified", "বিজ্ঞাপিত নেই");
    add("Limit", "সময়সীমা", clock.limit.map_or_else(none, table::limit));
    if let Some(rule) = told.rule {
        add("Notified by", "বিজ্ঞপ্তি", Name::same(rule.notification.as_str()));
        if let Some(from) = rule.effective_from {
            add("In force from", "কার্যকর", table::day(from));
        }
    }
    let waits = || Name::new("it has not started", "শুরু হয়নি");
    add("Started", "শুরু", clock.started_at.map_or_else(waits, table::time));
    if let Some(day) = told.promised {
        add("Last day in time, as promised", "প্রতিশ্রুত শেষ দিন", table::day(day));
    }
    if let Some(evidence) = told.evidence {
        let open = || Name::new("not known while a pause stands", "স্থগিত থাকা পর্যন্ত জানা নেই");
        add("Last day in time, as counted below", "নীচের গণনায় শেষ দিন", evidence.due.map_or_else(open, table::due));
        if !clock.pauses.is_empty() {
            let without = evidence.without_pauses.map_or_else(open, table::due);
            add("The same without pauses", "স্থগিতকাল না ধরলে", without);
            add("Days lost to pauses", "স্থগিতে হারানো গণ্য দিন", number(evidence.lost_to_pauses));
        }
    }
    let ended = match (clock.stopped_at, clock.outcome) {
        (Some(at), outcome) => {
            let (when, how) = (table::time(at), outcome.map(outcome_words).unwrap_or(("", "")));
            Name::new(format!("{}: {}", when.en, how.0), format!("{}: {}", when.bn, how.1))
        }
        (None, _) => {
            let now = table::time(told.now);
            Name::new(format!("not ended on {}", now.en), format!("{} পর্যন্ত শেষ হয়নি", now.bn))
        }
    };
    add("Ended", "শেষ", ended);
    if let Some(evidence) = told.evidence {
        let late = match (evidence.late_by, evidence.due) {
            (0, Some(_)) => Name::new("in time", "সময়ের মধ্যে"),
            (0, None) => Name::new("not late", "দেরি হয়নি"),
            (days, _) => Name::new(
                format!("late by {days} civil days, of which {} count", evidence.late_counted),
                format!("{} দিন দেরি, তার মধ্যে গণ্য {}", bn(days), bn(evidence.late_counted)),
            ),
        };
        add("Late", "দেরি", late);
    }
    table
}

fn stretches(clock: &Clock, evidence: &Evidence<'_>) -> Table {
    let columns = [
        ("Days", "দিন"),
        ("What they were", "কী ছিল"),
        ("How many", "কটি"),
        ("Days that count so far", "এ পর্যন্ত গণ্য দিন"),
    ];
    let mut table = Table::words(head(clock, "Every day", "প্রতিটি দিন"), &columns);
    for stretch in &evidence.stretches {
        let what = match stretch.what {
            What::Start => Name::new("the start: does not count", "শুরুর দিন: গণ্য নয়"),
            What::Counts => Name::new("count", "গণ্য"),
            What::Excluded => Name::new("left out by the calendar", "ছুটি: বাদ"),
            What::Paused => Name::new("paused", "স্থগিত"),
            What::Late => Name::new("late", "দেরি"),
        };
        let so_far = format!("{} / {}", stretch.counted, evidence.budget);
        table.rows.push(vec![
            table::days(stretch.from, stretch.until),
            what,
            number(stretch.days()),
            Name::same(so_far),
        ]);
    }
    table
}

fn excluded(clock: &Clock, days: &[Excluded<'_>]) -> Table {
    let columns = [("Day", "দিন"), ("Left out as", "যে কারণে বাদ")];
    let mut table = Table::words(head(clock, "Days left out, by name", "বাদ দেওয়া দিন, নামে"), &columns);
    for it in days {
        let names: Vec<Name> = it.why.iter().map(why).collect();
        let join = |pick: fn(&Name) -> &str| names.iter().map(pick).collect::<Vec<_>>().join("; ");
        let (mut en, mut bn) = (join(|it| it.en.as_str()), join(|it| it.bn.as_str()));
        if it.paused {
            en += " (within a pause)";
            bn += " (স্থগিতকালের মধ্যে)";
        }
        table.rows.push(vec![weekday(it.day), Name::new(en, bn)]);
    }
    table
}

/// Days of the lists that did not exclude.
fn others(clock: &Clock, evidence: &Evidence<'_>) -> Table {
    let columns = [("Day", "দিন"), ("In a list as", "তালিকায়"), ("Not left out, because", "বাদ নয়, কারণ")];
    let head = head(clock, "Days of the lists that were not left out", "তালিকার যে দিনগুলি বাদ যায়নি");
    let mut table = Table::words(head, &columns);
    for holiday in &evidence.not_excluded {
        let because = match (holiday.withdrawn_at, holiday.kind) {
            (Some(at), _) => {
                let when = table::time(at);
                Name::new(format!("it was taken back on {}", when.en), format!("{} তারিখে প্রত্যাহৃত", when.bn))
            }
            (None, HolidayKind::StateOrder) => {
                Name::new("List-II leaves out working days only", "তালিকা-২ কেবল কর্মদিবসে বাদ")
            }
            (None, _) => Name::new("it holds in another district", "অন্য জেলার ছুটি"),
        };
        table.rows.push(vec![weekday(holiday.day), named(holiday), because]);
    }
    table
}

fn pauses(told: Told<'_>) -> Table {
    let columns = [
        ("From", "থেকে"),
        ("Until", "পর্যন্ত"),
        ("Reason", "কারণ"),
        ("Officer", "আধিকারিক"),
        ("Resumed by", "আবার চালু করেন"),
    ];
    let mut table = Table::words(head(told.clock, "Pauses", "স্থগিতকাল"), &columns);
    for Pause { from, until } in &told.clock.pauses {
        let said = |kind, at: Option<Instant>| told.spoken.iter().find(|it| it.kind == kind && Some(it.at) == at);
        let officer = |spoken: Option<&Spoken>| match spoken.map(|it| it.officer.as_str()) {
            None | Some("") => Name::same("–"),
            Some(officer) => Name::same(officer),
        };
        let memo = said(EventKind::Deficient, Some(*from));
        let open = || Name::new("still", "এখনও");
        let ended = said(EventKind::Resumed, *until);
        let unrecorded = || Name::new("none recorded", "নথিভুক্ত নেই");
        table.rows.push(vec![
            table::time(*from),
            until.map_or_else(open, table::time),
            memo.and_then(|it| it.reason.clone()).unwrap_or_else(unrecorded),
            officer(memo),
            officer(ended),
        ]);
    }
    table
}

fn why(why: &Why<'_>) -> Name {
    match why {
        Why::Sunday => Name::new("Sunday", "রবিবার"),
        Why::Saturday => Name::new("Saturday, no working day", "শনিবার, কর্মদিবস নয়"),
        Why::Listed(holiday) => named(holiday),
    }
}

/// A holiday by its name, its list and its place.
fn named(holiday: &Holiday) -> Name {
    let list = match holiday.kind {
        HolidayKind::NiAct => ("List-I", "তালিকা-১"),
        HolidayKind::StateOrder => ("List-II", "তালিকা-২"),
        HolidayKind::FallsOnSunday => ("falls on a Sunday", "রবিবারে পড়েছে"),
    };
    let mut name = Name::new(format!("{} ({}", holiday.name, list.0), format!("{} ({}", holiday.name, list.1));
    if let Some(district) = &holiday.district {
        name.en += &format!(", {district} only");
        name.bn += &format!(", কেবল {district}");
    }
    if holiday.probable {
        name.en += ", expected";
        name.bn += ", প্রত্যাশিত";
    }
    Name::new(name.en + ")", name.bn + ")")
}

fn outcome_words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Provided => ("provided", "পরিষেবা দেওয়া হয়েছে"),
        Outcome::Rejected => ("rejected", "প্রত্যাখ্যাত"),
        Outcome::Withdrawn => ("withdrawn", "প্রত্যাহৃত"),
        Outcome::Completed => ("completed", "সম্পূর্ণ"),
        Outcome::Decided => ("decided", "নিষ্পত্তি হয়েছে"),
        Outcome::Delivered => ("handed over", "হাতে দেওয়া হয়েছে"),
        Outcome::Superseded => ("a correction took its place", "সংশোধিত শংসাপত্র এসেছে"),
        Outcome::Returned => ("went back to the department", "দপ্তরে ফেরত গেছে"),
        Outcome::Rerouted => ("sent on to another centre", "অন্য কেন্দ্রে পাঠানো হয়েছে"),
    }
}

fn weekday(day: Date) -> Name {
    let (en, bn) = match day.weekday() {
        Weekday::Monday => ("Mon", "সোম"),
        Weekday::Tuesday => ("Tue", "মঙ্গল"),
        Weekday::Wednesday => ("Wed", "বুধ"),
        Weekday::Thursday => ("Thu", "বৃহস্পতি"),
        Weekday::Friday => ("Fri", "শুক্র"),
        Weekday::Saturday => ("Sat", "শনি"),
        Weekday::Sunday => ("Sun", "রবি"),
    };
    let day = table::day(day);
    Name::new(format!("{en} {}", day.en), format!("{bn} {}", day.bn))
}

fn number(figure: u32) -> Name {
    Name::same(figure.to_string())
}

fn bn(figure: u32) -> String {
    crate::civil::digits_bn(&figure.to_string())
}
