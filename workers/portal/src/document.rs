//! A stored document other than a certificate, handed out: the audit line is written before the first byte leaves, and the
//! vault compares the bytes with the recorded digest.

use crate::{fault::Fault, site::Site};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mohor_domain::{
    id::Id,
    people::{Deed, Place},
    plan::DocumentKind,
};
use mohor_ports::{
    error::Error,
    ledger::{Act, Document},
};
use serde_json::json;

/// Seconds after which whoever waits for a document asks again.
const SOON: u64 = 2;
/// Documents of one thing that are listed, at most.
pub(crate) const LISTED: u32 = 50;

/// The newest acknowledgement of an application.
pub(crate) async fn newest_acknowledgement(site: &Site, application: Id) -> Result<Document, Fault> {
    let found = site.portal.documents.documents_of(&application.to_string(), LISTED).await.map_err(Fault::port)?;
    let mut found = found.into_iter();
    found.find(|document| document.order.kind == DocumentKind::Acknowledgement).ok_or_else(Fault::not_found)
}

/// Where a document belongs now: that of an application moves with it to another office.
pub(crate) async fn place_of(site: &Site, document: &Document) -> Result<Place, Fault> {
    let of_application = Deed::reading(document.order.kind).contains(&Deed::SeeApplication);
    if let Some(application) = Id::parse(&document.order.subject).filter(|_| of_application)
        && let Some(found) = site.portal.clocks.clocks(application).await.map_err(Fault::port)?.into_iter().next()
    {
        let (department, bsk) = (Some(found.department), found.bsk);
        return Ok(Place { department, district: found.district, office: found.office, bsk });
    }
    Ok(document.order.place.clone())
}

/// The document as a file; while it is being made, when to ask again. `who` is its reader, as in an audit line.
pub(crate) async fn hand_out(site: &Site, document: &Document, who: String) -> Result<Response, Fault> {
    let Some(sha256) = &document.sha256 else {
        let body = json!({
            "status": "being_made",
            "detail": "the document is being made; ask again in a moment",
            "detail_bn": "নথিটি তৈরি হচ্ছে; একটু পরে আবার চেষ্টা করুন",
        });
        return Ok((StatusCode::ACCEPTED, [(header::RETRY_AFTER, SOON.to_string())], Json(body)).into_response());
    };
    let act = Act {
        actor: who,
        act: "document.read".into(),
        subject: document.id.to_string(),
        detail: format!("{} {}", document.order.kind.as_str(), document.order.subject),
    };
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    let bytes = site.portal.vault.get(sha256).await.map_err(Fault::port)?;
    // The ledger says that it is there: a vault that has lost it is the operators' matter.
    let lost = || Fault::port(Error::reject("lost_object", "a recorded object is not in the vault"));
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", document.file_name())),
    ];
    Ok((headers, bytes.ok_or_else(lost)?).into_response())
}
