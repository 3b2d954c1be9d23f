//! A stored document is made again from plan and recorded seal, without any key.

use super::{Item, chain_of};
use crate::{
    render::Render,
    seal::{self, Sealing},
};
use mohor_ports::{
    error::{Error, Result},
    ledger::Ledger,
    vault::{Object, Vault},
};
use sha2::{Digest, Sha256};

/// Makes it and puts it back. Returns its digest.
///
/// `Reject` when it was never stored, or when the bytes come out other than the recorded digest.
pub async fn restore(ledger: &dyn Ledger, vault: &dyn Vault, render: &Render, item: Item) -> Result<String> {
    let (bytes, recorded) = match item {
        Item::Certificate(uin) => {
            let certificate = ledger.certificates(&[uin]).await?.pop().ok_or_else(|| unknown(item))?;
            let (Some(cms), Some(recorded)) = (&certificate.cms, &certificate.sha256) else { return Err(early(item)) };
            let plan = &certificate.plan;
            render.gather(&plan.assets).await?;
            let chain = chain_of(ledger, &plan.seal).await?;
            let open = seal::open(&Sealing::certificate(plan), &render.pdf(&certificate)?, chain)?;
            (open.close(cms)?, recorded.clone())
        }
        Item::Document(id) => {
            let document = ledger.documents(&[id]).await?.pop().ok_or_else(|| unknown(item))?;
            let (Some(plan), Some(cms), Some(recorded)) = (&document.plan, &document.cms, &document.sha256) else {
                return Err(early(item));
            };
            render.gather(&plan.assets).await?;
            let chain = chain_of(ledger, &plan.seal).await?;
            let open = seal::open(&Sealing::document(&document, plan), &render.document(&document, plan)?, chain)?;
            (open.close(cms)?, recorded.clone())
        }
    };
    let sha256 = hex::encode(Sha256::digest(&bytes));
    if sha256 != recorded {
        let words =
            format!("{item} comes out with digest {sha256}, recorded is {recorded}: this program renders otherwise");
        return Err(Error::reject("restore_differs", words));
    }
    match vault.put(vec![Object { sha256: sha256.clone(), bytes }]).await.pop() {
        Some(Err(error)) => Err(error),
        _ => Ok(sha256),
    }
}

fn unknown(item: Item) -> Error {
    Error::reject("unknown_item", format!("the ledger has no certificate and no document {item}"))
}

fn early(item: Item) -> Error {
    Error::reject("not_stored", format!("{item} was never stored: it is on its way"))
}
