//! `mohor holograms`: the stock of numbered stickers, issued to centres in ranges of serials.

use crate::{
    cli::{GOOD, NO},
    wire::Parts,
};
use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use mohor_domain::hologram::{self, FEW, LOOKS_LIKE, Range, Serial};
use mohor_ports::ledger::{Act, HologramRange, HologramStock, HologramWrittenOff, HologramsIssued};
use serde_json::{Value, json};

/// Rows that are read at once.
const ROWS: u32 = 500;

/// Holograms.
#[derive(Debug, Subcommand)]
pub enum HologramsAction {
    /// Give a centre a range of serials, at most 10,000; no serial is given twice.
    Issue {
        /// Code of the centre.
        #[arg(long)]
        bsk: String,
        /// The first serial, like WB26-000001.
        first: String,
        /// The last one, with as many digits.
        last: String,
    },
    /// What each centre was given and has left; with a centre its ranges.
    List {
        /// Code of the centre.
        #[arg(long)]
        bsk: Option<String>,
    },
    /// Write off stickers that are spoiled or lost, for good.
    WriteOff {
        /// The serials.
        #[arg(required = true, num_args = 1..=1_000)]
        serial: Vec<String>,
        /// Why; it is kept.
        #[arg(long)]
        reason: String,
    },
}

/// Runs the chosen action.
pub async fn run(parts: Parts, action: HologramsAction, json: bool) -> Result<u8> {
    match action {
        HologramsAction::Issue { bsk, first, last } => issue(&parts, &bsk, &first, &last, json).await,
        HologramsAction::List { bsk: Some(bsk) } => ranges(&parts, &bsk, json).await,
        HologramsAction::List { bsk: None } => stocks(&parts, json).await,
        HologramsAction::WriteOff { serial, reason } => write_off(&parts, &serial, &reason, json).await,
    }
}

fn act(word: &str, subject: &str, detail: String) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: subject.into(), detail }
}

fn known(parts: &Parts, bsk: &str) -> Result<()> {
    if !parts.catalogue.bsks.contains_key(bsk) {
        bail!("`--bsk {bsk}` is no centre; `mohor centres show` says which list is in use");
    }
    Ok(())
}

async fn issue(parts: &Parts, bsk: &str, first: &str, last: &str, json: bool) -> Result<u8> {
    known(parts, bsk)?;
    let range = Range::read(first, last).map_err(|wrong| anyhow!("`{}` {}", wrong.field, wrong.en))?;
    let act = act("hologram.issue", bsk, range.to_string());
    let (word, number) = match parts.ledger.issue_holograms(range.clone(), bsk, act).await? {
        HologramsIssued::New(number) => ("issued", number),
        HologramsIssued::Before(number) => ("issued before", number),
        HologramsIssued::Overlaps(there) => {
            tell!("{range} shares serials with {}, which {} has; nothing was issued", there.range, there.bsk);
            return Ok(NO);
        }
    };
    let stock = parts.ledger.hologram_stock(bsk).await?;
    match json {
        true => say!(
            "{}",
            json!({"number": number, "bsk": bsk, "first": range.first().to_string(), "last": range.last().to_string(),
                   "count": range.count(), "before": word != "issued", "left": stock.left()})
        ),
        false => say!("{range}, {} stickers, {word} to {bsk}, which has {} left", range.count(), stock.left()),
    }
    Ok(GOOD)
}

async fn stocks(parts: &Parts, json: bool) -> Result<u8> {
    let mut all: Vec<HologramStock> = Vec::new();
    loop {
        let page = parts.ledger.hologram_stocks(all.last().map(|it| it.bsk.as_str()), ROWS).await?;
        let more = page.len() == ROWS as usize;
        all.extend(page);
        if !more {
            break;
        }
    }
    if json {
        let row = |it: &HologramStock| json!({"bsk": it.bsk, "issued": it.issued, "bound": it.bound, "written_off": it.written_off, "left": it.left()});
        say!("{}", all.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    if all.is_empty() {
        say!("no centre has stickers; `mohor holograms issue --bsk BSK FIRST LAST` gives it some");
    }
    for it in &all {
        let few = if it.left() < FEW { "  few" } else { "" };
        say!(
            "{}  issued {}, on prints {}, written off {}, left {}{few}",
            it.bsk,
            it.issued,
            it.bound,
            it.written_off,
            it.left()
        );
    }
    Ok(GOOD)
}

async fn ranges(parts: &Parts, bsk: &str, json: bool) -> Result<u8> {
    known(parts, bsk)?;
    let mut all: Vec<HologramRange> = Vec::new();
    loop {
        let page = parts.ledger.hologram_ranges(bsk, all.last().map(|it| it.number), ROWS).await?;
        let more = page.len() == ROWS as usize;
        all.extend(page);
        if !more {
            break;
        }
    }
    if json {
        let row = |it: &HologramRange| {
            json!({"number": it.number, "bsk": it.bsk, "first": it.range.first().to_string(),
                   "last": it.range.last().to_string(), "count": it.range.count(), "bound": it.bound,
                   "written_off": it.written_off, "left": it.left(), "issued_by": it.issued_by, "issued_at": it.issued_at})
        };
        say!("{}", all.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    if all.is_empty() {
        say!("{bsk} has no stickers; `mohor holograms issue --bsk {bsk} FIRST LAST` gives it some");
    }
    for it in &all {
        let (by, at) = (&it.issued_by, it.issued_at.rfc3339());
        say!("{}  on prints {}, written off {}, left {}  {by} {at}", it.range, it.bound, it.written_off, it.left());
    }
    Ok(GOOD)
}

async fn write_off(parts: &Parts, serials: &[String], reason: &str, json: bool) -> Result<u8> {
    let reason = hologram::reason(reason).map_err(|rule| anyhow!("`--reason` {rule}"))?;
    // All are read before one is written off: what cannot be taken back is not done by halves.
    let mut read = Vec::new();
    for text in serials {
        read.push(Serial::read(text).ok_or_else(|| anyhow!("`{text}` is no serial: it is {LOOKS_LIKE}"))?);
    }
    let (mut rows, mut good) = (Vec::new(), true);
    for serial in read {
        let text = serial.to_string();
        let act = act("hologram.write_off", &text, String::new());
        let outcome = parts.ledger.write_off_hologram(None, serial, &reason, act).await?;
        let (word, words) = match outcome {
            HologramWrittenOff::New => ("written_off", "is written off"),
            HologramWrittenOff::Before => ("written_off_before", "was written off before"),
            HologramWrittenOff::Bound(_) => ("bound", "is on a print; put another on it, which then takes its place"),
            HologramWrittenOff::NotInStock => {
                ("not_in_stock", "is of no range that was issued; compare it with the roll")
            }
        };
        let done = matches!(outcome, HologramWrittenOff::New | HologramWrittenOff::Before);
        good &= done;
        match (json, done) {
            (true, _) => rows.push(json!({"serial": text, "outcome": word})),
            (false, true) => say!("{text} {words}"),
            (false, false) => tell!("{text} {words}"),
        }
    }
    if json {
        say!("{}", Value::Array(rows));
    }
    Ok(if good { GOOD } else { NO })
}
