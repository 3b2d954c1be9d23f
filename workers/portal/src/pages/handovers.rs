//! `GET /office/handovers`: what supervisors decide and look into at the counters of their charge. Exceptions that operators ask
//! for, and a sample of hand-overs that rest on a paper which nobody else has seen. A hand-over that was a mistake is taken back
//! on the page of its application.

use super::{Shell, page, tray::hand::handed_words};
use crate::{
    api,
    fault::Fault,
    handing::reason,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{board::Selection, id::Id, people::Deed, uin::Uin};
use mohor_ports::ledger::{Asked, Exception, FullRecord, Sample, Undone};
use serde::Deserialize;
use std::sync::Arc;

/// Of each list.
const ROWS: u32 = 50;

/// The page.
#[derive(Template)]
#[template(path = "handovers.html")]
struct Page {
    shell: Shell,
    /// Whether whoever looks may decide.
    decides: bool,
    exceptions: Vec<Line>,
    samples: Vec<Line>,
}

struct Line {
    uin: String,
    called: String,
    department: String,
    centre: String,
    words: String,
    who: String,
    when: String,
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    uin: String,
    #[serde(default)]
    allow: String,
    #[serde(default)]
    reason: String,
}

/// What lies in the charge of whoever is signed in.
fn charge(signed: &SignedIn, deed: Deed) -> Result<Selection, Fault> {
    if !signed.may(deed, &signed.person.bounds) {
        return Err(Fault::not_found());
    }
    Selection::default().within(&signed.reach).ok_or_else(Fault::not_found)
}

/// `GET /office/handovers`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang, signed: SignedIn) -> Result<Response, Fault> {
    let of = charge(&signed, Deed::SeeHandOvers)?;
    let ports = &site.portal.exceptions;
    let exceptions = ports.open_exceptions(&of, ROWS).await.map_err(Fault::port)?;
    let samples = ports.samples(&of, ROWS).await.map_err(Fault::port)?;
    Ok(page(&Page {
        shell: Shell::new(&site, lang, Some("/office/handovers")),
        decides: signed.may(Deed::OverseeCentres, &signed.person.bounds),
        exceptions: exceptions.into_iter().map(|it| exception(&site, lang, it)).collect(),
        samples: samples.into_iter().map(|it| sample(&site, lang, it)).collect(),
    }))
}

fn centre(site: &Site, bsk: &str) -> String {
    site.portal.catalogue.bsks.get(bsk).map_or(bsk.to_owned(), |found| format!("{} ({bsk})", found.name))
}

fn exception(site: &Site, lang: Lang, it: Exception) -> Line {
    Line {
        uin: it.uin.to_string(),
        called: it.docket_no.unwrap_or(it.application_no),
        centre: centre(site, &it.bsk),
        words: it.reason,
        who: it.asked_by.trim_start_matches("person:").to_owned(),
        when: lang.time(it.asked_at),
        department: it.department,
    }
}

fn sample(site: &Site, lang: Lang, it: Sample) -> Line {
    Line {
        uin: it.handed.over.uin.to_string(),
        called: it.docket_no.unwrap_or(it.application_no),
        centre: centre(site, &it.handed.over.bsk),
        words: handed_words(lang, &it.handed),
        who: it.handed.actor.trim_start_matches("person:").to_owned(),
        when: lang.time(it.handed.at),
        department: it.department,
    }
}

async fn decision(request: Request) -> Result<Decision, Fault> {
    from_here(request.headers())?;
    let form = Form::<Decision>::from_request(request, &()).await;
    form.map(|Form(read)| read).map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))
}

/// Yes or no.
fn yes(word: &str) -> Result<bool, Fault> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Fault::invalid("allow", "`allow` is yes or no")),
    }
}

fn decided(asked: Asked, lang: Lang) -> Result<Response, Fault> {
    match asked {
        Asked::Done => Ok(Redirect::to(&format!("/office/handovers?lang={}", lang.code())).into_response()),
        Asked::Before => Err(Fault::new(
            StatusCode::CONFLICT,
            "decided",
            "somebody was before you: this is decided already",
            "আপনার আগেই কেউ সিদ্ধান্ত দিয়েছেন",
        )),
        Asked::Unknown => Err(Fault::not_found()),
    }
}

/// `POST /office/handovers/exception`
pub(crate) async fn decide(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let of = charge(&signed, Deed::OverseeCentres)?;
    let said = decision(request).await?;
    let uin = Uin::canonical(&said.uin).map_err(|_| Fault::not_found())?;
    let allow = yes(&said.allow)?;
    let word = if allow { "certificate.allow_exception" } else { "certificate.refuse_exception" };
    let act = signed.act(word, uin.to_string(), String::new());
    decided(site.portal.exceptions.decide_exception(&of, uin, allow, act).await.map_err(Fault::port)?, lang)
}

/// `POST /office/handovers/sample`
pub(crate) async fn found(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let of = charge(&signed, Deed::OverseeCentres)?;
    let said = decision(request).await?;
    let uin = Uin::canonical(&said.uin).map_err(|_| Fault::not_found())?;
    let in_order = yes(&said.allow)?;
    // What is not in order needs words.
    let note = if in_order && said.reason.trim().is_empty() { String::new() } else { reason(&said.reason)? };
    let detail = if in_order { "in order" } else { "not in order" };
    let act = signed.act("certificate.look_into", uin.to_string(), detail.into());
    decided(site.portal.exceptions.find_sample(&of, uin, in_order, &note, act).await.map_err(Fault::port)?, lang)
}

/// `POST /office/application/{id}/undo`: a hand-over was a mistake.
pub(crate) async fn undo(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let record = site.portal.board.full_record(id).await.map_err(Fault::port)?.ok_or_else(Fault::not_found)?;
    if !oversees(&site, &signed, id).await? {
        return Err(Fault::not_found());
    }
    let why = reason(&decision(request).await?.reason)?;
    let uin = record.uin.ok_or_else(Fault::not_found)?;
    let act = signed.act("certificate.undo_deliver", uin.to_string(), String::new());
    let undone = site.portal.counter.undo_hand_over(uin, &why, site.portal.undo_millis, act).await;
    match undone.map_err(Fault::port)? {
        Undone::Done => Ok(Redirect::to(&format!("/office/application/{id}?lang={}", lang.code())).into_response()),
        Undone::NotHanded => Err(Fault::not_found()),
        Undone::TooLate(_) => Err(Fault::new(
            StatusCode::CONFLICT,
            "too_late",
            "the hand-over is too old to be taken back; the department revokes the certificate if it must not be used",
            "হস্তান্তরটি ফিরিয়ে নেওয়ার সময় পেরিয়ে গেছে; ব্যবহার বন্ধ করতে হলে বিভাগ শংসাপত্র বাতিল করে",
        )),
    }
}

/// Whether whoever looks at a record may take its hand-over back now.
pub(super) async fn may_undo(site: &Site, signed: &SignedIn, record: &FullRecord) -> Result<bool, Fault> {
    let Some(handed) = &record.handed else { return Ok(false) };
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let fresh = now.millis() - handed.at.millis() <= site.portal.undo_millis;
    Ok(fresh && oversees(site, signed, record.found.id).await?)
}

/// Whether a person oversees the centre at which the certificate of an application lies or was handed over, wherever it was
/// applied for.
async fn oversees(site: &Site, signed: &SignedIn, application: Id) -> Result<bool, Fault> {
    let lying = site.portal.uncollected.lying(application).await.map_err(Fault::port)?;
    Ok(lying.is_some_and(|lying| signed.may(Deed::OverseeCentres, &lying.place())))
}
