//! Changes in words.

use crate::{
    lang::Lang,
    pages::board::{clock_words, service_name},
    site::Site,
};
use mohor_domain::{
    calendar::HolidayKind,
    change::{Change, ChangeState},
    practice::{CountFrom, DefectMemo, Practice},
    rules::DueSoon,
};
use mohor_ports::ledger::ChangeRecord;

/// A list of holidays.
pub(crate) fn list(lang: Lang, kind: HolidayKind) -> &'static str {
    let (en, bn) = match kind {
        HolidayKind::NiAct => ("public holiday (List-I, NI Act)", "সরকারি ছুটি (তালিকা-১, এনআই আইন)"),
        HolidayKind::StateOrder => ("offices closed (List-II, State order)", "কার্যালয় বন্ধ (তালিকা-২, রাজ্য আদেশ)"),
        HolidayKind::FallsOnSunday => ("falls on a Sunday", "রবিবারে পড়েছে"),
    };
    lang.pick(en, bn)
}

/// Where a change stands.
pub(crate) fn state(lang: Lang, state: ChangeState) -> &'static str {
    let (en, bn) = match state {
        ChangeState::Proposed => ("waits for a second person", "দ্বিতীয় ব্যক্তির অপেক্ষায়"),
        ChangeState::Approved => ("approved", "অনুমোদিত"),
        ChangeState::Rejected => ("rejected", "প্রত্যাখ্যাত"),
        ChangeState::Withdrawn => ("taken back", "প্রত্যাহৃত"),
    };
    lang.pick(en, bn)
}

/// A district, or the whole State.
pub(crate) fn scope(site: &Site, lang: Lang, district: Option<&str>) -> String {
    match district {
        None => lang.pick("the whole State", "সারা রাজ্য").into(),
        Some(code) => site.portal.catalogue.districts.get(code).map_or(code.to_owned(), |name| lang.name(name)),
    }
}

/// When "due soon" is told.
pub(crate) fn soon(lang: Lang, soon: DueSoon) -> String {
    match soon {
        DueSoon::Share(hundredths) => format!("{hundredths}% {}", lang.pick("of the limit left", "সময় বাকি থাকতে")),
        DueSoon::DaysBefore(days) => {
            let en = format!("{days} {} before the due day", if days == 1 { "day" } else { "days" });
            lang.pick(&en, &format!("শেষ দিনের {days} দিন আগে")).to_owned()
        }
    }
}

/// How a department counts, in a line.
pub(crate) fn practice(lang: Lang, practice: &Practice) -> String {
    let from = match practice.count_from {
        CountFrom::NextDay => lang.pick("a limit counts from the next day", "সময়সীমা পরের দিন থেকে"),
        CountFrom::SameDay => lang.pick("a limit counts from the day itself", "সময়সীমা ঐ দিন থেকেই"),
    };
    let memo = match practice.defect_memo {
        DefectMemo::Pauses => lang.pick("a defect memo pauses it", "ত্রুটিপত্রে স্থগিত"),
        DefectMemo::RunsOn => lang.pick("it runs on while a defect is mended", "ত্রুটিপত্রেও চলে"),
    };
    let days = match practice.rectify_days {
        0 => lang.pick("no limit for the citizen's answer", "জবাবের সময়সীমা নেই").to_owned(),
        1 => lang.pick("1 day for the citizen's answer", "জবাবের জন্য ১ দিন").to_owned(),
        days => format!("{days} {}", lang.pick("days for the citizen's answer", "দিন জবাবের জন্য")),
    };
    let rejected = match practice.appeal_on_rejection {
        true => lang.pick("the Appellate Officer is told of rejections", "প্রত্যাখ্যান আপিল আধিকারিককে জানানো হয়"),
        false => lang.pick("nobody is told of rejections", "প্রত্যাখ্যান কাউকে জানানো হয় না"),
    };
    [from, memo, &days, rejected].join("; ")
}

/// What a change does, in a line.
pub(crate) fn change(site: &Site, lang: Lang, change: &Change) -> String {
    match change {
        Change::HolidayDeclared { day, name, list: kind, district, .. } => format!(
            "{}: {name}, {} · {} · {}",
            lang.pick("Holiday declared", "ছুটি ঘোষণা"),
            lang.day(*day),
            list(lang, *kind),
            scope(site, lang, district.as_deref())
        ),
        Change::HolidayWithdrawn { day, list: kind, district, .. } => format!(
            "{}: {} · {} · {}",
            lang.pick("Holiday taken back", "ছুটি প্রত্যাহার"),
            lang.day(*day),
            list(lang, *kind),
            scope(site, lang, district.as_deref())
        ),
        Change::YearSettled { year, settled: true, .. } => {
            format!("{} {year}", lang.pick("The list of holidays is whole for", "ছুটির তালিকা সম্পূর্ণ:"))
        }
        Change::YearSettled { year, settled: false, .. } => {
            format!("{} {year}", lang.pick("The list of holidays is not whole for", "ছুটির তালিকা অসম্পূর্ণ:"))
        }
        Change::LimitNotified { department, service, clock, stage, district, limit, effective_from, .. } => {
            let (en, bn) = clock_words(*clock);
            let none = || lang.pick("no limit", "সময়সীমা নেই").to_owned();
            format!(
                "{}: {department} · {} · {} {} · {} · {} {} · {}",
                lang.pick("Limit notified", "সময়সীমা বিজ্ঞাপিত"),
                service_name(site, lang, department, service),
                lang.pick(en, bn),
                stage.as_deref().unwrap_or_default(),
                limit.map_or_else(none, |limit| lang.limit(limit)),
                lang.pick("from", "কার্যকর"),
                lang.day(*effective_from),
                scope(site, lang, district.as_deref())
            )
        }
        Change::PolicyChanged { saturday_works: true, .. } => {
            lang.pick("Saturdays are working days", "শনিবার কর্মদিবস").into()
        }
        Change::PolicyChanged { saturday_works: false, .. } => {
            lang.pick("Saturdays are no working days", "শনিবার কর্মদিবস নয়").into()
        }
        Change::PracticeChanged { department, practice: settled, effective_from, .. } => format!(
            "{}: {department} · {} · {} {}",
            lang.pick("How a department counts", "দপ্তর যেভাবে গোনে"),
            practice(lang, settled),
            lang.pick("from", "কার্যকর"),
            lang.day(*effective_from)
        ),
        Change::LadderChanged { ladder, .. } => format!(
            "{}: {} · {} · {} · {:02}:{:02}",
            lang.pick(
                "Ladder (due soon, appeal after days, review after days, offices open)",
                "ধাপ (শীঘ্র শেষ, আপিলের দিন, পুনর্বিবেচনার দিন, কার্যালয় খোলা)"
            ),
            soon(lang, ladder.due_soon),
            ladder.appeal_after_days,
            ladder.review_after_days,
            ladder.office_opens / 60,
            ladder.office_opens % 60
        ),
    }
}

/// The paper that a change rests on.
pub(crate) fn paper(change: &Change) -> String {
    match change {
        Change::HolidayDeclared { order, .. }
        | Change::HolidayWithdrawn { order, .. }
        | Change::YearSettled { order, .. }
        | Change::PolicyChanged { order, .. }
        | Change::PracticeChanged { order, .. }
        | Change::LadderChanged { order, .. } => order.clone(),
        Change::LimitNotified { notification, source, .. } => format!("{notification} ({source})"),
    }
}

/// Why a due day moved.
pub(crate) fn because(site: &Site, lang: Lang, record: &ChangeRecord) -> String {
    format!("{} ({})", change(site, lang, &record.what), paper(&record.what))
}
