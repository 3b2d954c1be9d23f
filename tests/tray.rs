//! The in-tray of a centre in a real browser: a certificate that arrives, is printed and handed over, and another centre that
//! sees nothing of it.

use mohor_tests::{
    account::Account,
    browser::{self, Browser},
    house::{House, Started},
    samples,
    sms::SmsProvider,
    until,
};
use serde_json::Value;

/// Prints nothing: what a scanner would read from the paper is keyed in from the letters below the code.
fn try_the_printer(browser: &Browser, portal: &str, accessible: bool) {
    browser.go(&format!("{portal}/bsk/test-page?lang=en"));
    let letters = browser.text("#letters");
    if accessible {
        browser.assert_accessible("test page");
    }
    browser.keys("#code", &format!("MOHOR-TEST#{}\u{e007}", letters.replace('-', "")));
    browser.find("#tried");
    let tried = browser.text("#tried");
    assert!(tried.contains("the printer was tried on"), "{tried}");
}

/// What a verifier is told of a sticker, with the number and nothing else.
fn ask(browser: &Browser, portal: &str, uin: &str, serial: &str) -> String {
    browser.go(&format!("{portal}/?lang=en"));
    browser.keys("#number", uin);
    browser.click("form[action^='/verify?'] button");
    browser.until("h1", "Genuine");
    browser.keys("#serial", serial);
    browser.click("#sticker button");
    browser.find("#hologram");
    let address = browser.run("return location.href").to_string();
    assert!(!address.contains(serial) && !address.contains(uin), "{address}");
    let page = browser.text("main");
    assert!(!page.contains(serial), "the serial is not shown again: {page}");
    browser.text("#hologram h2")
}

fn out(browser: &Browser, portal: &str) {
    browser.go(&format!("{portal}/bsk"));
    browser.click("form[action='/sign-out'] button");
    browser.until("h1", "Is this certificate genuine?");
}

#[test]
fn an_operator_sees_a_certificate_arrive_prints_it_and_hands_it_over() {
    if !browser::ready(&[]) {
        return;
    }
    let (house, provider) = (House::new(), SmsProvider::open());
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info").envs(provider.settings(house.folder()));
    let mut runner = Started::new(command);
    let portal = runner.portal().address().to_owned();
    let event = samples::caste(1);
    let text = |name: &str| event["data"][name].as_str().unwrap_or_else(|| panic!("no {name}: {event}")).to_owned();
    let (bsk, number) = (text("bsk"), text("application_no"));
    let own = Account::new(&house, "own", "bsk_operator", &["--bsk", &bsk]);
    let other = Account::new(&house, "other", "bsk_operator", &["--bsk", "COB0001"]);
    let browser = Browser::open(true);
    own.sign_in(&house, &browser, &portal, "#tray");
    browser.until("#tray", "Nothing waits to be printed");
    browser.assert_accessible("in-tray, empty");

    // What is issued now arrives without anything being clicked.
    browser.find("#news[data-open]");
    let outcome =
        house.run(["submit".as_ref(), house.events(std::slice::from_ref(&event)).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 1, "{outcome:?}");
    browser.until("#news", "Just arrived");
    browser.find("#print-1");
    browser.assert_accessible("in-tray");
    browser.go(&format!("{portal}/bsk?lang=bn"));
    browser.until("h1", "হাতের কাজ");
    browser.assert_accessible("in-tray, Bengali");

    // Nothing is printed before the printer was tried.
    browser.go(&format!("{portal}/bsk?lang=en"));
    browser.until("#printer", "Before the first print of the day");
    browser.run("document.querySelector('#print-1').form.removeAttribute('target')");
    browser.click("#print-1");
    browser.until("main", "The printer was not tried today");
    browser.click("#lead");
    browser.until("h1", "Test page");
    browser.keys("#code", "ABCDE-FGHJK\u{e007}");
    browser.until("#refused", "tries left: 4");
    try_the_printer(&browser, &portal, true);

    // The document opens beside the page, which counts it by itself.
    browser.go(&format!("{portal}/bsk?lang=en"));
    browser.click("#print-1");
    browser.until("#tray", "Nothing waits to be printed");
    browser.go(&format!("{portal}/bsk?state=printed&lang=en"));
    browser.until("#tray", "printed once, by own on");
    browser.keys("#text", &number);
    browser.click("#search button");
    browser.until("#printed", "printed once, by own on");
    browser.assert_accessible("a certificate of the tray");
    let address = browser.run("return location.href").to_string();
    assert!(address.contains("/bsk/certificate/1?") && !address.contains(&number), "{address}");
    // The sticker that is on the print, after one that is of no roll of this centre's.
    let issued = house.run(["holograms", "issue", "--bsk", &bsk, "WB26-000001", "WB26-000100", "--json"]);
    assert_eq!(issued.json()["left"], 100, "{issued:?}");
    browser.keys("#serial", "WB27-000001\u{e007}");
    browser.until("#refused", "not of your centre's stock");
    browser.keys("#serial", "wb26-000007\u{e007}");
    browser.until("#stuck", "WB26-000007");
    browser.assert_accessible("a certificate with its sticker");
    browser.go(&format!("{portal}/bsk/holograms?lang=bn"));
    browser.until("#left", "৯৯");
    browser.assert_accessible("stickers of a centre, Bengali");
    browser.go(&format!("{portal}/bsk/certificate/1?lang=en"));
    let (status, bytes) = browser.fetch("/bsk/certificate/1/pdf");
    let file = house.file("printed.pdf", bytes);
    assert_eq!((status, house.verdict(&file).as_str()), (200, "genuine"));
    browser.click("#code-send button");
    browser.until("#note", "on its way to the applicant's phone");
    browser.keys("#code", &provider.code());
    browser.click("#by-code button");
    browser.until("#handed", "handed over to the applicant by own on");
    browser.assert_accessible("a certificate that was handed over");
    browser.click("#receipt");
    browser.until("h1", "Receipt");
    browser.until("#handed", "by the code on the phone");
    out(&browser, &portal);

    // Whoever holds the paper asks about its sticker.
    let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
    assert!(ask(&browser, &portal, &uin, "WB26-000007").contains("The sticker matches"));
    browser.assert_accessible("a sticker that matches");
    for serial in ["WB26-000008", "WB27-000001", "NONSENSE"] {
        assert!(ask(&browser, &portal, &uin, serial).contains("No match"), "{serial}");
    }
    browser.assert_accessible("a sticker that does not match");

    // Another centre's look like what does not exist, on every way.
    other.sign_in(&house, &browser, &portal, "#tray");
    for state in ["ready", "printed", "handed_over", "returned"] {
        browser.go(&format!("{portal}/bsk?state={state}&lang=en"));
        browser.until("#tray", "Noth");
    }
    browser.keys("#text", &number);
    browser.click("#search button");
    browser.until("#tray", "Nothing at your centre has this number or name");
    browser.assert_accessible("nothing found");
    let unknown = (browser.fetch("/bsk/certificate/99"), browser.fetch("/api/v1/bsk/NOWHERE/events"));
    for (path, nothing) in [
        ("/bsk/certificate/1".to_owned(), &unknown.0),
        ("/bsk/certificate/1/pdf".to_owned(), &unknown.0),
        (format!("/api/v1/bsk/{bsk}/certificates/{uin}/pdf"), &unknown.1),
        (format!("/api/v1/bsk/COB0001/certificates/{uin}/pdf"), &unknown.1),
        (format!("/api/v1/bsk/{bsk}/events"), &unknown.1),
    ] {
        let answer = browser.fetch(&path);
        assert!(answer.0 == 404 && answer == *nothing, "{path}: {}", answer.0);
    }
    out(&browser, &portal);

    // Whoever keeps the stickers issues another roll, and is told whose one is that was issued before.
    let keeper = Account::new(&house, "asha", "administrator", &[]);
    keeper.sign_in(&house, &browser, &portal, "a[href^='/office/holograms']");
    browser.go(&format!("{portal}/office/holograms?lang=bn"));
    browser.until("#stock", &bsk);
    browser.assert_accessible("stickers of all centres, Bengali");
    for (first, last) in [("WB26-000100", "WB26-000199"), ("WB26-000200", "WB26-000299")] {
        browser.go(&format!("{portal}/office/holograms?lang=en"));
        browser.keys("#bsk", "COB0001");
        browser.keys("#first", first);
        browser.keys("#last", &format!("{last}\u{e007}"));
        if first == "WB26-000100" {
            browser.until("#said", "WB26-000001 to WB26-000100, which");
            browser.assert_accessible("a roll that was issued before");
        } else {
            browser.until("#stock", "WB26-000200 – WB26-000299");
            browser.assert_accessible("the rolls of a centre");
        }
    }
    drop(browser);
    drop(runner);
    house.assert_healthy();
}

#[test]
fn a_tray_works_without_a_script() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let open = house.open(&house.events(&[samples::caste(1)]));
    let accounts: Vec<Value> = open.summary["accounts"].as_array().cloned().expect("accounts");
    let given = accounts.iter().find(|it| it["post"] == "bsk_operator").expect("an operator");
    let portal = open.portal.address().to_owned();
    let browser = Browser::open(false);
    Account::given(given).sign_in(&house, &browser, &portal, "#tray");
    try_the_printer(&browser, &portal, false);
    // What the demo leaves uncollected waits here.
    browser.go(&format!("{portal}/bsk?lang=en"));
    browser.click("#tray a[id^='open-']");
    browser.click("#print button");
    let address = format!("{portal}/bsk?state=printed&lang=en");
    until("a row that says printed", || {
        browser.go(&address);
        browser.text("#tray").contains("printed once").then_some(())
    });
}
