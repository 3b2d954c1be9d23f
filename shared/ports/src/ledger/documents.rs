//! Documents other than certificates: ordered by intake and the portal, made by `store`.

use super::{ClockRecord, Reference};
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    acknowledgement::{self, Form},
    civil::Instant,
    clock::ClockKind,
    id::Id,
    json::digest,
    people::Place,
    plan::{DocumentKind, DocumentPlan},
    rules::Rules,
    tracking::{TrackingKey, number_of},
};
use serde_json::Value;

/// A document that somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// What it is; never a certificate.
    pub kind: DocumentKind,
    /// What it is about: an application's row, or a key such as `BCW/2026-06`.
    pub subject: String,
    /// Where it belongs: who may read it is decided by this.
    pub place: Place,
    /// Every word and figure that is printed, as the kind's template reads them (`schemas/documents/README.md`). `title`
    /// and `issuer` are in each: {en, bn}.
    pub view: Value,
    /// `intake`, or as in an audit line: `person:<login>`.
    pub ordered_by: String,
}

impl NewDocument {
    /// SHA-256 of the canonical JSON of the view, hexadecimal: the same contents about the same thing are one document.
    pub fn digest(&self) -> String {
        digest(&self.view)
    }

    /// A tracking key of an acknowledgement, as it is printed, and what it is looked up by with the application's number.
    pub fn new_key(&self, random: [u8; 5]) -> (String, String) {
        let key = TrackingKey::of(random);
        let number = self.view["application_no"].as_str().and_then(number_of).unwrap_or_default();
        (key.grouped(), key.digest(&number))
    }
}

/// How far a document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// Somebody wants it.
    Ordered,
    /// Everything it will be is fixed.
    Planned,
    /// The seal (CMS) is recorded.
    Sealed,
    /// It is in the vault, its digest recorded.
    Stored,
}

impl Made {
    /// The word used in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Planned => "planned",
            Self::Sealed => "sealed",
            Self::Stored => "stored",
        }
    }

    /// Reads the ledger's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ordered, Self::Planned, Self::Sealed, Self::Stored].into_iter().find(|made| made.as_str() == word)
    }
}

/// A document as the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The row; the hint to `store`.
    pub id: Id,
    /// What was ordered.
    pub order: NewDocument,
    /// How far it has come.
    pub made: Made,
    /// Everything it will be, once planned.
    pub plan: Option<DocumentPlan>,
    /// The CMS of the seal, once sealed.
    pub cms: Option<Vec<u8>>,
    /// SHA-256 of the sealed PDF, once stored.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When it was ordered.
    pub ordered_at: Instant,
    /// When its digest was recorded.
    pub stored_at: Option<Instant>,
}

impl Document {
    /// What stands at the top, {en, bn}.
    pub fn title(&self) -> &Value {
        &self.order.view["title"]
    }

    /// The name it is downloaded under: letters, digits and hyphens alone.
    pub fn file_name(&self) -> String {
        let day = self.ordered_at.day().to_string();
        format!("{}-{day}-{}.pdf", self.order.kind.as_str(), &self.id.to_string()[24..])
    }
}

/// What store records of a document that the vault has read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The row.
    pub id: Id,
    /// SHA-256 of the sealed PDF, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Acknowledgements that wait or are in the hands of `store` at once, at most, where the bus is elsewhere: certificates
/// behind them wait for the making of so many, and of no more.
pub const ACKNOWLEDGEMENTS_AHEAD: u32 = 100;

/// Ordered documents and what becomes of them.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Orders a document, with its audit line; `store` takes it up. The same kind, subject and contents asked again are the
    /// row that is there.
    async fn order(&self, order: NewDocument) -> Result<Id>;
    /// The documents of these rows; an unknown id is left out.
    async fn documents(&self, ids: &[Id]) -> Result<Vec<Document>>;
    /// What was ordered about something, the newest first, at most so many.
    async fn documents_of(&self, subject: &str, most: u32) -> Result<Vec<Document>>;
    /// Documents of a kind that belong there (each member that is set is met), the newest first, at most so many.
    async fn documents_at(&self, kind: DocumentKind, place: &Place, most: u32) -> Result<Vec<Document>>;
    /// The document whose sealed PDF has this digest.
    async fn document_by_digest(&self, sha256: &str) -> Result<Option<Document>>;
    /// Fixes the plan of each document that has none; the first recorded plan wins. Returns the plan that counts, in order.
    async fn commit_planned(&self, work: Vec<DocumentPlan>) -> Result<Vec<DocumentPlan>>;
    /// Records the seal of each document that has none; the first recorded seal wins. Returns the CMS that counts, in order.
    async fn commit_document_seals(&self, work: Vec<(Id, Vec<u8>)>) -> Result<Vec<Vec<u8>>>;
    /// Records the digest of documents that the vault has read back, and settles their hints. Work done before is left.
    async fn commit_documents_stored(&self, work: Vec<StoredDocument>) -> Result<()>;
    /// Documents in the order in which they were ordered, after that row (`None`: from the first), at most `limit`.
    async fn document_page(&self, after: Option<Id>, limit: u32) -> Result<Vec<Document>>;
}

/// The acknowledgement that intake orders for an application; none: it was never submitted, or none are ordered here.
pub fn acknowledgement(
    application: Id,
    form: &Form<'_>,
    clocks: &[ClockRecord],
    reference: &Reference,
    rules: &Rules,
) -> Option<NewDocument> {
    let names = reference.names.as_deref()?;
    let service = clocks.iter().find(|record| record.clock.kind == ClockKind::Service)?;
    let place = Place {
        department: Some(service.department.clone()),
        district: service.district.clone(),
        office: service.office.clone(),
        bsk: service.bsk.clone(),
    };
    let view =
        acknowledgement::view(form, &clocks.iter().map(|record| &record.clock).collect::<Vec<_>>(), rules, names)?;
    Some(NewDocument {
        kind: DocumentKind::Acknowledgement,
        subject: application.to_string(),
        place,
        view,
        ordered_by: "intake".into(),
    })
}
