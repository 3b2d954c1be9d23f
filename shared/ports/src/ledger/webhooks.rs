//! Endpoints that are told of a stream by HTTP, each with its place in it.
//!
//! The place is the number that was delivered last. It moves on by one delivery at a time, in the hand of whoever holds the
//! endpoint's lease; a hand that dies loses it when the lease is over, and what it had sent comes once more, by the same id.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    event::Recorded,
    id::Id,
    webhook::{ENDPOINTS, Scheme, Secret, State},
};

/// So long an endpoint is in one hand without a sign of it, in milliseconds; four times as long as a call may last.
pub const WEBHOOK_LEASE: i64 = 60_000;
/// Events that a hand is given at once, at most.
pub const WEBHOOK_EVENTS: u32 = 10;
/// So many numbers of a stream are looked through for them: an endpoint that chose few words holds nobody up.
pub const WEBHOOK_LOOKED: i64 = 10_000;

/// An endpoint that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The stream.
    pub stream: String,
    /// Where events go.
    pub url: String,
    /// Which; none: all.
    pub words: Vec<String>,
    /// What signs them.
    pub secret: Secret,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookAdded {
    /// It is told of what comes from now on.
    New(Id),
    /// The stream has an endpoint of that URL: it stays as it is.
    Before(Id),
    /// The stream has [`ENDPOINTS`] already.
    Full,
}

impl WebhookAdded {
    /// Of the endpoints that a stream has: ids and URLs.
    pub fn before(there: &[(Id, String)], url: &str) -> Option<Self> {
        let same = there.iter().find(|(_, it)| it == url).map(|(id, _)| Self::Before(*id));
        same.or((there.len() >= ENDPOINTS as usize).then_some(Self::Full))
    }
}

/// An endpoint; never its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The row.
    pub id: Id,
    /// The stream.
    pub stream: String,
    /// Where events go.
    pub url: String,
    /// Which; none: all.
    pub words: Vec<String>,
    /// How they are signed.
    pub scheme: Scheme,
    /// How it stands.
    pub standing: WebhookStanding,
    /// Events after its place.
    pub behind: i64,
    /// Until when the secret before signs too.
    pub overlap_until: Option<Instant>,
    /// Since when.
    pub added_at: Instant,
}

/// How an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookStanding {
    /// Whether it is told.
    pub state: State,
    /// Why it is disabled; else empty.
    pub reason: String,
    /// The number that was delivered last.
    pub place: i64,
    /// How often the event after it has failed.
    pub attempts: u32,
    /// Since when.
    pub failing_since: Option<Instant>,
    /// Not before.
    pub next_at: Instant,
    /// Until when it is in somebody's hand.
    pub leased_until: Instant,
}

/// An endpoint in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The row.
    pub id: Id,
    /// Which lease.
    pub lease: i64,
    /// Where events go.
    pub url: String,
    /// What signs: the newest first.
    pub secrets: Vec<Secret>,
    /// The number that was delivered last.
    pub place: i64,
    /// How often the first event has failed.
    pub attempts: u32,
    /// What it wants to be told, in order; never none.
    pub events: Vec<Recorded>,
    /// With the last of them delivered the place is here: what follows it concerns the endpoint not.
    pub through: i64,
    /// The ledger's time.
    pub at: Instant,
}

/// What became of the event at the head of an endpoint in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The row.
    pub id: Id,
    /// Which lease.
    pub lease: i64,
    /// The place as the hand knows it.
    pub place: i64,
    /// The number of the event.
    pub event: i64,
    /// Its attempt, from 1.
    pub attempt: u32,
    /// The status of the answer, or a word for why there was none.
    pub outcome: String,
    /// And so.
    pub became: Became,
}

/// And so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was taken: the place is `place`; `last`: the hand lets go.
    Taken {
        /// The new place.
        place: i64,
        /// The hand lets go.
        last: bool,
    },
    /// It was not: again after so many milliseconds.
    Failed {
        /// How long is waited.
        wait: i64,
    },
    /// It was not, and nothing more is sent, for this reason.
    Over {
        /// `gone` or `failing`.
        reason: &'static str,
    },
    /// Nothing was heard, and the hand lets go: the process ends.
    Dropped,
}

impl Became {
    /// How the endpoint stands then, whether an attempt is logged, and whether the hand goes on. Nothing of it where somebody
    /// has moved the place meanwhile: that stands, and the lease ends by itself.
    pub fn standing(&self, before: WebhookStanding, now: Instant) -> (WebhookStanding, bool, bool) {
        let free = Instant::from_millis(0);
        let failed = WebhookStanding {
            attempts: before.attempts.saturating_add(1),
            failing_since: before.failing_since.or(Some(now)),
            leased_until: free,
            ..before.clone()
        };
        match self {
            Self::Taken { place, last } => {
                let on = !last && before.state == State::Active;
                let leased_until = if on { now.plus_millis(WEBHOOK_LEASE) } else { free };
                let place = (*place).max(before.place);
                let standing =
                    WebhookStanding { place, attempts: 0, failing_since: None, next_at: now, leased_until, ..before };
                (standing, true, on)
            }
            Self::Failed { wait } => (WebhookStanding { next_at: now.plus_millis(*wait), ..failed }, true, false),
            Self::Over { reason } => {
                (WebhookStanding { state: State::Disabled, reason: (*reason).into(), ..failed }, true, false)
            }
            Self::Dropped => (WebhookStanding { leased_until: free, ..before }, false, false),
        }
    }
}

/// The audit line of an endpoint that is disabled.
pub fn webhook_over(id: Id, reason: &str) -> Act {
    Act { actor: "system:notify".into(), act: "webhook.disable".into(), subject: id.to_string(), detail: reason.into() }
}

/// An attempt as it is logged; never what was sent or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAttempt {
    /// The number of the event in its stream.
    pub event: i64,
    /// From 1.
    pub attempt: u32,
    /// When.
    pub at: Instant,
    /// The status of the answer, or a word for why there was none.
    pub outcome: String,
}

/// How the endpoints stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebhookCensus {
    /// Those that are told.
    pub active: u64,
    /// Those that a person has stopped.
    pub paused: u64,
    /// Those that are disabled.
    pub disabled: u64,
    /// Those of the first whose next event has failed.
    pub failing: u64,
    /// Numbers after the places of the first.
    pub behind: u64,
    /// How long the one that fails longest has, in milliseconds.
    pub failing_millis: i64,
}

/// The endpoints. What a person does to one is committed with its audit line, whose subject is the endpoint's id.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Adds an endpoint, told of what comes from now on.
    async fn add_webhook(&self, new: NewWebhook, act: Act) -> Result<WebhookAdded>;
    /// All of them, by stream.
    async fn webhooks(&self) -> Result<Vec<Webhook>>;
    /// Gives it another secret; the one that it had signs too for so many milliseconds. Until when; none: there is no such
    /// endpoint.
    async fn rotate_webhook(&self, id: Id, secret: Secret, overlap: i64, act: Act) -> Result<Option<Instant>>;
    /// Stops an endpoint that is told; `false`: there is none, or it is not told anyhow.
    async fn pause_webhook(&self, id: Id, act: Act) -> Result<bool>;
    /// Tells one again that is paused or disabled, or waits after a failure, from its place on and now.
    async fn resume_webhook(&self, id: Id, act: Act) -> Result<bool>;
    /// Puts its place back to before what was recorded since then, never forward, and tries at once. How many numbers are
    /// after it now; none: there is no such endpoint.
    async fn replay_webhook(&self, id: Id, since: Instant, act: Act) -> Result<Option<i64>>;
    /// Removes it with its secrets; the log stays.
    async fn remove_webhook(&self, id: Id, act: Act) -> Result<bool>;
    /// Its last attempts, the newest first, at most so many.
    async fn webhook_log(&self, id: Id, most: u32) -> Result<Vec<WebhookAttempt>>;
    /// Takes active endpoints in hand that have something to be told, those that waited longest first, at most so many. Each is
    /// in one hand at a time, for so many milliseconds ([`WEBHOOK_LEASE`]) after this or after what was settled last.
    async fn claim_webhooks(&self, most: u32, lease: i64) -> Result<Vec<Claim>>;
    /// Records what became of the first event of one in hand. The ledger's time while the hand may go on; none: it lets go,
    /// or has lost the endpoint: its lease is another's, the place was moved, or it is settled already.
    async fn settle_webhook(&self, settled: Settled) -> Result<Option<Instant>>;
    /// How they stand.
    async fn webhook_census(&self) -> Result<WebhookCensus>;
}
