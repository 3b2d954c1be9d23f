//! `mohor bench`: distinct approvals through the configured back ends, first submission to last notice.

use super::{
    demo::{CHUNK, feed, settle},
    submit::{Lines, Refusals, delivery},
    unless_stopped,
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
use mohor_ports::{bus::Due, ledger::Census};
use mohor_runtime::{
    ambient::{process_cpu_micros, resident_bytes},
    shutdown::Shutdown,
};
use serde_json::{Map, Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The approvals that are varied: distinct numbers, names as they are.
const BUNDLED: &[u8] = include_bytes!("../../assets/approvals.ndjson");
const CREATED_BY: &str = "created_by";

/// What is asked of the system.
pub struct Load {
    /// Approvals.
    pub count: u32,
    /// So many a second; as fast as they are taken without it.
    pub rate: Option<u32>,
    /// Whether the workers are other processes.
    pub elsewhere: bool,
}

/// Measures. A ledger that was not made for it is refused: a benchmark must not fill a real one.
pub async fn run(config: Config, data: Option<PathBuf>, load: Load, shutdown: Shutdown, json: bool) -> Result<u8> {
    let mut config = config;
    if data.is_none() && config.is_embedded() {
        config = Config::load(None, Some(&PathBuf::from("target/bench")))?;
    }
    config.generate_demo_keys = true;
    config.local_operator = true;
    if load.elsewhere && config.is_embedded() {
        bail!("--elsewhere is for the distributed mode: an embedded ledger has one runner");
    }
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| *role != Role::Portal).collect();
    let opening = async {
        match load.elsewhere {
            true => Parts::open(config).await,
            false => Parts::open_for(config, &Role::ALL).await,
        }
    };
    let Some(parts) = unless_stopped(&shutdown, opening).await? else { return Ok(NO) };
    let folder = parts.config.data_folder();
    let _lock = parts.config.is_embedded().then(|| RunnerLock::acquire(&folder)).transpose()?;
    let before = claim(&parts).await?;
    let input = folder.join("approvals.ndjson");
    std::fs::write(&input, approvals(before.approved, u64::from(load.count))?)
        .with_context(|| format!("cannot write {}", input.display()))?;

    parts.telemetry.keep_samples();
    let handles = if load.elsewhere { vec![] } else { parts.start(&roles, &shutdown).await? };
    if !parts.config.is_embedded() {
        // The first connection and the queues are not what is measured.
        while parts.bus.probe().await.is_err() && !shutdown.begun() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let (cpu_before, began) = (process_cpu_micros(), parts.stopwatch.micros());
    let mut refusals = Refusals::at(&folder.join("approvals.refused.ndjson"))?;
    let chunk = if load.rate.is_some() { 1 } else { CHUNK };
    let mut lines = Lines::open(&input, chunk)?;
    let (refused, after) = match load.rate {
        None => {
            let (tally, after) = feed(&parts, &mut lines, &mut refusals, &before, &shutdown, json).await?;
            (tally.refused, after)
        }
        Some(rate) => (0, paced(&parts, &mut lines, rate, &shutdown, json).await?),
    };
    let seconds = (parts.stopwatch.micros() - began) as f64 / 1e6;
    let cpu = process_cpu_micros().saturating_sub(cpu_before);
    let (resident, highest) = resident_bytes();
    shutdown.begin();
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    let issued = after.ready.saturating_sub(before.ready);
    let verified = verify_some(&parts, issued).await?;
    parts.bus.close().await;
    let mut report = report(&parts, issued, seconds, cpu);
    report["in_ledger"] = json!(after.issued);
    report["resident_bytes"] = json!(resident);
    report["resident_bytes_highest"] = json!(highest);
    let kept = parts.ledger.kept().await?;
    report["ledger_bytes"] = json!(kept.bytes);
    // Templates and fonts are kept once, however many certificates there are.
    report["ledger_bytes_of_assets"] = json!(kept.assets);
    report["ledger_bytes_per_certificate"] = json!(kept.bytes.saturating_sub(kept.assets) / after.issued.max(1));
    if load.rate.is_some() {
        report["latency_ms"] = latency(&parts, &input).await?;
    }
    match json {
        true => say!("{report}"),
        false => say!("{}", serde_json::to_string_pretty(&report)?),
    }
    let good = issued == u64::from(load.count) && refused == 0 && verified.1 == 0;
    if !good {
        tell!(
            "not all well: {issued} of {} issued, {refused} refused, {} of {} did not verify",
            load.count,
            verified.1,
            verified.0
        );
    }
    Ok(if good { GOOD } else { NO })
}

/// Makes an empty ledger the benchmark's own; what is in it before.
async fn claim(parts: &Parts) -> Result<Census> {
    let before = parts.ledger.census().await?;
    if before.approved == 0 && before.inbox == 0 {
        parts.ledger.set_note(CREATED_BY, "bench").await?;
    }
    if parts.ledger.note(CREATED_BY).await?.as_deref() != Some("bench") {
        bail!("{} was not made for `mohor bench`; name an empty one", parts.config.ledger_name());
    }
    Ok(before)
}

/// Hands in one approval after another, so many a second, and waits until all are ready.
async fn paced(parts: &Parts, lines: &mut Lines, rate: u32, shutdown: &Shutdown, json: bool) -> Result<Census> {
    let bar = crate::progress::bar(lines.count, "certificates", json);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    while let Some(chunk) = lines.next_chunk(shutdown).await? {
        tokio::select! { _ = ticks.tick() => (), () = shutdown.wait() => break }
        let new = chunk.into_iter().map(|(_, body)| delivery(body)).collect();
        let ids = parts.ledger.receive(new).await?;
        let due: Vec<Due> = ids.iter().map(|id| id.to_string().into()).collect();
        parts.bus.publish(Stage::Intake, &due).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    settle(parts, shutdown).await
}

/// From the row in the inbox to the notice, by the ledger's clock: the middle, the worst in a hundred, the worst.
async fn latency(parts: &Parts, input: &Path) -> Result<Value> {
    let mut millis = Vec::new();
    for line in crate::file::text(input)?.lines() {
        let event: Value = serde_json::from_str(line)?;
        let text = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let found = parts.ledger.application(text("/data/department"), text("/data/application_no")).await?;
        let Some((uin, received)) = found.and_then(|a| Some((a.uin?, a.events.first()?.2))) else { continue };
        let certificate = parts.ledger.certificate(uin).await?;
        let notified = certificate.and_then(|c| c.times.into_iter().find(|(stage, _)| stage == "notify"));
        millis.extend(notified.map(|(_, at)| at.millis() - received.millis()));
    }
    millis.sort_unstable();
    let at = |share: f64| millis.get(((millis.len().max(1) - 1) as f64 * share) as usize).copied();
    Ok(json!({"measured": millis.len(), "p50": at(0.5), "p99": at(0.99), "highest": at(1.0)}))
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
            let verdict = Evidence::File(pdf).judge(parts).await?.verdict;
            bad += u64::from(!matches!(verdict, Verdict::Genuine | Verdict::GenuineExpired));
        }
    }
}

fn report(parts: &Parts, issued: u64, seconds: f64, cpu: u64) -> Value {
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
    json!({
        "certificates_per_second": issued as f64 / seconds.max(0.001),
        "issued": issued,
        "seconds": seconds,
        "cpu_ms_per_certificate": per(cpu),
        "cpu_ms_by_part": cpu_parts,
        "stages": stages,
    })
}
