//! In which language a page is written: `?lang=`, else the browser's own preference, else English.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use jiff::civil::Date;
use mohor_domain::{
    catalogue::Name,
    civil::{Instant, date_bn, date_en},
    limit::Limit,
    table,
};
use std::convert::Infallible;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Bengali.
    Bn,
}

impl Lang {
    /// The value of `lang` attributes.
    pub fn code(self) -> &'static str {
        self.pick("en", "bn")
    }

    /// Of two wordings the one in this language.
    pub fn pick<'a>(self, en: &'a str, bn: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Bn => bn,
        }
    }

    /// A civil day.
    pub fn day(self, day: Date) -> String {
        self.pick(&date_en(day), &date_bn(day)).to_owned()
    }

    /// Day and minute in Asia/Kolkata.
    pub fn time(self, at: Instant) -> String {
        let civil = at.civil();
        format!("{}, {:02}:{:02}", self.day(at.day()), civil.hour(), civil.minute())
    }

    /// A limit.
    pub fn limit(self, limit: Limit) -> String {
        self.name(&table::limit(limit))
    }

    /// A name.
    pub fn name(self, name: &Name) -> String {
        self.pick(&name.en, &name.bn).to_owned()
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Bn,
            Self::Bn => Self::En,
        }
    }

    fn of(query: Option<&str>, accepted: Option<&str>) -> Self {
        let chosen = query.into_iter().flat_map(|query| query.split('&')).find_map(|pair| pair.strip_prefix("lang="));
        match chosen {
            Some("bn") => return Self::Bn,
            Some("en") => return Self::En,
            _ => {}
        }
        let weight = |wanted: &str| {
            accepted
                .into_iter()
                .flat_map(|list| list.split(','))
                .filter_map(|range| {
                    let mut parts = range.trim().split(';');
                    let tag = parts.next()?.trim();
                    let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
                    let matches = tag.split('-').next().is_some_and(|first| first.eq_ignore_ascii_case(wanted));
                    matches.then(|| weight.map_or(Some(1.0), |text| text.parse::<f32>().ok())).flatten()
                })
                .fold(0.0, f32::max)
        };
        // A list names its languages in order of preference; equal weights go to the one named first.
        let first = |wanted: &str| accepted.and_then(|list| list.to_ascii_lowercase().find(wanted));
        let (en, bn) = (weight("en"), weight("bn"));
        if bn > en || (bn > 0.0 && bn >= en && first("bn") < first("en")) { Self::Bn } else { Self::En }
    }

    /// The language of a request.
    pub fn of_request(uri: &axum::http::Uri, headers: &axum::http::HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self::of(uri.query(), accepted.map(|list| list.get(..256).unwrap_or(list)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of_request(&parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_comes_before_the_browsers_preference() {
        for (query, accepted, lang) in [
            (None, None, Lang::En),
            (Some("lang=bn"), Some("en"), Lang::Bn),
            (Some("x=1&lang=en"), Some("bn"), Lang::En),
            (Some("lang=<b>"), None, Lang::En),
            (None, Some("bn-IN,en;q=0.8"), Lang::Bn),
            (None, Some("en-IN,en;q=0.9,bn;q=0.8"), Lang::En),
            (None, Some("hi,bn;q=0.6"), Lang::Bn),
            (None, Some("bn;q=x,,;;"), Lang::En),
        ] {
            assert_eq!(Lang::of(query, accepted), lang, "{query:?} {accepted:?}");
        }
    }
}
