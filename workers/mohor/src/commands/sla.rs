//! `mohor sla`: due days computed again, and what they would be by another list of holidays.

use crate::{
    cli::{GOOD, NO, SlaAction},
    config::Config,
    progress,
    schemas::Schemas,
    wire::Parts,
};
use anyhow::{Context, Result, anyhow, bail};
use mohor_domain::{
    board::Selection,
    calendar::Calendar,
    catalogue::Name,
    clock::{Clock, Happening, History, derive},
    compliance::{self, Period},
    event::Envelope,
    rules::Rules,
    table,
};
use mohor_ports::ledger::{Act, ChangeRecord, ReportOf};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::BufRead, path::Path};

/// Applications of one commit.
const BATCH: u32 = 500;
/// Changes that are listed, at most: so many that wait, and so many that were decided.
const LISTED: u32 = 500;
/// A line of a file of events, at most.
const LONGEST: usize = 1 << 20;

/// Runs the chosen action.
pub async fn run(config: Config, action: SlaAction, json: bool) -> Result<u8> {
    match action {
        SlaAction::Recompute { dry_run } => recompute(Parts::open_for(config, &[]).await?, dry_run, json).await,
        SlaAction::Report { department, from, until } => {
            let period = Period::parse(&from, &until).map_err(|words| anyhow!("--from, --until: {words}"))?;
            report(Parts::open_for(config, &[]).await?, &department, period, json).await
        }
        SlaAction::Simulate { file, holidays, settled } => {
            let rules = rules_in_force(&config).await?;
            simulate(&config, &rules, &file, holidays.as_deref(), &settled, json)
        }
        SlaAction::Changes => changes(&Parts::open_for(config, &[]).await?, json).await,
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

/// The rules of catalogue and configuration, with every change that a ledger has approved, where there is one.
async fn rules_in_force(config: &Config) -> Result<Rules> {
    if config.is_embedded() && !config.ledger_path().exists() {
        let schemas = Schemas::open(&config.schemas)?;
        return schemas.rules(&schemas.services(&schemas.catalogue()?)?, &config.sla, config.mail.opens()?);
    }
    let parts = Parts::open_for(config.clone(), &[]).await?;
    Ok(parts.ledger.rules().await?.rules.as_ref().clone())
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

/// The clocks of the applications in a file of events; beside another list of holidays.
fn simulate(
    config: &Config,
    rules: &Rules,
    file: &Path,
    holidays: Option<&Path>,
    settled: &[i16],
    json: bool,
) -> Result<u8> {
    let catalogue = Schemas::open(&config.schemas)?.catalogue()?;
    let mut other: Rules = rules.clone();
    if let Some(path) = holidays {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut calendar = Calendar::read(&bytes).with_context(|| path.display().to_string())?;
        calendar.policy = rules.calendar.policy.clone();
        rules.calendar.settled().for_each(|year| calendar.settle(year));
        other.calendar = calendar;
    }
    settled.iter().for_each(|year| other.calendar.settle(*year));
    let mut histories: BTreeMap<(String, String), History> = BTreeMap::new();
    let (mut read, mut unread) = (0u64, Vec::new());
    let lines = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    for (place, line) in std::io::BufReader::new(lines).lines().enumerate() {
        let line = line.with_context(|| format!("{}, line {}", file.display(), place + 1))?;
        if line.trim().is_empty() {
            continue;
        }
        if line.len() > LONGEST {
            bail!("{}, line {}: longer than 1 MiB", file.display(), place + 1);
        }
        match take(&line, &catalogue.bsks, &mut histories) {
            Ok(()) => read += 1,
            Err(words) => unread.push(format!("line {}: {words}", place + 1)),
        }
    }
    let mut moved = 0;
    for ((_, number), history) in &histories {
        for (now, then) in derive(history, rules).iter().zip(derive(history, &other)) {
            moved += u32::from(now.due != then.due);
            print(json, history, number, now, &then);
        }
    }
    for words in &unread {
        tell!("{}: {words}", file.display());
    }
    if !json {
        say!("{} applications of {read} events; {moved} clocks would move", histories.len());
    }
    Ok(if unread.is_empty() { GOOD } else { NO })
}

/// Adds an event to its application.
fn take(
    line: &str,
    bsks: &BTreeMap<String, mohor_domain::catalogue::Bsk>,
    histories: &mut BTreeMap<(String, String), History>,
) -> Result<(), String> {
    let value = mohor_domain::json::read(line.as_bytes()).map_err(|refusal| refusal.reason_en.to_string())?;
    let event = Envelope::read(&value).map_err(|refusal| format!("{} {}", refusal.pointer, refusal.reason_en))?;
    let text = |name: &str| event.data[name].as_str().map(str::to_owned);
    let number = text("application_no").ok_or("/data/application_no is missing")?;
    let own = event.kind.time_member();
    let at = text(own).and_then(|text| mohor_domain::civil::Instant::parse(&text));
    let at = at.ok_or_else(|| format!("/data/{own} is no time"))?;
    let history = histories.entry((event.department.to_owned(), number)).or_default();
    history.department = event.department.to_owned();
    history.service = history.service.take().or_else(|| text("service"));
    if let Some(bsk) = text("bsk").and_then(|code| bsks.get(&code)) {
        history.district = Some(bsk.district.clone());
    }
    history.happenings.push(Happening::read(event.kind, at, false, event.data));
    Ok(())
}

fn print(json: bool, history: &History, number: &str, now: &Clock, then: &Clock) {
    let day = |clock: &Clock| clock.due.map(|due| due.day.to_string());
    let provisional = |clock: &Clock| clock.due.is_some_and(|due| due.provisional);
    if json {
        say!(
            "{}",
            json!({"department": history.department, "service": history.service, "application_no": number,
                   "clock": now.kind.as_str(), "key": now.key, "state": now.state.as_str(),
                   "due_on": day(now), "provisional": provisional(now),
                   "then_due_on": day(then), "then_provisional": provisional(then)})
        );
    } else {
        let mark = |clock: &Clock| if provisional(clock) { " (provisional)" } else { "" };
        let words = |clock: &Clock| format!("{}{}", day(clock).unwrap_or_else(|| "-".into()), mark(clock));
        let change = if now.due == then.due { String::new() } else { format!(" -> {}", words(then)) };
        let (department, kind, state) = (&history.department, now.kind.as_str(), now.state.as_str());
        say!("{department}  {number}  {kind} {}  {state}  {}{change}", now.key, words(now));
    }
}
