//! The counter's part of a certificate's page: a code to the phone, the hand-over, an exception that is asked for, the receipt.

use super::{centre, one, row, to, view};
use crate::{
    fault::Fault,
    handing::{Said, ground, hand_over, paper_words, reason, reference, send_code},
    lang::Lang,
    pages::{Shell, page},
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use mohor_domain::{
    ground::{PaperKind, Way},
    sms::Tongue,
};
use mohor_ports::ledger::{Asked, Exception, Handed, Handover, TrayRow};
use serde::Deserialize;
use std::sync::Arc;

/// What stands on the page beside the certificate.
pub(super) struct Hand {
    /// Whether codes can be sent at all.
    pub codes: bool,
    /// Documents that a counter may go by: word and name.
    pub papers: Vec<(&'static str, &'static str)>,
    /// An exception that was asked for.
    pub exception: Option<Allowed>,
    /// What came of what was just done.
    pub note: Option<String>,
}

/// How an exception stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Waits,
    Yes,
    No,
}

/// Looks up what stands beside.
pub(super) async fn hand(site: &Site, lang: Lang, row: &TrayRow) -> Result<Hand, Fault> {
    let asked = site.portal.exceptions.exception(row.uin).await.map_err(Fault::port)?;
    let allowed = |asked: Exception| match asked.decided {
        None => Allowed::Waits,
        Some((true, _)) => Allowed::Yes,
        Some((false, _)) => Allowed::No,
    };
    let papers = PaperKind::ALL.iter().map(|kind| {
        let (en, bn) = paper_words(*kind);
        (kind.as_str(), lang.pick(en, bn))
    });
    Ok(Hand { codes: site.portal.texts.is_some(), papers: papers.collect(), exception: asked.map(allowed), note: None })
}

#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    way: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    relation: String,
    #[serde(default)]
    paper: String,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    tongue: String,
}

/// A form of the page.
async fn form<T: serde::de::DeserializeOwned>(request: Request) -> Result<T, Fault> {
    let form = Form::<T>::from_request(request, &()).await;
    form.map(|Form(read)| read).map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))
}

/// The page once more, with what could not be done: the operator goes on from there.
async fn once_more(site: &Site, lang: Lang, bsk: &str, row: TrayRow, fault: Fault) -> Result<Response, Fault> {
    let ours =
        matches!(fault.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS)
            || fault.code == "sms_away";
    if !ours || matches!(fault.code, "not_live" | "returned") {
        return Err(fault);
    }
    let words = lang.pick(&fault.en, fault.bn).to_owned();
    let mut response = shown(site, lang, bsk, row, words).await?;
    *response.status_mut() = fault.status;
    Ok(response)
}

/// The page of a certificate, with what came of what was just done.
async fn shown(site: &Site, lang: Lang, bsk: &str, row: TrayRow, note: String) -> Result<Response, Fault> {
    let mut shown = one(site, lang, bsk, row, None).await?;
    shown.hand.note = Some(note);
    Ok(page(&shown))
}

/// `POST /bsk/certificate/{number}/code`
pub(crate) async fn code(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let wanted: Wanted = form(request).await?;
    let tongue = Tongue::from_word(&wanted.tongue).unwrap_or(Tongue::Bn);
    match send_code(&site, &signed, &bsk, row.uin, tongue).await {
        Ok(()) => {
            let (en, bn) = (
                "A code is on its way to the applicant's phone. It is good for ten minutes; ask for it and key it in.",
                "আবেদনকারীর ফোনে কোড পাঠানো হল। দশ মিনিট চলবে; জেনে নিয়ে লিখুন।",
            );
            shown(&site, lang, &bsk, row, lang.pick(en, bn).to_owned()).await
        }
        Err(fault) => once_more(&site, lang, &bsk, row, fault).await,
    }
}

/// `POST /bsk/certificate/{number}/deliver`: it is handed over, once. A second operator reads on the page who did it.
pub(crate) async fn deliver(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let Delivery { way, code, kind, last, name, relation, paper, reference: own } = form(request).await?;
    let said = Said { code, kind, last, name, relation, paper };
    let handed = async {
        let way = Way::from_word(&way).unwrap_or(Way::Unstated);
        let ground = ground(&site, row.uin, way, &said)?;
        let over = Handover { uin: row.uin, bsk: bsk.clone(), ground, reference: reference(Some(&own))? };
        hand_over(&site, &signed, over).await
    };
    match handed.await {
        Ok(_) => Ok(to(row.number, lang).into_response()),
        Err(fault) => once_more(&site, lang, &bsk, row, fault).await,
    }
}

/// `POST /bsk/certificate/{number}/exception`: a supervisor is asked.
pub(crate) async fn exception(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let wanted: Wanted = form(request).await?;
    let reason = match reason(&wanted.reason) {
        Ok(reason) => reason,
        Err(fault) => return once_more(&site, lang, &bsk, row, fault).await,
    };
    let act = signed.act("certificate.ask_exception", row.uin.to_string(), format!("at {bsk}"));
    match site.portal.exceptions.ask_exception(row.uin, &bsk, &reason, act).await.map_err(Fault::port)? {
        Asked::Done | Asked::Before => Ok(to(row.number, lang).into_response()),
        Asked::Unknown => Err(Fault::not_found()),
    }
}

/// A hand-over in words, for whoever looks into it.
pub(crate) fn handed_words(lang: Lang, handed: &Handed) -> String {
    view::handed_over(lang, handed)
}

/// What the citizen takes home beside the certificate.
#[derive(Template)]
#[template(path = "receipt.html")]
struct Receipt {
    shell: Shell,
    line: view::Line,
    centre: String,
    handed: (String, String),
}

/// `GET /bsk/certificate/{number}/receipt`: to be printed by the browser.
pub(crate) async fn receipt(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let handed = row.handed.clone().ok_or_else(Fault::not_found)?;
    let found = site.portal.catalogue.bsks.get(&bsk);
    let centre = found.map_or(bsk.clone(), |found| format!("{} ({bsk})", found.name));
    let both = (view::handed_over(Lang::En, &handed), view::handed_over(Lang::Bn, &handed));
    let switch = format!("/bsk/certificate/{}/receipt?lang={}", row.number, lang.other().code());
    let shell = Shell::at(&site, lang, switch);
    Ok(page(&Receipt { shell, line: view::line(&site, lang, row), centre, handed: both }))
}
