//! The State's single sign-on, and what it gives whom here.

use anyhow::{Result, bail};
use mohor_domain::claims::ClaimRule;
use serde::{Deserialize, Serialize};

/// Single sign-on by OpenID Connect.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oidc {
    /// The issuer's URL, as the provider writes it; empty: people sign in with a password alone.
    pub issuer: String,
    /// Who we are at the provider.
    pub client_id: String,
    /// A file with the secret that proves it; empty: a public client, by PKCE alone.
    pub client_secret_file: String,
    /// Where people open the portal: they come back to `/sign-in/back` there.
    pub portal: String,
    /// PEM file of the authorities that are trusted for the provider besides the system's.
    pub ca_file: String,
    /// What people call it.
    pub name: String,
    /// The same in Bengali.
    pub name_bn: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that is the login here.
    pub login_claim: String,
    /// The claim that is the name on pages.
    pub name_claim: String,
    /// Whether claims are also asked for at UserInfo; of what both say the signed token is believed.
    pub user_info: bool,
    /// Values of `acr` that mean that a second factor was asked for; asked for with each sign-in.
    pub required_acr: Vec<String>,
    /// Methods in `amr` (RFC 8176) that are a second factor.
    pub required_amr: Vec<String>,
    /// Whether whoever a rule allows is given an account; otherwise `mohor people add --sso` does.
    pub provision: bool,
    /// Who has which post. Last, as TOML has its tables.
    pub rules: Vec<ClaimRule>,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret_file: String::new(),
            portal: String::new(),
            ca_file: String::new(),
            name: "the State's single sign-on".into(),
            name_bn: "রাজ্যের একক প্রবেশ-ব্যবস্থা".into(),
            scopes: vec!["profile".into()],
            login_claim: "preferred_username".into(),
            name_claim: "name".into(),
            user_info: false,
            required_acr: vec![],
            required_amr: vec![],
            provision: false,
            rules: vec![],
        }
    }
}

impl Oidc {
    /// Whether anybody signs in by it.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// What is wrong in itself; addresses are the adapter's to judge.
    pub fn check(&self) -> Result<()> {
        if !self.is_on() {
            return Ok(());
        }
        if self.rules.is_empty() {
            bail!("configuration: `oidc.rules` is empty: nobody would be let in; README.md shows a rule");
        }
        for (place, rule) in self.rules.iter().enumerate() {
            if let Some(words) = rule.fault() {
                bail!("configuration: rule {} of `oidc.rules` {words}", place + 1);
            }
        }
        for (key, text) in [("login_claim", &self.login_claim), ("name", &self.name), ("name_bn", &self.name_bn)] {
            if text.trim().is_empty() || text.chars().count() > 100 {
                bail!("configuration: `oidc.{key}` has 1 to 100 characters");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_single_sign_on_is_checked_when_it_is_read() {
        let read = |rule: &str| -> Result<()> {
            let text = format!("issuer = \"https://sso.example.in\"\n{rule}");
            toml::from_str::<Oidc>(&text)?.check()
        };
        assert!(read("").unwrap_err().to_string().contains("oidc.rules"));
        let rule = "[[rules]]\nclaim = \"groups\"\nvalues = [\"a\"]\npost = ";
        read(&format!("{rule}\"integrator\"\ndepartment = \"department\"")).unwrap();
        let error = read(&format!("{rule}\"integrator\"")).unwrap_err().to_string();
        assert!(error.contains("rule 1 of `oidc.rules`") && error.contains("department"), "{error}");
        assert!(read(&format!("{rule}\"king\"")).unwrap_err().to_string().contains("king"));
    }
}
