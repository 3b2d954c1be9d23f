//! `mohor sla`: due days computed again, and what they would be by another list of holidays.

mod simulate;

use crate::{
    cli::{GOOD, SlaAction},
    progress,
    wire::Parts,
};
use anyhow::{Result, anyhow, bail};
use mohor_domain::{
    board::Selection,
    catalogue::Name,
    compliance::{self, Period},
    table,
};
use mohor_ports::ledger::{Act, ChangeRecord, ReportOf};
use serde_json::{Value, json};

/// Applications of one commit.
const BATCH: u32 = 500;
/// Changes that are listed, at most: so many that wait, and so many that were decided.
const LISTED: u32 = 500;

/// Runs the chosen action.
pub async fn run(parts: Parts, action: SlaAction, json: bool) -> Result<u8> {
    match action {
        SlaAction::Recompute { dry_run } => recompute(parts, dry_run, json).await,
        SlaAction::Report { department, from, until } => {
            let period = Period::parse(&from, &until).map_err(|words| anyhow!("--from, --until: {words}"))?;
            report(parts, &department, period, json).await
        }
        SlaAction::Simulate { file, holidays, settled } => {
            let rules = parts.ledger.rules().await?.rules.clone();
            let other = simulate::what_if(&rules, holidays.as_deref(), &settled)?;
            simulate::run(&parts, &file, &rules, &other, json).await
        }
        SlaAction::Changes => changes(&parts, json).await,
    }
}

/// How a department kept its limits in a period: the tables of the report, in English.
async fn report(parts: Parts, department: &str, period: Period, json: bool) -> Result<u8> {
    if !parts.catalogue.departments.contains_key(department) {
        bail!("{department} is no department of schemas/catalogue/departments.csv; give its three letters");
    }
    let of = ReportOf { department: department.into(), of: Selection::default(), period };
    let found = parts.ledger.compliance(&of, parts.ledger.rules().await?.rules.clone()).await?;
    if json {
        say!("{}", serde_json::to_string(&found)?);
        return Ok(GOOD);
    }
    say!("{department}, {}, pending as of {}", table::days(period.from(), period.until()).en, found.as_of.rfc3339());
    for table in compliance::sheet(&found, |service| Name::same(service)) {
        say!("\n{}", table.head.en);
        say!("  {}", table.columns.iter().map(|name| name.en.as_str()).collect::<Vec<_>>().join("  |  "));
        for row in &table.rows {
            say!("  {}", row.iter().map(|cell| cell.en.as_str()).collect::<Vec<_>>().join("  |  "));
        }
    }
    Ok(GOOD)
}

/// Every clock that has not stopped, by the rules as they are, in commits of a few hundred: the pipeline goes on.
async fn recompute(parts: Parts, dry: bool, json: bool) -> Result<u8> {
    let bar = progress::bar(0, "clocks", json);
    let (mut after, mut looked, mut moved) = (None, 0, Vec::new());
    loop {
        let page = parts.ledger.recompute(after, BATCH, dry).await?;
        looked += page.looked;
        bar.inc(page.looked);
        moved.extend(page.moved);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    bar.finish_and_clear();
    if !dry {
        let act = Act {
            actor: "operator:local".into(),
            act: "sla.recompute".into(),
            subject: "clocks".into(),
            detail: format!("{looked} looked at, {} moved", moved.len()),
        };
        parts.ledger.audit(act).await?;
    }
    if json {
        let lines: Vec<Value> = moved
            .iter()
            .map(|it| {
                json!({"department": it.department, "application_no": it.application_no, "clock": it.kind.as_str(),
                       "key": it.key, "promised_on": it.promised, "from": it.from, "to": it.to})
            })
            .collect();
        say!("{}", json!({"clocks": looked, "dry_run": dry, "moved": lines}));
    } else {
        for it in &moved {
            let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "-".into());
            say!(
                "{}  {}  {} {}: {} -> {} (promised {})",
                it.department,
                it.application_no,
                it.kind.as_str(),
                it.key,
                day(&it.from),
                day(&it.to),
                day(&it.promised)
            );
        }
        let would = if dry { "would move" } else { "moved" };
        say!("{looked} clocks looked at, {} {would}", moved.len());
    }
    Ok(GOOD)
}

/// Those that wait, and the last that were decided.
async fn changes(parts: &Parts, json: bool) -> Result<u8> {
    let mut all = parts.ledger.changes(true, None, LISTED).await?;
    all.extend(parts.ledger.changes(false, None, LISTED).await?);
    if json {
        let row = |it: &ChangeRecord| {
            json!({"number": it.number, "what": it.what, "state": it.state, "proposed_by": it.proposed_by,
                   "proposed_at": it.proposed_at, "decided_by": it.decided_by, "decided_at": it.decided_at,
                   "reason": it.reason, "version": it.version})
        };
        say!("{}", all.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    if all.is_empty() {
        say!("no change has been proposed; an administrator proposes one at /office/rules");
    }
    for it in &all {
        let decided = it.decided_by.as_ref().map(|by| format!(" by {by}: {}", it.reason)).unwrap_or_default();
        let (number, word, state) = (it.number, it.what.word(), it.state.as_str());
        say!("{number}  {word}  proposed by {}  {state}{decided}", it.proposed_by);
    }
    Ok(GOOD)
}
