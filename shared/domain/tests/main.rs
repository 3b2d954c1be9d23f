//! The rules, by what they come to.

mod centres;
mod changes;
mod clocks;
mod compliance;
mod directory;
mod ends;
mod evidence;
mod holders;
mod limits;
mod practice;
mod second_reading;
mod soon;

use mohor_domain::{
    calendar::Calendar,
    catalogue::Catalogue,
    civil::Instant,
    rules::{Ladder, Rules},
};

/// A file of the bundled catalogue.
fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../../schemas/catalogue/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a file of the catalogue")
}

fn catalogue() -> Catalogue {
    let files = ["departments.csv", "districts.csv", "services.csv", "bsks.csv"].map(|name| (name, file(name)));
    Catalogue::read(|name| files.iter().find(|(it, _)| *it == name).map(|(_, bytes)| bytes.as_slice()))
        .expect("the bundled catalogue")
}

/// The bundled limits and holidays, of years that somebody has compared with the orders.
fn rules() -> Rules {
    let mut calendar = Calendar::read(&file("holidays.csv")).expect("the bundled holidays");
    [2025, 2026].into_iter().for_each(|year| calendar.settle(year));
    Rules::read(&file("limits.csv"), calendar, Ladder::default()).expect("the bundled limits")
}

/// A minute in Kolkata.
fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}:00+05:30")).expect("a time")
}
