//! Killed, full, lost: nothing accepted is lost, nothing is issued twice.
//!
//! By default five kills over 300 approvals; `MOHOR_FULL=1` makes it twenty over 2,000.

use mohor_ports::suite::need::SmallDisk;
use mohor_tests::{
    chance::Chance,
    house::{House, Started},
    samples, until,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
    time::Duration,
};

const SEED: u64 = 908;

#[test]
fn killed_at_random_moments_it_issues_each_approval_once() {
    let (approvals, kills) = if std::env::var_os("MOHOR_FULL").is_some() { (2_000, 20) } else { (300, 5) };
    let house = House::new();
    let events = samples::many(approvals);
    let file = house.events(&events);
    let mut chance = Chance::new(SEED);
    let mut landed = 0;
    for kill in 0..kills {
        let mut started = Started::new(house.command(House::demo_arguments(&file)));
        // Somewhere in the work, however fast it is done; once before the first document.
        let (from, to) = (approvals * kill / kills, approvals * (kill + 1) / kills);
        let wanted = if kill == 0 { 0 } else { chance.between(from, to) };
        started
            .until("so many documents, or the end", |this| (house.documents() >= wanted || !this.runs()).then_some(()));
        thread::sleep(Duration::from_millis(chance.between(5, 200) as u64));
        landed += usize::from(started.kill());
    }
    assert!(landed * 2 >= kills, "only {landed} of {kills} kills came before the end");
    let summary = house.demo(&file);
    assert_eq!(summary["refused"], 0, "{summary}");
    assert_eq!(summary["parked"], 0, "{summary}");
    assert_each_issued_once(&house, &events);
    println!("{approvals} approvals, {landed} of {kills} kills while it ran, seed {SEED}");
}

/// One number, one document that verifies, one notice for each approval.
fn assert_each_issued_once(house: &House, events: &[Value]) {
    let health = house.assert_healthy();
    assert_eq!(health["issued"], events.len(), "{health}");
    let certificates = house.export();
    let mut uins = BTreeMap::new();
    for certificate in &certificates {
        let before = uins.insert(certificate["application_no"].to_string(), certificate["uin"].to_string());
        assert!(before.is_none(), "two certificates: {certificate}");
    }
    let wanted: BTreeSet<String> = events.iter().map(|event| event["data"]["application_no"].to_string()).collect();
    assert_eq!(uins.keys().cloned().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(uins.values().collect::<BTreeSet<_>>().len(), events.len(), "every number is another");
    // The doctor has compared every document with its digest; a verifier's whole way is gone with some of them.
    for certificate in certificates.iter().step_by(certificates.len() / 12 + 1) {
        let verdict = house.verdict(house.pdf(certificate));
        assert!(["genuine", "genuine_expired"].contains(&verdict.as_str()), "{verdict}: {certificate}");
    }
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for centre in events.iter().filter_map(|event| event["data"]["bsk"].as_str()).collect::<BTreeSet<_>>() {
        for line in house.run(["notices", centre, "--json"]).out.lines() {
            let notice: Value = serde_json::from_str(line).expect("a notice");
            if notice["type"] == "in.gov.wb.bsk.certificate.ready.v1" {
                *told.entry(notice["data"]["uin"].to_string()).or_default() += 1;
            }
        }
    }
    let at_centres = certificates.iter().filter(|certificate| certificate["bsk"].is_string());
    for certificate in at_centres {
        assert_eq!(told.get(&certificate["uin"].to_string()), Some(&1), "notices of {certificate}");
    }
}

#[test]
fn a_full_disk_is_named_and_work_goes_on_when_there_is_room() {
    let around = tempfile::tempdir().expect("a temporary folder");
    let folder = around.path().join("small");
    fs::create_dir_all(&folder).expect("a folder");
    let Some(disk) = SmallDisk::over(&folder, "4m") else { return };
    let house = House::new().with_data(&folder.join("data"));
    let events = samples::many(200);
    let file = house.events(&events);
    let mut command = house.command(House::demo_arguments(&file));
    command.env("MOHOR_LOG", "warn");
    let mut started = Started::new(command);
    started.until("word of the full disk", |this| {
        let said = this.said().to_lowercase();
        let ended = !this.runs();
        let named = said.contains("full") || said.contains("space");
        assert!(named || !ended, "it ended without naming the disk: {said}");
        named.then_some(())
    });
    // It goes on either by itself or, where nothing could be accepted at all, when the same file is handed in again.
    thread::sleep(Duration::from_secs(1));
    disk.grow("512m");
    let first = started.finish();
    if first.code != Some(0) {
        println!("the disk was full before everything was accepted: {}", first.err.trim());
        let summary = house.demo(&file);
        assert_eq!(summary["refused"], 0, "{summary}");
    }
    assert_each_issued_once(&house, &events);
    drop(disk);
}

#[test]
fn a_lost_document_comes_back_byte_for_byte_without_any_key() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1), samples::caste(2)]));
    let certificates = house.export();
    let (pdf, uin) = (house.pdf(&certificates[0]), certificates[0]["uin"].as_str().expect("a number"));
    let before = fs::read(&pdf).expect("the document");
    fs::remove_file(&pdf).expect("it can be removed");
    let sick = house.run(["doctor", "--json"]);
    assert_eq!(sick.code, Some(1), "the doctor misses it: {sick:?}");
    assert!(sick.out.contains(uin), "{sick:?}");
    fs::rename(house.data().join("keys"), house.folder().join("keys-elsewhere")).expect("the keys go away");
    let restored = house.run(["restore", uin, "--json"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(fs::read(&pdf).expect("the document is back"), before);
    house.assert_healthy();
}

#[test]
fn an_altered_document_is_found_and_made_again() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let certificate = house.export().remove(0);
    let pdf = house.pdf(&certificate);
    let before = fs::read(&pdf).expect("the document");
    let mut other = before.clone();
    other[before.len() / 2] ^= 0x20;
    // Documents are kept read-only: whoever alters one takes it away first.
    fs::remove_file(&pdf).and_then(|()| fs::write(&pdf, &other)).expect("it can be altered");
    assert_eq!(house.run(["doctor", "--json"]).code, Some(1));
    let restored = house.run(["restore", certificate["uin"].as_str().expect("a number")]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(fs::read(&pdf).expect("the document"), before);
    house.assert_healthy();
}

#[test]
fn a_second_runner_is_told_of_the_first() {
    let house = House::new();
    let file = house.events(&[samples::caste(1)]);
    let open = house.open(&file);
    let second = house.run(House::demo_arguments(&file));
    assert_eq!(second.code, Some(2), "{second:?}");
    assert!(!second.err.trim().is_empty());
    // Others read and write beside it.
    assert_eq!(house.export().len(), 1);
    let more = house.file("more.ndjson", samples::lines(&[samples::caste(2)]));
    let handed = house.run(["submit".as_ref(), more.as_os_str(), "--json".as_ref()]);
    assert_eq!(handed.json()["accepted"], 1, "{handed:?} {}", open.said());
    let documents = || house.export().iter().filter(|certificate| certificate["object"].is_string()).count();
    until("the runner to take what another process handed in", || (documents() == 2).then_some(()));
}
