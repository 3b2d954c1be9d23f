//! What people are told by mail, caught by a real SMTP server.

use mohor_tests::{
    house::{House, Started},
    samples, tools, tree, until,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
};

struct Catcher {
    child: Child,
    port: u16,
    caught: Arc<Mutex<Vec<Value>>>,
}

impl Catcher {
    fn open() -> Self {
        let mut command = tools::command(&tools::python("python"));
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
        let mails = until(&format!("{count} mails"), || Some(self.mails()).filter(|mails| mails.len() >= count));
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
    command.env("MOHOR__MAIL__PORTAL", "https://mohor.example.in").env("MOHOR__WEBHOOKS__NETWORKS", "127.0.0.0/8");
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

/// Waits until the ledger knows of so many mails that they were taken: whoever is killed between the server's word and that
/// sends one again, under the same Message-ID.
fn recorded(house: &House, count: usize) {
    let taken = || house.sql("SELECT count(*) FROM mailing WHERE state = 'sent'");
    until("the mails to be recorded", || (taken() == count.to_string()).then_some(()));
}

#[test]
fn a_breach_stands_in_a_mail_once_whoever_restarts() {
    if !tools::ready(&[&tools::python("python")]) {
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
        recorded(&house, 2);
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
    if !tools::ready(&[&tools::python("python")]) {
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
        runner.until("the figure of what nobody could be told of", |runner| {
            untold(&runner.portal().get("/metrics").body).then_some(())
        });
    }
}

/// A receiver of webhooks that is gone: whatever it is asked, it answers 410. Its port.
fn gone() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // What was read so far is of no interest, and the connection ends.
            let _ = stream.read(&mut [0; 64 << 10]);
            let _ = stream.write_all(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    port
}

#[test]
fn integrators_are_told_once_that_their_endpoint_is_disabled_and_nothing_of_its_address() {
    if !tools::ready(&[&tools::python("python")]) {
        return;
    }
    for house in House::of_each_mode() {
        let catcher = Catcher::open();
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        add(&house, "rekha", &["--post", "integrator", "--department", "LRR"]);
        add(&house, "anita", &["--post", "integrator", "--department", "LRR"]);
        add(&house, "other", &["--post", "integrator", "--department", "BCW"]);
        add(&house, "admin", &["--post", "administrator"]);
        let url = format!("http://127.0.0.1:{}/geheim?token=geheim", gone());
        let mut command = house.command(["webhooks", "add", "--department", "LRR", "--url", &url, "--json"]);
        let output = command.env("MOHOR__WEBHOOKS__NETWORKS", "127.0.0.0/8").output().expect("the program starts");
        let added: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let (id, key) = (added["id"].as_str().expect("an id"), added["key"].as_str().expect("a key"));
        let mut runner = start(&house, &catcher);
        hand_in(&house, "LRR/GONE/1");
        let mut mails = catcher.wait(2);
        mails.sort_by_key(|mail| mail["to"].to_string());
        let to: Vec<&Value> = mails.iter().map(|mail| &mail["to"]).collect();
        assert_eq!(to, [&json!(["anita@example.in"]), &json!(["rekha@example.in"])]);
        assert_ne!(mails[0]["id"], mails[1]["id"]);
        for mail in &mails {
            assert_eq!(mail["subject"], "Mohor: a webhook endpoint is disabled");
            let text = mail["text"].as_str().expect("text");
            for words in
                ["Rekha Das", "department/LRR", "127.0.0.1", "410", "৪১০", &format!("mohor webhooks resume {id}")]
            {
                assert!(text.contains(words), "{words}: {text}");
            }
            let whole = mail.to_string();
            for secret in ["geheim", "token", key] {
                assert!(!whole.contains(secret), "{secret}: {whole}");
            }
        }
        // Nobody hears of it twice, whoever restarts.
        recorded(&house, 2);
        assert!(runner.runs() && runner.kill());
        let mut runner = start(&house, &catcher);
        runner.until("the figure of mails", |runner| {
            let metrics = runner.portal().get("/metrics").body;
            let is = |line: &str| metrics.lines().any(|it| it == line);
            (is("mohor_mails{kind=\"waiting\"} 0") && is("mohor_webhooks{kind=\"disabled\"} 1")).then_some(())
        });
        assert_eq!(catcher.mails().len(), 2, "{:#?}", catcher.mails());
        let log = format!("{}{}", runner.heard(), runner.said());
        assert!(!log.contains("geheim") && !log.contains("example.in"), "{log}");
    }
}

#[test]
fn a_mail_server_that_is_away_is_waited_for() {
    if !tools::ready(&[&tools::python("python")]) {
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
    let figure = runner.until("the figure of mails that wait", |runner| {
        let metrics = runner.portal().get("/metrics").body;
        metrics.lines().any(|line| line == "mohor_mails{kind=\"waiting\"} 1").then_some(metrics)
    });
    assert!(figure.contains("mohor_mails{kind=\"failed\"} 0"), "{figure}");
    assert!(runner.kill());
    let catcher = Catcher::open();
    let _runner = start(&house, &catcher);
    assert!(catcher.wait(1)[0]["text"].as_str().expect("text").contains("LRR/MAIL/1"));
}
