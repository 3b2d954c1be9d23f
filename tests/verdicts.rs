//! One verdict, whichever way one asks: command line, page and call agree on every kind of evidence.

use mohor_domain::certificate::Verdict;
use mohor_tests::{
    house::{House, Open},
    samples,
    web::Answer,
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

/// Two houses with a certificate each: ours, with its portal up, and another issuer's.
struct Scene {
    house: House,
    open: Open,
    certificate: Value,
    other: House,
}

impl Scene {
    fn new() -> Self {
        let house = House::new();
        let open = house.open(&house.events(&[samples::caste(1)]));
        let certificate = house.export().remove(0);
        let other = House::new();
        other.demo(&other.events(&[samples::caste(1)]));
        Self { house, open, certificate, other }
    }

    fn uin(&self) -> &str {
        self.certificate["uin"].as_str().expect("a number")
    }

    fn number(&self, text: &str, expected: Verdict) {
        assert_eq!(self.house.verdict(text), expected.as_str(), "command line, {text}");
        let call = self.open.portal.get(&format!("/api/v1/verify/{text}"));
        assert_eq!(call.json()["verdict"], expected.as_str(), "call, {text}");
        page_says(&self.open.portal.form("/verify", "number", text), expected);
    }

    fn pdf(&self, bytes: &[u8], expected: Verdict) {
        let file: PathBuf = self.house.file("evidence.pdf", bytes);
        assert_eq!(self.house.verdict(&file), expected.as_str(), "command line");
        let call = self.open.portal.upload("/api/v1/verify", "file", bytes);
        assert_eq!(call.json()["verdict"], expected.as_str(), "call");
        page_says(&self.open.portal.upload("/verify/pdf", "file", bytes), expected);
    }

    fn qr(&self, text: &str, expected: Verdict) {
        assert_eq!(self.house.verdict(text), expected.as_str(), "command line, {text}");
        let call =
            self.open.portal.post("/api/v1/verify", "application/json", json!({"qr": text}).to_string().as_bytes());
        assert_eq!(call.json()["verdict"], expected.as_str(), "call, {text}");
    }
}

fn page_says(page: &Answer, expected: Verdict) {
    assert!(page.body.contains(&format!("data-verdict=\"{}\"", expected.as_str())), "not {expected:?}: {}", page.body);
    for words in [expected.words_en(), expected.words_bn()] {
        assert!(page.body.contains(words), "no `{words}`: {}", page.body);
    }
}

#[test]
fn a_number_has_one_verdict() {
    let scene = Scene::new();
    let uin = scene.uin().to_owned();
    scene.number(&uin, Verdict::Genuine);
    scene.number(&uin.to_lowercase(), Verdict::Genuine);
    scene.number(&format!("{}-{}-{}-{}", &uin[..4], &uin[4..8], &uin[8..12], &uin[12..]), Verdict::Genuine);
    let last = if uin.ends_with('0') { '1' } else { '0' };
    scene.number(&format!("{}{last}", &uin[..15]), Verdict::Mistyped);
    scene.number(&uin[..15], Verdict::Mistyped);
    scene.number("BCWGP1XF3A7QYF0V", Verdict::NotIssuedHere);
    let theirs = scene.other.export().remove(0);
    scene.number(theirs["uin"].as_str().expect("a number"), Verdict::NotIssuedHere);
}

#[test]
fn a_file_has_one_verdict() {
    let scene = Scene::new();
    let genuine = fs::read(scene.house.pdf(&scene.certificate)).expect("the sealed PDF");
    scene.pdf(&genuine, Verdict::Genuine);
    // Some byte of the page's own content, well away from the seal.
    let mut flipped = genuine.clone();
    flipped[genuine.len() / 3] ^= 1;
    scene.pdf(&flipped, Verdict::Altered);
    scene.pdf(&[&genuine[..], b"\n% one line more\n"].concat(), Verdict::Altered);
    let theirs = fs::read(scene.other.pdf(&scene.other.export()[0])).expect("the other issuer's PDF");
    // It bears the same kind of marker, and nothing here has recorded it.
    scene.pdf(&theirs, Verdict::Altered);
    scene.pdf(b"%PDF-1.7\nsomebody's holiday photographs\n%%EOF\n", Verdict::NotIssuedHere);
}

#[test]
fn a_qr_code_has_one_verdict() {
    let scene = Scene::new();
    let code = scene.certificate["qr"].as_str().expect("a code").to_owned();
    scene.qr(&code, Verdict::Genuine);
    let at = code.len() - 20;
    let symbol = if &code[at..=at] == "0" { "1" } else { "0" };
    scene.qr(&format!("{}{symbol}{}", &code[..at], &code[at + 1..]), Verdict::Altered);
    let theirs = scene.other.export().remove(0);
    scene.qr(theirs["qr"].as_str().expect("a code"), Verdict::NotIssuedHere);
    scene.qr("HTTPS://ELSEWHERE.EXAMPLE/#000000", Verdict::NotIssuedHere);
}

#[test]
fn the_public_page_shows_no_full_name() {
    let scene = Scene::new();
    let name = samples::caste(1)["data"]["applicant"]["name"]["en"].as_str().expect("a name").to_owned();
    for answer in [
        scene.open.portal.form("/verify", "number", scene.uin()),
        scene.open.portal.get(&format!("/api/v1/verify/{}", scene.uin())),
    ] {
        assert!(!answer.body.contains(&name), "{}", answer.body);
    }
    let refused = scene.open.portal.get(&format!("/api/v1/certificates/{}/pdf", scene.uin()));
    assert_eq!(refused.status, 401, "a PDF is not for everybody: {refused:?}");
}
