//! What surrounds every answer: security headers, a time limit, one log line without any personal data.

use crate::{client::Client, fault::Fault, site::Site};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{self, Instant};

/// Begins with nothing and opens one source a line.
const CSP: &str = "default-src 'none'; \
    style-src 'self'; \
    script-src 'self'; \
    img-src 'self'; \
    connect-src 'self'; \
    form-action 'self'; \
    base-uri 'none'; \
    frame-ancestors 'none'";

/// On every answer. HSTS is the TLS proxy's: without TLS a browser ignores it, and a trial on loopback must not bind the
/// name of the machine.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Sets the headers; what a handler has chosen itself stays.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A whole request, its body included, ends in time.
pub(crate) async fn time_limit(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(site.portal.limits.request_seconds.max(1));
    match time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::too_slow().into_response(),
    }
}

/// Whoever is signed in, or says so, is counted before anything is looked up.
pub(crate) async fn pace(State(site): State<Arc<Site>>, client: Client, request: Request, next: Next) -> Response {
    match site.gates.page.pass(client) {
        Ok(()) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}

/// One line: method, route, status, microseconds. The route is the pattern (`/api/v1/verify/{uin}`), never what was
/// called: a path may hold a number, a query an application.
pub(crate) async fn log(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => site.refused("too_many_requests"),
        StatusCode::SERVICE_UNAVAILABLE => site.refused("unavailable"),
        _ => (),
    }
    tracing::info!(
        method = method.as_str(),
        route = route.as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        micros = began.elapsed().as_micros() as u64,
        "answered"
    );
    response
}
