//! What the store can do, tried rather than believed. Nothing here is relied on: it is said, so that an operator knows.

use crate::{CHECKSUM, S3Vault, http::Ask, trouble::Trouble};
use base64ct::{Base64, Encoding};
use hyper::{Method, body::Bytes};
use mohor_ports::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

/// Writes, reads and removes a probe of its own name; the first time also tries a wrong checksum and a conditional put.
/// With a key that may only read it looks for something that is not there.
pub(crate) async fn probe(vault: &S3Vault) -> Result<String> {
    if vault.settings.read_only {
        vault.read(&format!("{}probe/nothing", vault.settings.prefix)).await?;
        return Ok(format!("{}, to read", vault.name()));
    }
    let mut random = [0; 16];
    vault.entropy.fill(&mut random)?;
    let key = format!("{}probe/{}", vault.settings.prefix, hex::encode(random));
    let result = round_trip(vault, &key, &random).await;
    let removed = vault.http.ask(&Ask::of(Method::DELETE, &key)).await;
    result?;
    removed.map_err(|trouble| trouble.at(&vault.name()))?;
    let said = vault.capabilities.get().cloned().unwrap_or_else(|| vault.name());
    Ok(match vault.http.signer.seconds_behind() {
        0 => said,
        seconds => format!("{said}; this machine's clock is {seconds} s behind its: set it"),
    })
}

async fn round_trip(vault: &S3Vault, key: &str, bytes: &[u8]) -> Result<()> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    vault.write(key, &digest, Bytes::copy_from_slice(bytes)).await?;
    if vault.read(key).await?.as_deref() != Some(bytes) {
        return Err(Error::outage(format!("{} gives back other bytes than were put", vault.name())));
    }
    vault.capabilities.get_or_init(|| capabilities(vault, key, bytes)).await;
    Ok(())
}

async fn capabilities(vault: &S3Vault, key: &str, bytes: &[u8]) -> String {
    let sha256 = hex::encode(Sha256::digest(bytes));
    let put = || Ask::put(key, &sha256, Bytes::copy_from_slice(bytes));
    let checksum = match vault.plain.load(Ordering::Relaxed) {
        true => "checksums are not taken, documents are put without".to_owned(),
        false => {
            let wrong = vault.http.ask(&put().with(CHECKSUM, Base64::encode_string(&[0; 32]))).await;
            format!("a wrong checksum is {}", said(&wrong, |_| true))
        }
    };
    let again = vault.http.ask(&put().with("if-none-match", "*")).await;
    // Another refusal is of the header, and not of the second object.
    let again = said(&again, |status| matches!(status, 409 | 412));
    format!("{}; {checksum}, a conditional put of what is there is {again} (neither is relied on)", vault.name())
}

fn said<T>(answer: &Result<T, Trouble>, refuses: impl Fn(u16) -> bool) -> &'static str {
    match answer {
        Ok(_) => "NOT refused",
        Err(Trouble::Refused { status, .. }) if refuses(*status) => "refused",
        Err(Trouble::Refused { .. }) => "not known there",
        Err(_) => "not answered",
    }
}
