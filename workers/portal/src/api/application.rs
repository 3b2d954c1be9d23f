//! `GET /api/v1/applications`: one application of the department that asks. The number rides the query, for it may hold
//! slashes. Unknown and another department's are one answer.

use super::Query;
use crate::{client::Client, fault::Fault, signed, site::Site};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Method, Uri},
};
use mohor_domain::{
    application::State as Standing,
    certificate::{Progress, Standing as CertificateStanding},
};
use mohor_ports::ledger::ClockRecord;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which application.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Letters of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
}

/// An application as its department sees it; nobody's name is in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Application {
    department: String,
    application_no: String,
    service: Option<String>,
    bsk: Option<String>,
    /// `pending`, `approved`, `provided` (approved, and the service ends in no document), `rejected` or `withdrawn`.
    #[schema(value_type = String)]
    state: Standing,
    uin: Option<String>,
    /// What has been said of it, in order.
    events: Vec<Said>,
    /// The certificate, once minted.
    certificate: Option<Made>,
    /// The clocks of the Right to Public Services Act: the service's first, then stages, appeals, reviews; then whose part
    /// of the time it was.
    clocks: Vec<Clock>,
    /// What stands still and waits for an operator: stable codes.
    parked: Vec<String>,
}

/// A clock.
#[derive(Serialize, ToSchema)]
pub(crate) struct Clock {
    /// `service`, `stage`, `appeal`, `review`; `department`, `pipeline`, `bsk`.
    clock: &'static str,
    /// The stage, or the number of the appeal or review; empty of the service.
    key: String,
    /// `not_started`, `running`, `paused`, `stopped` or `no_limit`.
    state: &'static str,
    /// The last day in time as first told to the citizen.
    promised_on: Option<String>,
    /// The last day in time as it is now; none while nobody can know it.
    due_on: Option<String>,
    /// The due day may move: the holidays of a year it rests on are not all known.
    provisional: bool,
    /// Since when it counts.
    started_at: Option<String>,
    /// When it stopped.
    stopped_at: Option<String>,
    /// `provided`, `rejected`, `withdrawn`, `completed`, `decided`, `delivered` or `superseded`.
    outcome: Option<&'static str>,
}

impl Clock {
    fn of(record: ClockRecord) -> Self {
        let clock = &record.clock;
        let due = record.due_on();
        Self {
            clock: clock.kind.as_str(),
            key: clock.key.clone(),
            state: clock.state.as_str(),
            promised_on: record.promised.clone(),
            provisional: due.as_ref().is_some_and(|(_, provisional)| *provisional),
            due_on: due.map(|(day, _)| day),
            started_at: clock.started_at.map(|at| at.rfc3339()),
            stopped_at: clock.stopped_at.map(|at| at.rfc3339()),
            outcome: clock.outcome.map(|outcome| outcome.as_str()),
        }
    }
}

/// One event of an application.
#[derive(Serialize, ToSchema)]
pub(crate) struct Said {
    /// `application.approved` ...
    event: String,
    /// The event's own time.
    at: String,
    /// When it came.
    received_at: String,
}

/// How far the certificate has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    /// `minted`, `signed`, `sealed`, `stored` (issued) or `notified`.
    #[schema(value_type = String)]
    progress: Progress,
    /// `live`, `suspended`, `revoked` or `superseded`.
    #[schema(value_type = String)]
    standing: CertificateStanding,
    /// SHA-256 of the sealed PDF.
    sha256: Option<String>,
    /// When each stage committed.
    times: Vec<Reached>,
}

/// A stage's time.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reached {
    stage: String,
    at: String,
}

/// The state of one application.
#[utoipa::path(
    get, path = "/api/v1/applications", tag = "departments", params(Which),
    responses(
        (status = 200, description = "state, number and times", body = Application),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 404, description = "unknown, or another department's", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    client: Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Json<Application>, Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(&method, &uri, &headers)?;
    let department = signed::department(&site, &signed, b"").await?;
    if department != which.department {
        return Err(Fault::not_found());
    }
    let register = &site.portal.register;
    let found = register.application(&department, &which.application_no).await.map_err(Fault::port)?;
    let record = found.ok_or_else(Fault::not_found)?;
    let certificate = match record.uin {
        Some(uin) => register.certificate(uin).await.map_err(Fault::port)?,
        None => None,
    };
    let clocks = site.portal.clocks.clocks(record.id).await.map_err(Fault::port)?;
    Ok(Json(Application {
        department: record.department,
        application_no: record.application_no,
        service: record.service,
        bsk: record.bsk,
        state: record.state,
        uin: record.uin.map(|uin| uin.to_string()),
        events: record
            .events
            .into_iter()
            .map(|(event, at, received)| Said { event, at: at.rfc3339(), received_at: received.rfc3339() })
            .collect(),
        certificate: certificate.map(|made| Made {
            progress: made.progress,
            standing: made.standing,
            sha256: made.sha256,
            times: made.times.into_iter().map(|(stage, at)| Reached { stage, at: at.rfc3339() }).collect(),
        }),
        clocks: clocks.into_iter().map(Clock::of).collect(),
        parked: record.parked.into_iter().map(|parked| parked.code).collect(),
    }))
}
