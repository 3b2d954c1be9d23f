//! The plan of a certificate: everything it will be, fixed in the transaction that mints its UIN.
//!
//! Whatever worker, whatever day: the same plan, the same recorded signature and the same renderer give the same bytes.

use crate::{civil::Instant, id::Id, uin::Uin, words::words};
use serde::{Deserialize, Serialize};
use serde_json::Value;

words! {
    /// What a document is. A certificate has a number and a credential; every other kind is known by its row in the ledger.
    DocumentKind {
        /// A certificate, licence or copy for a citizen.
        Certificate = "certificate",
        /// That an application was received, with its due day or its defects (RTPS Rules, rule 4: Form 1).
        Acknowledgement = "acknowledgement",
        /// How a department kept its limits in a period.
        Report = "report",
        /// What a department returns on the order about certificates, per service.
        Return = "return",
        /// How the due day of one application came about, for an appeal.
        Evidence = "evidence",
    }
}

/// A place in the status list of a department and year (IETF Token Status List), drawn at random at mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusIndex {
    /// Civil year of minting, Asia/Kolkata.
    pub year: i16,
    /// Which list of the department and year, from 0.
    pub list: u32,
    /// The place in the list, below [`StatusIndex::LIST_SIZE`].
    pub index: u32,
}

impl StatusIndex {
    /// Places in one list.
    pub const LIST_SIZE: u32 = 1 << 20;
    /// Certificates after which the next list is begun: half full, so that a random draw seldom meets a taken place.
    pub const LIST_FILL: u32 = 1 << 19;
}

/// Everything a certificate will be. Stored as one JSON document; byte strings are hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this structure: 1.
    pub v: u8,
    /// What is made.
    pub kind: DocumentKind,
    /// The number.
    pub uin: Uin,
    /// Letters of the issuing department.
    pub department: String,
    /// The service's slug.
    pub service: String,
    /// Every time that appears in the credential, the PDF and the seal.
    pub minted_at: Instant,
    /// The CWT claims set, deterministic CBOR: the payload of the COSE_Sign1.
    #[serde(with = "hex_bytes")]
    pub claims: Vec<u8>,
    /// Key that signs the credential: hexadecimal of the 8-byte kid.
    pub credential_kid: String,
    /// Token id, 16 random bytes; also the salt of the facts' digest.
    #[serde(with = "hex_bytes")]
    pub cti: Vec<u8>,
    /// The place in the status list.
    pub status: StatusIndex,
    /// The facts, as `schemas/facts.schema.json` lists them.
    pub facts: Value,
    /// SHA-256 over cti and the canonical JSON of the facts, hexadecimal, all 32 bytes.
    pub facts_digest: String,
    /// The words and figures printed, as the template reads them (see `schemas/services/README.md`).
    pub view: Value,
    /// Digests (SHA-256, hexadecimal) of the template's files and of the fonts, by name. Their bytes are kept as assets.
    pub assets: Vec<AssetRef>,
    /// The template's main file among the assets.
    pub template: String,
    /// Which renderer makes the bytes, e.g. `typst-0.15.1/1`.
    pub renderer: String,
    /// The host a verifier is told to use, and no other.
    pub verify_host: String,
    /// SPECIMEN across the page: the sealing certificate is not from a configured trusted issuer.
    pub specimen: bool,
    /// How the seal is to be made.
    pub seal: SealPlan,
}

/// Everything a document other than a certificate will be; the words and figures are those of its order. Fixed by the first
/// `store` that takes it up, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentPlan {
    /// Version of this structure: 1.
    pub v: u8,
    /// The document's row.
    pub id: Id,
    /// What is made.
    pub kind: DocumentKind,
    /// Every time that appears in the PDF and the seal, apart from those of the order; whole seconds.
    pub planned_at: Instant,
    /// Digests of templates and fonts, by name. Their bytes are kept as assets.
    pub assets: Vec<AssetRef>,
    /// The template's main file among the assets.
    pub template: String,
    /// Which renderer makes the bytes.
    pub renderer: String,
    /// The host a verifier is told to use, and no other.
    pub verify_host: String,
    /// SPECIMEN across the page: the sealing certificate is not from a configured trusted issuer.
    pub specimen: bool,
    /// How the seal is to be made.
    pub seal: SealPlan,
}

/// A file the renderer needs, by name and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetRef {
    /// The name the template uses, e.g. `/base.typ` or `font:NotoSans-Regular.ttf`.
    pub name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// How the PDF is to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealPlan {
    /// The key's id: SHA-256 of its certificate, hexadecimal.
    pub key_id: String,
    /// SHA-256 of each certificate of the chain, signer first, hexadecimal.
    pub chain: Vec<String>,
    /// `ETSI.CAdES.detached` or `adbe.pkcs7.detached`.
    pub sub_filter: String,
}

/// Byte strings as hexadecimal text in JSON.
pub mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes hexadecimal.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    /// Reads hexadecimal.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
