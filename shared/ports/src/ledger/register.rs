//! What may be looked up, and the public keys.

use super::{Certificate, Parked};
use crate::{
    error::Result,
    signer::{CredentialKey, SealKey},
};
use async_trait::async_trait;
use mohor_domain::{application::State, civil::Instant, event::Recorded, id::Id, uin::Uin};
use serde_json::Value;

/// An application with all that happened to it.
#[derive(Debug, Clone)]
pub struct ApplicationRecord {
    /// The row.
    pub id: Id,
    /// Letters of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
    /// The service, once submitted or approved.
    pub service: Option<String>,
    /// Which centre, if any.
    pub bsk: Option<String>,
    /// Where it stands.
    pub state: State,
    /// `data` of the approval.
    pub data: Option<Value>,
    /// The number, once minted.
    pub uin: Option<Uin>,
    /// Its events: `<noun>.<verb>`, the event's own time, when it was received.
    pub events: Vec<(String, Instant, Instant)>,
    /// What is parked of it.
    pub parked: Vec<Parked>,
}

/// A department's own public key, with which it signs HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentKey {
    /// base64url of the RFC 7638 thumbprint.
    pub kid: String,
    /// Whose key.
    pub department: String,
    /// The 32 bytes of the Ed25519 public key, hexadecimal.
    pub public: String,
    /// Since when.
    pub added_at: Instant,
    /// Until when, once withdrawn.
    pub withdrawn_at: Option<Instant>,
}

/// A user of the broker: one workflow system of a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmqpUser {
    /// The name at the broker, e.g. `dept-bcw`.
    pub name: String,
    /// For which department it speaks.
    pub department: String,
    /// For which services; empty means all of the department.
    pub services: Vec<String>,
    /// For which offices; empty means all of the department.
    pub offices: Vec<String>,
    /// Since when.
    pub added_at: Instant,
}

/// A line about an act on a certificate or a key: who, what, on what. Never personal data beyond the actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// `operator:local`, `department:BCW`, `system:store` …
    pub actor: String,
    /// `<noun>.<verb>`, e.g. `certificate.restore`.
    pub act: String,
    /// UIN, kid or row id.
    pub subject: String,
    /// What else has to be known.
    pub detail: String,
}

/// The register: reads, keys, reserved numbers, audit.
#[async_trait]
pub trait Register: Send + Sync {
    /// One certificate.
    async fn certificate(&self, uin: Uin) -> Result<Option<Certificate>>;
    /// The certificate whose sealed PDF has this digest (any recorded revision).
    async fn by_document(&self, sha256: &str) -> Result<Option<Uin>>;
    /// One application.
    async fn application(&self, department: &str, application_no: &str) -> Result<Option<ApplicationRecord>>;
    /// Applications of any department with this number (for `mohor show`).
    async fn applications_by_number(&self, application_no: &str) -> Result<Vec<ApplicationRecord>>;
    /// Outbound events of a stream with a number greater than `after`, in order, at most `limit`.
    async fn events(&self, stream: &str, after: i64, limit: u32) -> Result<Vec<Recorded>>;
    /// Certificates in order of minting, after that number (`None`: from the first), at most `limit`.
    async fn export(&self, after: Option<Uin>, limit: u32) -> Result<Vec<Certificate>>;
    /// Reserves numbers for a department to ascribe, and gives all of that request id, the oldest first. What is drawn
    /// now comes after what is there, so that a repetition finds the same numbers in front; numbers that are taken are
    /// left out: draw more under the same id.
    async fn reserve_uins(&self, department: &str, request: &str, drawn: Vec<Uin>) -> Result<Vec<Uin>>;
    /// Every department key, withdrawn ones included.
    async fn department_keys(&self) -> Result<Vec<DepartmentKey>>;
    /// Registers a key; the same key again changes nothing, for another department it is `Reject("key_taken")`.
    async fn add_department_key(&self, key: DepartmentKey) -> Result<()>;
    /// Every user of the broker that is mapped to a department.
    async fn amqp_users(&self) -> Result<Vec<AmqpUser>>;
    /// Maps a user of the broker, or changes its services and offices; one that belongs to another department is
    /// `Reject("key_taken")`.
    async fn add_amqp_user(&self, user: AmqpUser) -> Result<()>;
    /// Every key that has ever signed credentials.
    async fn credential_keys(&self) -> Result<Vec<CredentialKey>>;
    /// Registers a credential key; the same key again changes nothing.
    async fn add_credential_key(&self, key: CredentialKey) -> Result<()>;
    /// SHA-256 and DER of every certificate that has ever sealed documents.
    async fn seal_certificates(&self) -> Result<Vec<(String, Vec<u8>)>>;
    /// Registers a sealing key and its certificates; the one registered last is the one that new plans name.
    async fn add_seal_key(&self, key: SealKey) -> Result<()>;
    /// The sealing key registered last: `mint` plans with public halves only.
    async fn seal_key(&self) -> Result<Option<SealKey>>;
    /// Writes an audit line.
    async fn audit(&self, act: Act) -> Result<()>;
    /// The audit lines of a subject, oldest first: (when, act).
    async fn acts(&self, subject: &str) -> Result<Vec<(Instant, Act)>>;
}
