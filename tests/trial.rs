//! A trial is known as one, wherever it is looked at; and what is made on this machine is nobody else's.

use mohor_tests::{account::Account, house::House, samples};
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

#[test]
fn a_specimen_is_told_as_one_by_number_code_file_page_call_and_command() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let certificate = house.export().remove(0);
    let (uin, pdf) = (certificate["uin"].as_str().expect("a number").to_owned(), house.pdf(&certificate));
    for what in [uin.as_str(), pdf.to_str().expect("a path")] {
        let json = house.run(["verify", what, "--json"]).json();
        assert_eq!((&json["verdict"], &json["specimen"]), (&json!("genuine"), &json!(true)), "{what}: {json}");
        assert!(house.run(["verify", what]).out.contains("SPECIMEN"), "{what}");
    }
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal();
    let said = portal.get(&format!("/api/v1/verify/{uin}")).json();
    assert_eq!(said["specimen"], true, "{said}");
    let bytes = fs::read(&pdf).expect("a PDF");
    for page in [portal.form("/verify", "number", &uin), portal.upload("/verify/pdf", "file", &bytes)] {
        assert!(page.body.contains("Genuine: SPECIMEN") && page.body.contains("নমুনা"), "{}", page.body);
        assert!(page.body.contains("do not accept it") && !page.body.contains("verdict good"), "{}", page.body);
    }
}

#[test]
fn the_accounts_of_a_demo_open_the_demo_and_nothing_else() {
    let house = House::new();
    let mut command = house.command(["demo", "--json", "--listen", "127.0.0.1:0"]);
    let file = house.events(&[samples::caste(1)]);
    command.arg(&file);
    let mut staying = mohor_tests::house::Started::new(command);
    let summary: serde_json::Value = serde_json::from_str(&staying.wait_for_output()).expect("a summary");
    let accounts = summary["accounts"].as_array().expect("accounts").clone();
    assert!(accounts.len() > 5, "{summary}");
    let own = staying.portal().address().to_owned();
    let account = Account::given(&accounts[0]);
    assert!(!account.session(&house, &own).is_empty(), "the demo's own portal");
    staying.signal("TERM");
    staying.finish();
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal();
    for given in &accounts {
        let form = Account::given(given).form(&house);
        let answer = portal.post("/sign-in", "application/x-www-form-urlencoded", form.as_bytes());
        assert_eq!(answer.status, 401, "{given}");
    }
    runner.until("a word of it", |it| it.said().contains("its accounts open nothing here").then_some(()));
    let added = house.run(["people", "add", "demo-rekha", "--name", "Rekha Das", "--post", "auditor"]);
    assert!(added.code != Some(0) && added.err.contains("demo-"), "{added:?}");
}

#[test]
fn a_demo_goes_into_no_folder_in_which_real_work_was_done() {
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let added = house.run(["people", "add", "rekha", "--name", "Rekha Das", "--post", "auditor"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    let refused = house.run(House::demo_arguments(&house.events(&[samples::caste(1)])));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("is no demo's") && refused.err.contains("--data DIR"), "{refused:?}");
    let people = house.run(["people", "list", "--json"]).json();
    assert_eq!(people.as_array().map(Vec::len), Some(1), "nothing was added: {people}");
}

#[test]
fn what_is_made_here_is_its_owners_alone_and_what_is_open_is_named() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let mut looked = 0;
    assert_closed(house.data(), &mut looked);
    assert!(looked > 8, "{looked} files and folders");
    assert_eq!(house.run(["check-config"]).code, Some(0));
    for path in [house.data().to_owned(), house.data().join("ledger.sqlite")] {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
    }
    let checked = house.run(["check-config"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.out.contains("may be read by others (mode 644); `chmod -R go= "), "{checked:?}");
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    runner.until("a word of it", |it| it.said().contains("may be read by others").then_some(()));
}

fn assert_closed(path: &Path, looked: &mut usize) {
    let metadata = fs::symlink_metadata(path).expect("it is there");
    let mode = metadata.permissions().mode() & 0o777;
    assert_eq!(mode & 0o077, 0, "{} has the mode {mode:o}", path.display());
    *looked += 1;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            assert_closed(&entry.expect("an entry").path(), looked);
        }
    }
}
