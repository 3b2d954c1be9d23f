//! `GET /api/openapi.json`: OpenAPI 3.1, generated from the handlers and the types they answer with.

use super::{
    acknowledgement, application, applications, counter, events, health, hologram, keys, pdf, sla, tray, uins,
    uncollected, verify,
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, SecurityScheme},
};

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mohor",
        description = "Sealed, verifiable certificates. Departments sign each request: the header Mohor-Signature is a \
            detached JWS (RFC 7515, appendix F) over the body, `protected..signature`, with the protected header \
            {\"alg\":\"EdDSA\",\"kid\":...,\"iat\":...,\"htm\":\"POST\",\"htu\":\"/api/v1/applications\"}: kid is the RFC 7638 \
            thumbprint of the department's Ed25519 key in base64url, iat the time in seconds (within five minutes), htm and \
            htu are method and path with its query. A GET is signed over an empty body.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        verify::number, verify::evidence, hologram::check, keys::serve,
        applications::receive, applications::check, applications::answer, application::show,
        acknowledgement::department, acknowledgement::centre,
        uins::reserve, events::department, pdf::serve, events::centre, tray::events, tray::pdf,
        counter::code, counter::deliver,
        sla::sums, sla::breaches, uncollected::list, crate::pages::export::xlsx, crate::pages::reports::programs::figures,
        health::alive, health::ready, health::metrics,
    ),
    components(schemas(applications::EventAnswer)),
    modifiers(&Signature),
    tags(
        (name = "anyone", description = "verification"),
        (name = "departments", description = "signed by a department"),
        (name = "centres", description = "Bangla Sahayata Kendras"),
        (name = "supervisors", description = "with the session of whoever is signed in at /sign-in"),
        (name = "operators", description = "running it"),
    )
)]
struct Document;

struct Signature;

impl Modify for Signature {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let words = "a detached JWS over the body: protected..signature";
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Mohor-Signature", words)));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("Mohor-Signature", scheme);
        let words = "the session's cookie; sign in at /sign-in";
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description("mohor", words)));
        components.add_security_scheme("mohor", cookie);
    }
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Document::openapi);
static JSON: LazyLock<String> = LazyLock::new(|| document().to_pretty_json().unwrap_or_default());

/// The OpenAPI document of every call.
pub fn document() -> &'static utoipa::openapi::OpenApi {
    &DOCUMENT
}

/// `GET /api/openapi.json`
pub(crate) async fn serve() -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, JSON.as_str()).into_response()
}
