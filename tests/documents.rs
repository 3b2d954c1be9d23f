//! The documents are true: what they name exists, and what exists is named.

use mohor_domain::stage::Stage;
use mohor_tests::{house, tools, tree};
use std::{collections::BTreeSet, path::Path};

fn documents() -> Vec<String> {
    let all = tree::files("").into_iter().filter(|path| path.ends_with(".md"));
    all.collect()
}

/// What stands between backticks outside of code blocks, and each line inside of them.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            block = !block;
        } else if block || line.starts_with("    ") {
            found.push(line.trim().to_owned());
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// Words that look like a path of the tree.
fn looks_like_a_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c));
    let somewhere_else = ["/", "application/", "target/", "mohor-data", "documents/", "in.gov."]
        .iter()
        .any(|start| word.starts_with(start));
    let ends = [".rs", ".toml", ".md", ".yaml", ".cddl", ".sql", ".py", ".mjs", ".csv", ".typ", "/"];
    plain && !somewhere_else && (word.contains('/') || ends.iter().any(|end| word.ends_with(end)))
}

#[test]
fn every_path_that_is_named_exists() {
    // A user's own files.
    const THEIRS: [&str; 3] = ["mohor.toml", "data.json", "preview.pdf"];
    let names: BTreeSet<String> =
        tree::files("").iter().filter_map(|path| path.rsplit('/').next().map(str::to_owned)).collect();
    let root = tree::root();
    for document in documents() {
        let beside = root.join(&document).parent().map(Path::to_path_buf).unwrap_or_default();
        for word in quoted(&tree::read(&document)) {
            let word = word.trim_start_matches("./");
            if !looks_like_a_path(word) || THEIRS.contains(&word) || word.starts_with("keys/") {
                continue;
            }
            let exists = root.join(word).exists() || beside.join(word).exists() || names.contains(word);
            assert!(exists, "{document} names `{word}`, which is not there");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        let text = tree::read(&document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") || target.starts_with('#') {
                continue;
            }
            let beside = tree::root().join(&document);
            let path = target.split('#').next().unwrap_or_default();
            assert!(beside.parent().is_some_and(|folder| folder.join(path).exists()), "{document} links to {target}");
        }
    }
}

/// The commands that the program's own help lists.
fn commands(of: &[&str]) -> BTreeSet<String> {
    let help = tools::must(&house::binary().to_string_lossy(), of.iter().chain(&["--help"]));
    let list = help.split("Commands:").nth(1).unwrap_or_default();
    list.lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_that_is_named_exists() {
    let known = commands(&[]);
    assert!(known.contains("demo") && known.contains("check-config"), "the help reads otherwise: {known:?}");
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    for document in documents() {
        for quote in quoted(&tree::read(&document)) {
            let called = ["mohor ", "cargo run --release -- "].iter().find_map(|start| quote.strip_prefix(start));
            let mut words = called.into_iter().flat_map(str::split_whitespace);
            let Some(command) = words.next().filter(plain) else { continue };
            assert!(known.contains(command), "{document}: there is no `mohor {command}`");
            let below = commands(&[command]);
            if let Some(word) = words.next().filter(plain).filter(|_| !below.is_empty()) {
                assert!(
                    word.split('|').all(|one| below.contains(one)),
                    "{document}: there is no `mohor {command} {word}`"
                );
            }
        }
    }
}

/// First cells of the tables of a section, without backticks.
fn first_cells(document: &str, section: &str) -> Vec<String> {
    let text = tree::read(document);
    let body = text.split(&format!("\n## {section}\n")).nth(1).unwrap_or_else(|| panic!("{document} has no {section}"));
    let body = body.split("\n## ").next().unwrap_or_default();
    let rows = body.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

#[test]
fn readme_lists_every_command() {
    let listed: BTreeSet<String> = first_cells("README.md", "Commands")
        .iter()
        .filter_map(|cell| cell.strip_prefix("mohor "))
        .filter_map(|rest| rest.split_whitespace().next().map(str::to_owned))
        .collect();
    assert_eq!(listed, commands(&[]));
}

#[test]
fn readme_lists_every_key_of_the_configuration() {
    let text = tools::must(&house::binary().to_string_lossy(), ["check-config", "--defaults"]);
    let defaults: toml::Table = text.parse().expect("the defaults are TOML");
    let mut keys = BTreeSet::new();
    for (name, value) in &defaults {
        match value.as_table() {
            Some(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
            None => drop(keys.insert(name.clone())),
        }
    }
    assert_eq!(first_cells("README.md", "Configuration").into_iter().collect::<BTreeSet<_>>(), keys);
}

#[test]
fn the_stages_are_those_of_the_program() {
    let stages: Vec<&str> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
    assert_eq!(first_cells("ARCHITECTURE.md", "The stages"), stages);
}

#[test]
fn every_park_code_has_its_page_and_every_page_its_code() {
    // Ways to roll a transaction back, seen by nobody.
    const NEVER_SHOWN: [&str; 2] = ["preview", "probe"];
    let mut codes: BTreeSet<String> = ["retry", "outage", "fatal", "exhausted"].map(str::to_owned).into();
    for path in tree::rust_files().iter().filter(|path| !path.starts_with("tests/")) {
        let code = tree::code_of(&tree::read(path));
        for rest in code.split("reject(").skip(1) {
            let Some(rest) = rest.trim_start().strip_prefix('"') else { continue };
            codes.extend(rest.split('"').next().filter(|code| !NEVER_SHOWN.contains(code)).map(str::to_owned));
        }
    }
    let pages: BTreeSet<String> = tree::files("infra/runbook")
        .iter()
        .filter_map(|path| path.rsplit('/').next()?.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    // A page of its own for what no item shows, if an alert leads there or the contents do.
    let (alerts, contents) = (tree::read("infra/prometheus/alerts.yml"), tree::read("infra/runbook/README.md"));
    let alone = |page: &&String| {
        let led = alerts.contains(&format!("infra/runbook/{page}.md")) || contents.contains(&format!("]({page}.md)"));
        !codes.contains(*page) && led
    };
    let pages: BTreeSet<String> = pages.iter().filter(|page| !alone(page)).cloned().collect();
    assert_eq!(pages, codes);
}

/// Alerts and dashboards: what they ask for is measured, and what they advise exists.
#[test]
fn alerts_and_dashboards_name_what_exists() {
    let measured = tree::read("shared/runtime/src/telemetry.rs") + &tree::read("workers/portal/src/api/health.rs");
    let mut named = BTreeSet::new();
    for file in ["infra/prometheus/alerts.yml", "infra/grafana/dashboards/mohor.json"] {
        let text = tree::read(file);
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| w.starts_with("mohor_")) {
            let metric = word.trim_end_matches("_bucket");
            assert!(measured.contains(&format!("\"{metric}\"")), "{file} asks for {metric}, which nothing measures");
            named.insert(metric.to_owned());
        }
        for page in text.split("runbook: ").skip(1) {
            let page = page.split([' ', '}', '\n']).next().unwrap_or_default();
            assert!(tree::root().join(page).is_file(), "{file} names {page}, which is not there");
        }
    }
    assert!(named.len() >= 5, "{named:?}");
}
