//! The clocks read a second time: [`reader`] is written from the text and shares no counting with the program, and histories
//! that nobody thought of are read by both. Where they differ one of the two does not say what the text says.

mod counting;
mod histories;
mod reader;
mod reading;

use histories::{Case, Seed, bundled, case, is_old};
use mohor_domain::{
    clock::{History, derive},
    event::EventKind,
};
use reader::Reader;
use reading::Reading;
use std::collections::BTreeSet;

/// How many histories; `MOHOR_FULL=1` reads ten times as many.
fn count() -> u64 {
    if std::env::var_os("MOHOR_FULL").is_some() { 60_000 } else { 6_000 }
}

/// What the program says of a case, and what the text says; none: the same.
fn difference(case: &Case) -> Option<String> {
    read(case)?
}

/// The same; none: it is not compared.
fn read(case: &Case) -> Option<Option<String>> {
    let history = case.placed();
    // The centre of the submission decides, whatever centre an approval names.
    let submission = history.happenings.iter().find(|it| it.kind == EventKind::Submitted);
    let centre = submission.map_or(case.named.clone(), |it| it.bsk.clone());
    let district = centre.map(|bsk| bsk[..3].to_owned());
    let reader = Reader { history: &history, rules: &case.rules, district };
    if reader.is_left_out() {
        return None;
    }
    let clocks = derive(&history, &case.rules);
    let program: BTreeSet<String> = clocks.iter().map(|clock| Reading::of(clock).words()).collect();
    let text: BTreeSet<String> = reader.clocks().iter().map(Reading::words).collect();
    if program == text {
        return Some(None);
    }
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).map(|words| format!("\n    {words}")).collect::<String>()
    };
    Some(Some(format!("\n  the program:{}\n  the text:{}", only(&program, &text), only(&text, &program))))
}

/// The case without whatever the difference does not need.
fn smallest(mut case: Case) -> Case {
    let mut place = 0;
    while place < case.history.happenings.len() {
        let before = case.history.clone();
        let taken = case.history.happenings.remove(place);
        if taken.kind == EventKind::Approved && !case.history.happenings.contains(&taken) {
            case.history = History { happenings: case.history.happenings, ..start_of(&before) };
        }
        if difference(&case).is_none() {
            case.history = before;
            place += 1;
        } else {
            place = 0;
        }
    }
    let parts: [fn(&mut History); 5] = [
        |it| it.stays.clear(),
        |it| it.returned.clear(),
        |it| it.handed_at = None,
        |it| it.superseded_at = None,
        |it| (it.ready_at, it.handed_at, it.superseded_at) = (None, None, None),
    ];
    for part in parts {
        let before = case.history.clone();
        part(&mut case.history);
        if difference(&case).is_none() {
            case.history = before;
        }
    }
    case
}

/// Before anything was approved.
fn start_of(history: &History) -> History {
    History { department: history.department.clone(), service: history.service.clone(), ..History::default() }
}

fn tell(case: &Case) -> String {
    let history = &case.history;
    let mut told = format!("{} {:?} to {:?}", history.department, history.service, case.named);
    let time = |at: mohor_domain::civil::Instant| at.rfc3339();
    for it in &history.happenings {
        let word = it.kind.as_str();
        told +=
            &format!("\n  {word} {} {:?} at {:?} says {:?}", time(it.at), it.name, it.bsk, it.submitted_at.map(time));
    }
    let turns = [history.approval_received_at, history.ready_at, history.handed_at, history.superseded_at];
    told += &format!("\n  received, ready, handed over, superseded: {:?}", turns.map(|at| at.map(time)));
    told += &format!("\n  stays {:?}, returned {:?}, provided {}", history.stays, history.returned, history.provided);
    told += &format!("\n  {:?} {:?} {:?}", case.rules.ladder, case.rules.terms, case.rules.calendar.policy);
    told
}

#[test]
fn the_clocks_are_what_the_text_says_whatever_happened() {
    let bundled = bundled();
    let (mut compared, mut old) = (0, 0);
    let mut differences = Vec::new();
    for number in 0..count() {
        let case = case(&mut Seed(number), &bundled);
        let Some(found) = read(&case) else { continue };
        compared += 1;
        old += u64::from(is_old(&case));
        if found.is_some() {
            let case = smallest(case);
            let words = difference(&case).unwrap_or_default();
            differences.push(format!("\nhistory {number}: {}{words}\n", tell(&case)));
        }
    }
    let shown: String = differences.iter().take(8).cloned().collect();
    assert!(differences.is_empty(), "{} of {compared} histories are read differently{shown}", differences.len());
    assert!(compared * 10 > count() * 8, "{compared} of {} were compared", count());
    assert!(old * 10 > count(), "{old} of {} have times before the Act", count());
}
