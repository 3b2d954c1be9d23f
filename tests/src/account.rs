//! Accounts that sign in with a browser.

use crate::{browser::Browser, house::House};

/// An account as `mohor people add` gives it.
pub struct Account {
    login: String,
    password: String,
    totp: String,
}

impl Account {
    /// A supervisor with these bounds.
    pub fn supervisor(house: &House, login: &str, bounds: &[&str]) -> Self {
        let mut arguments = vec!["people", "add", login, "--name", "Rekha Das", "--post", "supervisor", "--json"];
        arguments.extend(bounds);
        let given = house.run(arguments).json();
        let text = |name: &str| given[name].as_str().expect("drawn").to_owned();
        Self { login: login.into(), password: text("password"), totp: text("totp_secret") }
    }

    /// Signs in; the board is shown.
    pub fn sign_in(&self, house: &House, browser: &Browser, portal: &str) {
        let code = house.run(["people", "code", &self.totp]);
        assert_eq!(code.code, Some(0), "{code:?}");
        browser.go(&format!("{portal}/sign-in"));
        browser.keys("#login", &self.login);
        browser.keys("#password", &self.password);
        browser.keys("#code", code.out.trim());
        browser.click("form.card button");
        browser.until("h1", "Time limits");
    }
}
