//! How the pages look: the first page of every service's example at 100 dpi beside the picture that was approved.
//!
//! `MOHOR_BLESS=1 cargo test --release -p mohor-document --test golden` makes the pictures anew: look at each before it
//! is committed.

mod common;

use common::{example, folders, home, pdf_of, poppler, ready};
use image::GrayImage;
use serde_json::{Value, json};
use std::fs;

/// Levels of grey that are kept: enough to see by, and a picture is half as large.
const LEVEL: u8 = 16;
/// A pixel differs when nothing within a pixel of it is this near: other versions of the rasteriser smooth otherwise.
const NEAR: u8 = 80;
/// A wrong cluster of letters differs in more pixels than these.
const MOST: usize = 40;

#[test]
fn every_service_looks_as_it_was_approved() {
    if !ready("pdftoppm") {
        return;
    }
    let mut wrong = Vec::new();
    for folder in folders() {
        wrong.extend(differs(&folder.replace('/', "-"), &example(&folder), 1));
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
    assert_eq!(differs("conjuncts", &data, 1), None);
}

#[test]
fn a_later_page_looks_as_it_was_approved() {
    if !ready("pdftoppm") {
        return;
    }
    let mut data = example("LRR/record-of-rights-copy");
    let plots: Vec<Value> = (0..60).map(|n| data["certificate"]["plots"][n % 7].clone()).collect();
    data["certificate"]["plots"] = plots.into();
    assert_eq!(differs("later-page", &data, 2), None);
}

/// What is wrong with a page's look. Blessing makes its picture anew.
fn differs(name: &str, data: &Value, page: u32) -> Option<String> {
    let path = home().join(format!("tests/golden/{name}.png"));
    let page = page.to_string();
    let picture = poppler("pdftoppm", &pdf_of(data), &["-r", "100", "-gray", "-png", "-f", &page, "-l", &page], &[]);
    let mut seen = image::load_from_memory(&picture).expect("a picture").into_luma8();
    if std::env::var_os("MOHOR_BLESS").is_some() {
        for pixel in seen.pixels_mut() {
            pixel.0[0] = (pixel.0[0] / LEVEL).saturating_mul(LEVEL + 1);
        }
        seen.save(&path).expect("saved");
        return None;
    }
    let words = format!("{name}: {}, with MOHOR_BLESS=1 it is made anew", path.display());
    let Ok(bytes) = fs::read(&path) else { return Some(format!("no picture {words}")) };
    let approved = image::load_from_memory(&bytes).expect("a picture").into_luma8();
    if approved.dimensions() != seen.dimensions() {
        return Some(format!("another size than {words}"));
    }
    let count = unlike(&seen, &approved).max(unlike(&approved, &seen));
    (count > MOST).then(|| format!("{count} pixels differ from {words}"))
}

/// Pixels that have nothing near to their grey within a pixel of their place in the other picture.
fn unlike(one: &GrayImage, other: &GrayImage) -> usize {
    let (width, height) = one.dimensions();
    one.enumerate_pixels()
        .filter(|(x, y, pixel)| {
            let mut around = (x.saturating_sub(1)..=(x + 1).min(width - 1))
                .flat_map(|x| (y.saturating_sub(1)..=(y + 1).min(height - 1)).map(move |y| (x, y)));
            !around.any(|(x, y)| other.get_pixel(x, y).0[0].abs_diff(pixel.0[0]) < NEAR)
        })
        .count()
}
