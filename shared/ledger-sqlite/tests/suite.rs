//! The conformance suites of the ports, on a file.

use crate::house::House;

mohor_ports::ledger_suite!(Some(House::new()));
mohor_ports::bus_suite!(Some(House::new()));
