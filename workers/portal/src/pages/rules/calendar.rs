//! `GET /office/rules/calendar`: the holidays of a year, and the forms that change them.

use super::{Asked, Choice, asked, changes, choices, say, sees};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    session::SignedIn,
    site::Site,
};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use mohor_domain::calendar::{Holiday, HolidayKind};
use std::sync::Arc;

/// The page.
#[derive(Template)]
#[template(path = "calendar.html")]
struct Calendar {
    shell: Shell,
    may: bool,
    year: i16,
    settled: bool,
    days: Vec<Day>,
    districts: Vec<Choice>,
}

/// A day of a list.
struct Day {
    day: String,
    name: String,
    list: &'static str,
    scope: String,
    notified: String,
    withdrawn: Option<String>,
    probable: bool,
    /// Of one that can be taken back: day, list and district, as the form sends them.
    code: Option<String>,
}

fn day(site: &Site, lang: Lang, holiday: &Holiday) -> Day {
    let word = match holiday.kind {
        HolidayKind::NiAct => Some("ni_act"),
        HolidayKind::StateOrder => Some("state_order"),
        HolidayKind::FallsOnSunday => None,
    };
    let code = word.filter(|_| holiday.withdrawn_at.is_none());
    Day {
        day: lang.day(holiday.day),
        name: holiday.name.clone(),
        list: say::list(lang, holiday.kind),
        scope: say::scope(site, lang, holiday.district.as_deref()),
        notified: holiday.notified_at.map(|at| lang.day(at.day())).unwrap_or_default(),
        withdrawn: holiday.withdrawn_at.map(|at| lang.day(at.day())),
        probable: holiday.probable,
        code: code.map(|word| format!("{}~{word}~{}", holiday.day, holiday.district.as_deref().unwrap_or_default())),
    }
}

/// `GET /office/rules/calendar`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let Asked { year, .. } = asked(query)?;
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let year: i16 =
        match year.as_deref() {
            Some(text) => text.parse().ok().filter(|year| (2000..=2100).contains(year)).ok_or_else(|| {
                Fault::invalid("year", "`year` is 2000 to 2100; a list is kept for each of these years")
            })?,
            None => now.day().year(),
        };
    let force = site.portal.changes.rules().await.map_err(Fault::port)?;
    let calendar = &force.rules.calendar;
    let other = format!("/office/rules/calendar?year={year}&lang={}", lang.other().code());
    Ok(page(&Calendar {
        shell: Shell::at(&site, lang, other),
        may: changes(&signed),
        year,
        settled: calendar.is_settled(year),
        days: calendar.of_year(year).map(|holiday| day(&site, lang, holiday)).collect(),
        districts: choices(&site.portal.catalogue.districts, lang, ""),
    }))
}
