//! Outbound events again, by cursor: a department's own stream, a centre's notices.

use super::Query;
use crate::{client::Client, fault::Fault, printing::serves, session::SignedIn, signed, site::Site};
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use mohor_domain::event::{bsk_stream, department_stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Events of one page, at most.
const MAX_PAGE: u32 = 500;

/// From where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cursor {
    /// The cursor of the page before; 0 or nothing begins at the beginning.
    #[serde(default)]
    after: i64,
    /// Events of this page, 1 to 500; 100 without it.
    limit: Option<u32>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page {
    /// CloudEvents 1.0 envelopes, oldest first.
    #[schema(value_type = Vec<serde_json::Value>)]
    events: Vec<Value>,
    /// Give this as `after` next time.
    next: i64,
    /// There may be more at once.
    more: bool,
}

/// The department's own events again.
///
/// Numbers have no gaps, so a reader never skips an event that was recorded late.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "departments", params(Cursor),
    responses(
        (status = 200, description = "events and the next cursor", body = Page),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn department(
    State(site): State<Arc<Site>>,
    client: Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(cursor): Query<Cursor>,
) -> Result<Json<Page>, Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(&method, &uri, &headers)?;
    let department = signed::department(&site, &signed, b"").await?;
    read(&site, &department_stream(&department), cursor).await
}

/// A centre's notices.
///
/// To the centre's signed-in operators; where `portal.local_notices` is set, as `mohor demo` does, to callers on this machine
/// too. To everybody else there is nothing here.
#[utoipa::path(
    get, path = "/api/v1/bsk/{bsk}/ready", tag = "centres",
    params(("bsk" = String, Path, description = "the centre's code, e.g. PUM0027"), Cursor),
    responses(
        (status = 200, description = "notices and the next cursor", body = Page),
        (status = 404, description = "not served to this caller, or no such centre", content_type = "application/problem+json"),
    ),
    security((), ("mohor" = []))
)]
pub(crate) async fn centre(
    State(site): State<Arc<Site>>,
    client: Client,
    signed: Result<SignedIn, Response>,
    bsk: Result<Path<String>, PathRejection>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<Page>, Fault> {
    site.gates.department.pass(client)?;
    let bsk = super::part(bsk)?;
    let portal = &site.portal;
    let trial = portal.local_notices && client.local && portal.catalogue.bsks.contains_key(&bsk);
    if !trial && !signed.is_ok_and(|signed| serves(&signed, &bsk).is_ok()) {
        return Err(Fault::not_found());
    }
    read(&site, &bsk_stream(&bsk), cursor).await
}

async fn read(site: &Site, stream: &str, cursor: Cursor) -> Result<Json<Page>, Fault> {
    let limit = cursor.limit.unwrap_or(100);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Fault::invalid("limit", "limit is 1 to 500"));
    }
    if cursor.after < 0 {
        return Err(Fault::invalid("after", "after is a cursor from an earlier page, or 0"));
    }
    let found = site.portal.register.events(stream, cursor.after, limit).await.map_err(Fault::port)?;
    Ok(Json(Page {
        next: found.last().map_or(cursor.after, |event| event.number),
        more: found.len() as u32 == limit,
        events: found.iter().map(|event| event.envelope()).collect(),
    }))
}
