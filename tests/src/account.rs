//! Accounts, and how they sign in: with a browser, or as a program does.

use crate::{browser::Browser, house::House, patience::PATIENCE};
use serde_json::Value;
use std::{cell::RefCell, thread, time::Duration};

/// What `mohor people add` says of a new account; `more` are its bounds and other options.
pub fn add(house: &House, login: &str, post: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["people", "add", login, "--name", "Rekha Das", "--post", post, "--json"];
    arguments.extend(more);
    house.run(arguments).json()
}

/// The six digits of a second factor now.
pub fn code(house: &House, totp: &str) -> String {
    let outcome = house.run(["people", "code", totp]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.out.trim().to_owned()
}

/// An account that has a password.
pub struct Account {
    login: String,
    password: String,
    totp: String,
    /// The code that was used last.
    used: RefCell<String>,
}

impl Account {
    /// A new one of a post, with these bounds.
    pub fn new(house: &House, login: &str, post: &str, bounds: &[&str]) -> Self {
        Self::given(&add(house, login, post, bounds))
    }

    /// A supervisor with these bounds.
    pub fn supervisor(house: &House, login: &str, bounds: &[&str]) -> Self {
        Self::new(house, login, "supervisor", bounds)
    }

    /// One as it is shown when it is made.
    pub fn given(shown: &Value) -> Self {
        let text = |name: &str| shown[name].as_str().unwrap_or_else(|| panic!("no {name}: {shown}")).to_owned();
        Self { login: text("login"), password: text("password"), totp: text("totp_secret"), used: RefCell::default() }
    }

    /// A code is good once: whoever comes again waits for the next.
    pub fn code(&self, house: &House) -> String {
        let fresh = (0..60).find_map(|_| {
            let code = code(house, &self.totp);
            if code == *self.used.borrow() {
                thread::sleep(Duration::from_secs(1));
                return None;
            }
            Some(code)
        });
        let fresh = fresh.expect("another code within a minute");
        self.used.replace(fresh.clone());
        fresh
    }

    /// Keys itself in on the page that is open.
    pub fn key_in(&self, browser: &Browser, code: &str) {
        browser.keys("#login", &self.login);
        browser.keys("#password", &self.password);
        browser.keys("#code", code);
        browser.click("form.card button");
    }

    /// Signs in; `lands` is on the page that the post is led to.
    pub fn sign_in(&self, house: &House, browser: &Browser, portal: &str, lands: &str) {
        browser.go(&format!("{portal}/sign-in?lang=en"));
        // A code lasts a minute: it is read when there is something to key it into.
        self.key_in(browser, &self.code(house));
        browser.find(lands);
    }

    /// Signs in; the board is shown.
    pub fn sign_in_to_board(&self, house: &House, browser: &Browser, portal: &str) {
        self.sign_in(house, browser, portal, "form[action='/sign-out']");
        browser.until("h1", "Time limits");
    }

    /// The form of the sign-in page, filled in.
    pub fn form(&self, house: &House) -> String {
        format!("login={}&password={}&code={}", self.login, self.password, self.code(house))
    }

    /// Signs in without a browser: the session's cookie.
    pub fn session(&self, house: &House, portal: &str) -> String {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        let answer = agent
            .post(format!("{portal}/sign-in"))
            .header("content-type", "application/x-www-form-urlencoded")
            .send(self.form(house))
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 303, "signed in");
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).expect("a cookie");
        cookie.split(';').next().unwrap_or_default().to_owned()
    }
}
