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
mod soon;

use mohor_domain::catalogue::Catalogue;

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
