//! A certificate's row as the ports have it.

use crate::{connection::corrupt, packed};
use mohor_domain::{
    certificate::{Progress, Standing},
    civil::Instant,
    id::Id,
    uin::Uin,
};
use mohor_ports::{error::Result, ledger::Certificate};
use rusqlite::Row;

/// Selects what [`certificate`] reads; a condition follows.
pub(crate) const CERTIFICATE: &str = "SELECT c.uin, c.application_id, a.application_no, a.docket_no, a.bsk, c.progress,
    c.standing, c.plan, c.credential, coalesce(c.cms, s.cms), c.sha256, c.minted_at, c.signed_at, c.sealed_at, c.stored_at, c.notified_at,
    n.number, c.packed
    FROM certificate c JOIN application a ON a.id = c.application_id LEFT JOIN notice n ON n.uin = c.uin
    LEFT JOIN certificate_seal s ON s.number = c.number";

/// Reads a row; the inner error names what this program did not write.
pub(crate) fn certificate(row: &Row<'_>) -> rusqlite::Result<Result<Certificate>> {
    let text = |place: usize| row.get::<_, String>(place);
    let uin = text(0)?;
    let wrong = |column| corrupt("certificate", &uin, column);
    let (application, progress, standing, plan) = (text(1)?, text(5)?, text(6)?, text(7)?);
    let mut times = Vec::new();
    for (place, stage) in [(11, "mint"), (12, "sign"), (13, "seal"), (14, "store"), (15, "notify")] {
        if let Some(millis) = row.get::<_, Option<i64>>(place)? {
            times.push((stage.to_owned(), Instant::from_millis(millis)));
        }
    }
    let (application_no, docket_no, bsk) = (text(2)?, row.get(3)?, row.get(4)?);
    let (credential, cms, sha256, notice) = (row.get(8)?, row.get(9)?, row.get(10)?, row.get(16)?);
    let bytes: Option<Vec<u8>> = row.get(17)?;
    let build = || {
        Ok(Certificate {
            uin: Uin::canonical(&uin).map_err(|_| wrong("uin"))?,
            application: Id::parse(&application).ok_or_else(|| wrong("application_id"))?,
            application_no,
            docket_no,
            bsk,
            progress: Progress::from_word(&progress).ok_or_else(|| wrong("progress"))?,
            standing: Standing::from_word(&standing).ok_or_else(|| wrong("standing"))?,
            plan: {
                let text = packed::plan(Some(plan), bytes).ok_or_else(|| wrong("packed"))?;
                serde_json::from_str(&text).map_err(|error| wrong("plan").because(error))?
            },
            credential,
            cms,
            sha256,
            times,
            notice,
        })
    };
    Ok(build())
}
