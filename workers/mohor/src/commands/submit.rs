//! `mohor submit`: an NDJSON file of CloudEvents through the local door, and the answers.

mod lines;

pub use lines::Lines;

use crate::{
    cli::{GOOD, NO},
    progress,
    wire::{Parts, Role},
};
use anyhow::{Context, Result};
use mohor_domain::{event::Answer, stage::Stage};
use mohor_pipeline::{check::Checks, intake::examine_events};
use mohor_ports::{
    bus::{Bus, Due},
    error::Error,
    ledger::{Answers, Checked, Door, Ledger, NewDelivery},
};
use mohor_runtime::shutdown::Shutdown;
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// Lines that are read at once.
const CHUNK: usize = 200;

/// What became of a file.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Accepted for the first time.
    pub accepted: u64,
    /// Here before with the same contents.
    pub duplicates: u64,
    /// Refused.
    pub refused: u64,
    /// Lines not handed in because of a stop.
    pub stopped: bool,
}

/// Hands a file in and waits for its answers. A runner must be up, here or in another process.
pub async fn run(
    parts: Parts,
    file: PathBuf,
    check: bool,
    refused: Option<PathBuf>,
    shutdown: Shutdown,
    json: bool,
) -> Result<u8> {
    let refused = refused.unwrap_or_else(|| refused_path(&file));
    let mut lines = Lines::open(&file, CHUNK)?;
    let mut refusals = Refusals::at(&refused)?;
    let bar = progress::bar(lines.count, if check { "checking" } else { "handing in" }, json);
    let checks = parts.checks()?;
    // Intake is a role of the runner. Where none is up, this process answers for itself.
    let here = !check && parts.config.is_embedded();
    let lock = here.then(|| mohor_ledger_sqlite::RunnerLock::acquire(&parts.config.data_folder()).ok()).flatten();
    let workers = match &lock {
        Some(_) => parts.start(&[Role::Intake], &shutdown).await?,
        None => vec![],
    };
    let mut tally = Tally::default();
    while let Some(chunk) = lines.next_chunk(&shutdown).await? {
        let Handed { answers, whole } = if check {
            Handed { answers: check_chunk(&parts, &checks, chunk).await?, whole: true }
        } else {
            hand_in(parts.ledger.as_ref(), parts.bus.as_ref(), chunk, &shutdown).await?
        };
        tally.stopped |= !whole;
        for (line, answer) in answers {
            bar.inc(1);
            tally.count(&answer);
            refusals.write(line, &answer)?;
        }
    }
    bar.finish_and_clear();
    let stopped = tally.stopped || !lines.ended();
    shutdown.begin();
    for worker in workers {
        worker.await?;
    }
    let written = refusals.finish()?;
    if json {
        say!(
            "{}",
            json!({"accepted": tally.accepted, "duplicates": tally.duplicates, "refused": tally.refused, "stopped": stopped,
                   "refusals": written.then(|| refused.display().to_string())})
        );
    } else {
        let verb = if check { "would be accepted" } else { "accepted" };
        say!("{} {verb}, {} here before, {} refused", tally.accepted, tally.duplicates, tally.refused);
        if written {
            say!("refusals with line, field, rule and reason: {}", refused.display());
        }
        if lock.is_some() && tally.accepted > 0 {
            say!("no runner is up: `mohor run` (or `mohor demo`) issues what was accepted");
        }
        if stopped {
            say!("stopped before the end of the file: hand it in again, what is here already is recognised");
        }
    }
    Ok(if tally.refused == 0 && !stopped { GOOD } else { NO })
}

impl Tally {
    /// Counts an answer.
    pub fn count(&mut self, answer: &Answer) {
        match answer {
            Answer::Accepted { duplicate: true, .. } => self.duplicates += 1,
            Answer::Accepted { .. } => self.accepted += 1,
            Answer::Refused { .. } => self.refused += 1,
        }
    }
}

async fn check_chunk(parts: &Parts, checks: &Checks, chunk: Vec<(u64, Vec<u8>)>) -> Result<Vec<(u64, Answer)>> {
    let now = parts.ledger.now().await?;
    let checked: Vec<Checked> =
        chunk.iter().flat_map(|(_, body)| examine_events(checks, None, &delivery(body.clone()), now)).collect();
    let answers = parts.ledger.preview(checked).await?;
    Ok(chunk.into_iter().map(|(line, _)| line).zip(answers).collect())
}

/// A line as a delivery by the local door.
pub fn delivery(body: Vec<u8>) -> NewDelivery {
    NewDelivery { door: Door::Local, batch: false, body }
}

/// What became of a chunk.
pub struct Handed {
    /// The answers, with their lines.
    pub answers: Vec<(u64, Answer)>,
    /// Whether each line has its answer. When a stop came first, the others may be in the inbox, and are answered later.
    pub whole: bool,
}

/// Writes a chunk to the inbox and waits until each line is answered, or the shutdown begins.
pub async fn hand_in(
    ledger: &dyn Ledger,
    bus: &dyn Bus,
    chunk: Vec<(u64, Vec<u8>)>,
    shutdown: &Shutdown,
) -> Result<Handed> {
    let mut answers = Vec::with_capacity(chunk.len());
    // Who answers may be a worker of this process, which has stopped: nobody waits for it.
    let whole = tokio::select! {
        biased;
        handed = all_answers(ledger, bus, chunk, &mut answers) => handed.map(|()| true)?,
        () = shutdown.wait() => false,
    };
    match shutdown.failure() {
        Some(reason) if !whole => anyhow::bail!(reason),
        _ => Ok(Handed { answers, whole }),
    }
}

async fn all_answers(
    ledger: &dyn Ledger,
    bus: &dyn Bus,
    chunk: Vec<(u64, Vec<u8>)>,
    answers: &mut Vec<(u64, Answer)>,
) -> Result<()> {
    let (lines, bodies): (Vec<u64>, Vec<Vec<u8>>) = chunk.into_iter().unzip();
    let ids = ledger.receive(bodies.into_iter().map(delivery).collect()).await?;
    let due: Vec<Due> = ids.iter().map(|id| id.to_string().into()).collect();
    // The deliveries are safe in the inbox; a broker that is away only delays their hints.
    let mut told = false;
    while let Err(error) = bus.publish(Stage::Intake, &due).await {
        if !matches!(error, Error::Outage(_)) {
            return Err(error.into());
        }
        if !told {
            tell!("waiting: {error}");
            told = true;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for (line, id) in lines.into_iter().zip(ids) {
        let mut wait = Duration::from_millis(2);
        loop {
            let found = match ledger.answer(id).await {
                // The delivery is safe: its answer is waited for until the ledger is back.
                Err(Error::Outage(_)) => Some(None),
                found => found?.map(|reply| reply.answers),
            };
            match found {
                Some(Some(Answers::Events(events))) => {
                    answers.extend(events.into_iter().map(|answer| (line, answer)));
                    break;
                }
                Some(Some(Answers::Unauthorised(words))) => anyhow::bail!("line {line}: {words}"),
                None => anyhow::bail!("line {line}: the inbox has lost the delivery {id}"),
                Some(None) => {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_millis(100));
                }
            }
        }
    }
    Ok(())
}

/// `FILE.refused.ndjson` beside the file.
pub fn refused_path(file: &Path) -> PathBuf {
    let mut name = if file == Path::new("-") { "stdin".into() } else { file.as_os_str().to_owned() };
    name.push(".refused.ndjson");
    name.into()
}

/// The file of refusals: made with the first one, an older one is replaced.
pub struct Refusals {
    path: PathBuf,
    file: Option<std::io::BufWriter<std::fs::File>>,
}

impl Refusals {
    /// Removes what an earlier run left.
    pub fn at(path: &Path) -> Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot replace {}", path.display()))
            }
            _ => Ok(Self { path: path.to_owned(), file: None }),
        }
    }

    /// Writes a refusal; accepted answers are passed over.
    pub fn write(&mut self, line: u64, answer: &Answer) -> Result<()> {
        let Answer::Refused { source, id, refusal } = answer else { return Ok(()) };
        if self.file.is_none() {
            let file =
                std::fs::File::create(&self.path).with_context(|| format!("cannot write {}", self.path.display()))?;
            self.file = Some(std::io::BufWriter::new(file));
        }
        if let Some(file) = &mut self.file {
            let row = json!({
                "line": line, "source": source, "id": id, "code": refusal.code, "pointer": refusal.pointer,
                "rule": refusal.rule, "reason_en": refusal.reason_en, "reason_bn": refusal.reason_bn,
            });
            writeln!(file, "{row}")?;
        }
        Ok(())
    }

    /// Whether there were any.
    pub fn finish(mut self) -> Result<bool> {
        match &mut self.file {
            Some(file) => file.flush().map(|()| true).with_context(|| format!("cannot write {}", self.path.display())),
            None => Ok(false),
        }
    }
}
