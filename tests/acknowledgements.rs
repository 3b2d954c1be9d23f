//! Form 1: what is submitted is acknowledged by a sealed PDF that strangers verify, with tools this project did not write.

use mohor_tests::{
    house::{House, Started},
    samples::{self, submitted},
    tools::{self, closed_up},
};
use serde_json::{Value, json};
use std::{ffi::OsStr, fs, time::Duration};

fn hand_in(house: &House, events: &[Value]) {
    let outcome = house.run([OsStr::new("submit"), house.events(events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
}

/// The documents of an application, the newest first, once so many are stored.
fn documents(house: &House, runner: &mut Started, number: &str, count: usize) -> Vec<Value> {
    runner.until("the documents", |_| {
        let found = house.run(["show", number, "--json"]).json()[0]["documents"].take();
        let found = found.as_array().cloned().unwrap_or_default();
        let stored = found.iter().filter(|document| document["made"] == "stored").count();
        (stored == count && found.len() == count).then_some(found)
    })
}

#[test]
fn what_is_submitted_is_acknowledged_with_its_due_day_or_its_defects() {
    if !tools::ready(&[&tools::python("pyhanko"), "pdfsig", "pdftotext"]) {
        return;
    }
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        let portal = runner.portal();
        hand_in(&house, &[submitted("LRR/ACK/1", "2026-03-02T11:00:00+05:30"), samples::caste(1)]);
        let first = documents(&house, &mut runner, "LRR/ACK/1", 1).remove(0);
        let more = json!({"reason": {"en": "the deed is missing", "bn": "দলিল নেই"}, "officer": samples::officer()});
        let defect = samples::said("LRR", "application.deficient", "LRR/ACK/1", "2026-03-03T10:00:00+05:30", more);
        hand_in(&house, &[defect]);
        let both = documents(&house, &mut runner, "LRR/ACK/1", 2);
        assert_eq!(both[1], first, "the first stays as it was issued");

        // Tue 3 March is Doljatra; Wed 4, Thu 5.
        let paths: Vec<_> =
            both.iter().rev().map(|it| house.data().join(it["object"].as_str().expect("stored"))).collect();
        let trust = match house.away() {
            Some(_) => house.folder().join("keys/root.pem"),
            None => house.data().join("keys/root.pem"),
        };
        let promise = [
            "LRR/ACK/1",
            "Shefali Mondal",
            "5 March 2026",
            "৫ মার্চ ২০২৬",
            "2 March 2026, 11:00",
            "LRR-1",
            "2 days",
            "No. 1884-LP/5M-27/13",
            "Provisional",
            "SPECIMEN",
        ];
        let defects = ["LRR/ACK/1", "the deed is missing", "দলিল নেই", "3 March 2026", "SPECIMEN"];
        for (path, says) in paths.iter().zip([&promise[..], &defects]) {
            tools::assert_sealed(path, &trust);
            let paper = tools::text_of_pdf(path);
            for words in says {
                assert!(paper.contains(&closed_up(words)), "no {words} in {paper}");
            }
        }
        assert!(!tools::text_of_pdf(&paths[1]).contains(&closed_up("5 March 2026")), "no day is promised with defects");

        let bytes = fs::read(&paths[0]).expect("the document");
        assert_eq!(house.verdict(&paths[0]), "genuine");
        let answer = portal.upload("/api/v1/verify", "file", &bytes).json();
        assert_eq!(
            (&answer["verdict"], &answer["document"]),
            (&json!("genuine"), &json!("acknowledgement")),
            "{answer}"
        );
        let told = answer.to_string();
        assert!(!told.contains("Shefali") && !told.contains("LRR/ACK/1"), "nobody learns whose it is: {told}");
        let mut other = bytes.clone();
        other[bytes.len() / 2] ^= 0x20;
        assert_eq!(house.verdict(house.file("other.pdf", &other)), "altered");

        // A lost one comes back byte for byte, without any key.
        drop(runner);
        fs::remove_file(&paths[0]).expect("it can be removed");
        let sick = house.run(["doctor", "--json"]);
        let id = first["id"].as_str().expect("an id");
        assert!(sick.code == Some(1) && sick.out.contains(id), "the doctor misses it: {sick:?}");
        let keys = if house.away().is_some() { house.folder().join("keys") } else { house.data().join("keys") };
        fs::rename(&keys, house.folder().join("keys-elsewhere")).expect("the keys go away");
        let restored = house.run(["restore", id, "--json"]);
        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(fs::read(&paths[0]).expect("the document is back"), bytes);
        assert_eq!(house.assert_healthy()["documents"], 2);
    }
}

#[test]
fn killed_in_between_there_is_one_document_each() {
    const COUNT: usize = 60;
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        runner.portal();
        let number = |n: usize| format!("LRR/KILL/{n}");
        let events: Vec<Value> = (0..COUNT).map(|n| submitted(&number(n), "2026-03-02T11:00:00+05:30")).collect();
        hand_in(&house, &events);
        for _ in 0..4 {
            std::thread::sleep(Duration::from_millis(150));
            runner.kill();
            runner = house.start(["run", "--listen", "127.0.0.1:0"]);
            runner.portal();
        }
        runner.until("every document", |_| {
            let found = house.run(["doctor", "--json"]);
            (found.code == Some(0) && found.json()["documents"] == COUNT).then_some(())
        });
        drop(runner);
        let mut files = 0;
        for folder in fs::read_dir(house.data().join("documents")).expect("documents") {
            files += fs::read_dir(folder.expect("a folder").path()).map_or(0, Iterator::count);
        }
        assert_eq!(files, COUNT, "no document was sealed twice");
        for n in [0, COUNT - 1] {
            let found = house.run(["show", &number(n), "--json"]).json()[0]["documents"].take();
            assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
        }
    }
}
