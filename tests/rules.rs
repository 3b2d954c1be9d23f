//! Holidays changed in a real browser: one administrator proposes, another approves, an open application moves, and the
//! board says so.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples,
};
use serde_json::{Value, json};

fn sign_out(browser: &Browser, portal: &str, page: &str) {
    browser.go(&format!("{portal}{page}"));
    browser.click("form[action='/sign-out'] button");
    browser.find("form[action^='/verify?']");
}

/// A submission at the centre of a district, of a service with a limit of two days.
fn at_centre(number: &str, bsk: &str) -> Value {
    let mut event = samples::submitted(number, "2026-03-02T11:00:00+05:30");
    event["data"]["bsk"] = json!(bsk);
    event["data"]["docket_no"] = json!(format!("D-{}", number.replace('/', "-")));
    event
}

fn clock(house: &House, number: &str) -> Value {
    house.run(["show", number, "--json"]).json()[0]["clocks"][0].take()
}

fn due(runner: &mut Started, house: &House, number: &str, day: &str) {
    runner.until(&format!("{number} due on {day}"), |_| (clock(house, number)["due_on"] == day).then_some(()));
}

fn set(browser: &Browser, selector: &str, value: &str) {
    browser.run(&format!("document.querySelector({selector:?}).value = {value:?}"));
}

#[test]
fn a_district_holiday_is_proposed_by_one_and_approved_by_another() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let portal = runner.portal().address().to_owned();
    let events = [at_centre("LRR/RULES/1", "COB0001"), at_centre("LRR/RULES/2", "KOL0001")];
    let outcome = house.run(["submit".as_ref(), house.events(&events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 2, "{outcome:?}");
    // Tue 3 March is Doljatra; Wed 4, Thu 5.
    due(&mut runner, &house, "LRR/RULES/1", "2026-03-05");
    let administrator = |login: &str| Account::new(&house, login, "administrator", &[]);
    let (asha, binod) = (administrator("asha"), administrator("binod"));
    let supervisor = Account::supervisor(&house, "state", &[]);

    let browser = Browser::open(true);
    asha.sign_in(&house, &browser, &portal, "#policy");
    browser.assert_accessible("rules");
    browser.go(&format!("{portal}/office/rules/calendar?year=2026&lang=en"));
    browser.until("#settled", "provisional");
    browser.assert_accessible("calendar");
    set(&browser, "#day", "2026-03-05");
    browser.keys("#name", "Polling day");
    set(&browser, "#district", "COB");
    set(&browser, "#notified_on", "2026-02-20");
    browser.keys("#order", "No. 1-PAR of 20.02.2026");
    browser.click("#declare button");
    browser.until("h1", "Change 1");
    let own = browser.until("main", "another administrator decides it");
    assert!(!own.contains("Approve"), "nobody approves what he has proposed: {own}");
    browser.assert_accessible("own proposal");
    browser.go(&format!("{portal}/office/rules/limits?department=LRR&lang=bn"));
    browser.until("h1", "দপ্তরের সময়সীমা");
    browser.assert_accessible("limits, Bengali");
    sign_out(&browser, &portal, "/office/rules?lang=en");

    binod.sign_in(&house, &browser, &portal, "#policy");
    browser.until("#waiting", "Polling day");
    browser.click("#waiting a");
    browser.until("#decide h2", "Decide");
    browser.assert_accessible("a proposal to be decided");
    browser.keys("#reason", "the order is at hand");
    browser.click("#decide button[value=approve]");
    browser.until("#change", "approved");
    due(&mut runner, &house, "LRR/RULES/1", "2026-03-06");
    assert_eq!(clock(&house, "LRR/RULES/1")["promised_on"], "2026-03-05", "what was promised is kept");
    assert_eq!(clock(&house, "LRR/RULES/2")["due_on"], "2026-03-05", "a holiday of another district");
    runner.until("the page to say so", |_| {
        browser.go(&format!("{portal}/office/rules/change/1?lang=en"));
        browser.until("main", "").contains("done").then_some(())
    });
    let moves = browser.until("#moves", "LRR/RULES/1");
    assert!(moves.contains("5 March 2026") && moves.contains("6 March 2026") && !moves.contains("LRR/RULES/2"));
    browser.assert_accessible("an approved change");
    sign_out(&browser, &portal, "/office/rules?lang=en");

    supervisor.sign_in(&house, &browser, &portal, "#filter");
    browser.go(&format!("{portal}/office/moved?lang=en"));
    browser.until("#because", "Polling day");
    browser.until("#moves", "LRR/RULES/1");
    browser.assert_accessible("what has moved");
    browser.click("#moves a");
    browser.until("#moves", "moved from 5 March 2026 to 6 March 2026");
    browser.assert_accessible("record with a move");
    for path in ["/office/rules", "/office/rules/calendar", "/office/rules/change/1"] {
        assert_eq!(browser.fetch(path).0, 404, "{path}");
    }
    drop(browser);

    // Taken back, without any script.
    let browser = Browser::open(false);
    binod.sign_in(&house, &browser, &portal, "#policy");
    take_back(&browser, &portal);
    sign_out(&browser, &portal, "/office/rules?lang=en");
    asha.sign_in(&house, &browser, &portal, "#policy");
    browser.click("#waiting a");
    browser.keys("#reason", "the order is at hand");
    browser.click("#decide button[value=approve]");
    due(&mut runner, &house, "LRR/RULES/1", "2026-03-05");
    let changes = house.run(["sla", "changes", "--json"]).json();
    let states: Vec<_> = changes.as_array().into_iter().flatten().map(|it| it["state"].clone()).collect();
    assert_eq!(states, [json!("approved"), json!("approved")], "{changes}");
    // A what-if goes by what was approved.
    let file = house.events(&[at_centre("LRR/IF/1", "COB0001")]);
    let outcome = house.run(["sla".as_ref(), "simulate".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["due_on"], "2026-03-05", "{outcome:?}");
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

/// The form of the calendar as it is without a script: keyed in field by field.
fn take_back(browser: &Browser, portal: &str) {
    browser.go(&format!("{portal}/office/rules/calendar?year=2026&lang=en"));
    browser.click("#holiday option[value='2026-03-05~ni_act~COB']");
    // The field takes day, month and year as the browser's language has them.
    browser.keys("#withdrawn_on", "02252026");
    browser.keys("#withdraw-order", "No. 2-PAR of 25.02.2026");
    browser.click("#withdraw button");
    browser.find("#take-back");
}
