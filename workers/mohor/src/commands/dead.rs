//! `mohor dead`: parked items, with their reasons.

use crate::{
    cli::{DeadAction, GOOD, NO},
    wire::Parts,
};
use anyhow::{Result, bail};
use mohor_ports::ledger::Parked;
use serde_json::{Value, json};

const ACTOR: &str = "operator:local";

/// Lists, shows, gives back or discards.
pub async fn run(parts: Parts, action: DeadAction, json: bool) -> Result<u8> {
    let done = match action {
        DeadAction::List => return list(&parts, json).await,
        DeadAction::Show { number } => {
            return match find(&parts, number).await? {
                Some(item) => {
                    say!(
                        "{}",
                        if json { value(&item).to_string() } else { serde_json::to_string_pretty(&value(&item))? }
                    );
                    Ok(GOOD)
                }
                None => missing(number),
            };
        }
        DeadAction::Replay { number } => (number, parts.ledger.replay(number, ACTOR).await?, "given back to its stage"),
        DeadAction::Discard { number, reason } => {
            if !(5..=500).contains(&reason.trim().chars().count()) {
                bail!("--reason is a sentence of 5 to 500 characters: it is all that remains");
            }
            (number, parts.ledger.discard(number, ACTOR, reason.trim()).await?, "discarded")
        }
    };
    match done {
        (number, true, words) => {
            match json {
                true => say!("{}", json!({"number": number, "done": words})),
                false => say!("item {number} is {words}"),
            }
            Ok(GOOD)
        }
        (number, false, _) => missing(number),
    }
}

async fn list(parts: &Parts, json: bool) -> Result<u8> {
    let mut after = 0;
    let mut items = Vec::new();
    loop {
        let page = parts.ledger.parked(after, 500).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        items.extend(page);
    }
    if json {
        say!("{}", Value::Array(items.iter().map(value).collect()));
    } else if items.is_empty() {
        say!("nothing is parked: every accepted application is on its way or issued");
    } else {
        for item in &items {
            say!(
                "{:>6}  {:<7} {:<16} {}  {}",
                item.number,
                item.stage.as_str(),
                item.code,
                item.parked_at.rfc3339(),
                item.reason
            );
        }
        say!(
            "\ninfra/runbook/<code>.md says what to do; then `mohor dead replay NUMBER` or `discard NUMBER --reason ...`"
        );
    }
    Ok(GOOD)
}

async fn find(parts: &Parts, number: i64) -> Result<Option<Parked>> {
    Ok(parts.ledger.parked(number - 1, 1).await?.into_iter().find(|item| item.number == number))
}

fn value(item: &Parked) -> Value {
    json!({
        "number": item.number, "stage": item.stage, "item": item.item, "code": item.code, "reason": item.reason,
        "attempts": item.attempts, "parked_at": item.parked_at, "page": format!("infra/runbook/{}.md", item.code),
    })
}

fn missing(number: i64) -> Result<u8> {
    tell!("no parked item has number {number}; `mohor dead list` shows them");
    Ok(NO)
}
