//! `POST /office/uncollected/centre`: all that waits at a centre goes on to another one, so many at a time. Whoever sends the form
//! again goes on where it stands.

use super::{
    list, moves, note,
    one::{known, reroute_reason},
    view::{centre, count},
};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::board::asked::Asked,
    session::{SignedIn, from_here},
    site::Site,
};
use axum::{
    extract::{FromRequest, Request, State},
    response::Response,
};
use mohor_domain::uncollected::RerouteReason;
use mohor_ports::ledger::{Emptied, Emptying, REROUTED_AT_ONCE};
use serde::Deserialize;
use std::sync::Arc;

/// The form.
#[derive(Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub note: String,
}

/// `POST /office/uncollected/centre`
pub(crate) async fn empty(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    moves(&signed)?;
    let form = axum::Form::<Form>::from_request(request, &()).await;
    let axum::Form(form) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let reason = reroute_reason(&form.reason)?;
    let note = note(&form.note, reason == RerouteReason::Other)?;
    let (from, to) = (known(&site, &signed, "from", &form.from, None)?, known(&site, &signed, "to", &form.to, None)?);
    if from == to {
        return Err(Fault::invalid("to", "`to` is the centre that is emptied; name another one"));
    }
    // Whoever supervises a department sends on what is the department's, and leaves the rest.
    let department = signed.person.bounds.department.clone();
    let actor = format!("person:{}", signed.person.login);
    let emptying = Emptying { from: from.clone(), to: to.clone(), department, reason, note, actor };
    let done = site.portal.uncollected.empty_centre(emptying, REROUTED_AT_ONCE).await.map_err(Fault::port)?;
    let asked = Asked { bsk: Some(from.clone()), lang: Some(lang.code().into()), ..Asked::default() };
    let said = said(lang, done, &centre(&site, &from), &centre(&site, &to));
    list(&site, lang, &signed, asked, form, Some(said)).await
}

fn said(lang: Lang, Emptied { moved, left }: Emptied, from: &str, to: &str) -> String {
    let (moved, rest) = (count(lang, moved), count(lang, left));
    match (lang, left) {
        (Lang::En, 0) => format!("{moved} were sent on from {from} to {to}; nothing waits there any more."),
        (Lang::En, _) => {
            format!("{moved} were sent on from {from} to {to}; {rest} still wait there: send the form again.")
        }
        (Lang::Bn, 0) => format!("{from} থেকে {to}-এ {moved}টি পাঠানো হয়েছে; সেখানে আর কিছু অপেক্ষায় নেই।"),
        (Lang::Bn, _) => format!("{from} থেকে {to}-এ {moved}টি পাঠানো হয়েছে; আরও {rest}টি সেখানে আছে: ফর্মটি আবার পাঠান।"),
    }
}
