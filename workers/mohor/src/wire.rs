//! The parts of the program, put together once and passed inwards as ports.

/// URLs become ports.
pub mod adapters;

pub use adapters::{Absent, is_address};
pub use role::Role;

mod centre;
mod idle;

mod portal;

/// What a process does.
mod role;

use crate::{config::Config, schemas::Schemas};
use anyhow::{Context, Result, anyhow};
use mohor_document::{paper::Press, render::Renderer, service::Services};
use mohor_domain::{catalogue::Catalogue, change::Way, civil::Instant, plan::SealPlan};
use mohor_pipeline::{
    check::Checks,
    intake::Intake,
    mail::Tell,
    mint::Mint,
    notify::Notify,
    plan::Planner,
    reconcile::{self, Reconcile},
    relay::Relay,
    reminders::Remind,
    render::Render,
    sign::Sign,
    sla::{self, Sla},
    store::Store,
    webhook::Hooks,
};
use mohor_ports::{
    bus::Bus,
    ledger::{CentresLoad, Ledger, Reference},
    signer::{CredentialKey, SealKey, Signer},
    time::{Entropy, Stopwatch},
    vault::Vault,
};
use mohor_runtime::{
    ambient::{Monotonic, SystemEntropy},
    runner::Runner,
    shutdown::Shutdown,
    step::Step,
    telemetry::Telemetry,
};
use mohor_signer_keyfile::{KeyFileSigner, trusted_issuer};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify as Bell;

/// Everything but keys: enough for the portal, `verify`, `show`, `doctor`, `restore`.
pub struct Parts {
    /// As read.
    pub config: Config,
    /// The embedded schemas or the folder named instead.
    pub schemas: Schemas,
    /// Departments, services, districts, centres.
    pub catalogue: Arc<Catalogue>,
    /// The list of centres as it was loaded; none: that of the schemas.
    pub loaded: Option<CentresLoad>,
    /// Service folders.
    pub services: Arc<Services>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The vault.
    pub vault: Arc<dyn Vault>,
    /// Plan to PDF.
    pub render: Arc<Render>,
    /// Metrics.
    pub telemetry: Arc<Telemetry>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Durations.
    pub stopwatch: Arc<dyn Stopwatch>,
    /// Rung after each commit: the relay looks for outbound events.
    pub bell: Arc<Bell>,
}

impl Parts {
    /// Opens ledger, bus and vault for a command.
    pub async fn open(config: Config) -> Result<Self> {
        Self::put_together(config, &Role::ALL, false, Absent::Made, 0).await
    }

    /// The same with what these roles need, and with what is to become of a ledger that is not there.
    pub async fn open_where(config: Config, roles: &[Role], absent: Absent) -> Result<Self> {
        Self::put_together(config, roles, false, absent, 0).await
    }

    /// An embedded installation whose ledger's time is so many milliseconds back: for the demo's certificates with a past.
    pub async fn open_back(config: Config, back: i64) -> Result<Self> {
        Self::put_together(config, &Role::ALL, true, Absent::Made, back).await
    }

    /// Opens what these roles need, for a process that is going to start them: a role without documents is not given the
    /// way to them. No role: the ledger and the bus alone.
    pub async fn open_for(config: Config, roles: &[Role]) -> Result<Self> {
        let keeper = roles.iter().any(|role| *role != Role::Portal);
        Self::put_together(config, roles, keeper, Absent::Made, 0).await
    }

    async fn put_together(config: Config, roles: &[Role], keeper: bool, absent: Absent, back: i64) -> Result<Self> {
        let schemas = Schemas::open(&config.schemas)?;
        let mut catalogue = Arc::new(schemas.catalogue()?);
        let services = Arc::new(schemas.services(&catalogue)?);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let rules = schemas.rules(&services, &config.sla, config.mail.opens()?)?;
        // The State's own list takes the place of the catalogue's as soon as one was loaded.
        let (mut loaded, names) = (None, config.sla.acknowledgements);
        let reference = |load: Option<CentresLoad>| {
            if let Some(load) = load {
                catalogue = Arc::new(centre::catalogue(&catalogue, &load)?);
                loaded = Some(load);
            }
            let districts = catalogue.bsks.values().map(|bsk| (bsk.code.clone(), bsk.district.clone())).collect();
            Ok(Reference { districts, rules, names: names.then(|| catalogue.clone()) })
        };
        let adapters::Truth { ledger, bus } = adapters::ledger(&config, &entropy, reference, absent, back).await?;
        let bus = match bus {
            Some(bus) => bus,
            None => adapters::bus(&config, keeper)?,
        };
        let (writes, reads) = (roles.contains(&Role::Store), roles.contains(&Role::Portal));
        let vault: Arc<dyn Vault> = match writes || reads {
            true => adapters::vault(&config, &entropy, !writes)?,
            false => Arc::new(idle::NoVault),
        };
        let telemetry = Arc::new(Telemetry::new().context("metrics")?);
        let render = Arc::new(Render::new(ledger.clone(), Arc::new(Renderer::new()), telemetry.clone()));
        let stopwatch: Arc<dyn Stopwatch> = Arc::new(Monotonic::default());
        let bell = Arc::default();
        Ok(Self {
            config,
            schemas,
            catalogue,
            loaded,
            services,
            ledger,
            bus,
            vault,
            render,
            telemetry,
            entropy,
            stopwatch,
            bell,
        })
    }

    /// The checks of intake.
    pub fn checks(&self) -> Result<Arc<Checks>> {
        let checks = Checks::new(self.catalogue.clone(), self.services.clone(), self.schemas.events());
        Ok(Arc::new(checks.map_err(|words| anyhow!(words))?))
    }

    /// Opens the signer, making demo keys where the configuration allows it.
    pub async fn signer(&self) -> Result<Arc<dyn Signer>> {
        self.signer_since(self.ledger.now().await?)
    }

    /// The same; demo keys that are made are valid since then.
    pub fn signer_since(&self, since: Instant) -> Result<Arc<dyn Signer>> {
        let folder = Config::path(&self.config.signer);
        let signer = if self.config.generate_demo_keys {
            KeyFileSigner::open_or_generate(&folder, self.config.seal.demo_algorithm, since, self.entropy.as_ref())?
        } else {
            KeyFileSigner::open(&folder)?
        };
        Ok(Arc::new(signer))
    }

    /// The signer as it is; nothing is made. `None`: there are no keys yet, and a first start makes demo keys.
    pub fn signer_there(&self) -> Result<Option<Box<dyn Signer>>> {
        let folder = Config::path(&self.config.signer);
        let empty = std::fs::read_dir(&folder).map_or(true, |mut files| files.next().is_none());
        match self.config.generate_demo_keys && empty {
            true => Ok(None),
            false => Ok(Some(Box::new(KeyFileSigner::open(&folder)?))),
        }
    }

    /// Publishes the signer's public halves in the ledger: `mint` plans with them and never sees a key.
    pub async fn publish_keys(&self, signer: &dyn Signer) -> Result<()> {
        self.ledger.add_credential_key(signer.credential_key()).await?;
        Ok(self.ledger.add_seal_key(signer.seal_key()).await?)
    }

    /// Says how plans are made: with the keys of the signer in this process, or with those that the ledger knows. Keeps
    /// the templates in the ledger.
    pub async fn planner(&self, signer: Option<&dyn Signer>) -> Result<Arc<Planner>> {
        let (credential, seal) = match signer {
            Some(signer) => (signer.credential_key(), signer.seal_key()),
            None => self.published_keys().await?,
        };
        let mut assets: Vec<(String, Vec<u8>)> = self.services.asset_bytes();
        assets.extend(mohor_document::render::font_assets());
        self.ledger.keep_assets(assets).await?;
        let press = self.press(&seal)?;
        Ok(Arc::new(Planner {
            services: self.services.clone(),
            catalogue: self.catalogue.clone(),
            verify_host: self.config.verify_host.clone(),
            credential_kid: credential.kid,
            seal: press.seal,
            specimen: press.specimen,
        }))
    }

    /// How documents are sealed with a key, and whether as specimens.
    fn press(&self, seal: &SealKey) -> Result<Press> {
        let trusted = match self.trusted_issuers()? {
            None => false,
            Some(pem) => trusted_issuer(&seal.chain, &pem)?,
        };
        Ok(Press {
            verify_host: self.config.verify_host.clone(),
            specimen: !trusted,
            seal: SealPlan {
                key_id: seal.key_id.clone(),
                chain: seal.chain.iter().map(|der| mohor_document::seal::fingerprint(der)).collect(),
                sub_filter: self.config.seal.sub_filter.clone(),
            },
        })
    }

    /// The certificates of the licensed authorities (PEM), if any are configured.
    fn trusted_issuers(&self) -> Result<Option<Vec<u8>>> {
        match self.config.seal.trusted_issuers.as_str() {
            "" => Ok(None),
            file => {
                Ok(Some(crate::file::text(std::path::Path::new(file)).context("seal.trusted_issuers")?.into_bytes()))
            }
        }
    }

    /// Waits for `sign` and `store` to have published their public halves.
    async fn published_keys(&self) -> Result<(CredentialKey, SealKey)> {
        let mut told = false;
        loop {
            let now = self.ledger.now().await?;
            let open = |key: &CredentialKey| key.valid_until.is_none_or(|until| now < until);
            let credential = self.ledger.credential_keys().await?.into_iter().rfind(open);
            if let (Some(credential), Some(seal)) = (credential, self.ledger.seal_key().await?) {
                return Ok((credential, seal));
            }
            if !told {
                tracing::info!("mint waits: no public keys are in the ledger yet; start the roles sign and store");
                told = true;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    fn runner(&self, shutdown: &Shutdown) -> Runner {
        Runner {
            bus: self.bus.clone(),
            inbox: self.ledger.clone(),
            bell: self.bell.clone(),
            upkeep: self.ledger.clone(),
            telemetry: self.telemetry.clone(),
            stopwatch: self.stopwatch.clone(),
            shutdown: shutdown.clone(),
        }
    }

    /// Starts the workers of the named roles. The handles end when the shutdown has begun and their batch is settled.
    pub async fn start(&self, roles: &[Role], shutdown: &Shutdown) -> Result<Vec<tokio::task::JoinHandle<()>>> {
        let mut steps: Vec<Arc<dyn Step>> = Vec::new();
        let (ledger, telemetry) = (self.ledger.clone(), self.telemetry.clone());
        if roles.contains(&Role::Intake) {
            let (ledger, telemetry) = (ledger.clone(), telemetry.clone());
            let local = self.config.is_embedded() || self.config.local_operator;
            steps.push(Arc::new(Intake { ledger, checks: self.checks()?, telemetry, local }));
        }
        let mut in_hand = None;
        if [Role::Sign, Role::Store].iter().any(|role| roles.contains(role)) {
            let signer = self.signer().await?;
            self.publish_keys(signer.as_ref()).await?;
            in_hand = Some(signer.clone());
            if roles.contains(&Role::Sign) {
                let (ledger, signer, telemetry) = (ledger.clone(), signer.clone(), telemetry.clone());
                steps.push(Arc::new(Sign { ledger, signer, telemetry }));
            }
            if roles.contains(&Role::Store) {
                let papers = Arc::new(self.schemas.papers()?);
                self.ledger.keep_assets(papers.asset_bytes()).await?;
                let store: Arc<dyn Step> = Arc::new(Store {
                    ledger: ledger.clone(),
                    vault: self.vault.clone(),
                    press: self.press(&signer.seal_key())?,
                    papers,
                    signer,
                    render: self.render.clone(),
                    telemetry: telemetry.clone(),
                });
                steps.extend((0..self.store_workers()).map(|_| store.clone()));
            }
        }
        if roles.contains(&Role::Mint) {
            let planner = tokio::select! {
                planner = self.planner(in_hand.as_deref()) => planner?,
                () = shutdown.wait() => return Ok(vec![]),
            };
            let (ledger, entropy, telemetry) = (ledger.clone(), self.entropy.clone(), self.telemetry.clone());
            steps.push(Arc::new(Mint { ledger, planner, entropy, telemetry }));
        }
        if roles.contains(&Role::Notify) {
            steps.push(Arc::new(Notify { ledger }));
        }
        let mut handles: Vec<_> = steps.into_iter().map(|step| tokio::spawn(self.runner(shutdown).run(step))).collect();
        if roles.contains(&Role::Intake) {
            handles.push(tokio::spawn(sla::arm(self.ledger.clone(), shutdown.clone())));
            handles.push(tokio::spawn(sla::carry(self.ledger.clone(), Way::Derive, shutdown.clone())));
        }
        if roles.contains(&Role::Sla) {
            let (ledger, bell, telemetry) = (self.ledger.clone(), self.bell.clone(), self.telemetry.clone());
            handles.push(tokio::spawn(Sla { ledger, bell, telemetry }.run(shutdown.clone())));
            handles.push(tokio::spawn(sla::carry(self.ledger.clone(), Way::Settle, shutdown.clone())));
            let tell = Tell {
                ledger: self.ledger.clone(),
                mailer: adapters::mailer(&self.config)?,
                catalogue: self.catalogue.clone(),
                portal: self.config.mail.portal.clone(),
                telemetry: self.telemetry.clone(),
            };
            handles.push(tokio::spawn(tell.run(shutdown.clone())));
        }
        if roles.contains(&Role::Notify) {
            handles.push(tokio::spawn(self.hooks()?.run(shutdown.clone())));
        }
        if roles.contains(&Role::Notify)
            && let Some(remind) = self.remind()?
        {
            handles.push(tokio::spawn(remind.run(shutdown.clone())));
        }
        if roles.contains(&Role::Reconcile) {
            let (ledger, bus, telemetry) = (self.ledger.clone(), self.bus.clone(), self.telemetry.clone());
            handles.push(tokio::spawn(
                Reconcile { ledger, bus, telemetry, phone_millis: self.config.privacy.phone_millis() }
                    .run(shutdown.clone()),
            ));
        }
        if !self.config.is_embedded() && !handles.is_empty() {
            let (ledger, bus, bell) = (self.ledger.clone(), self.bus.clone(), self.bell.clone());
            handles.push(tokio::spawn(reconcile::recover(ledger.clone(), bus.clone(), shutdown.clone())));
            handles.push(tokio::spawn(Relay { ledger, bus, bell }.run(shutdown.clone())));
        }
        Ok(handles)
    }

    /// What reminds citizens, where messages are sent.
    fn remind(&self) -> Result<Option<Remind>> {
        let Some(texter) = adapters::texter(&self.config)? else { return Ok(None) };
        let (ledger, catalogue, tongue) = (self.ledger.clone(), self.catalogue.clone(), self.config.sms.tongue()?);
        Ok(Some(Remind { ledger, reminders: self.config.centre.terms()?.reminders, texter, tongue, catalogue }))
    }

    /// What tells other systems by HTTP.
    fn hooks(&self) -> Result<Hooks> {
        let (ledger, entropy, telemetry) = (self.ledger.clone(), self.entropy.clone(), self.telemetry.clone());
        let (poster, settings) = (adapters::poster(&self.config)?, &self.config.webhooks);
        Ok(Hooks { ledger, poster, schedule: settings.schedule()?, most: settings.at_once, entropy, telemetry })
    }

    /// One batch more than there are cores: while one waits for the disk, the others render.
    fn store_workers(&self) -> usize {
        match self.config.workers.store {
            0 => std::thread::available_parallelism().map_or(2, usize::from) + 1,
            chosen => chosen,
        }
    }
}
