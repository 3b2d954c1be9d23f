//! Pages for people: each a typed struct beside its handler, with a template of the same name.

/// Key in a number, choose a PDF.
pub mod home;

/// The verdict.
pub mod result;

/// Where an application stands, for whoever applied.
pub mod track;

/// What could not be done.
pub mod fault;

/// Password and second factor.
pub mod sign_in;

/// There and back: the State's single sign-on.
pub mod provider;

/// What is late and what is due.
pub mod board;

/// The same, as it changes.
pub mod watch;

/// The same, as a file.
pub mod export;

/// What lies at a centre.
pub mod tray;

/// What supervisors decide and look into at the counters.
pub mod handovers;

/// What nobody fetches.
pub mod uncollected;

/// Stickers of all centres.
pub mod holograms;

/// One application with all that is recorded of it.
pub mod record;

/// Offices, officers and who is in charge.
pub mod directory;
/// A stored document.
pub mod document;

/// Holidays, limits, and who changes them.
pub mod rules;

/// How a department kept its limits in a period.
pub mod reports;

/// The calls of the API, for readers.
pub mod calls;

use crate::{assets, fault::Fault, lang::Lang, site::Site};
use askama::Template;
use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// What every page has around it.
pub(crate) struct Shell {
    pub lang: Lang,
    /// The only genuine host.
    pub host: String,
    /// The address of the same page in the other language; a page that answers a form has none.
    pub switch: Option<String>,
}

impl Shell {
    pub fn new(site: &Site, lang: Lang, switch: Option<&'static str>) -> Self {
        let switch = switch.map(|path| format!("{path}?lang={}", lang.other().code()));
        Self { lang, host: site.portal.verify_host.clone(), switch }
    }

    /// Of a page whose address has a query of its own.
    pub fn at(site: &Site, lang: Lang, switch: String) -> Self {
        Self { switch: Some(switch), ..Self::new(site, lang, None) }
    }

    /// The wording in the page's language.
    pub fn t<'a>(&self, en: &'a str, bn: &'a str) -> &'a str {
        self.lang.pick(en, bn)
    }

    pub fn style(&self) -> &'static str {
        assets::style()
    }

    pub fn script(&self) -> &'static str {
        assets::script()
    }

    pub fn office_script(&self) -> &'static str {
        assets::office()
    }

    pub fn tray_script(&self) -> &'static str {
        assets::tray()
    }

    pub fn icon(&self) -> &'static str {
        assets::icon()
    }
}

/// The query of a page; what cannot be read is refused in words of ours, since those of a rejection repeat what was sent.
pub(crate) fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Fault> {
    let wrong = "a parameter of the address is unknown, repeated or cannot be read";
    query.map(|Query(asked)| asked).map_err(|_| Fault::malformed(wrong))
}

/// A page as an answer.
pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        // A template of texts and lists does not fail; if one ever does, the caller is not shown half a page.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
