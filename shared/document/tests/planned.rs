//! What releases before have planned, rendered and sealed comes out byte for byte: `tests/planned/` holds the plans, recorded
//! seals and digests of documents about invented people, and the templates of that time by digest. Those with a mark have it
//! after a Bengali letter, which the second renderer left out and a later one does not print so.

use crate::common;
use mohor_document::{
    credential::qr_text,
    qr::QrMatrix,
    render::{Manuscript, RENDERER_ID, Renderer},
    seal::{Marker, SealInfo, SubFilter, embed, prepare, reserve_for},
};
use mohor_domain::plan::{DocumentPlan, Plan};
use serde_json::{Value, from_value};
use sha2::{Digest, Sha256};
use std::{fs, sync::Arc};

fn recorded(name: &str) -> Value {
    let path = common::home().join(format!("tests/planned/{name}.json"));
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("text")).expect("hexadecimal")
}

fn template(sha256: &str) -> Option<Arc<[u8]>> {
    let bytes = fs::read(common::home().join(format!("tests/planned/{sha256}.typ"))).ok()?;
    (hex::encode(Sha256::digest(&bytes)) == sha256).then(|| bytes.into())
}

/// Whether the unsealed bytes become the recorded file by the recorded seal.
fn assert_as_recorded(name: &str, recorded: &Value, pdf: &[u8], seal: SealInfo) {
    let chain: Vec<_> = recorded["chain"].as_array().expect("a list").iter().map(bytes).collect();
    let prepared = prepare(pdf, &SealInfo { reserve: reserve_for(&chain, pdf), ..seal }).expect("room for the seal");
    let sealed = embed(&prepared, &bytes(&recorded["cms"])).expect("sealed");
    assert_eq!(hex::encode(Sha256::digest(&sealed)), recorded["sha256"], "{name}");
}

const FIRST: &str = "typst-0.15.1/1";
const SECOND: &str = "typst-0.15.1/2";

#[test]
fn certificates_planned_for_the_renderers_before_are_made_again_byte_for_byte() {
    for (name, renderer) in
        [("certificate", FIRST), ("certificate-of-two-pages", FIRST), ("certificate-with-a-mark", SECOND)]
    {
        let recorded = recorded(name);
        let plan: Plan = from_value(recorded["plan"].clone()).expect("a plan");
        assert_eq!(plan.renderer, renderer);
        assert_ne!(plan.renderer, RENDERER_ID);
        let qr = QrMatrix::encode(&qr_text(&plan.verify_host, &bytes(&recorded["credential"]))).expect("a QR code");
        let pdf = Renderer::new().render(&plan, &template, &qr).expect("a page");
        let seal = SealInfo {
            sub_filter: SubFilter::from_word(&plan.seal.sub_filter).expect("a known one"),
            signing_time: plan.minted_at,
            name: plan.view["department"]["en"].as_str().expect("text").to_owned(),
            reason: format!("Issued as {}", plan.uin.grouped()),
            marker: Marker::Certificate(plan.uin),
            reserve: 0,
        };
        assert_as_recorded(name, &recorded, &pdf, seal);
    }
}

#[test]
fn documents_planned_for_the_renderers_before_are_made_again_byte_for_byte() {
    for (name, renderer) in [("acknowledgement", FIRST), ("acknowledgement-with-a-mark", SECOND)] {
        let recorded = recorded(name);
        let plan: DocumentPlan = from_value(recorded["plan"].clone()).expect("a plan");
        assert_eq!(plan.renderer, renderer);
        let view = &recorded["view"];
        let pdf = Renderer::new().set(&Manuscript::document(&plan, view), &template).expect("a page");
        let text = |name: &str| view[name]["en"].as_str().expect("text").to_owned();
        let seal = SealInfo {
            sub_filter: SubFilter::from_word(&plan.seal.sub_filter).expect("a known one"),
            signing_time: plan.planned_at,
            name: text("issuer"),
            reason: text("title"),
            marker: Marker::Document(plan.id),
            reserve: 0,
        };
        assert_as_recorded(name, &recorded, &pdf, seal);
    }
}
