//! What the portal is given, and what it keeps for itself between requests.

use crate::{
    arrivals::Arrivals,
    brakes::Brakes,
    centre::Centre,
    fault::Fault,
    gates::Gates,
    handing::Texts,
    kept::Kept,
    lines::Lines,
    live::Live,
    officers::by_officer,
    operations::{FIGURES_LAST, Operations, Watch},
    owed::Owed,
    places::Places,
    tracking::WrongKeys,
    work::Work,
};
use jiff::civil::Date;
use mohor_document::{credential::KnownKey, service::Services};
use mohor_domain::{
    board::{By, Selection},
    catalogue::{Catalogue, Name},
    civil::Instant,
    claims::{ClaimNames, ClaimRule},
    compliance::Compliance,
    networks::Networks,
    people::is_demo,
    programme::Programme,
    uncollected::CentreTerms,
};
use mohor_ports::{
    bus::Bus,
    error::Result,
    identity::Identity,
    ledger::{
        Beside, Board, Changes, Checked, Citizens, Clocks, Codes, Counter, DayFigures, Days, Directories, Documents,
        Exceptions, Figures, Inbox, Mails, NewDelivery, People, Person, Register, ReportOf, Reports, Tray, Uncollected,
        Upkeep, day_of, number_of,
    },
    signer::{CredentialKey, SealKey},
    time::Entropy,
    vault::Vault,
};
use mohor_runtime::telemetry::Telemetry;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{sync::Semaphore, time};

/// How long the figures of a board are fresh.
const COUNTED_LAST: std::time::Duration = std::time::Duration::from_secs(3);
/// How long a trend is.
const TRENDS_LAST: std::time::Duration = std::time::Duration::from_secs(60);
/// Days of a trend.
const TREND_DAYS: i64 = 29;
/// How long the figures of a report are, on the page; what is ordered holds them as they are.
const REPORTS_LAST: std::time::Duration = std::time::Duration::from_secs(60);
/// Reports that are counted at once: each reads all cases of a period.
const REPORTS: usize = 2;

/// Checks the events of a delivery without the ledger; `None` as sender is a local operator. The stage `intake` and the
/// call `/applications/check` share one function, so that their answers are the same.
pub type Examine = Arc<dyn Fn(Option<&str>, &NewDelivery, Instant) -> Vec<Checked> + Send + Sync>;

/// Whether a sealing certificate is from a licensed authority, as this installation was told.
pub type Licensed = Arc<dyn Fn(&SealKey) -> Result<bool> + Send + Sync>;

/// The State's single sign-on, and who may do what here by what it says.
pub struct Provider {
    /// Asks the provider.
    pub identity: Arc<dyn Identity>,
    /// What people call it.
    pub name: Name,
    /// Which claims say who it is.
    pub names: ClaimNames,
    /// What gives a post.
    pub rules: Vec<ClaimRule>,
    /// Strengths of sign-in (`acr`) with a second factor.
    pub acr: Vec<String>,
    /// Methods (`amr`) that are a second factor.
    pub amr: Vec<String>,
    /// Whether somebody whom a rule allows is given an account.
    pub provision: bool,
}

/// Everything the portal works with. No key is among it.
pub struct Portal {
    /// Where departments' deliveries go.
    pub inbox: Arc<dyn Inbox>,
    /// What may be looked up.
    pub register: Arc<dyn Register>,
    /// Hand-overs at the centres.
    pub counter: Arc<dyn Counter>,
    /// One-time codes.
    pub codes: Arc<dyn Codes>,
    /// What citizens do without an account.
    pub citizens: Arc<dyn Citizens>,
    /// What supervisors decide of hand-overs.
    pub exceptions: Arc<dyn Exceptions>,
    /// The way to citizens' phones; none: no codes are sent.
    pub texts: Option<Texts>,
    /// How long a hand-over can be taken back, in milliseconds.
    pub undo_millis: i64,
    /// What lies at the centres.
    pub tray: Arc<dyn Tray>,
    /// What nobody fetches there.
    pub uncollected: Arc<dyn Uncollected>,
    /// From when on that is, and when it may go back.
    pub terms: CentreTerms,
    /// Stickers and test pages of the centres.
    pub centre: Centre,
    /// The clocks of applications.
    pub clocks: Arc<dyn Clocks>,
    /// What supervisors look at.
    pub board: Arc<dyn Board>,
    /// Documents other than certificates.
    pub documents: Arc<dyn Documents>,
    /// Limits and calendar, and their changes.
    pub changes: Arc<dyn Changes>,
    /// What reports are made of.
    pub reports: Arc<dyn Reports>,
    /// What somebody states of this installation.
    pub programme: Programme,
    /// Whether documents are sealed with a licensed certificate.
    pub licensed: Licensed,
    /// Accounts and who is signed in.
    pub people: Arc<dyn People>,
    /// Offices, officers and who is in charge.
    pub directories: Arc<dyn Directories>,
    /// Whom nobody could tell.
    pub mails: Arc<dyn Mails>,
    /// The State's single sign-on, where there is one.
    pub provider: Option<Provider>,
    /// It is a demo's portal: the demo's accounts, whose passwords are printed, open it. They open no other.
    pub demo: bool,
    /// Cookies ride TLS alone (and loopback, in browsers that trust it).
    pub secure_cookies: bool,
    /// Figures and the ledger's health.
    pub upkeep: Arc<dyn Upkeep>,
    /// Sealed documents.
    pub vault: Arc<dyn Vault>,
    /// Wakes `intake`.
    pub bus: Arc<dyn Bus>,
    /// Names of departments and services.
    pub catalogue: Arc<Catalogue>,
    /// Which facts of a service anybody may see.
    pub services: Arc<Services>,
    /// The checks of `intake`.
    pub examine: Examine,
    /// Numbers are drawn from it.
    pub entropy: Arc<dyn Entropy>,
    /// The only genuine host for verification, lower case.
    pub verify_host: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Networks,
    /// What one caller may ask.
    pub limits: Limits,
    /// Serve the centres' notices to callers on this machine, for trials without accounts.
    pub local_notices: bool,
    /// Metrics.
    pub telemetry: Arc<Telemetry>,
}

/// What one caller may ask, and the whole house at once. An address is one IPv4 address or one IPv6 /64.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Verifications a minute per address, by page and by call; also the burst.
    pub verify_per_minute: u32,
    /// Uploads a minute per address; each counts as a verification too.
    pub uploads_per_minute: u32,
    /// Sign-ins a minute per address, here and at the State's.
    pub sign_ins_per_minute: u32,
    /// Looks at applications by tracking key, a minute per address.
    pub tracks_per_minute: u32,
    /// Department requests a second per address.
    pub applications_per_second: u32,
    /// Pages and calls of whoever is signed in or says so, a second per address.
    pub pages_per_second: u32,
    /// Uploads in hand at once, each up to 10 MiB of memory; of one address three.
    pub concurrent_uploads: u32,
    /// Deliveries being read at once, each up to 6.3 MiB; of one address half of them.
    pub concurrent_deliveries: u32,
    /// Seconds for a whole request, its body included.
    pub request_seconds: u64,
    /// Deliveries waiting for intake above which the door answers 503.
    pub backlog: u64,
    /// Streams of server-sent events that are open at once.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            verify_per_minute: 30,
            uploads_per_minute: 10,
            sign_ins_per_minute: 30,
            tracks_per_minute: 30,
            applications_per_second: 50,
            pages_per_second: 50,
            concurrent_uploads: 16,
            concurrent_deliveries: 32,
            request_seconds: 30,
            backlog: 100_000,
            streams: 5_000,
        }
    }
}

/// Figures of a board.
#[derive(Default)]
pub(crate) struct Counted {
    pub figures: Vec<Figures>,
    pub paused: u64,
    pub lateness: [u64; 5],
    pub beside: Beside,
    pub untold: u64,
}

/// The portal and its own state.
pub(crate) struct Site {
    pub portal: Arc<Portal>,
    pub gates: Gates,
    pub uploads: Arc<Places>,
    pub deliveries: Arc<Places>,
    /// Passwords that are compared.
    pub passwords: Work,
    /// Files from outside that are taken apart.
    pub files: Work,
    /// Workbooks and lists of whoever is signed in.
    pub sheets: Work,
    /// Wrong passwords.
    pub brakes: Brakes,
    /// Wrong keys of applications.
    pub wrong_keys: WrongKeys,
    /// Hints to intake that the broker has not taken yet.
    pub owed: Owed,
    /// The keys last seen: a QR code's signature can be checked while the ledger is away.
    keys: Mutex<Vec<KnownKey>>,
    /// Fingerprints of our sealing certificates, last seen.
    sealing: Mutex<Vec<String>>,
    backlog: Mutex<Option<(time::Instant, u64)>>,
    /// The dependencies.
    pub watch: Watch,
    counted: Arc<Kept<(Selection, By, Date), Counted>>,
    trends: Arc<Kept<(Selection, Date), Vec<DayFigures>>>,
    compliance: Arc<Kept<ReportOf, Compliance>>,
    reports: Arc<Semaphore>,
    /// What fires, for those who watch.
    pub live: Live,
    /// What arrives at centres, for those who watch.
    pub arrivals: Arrivals,
    /// Streams that may be open at once.
    pub streams: Arc<Semaphore>,
    /// Those that are.
    pub lines: Lines,
}

impl Site {
    pub fn new(portal: Arc<Portal>) -> Self {
        Self {
            gates: Gates::new(&portal.limits),
            uploads: Places::new(portal.limits.concurrent_uploads, 3, 0),
            deliveries: {
                let all = portal.limits.concurrent_deliveries;
                Places::new(all, all / 2, all / 4)
            },
            // A password takes 19 MiB while it is compared.
            passwords: Work::of_processors(64),
            files: Work::of_processors(2 * portal.limits.concurrent_uploads as usize),
            sheets: Work::new(2, 16),
            brakes: Brakes::default(),
            wrong_keys: WrongKeys::default(),
            owed: Owed::default(),
            keys: Mutex::default(),
            sealing: Mutex::default(),
            backlog: Mutex::default(),
            watch: Watch::new(Operations {
                upkeep: portal.upkeep.clone(),
                bus: portal.bus.clone(),
                vault: portal.vault.clone(),
                telemetry: portal.telemetry.clone(),
            }),
            counted: Kept::new(COUNTED_LAST),
            trends: Kept::new(TRENDS_LAST),
            compliance: Kept::new(REPORTS_LAST),
            reports: Arc::new(Semaphore::new(REPORTS)),
            live: Live::default(),
            arrivals: Arrivals::default(),
            streams: Arc::new(Semaphore::new(portal.limits.streams as usize)),
            lines: Lines::default(),
            portal,
        }
    }

    /// The keys whose credentials are believed: the register's, or those last seen.
    pub async fn known_keys(&self) -> Vec<KnownKey> {
        let fresh = self.portal.register.credential_keys().await;
        latest(&self.keys, fresh.map(|keys| keys.iter().filter_map(known_key).collect()))
    }

    /// Fingerprints of every certificate that has sealed documents: the register's, or those last seen.
    pub async fn sealing_certificates(&self) -> Vec<String> {
        let fresh = self.portal.register.seal_certificates().await;
        latest(&self.sealing, fresh.map(|found| found.into_iter().map(|(fingerprint, _)| fingerprint).collect()))
    }

    /// Whether an account opens this portal at all: those of a demo open the demo's alone.
    pub fn admits(&self, person: &Person) -> bool {
        self.portal.demo || !is_demo(&person.login)
    }

    /// Counts what was refused, by cause: an attack leaves a trace.
    pub fn refused(&self, cause: &str) {
        self.portal.telemetry.refused.with_label_values(&[cause]).inc();
    }

    /// Refuses while more deliveries wait for intake than the backlog allows.
    pub async fn admit_delivery(&self) -> Result<(), Fault> {
        let seen = *self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = match seen {
            Some((at, waiting)) if at.elapsed() < FIGURES_LAST => waiting,
            _ => {
                let waiting = self.portal.upkeep.census().await.map_err(Fault::port)?.inbox;
                *self.backlog.lock().unwrap_or_else(PoisonError::into_inner) = Some((time::Instant::now(), waiting));
                waiting
            }
        };
        if waiting > self.portal.limits.backlog { Err(Fault::backlog()) } else { Ok(()) }
    }

    /// The figures of a selection, at most a few seconds old unless nobody has looked for a while.
    pub async fn counted(&self, of: &Selection, by: By, days: Days) -> Result<Arc<Counted>, Fault> {
        let (board, selection) = (self.portal.board.clone(), of.clone());
        let (directories, inbox) = (self.portal.directories.clone(), self.portal.inbox.clone());
        let count = async move {
            let mut figures = board.figures(&selection, by, days).await.map_err(Fault::port)?;
            if by == By::Officer {
                let now = inbox.now().await.map_err(Fault::port)?;
                figures = by_officer(directories.as_ref(), figures, now).await.map_err(Fault::port)?;
            }
            let paused = board.paused(&selection).await.map_err(Fault::port)?;
            let lateness = board.lateness(&selection, days.today).await.map_err(Fault::port)?;
            let beside = board.beside(&selection, days.today).await.map_err(Fault::port)?;
            let untold = board.nobody_told(&selection).await.map_err(Fault::port)?;
            Ok(Counted { figures, paused, lateness, beside, untold })
        };
        self.counted.get((of.clone(), by, days.today), count).await
    }

    /// What the last days brought; none: it is being counted.
    pub fn trend(&self, of: &Selection, today: Date) -> Option<Arc<Vec<DayFigures>>> {
        let (board, selection) = (self.portal.board.clone(), of.clone());
        let count = async move {
            let from = day_of(number_of(today) - TREND_DAYS).unwrap_or(today);
            board.trend(&selection, from, today).await.map_err(Fault::port)
        };
        self.trends.peek((of.clone(), today), count)
    }

    /// The figures of a department in a period, at most a minute old unless nobody has looked for a while.
    pub async fn compliance(&self, of: &ReportOf) -> Result<Arc<Compliance>, Fault> {
        let (reports, changes, turns, asked) =
            (self.portal.reports.clone(), self.portal.changes.clone(), self.reports.clone(), of.clone());
        let count = async move {
            let _turn = turns.acquire_owned().await.map_err(|_| Fault::busy())?;
            let rules = changes.rules().await.map_err(Fault::port)?.rules.clone();
            reports.compliance(&asked, rules).await.map_err(Fault::port)
        };
        self.compliance.get(of.clone(), count).await
    }
}

fn latest<T: Clone>(kept: &Mutex<Vec<T>>, fresh: Result<Vec<T>>) -> Vec<T> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    match fresh {
        Ok(found) => *kept = found,
        Err(error) => tracing::warn!(code = error.code(), "the register gives no keys: those last seen serve"),
    }
    kept.clone()
}

/// A ledger's key as a verifier takes it; one that is corrupt is left out.
fn known_key(key: &CredentialKey) -> Option<KnownKey> {
    Some(KnownKey {
        kid: hex::decode(&key.kid).ok()?.try_into().ok()?,
        public: hex::decode(&key.public).ok()?.try_into().ok()?,
        departments: key.departments.clone(),
        valid_from: key.valid_from.seconds(),
        valid_until: key.valid_until.map(Instant::seconds),
    })
}
