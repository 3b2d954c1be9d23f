//! Who is in charge of an application now, by the directory of its department.

use super::{Moment, plain};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::board::{clock_words, post_words},
    site::Site,
};
use mohor_domain::{clock::ClockKind, directory::POSTS};
use mohor_ports::ledger::{Found, Untold};

/// A post, and whoever is in it.
pub(super) struct Seat {
    pub post: &'static str,
    pub office: String,
    /// Names with designations; none: nobody.
    pub officers: Vec<String>,
}

/// The Designated, the Appellate and the Reviewing Officer of an application; nothing where the directory does not know its
/// office.
pub(super) async fn seats(site: &Site, lang: Lang, found: &Found) -> Result<Vec<Seat>, Fault> {
    let (Some(department), Some(office)) = (&found.place.department, &found.place.office) else { return Ok(vec![]) };
    let directory = site.portal.directories.directory(department).await.map_err(Fault::port)?;
    let Some(directory) = directory.filter(|directory| directory.office(office).is_some()) else { return Ok(vec![]) };
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let seat = |post| {
        let code = directory.seat(office, post);
        let (en, bn) = post_words(post);
        let name = directory.office(code).map(|office| lang.name(&office.name)).unwrap_or_default();
        let charges = directory.in_charge(code, post, found.service.as_deref(), now);
        let who = charges.filter_map(|charge| directory.officer(&charge.officer));
        Seat {
            post: lang.pick(en, bn),
            office: format!("{name} ({code})"),
            officers: who.map(|who| format!("{}, {}", who.name, who.designation)).collect(),
        }
    };
    Ok(POSTS.into_iter().map(seat).collect())
}

/// A rung of which nobody could be told.
pub(super) fn nobody(lang: Lang, untold: &Untold) -> Moment {
    let (en, bn) = post_words(untold.post);
    let mut what = format!("{}: {}", lang.pick("nobody to tell", "জানানোর কেউ নেই"), lang.pick(en, bn));
    if untold.kind != ClockKind::Service {
        let (en, bn) = clock_words(untold.kind);
        what = format!("{what} ({} {})", lang.pick(en, bn), untold.key);
    }
    Moment { rung: true, why: super::rung_words(lang, untold.rung).to_owned(), ..plain(lang, untold.since, &what) }
}
