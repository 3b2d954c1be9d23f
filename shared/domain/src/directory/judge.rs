//! What a department's directory says against an event, where the department wants intake to ask it.

use super::Directory;
use crate::{
    civil::Instant,
    event::{EventKind, InboundEvent},
    people::Post,
    refusal::{Code, Refusal},
};
use serde::{Deserialize, Serialize};

/// What a department wants intake to refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Events of an office that the directory does not know.
    pub offices: bool,
    /// Acts of an officer who was not in charge.
    pub officers: bool,
}

/// In which post of a department somebody acts who says this; none: in none, as the Commission does.
pub fn post_of(kind: EventKind) -> Option<Post> {
    match kind {
        EventKind::AppealDecided => Some(Post::AppellateOfficer),
        EventKind::ReviewDecided => Some(Post::ReviewingOfficer),
        EventKind::RevisionDecided => None,
        _ => Some(Post::DesignatedOfficer),
    }
}

/// The office that an event puts its application into, if it names one.
pub fn names_office(event: &InboundEvent) -> Option<&str> {
    event.data["office"].as_str()
}

/// Why an event is refused by the directory, judged at its own time; none: it is not. `service` is the application's, and
/// `offices` are those that other recorded events put it into, each at its own time, in any order.
pub fn against(
    directory: &Directory,
    wish: Wish,
    event: &InboundEvent,
    service: Option<&str>,
    offices: &[(Instant, String)],
) -> Option<Refusal> {
    let known = |office: &str| {
        let found = directory.office(office);
        found.is_some_and(|office| office.until.is_none_or(|until| event.at < until))
    };
    let named = names_office(event);
    if wish.offices && named.is_some_and(|office| !known(office)) {
        return Some(Refusal::new(Code::UnknownOffice, "/data/office"));
    }
    let pointer = ["officer", "approved_by"].into_iter().find(|name| event.data.get(name).is_some())?;
    let id = event.data[pointer]["officer_id"].as_str().unwrap_or_default();
    if !wish.officers {
        return None;
    }
    // Who hands over an application was in charge of the office that it leaves.
    let own = named.filter(|_| event.kind != EventKind::Transferred);
    let earlier = || offices.iter().filter(|(at, _)| *at <= event.at).max().map(|(_, office)| office.as_str());
    let post = post_of(event.kind)?;
    let mine = |charge: &super::Charge| charge.officer == id;
    let in_charge = match own.or_else(earlier).filter(|office| directory.office(office).is_some()) {
        Some(office) => directory.in_charge(directory.seat(office, post), post, service, event.at).any(mine),
        // Nobody has said where the application is, or it is where the directory knows nothing.
        None => {
            let holds = |charge: &&super::Charge| charge.post == post && charge.at(event.at) && charge.serves(service);
            directory.charges.iter().filter(holds).any(mine)
        }
    };
    (!in_charge).then(|| Refusal::new(Code::OfficerNotInCharge, format!("/data/{pointer}")))
}
