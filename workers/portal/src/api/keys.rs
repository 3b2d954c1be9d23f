//! `GET /.well-known/mohor/keys.json`: the public keys that sign credentials, for verifiers without the network.

use crate::site::Site;
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use mohor_document::credential::jwk;
use serde_json::json;
use std::sync::Arc;

/// The public keys that sign credentials, as a JWK set.
///
/// `nbf` and `exp` bound the times that a key's credentials may bear; `departments` is absent when it speaks for all.
#[utoipa::path(
    get, path = "/.well-known/mohor/keys.json", tag = "anyone",
    responses((status = 200, description = "a JWK set (RFC 7517)", body = serde_json::Value, content_type = "application/jwk-set+json"))
)]
pub(crate) async fn serve(State(site): State<Arc<Site>>) -> Response {
    let keys: Vec<_> = site.known_keys().await.iter().map(jwk).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        // Public by nature: a page of any department may read them.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Json(json!({ "keys": keys }))).into_response()
}
