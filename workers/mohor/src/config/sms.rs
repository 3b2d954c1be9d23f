//! How citizens are told by short messages.

use anyhow::{Result, bail};
use mohor_domain::sms::{FIELDS, SmsKind, Tongue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Short messages by an HTTP provider, under the ids of the Distributed Ledger Technology platform.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// Where messages are posted to: `https://HOST/PATH`; empty: none are sent, and nobody is handed a certificate by code.
    pub url: String,
    /// A file with the value of `Authorization`, such as `Bearer KEY`; empty: none is sent.
    pub authorization_file: String,
    /// The principal entity's registered id.
    pub entity_id: String,
    /// The registered header: what receivers see as the sender.
    pub header: String,
    /// Whether the body is a JSON object; else it is a form.
    pub json: bool,
    /// The language of what is sent without being asked for: `bn` or `en`; empty: `bn`.
    pub language: String,
    /// PEM of authorities that are trusted besides the system's.
    pub ca_file: String,
    /// A file with the key by which codes are recorded: hexadecimal, 32 bytes or more. The portal alone reads it.
    pub code_key_file: String,
    /// Registered ids of the templates, by their names: `hand_over_code_bn`.
    pub templates: BTreeMap<String, String>,
    /// The provider's names of `id`, `to`, `text`, `entity_id`, `template_id`, `header`; one that is named by nothing is not sent.
    pub fields: BTreeMap<String, String>,
    /// Fields with the same value each time.
    pub more: BTreeMap<String, String>,
}

impl Sms {
    /// The language of what is sent without being asked for.
    pub fn tongue(&self) -> Result<Tongue> {
        let word = if self.language.is_empty() { "bn" } else { self.language.as_str() };
        match Tongue::from_word(word) {
            Some(tongue) => Ok(tongue),
            None => bail!("configuration: `sms.language` is bn or en"),
        }
    }

    /// Whether any are sent.
    pub fn is_on(&self) -> bool {
        !self.url.is_empty()
    }

    /// Whether it can be worked by.
    pub fn check(&self) -> Result<()> {
        if !self.is_on() {
            return Ok(());
        }
        self.tongue()?;
        let near = ["http://localhost", "http://127.", "http://[::1]"].iter().any(|start| self.url.starts_with(start));
        if !self.url.starts_with("https://") && !near {
            bail!(
                "configuration: `sms.url` is https://HOST/PATH; phone numbers and codes go by TLS to another machine"
            );
        }
        if self.code_key_file.is_empty() {
            bail!(
                "configuration: `sms.code_key_file` names a file with 32 random bytes, such as of `openssl rand -hex 32`"
            );
        }
        let known: Vec<String> =
            SmsKind::ALL.iter().flat_map(|kind| Tongue::ALL.iter().map(|tongue| kind.template(*tongue))).collect();
        if let Some(name) = self.templates.keys().find(|name| !known.contains(name)) {
            bail!("configuration: `sms.templates.{name}` is no template; they are {}", known.join(", "));
        }
        if let Some(name) = known.iter().find(|name| self.templates.get(*name).is_none_or(String::is_empty)) {
            bail!("configuration: `sms.templates.{name}` has the id under which its words are registered");
        }
        if let Some(name) = self.fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            bail!("configuration: `sms.fields.{name}` is no field of a message; they are {}", FIELDS.join(", "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let read = |text: &str| toml::from_str::<Sms>(text).map_err(anyhow::Error::from)?.check();
        let wrong = |text: &str| read(text).unwrap_err().to_string();
        read("").unwrap();
        assert!(wrong("url = \"http://sms.example/\"").contains("`sms.url`"));
        assert!(wrong("url = \"https://sms.example/\"").contains("`sms.code_key_file`"));
        let begun = "url = \"https://sms.example/\"\ncode_key_file = \"k\"\n";
        assert!(wrong(begun).contains("`sms.templates.hand_over_code_bn`"));
        assert!(wrong(&format!("{begun}[templates]\nhallo = \"1\"")).contains("`sms.templates.hallo`"));
        let all: Vec<String> = SmsKind::ALL
            .iter()
            .flat_map(|kind| Tongue::ALL.iter().map(|tongue| format!("{} = \"1\"", kind.template(*tongue))))
            .collect();
        let all = format!("{begun}[templates]\n{}\n", all.join("\n"));
        read(&all).unwrap();
        assert!(wrong(&format!("{all}[fields]\nphone = \"x\"")).contains("`sms.fields.phone`"));
        read(&format!("{all}[fields]\nto = \"mobiles\"\nid = \"\"")).unwrap();
    }
}
