//! Who is away at the State's sign-in. The session's cookie is `SameSite=Strict`: a browser that comes back from another
//! site does not bring it. So what has begun is kept in the ledger under a digest of a handle, and the handle rides a
//! cookie of its own (`SameSite=Lax`, for the paths of sign-in alone, for some minutes), good for one return.

use crate::{fault::Fault, site::Site};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use mohor_domain::claims::Mapped;
use mohor_ports::{error::Error, identity::Pending};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::cookie::{Cookie, SameSite, time::Duration};

/// The name of the cookie: with TLS no neighbour without it can set one.
const COOKIE: &str = "__Secure-mohor-away";
/// The name in a trial without TLS.
const PLAIN_COOKIE: &str = "mohor-away";
/// The paths that it rides to.
const PATH: &str = "/sign-in";
/// Minutes until whoever is away has to begin again.
const MINUTES: i64 = 10;

/// Where somebody is on the way.
#[derive(Serialize, Deserialize)]
pub(crate) enum Journey {
    /// At the provider.
    Gone(Pending),
    /// Back, and asked for the own code.
    Arrived(Arrived),
}

/// For whom the provider vouches.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Arrived {
    pub mapped: Mapped,
    pub subject: String,
}

/// Keeps a journey; gives the browser its handle with the answer.
pub(crate) async fn keep(site: &Site, journey: &Journey, mut answer: Response) -> Result<Response, Fault> {
    let mut bytes = [0; 32];
    site.portal.entropy.fill(&mut bytes).map_err(Fault::port)?;
    let handle = hex::encode(bytes);
    let broken = |_| Fault::port(Error::fatal("a journey cannot be written"));
    let data = serde_json::to_string(journey).map_err(broken)?;
    let until = site.portal.inbox.now().await.map_err(Fault::port)?.plus_millis(MINUTES * 60_000);
    site.portal.people.open_session(&key(&handle), &data, until).await.map_err(Fault::port)?;
    // Back from another site it has to come along; from here on it need not.
    let same_site = if matches!(journey, Journey::Gone(_)) { SameSite::Lax } else { SameSite::Strict };
    set(&mut answer, cookie(site, handle, same_site, MINUTES));
    Ok(answer)
}

/// Takes the journey whose handle the browser brings: once.
pub(crate) async fn take(site: &Site, headers: &HeaderMap) -> Result<Option<Journey>, Fault> {
    let Some(handle) = handle(site, headers) else { return Ok(None) };
    let taken = site.portal.people.take_session(&key(&handle)).await.map_err(Fault::port)?;
    Ok(taken.and_then(|data| serde_json::from_str(&data).ok()))
}

/// Looks at it.
pub(crate) async fn look(site: &Site, headers: &HeaderMap) -> Result<Option<Journey>, Fault> {
    let Some(handle) = handle(site, headers) else { return Ok(None) };
    let kept = site.portal.people.session(&key(&handle)).await.map_err(Fault::port)?;
    Ok(kept.and_then(|(data, _)| serde_json::from_str(&data).ok()))
}

/// The browser forgets its handle.
pub(crate) fn over(site: &Site, mut answer: Response) -> Response {
    set(&mut answer, cookie(site, String::new(), SameSite::Strict, 0));
    answer
}

fn cookie(site: &Site, handle: String, same_site: SameSite, minutes: i64) -> Cookie<'static> {
    Cookie::build((name(site), handle))
        .path(PATH)
        .max_age(Duration::minutes(minutes))
        .http_only(true)
        .secure(site.portal.secure_cookies)
        .same_site(same_site)
        .build()
}

fn set(answer: &mut Response, cookie: Cookie<'static>) {
    // Letters, digits and a few signs of ours: always a header's value.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn name(site: &Site) -> &'static str {
    if site.portal.secure_cookies { COOKIE } else { PLAIN_COOKIE }
}

fn handle(site: &Site, headers: &HeaderMap) -> Option<String> {
    let brought = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    brought.flat_map(|value| value.split(';')).find_map(|pair| {
        let handle = pair.trim().strip_prefix(name(site))?.strip_prefix('=')?;
        (handle.len() == 64).then(|| handle.to_owned())
    })
}

/// Apart from those of sessions, whose ids are shorter.
fn key(handle: &str) -> String {
    hex::encode(Sha256::digest(format!("away\n{handle}").as_bytes()))
}
