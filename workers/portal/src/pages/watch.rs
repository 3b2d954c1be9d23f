//! `GET /office/live`: what fires within somebody's bounds, as server-sent events. The session's cookie opens it, and it
//! closes within half a minute of the session's end.

use super::board::{self, asked::Asked};
use crate::{
    fault::Fault,
    lang::Lang,
    live::Tidings,
    session::SignedIn,
    site::Site,
    sse::{Line, Source, answer},
};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{Response, sse::Event},
};
use mohor_domain::{board::Selection, ladder::Rung, people::Deed, tell::concerns};
use mohor_ports::ledger::News;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

struct Watch {
    line: Line,
    of: Selection,
    tidings: Receiver<Tidings>,
}

/// `GET /office/live`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let asked = board::asked(query, lang)?;
    signed.sees_clocks()?;
    let of = asked.selection(&signed.reach).ok_or_else(Fault::not_found)?;
    let line = Line::open(site.clone(), signed)?;
    let tidings = site.live.listen(&site.portal.board, &site.portal.inbox);
    Ok(answer(Watch { line, of, tidings }))
}

impl Source for Watch {
    /// The next event for this person.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.line.hear(self.tidings.recv()).await? {
                Ok(Tidings::One(news)) if self.sees(&news) => return Some(told(&news)),
                Ok(Tidings::One(_)) => (),
                Ok(Tidings::Many) | Err(RecvError::Lagged(_)) => {
                    return Some(Event::default().event("many").data("{}"));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Watch {
    fn sees(&self, news: &News) -> bool {
        let late = !matches!(news.fired.rung, Rung::DueSoon | Rung::DueToday | Rung::Met);
        let (place, service) = (&news.found.place, news.found.service.as_deref());
        self.line.signed.may(Deed::SeeClocks, place)
            && concerns(news.fired.kind, &self.line.signed.person.bounds)
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
