//! Fires the rungs of the ladder whose moment has come, and audits the clocks.
//!
//! In: the ledger's time. Out: `sla.due_soon`, `sla.breached`, `sla.escalated`, `sla.met`. Guaranteed: a rung is recorded
//! once (a unique row is the claim) and its event is written with it; a role that ends between two looks loses none, for
//! what is due stays due. Whoever commits an event changes the clock with it; a change of the rules that was approved is
//! carried into open clocks beside, in batches, by one worker at a time.

use mohor_domain::{change::Way, id::Id};
use mohor_ports::{
    error::Result,
    ledger::{Ledger, Step},
};
use mohor_runtime::{beat::beat, shutdown::Shutdown, telemetry::Telemetry};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Clocks of one commit, at most.
const MOST: u32 = 500;
/// How often is looked: a breach is told well within two seconds.
const LOOK: Duration = Duration::from_millis(500);
/// How often the clocks are audited.
const AUDIT: Duration = Duration::from_secs(60);
/// Rungs that nobody could be told of and that are looked at again in one commit, at most.
const UNTOLD: u32 = 200;
/// Applications that are looked at in one commit when those without a clock are given one.
const ARMED: u32 = 1_000;
/// Applications that the auditor looks at between two looks at the ladder: a few hundredths of a second of the ledger's time.
const AUDITED: u32 = 20_000;
/// Clocks of one commit of a recomputation, at most: a tenth of a second for whoever waits for one of them.
const SETTLED: u32 = 2_000;
/// The same where all that happened to an application is read again.
const DERIVED: u32 = 200;
/// Between two commits of a recomputation others have their turn.
const BREATH: Duration = Duration::from_millis(1);

/// The role.
pub struct Sla {
    /// The clocks.
    pub ledger: Arc<dyn Ledger>,
    /// Rung when something was told: the relay looks.
    pub bell: Arc<Notify>,
    /// What the auditor finds.
    pub telemetry: Arc<Telemetry>,
}

/// The auditor's walk through every application, however many: page by page, and again from the first a while after the last.
#[derive(Default)]
struct Walk {
    /// It stands between two walks when this is none.
    under_way: Option<Page>,
    /// Applications without a clock that the last whole walk found.
    last: u64,
}

#[derive(Default)]
struct Page {
    after: Option<Id>,
    found: u64,
}

impl Walk {
    /// What is known to be without a clock.
    fn without(&self) -> u64 {
        self.last.max(self.under_way.as_ref().map_or(0, |page| page.found))
    }

    async fn step(&mut self, ledger: &dyn Ledger) -> Result<()> {
        let Some(page) = &mut self.under_way else { return Ok(()) };
        let walked = ledger.clockless(page.after, AUDITED).await?;
        page.found += walked.found;
        page.after = walked.next;
        if page.after.is_none() {
            (self.last, self.under_way) = (page.found, None);
        }
        Ok(())
    }
}

impl Sla {
    /// Works until the shutdown begins.
    pub async fn run(self, shutdown: Shutdown) {
        let (mut since, mut walk) = (AUDIT, Walk::default());
        while !shutdown.begun() {
            match self.ledger.fire(MOST).await {
                Ok(0) => (),
                Ok(fired) => {
                    self.telemetry.rungs.inc_by(fired as u64);
                    self.bell.notify_one();
                    continue;
                }
                Err(error) => tracing::warn!("rungs wait: {error}"),
            }
            if since >= AUDIT {
                since = Duration::ZERO;
                walk.under_way.get_or_insert_default();
                if let Err(error) = self.audit().await {
                    tracing::warn!("the clocks could not be audited: {error}");
                }
                if let Err(error) = self.tell_again().await {
                    tracing::warn!("nobody could be looked for: {error}");
                }
            }
            if let Err(error) = self.walk(&mut walk).await {
                tracing::warn!("applications could not be audited: {error}");
            }
            tokio::select! { () = beat(LOOK) => since += LOOK, () = shutdown.wait() => () }
        }
    }

    /// Every accepted application has a clock (I5).
    async fn walk(&self, walk: &mut Walk) -> Result<()> {
        let before = walk.without();
        walk.step(&*self.ledger).await?;
        let without = walk.without();
        self.telemetry.clocks.with_label_values(&["without"]).set(without as i64);
        if without > before {
            tracing::error!(count = without, "applications have no clock; intake gives them one when it starts");
        }
        Ok(())
    }

    /// Somebody may be in charge by now, or have an address.
    async fn tell_again(&self) -> Result<()> {
        while self.ledger.tell_again(UNTOLD).await? > 0 {}
        Ok(())
    }

    /// Every rung that is due has fired, and its event was told. The heartbeat is for a watchdog outside: it stands still when
    /// nobody audits.
    async fn audit(&self) -> Result<()> {
        let found = self.ledger.audit_clocks().await?;
        let rules = self.ledger.rules().await?;
        let figures = [
            ("overdue", found.overdue as i64),
            ("lag_ms", found.lag_millis),
            ("held_up", found.held_up as i64),
            ("unreadable", found.unreadable as i64),
            ("unconfirmed", found.unconfirmed as i64),
            ("behind", rules.version - rules.done),
        ];
        for (kind, value) in figures {
            self.telemetry.clocks.with_label_values(&[kind]).set(value);
        }
        if found.unreadable > 0 {
            tracing::error!(
                count = found.unreadable,
                "clocks are set aside because their rows cannot be read; `mohor doctor` names them, `mohor migrate` mends them"
            );
        }
        if found.held_up > 0 {
            tracing::warn!(
                count = found.held_up,
                "certificates are in the making for longer than `sla.pipeline_minutes`"
            );
        }
        self.telemetry.sla_heartbeat.set(self.ledger.now().await?.seconds());
        Ok(())
    }
}

/// Gives clocks to applications that an older program recorded without. Intake does it when it starts: it alone may read
/// what happened to an application.
pub async fn arm(ledger: Arc<dyn Ledger>, shutdown: Shutdown) {
    let (mut after, mut armed) = (None, 0);
    while !shutdown.begun() {
        let wait = match ledger.arm(after, ARMED).await {
            Ok(page) => {
                armed += page.found;
                after = page.next;
                if after.is_none() {
                    if armed > 0 {
                        tracing::info!(armed, "applications without a clock were given one");
                    }
                    return;
                }
                BREATH
            }
            Err(error) => {
                tracing::warn!("clocks could not be given: {error}");
                Duration::from_secs(5)
            }
        };
        tokio::select! { () = tokio::time::sleep(wait) => (), () = shutdown.wait() => () }
    }
}

/// Carries approved changes of the rules into open clocks: `sla` where their rows hold all that is needed, `intake` where it
/// has to be read again what happened. The ledger keeps the place: whoever comes after a worker that died goes on there.
pub async fn carry(ledger: Arc<dyn Ledger>, way: Way, shutdown: Shutdown) {
    let most = match way {
        Way::Settle => SETTLED,
        Way::Derive => DERIVED,
    };
    let (mut looked, mut moved) = (0, 0);
    while !shutdown.begun() {
        let wait = match ledger.recompute_step(way, most).await {
            Ok(Step::Idle) => {
                tokio::select! { () = beat(LOOK) => (), () = shutdown.wait() => () }
                continue;
            }
            Ok(Step::Batch { looked: more, moved: others, last }) => {
                (looked, moved) = (looked + more, moved + others);
                if last {
                    tracing::info!(way = way.as_str(), looked, moved, "open clocks are as the rules have it");
                    (looked, moved) = (0, 0);
                }
                BREATH
            }
            Err(error) => {
                tracing::warn!("a change of the rules waits: {error}");
                AUDIT / 12
            }
        };
        tokio::select! { () = tokio::time::sleep(wait) => (), () = shutdown.wait() => () }
    }
}
