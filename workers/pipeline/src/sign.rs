//! Takes a UIN, gives the certificate its signed credential (COSE_Sign1, Ed25519).
//!
//! In: a certificate that is minted. Out: the UIN, to `store`. Guaranteed: exactly the claims that the plan stored are
//! signed (I3); the first recorded signature stays. Refused: a UIN that the ledger does not know.

use async_trait::async_trait;
use mohor_document::credential;
use mohor_domain::{certificate::Progress, stage::Stage, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Ledger, ToSign},
    signer::Signer,
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use std::{collections::BTreeMap, sync::Arc};

/// The stage.
pub struct Sign {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The way to the credential key.
    pub signer: Arc<dyn Signer>,
    /// Processor time.
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl Step for Sign {
    fn stage(&self) -> Stage {
        Stage::Sign
    }

    fn batch(&self) -> usize {
        256
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let uins: Vec<Uin> = items.iter().filter_map(|item| Uin::canonical(item).ok()).collect();
        let certificates = self.ledger.to_sign(&uins).await?;
        let known: Vec<Uin> = certificates.iter().map(|c| c.uin).collect();
        let began = thread_cpu_micros();
        let mut by_key: BTreeMap<String, Vec<&ToSign>> = BTreeMap::new();
        for certificate in certificates.iter().filter(|c| c.progress == Progress::Minted) {
            by_key.entry(certificate.credential_kid.clone()).or_default().push(certificate);
        }
        let mut signed = Vec::new();
        for (kid, group) in by_key {
            let kid_bytes = kid_bytes(&kid)?;
            let messages: Vec<Vec<u8>> =
                group.iter().map(|c| credential::to_be_signed(&c.claims, &kid_bytes)).collect();
            let signatures = self.signer.sign_credentials(&kid, &messages).await?;
            for (certificate, signature) in group.iter().zip(signatures) {
                signed.push((certificate.uin, credential::assemble(&certificate.claims, &kid_bytes, &signature)));
            }
        }
        self.telemetry.add_cpu("sign", thread_cpu_micros().saturating_sub(began));
        // Those signed before are settled by the same commit, so that their hint does not come back.
        signed.extend(
            certificates
                .into_iter()
                .filter(|c| c.progress > Progress::Minted)
                .filter_map(|c| Some((c.uin, c.credential?))),
        );
        self.ledger.commit_signed(signed).await?;
        Ok(outcomes(items, &known))
    }
}

fn kid_bytes(kid: &str) -> Result<[u8; 8]> {
    hex::decode(kid)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Error::fatal(format!("table certificate, column plan: `{kid}` is no kid of 8 bytes")))
}

/// Every known UIN goes on to the next stage; an unknown one is nobody's work.
pub(crate) fn outcomes(items: &[String], known: &[Uin]) -> Vec<Outcome> {
    items
        .iter()
        .map(|item| match Uin::canonical(item) {
            Ok(uin) if known.contains(&uin) => Outcome::Done(vec![item.clone()]),
            _ => Outcome::Failed(Error::reject("unknown_item", "the ledger has no certificate with this number")),
        })
        .collect()
}
