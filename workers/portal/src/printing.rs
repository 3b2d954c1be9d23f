//! A certificate's sealed document, given out at its centre: to be looked at or to be printed.
//!
//! Nothing is printed before the printer was tried that day. The vault compares the bytes with the recorded digest first. Then
//! the row and the audit line are written, in one transaction that looks once more whether the certificate is live; then the
//! first byte leaves. A process that dies in between leaves a row for a paper that was never printed: the count is never too
//! small.

use crate::{centre::may_print, fault::Fault, session::SignedIn, site::Site};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mohor_domain::{
    certificate::Standing,
    people::{Deed, Place},
    tray::{PrintKind, TrayState},
};
use mohor_ports::{
    error::Error,
    ledger::{Printing, TrayRow},
};
use serde_json::Value;

/// A browser shows a PDF with a page of its own making: its style and its viewer, and nothing else.
const VIEWER: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Whether somebody serves at this centre; to everybody else there is nothing there.
pub(crate) fn serves(signed: &SignedIn, bsk: &str) -> Result<(), Fault> {
    let there = Place { bsk: Some(bsk.into()), ..Place::default() };
    if signed.may(Deed::ServeAtCentre, &there) { Ok(()) } else { Err(Fault::not_found()) }
}

/// The document of a certificate that lies at the centre.
pub(crate) async fn give_out(
    site: &Site,
    signed: &SignedIn,
    bsk: &str,
    row: &TrayRow,
    kind: PrintKind,
) -> Result<Response, Fault> {
    if row.standing != Standing::Live {
        return Err(not_printed(row.standing));
    }
    if row.state == TrayState::Returned {
        return Err(gone_back());
    }
    if kind == PrintKind::Printed {
        may_print(site, bsk).await?;
    }
    let sha256 = row.sha256.as_deref().ok_or_else(Fault::not_found)?;
    let bytes = site.portal.vault.get(sha256).await.map_err(Fault::port)?;
    // The ledger says that it is there: a vault that has lost it is the operators' matter.
    let lost = || Fault::port(Error::reject("lost_object", "a recorded object is not in the vault"));
    let bytes = bytes.ok_or_else(lost)?;
    let word = match kind {
        PrintKind::Opened => "certificate.open",
        PrintKind::Printed => "certificate.print",
    };
    let act = signed.act(word, row.uin.to_string(), format!("pdf at {bsk}"));
    match site.portal.tray.record_print(row.uin, bsk, kind, act).await.map_err(Fault::port)? {
        Printing::New(_) => (),
        Printing::NotLive(standing) => return Err(not_printed(standing)),
        Printing::Returned => return Err(gone_back()),
        Printing::Unknown => return Err(Fault::not_found()),
    }
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{}.pdf\"", row.uin)),
        (header::CONTENT_SECURITY_POLICY, VIEWER.to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Why a certificate is not printed or handed out, and what to do.
pub(crate) fn standing_words(standing: Standing) -> Option<(&'static str, &'static str)> {
    match standing {
        Standing::Live => None,
        Standing::Suspended => Some((
            "the department has suspended this certificate: do not print it or hand it out until the department restores it",
            "বিভাগ এই শংসাপত্র স্থগিত রেখেছে: বিভাগ আবার চালু না করা পর্যন্ত এটি ছাপবেন না, দেবেন না",
        )),
        Standing::Revoked => Some((
            "the department has revoked this certificate: do not print it or hand it out, and send whoever asks to the department",
            "বিভাগ এই শংসাপত্র বাতিল করেছে: এটি ছাপবেন না, দেবেন না; যিনি চাইছেন তাঁকে বিভাগে পাঠান",
        )),
        Standing::Superseded => Some((
            "a correction has taken this certificate's place: do not print it or hand it out, the correction comes to the centre by itself",
            "সংশোধিত শংসাপত্র এটির জায়গা নিয়েছে: এটি ছাপবেন না, দেবেন না; সংশোধিতটি নিজে থেকেই কেন্দ্রে আসবে",
        )),
    }
}

/// What of a certificate that went back is said at its centre.
pub(crate) const RETURNED: (&str, &str) = (
    "this certificate went back to the department: it is neither printed nor handed over here; send whoever asks to the department",
    "এই শংসাপত্র দপ্তরে ফেরত গেছে: এখানে ছাপা বা দেওয়া হবে না; যিনি চাইছেন তাঁকে দপ্তরে পাঠান",
);

pub(crate) fn gone_back() -> Fault {
    Fault::new(StatusCode::CONFLICT, "returned", RETURNED.0, RETURNED.1)
}

fn not_printed(standing: Standing) -> Fault {
    let (en, bn) = standing_words(standing).unwrap_or(("this certificate is not printed", "এই শংসাপত্র ছাপা হয় না"));
    let mut fault = Fault::new(StatusCode::CONFLICT, "not_live", en, bn);
    fault.members.insert("standing".into(), serde_json::to_value(standing).unwrap_or(Value::Null));
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printed_says_why_in_both_languages() {
        assert_eq!(standing_words(Standing::Live), None);
        for (standing, en, bn) in [
            (Standing::Suspended, "suspended", "স্থগিত"),
            (Standing::Revoked, "revoked", "বাতিল"),
            (Standing::Superseded, "correction", "সংশোধিত"),
        ] {
            let fault = not_printed(standing);
            assert!(fault.en.contains(en) && fault.bn.contains(bn), "{standing:?}: {fault:?}");
            assert_eq!((fault.status, fault.code), (StatusCode::CONFLICT, "not_live"));
        }
    }
}
