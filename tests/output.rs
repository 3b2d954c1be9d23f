//! Output whose reader goes away, or that cannot be written: the act is done all the same, and nothing falls over.

use mohor_tests::{
    house::{House, Outcome},
    samples, until,
    web::Portal,
};
use std::{
    fs::File,
    io::{BufRead, BufReader, PipeWriter, Read, pipe},
    process::{Child, ChildStderr, Command, Stdio},
    thread,
    time::Duration,
};

/// A process with an output that the test chooses; it is killed when this is dropped.
struct Running(Child);

impl Running {
    fn start(mut command: Command, out: impl Into<Stdio>) -> Self {
        Self(command.stdout(out).stderr(Stdio::piped()).spawn().expect("the program starts"))
    }

    fn said(&mut self) -> ChildStderr {
        self.0.stderr.take().expect("its words")
    }

    fn finish(mut self) -> Outcome {
        let mut err = String::new();
        self.said().read_to_string(&mut err).expect("text");
        Outcome { code: self.0.wait().expect("its end").code(), out: String::new(), err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pipe that nobody reads.
fn unread() -> PipeWriter {
    pipe().expect("a pipe").1
}

#[test]
fn whatever_is_not_read_ends_quietly() {
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1)]));
    let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
    for arguments in [
        &["export"][..],
        &["show", &uin],
        &["verify", &uin],
        &["verify", "--help"],
        &["--version"],
        &["services", "list"],
        &["people", "list"],
        &["people", "add", "rekha", "--name", "Rekha Das", "--post", "supervisor"],
        &["keys"],
        &["dead", "list"],
        &["notices", "PUM0027"],
        &["check-config"],
        &["check-config", "--defaults"],
        &["doctor"],
    ] {
        let outcome = Running::start(house.command(arguments), unread()).finish();
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // The exit code is what it came to, and the account is there.
    let nobody = Running::start(house.command(["verify", "BCWAAAAAAAAAAAAA"]), unread()).finish();
    assert_eq!((nobody.code, nobody.err.as_str()), (Some(1), ""));
    assert_eq!(house.run(["people", "list", "--json"]).json()[0]["login"], "rekha");
    // `mohor … 2>&1 | head`: not even a word of trouble is read.
    let mut command = house.command(["people", "disable", "nobody"]);
    let status = command.stdout(unread()).stderr(unread()).status().expect("the program starts");
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_reader_that_leaves_after_a_line_leaves_the_whole_block_reserved() {
    for house in House::of_each_mode() {
        // More than a pipe holds.
        let (reader, writer) = pipe().expect("a pipe");
        let mut command = house.command(["uins", "reserve", "BCW", "10000"]);
        // A slow machine's statements are warned of, which is no trouble of the reader's.
        command.env("MOHOR_LOG", "error");
        let running = Running::start(command, writer);
        let mut reader = BufReader::new(reader);
        let mut first = String::new();
        reader.read_line(&mut first).expect("a line");
        drop(reader);
        let outcome = running.finish();
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""));
        assert_eq!(first.trim().len(), 16, "{first}");
        assert_eq!(house.sql("SELECT count(*) FROM reserved_uin"), "10000");
    }
}

#[test]
fn a_demo_that_nobody_reads_keeps_its_portal_up() {
    let house = House::new();
    let file = house.events(&[samples::caste(1)]);
    let command = house.command(["demo", &file.to_string_lossy(), "--listen", "127.0.0.1:0"]);
    let mut running = Running::start(command, unread());
    let mut words = BufReader::new(running.said()).lines().map_while(Result::ok);
    let line = words.find(|line| line.starts_with("portal http")).expect("where the portal is");
    let portal = Portal::at(line.trim_start_matches("portal ").trim());
    // Written just before it sums up.
    let summed_up = house.data().join("keys.json");
    until("what it sums up", || summed_up.exists().then_some(()));
    thread::sleep(Duration::from_millis(500));
    assert_eq!(portal.get("/").status, 200);
    assert_eq!(house.export()[0]["state"], "notified");
    let stopped = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status();
    assert!(stopped.is_ok_and(|status| status.success()));
    assert_eq!(running.0.wait().expect("its end").code(), Some(0));
    let rest: Vec<String> = words.collect();
    assert!(!rest.iter().any(|line| line.contains("panicked")), "{rest:?}");
}

#[test]
fn output_that_cannot_be_written_is_trouble() {
    let house = House::new();
    let full = File::create("/dev/full").expect("a device that is always full");
    let outcome = Running::start(house.command(["services", "list"]), full).finish();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.err.contains("standard output") && !outcome.err.contains("panicked"), "{outcome:?}");
}
