//! No test passes by accident: what it needs it asks for, and what it finds does not hang on how fast a machine is.

use mohor_tests::tree;

/// The test code of the tree by file: test files whole, of others what stands in their test modules.
fn test_code() -> Vec<(String, String)> {
    let not_tests = ["tests/src/", "tests/benches/", "tests/fuzz/", "tests/examples/", "tests/accidents.rs"];
    let files = tree::rust_files().into_iter().filter(|path| !not_tests.iter().any(|folder| path.starts_with(folder)));
    files
        .filter_map(|path| {
            let text = tree::read(&path);
            if path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
                return Some((path, text));
            }
            let (_, tests) = text.split_once("#[cfg(test)]")?;
            Some((path, tests.to_owned()))
        })
        .collect()
}

/// The bodies of the test functions of a file, line by line.
fn bodies(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let begins =
        |line: &&str| line.trim_start().starts_with("#[test]") || line.trim_start().starts_with("#[tokio::test");
    let starts = lines.iter().enumerate().filter(|(_, line)| begins(line));
    starts
        .map(|(at, line)| {
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            lines[at..].iter().take_while(|line| **line != end).copied().collect()
        })
        .collect()
}

#[test]
fn one_place_decides_what_a_quick_run_passes_over() {
    let switch = ["MOHOR", "QUICK"].join("_");
    let readers: Vec<String> =
        tree::rust_files().into_iter().filter(|path| tree::read(path).contains(&switch)).collect();
    assert_eq!(readers, ["shared/ports/src/suite/need.rs"], "`need::there` decides, for every test alike");
}

#[test]
fn a_test_ends_early_only_where_it_has_asked_for_what_is_missing() {
    // What asks, in the end, `need::there`; and tests that are called for by name or call themselves.
    const ASKS: [&str; 12] = [
        "ready(",
        "tools()",
        "Servers::",
        "House::new()",
        "House::bare()",
        "House::with(",
        "server(",
        "SmallDisk::",
        "Template::new()",
        "demo_on(",
        "MOHOR_MEASURE",
        "MOHOR_PRINT_DIGEST",
    ];
    for (path, text) in test_code() {
        for body in bodies(&text) {
            let ends =
                body.iter().enumerate().filter(|(_, line)| line.contains("return;") || line.contains("{ return }"));
            for (at, _) in ends {
                let condition = body[..=at].iter().rev().find(|line| line.contains("if ") || line.contains("let Some"));
                let asked = condition.is_some_and(|line| ASKS.iter().any(|ask| line.contains(ask)));
                assert!(asked, "{path}: {condition:?} ends a test early, and nobody is told");
            }
        }
    }
}

#[test]
fn a_tool_is_started_by_a_test_that_has_asked_for_it() {
    let by_name = ["Command::new(", "\""].concat();
    for (path, text) in test_code() {
        for line in text.lines().filter(|line| line.contains(&by_name)) {
            // Part of every system that this runs on.
            let plain = line.contains("Command::new(\"kill\")");
            assert!(plain, "{path}: `tools::command`, or `need::assert_asked` before it: {}", line.trim());
        }
    }
}

#[test]
fn no_test_measures_time() {
    // What is said of a run and compared with nothing; how long the page takes; and a promise that is given in seconds.
    const MAY: [&str; 4] =
        ["tests/attacks.rs", "tests/distributed/main.rs", "shared/document/tests/measure.rs", "tests/line.rs"];
    let clocks = [["elap", "sed()"].concat(), ["mic", "ros()"].concat()];
    for (path, text) in test_code() {
        let measures = clocks.iter().any(|clock| text.contains(clock.as_str()));
        assert!(!measures || MAY.contains(&path.as_str()), "{path} measures time: wait for what is to happen");
    }
}
