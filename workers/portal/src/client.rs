//! Who is calling: the address that limits are counted by, and whether the call comes from this very machine.

use crate::site::Site;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

/// A caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address; of IPv6 the /64, which is what one household or machine is given.
    pub address: IpAddr,
    /// The connection is from this machine, through no proxy, to a name of this machine.
    pub local: bool,
}

impl FromRequestParts<Arc<Site>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
        let address = network(caller(peer, &parts.headers, &site.portal.trusted_proxies));
        Ok(Self { address, local: peer.is_loopback() && direct(&parts.headers) })
    }
}

/// The caller behind trusted proxies: the last address in `X-Forwarded-For` that is not itself a trusted proxy. What
/// stands left of it was written by the caller and is not believed.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut nearest = peer;
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in hops.iter().rev() {
        if !trusted.contains(&nearest) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
    }
    nearest
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// No proxy stands between, and the name called is this machine's: a page elsewhere whose name resolves to 127.0.0.1
/// calls by its own name.
fn direct(headers: &HeaderMap) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "via"].iter().any(|name| headers.contains_key(*name));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let own = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    own && !forwarded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value"))).collect()
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("address");
        let chain = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2")]);
        assert_eq!(caller(ip("198.51.100.7"), &chain, &[ip("10.0.0.1")]), ip("198.51.100.7"));
        assert_eq!(caller(ip("10.0.0.1"), &chain, &[ip("10.0.0.1"), ip("10.0.0.2")]), ip("203.0.113.9"));
        assert_eq!(caller(ip("10.0.0.1"), &headers(&[]), &[ip("10.0.0.1")]), ip("10.0.0.1"));
        let nonsense = headers(&[("x-forwarded-for", "203.0.113.9, <script>")]);
        assert_eq!(caller(ip("10.0.0.1"), &nonsense, &[ip("10.0.0.1")]), ip("10.0.0.1"));
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("address");
        assert_eq!(network(ip("2001:db8:1:2:aaaa::1")), network(ip("2001:db8:1:2:bbbb::2")));
        assert_ne!(network(ip("2001:db8:1:2::1")), network(ip("2001:db8:1:3::1")));
    }

    #[test]
    fn a_call_by_another_name_or_through_a_proxy_is_not_local() {
        for (host, local) in
            [("127.0.0.1:8470", true), ("localhost:8470", true), ("[::1]:8470", true), ("evil.example:8470", false)]
        {
            assert_eq!(direct(&headers(&[("host", host)])), local, "{host}");
        }
        assert!(!direct(&headers(&[("host", "localhost"), ("x-forwarded-for", "203.0.113.9")])));
    }
}
