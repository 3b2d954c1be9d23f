//! `mohor centres`: a whole centre is emptied, batch by batch. Whatever ends it, the same command again goes on where it stands.

use crate::{
    cli::{GOOD, NO},
    progress,
    wire::Parts,
};
use anyhow::Result;
use clap::Subcommand;
use mohor_domain::{
    text,
    uncollected::{NOTE, RerouteReason},
};
use mohor_ports::ledger::{Emptying, REROUTED_AT_ONCE};
use serde_json::json;

/// Centres.
#[derive(Debug, Subcommand)]
pub enum CentresAction {
    /// Send all that waits at a centre on to another one: what is ready or printed and not handed over.
    Reroute {
        /// Code of the centre.
        from: String,
        /// Code of the other one.
        to: String,
        /// centre_closed, citizen_asked, wrong_centre or other.
        #[arg(long, value_parser = reason)]
        reason: RerouteReason,
        /// More of it, and of `other` which; nobody's name or number.
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
}

fn reason(word: &str) -> Result<RerouteReason, String> {
    RerouteReason::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = RerouteReason::ALL.iter().map(|reason| reason.as_str()).collect();
        format!("a reason is one of {}", words.join(", "))
    })
}

/// Runs the chosen action.
pub async fn run(parts: Parts, action: CentresAction, json: bool) -> Result<u8> {
    let CentresAction::Reroute { from, to, reason, note } = action;
    for code in [&from, &to] {
        if !parts.catalogue.bsks.contains_key(code) {
            tell!("no BSK has the code `{code}`; schemas/catalogue/bsks.csv lists them");
            return Ok(NO);
        }
    }
    if from == to {
        tell!("`{from}` is the centre that is to be emptied; name another one after it");
        return Ok(NO);
    }
    let note = match note.trim() {
        "" => None,
        words => {
            let mut words = json!(words);
            if let Err(refusal) = text::normalise(&mut words, "/note") {
                tell!("`--note` cannot be printed: {}", refusal.reason_en);
                return Ok(NO);
            }
            words.as_str().map(str::to_owned)
        }
    };
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE) {
        tell!("`--note` is longer than {NOTE} characters; shorten it");
        return Ok(NO);
    }
    if note.is_none() && reason == RerouteReason::Other {
        tell!("`--note` is empty; of `--reason other` it says which");
        return Ok(NO);
    }
    let actor = "operator:local".to_owned();
    let emptying = Emptying { from: from.clone(), to: to.clone(), department: None, reason, note, actor };
    let (mut moved, mut bar) = (0, None);
    loop {
        let done = parts.ledger.empty_centre(emptying.clone(), REROUTED_AT_ONCE).await?;
        moved += done.moved;
        let bar = bar.get_or_insert_with(|| progress::bar(done.moved + done.left, "certificates", json));
        bar.set_position(moved);
        // Nothing moved and something left: another hand has them, or somebody corrects them; whoever comes again looks anew.
        if done.left == 0 || done.moved == 0 {
            bar.finish_and_clear();
            match json {
                true => say!("{}", json!({"from": from, "to": to, "moved": moved, "left": done.left})),
                false if done.left == 0 => {
                    say!("{moved} certificates were sent on from {from} to {to}; nothing waits there")
                }
                false => say!(
                    "{moved} certificates were sent on from {from} to {to}; {} wait there: run it again",
                    done.left
                ),
            }
            return Ok(if done.left == 0 { GOOD } else { NO });
        }
    }
}
