//! `POST /office/search` and `GET /office/application/{id}`: one application with every event, pause, rung and who acted.
//! Each look leaves an audit line. The number rides no address: it comes in a form, and the page has the row's id.

mod charge;
mod line;

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
use line::{Moment, fetched, fired, handed_over, happened, plain, rung_words, sent, taken_back};
use mohor_domain::{
    civil::{Instant, parse_date},
    clock::{ClockKind, ClockState, Outcome},
    event::EventKind,
    id::Id,
    people::Deed,
    rules::Rules,
    share::{Holder, Said, Share, shares},
};
use mohor_ports::ledger::{ChangeRecord, ClockRecord, FiredRung, Found, FullRecord, MovedClock};
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a number that is searched for, at most: as many as an event may bring.
const LONGEST: usize = 64;
/// Fetches that are named, at most: the latest.
const FETCHES: u32 = 20;

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
    id: String,
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
    moves: Vec<MovedDay>,
    line: Vec<Moment>,
    documents: Vec<Paper>,
    /// Whoever looks may take the hand-over back.
    undo: bool,
    /// Whether a certificate lies at a centre, and whoever looks may look there.
    lies: bool,
}

/// A due day that a change of the rules has moved.
struct MovedDay {
    what: String,
    from: String,
    to: String,
    because: String,
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
    let force = site.portal.changes.rules().await.map_err(Fault::port)?;
    let moved = site.portal.changes.moved_of(id).await.map_err(Fault::port)?;
    let undo = super::handovers::may_undo(&site, &signed, &record).await?;
    let fetches_of = record.uin;
    let mistakes = match record.uin {
        Some(uin) => site.portal.counter.taken_back(uin).await.map_err(Fault::port)?,
        None => vec![],
    };
    let other = format!("/office/application/{id}?lang={}", lang.other().code());
    let moves = match record.uin {
        Some(uin) => site.portal.uncollected.centre_moves(uin).await.map_err(Fault::port)?,
        None => vec![],
    };
    // Where it lies now decides, not where it was applied for.
    let lies = site.portal.uncollected.lying(id).await.map_err(Fault::port)?;
    let lies = lies.is_some_and(|lies| signed.may(Deed::SeeUncollected, &lies.place()));
    // What went back and not on again is nobody's at the centre.
    let back = moves.last().filter(|moved| moved.to.is_none()).map(|moved| moved.at);
    let mut shown = view(&site, lang, Shell::at(&site, lang, other), record, rungs, &clocks, back);
    shown.clocks = clocks.iter().map(|it| clock(lang, it, &force.rules)).collect();
    shown.moves = moved.into_iter().map(|(change, it)| moved_day(&site, lang, &change, it)).collect();
    shown.documents = listed(&site, lang, &id.to_string()).await?;
    (shown.seats, shown.undo, shown.lies) = (seats, undo, lies);
    shown.line.extend(mistakes.iter().flat_map(|mistake| taken_back(lang, mistake)));
    shown.line.extend(moves.iter().map(|moved| sent(&site, lang, moved)));
    let fetches = match fetches_of {
        Some(uin) => site.portal.citizens.fetches(uin, FETCHES).await.map_err(Fault::port)?,
        None => vec![],
    };
    shown.line.extend(fetches.iter().map(|it| fetched(lang, it)));
    shown.line.extend(untold.iter().map(|untold| charge::nobody(lang, untold)));
    shown.line.sort_by_key(|moment| moment.at);
    Ok(page(&shown))
}

fn view(
    site: &Site,
    lang: Lang,
    shell: Shell,
    record: FullRecord,
    rungs: Vec<FiredRung>,
    clocks: &[ClockRecord],
    back: Option<Instant>,
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
        id: found.id.to_string(),
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
        clocks: vec![],
        moves: vec![],
        shares: shares(&said, first, ready_at, handed.as_ref().map(|handed| handed.at).or(back))
            .iter()
            .map(|share| share_view(lang, share))
            .collect(),
        line,
        department,
        documents: vec![],
        undo: false,
        lies: false,
    }
}

fn moved_day(site: &Site, lang: Lang, change: &ChangeRecord, moved: MovedClock) -> MovedDay {
    let (en, bn) = clock_words(moved.kind);
    let day = |day: Option<String>| {
        let none = || lang.pick("none", "নেই").to_owned();
        day.map_or_else(none, |text| parse_date(&text).map_or(text, |day| lang.day(day)))
    };
    MovedDay {
        what: format!("{} {}", lang.pick(en, bn), moved.key),
        from: day(moved.from),
        to: day(moved.to),
        because: super::rules::because(site, lang, change),
    }
}

fn clock(lang: Lang, record: &ClockRecord, rules: &Rules) -> ClockView {
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
        rules.rule(service, clock.kind, stage, record.district.as_deref(), on)
    });
    ClockView {
        what: lang.pick(en, bn),
        key: clock.key.clone(),
        state: lang.pick(state.0, state.1),
        limit: clock.limit.map(|limit| lang.limit(limit)).unwrap_or_default(),
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

fn outcome_words(lang: Lang, outcome: Outcome) -> &'static str {
    let (en, bn) = match outcome {
        Outcome::Provided => ("provided", "পরিষেবা দেওয়া হয়েছে"),
        Outcome::Rejected => ("rejected", "প্রত্যাখ্যাত"),
        Outcome::Withdrawn => ("withdrawn", "প্রত্যাহৃত"),
        Outcome::Completed => ("completed", "সম্পূর্ণ"),
        Outcome::Decided => ("decided", "নিষ্পত্তি হয়েছে"),
        Outcome::Delivered => ("handed over", "হস্তান্তরিত"),
        Outcome::Superseded => ("superseded by a correction", "সংশোধিত শংসাপত্রে প্রতিস্থাপিত"),
        Outcome::Returned => ("went back to the department", "দপ্তরে ফেরত গেছে"),
        Outcome::Rerouted => ("sent on to another centre", "অন্য কেন্দ্রে পাঠানো হয়েছে"),
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
