//! The timeline of an application, moment by moment.

use crate::{
    handing::ground_words,
    lang::Lang,
    pages::{board::clock_words, uncollected::moved_words},
    site::Site,
};
use mohor_domain::{civil::Instant, clock::ClockKind, event::EventKind, ladder::Rung, share::HandedTo};
use mohor_ports::ledger::{CentreMove, EventRecord, Fetch, FiredRung, Handed, TakenBack};
use serde_json::Value;

/// A moment of the timeline.
pub(super) struct Moment {
    pub at: Instant,
    pub when: String,
    pub what: String,
    pub who: String,
    pub why: String,
    /// When it came, if that was more than a day away.
    pub received: Option<String>,
    pub rung: bool,
}

/// An event.
pub(super) fn happened(lang: Lang, event: &EventRecord) -> Moment {
    let (en, bn) = match event.kind {
        EventKind::Submitted => ("submitted", "আবেদন জমা"),
        EventKind::Deficient => ("found deficient: the clock stands", "ত্রুটি ধরা পড়েছে: ঘড়ি স্থগিত"),
        EventKind::Resumed => ("resumed", "আবার চালু"),
        EventKind::Started => ("condition met: the clock starts", "শর্ত পূরণ: ঘড়ি শুরু"),
        EventKind::StageCompleted => ("stage completed", "পর্যায় সম্পূর্ণ"),
        EventKind::Transferred => ("transferred to another office", "অন্য কার্যালয়ে স্থানান্তরিত"),
        EventKind::Withdrawn => ("withdrawn by the citizen", "নাগরিক প্রত্যাহার করেছেন"),
        EventKind::Rejected => ("rejected", "প্রত্যাখ্যাত"),
        EventKind::Approved => ("approved", "অনুমোদিত"),
        EventKind::AppealFiled => ("appeal filed", "আপিল দায়ের"),
        EventKind::AppealDecided => ("appeal decided", "আপিলের নিষ্পত্তি"),
        EventKind::ReviewFiled => ("review filed", "পুনর্বিবেচনার আবেদন"),
        EventKind::ReviewDecided => ("review decided", "পুনর্বিবেচনার নিষ্পত্তি"),
        EventKind::RevisionFiled => ("revision filed before the Commission", "কমিশনে সংশোধনী আবেদন"),
        EventKind::RevisionDecided => ("revision decided", "সংশোধনী আবেদনের নিষ্পত্তি"),
        EventKind::Suspend | EventKind::Revoke | EventKind::Restore => (event.kind.as_str(), event.kind.as_str()),
    };
    let data = &event.data;
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let both = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => {
            let (en, bn) = (value["en"].as_str().unwrap_or_default(), value["bn"].as_str());
            lang.pick(en, bn.unwrap_or(en)).to_owned()
        }
    };
    let mut reasons: Vec<String> = data["reasons"].as_array().into_iter().flatten().map(both).collect();
    reasons.extend(data.get("reason").map(both));
    reasons.extend(
        ["stage", "appeal_no", "review_no", "revision_no"]
            .iter()
            .filter_map(|name| data[*name].as_str().map(str::to_owned)),
    );
    if event.kind == EventKind::Transferred {
        reasons.extend(data["office"].as_str().map(str::to_owned));
    }
    let officer = ["/officer", "/approved_by"].iter().find(|pointer| data.pointer(pointer).is_some()).unwrap_or(&"");
    let who: Vec<&str> = ["name", "designation", "officer_id"]
        .iter()
        .map(|member| text(&format!("{officer}/{member}")))
        .filter(|text| !text.is_empty() && !officer.is_empty())
        .collect();
    Moment {
        at: event.at,
        when: lang.time(event.at),
        what: lang.pick(en, bn).to_owned(),
        who: who.join(", "),
        why: reasons.join("; "),
        received: event.late.then(|| lang.time(event.received_at)),
        rung: false,
    }
}

/// A rung in words.
pub(super) fn rung_words(lang: Lang, rung: Rung) -> &'static str {
    let (en, bn) = match rung {
        Rung::DueSoon => ("due soon", "সময় ফুরিয়ে আসছে"),
        Rung::DueToday => ("due today", "আজই শেষ দিন"),
        Rung::Breached => ("the limit is breached", "সময়সীমা পেরিয়েছে"),
        Rung::AppealOpen => ("an appeal is open", "আপিল করা যায়"),
        Rung::ReviewingOfficer => ("told to the Reviewing Officer", "পুনর্বিবেচনা আধিকারিককে জানানো হল"),
        Rung::Met => ("in time", "সময়ের মধ্যে"),
    };
    lang.pick(en, bn)
}

/// A rung that fired.
pub(super) fn fired(lang: Lang, rung: &FiredRung) -> Moment {
    let mut what = rung_words(lang, rung.rung).to_owned();
    if rung.kind != ClockKind::Service {
        let (en, bn) = clock_words(rung.kind);
        what = format!("{what} ({})", format!("{} {}", lang.pick(en, bn), rung.key).trim_end());
    }
    Moment { rung: true, ..plain(lang, rung.moment, &what) }
}

/// The hand-over at the centre.
pub(super) fn handed_over(lang: Lang, handed: &Handed) -> Moment {
    let (en, bn) = match handed.over.ground.to() {
        HandedTo::Applicant => ("handed over to the applicant", "আবেদনকারীকে হস্তান্তর"),
        HandedTo::Representative => ("handed over to a representative", "প্রতিনিধিকে হস্তান্তর"),
    };
    let (ground_en, ground_bn) = ground_words(&handed.over.ground);
    let why = [lang.pick(&ground_en, &ground_bn), handed.over.reference.as_deref().unwrap_or_default()];
    Moment {
        who: handed.actor.clone(),
        why: why.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "),
        ..plain(lang, handed.at, lang.pick(en, bn))
    }
}

/// A hand-over that was taken back: what it was, and that it was taken back.
pub(super) fn taken_back(lang: Lang, back: &TakenBack) -> [Moment; 2] {
    let words = lang.pick("the hand-over was taken back", "হস্তান্তর ফিরিয়ে নেওয়া হয়েছে");
    let undone = Moment { who: back.by.clone(), why: back.reason.clone(), ..plain(lang, back.at, words) };
    [handed_over(lang, &back.handed), undone]
}

/// A citizen fetched the document.
pub(super) fn fetched(lang: Lang, fetch: &Fetch) -> Moment {
    let (en, bn) = match fetch.delivered {
        true => ("delivered online: fetched by the code on the phone", "অনলাইনে দেওয়া হয়েছে: ফোনের কোড দিয়ে ডাউনলোড"),
        false => ("fetched online by the code on the phone", "ফোনের কোড দিয়ে অনলাইনে ডাউনলোড"),
    };
    plain(lang, fetch.at, lang.pick(en, bn))
}

/// What needs no more words.
pub(super) fn plain(lang: Lang, at: Instant, what: &str) -> Moment {
    let when = lang.time(at);
    Moment { at, when, what: what.into(), who: String::new(), why: String::new(), received: None, rung: false }
}

/// It went back to its department, or on to another centre.
pub(super) fn sent(site: &Site, lang: Lang, moved: &CentreMove) -> Moment {
    let (what, why) = moved_words(site, lang, moved);
    Moment { who: moved.actor.clone(), why, ..plain(lang, moved.at, &what) }
}
