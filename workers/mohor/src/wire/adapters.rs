//! URLs become ports: the only file that names every adapter.

use crate::{config::Config, file};
use anyhow::{Context, Result, bail};
use mohor_bus_rabbitmq::RabbitBus;
use mohor_domain::{catalogue::Name, claims::ClaimNames, stage::Stage};
use mohor_gateway_http::{HttpPoster, HttpTexter, SmsSettings};
use mohor_gateway_smtp::SmtpMailer;
use mohor_identity_oidc::OidcIdentity;
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ledger_sqlite::{EmbeddedBus, SqliteLedger};
use mohor_portal::{Provider, Texts};
use mohor_ports::{
    bus::Bus,
    gateway::{Mailer, Poster, Texter},
    identity::Identity,
    ledger::{Centres as _, CentresLoad, Ledger, Reference},
    time::Entropy,
    vault::Vault,
};
use mohor_runtime::{ambient::MachineClock, code::CodeKey};
use mohor_vault_folder::FolderVault;
use mohor_vault_s3::S3Vault;
use std::{path::Path, sync::Arc};

/// The library that does not log: its adapter does.
pub const SILENT: &str = mohor_bus_rabbitmq::DRIVER;

/// The ledger, with its bus where both are one file.
pub struct Truth {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The embedded bus, if the ledger carries it.
    pub bus: Option<Arc<dyn Bus>>,
}

/// What becomes of an embedded ledger that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It is made.
    Made,
    /// An empty one in memory stands for it: nothing is left of that.
    Empty,
    /// It is missed: what would be asked of it has no answer.
    Refused,
}

/// A ledger in memory, the same one to all connections of this process (<https://www.sqlite.org/src/file/src/memdb.c>).
const IN_MEMORY: &str = "file:/mohor?vfs=memdb";

/// Whether there is a ledger; a server's is taken to be there.
pub fn there(config: &Config) -> bool {
    !config.is_embedded() || config.ledger_path().exists()
}

/// Says that there is none, if so.
fn missed(config: &Config) -> Result<()> {
    match there(config) {
        true => Ok(()),
        false => bail!(
            "there is no ledger {} yet: `mohor demo` or `mohor run` makes one; --data DIR or --config FILE names another",
            config.ledger_path().display()
        ),
    }
}

/// Opens the ledger. An SQLite file is made, as `absent` has it, and migrated; a PostgreSQL schema is only looked at. `back`: an
/// embedded ledger's time is so many milliseconds before the machine's; a server's time is the server's.
///
/// `reference` is told which centres were loaded into the ledger, if any were.
pub async fn ledger(
    config: &Config,
    entropy: &Arc<dyn Entropy>,
    reference: impl FnOnce(Option<CentresLoad>) -> Result<Reference>,
    absent: Absent,
    back: i64,
) -> Result<Truth> {
    let nothing = Reference::default();
    if config.is_embedded() {
        let mut path = config.ledger_path();
        match absent {
            Absent::Made => {
                let folder = config.data_folder();
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            }
            Absent::Empty if !there(config) => path = IN_MEMORY.into(),
            Absent::Empty => (),
            Absent::Refused => missed(config)?,
        }
        let sqlite = match back {
            0 => SqliteLedger::open(&path, entropy.clone(), nothing)?,
            back => SqliteLedger::open_back(&path, entropy.clone(), nothing, back)?,
        };
        let centres = sqlite.centres().await?;
        let sqlite = sqlite.told(reference(centres)?)?;
        return Ok(Truth { bus: Some(Arc::new(EmbeddedBus::new(sqlite.clone()))), ledger: Arc::new(sqlite) });
    }
    let ledger = PostgresLedger::open(&reach(config)?, entropy.clone(), nothing).await?;
    let centres = ledger.centres().await?;
    let ledger = ledger.told(reference(centres)?)?;
    Ok(Truth { ledger: Arc::new(ledger), bus: None })
}

/// Brings a PostgreSQL schema up to this program's; an SQLite file is when it is opened.
pub async fn migrate(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<()> {
    if !config.is_embedded() {
        PostgresLedger::connect(&reach(config)?, entropy.clone(), Reference::default())?.migrate().await?;
    }
    Ok(())
}

fn reach(config: &Config) -> Result<Reach> {
    Ok(Reach {
        url: config.ledger.clone(),
        password: secret("ledger_password_file", &config.ledger_password_file)?,
        connections: config.ledger_connections,
    })
}

/// The broker's bus. A keeper makes what is missing there, and hints again what was lost.
pub fn bus(config: &Config, keeper: bool) -> Result<Arc<dyn Bus>> {
    let authorities = match config.bus_ca_file.as_str() {
        "" => None,
        file => Some(file::text(Path::new(file)).context("bus_ca_file")?),
    };
    let settings = mohor_bus_rabbitmq::Settings {
        url: config.bus.clone(),
        password: secret("bus_password_file", &config.bus_password_file)?,
        authorities,
        keeper,
        prefetch,
    };
    Ok(Arc::new(RabbitBus::open(&settings)?))
}

/// About twice the batch of a stage; `store` has a few workers in a process.
fn prefetch(stage: Stage) -> u16 {
    match stage {
        Stage::Intake | Stage::Mint | Stage::Sign | Stage::Notify => 512,
        Stage::Store => 64,
    }
}

/// The vault; its key may be one that only reads.
pub fn vault(config: &Config, entropy: &Arc<dyn Entropy>, read_only: bool) -> Result<Arc<dyn Vault>> {
    let Some(rest) = config.vault.strip_prefix("s3:") else {
        return Ok(Arc::new(FolderVault::open(Config::path(&config.vault))?));
    };
    let rest = rest.trim_start_matches("//").trim_end_matches('/');
    let (bucket, prefix) = rest.split_once('/').map_or((rest, String::new()), |(b, p)| (b, format!("{p}/")));
    if bucket.is_empty() {
        bail!("configuration: `vault` is `{}`; it is s3://BUCKET or s3://BUCKET/FOLDER", config.vault);
    }
    let s3 = &config.s3;
    let authorities = authorities("s3.ca_file", &s3.ca_file)?;
    let settings = mohor_vault_s3::Settings {
        bucket: bucket.into(),
        prefix,
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        path_style: s3.path_style,
        access_key_id: s3.access_key_id.clone(),
        secret_access_key: secret("s3.secret_access_key_file", &s3.secret_access_key_file)?.unwrap_or_default(),
        authorities,
        read_only,
    };
    Ok(Arc::new(S3Vault::open(settings, entropy.clone(), Arc::new(MachineClock))?))
}

/// The vault, unless it is a folder that a first start makes.
pub fn vault_there(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<Option<Arc<dyn Vault>>> {
    let is_folder = !config.vault.starts_with("s3:");
    match is_folder && !Config::path(&config.vault).join("documents").exists() {
        true => Ok(None),
        false => vault(config, entropy, false).map(Some),
    }
}

/// The way out by mail, if there is one.
pub fn mailer(config: &Config) -> Result<Option<Arc<dyn Mailer>>> {
    let mail = &config.mail;
    if mail.url.is_empty() {
        return Ok(None);
    }
    let password = secret("mail.password_file", &mail.password_file)?;
    let settings = mohor_gateway_smtp::Settings { url: mail.url.clone(), from: mail.from.clone(), password };
    Ok(Some(Arc::new(SmtpMailer::open(&settings)?)))
}

/// The way out by HTTP, to addresses that others chose.
pub fn poster(config: &Config) -> Result<Arc<dyn Poster>> {
    let webhooks = &config.webhooks;
    let authorities = authorities("webhooks.ca_file", &webhooks.ca_file)?;
    Ok(Arc::new(HttpPoster::open(webhooks.networks()?, &authorities)?))
}

/// The way to citizens' phones, if there is one.
pub fn texter(config: &Config) -> Result<Option<Arc<dyn Texter>>> {
    let sms = &config.sms;
    if !sms.is_on() {
        return Ok(None);
    }
    let authorities = match sms.ca_file.as_str() {
        "" => vec![],
        file => file::text(Path::new(file)).context("sms.ca_file")?.into_bytes(),
    };
    let settings = SmsSettings {
        url: sms.url.clone(),
        authorization: secret("sms.authorization_file", &sms.authorization_file)?,
        entity_id: sms.entity_id.clone(),
        header: sms.header.clone(),
        templates: sms.templates.clone(),
        fields: sms.fields.clone(),
        more: sms.more.clone(),
        json: sms.json,
    };
    Ok(Some(Arc::new(HttpTexter::open(settings, &authorities)?)))
}

/// The same with the key of one-time codes, as the portal takes it.
pub fn texts(config: &Config) -> Result<Option<Texts>> {
    let Some(texter) = texter(config)? else { return Ok(None) };
    let text = secret("sms.code_key_file", &config.sms.code_key_file)?.unwrap_or_default();
    let Some(key) = CodeKey::read(&text) else {
        bail!("sms.code_key_file: it holds no key; write one with `openssl rand -hex 32`");
    };
    Ok(Some(Texts { texter, key }))
}

/// The State's single sign-on, if there is one.
pub fn identity(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<Option<Arc<dyn Identity>>> {
    let oidc = &config.oidc;
    if !oidc.is_on() {
        return Ok(None);
    }
    let authorities = authorities("oidc.ca_file", &oidc.ca_file)?;
    let settings = mohor_identity_oidc::Settings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: secret("oidc.client_secret_file", &oidc.client_secret_file)?,
        scopes: oidc.scopes.clone(),
        portal: oidc.portal.clone(),
        path: mohor_portal::BACK.into(),
        acr: oidc.required_acr.clone(),
        user_info: oidc.user_info,
        authorities,
    };
    Ok(Some(Arc::new(OidcIdentity::open(settings, entropy.clone())?)))
}

/// The same with its rules, as the portal takes it.
pub fn provider(config: &Config, entropy: &Arc<dyn Entropy>) -> Result<Option<Provider>> {
    let oidc = &config.oidc;
    Ok(identity(config, entropy)?.map(|identity| Provider {
        identity,
        name: Name { en: oidc.name.clone(), bn: oidc.name_bn.clone() },
        names: ClaimNames { login: oidc.login_claim.clone(), name: oidc.name_claim.clone() },
        rules: oidc.rules.clone(),
        acr: oidc.required_acr.clone(),
        amr: oidc.required_amr.clone(),
        provision: oidc.provision,
    }))
}

/// Whether a text is one mail address.
pub fn is_address(text: &str) -> bool {
    mohor_gateway_smtp::is_address(text)
}

/// Authorities that are trusted, as PEM from their file; empty without one.
fn authorities(key: &str, file: &str) -> Result<Vec<u8>> {
    match file {
        "" => Ok(vec![]),
        file => Ok(file::text(Path::new(file)).with_context(|| key.to_owned())?.into_bytes()),
    }
}

/// A secret from its file, without the line's end; what an editor puts before it is no part of it either.
fn secret(key: &str, file: &str) -> Result<Option<String>> {
    if file.is_empty() {
        return Ok(None);
    }
    let text = file::text(Path::new(file)).with_context(|| key.to_owned())?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
