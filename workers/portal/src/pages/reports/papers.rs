//! The contents of reports, returns and evidence sheets, as their orders hold them: every word and figure that is printed.

use super::asked;
use crate::{fault::Fault, site::Site};
use mohor_domain::{
    catalogue::{Name, Output},
    civil::{Instant, parse_date},
    clock::ClockKind,
    compliance::{self, Compliance},
    event::EventKind,
    evidence::{self, Spoken, Told},
    people::Place,
    plan::DocumentKind,
    programme::{self, Installed, Issued},
    rules::Rules,
    share::{Said, shares},
    table::{self, Table},
};
use mohor_ports::ledger::{ClockRecord, FullRecord, IssuedRow, NewDocument, ReportOf};
use serde_json::{Value, json};

/// A service by its slug.
pub(crate) fn service_name(site: &Site, department: &str, service: &str) -> Name {
    match (site.portal.services.find(department, service), service) {
        (Some(found), _) => found.name.clone(),
        (None, "") => Name::new("not known yet", "এখনও জানা নেই"),
        (None, slug) => {
            let row = site.portal.catalogue.service(department, slug);
            row.map_or_else(|| Name::same(slug), |row| row.name.clone())
        }
    }
}

/// A district by its code.
pub(crate) fn district_name(site: &Site, code: &str) -> Name {
    site.portal.catalogue.districts.get(code).cloned().unwrap_or_else(|| Name::same(code))
}

fn department_name(site: &Site, code: &str) -> Name {
    site.portal.catalogue.departments.get(code).cloned().unwrap_or_else(|| Name::same(code))
}

fn about(of: &ReportOf) -> Name {
    table::days(of.period.from(), of.period.until())
}

/// What the template of a kind reads: `schemas/documents/README.md`.
fn view(
    title: Name,
    about: Name,
    issuer: Name,
    lead: Vec<(Name, Name)>,
    tables: &[Table],
    meanings: &[(&str, &str)],
) -> Value {
    let meanings: Vec<Name> = meanings.iter().map(|(en, bn)| Name::new(*en, *bn)).collect();
    let lead: Vec<Value> = lead.into_iter().map(|(label, value)| json!({"label": label, "value": value})).collect();
    json!({"title": title, "about": about, "issuer": issuer, "lead": lead, "tables": tables, "meanings": meanings})
}

/// How a department kept its limits in a period.
pub(crate) fn report(site: &Site, of: &ReportOf, found: &Compliance, ordered_by: String) -> NewDocument {
    let department = department_name(site, &of.department);
    let mut lead = vec![
        (Name::new("Department", "দপ্তর"), department.clone()),
        (Name::new("Period", "সময়কাল"), about(of)),
        (Name::new("Pending as of", "অমীমাংসিতের হিসাব"), table::time(found.as_of)),
    ];
    if let Some(code) = &of.of.district {
        lead.push((Name::new("District alone", "কেবল জেলা"), district_name(site, code)));
    }
    let title = Name::new(
        "Compliance with time limits, West Bengal Right to Public Services Act, 2013",
        "সময়সীমা পালনের প্রতিবেদন, পশ্চিমবঙ্গ জনপরিষেবা অধিকার আইন, ২০১৩",
    );
    let tables = compliance::sheet(found, |service| service_name(site, &of.department, service));
    let subject = match &of.of.district {
        Some(district) => format!("{}/{district}/{}..{}", of.department, of.period.from(), of.period.until()),
        None => format!("{}/{}..{}", of.department, of.period.from(), of.period.until()),
    };
    NewDocument {
        kind: DocumentKind::Report,
        subject,
        place: asked::place(of),
        view: view(title, about(of), department, lead, &tables, &compliance::MEANINGS),
        ordered_by,
    }
}

/// What the department returns on the order about certificates.
pub(crate) async fn order_return(
    site: &Site,
    of: &ReportOf,
    found: &Compliance,
    ordered_by: String,
) -> Result<NewDocument, Fault> {
    let department = department_name(site, &of.department);
    let key = site.portal.register.seal_key().await.map_err(Fault::port)?;
    let licensed = match key {
        Some(key) => Some((site.portal.licensed)(&key).map_err(Fault::port)?),
        None => None,
    };
    let installed = Installed { department: &of.department, licensed, stated: &site.portal.programme };
    let lead = vec![
        (Name::new("To", "প্রাপক"), Name::new("the BSK programme unit", "বিএসকে কর্মসূচি ইউনিট")),
        (Name::new("Department", "দপ্তর"), department.clone()),
        (Name::new("Period", "সময়কাল"), about(of)),
        (Name::new("Certificates as of", "শংসাপত্রের হিসাব"), table::time(found.as_of)),
    ];
    let title = Name::new(
        format!("Return on the order {}", programme::ORDER),
        format!("আদেশ {} পালনের প্রতিবেদন", programme::ORDER),
    );
    let rows = site.portal.reports.issued(&of.department, of.period).await.map_err(Fault::port)?;
    let tables = programme::sheet(&issued(site, &of.department, &rows), installed);
    Ok(NewDocument {
        kind: DocumentKind::Return,
        subject: format!("{}/{}..{}", of.department, of.period.from(), of.period.until()),
        place: asked::place(of),
        view: view(title, about(of), department, lead, &tables, &programme::MEANINGS),
        ordered_by,
    })
}

/// The department's services that end in a document, then those that do not.
fn issued(site: &Site, department: &str, rows: &[IssuedRow]) -> Vec<Issued> {
    let with = site.portal.services.all().filter(|service| service.department == department).map(|service| {
        let row = rows.iter().find(|row| row.service == service.service);
        Issued {
            name: service.name.clone(),
            output: service.output,
            template: service.own,
            ready: row.map_or(0, |row| row.ready),
            delivered: row.map_or(0, |row| row.delivered),
        }
    });
    let others = site.portal.catalogue.services.values();
    let without = others.filter(|row| row.department == department && row.output == Output::None).map(|row| Issued {
        name: row.name.clone(),
        output: row.output,
        template: false,
        ready: 0,
        delivered: 0,
    });
    with.chain(without).collect()
}

/// How the due days of an application came about.
pub(crate) fn evidence(
    site: &Site,
    record: &FullRecord,
    clocks: &[ClockRecord],
    rules: &Rules,
    now: Instant,
    ordered_by: String,
) -> NewDocument {
    let Place { department, district, office, bsk } = record.found.place.clone();
    let code = department.clone().unwrap_or_default();
    let issuer = department_name(site, &code);
    let service = record.found.service.as_deref().unwrap_or_default();
    let same = |text: &str| Name::same(text);
    let mut lead = vec![
        (Name::new("Application", "আবেদন"), same(&record.found.application_no)),
        (Name::new("Service", "পরিষেবা"), service_name(site, &code, service)),
    ];
    let applicant = record.events.iter().find_map(|event| Name::at(&event.data, "/applicant/name"));
    for (label, value) in [
        (Name::new("Applicant", "আবেদনকারী"), applicant),
        (Name::new("Docket", "ডকেট"), record.docket_no.as_deref().map(same)),
        (Name::new("Office", "কার্যালয়"), office.as_deref().map(same)),
        (Name::new("Centre", "কেন্দ্র"), bsk.as_deref().map(same)),
        (Name::new("District", "জেলা"), district.as_deref().map(|code| district_name(site, code))),
        (Name::new("As recorded on", "যে সময়ের নথি"), Some(table::time(now))),
    ] {
        lead.extend(value.map(|value| (label, value)));
    }
    let spoken: Vec<Spoken> = record.events.iter().map(spoken).collect();
    let mut tables = Vec::new();
    // Those of the department, the pipeline and the centre are in the shares below.
    for it in clocks.iter().filter(|it| it.clock.kind.of_the_act()) {
        let clock = &it.clock;
        let stage = (clock.kind == ClockKind::Stage).then_some(clock.key.as_str());
        let place = it.district.as_deref();
        let rule = clock.started_at.and_then(|at| {
            rules.rule((&code, service), clock.kind, stage, place, submitted(record).unwrap_or(at).day())
        });
        let sheet = evidence::evidence(clock, clock.count_from(rules, &code), &rules.calendar, place, now);
        let promised = it.promised.as_deref().and_then(parse_date);
        let told = Told { clock, evidence: sheet.as_ref(), rule, promised, spoken: &spoken, now };
        tables.extend(evidence::sheet(told));
    }
    let said: Vec<Said> = record
        .events
        .iter()
        .map(|event| Said { kind: event.kind, at: event.at, received_at: event.received_at })
        .collect();
    let handed = record.handed.as_ref().map(|handed| handed.at);
    tables.push(evidence::shares(&shares(&said, submitted(record), record.ready_at, handed)));
    let title = Name::new("Evidence sheet: how the time limit was counted", "প্রমাণপত্র: সময়সীমা কীভাবে গোনা হয়েছে");
    let about = same(&record.found.application_no);
    NewDocument {
        kind: DocumentKind::Evidence,
        subject: record.found.id.to_string(),
        place: record.found.place.clone(),
        view: view(title, about, issuer, lead, &tables, &evidence::MEANINGS),
        ordered_by,
    }
}

/// When it was submitted: by its own event, or by an approval that tells it.
fn submitted(record: &FullRecord) -> Option<Instant> {
    let own = record.events.iter().find(|event| event.kind == EventKind::Submitted).map(|event| event.at);
    let told = || record.events.iter().find_map(|event| event.data["submitted_at"].as_str().and_then(Instant::parse));
    own.or_else(told)
}

fn spoken(event: &mohor_ports::ledger::EventRecord) -> Spoken {
    let members = ["name", "designation", "officer_id"];
    let officer = members.iter().filter_map(|member| event.data["officer"][member].as_str());
    Spoken {
        kind: event.kind,
        at: event.at,
        officer: officer.collect::<Vec<_>>().join(", "),
        reason: Name::at(&event.data, "/reason"),
    }
}
