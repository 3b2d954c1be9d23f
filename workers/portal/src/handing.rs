//! Hand-overs, as pages and calls do them: what an operator says becomes a ground, a code goes to the applicant's phone, and
//! what came of it is said in words.
//!
//! A code is drawn here, recorded as an HMAC, and only then sent: nobody but the phone has it. A process that dies in between
//! leaves a code that nobody knows; the next one takes its place.

use crate::{
    fault::Fault,
    printing::{gone_back, standing_words},
    session::SignedIn,
    site::Site,
};
use axum::http::StatusCode;
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    ground::{Ground, LONGEST, PaperKind, Way, code_of, last_of},
    sms::{SmsKind, Tongue},
    text,
    uin::Uin,
};
use mohor_ports::{
    gateway::{Sms, Texter},
    ledger::{Act, CodeMade, Handed, HandedOver, Handover, NewCode},
};
use mohor_runtime::code::{CodeKey, draw};
use serde_json::{Value, json};
use std::sync::Arc;

/// The way to citizens' phones.
#[derive(Clone)]
pub struct Texts {
    /// Sends messages.
    pub texter: Arc<dyn Texter>,
    /// What codes are recorded by.
    pub key: CodeKey,
}

/// Characters of the centre's own reference, at most.
const LONGEST_REFERENCE: usize = 64;
/// Characters of a reason, at most.
const LONGEST_REASON: usize = 300;

/// What an operator says of a hand-over, as it came.
#[derive(Default)]
pub(crate) struct Said {
    pub code: String,
    pub kind: String,
    pub last: String,
    pub name: String,
    pub relation: String,
    pub paper: String,
}

/// A text of one line from outside: normalised, with something to print, not too long.
fn line(text: &str, field: &str, longest: usize) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::invalid(field, format!("`{field}` is empty; fill it in")));
    }
    if text.chars().count() > longest {
        return Err(Fault::invalid(field, format!("`{field}` is longer than {longest} characters; shorten it")));
    }
    let mut value = json!(text);
    text::normalise(&mut value, field).map_err(|refusal| Fault::invalid(field, refusal.reason_en))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// A reason that somebody gives.
pub(crate) fn reason(text: &str) -> Result<String, Fault> {
    line(text, "reason", LONGEST_REASON)
}

/// A blank reference is none.
pub(crate) fn reference(text: Option<&str>) -> Result<Option<String>, Fault> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| line(text, "/reference", LONGEST_REFERENCE)).transpose()
}

/// By what a certificate is handed over, as somebody says it.
pub(crate) fn ground(site: &Site, uin: Uin, way: Way, said: &Said) -> Result<Ground, Fault> {
    Ok(match way {
        Way::Unstated => return Err(unstated()),
        Way::Code => {
            let texts = site.portal.texts.as_ref().ok_or_else(no_texts)?;
            let rule = "`code` is the six digits of the message on the applicant's phone";
            let code = code_of(&said.code).ok_or_else(|| Fault::invalid("code", rule))?;
            let mac = texts.key.mac(uin, SmsKind::HandOverCode, &code).map_err(Fault::port)?;
            Ground::Code { mac: Some(mac) }
        }
        Way::Paper => {
            let kinds: Vec<&str> = PaperKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let rule = format!("`kind` is one of {}; Aadhaar is not taken", kinds.join(", "));
            let kind = PaperKind::from_word(&said.kind).ok_or_else(|| Fault::invalid("kind", rule))?;
            let rule = "`last` is the last four letters or digits of the document's number, and no more of it";
            Ground::Paper { kind, last: last_of(&said.last).ok_or_else(|| Fault::invalid("last", rule))? }
        }
        Way::Representative => Ground::Representative {
            name: line(&said.name, "name", LONGEST)?,
            relation: line(&said.relation, "relation", LONGEST)?,
            paper: line(&said.paper, "paper", LONGEST)?,
        },
        Way::Exception => Ground::Exception,
    })
}

/// Nothing says by what it is handed over.
pub(crate) fn unstated() -> Fault {
    Fault::invalid(
        "",
        "say by what it is handed over: `code`, `paper`, `representative` or `exception`, and one of them",
    )
}

/// Hands a certificate over; whether it was before.
pub(crate) async fn hand_over(site: &Site, signed: &SignedIn, over: Handover) -> Result<(Handed, bool), Fault> {
    let detail = format!("{} by {} at {}", over.ground.to().as_str(), over.ground.way().as_str(), over.bsk);
    let act = signed.act("certificate.deliver", over.uin.to_string(), detail);
    match site.portal.counter.hand_over(over, act).await.map_err(Fault::port)? {
        HandedOver::New(handed) => Ok((handed, false)),
        HandedOver::Before(handed) => Ok((handed, true)),
        HandedOver::NotLive(standing) => Err(not_live(standing)),
        HandedOver::Unknown => Err(Fault::not_found()),
        HandedOver::Returned => Err(gone_back()),
        HandedOver::WrongCode { left } => {
            site.refused("one_time_code");
            Err(wrong_code(left))
        }
        HandedOver::NoCode => Err(Fault::new(
            StatusCode::CONFLICT,
            "no_code",
            "no code is open for this certificate: it is older than ten minutes, was tried five times, or none was sent; send a new one",
            "এই শংসাপত্রের কোনো কোড চালু নেই: দশ মিনিট পেরিয়েছে, পাঁচবার ভুল হয়েছে, অথবা পাঠানো হয়নি; নতুন কোড পাঠান",
        )),
        HandedOver::NoException => Err(Fault::new(
            StatusCode::CONFLICT,
            "no_exception",
            "no supervisor has allowed this certificate to be handed over without code or document; ask for it first",
            "কোড বা নথি ছাড়া এই শংসাপত্র দেওয়ার অনুমতি কোনো তত্ত্বাবধায়ক দেননি; আগে অনুমতি চান",
        )),
    }
}

/// The code is another.
pub(crate) fn wrong_code(left: u32) -> Fault {
    let (en, bn) = match left {
        0 => (
            "the code is another, and was tried too often; send a new one".to_owned(),
            "কোড মেলেনি, এবং বহুবার চেষ্টা হয়েছে; নতুন কোড পাঠান",
        ),
        1 => ("the code is another; one try is left".to_owned(), "কোড মেলেনি; আর একবার চেষ্টা করা যাবে"),
        left => (format!("the code is another; {left} tries are left"), "কোড মেলেনি; আবার চেষ্টা করুন"),
    };
    let mut fault = Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong_code", en, bn).at("code");
    fault.members.insert("left".into(), left.into());
    fault
}

/// Why a certificate that is not live is not handed out.
pub(crate) fn not_live(standing: Standing) -> Fault {
    let (en, bn) = standing_words(standing).unwrap_or(("this certificate is not handed out", "এই শংসাপত্র দেওয়া হয় না"));
    let mut fault = Fault::new(StatusCode::CONFLICT, "not_live", en, bn);
    fault.members.insert("standing".into(), serde_json::to_value(standing).unwrap_or(Value::Null));
    fault
}

fn no_texts() -> Fault {
    Fault::new(
        StatusCode::CONFLICT,
        "no_texts",
        "this installation sends no short messages; hand it over by a document, to a representative, or ask for an exception",
        "এখানে এসএমএস পাঠানো হয় না; নথি দেখে, প্রতিনিধিকে, অথবা অনুমতি নিয়ে দিন",
    )
}

/// Sends a code to the phone of whoever applied.
pub(crate) async fn send_code(
    site: &Site,
    signed: &SignedIn,
    bsk: &str,
    uin: Uin,
    tongue: Tongue,
) -> Result<(), Fault> {
    let act = signed.act("certificate.code", uin.to_string(), format!("to the applicant's phone, at {bsk}"));
    match send(site, uin, SmsKind::HandOverCode, Some(bsk), tongue, act).await? {
        CodeMade::New { .. } => Ok(()),
        CodeMade::NoMobile => Err(Fault::new(
            StatusCode::CONFLICT,
            "no_mobile",
            "the application names no phone, or its number is erased; hand it over by a document or to a representative",
            "আবেদনে ফোন নম্বর নেই, বা মুছে ফেলা হয়েছে; নথি দেখে বা প্রতিনিধিকে দিন",
        )),
        CodeMade::Shared => Err(Fault::new(
            StatusCode::CONFLICT,
            "shared_mobile",
            "the phone of this application stands on more than five open applications and is sent no code; hand it over by a document",
            "এই আবেদনের ফোন নম্বর পাঁচটির বেশি চালু আবেদনে আছে, তাই কোড পাঠানো হয় না; নথি দেখে দিন",
        )),
        CodeMade::Again(at) => Err(again(at, site.portal.inbox.now().await.map_err(Fault::port)?)),
        CodeMade::HandedOver => Err(Fault::new(
            StatusCode::CONFLICT,
            "handed_over",
            "this certificate was handed over before; its page says to whom and when",
            "এই শংসাপত্র আগেই দেওয়া হয়েছে; কাকে ও কবে তা এর পাতায় আছে",
        )),
        CodeMade::NotLive(standing) => Err(not_live(standing)),
        CodeMade::Unknown => Err(Fault::not_found()),
    }
}

/// Records a code and sends it. Whoever asks says what the outcome means to whom.
pub(crate) async fn send(
    site: &Site,
    uin: Uin,
    kind: SmsKind,
    bsk: Option<&str>,
    tongue: Tongue,
    act: Act,
) -> Result<CodeMade, Fault> {
    let texts = site.portal.texts.as_ref().ok_or_else(no_texts)?;
    let code = draw(site.portal.entropy.as_ref()).map_err(Fault::port)?;
    let mac = texts.key.mac(uin, kind, &code).map_err(Fault::port)?;
    let new = NewCode { uin, kind, bsk: bsk.map(str::to_owned), mac: mac.clone() };
    let made = site.portal.codes.make_code(new, act).await.map_err(Fault::port)?;
    if let CodeMade::New { mobile, application_no } = &made {
        let text = kind.text(tongue, &[&code, application_no]);
        // The start of the HMAC names this code and no other, and tells nothing of it.
        let sms = Sms { id: mac.chars().take(16).collect(), to: mobile.clone(), text, template: kind.template(tongue) };
        if let Err(error) = texts.texter.send(&sms).await {
            tracing::warn!(code = error.code(), words = %error, "a code could not be sent");
            return Err(Fault::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "sms_away",
                "the code could not be sent: the provider of short messages does not take it; try again in a minute, or hand it over by a document",
                "কোড পাঠানো গেল না: এসএমএস পরিষেবা নিচ্ছে না; এক মিনিট পরে আবার চেষ্টা করুন, অথবা নথি দেখে দিন",
            ));
        }
    }
    Ok(made)
}

fn again(at: Instant, now: Instant) -> Fault {
    let seconds = (at.millis() - now.millis()).max(0) as u64 / 1000 + 1;
    let civil = at.civil();
    let en = format!(
        "a code was sent a moment ago, or as many as a day has; the next one can be sent at {:02}:{:02} on {}",
        civil.hour(),
        civil.minute(),
        mohor_domain::civil::date_en(at.day())
    );
    let bn = "একটু আগেই কোড পাঠানো হয়েছে, অথবা দিনের সীমা পূর্ণ; কিছু পরে আবার পাঠান";
    let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "code_again", en, bn);
    fault.retry_after = Some(seconds);
    fault
}

/// By what it was handed over, in words.
pub(crate) fn ground_words(ground: &Ground) -> (String, String) {
    let same = |en: &str, bn: &str| (en.to_owned(), bn.to_owned());
    match ground {
        Ground::Unstated => same("", ""),
        Ground::Code { .. } => same("by the code on the phone", "ফোনের কোড মিলিয়ে"),
        Ground::Paper { kind, last } => {
            let (en, bn) = paper_words(*kind);
            (format!("by the {en} ending {last}"), format!("{bn} দেখে (শেষ {last})"))
        }
        Ground::Representative { name, .. } if name.is_empty() => same("", ""),
        Ground::Representative { name, relation, paper } => {
            (format!("{name}, {relation}, with {paper}"), format!("{name}, {relation}, {paper}"))
        }
        Ground::Exception => same("as a supervisor allowed", "তত্ত্বাবধায়কের অনুমতিতে"),
    }
}

/// A document's name.
pub(crate) fn paper_words(kind: PaperKind) -> (&'static str, &'static str) {
    match kind {
        PaperKind::VoterCard => ("voter's card", "ভোটার কার্ড"),
        PaperKind::RationCard => ("ration card", "রেশন কার্ড"),
        PaperKind::DrivingLicence => ("driving licence", "ড্রাইভিং লাইসেন্স"),
        PaperKind::Passport => ("passport", "পাসপোর্ট"),
        PaperKind::PanCard => ("PAN card", "প্যান কার্ড"),
        PaperKind::JobCard => ("job card", "জব কার্ড"),
    }
}
