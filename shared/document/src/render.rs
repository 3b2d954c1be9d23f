//! Plan and template become PDF bytes, by Typst as a library.
//!
//! Pure: the template's files come from the plan's assets, data and QR code from the plan, fonts are built in. There is
//! no clock, no network, no package and no other file; the same plan gives the same bytes in any process.
//!
//! What the PDF looks like: version 1.7, PDF/A-2a, tagged, most objects in an object stream and a cross-reference stream
//! that is not compressed, no form and no signature field; the keywords in the metadata hold [`crate::seal::KEYWORD`] with
//! the UIN.

pub(crate) mod compile;
mod fonts;
mod guess;
mod letters;
pub(crate) mod pack;
mod symbol;
mod world;

pub use fonts::{font_assets, font_refs};
pub use letters::{Undrawn, unprintable};

use crate::qr::QrMatrix;
use compile::Guess;
use mohor_domain::{
    civil::Instant,
    plan::{AssetRef, DocumentPlan, Plan},
};
use serde_json::{Value, json};
use std::{
    borrow::Cow,
    cell::Cell,
    collections::HashMap,
    sync::{Arc, Mutex},
};
use typst_library::{diag::SourceDiagnostic, foundations::Datetime, foundations::Smart};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use typst_syntax::Source;
use world::{Shared, Sheet};

/// Names the program that turns a plan into bytes. A change that moves a single byte gets a new name.
pub const RENDERER_ID: &str = "typst-0.15.1/3";
/// The renderers before; plans that name one are rendered by it still. This one printed a letter whose mark is in another font
/// without the letter.
const SECOND: &str = "typst-0.15.1/2";
/// This one besides packed nothing and guessed nothing, and its templates show `/qr.svg`.
const FIRST: &str = "typst-0.15.1/1";
/// More pages than any certificate has: beyond it something is wrong with the template or the data.
pub const MAX_PAGES: usize = 200;
/// Memoised work is looked through after so many documents of a thread: never, and memory grows; each time, and it is a
/// tenth slower.
const EVICT_EVERY: u32 = 5;
/// What was not used for so many looks is dropped. Twice as many cost 200 MiB and save no time.
const EVICT_AGE: usize = 2;

/// Why a plan cannot be rendered. The words are for the template's author and hold nothing of the person's data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// An asset that the plan names is not to be had.
    #[error("asset {0} is not at hand")]
    Asset(String),
    /// The template's compiler complains.
    #[error("the template does not compile: {0}")]
    Template(String),
    /// The plan names a renderer that this program does not have.
    #[error("it was planned for the renderer {0}, which is not in this program: use the release that had it")]
    Renderer(String),
    /// What Typst wrote is not as expected.
    #[error("the PDF cannot be packed: {0}")]
    Pdf(&'static str),
    /// More pages than allowed.
    #[error("{0} pages, at most {MAX_PAGES} are rendered")]
    Pages(usize),
}

/// What the renderer is given of a plan: what is set, and by which template.
#[derive(Debug)]
pub struct Manuscript<'a> {
    /// Identifies the file: a UIN, or a document's row.
    pub ident: String,
    /// Which renderer is to make it.
    pub renderer: &'a str,
    /// The template's main file.
    pub template: &'a str,
    /// Templates and fonts.
    pub assets: &'a [AssetRef],
    /// The time in the file's metadata.
    pub at: Instant,
    /// The data, and the name by which the template reads it.
    pub data: (&'static str, Vec<u8>),
    /// The QR code, if there is one: `/qr.bin`, and `/qr.svg` for older templates.
    pub qr: Option<&'a QrMatrix>,
}

impl<'a> Manuscript<'a> {
    /// A certificate.
    pub fn certificate(plan: &'a Plan, qr: &'a QrMatrix) -> Self {
        let seen = match plan.renderer.as_str() {
            FIRST | SECOND => Cow::Borrowed(&plan.view),
            _ => letters::drawn(&plan.view),
        };
        Self {
            ident: plan.uin.to_string(),
            renderer: &plan.renderer,
            template: &plan.template,
            assets: &plan.assets,
            at: plan.minted_at,
            data: ("/certificate.json", serde_json::to_vec(&*seen).unwrap_or_default()),
            qr: Some(qr),
        }
    }

    /// Another document: `view` are the words and figures of its order.
    pub fn document(plan: &'a DocumentPlan, view: &Value) -> Self {
        let seen = match plan.renderer.as_str() {
            FIRST | SECOND => letters::drawn_before(view),
            _ => letters::drawn(view),
        };
        let data = json!({
            "id": plan.id,
            "made_on": crate::view::day(plan.planned_at.day()),
            "verify_host": plan.verify_host,
            "specimen": plan.specimen,
            "seal": crate::view::seal_words(&plan.seal),
            "view": seen,
        });
        Self {
            ident: plan.id.to_string(),
            renderer: &plan.renderer,
            template: &plan.template,
            assets: &plan.assets,
            at: plan.planned_at,
            data: ("/document.json", serde_json::to_vec(&data).unwrap_or_default()),
            qr: None,
        }
    }
}

/// Renders plans. Keeps fonts, library and parsed templates; may be used by several threads at once.
pub struct Renderer {
    shared: Arc<Shared>,
    /// Parsed template files by name and digest.
    sources: Mutex<HashMap<(String, String), Source>>,
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

impl Renderer {
    /// With the built-in fonts.
    pub fn new() -> Self {
        Self { shared: Arc::new(Shared::new()), sources: Mutex::default() }
    }

    /// The PDF of a certificate's plan. `assets` gives the bytes of an asset by its digest.
    pub fn render(
        &self,
        plan: &Plan,
        assets: &dyn Fn(&str) -> Option<Arc<[u8]>>,
        qr: &QrMatrix,
    ) -> Result<Vec<u8>, RenderError> {
        self.set(&Manuscript::certificate(plan, qr), assets)
    }

    /// The PDF of a manuscript. `assets` gives the bytes of an asset by its digest.
    pub fn set(
        &self,
        manuscript: &Manuscript<'_>,
        assets: &dyn Fn(&str) -> Option<Arc<[u8]>>,
    ) -> Result<Vec<u8>, RenderError> {
        let guess = match manuscript.renderer {
            RENDERER_ID | SECOND => Guess::OnePage,
            FIRST => Guess::Nothing,
            other => return Err(RenderError::Renderer(other.to_owned())),
        };
        let mut sheet = Sheet::new(self.shared.clone(), manuscript.template)?;
        for asset in manuscript.assets {
            match asset.name.strip_prefix("font:") {
                Some(name) if fonts::is_built_in(name, &asset.sha256) => (),
                Some(_) => return Err(RenderError::Asset(asset.name.clone())),
                None => sheet.add(&asset.name, self.source(&asset.name, &asset.sha256, assets)?)?,
            }
        }
        sheet.data(manuscript.data.0, manuscript.data.1.clone())?;
        if let Some(qr) = manuscript.qr {
            sheet.data("/qr.bin", qr.to_bytes())?;
            sheet.picture("/qr.svg", qr)?;
        }
        let result = pages(&sheet, manuscript, guess);
        EVICT.with(|count| {
            count.set(count.get() + 1);
            if count.get() % EVICT_EVERY == 0 || result.is_err() {
                comemo::evict(EVICT_AGE);
            }
        });
        result
    }

    fn source(
        &self,
        name: &str,
        sha256: &str,
        assets: &dyn Fn(&str) -> Option<Arc<[u8]>>,
    ) -> Result<Source, RenderError> {
        let key = (name.to_owned(), sha256.to_owned());
        let lost = || RenderError::Asset(name.to_owned());
        let mut sources = self.sources.lock().map_err(|_| lost())?;
        if let Some(source) = sources.get(&key) {
            return Ok(source.clone());
        }
        let bytes = assets(sha256).ok_or_else(lost)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| lost())?;
        let source = Source::new(world::file_id(name)?, text.to_owned());
        sources.insert(key, source.clone());
        Ok(source)
    }
}

thread_local! {
    static EVICT: Cell<u32> = const { Cell::new(0) };
}

fn pages(sheet: &Sheet<'_>, manuscript: &Manuscript<'_>, guess: Guess) -> Result<Vec<u8>, RenderError> {
    let (document, _) = compile::compile(sheet, guess).map_err(|errors| complaint(&errors))?;
    if document.pages().len() > MAX_PAGES {
        return Err(RenderError::Pages(document.pages().len()));
    }
    let time = manuscript.at.civil();
    let moment = Datetime::from_ymd_hms(
        i32::from(time.year()),
        time.month() as u8,
        time.day() as u8,
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
    );
    let options = PdfOptions {
        ident: Smart::Custom(manuscript.ident.clone()),
        // +05:30, Indian Standard Time.
        timestamp: moment.and_then(|moment| Timestamp::new_local(moment, 330)),
        standards: PdfStandards::new(&[PdfStandard::A_2a])
            .map_err(|e| RenderError::Template(e.message().to_string()))?,
        tagged: true,
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| complaint(&errors))?;
    match manuscript.renderer {
        FIRST => Ok(pdf),
        _ => pack::pack(pdf).map_err(|fault| RenderError::Pdf(fault.0)),
    }
}

/// The first complaint. Typst quotes names of the template, not the data's texts.
fn complaint(errors: &[SourceDiagnostic]) -> RenderError {
    let words = errors.first().map(|error| error.message.to_string()).unwrap_or_default();
    RenderError::Template(words.chars().take(300).collect())
}
