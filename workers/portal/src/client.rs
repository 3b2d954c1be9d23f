//! Who is calling: the address that limits are counted by, and whether the call comes from this very machine.

use crate::{gates::network, site::Site};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use mohor_domain::networks::Networks;
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Of callers whose address a trusted proxy writes unreadably the first is said in the log, and then one of so many.
const SAID_EVERY: u64 = 10_000;

/// Such callers of this process.
static UNREAD: AtomicU64 = AtomicU64::new(0);
/// Callers who bring an address that is not believed.
static PASSED_OVER: AtomicU64 = AtomicU64::new(0);

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
        let trusted = &site.portal.trusted_proxies;
        let caller = caller(peer, &parts.headers, trusted);
        if is_passed_over(peer, &parts.headers, trusted)
            && PASSED_OVER.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAID_EVERY)
        {
            tracing::warn!(
                peer = %peer,
                callers = PASSED_OVER.load(Ordering::Relaxed),
                "`X-Forwarded-For` of a caller that is no trusted proxy is passed over: if a proxy of this house is at that address, \
                 name it in `portal.trusted_proxies`, or all who come through it share one limit"
            );
        }
        if caller.unread && UNREAD.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAID_EVERY) {
            tracing::warn!(
                proxy = %caller.nearest,
                callers = UNREAD.load(Ordering::Relaxed),
                "a trusted proxy writes no `X-Forwarded-For` that ends in an address: these callers share one limit, the proxy's; \
                 have it write each caller's address, or take it out of `portal.trusted_proxies`"
            );
        }
        let address = household(caller.nearest);
        Ok(Self { address, local: peer.is_loopback() && direct(&parts.headers) })
    }
}

/// As far as the way back is known.
struct Caller {
    /// The nearest address that is no trusted proxy, or the last proxy that is known.
    nearest: IpAddr,
    /// A trusted proxy names somebody before it, and not by an address in `X-Forwarded-For`.
    unread: bool,
}

/// The caller behind trusted proxies: the last address in `X-Forwarded-For` that is not itself a trusted proxy. What
/// stands left of it was written by the caller and is not believed. A line is read to its end whatever stands at its
/// beginning: that is the caller's too.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> Caller {
    let lines: Vec<&[u8]> = headers.get_all("x-forwarded-for").iter().map(|value| value.as_bytes()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
    let is_trusted = |address: IpAddr| trusted.hold(address);
    let mut nearest = peer;
    // Nothing between two commas is no hop (RFC 9110, 5.6.1).
    for hop in hops.map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty()) {
        if !is_trusted(nearest) {
            break;
        }
        let Some(address) = std::str::from_utf8(hop).ok().and_then(address) else {
            return Caller { nearest, unread: true };
        };
        nearest = address;
    }
    // It says who calls where that is not looked for.
    let elsewhere = || ["forwarded", "x-real-ip"].iter().any(|name| headers.contains_key(*name));
    Caller { nearest, unread: lines.is_empty() && is_trusted(peer) && elsewhere() }
}

/// Whether a proxy may stand before the house of which it was not told: a near caller brings another's address. (From far away
/// anybody may write that.)
fn is_passed_over(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> bool {
    let near = match peer {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    near && headers.contains_key("x-forwarded-for") && !trusted.hold(peer)
}

/// An address as proxies write it: alone, in quotes, in brackets, with the port of the connection, with a zone.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.strip_prefix('"').and_then(|hop| hop.strip_suffix('"')).unwrap_or(hop).trim();
    let ip = match hop.strip_prefix('[') {
        Some(rest) => {
            let (ip, port) = rest.split_once(']')?;
            if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
                return None;
            }
            IpAddr::V6(without_zone(ip).parse().ok()?)
        }
        None => match hop.split_once(':') {
            Some((ip, port)) if is_port(port) => IpAddr::V4(ip.parse().ok()?),
            _ => without_zone(hop).parse().ok()?,
        },
    };
    Some(ip.to_canonical())
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The zone of an address is a network card of the proxy's.
fn without_zone(ip: &str) -> &str {
    ip.split('%').next().unwrap_or_default()
}

fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => network(v6, 64),
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
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("value"));
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    fn networks(texts: &[&str]) -> Networks {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Networks::read(&texts).expect("networks")
    }

    /// Who has called, and whether a proxy's word could not be read.
    fn by(peer: &str, lines: &[&str], trusted: &[&str]) -> (IpAddr, bool) {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let caller = caller(ip(peer), &headers(&lines), &networks(trusted));
        (caller.nearest, caller.unread)
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let chain = ["6.6.6.6, 203.0.113.9, 10.0.0.2"];
        assert_eq!(by("198.51.100.7", &chain, &["10.0.0.1"]), (ip("198.51.100.7"), false));
        assert_eq!(by("10.0.0.1", &chain, &["10.0.0.1", "10.0.0.2"]), (ip("203.0.113.9"), false));
        assert_eq!(by("10.0.0.1", &[], &["10.0.0.1"]), (ip("10.0.0.1"), false));
        let lines = ["6.6.6.6", "203.0.113.9:7, 10.0.0.3", "[::ffff:10.0.0.2]:443"];
        assert_eq!(by("10.0.0.1", &lines, &["10.0.0.1", "::ffff:10.0.0.2", "10.0.0.3"]), (ip("203.0.113.9"), false));
        assert_eq!(by("10.0.0.1", &["10.0.0.2, 10.0.0.1"], &["10.0.0.1", "10.0.0.2"]), (ip("10.0.0.2"), false));
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        for (hop, address) in [
            ("198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:40007", "198.51.100.7"),
            (" \t198.51.100.7:1 ", "198.51.100.7"),
            ("\"198.51.100.7:40007\"", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[::ffff:198.51.100.7]:40007", "198.51.100.7"),
            ("::1", "::1"),
            ("203.0.113.9, 198.51.100.7:40007", "198.51.100.7"),
            ("198.51.100.7:40007, ,", "198.51.100.7"),
            ("<script>, 198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(by("10.0.0.1", &[hop], &["10.0.0.1"]), (ip(address), false), "{hop}");
        }
        let mut bytes = HeaderMap::new();
        bytes.insert("x-forwarded-for", b"\xff\xfe, 198.51.100.7".as_slice().try_into().expect("a value"));
        let caller = caller(ip("10.0.0.1"), &bytes, &networks(&["10.0.0.1"]));
        assert_eq!((caller.nearest, caller.unread), (ip("198.51.100.7"), false), "the proxy's own part is read");
    }

    #[test]
    fn what_a_trusted_proxy_writes_and_is_no_address_is_noticed() {
        for hop in [
            "203.0.113.9, <script>",
            "unknown",
            "_hidden",
            "unix:",
            "198.51.100.7:",
            "198.51.100.7:port",
            "198.51.100.7:400071",
            "198.51.100.256",
            "[2001:db8::1",
            "[2001:db8::1]443",
            "[198.51.100.7]:443",
            "\"198.51.100.7",
            "for=198.51.100.7",
            "localhost:443",
        ] {
            assert_eq!(by("10.0.0.1", &[hop], &["10.0.0.1"]), (ip("10.0.0.1"), true), "{hop}");
            assert_eq!(by("198.51.100.1", &[hop], &["10.0.0.1"]), (ip("198.51.100.1"), false), "{hop}: not a proxy's");
        }
        for name in ["forwarded", "x-real-ip"] {
            let elsewhere = headers(&[(name, "for=198.51.100.7")]);
            assert!(caller(ip("10.0.0.1"), &elsewhere, &networks(&["10.0.0.0/8"])).unread, "{name}");
            assert!(
                !caller(ip("198.51.100.1"), &elsewhere, &networks(&["10.0.0.0/8"])).unread,
                "{name}: not a proxy's"
            );
        }
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        assert_eq!(household(ip("2001:db8:1:2:aaaa::1")), household(ip("2001:db8:1:2:bbbb::2")));
        assert_ne!(household(ip("2001:db8:1:2::1")), household(ip("2001:db8:1:3::1")));
    }

    #[test]
    fn a_proxy_that_nobody_has_named_is_noticed() {
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.9")]);
        for (peer, noticed) in
            [("172.18.0.1", true), ("127.0.0.1", true), ("fd00::1", true), ("10.0.0.1", false), ("198.51.100.7", false)]
        {
            assert_eq!(is_passed_over(ip(peer), &forwarded, &networks(&["10.0.0.0/8"])), noticed, "{peer}");
            assert!(!is_passed_over(ip(peer), &headers(&[]), &networks(&[])), "{peer}: no word of anybody");
        }
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
