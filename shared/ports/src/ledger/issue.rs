//! What the stages mint, sign, store and notify read and commit.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    certificate::{Progress, Standing},
    civil::Instant,
    id::Id,
    plan::Plan,
    uin::Uin,
};
use serde_json::Value;

/// An approved application, as mint sees it.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The row.
    pub id: Id,
    /// Letters of the department.
    pub department: String,
    /// The service's slug.
    pub service: String,
    /// The department's own number.
    pub application_no: String,
    /// Which centre, if any.
    pub bsk: Option<String>,
    /// `data` of the approval, NFC.
    pub data: Value,
    /// The ascribed number, if any.
    pub ascribed: Option<Uin>,
    /// The certificate already minted for it, if any.
    pub minted: Option<Uin>,
}

/// What mint commits for one application.
#[derive(Debug, Clone)]
pub struct Minting {
    /// The application's row.
    pub application: Id,
    /// The plan, with its UIN and status index.
    pub plan: Plan,
}

/// What became of a minting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Minted {
    /// This plan counts now.
    New(Uin),
    /// The application had a certificate before: that one counts, this plan is thrown away.
    Before(Uin),
    /// The UIN or the status index is taken: draw again.
    Collision,
    /// The application is not approved (any more), or unknown: nothing to mint.
    NotApproved,
}

/// A certificate as the ledger holds it.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The number.
    pub uin: Uin,
    /// The application's row.
    pub application: Id,
    /// The department's own number of the application.
    pub application_no: String,
    /// The BSK's own number of the request.
    pub docket_no: Option<String>,
    /// Which centre, if any.
    pub bsk: Option<String>,
    /// How far it has come.
    pub progress: Progress,
    /// Its standing.
    pub standing: Standing,
    /// The plan.
    pub plan: Plan,
    /// The tagged COSE_Sign1, once signed.
    pub credential: Option<Vec<u8>>,
    /// The CMS of the seal, once sealed.
    pub cms: Option<Vec<u8>>,
    /// SHA-256 of the sealed PDF, once stored.
    pub sha256: Option<String>,
    /// Each stage's time, as far as it has come: (stage word, when).
    pub times: Vec<(String, Instant)>,
    /// The notice's number at its BSK, once notified.
    pub notice: Option<i64>,
}

/// As much of a certificate as `sign` may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToSign {
    /// The number.
    pub uin: Uin,
    /// How far it has come.
    pub progress: Progress,
    /// The planned claims: exactly these bytes are signed.
    pub claims: Vec<u8>,
    /// The key that the plan names.
    pub credential_kid: String,
    /// The tagged COSE_Sign1, if it was signed before.
    pub credential: Option<Vec<u8>>,
}

/// What store commits for one document.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The number.
    pub uin: Uin,
    /// SHA-256 of the sealed PDF, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The line from approval to notice.
#[async_trait]
pub trait Issue: Send + Sync {
    /// The approved applications of these rows (those already minted included); unknown ids are left out.
    async fn approved(&self, ids: &[Id]) -> Result<Vec<Approved>>;
    /// How many certificates a department has minted in a civil year: which status list is in use.
    async fn minted_in_year(&self, department: &str, year: i16) -> Result<u64>;
    /// Fixes UIN and plan; hints to `sign`. One outcome per minting, in order.
    async fn commit_minted(&self, work: Vec<Minting>) -> Result<Vec<Minted>>;
    /// The certificates of these numbers, in that order; unknown ones are left out.
    async fn certificates(&self, uins: &[Uin]) -> Result<Vec<Certificate>>;
    /// How far these certificates are; unknown ones are left out.
    async fn progress(&self, uins: &[Uin]) -> Result<Vec<(Uin, Progress)>>;
    /// What `sign` needs of these certificates; unknown ones are left out.
    async fn to_sign(&self, uins: &[Uin]) -> Result<Vec<ToSign>>;
    /// Records the signed credential (tagged COSE_Sign1 over exactly the planned claims) of each certificate that is
    /// `minted`; hints to `store`. One that was signed before keeps its signature.
    async fn commit_signed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<()>;
    /// Records the seal of each certificate that has none; the first recorded seal wins. Returns the CMS that counts,
    /// in order. No hint: the same stage goes on to put the object.
    async fn commit_sealed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<Vec<Vec<u8>>>;
    /// Records the digest of the stored document, publishes `certificate.issued` (and `certificate.superseded` for the
    /// one it corrects, in this transaction); hints to `notify`. Work done before is left.
    async fn commit_stored(&self, work: Vec<Stored>) -> Result<()>;
    /// Numbers and records the notice of each certificate that is `stored` and live, publishes `certificate.ready`.
    /// A certificate of an application without a centre is only moved on. Work done before is left.
    async fn commit_notified(&self, uins: &[Uin]) -> Result<()>;
    /// Keeps templates and fonts by digest: (SHA-256 hexadecimal, bytes).
    async fn keep_assets(&self, assets: Vec<(String, Vec<u8>)>) -> Result<()>;
    /// A kept asset.
    async fn asset(&self, sha256: &str) -> Result<Option<Vec<u8>>>;
}
