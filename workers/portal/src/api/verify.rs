//! The verdict for programs. An unknown number is answered in the same shape as a known one.

use crate::{
    body,
    client::Client,
    facts::{Shown, holder, shown, shown_of},
    fault::Fault,
    judge::{Evidence, Finding, judge, last_day},
    site::Site,
    words::explain,
};
use axum::{
    Json,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mohor_domain::{catalogue::Name, certificate::Verdict};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Serialize, ToSchema)]
pub(crate) struct Both {
    /// English.
    pub en: String,
    /// Bengali.
    pub bn: String,
}

impl From<&Name> for Both {
    fn from(name: &Name) -> Self {
        Self { en: name.en.clone(), bn: name.bn.clone() }
    }
}

/// The verdict. Members that do not apply are null, so that every answer has the same shape.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer {
    /// `genuine`, `genuine_superseded`, `genuine_expired`, `revoked`, `suspended`, `altered`, `not_issued_here`,
    /// `mistyped` or `cannot_check_now`.
    #[schema(value_type = String, example = "genuine")]
    verdict: Verdict,
    /// The verdict for people, English.
    words_en: &'static str,
    /// The verdict for people, Bengali.
    words_bn: &'static str,
    /// What it means and what to do next.
    explanation: Vec<Both>,
    /// The number, canonical.
    uin: Option<String>,
    /// Letters of the issuing department.
    department: Option<String>,
    /// Its name.
    department_name: Option<Both>,
    /// The service's slug.
    service: Option<String>,
    /// Its name.
    service_name: Option<Both>,
    /// What it is when it is no certificate: `acknowledgement`, `report`, `return` or `evidence`.
    document: Option<&'static str>,
    /// It was made for a trial, sealed by no licensed authority: whatever the verdict, it certifies nothing.
    specimen: bool,
    /// RFC 3339.
    issued_at: Option<String>,
    /// Last day of validity, inclusive; null when it does not expire.
    valid_until: Option<String>,
    /// The holder's name, masked.
    holder: Option<String>,
    /// What anybody may see, to be compared with the paper.
    facts: Vec<Shown>,
    /// `valid` when the QR code bears a good signature of a key of ours.
    signature: Option<&'static str>,
    /// Another host that the genuine QR code sends people to: a cloned portal.
    other_host: Option<String>,
    /// The ledger's time, RFC 3339; null when it could not be asked.
    checked_at: Option<String>,
}

/// A QR code's text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QrCode {
    /// `HTTPS://<HOST>/#<base41>`, or `#<base41>` alone. What programs that pass on links change is put back: small letters,
    /// escapes, line breaks, parameters.
    #[schema(max_length = 2048)]
    qr: String,
}

/// An uploaded file.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the multipart body")]
pub(crate) struct Upload {
    /// The PDF or the picture, up to 10 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The verdict on a number.
///
/// Check characters are looked at first: a typing error is never looked up. Facts are masked; the PDF is never served.
#[utoipa::path(
    get, path = "/api/v1/verify/{uin}", tag = "anyone",
    params(("uin" = String, Path, description = "the number, with or without hyphens, in any case")),
    responses(
        (status = 200, description = "a verdict", body = Answer),
        (status = 429, description = "too many requests from this address", content_type = "application/problem+json"),
        (status = 503, description = "the verdict cannot_check_now", body = Answer),
    )
)]
pub(crate) async fn number(
    State(site): State<Arc<Site>>,
    client: Client,
    uin: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    site.gates.verify.pass(client)?;
    let finding = judge(&site, Evidence::Number(super::part(uin)?)).await?;
    Ok(answer(&site, &finding))
}

/// The verdict on a QR code, a PDF or a picture.
///
/// JSON `{"qr": "..."}` for a QR code's text, multipart with the part `file` for a PDF, or for a picture with the code on it
/// (JPEG, PNG, WebP, GIF, BMP, or one in a PDF). What is read is told by the content, never by the name. Only a PDF is called
/// unaltered. What cannot be read gets no verdict but the problem `unreadable`.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "anyone",
    request_body(content((QrCode = "application/json"), (Upload = "multipart/form-data"))),
    responses(
        (status = 200, description = "a verdict", body = Answer),
        (status = 413, description = "larger than 10 MiB", content_type = "application/problem+json"),
        (status = 415, description = "neither JSON nor multipart", content_type = "application/problem+json"),
        (status = 422, description = "it cannot be read: another kind of file, a picture without a code, a link that was cut",
         content_type = "application/problem+json"),
        (status = 429, description = "too many requests from this address", content_type = "application/problem+json"),
        (status = 503, description = "the verdict cannot_check_now, or too many uploads at once", body = Answer),
    )
)]
pub(crate) async fn evidence(
    State(site): State<Arc<Site>>,
    client: Client,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.verify.pass(client)?;
    let finding = if body::is_type(&request, "application/json") {
        let (parts, whole) = request.into_parts();
        // The route's limit is that of a file; a QR code's text is small.
        let bytes = axum::body::to_bytes(whole, crate::MAX_FORM).await;
        let bytes = bytes.map_err(|_| Fault::too_large("at most 8 KiB of JSON are taken"))?;
        let request = Request::from_parts(parts, bytes.into());
        let Json(QrCode { qr }) = Json::<QrCode>::from_request(request, &()).await?;
        judge(&site, Evidence::Qr(qr)).await?
    } else {
        site.gates.upload.pass(client)?;
        let (request, held) = site.uploads.hold(client, request);
        let bytes = body::file(request).await.map_err(|fault| held.or(fault))?;
        judge(&site, Evidence::File(bytes)).await?
    };
    Ok(answer(&site, &finding))
}

fn answer(site: &Site, finding: &Finding) -> Response {
    let portal = &site.portal;
    let certificate = finding.certificate.as_deref();
    let plan = certificate.map(|certificate| &certificate.plan);
    let department = plan.and_then(|plan| portal.catalogue.departments.get(&plan.department));
    let service = plan.and_then(|plan| portal.catalogue.service(&plan.department, &plan.service));
    let body = Answer {
        verdict: finding.verdict,
        words_en: finding.verdict.words_en(),
        words_bn: finding.verdict.words_bn(),
        explanation: explain(finding, &portal.verify_host).into_iter().map(|w| Both { en: w.en, bn: w.bn }).collect(),
        uin: finding.uin.map(|uin| uin.to_string()),
        department: plan.map(|plan| plan.department.clone()),
        department_name: department.map(Both::from),
        service: plan.map(|plan| plan.service.clone()),
        service_name: service.map(|service| Both::from(&service.name)),
        specimen: finding.is_specimen(),
        issued_at: plan.map(|plan| plan.minted_at.rfc3339()),
        valid_until: certificate.and_then(last_day).map(|day| day.to_string()),
        holder: certificate.map(|certificate| holder(certificate).en),
        document: finding.document.as_ref().map(|document| document.order.kind.as_str()),
        facts: match (certificate, finding.document.as_deref()) {
            (Some(certificate), _) => shown(portal, certificate),
            (None, Some(document)) => shown_of(document),
            (None, None) => vec![],
        },
        signature: finding.signature_valid.then_some("valid"),
        other_host: finding.other_host.clone(),
        checked_at: finding.checked_at.map(|at| at.rfc3339()),
    };
    match finding.verdict {
        Verdict::CannotCheckNow => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], Json(body)).into_response()
        }
        _ => Json(body).into_response(),
    }
}
