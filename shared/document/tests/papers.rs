//! Documents other than certificates: every kind's example is rendered, read by poppler, and looks as it was approved.

use crate::common::{files, ready, schemas, words};
use mohor_document::{
    paper::{Papers, Press},
    render::{Manuscript, Renderer},
    seal::find_document,
};
use mohor_domain::{
    civil::Instant,
    id::Id,
    plan::{DocumentKind, SealPlan},
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::LazyLock};

static PAPERS: LazyLock<Papers> = LazyLock::new(|| {
    let files = files(&schemas().join("documents"));
    let files = files.iter().filter(|(path, _)| *path != "README.md");
    Papers::load(files.map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
});

fn pdf(kind: DocumentKind, view: &Value) -> Vec<u8> {
    let id = Id::parse("019f9c2a-5b00-7000-8000-0123456789ab").expect("an id");
    let at = Instant::parse("2026-07-28T11:05:07+05:30").expect("a time");
    let seal = SealPlan { key_id: String::new(), chain: vec![], sub_filter: String::new() };
    let press = Press { verify_host: "verify.mohor.example".into(), specimen: true, seal };
    let plan = PAPERS.plan(id, kind, at, &press).expect("a template");
    let assets: HashMap<String, Vec<u8>> = PAPERS.asset_bytes().into_iter().collect();
    let give = |sha256: &str| assets.get(sha256).map(|bytes| bytes.as_slice().into());
    let pdf = Renderer::new().set(&Manuscript::document(&plan, view), &give);
    let pdf = pdf.unwrap_or_else(|error| panic!("{}: {error}", kind.as_str()));
    assert_eq!(find_document(&pdf), Some(id), "{}: its metadata names it", kind.as_str());
    pdf
}

#[test]
fn every_kind_says_what_was_ordered_and_looks_as_it_was_approved() {
    if !ready("pdftotext") || !ready("pdftoppm") {
        return;
    }
    let mut wrong = Vec::new();
    for kind in PAPERS.kinds() {
        let view = PAPERS.example(kind).expect("an example");
        let pdf = pdf(kind, view);
        assert_eq!(pdf, self::pdf(kind, view), "the same bytes for the same plan");
        let paper = words(&pdf);
        for text in [&view["title"], &view["issuer"]].into_iter().flat_map(|name| [&name["en"], &name["bn"]]) {
            let text: String =
                text.as_str().expect("a title and an issuer in both languages").split_whitespace().collect();
            assert!(paper.contains(&text), "{}: no {text} in {paper}", kind.as_str());
        }
        wrong.extend(crate::common::differs(&format!("document-{}", kind.as_str()), &pdf, 1));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_acknowledgement_says_what_is_known_and_no_more() {
    if !ready("pdftotext") {
        return;
    }
    let example = PAPERS.example(DocumentKind::Acknowledgement).expect("an example");
    let with = |members: Value| {
        let mut view = example.clone();
        view.as_object_mut().expect("an object").extend(members.as_object().cloned().expect("an object"));
        words(&pdf(DocumentKind::Acknowledgement, &view))
    };
    let closed = |text: &str| -> String { text.split_whitespace().collect() };
    let day = closed("30 July 2026");
    assert!(words(&pdf(DocumentKind::Acknowledgement, example)).contains(&day));
    let defects = json!([{"on": {"en": "29 July 2026", "bn": "২৯ জুলাই ২০২৬"},
                          "reason": {"en": "#pagebreak() *bold* <label>", "bn": "দলিল নেই 🙂"}}]);
    for (members, says) in [
        (json!({"state": "defects", "due": null, "defects": defects}), "#pagebreak() *bold* <label>"),
        (json!({"state": "defects", "due": null, "defects": defects}), "দলিল নেই ?"),
        (json!({"applicant": {"en": "Nandi", "bn": "ক\u{303}মল আ\u{301}নন্দ"}}), "ক?মল আ?নন্দ"),
        (
            json!({"state": "not_started", "due": null, "starts": "from the payment of fees"}),
            "(from the payment of fees)",
        ),
        (json!({"state": "no_limit", "due": null, "limit": null}), "so no day can be promised"),
        (
            json!({"state": "staged", "due": null, "limit": null, "stages": [
                {"name": "police report", "limit": {"en": "20 working days", "bn": "২০ কর্মদিবস"}, "due": null}]}),
            "police report",
        ),
        (json!({"tracking_key": "0123-ABCD"}), "Tracking key 0123-ABCD"),
        (json!({"tracking_key": "0123-ABCD"}), "See https://verify.mohor.example/track. Ask at the centre"),
        (json!({"bsk": null, "docket_no": null, "district": null, "applicant": null}), "Ask at the office above"),
        (json!({"applicant": {"en": "x".repeat(200), "bn": "ক্ষ".repeat(60)}}), "Form 1"),
    ] {
        let paper = with(members.clone());
        assert!(paper.contains(&closed(says)), "{members}: no {says} in {paper}");
        assert_eq!(paper.contains(&day), members.get("due").is_none(), "{members}: {paper}");
    }
}
