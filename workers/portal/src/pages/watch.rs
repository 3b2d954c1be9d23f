//! `GET /office/live`: what fires within somebody's bounds, as server-sent events. The session's cookie opens it, and it
//! closes within half a minute of the session's end.

use super::board::{asked, asked::Asked};
use crate::{fault::Fault, lang::Lang, live::Tidings, session::SignedIn, site::Site};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use mohor_domain::{board::Selection, ladder::Rung, people::Deed, tell::concerns};
use mohor_ports::ledger::News;
use serde_json::json;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout_at},
};

/// How often it is looked whether the session goes on.
const STILL: Duration = Duration::from_secs(25);
/// A line without meaning so often keeps proxies from closing what is silent.
const BEAT: Duration = Duration::from_secs(15);

struct Watch {
    site: Arc<Site>,
    signed: SignedIn,
    of: Selection,
    tidings: Receiver<Tidings>,
    look: Instant,
    /// One of the streams that the house keeps open.
    _place: tokio::sync::OwnedSemaphorePermit,
}

/// `GET /office/live`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let asked = asked(query, lang)?;
    signed.sees_clocks()?;
    let of = asked.selection(&signed.reach).ok_or_else(Fault::not_found)?;
    let place = site.streams.clone().try_acquire_owned().map_err(|_| Fault::busy())?;
    let tidings = site.live.listen(&site.portal.board, &site.portal.inbox);
    let look = Instant::now() + STILL;
    let watch = Watch { site, signed, of, tidings, look, _place: place };
    // The reader knows that it is heard before anything fires.
    let hello = stream::iter([Ok::<_, Infallible>(Event::default().event("open").data("{}"))]);
    let rest = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok(event), watch))
    });
    let events = futures_util::StreamExt::chain(hello, rest);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT)).into_response())
}

impl Watch {
    /// The next event for this person; none: it is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match timeout_at(self.look, self.tidings.recv()).await {
                Err(_) => {
                    if !self.signed.still(&self.site).await {
                        return None;
                    }
                    self.look = Instant::now() + STILL;
                }
                Ok(Ok(Tidings::One(news))) if self.sees(&news) => return Some(told(&news)),
                Ok(Ok(Tidings::One(_))) => (),
                Ok(Ok(Tidings::Many) | Err(RecvError::Lagged(_))) => {
                    return Some(Event::default().event("many").data("{}"));
                }
                Ok(Err(RecvError::Closed)) => return None,
            }
        }
    }

    fn sees(&self, news: &News) -> bool {
        let late = !matches!(news.fired.rung, Rung::DueSoon | Rung::DueToday | Rung::Met);
        let (place, service) = (&news.found.place, news.found.service.as_deref());
        self.signed.may(Deed::SeeClocks, place)
            && concerns(news.fired.kind, &self.signed.person.bounds)
            && self.of.holds(place, service, news.fired.kind, late)
    }
}

fn told(news: &News) -> Event {
    let (found, fired) = (&news.found, &news.fired);
    let data = json!({
        "rung": fired.rung.as_str(), "clock": fired.kind.as_str(), "application": found.id.to_string(),
        "application_no": found.application_no, "department": found.place.department, "service": found.service,
        "due_on": fired.due_on,
    });
    Event::default().event("rung").data(data.to_string())
}
