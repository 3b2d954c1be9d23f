//! Tells other systems by HTTP what they asked to be told: webhooks, signed as "Standard Webhooks" has it.
//!
//! In: an endpoint in hand with the next events of its stream. Out: one POST for each, in order. Guaranteed: every event that
//! an endpoint wants is sent until it is taken, under the id of its row, so that a repetition is recognisable (a process that
//! ended between the receiver's yes and the ledger's); an endpoint is in one hand at a time; one that is slow or away holds up
//! nobody else. Refused: to go on after the last wait of the schedule, or after 410 Gone; the endpoint is disabled, keeps its
//! place and waits for a person.

use mohor_domain::{
    civil::Instant,
    event::{CONTENT_TYPE, Recorded},
    webhook::Schedule,
};
use mohor_ports::{
    error::Result,
    gateway::{Post, Posted, Poster},
    ledger::{Became, Claim, Ledger, Settled, WEBHOOK_LEASE},
    time::Entropy,
};
use mohor_runtime::{beat::beat, shutdown::Shutdown, telemetry::Telemetry, webhook::sign};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(500);
/// How often the figures are renewed.
const CENSUS: Duration = Duration::from_secs(10);
/// So long an endpoint stays in hand before others have their turn; well within its lease.
const TURN: Duration = Duration::from_secs(20);
/// When the process ends, a call that is under way has so long to be answered.
const FAREWELL: Duration = Duration::from_secs(3);
/// The receiver wants no more (RFC 9110, 15.5.11).
const GONE: u16 = 410;

/// The telling.
pub struct Hooks {
    /// Endpoints and events.
    pub ledger: Arc<dyn Ledger>,
    /// The way out.
    pub poster: Arc<dyn Poster>,
    /// How long is waited after failures.
    pub schedule: Schedule,
    /// Endpoints in hand, at most.
    pub most: usize,
    /// What lengthens the waits.
    pub entropy: Arc<dyn Entropy>,
    /// How the endpoints stand.
    pub telemetry: Arc<Telemetry>,
}

impl Hooks {
    /// Works until the shutdown begins, and until what is in hand is let go.
    pub async fn run(self, shutdown: Shutdown) {
        let this = Arc::new(self);
        let mut hands = JoinSet::new();
        let mut counted: Option<time::Instant> = None;
        while !shutdown.begun() {
            while hands.try_join_next().is_some() {}
            match this.claim(this.most.saturating_sub(hands.len())).await {
                Ok(claims) => claims.into_iter().for_each(|claim| {
                    hands.spawn(this.clone().tell(claim, shutdown.clone()));
                }),
                Err(error) => tracing::warn!(code = error.code(), "webhooks wait: {error}"),
            }
            if counted.is_none_or(|at| at.elapsed() >= CENSUS) {
                counted = Some(time::Instant::now());
                if let Err(error) = this.census().await {
                    tracing::warn!(code = error.code(), "the webhooks could not be counted");
                }
            }
            tokio::select! {
                Some(_) = hands.join_next() => (),
                () = beat(LOOK) => (),
                () = shutdown.wait() => (),
            }
        }
        while hands.join_next().await.is_some() {}
    }

    async fn claim(&self, free: usize) -> Result<Vec<Claim>> {
        match free {
            0 => Ok(vec![]),
            free => self.ledger.claim_webhooks(free as u32, WEBHOOK_LEASE).await,
        }
    }

    /// Has an endpoint in hand. What the ledger does not hear of comes again when the lease is over.
    async fn tell(self: Arc<Self>, claim: Claim, shutdown: Shutdown) {
        let id = claim.id;
        if let Err(error) = self.tell_all(claim, &shutdown).await {
            // Nothing of the address: it may hold a secret of its owner's.
            tracing::warn!(webhook = %id, code = error.code(), "a webhook waits: {error}");
        }
    }

    async fn tell_all(&self, mut claim: Claim, shutdown: &Shutdown) -> Result<()> {
        let began = time::Instant::now();
        let count = claim.events.len();
        for (n, event) in std::mem::take(&mut claim.events).iter().enumerate() {
            let post = post(&claim, event)?;
            let farewell = async {
                shutdown.wait().await;
                time::sleep(FAREWELL).await;
            };
            let posted = tokio::select! {
                posted = self.poster.post(&post) => Some(posted),
                () = farewell => None,
            };
            let whole = n + 1 == count;
            let last = whole || began.elapsed() >= TURN || shutdown.begun();
            let place = if whole { claim.through } else { event.number };
            let became = self.became(&claim, posted, place, last)?;
            if let Became::Over { reason } = became {
                tracing::error!(webhook = %claim.id, reason, "an endpoint is disabled; `mohor webhooks resume` tells it again");
            }
            let settled = Settled {
                id: claim.id,
                lease: claim.lease,
                place: claim.place,
                event: event.number,
                attempt: claim.attempts.saturating_add(1),
                outcome: outcome(posted),
                became,
            };
            match self.ledger.settle_webhook(settled).await? {
                Some(now) => (claim.place, claim.attempts, claim.at) = (place, 0, now),
                None => break,
            }
        }
        Ok(())
    }

    fn became(&self, claim: &Claim, posted: Option<Posted>, place: i64, last: bool) -> Result<Became> {
        let asked = match posted {
            None => return Ok(Became::Dropped),
            Some(Posted::Answered { status: 200..=299, .. }) => return Ok(Became::Taken { place, last }),
            Some(Posted::Answered { status: GONE, .. }) => return Ok(Became::Over { reason: "gone" }),
            // By the ledger's clock, as the attempt was timed.
            Some(Posted::Answered { retry_after, .. }) => retry_after.map(|asked| asked.seconds(claim.at)),
            Some(Posted::Unanswered(_)) => None,
        };
        let mut random = [0; 2];
        self.entropy.fill(&mut random)?;
        let wait = self.schedule.wait(claim.attempts.saturating_add(1), u16::from_be_bytes(random), asked);
        Ok(wait.map_or(Became::Over { reason: "failing" }, |wait| Became::Failed { wait }))
    }

    async fn census(&self) -> Result<()> {
        let census = self.ledger.webhook_census().await?;
        let figures = [
            ("active", census.active as i64),
            ("paused", census.paused as i64),
            ("disabled", census.disabled as i64),
            ("failing", census.failing as i64),
            ("behind", census.behind as i64),
            ("failing_ms", census.failing_millis),
        ];
        for (kind, value) in figures {
            self.telemetry.webhooks.with_label_values(&[kind]).set(value);
        }
        Ok(())
    }
}

/// The request for an event: the envelope that the stream has, by the id of its row, signed for this second.
fn post(claim: &Claim, event: &Recorded) -> Result<Post> {
    let body = event.envelope().to_string().into_bytes();
    let at: Instant = claim.at;
    let headers = vec![
        ("content-type", CONTENT_TYPE.to_owned()),
        ("webhook-id", event.id.clone()),
        ("webhook-timestamp", at.seconds().to_string()),
        ("webhook-signature", sign(&claim.secrets, &event.id, at, &body)?),
    ];
    Ok(Post { url: claim.url.clone(), headers, body })
}

fn outcome(posted: Option<Posted>) -> String {
    match posted {
        Some(Posted::Answered { status, .. }) => status.to_string(),
        Some(Posted::Unanswered(word)) => word.into(),
        None => "dropped".into(),
    }
}
