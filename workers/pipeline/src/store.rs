//! Takes a UIN or a document's id, puts the sealed PDF into the vault and records its digest: from then on the certificate is
//! issued, the document can be read.
//!
//! In: a certificate that is signed, or a document that is ordered. Out: the UIN, to `notify`; `certificate.issued`; a
//! document goes nowhere. Guaranteed: the seal (CMS) is committed before the object is put and the first recorded seal wins,
//! so the sealed PDF can be made again without any key; the digest is recorded only after the vault has read it back. Refused:
//! an item that the ledger does not know, a plan that cannot be rendered.
//!
//! Step 0 of a document alone: its plan is fixed · 1 render · 2 seal · 3 record the seal · 4 put · 5 record the digest. A
//! process that dies after any of them is taken up there by the next.

use crate::{
    render::Render,
    seal::{self, Open, Sealing},
};
use async_trait::async_trait;
use mohor_document::paper::{Papers, Press};
use mohor_domain::{
    certificate::Progress,
    id::Id,
    plan::{DocumentPlan, SealPlan},
    stage::Stage,
    uin::Uin,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Certificate, Document, Ledger, Made, Stored, StoredDocument},
    signer::Signer,
    vault::{Object, Vault},
};
use mohor_runtime::{
    ambient::thread_cpu_micros,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt, sync::Arc};

mod restore;

pub use restore::restore;

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
    /// How documents other than certificates are printed.
    pub papers: Arc<Papers>,
    /// What their plans share.
    pub press: Press,
    /// Processor time.
    pub telemetry: Arc<Telemetry>,
}

/// What a hint names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A certificate.
    Certificate(Uin),
    /// Another document.
    Document(Id),
}

impl Item {
    /// Reads a hint's item.
    pub fn parse(text: &str) -> Option<Self> {
        Uin::canonical(text).map(Self::Certificate).ok().or_else(|| Id::parse(text).map(Self::Document))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(uin) => uin.fmt(f),
            Self::Document(id) => id.fmt(f),
        }
    }
}

/// A document on its way through a batch.
struct Work {
    item: Item,
    key_id: String,
    /// The recorded seal, if there is one.
    cms: Option<Vec<u8>>,
    open: Open,
}

type Outcomes = BTreeMap<Item, Outcome>;

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
        let mut outcomes = Outcomes::new();
        let (mut works, mut again) = (Vec::new(), Vec::new());
        self.certificates(items, &mut works, &mut again, &mut outcomes).await?;
        self.documents(items, &mut works, &mut again, &mut outcomes).await?;
        let sealed = self.seal(&works).await?;
        self.put(works, sealed, again, &mut outcomes).await?;
        Ok(items
            .iter()
            .map(|item| {
                let outcome = Item::parse(item).and_then(|item| outcomes.remove(&item));
                outcome.unwrap_or_else(|| {
                    Outcome::Failed(Error::reject("unknown_item", "the ledger has no document with this number"))
                })
            })
            .collect())
    }
}

/// What is stored: its item, and its digest once it is recorded.
type Again = Vec<(Item, String)>;

impl Store {
    /// Step 1 of the certificates among the items.
    async fn certificates(
        &self,
        items: &[String],
        works: &mut Vec<Work>,
        again: &mut Again,
        outcomes: &mut Outcomes,
    ) -> Result<()> {
        let uins: Vec<Uin> = items.iter().filter_map(|item| Uin::canonical(item).ok()).collect();
        if uins.is_empty() {
            return Ok(());
        }
        for certificate in self.ledger.certificates(&uins).await? {
            let item = Item::Certificate(certificate.uin);
            match certificate.progress {
                Progress::Minted => {
                    let words = format!("{} is not signed yet", certificate.uin);
                    outcomes.insert(item, Outcome::Failed(Error::retry(words)));
                }
                Progress::Signed | Progress::Sealed => {
                    take(item, self.open_certificate(certificate).await, works, outcomes)?;
                }
                Progress::Stored | Progress::Notified => again.push((item, certificate.sha256.unwrap_or_default())),
            }
        }
        Ok(())
    }

    /// Steps 0 and 1 of the other documents.
    async fn documents(
        &self,
        items: &[String],
        works: &mut Vec<Work>,
        again: &mut Again,
        outcomes: &mut Outcomes,
    ) -> Result<()> {
        let ids: Vec<Id> = items.iter().filter_map(|item| Id::parse(item)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let now = self.ledger.now().await?.whole_second();
        let (mut found, mut plans) = (Vec::new(), Vec::new());
        for document in self.ledger.documents(&ids).await? {
            let item = Item::Document(document.id);
            if document.made == Made::Stored {
                again.push((item, document.sha256.unwrap_or_default()));
                continue;
            }
            if document.plan.is_none() {
                let kind = document.order.kind;
                let Some(plan) = self.papers.plan(document.id, kind, now, &self.press) else {
                    // Beside an older program a newer one may order what this one cannot print.
                    let words = format!("this program has no template for documents of kind {}", kind.as_str());
                    outcomes.insert(item, Outcome::Failed(Error::retry(words)));
                    continue;
                };
                plans.push(plan);
            }
            found.push(document);
        }
        let planned = if plans.is_empty() { vec![] } else { self.ledger.commit_planned(plans).await? };
        let mut planned: BTreeMap<Id, DocumentPlan> = planned.into_iter().map(|plan| (plan.id, plan)).collect();
        for document in found {
            let plan = planned.remove(&document.id).or_else(|| document.plan.clone());
            let Some(plan) = plan else { continue };
            take(Item::Document(document.id), self.open_document(document, plan).await, works, outcomes)?;
        }
        Ok(())
    }

    async fn open_certificate(&self, certificate: Certificate) -> Result<Work> {
        self.render.gather(&certificate.plan.assets).await?;
        let chain = chain_of(self.ledger.as_ref(), &certificate.plan.seal).await?;
        let render = self.render.clone();
        aside(move || {
            let pdf = render.pdf(&certificate)?;
            let open = seal::open(&Sealing::certificate(&certificate.plan), &pdf, chain)?;
            let Certificate { uin, cms, plan, .. } = certificate;
            Ok(Work { item: Item::Certificate(uin), key_id: plan.seal.key_id, cms, open })
        })
        .await
    }

    async fn open_document(&self, document: Document, plan: DocumentPlan) -> Result<Work> {
        self.render.gather(&plan.assets).await?;
        let chain = chain_of(self.ledger.as_ref(), &plan.seal).await?;
        let render = self.render.clone();
        aside(move || {
            let pdf = render.document(&document, &plan)?;
            let open = seal::open(&Sealing::document(&document, &plan), &pdf, chain)?;
            Ok(Work { item: Item::Document(document.id), key_id: plan.seal.key_id, cms: document.cms, open })
        })
        .await
    }

    /// Steps 2 and 3: the CMS of each, recorded; the first recorded wins.
    async fn seal(&self, works: &[Work]) -> Result<BTreeMap<Item, Vec<u8>>> {
        let began = thread_cpu_micros();
        let mut made: BTreeMap<Item, Vec<u8>> = BTreeMap::new();
        let mut by_key: BTreeMap<&str, Vec<&Work>> = BTreeMap::new();
        for work in works {
            match &work.cms {
                Some(cms) => drop(made.insert(work.item, cms.clone())),
                None => by_key.entry(&work.key_id).or_default().push(work),
            }
        }
        for (key_id, group) in by_key {
            let messages: Vec<Vec<u8>> = group.iter().map(|work| work.open.message.clone()).collect();
            let signatures = self.signer.sign_seals(key_id, &messages).await?;
            for (work, signature) in group.into_iter().zip(signatures) {
                made.insert(work.item, work.open.cms(&signature)?);
            }
        }
        self.telemetry.add_cpu("seal", thread_cpu_micros().saturating_sub(began));
        let (mut certificates, mut documents) = (Vec::new(), Vec::new());
        for (item, cms) in made {
            match item {
                Item::Certificate(uin) => certificates.push((uin, cms)),
                Item::Document(id) => documents.push((id, cms)),
            }
        }
        let mut sealed = BTreeMap::new();
        if !certificates.is_empty() {
            let uins: Vec<Uin> = certificates.iter().map(|(uin, _)| *uin).collect();
            let kept = self.ledger.commit_sealed(certificates).await?;
            sealed.extend(uins.into_iter().map(Item::Certificate).zip(kept));
        }
        if !documents.is_empty() {
            let ids: Vec<Id> = documents.iter().map(|(id, _)| *id).collect();
            let kept = self.ledger.commit_document_seals(documents).await?;
            sealed.extend(ids.into_iter().map(Item::Document).zip(kept));
        }
        Ok(sealed)
    }

    /// Steps 4 and 5.
    async fn put(
        &self,
        works: Vec<Work>,
        sealed: BTreeMap<Item, Vec<u8>>,
        again: Again,
        outcomes: &mut Outcomes,
    ) -> Result<()> {
        let (mut objects, mut records) = (Vec::new(), Vec::new());
        for work in &works {
            let bytes = work.open.close(sealed.get(&work.item).map(Vec::as_slice).unwrap_or_default())?;
            let sha256 = hex::encode(Sha256::digest(&bytes));
            records.push((work.item, sha256.clone(), bytes.len() as u64));
            objects.push(Object { sha256, bytes });
        }
        let (mut stored, mut documents) = (Vec::new(), Vec::new());
        let mut record = |item, sha256, size| match item {
            Item::Certificate(uin) => stored.push(Stored { uin, sha256, size }),
            Item::Document(id) => documents.push(StoredDocument { id, sha256, size }),
        };
        let mut done = Vec::new();
        let results = if objects.is_empty() { vec![] } else { self.vault.put(objects).await };
        for ((item, sha256, size), result) in records.into_iter().zip(results) {
            match result {
                Ok(()) => {
                    done.push(item);
                    record(item, sha256, size);
                }
                Err(error) => {
                    outcomes.insert(item, Outcome::Failed(error));
                }
            }
        }
        // Those stored before are settled by the same commit, which leaves their digest as it is.
        for (item, sha256) in again {
            done.push(item);
            record(item, sha256, 0);
        }
        if !stored.is_empty() {
            self.ledger.commit_stored(stored).await?;
        }
        if !documents.is_empty() {
            self.ledger.commit_documents_stored(documents).await?;
        }
        outcomes.extend(done.into_iter().map(|item| {
            let next = if let Item::Certificate(uin) = item { vec![uin.to_string()] } else { vec![] };
            (item, Outcome::Done(next))
        }));
        Ok(())
    }
}

/// What was opened goes on; what failed by itself fails alone.
fn take(item: Item, opened: Result<Work>, works: &mut Vec<Work>, outcomes: &mut Outcomes) -> Result<()> {
    match opened {
        Ok(work) => works.push(work),
        Err(error @ (Error::Outage(_) | Error::Fatal(_))) => return Err(error),
        Err(error) => drop(outcomes.insert(item, Outcome::Failed(error))),
    }
    Ok(())
}

/// Computes on a thread that may.
async fn aside(work: impl FnOnce() -> Result<Work> + Send + 'static) -> Result<Work> {
    let given_up = |error| Error::reject("render_failed", "the renderer gave up").because(error);
    tokio::task::spawn_blocking(work).await.map_err(given_up)?
}

/// The certificates that a plan names, signer first.
pub async fn chain_of(ledger: &dyn Ledger, seal: &SealPlan) -> Result<Vec<Vec<u8>>> {
    let known: BTreeMap<String, Vec<u8>> = ledger.seal_certificates().await?.into_iter().collect();
    seal.chain
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
