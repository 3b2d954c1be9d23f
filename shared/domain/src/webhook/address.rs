//! Where webhooks may go: a URL is read once, by one reader, and each address that its host has is judged.
//!
//! The registries of special addresses are IANA's (RFC 6890 and its updates). What is not public is called only where the
//! configuration names its network: a receiver chooses the URL, and must not reach the house's own servers by it.

use crate::networks::Networks;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a URL, at most.
const LONGEST: usize = 2_000;

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `https`.
    pub secure: bool,
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query, from the slash on.
    pub path: String,
}

impl Target {
    /// Reads an absolute URL. The error says what it has to be.
    pub fn read(url: &str) -> Result<Self, &'static str> {
        if url.len() > LONGEST || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("has at most 2,000 printable ASCII characters, without blanks");
        }
        if url.contains(['#', '\\', '"', '<', '>', '^', '`', '{', '|', '}']) {
            return Err("has no fragment and no character that a URL has to escape");
        }
        let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("begins https://"),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let wrong = "names a host, in punycode where it is not ASCII, perhaps a port, and nobody's password";
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (address, port) = inner.split_once(']').ok_or(wrong)?;
                address.parse::<Ipv6Addr>().map_err(|_| wrong)?;
                (address, port)
            }
            None => {
                let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
                if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
                    return Err(wrong);
                }
                (host, port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => {
                if secure {
                    443
                } else {
                    80
                }
            }
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().map_err(|_| wrong)?,
            _ => return Err(wrong),
        };
        if port == 0 {
            return Err(wrong);
        }
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}") };
        Ok(Self { secure, host: host.to_ascii_lowercase(), port, path })
    }

    /// The header `Host`: with the port where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl Networks {
    /// Whether an address may be called: a public one by TLS, one of these networks either way, and nobody by multicast.
    pub fn allow(&self, address: IpAddr, secure: bool) -> bool {
        let address = address.to_canonical();
        let many = address.is_multicast() || address.is_unspecified() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
        !many && (self.hold(address) || (secure && is_public(address)))
    }
}

/// Whether an address is one of the world's.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            // RFC 6890, and the address at which a large cloud answers its machines about themselves.
            const SPECIAL: [(Ipv4Addr, u32); 16] = [
                (Ipv4Addr::new(0, 0, 0, 0), 8),
                (Ipv4Addr::new(10, 0, 0, 0), 8),
                (Ipv4Addr::new(100, 64, 0, 0), 10),
                (Ipv4Addr::new(127, 0, 0, 0), 8),
                (Ipv4Addr::new(169, 254, 0, 0), 16),
                (Ipv4Addr::new(172, 16, 0, 0), 12),
                (Ipv4Addr::new(192, 0, 0, 0), 24),
                (Ipv4Addr::new(192, 0, 2, 0), 24),
                (Ipv4Addr::new(192, 88, 99, 0), 24),
                (Ipv4Addr::new(192, 168, 0, 0), 16),
                (Ipv4Addr::new(198, 18, 0, 0), 15),
                (Ipv4Addr::new(198, 51, 100, 0), 24),
                (Ipv4Addr::new(203, 0, 113, 0), 24),
                (Ipv4Addr::new(224, 0, 0, 0), 4),
                (Ipv4Addr::new(240, 0, 0, 0), 4),
                (Ipv4Addr::new(168, 63, 129, 16), 32),
            ];
            !SPECIAL.iter().any(|(network, length)| {
                let mask = u32::MAX << (32 - length);
                network.to_bits() & mask == address.to_bits() & mask
            })
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            // Of 2000::/3, the global ones: not IETF's own (2001::/23, Teredo in it), not for documents, and no IPv4
            // address in other clothes (6to4). NAT64 (64:ff9b::/96) and unique local ones lie outside.
            first & 0xE000 == 0x2000
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0DB8))
                && first != 0x2002
                && !(first == 0x3FFF && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(networks: &[&str], address: &str, secure: bool) -> bool {
        let networks: Vec<String> = networks.iter().map(|it| (*it).to_owned()).collect();
        Networks::read(&networks).expect("networks").allow(address.parse().expect("an address"), secure)
    }

    #[test]
    fn what_is_not_public_is_refused_unless_its_network_is_named() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "168.63.129.16",
            "255.255.255.255",
            "224.0.0.1",
            "198.19.0.1",
            "::",
            "::1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "3fff::1",
        ] {
            assert!(!allow(&[], address, true), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(allow(&[], address, true), "{address}");
            assert!(!allow(&[], address, false), "{address} by TLS alone");
        }
        assert!(allow(&["10.20.0.0/16"], "10.20.3.4", false) && !allow(&["10.20.0.0/16"], "10.21.3.4", true));
        assert!(allow(&["127.0.0.1"], "::ffff:127.0.0.1", false), "an address is the same in other clothes");
        assert!(allow(&["fd00::/8"], "fd12::1", true) && !allow(&["0.0.0.0/0"], "224.0.0.1", true));
        assert!(allow(&["0.0.0.0/0"], "127.0.0.1", false) && !allow(&["0.0.0.0/0"], "::1", false));
    }

    #[test]
    fn a_network_that_is_none_is_named() {
        for text in ["10.0.0.0/33", "ten", "fd00::/129", "10.0.0.0/", "localhost"] {
            assert_eq!(Networks::read(&[text.to_owned()]), Err(text.to_owned()));
        }
    }

    #[test]
    fn a_url_is_taken_apart_in_one_way() {
        let read = |url| Target::read(url).map(|it| (it.secure, it.authority(), it.port, it.path));
        assert_eq!(read("https://Hooks.WB.gov.in/a?b=c"), Ok((true, "hooks.wb.gov.in".into(), 443, "/a?b=c".into())));
        assert_eq!(read("https://h:8443?x"), Ok((true, "h:8443".into(), 8443, "/?x".into())));
        assert_eq!(read("http://[::1]:80/"), Ok((false, "[::1]".into(), 80, "/".into())));
        for url in [
            "ftp://h/",
            "h",
            "https://",
            "https:///x",
            "https://user@h/",
            "https://u:p@h/",
            "https://h:0/",
            "https://h:/",
            "https://h:99999/",
            "https://h/#x",
            "https://h\\@evil/",
            "https://h /",
            "https://[::1/",
            "https://[v1.x]/",
            "https://h:+80/",
            "https://\u{e9}/",
            "HTTPS://h/",
        ] {
            assert!(Target::read(url).is_err(), "{url}");
        }
        assert!(Target::read(&format!("https://h/{}", "x".repeat(2_000))).is_err());
    }
}
