//! `mohor show`: everything recorded about a certificate or an application. An operator looks at a full record, so an
//! audit line is written.

use crate::{
    cli::{GOOD, NO},
    wire::Parts,
};
use anyhow::Result;
use mohor_domain::{phone, uin::Uin};
use mohor_ports::ledger::{Act, ApplicationRecord, Certificate, ClockRecord, Document, HologramBinding};
use serde_json::{Value, json};

/// Prints it; exit code 1 when there is nothing by that number.
pub async fn run(parts: Parts, what: String, json: bool) -> Result<u8> {
    let mut found = Vec::new();
    if let Ok(uin) = Uin::parse(&what) {
        if let Some(certificate) = parts.ledger.certificate(uin).await? {
            let department = certificate.plan.department.clone();
            let application = parts.ledger.application(&department, &certificate.application_no).await?;
            found.push((application, Some(certificate)));
        }
    } else {
        for application in parts.ledger.applications_by_number(&what).await? {
            let certificate = match application.uin {
                Some(uin) => parts.ledger.certificate(uin).await?,
                None => None,
            };
            found.push((Some(application), certificate));
        }
    }
    if found.is_empty() {
        tell!(
            "nothing is recorded under `{what}`; give a UIN or an application number exactly as the department wrote it"
        );
        return Ok(NO);
    }
    let mut records = Vec::new();
    for (application, certificate) in &found {
        let handed = match certificate {
            Some(certificate) => parts.ledger.handed(certificate.uin).await?,
            None => None,
        };
        let subject = match (certificate, application) {
            (Some(certificate), _) => certificate.uin.to_string(),
            (None, Some(application)) => application.id.to_string(),
            (None, None) => continue,
        };
        let act = Act {
            actor: "operator:local".into(),
            act: "record.show".into(),
            subject: subject.clone(),
            detail: String::new(),
        };
        parts.ledger.audit(act).await?;
        let fetches = match certificate {
            Some(certificate) => parts.ledger.fetches(certificate.uin, 1_000).await?,
            None => vec![],
        };
        let mut shown = record(application.as_ref(), certificate.as_ref(), parts.ledger.acts(&subject).await?.len());
        let over = handed.is_some() || fetches.iter().any(|it| it.delivered);
        shown["data"] = json!(
            application
                .as_ref()
                .and_then(|it| { it.data.as_ref().map(|data| phone::shown(data, over || phone::over(it.state))) })
        );
        shown["fetched"] = fetches.iter().map(|it| json!({"at": it.at, "delivered": it.delivered})).collect();
        shown["delivered"] = json!(handed.map(|it| {
            json!({"to": it.over.ground.to(), "way": it.over.ground.way(), "at": it.at, "bsk": it.over.bsk, "by": it.actor, "reference": it.over.reference})
        }));
        if let Some(certificate) = certificate {
            let stickers = parts.ledger.hologram_bindings(certificate.uin, 50).await?;
            let sticker = |it: &HologramBinding| json!({"serial": it.serial.to_string(), "n": it.n, "bsk": it.bsk, "by": it.who, "at": it.at});
            shown["holograms"] = stickers.iter().map(sticker).collect();
        }
        if let Some(application) = application {
            let clocks = parts.ledger.clocks(application.id).await?;
            shown["clocks"] = clocks.iter().map(clock).collect();
            let documents = parts.ledger.documents_of(&application.id.to_string(), 50).await?;
            shown["documents"] = documents.iter().map(document).collect();
            let rungs = parts.ledger.rungs(application.id).await?;
            shown["rungs"] = rungs
                .iter()
                .map(|rung| {
                    json!({"clock": rung.kind.as_str(), "key": rung.key, "rung": rung.rung.as_str(), "due_on": rung.due_on,
                           "due_at": rung.moment, "fired_at": rung.fired_at})
                })
                .collect();
        }
        records.push(shown);
    }
    if json {
        say!("{}", Value::Array(records));
    } else {
        for record in &records {
            say!("{}", serde_json::to_string_pretty(record)?);
        }
    }
    Ok(GOOD)
}

fn record(application: Option<&ApplicationRecord>, certificate: Option<&Certificate>, acts: usize) -> Value {
    let stages: Vec<Value> = certificate
        .map(|c| c.times.iter().map(|(stage, at)| json!({"stage": stage, "at": at})).collect())
        .unwrap_or_default();
    json!({
        "uin": certificate.map(|c| c.uin),
        "department": application.map(|a| &a.department),
        "service": application.map(|a| &a.service),
        "application_no": application.map(|a| &a.application_no),
        "bsk": application.map(|a| &a.bsk),
        "state": application.map(|a| a.state),
        "progress": certificate.map(|c| c.progress),
        "standing": certificate.map(|c| c.standing),
        "stages": stages,
        "object": certificate.and_then(|c| c.sha256.as_deref()).map(mohor_ports::vault::object_name),
        "specimen": certificate.map(|c| c.plan.specimen),
        "notice": certificate.map(|c| c.notice),
        "events": application.map(|a| a.events.iter().map(|(kind, at, received)| {
            json!({"event": kind, "at": at, "received_at": received})
        }).collect::<Vec<_>>()),
        "parked": application.map(|a| a.parked.iter().map(|p| {
            json!({"number": p.number, "stage": p.stage, "code": p.code, "reason": p.reason})
        }).collect::<Vec<_>>()),
        "acts": acts,
    })
}

/// A document other than the certificate.
fn document(document: &Document) -> Value {
    json!({
        "id": document.id, "kind": document.order.kind, "made": document.made.as_str(), "ordered_at": document.ordered_at,
        "stored_at": document.stored_at, "sha256": document.sha256,
        "object": document.sha256.as_deref().map(mohor_ports::vault::object_name),
    })
}

/// A clock as people read it.
fn clock(record: &ClockRecord) -> Value {
    let clock = &record.clock;
    let pauses: Vec<Value> =
        clock.pauses.iter().map(|pause| json!({"from": pause.from, "until": pause.until})).collect();
    json!({
        "clock": clock.kind.as_str(), "key": clock.key, "state": clock.state.as_str(), "office": record.office,
        "limit": clock.limit.map(|limit| json!({"amount": limit.amount, "unit": limit.unit.as_str()})),
        "started_at": clock.started_at, "stopped_at": clock.stopped_at, "outcome": clock.outcome, "pauses": pauses,
        "promised_on": record.promised, "due_on": clock.due.map(|due| due.day.to_string()),
        "provisional": clock.due.map(|due| due.provisional),
    })
}
