//! What a ledger has told, read past it.

#[path = "../../../ports/tests/told/mod.rs"]
pub mod told;

use mohor_domain::{civil::Instant, event::Recorded};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::{PgConnection, PgRow};

/// Every event of every stream.
pub async fn outbound(sql: &mut PgConnection) -> Vec<Recorded> {
    let read = |row: &PgRow| {
        let data: String = row.get(5);
        Recorded {
            stream: row.get(0),
            number: row.get(1),
            id: row.get(2),
            word: row.get(3),
            subject: row.get(4),
            data: serde_json::from_str(&data).expect("JSON"),
            at: Instant::from_millis(row.get(6)),
        }
    };
    let rows = query("SELECT stream, number, id::text, word, subject, data, at FROM outbound").fetch_all(sql).await;
    rows.expect("events").iter().map(read).collect()
}
