//! `GET /office/uncollected`: certificates that nobody has fetched for so many days, within the bounds of whoever is signed in;
//! as a page and as a file. No names, and no number of a certificate in any address.

/// A whole centre is emptied.
pub mod centre;
/// One of them, and where it goes.
pub mod one;
mod view;

use super::{
    Shell,
    board::{self, asked::Asked},
    export::Sheet,
    page,
};
use crate::{fault::Fault, lang::Lang, session::SignedIn, site::Site};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{Redirect, Response},
};
use jiff::civil::Date;
use mohor_domain::{
    board::Selection,
    people::{Deed, may},
    tray::TrayState,
    uncollected::{NOTE, RerouteReason, lain},
};
use mohor_ports::ledger::{Waiting, WaitingPlace};
use std::sync::Arc;
use view::{Line, line, reroute_words};
pub(crate) use view::{moved_words, return_words};

/// Certificates of a page.
const ROWS: u32 = 50;
/// Rows of a file, at most: it is made in memory. The last row says if there are more.
const MOST: usize = 50_000;
/// Rows of one look at the ledger.
const PAGE: u32 = 5_000;
/// The columns of the file.
const HEADS: [&str; 10] = [
    "department",
    "service",
    "application_no",
    "docket_no",
    "bsk",
    "district",
    "ready_since",
    "days",
    "printed",
    "reminders",
];

/// The page.
#[derive(Template)]
#[template(path = "uncollected.html")]
struct List {
    shell: Shell,
    days: u16,
    asked: Asked,
    fixed: Selection,
    departments: Vec<board::Choice>,
    districts: Vec<board::Choice>,
    lines: Vec<Line>,
    next: Option<String>,
    query: String,
    /// Whether this post sends certificates on.
    moves: bool,
    /// What was done just now.
    said: Option<String>,
    /// The form of a centre as it was sent.
    form: centre::Form,
}

impl List {
    fn reason(&self, reason: &RerouteReason) -> &'static str {
        reroute_words(self.shell.lang, *reason)
    }
}

/// Whether the post sees what nobody fetches; to one that does not there is nothing by that name.
pub(crate) fn sees(signed: &SignedIn) -> Result<(), Fault> {
    let person = &signed.person;
    if may(person.post, &person.bounds, Deed::SeeUncollected, &person.bounds) {
        Ok(())
    } else {
        Err(Fault::not_found())
    }
}

fn moves(signed: &SignedIn) -> Result<(), Fault> {
    let person = &signed.person;
    if may(person.post, &person.bounds, Deed::MoveCertificates, &person.bounds) {
        Ok(())
    } else {
        Err(Fault::not_found())
    }
}

/// Where a page begins.
pub(crate) fn place(asked: &Asked) -> Result<Option<WaitingPlace>, Fault> {
    let read = |text: &str| {
        WaitingPlace::parse(text)
            .ok_or_else(|| Fault::invalid("after", "`after` is the place that a page before named"))
    };
    asked.after.as_deref().map(read).transpose()
}

/// What has lain too long and is seen by whoever asks, with today.
pub(crate) async fn found(
    site: &Site,
    signed: &SignedIn,
    asked: &Asked,
    after: Option<WaitingPlace>,
    most: u32,
) -> Result<(Vec<Waiting>, Date), Fault> {
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    // What lies outside somebody's bounds is shown as what does not exist: nothing.
    let Some(of) = asked.selection(&signed.reach) else { return Ok((vec![], today)) };
    let before = lain(site.portal.terms.uncollected_days, today);
    let rows = site.portal.uncollected.uncollected(&of, before, after, most).await.map_err(Fault::port)?;
    Ok((rows, today))
}

/// `GET /office/uncollected`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let asked = board::asked(query, lang)?;
    list(&site, lang, &signed, asked, centre::Form::default(), None).await
}

async fn list(
    site: &Arc<Site>,
    lang: Lang,
    signed: &SignedIn,
    asked: Asked,
    form: centre::Form,
    said: Option<String>,
) -> Result<Response, Fault> {
    let (mut rows, today) = found(site, signed, &asked, place(&asked)?, ROWS + 1).await?;
    let more = rows.len() > ROWS as usize;
    rows.truncate(ROWS as usize);
    let last = rows.last().filter(|_| more).map(|row| row.cursor().text());
    let other = asked.with(|it| it.lang = Some(lang.other().code().into()));
    let catalogue = &site.portal.catalogue;
    Ok(page(&List {
        shell: Shell::at(site, lang, format!("/office/uncollected?{other}")),
        days: site.portal.terms.uncollected_days,
        fixed: Selection::default().within(&signed.reach).unwrap_or_default(),
        departments: board::choices(&catalogue.departments, lang, asked.department.as_deref()),
        districts: board::choices(&catalogue.districts, lang, asked.district.as_deref()),
        lines: rows.into_iter().map(|row| line(site, lang, row, today)).collect(),
        next: last.map(|text| asked.with(|it| it.after = Some(text))),
        query: asked.with(|_| ()),
        moves: moves(signed).is_ok(),
        said,
        form,
        asked,
    }))
}

/// `GET /office/uncollected/centre`: the form is on the list's page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/office/uncollected")
}

/// `GET /office/uncollected.csv`. An audit line says who took it.
pub(crate) async fn csv(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let asked = board::asked(query, lang)?;
    let act = signed.act("uncollected.export", signed.person.login.clone(), format!("csv: {}", asked.with(|_| ())));
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    let mut sheet = Sheet::new(HEADS)?;
    let (mut after, mut written) = (place(&asked)?, 0);
    loop {
        let (rows, today) = found(&site, &signed, &asked, after, PAGE).await?;
        for row in rows.iter().take(MOST - written) {
            sheet.row(&cells(row, today))?;
        }
        written += rows.len();
        after = rows.last().map(Waiting::cursor);
        if rows.len() < PAGE as usize {
            break;
        }
        if written >= MOST {
            let mut last: [&str; 10] = [""; 10];
            last[0] = "there are more: select less";
            sheet.row(&last)?;
            break;
        }
    }
    sheet.file("uncollected.csv")
}

fn cells(row: &Waiting, today: Date) -> [String; 10] {
    [
        row.department.clone(),
        row.service.clone().unwrap_or_default(),
        row.application_no.clone(),
        row.docket_no.clone().unwrap_or_default(),
        row.bsk.clone(),
        row.district.clone().unwrap_or_default(),
        row.since.rfc3339(),
        row.days(today).to_string(),
        if row.state == TrayState::Printed { "yes" } else { "no" }.into(),
        row.reminders.to_string(),
    ]
}

/// A note: nothing, or a short text that can be printed. A reason that says nothing needs one.
pub(crate) fn note(text: &str, needed: bool) -> Result<Option<String>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        let words = "`note` is empty; of another reason it says which";
        return if needed { Err(Fault::invalid("note", words)) } else { Ok(None) };
    }
    if text.chars().count() > NOTE {
        return Err(Fault::invalid("note", format!("`note` is longer than {NOTE} characters; shorten it")));
    }
    let mut value = serde_json::json!(text);
    mohor_domain::text::normalise(&mut value, "/note")
        .map_err(|refusal| Fault::invalid("note", refusal.reason_en))
        .map(|()| value.as_str().map(str::to_owned))
}
