//! The borders between the crates, and the habits of the tree. Each rule names the file that breaks it.

use mohor_tests::{tools, tree};
use std::collections::{BTreeMap, BTreeSet};

/// Which of our crates each crate may depend on. Only the program and the tests name adapters and ledgers.
const BORDERS: [(&str, &[&str]); 16] = [
    ("mohor-schemas", &[]),
    ("mohor-domain", &[]),
    ("mohor-ports", &["mohor-domain"]),
    ("mohor-document", &["mohor-domain"]),
    ("mohor-ledger-sqlite", &["mohor-domain", "mohor-ports"]),
    ("mohor-ledger-postgres", &["mohor-domain", "mohor-ports"]),
    ("mohor-bus-rabbitmq", &["mohor-domain", "mohor-ports"]),
    ("mohor-vault-folder", &["mohor-domain", "mohor-ports"]),
    ("mohor-gateway-smtp", &["mohor-domain", "mohor-ports"]),
    ("mohor-gateway-http", &["mohor-domain", "mohor-ports"]),
    ("mohor-identity-oidc", &["mohor-domain", "mohor-ports"]),
    ("mohor-vault-s3", &["mohor-domain", "mohor-ports"]),
    ("mohor-signer-keyfile", &["mohor-domain", "mohor-ports"]),
    ("mohor-runtime", &["mohor-domain", "mohor-ports"]),
    ("mohor-pipeline", &["mohor-domain", "mohor-ports", "mohor-document", "mohor-runtime"]),
    ("mohor-portal", &["mohor-domain", "mohor-ports", "mohor-document", "mohor-runtime"]),
];

/// Who alone may name a vendor's library.
const VENDORS: [(&str, &[&str]); 26] = [
    ("rusqlite", &["mohor-ledger-sqlite", "mohor-tests"]),
    ("sqlx-core", &["mohor-ledger-postgres"]),
    ("sqlx-postgres", &["mohor-ledger-postgres"]),
    ("lapin", &["mohor-bus-rabbitmq"]),
    ("aws-sigv4", &["mohor-vault-s3"]),
    ("aws-credential-types", &["mohor-vault-s3"]),
    ("lettre", &["mohor-gateway-smtp"]),
    ("openidconnect", &["mohor-identity-oidc"]),
    ("hyper", &["mohor-identity-oidc", "mohor-gateway-http", "mohor-vault-s3"]),
    ("hyper-util", &["mohor-identity-oidc", "mohor-gateway-http", "mohor-vault-s3"]),
    ("hyper-rustls", &["mohor-identity-oidc", "mohor-vault-s3"]),
    ("rustls", &["mohor-identity-oidc", "mohor-gateway-http", "mohor-vault-s3"]),
    ("tokio-rustls", &["mohor-gateway-http"]),
    ("typst-eval", &["mohor-document"]),
    ("typst-layout", &["mohor-document"]),
    ("typst-library", &["mohor-document"]),
    ("typst-macros", &["mohor-document"]),
    ("typst-pdf", &["mohor-document"]),
    ("typst-realize", &["mohor-document"]),
    ("typst-syntax", &["mohor-document"]),
    ("typst-utils", &["mohor-document"]),
    ("comemo", &["mohor-document"]),
    ("axum", &["mohor-portal"]),
    ("askama", &["mohor-portal"]),
    ("p256", &["mohor-signer-keyfile"]),
    ("clap", &["mohor"]),
];

/// Every manifest by its folder.
fn members() -> BTreeMap<String, toml::Table> {
    let workspace: toml::Table = tree::read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("the members");
    let manifest = |member: &toml::Value| {
        let folder = member.as_str().expect("a path").to_owned();
        let text = tree::read(&format!("{folder}/Cargo.toml"));
        let manifest = text.parse().unwrap_or_else(|error| panic!("{folder}: {error}"));
        (folder, manifest)
    };
    members.iter().map(manifest).collect()
}

/// Every manifest by the name of its crate.
fn manifests() -> BTreeMap<String, toml::Table> {
    let named = |manifest: toml::Table| (manifest["package"]["name"].as_str().expect("a name").to_owned(), manifest);
    members().into_values().map(named).collect()
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn crates_depend_only_on_what_lies_inwards() {
    let manifests = manifests();
    for (name, allowed) in BORDERS {
        let ours: BTreeSet<String> =
            dependencies(&manifests[name]).into_iter().filter(|dependency| dependency.starts_with("mohor")).collect();
        for dependency in ours {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
    let bordered: BTreeSet<&str> = BORDERS.iter().map(|(name, _)| *name).chain(["mohor", "mohor-tests"]).collect();
    let members: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(bordered, members, "a crate without a border, or a border without a crate");
}

#[test]
fn vendors_are_named_in_one_place() {
    let manifests = manifests();
    for (vendor, places) in VENDORS {
        for (name, manifest) in &manifests {
            let named = dependencies(manifest).contains(vendor);
            assert!(!named || places.contains(&name.as_str()), "{name} names {vendor}, which is for {places:?}");
        }
    }
}

#[test]
fn every_crate_inherits_the_lints_and_the_edition() {
    for (name, manifest) in manifests() {
        let inherits = |table: &str, key: &str| {
            manifest.get(table).and_then(|t| t.get(key)).is_some_and(|value| match value {
                toml::Value::Boolean(yes) => *yes,
                other => other.get("workspace").and_then(toml::Value::as_bool) == Some(true),
            })
        };
        assert!(inherits("lints", "workspace"), "{name} has lints of its own");
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            assert!(inherits("package", key), "{name} sets its own {key}");
        }
    }
}

#[test]
fn ambient_time_and_randomness_are_banned() {
    let bans = tree::read("clippy.toml");
    for path in
        ["SystemTime::now", "Instant::now", "jiff::Timestamp::now", "getrandom::fill", "Uuid::new_v4", "Uuid::now_v7"]
    {
        assert!(bans.contains(path), "clippy.toml no longer bans {path}");
    }
}

#[test]
fn only_sign_and_store_reach_a_signer() {
    for path in tree::rust_files().into_iter().filter(|path| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
    {
        let code = tree::code_of(&tree::read(&path));
        let names_it = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "Signer");
        let may = match path.as_str() {
            "workers/pipeline/src/sign.rs" | "workers/pipeline/src/store.rs" => true,
            path if path.starts_with("workers/pipeline") || path.starts_with("workers/portal") => false,
            path if path.starts_with("shared/runtime") => {
                // A department's own client signs its requests with `ed25519_dalek::Signer`: no key of ours.
                assert!(!code.contains("mohor_ports::signer"), "{path} reaches the port to a signer");
                true
            }
            path => !path.starts_with("shared/document") && !path.starts_with("shared/ledger"),
        };
        assert!(!names_it || may, "{path} can name a signer");
    }
}

#[test]
fn one_word_per_stage() {
    let stages = mohor_domain::stage::Stage::ALL;
    let lib = tree::read("workers/pipeline/src/lib.rs");
    let mut before = 0;
    for stage in stages {
        let line = format!("pub mod {};", stage.as_str());
        let at = lib.find(&line).unwrap_or_else(|| panic!("lib.rs has no `{line}`"));
        assert!(at > before, "{} is out of the running order", stage.as_str());
        before = at;
        let path = format!("workers/pipeline/src/{}.rs", stage.as_str());
        assert!(tree::root().join(&path).is_file(), "{path} is missing");
    }
}

#[test]
fn files_stay_short_and_whole() {
    let unfinished = [["to", "do!("].concat(), ["unimplemen", "ted!("].concat(), ["#[ign", "ore"].concat()];
    for path in tree::rust_files() {
        let text = tree::read(&path);
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines: split it by what its reader asks next");
        for word in &unfinished {
            assert!(!text.contains(word.as_str()), "{path} holds {word}");
        }
    }
}

/// Where a file's modules are: beside it when it is the root of its folder, else in the folder of its own name, or where a
/// `#[path]` says.
fn modules(file: &str, root: bool) -> Vec<String> {
    let (folder, name) = file.rsplit_once('/').expect("a folder");
    let below = if root || name == "mod.rs" { folder.to_owned() } else { file.trim_end_matches(".rs").to_owned() };
    let text = tree::read(file);
    let elsewhere = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"));
    let elsewhere = elsewhere.map(|path| {
        let mut parts: Vec<&str> = folder.split('/').collect();
        for part in path.split('/') {
            if part == ".." { parts.pop().map(drop).expect("inside the tree") } else { parts.push(part) }
        }
        parts.join("/")
    });
    let elsewhere: Vec<String> = elsewhere.collect();
    let names = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    names
        .flat_map(|name| [format!("{below}/{name}.rs"), format!("{below}/{name}/mod.rs")])
        .chain(elsewhere)
        .filter(|path| tree::root().join(path).is_file())
        .collect()
}

/// The targets of a table of a manifest, by their paths.
fn targets(member: &str, manifest: &toml::Table, table: &str, default: &str) -> Vec<String> {
    let targets = manifest.get(table).and_then(toml::Value::as_array);
    let path = |target: &toml::Value| {
        let named = target.get("path").and_then(toml::Value::as_str).map(str::to_owned);
        named.unwrap_or_else(|| format!("{default}/{}.rs", target["name"].as_str().unwrap_or_default()))
    };
    targets.into_iter().flatten().map(|target| format!("{member}/{}", path(target))).collect()
}

#[test]
fn every_file_of_a_tests_folder_is_part_of_a_target_and_a_crate_has_few() {
    let mut part: BTreeSet<String> = BTreeSet::new();
    let mut files = Vec::new();
    for (member, manifest) in members() {
        let everything = if member == "tests" { "tests".to_owned() } else { format!("{member}/tests") };
        let mut roots = targets(&member, &manifest, "test", "tests");
        let own = manifest["package"].get("autotests").and_then(toml::Value::as_bool) == Some(false);
        if !own {
            let beside =
                |path: &String| path.strip_prefix(&format!("{everything}/")).is_some_and(|it| !it.contains('/'));
            roots.extend(tree::files(&everything).into_iter().filter(beside));
        }
        let most = if member == "tests" { 4 } else { 1 };
        assert!(roots.len() <= most, "{member}: each of {roots:?} is linked by itself");
        roots.extend(targets(&member, &manifest, "bench", "benches"));
        let mut next: Vec<(String, bool)> = roots.into_iter().map(|path| (path, true)).collect();
        while let Some((file, root)) = next.pop() {
            next.extend(modules(&file, root).into_iter().map(|path| (path, false)));
            part.insert(file);
        }
        files.extend(tree::files(&everything));
    }
    let elsewhere = ["tests/src/", "tests/fuzz/", "tests/examples/"];
    for path in files.iter().filter(|path| path.ends_with(".rs")) {
        let known = part.contains(path) || elsewhere.iter().any(|folder| path.starts_with(folder));
        assert!(known, "{path} is compiled by nothing: name it in the root of its target");
    }
}

#[test]
fn unit_tests_are_built_where_there_are_any_and_nothing_where_there_are_none() {
    let mark = ["#[cfg(", "test)]"].concat();
    for (member, manifest) in members() {
        let target = if tree::root().join(&member).join("src/lib.rs").is_file() { "lib" } else { "bin" };
        let built = match manifest.get(target) {
            Some(toml::Value::Table(lib)) => lib.get("test").and_then(toml::Value::as_bool) != Some(false),
            _ => true,
        };
        let files = tree::files(&format!("{member}/src"));
        let has = files.iter().any(|path| path.ends_with(".rs") && tree::read(path).contains(&mark));
        // What the tests share splits other files at this mark.
        let has = has && member != "tests";
        assert_eq!(
            built, has,
            "{member}: unit tests that nobody runs, or none that are linked: `test` of its `[{target}]`"
        );
    }
}

#[test]
fn there_is_one_layout_cache_and_no_banned_crate() {
    let lock: toml::Table = tree::read("Cargo.lock").parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("packages");
    let count = |name: &str| packages.iter().filter(|package| package["name"].as_str() == Some(name)).count();
    assert_eq!(count("comemo"), 1, "two layout caches: eviction silently does nothing");
    for banned in ["openssl", "openssl-sys", "native-tls", "backoff"] {
        assert_eq!(count(banned), 0, "{banned} is in Cargo.lock; deny.toml says why it must not be");
    }
    // `rsa` checks signatures of the sign-in provider's tokens; whoever used it with a private key would need it too.
    let needs = |package: &&toml::Value| {
        let needed = package.get("dependencies").and_then(toml::Value::as_array);
        needed.is_some_and(|needed| {
            needed.iter().any(|it| it.as_str().is_some_and(|it| it.split(' ').next() == Some("rsa")))
        })
    };
    let users: Vec<&str> = packages.iter().filter(needs).filter_map(|package| package["name"].as_str()).collect();
    assert_eq!(users, ["openidconnect"], "deny.toml says why it must be no more");
}

/// Every crate that is compiled for a choice of packages, with its features.
fn compiled(choice: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--prefix", "none", "--format", "{p} {f}", "--manifest-path"];
    let manifest = tree::root().join("Cargo.toml");
    arguments.push(manifest.to_str().expect("a path"));
    let said = tools::must(env!("CARGO"), arguments.iter().chain(choice));
    said.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_program_and_its_tests_share_one_build_of_every_crate() {
    let program = compiled(&["--package", "mohor", "--edges", "normal,build"]);
    let everything = compiled(&["--workspace", "--edges", "normal,build,dev"]);
    let twice: Vec<&String> = program.difference(&everything).collect();
    assert!(twice.is_empty(), "the tests build these again with more features, and all that uses them: {twice:#?}");
}
