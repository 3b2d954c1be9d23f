//! `mohor notices`: a centre's notices by cursor.

use crate::{
    cli::{GOOD, NO},
    say,
    wire::Parts,
};
use anyhow::Result;
use mohor_domain::event::bsk_stream;
use serde_json::json;

/// Prints the notices numbered higher than `after`.
pub async fn run(parts: Parts, bsk: String, after: i64, json: bool) -> Result<u8> {
    if !parts.catalogue.bsks.contains_key(&bsk) {
        tell!("no BSK has the code `{bsk}`; the catalogue lists them, e.g. PUM0027");
        return Ok(NO);
    }
    let mut cursor = after;
    let mut count = 0;
    while say::is_read() {
        let page = parts.ledger.events(&bsk_stream(&bsk), cursor, 500).await?;
        let Some(last) = page.last() else { break };
        cursor = last.number;
        count += page.len();
        for event in &page {
            match json {
                true => say!("{}", event.envelope()),
                false => say!("{:>6}  {}  {}  {}", event.number, event.at.rfc3339(), event.subject, event.word),
            }
        }
    }
    match json {
        true => say!("{}", json!({"next": cursor})),
        false if count == 0 => say!("no notices for {bsk} after {after}: nothing is ready that it has not seen"),
        false => say!("next: --after {cursor}"),
    }
    Ok(GOOD)
}
