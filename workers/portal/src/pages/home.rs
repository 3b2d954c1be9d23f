//! `GET /`: key in a number or choose a PDF. A QR code opens this page with its credential in the fragment, which a
//! browser never sends: a small script has it checked and shows the verdict; without script the number is keyed in.

use super::{Shell, page};
use crate::{lang::Lang, site::Site};
use askama::Template;
use axum::{
    extract::State,
    response::{Redirect, Response},
};
use mohor_domain::certificate::Verdict;
use std::sync::Arc;

/// The page.
#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    verdicts: &'static [(Verdict, &'static str, &'static str)],
}

/// What each verdict means, for the list on the page.
const VERDICTS: [(Verdict, &str, &str); 9] = [
    (Verdict::Genuine, "issued and in force", "দেওয়া হয়েছে এবং বহাল আছে"),
    (Verdict::GenuineExpired, "its period of validity is over", "মেয়াদ শেষ হয়েছে"),
    (Verdict::GenuineSuperseded, "ask for the newer one", "নতুনটি চান"),
    (Verdict::Suspended, "do not rely on it for now", "এখন এর উপর নির্ভর করবেন না"),
    (Verdict::Revoked, "withdrawn for good", "স্থায়ীভাবে প্রত্যাহার করা হয়েছে"),
    (Verdict::Altered, "it was changed after it was issued", "দেওয়ার পরে বদলানো হয়েছে"),
    (Verdict::NotIssuedHere, "nothing here knows it", "এখানে এর কোনো নথি নেই"),
    (Verdict::Mistyped, "key the number in again", "নম্বরটি আবার লিখুন"),
    (
        Verdict::CannotCheckNow,
        "try again later; it says nothing about the paper",
        "পরে আবার চেষ্টা করুন; এতে কাগজ সম্পর্কে কিছু বোঝায় না",
    ),
];

/// `GET /`
pub(crate) async fn show(State(site): State<Arc<Site>>, lang: Lang) -> Response {
    page(&Home { shell: Shell::new(&site, lang, Some("/")), verdicts: &VERDICTS })
}

/// A result page has no address of its own: reloading it, or following it from the history, leads back to the form.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/")
}
