//! `POST /bsk/certificate/{number}/return`: what nobody has fetched for long goes back to its department.

use super::{centre, row, to};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::uncollected::one::{Back, done, return_form},
    session::{SignedIn, from_here},
    site::Site,
};
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use mohor_domain::{certificate::Standing, tray::TrayState, uncollected::days_since};
use mohor_ports::ledger::{Return, TrayRow};
use std::sync::Arc;

/// Whether an operator may return it by now.
pub(super) async fn returnable(site: &Site, row: &TrayRow) -> Result<bool, Fault> {
    let waits = matches!(row.state, TrayState::Ready | TrayState::Printed) && row.standing == Standing::Live;
    let Some(since) = row.ready_at.filter(|_| waits) else { return Ok(false) };
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    Ok(days_since(since, today) >= i64::from(site.portal.terms.return_days))
}

/// The post. A second operator reads on the page who did it.
pub(crate) async fn give_back(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let form = Form::<Back>::from_request(request, &()).await;
    let Form(form) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let (reason, note) = return_form(&form)?;
    if matches!(row.state, TrayState::Ready | TrayState::Printed) && !returnable(&site, &row).await? {
        let days = site.portal.terms.return_days;
        let en = format!("it has not waited for {days} days yet; keep it, or ask a supervisor to return it");
        let bn = "এটি এখনও যথেষ্ট দিন অপেক্ষা করেনি; রেখে দিন, অথবা তত্ত্বাবধায়ককে ফেরত দিতে বলুন";
        return Err(Fault::new(StatusCode::CONFLICT, "too_early", en, bn));
    }
    let actor = format!("person:{}", signed.person.login);
    let back = Return { uin: row.uin, bsk, reason, note, actor };
    done(site.portal.uncollected.give_back(back).await.map_err(Fault::port)?)?;
    Ok(to(row.number, lang).into_response())
}
