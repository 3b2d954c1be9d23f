//! The line between a centre and the house: lost for a while, refused for a while, and closed to whoever may not listen any more.

use mohor_ports::time::Stopwatch;
use mohor_runtime::ambient::Monotonic;
use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::House,
    patience::PATIENCE,
    proxy::{Proxy, Weather},
    samples, until,
    web::Portal,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// How long the line is lost.
fn dark() -> Duration {
    Duration::from_secs(if std::env::var_os("MOHOR_FULL").is_some() { 60 } else { 8 })
}

/// The centre of the sample.
fn centre() -> String {
    samples::caste(1)["data"]["bsk"].as_str().expect("a centre").to_owned()
}

/// An operator there.
fn account(house: &House, login: &str) -> Account {
    Account::new(house, login, "bsk_operator", &["--bsk", &centre()])
}

fn submit(house: &House, numbers: std::ops::RangeInclusive<usize>) {
    let events: Vec<Value> = numbers.map(samples::caste).collect();
    let outcome = house.run(["submit".as_ref(), house.events(&events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
}

/// Waits until the tray has so many, over a line of its own.
fn arrived(portal: &Portal, number: usize) {
    let row = format!("data-number=\"{number}\"");
    until(&format!("number {number} in the tray"), || portal.get("/bsk").body.contains(&row).then_some(()));
}

/// One connection of a program that listens: `told` is given each line, until the line ends. The status, if there was one.
fn listen(address: &str, path: &str, cookie: &str, seen: &str, mut told: impl FnMut(&str)) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    let last = if seen.is_empty() { String::new() } else { format!("last-event-id: {seen}\r\n") };
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n{last}\r\n").ok()?;
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if status == 200 {
        // The last chunk is empty; the connection stays for another request.
        lines.take_while(|line| line != "0").for_each(|line| told(&line));
    }
    Some(status)
}

/// The rows of the page that is open, by their numbers in the tray.
fn rows(browser: &Browser) -> Value {
    browser.run("return [...document.querySelectorAll('#tray [data-number]')].map((it) => it.dataset.number)")
}

#[test]
fn a_line_that_is_lost_for_a_while_loses_nothing_and_doubles_nothing() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let straight = runner.portal().address().to_owned();
    let proxy = Proxy::to(straight.trim_start_matches("http://"));
    let (bsk, through) = (centre(), format!("http://{}", proxy.address()));
    let beside = Portal::at(&straight).with_session(account(&house, "beside").session(&house, &straight));
    let browser = Browser::open(true);
    account(&house, "own").sign_in(&house, &browser, &through, "#tray");
    browser.find("#news[data-open]");
    // Beside the page's own stream another one of the browser, and a program that comes again by itself.
    browser.run(
        "window.ids = [];
         const stream = new EventSource(document.getElementById('news').dataset.live);
         stream.addEventListener('certificate.ready', (event) => window.ids.push(event.lastEventId));",
    );
    let ids: Arc<Mutex<Vec<String>>> = Arc::default();
    let (hears, address) = (Arc::downgrade(&ids), proxy.address().to_owned());
    let (cookie, path) =
        (account(&house, "program").session(&house, &straight), format!("/api/v1/bsk/{bsk}/events?after=0"));
    thread::spawn(move || {
        // Until the test is over: its port may be another's then.
        while let Some(heard) = hears.upgrade() {
            let seen = heard.lock().unwrap_or_else(PoisonError::into_inner).last().cloned().unwrap_or_default();
            listen(&address, &path, &cookie, &seen, |line| {
                let id = line.strip_prefix("id: ").map(str::to_owned);
                heard.lock().unwrap_or_else(PoisonError::into_inner).extend(id);
            });
            thread::sleep(Duration::from_millis(500));
        }
    });
    submit(&house, 1..=2);
    browser.find("#print-2");

    // Told, and then the page cannot be fetched: it is asked for again.
    browser.run(
        "const real = window.fetch;
         window.fetch = () => { window.fetch = real; return Promise.reject(new TypeError('away')); };",
    );
    submit(&house, 3..=3);
    browser.find("#print-3");

    // Cut and refused; meanwhile three are ready.
    proxy.set(Weather::Away);
    submit(&house, 4..=6);
    arrived(&beside, 6);
    thread::sleep(dark());
    assert_eq!(rows(&browser), json!(["3", "2", "1"]), "the line is lost");
    proxy.set(Weather::Fair);
    browser.find("#print-6");
    assert_eq!(rows(&browser), json!(["6", "5", "4", "3", "2", "1"]));

    // The portal starts anew behind its proxy, which answers for it.
    proxy.set(Weather::Unavailable);
    submit(&house, 7..=8);
    arrived(&beside, 8);
    thread::sleep(dark() / 2);
    proxy.set(Weather::Fair);
    browser.find("#print-8");
    assert_eq!(rows(&browser), json!(["8", "7", "6", "5", "4", "3", "2", "1"]));
    submit(&house, 9..=9);
    browser.find("#print-9");
    browser.find("#news[data-open]");

    let all: Vec<String> = (1..=9).map(|id| id.to_string()).collect();
    let heard = || ids.lock().unwrap_or_else(PoisonError::into_inner).clone();
    until("the program to hear of the last", || (heard().last() == all.last()).then_some(()));
    assert_eq!(heard(), all, "the program heard");
    // The browser's own does not come again after an answer that is no stream; until then each once.
    assert_eq!(browser.run("return window.ids"), json!(all[..6]));
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

#[test]
fn whoever_is_disabled_hears_nothing_within_a_minute_and_reads_nothing_at_once() {
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        let address = runner.portal().address().to_owned();
        let (bsk, place) = (centre(), address.trim_start_matches("http://").to_owned());
        let cookie = account(&house, "malati").session(&house, &address);
        let beside = Portal::at(&address).with_session(account(&house, "rekha").session(&house, &address));
        let portal = Portal::at(&address).with_session(cookie.clone());
        submit(&house, 1..=1);
        arrived(&portal, 1);
        let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
        let calls = [
            format!("/api/v1/bsk/{bsk}/events"),
            format!("/api/v1/bsk/{bsk}/ready"),
            format!("/api/v1/bsk/{bsk}/certificates/{uin}/pdf"),
        ];
        let pages = ["/bsk", "/bsk/certificate/1", "/bsk/certificate/1/pdf"];
        assert_eq!(portal.get(&calls[1]).status, 200);
        assert!(portal.get(pages[1]).body.contains("id=\"print\""));

        let (said, says) = mpsc::channel();
        let (path, at, own) = (calls[0].clone(), place.clone(), cookie.clone());
        thread::spawn(move || {
            let status = listen(&at, &path, &own, "", |line| drop(said.send(line.to_owned())));
            let _ = said.send(format!("ended {status:?}"));
        });
        let open = says.recv_timeout(PATIENCE).expect("the stream opens");
        assert!(!open.starts_with("ended"), "{open}");
        assert_eq!(house.run(["people", "disable", "malati"]).code, Some(0));
        let disabled = Monotonic::default();
        // What is not there for whoever is not signed in is not there for this one.
        for (call, status) in calls.iter().zip([401, 404, 401]) {
            assert_eq!(listen(&place, call, &cookie, "", |_| ()), Some(status), "{call}");
        }
        for page in pages {
            assert_eq!(listen(&place, page, &cookie, "", |_| ()), Some(303), "{page}");
        }
        // What is ready now is not told to whoever may not hear it: the stream ends, for good.
        let ended = loop {
            let line = says.recv_timeout(PATIENCE).expect("the stream ends");
            assert!(disabled.micros() < 60_000_000, "it goes on");
            if line.starts_with("ended") {
                break line;
            }
        };
        assert_eq!(ended, "ended Some(200)");
        submit(&house, 2..=2);
        assert_eq!(listen(&place, &calls[0], &cookie, "1", |_| ()), Some(401));
        let page = beside.get("/bsk/certificate/1?lang=en").body;
        assert!(page.contains("not printed yet") && !page.contains("malati"), "nothing was given out: {page}");
        drop(runner);
        house.assert_healthy();
    }
}
