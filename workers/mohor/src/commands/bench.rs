//! `mohor bench`: distinct approvals through the configured back ends, first submission to last notice.

use super::{
    demo::feed,
    submit::{Lines, Refusals},
};
use crate::{
    cli::{GOOD, NO},
    config::Config,
    evidence::Evidence,
    wire::{Parts, Role},
};
use anyhow::{Context, Result, bail};
use mohor_domain::{certificate::Verdict, stage::Stage};
use mohor_ledger_sqlite::RunnerLock;
use mohor_runtime::{
    ambient::{process_cpu_micros, resident_bytes},
    shutdown::Shutdown,
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The approvals that are varied: distinct numbers, names as they are.
const BUNDLED: &[u8] = include_bytes!("../../assets/approvals.ndjson");
const CREATED_BY: &str = "created_by";

/// Measures. A ledger that it did not make itself is refused: a benchmark must not fill a real one.
pub async fn run(config: Config, data: Option<PathBuf>, count: u32, json: bool) -> Result<u8> {
    let mut config = config;
    config.generate_demo_keys = true;
    if data.is_none() {
        let folder = PathBuf::from("target/bench");
        config = Config::load(None, Some(&folder)).map(|fresh| Config { generate_demo_keys: true, ..fresh })?;
    }
    let fresh = !config.ledger_path().exists();
    let parts = Parts::open_for(config, &Role::ALL).await?;
    if fresh {
        parts.ledger.set_note(CREATED_BY, "bench").await?;
    }
    if parts.ledger.note(CREATED_BY).await?.as_deref() != Some("bench") {
        bail!("{} was not made by `mohor bench`; name an empty folder with --data", parts.config.ledger);
    }
    let folder = parts.config.data_folder();
    let _lock = RunnerLock::acquire(&folder)?;
    let before = parts.ledger.census().await?;
    let input = folder.join("approvals.ndjson");
    std::fs::write(&input, approvals(before.approved, u64::from(count))?)
        .with_context(|| format!("cannot write {}", input.display()))?;

    let shutdown = Shutdown::default();
    tokio::spawn(shutdown.clone().on_signal());
    parts.telemetry.keep_samples();
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| *role != Role::Portal).collect();
    let handles = parts.start(&roles, &shutdown).await?;
    let (cpu_before, began) = (process_cpu_micros(), parts.stopwatch.micros());
    let mut refusals = Refusals::at(&folder.join("approvals.refused.ndjson"))?;
    let (tally, after) = feed(&parts, &mut Lines::open(&input)?, &mut refusals, &before, &shutdown, json).await?;
    let seconds = (parts.stopwatch.micros() - began) as f64 / 1e6;
    let cpu = process_cpu_micros().saturating_sub(cpu_before);
    let (resident, highest) = resident_bytes();
    shutdown.begin();
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    let issued = after.ready.saturating_sub(before.ready);
    let verified = verify_some(&parts, issued).await?;
    let report = report(&parts, issued, seconds, cpu, resident, highest, &folder, after.issued)?;
    match json {
        true => println!("{report}"),
        false => println!("{}", serde_json::to_string_pretty(&report)?),
    }
    let good = issued == u64::from(count) && tally.refused == 0 && verified.1 == 0;
    if !good {
        eprintln!(
            "not all well: {issued} of {count} issued, {} refused, {} of {} did not verify",
            tally.refused, verified.1, verified.0
        );
    }
    Ok(if good { GOOD } else { NO })
}

/// Approvals like the bundled ones, each with an application number of its own.
fn approvals(first: u64, count: u64) -> Result<Vec<u8>> {
    let samples: Vec<Value> = BUNDLED
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()
        .context("the bundled approvals")?;
    let mut out = Vec::new();
    for number in first..first + count {
        let mut event = samples[number as usize % samples.len()].clone();
        let department = event["data"]["department"].as_str().unwrap_or_default().to_owned();
        let application_no = format!("{department}/BENCH/{number:08}");
        event["id"] = json!(format!("bench-{number:08}"));
        event["subject"] = json!(application_no);
        event["data"]["application_no"] = json!(application_no);
        event["data"]["docket_no"] = json!(format!("B{number:010}"));
        serde_json::to_writer(&mut out, &event)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// One in a hundred of those just issued, looked at as a verifier would: (looked at, not genuine).
async fn verify_some(parts: &Parts, issued: u64) -> Result<(u64, u64)> {
    let (mut after, mut seen, mut looked, mut bad) = (None, 0u64, 0, 0);
    loop {
        let page = parts.ledger.export(after, 500).await?;
        let Some(last) = page.last() else { return Ok((looked, bad)) };
        after = Some(last.uin);
        for certificate in &page {
            seen += 1;
            if seen % 100 != 1 || looked > issued / 100 {
                continue;
            }
            looked += 1;
            let sha256 = certificate.sha256.as_deref().unwrap_or_default();
            let pdf = parts.vault.get(sha256).await?.unwrap_or_default();
            // A bundled certificate whose validity is over is as good here: it is what was issued.
            let verdict = Evidence::Pdf(pdf).judge(parts).await?.verdict;
            bad += u64::from(!matches!(verdict, Verdict::Genuine | Verdict::GenuineExpired));
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "the figures of one report")]
fn report(
    parts: &Parts,
    issued: u64,
    seconds: f64,
    cpu: u64,
    resident: u64,
    highest: u64,
    folder: &Path,
    total: u64,
) -> Result<Value> {
    let per = |micros: u64| (micros as f64 / issued.max(1) as f64).round() / 1000.0;
    let mut stages = Map::new();
    for stage in Stage::ALL {
        if let Some((items, p50, p99)) = parts.telemetry.percentiles(stage) {
            stages.insert(stage.as_str().into(), json!({"items": items, "p50_ms": p50, "p99_ms": p99}));
        }
    }
    let mut cpu_parts = Map::new();
    let mut named = 0;
    for part in ["intake", "mint", "sign", "render", "seal"] {
        named += parts.telemetry.cpu(part);
        cpu_parts.insert(part.into(), json!(per(parts.telemetry.cpu(part))));
    }
    cpu_parts.insert("ledger_vault_and_rest".into(), json!(per(cpu.saturating_sub(named))));
    let size = |file: &str| std::fs::metadata(folder.join(file)).map_or(0, |meta| meta.len());
    Ok(json!({
        "certificates_per_second": issued as f64 / seconds.max(0.001),
        "issued": issued,
        "in_ledger": total,
        "seconds": seconds,
        "cpu_ms_per_certificate": per(cpu),
        "cpu_ms_by_part": cpu_parts,
        "stages": stages,
        "resident_bytes": resident,
        "resident_bytes_highest": highest,
        "ledger_bytes": size("ledger.sqlite") + size("ledger.sqlite-wal"),
    }))
}
