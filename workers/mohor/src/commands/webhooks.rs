//! `mohor webhooks`: systems that are told of a stream by HTTP. A secret is drawn here and shown once.

use crate::{
    cli::{GOOD, NO},
    wire::Parts,
};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use mohor_domain::{
    civil::{Instant, end_of, parse_date},
    id::Id,
    webhook::{ENDPOINTS, OVERLAP, Owner, Scheme, State, Target, WORDS},
};
use mohor_ports::ledger::{Act, NewWebhook, Webhook, WebhookAdded};
use mohor_runtime::webhook::{draw, given};
use serde_json::{Value, json};
use std::net::IpAddr;

/// Webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhooksAction {
    /// Add an endpoint, told of what comes from now on; what verifies its signatures is shown once.
    #[command(group(clap::ArgGroup::new("owner").required(true)))]
    Add {
        /// Letters of the department whose events it is told.
        #[arg(long, value_name = "DEPT", group = "owner")]
        department: Option<String>,
        /// Code of the centre whose notices it is told.
        #[arg(long, group = "owner")]
        bsk: Option<String>,
        /// Where events are posted to.
        #[arg(long)]
        url: String,
        /// Of which events, like certificate.issued; all without it.
        #[arg(long, value_name = "WORD", value_delimiter = ',')]
        words: Vec<String>,
        /// Sign with a key of ours, of which the receiver has the public half, instead of a secret that both know.
        #[arg(long)]
        ed25519: bool,
    },
    /// All endpoints.
    List,
    /// Draw another secret; the one before signs too until the overlap is over.
    Rotate {
        /// The endpoint's id.
        id: String,
        /// Hours of the overlap, at most 168; 0 when the secret has become known.
        #[arg(long, value_name = "HOURS", default_value_t = OVERLAP as u32 / 3_600_000, value_parser = clap::value_parser!(u32).range(0..=168))]
        overlap: u32,
    },
    /// Stop telling for a while.
    Pause {
        /// The endpoint's id.
        id: String,
    },
    /// Tell again, from where it stands: after a pause, when it was disabled, or at once while it waits.
    Resume {
        /// The endpoint's id.
        id: String,
    },
    /// Tell again what was recorded since a time.
    Replay {
        /// The endpoint's id.
        id: String,
        /// A day, 2026-04-01, or a time with its offset.
        #[arg(long, value_name = "TIME")]
        since: String,
    },
    /// Remove an endpoint with its secrets; its log stays.
    Remove {
        /// The endpoint's id.
        id: String,
    },
    /// Its last attempts, the newest first.
    Log {
        /// The endpoint's id.
        id: String,
        /// How many, at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

/// Runs the chosen action.
pub async fn run(parts: Parts, action: WebhooksAction, json: bool) -> Result<u8> {
    let ledger = &parts.ledger;
    match action {
        WebhooksAction::Add { department, bsk, url, words, ed25519 } => {
            let owner = owner(&parts, department, bsk)?;
            let scheme = if ed25519 { Scheme::Ed25519 } else { Scheme::Hmac };
            check(&parts, &url, &words)?;
            let secret = draw(parts.entropy.as_ref(), scheme)?;
            let shown = given(&secret)?;
            let stream = owner.stream();
            // The path of the address may hold a secret of the receiver's: the audit line has the stream and no more.
            let act = act("webhook.add", format!("{stream} {}", scheme.as_str()));
            match ledger.add_webhook(NewWebhook { stream, url, words, secret }, act).await? {
                WebhookAdded::New(id) => show(id, scheme, &shown, None, json),
                WebhookAdded::Before(id) => {
                    tell!(
                        "there is an endpoint of that address, {id}, and it stays; `mohor webhooks rotate` draws another secret"
                    );
                    return Ok(NO);
                }
                WebhookAdded::Full => {
                    tell!("{ENDPOINTS} endpoints are told of these events, which is the most; remove one");
                    return Ok(NO);
                }
            }
            Ok(GOOD)
        }
        WebhooksAction::List => list(&parts, json).await,
        WebhooksAction::Rotate { id, overlap } => {
            let Some(found) = find(&parts, &id).await? else { return Ok(nothing(&id)) };
            let scheme = found.scheme;
            let secret = draw(parts.entropy.as_ref(), scheme)?;
            let shown = given(&secret)?;
            let act = act("webhook.rotate", format!("overlap of {overlap} h"));
            let Some(until) = ledger.rotate_webhook(found.id, secret, i64::from(overlap) * 3_600_000, act).await?
            else {
                return Ok(nothing(&id));
            };
            show(found.id, scheme, &shown, Some(until), json);
            Ok(GOOD)
        }
        WebhooksAction::Pause { id } => {
            let Some(found) = find(&parts, &id).await? else { return Ok(nothing(&id)) };
            let done = ledger.pause_webhook(found.id, act("webhook.pause", String::new())).await?;
            Ok(stands(&parts, found.id, done, "it is not told anyhow", json).await?)
        }
        WebhooksAction::Resume { id } => {
            let Some(found) = find(&parts, &id).await? else { return Ok(nothing(&id)) };
            let done = ledger.resume_webhook(found.id, act("webhook.resume", String::new())).await?;
            Ok(stands(&parts, found.id, done, "it is told and does not wait", json).await?)
        }
        WebhooksAction::Replay { id, since } => {
            let since = time(&since)?;
            let Some(found) = find(&parts, &id).await? else { return Ok(nothing(&id)) };
            let act = act("webhook.replay", format!("since {}", since.rfc3339()));
            let Some(behind) = ledger.replay_webhook(found.id, since, act).await? else { return Ok(nothing(&id)) };
            match json {
                true => say!("{}", json!({"id": found.id, "since": since, "behind": behind})),
                false => say!("{id} is told the last {behind} of its stream again"),
            }
            if found.standing.state != State::Active {
                tell!("it is {}: `mohor webhooks resume {id}` begins", found.standing.state.as_str());
            }
            Ok(GOOD)
        }
        WebhooksAction::Remove { id } => {
            let Some(found) = find(&parts, &id).await? else { return Ok(nothing(&id)) };
            if !ledger.remove_webhook(found.id, act("webhook.remove", found.stream)).await? {
                return Ok(nothing(&id));
            }
            match json {
                true => say!("{}", json!({"id": found.id, "removed": true})),
                false => say!("{id} is removed"),
            }
            Ok(GOOD)
        }
        WebhooksAction::Log { id, limit } => log(&parts, &id, limit, json).await,
    }
}

fn act(word: &str, detail: String) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: String::new(), detail }
}

fn owner(parts: &Parts, department: Option<String>, bsk: Option<String>) -> Result<Owner> {
    match (department, bsk) {
        (Some(code), _) if parts.catalogue.departments.contains_key(&code) => Ok(Owner::Department(code)),
        (Some(code), _) => {
            bail!("`--department {code}` is no department; schemas/catalogue/departments.csv lists them")
        }
        (None, Some(code)) if parts.catalogue.bsks.contains_key(&code) => Ok(Owner::Bsk(code)),
        (None, code) => {
            let code = code.unwrap_or_default();
            bail!("`--bsk {code}` is no centre; `mohor centres show` says which list is in use")
        }
    }
}

/// What can be said of an address before it is called; what its host is called by then is judged each time.
fn check(parts: &Parts, url: &str, words: &[String]) -> Result<()> {
    let target = Target::read(url).map_err(|rule| anyhow::anyhow!("`--url` {rule}"))?;
    let networks = parts.config.webhooks.networks()?;
    if !target.secure && networks.is_empty() {
        bail!("`--url` begins https://; http:// goes to networks that `webhooks.networks` names");
    }
    if target.host.parse::<IpAddr>().is_ok_and(|address| !networks.allow(address, target.secure)) {
        bail!("`--url` is an address that is not called: it is not public, and `webhooks.networks` does not name it");
    }
    if let Some(word) = words.iter().find(|word| !WORDS.contains(&word.as_str())) {
        bail!("`--words {word}` is no event that is told; there are {}", WORDS.join(", "));
    }
    Ok(())
}

/// A day begins at midnight in Asia/Kolkata.
fn time(text: &str) -> Result<Instant> {
    let midnight = || Some(end_of(parse_date(text)?.yesterday().ok()?));
    Instant::parse(text)
        .or_else(midnight)
        .context("`--since` is a day, 2026-04-01, or a time, 2026-04-01T10:00:00+05:30")
}

async fn find(parts: &Parts, id: &str) -> Result<Option<Webhook>> {
    let Some(id) = Id::parse(id) else { return Ok(None) };
    Ok(parts.ledger.webhooks().await?.into_iter().find(|it| it.id == id))
}

fn nothing(id: &str) -> u8 {
    tell!("there is no endpoint {id}; `mohor webhooks list` names them");
    NO
}

fn show(id: Id, scheme: Scheme, shown: &str, until: Option<Instant>, json: bool) {
    if json {
        say!("{}", json!({"id": id, "scheme": scheme.as_str(), "key": shown, "overlap_until": until}));
        return;
    }
    say!("endpoint       {id}");
    let what = if scheme == Scheme::Hmac { "secret" } else { "public key" };
    say!("{what:<14} {shown}");
    if let Some(until) = until {
        say!("the one before signs too until {}", until.rfc3339());
    }
    say!("This is shown once. The receiver verifies each request by it; `mohor webhooks rotate {id}` draws anew.");
}

/// How an endpoint stands after what was done to it.
async fn stands(parts: &Parts, id: Id, done: bool, else_: &str, json: bool) -> Result<u8> {
    let Some(found) = find(parts, &id.to_string()).await? else { return Ok(nothing(&id.to_string())) };
    match (json, done) {
        (true, _) => say!("{}", row(&found)),
        (false, true) => say!("{id} is {}", found.standing.state.as_str()),
        (false, false) => tell!("{id} stays {}: {else_}", found.standing.state.as_str()),
    }
    Ok(if done { GOOD } else { NO })
}

async fn list(parts: &Parts, json: bool) -> Result<u8> {
    let all = parts.ledger.webhooks().await?;
    if json {
        say!("{}", all.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    if all.is_empty() {
        say!("there is no endpoint; `mohor webhooks add --department DEPT --url URL` adds one");
    }
    for it in &all {
        let standing = &it.standing;
        let state = match (standing.state, standing.failing_since) {
            (State::Disabled, _) => format!("disabled: {}", standing.reason),
            (State::Active, Some(since)) => {
                let (at, times) = (standing.next_at.rfc3339(), standing.attempts);
                format!("failing since {}, {times} attempts, again at {at}", since.rfc3339())
            }
            (state, _) => state.as_str().into(),
        };
        let words = if it.words.is_empty() { "all".into() } else { it.words.join(",") };
        say!("{}  {}  {}  {words}  at {}, {} behind  {state}", it.id, it.stream, it.url, standing.place, it.behind);
    }
    Ok(GOOD)
}

async fn log(parts: &Parts, id: &str, limit: u32, json: bool) -> Result<u8> {
    // Of an endpoint that was removed too.
    let Some(known) = Id::parse(id) else { return Ok(nothing(id)) };
    let log = parts.ledger.webhook_log(known, limit).await?;
    if log.is_empty() && find(parts, id).await?.is_none() {
        return Ok(nothing(id));
    }
    if json {
        let row = |it: &mohor_ports::ledger::WebhookAttempt| json!({"event": it.event, "attempt": it.attempt, "at": it.at, "outcome": it.outcome});
        say!("{}", log.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    for it in &log {
        say!("{}  event {}  attempt {}  {}", it.at.rfc3339(), it.event, it.attempt, it.outcome);
    }
    Ok(GOOD)
}

fn row(it: &Webhook) -> Value {
    let standing = &it.standing;
    let (state, reason) = (standing.state.as_str(), (!standing.reason.is_empty()).then_some(&standing.reason));
    json!({
        "id": it.id, "stream": it.stream, "url": it.url, "words": it.words, "scheme": it.scheme.as_str(), "state": state, "reason": reason,
        "place": standing.place, "behind": it.behind, "attempts": standing.attempts,
        "failing_since": standing.failing_since, "next_at": standing.next_at, "overlap_until": it.overlap_until,
        "added_at": it.added_at,
    })
}
