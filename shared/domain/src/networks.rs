//! Networks, as somebody writes them into a list: an address alone, or one with the length of its prefix (RFC 4632, RFC 4291).

use std::net::IpAddr;

/// Some networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl Networks {
    /// Reads `10.20.0.0/16`, `127.0.0.1` or `fd00::/8`; the error is the one that is none.
    pub fn read(texts: &[String]) -> Result<Self, String> {
        let one = |text: &String| {
            let (address, length) = text.split_once('/').map_or((text.as_str(), None), |(a, l)| (a, Some(l)));
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let length: u8 = length.map_or(Some(most), |length| length.parse().ok())?;
            if length > most {
                return None;
            }
            // An IPv4 address in the clothes of IPv6 is that address.
            match (address.to_canonical(), address) {
                (IpAddr::V4(inner), IpAddr::V6(_)) => Some((IpAddr::V4(inner), length.checked_sub(96)?)),
                _ => Some((address, length)),
            }
        };
        let read = texts.iter().map(|text| one(text).ok_or_else(|| text.clone()));
        Ok(Self(read.collect::<Result<_, _>>()?))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in one of them.
    pub fn hold(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|(network, length)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*length)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(networks: &[&str], address: &str) -> bool {
        let texts: Vec<String> = networks.iter().map(|text| (*text).to_owned()).collect();
        Networks::read(&texts).expect("networks").hold(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, address, held) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("fd00::/8", "fd12::1", true),
            ("::1", "::1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("10.0.0.1", "::ffff:10.0.0.1", true),
        ] {
            assert_eq!(hold(&[network], address), held, "{network} {address}");
        }
        for wrong in ["10.0.0.0/33", "::/129", "10.0.0", "proxy", "10.0.0.1:80", "10.0.0.0/", "::ffff:10.0.0.0/8", ""] {
            assert_eq!(Networks::read(&[wrong.to_owned()]), Err(wrong.to_owned()));
        }
    }
}
