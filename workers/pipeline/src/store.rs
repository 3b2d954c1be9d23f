//! Takes a UIN, puts the sealed PDF into the vault and records its digest: from then on the certificate is issued.
//!
//! In: a certificate that is signed. Out: the UIN, to `notify`; `certificate.issued`. Guaranteed: the seal (CMS) is
//! committed before the object is put and the first recorded seal wins, so the sealed PDF can be made again without any
//! key; the digest is recorded only after the vault has read it back. Refused: a UIN that the ledger does not know, a
//! plan that cannot be rendered.
//!
//! Step 1 render · 2 seal · 3 record the seal · 4 put · 5 record the digest. A process that dies after any of them is
//! taken up there by the next.

use crate::{
    render::Render,
    seal::{self, Open},
};
use async_trait::async_trait;
use mohor_domain::{certificate::Progress, plan::Plan, stage::Stage, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Certificate, Ledger, Stored},
    signer::Signer,
    vault::{Object, Vault},
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// The stage.
pub struct Store {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where documents are kept.
    pub vault: Arc<dyn Vault>,
    /// The way to the sealing key.
    pub signer: Arc<dyn Signer>,
    /// Plan to PDF.
    pub render: Arc<Render>,
    /// Processor time.
    pub telemetry: Arc<Telemetry>,
}

/// A certificate on its way through a batch.
struct Work {
    certificate: Certificate,
    open: Open,
}

#[async_trait]
impl Step for Store {
    fn stage(&self) -> Stage {
        Stage::Store
    }

    /// Few: what one worker renders while another waits for the disk.
    fn batch(&self) -> usize {
        8
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let uins: Vec<Uin> = items.iter().filter_map(|item| Uin::canonical(item).ok()).collect();
        let mut outcomes: BTreeMap<Uin, Outcome> = BTreeMap::new();
        let (mut works, mut again) = (Vec::new(), Vec::new());
        for certificate in self.ledger.certificates(&uins).await? {
            let uin = certificate.uin;
            match certificate.progress {
                Progress::Minted => {
                    outcomes.insert(uin, Outcome::Failed(Error::retry(format!("{uin} is not signed yet"))));
                }
                Progress::Signed | Progress::Sealed => match self.open(certificate).await {
                    Ok(work) => works.push(work),
                    Err(error @ (Error::Outage(_) | Error::Fatal(_))) => return Err(error),
                    Err(error) => {
                        outcomes.insert(uin, Outcome::Failed(error));
                    }
                },
                Progress::Stored | Progress::Notified => again.push(uin),
            }
        }
        let sealed = self.seal(&works).await?;
        self.put(works, sealed, again, &mut outcomes).await?;
        Ok(items
            .iter()
            .map(|item| {
                let outcome = Uin::canonical(item).ok().and_then(|uin| outcomes.remove(&uin));
                outcome.unwrap_or_else(|| {
                    Outcome::Failed(Error::reject("unknown_item", "the ledger has no certificate with this number"))
                })
            })
            .collect())
    }
}

impl Store {
    /// Step 1, and the room for the seal.
    async fn open(&self, certificate: Certificate) -> Result<Work> {
        self.render.gather(&certificate.plan).await?;
        let chain = chain_of(self.ledger.as_ref(), &certificate.plan).await?;
        let render = self.render.clone();
        tokio::task::spawn_blocking(move || {
            let pdf = render.pdf(&certificate)?;
            let open = seal::open(&certificate.plan, &pdf, chain)?;
            Ok(Work { certificate, open })
        })
        .await
        .map_err(|error| Error::reject("render_failed", "the renderer gave up").because(error))?
    }

    /// Steps 2 and 3: the CMS of each, recorded; the first recorded wins.
    async fn seal(&self, works: &[Work]) -> Result<Vec<Vec<u8>>> {
        let began = thread_cpu_micros();
        let mut made: BTreeMap<Uin, Vec<u8>> = BTreeMap::new();
        let mut by_key: BTreeMap<&str, Vec<&Work>> = BTreeMap::new();
        for work in works {
            match &work.certificate.cms {
                Some(cms) => drop(made.insert(work.certificate.uin, cms.clone())),
                None => by_key.entry(&work.certificate.plan.seal.key_id).or_default().push(work),
            }
        }
        for (key_id, group) in by_key {
            let messages: Vec<Vec<u8>> = group.iter().map(|work| work.open.message.clone()).collect();
            let signatures = self.signer.sign_seals(key_id, &messages).await?;
            for (work, signature) in group.into_iter().zip(signatures) {
                made.insert(work.certificate.uin, work.open.cms(&work.certificate.plan, &signature)?);
            }
        }
        self.telemetry.add_cpu("seal", thread_cpu_micros().saturating_sub(began));
        let record = works.iter().filter_map(|work| Some((work.certificate.uin, made.remove(&work.certificate.uin)?)));
        self.ledger.commit_sealed(record.collect()).await
    }

    /// Steps 4 and 5.
    async fn put(
        &self,
        works: Vec<Work>,
        sealed: Vec<Vec<u8>>,
        again: Vec<Uin>,
        outcomes: &mut BTreeMap<Uin, Outcome>,
    ) -> Result<()> {
        let (mut objects, mut records) = (Vec::new(), Vec::new());
        for (work, cms) in works.iter().zip(sealed) {
            let bytes = work.open.close(&work.certificate.plan, &cms)?;
            let sha256 = hex::encode(Sha256::digest(&bytes));
            records.push(Stored { uin: work.certificate.uin, sha256: sha256.clone(), size: bytes.len() as u64 });
            objects.push(Object { sha256, bytes });
        }
        let mut stored = Vec::new();
        for (record, result) in records.into_iter().zip(self.vault.put(objects).await) {
            match result {
                Ok(()) => stored.push(record),
                Err(error) => {
                    outcomes.insert(record.uin, Outcome::Failed(error));
                }
            }
        }
        let done: Vec<Uin> = stored.iter().map(|record| record.uin).chain(again.iter().copied()).collect();
        // Those stored before are settled by the same commit, which leaves their digest as it is.
        for certificate in self.ledger.certificates(&again).await? {
            let sha256 = certificate.sha256.unwrap_or_default();
            stored.push(Stored { uin: certificate.uin, sha256, size: 0 });
        }
        self.ledger.commit_stored(stored).await?;
        outcomes.extend(done.into_iter().map(|uin| (uin, Outcome::Done(vec![uin.to_string()]))));
        Ok(())
    }
}

/// The certificates that the plan names, signer first.
pub async fn chain_of(ledger: &dyn Ledger, plan: &Plan) -> Result<Vec<Vec<u8>>> {
    let known: BTreeMap<String, Vec<u8>> = ledger.seal_certificates().await?.into_iter().collect();
    plan.seal
        .chain
        .iter()
        .map(|fingerprint| {
            known.get(fingerprint).cloned().ok_or_else(|| {
                Error::reject(
                    "unknown_key",
                    format!("sealing certificate {fingerprint} is not registered in the ledger"),
                )
            })
        })
        .collect()
}

/// Makes a stored document again from plan and recorded seal, without any key, and puts it back. Returns its digest.
///
/// `Reject` when it was never stored, or when the bytes come out other than the recorded digest.
pub async fn restore(ledger: &dyn Ledger, vault: &dyn Vault, render: &Render, uin: Uin) -> Result<String> {
    let certificate = ledger
        .certificates(&[uin])
        .await?
        .pop()
        .ok_or_else(|| Error::reject("unknown_item", format!("the ledger has no certificate {uin}")))?;
    let (Some(cms), Some(recorded)) = (certificate.cms.clone(), certificate.sha256.clone()) else {
        return Err(Error::reject("not_stored", format!("{uin} was never stored: it is on its way")));
    };
    render.gather(&certificate.plan).await?;
    let pdf = render.pdf(&certificate)?;
    let chain = chain_of(ledger, &certificate.plan).await?;
    let bytes = seal::open(&certificate.plan, &pdf, chain)?.close(&certificate.plan, &cms)?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    if sha256 != recorded {
        let words =
            format!("{uin} comes out with digest {sha256}, recorded is {recorded}: this program renders otherwise");
        return Err(Error::reject("restore_differs", words));
    }
    match vault.put(vec![Object { sha256: sha256.clone(), bytes }]).await.pop() {
        Some(Err(error)) => Err(error),
        _ => Ok(sha256),
    }
}
