//! Folders: what they may be called, and what a command leaves in one.

use mohor_tests::{
    house::{House, Outcome, Started, binary},
    samples, tree,
};
use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Command, Stdio},
};

/// `mohor WORDS` in a folder, and nothing else said of where its data are.
fn within(folder: &Path, words: &[&OsStr]) -> Outcome {
    let mut command = Command::new(binary());
    command.args(words).current_dir(folder).stdin(Stdio::null());
    Started::new(command).finish()
}

fn words<'a>(words: &'a [&'a str]) -> Vec<&'a OsStr> {
    words.iter().map(OsStr::new).collect()
}

/// What lies in a folder, by name.
fn names(folder: &Path) -> BTreeSet<OsString> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect()
}

#[test]
fn a_demo_works_in_a_folder_whatever_it_is_called() {
    let house = House::new();
    let file = house.events(&[samples::caste(1)]);
    let long = "ক".repeat(80);
    for name in ["তথ্য", "my data", "it's \"quoted\" \\", "a\nb", "-x", "file:x", "a?mode=ro#%41", &long] {
        let data = OsString::from(format!("--data={name}"));
        let mut arguments = vec![data.as_os_str()];
        let demo = House::demo_arguments(&file);
        arguments.extend(demo.iter().map(OsString::as_os_str));
        let outcome = within(house.folder(), &arguments);
        assert_eq!(outcome.code, Some(0), "{name:?}: {outcome:?}");
        let there = house.folder().join(name);
        assert_eq!(outcome.json()["issued"], 1, "{name:?}");
        for kept in ["ledger.sqlite", "documents", "keys", "keys.json"] {
            assert!(there.join(kept).exists(), "{name:?}: {kept}");
        }
        let doctor = within(house.folder(), &[data.as_os_str(), "doctor".as_ref()]);
        assert_eq!(doctor.code, Some(0), "{name:?}: {doctor:?}");
    }
    let names = names(house.folder());
    assert_eq!(names.len(), 9, "the file, and a folder each: {names:?}");
}

#[test]
fn a_name_that_is_no_text_is_refused_and_is_no_other_folder() {
    let house = House::new();
    let odd = OsStr::from_bytes(b"--data=caf\xe9");
    let refused = within(house.folder(), &[odd, "export".as_ref()]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("--data") && refused.err.contains("UTF-8"), "{refused:?}");
    assert!(names(house.folder()).is_empty());
    // What is only opened or written may be called anything.
    let service = tree::root().join("schemas/services/BCW/caste-certificate");
    let out = OsStr::from_bytes(b"caf\xe9.pdf");
    let words =
        ["services".as_ref(), "preview".as_ref(), service.as_os_str(), "--json".as_ref(), "--out".as_ref(), out];
    let preview = within(house.folder(), &words);
    assert_eq!(preview.code, Some(0), "{preview:?}");
    assert_eq!(names(house.folder()), BTreeSet::from([out.to_owned()]));
}

#[test]
fn a_command_that_needs_no_ledger_leaves_none() {
    let house = House::new();
    let events = house.events(&[samples::caste(1)]);
    let events = events.to_str().expect("a path");
    let service = tree::root().join("schemas/services/BCW/caste-certificate");
    let service = service.to_str().expect("a path");
    let holidays = tree::root().join("schemas/catalogue/holidays.csv");
    let holidays = holidays.to_str().expect("a path");
    let empty = house.folder().join("empty");
    for (arguments, said) in [
        (&["--version"][..], "mohor "),
        (&["help"], "Commands"),
        (&["verify", "--help"], "verdict"),
        (&["people", "code", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"], ""),
        (&["people", "list"], "mohor people add"),
        (&["submit", events, "--check"], "1 would be accepted"),
        (&["services", "check", service], "nothing is wrong"),
        (&["services", "list"], "caste-certificate"),
        (&["sla", "simulate", events], "1 applications"),
        (&["sla", "simulate", events, "--holidays", holidays], "1 applications"),
        (&["check-config", "--defaults"], "verify_host"),
        (&["keys"], "mohor keys demo"),
        (&["centres", "show"], "made up"),
        (&["webhooks", "list"], ""),
        (&["holograms", "list"], ""),
        (&["dead", "list"], ""),
        (&["sla", "changes"], "no change has been proposed"),
    ] {
        fs::create_dir_all(&empty).expect("a folder");
        let outcome = within(&empty, &words(arguments));
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        assert!(outcome.out.contains(said), "{arguments:?}: {outcome:?}");
        assert_eq!(names(&empty), BTreeSet::new(), "{arguments:?}");
    }
    let code = within(&empty, &words(&["people", "code", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])).out;
    assert!(code.trim().len() == 6 && code.trim().bytes().all(|byte| byte.is_ascii_digit()), "{code}");
}

#[test]
fn a_configuration_is_checked_before_the_first_start_and_nothing_is_made() {
    let house = House::new();
    let config = house.file("mohor.toml", "generate_demo_keys = true\nledger = \"sqlite:data/ledger.sqlite\"\n");
    let empty = house.folder().join("empty");
    fs::create_dir(&empty).expect("a folder");
    let checked = within(&empty, &["--config".as_ref(), config.as_os_str(), "check-config".as_ref()]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert_eq!(checked.out.matches("none yet").count(), 4, "{checked:?}");
    // Without demo keys somebody has to bring keys.
    let checked = within(&empty, &words(&["check-config", "--json"]));
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert_eq!(names(&empty), BTreeSet::new());
}

#[test]
fn a_ledger_that_is_not_there_gives_no_verdict_and_no_good_report() {
    let empty = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["verify", "BCWAAAAAAAAAAAAA"][..],
        &["show", "BCW/1"],
        &["export"],
        &["doctor"],
        &["notices", "PUM0027"],
        &["restore", "BCWAAAAAAAAAAAAA"],
        &["sla", "recompute"],
        &["sla", "report", "BCW", "--from", "2026-01-01", "--until", "2026-03-31"],
        &["people", "disable", "rekha"],
        &["holograms", "write-off", "WB26-000001", "--reason", "torn in the printer"],
        &["dead", "show", "1"],
    ] {
        let outcome = within(empty.path(), &words(arguments));
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.err.contains("there is no ledger"), "{arguments:?}: {outcome:?}");
        assert_eq!(names(empty.path()), BTreeSet::new(), "{arguments:?}");
    }
}
