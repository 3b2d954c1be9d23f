//! `POST /api/v1/bsk/{bsk}/certificates/{uin}/code` and `.../deliver`: a certificate is handed over at its centre.

use super::part;
use crate::{
    fault::Fault,
    handing::{Said, ground, hand_over, reference, send_code, unstated},
    printing::serves,
    session::{SignedIn, from_here},
    site::Site,
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode},
};
use mohor_domain::{
    ground::Way,
    share::HandedTo,
    sms::{SmsKind, Tongue},
    uin::Uin,
};
use mohor_ports::ledger::{Handed, Handover};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// By what it is handed over: exactly one of `code`, `paper`, `representative` and `exception`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    /// `applicant` or `representative`; may be left out, and must fit.
    to: Option<String>,
    /// The six digits that were sent to the applicant's phone.
    code: Option<String>,
    /// A document that the applicant showed; never Aadhaar.
    paper: Option<Paper>,
    /// Who comes in the applicant's place.
    representative: Option<Representative>,
    /// A supervisor has allowed it: `true`.
    #[serde(default)]
    exception: bool,
    /// The centre's own reference, such as a line of its register: at most 64 characters, and nobody's name or number.
    reference: Option<String>,
}

/// A document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Paper {
    /// `voter_card`, `ration_card`, `driving_licence`, `passport`, `pan_card` or `job_card`.
    kind: String,
    /// The last four letters or digits of its number.
    last: String,
}

/// Somebody in the applicant's place; each text at most 100 characters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Representative {
    /// The name.
    name: String,
    /// What to the applicant.
    relation: String,
    /// Number or date of the paper by which the applicant sends them.
    paper: String,
}

/// A hand-over as it is recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct Delivered {
    uin: String,
    bsk: String,
    /// `applicant` or `representative`.
    to: &'static str,
    /// `code`, `paper`, `representative` or `exception`; `unstated` where it was recorded before ways were.
    way: &'static str,
    reference: Option<String>,
    /// Who handed it over.
    by: String,
    delivered_at: String,
    /// It was handed over before: this is what stands, and nothing was recorded now.
    before: bool,
}

/// In which language.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// `bn` (without it) or `en`.
    lang: Option<String>,
}

/// A code that was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeSent {
    /// Minutes for which it is good.
    minutes: i64,
    /// The template of its words.
    template: String,
}

/// Sends a one-time code to the applicant's phone.
///
/// Six digits, good for ten minutes and five tries; a new one takes the place of the one before. At most one a minute and five a
/// day for a certificate. The number is not told.
#[utoipa::path(
    post, path = "/api/v1/bsk/{bsk}/certificates/{uin}/code", tag = "centres",
    params(
        ("bsk" = String, Path, description = "the centre's code, e.g. PUM0027"),
        ("uin" = String, Path, description = "the certificate's number"),
    ),
    request_body = Wanted,
    responses(
        (status = 200, description = "sent", body = CodeSent),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "no such certificate waits at this centre, or it is not the centre of whoever is signed in",
         content_type = "application/problem+json"),
        (status = 409, description = "no phone, one that stands on too many open applications, not live, handed over before, or no \
         messages are sent here", content_type = "application/problem+json"),
        (status = 429, description = "too soon after the one before", content_type = "application/problem+json"),
        (status = 503, description = "the provider of messages is away", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn code(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<CodeSent>, Fault> {
    from_here(&headers)?;
    let (bsk, number) = part(path)?;
    serves(&signed, &bsk)?;
    let uin = Uin::parse(&number).map_err(|_| Fault::not_found())?;
    let Json(wanted) = body?;
    let tongue = Tongue::from_word(wanted.lang.as_deref().unwrap_or("bn"));
    let tongue = tongue.ok_or_else(|| Fault::invalid("/lang", "`lang` is bn or en"))?;
    send_code(&site, &signed, &bsk, uin, tongue).await?;
    let minutes = mohor_domain::sms::CODE_LASTS / 60_000;
    Ok(Json(CodeSent { minutes, template: SmsKind::HandOverCode.template(tongue) }))
}

/// Hands a certificate over.
///
/// Once for a certificate that is ready at the centre and live; a second call is answered with what was recorded first.
#[utoipa::path(
    post, path = "/api/v1/bsk/{bsk}/certificates/{uin}/deliver", tag = "centres",
    params(
        ("bsk" = String, Path, description = "the centre's code, e.g. PUM0027"),
        ("uin" = String, Path, description = "the certificate's number"),
    ),
    request_body = Delivery,
    responses(
        (status = 200, description = "recorded, now or before", body = Delivered),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "no such certificate waits at this centre, or it is not the centre of whoever is signed in",
         content_type = "application/problem+json"),
        (status = 409, description = "the certificate is not live any more or went back to its department, no code is open, or no \
         exception is allowed", content_type = "application/problem+json"),
        (status = 422, description = "a value that cannot be used, or another code", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn deliver(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Json<Delivery>, JsonRejection>,
) -> Result<Json<Delivered>, Fault> {
    from_here(&headers)?;
    let (bsk, number) = part(path)?;
    // Another centre's certificates are as unknown as those that do not exist.
    serves(&signed, &bsk)?;
    let uin = Uin::parse(&number).map_err(|_| Fault::not_found())?;
    let Json(delivery) = body?;
    let to = delivery.to.as_deref().map(HandedTo::from_word);
    if to == Some(None) {
        return Err(Fault::invalid("/to", "`to` is applicant or representative"));
    }
    let reference = reference(delivery.reference.as_deref())?;
    let (way, said) = said(delivery)?;
    // A field of this body is named by a JSON Pointer.
    let group = match way {
        Way::Paper | Way::Representative => format!("/{}/", way.as_str()),
        _ => "/".into(),
    };
    let ground = ground(&site, uin, way, &said).map_err(|fault| in_group(fault, &group))?;
    if to.flatten().is_some_and(|to| to != ground.to()) {
        return Err(Fault::invalid("/to", format!("`to` does not fit `{}`; leave it out", way.as_str())));
    }
    let over = Handover { uin, bsk, ground, reference };
    let (handed, before) = hand_over(&site, &signed, over).await?;
    Ok(Json(delivered(handed, before)))
}

fn said(delivery: Delivery) -> Result<(Way, Said), Fault> {
    let Delivery { code, paper, representative, exception, .. } = delivery;
    match (code, paper, representative, exception) {
        (Some(code), None, None, false) => Ok((Way::Code, Said { code, ..Said::default() })),
        (None, Some(Paper { kind, last }), None, false) => Ok((Way::Paper, Said { kind, last, ..Said::default() })),
        (None, None, Some(Representative { name, relation, paper }), false) => {
            Ok((Way::Representative, Said { name, relation, paper, ..Said::default() }))
        }
        (None, None, None, true) => Ok((Way::Exception, Said::default())),
        _ => Err(unstated()),
    }
}

fn in_group(fault: Fault, group: &str) -> Fault {
    match fault.members.get("pointer").and_then(|pointer| pointer.as_str()).map(str::to_owned) {
        Some(field) if fault.status == StatusCode::UNPROCESSABLE_ENTITY => fault.at(&format!("{group}{field}")),
        _ => fault,
    }
}

fn delivered(handed: Handed, before: bool) -> Delivered {
    let Handed { over, actor, at } = handed;
    Delivered {
        uin: over.uin.to_string(),
        bsk: over.bsk,
        to: over.ground.to().as_str(),
        way: over.ground.way().as_str(),
        reference: over.reference,
        by: actor,
        delivered_at: at.rfc3339(),
        before,
    }
}
