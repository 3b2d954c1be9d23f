//! What stands on the pages: hostile texts are harmless, long tables break well, the same plan gives the same bytes.

use crate::common::{
    ASSETS, SERVICES, approvals, example, files, folders, opened, pdf, pdf_of, plan, poppler, ready, schemas, words,
};
use mohor_document::{
    credential::qr_text,
    qr::QrMatrix,
    render::{RenderError, Renderer},
    service::{check, sample_qr},
};
use mohor_domain::plan::AssetRef;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, process::Command, sync::Arc};

const HOSTILE: [&str; 12] = [
    "#read(\"/etc/passwd\")",
    "*bold* _it_ `raw`",
    "https://evil.example/x",
    "\\",
    "$x$ $",
    "<tag> @ref",
    "= Heading",
    "#pagebreak()",
    "[b] #eval(\"1\")",
    "/* c */ // d",
    "-- --- ~ ...",
    "- item\u{a0}+ 1",
];

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// How many pages, says poppler.
fn pages(pdf: &[u8]) -> usize {
    let info = String::from_utf8(poppler("pdfinfo", pdf, &[], &[])).expect("UTF-8");
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:")).expect("a number of pages");
    line.trim().parse().expect("a number")
}

fn holds(pdf: &[u8], what: &[u8]) -> bool {
    pdf.windows(what.len()).any(|window| window == what)
}

#[test]
fn every_folder_is_without_fault() {
    for folder in folders() {
        let found = check(&files(&schemas().join("services").join(&folder)), &SERVICES);
        assert!(found.is_empty(), "{folder}: {found:#?}");
    }
}

#[test]
fn every_approval_keeps_its_service_schema_and_fits_its_page() {
    let options = || jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
    let mut seen = BTreeSet::new();
    for data in approvals() {
        let service =
            SERVICES.find(data["department"].as_str().expect("text"), data["service"].as_str().expect("text"));
        let service = service.expect("a service");
        let validator = options().build(&service.fields).expect("a schema");
        let faults: Vec<String> = validator.iter_errors(&data["certificate"]).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {faults:?}", data["application_no"]);
        if seen.insert(service.service.clone()) && ready("pdfinfo") {
            // A record of rights has as many pages as its plots need.
            let plots = data["certificate"]["plots"].as_array().map_or(0, Vec::len);
            assert_eq!(pages(&pdf_of(&data)), if plots > 7 { 2 } else { 1 }, "{}", service.service);
        }
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn text_can_be_searched_in_both_languages() {
    if !ready("pdftotext") {
        return;
    }
    for folder in folders() {
        let data = example(&folder);
        let plan = plan(&data);
        let text = words(&pdf(&plan));
        let view = &plan.view;
        for pointer in ["/uin_grouped", "/holder/en", "/holder/bn", "/department/en", "/service/en", "/officer/name"] {
            let wanted = squeezed(view.pointer(pointer).and_then(Value::as_str).expect(pointer));
            let there = text.contains(&wanted) || pointer == "/service/en";
            assert!(there, "{folder}: {pointer} `{wanted}` is not in {text}");
        }
        assert!(
            text.contains("SPECIMEN") && text.contains(&squeezed("Verify only on verify.mohor.example")),
            "{folder}"
        );
    }
}

#[test]
fn hostile_texts_are_printed_and_nothing_else() {
    if !ready("pdftotext") || !ready("pdfinfo") {
        return;
    }
    for text in HOSTILE {
        let mut data = example("BCW/caste-certificate");
        data["applicant"]["name"] = json!({"en": text, "bn": text});
        data["certificate"]["community"] = json!({"en": text, "bn": "অন্য"});
        data["certificate"]["sub_division"] = json!(text);
        data["certificate"]["category"] = json!(text);
        data["approved_by"]["name"] = json!(text);
        let pdf = pdf_of(&data);
        assert!(words(&pdf).contains(&squeezed(text)), "{text} is not printed as it is");
        assert_eq!(pages(&pdf), 1, "{text}");
        let opened = opened(&pdf);
        assert!(holds(&opened, b"/StructElem"), "what is packed can be looked at");
        for forbidden in [&b"/URI"[..], b"/Link", b"/JavaScript", b"/Launch", b"/EmbeddedFile"] {
            assert!(!holds(&opened, forbidden), "{text} became {}", String::from_utf8_lossy(forbidden));
        }
    }
}

#[test]
fn words_without_end_wrap_and_stay_inside() {
    if !ready("pdftotext") {
        return;
    }
    for word in ["W".repeat(200), "ক্ষ্ম".repeat(40), "a".repeat(10_000)] {
        let mut data = example("UMA/trade-licence");
        data["applicant"]["name"] = json!({"en": word, "bn": word});
        for field in ["trade_name", "nature_of_business", "premises"] {
            data["certificate"][field] = json!({"en": word, "bn": word});
        }
        data["application_no"] = json!(word);
        let pdf = pdf_of(&data);
        // A4 is 595 points wide; the frame stands 8 mm from the edge.
        let boxes = String::from_utf8(poppler("pdftotext", &pdf, &["-bbox"], &["-"])).expect("UTF-8");
        let right = boxes.split("xMax=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
        let farthest = right.fold(0.0, f64::max);
        assert!(farthest < 595.0 - 30.0, "a word of {} letters reaches {farthest}", word.chars().count());
    }
}

#[test]
fn sixty_plots_break_over_pages_that_each_say_what_they_are() {
    if !ready("pdftotext") || !ready("pdfinfo") {
        return;
    }
    let mut data = example("LRR/record-of-rights-copy");
    let plots: Vec<Value> = (0..60)
        .map(|n| json!({"plot_no": format!("P{n:03}"), "area_acre": "1.24", "classification": {"en": "Sali", "bn": "শালি"}}))
        .collect();
    data["certificate"]["plots"] = plots.into();
    let plan = plan(&data);
    let pdf = pdf(&plan);
    let count = pages(&pdf);
    assert!((2..=4).contains(&count), "{count} pages");
    let mut all = String::new();
    for page in 1..=count {
        let number = page.to_string();
        let text = poppler("pdftotext", &pdf, &["-f", &number, "-l", &number], &["-"]);
        let text = squeezed(&String::from_utf8(text).expect("UTF-8"));
        assert!(text.contains(&plan.uin.grouped()), "page {page} has no UIN");
        assert!(text.contains(&format!("Page{page}of{count}")), "page {page} has no number");
        assert!(!text.contains("P0") || text.contains("Area,acre"), "page {page} has rows without a head");
        all.push_str(&text);
    }
    assert!((0..60).all(|n| all.contains(&format!("P{n:03}"))), "a plot is lost");
}

#[test]
fn a_certificate_that_is_no_specimen_does_not_say_so() {
    if !ready("pdftotext") {
        return;
    }
    let mut plan = plan(&example("BCW/caste-certificate"));
    plan.view["specimen"] = json!(false);
    assert!(!words(&pdf(&plan)).contains("SPECIMEN"));
}

#[test]
fn the_same_plan_gives_the_same_bytes_in_another_process() {
    let digests: String =
        folders().iter().map(|folder| hex::encode(Sha256::digest(pdf_of(&example(folder))))).collect();
    let here = hex::encode(Sha256::digest(digests));
    if std::env::var_os("MOHOR_PRINT_DIGEST").is_some() {
        println!("digest={here}");
        return;
    }
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "pages::the_same_plan_gives_the_same_bytes_in_another_process", "--nocapture"])
        .env("MOHOR_PRINT_DIGEST", "1")
        .output()
        .expect("another process");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&here), "another process gives other bytes");
}

#[test]
fn two_threads_give_the_bytes_of_one() {
    let plans: Vec<_> = folders().iter().map(|folder| plan(&example(folder))).collect();
    let alone: Vec<_> = plans.iter().map(pdf).collect();
    std::thread::scope(|scope| {
        for turn in 0..2 {
            let (plans, alone) = (&plans, &alone);
            scope.spawn(move || {
                for n in 0..plans.len() * 2 {
                    let n = (n * (turn + 1)) % plans.len();
                    assert!(pdf(&plans[n]) == alone[n], "{}", plans[n].service);
                }
            });
        }
    });
}

/// A template of one's own in the place of a service's.
fn with_template(template: &str) -> Result<Vec<u8>, RenderError> {
    let mut plan = plan(&example("BCW/caste-certificate"));
    let sha256 = hex::encode(Sha256::digest(template));
    plan.assets.retain(|asset| asset.name != "/certificate.typ");
    plan.assets.push(AssetRef { name: "/certificate.typ".into(), sha256: sha256.clone() });
    let give = |digest: &str| {
        if digest == sha256 { Some(Arc::from(template.as_bytes())) } else { ASSETS.get(digest).cloned() }
    };
    Renderer::new().render(&plan, &give, &sample_qr().expect("a QR code"))
}

#[test]
fn a_template_reaches_nothing_but_its_own_files_and_the_data() {
    assert!(with_template("#json(\"/certificate.json\").uin").is_ok());
    for template in [
        "#read(\"/etc/passwd\")",
        "#read(\"../../../etc/passwd\")",
        "#image(\"/fonts/x.png\")",
        "#import \"@preview/cetz:0.3.0\": *",
        "#plugin(\"/x.wasm\")",
        "#include \"/other.typ\"",
        "#datetime.today().display()",
        "#let f() = f()\n#f()",
        "#(while true {})",
        "= unfinished #(",
        "#json(\"/certificate.json\").nothing_of_this_name",
    ] {
        assert!(matches!(with_template(template), Err(RenderError::Template(_))), "{template}");
    }
    assert!(matches!(with_template("#for n in range(300) { pagebreak() }"), Err(RenderError::Pages(_))));
    let mut plan = plan(&example("BCW/caste-certificate"));
    let lost = Renderer::new().render(&plan, &|_| None, &sample_qr().expect("a QR code"));
    assert!(matches!(lost, Err(RenderError::Asset(_))));
    plan.assets.retain(|asset| !asset.name.starts_with("font:"));
    plan.assets.push(AssetRef { name: "font:NotoSans-Regular.ttf".into(), sha256: "00".repeat(32) });
    let give = |digest: &str| ASSETS.get(digest).cloned();
    assert!(
        Renderer::new().render(&plan, &give, &sample_qr().expect("a QR code")).is_err(),
        "another font than the pinned"
    );
}

/// Texts of codes with symbols of several sizes, up to the largest.
fn codes() -> Vec<String> {
    let bytes = |count: usize| (0..count).map(|n| (n * 167 + count) as u8).collect::<Vec<u8>>();
    [90, 150, 190, 230].map(|count| qr_text("verify.mohor.example.in", &bytes(count))).into()
}

/// Below 200 dpi rqrr reads one in three, whatever draws the code: it wants more pixels a module than zbar.
#[test]
fn the_code_is_read_from_a_picture_of_the_page_from_100_dpi_up() {
    if !ready("pdftoppm") || !ready("zbarimg") {
        return;
    }
    let plan = plan(&example("BCW/caste-certificate"));
    let give = |digest: &str| ASSETS.get(digest).cloned();
    for text in codes() {
        let qr = QrMatrix::encode(&text).expect("a QR code");
        let pdf = Renderer::new().render(&plan, &give, &qr).expect("a page");
        for dpi in [100, 120, 150, 200, 300] {
            let picture = poppler("pdftoppm", &pdf, &["-r", &dpi.to_string(), "-gray", "-png"], &[]);
            let read = poppler("zbarimg", &picture, &["-q", "--raw", "-Sdisable", "-Sqrcode.enable"], &[]);
            assert_eq!(String::from_utf8_lossy(&read).trim(), text, "zbar, {} modules at {dpi} dpi", qr.size);
            let pixels = image::load_from_memory(&picture).expect("a picture").into_luma8();
            let mut picture = rqrr::PreparedImage::prepare(pixels);
            let grids = picture.detect_grids();
            let read = grids.iter().filter_map(|grid| grid.decode().ok()).any(|(_, found)| found == text);
            assert!(read || dpi < 200, "rqrr, {} modules at {dpi} dpi", qr.size);
        }
    }
}

#[test]
fn a_template_of_the_time_before_may_show_the_code_as_a_picture() {
    assert!(with_template("#image(\"/qr.svg\", width: 45mm, alt: \"QR code\")").is_ok());
    assert!(with_template("#qr-symbol(read(\"/qr.bin\", encoding: none))").is_ok());
    assert!(matches!(with_template("#qr-symbol(bytes((7, 0)))"), Err(RenderError::Template(_))));
}

#[test]
fn a_plan_for_another_renderer_is_refused_by_name() {
    let mut plan = plan(&example("BCW/caste-certificate"));
    plan.renderer = "typst-9.9.9/1".into();
    let give = |digest: &str| ASSETS.get(digest).cloned();
    let refused = Renderer::new().render(&plan, &give, &sample_qr().expect("a QR code")).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "it was planned for the renderer typst-9.9.9/1, which is not in this program: use the release that had it"
    );
}

#[test]
fn the_file_is_as_the_seal_expects_it() {
    let plan = plan(&example("BCW/caste-certificate"));
    let pdf = pdf(&plan);
    assert!(pdf.starts_with(b"%PDF-1.7"));
    for wanted in ["pdfaid:part>2<", "pdfaid:conformance>A<", "/MarkInfo", "/StructTreeRoot", "/ObjStm", "/XRef"] {
        assert!(holds(&pdf, wanted.as_bytes()), "{wanted} is missing");
    }
    let opened = opened(&pdf);
    for form in ["/AcroForm", "/Annots", "/Extensions"] {
        assert!(!holds(&opened, form.as_bytes()), "{form} is there before the seal");
    }
    let marker = mohor_document::seal::find_marker(&pdf);
    assert_eq!(marker, Some(plan.uin));
}
