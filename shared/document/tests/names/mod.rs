//! Names: what is drawn of each cluster of the script, on paper.
//!
//! A cluster is whole on paper if leaving out any of its letters changes the ink, and if the ink is the same whichever font is
//! asked first. One in sixteen is looked at; `MOHOR_FULL=1` looks at all.

mod script;

use crate::common::{ASSETS, example, plan, poppler, ready};
use image::{GrayImage, imageops};
use mohor_document::{
    render::{Renderer, unprintable},
    service::sample_qr,
};
use mohor_domain::plan::AssetRef;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const COLUMNS: usize = 18;
const ROWS: usize = 56;
/// Points, and at 72 dpi pixels.
const CELL: (u32, u32) = (64, 32);
/// Levels of grey by which ink differs.
const DIFFERENT: u8 = 40;
const ONE_IN: u64 = 16;

const SHEETS: &str = r#"
#let sheets = json("/certificate.json").sheets
#set page(width: 18 * 64pt, height: 56 * 32pt, margin: 0pt)
#set text(size: 14pt, top-edge: "baseline", bottom-edge: "baseline", hyphenate: false)
#for (number, cells) in sheets.enumerate() {
  if number > 0 { pagebreak() }
  for (n, cell) in cells.enumerate() {
    place(dx: calc.rem(n, 18) * 64pt + 8pt, dy: calc.quo(n, 18) * 32pt + 20pt,
      box(text(font: cell.fonts, weight: cell.weight, cell.text)))
  }
}
"#;

/// The seeded share: the same in each run.
fn looked_at(clusters: Vec<String>) -> Vec<String> {
    if std::env::var_os("MOHOR_FULL").is_some() {
        return clusters;
    }
    let drawn = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).is_multiple_of(ONE_IN);
    (0..).zip(clusters).filter(|(n, _)| drawn(*n)).map(|(_, cluster)| cluster).collect()
}

fn cell(text: &str, latin_first: bool, bold: bool) -> Value {
    let mut fonts = ["Noto Sans Bengali", "Noto Sans"];
    if latin_first {
        fonts.reverse();
    }
    json!({"text": text, "fonts": fonts, "weight": if bold { "bold" } else { "regular" }})
}

/// A view by a template of one's own.
fn printed(template: &str, view: Value) -> Vec<u8> {
    let mut plan = plan(&example("BCW/caste-certificate"));
    plan.view = view;
    let sha256 = hex::encode(Sha256::digest(template));
    plan.assets.retain(|asset| asset.name != "/certificate.typ");
    plan.assets.push(AssetRef { name: "/certificate.typ".into(), sha256: sha256.clone() });
    let give = |digest: &str| {
        if digest == sha256 { Some(Arc::from(template.as_bytes())) } else { ASSETS.get(digest).cloned() }
    };
    Renderer::new().render(&plan, &give, &sample_qr().expect("a QR code")).expect("sheets")
}

/// The ink of each cell, by the renderer and a stranger's rasteriser.
fn ink(cells: &[Value]) -> Vec<GrayImage> {
    let sheets: Vec<&[Value]> = cells.chunks(COLUMNS * ROWS).collect();
    let pdf = printed(SHEETS, json!({"sheets": sheets}));
    let mut inks = Vec::with_capacity(cells.len());
    for (number, sheet) in (1..).zip(&sheets) {
        let number = number.to_string();
        let picture = poppler("pdftoppm", &pdf, &["-r", "72", "-gray", "-png", "-f", &number, "-l", &number], &[]);
        let picture = image::load_from_memory(&picture).expect("a picture").into_luma8();
        inks.extend((0..sheet.len()).map(|n| {
            let (x, y) = ((n % COLUMNS) as u32 * CELL.0, (n / COLUMNS) as u32 * CELL.1);
            imageops::crop_imm(&picture, x, y, CELL.0, CELL.1).to_image()
        }));
    }
    inks
}

fn differ(one: &GrayImage, other: &GrayImage) -> bool {
    one.pixels().zip(other.pixels()).any(|(one, other)| one.0[0].abs_diff(other.0[0]) > DIFFERENT)
}

/// The cluster without each of its characters that is to be seen.
fn shorter(cluster: &str) -> Vec<String> {
    let seen = cluster.char_indices().filter(|(_, c)| !matches!(c, '\u{200C}' | '\u{200D}'));
    seen.map(|(at, c)| format!("{}{}", &cluster[..at], &cluster[at + c.len_utf8()..])).collect()
}

#[test]
fn a_long_word_that_may_break_looks_as_it_does_unbroken() {
    if !ready("pdftoppm") {
        return;
    }
    const PAGES: &str = r#"
        #import "/base.typ": soft
        #set page(width: 1200pt, height: 40pt, margin: 4pt)
        #set text(font: "Noto Sans Bengali", size: 14pt)
        #for word in json("/certificate.json").words { box(word); pagebreak(); box(soft(word)); pagebreak(weak: true) }
    "#;
    let words: Vec<String> = ["অ্যা", "এ্যাক্ষ্ম", "র\u{200D}্যা", "শ্রীজিৎ", "র্ত্য"].map(|part| part.repeat(12)).into();
    let pdf = printed(PAGES, json!({"words": words}));
    for (page, word) in (1..).step_by(2).zip(&words) {
        let picture = |page: u32| {
            let page = page.to_string();
            let png = poppler("pdftoppm", &pdf, &["-r", "72", "-gray", "-png", "-f", &page, "-l", &page], &[]);
            image::load_from_memory(&png).expect("a picture").into_luma8()
        };
        assert!(!differ(&picture(page), &picture(page + 1)), "{word}");
    }
}

#[test]
fn no_letter_of_a_cluster_is_lost_between_name_and_paper() {
    let (own, foreign) = (script::own(), script::foreign());
    assert!(own.len() >= 3_000, "only {} clusters", own.len());
    let refused: Vec<&String> = own.iter().filter(|cluster| unprintable(cluster).is_some()).collect();
    assert!(refused.is_empty(), "of the script's own are refused: {refused:?}");
    let taken: Vec<&String> = foreign.iter().filter(|cluster| unprintable(cluster).is_none()).collect();
    assert!(taken.is_empty(), "a letter would be lost of {taken:?}");
    if !ready("pdftoppm") {
        return;
    }
    let all = own.len();
    let clusters = looked_at(own);
    println!(
        "{} of {all} clusters are looked at on paper; {} with a foreign mark are refused",
        clusters.len(),
        foreign.len()
    );
    let mut cells = Vec::new();
    for (n, cluster) in clusters.iter().enumerate() {
        cells.extend([false, true].map(|latin_first| cell(cluster, latin_first, n % 2 == 1)));
        cells.extend(shorter(cluster).iter().map(|shorter| cell(shorter, false, n % 2 == 1)));
    }
    let mut inks = ink(&cells).into_iter();
    let mut wrong = Vec::new();
    for cluster in &clusters {
        let whole = inks.next().expect("a cell");
        if differ(&whole, &inks.next().expect("a cell")) {
            wrong.push(format!("{cluster}: another look when Latin is asked first"));
        }
        for shorter in shorter(cluster) {
            if !differ(&whole, &inks.next().expect("a cell")) {
                wrong.push(format!("{cluster} ({}): looks like `{shorter}`", cluster.escape_unicode()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), clusters.len());
}
