//! `GET /api/v1/certificates/{uin}/pdf`: the sealed document, to the department that issued it. Every look is a line in
//! the audit; it is written before the first byte leaves.

use crate::{client::Client, fault::Fault, signed, site::Site};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use mohor_domain::{certificate::Progress, uin::Uin};
use mohor_ports::{error::Error, ledger::Act};
use std::sync::Arc;

/// The sealed PDF of a certificate that the department issued.
#[utoipa::path(
    get, path = "/api/v1/certificates/{uin}/pdf", tag = "departments",
    params(("uin" = String, Path, description = "the number, canonical")),
    responses(
        (status = 200, description = "the PDF, its digest checked", content_type = "application/pdf"),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 404, description = "unknown, not issued yet, or another department's", content_type = "application/problem+json"),
        (status = 503, description = "the vault is away", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn serve(
    State(site): State<Arc<Site>>,
    client: Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    uin: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(&method, &uri, &headers)?;
    let department = signed::department(&site, &signed, b"").await?;
    let uin = Uin::canonical(&super::part(uin)?).map_err(|_| Fault::not_found())?;
    let portal = &site.portal;
    let found = portal.register.certificate(uin).await.map_err(Fault::port)?;
    let certificate = found
        .filter(|certificate| certificate.plan.department == department && certificate.progress >= Progress::Stored)
        .ok_or_else(Fault::not_found)?;
    let sha256 = certificate.sha256.ok_or_else(Fault::not_found)?;
    let act = Act {
        actor: format!("department:{department}"),
        act: "certificate.read".into(),
        subject: uin.to_string(),
        detail: "pdf over http".into(),
    };
    portal.register.audit(act).await.map_err(Fault::port)?;
    let bytes = portal.vault.get(&sha256).await.map_err(Fault::port)?;
    // The ledger says that it is there: a vault that has lost it is the operators' matter, not an unknown number.
    let bytes =
        bytes.ok_or_else(|| Fault::port(Error::reject("lost_object", "a recorded object is not in the vault")))?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{uin}.pdf\"")),
    ];
    Ok((headers, bytes).into_response())
}
