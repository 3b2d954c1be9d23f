//! `GET` and `POST /sign-in`, `POST /sign-out`: password and second factor together, and one answer for all that is wrong.
//! Beside the form stands the way to the State's sign-in, where there is one.

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
use tokio::time::Instant;
use tower_sessions::Session;

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    shell: Shell,
    trouble: Option<Trouble>,
    /// What the State's sign-in is called, where there is one.
    provider: Option<String>,
}

/// What went wrong, in words that are the same for every cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Login, password or code.
    Wrong,
    /// The State's sign-in, or its rules here, do not open an account.
    Refused,
    /// The State's sign-in is away.
    Away,
}

impl Trouble {
    fn status(self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::UNAUTHORIZED,
            Self::Refused => StatusCode::FORBIDDEN,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The page that says so.
pub(crate) fn again(site: &Site, lang: Lang, trouble: Trouble) -> Response {
    let mut answer = sign_in(site, lang, Some(trouble));
    *answer.status_mut() = trouble.status();
    answer
}

fn sign_in(site: &Site, lang: Lang, trouble: Option<Trouble>) -> Response {
    // The page that answers a form, or a browser that comes back, has no address of its own.
    let shell = Shell::new(site, lang, trouble.is_none().then_some("/sign-in"));
    let provider = site.portal.provider.as_ref().map(|provider| lang.name(&provider.name));
    page(&SignIn { shell, trouble, provider })
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
    sign_in(&site, lang, None)
}

/// `POST /sign-in`. An unknown login takes as long as a known one, and is answered the same. A wrong password holds back the
/// address that keyed it in; the account itself is locked by wrong codes, which only its password leads to.
pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    session: Session,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.sign_in.pass(client)?;
    from_here(request.headers())?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let login = keyed.login.trim().to_lowercase();
    site.brakes.check(&login, client, Instant::now()).inspect_err(|_| site.refused("braked"))?;
    let (people, now) = (&site.portal.people, site.portal.inbox.now().await.map_err(Fault::port)?);
    let person = people.person(&login).await.map_err(Fault::port)?;
    // An account that the State's sign-in opens has no password: nobody can guess it, nor lock it from here.
    let person = person.filter(|person| person.proof.password().is_some() && site.admits(person));
    let hashed = person.as_ref().and_then(|person| person.proof.password().map(str::to_owned));
    let password = keyed.password;
    let matches = site.passwords.run(move || account::matches(&password, hashed.as_deref())).await?;
    let Some(person) = person.filter(|_| matches) else {
        site.brakes.wrong(&login, client, Instant::now());
        site.refused("wrong_password");
        return Ok(again(&site, lang, Trouble::Wrong));
    };
    let step = person.totp.as_deref().and_then(|totp| account::step(totp, keyed.code.trim(), now));
    let attempt = step.map_or(Attempt::WrongCode, Attempt::Right);
    if !people.attempted(&person.login, attempt).await.map_err(Fault::port)? {
        site.refused(if step.is_some() { "locked" } else { "wrong_code" });
        return Ok(again(&site, lang, Trouble::Wrong));
    }
    site.brakes.right(&login, client);
    session::begin(&session, &person, now).await?;
    Ok(Redirect::to("/office").into_response())
}

/// `POST /sign-out`. Whoever came by the State's sign-in is told that it goes on there.
pub(crate) async fn leave(
    State(site): State<Arc<Site>>,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    from_here(&headers)?;
    let by_provider = session::by_provider(&session).await;
    session::end(&session).await?;
    let provider = site.portal.provider.as_ref().filter(|_| by_provider);
    match provider {
        Some(provider) => Ok(super::provider::farewell(&site, provider, lang).await),
        None => Ok(Redirect::to("/").into_response()),
    }
}
