//! `GET /office/directory`: offices and who is in charge, as far as somebody reaches. `POST /office/directory/check` and
//! `/office/directory/load`: an administrator hands in the file that `mohor directory load` takes, is shown what it would
//! change, and confirms.

mod view;

use super::{Shell, asked, page};
use crate::{
    body,
    fault::Fault,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    directory::{self, Change, Directory, MAX_BYTES},
    people::{Deed, Place, may},
};
use mohor_ports::ledger::{Loaded, Person};
use serde::Deserialize;
use std::sync::Arc;
use view::{Row, View};

/// The page.
#[derive(Template)]
#[template(path = "directory.html")]
struct Page {
    shell: Shell,
    /// Departments to choose from, with the one that is shown; none: the person has one.
    departments: Vec<(String, String, bool)>,
    /// None: no department is chosen.
    view: Option<View>,
    /// Whether this person may load a file.
    keeps: bool,
    /// The department that a file is loaded for.
    department: String,
}

/// What a file would change.
#[derive(Template)]
#[template(path = "directory_check.html")]
struct Checked {
    shell: Shell,
    department: String,
    /// What is wrong; nothing is loaded then.
    faults: Vec<String>,
    /// What it would change.
    change: Option<Change>,
    version: u32,
    vacant: Vec<Row>,
    /// The file, to be confirmed.
    text: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    department: Option<String>,
    /// Offices after this code.
    #[serde(default)]
    after: Option<String>,
}

/// `GET /office/directory/check`: the form is on the page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/office/directory")
}

/// `GET /office/directory`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let asked = asked(query)?;
    let own = &signed.person.bounds.department;
    let chosen = asked.department.filter(|code| !code.is_empty()).or_else(|| own.clone());
    if let Some(code) = &chosen {
        reaches(&site, &signed.person, Deed::SeeDirectory, code)?;
    } else if !may(signed.person.post, &signed.person.bounds, Deed::SeeDirectory, &signed.person.bounds) {
        return Err(Fault::not_found());
    }
    let view = match &chosen {
        Some(code) => Some(view::of(&site, lang, &signed, code, asked.after.as_deref()).await?),
        None => None,
    };
    let department = chosen.unwrap_or_default();
    let mut departments = Vec::new();
    if own.is_none() {
        let named = site.portal.catalogue.departments.iter();
        departments.extend(named.map(|(code, name)| (code.clone(), lang.name(name), *code == department)));
        departments.sort_by(|one, other| one.1.cmp(&other.1));
    }
    let keeps = !department.is_empty() && reaches(&site, &signed.person, Deed::KeepDirectory, &department).is_ok();
    let other = format!("/office/directory?department={department}&lang={}", lang.other().code());
    Ok(page(&Page { shell: Shell::at(&site, lang, other), departments, view, keeps, department }))
}

/// Whether somebody may do this in a department at all; another's is as unknown as one that does not exist.
fn reaches(site: &Site, person: &Person, deed: Deed, department: &str) -> Result<(), Fault> {
    let there = Place { department: Some(department.into()), ..person.bounds.clone() };
    let known = site.portal.catalogue.departments.contains_key(department);
    if known && may(person.post, &person.bounds, deed, &there) { Ok(()) } else { Err(Fault::not_found()) }
}

/// `POST /office/directory/check`
pub(crate) async fn check(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    handed_in(&site, lang, &signed, request, true).await
}

/// `POST /office/directory/load`
pub(crate) async fn load(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    handed_in(&site, lang, &signed, request, false).await
}

async fn handed_in(
    site: &Arc<Site>,
    lang: Lang,
    signed: &SignedIn,
    request: Request,
    dry: bool,
) -> Result<Response, Fault> {
    // Whoever may load for nobody has no address to send a file to.
    if !may(signed.person.post, &signed.person.bounds, Deed::KeepDirectory, &signed.person.bounds) {
        return Err(Fault::not_found());
    }
    from_here(request.headers())?;
    let mut parts = body::texts(request, &["department", "file", "text"], 2 * MAX_BYTES).await?.into_iter();
    let mut next = || parts.next().unwrap_or_default();
    let (department, file, text) = (next(), next(), next());
    reaches(site, &signed.person, Deed::KeepDirectory, &department)?;
    let text = if file.is_empty() { text } else { file };
    let (catalogue, code) = (site.portal.catalogue.clone(), department.clone());
    let bytes = text.clone();
    let read = site.sheets.run(move || directory::read(bytes.as_bytes(), &code, &catalogue)).await?;
    let mut checked = Checked {
        shell: Shell::new(site, lang, None),
        department,
        faults: vec![],
        change: None,
        version: 0,
        vacant: vec![],
        text: String::new(),
    };
    match read {
        Err(faults) => checked.faults = faults.iter().map(ToString::to_string).collect(),
        Ok(file) => {
            if let Some(done) = settle(site, lang, signed, file, dry, &mut checked).await? {
                return Ok(done);
            }
            checked.text = text;
        }
    }
    let wrong = !checked.faults.is_empty();
    let mut answer = page(&checked);
    if wrong {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

/// Loads a file, or says what it would change; an answer when it is loaded.
async fn settle(
    site: &Site,
    lang: Lang,
    signed: &SignedIn,
    file: Directory,
    dry: bool,
    checked: &mut Checked,
) -> Result<Option<Response>, Fault> {
    let directories = &site.portal.directories;
    let before = directories.directory(&checked.department).await.map_err(Fault::port)?;
    checked.version = file.version;
    let act = signed.act("directory.load", checked.department.clone(), format!("version {}", file.version));
    let (loaded, directory) = directories.load_directory(file, act, dry).await.map_err(Fault::port)?;
    if let Loaded::Behind(last) = loaded {
        let words = lang.pick(
            "the file, `version`: a later or another file is loaded; a new file has a larger version than",
            "ফাইল, `version`: পরের বা অন্য একটি ফাইল তোলা আছে; নতুন ফাইলের সংখ্যা এর চেয়ে বড় হতে হবে:",
        );
        checked.faults.push(format!("{words} {last}"));
        return Ok(None);
    }
    if dry {
        let now = site.portal.inbox.now().await.map_err(Fault::port)?;
        checked.change = Some(directory.change(before.as_deref()));
        checked.vacant = view::vacant(lang, &directory, now, |_| true);
        return Ok(None);
    }
    let address = format!("/office/directory?department={}&lang={}", checked.department, lang.code());
    Ok(Some(Redirect::to(&address).into_response()))
}
