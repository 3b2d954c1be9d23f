//! `GET /api/v1/applications/acknowledgement` and `GET /api/v1/bsk/{bsk}/acknowledgements`: the acknowledgement (Form 1) of an
//! application, to its department and to the centre where the citizen applied. It holds the applicant's name: unknown and
//! another's are one answer, and each look is a line in the audit.

use super::{Query, application::Which};
use crate::{client::Client, document, fault::Fault, session::SignedIn, signed, site::Site};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use mohor_domain::people::{Deed, Place};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Characters of a docket number, at most: as many as an event may bring.
const LONGEST: usize = 64;

/// The newest acknowledgement of an application, sealed.
#[utoipa::path(
    get, path = "/api/v1/applications/acknowledgement", tag = "departments", params(Which),
    responses(
        (status = 200, description = "the PDF, its digest checked", content_type = "application/pdf"),
        (status = 202, description = "it is being made; Retry-After says when to ask again"),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 404, description = "unknown, another department's, or never submitted", content_type = "application/problem+json"),
        (status = 503, description = "the vault is away", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn department(
    State(site): State<Arc<Site>>,
    client: Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(&method, &uri, &headers)?;
    let department = signed::department(&site, &signed, b"").await?;
    if department != which.department {
        return Err(Fault::not_found());
    }
    let found = site.portal.register.application(&department, &which.application_no).await.map_err(Fault::port)?;
    let application = found.ok_or_else(Fault::not_found)?;
    let newest = document::newest_acknowledgement(&site, application.id).await?;
    document::hand_out(&site, &newest, format!("department:{department}")).await
}

/// Which request at the centre.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Docket {
    /// The centre's own number of the request.
    docket_no: String,
}

/// The newest acknowledgement of an application that came through the centre, for its operators.
#[utoipa::path(
    get, path = "/api/v1/bsk/{bsk}/acknowledgements", tag = "centres",
    params(("bsk" = String, Path, description = "the centre's code"), Docket),
    responses(
        (status = 200, description = "the PDF, its digest checked", content_type = "application/pdf"),
        (status = 202, description = "it is being made; Retry-After says when to ask again"),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "unknown, another centre's, or never submitted", content_type = "application/problem+json"),
        (status = 503, description = "the vault is away", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn centre(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    bsk: Result<Path<String>, PathRejection>,
    Query(docket): Query<Docket>,
) -> Result<Response, Fault> {
    let bsk = super::part(bsk)?;
    let here = Place { bsk: Some(bsk.clone()), ..Place::default() };
    if !signed.may(Deed::ServeAtCentre, &here) || docket.docket_no.chars().count() > LONGEST {
        return Err(Fault::not_found());
    }
    let found = site.portal.board.look_up(&docket.docket_no).await.map_err(Fault::port)?;
    let found = found
        .into_iter()
        .find(|found| found.place.bsk.as_deref() == Some(&bsk) && signed.may(Deed::ServeAtCentre, &found.place));
    let newest = document::newest_acknowledgement(&site, found.ok_or_else(Fault::not_found)?.id).await?;
    document::hand_out(&site, &newest, format!("person:{}", signed.person.login)).await
}
