//! The public contracts of Mohor, built into the program: schemas, services, the catalogue.
//!
//! Everything below `schemas/` except this crate's own files is embedded byte for byte. A new service folder, or a new
//! file anywhere in the tree, is embedded by the next build; nothing has to be listed by hand. What is where is told in
//! `schemas/README.md`.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The bytes of one file by its path below `schemas/`, with `/` between the parts: `events/common.v1.schema.json`.
pub fn get(path: &str) -> Option<&'static [u8]> {
    FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok().map(|place| FILES[place].1)
}

/// The files below a folder, in the order of their paths. What is given is (path below that folder, bytes).
///
/// `folder` has no `/` at its end, as in `services/BCW`; an empty one is the whole tree.
pub fn under(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let first = FILES.partition_point(move |(name, _)| *name < folder);
    FILES[first..].iter().filter_map(move |(name, bytes)| {
        let rest = name.strip_prefix(folder)?;
        let rest = if folder.is_empty() { rest } else { rest.strip_prefix('/')? };
        Some((rest, *bytes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_sorted_and_each_is_found() {
        assert!(FILES.is_sorted_by(|a, b| a.0 < b.0));
        for (path, bytes) in FILES {
            assert_eq!(get(path), Some(*bytes));
        }
        assert_eq!(get("events"), None);
    }

    #[test]
    fn the_tree_is_embedded_without_the_crate() {
        for path in ["facts.schema.json", "credential.cddl", "asyncapi.yaml", "catalogue/services.csv"] {
            assert!(get(path).is_some_and(|bytes| !bytes.is_empty()), "{path} is missing");
        }
        for path in ["Cargo.toml", "build.rs", "src/lib.rs"] {
            assert_eq!(get(path), None);
        }
    }

    #[test]
    fn a_folder_is_given_whole_and_alone() {
        let events: Vec<&str> = under("events").map(|(name, _)| name).collect();
        assert!(events.contains(&"application.approved.v1.schema.json"));
        assert!(events.iter().all(|name| name.ends_with(".v1.schema.json")));
        assert_eq!(under("event").count(), 0);
        assert_eq!(under("").count(), FILES.len());
    }
}
