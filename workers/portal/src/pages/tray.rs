//! `GET /bsk`: what lies at a centre, to its operators. Each certificate has a page by the number of its notice, so that no
//! address holds the number of a certificate or anybody's name; what is searched for comes in a form.

/// What goes back.
pub(crate) mod giving_back;
pub(crate) mod hand;
mod sought;
mod stickers;
mod test_page;
mod today;
mod view;

pub(crate) use stickers::{back as to_stickers, bind, show as stickers, write_off};
pub(crate) use test_page::{enter as try_page, show as test_page};

use super::{Shell, asked, page, uncollected::return_words};
use crate::{
    api::{self, tray::last},
    fault::Fault,
    lang::Lang,
    printing::{give_out, serves},
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Query, Request, State, rejection::PathRejection, rejection::QueryRejection},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    event::bsk_stream,
    tray::{PrintKind, TrayState},
    uncollected::ReturnReason,
};
use mohor_ports::ledger::TrayRow;
use serde::Deserialize;
use std::sync::Arc;
use stickers::Stuck;
use today::{Today, today};
use view::{Given, Line, given, line};

/// Certificates of a page.
const ROWS: u32 = 50;
/// Times that a document was given out, of those that are listed.
const PRINTS: u32 = 20;

/// The tray, or what was found in it.
#[derive(Template)]
#[template(path = "tray.html")]
struct Lying {
    shell: Shell,
    name: String,
    centre: String,
    bsk: String,
    /// None: this is what was found.
    state: Option<TrayState>,
    keyed: String,
    lines: Vec<Line>,
    /// Where the next page begins.
    next: Option<i64>,
    /// The last number of the centre's stream when this was read.
    last: i64,
    /// What the centre needs today; none: of what was found.
    today: Option<Today>,
}

/// One certificate.
#[derive(Template)]
#[template(path = "lying.html")]
struct One {
    shell: Shell,
    line: Line,
    given: Vec<Given>,
    hand: hand::Hand,
    bsk: String,
    /// Where the form of a return leads to; none: it cannot go back (yet).
    back: Option<String>,
    today: Option<Today>,
    stuck: Stuck,
}

impl One {
    fn return_words(&self, reason: &ReturnReason) -> &'static str {
        return_words(self.shell.lang, *reason)
    }
}

/// The address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    state: Option<String>,
    before: Option<i64>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    text: String,
}

/// The centre at which somebody serves.
fn centre(signed: &SignedIn) -> Result<String, Fault> {
    let bsk = signed.person.bounds.bsk.clone().ok_or_else(Fault::not_found)?;
    serves(signed, &bsk).map(|()| bsk)
}

impl Lying {
    fn new(site: &Site, signed: &SignedIn, bsk: String, shell: Shell) -> Self {
        let found = site.portal.catalogue.bsks.get(&bsk);
        Self {
            shell,
            name: signed.person.name.clone(),
            centre: found.map_or(bsk.clone(), |found| format!("{} ({bsk})", found.name)),
            bsk,
            state: None,
            keyed: String::new(),
            lines: vec![],
            next: None,
            last: 0,
            today: None,
        }
    }

    fn state_words(&self, state: &TrayState) -> &'static str {
        let (en, bn) = match state {
            TrayState::Ready => ("Ready", "প্রস্তুত"),
            TrayState::Printed => ("Printed", "ছাপা হয়েছে"),
            TrayState::HandedOver => ("Handed over", "হস্তান্তরিত"),
            TrayState::Returned => ("Returned", "ফেরত গেছে"),
        };
        self.shell.lang.pick(en, bn)
    }

    /// What to do where nothing lies.
    fn empty_words(&self) -> &'static str {
        let (en, bn) = match self.state {
            Some(TrayState::Ready) => (
                "Nothing waits to be printed. What is issued for this centre appears here by itself; whoever asks for a certificate can be told the due day at the department.",
                "ছাপার অপেক্ষায় কিছু নেই। এই কেন্দ্রের জন্য কিছু দেওয়া হলে নিজে থেকেই এখানে আসবে; কেউ খোঁজ করলে শেষ তারিখ বিভাগ জানাতে পারে।",
            ),
            Some(TrayState::Printed) => (
                "Nothing that was printed waits to be fetched. Look under Ready for what is to be printed.",
                "ছাপা হয়ে নেওয়ার অপেক্ষায় কিছু নেই। যা ছাপতে হবে তা ‘প্রস্তুত’-এ দেখুন।",
            ),
            Some(TrayState::HandedOver) => (
                "Nothing was handed over yet. Record a hand-over on the page of its certificate.",
                "এখনও কিছু হস্তান্তর হয়নি। শংসাপত্রের পাতায় হস্তান্তর নথিভুক্ত করুন।",
            ),
            Some(TrayState::Returned) => (
                "Nothing has gone back to a department. What nobody fetches for long can be returned on its page.",
                "কিছু দপ্তরে ফেরত যায়নি। অনেক দিন কেউ না নিলে শংসাপত্রের পাতা থেকে ফেরত দেওয়া যায়।",
            ),
            None => (
                "Nothing at your centre has this number or name. Compare it with the slip: in docket and application numbers capitals, strokes and hyphens count. What was applied for at another centre is fetched there.",
                "আপনার কেন্দ্রে এই নম্বরে বা নামে কিছু নেই। স্লিপের সঙ্গে মিলিয়ে দেখুন: ডকেট ও আবেদন নম্বরে বড় হাতের অক্ষর, দাগ ও হাইফেন গণ্য হয়। অন্য কেন্দ্রে করা আবেদনের শংসাপত্র সেখানেই পাওয়া যাবে।",
            ),
        };
        self.shell.lang.pick(en, bn)
    }
}

/// `GET /bsk`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let bsk = centre(&signed)?;
    let asked = asked(query)?;
    let state = match asked.state.as_deref() {
        None => TrayState::Ready,
        Some(word) => TrayState::from_word(word)
            .ok_or_else(|| Fault::invalid("state", "`state` is ready, printed, handed_over or returned"))?,
    };
    // First how far the stream has come, then the rows: what arrives between the two is told again, not left out.
    let last = last(&site, &bsk_stream(&bsk)).await?;
    let mut rows = site.portal.tray.tray(&bsk, state, asked.before, ROWS + 1).await.map_err(Fault::port)?;
    let more = rows.len() > ROWS as usize;
    rows.truncate(ROWS as usize);
    let before = asked.before.map(|number| format!("&before={number}")).unwrap_or_default();
    let other = format!("/bsk?state={}{before}&lang={}", state.as_str(), lang.other().code());
    let day = today(&site, lang, &bsk).await?;
    let shown = Lying::new(&site, &signed, bsk, Shell::at(&site, lang, other));
    Ok(page(&Lying {
        state: Some(state),
        next: rows.last().map(|row| row.number).filter(|_| more),
        lines: rows.into_iter().map(|row| line(&site, lang, row)).collect(),
        last,
        today: Some(day),
        ..shown
    }))
}

/// `POST /bsk/search`: one hit leads to its page, several are listed.
pub(crate) async fn search(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let bsk = centre(&signed)?;
    from_here(request.headers())?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(Keyed { text }) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let found = sought::found(&site, &bsk, &text).await?;
    if let [one] = &found[..] {
        return Ok(to(one.number, lang).into_response());
    }
    let shown = Lying::new(&site, &signed, bsk, Shell::new(&site, lang, None));
    Ok(page(&Lying {
        keyed: text.trim().to_owned(),
        lines: found.into_iter().map(|row| line(&site, lang, row)).collect(),
        ..shown
    }))
}

/// `GET /bsk/search`: the form is on the tray's page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/bsk")
}

fn to(number: i64, lang: Lang) -> Redirect {
    Redirect::to(&format!("/bsk/certificate/{number}?lang={}", lang.code()))
}

/// The certificate with that number at the centre of whoever is signed in.
async fn row(site: &Site, signed: &SignedIn, number: Result<Path<String>, PathRejection>) -> Result<TrayRow, Fault> {
    let bsk = centre(signed)?;
    let number: i64 = api::part(number)?.parse().map_err(|_| Fault::not_found())?;
    site.portal.tray.tray_row(&bsk, number).await.map_err(Fault::port)?.ok_or_else(Fault::not_found)
}

/// `GET /bsk/certificate/{number}`
pub(crate) async fn certificate(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let row = row(&site, &signed, number).await?;
    Ok(page(&one(&site, lang, &centre(&signed)?, row, None).await?))
}

/// The page of one; with why a sticker was refused.
async fn one(site: &Site, lang: Lang, bsk: &str, row: TrayRow, refused: Option<String>) -> Result<One, Fault> {
    let prints = site.portal.tray.prints(row.uin, PRINTS).await.map_err(Fault::port)?;
    let shell = Shell::at(site, lang, format!("/bsk/certificate/{}?lang={}", row.number, lang.other().code()));
    let given = prints.iter().map(|print| given(lang, print)).collect();
    let hand = hand::hand(site, lang, &row).await?;
    let action = || format!("/bsk/certificate/{}/return?lang={}", row.number, lang.code());
    let back = giving_back::returnable(site, &row).await?.then(action);
    let stuck = stickers::stuck(site, lang, row.uin, refused).await?;
    let day = Some(today(site, lang, bsk).await?);
    Ok(One { shell, line: line(site, lang, row), given, hand, bsk: bsk.to_owned(), back, today: day, stuck })
}

/// `GET /bsk/certificate/{number}/pdf`: the document, to be looked at.
pub(crate) async fn open(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let row = row(&site, &signed, number).await?;
    give_out(&site, &signed, &centre(&signed)?, &row, PrintKind::Opened).await
}

/// `POST /bsk/certificate/{number}/print`: the document, to be printed.
pub(crate) async fn print(
    State(site): State<Arc<Site>>,
    signed: SignedIn,
    headers: HeaderMap,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    from_here(&headers)?;
    let row = row(&site, &signed, number).await?;
    give_out(&site, &signed, &centre(&signed)?, &row, PrintKind::Printed).await
}
