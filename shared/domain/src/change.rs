//! Changes of the rules: what one person proposes and another approves. A change is data; the rules in force are those of
//! the catalogue and the configuration with every approved change applied, in the order of approval.

use crate::{
    calendar::{Holiday, HolidayKind},
    civil::{Instant, end_of},
    clock::ClockKind,
    limit::Limit,
    practice::Practice,
    rules::{Ladder, Rule, Rules},
    words::words,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

mod check;
mod force;

pub use check::Wrong;
pub use force::{InForce, Move};

words! {
    /// Where a change stands.
    ChangeState {
        /// It waits for a second person.
        Proposed = "proposed",
        /// A second person has approved it: it is in force.
        Approved = "approved",
        /// A second person has refused it.
        Rejected = "rejected",
        /// Whoever proposed it has taken it back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What open clocks need after a change.
    Way {
        /// Their rows hold all that is needed: limit, start, pauses.
        Settle = "settle",
        /// They are derived anew from what happened to their applications.
        Derive = "derive",
    }
}

/// A change of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A day is declared a holiday.
    HolidayDeclared {
        /// The day.
        day: Date,
        /// Its name.
        name: String,
        /// Its list.
        list: HolidayKind,
        /// Where it holds; none: in the whole State.
        district: Option<String>,
        /// The day on which it was made known.
        notified_on: Date,
        /// Number and date of the order.
        order: String,
    },
    /// A holiday is taken back, in the scope in which it was declared.
    HolidayWithdrawn {
        /// The day.
        day: Date,
        /// Its list.
        list: HolidayKind,
        /// Where it held; none: in the whole State.
        district: Option<String>,
        /// The day on which it was taken back.
        withdrawn_on: Date,
        /// Number and date of the order.
        order: String,
    },
    /// Somebody has compared a year's list with the orders and found it whole; or finds that it is not.
    YearSettled {
        /// The year.
        year: i16,
        /// Whether its list is whole.
        settled: bool,
        /// What it was compared with.
        order: String,
    },
    /// A limit is notified: it is in force from its day on, beside the older ones.
    LimitNotified {
        /// Letters of the department.
        department: String,
        /// The service's slug.
        service: String,
        /// Which clock it is of.
        clock: ClockKind,
        /// The stage's slug, of a staged clock.
        stage: Option<String>,
        /// Where it holds; none: wherever no limit names the district.
        district: Option<String>,
        /// The limit; none: the notification gives none.
        limit: Option<Limit>,
        /// What must be met before the clock starts; none: it starts with the submission.
        starts: Option<String>,
        /// In force from this day.
        effective_from: Date,
        /// Number and date of the notification.
        notification: String,
        /// Where it can be read.
        source: String,
    },
    /// What the law leaves open about days.
    PolicyChanged {
        /// Whether a Saturday is a working day.
        saturday_works: bool,
        /// Why, or by which order.
        order: String,
    },
    /// How a department counts what begins on a day or later.
    PracticeChanged {
        /// Letters of the department.
        department: String,
        /// The practice, whole.
        practice: Practice,
        /// From this day on.
        effective_from: Date,
        /// Why, or by which order.
        order: String,
    },
    /// When rungs fire.
    LadderChanged {
        /// The windows.
        ladder: Ladder,
        /// Why, or by which order.
        order: String,
    },
}

/// 00:00 of a day.
fn start_of(day: Date) -> Instant {
    day.yesterday().map_or(Instant::from_millis(0), end_of)
}

impl Change {
    /// What it is, in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::HolidayDeclared { .. } => "holiday_declared",
            Self::HolidayWithdrawn { .. } => "holiday_withdrawn",
            Self::YearSettled { .. } => "year_settled",
            Self::LimitNotified { .. } => "limit_notified",
            Self::PolicyChanged { .. } => "policy_changed",
            Self::PracticeChanged { .. } => "practice_changed",
            Self::LadderChanged { .. } => "ladder_changed",
        }
    }

    /// What open clocks need after it.
    pub fn way(&self) -> Way {
        match self {
            Self::LimitNotified { .. } | Self::PracticeChanged { .. } => Way::Derive,
            _ => Way::Settle,
        }
    }

    /// Whose applications are derived anew after it, by department and service; without a service: all of the department's.
    pub fn derives(&self, rules: &Rules) -> Vec<(String, Option<String>)> {
        match self {
            Self::LimitNotified { department, service, .. } => {
                let sharing = rules.sharing(&rules.row(department, service));
                sharing.into_iter().map(|(department, service)| (department, Some(service))).collect()
            }
            Self::PracticeChanged { department, .. } => vec![(department.clone(), None)],
            _ => vec![],
        }
    }

    /// Changes the rules.
    pub fn apply(&self, rules: &mut Rules) {
        match self.clone() {
            Self::HolidayDeclared { day, name, list, district, notified_on, order: _ } => {
                let notified_at = Some(start_of(notified_on));
                let probable = false;
                rules.calendar.add(Holiday {
                    day,
                    name,
                    kind: list,
                    probable,
                    district,
                    notified_at,
                    withdrawn_at: None,
                });
            }
            Self::HolidayWithdrawn { day, list, district, withdrawn_on, order: _ } => {
                rules.calendar.withdraw(day, list, district.as_deref(), start_of(withdrawn_on));
            }
            Self::YearSettled { year, settled: true, .. } => rules.calendar.settle(year),
            Self::YearSettled { year, settled: false, .. } => rules.calendar.unsettle(year),
            Self::LimitNotified {
                department,
                service,
                clock,
                stage,
                district,
                limit,
                starts,
                effective_from,
                notification,
                source,
            } => {
                let (department, service) = rules.row(&department, &service);
                let effective_from = Some(effective_from);
                rules.add(
                    &department,
                    &service,
                    Rule { clock, stage, district, limit, starts, effective_from, notification, source },
                );
            }
            Self::PolicyChanged { saturday_works, .. } => rules.calendar.policy.saturday_works = saturday_works,
            Self::PracticeChanged { department, practice, effective_from, order: _ } => {
                rules.settle_practice(&department, effective_from, practice);
            }
            Self::LadderChanged { ladder, .. } => rules.ladder = ladder,
        }
    }
}
