//! Every method of the ledger's ports is known either as a commit, which the fault tables break at each of its writes, or as a
//! read, which writes nothing. That a name is a method's, the compiler sees: each is called.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use mohor_ports::suite::commits::{commits, reads};
use std::{collections::BTreeSet, fs, path::Path};

/// The ports' sources.
fn sources() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ledger");
    let files = fs::read_dir(&folder).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// The traits that make a ledger, as the macro of `ledger/mod.rs` lists them.
fn ports(sources: &[String]) -> BTreeSet<String> {
    let list = sources.iter().find_map(|source| source.split_once("\nledger_is! {")).unwrap().1;
    list.split_once('}').unwrap().0.split_whitespace().map(str::to_owned).collect()
}

/// Each trait of a source with its methods.
fn traits(source: &str) -> Vec<(String, Vec<String>)> {
    let name = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let bodies = source.split("\npub trait ").skip(1);
    bodies
        .map(|body| {
            let own = body.split_once("\n}").unwrap().0;
            (name(own), own.split(" fn ").skip(1).map(name).collect())
        })
        .collect()
}

#[test]
fn each_method_of_the_ledger_is_a_commit_or_a_read() {
    let sources = sources();
    let found: Vec<(String, Vec<String>)> = sources.iter().flat_map(|source| traits(source)).collect();
    let names: BTreeSet<String> = found.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, ports(&sources), "the traits of `ledger/` are those of a ledger");
    let methods: BTreeSet<&str> = found.iter().flat_map(|(_, methods)| methods).map(String::as_str).collect();
    assert!(methods.len() > 150, "{methods:?}");
    let (commits, reads): (BTreeSet<&str>, BTreeSet<&str>) =
        (commits().map(|call| call.method).collect(), reads().map(|call| call.method).collect());
    let both: Vec<_> = commits.intersection(&reads).collect();
    assert!(both.is_empty(), "{both:?} commit and do not");
    let known: BTreeSet<&str> = commits.union(&reads).copied().collect();
    let unknown: Vec<_> = methods.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?} are neither in a list of commits nor in that of reads (`suite/commits/`)");
    let gone: Vec<_> = known.difference(&methods).collect();
    assert!(gone.is_empty(), "{gone:?} are methods of no port");
}

#[test]
fn no_call_is_listed_twice() {
    let calls: Vec<String> = commits().chain(reads()).map(|call| call.to_string()).collect();
    let once: BTreeSet<&String> = calls.iter().collect();
    assert_eq!(once.len(), calls.len(), "{calls:?}");
}
