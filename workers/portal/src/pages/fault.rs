//! What could not be done, in both languages.

use super::{Shell, page};
use crate::{fault::Fault, lang::Lang, site::Site};
use askama::Template;
use axum::response::Response;

/// The page.
#[derive(Template)]
#[template(path = "fault.html")]
struct Page {
    shell: Shell,
    status: u16,
    en: String,
    bn: &'static str,
    /// Where to go on, and what it is called.
    lead: Option<(&'static str, &'static str)>,
}

/// The page of a fault; the caller sets the status.
pub(crate) fn render(site: &Site, lang: Lang, fault: &Fault) -> Response {
    let mut en = fault.en.clone();
    if let Some(first) = en.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let lead = fault.lead.map(|lead| (lead.address, lang.pick(lead.en, lead.bn)));
    page(&Page { shell: Shell::new(site, lang, None), status: fault.status.as_u16(), en, bn: fault.bn, lead })
}
