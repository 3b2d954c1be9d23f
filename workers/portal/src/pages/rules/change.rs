//! `GET` and `POST /office/rules/change/{number}`: one change, its decision, and what it moves.

use super::{Asked, asked, changes, line, propose::fault, say, sees};
use crate::{
    api,
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Query, Request, State, rejection::PathRejection, rejection::QueryRejection},
    http::StatusCode,
    response::{Redirect, Response},
};
use mohor_domain::{board::Selection, change::ChangeState, text};
use mohor_ports::ledger::{ChangeRecord, ClockPlace, Decided, Decision, MovedClock};
use serde::Deserialize;
use std::sync::Arc;

/// Moves of a page.
const ROWS: u32 = 50;
/// Characters of a reason, at most.
const LONGEST: usize = 300;

/// The page.
#[derive(Template)]
#[template(path = "change.html")]
struct Page {
    shell: Shell,
    line: super::Line,
    paper: String,
    waits: bool,
    /// Whoever reads it is who proposed it, and may take it back.
    own: bool,
    /// Whoever reads it may decide it.
    may: bool,
    /// It is in force.
    approved: bool,
    progress: Option<Progress>,
    moves: Vec<MoveView>,
    next: Option<String>,
}

/// How far the open clocks are.
struct Progress {
    looked: u64,
    moved: u64,
    began: String,
    done: Option<String>,
}

/// A clock that has moved.
pub(crate) struct MoveView {
    /// The application's page, if the reader may open it.
    pub link: Option<String>,
    pub application_no: String,
    pub department: String,
    pub what: String,
    pub promised: String,
    pub from: String,
    pub to: String,
}

/// A move in words.
pub(crate) fn move_view(lang: Lang, signed: &SignedIn, moved: MovedClock) -> MoveView {
    let (en, bn) = crate::pages::board::clock_words(moved.kind);
    let day = |day: Option<String>| {
        let none = || lang.pick("none", "নেই").to_owned();
        day.map_or_else(none, |text| mohor_domain::civil::parse_date(&text).map_or(text, |day| lang.day(day)))
    };
    let may = signed.may(mohor_domain::people::Deed::SeeApplication, &moved.found.place);
    MoveView {
        link: may.then(|| format!("/office/application/{}?lang={}", moved.found.id, lang.code())),
        application_no: moved.found.application_no,
        department: moved.found.place.department.unwrap_or_default(),
        what: format!("{} {}", lang.pick(en, bn), moved.key),
        promised: day(moved.promised),
        from: day(moved.from),
        to: day(moved.to),
    }
}

async fn find(site: &Site, number: Result<Path<String>, PathRejection>) -> Result<ChangeRecord, Fault> {
    let number = api::part(number)?.parse().map_err(|_| Fault::not_found())?;
    site.portal.changes.change(number).await.map_err(Fault::port)?.ok_or_else(Fault::not_found)
}

/// `GET /office/rules/change/{number}`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    sees(&signed)?;
    let change = find(&site, number).await?;
    let after = after(asked(query)?.after.as_deref())?;
    let (mut progress, mut moves, mut next) = (None, vec![], None);
    if let Some(version) = change.version {
        progress = site.portal.changes.run_of(version).await.map_err(Fault::port)?.map(|run| Progress {
            looked: run.looked,
            moved: run.moved,
            began: lang.time(run.began_at),
            done: run.done_at.map(|at| lang.time(at)),
        });
        (moves, next) = moved(&site, version, &Selection::default(), after).await?;
    }
    let own = change.proposed_by == signed.person.login;
    let (may, waits) = (changes(&signed), change.state == ChangeState::Proposed);
    let other = format!("/office/rules/change/{}?lang={}", change.number, lang.other().code());
    Ok(page(&Page {
        shell: Shell::at(&site, lang, other),
        paper: say::paper(&change.what),
        waits,
        approved: change.version.is_some(),
        own: own && may,
        may: may && !own,
        line: line(&site, lang, change),
        progress,
        moves: moves.into_iter().map(|it| move_view(lang, &signed, it)).collect(),
        next,
    }))
}

/// Where a page begins.
pub(crate) fn after(text: Option<&str>) -> Result<Option<ClockPlace>, Fault> {
    let read = |text: &str| {
        ClockPlace::parse(text).ok_or_else(|| Fault::invalid("after", "`after` is the place that a page before named"))
    };
    text.map(read).transpose()
}

/// A page of what a version has moved, and where the next begins.
pub(crate) async fn moved(
    site: &Site,
    version: i64,
    of: &Selection,
    after: Option<ClockPlace>,
) -> Result<(Vec<MovedClock>, Option<String>), Fault> {
    let mut moves = site.portal.changes.moved(version, of, after, ROWS + 1).await.map_err(Fault::port)?;
    let more = moves.len() > ROWS as usize;
    moves.truncate(ROWS as usize);
    let next = moves.last().filter(|_| more).map(|it| it.place().text());
    Ok((moves, next))
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
}

/// `POST /office/rules/change/{number}`
pub(crate) async fn decide(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Redirect, Fault> {
    from_here(request.headers())?;
    sees(&signed)?;
    if !changes(&signed) {
        return Err(Fault::not_found());
    }
    let change = find(&site, number).await?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let decision = Decision::from_word(&keyed.decision)
        .ok_or_else(|| Fault::invalid("decision", "`decision` is approve, reject or withdraw; choose one"))?;
    let reason = keyed.reason.trim();
    if reason.chars().count() > LONGEST || text::fault(reason).is_some() {
        let en = format!("`reason` has 1 to {LONGEST} characters that can be printed; say why");
        return Err(Fault::invalid("reason", en));
    }
    let ledger = &site.portal.changes;
    if decision == Decision::Approve && change.state == ChangeState::Proposed {
        // The rules may have changed since it was proposed.
        let force = ledger.rules().await.map_err(Fault::port)?;
        change.what.checked(&force.rules, &site.portal.catalogue).map_err(fault)?;
    }
    let decided = ledger.decide(change.number, decision, &signed.person.login, reason).await.map_err(Fault::port)?;
    let conflict = |code, en, bn| Err(Fault::new(StatusCode::CONFLICT, code, en, bn));
    match decided {
        Decided::Done => Ok(Redirect::to(&format!("/office/rules/change/{}?lang={}", change.number, lang.code()))),
        Decided::SamePerson => conflict(
            "same_person",
            "whoever proposed a change does not decide it; ask another administrator",
            "যিনি প্রস্তাব করেছেন তিনি সিদ্ধান্ত নিতে পারেন না; অন্য প্রশাসককে বলুন",
        ),
        Decided::NotTheirs => conflict(
            "wrong_state",
            "only who proposed a change takes it back; reject it instead",
            "শুধু প্রস্তাবক প্রস্তাব ফিরিয়ে নিতে পারেন; প্রত্যাখ্যান করুন",
        ),
        Decided::Before(_) => conflict(
            "wrong_state",
            "somebody has decided this change before; open it again to see how",
            "এই পরিবর্তনের সিদ্ধান্ত আগেই হয়ে গেছে; আবার খুলে দেখুন",
        ),
        Decided::Unknown => Err(Fault::not_found()),
    }
}
