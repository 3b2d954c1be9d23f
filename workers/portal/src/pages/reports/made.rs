//! `POST /office/application/{id}/evidence` orders an evidence sheet; `GET /office/reports/{id}` is where somebody waits for a
//! document. The page asks again by itself, without any script (`Refresh`), until the document is there.

use super::papers;
use crate::{
    api,
    document::place_of,
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName},
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{id::Id, people::Deed};
use std::sync::Arc;

/// Seconds after which the page asks again.
const AGAIN: &str = "2";

/// The page.
#[derive(Template)]
#[template(path = "made.html")]
struct Made {
    shell: Shell,
    id: String,
    title: String,
    about: String,
    when: String,
    ready: bool,
    /// The page of the application, of an evidence sheet.
    application: Option<String>,
}

/// `POST /office/application/{id}/evidence`
pub(crate) async fn evidence(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    from_here(&headers)?;
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let record = site.portal.board.full_record(id).await.map_err(Fault::port)?.ok_or_else(Fault::not_found)?;
    if !signed.may(Deed::SeeApplication, &record.found.place) {
        return Err(Fault::not_found());
    }
    let clocks = site.portal.clocks.clocks(id).await.map_err(Fault::port)?;
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let force = site.portal.changes.rules().await.map_err(Fault::port)?;
    let by = format!("person:{}", signed.person.login);
    let sheet = papers::evidence(&site, &record, &clocks, &force.rules, now, by);
    let id = site.portal.documents.order(sheet).await.map_err(Fault::port)?;
    Ok(Redirect::to(&format!("/office/reports/{id}?lang={}", lang.code())).into_response())
}

/// `GET /office/reports/{id}`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let found = site.portal.documents.documents(&[id]).await.map_err(Fault::port)?.pop();
    let found = found.ok_or_else(Fault::not_found)?;
    if !signed.reads(found.order.kind, &place_of(&site, &found).await?) {
        return Err(Fault::not_found());
    }
    let text = |member: &str| found.order.view[member][lang.code()].as_str().unwrap_or_default().to_owned();
    let application = Id::parse(&found.order.subject).map(|id| id.to_string());
    let ready = found.sha256.is_some();
    let shown = Made {
        shell: Shell::at(&site, lang, format!("/office/reports/{id}?lang={}", lang.other().code())),
        id: id.to_string(),
        title: text("title"),
        about: text("about"),
        when: lang.time(found.ordered_at),
        ready,
        application,
    };
    let refresh = (!ready).then_some([(HeaderName::from_static("refresh"), AGAIN)]);
    Ok((refresh, page(&shown)).into_response())
}
