//! A certificate that nobody fetches, in a real browser: a supervisor finds it, sends it on, and it arrives at the other centre
//! as it is sent, while the first has it no more. And a whole centre, from the command line.

use async_trait::async_trait;
use mohor_domain::{catalogue::Catalogue, civil::Instant, event::InboundEvent, sms::Tongue, uncollected::Reminders};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_pipeline::reminders::Remind;
use mohor_ports::{
    error::{Error, Result},
    gateway::{Sms, Texter},
    ledger::Issue,
    suite::sample,
};
use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples, until,
};
use serde_json::{Value, json};
use std::{
    ffi::OsStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

fn out(browser: &Browser, portal: &str, at: &str) {
    browser.go(&format!("{portal}{at}"));
    browser.click("form[action='/sign-out'] button");
    browser.until("h1", "Is this certificate genuine?");
}

#[test]
fn a_supervisor_sends_on_what_nobody_fetches_and_it_arrives_elsewhere() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    // Whatever is ready counts as uncollected.
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command
        .env("MOHOR__CENTRE__UNCOLLECTED_DAYS", "0")
        .env("MOHOR__CENTRE__TEST_PAGE", "false")
        .env("MOHOR_LOG", "info");
    let mut runner = Started::new(command);
    let portal = runner.portal().address().to_owned();
    let event = samples::caste(1);
    let text = |name: &str| event["data"][name].as_str().unwrap_or_else(|| panic!("no {name}: {event}")).to_owned();
    let (bsk, number, docket) = (text("bsk"), text("application_no"), text("docket_no"));
    let other = if bsk == "COB0001" { "COB0002" } else { "COB0001" };
    let arrives = Account::new(&house, "arrives", "bsk_operator", &["--bsk", other]);
    let leaves = Account::new(&house, "leaves", "bsk_operator", &["--bsk", &bsk]);
    let state = Account::supervisor(&house, "state", &[]);
    let submitted =
        house.run(["submit".as_ref(), house.events(std::slice::from_ref(&event)).as_os_str(), "--json".as_ref()]);
    assert_eq!(submitted.json()["accepted"], 1, "{submitted:?}");

    // At the first centre it waits, and is printed.
    let first = Browser::open(true);
    leaves.sign_in(&house, &first, &portal, "#tray");
    first.until("#tray", &docket);
    first.find("#news[data-open]");
    // At the other one somebody watches.
    let second = Browser::open(true);
    arrives.sign_in(&house, &second, &portal, "#tray");
    second.until("#tray", "Nothing waits to be printed");
    second.find("#news[data-open]");

    let third = Browser::open(true);
    state.sign_in_to_board(&house, &third, &portal);
    third.click("#uncollected");
    third.until("#waiting", &number);
    third.assert_accessible("what nobody has fetched");
    third.go(&format!("{portal}/office/uncollected?lang=bn"));
    third.until("h1", "যে শংসাপত্র কেউ নিতে আসেননি");
    third.assert_accessible("what nobody has fetched, Bengali");
    third.go(&format!("{portal}/office/uncollected?lang=en"));
    third.click("#waiting a");
    third.until("#lies", &bsk);
    third.assert_accessible("a certificate that waits");
    let address = third.run("return location.href").to_string();
    assert!(address.contains("/office/uncollected/") && !address.contains(&number), "{address}");
    third.keys("#to", other);
    third.click("#reroute button");
    third.until("#lies", other);
    third.until("#moves", "sent on from");

    second.until("#news", &format!("Just arrived: {docket}"));
    second.until("#tray", &docket);
    first.until("#tray", "Nothing waits to be printed");
    // It is printed and handed over there.
    second.click("#print-1");
    second.go(&format!("{portal}/bsk/certificate/1?lang=en"));
    second.keys("#last", "12ab");
    second.click("#by-paper button");
    second.until("#handed", "handed over to the applicant by arrives on");
    out(&second, &portal, "/bsk");
    out(&first, &portal, "/bsk");
    third.go(&format!("{portal}/office/uncollected?lang=en"));
    third.until("#none", "Nothing has waited for so long");
    drop((first, second, third));
    drop(runner);
    house.assert_healthy();
}

#[test]
fn a_closed_centre_is_emptied_from_the_command_line_and_again_does_nothing() {
    for house in House::of_each_mode() {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        let events: Vec<Value> = (1..=3).map(samples::caste).collect();
        let bsk = events[0]["data"]["bsk"].as_str().expect("a centre").to_owned();
        let other = if bsk == "COB0001" { "COB0002" } else { "COB0001" };
        let outcome = house.run([OsStr::new("submit"), house.events(&events).as_os_str(), "--json".as_ref()]);
        assert_eq!(outcome.json()["accepted"], 3, "{outcome:?}");
        let waits = |bsk: &str, word: &str| {
            let told = house.run(["notices", bsk, "--json"]).out;
            told.lines().filter(|line| line.contains(&format!("certificate.{word}.v1"))).count()
        };
        until("three that are ready", || (waits(&bsk, "ready") == 3).then_some(()));
        for (arguments, words) in [
            (&["centres", "reroute", "NOWHERE", other, "--reason", "centre_closed"][..], "no BSK has the code"),
            (&["centres", "reroute", &bsk, &bsk, "--reason", "centre_closed"], "name another one"),
            (&["centres", "reroute", &bsk, other, "--reason", "other"], "`--note` is empty"),
        ] {
            let outcome = house.run(arguments);
            assert!(outcome.code == Some(1) && outcome.err.contains(words), "{arguments:?}: {outcome:?}");
        }
        assert_eq!(house.run(["centres", "reroute", &bsk, other, "--reason", "bored"]).code, Some(2));
        for moved in [3, 0] {
            let outcome = house.run(["centres", "reroute", &bsk, other, "--reason", "centre_closed", "--json"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            let done = outcome.json();
            assert_eq!((done["moved"].as_u64(), done["left"].as_u64()), (Some(moved), Some(0)), "{done}");
        }
        assert_eq!((waits(other, "ready"), waits(&bsk, "rerouted")), (3, 3));
        drop(runner);
        house.assert_healthy();
    }
}

/// Takes every reminder but those of one application.
#[derive(Default)]
struct Telephone(Mutex<Vec<(String, String, String)>>);

#[async_trait]
impl Texter for Telephone {
    async fn send(&self, sms: &Sms) -> Result<()> {
        if sms.to.ends_with('2') {
            return Err(Error::reject("sms_refused", "no such number"));
        }
        let n = sms.id.rsplit('-').next().unwrap_or_default().to_owned();
        self.0.lock().expect("alone").push((sms.to.clone(), n, sms.text.clone()));
        Ok(())
    }
}

#[tokio::test]
async fn a_citizen_is_reminded_once_of_each_day_of_the_schedule() {
    let folder = tempfile::tempdir().expect("a folder");
    let begin = Instant::parse("2026-08-01T11:00:00+05:30").expect("a time");
    let clock = Arc::new(AtomicI64::new(begin.millis()));
    let now = clock.clone();
    let ledger = SqliteLedger::open_with_clock(
        &folder.path().join("ledger.sqlite"),
        Arc::new(sample::Counting::default()),
        sample::reference(),
        Arc::new(move || Instant::from_millis(now.load(Ordering::SeqCst))),
    );
    let ledger = Arc::new(ledger.expect("a ledger"));
    for n in 1..=3 {
        let data = json!({"application_no": format!("BCW/{n}"), "applicant": {"mobile": format!("+91980000000{n}")}});
        let event = InboundEvent { digest: mohor_domain::json::digest(&data), data, ..sample::approval(n) };
        let application = sample::send(&*ledger, vec![event]).await.1.remove(0);
        let uin = sample::mint_for(&*ledger, application, n).await;
        sample::issue(&*ledger, uin).await;
        ledger.commit_notified(&[uin]).await.expect("notified");
    }
    let telephone = Arc::new(Telephone::default());
    let catalogue = Catalogue::read(|name| mohor_schemas::get(&format!("catalogue/{name}"))).expect("the catalogue");
    let remind = Remind {
        ledger,
        reminders: Reminders::default(),
        texter: telephone.clone(),
        tongue: Tongue::En,
        catalogue: Arc::new(catalogue),
    };
    let shutdown = mohor_runtime::shutdown::Shutdown::default();
    let mut due = Vec::new();
    for hour in 0..(24 * 30) {
        clock.store(begin.millis() + hour * 3_600_000, Ordering::SeqCst);
        let found = remind.look(&shutdown).await.expect("looked");
        if found > 0 {
            due.push((hour / 24, found));
        }
    }
    // On the third, tenth and twentieth day at ten: one hour before so many days are whole.
    assert_eq!(due, [(2, 3), (9, 3), (19, 3)]);
    let mut told = telephone.0.lock().expect("alone").clone();
    told.sort();
    let words = |n: u32| {
        format!("The certificate of application BCW/{n} still waits for you at 24101. Please collect it. -WBGOVT")
    };
    let line = |n: u32, times: u32| (format!("+91980000000{n}"), times.to_string(), words(n));
    assert_eq!(told, [line(1, 1), line(1, 2), line(1, 3), line(3, 1), line(3, 2), line(3, 3)]);
}
