//! The doors' side of the ledger, and what intake commits.

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    event::{Answer, InboundEvent},
    id::Id,
};

/// By which door a delivery came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A local operator, who may speak for every department (`demo`, `submit` on the embedded default).
    Local,
    /// HTTP: intake verifies the signature before it believes a word.
    Http(SignedRequest),
    /// AMQP: the broker vouches for the user, intake for what the user may say.
    Amqp(Sender),
}

/// Who sent a message through the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The property `user_id`, which the broker compares with the connection's user; absent when it was not set.
    pub user: Option<String>,
    /// The routing key: `<DEPT>.<noun>.<verb>`.
    pub routing_key: String,
}

/// A message of a department, as it came from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who sent it.
    pub sender: Sender,
    /// What came, as it came.
    pub body: Vec<u8>,
    /// The broker has delivered it before: it may be in the inbox already.
    pub redelivered: bool,
}

/// What a department signed: a detached JWS (RFC 7515, appendix F) over the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The value of the header `Mohor-Signature`.
    pub signature: String,
    /// The HTTP method.
    pub method: String,
    /// The path with its query.
    pub path: String,
}

/// Bytes that came through a door: one event, or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// By which door.
    pub door: Door,
    /// A JSON array of events rather than one.
    pub batch: bool,
    /// What came, as it came.
    pub body: Vec<u8>,
}

/// A delivery in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The row.
    pub id: Id,
    /// What came.
    pub delivery: NewDelivery,
    /// When, by the ledger's time.
    pub received_at: Instant,
    /// It is answered already.
    pub answered: bool,
}

/// The answer to a whole delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answers {
    /// The sender is not believed: no event was looked at. The text says why (a fixed sentence).
    Unauthorised(String),
    /// One answer per event, in order.
    Events(Vec<Answer>),
}

/// What can be said of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Whether an array of events was sent.
    pub batch: bool,
    /// The answer, once there is one.
    pub answers: Option<Answers>,
}

/// What intake makes of one event before the ledger decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// Refused by the checks that need no ledger: this is the answer. The department, if known, is told.
    Refused {
        /// The department that is told, if it could be read and is in the catalogue.
        department: Option<String>,
        /// The answer, always `Refused`.
        answer: Answer,
    },
    /// Passed: the ledger decides with `mohor_domain::application::decide` inside its transaction.
    Valid(Box<InboundEvent>),
}

/// What intake commits for one delivery.
#[derive(Debug, Clone)]
pub enum Intake {
    /// The signature does not hold.
    Unauthorised(String),
    /// Each event, in order.
    Events(Vec<Checked>),
}

/// The inbox.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// The ledger's own time: every due time, wait and minted_at uses it.
    async fn now(&self) -> Result<Instant>;
    /// Writes deliveries and their hints to `intake`. Once this returns, nothing of them is lost.
    async fn receive(&self, deliveries: Vec<NewDelivery>) -> Result<Vec<Id>>;
    /// Writes letters of the broker, without hints: whoever holds them goes on with their rows. One that is redelivered
    /// and waits here already is not written a second time.
    async fn receive_letters(&self, letters: Vec<Letter>) -> Result<Vec<Id>>;
    /// The deliveries of these rows; an unknown id is left out.
    async fn deliveries(&self, ids: &[Id]) -> Result<Vec<Delivery>>;
    /// Decides and records each event, answers each delivery, drops its body. A delivery answered before keeps its
    /// answer. Applications that are now approved are hinted to `mint`. Returns the answers and those applications; where
    /// the bus is elsewhere, also those that an earlier commit approved and nobody has minted yet.
    async fn commit_intake(&self, work: Vec<(Id, Intake)>) -> Result<Vec<(Id, Answers, Vec<Id>)>>;
    /// What would be answered to an event now; nothing is recorded.
    async fn preview(&self, events: Vec<Checked>) -> Result<Vec<Answer>>;
    /// The answer to a delivery, once there is one; `None`: no such delivery.
    async fn answer(&self, id: Id) -> Result<Option<Reply>>;
}
