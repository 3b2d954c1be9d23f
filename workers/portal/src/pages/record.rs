//! `POST /office/search` and `GET /office/application/{id}`: one application with every event, pause, rung and who acted.
//! Each look leaves an audit line. The number rides no address: it comes in a form, and the page has the row's id.

mod charge;

use super::{
    Shell,
    board::{clock_words, service_name},
    document::{Paper, listed},
    page,
};
use crate::{
    api,
    fault::Fault,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    civil::{Instant, parse_date},
    clock::{ClockKind, ClockState, Outcome},
    event::EventKind,
    id::Id,
    ladder::Rung,
    people::Deed,
    share::{HandedTo, Holder, Said, Share, shares},
};
use mohor_ports::ledger::{ClockRecord, EventRecord, FiredRung, Found, FullRecord, Handed};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Characters of a number that is searched for, at most: as many as an event may bring.
const LONGEST: usize = 64;

/// What was looked up.
#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    shell: Shell,
    number: String,
    found: Vec<Hit>,
}

struct Hit {
    id: String,
    application_no: String,
    department: String,
    service: String,
}

/// One application.
#[derive(Template)]
#[template(path = "record.html")]
struct Record {
    shell: Shell,
    application_no: String,
    docket_no: Option<String>,
    department: String,
    service: String,
    state: &'static str,
    district: String,
    office: String,
    bsk: String,
    uin: Option<String>,
    applicant: String,
    seats: Vec<charge::Seat>,
    clocks: Vec<ClockView>,
    shares: Vec<ShareView>,
    line: Vec<Moment>,
    documents: Vec<Paper>,
}

struct ClockView {
    what: &'static str,
    key: String,
    state: &'static str,
    limit: String,
    notification: String,
    started: String,
    due: String,
    provisional: bool,
    promised: String,
    stopped: String,
    pauses: Vec<(String, String)>,
}

struct ShareView {
    holder: &'static str,
    from: String,
    until: String,
    length: String,
}

/// A moment of the timeline.
struct Moment {
    at: Instant,
    when: String,
    what: String,
    who: String,
    why: String,
    /// When it came, if that was more than a day away.
    received: Option<String>,
    rung: bool,
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    number: String,
}

/// `POST /office/search`: one hit leads to its page, several are listed.
pub(crate) async fn search(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let number = keyed.number.trim().to_owned();
    let mut found = match number.chars().count() {
        1..=LONGEST => site.portal.board.look_up(&number).await.map_err(Fault::port)?,
        _ => vec![],
    };
    // Another's is as unknown as what does not exist.
    found.retain(|found| signed.may(Deed::SeeApplication, &found.place));
    if let [one] = &found[..] {
        return Ok(Redirect::to(&format!("/office/application/{}?lang={}", one.id, lang.code())).into_response());
    }
    let found = found.into_iter().map(|found| hit(&site, lang, found)).collect();
    let number = number.chars().take(LONGEST).collect();
    Ok(page(&Search { shell: Shell::new(&site, lang, None), number, found }))
}

fn hit(site: &Site, lang: Lang, found: Found) -> Hit {
    let department = found.place.department.unwrap_or_default();
    Hit {
        id: found.id.to_string(),
        service: service_name(site, lang, &department, found.service.as_deref().unwrap_or_default()),
        application_no: found.application_no,
        department,
    }
}

/// `GET /office/application/{id}`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let id = Id::parse(&api::part(id)?).ok_or_else(Fault::not_found)?;
    let record = site.portal.board.full_record(id).await.map_err(Fault::port)?;
    let record =
        record.filter(|record| signed.may(Deed::SeeApplication, &record.found.place)).ok_or_else(Fault::not_found)?;
    let act = signed.act("application.look", id.to_string(), format!("as {}", signed.person.post.as_str()));
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    let clocks = site.portal.clocks.clocks(id).await.map_err(Fault::port)?;
    let rungs = site.portal.clocks.rungs(id).await.map_err(Fault::port)?;
    let seats = charge::seats(&site, lang, &record.found).await?;
    let untold = site.portal.mails.untold(id).await.map_err(Fault::port)?;
    let other = format!("/office/application/{id}?lang={}", lang.other().code());
    let mut shown = view(&site, lang, Shell::at(&site, lang, other), record, clocks, rungs);
    shown.documents = listed(&site, lang, &id.to_string()).await?;
    shown.seats = seats;
    shown.line.extend(untold.iter().map(|untold| charge::nobody(lang, untold)));
    shown.line.sort_by_key(|moment| moment.at);
    Ok(page(&shown))
}

fn view(
    site: &Site,
    lang: Lang,
    shell: Shell,
    record: FullRecord,
    clocks: Vec<ClockRecord>,
    rungs: Vec<FiredRung>,
) -> Record {
    let FullRecord { found, docket_no, state, uin, ready_at, handed, events } = record;
    let place = found.place;
    let department = place.department.unwrap_or_default();
    let mut line: Vec<Moment> = events.iter().map(|event| happened(lang, event)).collect();
    line.extend(rungs.iter().map(|rung| fired(lang, rung)));
    line.extend(ready_at.map(|at| plain(lang, at, lang.pick("certificate ready", "শংসাপত্র প্রস্তুত"))));
    line.extend(handed.iter().map(|handed| handed_over(lang, handed)));
    line.sort_by_key(|moment| moment.at);
    let submitted = clocks.iter().find(|it| it.clock.kind == ClockKind::Service).and_then(|it| it.clock.started_at);
    let said: Vec<Said> =
        events.iter().map(|it| Said { kind: it.kind, at: it.at, received_at: it.received_at }).collect();
    let first = events.iter().find(|it| it.kind == EventKind::Submitted).map(|it| it.at).or(submitted);
    let applicant = events.iter().find_map(|it| mohor_domain::catalogue::Name::at(&it.data, "/applicant/name"));
    let district = place.district.unwrap_or_default();
    let bsk = place.bsk.unwrap_or_default();
    Record {
        shell,
        application_no: found.application_no,
        docket_no,
        service: service_name(site, lang, &department, found.service.as_deref().unwrap_or_default()),
        state: state.as_str(),
        district: site.portal.catalogue.districts.get(&district).map_or(district, |name| lang.name(name)),
        office: place.office.unwrap_or_default(),
        bsk: site.portal.catalogue.bsks.get(&bsk).map_or(bsk.clone(), |centre| format!("{} ({bsk})", centre.name)),
        uin: uin.map(|uin| uin.grouped()),
        applicant: applicant.map(|name| lang.name(&name)).unwrap_or_default(),
        seats: vec![],
        clocks: clocks.iter().map(|record| clock(site, lang, record)).collect(),
        shares: shares(&said, first, ready_at, handed.as_ref().map(|handed| handed.at))
            .iter()
            .map(|share| share_view(lang, share))
            .collect(),
        line,
        department,
        documents: vec![],
    }
}

fn clock(site: &Site, lang: Lang, record: &ClockRecord) -> ClockView {
    let clock = &record.clock;
    let (en, bn) = clock_words(clock.kind);
    let state = match clock.state {
        ClockState::NotStarted => ("waits for its start", "শুরুর অপেক্ষায়"),
        ClockState::Running => ("runs", "চলছে"),
        ClockState::Paused => ("paused", "স্থগিত"),
        ClockState::Stopped => ("stopped", "থেমেছে"),
        ClockState::NoLimit => ("no limit is notified", "কোনো সময়সীমা বিজ্ঞাপিত নেই"),
    };
    let due = record.due_on();
    let day = |text: String| parse_date(&text).map_or(text, |day| lang.day(day));
    let stopped = clock.stopped_at.map(|at| {
        let words = clock.outcome.map(|outcome| outcome_words(lang, outcome));
        let verdict = clock.limit.and(clock.due).map(|_| match clock.in_time(at) {
            true => lang.pick("in time", "সময়ের মধ্যে"),
            false => lang.pick("late", "বিলম্বিত"),
        });
        [Some(lang.time(at).as_str()), words, verdict].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    let stage = (clock.kind == ClockKind::Stage).then_some(clock.key.as_str());
    let on = clock.started_at.map(Instant::day);
    let rule = on.and_then(|on| {
        let service = (record.department.as_str(), record.service.as_deref().unwrap_or_default());
        site.portal.rules.rule(service, clock.kind, stage, record.district.as_deref(), on)
    });
    ClockView {
        what: lang.pick(en, bn),
        key: clock.key.clone(),
        state: lang.pick(state.0, state.1),
        limit: clock.limit.map(|limit| limit_words(lang, limit)).unwrap_or_default(),
        notification: rule.map(|rule| rule.notification.clone()).unwrap_or_default(),
        started: clock.started_at.map(|at| lang.time(at)).unwrap_or_default(),
        provisional: due.as_ref().is_some_and(|(_, provisional)| *provisional),
        due: due.map(|(text, _)| day(text)).unwrap_or_default(),
        promised: record.promised.clone().map(day).unwrap_or_default(),
        stopped: stopped.unwrap_or_default(),
        pauses: clock
            .pauses
            .iter()
            .map(|pause| (lang.time(pause.from), pause.until.map(|at| lang.time(at)).unwrap_or_default()))
            .collect(),
    }
}

fn limit_words(lang: Lang, limit: mohor_domain::limit::Limit) -> String {
    use mohor_domain::limit::Unit;
    let (en, bn) = match limit.unit {
        Unit::Days => ("days", "দিন"),
        Unit::WorkingDays => ("working days", "কর্মদিবস"),
        Unit::Weeks => ("weeks", "সপ্তাহ"),
        Unit::Months => ("months", "মাস"),
        Unit::Minutes => ("minutes", "মিনিট"),
        Unit::SameDay => return lang.pick("the same day", "সেই দিনই").to_owned(),
    };
    format!("{} {}", limit.amount, lang.pick(en, bn))
}

fn outcome_words(lang: Lang, outcome: Outcome) -> &'static str {
    let (en, bn) = match outcome {
        Outcome::Provided => ("provided", "পরিষেবা দেওয়া হয়েছে"),
        Outcome::Rejected => ("rejected", "প্রত্যাখ্যাত"),
        Outcome::Withdrawn => ("withdrawn", "প্রত্যাহৃত"),
        Outcome::Completed => ("completed", "সম্পূর্ণ"),
        Outcome::Decided => ("decided", "নিষ্পত্তি হয়েছে"),
        Outcome::Delivered => ("handed over", "হস্তান্তরিত"),
        Outcome::Superseded => ("superseded by a correction", "সংশোধিত শংসাপত্রে প্রতিস্থাপিত"),
    };
    lang.pick(en, bn)
}

fn share_view(lang: Lang, share: &Share) -> ShareView {
    let (en, bn) = match share.holder {
        Holder::Department => ("the department", "দপ্তর"),
        Holder::Pipeline => ("Mohor", "মোহর"),
        Holder::Bsk => ("the centre", "কেন্দ্র"),
    };
    let length = share.until.map(|until| (until.millis() - share.from.millis()) / 60_000);
    let length = length.map(|minutes| match minutes {
        0..120 => format!("{minutes} {}", lang.pick("min", "মিনিট")),
        120..2880 => format!("{} {}", minutes / 60, lang.pick("h", "ঘণ্টা")),
        _ => format!("{} {}", minutes / 1440, lang.pick("days", "দিন")),
    });
    ShareView {
        holder: lang.pick(en, bn),
        from: lang.time(share.from),
        until: share.until.map(|at| lang.time(at)).unwrap_or_default(),
        length: length.unwrap_or_default(),
    }
}

fn happened(lang: Lang, event: &EventRecord) -> Moment {
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
    reasons
        .extend(["stage", "appeal_no", "review_no"].iter().filter_map(|name| data[*name].as_str().map(str::to_owned)));
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

fn rung_words(lang: Lang, rung: Rung) -> &'static str {
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

fn fired(lang: Lang, rung: &FiredRung) -> Moment {
    let mut what = rung_words(lang, rung.rung).to_owned();
    if rung.kind != ClockKind::Service {
        let (en, bn) = clock_words(rung.kind);
        what = format!("{what} ({})", format!("{} {}", lang.pick(en, bn), rung.key).trim_end());
    }
    Moment { rung: true, ..plain(lang, rung.moment, &what) }
}

fn handed_over(lang: Lang, handed: &Handed) -> Moment {
    let what = match handed.over.to {
        HandedTo::Applicant => lang.pick("handed over to the applicant", "আবেদনকারীকে হস্তান্তর"),
        HandedTo::Representative => lang.pick("handed over to a representative", "প্রতিনিধিকে হস্তান্তর"),
    };
    let (who, why) = (handed.actor.clone(), handed.over.reference.clone().unwrap_or_default());
    Moment { who, why, ..plain(lang, handed.at, what) }
}

fn plain(lang: Lang, at: Instant, what: &str) -> Moment {
    let when = lang.time(at);
    Moment { at, when, what: what.into(), who: String::new(), why: String::new(), received: None, rung: false }
}
