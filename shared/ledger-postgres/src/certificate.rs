//! A certificate's row as the ports have it.

use crate::trouble::corrupt;
use mohor_domain::{
    certificate::{Progress, Standing},
    civil::Instant,
    id::Id,
    uin::Uin,
};
use mohor_ports::{error::Result, ledger::Certificate};
use sqlx_core::row::Row;
use sqlx_postgres::PgRow;

/// Selects what [`certificate`] reads; a condition follows.
macro_rules! certificate_sql {
    ($condition:literal) => {
        concat!(
            "SELECT c.uin, c.application_id, a.application_no, a.docket_no, a.bsk, c.progress, c.standing, c.plan, ",
            "c.credential, c.cms, c.sha256, c.minted_at, c.signed_at, c.sealed_at, c.stored_at, c.notified_at, n.number ",
            "FROM certificate c JOIN application a ON a.id = c.application_id LEFT JOIN notice n ON n.uin = c.uin ",
            $condition
        )
    };
}
pub(crate) use certificate_sql;

/// Reads a row; the error names what this program did not write.
pub(crate) fn certificate(row: &PgRow) -> Result<Certificate> {
    let uin: String = row.get(0);
    let wrong = |column| corrupt("certificate", &uin, column);
    let mut times = Vec::new();
    for (place, stage) in [(11, "mint"), (12, "sign"), (13, "seal"), (14, "store"), (15, "notify")] {
        if let Some(millis) = row.get::<Option<i64>, _>(place) {
            times.push((stage.to_owned(), Instant::from_millis(millis)));
        }
    }
    Ok(Certificate {
        uin: Uin::canonical(&uin).map_err(|_| wrong("uin"))?,
        application: Id::from(row.get::<uuid::Uuid, _>(1)),
        application_no: row.get(2),
        docket_no: row.get(3),
        bsk: row.get(4),
        progress: Progress::from_word(row.get(5)).ok_or_else(|| wrong("progress"))?,
        standing: Standing::from_word(row.get(6)).ok_or_else(|| wrong("standing"))?,
        plan: serde_json::from_str(row.get(7)).map_err(|error| wrong("plan").because(error))?,
        credential: row.get(8),
        cms: row.get(9),
        sha256: row.get(10),
        times,
        notice: row.get(16),
    })
}
