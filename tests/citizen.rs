//! A citizen with Form 1 in the hand, in a real browser: where the application stands, and the document by a code that a real
//! provider of short messages was given.

use mohor_tests::{
    browser::{self, Browser},
    house::{House, Started},
    samples,
    sms::SmsProvider,
    tools::{self, closed_up},
};
use serde_json::{Value, json};

/// The submission behind an approval.
fn submission(approval: &Value) -> Value {
    let data = &approval["data"];
    let mut members = json!({});
    for name in ["service", "docket_no", "bsk", "office", "submitted_at", "applicant"] {
        if !data[name].is_null() {
            members[name] = data[name].clone();
        }
    }
    samples::event("BCW", "application.submitted", data["application_no"].as_str().expect("a number"), members)
}

fn hand_in(house: &House, event: &Value) {
    let events = house.events(std::slice::from_ref(event));
    let outcome = house.run(["submit".as_ref(), events.as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 1, "{outcome:?}");
}

fn shown(house: &House, number: &str) -> Value {
    house.run(["show", number, "--json"]).json()[0].take()
}

/// The key on the acknowledgement, as it is printed.
fn key_of(house: &House, runner: &mut Started, number: &str) -> String {
    let object = runner
        .until("the acknowledgement", |_| shown(house, number)["documents"][0]["object"].as_str().map(str::to_owned));
    let paper = tools::rows_of_pdf(&house.data().join(object));
    let address = closed_up("https://verify.mohor.example/track");
    assert!(paper.contains(&address), "no {address} in {paper}");
    let is_key = |text: &[char]| {
        text[4] == '-'
            && text.iter().enumerate().all(|(place, c)| place == 4 || c.is_ascii_digit() || c.is_ascii_uppercase())
    };
    // The value stands beside its label.
    let (before, after) = paper.split_once(&closed_up("Tracking key")).expect("the key's row");
    let start = before.chars().count().saturating_sub(40);
    let near: Vec<char> = before.chars().skip(start).chain(after.chars().take(40)).collect();
    let key = near.windows(9).find(|window| is_key(window)).unwrap_or_else(|| panic!("no key in {paper}"));
    key.iter().collect()
}

fn issued(house: &House, runner: &mut Started, number: &str) {
    runner.until("the certificate", |_| (shown(house, number)["progress"] == "notified").then_some(()));
}

fn look(browser: &Browser, portal: &str, number: &str, key: &str) {
    browser.go(&format!("{portal}/track?lang=en"));
    browser.keys("#number", number);
    browser.keys("#key", key);
    browser.click("main form button");
}

/// What the form with the code gives: status and bytes, as its button fetches them.
fn fetched(browser: &Browser) -> (u64, Vec<u8>) {
    let script = "const done = arguments[arguments.length - 1], form = document.querySelector('#code-use');
        fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))}).then(async (answer) => {
          const bytes = new Uint8Array(await answer.arrayBuffer());
          done([answer.status, [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')]);
        }, (error) => done([0, '']));";
    let answer = browser.send("POST", "/execute/async", json!({"script": script, "args": []}));
    (answer[0].as_u64().unwrap_or_default(), hex::decode(answer[1].as_str().expect("text")).expect("hexadecimal"))
}

#[test]
fn a_citizen_follows_an_application_and_fetches_the_document() {
    if !browser::ready(&["pdftotext"]) {
        return;
    }
    let (house, provider) = (House::new(), SmsProvider::open());
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut command = house.command(["run", "--listen", "127.0.0.1:0"]);
    command.env("MOHOR_LOG", "info").envs(provider.settings(house.folder()));
    let mut runner = Started::new(command);
    let portal = runner.portal().address().to_owned();
    let (at_centre, mut online) = (samples::caste(1), samples::caste(2));
    for name in ["bsk", "docket_no"] {
        online["data"].as_object_mut().expect("an object").remove(name);
    }
    online["data"]["applicant"]["mobile"] = json!("+919876543210");
    let mobile = at_centre["data"]["applicant"]["mobile"].as_str().expect("a phone").to_owned();
    let (number, other) = ("BCW/TEST/000001", "BCW/TEST/000002");
    hand_in(&house, &submission(&at_centre));
    let key = key_of(&house, &mut runner, number);

    let browser = Browser::open(true);
    browser.go(&format!("{portal}/?lang=en"));
    browser.click("#track");
    browser.until("h1", "Where does my application stand?");
    browser.assert_accessible("the form");
    look(&browser, &portal, number, "0000-0000");
    browser.until("#missed", "There is nothing here by this number and this key");
    browser.assert_accessible("nothing found");
    look(&browser, &portal, number, &key.to_lowercase());
    browser.until("#stands h1", "Received");
    browser.assert_accessible("received");
    hand_in(&house, &at_centre);
    issued(&house, &mut runner, number);
    look(&browser, &portal, number, &key);
    browser.until("#stands h1", "Ready at the centre");
    let end = &mobile[mobile.len() - 4..];
    browser.until("#code-send button", &format!("Send a code to the phone ••••••{end}"));
    let page = browser.run("return document.documentElement.outerHTML").to_string();
    let name = at_centre["data"]["applicant"]["name"]["en"].as_str().expect("a name");
    assert!(!page.contains(&mobile[3..]) && !page.contains(name), "{page}");
    browser.assert_accessible("ready");

    // The code and no other; the page's address never names anything.
    browser.click("#code-send button");
    browser.until("#note", "A code is on its way to the phone");
    browser.assert_accessible("a code was sent");
    assert_eq!(provider.last_code("to"), mobile);
    let code = provider.code();
    browser.keys("#code", if code == "000000" { "000001" } else { "000000" });
    browser.click("#code-use button");
    browser.until("#note", "The code is another");
    let address = browser.run("return location.href").to_string();
    assert!(!address.contains("BCW") && !address.contains(&key), "{address}");
    browser.keys("#code", &code);
    let (status, bytes) = fetched(&browser);
    let file = house.file("fetched.pdf", bytes);
    assert_eq!((status, house.verdict(&file).as_str()), (200, "genuine"));
    assert_eq!(fetched(&browser).0, 409, "the code is used up");
    assert_eq!(shown(&house, number)["fetched"][0]["delivered"], false, "the paper waits at the centre");
    look(&browser, &portal, number, &key);
    browser.until("#stands h1", "Ready at the centre");

    // In Bengali and without script, of an application that was made online: the fetch is the delivery.
    hand_in(&house, &submission(&online));
    let online_key = key_of(&house, &mut runner, other);
    assert_ne!(online_key, key);
    hand_in(&house, &online);
    issued(&house, &mut runner, other);
    let plain = Browser::open(false);
    plain.go(&format!("{portal}/track?lang=bn"));
    plain.keys("#number", other);
    plain.keys("#key", &online_key);
    plain.click("main form button");
    plain.find("#stands[data-stands='online']");
    assert!(plain.text("#fetch").contains("••••••3210 ফোনে কোড পাঠান"), "{}", plain.text("#fetch"));
    plain.click("#code-send button");
    plain.find("#note");
    look(&browser, &portal, other, &online_key);
    browser.keys("#code", &provider.code());
    let (status, bytes) = fetched(&browser);
    let file = house.file("online.pdf", bytes);
    assert_eq!((status, house.verdict(&file).as_str()), (200, "genuine"));
    look(&browser, &portal, other, &online_key);
    browser.until("#stands h1", "Fetched");
    let page = browser.run("return document.documentElement.outerHTML").to_string();
    assert!(!page.contains("3210"), "after the delivery not even the end of the number is shown: {page}");
    browser.assert_accessible("fetched");
    let seen = house.run(["show", other, "--json"]);
    assert_eq!(seen.json()[0]["fetched"][0]["delivered"], true, "{seen:?}");
    assert!(!seen.out.contains("3210"), "{seen:?}");
    let heard = runner.said();
    assert!(heard.contains("/track/pdf"), "nothing is logged: {heard}");
    for secret in [number, &key, other, &online_key, &mobile[3..], "9876543210", name, &code] {
        assert!(!heard.contains(secret), "{secret} is in the log: {heard}");
    }
    drop(runner);
    house.assert_healthy();
}
