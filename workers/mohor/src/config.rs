//! Configuration: one TOML file, every key also by environment (`MOHOR__SEAL__SUB_FILTER=...`), unknown keys are errors.

mod centre;
mod mail;
mod oidc;
mod place;
mod portal;
mod privacy;
mod sla;
mod sms;
mod webhooks;

pub use centre::Centre;
pub use mail::Mail;
pub use oidc::Oidc;
pub use portal::Portal;
pub use privacy::Privacy;
pub use sla::Sla;
pub use sms::Sms;
pub use webhooks::Webhooks;

use anyhow::{Context, Result, bail};
use mohor_domain::{practice::Practice, programme::Programme};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that can be set. The mode follows from the URLs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The ledger: `sqlite:PATH`, or `postgres://USER@HOST:PORT/DATABASE`.
    pub ledger: String,
    /// A file with the password of `postgres:`, if the URL has none.
    pub ledger_password_file: String,
    /// Connections to `postgres:` of one process, at most.
    pub ledger_connections: u32,
    /// The bus: `local:` (hints ride in the SQLite ledger), or `amqp://USER@HOST:PORT/VHOST` (`amqps:` outside loopback).
    pub bus: String,
    /// A file with the password of `amqp:`, if the URL has none.
    pub bus_password_file: String,
    /// PEM file of the authorities that are trusted for `amqps:` besides the system's.
    pub bus_ca_file: String,
    /// The vault: `file:FOLDER`, or `s3://BUCKET/FOLDER`.
    pub vault: String,
    /// The signer: `keyfile:FOLDER`.
    pub signer: String,
    /// Keys are made when the signer's folder is empty. For trials only: documents say SPECIMEN.
    pub generate_demo_keys: bool,
    /// Believe a local operator (`mohor submit`), who may speak for every department, also on the distributed mode. For
    /// trials only: whoever can write into the ledger's inbox is believed.
    pub local_operator: bool,
    /// The only genuine host for verification, printed on paper and in the QR code.
    pub verify_host: String,
    /// A folder laid out like `schemas/`, used instead of the built-in one; empty for the built-in one.
    pub schemas: String,
    /// Sealing.
    pub seal: Seal,
    /// The portal.
    pub portal: Portal,
    /// Health and metrics of processes without a portal.
    pub operations: Operations,
    /// Workers.
    pub workers: Workers,
    /// How the clocks of the Right to Public Services Act count, where the Act leaves it open.
    pub sla: Sla,
    /// Mails.
    #[serde(default)]
    pub mail: Mail,
    /// What the return on the order about certificates states of this installation.
    #[serde(default)]
    pub programme: Programme,
    /// The State's single sign-on.
    #[serde(default)]
    pub oidc: Oidc,
    /// Webhooks.
    #[serde(default)]
    pub webhooks: Webhooks,
    /// Short messages to citizens.
    #[serde(default)]
    pub sms: Sms,
    /// Centres.
    #[serde(default)]
    pub centre: Centre,
    /// How long what is known of citizens is kept.
    #[serde(default)]
    pub privacy: Privacy,
    /// The S3 store of `s3:`. Last, as TOML has its tables.
    pub s3: S3,
}

/// Sealing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// `ETSI.CAdES.detached` (PAdES) or `adbe.pkcs7.detached`.
    pub sub_filter: String,
    /// PEM file of the trusted issuers (licensed CAs). A sealing certificate from anybody else makes specimens.
    pub trusted_issuers: String,
    /// Algorithm of demo keys that are made: `ecdsa_p256` or `rsa_2048`.
    pub demo_algorithm: mohor_ports::signer::SealAlgorithm,
}

/// Health and metrics of processes without a portal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// Address and port of `/healthz`, `/readyz` and `/metrics`; empty: none.
    pub listen: String,
}

/// The S3 store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// `http://HOST:PORT` or `https://HOST`; empty: AWS itself.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket in the path rather than in the host name, as most stores beside AWS want it.
    pub path_style: bool,
    /// The access key's id.
    pub access_key_id: String,
    /// A file with the access key.
    pub secret_access_key_file: String,
    /// PEM file of the authorities that are trusted instead of the system's.
    pub ca_file: String,
}

/// Workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// How many batches of `store` are in hand at once; 0 takes one more than there are cores.
    pub store: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ledger: "sqlite:./mohor-data/ledger.sqlite".into(),
            ledger_password_file: String::new(),
            ledger_connections: 16,
            bus: "local:".into(),
            bus_password_file: String::new(),
            bus_ca_file: String::new(),
            vault: "file:./mohor-data".into(),
            signer: "keyfile:./mohor-data/keys".into(),
            generate_demo_keys: false,
            local_operator: false,
            verify_host: "verify.mohor.example".into(),
            schemas: String::new(),
            seal: Seal {
                sub_filter: "ETSI.CAdES.detached".into(),
                trusted_issuers: String::new(),
                demo_algorithm: mohor_ports::signer::SealAlgorithm::EcdsaP256,
            },
            portal: Portal::default(),
            operations: Operations { listen: String::new() },
            workers: Workers { store: 0 },
            sla: Sla::default(),
            mail: Mail::default(),
            programme: Programme::default(),
            oidc: Oidc::default(),
            webhooks: Webhooks::default(),
            sms: Sms::default(),
            centre: Centre::default(),
            privacy: Privacy::default(),
            s3: S3 {
                endpoint: String::new(),
                region: "us-east-1".into(),
                path_style: true,
                access_key_id: String::new(),
                secret_access_key_file: String::new(),
                ca_file: String::new(),
            },
        }
    }
}

impl Config {
    /// Reads defaults, then the file, then the environment. `data` moves everything into one folder.
    pub fn load(file: Option<&Path>, data: Option<&Path>) -> Result<Self> {
        let defaults = toml::to_string(&Self::default()).context("the defaults")?;
        let mut builder =
            config::Config::builder().add_source(config::File::from_str(&defaults, config::FileFormat::Toml));
        if let Some(data) = data {
            let folder = Self::in_folder(data)?;
            builder = builder.add_source(config::File::from_str(&folder, config::FileFormat::Toml));
        }
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment =
            config::Environment::with_prefix("MOHOR").prefix_separator("__").separator("__").try_parsing(true);
        const LISTS: [&str; 7] = [
            "portal.trusted_proxies",
            "oidc.scopes",
            "oidc.required_acr",
            "oidc.required_amr",
            "webhooks.networks",
            "webhooks.waits",
            "centre.reminder_days",
        ];
        let environment =
            LISTS.into_iter().fold(environment.list_separator(","), |it, key| it.with_list_parse_key(key));
        let read = builder.add_source(environment).build();
        let config: Self = read.and_then(config::Config::try_deserialize).map_err(|error| {
            anyhow::anyhow!("configuration: {error}; `mohor check-config --defaults` prints every key")
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        for (key, value, schemes) in [
            ("ledger", &self.ledger, &["sqlite", "postgres", "postgresql"][..]),
            ("bus", &self.bus, &["local", "amqp", "amqps"]),
            ("vault", &self.vault, &["file", "s3"]),
            ("signer", &self.signer, &["keyfile"]),
        ] {
            let scheme = value.split(':').next().unwrap_or_default();
            if !schemes.contains(&scheme) {
                // What follows may be a password.
                bail!("configuration: `{key}` begins `{scheme}`; this version knows {}", schemes.join(", "));
            }
        }
        self.check_places()?;
        if self.is_embedded() != self.bus.starts_with("local:") {
            bail!("configuration: `bus` is `local:` with an `sqlite:` ledger and `amqp:` with a `postgres:` one");
        }
        self.check_ways()?;
        self.portal.trusted_proxies()?;
        if mohor_document::seal::SubFilter::from_word(&self.seal.sub_filter).is_none() {
            bail!("configuration: `seal.sub_filter` is ETSI.CAdES.detached or adbe.pkcs7.detached");
        }
        self.sla.due_soon()?;
        if !Practice::RECTIFY_DAYS.contains(&self.sla.rectify_days) {
            bail!("configuration: `sla.rectify_days` is 0 to 366 days");
        }
        if self.sla.pipeline_minutes > 60 * 24 * 366 || self.sla.collect_days > 3_660 {
            bail!("configuration: `sla.pipeline_minutes` is at most a year, `sla.collect_days` at most ten");
        }
        self.mail.opens()?;
        if let Some((key, rule)) = self.programme.wrong() {
            bail!("configuration: `programme.{key}` is {rule}; leave it empty where it is not stated");
        }
        self.oidc.check()?;
        self.webhooks.check()?;
        self.sms.check()?;
        self.centre.terms()?;
        self.privacy.check()?;
        let host = &self.verify_host;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':');
        if host.is_empty() || host.len() > 60 || !host.chars().all(plain) {
            bail!("configuration: `verify_host` is a host name in small letters, without https:// and at most 60 long");
        }
        Ok(())
    }

    /// The ledger for people: its URL without a password.
    pub fn ledger_name(&self) -> String {
        match self.ledger.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
            Some((scheme, place)) => format!("{scheme}://{place}"),
            None => self.ledger.clone(),
        }
    }

    /// One process on one file, without any server.
    pub fn is_embedded(&self) -> bool {
        self.ledger.starts_with("sqlite:")
    }

    /// The virtual host of `amqp:`.
    pub fn vhost(&self) -> String {
        let rest = self.bus.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.split(['?']).next().and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
        if path.is_empty() || path.eq_ignore_ascii_case("%2f") { "/".into() } else { path.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_survives_its_own_text() {
        let text = toml::to_string(&Config::default()).unwrap();
        let back: Config = toml::from_str(&text).unwrap();
        assert_eq!(format!("{back:?}"), format!("{:?}", Config::default()));
    }

    /// What is read of a file with this text.
    fn loaded(name: &str, text: &str) -> Result<Config> {
        let folder = std::env::temp_dir().join(format!("mohor-config-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("mohor.toml");
        std::fs::write(&file, text).unwrap();
        let config = Config::load(Some(&file), None);
        std::fs::remove_dir_all(&folder).unwrap();
        config
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = loaded("unknown", "verify_hots = \"x\"").unwrap_err().to_string();
        assert!(error.contains("verify_hots"), "{error}");
    }

    #[test]
    fn days_in_a_file_take_the_place_of_the_share_and_both_are_refused() {
        let days = loaded("days", "[sla]\ndue_soon_days = 5").unwrap();
        assert_eq!(days.sla.due_soon().unwrap(), mohor_domain::rules::DueSoon::DaysBefore(5));
        let both = loaded("both", "[sla]\ndue_soon_days = 5\ndue_soon_percent = 20").unwrap_err().to_string();
        assert!(both.contains("`sla.due_soon_percent` and `sla.due_soon_days` are both set"), "{both}");
        let far = loaded("far", "[sla]\ndue_soon_days = 61").unwrap_err().to_string();
        assert!(far.contains("`sla.due_soon_days` is 1 to 60"), "{far}");
    }
}
