//! How the pages look: the first page of every service's example at 100 dpi beside the picture that was approved.
//!
//! `MOHOR_BLESS=1 cargo test --release -p mohor-document --test main golden` makes the pictures anew: look at each before it
//! is committed.

use crate::common::{differs, example, folders, pdf_of, ready};
use serde_json::{Value, json};

#[test]
fn every_service_looks_as_it_was_approved() {
    if !ready("pdftoppm") {
        return;
    }
    let mut wrong = Vec::new();
    for folder in folders() {
        wrong.extend(differs(&folder.replace('/', "-"), &pdf_of(&example(&folder)), 1));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn conjuncts_are_drawn_as_they_were_approved() {
    if !ready("pdftoppm") {
        return;
    }
    let mut data = example("generic");
    let line =
        |label: &str, words: &str| json!({"label": {"en": label, "bn": label}, "value": {"en": label, "bn": words}});
    data["certificate"]["particulars"] = Value::Array(vec![
        line("ক্ষ ত্র জ্ঞ", "লক্ষ্মী ক্ষেত্র ত্রিলোচন জ্ঞানেন্দ্র বিজ্ঞান রাজ্ঞী"),
        line("ঙ্ক ঞ্চ ষ্ণ", "শঙ্কর অঙ্ক বাঙ্গালি পঞ্চানন কৃষ্ণ বিষ্ণুপুর"),
        line("ন্দ্র শ্চ স্ট্র", "চন্দ্র নরেন্দ্র পশ্চিম নিশ্চয় রাষ্ট্র স্ট্রিট"),
        line("হ্ম হ্ন হ্ব", "ব্রহ্ম ব্রাহ্মণ চিহ্ন আহ্বান অপরাহ্ণ প্রহ্লাদ"),
        line("র্য র্ক দ্ধ", "সূর্য কার্য তর্ক বুদ্ধদেব শ্রদ্ধা উদ্ভব র‍্যাম"),
        line("রেফ য-ফলা", "ভট্টাচার্য্য মুখোপাধ্যায় বন্দ্যোপাধ্যায় জ্যোৎস্না স্বাস্থ্য"),
        line("ৎ ং ঃ ঁ", "হঠাৎ বাংলা দুঃখ চাঁদ উৎসব হাঁসদা বঁধু"),
        line("রু শু হৃ গু", "রুদ্র রূপ শুভ হৃদয় গুরু দ্রুত ভ্রূণ কৃতী"),
        line("ি ে ো ৌ", "কিংশুক মেঘ মোহর সৌরভ নৈহাটি কৈলাস গ্লানি ক্লেশ"),
        line("সংখ্যা", "০১২৩৪৫৬৭৮৯ ৳ ₹ । ॥"),
    ]);
    assert_eq!(differs("conjuncts", &pdf_of(&data), 1), None);
}

#[test]
fn a_later_page_looks_as_it_was_approved() {
    if !ready("pdftoppm") {
        return;
    }
    let mut data = example("LRR/record-of-rights-copy");
    let plots: Vec<Value> = (0..60).map(|n| data["certificate"]["plots"][n % 7].clone()).collect();
    data["certificate"]["plots"] = plots.into();
    assert_eq!(differs("later-page", &pdf_of(&data), 2), None);
}
