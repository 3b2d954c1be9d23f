//! `GET /office/rules`: changes of the rules, those that wait and those that were decided; and what its pages share.

mod calendar;
mod change;
mod limits;
mod moved;
mod propose;
mod say;

pub(crate) use calendar::show as calendar;
pub(crate) use change::{decide, show as change};
pub(crate) use limits::show as limits;
pub(crate) use moved::show as moved;
pub(crate) use propose::propose;
pub(crate) use say::because;

use super::{Shell, asked, page};
use crate::{fault::Fault, lang::Lang, session::SignedIn, site::Site};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use mohor_domain::{
    catalogue::Name,
    people::Deed,
    rules::{DueSoon, Ladder},
};
use mohor_ports::ledger::ChangeRecord;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Decided changes of a page.
const ROWS: u32 = 30;
/// Changes that wait and are shown, at most.
const WAITING: u32 = 200;

/// What the pages are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    pub year: Option<String>,
    pub department: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub change: Option<String>,
}

/// Whoever may see the rules; to others there is nothing by that name.
pub(crate) fn sees(signed: &SignedIn) -> Result<(), Fault> {
    if signed.may(Deed::SeeRules, &signed.person.bounds) { Ok(()) } else { Err(Fault::not_found()) }
}

/// Whoever may change them.
pub(crate) fn changes(signed: &SignedIn) -> bool {
    signed.may(Deed::ChangeRules, &signed.person.bounds)
}

/// A code with its name, in a list to choose from.
pub(crate) struct Choice {
    pub code: String,
    pub name: String,
    pub chosen: bool,
}

/// Names to choose from, in the order of the page's language.
pub(crate) fn choices(names: &BTreeMap<String, Name>, lang: Lang, chosen: &str) -> Vec<Choice> {
    let choice =
        |(code, name): (&String, &Name)| Choice { code: code.clone(), name: lang.name(name), chosen: code == chosen };
    let mut choices: Vec<Choice> = names.iter().map(choice).collect();
    choices.sort_by(|a, b| a.name.cmp(&b.name));
    choices
}

/// The page.
#[derive(Template)]
#[template(path = "rules.html")]
struct Rules {
    shell: Shell,
    who: String,
    /// Whether this post sees the board too.
    board: bool,
    may: bool,
    waiting: Vec<Line>,
    decided: Vec<Line>,
    next: Option<i64>,
    saturday_works: bool,
    /// How a department counts that has settled nothing.
    practice: String,
    /// What departments have settled: which, from which day on, and how.
    practices: Vec<(String, String, String)>,
    departments: Vec<Choice>,
    ladder: Ladder,
    /// When "due soon" is told: in words, as a number, and whether that is one of days.
    soon: String,
    soon_number: u16,
    soon_in_days: bool,
    opens: String,
    /// Changes are being carried into open clocks.
    open: bool,
}

/// A change in a list.
struct Line {
    number: i64,
    what: String,
    state: &'static str,
    proposed: String,
    decided: String,
    reason: String,
}

fn line(site: &Site, lang: Lang, change: ChangeRecord) -> Line {
    let decided = change.decided_by.as_ref().zip(change.decided_at);
    Line {
        number: change.number,
        what: say::change(site, lang, &change.what),
        state: say::state(lang, change.state),
        proposed: format!("{} · {}", change.proposed_by, lang.time(change.proposed_at)),
        decided: decided.map(|(by, at)| format!("{by} · {}", lang.time(at))).unwrap_or_default(),
        reason: change.reason,
    }
}

/// `GET /office/rules`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let asked = asked(query)?;
    let before = match asked.before.as_deref() {
        Some(text) => Some(text.parse().map_err(|_| Fault::invalid("before", "`before` is a change's number"))?),
        None => None,
    };
    let ledger = &site.portal.changes;
    let waiting = ledger.changes(true, None, WAITING).await.map_err(Fault::port)?;
    let mut decided = ledger.changes(false, before, ROWS + 1).await.map_err(Fault::port)?;
    let more = decided.len() > ROWS as usize;
    decided.truncate(ROWS as usize);
    let next = decided.last().filter(|_| more).map(|change| change.number);
    let force = ledger.rules().await.map_err(Fault::port)?;
    let ladder = force.rules.ladder.clone();
    let settled = force.rules.practices().flat_map(|(code, settled)| settled.iter().map(move |it| (code, it)));
    let practices = settled.map(|(code, (from, practice))| {
        (
            site.portal.catalogue.departments.get(code).map_or_else(|| code.to_owned(), |name| lang.name(name)),
            lang.day(*from),
            say::practice(lang, practice),
        )
    });
    let practices = practices.collect();
    let (soon_number, soon_in_days) = match ladder.due_soon {
        DueSoon::Share(hundredths) => (hundredths.into(), false),
        DueSoon::DaysBefore(days) => (days, true),
    };
    Ok(page(&Rules {
        shell: Shell::new(&site, lang, Some("/office/rules")),
        who: who(lang, &signed),
        board: signed.sees_clocks().is_ok(),
        may: changes(&signed),
        waiting: waiting.into_iter().map(|change| line(&site, lang, change)).collect(),
        decided: decided.into_iter().map(|change| line(&site, lang, change)).collect(),
        next,
        saturday_works: force.rules.calendar.policy.saturday_works,
        practice: say::practice(lang, &force.rules.practice),
        practices,
        departments: choices(&site.portal.catalogue.departments, lang, ""),
        opens: format!("{:02}:{:02}", ladder.office_opens / 60, ladder.office_opens % 60),
        soon: say::soon(lang, ladder.due_soon),
        soon_number,
        soon_in_days,
        ladder,
        open: force.is_open(),
    }))
}

/// Name and post of whoever is signed in.
fn who(lang: Lang, signed: &SignedIn) -> String {
    let (en, bn) = super::board::post_words(signed.person.post);
    format!("{} · {}", signed.person.name, lang.pick(en, bn))
}
