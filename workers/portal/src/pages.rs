//! Pages for people: each a typed struct beside its handler, with a template of the same name.

/// Key in a number, choose a PDF.
pub mod home;

/// The verdict.
pub mod result;

/// What could not be done.
pub mod fault;

/// Password and second factor.
pub mod sign_in;

/// What is late and what is due.
pub mod office;

/// The calls of the API, for readers.
pub mod calls;

use crate::{assets, lang::Lang, site::Site};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// What every page has around it.
pub(crate) struct Shell {
    pub lang: Lang,
    /// The only genuine host.
    pub host: String,
    /// The path of the same page in the other language; a page that answers a form has none.
    pub switch: Option<&'static str>,
}

impl Shell {
    pub fn new(site: &Site, lang: Lang, switch: Option<&'static str>) -> Self {
        Self { lang, host: site.portal.verify_host.clone(), switch }
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

    pub fn icon(&self) -> &'static str {
        assets::icon()
    }
}

/// A page as an answer.
pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        // A template of texts and lists does not fail; if one ever does, the caller is not shown half a page.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
