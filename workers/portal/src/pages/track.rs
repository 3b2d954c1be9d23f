//! `/track`: where an application stands, for whoever holds its Form 1, and the document itself with a code to the phone
//! besides.
//!
//! There is no session: each form carries number and key, and no address does. What is shown is masked, and each look leaves
//! an audit line. A document leaves as at a centre (`printing.rs`): its bytes are compared with the recorded digest, then code,
//! fetch and audit line are one transaction, then the first byte goes. A process that dies in between has used up a code:
//! another can be sent.

mod stand;
mod view;

use super::{Shell, page};
use crate::{
    client::Client,
    fault::Fault,
    handing,
    lang::Lang,
    site::Site,
    tracking::{Missed, find},
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use mohor_domain::{
    certificate::Standing,
    ground::code_of,
    sms::{SmsKind, Tongue},
    uin::Uin,
};
use mohor_ports::{
    error::Error,
    ledger::{Act, CodeMade, Fetched},
};
use serde::Deserialize;
use std::sync::Arc;
use view::{Seen, Words, tracked};

/// Asks for number and key.
#[derive(Template)]
#[template(path = "track.html")]
struct Track {
    shell: Shell,
    /// Why there is no answer, and the field that it is about.
    missed: Option<Words>,
    field: &'static str,
}

/// A form of these pages.
#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    number: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    tongue: String,
}

/// `GET /track`
pub(crate) async fn ask(State(site): State<Arc<Site>>, lang: Lang) -> Response {
    page(&Track { shell: Shell::new(&site, lang, Some("/track")), missed: None, field: "" })
}

/// An answer has no address of its own: reloading it leads back to the form.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/track")
}

/// `POST /track`
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    let keyed = read(request).await?;
    match look(&site, client, &keyed).await? {
        Ok(seen) => Ok(page(&tracked(&site, lang, &seen, None))),
        Err(missed) => Ok(again(&site, lang, &missed)),
    }
}

/// `POST /track/code`: a code goes to the applicant's phone.
pub(crate) async fn code(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    let keyed = read(request).await?;
    let seen = match look(&site, client, &keyed).await? {
        Ok(seen) => seen,
        Err(missed) => return Ok(again(&site, lang, &missed)),
    };
    let (status, words) = match seen.document() {
        Some(uin) => send(&site, uin, Tongue::from_word(&keyed.tongue).unwrap_or(Tongue::Bn)).await?,
        None => (StatusCode::CONFLICT, NOT_READY),
    };
    Ok(noted(&site, lang, &seen, status, words))
}

/// `POST /track/pdf`: the document, to whoever has the code.
pub(crate) async fn pdf(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    let keyed = read(request).await?;
    let seen = match look(&site, client, &keyed).await? {
        Ok(seen) => seen,
        Err(missed) => return Ok(again(&site, lang, &missed)),
    };
    // The answer to a code costs a look into the vault, as a file that is uploaded does.
    site.gates.upload.pass(client)?;
    let noted = |status, words| Ok(noted(&site, lang, &seen, status, words));
    let Some((uin, sha256)) = seen.document().zip(seen.sha256()) else { return noted(StatusCode::CONFLICT, NOT_READY) };
    let Some(texts) = site.portal.texts.as_ref() else { return noted(StatusCode::CONFLICT, NO_TEXTS) };
    let Some(code) = code_of(&keyed.code) else { return noted(StatusCode::UNPROCESSABLE_ENTITY, NO_CODE_IN_IT) };
    let mac = texts.key.mac(uin, SmsKind::DocumentCode, &code).map_err(Fault::port)?;
    let bytes = site.portal.vault.get(sha256).await.map_err(Fault::port)?;
    // The ledger says that it is there: a vault that has lost it is the operators' matter.
    let lost = || Fault::port(Error::reject("lost_object", "a recorded object is not in the vault"));
    let bytes = bytes.ok_or_else(lost)?;
    let act = act("certificate.fetch", uin.to_string(), "pdf by the code on the phone");
    match site.portal.citizens.fetch(uin, &mac, act).await.map_err(Fault::port)? {
        Fetched::Done(_) => (),
        Fetched::WrongCode { left } => {
            site.refused("one_time_code");
            return noted(StatusCode::UNPROCESSABLE_ENTITY, if left == 0 { SPENT } else { WRONG });
        }
        Fetched::NoCode => return noted(StatusCode::CONFLICT, NONE_OPEN),
        Fetched::NotLive(standing) => return noted(StatusCode::CONFLICT, not_live(standing)),
        Fetched::Unknown => return noted(StatusCode::CONFLICT, NOT_READY),
    }
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{uin}.pdf\"")),
    ];
    Ok((headers, bytes).into_response())
}

async fn read(request: Request) -> Result<Keyed, Fault> {
    let form = Form::<Keyed>::from_request(request, &()).await;
    form.map(|Form(keyed)| keyed).map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))
}

/// Looks an application up; whoever is shown something of it leaves a line before.
async fn look(site: &Site, client: Client, keyed: &Keyed) -> Result<Result<Seen, Missed>, Fault> {
    let named = match find(site, client, &keyed.number, &keyed.key).await? {
        Ok(named) => named,
        Err(missed) => return Ok(Err(missed)),
    };
    let act = act("application.track", named.tracked.application.to_string(), "");
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    Seen::of(site, named).await.map(Ok)
}

/// The line of what a citizen does, whom nobody knows by name here.
fn act(word: &str, subject: String, detail: &str) -> Act {
    Act { actor: "citizen".into(), act: word.into(), subject, detail: detail.into() }
}

/// The form once more. What was keyed in is not in it: the answer is the same, to the byte, for each number and key that do
/// not belong together.
fn again(site: &Site, lang: Lang, missed: &Missed) -> Response {
    let (status, field, words) = match missed {
        Missed::Unknown => (StatusCode::NOT_FOUND, "", UNKNOWN),
        Missed::Mistyped("number") => (StatusCode::UNPROCESSABLE_ENTITY, "number", NO_NUMBER),
        Missed::Mistyped(_) => (StatusCode::UNPROCESSABLE_ENTITY, "key", NO_KEY),
    };
    let mut response = page(&Track { shell: Shell::new(site, lang, None), missed: Some(words), field });
    *response.status_mut() = status;
    response
}

/// The answer with what came of what was just done.
fn noted(site: &Site, lang: Lang, seen: &Seen, status: StatusCode, words: Words) -> Response {
    let mut response = page(&tracked(site, lang, seen, Some(words)));
    *response.status_mut() = status;
    response
}

async fn send(site: &Site, uin: Uin, tongue: Tongue) -> Result<(StatusCode, Words), Fault> {
    if site.portal.texts.is_none() {
        return Ok((StatusCode::CONFLICT, NO_TEXTS));
    }
    let act = act("certificate.code", uin.to_string(), "to the applicant's phone, for the document");
    let made = match handing::send(site, uin, SmsKind::DocumentCode, None, tongue, act).await {
        Ok(made) => made,
        Err(fault) if fault.code == "sms_away" => return Ok((StatusCode::SERVICE_UNAVAILABLE, AWAY)),
        Err(fault) => return Err(fault),
    };
    Ok(match made {
        CodeMade::New { .. } => (StatusCode::OK, SENT),
        CodeMade::NoMobile => (StatusCode::CONFLICT, NO_MOBILE),
        CodeMade::Shared => (StatusCode::CONFLICT, SHARED),
        CodeMade::Again(_) => (StatusCode::TOO_MANY_REQUESTS, AGAIN),
        CodeMade::NotLive(standing) => (StatusCode::CONFLICT, not_live(standing)),
        CodeMade::HandedOver | CodeMade::Unknown => (StatusCode::CONFLICT, NOT_READY),
    })
}

/// Why a certificate that is not live is not given out.
fn not_live(standing: Standing) -> Words {
    match standing {
        Standing::Live => NOT_READY,
        Standing::Suspended => SUSPENDED,
        Standing::Revoked => REVOKED,
        Standing::Superseded => SUPERSEDED,
    }
}

const UNKNOWN: Words = (
    "There is nothing here by this number and this key. Compare both with the acknowledgement (Form 1). After ten wrong keys for a number in an hour nothing is shown for it until the hour is over.",
    "এই নম্বর ও এই কী-তে এখানে কিছু নেই। প্রাপ্তিস্বীকারের (ফর্ম ১) সঙ্গে দুটিই মিলিয়ে দেখুন। এক ঘণ্টায় কোনো নম্বরে দশবার ভুল কী দিলে ঘণ্টা না পেরোনো পর্যন্ত কিছু দেখানো হয় না।",
);
const NO_NUMBER: Words = (
    "The application number is empty or longer than 64 characters. Key it in as it stands on the acknowledgement.",
    "আবেদন নম্বর খালি, অথবা ৬৪ অক্ষরের বেশি। প্রাপ্তিস্বীকারে যেমন আছে তেমন লিখুন।",
);
const NO_KEY: Words = (
    "The tracking key has eight letters and digits, such as 7K3M-9QXT. It has no U. Key it in as it stands on the acknowledgement.",
    "ট্র্যাকিং কী আটটি অক্ষর ও অঙ্কের, যেমন 7K3M-9QXT। এতে U নেই। প্রাপ্তিস্বীকারে যেমন আছে তেমন লিখুন।",
);
const NOT_READY: Words = (
    "There is no document to be fetched: the certificate is not ready, or none will be made.",
    "ডাউনলোড করার মতো নথি নেই: শংসাপত্র এখনও প্রস্তুত নয়, অথবা হবে না।",
);
const NO_TEXTS: Words = (
    "No codes are sent to phones from here. Collect the certificate at the centre where you applied, or ask at the office.",
    "এখান থেকে ফোনে কোড পাঠানো হয় না। যে কেন্দ্রে আবেদন করেছেন সেখান থেকে শংসাপত্র নিন, অথবা কার্যালয়ে জিজ্ঞাসা করুন।",
);
const NO_MOBILE: Words = (
    "The application names no phone, or its number is erased. Collect the certificate at the centre where you applied, or ask at the office.",
    "আবেদনে ফোন নম্বর নেই, অথবা মুছে ফেলা হয়েছে। যে কেন্দ্রে আবেদন করেছেন সেখান থেকে শংসাপত্র নিন, অথবা কার্যালয়ে জিজ্ঞাসা করুন।",
);
const SHARED: Words = (
    "The phone of this application stands on more than five open applications, and is sent no code. Collect the certificate at the centre where you applied, or ask at the office.",
    "এই আবেদনের ফোন নম্বর পাঁচটির বেশি চালু আবেদনে আছে, তাই কোড পাঠানো হয় না। যে কেন্দ্রে আবেদন করেছেন সেখান থেকে শংসাপত্র নিন, অথবা কার্যালয়ে জিজ্ঞাসা করুন।",
);
const SENT: Words = (
    "A code is on its way to the phone. It is good for ten minutes and five tries. Never tell it to anybody.",
    "ফোনে কোড পাঠানো হল। দশ মিনিট ও পাঁচবার চেষ্টা পর্যন্ত চলবে। কাউকে বলবেন না।",
);
const AGAIN: Words = (
    "A code was sent a moment ago, or as many as a day has. Wait a minute, or until tomorrow, and ask again.",
    "একটু আগেই কোড পাঠানো হয়েছে, অথবা দিনের সীমা পূর্ণ। এক মিনিট পরে, অথবা আগামীকাল আবার চান।",
);
const AWAY: Words = (
    "The code could not be sent: short messages are not taken right now. Try again in a minute.",
    "কোড পাঠানো গেল না: এসএমএস পরিষেবা এখন নিচ্ছে না। এক মিনিট পরে আবার চেষ্টা করুন।",
);
const NO_CODE_IN_IT: Words = (
    "The code is the six digits of the message on the phone. Key them in.",
    "কোড হল ফোনে আসা এসএমএসের ছয়টি অঙ্ক। সেগুলি লিখুন।",
);
const WRONG: Words = (
    "The code is another. Compare it with the message; after five wrong ones it is spent.",
    "কোড মেলেনি। এসএমএসের সঙ্গে মিলিয়ে দেখুন; পাঁচবার ভুল হলে কোডটি আর চলবে না।",
);
const SPENT: Words = (
    "The code is another, and was tried too often. Ask for a new one.",
    "কোড মেলেনি, এবং বহুবার চেষ্টা হয়েছে। নতুন কোড চান।",
);
const NONE_OPEN: Words = (
    "No code is open: it is older than ten minutes, was used, was tried five times, or none was sent. Ask for a new one.",
    "কোনো কোড চালু নেই: দশ মিনিট পেরিয়েছে, ব্যবহার হয়ে গেছে, পাঁচবার ভুল হয়েছে, অথবা পাঠানো হয়নি। নতুন কোড চান।",
);

const SUSPENDED: Words = (
    "The department has suspended the certificate. It is not given out until the department restores it; ask there.",
    "বিভাগ শংসাপত্রটি স্থগিত রেখেছে। বিভাগ আবার চালু না করা পর্যন্ত এটি দেওয়া হয় না; সেখানে জিজ্ঞাসা করুন।",
);
const REVOKED: Words = (
    "The department has revoked the certificate. It is not given out; ask there.",
    "বিভাগ শংসাপত্রটি বাতিল করেছে। এটি দেওয়া হয় না; সেখানে জিজ্ঞাসা করুন।",
);
const SUPERSEDED: Words = (
    "A correction has taken the certificate's place. Look with the number of the correction.",
    "সংশোধিত শংসাপত্র এটির জায়গা নিয়েছে। সংশোধনের আবেদন নম্বর দিয়ে দেখুন।",
);
