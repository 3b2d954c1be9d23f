//! What could not be done. A program reads it as problem details (RFC 9457), a person as a page in both languages.
//!
//! A handler returns a [`Fault`]; [`dress`] gives it its form by the path that was called.

use crate::{lang::Lang, pages, site::Site};
use axum::{
    Json,
    extract::{Request, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use mohor_document::file::Unread;
use mohor_domain::event::Answer;
use mohor_ports::error::Error;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The content type of problem details.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// What could not be done, and what to do next.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub status: StatusCode,
    /// A stable word.
    pub code: &'static str,
    pub en: String,
    pub bn: &'static str,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
    /// Further members of the problem details.
    pub members: Map<String, Value>,
    /// Where a person goes on.
    pub lead: Option<&'static Lead>,
}

/// Where a person goes on.
#[derive(Debug)]
pub(crate) struct Lead {
    pub address: &'static str,
    pub en: &'static str,
    pub bn: &'static str,
}

impl Fault {
    pub fn new(status: StatusCode, code: &'static str, en: impl Into<String>, bn: &'static str) -> Self {
        Self { status, code, en: en.into(), bn, retry_after: None, members: Map::new(), lead: None }
    }

    fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Names the field that is wrong: a JSON Pointer, or a parameter's name.
    pub fn at(mut self, pointer: &str) -> Self {
        self.members.insert("pointer".into(), pointer.into());
        self
    }

    /// Says where a person goes on.
    pub fn leading(mut self, lead: &'static Lead) -> Self {
        self.lead = Some(lead);
        self
    }

    /// The request cannot be read.
    pub fn malformed(en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", en, "অনুরোধটি পড়া যাচ্ছে না")
    }

    /// A value that can be read and cannot be used.
    pub fn invalid(pointer: &str, en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", en, "একটি মান ব্যবহারযোগ্য নয়").at(pointer)
    }

    /// More bytes or events than are taken.
    pub fn too_large(en: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", en, "যা পাঠানো হয়েছে তা খুব বড়")
    }

    /// A body of another kind.
    pub fn unsupported(en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", en, "এই ধরনের ফাইল বা তথ্য নেওয়া হয় না")
    }

    /// The sender is not believed. The words are fixed and tell nothing of which keys there are.
    pub fn unauthorised(en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", en, "স্বাক্ষর মিলছে না")
    }

    /// Unknown, or another department's: the answer is the same.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here by that name", "এই নামে এখানে কিছু নেই")
    }

    /// Too many requests from one address.
    pub fn too_many(seconds: u64) -> Self {
        let en = "too many requests from your address; wait a moment and try again";
        let bn = "আপনার ঠিকানা থেকে খুব বেশি অনুরোধ এসেছে; একটু পরে আবার চেষ্টা করুন";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", en, bn).after(seconds)
    }

    /// All hands are full.
    pub fn busy() -> Self {
        let en = "too much is being read at once; try again in a few seconds";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            en,
            "এখন একসঙ্গে অনেক কিছু পড়া হচ্ছে; কয়েক সেকেন্ড পরে আবার চেষ্টা করুন",
        )
        .after(5)
    }

    /// More deliveries wait than the backlog allows.
    pub fn backlog() -> Self {
        let en = "more deliveries wait than can be answered soon; send this again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "backlog", en, "অনেক আবেদন অপেক্ষায় আছে; পরে আবার পাঠান").after(60)
    }

    /// The body or the answer took too long.
    pub fn too_slow() -> Self {
        let en = "the request took too long; send it again over a better connection";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", en, "অনুরোধটি শেষ হতে খুব বেশি সময় লেগেছে; আবার চেষ্টা করুন")
    }

    /// A port failed. The caller is told to come back or not; the log has the words of a dependency that is down, and of
    /// a row that contradicts itself only the code: its words may name a number.
    pub fn port(error: Error) -> Self {
        match &error {
            Error::Retry(cause) | Error::Outage(cause) => {
                tracing::warn!(code = error.code(), words = cause.words, "a request could not be answered");
            }
            _ => tracing::error!(code = error.code(), "a request could not be answered; `mohor doctor` says more"),
        }
        let bn = "এই মুহূর্তে উত্তর দেওয়া যাচ্ছে না; একটু পরে আবার চেষ্টা করুন";
        match error {
            Error::Retry(_) | Error::Outage(_) => {
                let en = "this cannot be answered right now; try again in a minute";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", en, bn).after(60)
            }
            Error::Reject { .. } | Error::Fatal(_) => {
                let en = "this cannot be answered; the operators can see why";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", en, bn)
            }
        }
    }

    /// What a body extractor refuses, by its status.
    pub fn of_status(status: StatusCode, most: &str) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(format!("at most {most} are taken")),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported("the content type is not the one this call takes"),
            StatusCode::REQUEST_TIMEOUT => Self::too_slow(),
            _ => Self::malformed("the request cannot be read; check its encoding"),
        }
    }

    /// The answer to a single event that was refused, as problem details that carry the whole answer.
    pub fn refused(answer: &Answer) -> Self {
        let Answer::Refused { refusal, .. } = answer else { return Self::malformed("no refusal") };
        let status = match refusal.code.as_str() {
            "foreign_department" => StatusCode::FORBIDDEN,
            "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut fault = Self::new(status, refusal.code.as_str(), refusal.reason_en.clone(), refusal.code.words_bn());
        if let Ok(Value::Object(members)) = serde_json::to_value(answer) {
            fault.members = members;
        }
        fault
    }

    /// RFC 9457. `type` is a reference to the readable page of calls, which explains each code.
    pub fn problem(&self) -> Value {
        let mut members = self.members.clone();
        for (name, value) in [
            ("type", json!(format!("/api#problem-{}", self.code))),
            ("title", json!(self.status.canonical_reason().unwrap_or("Error"))),
            ("status", json!(self.status.as_u16())),
            ("detail", json!(self.en)),
            ("detail_bn", json!(self.bn)),
            ("code", json!(self.code)),
        ] {
            members.insert(name.into(), value);
        }
        members.into()
    }
}

impl From<Unread> for Fault {
    fn from(unread: Unread) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable", unread.to_string(), unread.words_bn())
    }
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Self {
        Self::of_status(rejection.status(), "8 KiB")
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives each fault its form: problem details for calls, a page for people.
pub(crate) async fn dress(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let call = path.starts_with("/api/") || path.starts_with("/.well-known/");
    let lang = Lang::of_request(request.uri(), request.headers());
    let mut response = next.run(request).await;
    let Some(fault) = response.extensions_mut().remove::<Fault>() else { return response };
    let mut dressed = if call {
        (fault.status, [(header::CONTENT_TYPE, PROBLEM)], Json(fault.problem())).into_response()
    } else {
        (fault.status, pages::fault::render(&site, lang, &fault)).into_response()
    };
    let headers = dressed.headers_mut();
    if let Some(seconds) = fault.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if fault.status == StatusCode::UNAUTHORIZED {
        // RFC 9110, 15.5.2: a 401 names a way to authenticate.
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Mohor-Signature"));
    }
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allowed.clone());
    }
    dressed
}

/// No such path. A QR code's link whose `#` was escaped on its way leads to where it was to lead.
pub(crate) async fn no_such_page(uri: Uri) -> Result<Redirect, Fault> {
    let fragment = uri.path().strip_prefix("/%23").ok_or_else(Fault::not_found)?;
    Ok(Redirect::to(&format!("/#{fragment}")))
}

/// The path takes another method.
pub(crate) async fn no_such_method() -> Fault {
    let en = "this address takes another method";
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", en, "এই ঠিকানা অন্য পদ্ধতি নেয়")
}
