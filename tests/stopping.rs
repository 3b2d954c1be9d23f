//! Stopping: whatever a command is at, one signal ends it and a second one ends it at once; what was accepted is there.

use mohor_runtime::shutdown::DEADLINE;
use mohor_tests::{
    chance::Chance,
    house::{House, Started},
    samples, tree,
    unread::Unread,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{Write, pipe},
    path::Path,
    thread,
    time::Duration,
};

const SEED: u64 = 1_508;
/// The signals, and the exit codes of what they end.
const SIGNALS: [(&str, i32); 2] = [("TERM", 143), ("INT", 130)];

fn rounds(short: usize, long: usize) -> usize {
    if std::env::var_os("MOHOR_FULL").is_some() { long } else { short }
}

/// A moment at random.
fn a_while(chance: &mut Chance, most: usize) {
    thread::sleep(Duration::from_millis(chance.between(0, most) as u64));
}

/// `mohor demo FILE` that stays.
fn staying(house: &House, file: &Path) -> Started {
    let mut command = house.command(["demo".as_ref(), file.as_os_str()]);
    command.args(["--json", "--listen", "127.0.0.1:0"]);
    Started::new(command)
}

#[test]
fn a_demo_stopped_at_random_moments_ends_and_the_same_command_goes_on() {
    let house = House::new();
    let events = samples::many(rounds(120, 600));
    let file = house.events(&events);
    let mut chance = Chance::new(SEED);
    let (rounds, mut late) = (rounds(6, 40), 0);
    for round in 0..rounds {
        let mut demo = staying(&house, &file);
        demo.until_it_heeds();
        // Somewhere in the work, however fast it is done; once before any of it.
        let wanted = events.len() * round / rounds;
        demo.until("so many documents, or the end", |it| (house.documents() >= wanted || !it.runs()).then_some(()));
        a_while(&mut chance, 300);
        demo.signal(SIGNALS[round % 2].0);
        let ended = demo.finish();
        // On a machine that is busy enough, a batch takes longer than it may.
        let over = ended.code == Some(2) && ended.err.contains("does not end within");
        late += usize::from(over);
        assert!(over || matches!(ended.code, Some(0 | 1)), "{ended:?}");
        assert!(!ended.err.contains("panicked"), "{ended:?}");
    }
    // How many is a matter of the machine; that an end in order is there at all is not.
    assert!(late < rounds, "{late} of {rounds} had to be ended");
    let summary = house.demo(&file);
    assert_eq!((&summary["refused"], &summary["parked"], &summary["stopped"]), (&0.into(), &0.into(), &false.into()));
    house.assert_healthy();
    let numbers: Vec<Value> = house.export().iter().map(|line| line["application_no"].clone()).collect();
    let each: BTreeSet<String> = numbers.iter().map(Value::to_string).collect();
    assert_eq!((numbers.len(), each.len()), (events.len(), events.len()), "each approval is issued once");
}

#[test]
fn every_role_ends_in_order_at_a_random_moment() {
    let house = House::new();
    let file = house.events(&samples::many(30));
    let mut chance = Chance::new(SEED + 1);
    assert_eq!(house.run(["submit".as_ref(), file.as_os_str()]).code, Some(0));
    let keys = house.run(["keys", "demo"]);
    assert_eq!(keys.code, Some(0), "{keys:?}");
    for (place, role) in
        ["intake", "mint", "sign", "store", "notify", "sla", "portal", "reconcile"].into_iter().enumerate()
    {
        let mut running = house.start(["run", role, "--listen", "127.0.0.1:0"]);
        running.until_it_heeds();
        a_while(&mut chance, 700);
        running.signal(SIGNALS[place % 2].0);
        let ended = running.finish();
        assert_eq!(ended.code, Some(0), "{role}: {ended:?}");
    }
    house.demo(&file);
    house.assert_healthy();
}

/// Commands that have nothing to finish, as they are tried here: a word of each.
fn plain(house: &House) -> Vec<Vec<String>> {
    let certificate = house.export().remove(0);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (uin, bsk) = (text(&certificate["uin"]), text(&certificate["bsk"]));
    let service = tree::root().join("schemas/services/BCW/caste-certificate").display().to_string();
    let events = house.folder().join("events.ndjson").display().to_string();
    let commands: [&[&str]; 29] = [
        &["show", &uin],
        &["sla", "recompute"],
        &["sla", "report", "BCW", "--from", "2026-01-01", "--until", "2026-03-31"],
        &["sla", "simulate", &events],
        &["sla", "changes"],
        &["export"],
        &["verify", &uin],
        &["services", "check", &service],
        &["services", "preview", &service],
        &["services", "list"],
        &["uins", "reserve", "BCW", "100"],
        &["restore", &uin],
        &["keys"],
        &["keys", "demo"],
        &["keys", "department", "BCW"],
        &["people", "add", "rekha", "--name", "Rekha Das", "--post", "supervisor"],
        &["people", "list"],
        &["people", "code", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
        &["people", "reset", "rekha"],
        &["directory", "show", "BCW"],
        &["webhooks", "list"],
        &["centres", "show"],
        &["holograms", "list"],
        &["notices", &bsk],
        &["migrate"],
        &["healthcheck"],
        &["doctor"],
        &["check-config"],
        &["dead", "list"],
    ];
    commands.map(|words| words.iter().map(|word| (*word).to_owned()).collect()).into()
}

#[test]
fn a_command_with_nothing_to_finish_ends_at_the_first_signal() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let mut chance = Chance::new(SEED + 2);
    let commands = plain(&house);
    for (place, words) in commands.iter().enumerate() {
        let standing = Unread::start(house.command(words));
        a_while(&mut chance, 200);
        let (signal, code) = SIGNALS[place % 2];
        standing.signal(signal);
        assert_eq!(standing.finish(), Some(code), "{words:?}");
    }
    house.assert_healthy();
    // Whoever adds a command says what a signal is to it: here, or among those that finish something.
    let help = house.run(["--help"]).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let named = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    let all: BTreeSet<String> = listed.filter_map(|line| Some(named(line)?.split(' ').next()?.to_owned())).collect();
    let finishing = ["demo", "run", "submit", "bench", "help"].map(str::to_owned);
    let tried: BTreeSet<String> = commands.into_iter().map(|mut words| words.remove(0)).chain(finishing).collect();
    assert_eq!(all, tried);
}

#[test]
fn a_second_signal_ends_at_once_what_the_first_one_asked_to_finish() {
    for words in [
        &["demo", "events.ndjson", "--listen", "127.0.0.1:0"][..],
        &["run", "--listen", "127.0.0.1:0"],
        &["run", "store"],
        &["submit", "events.ndjson"],
        &["bench", "--count", "5"],
    ] {
        let house = House::new();
        house.events(&[samples::caste(1)]);
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut command = house.command(words);
        command.env("MOHOR_LOG", "info");
        let standing = Unread::start(command);
        // It cannot come to its end: nobody reads its words.
        standing.until_it_stands();
        standing.signal("TERM");
        standing.signal("INT");
        let code = standing.finish();
        assert!(SIGNALS.iter().any(|(_, wanted)| code == Some(*wanted)), "{words:?}: {code:?}");
    }
}

#[test]
fn what_cannot_come_to_its_end_is_ended_after_the_deadline() {
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info");
    let standing = Unread::start(command);
    standing.until_it_stands();
    standing.signal("TERM");
    assert_eq!(standing.finish(), Some(2));
}

#[test]
fn a_container_is_given_longer_to_stop_than_a_stop_takes() {
    let compose = tree::read("docker-compose.yml");
    let grace = compose.split("x-role:").nth(1).and_then(|role| role.split("stop_grace_period: ").nth(1));
    let seconds: u64 = grace.and_then(|rest| rest.split('s').next()?.parse().ok()).expect("seconds");
    assert!(Duration::from_secs(seconds) > DEADLINE + Duration::from_secs(5), "{seconds} s");
}

#[test]
fn a_file_whose_lines_do_not_come_holds_nobody() {
    let house = House::new();
    for words in [
        &["submit", "-", "--json"][..],
        &["submit", "-", "--check", "--json"],
        &["submit", "/dev/stdin", "--json"],
        &["demo", "-", "--exit", "--json", "--listen", "127.0.0.1:0"],
    ] {
        for (signal, _) in SIGNALS {
            let (reader, mut writer) = pipe().expect("a pipe");
            writer.write_all(samples::lines(&[samples::caste(1)]).as_bytes()).expect("it takes a line");
            let mut command = house.command(words);
            command.stdin(reader);
            let mut waiting = Started::new(command);
            waiting.until_it_heeds();
            // For the second line.
            waiting.until_it_reads_a_pipe();
            waiting.signal(signal);
            let ended = waiting.finish();
            assert_eq!(ended.code, Some(1), "{words:?}: {ended:?}");
            assert_eq!(ended.json()["stopped"], true, "{words:?}: {ended:?}");
            drop(writer);
        }
    }
}

#[test]
fn lines_are_taken_from_a_pipe_by_its_name() {
    let house = House::new();
    let (reader, mut writer) = pipe().expect("a pipe");
    writer.write_all(samples::lines(&[samples::caste(1), samples::caste(2)]).as_bytes()).expect("it takes two lines");
    drop(writer);
    let mut command = house.command(["submit", "/dev/stdin", "--json", "--refused", "refused.ndjson"]);
    command.stdin(reader);
    let ended = Started::new(command).finish();
    assert_eq!(ended.json()["accepted"], 2, "{ended:?}");
}

#[test]
fn a_ledger_that_another_process_holds_does_not_hold_a_stop() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let more = house.file("more.ndjson", samples::lines(&samples::many(40)));
    let mut demo = staying(&house, &more);
    demo.wait_for("portal http");
    let mut holding = rusqlite::Connection::open(house.data().join("ledger.sqlite")).expect("the ledger");
    holding.busy_timeout(Duration::from_secs(60)).expect("it waits for its turn");
    let held = holding.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("its turn");
    demo.signal("TERM");
    let ended = demo.finish();
    assert!(ended.code.is_some(), "{ended:?}");
    drop(held);
    assert_eq!(house.demo(&more)["refused"], 0);
    house.assert_healthy();
}
