//! `/office/reports`: how a department kept its limits in a period, as a page; the same as a sealed PDF, and the return on the
//! order about certificates, ordered by a form. What was ordered before is listed with who and when.

pub(crate) mod asked;
mod made;
mod papers;
pub(crate) mod programs;

pub(crate) use made::{evidence, show as made};

use super::{Shell, page};
use crate::{
    fault::Fault,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use asked::{Asked, Wanted};
use axum::{
    Form,
    extract::{FromRequest, Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;
use mohor_domain::{
    catalogue::Name,
    compliance::{self, Period},
    people::Place,
    plan::DocumentKind,
    table::{self, Table},
};
use mohor_ports::ledger::{Document, Person};
use serde::Deserialize;
use std::sync::Arc;

/// Earlier documents on the page, at most, of each kind.
const EARLIER: u32 = 50;

/// The page.
#[derive(Template)]
#[template(path = "reports.html")]
struct Reports {
    shell: Shell,
    person: Person,
    asked: Asked,
    /// Departments to choose from; none where the post has one.
    departments: Vec<Choice>,
    department: String,
    /// Months and quarters at hand: words and query.
    periods: Vec<(String, String)>,
    /// What is wrong with what was asked for.
    wrong: Option<String>,
    view: Option<View>,
    earlier: Vec<Earlier>,
}

struct Choice {
    code: String,
    name: String,
    chosen: bool,
}

/// Figures of a period.
struct View {
    period: String,
    as_of: String,
    /// Of a district alone.
    district: Option<String>,
    /// A return is about a whole department.
    whole: bool,
    tables: Vec<Shown>,
    meanings: Vec<String>,
    query: String,
    /// What the forms send on.
    hidden: Vec<(&'static str, String)>,
}

/// A table in one language.
pub(crate) struct Shown {
    pub id: usize,
    pub head: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub figures: bool,
}

struct Earlier {
    id: String,
    title: String,
    about: String,
    who: String,
    when: String,
    made: bool,
}

/// `GET /office/reports`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let asked = super::asked(query)?;
    signed.reports()?;
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let (wrong, view, place) = match asked.wanted(&site, &signed, lang)? {
        Wanted::Nothing => (None, None, signed.person.bounds.clone()),
        Wanted::Wrong(words) => (Some(words), None, signed.person.bounds.clone()),
        Wanted::Report(of) => {
            let view = view(&site, lang, &asked, &of).await?;
            (None, Some(view), asked::place(&of))
        }
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let own = signed.person.bounds.department.as_deref();
    let chosen = own.or(asked.department.as_deref());
    let names = &site.portal.catalogue.departments;
    let mut departments: Vec<Choice> = names
        .iter()
        .filter(|_| own.is_none())
        .map(|(code, name)| Choice { code: code.clone(), name: lang.name(name), chosen: chosen == Some(code) })
        .collect();
    departments.sort_by(|a, b| a.name.cmp(&b.name));
    let earlier = earlier(&site, lang, &signed, &place).await?;
    let switch = asked.with(|it| it.lang = Some(lang.other().code().into()));
    let shown = Reports {
        shell: Shell::at(&site, lang, format!("/office/reports?{switch}")),
        department: chosen.and_then(|code| names.get(code)).map(|name| lang.name(name)).unwrap_or_default(),
        departments,
        periods: periods(lang, &asked, now.day()),
        wrong,
        view,
        earlier,
        person: signed.person,
        asked,
    };
    Ok((status, page(&shown)).into_response())
}

/// The month and the quarter that go on, and those before them.
fn periods(lang: Lang, asked: &Asked, today: Date) -> Vec<(String, String)> {
    let before = |period: Period| period.from().yesterday().unwrap_or(today);
    let (month, quarter) = (Period::month(today), Period::quarter(today));
    let [last_month, last_quarter] = [Period::month(before(month)), Period::quarter(before(quarter))];
    let named = [
        ("last month", "গত মাস", last_month),
        ("this month", "এই মাস", month),
        ("last quarter", "গত ত্রৈমাসিক", last_quarter),
        ("this quarter", "এই ত্রৈমাসিক", quarter),
    ];
    let link = |(en, bn, period): (&str, &str, Period)| {
        let query = asked.with(|it| {
            (it.from, it.until) = (Some(period.from().to_string()), Some(period.until().to_string()));
        });
        (lang.pick(en, bn).to_owned(), query)
    };
    named.map(link).into()
}

async fn view(site: &Arc<Site>, lang: Lang, asked: &Asked, of: &mohor_ports::ledger::ReportOf) -> Result<View, Fault> {
    let found = site.compliance(of).await?;
    let names = |service: &str| papers::service_name(site, &of.department, service);
    Ok(View {
        period: lang.name(&table::days(of.period.from(), of.period.until())),
        as_of: lang.name(&table::time(found.as_of)),
        district: of.of.district.as_deref().map(|code| lang.name(&papers::district_name(site, code))),
        whole: of.of.district.is_none(),
        tables: shown(lang, &compliance::sheet(&found, names)),
        meanings: compliance::MEANINGS.iter().map(|(en, bn)| lang.pick(en, bn).to_owned()).collect(),
        query: asked.with(|_| ()),
        hidden: asked.members(),
    })
}

/// Tables in the language of the page.
fn shown(lang: Lang, tables: &[Table]) -> Vec<Shown> {
    let words = |names: &[Name]| names.iter().map(|name| lang.name(name)).collect::<Vec<_>>();
    let one = |(id, table): (usize, &Table)| Shown {
        id,
        head: lang.name(&table.head),
        columns: words(&table.columns),
        rows: table.rows.iter().map(|row| words(row)).collect(),
        figures: table.figures,
    };
    tables.iter().enumerate().map(one).collect()
}

/// What was ordered before of what this person may read.
async fn earlier(site: &Site, lang: Lang, signed: &SignedIn, place: &Place) -> Result<Vec<Earlier>, Fault> {
    let mut found: Vec<Document> = Vec::new();
    for kind in [DocumentKind::Report, DocumentKind::Return] {
        let of_kind = site.portal.documents.documents_at(kind, place, EARLIER).await.map_err(Fault::port)?;
        found.extend(of_kind.into_iter().filter(|it| signed.reads(kind, &it.order.place)));
    }
    found.sort_by_key(|document| std::cmp::Reverse(document.ordered_at));
    let row = |document: Document| {
        let text = |member: &str| {
            let value = &document.order.view[member];
            value[lang.code()].as_str().unwrap_or_default().to_owned()
        };
        Earlier {
            id: document.id.to_string(),
            title: text("title"),
            about: text("about"),
            who: document.order.ordered_by.trim_start_matches("person:").to_owned(),
            when: lang.time(document.ordered_at),
            made: document.sha256.is_some(),
        }
    };
    Ok(found.into_iter().map(row).collect())
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    kind: String,
    #[serde(flatten)]
    asked: Asked,
}

/// `POST /office/reports`: orders a report or a return, and leads to where it is waited for.
pub(crate) async fn order(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    signed.reports()?;
    let of = match keyed.asked.wanted(&site, &signed, lang)? {
        Wanted::Report(of) => of,
        Wanted::Nothing => return Err(Fault::invalid("from", "`from` and `until` are the days of the period")),
        Wanted::Wrong(words) => return Err(Fault::invalid("from", words)),
    };
    let found = site.compliance(&of).await?;
    let by = format!("person:{}", signed.person.login);
    let document = match keyed.kind.as_str() {
        "report" => papers::report(&site, &of, &found, by),
        "return" if of.of.district.is_none() => papers::order_return(&site, &of, &found, by).await?,
        "return" => return Err(Fault::not_found()),
        _ => return Err(Fault::invalid("kind", "`kind` is report or return")),
    };
    let id = site.portal.documents.order(document).await.map_err(Fault::port)?;
    Ok(Redirect::to(&format!("/office/reports/{id}?lang={}", lang.code())).into_response())
}
