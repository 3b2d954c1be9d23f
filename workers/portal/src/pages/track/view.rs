//! Where an application stands, in words for whoever applied. Names are masked, and of a phone number its end is the most.

use crate::{
    fault::Fault,
    lang::Lang,
    pages::{Shell, board::service_name},
    site::Site,
    tracking::Named,
};
use askama::Template;
use mohor_domain::{
    application::State,
    catalogue::Name,
    certificate::Standing,
    civil::{Instant, parse_date},
    clock::{ClockKind, ClockState},
    event::EventKind,
    phone::Phone,
    text::mask_name,
    uin::Uin,
};
use mohor_ports::ledger::{CentreMove, Certificate, ClockRecord, EventRecord, FullRecord};
use serde_json::Value;

/// English and Bengali.
pub(super) type Words = (&'static str, &'static str);

/// Everything that is known of it.
pub(super) struct Seen {
    named: Named,
    record: FullRecord,
    clocks: Vec<ClockRecord>,
    certificate: Option<Certificate>,
    /// The centre's notice went back or on, in order.
    moves: Vec<CentreMove>,
    now: Instant,
}

impl Seen {
    /// Reads it.
    pub async fn of(site: &Site, named: Named) -> Result<Self, Fault> {
        let (portal, id) = (&site.portal, named.tracked.application);
        let record = portal.board.full_record(id).await.map_err(Fault::port)?.ok_or_else(Fault::not_found)?;
        let certificate = match record.uin {
            Some(uin) => portal.register.certificate(uin).await.map_err(Fault::port)?,
            None => None,
        };
        let moves = match record.uin {
            Some(uin) => portal.uncollected.centre_moves(uin).await.map_err(Fault::port)?,
            None => vec![],
        };
        let clocks = portal.clocks.clocks(id).await.map_err(Fault::port)?;
        let now = portal.inbox.now().await.map_err(Fault::port)?;
        Ok(Self { named, record, clocks, certificate, moves, now })
    }

    /// The centre where the certificate lies by now, or where it was applied for.
    fn centre(&self) -> Option<&String> {
        let went_to = self.moves.iter().rev().find_map(|moved| moved.to.as_ref());
        went_to.or(self.record.found.place.bsk.as_ref())
    }

    /// When it went back to its department and not on again.
    fn returned_at(&self) -> Option<Instant> {
        self.moves.last().filter(|moved| moved.to.is_none()).map(|moved| moved.at)
    }

    /// The number of the document that can be fetched.
    pub fn document(&self) -> Option<Uin> {
        let live = self.certificate.as_ref().is_some_and(|it| it.standing == Standing::Live);
        self.record.uin.filter(|_| live && self.record.ready_at.is_some())
    }

    /// Its digest.
    pub fn sha256(&self) -> Option<&str> {
        self.certificate.as_ref()?.sha256.as_deref()
    }

    /// The clock of the service, and the one of the stage that runs.
    fn of_the_act(&self) -> impl Iterator<Item = &ClockRecord> {
        self.clocks.iter().filter(|it| match it.clock.kind {
            ClockKind::Service => true,
            ClockKind::Stage => it.clock.state != ClockState::Stopped,
            _ => false,
        })
    }

    fn paused(&self) -> bool {
        self.of_the_act().any(|it| it.clock.state == ClockState::Paused)
    }

    fn late(&self) -> bool {
        self.of_the_act().any(|it| it.clock.stopped_at.is_none() && !it.clock.in_time(self.now))
    }
}

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Received,
    Deficient,
    Making,
    AtCentre,
    Online,
    Returned,
    HandedOver,
    Fetched,
    Provided,
    Rejected,
    Withdrawn,
    Stopped(Words, Words),
}

/// The page.
#[derive(Template)]
#[template(path = "tracked.html")]
pub(super) struct Page {
    shell: Shell,
    number: String,
    key: String,
    tone: &'static str,
    word: &'static str,
    head: Words,
    /// What it means.
    says: &'static str,
    reasons: Vec<String>,
    facts: Vec<(&'static str, String)>,
    next: Vec<&'static str>,
    fetch: Option<Fetch>,
    note: Option<&'static str>,
}

/// What is needed to fetch the document.
struct Fetch {
    /// The button's words, if a code can be sent; else what to do.
    send: Result<String, &'static str>,
    before: Option<String>,
}

/// The page of an application.
pub(super) fn tracked(site: &Site, lang: Lang, seen: &Seen, note: Option<Words>) -> Page {
    let stand = stand(seen);
    let (tone, word, head, meaning) = words(stand);
    let record = &seen.record;
    let (department, service) =
        (record.found.place.department.clone().unwrap_or_default(), record.found.service.clone().unwrap_or_default());
    let since = match stand {
        Stand::AtCentre | Stand::Online => record.ready_at,
        Stand::Returned => seen.returned_at(),
        Stand::HandedOver => record.handed.as_ref().map(|handed| handed.at),
        Stand::Fetched => seen.named.tracked.fetched_at,
        Stand::Rejected => said(record, EventKind::Rejected),
        Stand::Withdrawn => said(record, EventKind::Withdrawn),
        Stand::Making | Stand::Provided => said(record, EventKind::Approved),
        Stand::Received | Stand::Deficient | Stand::Stopped(..) => None,
    };
    let pick = |words: Words| lang.pick(words.0, words.1);
    let mut facts = facts(site, lang, seen, &department, &service);
    facts.extend(since.map(|at| (lang.pick("Stands so since", "কবে থেকে এমন"), lang.time(at))));
    Page {
        shell: Shell::new(site, lang, None),
        number: record.found.application_no.clone(),
        key: seen.named.key.clone(),
        tone,
        word,
        head,
        says: pick(meaning),
        reasons: reasons(lang, stand, &record.events),
        facts,
        next: next(stand, seen).into_iter().map(pick).collect(),
        fetch: seen.document().map(|_| fetch(site, lang, seen)),
        note: note.map(pick),
    }
}

fn said(record: &FullRecord, kind: EventKind) -> Option<Instant> {
    record.events.iter().find(|event| event.kind == kind).map(|event| event.at)
}

fn stand(seen: &Seen) -> Stand {
    let record = &seen.record;
    match record.state {
        State::Rejected => return Stand::Rejected,
        State::Withdrawn => return Stand::Withdrawn,
        State::Provided => return Stand::Provided,
        State::Pending if seen.paused() => return Stand::Deficient,
        State::Pending => return Stand::Received,
        State::Approved => (),
    }
    let Some(certificate) = seen.certificate.as_ref().filter(|_| record.ready_at.is_some()) else {
        return Stand::Making;
    };
    match certificate.standing {
        Standing::Suspended => Stand::Stopped(("Suspended", "স্থগিত"), super::SUSPENDED),
        Standing::Revoked => Stand::Stopped(("Revoked", "বাতিল"), super::REVOKED),
        Standing::Superseded => Stand::Stopped(("Replaced by a correction", "সংশোধিত হয়েছে"), super::SUPERSEDED),
        Standing::Live if record.handed.is_some() => Stand::HandedOver,
        Standing::Live if seen.named.tracked.delivered => Stand::Fetched,
        Standing::Live if seen.returned_at().is_some() => Stand::Returned,
        Standing::Live if certificate.notice.is_some() => Stand::AtCentre,
        Standing::Live => Stand::Online,
    }
}

/// Tone, a word for programs, what stands above and what it means.
fn words(stand: Stand) -> (&'static str, &'static str, Words, Words) {
    match stand {
        Stand::Received => (
            "open",
            "received",
            ("Received", "গৃহীত হয়েছে"),
            ("The department has the application and has not decided yet.", "বিভাগ আবেদনটি পেয়েছে, এখনও সিদ্ধান্ত নেয়নি।"),
        ),
        Stand::Deficient => (
            "mind",
            "deficient",
            ("Stands because of a defect", "ত্রুটির জন্য থেমে আছে"),
            (
                "The department has found a defect. The time limit stands still until it is rectified.",
                "বিভাগ একটি ত্রুটি পেয়েছে। সংশোধন না হওয়া পর্যন্ত সময়সীমার গণনা থেমে থাকবে।",
            ),
        ),
        Stand::Making => (
            "good",
            "making",
            ("Approved, the certificate is being made", "অনুমোদিত, শংসাপত্র তৈরি হচ্ছে"),
            (
                "The department has approved the application; the certificate is in the making.",
                "বিভাগ আবেদন অনুমোদন করেছে; শংসাপত্র তৈরি হচ্ছে।",
            ),
        ),
        Stand::AtCentre => (
            "good",
            "ready",
            ("Ready at the centre", "কেন্দ্রে প্রস্তুত"),
            ("The certificate is ready at the centre named below.", "নীচে লেখা কেন্দ্রে শংসাপত্র প্রস্তুত।"),
        ),
        Stand::Online => (
            "good",
            "online",
            ("Ready to be fetched here", "এখানে ডাউনলোডের জন্য প্রস্তুত"),
            ("The certificate is ready and can be fetched here.", "শংসাপত্র প্রস্তুত, এখান থেকে ডাউনলোড করা যায়।"),
        ),
        Stand::Returned => (
            "mind",
            "returned",
            ("Went back to the department", "বিভাগে ফেরত গেছে"),
            (
                "Nobody came for the certificate, and the centre has returned it.",
                "কেউ নিতে আসেননি বলে কেন্দ্র শংসাপত্রটি ফেরত দিয়েছে।",
            ),
        ),
        Stand::HandedOver => (
            "good",
            "handed_over",
            ("Handed over", "হস্তান্তরিত"),
            ("The certificate was handed over.", "শংসাপত্র হস্তান্তর করা হয়েছে।"),
        ),
        Stand::Fetched => (
            "good",
            "fetched",
            ("Fetched", "ডাউনলোড হয়েছে"),
            ("The certificate was fetched.", "শংসাপত্র ডাউনলোড করা হয়েছে।"),
        ),
        Stand::Provided => (
            "good",
            "provided",
            ("Provided", "পরিষেবা দেওয়া হয়েছে"),
            (
                "The department has approved the application; the service ends in no certificate.",
                "বিভাগ আবেদন অনুমোদন করেছে; এই পরিষেবায় কোনো শংসাপত্র নেই।",
            ),
        ),
        Stand::Rejected => (
            "bad",
            "rejected",
            ("Rejected", "প্রত্যাখ্যাত"),
            ("The department has rejected the application.", "বিভাগ আবেদন প্রত্যাখ্যান করেছে।"),
        ),
        Stand::Withdrawn => {
            ("open", "withdrawn", ("Withdrawn", "প্রত্যাহৃত"), ("The application was withdrawn.", "আবেদন প্রত্যাহার করা হয়েছে।"))
        }
        Stand::Stopped(head, meaning) => ("mind", "stopped", head, meaning),
    }
}

/// What the department gave as reasons: of the defects that are open, or of the rejection.
fn reasons(lang: Lang, stand: Stand, events: &[EventRecord]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        value => Name::at(value, "").map(|name| lang.name(&name)),
    };
    let told: Vec<&EventRecord> = match stand {
        Stand::Deficient => {
            let after = events.iter().rposition(|it| it.kind == EventKind::Resumed).map_or(0, |place| place + 1);
            events[after..].iter().filter(|it| it.kind == EventKind::Deficient).collect()
        }
        Stand::Rejected => events.iter().filter(|it| it.kind == EventKind::Rejected).collect(),
        _ => vec![],
    };
    let of = |event: &EventRecord| {
        let several = event.data["reasons"].as_array().cloned().unwrap_or_default();
        several.iter().chain(event.data.get("reason")).filter_map(text).collect::<Vec<_>>()
    };
    told.into_iter().flat_map(of).collect()
}

fn facts(site: &Site, lang: Lang, seen: &Seen, department: &str, service: &str) -> Vec<(&'static str, String)> {
    let (catalogue, record) = (&site.portal.catalogue, &seen.record);
    let department = catalogue.departments.get(department).map_or(department.to_owned(), |name| lang.name(name));
    let mut facts = vec![
        (lang.pick("Department", "বিভাগ"), department.clone()),
        (
            lang.pick("Service", "পরিষেবা"),
            service_name(site, lang, &record.found.place.department.clone().unwrap_or_default(), service),
        ),
    ];
    let name = record.events.iter().find_map(|event| Name::at(&event.data, "/applicant/name"));
    facts.extend(name.map(|name| (lang.pick("Applicant", "আবেদনকারী"), mask_name(&lang.name(&name)))));
    let submitted = said(record, EventKind::Submitted);
    facts.extend(submitted.map(|at| (lang.pick("Submitted", "জমা"), lang.time(at))));
    facts.extend(seen.centre().map(|code| {
        let name = catalogue.bsks.get(code).map_or(code.clone(), |bsk| bsk.name.clone());
        (lang.pick("Bangla Sahayata Kendra", "বাংলা সহায়তা কেন্দ্র"), name)
    }));
    let day = |text: &str| parse_date(text).map_or(text.to_owned(), |day| lang.day(day));
    for clock in seen.of_the_act() {
        let promised = clock.promised.as_deref().map(day);
        facts.extend(promised.map(|day| (lang.pick("Due, as promised", "শেষ দিন, যেমন জানানো হয়েছিল"), day)));
        let due = clock.due_on().map(|(text, provisional)| match provisional {
            true => format!("{} ({})", day(&text), lang.pick("provisional", "সাময়িক")),
            false => day(&text),
        });
        facts.extend(due.map(|day| (lang.pick("Due, as it is now", "শেষ দিন, এখন যেমন"), day)));
    }
    facts
}

/// What the citizen can do.
fn next(stand: Stand, seen: &Seen) -> Vec<Words> {
    let mut next = vec![match stand {
        Stand::Received | Stand::Making => {
            ("Nothing has to be done now. Look here again later.", "এখন কিছু করতে হবে না। পরে আবার এখানে দেখুন।")
        }
        Stand::Deficient => (
            "Rectify what is named above at the office or at the centre where you applied.",
            "উপরে যা লেখা আছে তা কার্যালয়ে বা যে কেন্দ্রে আবেদন করেছেন সেখানে সংশোধন করুন।",
        ),
        Stand::AtCentre => (
            "Collect it at the centre with the phone that the application names, or with a photo identity document (Aadhaar is not asked for).",
            "আবেদনে লেখা ফোন, অথবা ছবিসহ পরিচয়পত্র (আধার চাওয়া হয় না) নিয়ে কেন্দ্র থেকে সংগ্রহ করুন।",
        ),
        Stand::Online => (
            "Fetch it below with a code to the phone that the application names.",
            "আবেদনে লেখা ফোনে আসা কোড দিয়ে নীচে ডাউনলোড করুন।",
        ),
        Stand::HandedOver | Stand::Fetched | Stand::Provided | Stand::Withdrawn => {
            ("Nothing is left to be done.", "আর কিছু করার নেই।")
        }
        Stand::Rejected => APPEAL,
        Stand::Returned | Stand::Stopped(..) => ("Ask at the department.", "বিভাগে জিজ্ঞাসা করুন।"),
    }];
    if seen.late() {
        next.push(("The due day is over.", "শেষ দিন পেরিয়ে গেছে।"));
        next.push(APPEAL);
    }
    next
}

const APPEAL: Words = (
    "You may appeal to the Appellate Officer of this service, and from the decision to the Reviewing Officer; the acknowledgement names the time limits.",
    "এই পরিষেবার আপিল আধিকারিকের কাছে আপিল করতে পারেন, এবং তাঁর সিদ্ধান্তের বিরুদ্ধে পুনর্বিবেচনা আধিকারিকের কাছে; প্রাপ্তিস্বীকারে সময়সীমা লেখা আছে।",
);

fn fetch(site: &Site, lang: Lang, seen: &Seen) -> Fetch {
    let tracked = &seen.named.tracked;
    let send = match (&tracked.phone, site.portal.texts.is_some()) {
        (_, false) => Err(lang.pick(super::NO_TEXTS.0, super::NO_TEXTS.1)),
        (Phone::None, _) => Err(lang.pick(super::NO_MOBILE.0, super::NO_MOBILE.1)),
        (Phone::Hidden, _) => {
            Ok(lang.pick("Send a code to the phone of the application", "আবেদনের ফোনে কোড পাঠান").to_owned())
        }
        (Phone::Ending(end), _) => Ok(match lang {
            Lang::En => format!("Send a code to the phone {end}"),
            Lang::Bn => format!("{end} ফোনে কোড পাঠান"),
        }),
    };
    let before =
        tracked.fetched_at.map(|at| format!("{} {}", lang.pick("First fetched", "প্রথম ডাউনলোড"), lang.time(at)));
    Fetch { send, before }
}
