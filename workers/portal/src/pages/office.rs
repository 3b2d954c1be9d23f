//! `GET /office`: what is late and what is due, within the bounds of whoever is signed in.

use super::{Shell, page};
use crate::{fault::Fault, lang::Lang, session::SignedIn, site::Site};
use askama::Template;
use axum::{extract::State, response::Response};
use jiff::civil::Date;
use mohor_domain::{
    civil::{date_bn, date_en, parse_date},
    people::{Deed, Place, Post, may},
};
use mohor_ports::ledger::{ClockRecord, Person};
use std::sync::Arc;

/// Rows of the page, at most.
const MOST: u32 = 200;
/// Days ahead that are shown.
const AHEAD: i64 = 7;

/// The page.
#[derive(Template)]
#[template(path = "office.html")]
struct Office {
    shell: Shell,
    person: Person,
    today: String,
    /// Late, due today, due soon: each with its rows. None: this post sees no clocks.
    parts: Option<Vec<Part>>,
    /// There are more than are shown.
    more: bool,
}

struct Part {
    name: &'static str,
    en: &'static str,
    bn: &'static str,
    rows: Vec<Row>,
}

struct Row {
    due: String,
    provisional: bool,
    application_no: String,
    department: String,
    service: String,
    what: &'static str,
    key: String,
    office: String,
}

impl Office {
    fn post(&self) -> &'static str {
        let (en, bn) = match self.person.post {
            Post::DesignatedOfficer => ("Designated Officer", "মনোনীত আধিকারিক"),
            Post::AppellateOfficer => ("Appellate Officer", "আপিল আধিকারিক"),
            Post::ReviewingOfficer => ("Reviewing Officer", "পুনর্বিবেচনা আধিকারিক"),
            Post::Integrator => ("Integrator", "দপ্তরের সিস্টেম-রক্ষক"),
            Post::Supervisor => ("Supervisor", "তত্ত্বাবধায়ক"),
            Post::BskOperator => ("BSK operator", "বিএসকে কর্মী"),
            Post::Administrator => ("Administrator", "প্রশাসক"),
            Post::Auditor => ("Auditor", "নিরীক্ষক"),
        };
        self.shell.t(en, bn)
    }

    fn bounds(&self) -> String {
        let Place { department, district, office, bsk } = &self.person.bounds;
        let set: Vec<&str> = [department, district, office, bsk].into_iter().flatten().map(String::as_str).collect();
        set.join(" · ")
    }
}

/// `GET /office`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    SignedIn(person): SignedIn,
) -> Result<Response, Fault> {
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let sees = may(person.post, &person.bounds, Deed::SeeClocks, &person.bounds);
    let mut more = false;
    let parts = if sees {
        let last = today.checked_add(jiff::Span::new().days(AHEAD)).unwrap_or(today).to_string();
        let found = site.portal.clocks.open_clocks(&person.bounds, &last, MOST + 1).await.map_err(Fault::port)?;
        more = found.len() > MOST as usize;
        Some(parts(&site, lang, today, found))
    } else {
        None
    };
    let today = lang.pick(&date_en(today), &date_bn(today)).to_owned();
    Ok(page(&Office { shell: Shell::new(&site, lang, Some("/office")), person, today, parts, more }))
}

fn parts(site: &Site, lang: Lang, today: Date, found: Vec<(String, ClockRecord)>) -> Vec<Part> {
    let mut parts = vec![
        Part { name: "late", en: "Late", bn: "বিলম্বিত", rows: vec![] },
        Part { name: "today", en: "Due today", bn: "আজই শেষ দিন", rows: vec![] },
        Part {
            name: "soon", en: "Due within seven days", bn: "সাত দিনের মধ্যে শেষ দিন", rows: vec![]
        },
    ];
    for (application_no, record) in found.into_iter().take(MOST as usize) {
        let Some((day, provisional)) = record.due_on().and_then(|(day, p)| Some((parse_date(&day)?, p))) else {
            continue;
        };
        let place = if day < today { 0 } else { usize::from(day > today) + 1 };
        let service = record.service.as_deref().unwrap_or_default();
        let named = site.portal.catalogue.service(&record.department, service);
        let (en, bn) = match record.clock.kind.as_str() {
            "stage" => ("stage", "পর্যায়"),
            "appeal" => ("appeal", "আপিল"),
            "review" => ("review", "পুনর্বিবেচনা"),
            _ => ("service", "পরিষেবা"),
        };
        if let Some(part) = parts.get_mut(place) {
            part.rows.push(Row {
                due: lang.pick(&date_en(day), &date_bn(day)).to_owned(),
                provisional,
                application_no,
                service: named.map_or(service, |row| lang.pick(&row.name.en, &row.name.bn)).to_owned(),
                what: lang.pick(en, bn),
                key: record.clock.key.clone(),
                office: record.office.clone().unwrap_or_default(),
                department: record.department,
            });
        }
    }
    parts
}
