//! What the portal is given.

use super::{Parts, adapters};
use anyhow::Result;
use mohor_pipeline::intake::examine_events;
use mohor_portal::{Limits, Operations, Portal};
use mohor_ports::signer::SealKey;
use mohor_runtime::shutdown::Shutdown;
use mohor_signer_keyfile::trusted_issuer;
use std::sync::Arc;

impl Parts {
    /// Serves pages and API until the shutdown begins; the accounts of a demo open its own portal alone.
    pub fn serve(
        &self,
        listener: tokio::net::TcpListener,
        demo: bool,
        shutdown: &Shutdown,
    ) -> Result<impl Future<Output = ()> + Send + 'static> {
        let (checks, settings) = (self.checks()?, &self.config.portal);
        let trusted = self.trusted_issuers()?;
        let licensed = move |key: &SealKey| trusted.as_ref().map_or(Ok(false), |pem| trusted_issuer(&key.chain, pem));
        let portal = Portal {
            inbox: self.ledger.clone(),
            register: self.ledger.clone(),
            counter: self.ledger.clone(),
            codes: self.ledger.clone(),
            citizens: self.ledger.clone(),
            exceptions: self.ledger.clone(),
            texts: adapters::texts(&self.config)?,
            undo_millis: i64::from(self.config.centre.undo_hours) * 3_600_000,
            tray: self.ledger.clone(),
            uncollected: self.ledger.clone(),
            terms: self.config.centre.terms()?,
            centre: self.centre(),
            clocks: self.ledger.clone(),
            board: self.ledger.clone(),
            documents: self.ledger.clone(),
            changes: self.ledger.clone(),
            reports: self.ledger.clone(),
            programme: self.config.programme.clone(),
            licensed: Arc::new(licensed),
            people: self.ledger.clone(),
            directories: self.ledger.clone(),
            mails: self.ledger.clone(),
            provider: adapters::provider(&self.config, &self.entropy)?,
            demo,
            secure_cookies: settings.secure_cookies,
            upkeep: self.ledger.clone(),
            vault: self.vault.clone(),
            bus: self.bus.clone(),
            catalogue: self.catalogue.clone(),
            services: self.services.clone(),
            examine: Arc::new(move |sender, delivery, now| examine_events(&checks, sender, delivery, now)),
            entropy: self.entropy.clone(),
            verify_host: self.config.verify_host.clone(),
            trusted_proxies: settings.trusted_proxies()?,
            limits: Limits {
                verify_per_minute: settings.verify_per_minute,
                uploads_per_minute: settings.uploads_per_minute,
                sign_ins_per_minute: settings.sign_ins_per_minute,
                tracks_per_minute: settings.tracks_per_minute,
                applications_per_second: settings.applications_per_second,
                pages_per_second: settings.pages_per_second,
                backlog: settings.backlog,
                streams: settings.streams,
                ..Limits::default()
            },
            local_notices: settings.local_notices,
            telemetry: self.telemetry.clone(),
        };
        let shutdown = shutdown.clone();
        Ok(async move {
            let until = shutdown.clone();
            if let Err(error) = mohor_portal::serve(listener, Arc::new(portal), async move { until.wait().await }).await
            {
                shutdown.fail(format!("the portal stops: {error}"));
            }
        })
    }

    /// What the health listener of a worker is given.
    pub fn operations(&self) -> Operations {
        let (upkeep, bus, vault) = (self.ledger.clone(), self.bus.clone(), self.vault.clone());
        Operations { upkeep, bus, vault, telemetry: self.telemetry.clone() }
    }
}
