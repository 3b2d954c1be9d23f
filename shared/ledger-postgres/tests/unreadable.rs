//! Rows that hold what no program wrote.

use crate::house::House;
use mohor_ports::suite::unreadable;
use sqlx_core::{connection::Connection, executor::Executor, query::query, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;

async fn spoil(house: &House, statement: String) {
    let mut connection = PgConnection::connect(&house.url).await.expect("the server answers");
    let done = connection.execute(query(AssertSqlSafe(statement.clone()))).await.expect("a statement");
    assert!(done.rows_affected() > 0, "{statement}");
}

#[tokio::test]
async fn a_clock_that_cannot_be_read_holds_up_no_other() {
    let Some(house) = House::new().await else { return };
    let spoil = async |statement| spoil(&house, statement).await;
    unreadable::a_clock_that_cannot_be_read_holds_up_no_other(&*house.ledger, spoil).await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_holds_up_no_other() {
    let Some(house) = House::new().await else { return };
    let spoil = async |statement| spoil(&house, statement).await;
    unreadable::an_event_that_cannot_be_read_holds_up_no_other(&*house.ledger, spoil).await;
}
