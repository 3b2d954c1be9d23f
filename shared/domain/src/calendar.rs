//! The calendar that limits of the Right to Public Services Act are counted by: which civil days are excluded, and why.
//!
//! "Public Holidays shall be excluded from the stipulated time limit" (West Bengal RTPS Act, 2013, salient features).
//! Public holidays are Sundays and List-I, declared under the Negotiable Instruments Act, 1881. Days of List-II are
//! offices closed by order of the State, "not declared to be public holidays": they are left out of working days only.

use crate::catalogue::{CatalogueError, rows};
use crate::civil::{Instant, parse_date};
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The file of the catalogue.
const FILE: &str = "holidays.csv";

/// Why a day is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// List-I: a public holiday.
    NiAct,
    /// List-II: offices are closed by order of the State.
    StateOrder,
    /// A day of either list that falls on a Sunday: it excludes nothing more.
    FallsOnSunday,
}

/// A day of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub day: Date,
    /// Its name.
    pub name: String,
    /// Its list.
    pub kind: HolidayKind,
    /// Not seen in an order yet: expected from the year before, or from the press.
    pub probable: bool,
    /// Where it holds; none: in the whole State.
    pub district: Option<String>,
    /// When it was made known, if that is recorded.
    pub notified_at: Option<Instant>,
    /// When it was taken back.
    pub withdrawn_at: Option<Instant>,
}

impl Holiday {
    /// Whether it excludes its day from such days at a place. One of a district holds there alone, and one that was taken
    /// back nowhere.
    pub fn holds(&self, days: Days, district: Option<&str>) -> bool {
        let here = self.district.as_deref().is_none_or(|scope| Some(scope) == district);
        let listed = match self.kind {
            HolidayKind::NiAct => true,
            HolidayKind::StateOrder => days == Days::Working,
            HolidayKind::FallsOnSunday => false,
        };
        here && listed && self.withdrawn_at.is_none()
    }
}

/// Which days a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Days {
    /// `days`, `weeks`, `months`: all but Sundays and List-I.
    Strict,
    /// `working_days`: all but Sundays, List-I, List-II, and Saturdays if the policy says so.
    Working,
}

/// What the law leaves open, as data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Whether a Saturday is a working day. No list names it; offices of the State are closed since 2016.
    pub saturday_works: bool,
}

/// Why a day does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion<'c> {
    /// A Sunday.
    Sunday,
    /// A Saturday, of working days.
    Saturday,
    /// A day of a list.
    Holiday(&'c Holiday),
}

/// The days of the lists, and the policy.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    days: BTreeMap<Date, Vec<Holiday>>,
    settled: BTreeSet<i16>,
    /// What the law leaves open.
    pub policy: Policy,
}

#[derive(Deserialize)]
struct Row {
    date: String,
    name: String,
    kind: String,
    #[serde(default)]
    district: String,
    #[serde(default)]
    notified_at: String,
    #[serde(default)]
    withdrawn_at: String,
}

impl Calendar {
    /// Reads `holidays.csv`: `date,name,kind,source` and, where they are there, `district,notified_at,withdrawn_at`.
    pub fn read(bytes: &[u8]) -> Result<Self, CatalogueError> {
        let mut calendar = Self::default();
        for (place, row) in rows::<Row>(FILE, bytes)?.into_iter().enumerate() {
            let wrong = |words: String| CatalogueError { file: FILE, record: place + 1, words };
            let day = parse_date(&row.date).ok_or_else(|| wrong(format!("`{}` is no day", row.date)))?;
            let (word, probable) = match row.kind.strip_suffix("_probable") {
                Some(word) => (word, true),
                None => (row.kind.as_str(), false),
            };
            let kind = match word {
                "ni_act" => HolidayKind::NiAct,
                "state_order" => HolidayKind::StateOrder,
                "falls_on_sunday" => HolidayKind::FallsOnSunday,
                _ => return Err(wrong(format!("`{}` is no kind of holiday", row.kind))),
            };
            if kind == HolidayKind::FallsOnSunday && day.weekday() != Weekday::Sunday {
                return Err(wrong(format!("{day} is no Sunday")));
            }
            let time = |text: &str| match text {
                "" => Ok(None),
                text => Instant::parse(text).map(Some).ok_or_else(|| wrong(format!("`{text}` is no time"))),
            };
            calendar.add(Holiday {
                day,
                name: row.name,
                kind,
                probable,
                district: (!row.district.is_empty()).then_some(row.district),
                notified_at: time(&row.notified_at)?,
                withdrawn_at: time(&row.withdrawn_at)?,
            });
        }
        Ok(calendar)
    }

    /// Adds a day.
    pub fn add(&mut self, holiday: Holiday) {
        self.days.entry(holiday.day).or_default().push(holiday);
    }

    /// Somebody has seen the whole list of a year. Of the bundled years nobody has: some days are expected only, and two
    /// of 2026 are missing.
    pub fn settle(&mut self, year: i16) {
        self.settled.insert(year);
    }

    /// Takes a holiday back, in the scope in which it was declared.
    pub fn withdraw(&mut self, day: Date, kind: HolidayKind, district: Option<&str>, at: Instant) {
        for holiday in self.days.get_mut(&day).into_iter().flatten() {
            if holiday.kind == kind && holiday.district.as_deref() == district && holiday.withdrawn_at.is_none() {
                holiday.withdrawn_at = Some(at);
            }
        }
    }

    /// The list of a year turns out not to be whole.
    pub fn unsettle(&mut self, year: i16) {
        self.settled.remove(&year);
    }

    /// The years whose lists are whole.
    pub fn settled(&self) -> impl Iterator<Item = i16> {
        self.settled.iter().copied()
    }

    /// What the lists have of a day.
    pub fn on(&self, day: Date) -> &[Holiday] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }

    /// What the lists have of a year, by day.
    pub fn of_year(&self, year: i16) -> impl Iterator<Item = &Holiday> {
        self.days.iter().filter(move |(day, _)| day.year() == year).flat_map(|(_, holidays)| holidays)
    }

    /// Why a day does not count at a place; the reason that holds in any case comes first.
    pub fn exclusion(&self, day: Date, days: Days, district: Option<&str>) -> Option<Exclusion<'_>> {
        if day.weekday() == Weekday::Sunday {
            return Some(Exclusion::Sunday);
        }
        if let Some(holiday) = self.on(day).iter().find(|holiday| holiday.holds(days, district)) {
            return Some(Exclusion::Holiday(holiday));
        }
        let closed = days == Days::Working && !self.policy.saturday_works && day.weekday() == Weekday::Saturday;
        closed.then_some(Exclusion::Saturday)
    }

    /// Whether the whole list of a year is known: a due date that rests on another year is provisional.
    pub fn is_settled(&self, year: i16) -> bool {
        self.settled.contains(&year)
    }
}
