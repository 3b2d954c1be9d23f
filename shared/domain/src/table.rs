//! Tables, days, times and limits as papers, pages and workbooks show them: one source of the words and figures for all three.

use crate::{
    catalogue::Name,
    civil::{Instant, date_bn, date_en, digits_bn},
    limit::{Due, Limit, Unit},
};
use jiff::civil::Date;
use serde::Serialize;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it is about.
    pub head: Name,
    /// The head of each column.
    pub columns: Vec<Name>,
    /// The rows, with a cell for each column.
    pub rows: Vec<Vec<Name>>,
    /// The columns after the first hold figures.
    pub figures: bool,
}

impl Table {
    /// Of figures: a name and numbers in each row.
    pub fn figures(head: Name, columns: &[(&str, &str)]) -> Self {
        Self { head, columns: words(columns), rows: vec![], figures: true }
    }

    /// Of words.
    pub fn words(head: Name, columns: &[(&str, &str)]) -> Self {
        Self { figures: false, ..Self::figures(head, columns) }
    }

    /// Adds a row of figures.
    pub fn add(&mut self, name: Name, figures: impl IntoIterator<Item = u64>) {
        let figures = figures.into_iter().map(|figure| Name::same(figure.to_string()));
        self.rows.push([name].into_iter().chain(figures).collect());
    }
}

fn words(columns: &[(&str, &str)]) -> Vec<Name> {
    columns.iter().map(|(en, bn)| Name::new(*en, *bn)).collect()
}

/// A civil day.
pub fn day(day: Date) -> Name {
    Name::new(date_en(day), date_bn(day))
}

/// Day and minute in Asia/Kolkata.
pub fn time(at: Instant) -> Name {
    let time = at.civil().strftime("%H:%M").to_string();
    Name::new(format!("{}, {time}", date_en(at.day())), format!("{}, {}", date_bn(at.day()), digits_bn(&time)))
}

/// From one day to another, both included.
pub fn days(from: Date, until: Date) -> Name {
    if from == until {
        return day(from);
    }
    Name::new(format!("{} to {}", date_en(from), date_en(until)), format!("{} থেকে {}", date_bn(from), date_bn(until)))
}

/// A limit.
pub fn limit(limit: Limit) -> Name {
    let (one, many, bn) = match limit.unit {
        Unit::Days => ("day", "days", "দিন"),
        Unit::WorkingDays => ("working day", "working days", "কর্মদিবস"),
        Unit::Weeks => ("week", "weeks", "সপ্তাহ"),
        Unit::Months => ("month", "months", "মাস"),
        Unit::Minutes => ("minute", "minutes", "মিনিট"),
        Unit::SameDay => return Name::new("the same day", "সেই দিনই"),
    };
    let en = if limit.amount == 1 { one } else { many };
    Name::new(format!("{} {en}", limit.amount), format!("{} {bn}", digits_bn(&limit.amount.to_string())))
}

/// A due day, and that it may move.
pub fn due(due: Due) -> Name {
    let (en, bn) = (date_en(due.day), date_bn(due.day));
    if due.provisional {
        Name::new(format!("{en} (provisional)"), format!("{bn} (সাময়িক)"))
    } else {
        Name::new(en, bn)
    }
}
