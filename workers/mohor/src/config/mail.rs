//! How people are told by mail.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// Mails.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The server: `smtps://USER@HOST:PORT`, `smtp://USER@HOST:PORT?tls=required`; empty: nobody is told by mail.
    pub url: String,
    /// The address that mails come from.
    pub from: String,
    /// A file with the password of the URL's user.
    pub password_file: String,
    /// When offices open, `HH:MM` in Asia/Kolkata: what is not urgent is told then.
    pub office_opens: String,
    /// Where people open the portal, for the link in a mail.
    pub portal: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            url: String::new(),
            from: "Mohor <mohor@localhost>".into(),
            password_file: String::new(),
            office_opens: "10:00".into(),
            portal: String::new(),
        }
    }
}

impl Mail {
    /// Minutes after midnight at which offices open.
    pub fn opens(&self) -> Result<u16> {
        let found = self.office_opens.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        });
        match found {
            Some(minutes) => Ok(minutes),
            None => bail!("configuration: `mail.office_opens` is a time of the day, 00:00 to 23:59"),
        }
    }
}
