//! One verdict, whichever way one asks: command line, page and call agree on every kind of evidence.

use mohor_domain::certificate::Verdict;
use mohor_tests::{
    house::{House, Open},
    samples, tools,
    web::Answer,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

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

    /// There is no verdict, and each door says why.
    fn unreadable(&self, name: &str, bytes: &[u8], why: &str) {
        let outcome = self.house.run(["verify".as_ref(), self.house.file(name, bytes).as_os_str(), "--json".as_ref()]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.err.contains(why) && !outcome.out.contains("verdict"), "{outcome:?}");
        let call = self.open.portal.upload("/api/v1/verify", "file", bytes);
        assert_eq!((call.status, &call.json()["code"]), (422, &json!("unreadable")), "call, {name}");
        assert!(call.body.contains(why), "call, {name}: {}", call.body);
        let page = self.open.portal.upload("/verify/pdf", "file", bytes);
        assert!(!page.body.contains("data-verdict"), "page, {name}: {}", page.body);
        assert!(matches!(page.status, 400 | 422), "page, {name}: {}", page.status);
    }

    fn qr(&self, text: &str, expected: Verdict) {
        assert_eq!(self.house.verdict(text), expected.as_str(), "command line, {text}");
        let call =
            self.open.portal.post("/api/v1/verify", "application/json", json!({"qr": text}).to_string().as_bytes());
        assert_eq!(call.json()["verdict"], expected.as_str(), "call, {text}");
    }
}

/// A PDF of one picture, as a scanner writes it.
fn scanned(jpeg: &[u8]) -> Vec<u8> {
    let head = format!(
        "%PDF-1.4\n1 0 obj\n<</Type /XObject /Subtype /Image /Width 1240 /Height 1754 /ColorSpace /DeviceRGB /BitsPerComponent 8 \
         /Filter /DCTDecode /Length {}>>\nstream\n",
        jpeg.len()
    );
    [head.as_bytes(), jpeg, b"\nendstream\nendobj\n%%EOF\n"].concat()
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
fn a_picture_of_the_page_has_the_verdict_of_its_code() {
    if !tools::ready(&["pdftoppm"]) {
        return;
    }
    let scene = Scene::new();
    let pdf = scene.house.pdf(&scene.certificate);
    let drawn = |pdf: &Path, dpi: &str, format: &str| {
        let to = scene.house.folder().join(format!("page-{dpi}-{format}"));
        tools::must(
            "pdftoppm",
            ["-r".as_ref(), dpi.as_ref(), format.as_ref(), "-singlefile".as_ref(), pdf.as_os_str(), to.as_os_str()],
        );
        let ending = if format == "-png" { "png" } else { "jpg" };
        fs::read(to.with_extension(ending)).expect("a picture")
    };
    for (dpi, format) in [("84", "-png"), ("96", "-jpeg"), ("120", "-png"), ("120", "-jpeg"), ("300", "-png")] {
        scene.pdf(&drawn(&pdf, dpi, format), Verdict::Genuine);
    }
    scene.pdf(&scanned(&drawn(&pdf, "150", "-jpeg")), Verdict::Genuine);
    let theirs = drawn(&scene.other.pdf(&scene.other.export()[0]), "150", "-jpeg");
    scene.pdf(&theirs, Verdict::NotIssuedHere);
    scene.pdf(&scanned(&theirs), Verdict::NotIssuedHere);
    let small = drawn(&pdf, "20", "-jpeg");
    scene.unreadable("small.jpg", &small, "no QR code can be read");
    scene.unreadable("scan.pdf", &scanned(&small), "is a scan");
}

#[test]
fn what_is_neither_a_pdf_nor_a_picture_that_is_read_gets_no_verdict() {
    let scene = Scene::new();
    scene.unreadable("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture");
    // What a file is called does not matter.
    scene.unreadable("photo.png", b"II*\0\x08\0\0\0", "a TIFF picture");
    scene.unreadable("letter.pdf", b"PK\x03\x04 word/document.xml", "an office document");
    scene.unreadable("letter.txt", b"To whom it may concern\n", "a text");
    scene.unreadable("locked.pdf", b"%PDF-1.7\ntrailer <</Encrypt 4 0 R>>\n%%EOF\n", "locked with a password");
    let outcome = scene.house.run(["verify".as_ref(), scene.house.file("empty.pdf", b"").as_os_str()]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let call = scene.open.portal.upload("/api/v1/verify", "file", b"");
    assert_eq!((call.status, &call.json()["code"]), (422, &json!("unreadable")));
    assert_eq!(scene.open.portal.upload("/verify/pdf", "file", b"").status, 400);
}

#[test]
fn a_link_and_a_number_keep_their_verdict_on_their_way() {
    let scene = Scene::new();
    let code = scene.certificate["qr"].as_str().expect("a code").to_owned();
    let (address, fragment) = code.split_once('#').expect("a fragment");
    for text in [
        code.to_lowercase(),
        code.replace('*', "%2A").replace('$', "%24"),
        format!("{address}#{}\n{}", &fragment[..70], &fragment[70..]),
        format!("{code}:~:text=certificate"),
        format!("{address}?utm_source=x#{fragment}&fbclid=y"),
    ] {
        scene.qr(&text, Verdict::Genuine);
    }
    let cut = &code[..code.len() - 40];
    let outcome = scene.house.run(["verify", cut, "--json"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.err.contains("not whole"), "{outcome:?}");
    let call = scene.open.portal.post("/api/v1/verify", "application/json", json!({"qr": cut}).to_string().as_bytes());
    assert_eq!((call.status, &call.json()["code"]), (422, &json!("unreadable")));
    assert!(call.json()["detail_bn"].as_str().is_some_and(|words| words.contains("নম্বর")));

    let uin = scene.uin();
    let bengali: String = uin
        .chars()
        .map(|c| c.to_digit(10).map_or(c, |n| ['০', '১', '২', '৩', '৪', '৫', '৬', '৭', '৮', '৯'][n as usize]))
        .collect();
    for text in [format!("UIN: {uin}"), format!("\u{200B}{uin}\u{200E}"), format!("নম্বর {bengali}")] {
        assert_eq!(scene.house.verdict(&text), "genuine", "{text}");
        page_says(&scene.open.portal.form("/verify", "number", &text), Verdict::Genuine);
    }
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
