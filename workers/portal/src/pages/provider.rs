//! The State's single sign-on. `GET /sign-in/away` sends the browser to the provider, `GET /sign-in/back` is where it comes
//! back to, `POST /sign-in/code` takes the own code where the provider asked for no second factor.
//!
//! The way there is a link and no form: browsers hold `form-action` against every address that a form's answer leads to.
//! Whoever is not let in is told the same whatever the cause; the log has the cause, and nobody's name.

use super::{
    Shell, page,
    sign_in::{Trouble, again},
};
use crate::{
    away::{self, Arrived, Journey},
    client::Client,
    fault::Fault,
    lang::Lang,
    session::{self, from_here},
    site::{Provider, Site},
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, RawQuery, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::claims::{Unmapped, mapped, second_factor, without_login};
use mohor_ports::{
    error::Error,
    identity::Vouching,
    ledger::{Admission, Attempt, Person, Proof, Vouched},
};
use mohor_runtime::account;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tower_sessions::Session;

/// Characters of a code or of any other word in the provider's answer, at most.
const LONGEST: usize = 4_096;

/// The page between: it is of this site, so that the next step brings the session's cookie.
#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    shell: Shell,
}

/// The own code.
#[derive(Template)]
#[template(path = "code.html")]
struct Code {
    shell: Shell,
    wrong: bool,
}

/// Signed out here, and not there.
#[derive(Template)]
#[template(path = "farewell.html")]
struct Farewell {
    shell: Shell,
    name: String,
    url: String,
}

/// What the provider's answer says.
#[derive(Default, Deserialize)]
struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    iss: Option<String>,
}

/// Why somebody is not let in: a word for the log.
struct Refused(&'static str);

fn provider(site: &Site) -> Result<&Provider, Fault> {
    site.portal.provider.as_ref().ok_or_else(Fault::not_found)
}

/// `GET /sign-in/away`
pub(crate) async fn leave(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let provider = provider(&site)?;
    site.gates.sign_in.pass(client)?;
    from_here(&headers)?;
    match provider.identity.begin().await {
        Ok(begun) => away::keep(&site, &Journey::Gone(begun.pending), Redirect::to(&begun.url).into_response()).await,
        Err(error) => trouble(&site, lang, error),
    }
}

/// `GET /sign-in/back`
pub(crate) async fn back(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let provider = provider(&site)?;
    site.gates.sign_in.pass(client)?;
    let journey = away::take(&site, &headers).await?;
    let Some(Journey::Gone(pending)) = journey else { return Ok(refuse(&site, lang, Refused("not_begun"))) };
    let query = query.filter(|query| query.len() <= 2 * LONGEST).unwrap_or_default();
    let answer: Answer = serde_urlencoded::from_str(&query).unwrap_or_default();
    if Sha256::digest(&answer.state) != Sha256::digest(&pending.state) {
        return Ok(refuse(&site, lang, Refused("state")));
    }
    if !answer.error.is_empty() || answer.code.is_empty() || answer.code.len() > LONGEST {
        return Ok(refuse(&site, lang, Refused("provider")));
    }
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    match provider.identity.finish(&answer.code, answer.iss.as_deref(), &pending, now).await {
        Ok(vouching) => arrive(&site, provider, lang, &session, vouching).await,
        Err(error) => trouble(&site, lang, error),
    }
}

/// Lets in whom rules and second factor allow, or asks for the own code.
async fn arrive(
    site: &Site,
    provider: &Provider,
    lang: Lang,
    session: &Session,
    vouching: Vouching,
) -> Result<Response, Fault> {
    let Vouching { subject, claims } = vouching;
    let mapped = match mapped(&provider.rules, &provider.names, &claims, &site.portal.catalogue) {
        Ok(mapped) => mapped,
        Err(unmapped) => {
            if unmapped == Unmapped::NoLogin {
                tracing::warn!(cause = unmapped.as_str(), "{}", without_login(&provider.names, &claims));
            }
            return Ok(refuse(site, lang, Refused(unmapped.as_str())));
        }
    };
    let strong = second_factor(&claims, &provider.acr, &provider.amr);
    let arrived = Arrived { mapped, subject };
    if strong {
        return match admit(site, provider, session, arrived, None).await? {
            Ok(()) => Ok(away::over(site, page(&Welcome { shell: Shell::new(site, lang, None) }))),
            Err(refused) => Ok(refuse(site, lang, refused)),
        };
    }
    match own(site, &arrived.mapped.login).await? {
        Some(_) => {
            let asked = page(&Code { shell: Shell::new(site, lang, None), wrong: false });
            away::keep(site, &Journey::Arrived(arrived), asked).await
        }
        None => Ok(refuse(site, lang, Refused("no_second_factor"))),
    }
}

/// An account that the provider opens, and that has a second factor of its own.
async fn own(site: &Site, login: &str) -> Result<Option<(Person, String)>, Fault> {
    let person = site.portal.people.person(login).await.map_err(Fault::port)?;
    let person = person.filter(|person| matches!(person.proof, Proof::Provider(_)));
    Ok(person.and_then(|mut person| person.totp.take().map(|secret| (person, secret))))
}

/// The account is opened and the session begins.
async fn admit(
    site: &Site,
    provider: &Provider,
    session: &Session,
    arrived: Arrived,
    step: Option<i64>,
) -> Result<Result<(), Refused>, Fault> {
    let Arrived { mapped, subject } = arrived;
    let (login, name, post, bounds) = (mapped.login, mapped.name, mapped.post, mapped.bounds);
    let who = Vouched { login, name, subject, post, bounds, step, provision: provider.provision };
    let refused = match site.portal.people.admit(who).await.map_err(Fault::port)? {
        Admission::In(person) => {
            let now = site.portal.inbox.now().await.map_err(Fault::port)?;
            session::begin(session, &person, now).await?;
            return Ok(Ok(()));
        }
        Admission::Unknown => "no_account",
        Admission::Password => "has_password",
        Admission::Closed => "closed",
        Admission::Another => "another_subject",
        Admission::Used => "code_used",
    };
    Ok(Err(Refused(refused)))
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    code: String,
}

/// `POST /sign-in/code`. Wrong ones lock the account like those at the other form.
pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    session: Session,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Fault> {
    let provider = provider(&site)?;
    site.gates.sign_in.pass(client)?;
    from_here(&headers)?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let Some(Journey::Arrived(arrived)) = away::look(&site, &headers).await? else {
        return Ok(refuse(&site, lang, Refused("not_begun")));
    };
    let (login, now) = (&arrived.mapped.login, site.portal.inbox.now().await.map_err(Fault::port)?);
    // While it is locked a right code is a wrong one.
    let open = own(&site, login).await?.filter(|(person, _)| person.locked_until.is_none_or(|until| until <= now));
    let Some(step) = open.and_then(|(_, secret)| account::step(&secret, keyed.code.trim(), now)) else {
        site.refused("wrong_code");
        site.portal.people.attempted(login, Attempt::WrongCode).await.map_err(Fault::port)?;
        let mut answer = page(&Code { shell: Shell::new(&site, lang, None), wrong: true });
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(answer);
    };
    // Of two at once one goes on.
    let Some(Journey::Arrived(arrived)) = away::take(&site, &headers).await? else {
        return Ok(refuse(&site, lang, Refused("not_begun")));
    };
    match admit(&site, provider, &session, arrived, Some(step)).await? {
        Ok(()) => Ok(away::over(&site, Redirect::to("/office").into_response())),
        Err(refused) => Ok(refuse(&site, lang, refused)),
    }
}

/// Says where the session at the provider can be ended; without such a page, or without the provider, the first page.
pub(crate) async fn farewell(site: &Site, provider: &Provider, lang: Lang) -> Response {
    match provider.identity.farewell().await {
        Ok(Some(url)) => page(&Farewell { shell: Shell::new(site, lang, None), name: lang.name(&provider.name), url }),
        _ => Redirect::to("/").into_response(),
    }
}

fn refuse(site: &Site, lang: Lang, refused: Refused) -> Response {
    tracing::warn!(code = "sign_in_refused", cause = refused.0, "somebody was not let in by the State's sign-in");
    away::over(site, again(site, lang, Trouble::Refused))
}

/// A provider that is away leaves the other way in; one whose word does not hold lets nobody in.
fn trouble(site: &Site, lang: Lang, error: Error) -> Result<Response, Fault> {
    match error {
        Error::Outage(_) | Error::Retry(_) => {
            tracing::warn!(code = error.code(), words = error.to_string(), "the State's sign-in is away");
            Ok(away::over(site, again(site, lang, Trouble::Away)))
        }
        Error::Reject { code, cause } => {
            tracing::warn!(code, cause = cause.words, "somebody was not let in by the State's sign-in");
            Ok(away::over(site, again(site, lang, Trouble::Refused)))
        }
        Error::Fatal(_) => Err(Fault::port(error)),
    }
}
