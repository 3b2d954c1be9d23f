//! `GET /office/uncollected/{id}`: one certificate that lies at a centre, addressed by its application's row; from here it goes
//! back to its department or on to another centre. To whom it does not belong it is as unknown as what does not exist.

use super::{
    note,
    view::{Line, line, moved_words, reroute_words, return_words},
};
use crate::{
    api,
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    printing::standing_words,
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
use mohor_domain::{
    certificate::Standing,
    id::Id,
    people::{Deed, Place},
    tray::TrayState,
    uncollected::{RerouteReason, ReturnReason},
};
use mohor_ports::ledger::{Moving, Reroute, Return, Waiting};
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a centre's code, at most.
pub(super) const CODE: usize = 32;

/// The page.
#[derive(Template)]
#[template(path = "waiting.html")]
struct One {
    shell: Shell,
    line: Line,
    bsk: String,
    /// What was done with it.
    moves: Vec<Step>,
    /// Why it goes nowhere.
    stopped: Option<&'static str>,
    /// Where the form of a return leads to; none: it cannot go back.
    back: Option<String>,
    /// The same of a re-routing.
    on: Option<String>,
}

/// Something that was done with it.
struct Step {
    what: String,
    why: String,
    who: String,
    when: String,
}

impl One {
    fn return_words(&self, reason: &ReturnReason) -> &'static str {
        return_words(self.shell.lang, *reason)
    }

    fn reroute_words(&self, reason: &RerouteReason) -> &'static str {
        reroute_words(self.shell.lang, *reason)
    }
}

/// A form of a return.
#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub note: String,
    /// Where it lay when the page was made.
    #[serde(default)]
    from: String,
}

#[derive(Deserialize)]
struct On {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// The certificate of that application, if whoever is signed in may do this to it.
async fn lying(
    site: &Site,
    signed: &SignedIn,
    deed: Deed,
    id: Result<Path<String>, PathRejection>,
) -> Result<Waiting, Fault> {
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let found = site.portal.uncollected.lying(id).await.map_err(Fault::port)?;
    found.filter(|found| signed.may(deed, &found.place())).ok_or_else(Fault::not_found)
}

/// `GET /office/uncollected/{id}`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let found = lying(&site, &signed, Deed::SeeUncollected, id).await?;
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let moves = site.portal.uncollected.centre_moves(found.uin).await.map_err(Fault::port)?;
    let moves = moves.iter().map(|it| {
        let (what, why) = moved_words(&site, lang, it);
        let who = it.actor.strip_prefix("person:").unwrap_or(&it.actor).to_owned();
        Step { what, why, who, when: lang.time(it.at) }
    });
    let path = format!("/office/uncollected/{}", found.application);
    let open = signed.may(Deed::MoveCertificates, &found.place())
        && found.state != TrayState::HandedOver
        && found.standing == Standing::Live;
    let action = |what: &str| format!("{path}/{what}?lang={}", lang.code());
    Ok(page(&One {
        shell: Shell::at(&site, lang, format!("{path}?lang={}", lang.other().code())),
        bsk: found.bsk.clone(),
        moves: moves.collect(),
        stopped: standing_words(found.standing).map(|(en, bn)| lang.pick(en, bn)),
        back: (open && found.state != TrayState::Returned).then(|| action("return")),
        on: open.then(|| action("reroute")),
        line: line(&site, lang, found, today),
    }))
}

/// What a form of a return says.
pub(crate) fn return_form(form: &Back) -> Result<(ReturnReason, Option<String>), Fault> {
    let reason = ReturnReason::from_word(&form.reason);
    let reason = reason
        .ok_or_else(|| Fault::invalid("reason", "choose why: `reason` is not_fetched, unwanted, not_found or other"))?;
    Ok((reason, note(&form.note, reason == ReturnReason::Other)?))
}

/// `POST /office/uncollected/{id}/return`
pub(crate) async fn give_back(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let found = lying(&site, &signed, Deed::MoveCertificates, id).await?;
    let form = Form::<Back>::from_request(request, &()).await;
    let Form(form) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let (reason, note) = return_form(&form)?;
    if form.from != found.bsk {
        return Err(not_there());
    }
    let actor = format!("person:{}", signed.person.login);
    let back = Return { uin: found.uin, bsk: found.bsk, reason, note, actor };
    done(site.portal.uncollected.give_back(back).await.map_err(Fault::port)?)?;
    Ok(to(found.application, lang).into_response())
}

/// `POST /office/uncollected/{id}/reroute`
pub(crate) async fn send_on(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let found = lying(&site, &signed, Deed::MoveCertificates, id).await?;
    let form = Form::<On>::from_request(request, &()).await;
    let Form(form) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let reason = reroute_reason(&form.reason)?;
    let note = note(&form.note, reason == RerouteReason::Other)?;
    let code = known(&site, &signed, "to", &form.to, Some(&found.department))?;
    if form.from != found.bsk {
        return Err(not_there());
    }
    if code == found.bsk {
        return Err(Fault::invalid("to", "`to` is the centre where it lies; name another one"));
    }
    let actor = format!("person:{}", signed.person.login);
    let on = Reroute { uin: found.uin, from: found.bsk, to: code, reason, note, actor };
    done(site.portal.uncollected.send_on(on).await.map_err(Fault::port)?)?;
    Ok(to(found.application, lang).into_response())
}

fn to(application: Id, lang: Lang) -> Redirect {
    Redirect::to(&format!("/office/uncollected/{application}?lang={}", lang.code()))
}

pub(super) fn reroute_reason(word: &str) -> Result<RerouteReason, Fault> {
    RerouteReason::from_word(word).ok_or_else(|| {
        Fault::invalid("reason", "choose why: `reason` is centre_closed, citizen_asked, wrong_centre or other")
    })
}

/// A centre that certificates of a department may be sent from or to by whoever is signed in; what lies outside the bounds is as
/// unknown as what does not exist.
pub(super) fn known(
    site: &Site,
    signed: &SignedIn,
    name: &'static str,
    code: &str,
    department: Option<&str>,
) -> Result<String, Fault> {
    let code = code.trim();
    let found = site.portal.catalogue.bsks.get(code).filter(|found| {
        let department = department.map(str::to_owned).or_else(|| signed.person.bounds.department.clone());
        let (district, bsk) = (Some(found.district.clone()), Some(found.code.clone()));
        let there = Place { department, district, office: None, bsk };
        code.len() <= CODE && signed.may(Deed::MoveCertificates, &there)
    });
    found.map(|found| found.code.clone()).ok_or_else(|| {
        let words = "is the code of no centre within your bounds; look it up in the list of centres";
        Fault::invalid(name, format!("`{name}` {words}"))
    })
}

/// What became of it, if it is not done.
pub(crate) fn done(outcome: Moving) -> Result<(), Fault> {
    let conflict = |code, en: &str, bn| Err(Fault::new(StatusCode::CONFLICT, code, en, bn));
    match outcome {
        Moving::New(_) | Moving::Before(_) => Ok(()),
        Moving::HandedOver(_) => conflict(
            "handed_over",
            "it was handed over meanwhile, and stays where it is; its page says by whom",
            "এর মধ্যে এটি হস্তান্তর হয়ে গেছে; কে দিয়েছেন তা এর পাতায় আছে",
        ),
        Moving::NotLive(standing) => {
            let (en, bn) = standing_words(standing).unwrap_or(("it is not live any more", "এটি আর বলবৎ নেই"));
            conflict("not_live", en, bn)
        }
        Moving::NotThere => Err(not_there()),
    }
}

fn not_there() -> Fault {
    let en = "it does not lie at that centre any more; open its page again to see where it is";
    Fault::new(StatusCode::CONFLICT, "not_there", en, "এটি আর ওই কেন্দ্রে নেই; কোথায় আছে দেখতে পাতাটি আবার খুলুন")
}
