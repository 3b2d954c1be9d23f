//! `GET /office/rules/limits`: the limits of a department with their versions, and the form that notifies one.

use super::{Asked, Choice, asked, changes, choices, say, sees};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::{
        Shell,
        board::{clock_words, service_name},
        page,
    },
    session::SignedIn,
    site::Site,
};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use jiff::civil::Date;
use mohor_domain::rules::{Rule, Rules};
use std::{collections::BTreeMap, sync::Arc};

/// The page.
#[derive(Template)]
#[template(path = "limits.html")]
struct Limits {
    shell: Shell,
    may: bool,
    department: String,
    departments: Vec<Choice>,
    services: Vec<Service>,
    choices: Vec<Choice>,
    districts: Vec<Choice>,
}

struct Service {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    clock: String,
    scope: String,
    limit: String,
    starts: String,
    from: String,
    state: &'static str,
    notification: String,
    source: String,
}

fn row(site: &Site, lang: Lang, rules: &Rules, service: (&str, &str), rule: &Rule, today: Date) -> Row {
    let (en, bn) = clock_words(rule.clock);
    let current = rules.rule(service, rule.clock, rule.stage.as_deref(), rule.district.as_deref(), today);
    let state = match rule.effective_from {
        Some(from) if from > today => lang.pick("to come", "ভবিষ্যতে কার্যকর"),
        _ if current.is_some_and(|it| std::ptr::eq(it, rule)) => lang.pick("in force", "কার্যকর"),
        _ => lang.pick("superseded", "পরিবর্তিত"),
    };
    let none = || lang.pick("none", "নেই").to_owned();
    Row {
        clock: format!("{} {}", lang.pick(en, bn), rule.stage.as_deref().unwrap_or_default()),
        scope: say::scope(site, lang, rule.district.as_deref()),
        limit: rule.limit.map_or_else(none, |limit| lang.limit(limit)),
        starts: rule.starts.clone().unwrap_or_default(),
        from: rule.effective_from.map(|day| lang.day(day)).unwrap_or_default(),
        state,
        notification: rule.notification.clone(),
        source: rule.source.clone(),
    }
}

/// `GET /office/rules/limits`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let catalogue = &site.portal.catalogue;
    let chosen = asked(query)?.department.unwrap_or_default();
    let known = catalogue.departments.contains_key(&chosen);
    if !chosen.is_empty() && !known {
        return Err(Fault::invalid("department", "`department` has the letters of a department of the catalogue"));
    }
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let force = site.portal.changes.rules().await.map_err(Fault::port)?;
    let rules = &force.rules;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for row in catalogue.services.values().filter(|row| row.department == chosen) {
        names.insert(row.service.clone(), lang.name(&row.name));
    }
    let mut services = Vec::new();
    for (service, rows) in rules.of_department(&chosen) {
        let name = service_name(&site, lang, &chosen, service);
        names.entry(service.to_owned()).or_insert_with(|| name.clone());
        let rows = rows.iter().map(|rule| row(&site, lang, rules, (&chosen, service), rule, today)).collect();
        services.push(Service { name, rows });
    }
    let other = format!("/office/rules/limits?department={chosen}&lang={}", lang.other().code());
    Ok(page(&Limits {
        shell: Shell::at(&site, lang, other),
        may: changes(&signed),
        departments: choices(&catalogue.departments, lang, &chosen),
        services,
        choices: names.into_iter().map(|(code, name)| Choice { code, name, chosen: false }).collect(),
        districts: choices(&catalogue.districts, lang, ""),
        department: chosen,
    }))
}
