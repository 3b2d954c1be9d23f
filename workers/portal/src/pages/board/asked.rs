//! What a board is asked for, as the address has it.

use crate::{fault::Fault, lang::Lang};
use mohor_domain::{
    board::{By, Part, Selection},
    people::Reach,
};
use mohor_ports::ledger::Cursor;
use serde::{Deserialize, Serialize};

/// Characters of a value, at most.
const LONGEST: usize = 200;

/// The query of a board, its exports and its stream.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(crate) struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bsk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Asked {
    /// Checks lengths; an empty value is none.
    pub fn checked(mut self, lang: Lang) -> Result<Self, Fault> {
        self.lang = Some(lang.code().into());
        for (name, value) in self.members() {
            if value.as_deref().is_some_and(|text| text.chars().count() > LONGEST) {
                return Err(Fault::invalid(name, format!("`{name}` is longer than {LONGEST} characters; shorten it")));
            }
            if value.as_deref().is_some_and(|text| text.trim().is_empty()) {
                *value = None;
            }
        }
        Ok(self)
    }

    fn members(&mut self) -> [(&'static str, &mut Option<String>); 8] {
        [
            ("department", &mut self.department),
            ("service", &mut self.service),
            ("district", &mut self.district),
            ("office", &mut self.office),
            ("bsk", &mut self.bsk),
            ("part", &mut self.part),
            ("by", &mut self.by),
            ("after", &mut self.after),
        ]
    }

    /// What somebody who reaches so far sees of it; none: it lies outside.
    pub fn selection(&self, reach: &Reach) -> Option<Selection> {
        let Self { department, service, district, office, bsk, .. } = self.clone();
        Selection { department, service, district, office, bsk, ..Selection::default() }.within(reach)
    }

    /// The part that is listed.
    pub fn part(&self) -> Result<Part, Fault> {
        let word = self.part.as_deref();
        word.map_or(Ok(Part::Late), |word| {
            Part::from_word(word)
                .ok_or_else(|| Fault::invalid("part", "`part` is late, today, soon, paused, uncollected or pipeline"))
        })
    }

    /// Along what figures are shown: without a wish along the next thing that is open.
    pub fn by(&self, of: &Selection) -> Result<By, Fault> {
        match self.by.as_deref() {
            Some(word) => By::from_word(word)
                .ok_or_else(|| Fault::invalid("by", "`by` is department, service, district, office, officer or bsk")),
            None if of.department.is_none() => Ok(By::Department),
            None if of.service.is_none() => Ok(By::Service),
            None => Ok(By::Office),
        }
    }

    /// Where the page begins.
    pub fn cursor(&self) -> Result<Option<Cursor>, Fault> {
        let read = |text: &str| {
            Cursor::parse(text).ok_or_else(|| Fault::invalid("after", "`after` is the place that a page before named"))
        };
        self.after.as_deref().map(read).transpose()
    }

    /// The same with a change, as a query.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = self.clone();
        changed.after = None;
        change(&mut changed);
        // A struct of optional texts can always be written.
        serde_urlencoded::to_string(&changed).unwrap_or_default()
    }
}
