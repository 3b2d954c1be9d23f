//! What the tests of pages share: the real service folders, plans of approvals, and the tools that look at a PDF.

use image::GrayImage;
use mohor_document::{
    qr::QrMatrix,
    render::Renderer,
    service::{Services, sample_qr},
};
use mohor_domain::{catalogue::Catalogue, plan::Plan};
use mohor_ports::suite::need;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
};

/// This crate's folder: that of the tree whose tests run.
pub fn home() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The folder of schemas in the source tree.
pub fn schemas() -> PathBuf {
    home().join("../../schemas")
}

/// The files below a folder by their path in it.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// The catalogue.
pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let files = files(&schemas().join("catalogue"));
    Catalogue::read(|name| files.get(name).map(Vec::as_slice)).expect("the catalogue")
});

/// The services.
pub static SERVICES: LazyLock<Services> = LazyLock::new(|| {
    let files = files(&schemas().join("services"));
    let files = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    Services::load(files, &CATALOGUE).unwrap_or_else(|faults| panic!("{faults:#?}"))
});

/// The templates by digest.
pub static ASSETS: LazyLock<HashMap<String, Arc<[u8]>>> =
    LazyLock::new(|| SERVICES.asset_bytes().into_iter().map(|(digest, bytes)| (digest, bytes.into())).collect());

static RENDERER: LazyLock<Renderer> = LazyLock::new(Renderer::new);
static QR: LazyLock<QrMatrix> = LazyLock::new(|| sample_qr().expect("a QR code"));

/// The twelve folders and `generic`, as `<DEPT>/<service>`.
pub fn folders() -> Vec<String> {
    let files = files(&schemas().join("services"));
    files.keys().filter_map(|path| path.strip_suffix("/service.toml")).map(str::to_owned).collect()
}

/// The example of a folder.
pub fn example(folder: &str) -> Value {
    let bytes = fs::read(schemas().join("services").join(folder).join("example.json")).expect("an example");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The plan of an approval's data.
pub fn plan(data: &Value) -> Plan {
    let word = |name: &str| data[name].as_str().expect(name);
    let service = SERVICES.find(word("department"), word("service")).expect("a service");
    SERVICES.sample_plan(service, data).expect("a plan")
}

/// Its PDF.
pub fn pdf(plan: &Plan) -> Vec<u8> {
    RENDERER.render(plan, &|sha256| ASSETS.get(sha256).cloned(), &QR).unwrap_or_else(|error| panic!("{error}"))
}

/// The PDF of an approval's data.
pub fn pdf_of(data: &Value) -> Vec<u8> {
    pdf(&plan(data))
}

/// Approvals of invented people: those of `MOHOR_APPROVALS` (NDJSON), or those bundled with the program.
pub fn approvals() -> Vec<Value> {
    let bundled = || schemas().join("../workers/mohor/assets/approvals.ndjson");
    let path = std::env::var_os("MOHOR_APPROVALS").map_or_else(bundled, PathBuf::from);
    let text = fs::read_to_string(path).expect("approvals");
    text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an approval")["data"].take()).collect()
}

/// Whether a tool is there. Without it a quick run passes a test over and says so; any other run fails.
pub fn ready(tool: &str) -> bool {
    need::tools(&[tool])
}

/// What a tool of poppler says about a PDF; `-` among the arguments stands for standard output.
pub fn poppler(tool: &str, pdf: &[u8], before: &[&str], after: &[&str]) -> Vec<u8> {
    need::assert_asked(tool);
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), pdf).expect("written");
    let output = Command::new(tool).args(before).arg(file.path()).args(after).output().expect(tool);
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A PDF's bytes, and behind them what its compressed streams hold.
pub fn opened(pdf: &[u8]) -> Vec<u8> {
    let mut all = pdf.to_vec();
    for place in (0..pdf.len()).filter(|place| pdf[*place..].starts_with(b"stream\n")) {
        // What is no compressed stream gives an error, and what was read until then counts.
        let _ = flate2::read::ZlibDecoder::new(&pdf[place + 7..]).read_to_end(&mut all);
    }
    all
}

/// The text of a PDF without any white space: extraction puts a stray space after some Bengali clusters.
pub fn words(pdf: &[u8]) -> String {
    let text = poppler("pdftotext", pdf, &["-enc", "UTF-8"], &["-"]);
    String::from_utf8(text).expect("UTF-8").split_whitespace().collect()
}

/// Levels of grey that are kept: enough to see by, and a picture is half as large.
const LEVEL: u8 = 16;
/// A pixel differs when nothing within a pixel of it is this near: other versions of the rasteriser smooth otherwise.
const NEAR: u8 = 80;
/// A wrong cluster of letters differs in more pixels than these.
const MOST: usize = 40;

/// What is wrong with a page's look. Blessing makes its picture anew.
pub fn differs(name: &str, pdf: &[u8], page: u32) -> Option<String> {
    let path = home().join(format!("tests/golden/{name}.png"));
    let page = page.to_string();
    let picture = poppler("pdftoppm", pdf, &["-r", "100", "-gray", "-png", "-f", &page, "-l", &page], &[]);
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
