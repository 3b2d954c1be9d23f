//! `GET /api`: the calls, for readers, made from the OpenAPI document.

use super::{Shell, page};
use crate::{api::openapi, lang::Lang, site::Site};
use askama::Template;
use axum::{extract::State, response::Response};
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// The page.
#[derive(Template)]
#[template(path = "calls.html")]
struct Calls {
    shell: Shell,
    about: &'static str,
    calls: &'static [Call],
    problems: &'static [(&'static str, &'static str)],
}

/// One call.
struct Call {
    method: String,
    path: String,
    summary: String,
    description: String,
    signed: bool,
    parameters: Vec<(String, String)>,
    bodies: Vec<String>,
    answers: Vec<(String, String)>,
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(openapi::document()).unwrap_or_default());
static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| calls(&DOCUMENT));

/// The codes of problem details that are no refusal codes.
const PROBLEMS: [(&str, &str); 28] = [
    ("malformed", "the request cannot be read"),
    ("no_file", "no file was chosen"),
    (
        "unreadable",
        "what was handed over cannot be read, which is no verdict: a kind of file that is not read, a picture without a code, a link that was cut",
    ),
    ("unauthorised", "the signature is missing or does not hold"),
    ("foreign_department", "another department's matter"),
    ("not_found", "unknown, or another department's"),
    ("method_not_allowed", "the address takes another method"),
    ("too_slow", "the request was not complete in time"),
    ("too_large", "more bytes or events than are taken"),
    ("unsupported_media_type", "another content type"),
    ("invalid", "a value that cannot be used"),
    ("not_live", "the certificate is superseded, suspended or revoked; it is not handed out"),
    ("wrong_code", "the one-time code is another; `left` tries are left"),
    ("no_code", "no one-time code is open: too old, spent, used, or none was sent"),
    ("code_again", "a one-time code was sent a moment ago, or as many as a day has; wait as Retry-After says"),
    ("no_mobile", "the application names no phone; hand over by a document"),
    ("shared_mobile", "the phone stands on more than five open applications; hand over by a document"),
    ("no_texts", "this installation sends no short messages"),
    ("sms_away", "the provider of short messages does not take it now"),
    ("no_exception", "no supervisor has allowed an exception"),
    ("handed_over", "it was handed over before"),
    ("decided", "somebody has decided it already"),
    ("returned", "the certificate went back to its department; it is not handed out at the centre"),
    ("too_many_requests", "wait as Retry-After says"),
    ("busy", "too much is being read at once; come back in a few seconds"),
    ("backlog", "too many deliveries wait; send it again later"),
    ("unavailable", "a dependency is down; send it again later"),
    ("internal", "the operators can see why"),
];

/// `GET /api`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang) -> Response {
    let about = DOCUMENT["info"]["description"].as_str().unwrap_or_default();
    page(&Calls { shell: Shell::new(&site, lang, Some("/api")), about, calls: &CALLS, problems: &PROBLEMS })
}

fn calls(document: &Value) -> Vec<Call> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut calls = Vec::new();
    for (path, methods) in members(&document["paths"]) {
        for (method, call) in members(&methods) {
            let parameters = call["parameters"].as_array().cloned().unwrap_or_default();
            calls.push(Call {
                method: method.to_uppercase(),
                path: path.clone(),
                summary: text(&call["summary"]),
                description: text(&call["description"]),
                signed: call["security"].is_array(),
                parameters: parameters.iter().map(|p| (text(&p["name"]), text(&p["description"]))).collect(),
                bodies: members(&call["requestBody"]["content"]).into_iter().map(|(kind, _)| kind).collect(),
                answers: members(&call["responses"])
                    .into_iter()
                    .map(|(status, answer)| (status, text(&answer["description"])))
                    .collect(),
            });
        }
    }
    calls
}
