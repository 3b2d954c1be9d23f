//! `GET` and `POST /sign-in`, `POST /sign-out`: password and second factor together, and one answer for all that is wrong.

use super::{Shell, page};
use crate::{
    client::Client,
    fault::Fault,
    lang::Lang,
    session::{self, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use mohor_ports::ledger::Attempt;
use mohor_runtime::account;
use serde::Deserialize;
use std::sync::Arc;
use tower_sessions::Session;

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    shell: Shell,
    wrong: bool,
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// `GET /sign-in`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang) -> Response {
    page(&SignIn { shell: Shell::new(&site, lang, Some("/sign-in")), wrong: false })
}

/// `POST /sign-in`. An unknown login takes as long as a known one, and is answered the same.
pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    session: Session,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.verify(client)?;
    from_here(request.headers())?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let login = keyed.login.trim().to_lowercase();
    let (people, now) = (&site.portal.people, site.portal.inbox.now().await.map_err(Fault::port)?);
    let person = people.person(&login).await.map_err(Fault::port)?;
    let (hashed, password) = (person.as_ref().map(|person| person.password.clone()), keyed.password);
    let matches = tokio::task::spawn_blocking(move || account::matches(&password, hashed.as_deref())).await;
    if let Some(person) = person {
        let step = account::step(&person.totp, keyed.code.trim(), now).filter(|_| matches.unwrap_or(false));
        let attempt = step.map_or(Attempt::Wrong, Attempt::Right);
        if people.attempted(&person.login, attempt).await.map_err(Fault::port)? {
            session::begin(&session, &person, now).await?;
            return Ok(Redirect::to("/office").into_response());
        }
    }
    let mut answer = page(&SignIn { shell: Shell::new(&site, lang, None), wrong: true });
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(answer)
}

/// `POST /sign-out`
pub(crate) async fn leave(session: Session, headers: HeaderMap) -> Result<Redirect, Fault> {
    from_here(&headers)?;
    session::end(&session).await?;
    Ok(Redirect::to("/"))
}
