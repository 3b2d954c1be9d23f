//! A line of server-sent events to whoever is signed in: one of the streams that the house keeps open, for as long as the
//! session lasts.

use crate::{fault::Fault, session::SignedIn, site::Site};
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{StreamExt, stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// A line without meaning so often keeps proxies from closing what is silent.
const BEAT: Duration = Duration::from_secs(15);

/// Who listens.
pub(crate) struct Line {
    pub site: Arc<Site>,
    pub signed: Arc<SignedIn>,
    /// Ends with the session.
    over: oneshot::Receiver<()>,
    /// One of the streams that the house keeps open.
    _place: OwnedSemaphorePermit,
}

impl Line {
    /// Takes one of the streams; busy, if there is none left. One account has a few of them, however many it opens.
    pub fn open(site: Arc<Site>, signed: SignedIn) -> Result<Self, Fault> {
        site.lines.make_room(&signed.person.login);
        let place = site.streams.clone().try_acquire_owned().map_err(|_| Fault::busy())?;
        let signed = Arc::new(signed);
        let over = site.lines.watch(&site, signed.clone());
        Ok(Self { site, signed, over, _place: place })
    }

    /// What comes, however long it takes; none: the session is over. What never stops coming keeps no session open.
    pub async fn hear<T>(&mut self, coming: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = &mut self.over => None,
            heard = coming => Some(heard),
        }
    }
}

/// What a line is told.
pub(crate) trait Source: Send + 'static {
    /// The next event; none: it is over.
    fn next(&mut self) -> impl Future<Output = Option<Event>> + Send;
}

/// The line as an answer: events one after the other, until there is none.
pub(crate) fn answer(source: impl Source) -> Response {
    // The reader knows that it is heard before anything comes.
    let hello = stream::iter([Ok::<_, Infallible>(Event::default().event("open").data("{}"))]);
    let rest = stream::unfold(source, |mut source| async move {
        let event = source.next().await?;
        Some((Ok(event), source))
    });
    Sse::new(hello.chain(rest)).keep_alive(KeepAlive::new().interval(BEAT)).into_response()
}
