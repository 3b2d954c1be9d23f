//! PDF bytes become a sealed PDF: what is to be signed, and the signature put in its place. The key is the store's.

use mohor_document::seal::{self, Prepared, SealError, SealInfo, SubFilter};
use mohor_domain::plan::Plan;
use mohor_ports::error::{Error, Result};

/// An unsealed PDF with room for its seal.
pub struct Open {
    prepared: Prepared,
    chain: Vec<Vec<u8>>,
    /// The DER of the signed attributes: what the sealing key signs.
    pub message: Vec<u8>,
}

/// Makes room for the seal that the plan describes. `chain` are the certificates that the plan names, signer first.
pub fn open(plan: &Plan, pdf: &[u8], chain: Vec<Vec<u8>>) -> Result<Open> {
    let sub_filter = SubFilter::from_word(&plan.seal.sub_filter)
        .ok_or_else(|| Error::fatal(format!("table certificate, {}, column plan: sub_filter", plan.uin)))?;
    let info = SealInfo {
        sub_filter,
        signing_time: plan.minted_at,
        name: plan.view["department"]["en"].as_str().unwrap_or(&plan.department).to_owned(),
        reason: format!("Issued as {}", plan.uin.grouped()),
        uin: plan.uin,
        reserve: seal::reserve_for(&chain),
    };
    let prepared = seal::prepare(pdf, &info).map_err(|error| failed(plan, error))?;
    let message = seal::signed_attributes(&prepared.digest, &chain, sub_filter, plan.minted_at)
        .map_err(|error| failed(plan, error))?;
    Ok(Open { prepared, chain, message })
}

impl Open {
    /// The CMS around a signature over [`Open::message`].
    pub fn cms(&self, plan: &Plan, signature: &[u8]) -> Result<Vec<u8>> {
        seal::cms(&self.message, signature, &self.chain).map_err(|error| failed(plan, error))
    }

    /// The sealed PDF.
    pub fn close(&self, plan: &Plan, cms: &[u8]) -> Result<Vec<u8>> {
        seal::embed(&self.prepared, cms).map_err(|error| failed(plan, error))
    }
}

fn failed(plan: &Plan, error: SealError) -> Error {
    Error::reject("seal_failed", format!("certificate {} cannot be sealed", plan.uin)).because(error)
}
