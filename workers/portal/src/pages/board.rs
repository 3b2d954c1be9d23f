//! `GET /office`: what is late and what is due, within the bounds of whoever is signed in.

pub(crate) mod asked;
mod chart;
mod link;

use super::{Shell, page};
use crate::{fault::Fault, lang::Lang, pages, session::SignedIn, site::Site};
use askama::Template;
use asked::Asked;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use mohor_domain::{
    board::{By, Part, Selection},
    catalogue::Name,
    civil::parse_date,
    clock::ClockKind,
    people::{Deed, Place, Post, may},
};
use mohor_ports::ledger::{Days, Figures, Listed, Person, day_of, number_of};
use std::{collections::BTreeMap, sync::Arc};

/// Rows of a page.
const ROWS: u32 = 50;
/// Rows of figures on a page; the others are one row together.
const FIGURES: usize = 30;
/// Days ahead that are soon.
const AHEAD: i64 = 7;

/// The page.
#[derive(Template)]
#[template(path = "board.html")]
struct Board {
    shell: Shell,
    person: Person,
    now: String,
    /// Whether this post sees the rules too.
    rules: bool,
    /// None: this post sees no clocks.
    view: Option<View>,
}

/// What is seen.
struct View {
    asked: Asked,
    fixed: Selection,
    part: Part,
    by: By,
    /// Late, due today, due soon, paused; uncollected, in the making for too long.
    tiles: Vec<Tile>,
    figures: Vec<Row>,
    /// Upper bounds of days and how many are late by them.
    lateness: Vec<(&'static str, u64, String)>,
    trend: Option<Trend>,
    rows: Vec<ListRow>,
    next: Option<String>,
    departments: Vec<Choice>,
    services: Vec<Choice>,
    districts: Vec<Choice>,
    /// The address of exports and the stream.
    query: String,
    /// Rungs and posts of which nobody could be told.
    untold: u64,
}

impl View {
    /// The directory names this officer, and says that nothing is in his charge now.
    fn out_of_charge(&self) -> bool {
        self.fixed.offices.as_ref().is_some_and(Vec::is_empty)
    }
}

struct Tile {
    part: Part,
    en: &'static str,
    bn: &'static str,
    count: u64,
    query: String,
}

struct Row {
    name: String,
    /// The selection of this row alone; empty where there is none.
    query: String,
    figures: Figures,
    bar: String,
}

struct Trend {
    svg: String,
    days: Vec<(String, u64, u64, u64)>,
}

pub(crate) struct Choice {
    pub code: String,
    pub name: String,
    pub chosen: bool,
}

/// A clock of the list.
pub(crate) struct ListRow {
    pub due: String,
    pub provisional: bool,
    pub application: String,
    pub application_no: String,
    pub department: String,
    pub service: String,
    pub what: &'static str,
    pub key: String,
    pub office: String,
    pub bsk: String,
}

impl Board {
    fn post(&self) -> &'static str {
        let (en, bn) = post_words(self.person.post);
        self.shell.t(en, bn)
    }

    fn bounds(&self) -> String {
        let Place { department, district, office, bsk } = &self.person.bounds;
        let set: Vec<&str> = [department, district, office, bsk].into_iter().flatten().map(String::as_str).collect();
        set.join(" · ")
    }

    /// Whether the post is for it.
    fn is_for(&self, deed: Deed) -> bool {
        may(self.person.post, &self.person.bounds, deed, &self.person.bounds)
    }

    fn by_words(&self, by: &By) -> &'static str {
        let (en, bn) = match by {
            By::Department => ("department", "দপ্তর"),
            By::Service => ("service", "পরিষেবা"),
            By::District => ("district", "জেলা"),
            By::Office => ("office", "কার্যালয়"),
            By::Officer => ("officer", "আধিকারিক"),
            By::Bsk => ("centre", "কেন্দ্র"),
        };
        self.shell.t(en, bn)
    }
}

/// A post in words.
pub(crate) fn post_words(post: Post) -> (&'static str, &'static str) {
    match post {
        Post::DesignatedOfficer => ("Designated Officer", "মনোনীত আধিকারিক"),
        Post::AppellateOfficer => ("Appellate Officer", "আপিল আধিকারিক"),
        Post::ReviewingOfficer => ("Reviewing Officer", "পুনর্বিবেচনা আধিকারিক"),
        Post::Integrator => ("Integrator", "দপ্তরের সিস্টেম-রক্ষক"),
        Post::Supervisor => ("Supervisor", "তত্ত্বাবধায়ক"),
        Post::BskOperator => ("BSK operator", "বিএসকে কর্মী"),
        Post::Administrator => ("Administrator", "প্রশাসক"),
        Post::Auditor => ("Auditor", "নিরীক্ষক"),
    }
}

/// A clock in words.
pub(crate) fn clock_words(kind: ClockKind) -> (&'static str, &'static str) {
    match kind {
        ClockKind::Service => ("service", "পরিষেবা"),
        ClockKind::Stage => ("stage", "পর্যায়"),
        ClockKind::Appeal => ("appeal", "আপিল"),
        ClockKind::Review => ("review", "পুনর্বিবেচনা"),
        ClockKind::Revision => ("revision", "সংশোধনী আবেদন"),
        ClockKind::Rectification => ("answer to the memo", "ত্রুটিপত্রের জবাব"),
        ClockKind::Department => ("department's part", "দপ্তরের অংশ"),
        ClockKind::Pipeline => ("making", "প্রস্তুতি"),
        ClockKind::Bsk => ("hand-over", "হস্তান্তর"),
    }
}

/// The days of a board, by the ledger's time.
pub(crate) fn days(today: Date) -> Days {
    Days { today, soon: day_of(number_of(today) + AHEAD).unwrap_or(today) }
}

/// The query of a board.
pub(crate) fn asked(query: Result<Query<Asked>, QueryRejection>, lang: Lang) -> Result<Asked, Fault> {
    pages::asked(query)?.checked(lang)
}

/// `GET /office/search`: the form is on the board.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/office")
}

/// `GET /office`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let asked = asked(query, lang)?;
    let rules = signed.may(Deed::SeeRules, &signed.person.bounds);
    if let Some(path) = signed.leads_to() {
        return Ok(Redirect::to(&format!("{path}?lang={}", lang.code())).into_response());
    }
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let view = match signed.sees_clocks() {
        Ok(()) => Some(view(&site, lang, &signed, asked.clone(), now.day()).await?),
        Err(_) => None,
    };
    let other = asked.with(|it| it.lang = Some(lang.other().code().into()));
    let shell = Shell::at(&site, lang, format!("/office?{other}"));
    Ok(page(&Board { shell, now: lang.time(now), rules, view, person: signed.person }))
}

async fn view(site: &Arc<Site>, lang: Lang, signed: &SignedIn, asked: Asked, today: Date) -> Result<View, Fault> {
    let (part, cursor) = (asked.part()?, asked.cursor()?);
    // What lies outside somebody's bounds is shown as what does not exist: nothing.
    let of = asked.selection(&signed.reach);
    let fixed = Selection::default().within(&signed.reach).unwrap_or_default();
    let by = asked.by(of.as_ref().unwrap_or(&fixed))?;
    let mut view = View {
        part,
        by,
        tiles: vec![],
        figures: vec![],
        lateness: vec![],
        trend: None,
        rows: vec![],
        next: None,
        departments: choices(&site.portal.catalogue.departments, lang, asked.department.as_deref()),
        services: services(site, lang, fixed.department.as_deref().or(asked.department.as_deref()), &asked),
        districts: choices(&site.portal.catalogue.districts, lang, asked.district.as_deref()),
        query: asked.with(|_| ()),
        untold: 0,
        fixed,
        asked,
    };
    let Some(of) = of else {
        view.tiles = tiles(&view.asked, [0; 6]);
        return Ok(view);
    };
    let days = days(today);
    let counted = site.counted(&of, by, days).await?;
    let mut sums = counted
        .figures
        .iter()
        .fold([0; 6], |sum, row| [sum[0] + row.late, sum[1] + row.today, sum[2] + row.soon, 0, 0, 0]);
    (sums[3], sums[4], sums[5]) = (counted.paused, counted.beside.uncollected, counted.beside.pipeline);
    view.tiles = tiles(&view.asked, sums);
    view.untold = counted.untold;
    view.figures = rows(site, lang, &view.asked, by, &counted.figures);
    view.lateness = lateness(counted.lateness);
    view.trend = site.trend(&of, today).map(|found| {
        let days = chart::days(today, &found);
        let row = |day: &mohor_ports::ledger::DayFigures| (lang.day(day.day), day.begun, day.in_time, day.late);
        Trend { svg: chart::trend(&days), days: days.iter().rev().map(row).collect() }
    });
    let mut found = site.portal.board.listed(&of, part, days, cursor, ROWS + 1).await.map_err(Fault::port)?;
    if found.len() > ROWS as usize {
        found.truncate(ROWS as usize);
        let last = found.last().map(|row| row.cursor().text());
        view.next = last.map(|text| view.asked.with(|it| it.after = Some(text)));
    }
    view.rows = found.into_iter().map(|row| list_row(site, lang, row)).collect();
    Ok(view)
}

fn tiles(asked: &Asked, counts: [u64; 6]) -> Vec<Tile> {
    let words = [
        ("Late", "বিলম্বিত"),
        ("Due today", "আজই শেষ দিন"),
        ("Due within seven days", "সাত দিনের মধ্যে শেষ দিন"),
        ("Paused", "স্থগিত"),
        ("Uncollected", "নেওয়া হয়নি"),
        ("In the making for too long", "প্রস্তুতিতে আটকে"),
    ];
    let tile = |((part, (en, bn)), count): ((&Part, _), _)| Tile {
        part: *part,
        en,
        bn,
        count,
        query: asked.with(|it| it.part = Some(part.as_str().into())),
    };
    Part::ALL.iter().zip(words).zip(counts).map(tile).collect()
}

fn lateness(counts: [u64; 5]) -> Vec<(&'static str, u64, String)> {
    let whole = counts.iter().sum();
    let words = ["1–7", "8–15", "16–30", "31–60", "> 60"];
    words.into_iter().zip(counts).map(|(days, count)| (days, count, chart::shares(&[("late", count)], whole))).collect()
}

fn rows(site: &Site, lang: Lang, asked: &Asked, by: By, figures: &[Figures]) -> Vec<Row> {
    let sum = |row: &Figures| row.late + row.today + row.soon;
    let most = figures.iter().map(sum).max().unwrap_or(1);
    let bar = |row: &Figures| chart::shares(&[("late", row.late), ("today", row.today), ("soon", row.soon)], most);
    let mut rows: Vec<Row> = figures
        .iter()
        .take(FIGURES)
        .map(|row| {
            let (name, query) = named(site, lang, asked, by, &row.key);
            Row { name, query, bar: bar(row), figures: row.clone() }
        })
        .collect();
    if figures.len() > FIGURES {
        let rest = figures[FIGURES..].iter().fold(Figures::default(), |sum, row| Figures {
            late: sum.late + row.late,
            today: sum.today + row.today,
            soon: sum.soon + row.soon,
            ..sum
        });
        let name = format!("{} {}", figures.len() - FIGURES, lang.pick("others together", "টি অন্য, একসঙ্গে"));
        rows.push(Row { name, query: String::new(), bar: String::new(), figures: rest });
    }
    rows
}

/// A row's name, and the selection of it alone.
fn named(site: &Site, lang: Lang, asked: &Asked, by: By, key: &str) -> (String, String) {
    let catalogue = &site.portal.catalogue;
    let unknown =
        || if key.is_empty() { lang.pick("none named", "নাম নেই").to_owned() } else { key.to_owned() };
    let (first, second) = key.split_once('/').unwrap_or((key, ""));
    let name = match by {
        By::Department => catalogue.departments.get(key).map(|name| lang.name(name)),
        By::Service => catalogue.service(first, second).map(|row| lang.name(&row.name)),
        By::District => catalogue.districts.get(key).map(|name| lang.name(name)),
        By::Office | By::Officer => None,
        By::Bsk => catalogue.bsks.get(key).map(|bsk| format!("{} ({key})", bsk.name)),
    };
    // Whom an officer is in charge of is no selection: an office may have more than one.
    if key.is_empty() || by == By::Officer {
        return (unknown(), String::new());
    }
    let text = |text: &str| Some(text.to_owned());
    let query = asked.with(|it| {
        it.by = None;
        match by {
            By::Department => it.department = text(key),
            By::Service => (it.department, it.service) = (text(first), text(second)),
            By::District => it.district = text(key),
            By::Office | By::Officer => (it.department, it.office) = (text(first), text(second)),
            By::Bsk => it.bsk = text(key),
        }
    });
    (name.unwrap_or_else(unknown), query)
}

/// A service in words; of one that the catalogue does not know its slug.
pub(crate) fn service_name(site: &Site, lang: Lang, department: &str, service: &str) -> String {
    site.portal.catalogue.service(department, service).map_or(service.to_owned(), |row| lang.name(&row.name))
}

/// A clock in words.
pub(crate) fn list_row(site: &Site, lang: Lang, listed: Listed) -> ListRow {
    let record = listed.record;
    let due = record.due_on();
    let provisional = due.as_ref().is_some_and(|(_, provisional)| *provisional);
    let day = due.map(|(day, _)| day).or(record.promised).and_then(|day| parse_date(&day));
    let service = record.service.as_deref().unwrap_or_default();
    let (en, bn) = clock_words(record.clock.kind);
    ListRow {
        due: day.map(|day| lang.day(day)).unwrap_or_default(),
        provisional,
        application: record.application.to_string(),
        application_no: listed.application_no,
        service: service_name(site, lang, &record.department, service),
        what: lang.pick(en, bn),
        key: record.clock.key,
        office: record.office.unwrap_or_default(),
        bsk: record.bsk.unwrap_or_default(),
        department: record.department,
    }
}

pub(crate) fn choices(names: &BTreeMap<String, Name>, lang: Lang, chosen: Option<&str>) -> Vec<Choice> {
    sorted(names.iter().map(|(code, name)| Choice {
        code: code.clone(),
        name: lang.name(name),
        chosen: chosen == Some(code),
    }))
}

/// The services of the department that is selected.
fn services(site: &Site, lang: Lang, department: Option<&str>, asked: &Asked) -> Vec<Choice> {
    let Some(department) = department else { return vec![] };
    let own = site.portal.catalogue.services.values().filter(|row| row.department == department);
    sorted(own.map(|row| Choice {
        code: row.service.clone(),
        name: lang.name(&row.name),
        chosen: asked.service.as_deref() == Some(&row.service),
    }))
}

fn sorted(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = choices.collect();
    choices.sort_by(|a, b| a.name.cmp(&b.name));
    choices
}
