//! Long lists are read from an index.

use crate::house::House;
use mohor_ledger_postgres::LISTS;
use sqlx_core::{connection::Connection, executor::Executor, query_scalar::query_scalar, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;

/// A connection that plans as the ledger's own do, and scans a whole table only where it must.
async fn planning(house: &House) -> PgConnection {
    let mut connection = PgConnection::connect(&house.url).await.expect("the server answers");
    for sql in ["SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off"] {
        connection.execute(sql).await.expect(sql);
    }
    connection
}

/// What PostgreSQL would do with these values.
async fn plan(connection: &mut PgConnection, name: &str, values: &str) -> String {
    let (_, sql) = LISTS.iter().find(|(of, _)| *of == name).expect(name);
    connection.execute(AssertSqlSafe(format!("PREPARE {name} AS {sql}"))).await.expect(name);
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE {name} ({values})"));
    let plan: Vec<String> = query_scalar(explain).fetch_all(connection).await.expect(name);
    plan.join("\n")
}

/// At 200,000 notices of four centres, most of them handed over.
#[tokio::test]
async fn a_page_of_a_tray_is_read_from_an_index() {
    let Some(house) = House::new().await else { return };
    let fill = "INSERT INTO notice (bsk, number, uin, state)
        SELECT 'B' || n % 4, n, 'U' || n, CASE WHEN n % 50 = 0 THEN 'ready' ELSE 'handed_over' END
        FROM generate_series(1, 200000) n";
    house.sql(fill).await.expect("filled");
    let mut connection = planning(&house).await;
    connection.execute("ANALYZE notice").await.expect("analysed");
    for (name, values, index) in [
        ("page", "'B0', 'ready', 100000, 50", "notice_state"),
        ("named", "'B0', 'ready', 2000", "notice_state"),
        ("chosen", "'B0', ARRAY[4, 8]::int8[], 2", "notice_pkey"),
        ("by_uin", "'B0', 'U4'", "notice_uin_key"),
        ("by_number", "'B0', 'D1', 50", "application_docket"),
    ] {
        let plan = plan(&mut connection, name, values).await;
        assert!(plan.contains(index) && !plan.contains("Seq Scan on notice"), "{name}: {plan}");
    }
}

#[tokio::test]
async fn a_page_of_what_waits_is_read_from_an_index() {
    let Some(house) = House::new().await else { return };
    let mut connection = planning(&house).await;
    let list = "NULL, NULL, 'COB', NULL, NULL, NULL, 9, 1, '019a0000-0000-7000-8000-000000000001', 50";
    for (name, values) in [("list", list), ("remind", "1, 9, 1, 50")] {
        let plan = plan(&mut connection, name, values).await;
        assert!(plan.contains("clock_waiting") && plan.contains("Index Cond: (("), "{name}: {plan}");
    }
}
