//! `GET /office/document/{id}`: a stored document, to whoever may see what it is about. Unknown and another's are one answer.

use crate::{api, document, fault::Fault, lang::Lang, session::SignedIn, site::Site};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use mohor_domain::{id::Id, people::Deed};
use mohor_ports::ledger::Document;
use std::sync::Arc;

/// A document as a page lists it.
pub(crate) struct Paper {
    pub id: String,
    pub title: String,
    pub when: String,
    /// It can be read.
    pub made: bool,
}

/// What was ordered about something, the newest first. Whether it may be read is asked with each of them.
pub(crate) async fn listed(site: &Site, lang: Lang, subject: &str) -> Result<Vec<Paper>, Fault> {
    let found = site.portal.documents.documents_of(subject, document::LISTED).await.map_err(Fault::port)?;
    let paper = |found: &Document| {
        let title = |lang: &str| found.title()[lang].as_str().unwrap_or_default();
        Paper {
            id: found.id.to_string(),
            title: lang.pick(title("en"), title("bn")).to_owned(),
            when: lang.time(found.ordered_at),
            made: found.sha256.is_some(),
        }
    };
    Ok(found.iter().map(paper).collect())
}

/// `GET /office/document/{id}`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let found = site.portal.documents.documents(&[id]).await.map_err(Fault::port)?.pop();
    let found = found.ok_or_else(Fault::not_found)?;
    let place = document::place_of(&site, &found).await?;
    if !Deed::reading(found.order.kind).iter().any(|deed| signed.may(*deed, &place)) {
        return Err(Fault::not_found());
    }
    document::hand_out(&site, &found, format!("person:{}", signed.person.login)).await
}
