//! Logs and metrics. Neither holds personal data: stages, codes, ids and figures only.

use mohor_domain::stage::Stage;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The metrics of a process.
pub struct Telemetry {
    registry: Registry,
    items: IntCounterVec,
    seconds: HistogramVec,
    cpu: IntCounterVec,
    /// What the ledger holds, by kind; set by whoever takes the census.
    pub holdings: IntGaugeVec,
    /// 1 while a stage is in outage.
    pub outage: IntGaugeVec,
    /// Letters of the broker that intake refused, by reason.
    pub letters_refused: IntCounterVec,
    /// What callers were refused, by cause: `wrong_password`, `wrong_code`, `locked`, `braked`, `signature`, `tracking_key`,
    /// `one_time_code`, `too_many_requests`, `unavailable`. No name and no address is among the labels.
    pub refused: IntCounterVec,
    /// What the auditor of the clocks found: `without` (applications without a clock), `overdue` (rungs due for longer than
    /// a minute), `lag_ms` (of the one that waits longest), `held_up` (certificates in the making for too long), `unconfirmed`
    /// (rungs whose event the broker has not confirmed), `behind` (approved changes of the rules that have not reached
    /// every open clock).
    pub clocks: IntGaugeVec,
    /// Rungs that have fired.
    pub rungs: IntCounter,
    /// How the telling by mail stands: `waiting`, `failed` (given up), `untold` (rungs that nobody could be
    /// told of), `lag_ms` (how long the oldest has waited).
    pub mails: IntGaugeVec,
    /// How the endpoints of webhooks stand: `active`, `paused`, `disabled`, `failing`, `behind` (numbers after their places),
    /// `failing_ms` (how long the one that fails longest has).
    pub webhooks: IntGaugeVec,
    /// When the clocks were audited last, seconds since 1970.
    pub sla_heartbeat: IntGauge,
    samples: Mutex<Option<BTreeMap<Stage, Vec<u32>>>>,
}

impl Telemetry {
    /// Registers the metrics of the pipeline.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let items = IntCounterVec::new(
            Opts::new("mohor_stage_items_total", "Items of a stage by what became of them"),
            &["stage", "outcome"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("mohor_stage_seconds", "Time from taking an item to its commit, in seconds")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]),
            &["stage"],
        )?;
        let cpu = IntCounterVec::new(
            Opts::new("mohor_stage_cpu_microseconds_total", "Processor time of the work of a stage, in microseconds"),
            &["part"],
        )?;
        let holdings = IntGaugeVec::new(Opts::new("mohor_ledger_rows", "What the ledger holds"), &["kind"])?;
        let outage = IntGaugeVec::new(Opts::new("mohor_stage_outage", "1 while a dependency is down"), &["stage"])?;
        let letters_refused = IntCounterVec::new(
            Opts::new("mohor_letters_refused_total", "Letters of the broker that intake refused, by reason"),
            &["reason"],
        )?;
        let refused =
            IntCounterVec::new(Opts::new("mohor_refused_total", "What callers were refused, by cause"), &["cause"])?;
        let clocks = IntGaugeVec::new(Opts::new("mohor_clocks", "What the auditor of the clocks found"), &["kind"])?;
        let rungs = IntCounter::new("mohor_rungs_total", "Rungs of the ladder that have fired")?;
        let mails = IntGaugeVec::new(Opts::new("mohor_mails", "How the telling by mail stands"), &["kind"])?;
        let webhooks = IntGaugeVec::new(Opts::new("mohor_webhooks", "How the endpoints of webhooks stand"), &["kind"])?;
        let sla_heartbeat =
            IntGauge::new("mohor_sla_heartbeat_seconds", "When the clocks were audited last, seconds since 1970")?;
        for collector in [
            Box::new(items.clone()) as Box<dyn prometheus::core::Collector>,
            Box::new(seconds.clone()),
            Box::new(cpu.clone()),
            Box::new(holdings.clone()),
            Box::new(outage.clone()),
            Box::new(letters_refused.clone()),
            Box::new(refused.clone()),
            Box::new(clocks.clone()),
            Box::new(mails.clone()),
            Box::new(webhooks.clone()),
            Box::new(rungs.clone()),
            Box::new(sla_heartbeat.clone()),
        ] {
            registry.register(collector)?;
        }
        Ok(Self {
            registry,
            items,
            seconds,
            cpu,
            holdings,
            outage,
            letters_refused,
            refused,
            clocks,
            mails,
            webhooks,
            rungs,
            sla_heartbeat,
            samples: Mutex::default(),
        })
    }

    /// Keeps each duration besides the histogram, for exact percentiles (`demo`, `bench`).
    pub fn keep_samples(&self) {
        if let Ok(mut samples) = self.samples.lock() {
            *samples = Some(BTreeMap::new());
        }
    }

    /// Counts items of a stage and how long they were in hand.
    pub fn observe(&self, stage: Stage, outcome: &str, items: usize, micros: u64) {
        self.items.with_label_values(&[stage.as_str(), outcome]).inc_by(items as u64);
        let histogram = self.seconds.with_label_values(&[stage.as_str()]);
        (0..items).for_each(|_| histogram.observe(micros as f64 / 1e6));
        if let Ok(mut samples) = self.samples.lock()
            && let Some(samples) = samples.as_mut()
        {
            samples.entry(stage).or_default().extend(std::iter::repeat_n(micros as u32, items));
        }
    }

    /// Adds processor time to a part of the work: `render`, `seal`, `mint` …
    pub fn add_cpu(&self, part: &str, micros: u64) {
        self.cpu.with_label_values(&[part]).inc_by(micros);
    }

    /// Processor time of a part so far, microseconds.
    pub fn cpu(&self, part: &str) -> u64 {
        self.cpu.with_label_values(&[part]).get()
    }

    /// Percentiles of the kept durations of a stage, in milliseconds: (items, p50, p99).
    pub fn percentiles(&self, stage: Stage) -> Option<(usize, f64, f64)> {
        let mut samples = self.samples.lock().ok()?.as_ref()?.get(&stage)?.clone();
        if samples.is_empty() {
            return None;
        }
        samples.sort_unstable();
        let at = |share: f64| f64::from(samples[((samples.len() - 1) as f64 * share) as usize]) / 1000.0;
        Some((samples.len(), at(0.50), at(0.99)))
    }

    /// The Prometheus text format.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("# {error}\n"),
        }
    }
}

/// Logs to standard error: for people on a terminal, JSON lines otherwise. `MOHOR_LOG` sets the filter. `silent` is the
/// name of a library whose every trouble is logged by its adapter, in our own words; `MOHOR_LOG` may name it again.
pub fn logs(default_filter: &str, silent: &str, json: bool) {
    let wanted = std::env::var("MOHOR_LOG").unwrap_or_default();
    let filter = tracing_subscriber::EnvFilter::try_new(if wanted.is_empty() { default_filter } else { &wanted })
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default_filter));
    let filter = match format!("{silent}=off").parse() {
        Ok(off) if !wanted.contains(silent) => filter.add_directive(off),
        _ => filter,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second call (tests) keeps the first subscriber.
    let _ = if json { builder.json().try_init() } else { builder.compact().try_init() };
}
