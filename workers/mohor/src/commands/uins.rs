//! `mohor uins`: numbers that a department ascribes itself. Mohor draws them; sequential ones are not to be had.

use crate::{
    cli::{GOOD, UinsAction},
    wire::Parts,
};
use anyhow::{Result, bail};
use mohor_domain::{id::Id, uin::Uin};
use mohor_pipeline::mint::draw_uin;
use serde_json::json;

/// Reserves a block.
pub async fn run(parts: Parts, action: UinsAction, json: bool) -> Result<u8> {
    let UinsAction::Reserve { department, count } = action;
    if !parts.catalogue.departments.contains_key(&department) {
        bail!("no department has the code `{department}`; it is three capital letters, e.g. BCW");
    }
    if count == 0 || count > 10_000 {
        bail!("a block has 1 to 10,000 numbers");
    }
    let mut random = [0; 10];
    parts.entropy.fill(&mut random)?;
    let request = Id::new(parts.ledger.now().await?, &random).to_string();
    let mut reserved: Vec<Uin> = Vec::new();
    while reserved.len() < count as usize {
        let missing = count as usize - reserved.len();
        let drawn =
            (0..missing).map(|_| draw_uin(parts.entropy.as_ref(), &department)).collect::<Result<Vec<_>, _>>()?;
        reserved = parts.ledger.reserve_uins(&department, &request, drawn).await?;
    }
    match json {
        true => say!("{}", json!({"department": department, "request": request, "uins": reserved})),
        false => reserved.iter().for_each(|uin| say!("{uin}")),
    }
    Ok(GOOD)
}
