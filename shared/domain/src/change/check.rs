//! Whether a change can be made: its texts, its days, and that what it names exists.

use super::Change;
use crate::{
    calendar::{Calendar, HolidayKind},
    catalogue::Catalogue,
    clock::ClockKind,
    limit::{Limit, Unit},
    practice::Practice,
    rules::{DueSoon, Rules},
    text,
};
use jiff::civil::{Date, Weekday};

/// Characters of a name, at most.
const NAME: usize = 100;
/// Characters of an order, a notification, a condition or a source, at most.
const WORDS: usize = 300;
/// Years of which rules are kept.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The member that is wrong.
    pub field: String,
    /// The rule and the next step.
    pub en: String,
    /// The same.
    pub bn: &'static str,
}

fn wrong<T>(field: &str, en: impl Into<String>, bn: &'static str) -> Result<T, Wrong> {
    Err(Wrong { field: field.into(), en: en.into(), bn })
}

impl Change {
    /// The change with its texts composed (NFC), if it can be made to these rules.
    pub fn checked(&self, rules: &Rules, catalogue: &Catalogue) -> Result<Self, Wrong> {
        let unreadable = |_| Wrong {
            field: "change".into(),
            en: "the change cannot be read; fill the form in again".into(),
            bn: "পরিবর্তনটি পড়া যাচ্ছে না",
        };
        let mut value = serde_json::to_value(self).map_err(unreadable)?;
        if let Err(refusal) = text::normalise(&mut value, "") {
            let field = refusal.pointer.trim_start_matches('/').to_owned();
            let en = format!("`{field}`: {}; write it with letters that can be printed", refusal.reason_en);
            return wrong(&field, en, "লেখাটিতে ছাপার অযোগ্য অক্ষর আছে, অথবা কিছুই লেখা নেই");
        }
        let change: Self = serde_json::from_value(value).map_err(unreadable)?;
        change.fits(rules, catalogue)?;
        Ok(change)
    }

    fn fits(&self, rules: &Rules, catalogue: &Catalogue) -> Result<(), Wrong> {
        let calendar = &rules.calendar;
        match self {
            Self::HolidayDeclared { day, name, list, district, notified_on, order } => {
                short("name", name, NAME)?;
                short("order", order, WORDS)?;
                in_years("day", *day)?;
                in_years("notified_on", *notified_on)?;
                listed(*list)?;
                known(district.as_deref(), catalogue)?;
                if day.weekday() == Weekday::Sunday {
                    return wrong("day", format!("{day} is a Sunday, which is left out anyway"), "রবিবার এমনিতেই বাদ যায়");
                }
                if holds(calendar, *day, *list, district.as_deref()) {
                    let en = format!("{day} stands in this list for this place already; nothing is to be declared");
                    return wrong("day", en, "দিনটি এই তালিকায় আগে থেকেই আছে");
                }
                Ok(())
            }
            Self::HolidayWithdrawn { day, list, district, withdrawn_on, order } => {
                short("order", order, WORDS)?;
                in_years("withdrawn_on", *withdrawn_on)?;
                listed(*list)?;
                known(district.as_deref(), catalogue)?;
                if !holds(calendar, *day, *list, district.as_deref()) {
                    let en = format!("{day} is no holiday of this list for this place; choose one of the calendar");
                    return wrong("day", en, "এই তালিকায় এই জায়গার জন্য দিনটি ছুটি নয়");
                }
                Ok(())
            }
            Self::YearSettled { year, settled, order } => {
                short("order", order, WORDS)?;
                if !YEARS.contains(year) {
                    return wrong("year", "`year` is 2000 to 2100", "বছর ২০০০ থেকে ২১০০");
                }
                if calendar.is_settled(*year) == *settled {
                    return wrong(
                        "settled",
                        format!("the list of {year} stands so already"),
                        "বছরের তালিকা আগে থেকেই এমন",
                    );
                }
                Ok(())
            }
            Self::LimitNotified { .. } => self.limit_fits(rules, catalogue),
            Self::PolicyChanged { saturday_works, order } => {
                short("order", order, WORDS)?;
                if calendar.policy.saturday_works == *saturday_works {
                    return wrong(
                        "saturday_works",
                        "the policy about Saturdays is so already",
                        "শনিবারের নীতি আগে থেকেই এমন",
                    );
                }
                Ok(())
            }
            Self::PracticeChanged { department, practice, effective_from, order } => {
                short("order", order, WORDS)?;
                in_years("effective_from", *effective_from)?;
                if !catalogue.departments.contains_key(department) {
                    let en = format!("`{department}` is no department; schemas/catalogue/departments.csv lists them");
                    return wrong("department", en, "এমন কোনো দপ্তর নেই");
                }
                if !Practice::RECTIFY_DAYS.contains(&practice.rectify_days) {
                    return wrong("rectify_days", "`rectify_days` is 0 to 366 days", "দিনের সংখ্যা ০ থেকে ৩৬৬");
                }
                if rules.practice(department, *effective_from) == *practice {
                    let en = format!("{department} counts what begins on {effective_from} so already");
                    return wrong("practice", en, "দপ্তরটি ঐ দিন থেকে এমনভাবেই গোনে");
                }
                Ok(())
            }
            Self::LadderChanged { ladder, order } => {
                short("order", order, WORDS)?;
                if !ladder.due_soon.is_in_range() {
                    return match ladder.due_soon {
                        DueSoon::Share(_) => {
                            wrong("due_soon", "`due_soon` is 0 to 100 hundredths of the limit", "শতাংশ ০ থেকে ১০০")
                        }
                        DueSoon::DaysBefore(_) => wrong(
                            "due_soon",
                            "`due_soon` is 1 to 60 days before the due day",
                            "শেষ দিনের ১ থেকে ৬০ দিন আগে",
                        ),
                    };
                }
                for (field, days) in
                    [("appeal_after_days", ladder.appeal_after_days), ("review_after_days", ladder.review_after_days)]
                {
                    if days > 366 {
                        return wrong(field, format!("`{field}` is 0 to 366 days"), "দিনের সংখ্যা ০ থেকে ৩৬৬");
                    }
                }
                if ladder.office_opens >= 24 * 60 {
                    return wrong("office_opens", "`office_opens` is a time of day", "সময়টি দিনের একটি সময় নয়");
                }
                if rules.ladder == *ladder {
                    return wrong("ladder", "the ladder has these windows already", "ধাপগুলি আগে থেকেই এমন");
                }
                Ok(())
            }
        }
    }

    fn limit_fits(&self, rules: &Rules, catalogue: &Catalogue) -> Result<(), Wrong> {
        let Self::LimitNotified {
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
        } = self
        else {
            return Ok(());
        };
        if catalogue.service(department, service).is_none() && rules.of(department, service).is_empty() {
            let en = format!("{department} has no service `{service}`; schemas/catalogue/services.csv lists them");
            return wrong("service", en, "এই দপ্তরের এমন কোনো পরিষেবা নেই");
        }
        if !clock.of_the_act() {
            let en = "`clock` is service, stage, appeal, review or revision: of the others no limit is notified";
            return wrong("clock", en, "এই ঘড়ির কোনো সময়সীমা বিজ্ঞাপিত হয় না");
        }
        known(district.as_deref(), catalogue)?;
        in_years("effective_from", *effective_from)?;
        short("notification", notification, WORDS)?;
        short("source", source, WORDS)?;
        if let Some(starts) = starts {
            short("starts", starts, WORDS)?;
            if *clock != ClockKind::Service {
                return wrong("starts", "only the clock of a service waits for a condition", "শর্ত শুধু পরিষেবার ঘড়ির জন্য");
            }
        }
        if stage.is_some() != (*clock == ClockKind::Stage) {
            return wrong("stage", "a stage has a name, and no other clock has one", "শুধু পর্যায়ের ঘড়ির নাম থাকে");
        }
        let slug = |text: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..=64).contains(&text.len()) && text.chars().all(plain)
        };
        if stage.as_deref().is_some_and(|stage| !slug(stage)) {
            let en = "`stage` has 1 to 64 small letters, digits and hyphens, as the department's events name it";
            return wrong("stage", en, "পর্যায়ের নামে ছোট হাতের ইংরেজি অক্ষর, সংখ্যা ও হাইফেন থাকে");
        }
        if let Some(Limit { amount, unit }) = limit {
            let most = match unit {
                Unit::SameDay => 0,
                Unit::Minutes => {
                    return wrong("unit", "no notification counts in `minutes`", "মিনিটে কোনো সময়সীমা বিজ্ঞাপিত হয় না");
                }
                Unit::Days | Unit::WorkingDays => 3_660,
                Unit::Weeks => 520,
                Unit::Months => 120,
            };
            if *amount > most || (*amount == 0 && *unit != Unit::SameDay) {
                let en = format!("`amount` of {} is {} to {most}", unit.as_str(), most.min(1));
                return wrong("amount", en, "সময়সীমার সংখ্যাটি এই এককে চলে না");
            }
        }
        let same = |rule: &crate::rules::Rule| {
            rule.clock == *clock
                && rule.stage == *stage
                && rule.district == *district
                && rule.effective_from == Some(*effective_from)
                && rule.limit == *limit
                && rule.starts == *starts
        };
        if rules.of(department, service).iter().any(same) {
            return wrong(
                "limit",
                "this limit is in force from that day already",
                "এই সময়সীমা ঐ দিন থেকে আগে থেকেই আছে",
            );
        }
        Ok(())
    }
}

fn holds(calendar: &Calendar, day: Date, list: HolidayKind, district: Option<&str>) -> bool {
    calendar.on(day).iter().any(|holiday| {
        holiday.kind == list && holiday.district.as_deref() == district && holiday.withdrawn_at.is_none()
    })
}

fn short(field: &str, text: &str, most: usize) -> Result<(), Wrong> {
    if text.trim().is_empty() || text.chars().count() > most {
        return wrong(field, format!("`{field}` has 1 to {most} characters"), "লেখাটি নেই, অথবা খুব লম্বা");
    }
    Ok(())
}

fn in_years(field: &str, day: Date) -> Result<(), Wrong> {
    if !YEARS.contains(&day.year()) {
        return wrong(field, format!("`{field}` lies in the years 2000 to 2100"), "তারিখটি ২০০০ থেকে ২১০০ সালের মধ্যে নয়");
    }
    Ok(())
}

fn listed(list: HolidayKind) -> Result<(), Wrong> {
    if list == HolidayKind::FallsOnSunday {
        return wrong("list", "`list` is ni_act or state_order", "তালিকাটি এন আই আইন বা রাজ্য আদেশের নয়");
    }
    Ok(())
}

fn known(district: Option<&str>, catalogue: &Catalogue) -> Result<(), Wrong> {
    match district {
        Some(code) if !catalogue.districts.contains_key(code) => {
            let en = format!("`{code}` is no district; schemas/catalogue/districts.csv lists them");
            wrong("district", en, "এমন কোনো জেলা নেই")
        }
        _ => Ok(()),
    }
}
