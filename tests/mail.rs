//! What people are told by mail, caught by a real SMTP server.

use mohor_tests::{
    house::{House, Started},
    samples, tools, tree,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

struct Catcher {
    child: Child,
    port: u16,
    caught: Arc<Mutex<Vec<Value>>>,
}

impl Catcher {
    fn open() -> Self {
        let mut command = Command::new(tools::python("python"));
        command.arg(tree::root().join("tests/tools/catch_mail.py")).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the mail server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = lines.next().and_then(|line| line.parse().ok()).expect("its port");
        let caught = Arc::new(Mutex::new(Vec::new()));
        let keeps = caught.clone();
        thread::spawn(move || {
            for line in lines {
                keeps.lock().expect("whole").push(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Self { child, port, caught }
    }

    fn mails(&self) -> Vec<Value> {
        self.caught.lock().expect("whole").clone()
    }

    /// Waits for so many.
    fn wait(&self, count: usize) -> Vec<Value> {
        for _ in 0..600 {
            if self.mails().len() >= count {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let mails = self.mails();
        assert_eq!(mails.len(), count, "{mails:#?}");
        mails
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(house: &House, catcher: &Catcher) -> Started {
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info").env("MOHOR__MAIL__URL", format!("smtp://127.0.0.1:{}", catcher.port));
    command.env("MOHOR__MAIL__PORTAL", "https://mohor.example.in");
    let mut started = Started::new(command);
    started.portal();
    started
}

fn add(house: &House, login: &str, arguments: &[&str]) {
    let email = format!("{login}@example.in");
    let mut all = vec!["people", "add", login, "--name", "Rekha Das", "--email", &email];
    all.extend(arguments);
    let outcome = house.run(all);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

fn hand_in(house: &House, number: &str) {
    let events = house.events(&[samples::submitted(number, "2026-03-02T11:00:00+05:30")]);
    let outcome = house.run(["submit".as_ref(), events.as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 1, "{outcome:?}");
}

#[test]
fn a_breach_stands_in_a_mail_once_whoever_restarts() {
    if !tools::ready("mail", &[&tools::python("python")]) {
        return;
    }
    for house in House::of_each_mode() {
        let catcher = Catcher::open();
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let wrong = house.run([
            "people",
            "add",
            "x-y",
            "--name",
            "X",
            "--post",
            "supervisor",
            "--email",
            "a@b.in\nBcc: c@d.in",
        ]);
        assert!(wrong.code != Some(0) && wrong.err.contains("--email"), "{wrong:?}");
        add(&house, "officer", &["--post", "designated_officer", "--department", "LRR", "--office", "LRR-1"]);
        add(&house, "state", &["--post", "supervisor"]);
        add(&house, "other", &["--post", "supervisor", "--department", "BCW"]);
        let runner = start(&house, &catcher);
        hand_in(&house, "LRR/MAIL/1");
        let mails = catcher.wait(2);
        let mut to: Vec<&Value> = mails.iter().map(|mail| &mail["to"]).collect();
        to.sort_by_key(|to| to.to_string());
        assert_eq!(to, [&json!(["officer@example.in"]), &json!(["state@example.in"])]);
        for mail in &mails {
            let text = mail["text"].as_str().expect("text");
            // Tue 3 March is Doljatra; Wed 4, Thu 5.
            for words in
                ["LRR/MAIL/1", "5 March 2026", "সময়সীমা পেরিয়ে গেছে", "https://mohor.example.in/office", "Rekha Das"]
            {
                assert!(text.contains(words), "{words}: {text}");
            }
            assert!(!text.contains("Shefali"), "nothing of the applicant: {text}");
            assert_eq!(mail["subject"], "Mohor: 1 applications are late");
        }
        assert_ne!(mails[0]["id"], mails[1]["id"]);
        // Ended hard, and begun again: nobody is told twice, and what comes later is told.
        assert!(runner.kill());
        let mut runner = start(&house, &catcher);
        hand_in(&house, "LRR/MAIL/2");
        let mails = catcher.wait(4);
        assert!(
            mails[2..].iter().all(|mail| !mail["text"].as_str().expect("text").contains("LRR/MAIL/1")),
            "{mails:#?}"
        );
        let log = runner.heard();
        assert!(!log.contains("example.in"), "no address is in the log: {log}");
        assert!(runner.runs());
    }
}

#[test]
fn who_took_over_charge_is_told_and_who_handed_over_is_not() {
    if !tools::ready("mail", &[&tools::python("python")]) {
        return;
    }
    for house in House::of_each_mode() {
        let catcher = Catcher::open();
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let officer = ["--post", "designated_officer", "--department", "LRR", "--office", "LRR-1"];
        add(&house, "rekha", &officer);
        add(&house, "anita", &officer);
        let load = |version, charges: &[_]| {
            let file = house.file("directory.json", samples::directory(version, charges).to_string());
            let outcome = house.run(["directory".as_ref(), "load".as_ref(), "LRR".as_ref(), file.as_os_str()]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
        };
        load(1, &[("rekha", "2026-01-01", None)]);
        let mut runner = start(&house, &catcher);
        hand_in(&house, "LRR/CHARGE/1");
        assert_eq!(catcher.wait(1)[0]["to"], json!(["rekha@example.in"]));
        load(2, &[("rekha", "2026-01-01", Some("2026-03-31")), ("anita", "2026-04-01", None)]);
        hand_in(&house, "LRR/CHARGE/2");
        let mails = catcher.wait(2);
        assert_eq!(mails[1]["to"], json!(["anita@example.in"]));
        assert!(mails[1]["text"].as_str().expect("text").contains("LRR/CHARGE/2"));
        // Appeals go to an office where nobody is in charge: that is seen.
        let untold = |metrics: &str| metrics.lines().any(|line| line == "mohor_mails{kind=\"untold\"} 4");
        runner.until(Duration::from_secs(40), "the figure of what nobody could be told of", |runner| {
            untold(&runner.portal().get("/metrics").body).then_some(())
        });
    }
}

#[test]
fn a_mail_server_that_is_away_is_waited_for() {
    if !tools::ready("mail", &[&tools::python("python")]) {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    add(&house, "state", &["--post", "supervisor"]);
    // Nothing listens on the port of a server that has ended.
    let mut gone = Catcher::open();
    let _ = gone.child.kill();
    let _ = gone.child.wait();
    let mut runner = start(&house, &gone);
    hand_in(&house, "LRR/MAIL/1");
    let figure = runner.until(Duration::from_secs(40), "the figure of mails that wait", |runner| {
        let metrics = runner.portal().get("/metrics").body;
        metrics.lines().any(|line| line == "mohor_mails{kind=\"waiting\"} 1").then_some(metrics)
    });
    assert!(figure.contains("mohor_mails{kind=\"failed\"} 0"), "{figure}");
    assert!(runner.kill());
    let catcher = Catcher::open();
    let _runner = start(&house, &catcher);
    assert!(catcher.wait(1)[0]["text"].as_str().expect("text").contains("LRR/MAIL/1"));
}
