//! `POST /api/v1/applications`: events in, answers out.
//!
//! The door writes what came, with its signature, to the inbox: from then on nothing of it is lost. `intake` believes it
//! or not and answers; the door hands the answer back, or a place to look when it takes longer than five seconds.

use crate::{body, client::Client, fault::Fault, signed, site::Site};
use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mohor_domain::{event::Answer, id::Id, stage::Stage};
use mohor_ports::ledger::{Answers, Door, NewDelivery, Reply};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{self, Instant};
use utoipa::ToSchema;

/// How long the door waits for intake.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first wait between two looks, and the longest.
const LOOK: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(200));

/// The answer to one event: `result` is `accepted` or `refused`. A duplicate is accepted and says so.
#[derive(ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(dead_code, reason = "describes mohor_domain::event::Answer; a test keeps it true")]
pub(crate) struct EventAnswer {
    /// `accepted`: committed to the ledger, now or earlier. `refused`: not taken, its key is not used up.
    result: String,
    /// CloudEvents `source`.
    source: Option<String>,
    /// CloudEvents `id`.
    id: Option<String>,
    /// Accepted: the department's own number of the application.
    application_no: Option<String>,
    /// Accepted: the same contents were here before, nothing was done again.
    duplicate: Option<bool>,
    /// Accepted: the number, once one is minted or ascribed.
    uin: Option<String>,
    /// Refused: a stable code.
    code: Option<String>,
    /// Refused: JSON Pointer of the field in the event.
    pointer: Option<String>,
    /// Refused: the rule that was broken.
    rule: Option<String>,
    /// Refused: what it means and what to do next.
    reason_en: Option<String>,
    /// The same in Bengali.
    reason_bn: Option<String>,
}

/// The answer to one event, or to a batch: one per event, in order.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes the body")]
pub(crate) enum Answered {
    /// To one event.
    One(Box<EventAnswer>),
    /// To a batch.
    Batch {
        /// In the order of the events.
        results: Vec<EventAnswer>,
    },
}

/// Sends one event, or a batch.
///
/// Up to 100 events of 64 KiB. *Accepted* means committed to the ledger. What was not answered is sent again: an event is
/// known for ever by department, `source` and `id`, and the same contents again are a duplicate, not a second certificate.
#[utoipa::path(
    post, path = "/api/v1/applications", tag = "departments",
    request_body(description = "one CloudEvent, or an array of them", content(
        (serde_json::Value = "application/cloudevents+json"), (Vec<serde_json::Value> = "application/cloudevents-batch+json")
    )),
    responses(
        (status = 200, description = "the event is accepted; of a batch, each event is answered (`results`)", body = Answered),
        (status = 202, description = "recorded, not answered yet: look at Location"),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 403, description = "a single event of another department", content_type = "application/problem+json"),
        (status = 413, description = "too many events or bytes", content_type = "application/problem+json"),
        (status = 415, description = "another content type", content_type = "application/problem+json"),
        (status = 422, description = "a single event is refused; its whole answer is in the problem", body = EventAnswer, content_type = "application/problem+json"),
        (status = 429, description = "too many requests from this address", content_type = "application/problem+json"),
        (status = 503, description = "the backlog is full or the ledger is away: send it again later", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn receive(
    State(site): State<Arc<Site>>,
    client: Client,
    request: Request,
) -> Result<Response, Fault> {
    let (_, delivery) = take(&site, client, request).await?;
    site.admit_delivery().await?;
    let batch = delivery.batch;
    let portal = &site.portal;
    let ids = portal.inbox.receive(vec![delivery]).await.map_err(Fault::port)?;
    let Some(id) = ids.first().copied() else {
        return Err(Fault::port(mohor_ports::error::Error::fatal("the inbox gave no row to a delivery")));
    };
    // The row is the truth and the hint only saves time: without it, reconcile finds the row.
    if let Err(error) = portal.bus.publish(Stage::Intake, &[id.to_string().into()]).await {
        tracing::warn!(code = error.code(), "a hint to intake waits for the bus");
        site.owed.add(&portal.bus, id.to_string());
    }
    match wait(&site, id).await? {
        Some(answers) => give(answers, batch),
        None => Ok(pending(id)),
    }
}

/// What would be answered; nothing is recorded.
#[utoipa::path(
    post, path = "/api/v1/applications/check", tag = "departments",
    request_body(description = "one CloudEvent, or an array of them", content(
        (serde_json::Value = "application/cloudevents+json"), (Vec<serde_json::Value> = "application/cloudevents-batch+json")
    )),
    responses(
        (status = 200, description = "as /api/v1/applications would answer", body = Answered),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 422, description = "a single event would be refused", body = EventAnswer, content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn check(State(site): State<Arc<Site>>, client: Client, request: Request) -> Result<Response, Fault> {
    let (department, delivery) = take(&site, client, request).await?;
    let portal = &site.portal;
    let now = portal.inbox.now().await.map_err(Fault::port)?;
    let checked = (portal.examine)(Some(&department), &delivery, now);
    let answers = portal.inbox.preview(checked).await.map_err(Fault::port)?;
    give(Answers::Events(answers), delivery.batch)
}

/// The answer to a delivery that took longer.
#[utoipa::path(
    get, path = "/api/v1/answers/{id}", tag = "departments",
    params(("id" = String, Path, description = "from Location")),
    responses(
        (status = 200, description = "as the call itself would have answered", body = Answered),
        (status = 202, description = "not answered yet"),
        (status = 404, description = "no such delivery", content_type = "application/problem+json"),
    )
)]
pub(crate) async fn answer(
    State(site): State<Arc<Site>>,
    client: Client,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    site.gates.department.pass(client)?;
    let id = Id::parse(&super::part(id)?).ok_or_else(Fault::not_found)?;
    match site.portal.inbox.answer(id).await.map_err(Fault::port)? {
        None => Err(Fault::not_found()),
        Some(Reply { answers: None, .. }) => Ok(pending(id)),
        Some(Reply { batch, answers: Some(answers) }) => give(answers, batch),
    }
}

/// Takes what came through the door. What no registered key signed is turned away here already, so that nobody else can
/// fill the inbox, and what names no key of ours before a byte of it is read; `intake` looks again, and its word counts.
async fn take(site: &Site, client: Client, request: Request) -> Result<(String, NewDelivery), Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(request.method(), request.uri(), request.headers())?;
    let claimed = signed::claimed(site, &signed).await?;
    let (request, held) = site.deliveries.hold(client, request);
    let (batch, body) = body::delivery(request).await.map_err(|fault| held.or(fault))?;
    let department = claimed.holds(site, &body)?;
    site.deliveries.know(client);
    Ok((department, NewDelivery { door: Door::Http(signed), batch, body }))
}

async fn wait(site: &Site, id: Id) -> Result<Option<Answers>, Fault> {
    let until = Instant::now() + PATIENCE;
    let (mut pause, longest) = LOOK;
    loop {
        time::sleep(pause).await;
        match site.portal.inbox.answer(id).await {
            Ok(Some(Reply { answers: Some(answers), .. })) => return Ok(Some(answers)),
            // The delivery is safe whatever becomes of this look: the caller gets a place to look for the answer.
            Ok(_) | Err(_) if Instant::now() >= until => return Ok(None),
            Ok(_) | Err(_) => pause = (pause * 3 / 2).min(longest),
        }
    }
}

fn give(answers: Answers, batch: bool) -> Result<Response, Fault> {
    match answers {
        Answers::Unauthorised(words) => Err(Fault::unauthorised(words)),
        Answers::Events(events) if batch => Ok(Json(json!({ "results": events })).into_response()),
        Answers::Events(events) => match events.first() {
            Some(event @ Answer::Accepted { .. }) => Ok(Json(event).into_response()),
            Some(refused) => Err(Fault::refused(refused)),
            None => Err(Fault::not_found()),
        },
    }
}

fn pending(id: Id) -> Response {
    let place = format!("/api/v1/answers/{id}");
    let headers = [(header::LOCATION, place.clone()), (header::RETRY_AFTER, "1".into())];
    (StatusCode::ACCEPTED, headers, Json(json!({"result": "pending", "location": place}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mohor_domain::refusal::{Code, Refusal};

    #[test]
    fn the_description_of_an_answer_is_true() {
        let accepted = Answer::Accepted {
            source: "/departments/BCW/x".into(),
            id: "1".into(),
            application_no: "BCW/1".into(),
            duplicate: false,
            uin: None,
        };
        let refusal = Refusal::new(Code::Schema, "/data");
        let refused = Answer::Refused { source: None, id: Some("1".into()), refusal };
        for answer in [&accepted, &refused] {
            let value = serde_json::to_value(answer).unwrap();
            serde_json::from_value::<EventAnswer>(value).unwrap();
        }
        let problem = Fault::refused(&refused).problem();
        assert_eq!(problem["status"], 422);
        assert_eq!(
            (&problem["code"], &problem["pointer"], &problem["result"]),
            (&json!("schema"), &json!("/data"), &json!("refused"))
        );
    }
}
