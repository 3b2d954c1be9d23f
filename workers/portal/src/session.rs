//! Who is signed in. The session is in the ledger under a digest of what the browser holds; the account is looked at with
//! every request, so that disabling or resetting it ends what is open.

use crate::{fault::Fault, site::Site};
use async_trait::async_trait;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    civil::Instant,
    people::{Deed, Place, Reach, may},
    plan::DocumentKind,
};
use mohor_ports::ledger::{Act, People, Person, Proof};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store::{Error, Result},
};

/// The name of the cookie. With TLS it has the prefix by which browsers take it from this very host alone, for every path and
/// never without TLS (RFC 6265bis, 4.1.3.2): no neighbour under the State's domain can set it.
const COOKIE: &str = "__Host-mohor";
/// The name in a trial without TLS.
const PLAIN_COOKIE: &str = "mohor";
/// A session ends after so many minutes without a request.
const IDLE_MINUTES: i64 = 30;
/// Of those minutes so many milliseconds may pass until they begin anew with a request.
const KEPT_EVERY: i64 = 3 * 60 * 1000;
/// And after so long in any case, in milliseconds.
const LONGEST: i64 = 12 * 60 * 60 * 1000;
/// Under which the session keeps who is signed in.
const MARK: &str = "person";

/// Sessions in the ledger.
#[derive(Clone)]
pub(crate) struct Store(Arc<dyn People>);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// The layer of the pages that know who is signed in.
pub(crate) fn layer(people: Arc<dyn People>, secure: bool) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(people))
        .with_name(if secure { COOKIE } else { PLAIN_COOKIE })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_expiry(Expiry::OnInactivity(Duration::minutes(IDLE_MINUTES)))
}

#[async_trait]
impl SessionStore for Store {
    /// Only whoever has signed in is given a row: a cookie that somebody made up is worth no write.
    async fn create(&self, record: &mut Record) -> Result<()> {
        if !record.data.contains_key(MARK) {
            return Err(Error::Backend("a session begins by signing in".into()));
        }
        let (data, until) = written(record)?;
        self.0.open_session(&key(&record.id), &data, until).await.map_err(backend)
    }

    /// A session that was ended meanwhile stays ended, whichever request is still under way.
    async fn save(&self, record: &Record) -> Result<()> {
        let (data, until) = written(record)?;
        self.0.keep_session(&key(&record.id), &data, until).await.map(drop).map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, until)) = self.0.session(&key(id)).await.map_err(backend)? else { return Ok(None) };
        let wrong = |error: String| Error::Decode(error);
        let data = serde_json::from_str(&data).map_err(|error| wrong(error.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(until.seconds()).map_err(|error| wrong(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.end_session(&key(id)).await.map_err(backend)
    }
}

fn written(record: &Record) -> Result<(String, Instant)> {
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((data, Instant::from_millis(record.expiry_date.unix_timestamp() * 1000)))
}

fn key(id: &Id) -> String {
    hex::encode(Sha256::digest(id.to_string().as_bytes()))
}

fn backend(error: mohor_ports::error::Error) -> Error {
    Error::Backend(error.to_string())
}

/// What a session remembers.
#[derive(Serialize, Deserialize)]
struct Mark {
    login: String,
    /// Of what opens the account, its post and its bounds: whatever changes one of them ends the session.
    stamp: String,
    since: i64,
    /// When it was last kept for longer.
    #[serde(default)]
    kept: i64,
    /// Whether the State's sign-in opened it.
    #[serde(default)]
    provider: bool,
}

impl Mark {
    fn lasts(&self, now: Instant) -> bool {
        now.millis() - self.since < LONGEST
    }

    /// Not with every request: each time is a write.
    fn is_to_be_kept(&self, now: Instant) -> bool {
        now.millis() - self.kept >= KEPT_EVERY
    }
}

fn stamp(person: &Person) -> String {
    let Place { department, district, office, bsk } = &person.bounds;
    let (password, subject, totp) = (person.proof.password(), person.proof.subject(), person.totp.as_deref());
    let post = Some(person.post.as_str());
    let mut digest = Sha256::new();
    for part in
        [password, subject, totp, post].into_iter().chain([department, district, office, bsk].map(Option::as_deref))
    {
        // A zero byte is in none of them: what is absent is told from what is empty.
        digest.update(part.map_or(String::from("\0"), |part| format!("{part}\0\0")));
    }
    hex::encode(&digest.finalize()[..8])
}

/// Begins a session, under a new id: what the browser held before is worth nothing.
pub(crate) async fn begin(session: &Session, person: &Person, now: Instant) -> std::result::Result<(), Fault> {
    let provider = matches!(person.proof, Proof::Provider(_));
    let mark =
        Mark { login: person.login.clone(), stamp: stamp(person), since: now.millis(), kept: now.millis(), provider };
    session.cycle_id().await.map_err(trouble)?;
    session.insert(MARK, mark).await.map_err(trouble)
}

/// Whether there is one, and the State's sign-in opened it.
pub(crate) async fn by_provider(session: &Session) -> bool {
    session.get::<Mark>(MARK).await.ok().flatten().is_some_and(|mark| mark.provider)
}

/// Ends it.
pub(crate) async fn end(session: &Session) -> std::result::Result<(), Fault> {
    session.flush().await.map_err(trouble)
}

fn trouble(error: tower_sessions::session::Error) -> Fault {
    Fault::port(mohor_ports::error::Error::outage("the session cannot be kept").because(error.to_string()))
}

/// Whoever is signed in; others are led to the form, programs are told.
pub(crate) struct SignedIn {
    pub person: Person,
    /// How far the post reaches, by the directory too.
    pub reach: Reach,
    /// Under which the ledger keeps the session.
    key: String,
    mark: Mark,
}

impl SignedIn {
    /// Whether this person may do this to what belongs there.
    pub fn may(&self, deed: Deed, there: &Place) -> bool {
        self.reach.may(deed, there)
    }

    /// Whether the post watches clocks at all; to one that does not there is nothing by that name.
    pub fn sees_clocks(&self) -> std::result::Result<(), Fault> {
        let Person { post, bounds, .. } = &self.person;
        if may(*post, bounds, Deed::SeeClocks, bounds) { Ok(()) } else { Err(Fault::not_found()) }
    }

    /// To whoever watches no clocks the office is what the post is for.
    pub fn leads_to(&self) -> Option<&'static str> {
        let is_for = |deed| self.may(deed, &self.person.bounds);
        match self.sees_clocks() {
            Err(_) if is_for(Deed::ServeAtCentre) => Some("/bsk"),
            Err(_) if is_for(Deed::SeeRules) => Some("/office/rules"),
            _ => None,
        }
    }

    /// Whether the post is for reports at all; to one that is not there is nothing by that name.
    pub fn reports(&self) -> std::result::Result<(), Fault> {
        let Person { post, bounds, .. } = &self.person;
        if may(*post, bounds, Deed::Report, bounds) { Ok(()) } else { Err(Fault::not_found()) }
    }

    /// Whether this person may read documents of a kind that belong there.
    pub fn reads(&self, kind: DocumentKind, there: &Place) -> bool {
        Deed::reading(kind).iter().any(|deed| self.may(*deed, there))
    }

    /// The audit line of what this person does.
    pub fn act(&self, act: &str, subject: String, detail: String) -> Act {
        Act { actor: format!("person:{}", self.person.login), act: act.into(), subject, detail }
    }

    /// Under which the ledger keeps the session.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the account is as it was and reaches as far, and the session has not lasted too long.
    pub async fn still(&self, site: &Site, person: &Person, now: Instant) -> mohor_ports::error::Result<bool> {
        if person.disabled_at.is_some() || stamp(person) != self.mark.stamp || !self.mark.lasts(now) {
            return Ok(false);
        }
        Ok(reach(site, person, now).await? == self.reach)
    }
}

/// How far an account reaches now. Only of officers the directory has something to say.
async fn reach(site: &Site, person: &Person, now: Instant) -> mohor_ports::error::Result<Reach> {
    let Person { post, bounds, login, .. } = person;
    let directory = match (&bounds.department, &bounds.office) {
        (Some(department), Some(_)) => site.portal.directories.directory(department).await?,
        _ => None,
    };
    Ok(Reach::of(*post, bounds, login, directory.as_deref(), now))
}

impl FromRequestParts<Arc<Site>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> std::result::Result<Self, Response> {
        let call = parts.uri.path().starts_with("/api/");
        let away = || match call {
            true => Fault::unauthorised("sign in first").into_response(),
            false => Redirect::to("/sign-in").into_response(),
        };
        let session = Session::from_request_parts(parts, site).await.map_err(|_| away())?;
        let mark: Option<Mark> = session.get(MARK).await.map_err(|error| trouble(error).into_response())?;
        let Some(mut mark) = mark else { return Err(away()) };
        let port = |error| Fault::port(error).into_response();
        let person = site.portal.people.person(&mark.login).await.map_err(port)?;
        let now = site.portal.inbox.now().await.map_err(port)?;
        match person.filter(|person| person.disabled_at.is_none() && stamp(person) == mark.stamp && site.admits(person))
        {
            Some(person) if mark.lasts(now) => {
                if mark.is_to_be_kept(now) {
                    mark.kept = now.millis();
                    session.insert(MARK, &mark).await.map_err(|error| trouble(error).into_response())?;
                }
                let key = session.id().map(|id| key(&id)).unwrap_or_default();
                let reach = reach(site, &person, now).await.map_err(port)?;
                Ok(Self { person, reach, key, mark })
            }
            _ => {
                // A failure to end it changes nothing: it is looked at again with the next request.
                let _ = end(&session).await;
                Err(away())
            }
        }
    }
}

/// Whether a form was sent from a page of ours: browsers say so. Older ones say only where the page was from; what says neither
/// is no browser that could be led.
pub(crate) fn from_here(headers: &HeaderMap) -> std::result::Result<(), Fault> {
    let own = match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
        Some(site) => matches!(site, b"same-origin" | b"none"),
        None => headers.get(header::ORIGIN).is_none_or(|origin| is_own(origin.as_bytes(), headers)),
    };
    match own {
        true => Ok(()),
        false => Err(Fault::malformed("the form was not sent from this site; open the page and send it from there")),
    }
}

/// Whether an origin is the host that was called. Our own pages send no referrer, so some browsers hide theirs: `null`.
fn is_own(origin: &[u8], headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(|host| host.as_bytes());
    let named = [&b"https://"[..], b"http://"].iter().find_map(|scheme| origin.strip_prefix(*scheme));
    origin == b"null" || named.is_some_and(|named| host.is_some_and(|host| named.eq_ignore_ascii_case(host)))
}
