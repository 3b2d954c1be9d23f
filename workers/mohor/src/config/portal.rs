//! The portal's door, and what one caller may ask of it.

use anyhow::Result;
use mohor_domain::networks::Networks;
use mohor_portal::Limits;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The portal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` is believed: addresses and networks.
    pub trusted_proxies: Vec<String>,
    /// Serve the centres' notices to callers on this machine, for trials without accounts.
    pub local_notices: bool,
    /// Cookies ride TLS alone, and loopback in browsers that trust it; off only for a trial without TLS.
    pub secure_cookies: bool,
    /// Verifications a minute per address.
    pub verify_per_minute: u32,
    /// Uploads a minute per address.
    pub uploads_per_minute: u32,
    /// Sign-ins a minute per address.
    pub sign_ins_per_minute: u32,
    /// Looks at applications by tracking key, a minute per address.
    pub tracks_per_minute: u32,
    /// Department requests a second per address.
    pub applications_per_second: u32,
    /// Pages and calls of whoever is signed in or says so, a second per address.
    pub pages_per_second: u32,
    /// Deliveries waiting for intake above which the door answers 503.
    pub backlog: u64,
    /// Streams of server-sent events that are open at once.
    pub streams: u32,
}

impl Default for Portal {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8470)),
            trusted_proxies: vec![],
            local_notices: false,
            secure_cookies: true,
            verify_per_minute: limits.verify_per_minute,
            uploads_per_minute: limits.uploads_per_minute,
            sign_ins_per_minute: limits.sign_ins_per_minute,
            tracks_per_minute: limits.tracks_per_minute,
            applications_per_second: limits.applications_per_second,
            pages_per_second: limits.pages_per_second,
            backlog: limits.backlog,
            streams: limits.streams,
        }
    }
}

impl Portal {
    /// The proxies.
    pub fn trusted_proxies(&self) -> Result<Networks> {
        Networks::read(&self.trusted_proxies).map_err(|text| {
            anyhow::anyhow!(
                "configuration: `portal.trusted_proxies` has `{text}`; each is an address or a network, like 10.20.0.0/16"
            )
        })
    }
}
