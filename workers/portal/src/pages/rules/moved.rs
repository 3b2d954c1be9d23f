//! `GET /office/moved`: due days that a change of the rules has moved, within the bounds of whoever is signed in.

use super::{
    Asked, asked,
    change::{MoveView, after, move_view, moved},
    say,
};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    session::SignedIn,
    site::Site,
};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use mohor_domain::{board::Selection, change::ChangeState};
use std::sync::Arc;

/// Changes to choose from: the last ones.
const LAST: u32 = 50;

/// The page.
#[derive(Template)]
#[template(path = "moved.html")]
struct Moved {
    shell: Shell,
    changes: Vec<Chosen>,
    /// Why the days of the list moved; none: no change was approved yet.
    because: Option<String>,
    number: i64,
    moves: Vec<MoveView>,
    next: Option<String>,
}

struct Chosen {
    number: i64,
    what: String,
    when: String,
    chosen: bool,
}

/// `GET /office/moved`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    signed.sees_clocks()?;
    let asked = asked(query)?;
    let mut approved = site.portal.changes.changes(false, None, LAST).await.map_err(Fault::port)?;
    approved.retain(|change| change.state == ChangeState::Approved);
    let wanted = match asked.change.as_deref() {
        Some(text) => Some(text.parse().map_err(|_| Fault::invalid("change", "`change` is a change's number"))?),
        None => approved.first().map(|change| change.number),
    };
    let change = match wanted {
        Some(number) => {
            let found = site.portal.changes.change(number).await.map_err(Fault::port)?;
            Some(found.filter(|change| change.version.is_some()).ok_or_else(Fault::not_found)?)
        }
        None => None,
    };
    let (mut moves, mut next) = (vec![], None);
    if let Some(version) = change.as_ref().and_then(|change| change.version) {
        // What lies outside somebody's bounds is shown as what does not exist.
        let of = Selection::default().within(&signed.reach).ok_or_else(Fault::not_found)?;
        (moves, next) = moved(&site, version, &of, after(asked.after.as_deref())?).await?;
    }
    let number = wanted.unwrap_or_default();
    let chosen = |change: &mohor_ports::ledger::ChangeRecord| Chosen {
        number: change.number,
        what: say::change(&site, lang, &change.what),
        when: change.decided_at.map(|at| lang.time(at)).unwrap_or_default(),
        chosen: change.number == number,
    };
    let other = format!("/office/moved?change={number}&lang={}", lang.other().code());
    let shell = match wanted {
        Some(_) => Shell::at(&site, lang, other),
        None => Shell::new(&site, lang, Some("/office/moved")),
    };
    Ok(page(&Moved {
        shell,
        changes: approved.iter().map(chosen).collect(),
        because: change.as_ref().map(|change| say::because(&site, lang, change)),
        number,
        moves: moves.into_iter().map(|it| move_view(lang, &signed, it)).collect(),
        next,
    }))
}
