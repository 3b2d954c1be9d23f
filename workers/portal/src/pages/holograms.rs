//! `GET /office/holograms`: the stock of numbered stickers, issued to centres in ranges of serials by an administrator.

use super::{Shell, page};
use crate::{
    fault::Fault,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
    sticker::keyed,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    civil::digits_bn,
    hologram::{self, FEW, Range, Serial},
    people::{Deed, Place},
};
use mohor_ports::ledger::{HologramRange, HologramStock, HologramWrittenOff, HologramsIssued};
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::Arc;

/// Centres or ranges of a page.
const ROWS: u32 = 50;
/// Characters of a centre's code that are looked up, at most.
const CODE: usize = 32;

/// The page.
#[derive(Template)]
#[template(path = "holograms.html")]
struct Stocks {
    shell: Shell,
    /// What became of what was sent, and whether it was refused.
    said: Option<(String, bool)>,
    /// What was keyed in, to be corrected.
    keyed: Issued,
    /// The centre whose ranges are shown; none: all centres.
    centre: Option<String>,
    rows: Vec<Line>,
    /// The address of the next page.
    next: Option<String>,
}

/// A centre, or a range of one.
struct Line {
    /// The centre's code, or none for a range.
    code: Option<String>,
    what: String,
    issued: String,
    bound: String,
    written_off: String,
    left: String,
    few: bool,
    by: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    bsk: Option<String>,
    /// Centres after this code.
    after: Option<String>,
    /// Ranges before this number.
    before: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Issued {
    #[serde(default)]
    bsk: String,
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
}

#[derive(Deserialize)]
struct WriteOff {
    #[serde(default)]
    serial: String,
    #[serde(default)]
    reason: String,
}

/// To whoever keeps no stickers there is nothing by that name.
fn keeps(signed: &SignedIn) -> Result<(), Fault> {
    if signed.may(Deed::KeepHolograms, &Place::default()) { Ok(()) } else { Err(Fault::not_found()) }
}

fn figure(lang: Lang, number: u64) -> String {
    let text = number.to_string();
    lang.pick(&text, &digits_bn(&text)).to_owned()
}

/// The centre's name with its code.
fn name(site: &Site, bsk: &str) -> String {
    site.portal.catalogue.bsks.get(bsk).map_or_else(|| bsk.to_owned(), |found| format!("{} ({bsk})", found.name))
}

fn of_centre(site: &Site, lang: Lang, stock: &HologramStock) -> Line {
    Line {
        code: Some(stock.bsk.clone()),
        what: name(site, &stock.bsk),
        issued: figure(lang, stock.issued),
        bound: figure(lang, stock.bound),
        written_off: figure(lang, stock.written_off),
        left: figure(lang, stock.left()),
        few: stock.left() < FEW,
        by: String::new(),
    }
}

fn of_range(lang: Lang, it: &HologramRange) -> Line {
    let by = it.issued_by.strip_prefix("person:").unwrap_or(&it.issued_by);
    Line {
        code: None,
        what: format!("{} – {}", it.range.first(), it.range.last()),
        issued: figure(lang, it.range.count()),
        bound: figure(lang, it.bound),
        written_off: figure(lang, it.written_off),
        left: figure(lang, it.left()),
        few: false,
        by: format!("{by} · {}", lang.time(it.issued_at)),
    }
}

async fn stocks(site: &Site, lang: Lang, asked: Asked) -> Result<Stocks, Fault> {
    let holograms = &site.portal.centre.holograms;
    let bsk = asked.bsk.filter(|code| !code.trim().is_empty()).map(|code| code.trim().to_ascii_uppercase());
    let too_long = |code: &Option<String>| code.as_ref().is_some_and(|code| code.len() > CODE);
    if too_long(&bsk) || too_long(&asked.after) {
        return Err(Fault::invalid("bsk", "`bsk` and `after` are the code of a centre, like PUM0027"));
    }
    let lang_of = |other: Lang| format!("lang={}", other.code());
    let (rows, more, here) = match &bsk {
        Some(bsk) => {
            let mut found = holograms.hologram_ranges(bsk, asked.before, ROWS + 1).await.map_err(Fault::port)?;
            let more = found.len() > ROWS as usize;
            found.truncate(ROWS as usize);
            let last = found.last().map(|it| format!("bsk={}&before={}&", escaped(bsk), it.number));
            let rows: Vec<Line> = found.iter().map(|it| of_range(lang, it)).collect();
            (rows, last.filter(|_| more), format!("bsk={}&", escaped(bsk)))
        }
        None => {
            let after = asked.after.as_deref();
            let mut found = holograms.hologram_stocks(after, ROWS + 1).await.map_err(Fault::port)?;
            let more = found.len() > ROWS as usize;
            found.truncate(ROWS as usize);
            let last = found.last().map(|it| format!("after={}&", escaped(&it.bsk)));
            let rows: Vec<Line> = found.iter().map(|it| of_centre(site, lang, it)).collect();
            (rows, last.filter(|_| more), after.map(|code| format!("after={}&", escaped(code))).unwrap_or_default())
        }
    };
    Ok(Stocks {
        shell: Shell::at(site, lang, format!("/office/holograms?{here}{}", lang_of(lang.other()))),
        said: None,
        keyed: Issued { bsk: bsk.clone().unwrap_or_default(), ..Issued::default() },
        centre: bsk.map(|bsk| name(site, &bsk)),
        rows,
        next: more.map(|more| format!("/office/holograms?{more}{}", lang_of(lang))),
    })
}

/// As it stands in an address.
fn escaped(code: &str) -> String {
    serde_urlencoded::to_string([("", code)]).unwrap_or_default().trim_start_matches('=').to_owned()
}

/// `GET /office/holograms`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    keeps(&signed)?;
    let Ok(Query(asked)) = query else {
        return Err(Fault::malformed("a parameter of the address is repeated or not of its kind"));
    };
    Ok(page(&stocks(&site, lang, asked).await?))
}

/// `GET` of what only forms are sent to.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/office/holograms")
}

async fn form<T: DeserializeOwned>(signed: &SignedIn, request: Request) -> Result<T, Fault> {
    keeps(signed)?;
    from_here(request.headers())?;
    let form = Form::<T>::from_request(request, &()).await;
    form.map(|Form(form)| form).map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))
}

/// The page of a centre, or of all, with what became of a form.
async fn told(site: &Site, lang: Lang, keyed: Issued, status: StatusCode, words: String) -> Result<Response, Fault> {
    let known = site.portal.catalogue.bsks.contains_key(&keyed.bsk).then(|| keyed.bsk.clone());
    let shown = stocks(site, lang, Asked { bsk: known, after: None, before: None }).await?;
    let shown = Stocks { said: Some((words, status != StatusCode::OK)), keyed, ..shown };
    Ok((status, page(&shown)).into_response())
}

/// `POST /office/holograms/issue`
pub(crate) async fn issue(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let Issued { bsk, first, last } = form::<Issued>(&signed, request).await?;
    let short = |text: String| text.trim().chars().take(hologram::LONGEST + 1).collect::<String>();
    let keyed = Issued { bsk: short(bsk).to_ascii_uppercase(), first: short(first), last: short(last) };
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    if !site.portal.catalogue.bsks.contains_key(&keyed.bsk) {
        let words = lang.pick(
            "`bsk` is no centre's code; key it in as it stands in the list of centres, like PUM0027.",
            "কেন্দ্রের কোডটি নেই; কেন্দ্রের তালিকায় যেমন আছে তেমন লিখুন, যেমন PUM0027।",
        );
        return told(&site, lang, keyed, unfit, words.to_owned()).await;
    }
    let range = match Range::read(&keyed.first, &keyed.last) {
        Ok(range) => range,
        Err(wrong) => {
            let words = match lang {
                Lang::En => format!("`{}` {}.", wrong.field, wrong.en),
                Lang::Bn if wrong.field == "first" => format!("প্রথম নম্বর: {}।", wrong.bn),
                Lang::Bn => format!("শেষ নম্বর: {}।", wrong.bn),
            };
            return told(&site, lang, keyed, unfit, words).await;
        }
    };
    let act = signed.act("hologram.issue", keyed.bsk.clone(), range.to_string());
    let outcome = site.portal.centre.holograms.issue_holograms(range, &keyed.bsk, act).await.map_err(Fault::port)?;
    match outcome {
        HologramsIssued::New(_) | HologramsIssued::Before(_) => {
            let address = format!("/office/holograms?bsk={}&lang={}", escaped(&keyed.bsk), lang.code());
            Ok(Redirect::to(&address).into_response())
        }
        HologramsIssued::Overlaps(there) => {
            let (from, until, whose) = (there.range.first(), there.range.last(), name(&site, &there.bsk));
            let words = match lang {
                Lang::En => format!(
                    "Nothing was issued: some of these serials are in the range {from} to {until}, which {whose} has. Compare with the roll."
                ),
                Lang::Bn => format!(
                    "কিছু দেওয়া হয়নি: এর কিছু নম্বর {from} থেকে {until} পরিসরে আছে, যা {whose}-এর কাছে। রোলের সঙ্গে মিলিয়ে দেখুন।"
                ),
            };
            told(&site, lang, keyed, StatusCode::CONFLICT, words).await
        }
    }
}

/// `POST /office/holograms/write-off`
pub(crate) async fn write_off(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let WriteOff { serial: text, reason } = form::<WriteOff>(&signed, request).await?;
    let text = keyed("serial", &text)?;
    let reason = hologram::reason(&reason).map_err(|rule| Fault::invalid("reason", format!("`reason` {rule}")))?;
    let (status, en, bn) = match Serial::read(text) {
        None => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "`serial` is no sticker's number: it is letters, a hyphen and digits, like WB26-000001.",
            "এটি স্টিকারের নম্বর নয়: নম্বরে থাকে অক্ষর, হাইফেন ও অঙ্ক, যেমন WB26-000001।",
        ),
        Some(serial) => {
            let act = signed.act("hologram.write_off", serial.to_string(), String::new());
            let outcome = site.portal.centre.holograms.write_off_hologram(None, serial, &reason, act).await;
            match outcome.map_err(Fault::port)? {
                HologramWrittenOff::New => (StatusCode::OK, "The sticker is written off.", "স্টিকারটি বাতিল করা হয়েছে।"),
                HologramWrittenOff::Before => {
                    (StatusCode::OK, "The sticker was written off before.", "স্টিকারটি আগেই বাতিল করা হয়েছে।")
                }
                HologramWrittenOff::NotInStock => (
                    StatusCode::CONFLICT,
                    "No centre was issued this sticker. Compare its number with the roll.",
                    "এই স্টিকার কোনো কেন্দ্রকে দেওয়া হয়নি। রোলের সঙ্গে নম্বরটি মিলিয়ে দেখুন।",
                ),
                HologramWrittenOff::Bound(_) => (
                    StatusCode::CONFLICT,
                    "This sticker is on a print and is not written off; its centre puts another one on the print.",
                    "এই স্টিকারটি একটি ছাপা কাগজে আছে, বাতিল করা যাবে না; কেন্দ্র কাগজে অন্য একটি লাগাবে।",
                ),
            }
        }
    };
    told(&site, lang, Issued::default(), status, lang.pick(en, bn).to_owned()).await
}
