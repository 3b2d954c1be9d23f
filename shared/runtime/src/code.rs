//! One-time codes: drawn here, kept as an HMAC, so that whoever reads the ledger knows none. Six digits alone would be found
//! from a plain digest in a moment; the key is with the portal and nowhere else.

use hmac::{Hmac, KeyInit, Mac};
use mohor_domain::{ground::DIGITS, sms::SmsKind, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    time::Entropy,
};
use sha2::Sha256;

/// Bytes of a key, at least (RFC 2104, section 3: not shorter than the digest).
const SHORTEST: usize = 32;
/// How many codes there are.
const CODES: u64 = 10_u64.pow(DIGITS as u32);

/// The key of the HMACs.
#[derive(Clone)]
pub struct CodeKey(Vec<u8>);

impl CodeKey {
    /// Reads a key from its file's text: hexadecimal, 32 bytes or more. None: it is not.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.trim()).ok()?;
        (bytes.len() >= SHORTEST).then_some(Self(bytes))
    }

    /// A new key, as its file's text.
    pub fn draw(entropy: &dyn Entropy) -> Result<String> {
        let mut bytes = [0; SHORTEST];
        entropy.fill(&mut bytes)?;
        Ok(hex::encode(bytes))
    }

    /// What is recorded of a code: it is bound to its certificate and to what it is for.
    pub fn mac(&self, uin: Uin, kind: SmsKind, code: &str) -> Result<String> {
        let wrong = |_| Error::fatal("the key of one-time codes cannot be used");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(wrong)?;
        mac.update(format!("{}\n{uin}\n{code}", kind.as_str()).as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }
}

/// Draws a code; each is as likely as any other.
pub fn draw(entropy: &dyn Entropy) -> Result<String> {
    // What lies beyond the last whole round of all codes is drawn again.
    let whole = u64::MAX - u64::MAX % CODES;
    loop {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes)?;
        let drawn = u64::from_be_bytes(bytes);
        if drawn < whole {
            return Ok(format!("{:0width$}", drawn % CODES, width = DIGITS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_is_six_digits_and_hardly_the_same_again() {
        let drawn: BTreeSet<String> = (0..200).map(|_| draw(&SystemEntropy).unwrap()).collect();
        assert!(drawn.len() > 190, "{drawn:?}");
        assert!(drawn.iter().all(|code| code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())));
    }

    #[test]
    fn what_is_recorded_is_bound_to_key_certificate_and_purpose() {
        let uin = |text| Uin::canonical(text).unwrap();
        let (one, other) = (uin("BCWGP1XF3A7QYF0V"), uin("UMAR6F0DTHBRA403"));
        let key = |byte| CodeKey::read(&hex::encode([byte; 32])).unwrap();
        let macs: BTreeSet<String> = [
            key(1).mac(one, SmsKind::HandOverCode, "000001"),
            key(2).mac(one, SmsKind::HandOverCode, "000001"),
            key(1).mac(other, SmsKind::HandOverCode, "000001"),
            key(1).mac(one, SmsKind::DocumentCode, "000001"),
            key(1).mac(one, SmsKind::HandOverCode, "000002"),
        ]
        .map(Result::unwrap)
        .into();
        assert_eq!(macs.len(), 5);
        // HMAC-SHA256 by another program: printf 'hand_over_code\nBCWGP1XF3A7QYF0V\n000001' | openssl dgst -sha256 -mac HMAC
        // -macopt hexkey:0101…01
        let known = "ec13c6d1852b70cebe2e1595163a26e786f44da737d47b7970fcb07412b82728";
        assert_eq!(key(1).mac(one, SmsKind::HandOverCode, "000001").unwrap(), known);
        for text in ["", "zz", &hex::encode([1; 31])] {
            assert!(CodeKey::read(text).is_none(), "{text}");
        }
        assert!(CodeKey::read(&CodeKey::draw(&SystemEntropy).unwrap()).is_some());
    }
}
