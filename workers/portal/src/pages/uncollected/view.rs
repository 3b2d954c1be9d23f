//! A certificate that waits, in words.

use crate::{lang::Lang, pages::board::service_name, site::Site};
use jiff::civil::Date;
use mohor_domain::{
    civil::digits_bn,
    tray::TrayState,
    uncollected::{RerouteReason, ReturnReason},
};
use mohor_ports::ledger::{CentreMove, Waiting};

/// As the list has it.
pub(super) struct Line {
    pub id: String,
    pub department: String,
    pub service: String,
    pub application_no: String,
    pub docket_no: String,
    pub centre: String,
    pub district: String,
    pub since: String,
    pub days: String,
    pub state: &'static str,
    pub reminders: String,
}

pub(super) fn count(lang: Lang, number: impl ToString) -> String {
    let text = number.to_string();
    lang.pick(&text, &digits_bn(&text)).to_owned()
}

/// A centre by its name and code.
pub(super) fn centre(site: &Site, code: &str) -> String {
    site.portal.catalogue.bsks.get(code).map_or_else(|| code.to_owned(), |found| format!("{} ({code})", found.name))
}

pub(super) fn line(site: &Site, lang: Lang, row: Waiting, today: Date) -> Line {
    let district = row.district.clone().unwrap_or_default();
    Line {
        id: row.application.to_string(),
        service: service_name(site, lang, &row.department, row.service.as_deref().unwrap_or_default()),
        centre: centre(site, &row.bsk),
        district: site.portal.catalogue.districts.get(&district).map_or(district, |name| lang.name(name)),
        since: lang.time(row.since),
        days: count(lang, row.days(today)),
        state: state_words(lang, row.state),
        reminders: count(lang, row.reminders),
        department: row.department,
        application_no: row.application_no,
        docket_no: row.docket_no.unwrap_or_default(),
    }
}

fn state_words(lang: Lang, state: TrayState) -> &'static str {
    let (en, bn) = match state {
        TrayState::Ready => ("not printed", "ছাপা হয়নি"),
        TrayState::Printed => ("printed", "ছাপা হয়েছে"),
        TrayState::HandedOver => ("handed over", "হস্তান্তরিত"),
        TrayState::Returned => ("went back to the department", "দপ্তরে ফেরত গেছে"),
    };
    lang.pick(en, bn)
}

pub(crate) fn return_words(lang: Lang, reason: ReturnReason) -> &'static str {
    let (en, bn) = match reason {
        ReturnReason::NotFetched => ("nobody fetched it", "কেউ নিতে আসেননি"),
        ReturnReason::Unwanted => ("the applicant does not want it any more", "আবেদনকারী আর এটি চান না"),
        ReturnReason::NotFound => ("the applicant cannot be found", "আবেদনকারীকে পাওয়া যাচ্ছে না"),
        ReturnReason::Other => ("another reason", "অন্য কারণ"),
    };
    lang.pick(en, bn)
}

pub(crate) fn reroute_words(lang: Lang, reason: RerouteReason) -> &'static str {
    let (en, bn) = match reason {
        RerouteReason::CentreClosed => ("the centre has closed", "কেন্দ্রটি বন্ধ হয়েছে"),
        RerouteReason::CitizenAsked => ("the applicant asked for it", "আবেদনকারী চেয়েছেন"),
        RerouteReason::WrongCentre => ("the application named the wrong centre", "আবেদনে ভুল কেন্দ্র ছিল"),
        RerouteReason::Other => ("another reason", "অন্য কারণ"),
    };
    lang.pick(en, bn)
}

/// What was done, and why.
pub(crate) fn moved_words(site: &Site, lang: Lang, moved: &CentreMove) -> (String, String) {
    let from = centre(site, &moved.from);
    let (what, reason) = match &moved.to {
        None => {
            let reason = ReturnReason::from_word(moved.reason).map(|reason| return_words(lang, reason));
            let what = match lang {
                Lang::En => format!("went back to the department from {from}"),
                Lang::Bn => format!("{from} থেকে দপ্তরে ফেরত গেছে"),
            };
            (what, reason)
        }
        Some(to) => {
            let (to, reason) = (centre(site, to), RerouteReason::from_word(moved.reason));
            let what = match lang {
                Lang::En => format!("sent on from {from} to {to}"),
                Lang::Bn => format!("{from} থেকে {to}-এ পাঠানো হয়েছে"),
            };
            (what, reason.map(|reason| reroute_words(lang, reason)))
        }
    };
    let why: Vec<&str> = [reason, moved.note.as_deref()].into_iter().flatten().collect();
    (what, why.join(" · "))
}
