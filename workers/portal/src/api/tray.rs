//! `GET /api/v1/bsk/{bsk}/events` and `GET /api/v1/bsk/{bsk}/certificates/{uin}/pdf`: a centre's stream as it goes on, and its
//! documents. To everybody but the centre's operators there is nothing here.

use super::{Query, part};
use crate::{
    arrivals::Come,
    fault::Fault,
    printing::{give_out, serves},
    session::SignedIn,
    site::Site,
    sse::{Line, Source, answer},
};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::{Response, sse::Event},
};
use mohor_domain::{
    event::{Recorded, bsk_stream},
    tray::PrintKind,
    uin::Uin,
};
use mohor_ports::ledger::Sought;
use serde::Deserialize;
use std::{collections::VecDeque, future::ready, sync::Arc};
use tokio::sync::watch::Receiver;
use utoipa::IntoParams;

/// Events that are read at once.
const AT_ONCE: u32 = 100;

/// From where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The number that was seen last; without it and without Last-Event-ID, from now on.
    after: Option<i64>,
}

/// A centre's events as they are told, as server-sent events.
///
/// The id of each is its number in the centre's stream, the same as at `ready`; its name is the event's word, its data the
/// CloudEvents envelope. Whoever comes again with `Last-Event-ID` misses nothing and gets nothing twice. The stream closes
/// within a minute of the session's end.
#[utoipa::path(
    get, path = "/api/v1/bsk/{bsk}/events", tag = "centres",
    params(("bsk" = String, Path, description = "the centre's code, e.g. PUM0027"), Since),
    responses(
        (status = 200, description = "the stream", content_type = "text/event-stream"),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "not the centre of whoever is signed in", content_type = "application/problem+json"),
        (status = 422, description = "no number", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn events(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    headers: HeaderMap,
    bsk: Result<Path<String>, PathRejection>,
    Query(since): Query<Since>,
) -> Result<Response, Fault> {
    let bsk = part(bsk)?;
    serves(&signed, &bsk)?;
    let stream = bsk_stream(&bsk);
    // A browser that comes again says what it saw last; the address still has what the page was made with.
    let seen = match headers.get("last-event-id") {
        Some(id) => Some(id.to_str().ok().and_then(|id| id.parse::<i64>().ok()).unwrap_or(-1)),
        None => since.after,
    };
    let after = match seen {
        Some(number) if number < 0 => {
            return Err(Fault::invalid("after", "after and Last-Event-ID are the number of an event, or 0"));
        }
        Some(number) => number,
        None => last(&site, &stream).await?,
    };
    let line = Line::open(site.clone(), signed)?;
    let news = site.arrivals.listen(&site.portal.tray, &stream);
    Ok(answer(Watch { line, stream, after, waiting: VecDeque::new(), news }))
}

/// The last number of a stream.
pub(crate) async fn last(site: &Site, stream: &str) -> Result<i64, Fault> {
    let found = site.portal.tray.last_numbers(&[stream.to_owned()]).await.map_err(Fault::port)?;
    Ok(found.first().map_or(0, |(_, number)| *number))
}

struct Watch {
    line: Line,
    stream: String,
    /// What was told last.
    after: i64,
    waiting: VecDeque<Recorded>,
    news: Receiver<Come>,
}

impl Source for Watch {
    /// The next event; none: it is over, and a reader that may comes again from what it saw last.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.line.hear(ready(())).await?;
            if let Some(event) = self.waiting.pop_front() {
                self.after = event.number;
                let data = event.envelope().to_string();
                return Some(Event::default().event(&event.word).data(data).id(event.number.to_string()));
            }
            let come = self.news.borrow_and_update().since(self.after);
            self.waiting = match come {
                Some(told) => told.into(),
                None => self.read().await?.into(),
            };
            if self.waiting.is_empty() {
                self.line.hear(self.news.changed()).await?.ok()?;
            }
        }
    }
}

impl Watch {
    /// What follows in the ledger; none: that is away.
    async fn read(&self) -> Option<Vec<Recorded>> {
        let read = self.line.site.portal.register.events(&self.stream, self.after, AT_ONCE).await;
        read.inspect_err(|error| tracing::warn!(code = error.code(), "a centre's stream cannot be read right now")).ok()
    }
}

/// The sealed PDF of a certificate that lies at the centre.
///
/// Each call is recorded as an opening, with who, where and when, before the first byte leaves. To be printed it is taken from
/// the page `/bsk`, which counts prints.
#[utoipa::path(
    get, path = "/api/v1/bsk/{bsk}/certificates/{uin}/pdf", tag = "centres",
    params(
        ("bsk" = String, Path, description = "the centre's code, e.g. PUM0027"),
        ("uin" = String, Path, description = "the certificate's number"),
    ),
    responses(
        (status = 200, description = "the PDF, its digest checked", content_type = "application/pdf"),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "no such certificate lies at this centre, or it is not the centre of whoever is signed in",
         content_type = "application/problem+json"),
        (status = 409, description = "the certificate is not live any more, or went back to its department", content_type = "application/problem+json"),
        (status = 503, description = "the vault is away", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn pdf(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Fault> {
    let (bsk, number) = part(path)?;
    serves(&signed, &bsk)?;
    let uin = Uin::parse(&number).map_err(|_| Fault::not_found())?;
    let found = site.portal.tray.seek(&bsk, Sought::Uin(uin), 1).await.map_err(Fault::port)?;
    let row = found.first().ok_or_else(Fault::not_found)?;
    give_out(&site, &signed, &bsk, row, PrintKind::Opened).await
}
