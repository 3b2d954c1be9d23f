//! Rows that hold what no program wrote.

use crate::house::House;
use mohor_ports::suite::unreadable;

fn spoil(house: &House, statement: &str) {
    assert!(house.sql().execute(statement, []).expect("a statement") > 0, "{statement}");
}

#[tokio::test]
async fn a_clock_that_cannot_be_read_holds_up_no_other() {
    let house = House::new();
    let spoil = async |statement: String| spoil(&house, &statement);
    unreadable::a_clock_that_cannot_be_read_holds_up_no_other(&*house.ledger, spoil).await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_holds_up_no_other() {
    let house = House::new();
    let spoil = async |statement: String| spoil(&house, &statement);
    unreadable::an_event_that_cannot_be_read_holds_up_no_other(&*house.ledger, spoil).await;
}
