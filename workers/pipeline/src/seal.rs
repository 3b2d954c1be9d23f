//! PDF bytes become a sealed PDF: what is to be signed, and the signature put in its place. The key is the store's.

use mohor_document::seal::{self, Marker, Prepared, SealError, SealInfo, SubFilter};
use mohor_domain::{
    civil::Instant,
    plan::{DocumentPlan, Plan, SealPlan},
};
use mohor_ports::{
    error::{Error, Result},
    ledger::Document,
};

/// What the seal of a document says.
pub struct Sealing<'a> {
    /// Of what it is.
    pub marker: Marker,
    /// How it is made.
    pub seal: &'a SealPlan,
    /// The sealing time.
    pub at: Instant,
    /// Who seals.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl<'a> Sealing<'a> {
    /// A certificate's.
    pub fn certificate(plan: &'a Plan) -> Self {
        Self {
            marker: Marker::Certificate(plan.uin),
            seal: &plan.seal,
            at: plan.minted_at,
            name: plan.view["department"]["en"].as_str().unwrap_or(&plan.department).to_owned(),
            reason: format!("Issued as {}", plan.uin.grouped()),
        }
    }

    /// Another document's.
    pub fn document(document: &Document, plan: &'a DocumentPlan) -> Self {
        let text = |name: &str| document.order.view[name]["en"].as_str().unwrap_or_default().to_owned();
        Self {
            marker: Marker::Document(plan.id),
            seal: &plan.seal,
            at: plan.planned_at,
            name: text("issuer"),
            reason: text("title"),
        }
    }
}

/// An unsealed PDF with room for its seal.
pub struct Open {
    marker: Marker,
    prepared: Prepared,
    chain: Vec<Vec<u8>>,
    /// The DER of the signed attributes: what the sealing key signs.
    pub message: Vec<u8>,
}

/// Makes room for a seal. `chain` are the certificates that the plan names, signer first.
pub fn open(sealing: &Sealing<'_>, pdf: &[u8], chain: Vec<Vec<u8>>) -> Result<Open> {
    let marker = sealing.marker;
    let sub_filter = SubFilter::from_word(&sealing.seal.sub_filter).ok_or_else(|| {
        Error::fatal(format!("the plan of {marker} names a sub_filter that this program does not know"))
    })?;
    let info = SealInfo {
        sub_filter,
        signing_time: sealing.at,
        name: sealing.name.clone(),
        reason: sealing.reason.clone(),
        marker,
        reserve: seal::reserve_for(&chain, pdf),
    };
    let prepared = seal::prepare(pdf, &info).map_err(|error| failed(marker, error))?;
    let message = seal::signed_attributes(&prepared.digest, &chain, sub_filter, sealing.at)
        .map_err(|error| failed(marker, error))?;
    Ok(Open { marker, prepared, chain, message })
}

impl Open {
    /// The CMS around a signature over [`Open::message`].
    pub fn cms(&self, signature: &[u8]) -> Result<Vec<u8>> {
        seal::cms(&self.message, signature, &self.chain).map_err(|error| failed(self.marker, error))
    }

    /// The sealed PDF.
    pub fn close(&self, cms: &[u8]) -> Result<Vec<u8>> {
        seal::embed(&self.prepared, cms).map_err(|error| failed(self.marker, error))
    }
}

fn failed(marker: Marker, error: SealError) -> Error {
    Error::reject("seal_failed", format!("document {marker} cannot be sealed")).because(error)
}
