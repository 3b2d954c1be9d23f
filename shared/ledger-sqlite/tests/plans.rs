//! Long lists are read from an index.

use crate::house::House;
use mohor_ledger_sqlite::LISTS;
use rusqlite::{Connection, types::Value};

/// What SQLite would do.
fn plan(connection: &Connection, name: &str) -> String {
    let (_, sql) = LISTS.iter().find(|(of, _)| *of == name).expect(name);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
    let values = vec![Value::Null; statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3));
    lines.expect("a plan").map(|line| line.expect("a line")).collect::<Vec<_>>().join("\n")
}

/// At 200,000 notices.
#[test]
fn a_page_of_a_tray_is_read_from_an_index() {
    let house = House::new();
    let connection = house.sql();
    let fill = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 200000)
        INSERT INTO notice (bsk, number, uin, state)
        SELECT 'B' || (n % 4), n, 'U' || n, iif(n % 50 = 0, 'ready', 'handed_over') FROM s; ANALYZE";
    connection.execute_batch(fill).expect("filled");
    for name in ["page", "named"] {
        let plan = plan(&connection, name);
        assert!(plan.contains("notice_state (bsk=? AND state=?"), "{plan}");
        assert!(!plan.contains("SCAN notice") && !plan.contains("SCAN c") && !plan.contains("SCAN a"), "{plan}");
    }
    for name in ["chosen", "by_uin", "by_number"] {
        let plan = plan(&connection, name);
        let scans = ["SCAN notice", "SCAN m", "SCAN c", "SCAN k", "SCAN a", "SCAN application"];
        assert!(scans.iter().all(|scan| !plan.lines().any(|line| line.trim() == *scan)), "{plan}");
    }
}

#[test]
fn a_page_of_what_waits_is_read_from_an_index() {
    let house = House::new();
    let connection = house.sql();
    for name in ["list", "remind"] {
        let plan = plan(&connection, name);
        assert!(plan.contains("SEARCH clock USING INDEX clock_waiting ("), "{plan}");
        let scans = ["SCAN clock", "SCAN n", "SCAN c", "SCAN a", "SCAN r", "SCAN m"];
        assert!(scans.iter().all(|scan| !plan.lines().any(|line| line.trim() == *scan)), "{plan}");
    }
}
