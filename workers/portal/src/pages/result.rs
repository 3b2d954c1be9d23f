//! `POST /verify`, `POST /verify/pdf` and `POST /verify/hologram`: the verdict. Never the PDF, never a full name; a number rides
//! no address.

use super::{Shell, page};
use crate::{
    body,
    client::Client,
    facts::{Shown, shown, shown_of},
    fault::Fault,
    judge::{Evidence, Finding, judge},
    lang::Lang,
    site::Site,
    sticker,
    words::{Words, explain},
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use mohor_domain::{
    certificate::Verdict,
    civil::{date_bn, date_en},
};
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a keyed-in text that are shown again.
const ECHO: usize = 40;

/// The page.
#[derive(Template)]
#[template(path = "result.html")]
struct Outcome {
    shell: Shell,
    verdict: Verdict,
    specimen: bool,
    paragraphs: Vec<Words>,
    /// The number in groups, once the evidence or the ledger vouches for it.
    uin: Option<String>,
    /// The facts, masked.
    rows: Vec<Shown>,
    /// What was keyed in, to be corrected.
    typed: Option<String>,
    checked: Option<(String, String)>,
    /// Whether the sticker that was keyed in belongs to it.
    sticker: Option<bool>,
}

impl Outcome {
    /// Whether somebody may ask about the sticker: always, whether there is one on record or not.
    fn may_ask(&self) -> bool {
        sticker::asked_of(self.verdict)
    }

    /// How the headline looks: good, mind, bad or unknown.
    fn tone(&self) -> &'static str {
        match self.verdict {
            Verdict::Genuine if self.specimen => "mind",
            Verdict::Genuine => "good",
            Verdict::GenuineExpired | Verdict::GenuineSuperseded | Verdict::Suspended => "mind",
            Verdict::Altered | Verdict::Revoked | Verdict::NotIssuedHere => "bad",
            Verdict::Mistyped | Verdict::CannotCheckNow => "open",
        }
    }
}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    number: String,
}

/// `POST /verify`
pub(crate) async fn number(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.verify.pass(client)?;
    let form = Form::<Keyed>::from_request(request, &()).await;
    let Form(Keyed { number }) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let finding = judge(&site, Evidence::Number(number.clone())).await?;
    let typed = (finding.verdict == Verdict::Mistyped).then(|| number.chars().take(ECHO).collect());
    Ok(answer(&site, lang, &finding, typed, None))
}

#[derive(Deserialize)]
struct Stuck {
    #[serde(default)]
    number: String,
    #[serde(default)]
    serial: String,
}

/// `POST /verify/hologram`: the verdict once more, and whether the sticker belongs to the certificate. Neither of the two
/// numbers rides an address, and the sticker's is not shown again.
pub(crate) async fn hologram(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.verify.pass(client)?;
    let form = Form::<Stuck>::from_request(request, &()).await;
    let Form(Stuck { number, serial }) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    let serial = sticker::keyed("serial", &serial)?;
    let finding = judge(&site, Evidence::Number(number)).await?;
    let same = match sticker::asked_of(finding.verdict) {
        true => Some(sticker::matches(&site, &finding, serial).await?),
        false => None,
    };
    Ok(answer(&site, lang, &finding, None, same))
}

/// `POST /verify/pdf`
pub(crate) async fn pdf(
    State(site): State<Arc<Site>>,
    client: Client,
    lang: Lang,
    request: Request,
) -> Result<Response, Fault> {
    site.gates.verify.pass(client)?;
    site.gates.upload.pass(client)?;
    let (request, held) = site.uploads.hold(client, request);
    let bytes = body::file(request).await.map_err(|fault| held.or(fault))?;
    if bytes.is_empty() {
        let en = "choose the PDF or the picture first, then press the button";
        return Err(Fault::new(StatusCode::BAD_REQUEST, "no_file", en, "আগে PDF ফাইল বা ছবিটি বাছুন, তারপর বোতাম টিপুন"));
    }
    let finding = judge(&site, Evidence::File(bytes)).await?;
    Ok(answer(&site, lang, &finding, None, None))
}

fn answer(site: &Site, lang: Lang, finding: &Finding, typed: Option<String>, sticker: Option<bool>) -> Response {
    let checked = finding.checked_at.map(|at| {
        let time = at.civil().strftime("%H:%M").to_string();
        let day = at.day();
        let bn = mohor_domain::civil::digits_bn(&time);
        (format!("{}, {time} IST", date_en(day)), format!("{}, {bn}", date_bn(day)))
    });
    let shell = Shell::new(site, lang, None);
    let mut response = page(&Outcome {
        paragraphs: explain(finding, &shell.host),
        shell,
        verdict: finding.verdict,
        specimen: finding.is_specimen(),
        uin: finding.uin.map(|uin| uin.grouped()),
        rows: match (finding.certificate.as_deref(), finding.document.as_deref()) {
            (Some(certificate), _) => shown(&site.portal, certificate),
            (None, Some(document)) => shown_of(document),
            (None, None) => vec![],
        },
        typed,
        checked,
        sticker,
    });
    if finding.verdict == Verdict::CannotCheckNow {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
