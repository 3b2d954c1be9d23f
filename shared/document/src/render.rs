//! Plan and template become PDF bytes, by Typst as a library.
//!
//! Pure: the template's files come from the plan's assets, data and QR code from the plan, fonts are built in. There is
//! no clock, no network, no package and no other file; the same plan gives the same bytes in any process.
//!
//! What the PDF looks like: version 1.7, PDF/A-2a, tagged, a cross-reference table (no streams), no form and no
//! signature field; the keywords hold [`crate::seal::KEYWORD`] with the UIN.

mod fonts;
mod world;

pub use fonts::{font_assets, font_refs, unprintable};

use crate::qr::QrMatrix;
use mohor_domain::plan::Plan;
use std::{
    cell::Cell,
    collections::HashMap,
    sync::{Arc, Mutex},
};
use typst::{diag::SourceDiagnostic, foundations::Datetime, foundations::Smart, syntax::Source};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::{Shared, Sheet};

/// Names the program that turns a plan into bytes. A change that moves a single byte gets a new name.
pub const RENDERER_ID: &str = "typst-0.15.1/1";
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
    /// More pages than allowed.
    #[error("{0} pages, at most {MAX_PAGES} are rendered")]
    Pages(usize),
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

    /// The PDF of a plan. `assets` gives the bytes of an asset by its digest.
    pub fn render(
        &self,
        plan: &Plan,
        assets: &dyn Fn(&str) -> Option<Arc<[u8]>>,
        qr: &QrMatrix,
    ) -> Result<Vec<u8>, RenderError> {
        let mut sheet = Sheet::new(self.shared.clone(), &plan.template)?;
        for asset in &plan.assets {
            match asset.name.strip_prefix("font:") {
                Some(name) if fonts::is_built_in(name, &asset.sha256) => (),
                Some(_) => return Err(RenderError::Asset(asset.name.clone())),
                None => sheet.add(&asset.name, self.source(&asset.name, &asset.sha256, assets)?)?,
            }
        }
        sheet.data("/certificate.json", serde_json::to_vec(&plan.view).unwrap_or_default())?;
        sheet.data("/qr.svg", qr.svg().into_bytes())?;
        let result = pages(&sheet, plan);
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

fn pages(sheet: &Sheet, plan: &Plan) -> Result<Vec<u8>, RenderError> {
    let document = typst::compile::<PagedDocument>(sheet).output.map_err(|errors| complaint(&errors))?;
    if document.pages().len() > MAX_PAGES {
        return Err(RenderError::Pages(document.pages().len()));
    }
    let time = plan.minted_at.civil();
    let moment = Datetime::from_ymd_hms(
        i32::from(time.year()),
        time.month() as u8,
        time.day() as u8,
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
    );
    let options = PdfOptions {
        ident: Smart::Custom(plan.uin.to_string()),
        // +05:30, Indian Standard Time.
        timestamp: moment.and_then(|moment| Timestamp::new_local(moment, 330)),
        standards: PdfStandards::new(&[PdfStandard::A_2a])
            .map_err(|e| RenderError::Template(e.message().to_string()))?,
        tagged: true,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| complaint(&errors))
}

/// The first complaint. Typst quotes names of the template, not the data's texts.
fn complaint(errors: &[SourceDiagnostic]) -> RenderError {
    let words = errors.first().map(|error| error.message.to_string()).unwrap_or_default();
    RenderError::Template(words.chars().take(300).collect())
}
