//! `mohor export`: NDJSON, one certificate a line.

use crate::{cli::GOOD, say, wire::Parts};
use anyhow::Result;
use mohor_document::credential;
use mohor_ports::vault::object_name;
use serde_json::json;

/// Writes every certificate in order of minting, in pages of 500.
pub async fn run(parts: Parts) -> Result<u8> {
    let mut after = None;
    while say::is_read() {
        let page = parts.ledger.export(after, 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.uin);
        let lines = page.iter().map(|certificate| {
            let qr =
                certificate.credential.as_deref().map(|cose| credential::qr_text(&certificate.plan.verify_host, cose));
            json!({
                "uin": certificate.uin,
                "department": certificate.plan.department,
                "service": certificate.plan.service,
                "application_no": certificate.application_no,
                "bsk": certificate.bsk,
                "state": certificate.progress,
                "standing": certificate.standing,
                "issued_at": certificate.plan.minted_at,
                "object": certificate.sha256.as_deref().map(object_name),
                "sha256": certificate.sha256,
                "qr": qr,
            })
            .to_string()
        });
        say!("{}", lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(GOOD)
}
