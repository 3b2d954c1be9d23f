//! Plan and signed credential become PDF bytes. No key, no clock, no network: the same plan gives the same bytes.

use mohor_document::{
    credential,
    qr::QrMatrix,
    render::{Manuscript, RenderError, Renderer},
};
use mohor_domain::plan::{AssetRef, DocumentPlan};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Certificate, Document, Ledger},
};
use mohor_runtime::{ambient::thread_cpu_micros, telemetry::Telemetry};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Renders, with the templates and fonts that plans name kept at hand.
pub struct Render {
    ledger: Arc<dyn Ledger>,
    renderer: Arc<Renderer>,
    telemetry: Arc<Telemetry>,
    /// By digest. Grows by a template's size with each version of a template in use, never with certificates.
    assets: Mutex<HashMap<String, Arc<[u8]>>>,
}

impl Render {
    /// Ready to render.
    pub fn new(ledger: Arc<dyn Ledger>, renderer: Arc<Renderer>, telemetry: Arc<Telemetry>) -> Self {
        Self { ledger, renderer, telemetry, assets: Mutex::default() }
    }

    /// Fetches what the plan names and is not at hand yet. `Reject("asset_lost")` when the ledger does not have it.
    pub async fn gather(&self, assets: &[AssetRef]) -> Result<()> {
        for asset in assets {
            if self.at_hand(&asset.sha256).is_some() {
                continue;
            }
            let bytes = self.ledger.asset(&asset.sha256).await?.ok_or_else(|| {
                Error::reject(
                    "asset_lost",
                    format!("asset {} with digest {} is not in the ledger", asset.name, asset.sha256),
                )
            })?;
            if let Ok(mut assets) = self.assets.lock() {
                assets.insert(asset.sha256.clone(), bytes.into());
            }
        }
        Ok(())
    }

    /// The unsealed PDF of a certificate. Blocking: some ten milliseconds of computing. What the plan names has been gathered.
    pub fn pdf(&self, certificate: &Certificate) -> Result<Vec<u8>> {
        let plan = &certificate.plan;
        let cose =
            certificate.credential.as_deref().ok_or_else(|| Error::retry(format!("{} is not signed yet", plan.uin)))?;
        let qr = QrMatrix::encode(&credential::qr_text(&plan.verify_host, cose))
            .map_err(|error| Error::reject("render_failed", format!("the QR code of {}", plan.uin)).because(error))?;
        let what = format!("certificate {} of {}/{}", plan.uin, plan.department, plan.service);
        self.set(&Manuscript::certificate(plan, &qr), &what)
    }

    /// The unsealed PDF of another document. Blocking, as [`Render::pdf`].
    pub fn document(&self, document: &Document, plan: &DocumentPlan) -> Result<Vec<u8>> {
        let what = format!("{} {}", plan.kind.as_str(), plan.id);
        self.set(&Manuscript::document(plan, &document.order.view), &what)
    }

    fn set(&self, manuscript: &Manuscript<'_>, what: &str) -> Result<Vec<u8>> {
        let began = thread_cpu_micros();
        let pdf = self.renderer.set(manuscript, &|sha256| self.at_hand(sha256)).map_err(|error| failed(what, error))?;
        self.telemetry.add_cpu("render", thread_cpu_micros().saturating_sub(began));
        Ok(pdf)
    }

    fn at_hand(&self, sha256: &str) -> Option<Arc<[u8]>> {
        self.assets.lock().ok()?.get(sha256).cloned()
    }
}

fn failed(what: &str, error: RenderError) -> Error {
    Error::reject("render_failed", format!("{what} cannot be rendered")).because(error)
}
