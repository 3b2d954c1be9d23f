//! The conformance suites of the ports, on a file.

mod house;

use house::House;

mohor_ports::ledger_suite!(House::new());
mohor_ports::bus_suite!(House::new());
