//! What clocks are counted by: the limits of the notified services, the calendar, and the ladder.
//!
//! A limit is versioned by the day on which its notification took effect, and an application keeps the one that was in
//! force on the day it was submitted (West Bengal RTPS Act, 2013: limits are notified per service).

use crate::{
    calendar::Calendar,
    catalogue::{CatalogueError, rows},
    civil::parse_date,
    clock::ClockKind,
    limit::{Limit, Unit},
    practice::Practice,
    share::Terms,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::RangeInclusive};

/// The file of the catalogue.
const FILE: &str = "limits.csv";

/// A limit as a notification states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which clock it is of.
    pub clock: ClockKind,
    /// The stage's slug, of a staged clock.
    pub stage: Option<String>,
    /// Where it holds; none: wherever no row names the district.
    pub district: Option<String>,
    /// The limit; none: nobody has seen one.
    pub limit: Option<Limit>,
    /// What must be met before the clock starts, in the notification's words; none: it starts with the submission.
    pub starts: Option<String>,
    /// In force from this day; none: it is not known since when.
    pub effective_from: Option<Date>,
    /// Number and date of the notification.
    pub notification: String,
    /// Where it was read.
    pub source: String,
}

/// When a limit is "due soon": by what is left of it, or by its due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueSoon {
    /// When so many hundredths of the days that count are left, rounded up and two days at least. A limit that is no
    /// longer than that is never due soon.
    Share(u8),
    /// So many whole days of the civil calendar before the due day, those that are left out included; from the start,
    /// where the due day is nearer than that when the clock begins. What is due on the day of its start is never due soon.
    DaysBefore(u16),
}

impl DueSoon {
    /// The hundredths that a share may be.
    pub const HUNDREDTHS: RangeInclusive<u8> = 0..=100;
    /// The days before the due day that can be chosen.
    pub const DAYS: RangeInclusive<u16> = 1..=60;

    /// Whether the number is one that can be chosen.
    pub fn is_in_range(self) -> bool {
        match self {
            Self::Share(hundredths) => Self::HUNDREDTHS.contains(&hundredths),
            Self::DaysBefore(days) => Self::DAYS.contains(&days),
        }
    }
}

/// When the rungs of the ladder fire. The Act gives no windows for appeal and review: these are settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Ladder {
    /// When "due soon" is told.
    pub due_soon: DueSoon,
    /// Days after the breach from which an appeal to the Appellate Officer is open. 0: from the breach on, since who was not
    /// given the service within the limit may appeal (Salient Features of the Act). An appeal that is not decided within its
    /// own limit comes to the Reviewing Officer so many days later.
    pub appeal_after_days: u16,
    /// Days after the breach from which the Reviewing Officer is told.
    pub review_after_days: u16,
    /// When offices open, in minutes after midnight: what is not urgent is told by mail then.
    pub office_opens: u16,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { due_soon: DueSoon::Share(20), appeal_after_days: 0, review_after_days: 15, office_opens: 600 }
    }
}

/// A ladder as changes in a ledger have it. Those that were recorded before there were days have a share.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_soon_percent: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_soon_days: Option<u16>,
    appeal_after_days: u16,
    review_after_days: u16,
    office_opens: u16,
}

impl From<Ladder> for Written {
    fn from(ladder: Ladder) -> Self {
        let Ladder { due_soon, appeal_after_days, review_after_days, office_opens } = ladder;
        let (due_soon_percent, due_soon_days) = match due_soon {
            DueSoon::Share(hundredths) => (Some(hundredths), None),
            DueSoon::DaysBefore(days) => (None, Some(days)),
        };
        Self { due_soon_percent, due_soon_days, appeal_after_days, review_after_days, office_opens }
    }
}

impl TryFrom<Written> for Ladder {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { due_soon_percent, due_soon_days, appeal_after_days, review_after_days, office_opens } = written;
        let due_soon = match (due_soon_percent, due_soon_days) {
            (Some(hundredths), None) => DueSoon::Share(hundredths),
            (None, Some(days)) => DueSoon::DaysBefore(days),
            _ => return Err("a ladder has one of `due_soon_percent` and `due_soon_days`"),
        };
        Ok(Self { due_soon, appeal_after_days, review_after_days, office_opens })
    }
}

/// Limits, calendar and ladder.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    limits: BTreeMap<(String, String), Vec<Rule>>,
    aliases: BTreeMap<(String, String), (String, String)>,
    practices: BTreeMap<String, Vec<(Date, Practice)>>,
    /// How departments count that have not settled it otherwise.
    pub practice: Practice,
    /// The days that are left out.
    pub calendar: Calendar,
    /// When rungs fire.
    pub ladder: Ladder,
    /// Limits of the pipeline and of the centre, and what provides a service.
    pub terms: Terms,
}

#[derive(Deserialize)]
struct Row {
    department: String,
    service: String,
    clock: String,
    stage: String,
    district: String,
    limit: Option<u32>,
    limit_unit: String,
    starts: String,
    effective_from: String,
    notification: String,
    source: String,
}

impl Rules {
    /// Reads `limits.csv`. Stages of a service stand in the order in which they run.
    pub fn read(limits: &[u8], calendar: Calendar, ladder: Ladder) -> Result<Self, CatalogueError> {
        let mut rules = Self { calendar, ladder, ..Self::default() };
        for (place, row) in rows::<Row>(FILE, limits)?.into_iter().enumerate() {
            let wrong = |words: String| CatalogueError { file: FILE, record: place + 1, words };
            let text = |text: String| (!text.is_empty()).then_some(text);
            let clock = ClockKind::from_word(&row.clock).filter(|clock| clock.of_the_act());
            let clock = clock.ok_or_else(|| wrong(format!("`{}` is no clock of a notification", row.clock)))?;
            let limit = match (row.limit, Unit::from_word(&row.limit_unit)) {
                (Some(amount), Some(unit)) if unit != Unit::Minutes => Some(Limit { amount, unit }),
                (None, None) if row.limit_unit.is_empty() => None,
                _ => return Err(wrong(format!("`{}` is no unit of this limit", row.limit_unit))),
            };
            let effective_from = match row.effective_from.as_str() {
                "" => None,
                day => Some(parse_date(day).ok_or_else(|| wrong(format!("`{day}` is no day")))?),
            };
            let stage = text(row.stage);
            if stage.is_some() != (clock == ClockKind::Stage) {
                return Err(wrong("a stage has a name, and nothing else has".into()));
            }
            rules.add(
                &row.department,
                &row.service,
                Rule {
                    clock,
                    stage,
                    district: text(row.district),
                    limit,
                    starts: text(row.starts),
                    effective_from,
                    notification: row.notification,
                    source: row.source,
                },
            );
        }
        Ok(rules)
    }

    /// Adds a limit.
    pub fn add(&mut self, department: &str, service: &str, rule: Rule) {
        self.limits.entry((department.to_owned(), service.to_owned())).or_default().push(rule);
    }

    /// From a day on a department counts so.
    pub fn settle_practice(&mut self, department: &str, from: Date, practice: Practice) {
        self.practices.entry(department.to_owned()).or_default().push((from, practice));
    }

    /// How a department counts what begins on a day: as it settled last for that day or one before.
    pub fn practice(&self, department: &str, on: Date) -> Practice {
        let own = self.practices.get(department).into_iter().flatten().filter(|(from, _)| *from <= on);
        own.max_by_key(|(from, _)| *from).map_or(self.practice, |(_, practice)| *practice)
    }

    /// Every department that has settled something, in order, with what it settled.
    pub fn practices(&self) -> impl Iterator<Item = (&str, &[(Date, Practice)])> {
        self.practices.iter().map(|(department, settled)| (department.as_str(), settled.as_slice()))
    }

    /// A service whose limits are those of another row of the catalogue.
    pub fn alias(&mut self, department: &str, service: &str, row: (String, String)) {
        self.aliases.insert((department.to_owned(), service.to_owned()), row);
    }

    /// Every row of a service, in the order of the catalogue.
    pub fn of(&self, department: &str, service: &str) -> &[Rule] {
        let key = (department.to_owned(), service.to_owned());
        let key = self.aliases.get(&key).unwrap_or(&key);
        self.limits.get(key).map_or(&[], Vec::as_slice)
    }

    /// The department and service under which the limits of a service are kept.
    pub fn row(&self, department: &str, service: &str) -> (String, String) {
        let key = (department.to_owned(), service.to_owned());
        self.aliases.get(&key).cloned().unwrap_or(key)
    }

    /// Every service that has these limits: the row's own, and those that go by it.
    pub fn sharing(&self, row: &(String, String)) -> Vec<(String, String)> {
        let by_it = self.aliases.iter().filter(|(_, to)| *to == row).map(|(from, _)| from.clone());
        let own = Some(row.clone()).filter(|row| !self.aliases.contains_key(row));
        own.into_iter().chain(by_it).collect()
    }

    /// The services of a department that have limits of their own, in order, with their rows.
    pub fn of_department(&self, department: &str) -> impl Iterator<Item = (&str, &[Rule])> {
        let own = self.limits.iter().filter(move |((of, _), _)| of == department);
        own.map(|((_, service), rows)| (service.as_str(), rows.as_slice()))
    }

    /// The limit in force on a day: of the rows that hold there the one that took effect last, and of two of one day the
    /// one that names the district.
    pub fn rule(
        &self,
        (department, service): (&str, &str),
        clock: ClockKind,
        stage: Option<&str>,
        district: Option<&str>,
        on: Date,
    ) -> Option<&Rule> {
        self.of(department, service)
            .iter()
            .filter(|rule| rule.clock == clock && rule.stage.as_deref() == stage)
            .filter(|rule| rule.district.is_none() || rule.district.as_deref() == district)
            .filter(|rule| rule.effective_from.is_none_or(|from| from <= on))
            .max_by_key(|rule| (rule.effective_from, rule.district.is_some()))
    }

    /// Every stage that a service has or had, whatever the day; none: it was never staged.
    pub fn stage_names(&self, department: &str, service: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for stage in self.of(department, service).iter().filter_map(|rule| rule.stage.as_ref()) {
            if !names.contains(stage) {
                names.push(stage.clone());
            }
        }
        names
    }

    /// The stages of a staged clock on a day, in running order; none: the clock is not staged.
    pub fn stages(&self, department: &str, service: &str, on: Date) -> Vec<&str> {
        let mut stages: Vec<&str> = Vec::new();
        for rule in self.of(department, service) {
            if let Some(stage) = &rule.stage
                && rule.effective_from.is_none_or(|from| from <= on)
                && !stages.contains(&stage.as_str())
            {
                stages.push(stage);
            }
        }
        stages
    }
}
