//! `mohor centres`: the State's own list, loaded as a whole; and a whole centre is emptied, batch by batch. Whatever ends that,
//! the same command again goes on where it stands.

mod list;

pub(super) use list::{object, words};

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
    /// Load the State's own list of centres from a CSV file, as a whole or not at all.
    Load {
        /// The file; schemas/README.md says what is in it.
        file: std::path::PathBuf,
        /// Write nothing, only say what is wrong or what would change.
        #[arg(long)]
        check: bool,
    },
    /// Which list of centres is in use.
    Show,
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
    match action {
        CentresAction::Load { file, check } => list::load(&parts, &file, check, json).await,
        CentresAction::Show => list::show(&parts, json),
        CentresAction::Reroute { from, to, reason, note } => reroute(parts, from, to, reason, &note, json).await,
    }
}

async fn reroute(parts: Parts, from: String, to: String, reason: RerouteReason, note: &str, json: bool) -> Result<u8> {
    if !parts.catalogue.bsks.contains_key(&to) {
        tell!("no BSK has the code `{to}`; `mohor centres show` says which list is in use");
        return Ok(NO);
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
        // A centre that has left the list can still be emptied of what was told to it.
        if moved + done.left == 0 && !parts.catalogue.bsks.contains_key(&from) {
            tell!(
                "no BSK has the code `{from}`, and nothing waits there; `mohor centres show` says which list is in use"
            );
            return Ok(NO);
        }
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
