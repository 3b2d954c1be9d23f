//! Hand-overs as they are done at a counter, in a real browser and with a real provider of short messages; what a supervisor
//! decides of them; and a portal that is killed while they are recorded.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    chance::Chance,
    house::{House, Started},
    samples,
    sms::{SmsProvider, field},
    tools, until,
    web::Portal,
};
use serde_json::{Value, json};
use std::{thread, time::Duration};

/// The whole program with this provider.
fn start(house: &House, provider: &SmsProvider) -> Started {
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info").envs(provider.settings(house.folder()));
    Started::new(command)
}

fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event["data"][name].as_str().unwrap_or_else(|| panic!("no {name}: {event}"))
}

/// Hands in approvals and waits until all are ready.
fn ready(house: &House, events: &[Value]) -> Vec<String> {
    let before = house.export().len();
    let outcome = house.run(["submit".as_ref(), house.events(events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
    let numbers = || -> Vec<String> {
        let shown =
            events.iter().map(|event| house.run(["show", text(event, "application_no"), "--json"]).json()[0].take());
        shown.filter(|it| it["progress"] == "notified").filter_map(|it| it["uin"].as_str().map(str::to_owned)).collect()
    };
    until("all to be ready", || {
        (house.export().len() == before + events.len()).then(&numbers).filter(|numbers| numbers.len() == events.len())
    })
}

#[test]
fn an_operator_hands_over_by_the_code_on_the_phone_and_prints_the_receipt() {
    if !browser::ready(&[]) {
        return;
    }
    let (house, provider) = (House::new(), SmsProvider::open());
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = start(&house, &provider);
    let portal = runner.portal().address().to_owned();
    let event = samples::caste(1);
    let mobile = event["data"]["applicant"]["mobile"].as_str().expect("a phone").to_owned();
    let own = Account::new(&house, "own", "bsk_operator", &["--bsk", text(&event, "bsk")]);
    ready(&house, &[samples::caste(2)]);
    ready(&house, std::slice::from_ref(&event));
    let browser = Browser::open(true);
    own.sign_in(&house, &browser, &portal, "#tray");

    // The provider is away: it is said, and a minute later another code can be sent.
    browser.click("#open-1");
    browser.find("#by-code");
    browser.assert_accessible("a certificate that waits");
    provider.says(503);
    browser.click("#code-send button");
    browser.until("#note", "the code could not be sent");
    browser.assert_accessible("a code that could not be sent");
    assert_eq!(provider.codes().len(), 0);
    provider.says(200);
    browser.click("#code-send button");
    let said = browser.until("#note", "the next one can be sent at");
    assert!(!said.contains(&mobile), "{said}");

    browser.go(&format!("{portal}/bsk/certificate/2?lang=en"));
    browser.run("document.querySelector('#tongue').value = 'en'");
    browser.click("#code-send button");
    browser.until("#note", "on its way to the applicant's phone");
    assert_eq!((provider.codes().len(), provider.last_code("to")), (1, mobile.clone()));
    assert_eq!(
        (provider.last_code("template_id").as_str(), provider.last_code("entity_id").as_str()),
        ("id-hand_over_code_en", "1101")
    );
    assert!(provider.last_code("text").contains(text(&event, "application_no")), "{}", provider.last_code("text"));
    let code = provider.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    browser.keys("#code", wrong);
    browser.click("#by-code button");
    browser.until("#note", "4 tries are left");
    browser.keys("#code", &format!("{} {}", &code[..3], &code[3..]));
    browser.click("#by-code button");
    browser.until("#handed", "handed over to the applicant by own on");
    assert!(browser.text("#handed").contains("by the code on the phone"));
    browser.click("#receipt");
    browser.until("#handed", "by the code on the phone");
    browser.until("h1", "Receipt");
    browser.assert_accessible("the receipt");
    let shown = house.run(["show", text(&event, "application_no"), "--json"]).json();
    assert_eq!((&shown[0]["delivered"]["to"], &shown[0]["delivered"]["way"]), (&json!("applicant"), &json!("code")));
    // Neither number nor code is where it does not belong.
    let said = runner.said();
    assert!(!said.contains(&mobile) && !said.contains(&code), "{said}");
    let acts = shown[0]["acts"].to_string();
    assert!(!acts.contains(&code) && !acts.contains(&mobile), "{acts}");
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

#[test]
fn a_supervisor_allows_an_exception_and_takes_a_hand_over_back() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal().address().to_owned();
    let event = samples::caste(1);
    let number = text(&event, "application_no").to_owned();
    let uin = ready(&house, std::slice::from_ref(&event)).remove(0);
    let own = Account::new(&house, "own", "bsk_operator", &["--bsk", text(&event, "bsk")]);
    let chief = Account::supervisor(&house, "chief", &["--department", "BCW"]);
    let other = Account::supervisor(&house, "other", &["--department", "LRR"]);
    let out = |browser: &Browser, page: &str| {
        browser.go(&format!("{portal}{page}"));
        browser.click("form[action='/sign-out'] button");
        browser.until("h1", "Is this certificate genuine?");
    };
    let browser = Browser::open(true);
    own.sign_in(&house, &browser, &portal, "#tray");
    browser.click("#tray a[id^='open-']");
    browser.click("#exception-way summary");
    browser.keys("#reason", "an old man, no phone and no card <b>");
    browser.click("#ask button");
    browser.until("#exception-waits", "has not decided yet");
    browser.assert_accessible("an exception that is asked for");
    out(&browser, "/bsk");

    // Another department's supervisor sees and decides nothing.
    other.sign_in_to_board(&house, &browser, &portal);
    browser.go(&format!("{portal}/office/handovers?lang=en"));
    browser.until("#exceptions", "No operator asks for an exception");
    let elsewhere = Portal::at(&portal).with_session(other.session(&house, &portal));
    let form = |portal: &Portal, path: &str, fields: &str| {
        portal.post(path, "application/x-www-form-urlencoded", fields.as_bytes()).status
    };
    assert_eq!(form(&elsewhere, "/office/handovers/exception", &format!("uin={uin}&allow=yes")), 404);
    out(&browser, "/office");
    chief.sign_in_to_board(&house, &browser, &portal);
    browser.go(&format!("{portal}/office/handovers?lang=en"));
    browser.until("#exceptions", "an old man, no phone and no card <b>");
    browser.assert_accessible("hand-overs, an exception");
    browser.click("#exceptions button[value='yes']");
    browser.until("#exceptions", "No operator asks for an exception");
    out(&browser, "/office");

    own.sign_in(&house, &browser, &portal, "#tray");
    browser.click("#tray a[id^='open-']");
    browser.click("#by-exception button");
    browser.until("#handed", "as a supervisor allowed");
    out(&browser, "/bsk");

    // It was the wrong person.
    assert_eq!(form(&elsewhere, &format!("/office/application/{uin}/undo"), "reason=x"), 404);
    chief.sign_in_to_board(&house, &browser, &portal);
    browser.keys("#number", &number);
    browser.click("form[action^='/office/search'] button");
    browser.until("#line", "handed over to the applicant");
    browser.click("details:has(#undo) summary");
    browser.keys("#why", "given to a namesake");
    browser.click("#undo button");
    browser.until("#line", "the hand-over was taken back");
    assert!(browser.text("#line").contains("given to a namesake"));
    browser.assert_accessible("a hand-over that was taken back");
    out(&browser, "/office");
    own.sign_in(&house, &browser, &portal, "#tray");
    browser.find("#tray a[id^='open-']");
    let shown = house.run(["show", &number, "--json"]).json();
    assert_eq!(shown[0]["delivered"], Value::Null, "{shown}");
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

/// A time of the machine's clock for a process: half past eleven in Kolkata, when messages may be sent.
fn by_day(command: &mut std::process::Command, library: &str) {
    command.env("LD_PRELOAD", library).env("FAKETIME", "@2026-11-10 06:00:00").env("TZ", "UTC");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

#[test]
fn what_is_ready_is_told_to_the_phone_by_day_and_once() {
    const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    if !tools::ready(&[LIBRARY]) {
        return;
    }
    let (house, provider) = (House::new(), SmsProvider::open());
    let mut keys = house.command(["keys", "demo"]);
    by_day(&mut keys, LIBRARY);
    assert!(keys.output().expect("the program starts").status.success());
    provider.says(503);
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info").envs(provider.settings(house.folder()));
    by_day(&mut command, LIBRARY);
    let mut runner = Started::new(command);
    runner.portal();
    let event = samples::caste(1);
    let mut submit = house.command(["submit".as_ref(), house.events(std::slice::from_ref(&event)).as_os_str()]);
    by_day(&mut submit, LIBRARY);
    assert!(submit.output().expect("the program starts").status.success());
    // The provider is away at first: what is in hand is tried again.
    runner.until("a message that is not taken", |this| this.said().contains("a reminder was not taken").then_some(()));
    provider.says(200);
    runner.until("the message", |_| (!provider.heard().is_empty()).then_some(()));
    thread::sleep(Duration::from_secs(11));
    assert_eq!(provider.heard().len(), 1, "once");
    let message = &provider.heard()[0];
    let phone = event["data"]["applicant"]["mobile"].as_str().expect("a phone");
    assert_eq!((field(message, "to"), field(message, "template_id")), (phone, "id-ready_bn"));
    assert!(field(message, "text").contains(text(&event, "application_no")), "{message:?}");
    assert!(!runner.said().contains(phone));
}

/// What is recorded of a hand-over: the row, used codes, the event, the audit line, and the clock of the centre.
const RECORDED: &str = "SELECT (SELECT count(*) FROM handover WHERE uin = 'UIN') || ' '
    || (SELECT count(*) FROM code WHERE uin = 'UIN' AND state = 'used') || ' '
    || (SELECT count(*) FROM outbound WHERE subject = 'UIN' AND word = 'certificate.delivered') || ' '
    || (SELECT count(*) FROM audit WHERE subject = 'UIN' AND act = 'certificate.deliver') || ' '
    || (SELECT count(*) FROM clock c JOIN certificate k ON k.application_id = c.application_id
        WHERE k.uin = 'UIN' AND c.kind = 'bsk' AND c.stopped_at IS NOT NULL)";

fn recorded(house: &House, uin: &str) -> String {
    house.sql(&RECORDED.replace("UIN", uin))
}

/// Waits until the server has ended what a portal that was killed had asked of it: a commit that was under way comes still.
fn settled(house: &House) {
    let Some(away) = house.away() else { return };
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'mohor_portal'";
    until("the killed portal's transactions to end", || (away.sql(open).trim() == "0").then_some(()));
}

#[test]
fn killing_the_portal_leaves_no_hand_over_half_recorded_and_no_code_good_twice() {
    for house in House::of_each_mode() {
        let provider = SmsProvider::open();
        if house.away().is_none() {
            assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        }
        let settings = provider.settings(house.folder());
        // On servers the portal is killed beside the workers; embedded they are one process.
        let mut workers = Vec::new();
        let mut open = |house: &House| match house.away() {
            None => start(house, &provider),
            Some(_) => {
                if workers.is_empty() {
                    let roles = ["intake", "mint", "sign", "store", "notify", "sla"];
                    workers.extend(roles.map(|role| house.start_role(role)));
                }
                let settings: Vec<(&str, String)> =
                    settings.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
                house.start_role_with("portal", &settings)
            }
        };
        let mut runner = open(&house);
        let mut address = runner.portal().address().to_owned();
        let events: Vec<Value> = (1..=12)
            .map(|n| {
                let mut event = samples::caste(n);
                event["data"]["applicant"]["mobile"] = json!(format!("+91987000{n:04}"));
                event
            })
            .collect();
        let bsk = text(&events[0], "bsk").to_owned();
        let uins = ready(&house, &events);
        let session = Account::new(&house, "own", "bsk_operator", &["--bsk", &bsk]).session(&house, &address);
        let mut chance = Chance::new(u64::from(std::process::id()));
        let (mut before, mut after) = (0, 0);
        for uin in &uins {
            let portal = Portal::at(&address).with_session(session.clone());
            let path = format!("/api/v1/bsk/{bsk}/certificates/{uin}");
            let sent = portal.post(&format!("{path}/code"), "application/json", b"{}");
            assert_eq!(sent.status, 200, "{sent:?}");
            let body = json!({"code": provider.code()}).to_string().into_bytes();
            // Two operators at once, and the process dies at some moment of it.
            let hands: Vec<_> = (0..2)
                .map(|_| {
                    let (address, session, path, body) = (address.clone(), session.clone(), path.clone(), body.clone());
                    thread::spawn(move || {
                        let url = format!("{address}{path}/deliver");
                        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
                        let request =
                            agent.post(url).header("content-type", "application/json").header("cookie", session);
                        request.send(&body[..]).is_ok()
                    })
                })
                .collect();
            thread::sleep(Duration::from_micros(chance.between(0, 12_000) as u64));
            assert!(runner.kill());
            hands.into_iter().for_each(|hand| drop(hand.join()));
            settled(&house);
            let stands = recorded(&house, uin);
            assert!(stands == "1 1 1 1 1" || stands == "0 0 0 0 0", "{uin}: {stands}");
            if stands.starts_with('0') {
                before += 1
            } else {
                after += 1
            }
            runner = open(&house);
            address = runner.portal().address().to_owned();
            let portal = Portal::at(&address).with_session(session.clone());
            // The code is good if nothing came of it, and otherwise what was recorded stands.
            let answer = portal.post(&format!("{path}/deliver"), "application/json", &body);
            assert_eq!(
                (answer.status, &answer.json()["before"]),
                (200, &json!(!stands.starts_with('0'))),
                "{answer:?}"
            );
            assert_eq!(recorded(&house, uin), "1 1 1 1 1");
        }
        println!("killed before {before} and after {after} hand-overs were recorded");
        drop(runner);
        drop(workers);
        house.assert_healthy();
    }
}
