//! What a citizen does without an account, as time goes by.

use crate::house::{House, tables};
use mohor_ports::suite::citizen;
use rusqlite::types::ValueRef;

#[tokio::test]
async fn a_document_is_fetched_by_code_and_delivered_once() {
    let house = House::new();
    citizen::a_document_is_fetched_by_code_and_delivered_once(&*house.ledger, |millis| house.advance(millis)).await;
}

#[tokio::test]
async fn a_phone_number_is_erased_after_its_time() {
    let house = House::new();
    let holds = async |text: String| {
        let sql = house.sql();
        let tables = tables(&sql);
        assert!(tables.len() > 30, "{tables:?}");
        let has = |table: &String| {
            let mut statement = sql.prepare(&format!("SELECT * FROM {table}")).expect("a table");
            let (columns, mut rows) = (statement.column_count(), statement.query([]).expect("rows"));
            while let Some(row) = rows.next().expect("a row") {
                for column in 0..columns {
                    if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column).expect("a value")
                        && bytes.windows(text.len()).any(|window| window == text.as_bytes())
                    {
                        return true;
                    }
                }
            }
            false
        };
        let mut found: Vec<String> = tables.iter().filter(|table| has(table)).cloned().collect();
        found.sort();
        found
    };
    citizen::a_phone_number_is_erased_after_its_time(&*house.ledger, |millis| house.advance(millis), holds).await;
}
