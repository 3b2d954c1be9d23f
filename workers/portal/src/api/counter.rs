//! `POST /api/v1/bsk/{bsk}/certificates/{uin}/deliver`: a certificate is handed over at its centre.

use super::part;
use crate::{
    fault::Fault,
    printing::gone_back,
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
    certificate::Standing,
    people::{Deed, Place},
    share::HandedTo,
    text,
    uin::Uin,
};
use mohor_ports::ledger::{Handed, HandedOver, Handover};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of a reference, at most.
const LONGEST: usize = 64;

/// To whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    /// `applicant` or `representative`.
    to: String,
    /// The centre's own reference, such as a line of its register: at most 64 characters, and nobody's name or number.
    reference: Option<String>,
}

/// A hand-over as it is recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct Delivered {
    uin: String,
    bsk: String,
    /// `applicant` or `representative`.
    to: &'static str,
    reference: Option<String>,
    /// Who handed it over.
    by: String,
    delivered_at: String,
    /// It was handed over before: this is what stands, and nothing was recorded now.
    before: bool,
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
        (status = 409, description = "the certificate is not live any more, or went back to its department", content_type = "application/problem+json"),
        (status = 422, description = "a value that cannot be used", content_type = "application/problem+json"),
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
    if !signed.may(Deed::ServeAtCentre, &Place { bsk: Some(bsk.clone()), ..Place::default() }) {
        return Err(Fault::not_found());
    }
    let uin = Uin::parse(&number).map_err(|_| Fault::not_found())?;
    let Json(delivery) = body?;
    let Some(to) = HandedTo::from_word(&delivery.to) else {
        return Err(Fault::invalid("/to", "`to` is applicant or representative"));
    };
    let over = Handover { uin, bsk, to, reference: reference(delivery.reference)? };
    let act = signed.act("certificate.deliver", uin.to_string(), format!("{} at {}", to.as_str(), over.bsk));
    match site.portal.counter.hand_over(over, act).await.map_err(Fault::port)? {
        HandedOver::New(handed) => Ok(Json(delivered(handed, false))),
        HandedOver::Before(handed) => Ok(Json(delivered(handed, true))),
        HandedOver::NotLive(standing) => Err(not_live(standing)),
        HandedOver::Returned => Err(gone_back()),
        HandedOver::Unknown => Err(Fault::not_found()),
    }
}

/// A blank reference is none.
pub(crate) fn reference(text: Option<String>) -> Result<Option<String>, Fault> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > LONGEST {
        return Err(Fault::invalid(
            "/reference",
            format!("`reference` is longer than {LONGEST} characters; shorten it"),
        ));
    }
    let mut value = json!(text);
    text::normalise(&mut value, "/reference").map_err(|refusal| Fault::invalid("/reference", refusal.reason_en))?;
    Ok(value.as_str().map(str::to_owned))
}

fn delivered(handed: Handed, before: bool) -> Delivered {
    let Handed { over, actor, at } = handed;
    Delivered {
        uin: over.uin.to_string(),
        bsk: over.bsk,
        to: over.to.as_str(),
        reference: over.reference,
        by: actor,
        delivered_at: at.rfc3339(),
        before,
    }
}

pub(crate) fn not_live(standing: Standing) -> Fault {
    let word = serde_json::to_value(standing).unwrap_or(Value::Null);
    let en = "the certificate is not live any more; do not hand it out, its correction comes to the centre by itself";
    let bn = "শংসাপত্রটি আর বলবৎ নেই; এটি দেবেন না";
    let mut fault = Fault::new(StatusCode::CONFLICT, "not_live", en, bn);
    fault.members.insert("standing".into(), word);
    fault
}
