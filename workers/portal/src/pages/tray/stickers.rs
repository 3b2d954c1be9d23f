//! Stickers at a centre: on the page of a certificate the one that is on its print, and `GET /bsk/holograms`: what is left, and
//! those that are spoiled.

use super::{centre, one, row, to, today::figure, view::who};
use crate::{
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    printing::standing_words,
    session::{SignedIn, from_here},
    site::Site,
    sticker::keyed,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Path, Request, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    hologram::{self, FEW, Serial},
    uin::Uin,
};
use mohor_ports::ledger::{HologramBound, HologramRange, HologramWrittenOff};
use serde::Deserialize;
use std::sync::Arc;

/// Stickers of a certificate that are listed, at most.
const STICKERS: u32 = 20;
/// Ranges that are listed, at most: the newest.
const RANGES: u32 = 50;

/// The stickers of one certificate.
pub(super) struct Stuck {
    pub lines: Vec<StickerLine>,
    /// Why the one that was keyed in was refused.
    pub refused: Option<String>,
}

/// A sticker on a print.
pub(super) struct StickerLine {
    pub serial: String,
    pub who: String,
    pub when: String,
    /// Whether another has taken its place.
    pub replaced: bool,
}

pub(super) async fn stuck(site: &Site, lang: Lang, uin: Uin, refused: Option<String>) -> Result<Stuck, Fault> {
    let found = site.portal.centre.holograms.hologram_bindings(uin, STICKERS).await.map_err(Fault::port)?;
    let line = |(place, it): (usize, &mohor_ports::ledger::HologramBinding)| StickerLine {
        serial: it.serial.to_string(),
        who: who(&it.who).to_owned(),
        when: lang.time(it.at),
        replaced: place > 0,
    };
    Ok(Stuck { lines: found.iter().enumerate().map(line).collect(), refused })
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    serial: String,
    #[serde(default)]
    reason: String,
}

async fn form(request: Request) -> Result<Keyed, Fault> {
    let form = Form::<Keyed>::from_request(request, &()).await;
    form.map(|Form(keyed)| keyed).map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))
}

/// Words in the page's language.
fn say(lang: Lang, en: &str, bn: &str) -> String {
    lang.pick(en, bn).to_owned()
}

/// What is no serial.
fn no_serial(lang: Lang) -> String {
    say(
        lang,
        "`serial` is no sticker's number: it is letters, a hyphen and digits, like WB26-000001. Scan it, or key it in as it is printed.",
        "এটি স্টিকারের নম্বর নয়: নম্বরে থাকে অক্ষর, হাইফেন ও অঙ্ক, যেমন WB26-000001। স্ক্যান করুন, অথবা যেমন ছাপা আছে তেমন লিখুন।",
    )
}

/// The same for another centre's and for one that was never issued.
fn not_in_stock(lang: Lang) -> String {
    say(
        lang,
        "This sticker is not of your centre's stock. Compare its number, take another one, and ask the administrator about this one.",
        "এই স্টিকারটি আপনার কেন্দ্রের মজুতে নেই। নম্বরটি মিলিয়ে দেখুন, অন্য একটি নিন, আর এটির বিষয়ে প্রশাসককে জানান।",
    )
}

fn used(lang: Lang, called: Option<String>) -> String {
    match called {
        Some(called) => match lang {
            Lang::En => format!("This sticker is already on the print of {called}. Take another one."),
            Lang::Bn => format!("এই স্টিকারটি আগেই {called}-এর ছাপা কাগজে লাগানো হয়েছে। অন্য একটি নিন।"),
        },
        None => say(
            lang,
            "This sticker is already used. Take another one.",
            "এই স্টিকারটি আগেই ব্যবহার করা হয়েছে। অন্য একটি নিন।",
        ),
    }
}

/// `POST /bsk/certificate/{number}/hologram`: a sticker is on the certificate's print. What is refused is said on the page.
pub(crate) async fn bind(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Fault> {
    from_here(request.headers())?;
    let (row, bsk) = (row(&site, &signed, number).await?, centre(&signed)?);
    let text = form(request).await?.serial;
    let outcome = match Serial::read(keyed("serial", &text)?) {
        None => Err((StatusCode::UNPROCESSABLE_ENTITY, no_serial(lang))),
        Some(serial) => {
            let act = signed.act("hologram.bind", row.uin.to_string(), format!("{serial} at {bsk}"));
            let bound = site.portal.centre.holograms.bind_hologram(row.uin, &bsk, serial, act).await;
            said(lang, bound.map_err(Fault::port)?)?.map_or(Ok(()), |words| Err((StatusCode::CONFLICT, words)))
        }
    };
    match outcome {
        Ok(()) => Ok(to(row.number, lang).into_response()),
        Err((status, words)) => Ok((status, page(&one(&site, lang, &bsk, row, Some(words)).await?)).into_response()),
    }
}

/// Why it was refused.
fn said(lang: Lang, bound: HologramBound) -> Result<Option<String>, Fault> {
    Ok(match bound {
        HologramBound::New(_) | HologramBound::Before(_) => None,
        HologramBound::NotInStock => Some(not_in_stock(lang)),
        HologramBound::Used(called) => Some(used(lang, called)),
        HologramBound::WrittenOff => Some(say(
            lang,
            "This sticker was written off and is of no use any more. Take another one.",
            "এই স্টিকারটি বাতিল করা হয়েছে, আর ব্যবহার করা যাবে না। অন্য একটি নিন।",
        )),
        HologramBound::NotPrinted => Some(say(
            lang,
            "The certificate is not printed yet. Print it first, then put the sticker on it.",
            "শংসাপত্রটি এখনও ছাপা হয়নি। আগে ছাপুন, তারপর স্টিকার লাগান।",
        )),
        HologramBound::NotLive(standing) => {
            standing_words(standing).map(|(en, bn)| say(lang, en, bn)).or_else(|| Some(String::new()))
        }
        HologramBound::Unknown => return Err(Fault::not_found()),
    })
}

/// The stock of a centre.
#[derive(Template)]
#[template(path = "stickers.html")]
struct Stock {
    shell: Shell,
    left: String,
    few: bool,
    ranges: Vec<RangeLine>,
    /// What became of one that is written off, and whether it was refused.
    said: Option<(String, bool)>,
}

/// A range in a table.
struct RangeLine {
    first: String,
    last: String,
    bound: String,
    written_off: String,
    left: String,
    when: String,
}

fn range_line(lang: Lang, it: &HologramRange) -> RangeLine {
    RangeLine {
        first: it.range.first().to_string(),
        last: it.range.last().to_string(),
        bound: figure(lang, it.bound),
        written_off: figure(lang, it.written_off),
        left: figure(lang, it.left()),
        when: lang.time(it.issued_at),
    }
}

async fn stock(site: &Site, lang: Lang, bsk: &str, said: Option<(String, bool)>) -> Result<Stock, Fault> {
    let holograms = &site.portal.centre.holograms;
    let left = holograms.hologram_stock(bsk).await.map_err(Fault::port)?.left();
    let ranges = holograms.hologram_ranges(bsk, None, RANGES).await.map_err(Fault::port)?;
    Ok(Stock {
        shell: Shell::new(site, lang, Some("/bsk/holograms")),
        left: figure(lang, left),
        few: left < FEW,
        ranges: ranges.iter().map(|it| range_line(lang, it)).collect(),
        said,
    })
}

/// `GET /bsk/holograms`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang, signed: SignedIn) -> Result<Response, Fault> {
    Ok(page(&stock(&site, lang, &centre(&signed)?, None).await?))
}

/// `GET /bsk/holograms/write-off`: the form is on the page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/bsk/holograms")
}

/// `POST /bsk/holograms/write-off`: a sticker is spoiled or lost, for good.
pub(crate) async fn write_off(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let bsk = centre(&signed)?;
    from_here(request.headers())?;
    let Keyed { serial: text, reason } = form(request).await?;
    let text = keyed("serial", &text)?;
    let reason = hologram::reason(&reason).map_err(|rule| Fault::invalid("reason", format!("`reason` {rule}")))?;
    let (status, said) = match Serial::read(text) {
        None => (StatusCode::UNPROCESSABLE_ENTITY, no_serial(lang)),
        Some(serial) => {
            let act = signed.act("hologram.write_off", serial.to_string(), format!("at {bsk}"));
            let outcome = site.portal.centre.holograms.write_off_hologram(Some(&bsk), serial, &reason, act).await;
            match outcome.map_err(Fault::port)? {
                HologramWrittenOff::New | HologramWrittenOff::Before => {
                    (StatusCode::OK, say(lang, "The sticker is written off.", "স্টিকারটি বাতিল করা হয়েছে।"))
                }
                HologramWrittenOff::NotInStock => (StatusCode::CONFLICT, not_in_stock(lang)),
                HologramWrittenOff::Bound(called) => (StatusCode::CONFLICT, bound(lang, called)),
            }
        }
    };
    let shown = stock(&site, lang, &bsk, Some((said, status != StatusCode::OK))).await?;
    Ok((status, page(&shown)).into_response())
}

fn bound(lang: Lang, called: Option<String>) -> String {
    let next = say(
        lang,
        "If it is spoiled, put another one on the print and enter that one on the certificate's page: it takes this one's place.",
        "এটি নষ্ট হলে কাগজে অন্য একটি লাগিয়ে শংসাপত্রের পাতায় সেটি লিখুন: সেটিই এর জায়গা নেবে।",
    );
    let what = match (called, lang) {
        (Some(called), Lang::En) => format!("This sticker is on the print of {called} and is not written off."),
        (Some(called), Lang::Bn) => format!("এই স্টিকারটি {called}-এর ছাপা কাগজে আছে, বাতিল করা যাবে না।"),
        (None, _) => say(
            lang,
            "This sticker is on a print and is not written off.",
            "এই স্টিকারটি একটি ছাপা কাগজে আছে, বাতিল করা যাবে না।",
        ),
    };
    format!("{what} {next}")
}
