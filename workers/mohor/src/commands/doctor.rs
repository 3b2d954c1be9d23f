//! `mohor doctor`: every invariant is checked, every offender named.

use crate::{
    cli::{GOOD, NO},
    commands::centres,
    evidence::known_key,
    progress,
    wire::Parts,
};
use anyhow::Result;
use mohor_document::{
    credential::{self, KnownKey},
    seal,
};
use mohor_domain::{
    certificate::Progress,
    invariant::{Invariant, Offender},
};
use mohor_ports::ledger::{Certificate, Document, Ledger, Unreadable};
use serde_json::json;

/// Applications of one look.
const LOOKED: u32 = 500;

/// Every application of which a row cannot be read.
pub async fn unreadable(ledger: &dyn Ledger) -> Result<Vec<Unreadable>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (more, next) = ledger.unreadable(after, LOOKED).await?;
        found.extend(more);
        after = next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

fn offender(row: &Unreadable) -> Offender {
    let Unreadable { application, department, application_no, words } = row;
    Offender {
        invariant: Invariant::I8,
        subject: application.to_string(),
        words: format!("{department} {application_no}: {words}; `mohor migrate` derives it anew from its events"),
    }
}

/// Looks through ledger and vault; exit code 1 when anything offends.
pub async fn run(parts: Parts, json: bool) -> Result<u8> {
    let mut offenders = parts.ledger.offenders().await?;
    offenders.extend(unreadable(parts.ledger.as_ref()).await?.iter().map(offender));
    let census = parts.ledger.census().await?;
    let keys: Vec<KnownKey> = parts.ledger.credential_keys().await?.iter().filter_map(known_key).collect();
    let bar = progress::bar(census.minted, "certificates", json);
    let (mut after, mut looked) = (None, 0u64);
    loop {
        let page = parts.ledger.export(after, 200).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.uin);
        for certificate in &page {
            offenders.extend(examine(&parts, certificate, &keys).await?);
            bar.inc(1);
            looked += 1;
        }
    }
    bar.finish_and_clear();
    let (mut after, mut documents) = (None, 0u64);
    loop {
        let page = parts.ledger.document_page(after, 200).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for document in &page {
            offenders.extend(examine_document(&parts, document).await?);
            documents += u64::from(document.sha256.is_some());
        }
    }
    if json {
        let lines: Vec<_> = offenders
            .iter()
            .map(|o| json!({"invariant": o.invariant.id(), "subject": o.subject, "words": o.words}))
            .collect();
        say!(
            "{}",
            json!({"ok": offenders.is_empty(), "certificates": looked, "documents": documents, "approved": census.approved, "issued": census.issued,
                   "ready": census.ready, "parked": census.parked,
                   "centres": centres::object(&parts.catalogue, parts.loaded.as_ref()), "offenders": lines})
        );
    } else {
        for invariant in Invariant::AT_REST {
            let found = offenders.iter().filter(|o| o.invariant == invariant).count();
            say!(
                "{}  {:<9}  {}",
                invariant.id(),
                if found == 0 { "holds".into() } else { format!("{found} break") },
                invariant.words()
            );
        }
        for offender in &offenders {
            say!("   {}  {}: {}", offender.invariant.id(), offender.subject, offender.words);
        }
        if parts.catalogue.centres_are_made_up() {
            say!("centres: {}", centres::words(&parts.catalogue, parts.loaded.as_ref()));
        }
        say!(
            "{looked} certificates and {documents} other documents looked at; {} approved, {} issued, {} parked",
            census.approved,
            census.issued,
            census.parked
        );
    }
    Ok(if offenders.is_empty() { GOOD } else { NO })
}

/// I3 and I4 of one certificate: the credential is over the planned bytes and names its own UIN, and the stored PDF is
/// the recorded one and carries the same number.
async fn examine(parts: &Parts, certificate: &Certificate, keys: &[KnownKey]) -> Result<Vec<Offender>> {
    let mut found = Vec::new();
    let mut offend = |invariant, words: &str| {
        found.push(Offender { invariant, subject: certificate.uin.to_string(), words: words.into() });
    };
    if let Some(cose) = &certificate.credential {
        match credential::read(cose) {
            Ok(read) if read.claims.uin != certificate.uin => {
                offend(Invariant::I4, "its credential names another number")
            }
            Ok(read) if credential::encode_claims(&read.claims) != certificate.plan.claims => {
                offend(Invariant::I3, "its credential is not over the planned bytes");
            }
            Ok(read) if credential::check(&read, keys) != credential::Check::Genuine => {
                offend(Invariant::I4, "its credential does not verify with the registered keys");
            }
            Ok(_) => (),
            Err(_) => offend(Invariant::I4, "its credential cannot be read"),
        }
    }
    if certificate.progress >= Progress::Stored {
        let sha256 = certificate.sha256.as_deref().unwrap_or_default();
        match parts.vault.get(sha256).await {
            Ok(Some(pdf)) if seal::find_marker(&pdf) != Some(certificate.uin) => {
                offend(Invariant::I4, "its document carries another number");
            }
            Ok(Some(_)) => (),
            Ok(None) => offend(Invariant::I4, "its document is not in the vault; `mohor restore` makes it again"),
            Err(error) => offend(Invariant::I4, &error.to_string()),
        }
    }
    Ok(found)
}

/// I4 of another document: the stored PDF is the recorded one and names its own row.
async fn examine_document(parts: &Parts, document: &Document) -> Result<Option<Offender>> {
    let Some(sha256) = &document.sha256 else { return Ok(None) };
    let words = match parts.vault.get(sha256).await {
        Ok(Some(pdf)) if seal::find_document(&pdf) != Some(document.id) => "it carries another document's id".into(),
        Ok(Some(_)) => return Ok(None),
        Ok(None) => "it is not in the vault; `mohor restore` makes it again".into(),
        Err(error) => error.to_string(),
    };
    Ok(Some(Offender { invariant: Invariant::I4, subject: document.id.to_string(), words }))
}
