//! Single sign-on with a provider that others wrote: who is let in, within which bounds, and who is not.

mod away;
mod false_words;

use mohor_tests::{
    account::{self, Account},
    browser::{self, Browser},
    house::{House, Started},
    provider::{Page, Provider, Walk, free_port, ready},
    samples, until,
};
use serde_json::{Value, json};
use std::ffi::OsStr;

const STRONG: &str = "required_acr = [\"urn:two\"]";

/// A portal that knows a provider.
struct Place {
    house: House,
    provider: Provider,
    portal: String,
    runner: Started,
}

impl Place {
    /// On servers the portal is the database's user of that role.
    fn open(house: House, alg: &str, more: &str) -> Self {
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let port = free_port();
        let portal = format!("http://127.0.0.1:{port}");
        let provider = Provider::start(&house, &portal, alg);
        let runner = run(&house, port, &provider.settings(more));
        Self { house, provider, portal, runner }
    }

    /// Goes there and comes back.
    fn sign_in(&self, walk: &mut Walk, user: &str) -> Page {
        let back = walk.away(&self.portal, user);
        walk.get(&back)
    }

    /// The log has this cause, or will have it in a moment.
    fn waits_for(&mut self, cause: &str) {
        self.runner.until(cause, |it| it.said().contains(cause).then_some(()));
    }

    fn office(&self, walk: &mut Walk) -> Page {
        walk.get(&format!("{}/office", self.portal))
    }

    /// The department of a supervisor's account.
    fn department_of(&self, login: &str) -> Value {
        let people = self.house.run(["people", "list", "--json"]).json();
        let found = people.as_array().into_iter().flatten().find(|person| person["login"] == login);
        let person = found.unwrap_or_else(|| panic!("no {login}: {people}"));
        assert_eq!((&person["post"], &person["sso"]), (&json!("supervisor"), &json!(true)), "{person}");
        person["department"].clone()
    }
}

fn run(house: &House, port: u16, settings: &str) -> Started {
    let file = match house.away() {
        // The last table of the file is open: a table of its own follows.
        Some(away) => {
            let text = std::fs::read_to_string(&away.config).expect("a configuration");
            std::fs::write(&away.config, format!("{text}\n{settings}")).expect("written");
            away.config.clone()
        }
        None => house.file("oidc.toml", settings),
    };
    let environment = [
        ("MOHOR_CONFIG", file.to_string_lossy().into_owned()),
        ("MOHOR__PORTAL__LISTEN", format!("127.0.0.1:{port}")),
        ("MOHOR__PORTAL__SECURE_COOKIES", "true".into()),
        // Many people come from this address.
        ("MOHOR__PORTAL__SIGN_INS_PER_MINUTE", "10000".into()),
    ];
    let mut runner = match house.away() {
        Some(away) => {
            let mut command = house.command(["run", "portal"]);
            command.env("MOHOR_LOG", "info").env("MOHOR__LEDGER", away.as_role("portal")).envs(environment);
            Started::new(command)
        }
        None => {
            let mut command = house.command(["run"]);
            command.env("MOHOR_LOG", "info").envs(environment);
            Started::new(command)
        }
    };
    runner.portal();
    runner
}

fn supervisor(department: &str) -> Value {
    json!({"name": "Rekha Das", "groups": ["staff", "mohor-supervisor"], "department": department})
}

fn is_in(page: &Page) {
    assert!(page.status == 200 && page.body.contains("/office?lang="), "{page:?}");
}

fn is_refused(page: &Page, what: &str) {
    assert!(page.status == 403 && page.body.contains("You were not let in"), "{what}: {page:?}");
    assert!(!page.cookies.iter().any(|cookie| cookie.starts_with("__Host-mohor=")), "{what}: {page:?}");
}

#[test]
fn a_supervisor_comes_by_single_sign_on_and_its_word_counts_at_once() {
    if !browser::ready(&[]) || !ready() {
        return;
    }
    let mut place = Place::open(House::new(), "RS256", &format!("provision = true\n{STRONG}"));
    place.provider.person("rekha", "urn:two", supervisor("LRR"));
    let late = samples::submitted("LRR/SSO/1", "2026-03-02T11:00:00+05:30");
    let outcome = place.house.run([OsStr::new("submit"), place.house.events(&[late]).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 1, "{outcome:?}");

    let go_in = |browser: &Browser| {
        browser.go(&format!("{}/sign-in", place.portal));
        browser.click("#provider");
        browser.until("h1", "State sign-in");
        browser.keys("#user", "rekha");
        browser.click("#go");
        browser.until("h1", "Time limits");
    };
    let first = Browser::open(true);
    first.go(&format!("{}/sign-in?lang=bn", place.portal));
    assert!(first.text("#provider").contains("বাংলা প্রবেশ"), "{}", first.text("#provider"));
    first.assert_accessible("sign in, with a provider");
    go_in(&first);
    first.until("#board", "LRR/SSO/1");
    assert!(first.text("main").contains("Rekha Das"), "{}", first.text("main"));
    // On a page that opens no stream of its own: the board's script leaves the page when the session is over.
    first.go(&format!("{}/office/reports", place.portal));
    let stream = "const [done] = arguments; window.ended = false;
        window.stream = new EventSource('/office/live');
        stream.addEventListener('open', () => done(true));
        stream.addEventListener('error', () => { window.ended = true; });";
    first.send("POST", "/execute/async", json!({"script": stream, "args": []}));

    // Another department there is another one here, with the next sign-in; what was open before is over. Without scripts
    // the page between leads on all the same.
    place.provider.person("rekha", "urn:two", supervisor("BCW"));
    let second = Browser::open(false);
    go_in(&second);
    assert!(!second.text("main").contains("LRR/SSO/1"), "{}", second.text("main"));
    until("the stream of the old session to end", || (first.run("return window.ended") == json!(true)).then_some(()));
    first.go(&format!("{}/office", place.portal));
    first.until("h1", "Sign in");

    // There the session goes on: coming back takes a click. Signing out says so, and leads to where it ends.
    first.click("#provider");
    first.until("h1", "Time limits");
    first.click("form[action='/sign-out'] button");
    first.until("h1", "Signed out here");
    first.assert_accessible("signed out, and not there");
    first.click("#end");
    first.until("body", "sign-out");
    assert_eq!(place.department_of("rekha"), "BCW");
    drop(first);
    drop(second);
    place.house.assert_healthy();
}

#[test]
fn the_provider_opens_its_own_accounts_alone_on_both_modes() {
    if !ready() {
        return;
    }
    for house in House::of_each_mode() {
        let mut place = Place::open(house, "ES256", &format!("provision = true\n{STRONG}"));
        let given = account::add(&place.house, "rekha", "supervisor", &["--sso", "--department", "LRR"]);
        assert_eq!(given["password"], Value::Null, "{given}");
        let secret = given["totp_secret"].as_str().expect("a second factor").to_owned();
        Account::supervisor(&place.house, "anita", &[]);
        for (login, acr) in [("rekha", "urn:one"), ("anita", "urn:two"), ("mita", "urn:two"), ("kaka", "urn:one")] {
            place.provider.person(login, acr, supervisor("BCW"));
        }
        let mut walk = Walk::new();
        is_refused(&place.sign_in(&mut Walk::new(), "anita"), "an account with a password");
        is_refused(&place.sign_in(&mut Walk::new(), "kaka"), "no second factor, here or there");
        is_in(&place.sign_in(&mut walk, "mita"));
        assert_eq!((place.office(&mut walk).status, place.department_of("mita")), (200, json!("BCW")), "made");
        let mut walk = Walk::new();

        // No second factor there: the own code here, good once.
        let page = place.sign_in(&mut walk, "rekha");
        assert!(page.status == 200 && page.body.contains("/sign-in/code"), "{page:?}");
        assert_eq!(place.office(&mut walk).status, 303, "not yet");
        let form = format!("{}/sign-in/code", place.portal);
        assert_eq!(walk.post(&form, "code=000000").status, 401);
        let code = account::code(&place.house, &secret);
        let page = walk.post(&form, &format!("code={code}"));
        assert_eq!((page.status, page.location), (303, format!("{}/office", place.portal)));
        let office = place.office(&mut walk);
        assert!(office.status == 200 && office.body.contains("Supervisor"), "{office:?}");
        let mut again = Walk::new();
        place.sign_in(&mut again, "rekha");
        is_refused(&again.post(&form, &format!("code={code}")), "the same code again");
        assert_eq!(place.department_of("rekha"), "BCW", "as the provider says");

        // Neither a password nor nothing opens it.
        let page = walk.post(&format!("{}/sign-in", place.portal), &format!("login=rekha&password=&code={code}"));
        assert_eq!(page.status, 401);
        assert_eq!(place.house.run(["people", "disable", "rekha"]).code, Some(0));
        assert_eq!(place.office(&mut walk).status, 303, "disabled");
        let mut walk = Walk::new();
        place.sign_in(&mut walk, "rekha");
        let code = account::code(&place.house, &secret);
        is_refused(&walk.post(&form, &format!("code={code}")), "disabled");
        for cause in ["has_password", "no_second_factor", "code_used", "closed"] {
            place.waits_for(cause);
        }
        let said = place.runner.said();
        for login in ["rekha", "anita", "mita", "Das"] {
            assert!(!said.contains(login), "{login}: {said}");
        }
    }
}
