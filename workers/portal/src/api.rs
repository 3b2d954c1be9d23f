//! Calls for programs. Every answer is JSON but the PDF; every error is problem details.

/// Anybody: the verdict on a number, a QR code or a PDF.
pub mod verify;

/// Anybody: whether a sticker belongs to a certificate.
pub mod hologram;

/// Departments: events in, answers out.
pub mod applications;

/// Departments: one application of their own.
pub mod application;

/// Departments and centres: the acknowledgement of an application.
pub mod acknowledgement;

/// Departments: numbers to ascribe.
pub mod uins;

/// Departments and centres: their outbound events again, by cursor.
pub mod events;

/// Departments: a sealed document of their own.
pub mod pdf;

/// Anybody: the public keys.
pub mod keys;

/// Centres: hand-overs.
pub mod counter;

/// Centres: their stream as it goes on, and their documents.
pub mod tray;

/// Supervisors: the board.
pub mod sla;

/// Supervisors: what nobody fetches.
pub mod uncollected;

/// Operators: alive, ready, metrics.
pub mod health;

/// All of it, described.
pub mod openapi;

use crate::fault::Fault;
use axum::extract::{
    FromRequestParts, Path,
    rejection::{PathRejection, QueryRejection},
};
use serde::de::DeserializeOwned;

/// A part of the path; one that is no UTF-8 names nothing.
pub(crate) fn part<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Fault> {
    path.map(|Path(part)| part).map_err(|_| Fault::not_found())
}

/// The query. The words of a rejection could repeat what was sent, so they are fixed.
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Fault> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(|_: QueryRejection| Fault::malformed("a parameter is missing, repeated or not of its kind"))
    }
}
