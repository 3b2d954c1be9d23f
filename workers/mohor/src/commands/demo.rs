//! `mohor demo`: everything in one process, without any server.

mod accounts;
mod histories;
mod past;

use super::submit::{Handed, Lines, Refusals, Tally, hand_in, refused_path};
use crate::{
    cli::{GOOD, NO, TROUBLE},
    config::Config,
    progress,
    say::shell,
    wire::{Parts, Role},
};
use anyhow::{Context, Result, bail};
use mohor_domain::{people::is_demo, stage::Stage, uin::Uin};
use mohor_ledger_sqlite::RunnerLock;
use mohor_ports::{ledger::Census, vault::object_name};
use mohor_runtime::shutdown::Shutdown;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// About a hundred approvals (synthetic people) over the twelve services that have a folder of their own.
const BUNDLED: &[u8] = include_bytes!("../../assets/approvals.ndjson");
/// Lines that are handed in at once.
pub const CHUNK: usize = 200;

/// Takes the approvals, waits for the last notice, sums up; then keeps the portal up unless told to leave.
///
/// A stop at any moment ends in the summary of what was done: whoever stands before a shutdown that has begun passes on.
pub async fn run(
    parts: Parts,
    file: Option<PathBuf>,
    refused: Option<PathBuf>,
    exit: bool,
    shutdown: Shutdown,
    json: bool,
) -> Result<u8> {
    if !parts.config.is_embedded() {
        bail!("the demo runs without any server; with `postgres:` and `amqp:` use `mohor run` and `mohor submit`");
    }
    let folder = parts.config.data_folder();
    let _lock = RunnerLock::acquire(&folder)?;
    refuse_a_real_one(&parts, &folder).await?;
    open(&folder, file.as_deref(), exit);
    let mut lines = match &file {
        Some(file) => Lines::open(file, CHUNK)?,
        None => Lines::of(BUNDLED, CHUNK)?,
    };
    let refused = refused.unwrap_or_else(|| refused_path(file.as_deref().unwrap_or(&folder.join("bundled"))));
    let keys = past::keys(&parts).await?;
    let mut remarks = Vec::new();
    if !exit && !shutdown.begun() {
        remarks.extend(past::make(&parts, keys.as_ref(), &shutdown).await?);
    }
    parts.telemetry.keep_samples();
    let before = parts.ledger.census().await?;
    let mut handles = parts.start(&Role::ALL, &shutdown).await?;
    let listener = tokio::net::TcpListener::bind(parts.config.portal.listen).await.with_context(|| {
        format!("the portal cannot listen on {}; choose another with --listen 127.0.0.1:0", parts.config.portal.listen)
    })?;
    let portal = format!("http://{}", listener.local_addr()?);
    tell!("portal {portal}");
    handles.push(tokio::spawn(parts.serve(listener, true, &shutdown)?));

    // Whoever stays has something to look at: people to sign in as, and applications with a past.
    let local = parts.config.portal.listen.ip().is_loopback();
    let stays = !exit && !shutdown.begun();
    let accounts = if stays && local { accounts::make(&parts).await? } else { vec![] };
    if stays {
        let today = parts.ledger.now().await?.day();
        let force = parts.ledger.rules().await?;
        remarks.extend(histories::remark(&force.rules, today));
        let lines = histories::lines(&force.rules, today);
        hand_in(parts.ledger.as_ref(), parts.bus.as_ref(), lines, &shutdown).await?;
    }
    let began = parts.stopwatch.micros();
    let mut refusals = Refusals::at(&refused)?;
    let (tally, after) = feed(&parts, &mut lines, &mut refusals, &before, &shutdown, json).await?;
    let seconds = (parts.stopwatch.micros() - began) as f64 / 1e6;
    let refusals = refusals.finish()?.then_some(refused);
    let first = parts.ledger.export(None, 1).await?.pop();
    let keys = write_keys(&parts, &folder).await?;
    let summary = Summary {
        accounts: &accounts,
        remarks: &remarks,
        parts: &parts,
        tally: &tally,
        before,
        after,
        seconds,
        keys,
        refusals,
        first: first.and_then(|it| Some((it.uin, object_name(it.sha256.as_deref()?)))),
        folder: &folder,
    };
    if json {
        say!("{}", summary.json());
    } else {
        summary.print(&portal, exit);
    }
    if !exit && shutdown.failure().is_none() {
        shutdown.wait().await;
    }
    shutdown.begin();
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    if let Some(reason) = shutdown.failure() {
        tell!("mohor: {reason}");
        return Ok(TROUBLE);
    }
    Ok(if tally.refused == 0 && !tally.stopped { GOOD } else { NO })
}

/// The name of the note by which a demo knows a folder as its own.
const OWN: &str = "demo";

/// A demo adds accounts whose passwords are printed, and invented people: into a folder that it has not made it does not go.
async fn refuse_a_real_one(parts: &Parts, folder: &Path) -> Result<()> {
    let ledger = parts.ledger.as_ref();
    if ledger.note(OWN).await?.is_some() {
        return Ok(());
    }
    let people = ledger.people().await?;
    let of_before = people.iter().any(|person| is_demo(&person.login));
    // Somebody who was given an account works there; what was only handed in and made may be a trial's.
    if !people.is_empty() && !of_before {
        bail!(
            "{} is no demo's: real work has been done there; `mohor demo --data DIR` takes another folder",
            folder.display()
        );
    }
    Ok(ledger.set_note(OWN, "made by a demo").await?)
}

/// What is about to happen, for whoever sees it for the first time.
fn open(folder: &Path, file: Option<&Path>, exit: bool) {
    let from =
        file.map_or("about a hundred bundled approvals of invented people".into(), |file| file.display().to_string());
    tell!("mohor demo: {from} become sealed certificates in {}", folder.display());
    tell!("  each gets a number, a signed QR code, a PDF and a seal, as with real ones; the keys are made for this");
    tell!("  demo, so the papers say SPECIMEN. No server is needed, and nothing outside this folder is written");
    if !exit {
        tell!("  the portal stays up until Ctrl-C; the same command again issues nothing new");
    }
}

/// Hands the lines in and waits until everything accepted is ready or parked.
pub async fn feed(
    parts: &Parts,
    lines: &mut Lines,
    refusals: &mut Refusals,
    before: &Census,
    shutdown: &Shutdown,
    json: bool,
) -> Result<(Tally, Census)> {
    let bar = progress::bar(lines.count, "certificates", json);
    let mut tally = Tally::default();
    let watch = async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if let Ok(census) = parts.ledger.census().await {
                bar.set_position(census.ready.saturating_sub(before.ready));
            }
        }
    };
    let work = async {
        while let Some(chunk) = lines.next_chunk(shutdown).await? {
            let Handed { answers, .. } = hand_in(parts.ledger.as_ref(), parts.bus.as_ref(), chunk, shutdown).await?;
            for (line, answer) in answers {
                tally.count(&answer);
                refusals.write(line, &answer)?;
            }
        }
        settle(parts, shutdown).await
    };
    let census = tokio::select! { census = work => census?, () = watch => unreachable!("it watches for ever") };
    bar.finish_and_clear();
    if let Some(reason) = shutdown.failure() {
        bail!(reason);
    }
    tally.stopped |= shutdown.begun();
    Ok((tally, census))
}

/// Waits until nothing is on its way any more.
pub async fn settle(parts: &Parts, shutdown: &Shutdown) -> Result<Census> {
    let mut outage_told = false;
    loop {
        let census = parts.ledger.census().await?;
        if settled(&census) || shutdown.begun() {
            return Ok(census);
        }
        let down = Stage::ALL.iter().any(|s| parts.telemetry.outage.with_label_values(&[s.as_str()]).get() == 1);
        if down && !outage_told {
            tell!(
                "a dependency is down; nothing is lost, and work goes on by itself when it is back (MOHOR_LOG=warn names it)"
            );
            outage_told = true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether nothing is on its way.
fn settled(census: &Census) -> bool {
    census.inbox == 0 && census.ready + census.parked + census.discarded >= census.approved
}

/// The JWK set as a file, for verifiers without a network.
pub async fn write_keys(parts: &Parts, folder: &Path) -> Result<PathBuf> {
    let keys: Vec<Value> = parts
        .ledger
        .credential_keys()
        .await?
        .iter()
        .filter_map(crate::evidence::known_key)
        .map(|key| mohor_document::credential::jwk(&key))
        .collect();
    let file = folder.join("keys.json");
    std::fs::write(&file, serde_json::to_string_pretty(&json!({"keys": keys}))?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// A path as JSON can have it: a path need not be text.
fn text(path: &Path) -> String {
    path.display().to_string()
}

struct Summary<'a> {
    accounts: &'a [accounts::Account],
    /// What has to be said of the applications with a past.
    remarks: &'a [String],
    parts: &'a Parts,
    tally: &'a Tally,
    before: Census,
    after: Census,
    seconds: f64,
    keys: PathBuf,
    refusals: Option<PathBuf>,
    /// A certificate to look at: its number, and its file in the vault.
    first: Option<(Uin, String)>,
    folder: &'a Path,
}

impl Summary<'_> {
    fn issued(&self) -> u64 {
        self.after.ready.saturating_sub(self.before.ready)
    }

    fn documents(&self) -> PathBuf {
        Config::path(&self.parts.config.vault).join("documents")
    }

    fn trust(&self) -> PathBuf {
        Config::path(&self.parts.config.signer).join("root.pem")
    }

    fn json(&self) -> Value {
        json!({
            "issued": self.issued(), "refused": self.tally.refused, "duplicates": self.tally.duplicates,
            "seconds": self.seconds, "documents": text(&self.documents()), "trust": text(&self.trust()),
            "keys": text(&self.keys), "parked": self.after.parked, "stopped": self.tally.stopped,
            "refusals": self.refusals.as_deref().map(text),
            "accounts": accounts::json(self.accounts), "remarks": self.remarks,
        })
    }

    fn print(&self, portal: &str, exit: bool) {
        let issued = self.issued();
        say!(
            "{issued} issued, {} here before, {} refused, {} parked",
            self.tally.duplicates,
            self.tally.refused,
            self.after.parked
        );
        if issued == 0 && self.tally.duplicates > 0 {
            say!("nothing new: the same approvals were here before, their certificates and numbers stay");
        }
        if issued > 0 {
            say!("{:.1} s, {:.1} certificates a second", self.seconds, issued as f64 / self.seconds.max(0.001));
            say!("{:>8} {:>8} {:>10} {:>10}", "stage", "items", "p50 ms", "p99 ms");
            for stage in Stage::ALL {
                if let Some((items, p50, p99)) = self.parts.telemetry.percentiles(stage) {
                    say!("{:>8} {items:>8} {p50:>10.1} {p99:>10.1}", stage.as_str());
                }
            }
        }
        if let Some(refusals) = &self.refusals {
            say!("refusals   {}", refusals.display());
        }
        say!("documents  {}", self.documents().display());
        say!("trust      {}  (demo root: open a PDF with it, or `pdfsig`)", self.trust().display());
        say!("keys       {}  (public keys of the QR codes)", self.keys.display());
        say!("list       mohor export --data {}   says every certificate, a line each", shell(self.folder));
        if let Some((uin, object)) = &self.first {
            let file = Config::path(&self.parts.config.vault).join(object);
            say!("look at    {}", file.display());
            match exit {
                true => say!("verify     mohor verify {uin} --data {}", shell(self.folder)),
                false => say!("verify     {portal}   key in {uin}, or upload that file (Ctrl-C stops)"),
            }
        }
        if self.tally.stopped {
            say!("stopped before the end: the same command again goes on where this one stands");
        } else if !exit {
            if !self.accounts.is_empty() {
                accounts::print(self.accounts, portal);
            }
            self.remarks.iter().for_each(|words| say!("           {words}"));
        }
    }
}
