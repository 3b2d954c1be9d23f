//! `GET /bsk/test-page`: the page by which a printer is tried before the first print of a day. It is printed from the browser and
//! its code is scanned back, here.

use super::{
    centre,
    today::{figure, words},
};
use crate::{
    centre::fresh,
    fault::Fault,
    lang::Lang,
    pages::{Shell, page},
    session::{SignedIn, from_here},
    site::Site,
};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use mohor_document::qr::{MAX_SIZE, QUIET_ZONE, QrMatrix};
use mohor_domain::{
    civil::{date_bn, date_en},
    test_page::{LONGEST, grouped, qr_text, read},
};
use mohor_ports::{error::Error, ledger::TestTry};
use serde::Deserialize;
use std::sync::Arc;

/// Millimetres of a certificate's QR code with the most modules: those of the test page are as small.
const CERTIFICATES: f32 = 35.0;

/// The page.
#[derive(Template)]
#[template(path = "test_page.html")]
struct Sheet {
    shell: Shell,
    centre: String,
    day_en: String,
    day_bn: String,
    /// In letters, for scanners that fail.
    code: String,
    qr: String,
    /// Modules of a side, quiet zone included.
    side: usize,
    /// Millimetres of a side.
    millimetres: String,
    /// When the printer was tried.
    tried: Option<String>,
    /// Why what was scanned is not the page's.
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Scanned {
    #[serde(default)]
    code: String,
}

async fn sheet(site: &Site, lang: Lang, signed: &SignedIn, bsk: &str, refused: Option<String>) -> Result<Sheet, Fault> {
    let who = format!("person:{}", signed.person.login);
    let made = site.portal.centre.test_pages.test_page(bsk, &fresh(site)?, &who).await.map_err(Fault::port)?;
    let day = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let wrong = |error| Fault::port(Error::fatal("a test page's code makes no QR code").because(error));
    let matrix = QrMatrix::encode(&qr_text(&made.code)).map_err(wrong)?;
    let side = matrix.view_size();
    let module = CERTIFICATES / (MAX_SIZE + 2 * QUIET_ZONE) as f32;
    let known = site.portal.catalogue.bsks.get(bsk);
    Ok(Sheet {
        shell: Shell::new(site, lang, Some("/bsk/test-page")),
        centre: known.map_or_else(|| bsk.to_owned(), |known| format!("{} ({bsk})", known.name)),
        day_en: date_en(day),
        day_bn: date_bn(day),
        code: grouped(&made.code),
        qr: matrix.svg_path(),
        side,
        millimetres: format!("{:.1}", module * side as f32),
        tried: made.tried.as_ref().map(|tried| words(lang, tried)),
        refused,
    })
}

/// `GET /bsk/test-page`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang, signed: SignedIn) -> Result<Response, Fault> {
    let bsk = centre(&signed)?;
    Ok(page(&sheet(&site, lang, &signed, &bsk, None).await?))
}

/// `POST /bsk/test-page`: what was scanned.
pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Response, Fault> {
    let bsk = centre(&signed)?;
    from_here(request.headers())?;
    let form = Form::<Scanned>::from_request(request, &()).await;
    let Form(Scanned { code }) = form.map_err(|rejection| Fault::of_status(rejection.status(), "8 KiB"))?;
    if code.trim().is_empty() || code.chars().count() > LONGEST {
        let words = format!("`code` is empty or longer than {LONGEST} characters; scan the code of the test page");
        return Err(Fault::invalid("code", words));
    }
    let act = signed.act("printer.try", bsk.clone(), String::new());
    let outcome = site.portal.centre.test_pages.try_test_page(&bsk, &read(&code), &fresh(&site)?, act).await;
    let refused = match outcome.map_err(Fault::port)? {
        TestTry::New(_) | TestTry::Before(_) => {
            return Ok(Redirect::to(&format!("/bsk/test-page?lang={}", lang.code())).into_response());
        }
        TestTry::Wrong(left) => match lang {
            Lang::En => format!("This is not the code of today's page. Scan it once more; tries left: {left}."),
            Lang::Bn => {
                format!("এটি আজকের পাতার কোড নয়। আর একবার স্ক্যান করুন; বাকি চেষ্টা: {}।", figure(lang, left.into()))
            }
        },
        TestTry::Fresh => lang
            .pick(
                "Too many wrong codes: this is a fresh page. Print it and scan its code; the one that was printed before is worth nothing.",
                "অনেকবার ভুল কোড এসেছে: এটি নতুন পাতা। এটি ছেপে এর কোড স্ক্যান করুন; আগের ছাপা পাতা আর চলবে না।",
            )
            .to_owned(),
        TestTry::NoPage => lang
            .pick("A new day has begun: print this page and scan its code.", "নতুন দিন শুরু হয়েছে: এই পাতাটি ছেপে এর কোড স্ক্যান করুন।")
            .to_owned(),
    };
    let shown = sheet(&site, lang, &signed, &bsk, Some(refused)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&shown)).into_response())
}
