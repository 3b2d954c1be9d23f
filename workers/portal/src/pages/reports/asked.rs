//! What a report is asked for, as address and form have it.

use crate::{fault::Fault, lang::Lang, session::SignedIn, site::Site};
use mohor_domain::{
    board::Selection,
    compliance::Period,
    people::{Deed, Place},
};
use mohor_ports::ledger::ReportOf;
use serde::{Deserialize, Serialize};

/// Department, district and days.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(crate) struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What that comes to.
pub(crate) enum Wanted {
    /// The page was only opened.
    Nothing,
    /// In words: what cannot be used, and what to do.
    Wrong(String),
    /// A department's figures in a period.
    Report(ReportOf),
}

impl Asked {
    /// Within somebody's bounds: another's department is as unknown as one that does not exist.
    pub fn wanted(&self, site: &Site, signed: &SignedIn, lang: Lang) -> Result<Wanted, Fault> {
        fn given(text: &Option<String>) -> Option<String> {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        }
        let asked =
            Selection { department: given(&self.department), district: given(&self.district), ..<_>::default() };
        // A report is about whole departments and districts, not about some offices.
        let of = asked.within(&signed.reach).filter(|of| of.offices.is_none()).ok_or_else(Fault::not_found)?;
        let catalogue = &site.portal.catalogue;
        if of.department.as_ref().is_some_and(|code| !catalogue.departments.contains_key(code))
            || of.district.as_ref().is_some_and(|code| !catalogue.districts.contains_key(code))
        {
            return Err(Fault::not_found());
        }
        let wrong = |en: &str, bn: &str| Ok(Wanted::Wrong(lang.pick(en, bn).to_owned()));
        let (from, until) = match (given(&self.from), given(&self.until)) {
            (None, None) => return Ok(Wanted::Nothing),
            (Some(from), Some(until)) => (from, until),
            _ => return wrong("Give both days of the period.", "সময়কালের দুটি দিনই দিন।"),
        };
        let Some(department) = of.department.clone() else {
            return wrong("Choose a department.", "একটি দপ্তর বেছে নিন।");
        };
        let period = match Period::parse(&from, &until) {
            Ok(period) => period,
            Err(words) => {
                let en = format!("From and until: {words}.");
                return wrong(&en, "দিন দুটি ঠিক নয়: প্রথমটি পরেরটির আগে বা সমান হবে, এবং সময়কাল দুই বছরের বেশি নয়।");
            }
        };
        let report = ReportOf { department, of, period };
        if !signed.may(Deed::Report, &place(&report)) {
            return Err(Fault::not_found());
        }
        Ok(Wanted::Report(report))
    }

    /// What is given of it, by name.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        let members = [
            ("department", &self.department),
            ("district", &self.district),
            ("from", &self.from),
            ("until", &self.until),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    /// The same with a change, as a query.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = self.clone();
        change(&mut changed);
        // A struct of optional texts can always be written.
        serde_urlencoded::to_string(&changed).unwrap_or_default()
    }
}

/// Where a report belongs.
pub(crate) fn place(of: &ReportOf) -> Place {
    Place { department: Some(of.department.clone()), district: of.of.district.clone(), office: None, bsk: None }
}
