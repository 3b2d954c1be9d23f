//! `POST /api/v1/verify/{uin}/hologram`: whether a sticker belongs to a certificate.

use super::part;
use crate::{
    client::Client,
    fault::Fault,
    judge::{Evidence, judge},
    site::Site,
    sticker,
};
use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
};
use mohor_domain::certificate::Verdict;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A sticker.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sticker {
    /// The number that is printed on it. Capitals or small letters, with or without blanks.
    #[schema(max_length = 64, example = "WB26-000001")]
    serial: String,
}

/// Whether it belongs there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Belongs {
    /// `match` or `no_match`.
    #[schema(value_type = String, example = "match")]
    hologram: &'static str,
}

/// Whether a sticker is the one on a certificate's newest print.
///
/// `match` is said only of a certificate whose verdict is genuine, also superseded or expired. `no_match` is one answer for all
/// else: a serial that was never issued, that is on no print or on another certificate's, a certificate without a sticker, a
/// number that was never issued. It says nothing against a certificate by itself; ask for the verdict too.
#[utoipa::path(
    post, path = "/api/v1/verify/{uin}/hologram", tag = "anyone",
    params(("uin" = String, Path, description = "the number, with or without hyphens, in any case")),
    request_body = Sticker,
    responses(
        (status = 200, description = "match or no_match", body = Belongs),
        (status = 413, description = "more than 8 KiB", content_type = "application/problem+json"),
        (status = 422, description = "a number with a typing error, or a serial that is empty or too long",
         content_type = "application/problem+json"),
        (status = 429, description = "too many requests from this address", content_type = "application/problem+json"),
        (status = 503, description = "it cannot be looked up now", content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check(
    State(site): State<Arc<Site>>,
    client: Client,
    uin: Result<Path<String>, PathRejection>,
    body: Result<Json<Sticker>, JsonRejection>,
) -> Result<Json<Belongs>, Fault> {
    site.gates.verify.pass(client)?;
    let (number, Json(Sticker { serial })) = (part(uin)?, body?);
    let serial = sticker::keyed("/serial", &serial)?;
    let finding = judge(&site, Evidence::Number(number)).await?;
    if finding.verdict == Verdict::Mistyped {
        let words = "`uin` has a typing error, and nothing was looked up; compare it with the paper";
        return Err(Fault::invalid("uin", words));
    }
    let same = sticker::matches(&site, &finding, serial).await?;
    Ok(Json(Belongs { hologram: if same { "match" } else { "no_match" } }))
}
