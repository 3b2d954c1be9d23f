//! Mails by SMTP (RFC 5321).
//!
//! Without TLS only to this machine or to a container beside it: addresses and numbers of applications are in what is sent.

use async_trait::async_trait;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};
use mohor_ports::{
    error::{Error, Result},
    gateway::{Mail, Mailer},
};
use std::time::Duration;

/// How long a server may take for one step.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the server is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `smtps://USER@HOST:465`, `smtp://USER@HOST:587?tls=required`, or `smtp://HOST:25` to this machine.
    pub url: String,
    /// The address that mails come from.
    pub from: String,
    /// The password of the URL's user.
    pub password: Option<String>,
}

/// Sends by SMTP.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// Reads the settings; nothing is connected yet. The error names the setting and what it has to be.
    pub fn open(settings: &Settings) -> Result<Self> {
        let wrong = |words: &str| Error::fatal(format!("configuration: `mail.url` {words}"));
        let rest = settings.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let sealed = settings.url.starts_with("smtps://") || settings.url.ends_with("?tls=required");
        if !sealed && !is_near(place) {
            return Err(wrong("leaves this machine without TLS; use smtps://, or smtp:// with ?tls=required"));
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|_| wrong("is smtps://USER@HOST:PORT, or smtp://USER@HOST:PORT?tls=required"))?;
        let builder = match &settings.password {
            Some(password) => builder.credentials(Credentials::new(user.into(), password.clone())),
            None => builder,
        };
        let from = settings.from.parse();
        let from: Mailbox = from.map_err(|_| Error::fatal("configuration: `mail.from` is no mail address"))?;
        Ok(Self { transport: builder.timeout(Some(PATIENCE)).build(), from })
    }
}

/// Loopback, or a name without dots: a container of the same host.
fn is_near(place: &str) -> bool {
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    host == "localhost"
        || host == "[::1]"
        || host.starts_with("127.")
        || (!host.is_empty() && !host.contains(['.', ':']))
}

/// Whether a text is one mail address and nothing else.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.is_ascii() && text.parse::<Address>().is_ok()
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<()> {
        let refused = |words: &str| Error::reject("mail_refused", words.to_owned());
        if !is_address(&mail.to) {
            return Err(refused("the address is no mail address"));
        }
        let to: Mailbox = mail.to.parse().map_err(|_| refused("the address is no mail address"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| refused("the mail cannot be written").because(error))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // A server repeats addresses in its words: only the kind of its answer is kept.
            Err(error) if error.is_permanent() => Err(refused("the mail server refuses this mail for good")),
            Err(error) if error.is_transient() => Err(Error::retry("the mail server refuses this mail for now")),
            Err(_) => Err(Error::outage("the mail server cannot be reached")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str, from: &str) -> Option<String> {
        let settings = Settings { url: url.into(), from: from.into(), password: None };
        SmtpMailer::open(&settings).err().map(|error| error.to_string())
    }

    #[test]
    fn mails_leave_the_machine_by_tls_alone() {
        let from = "Mohor <mohor@example.in>";
        for url in
            ["smtp://127.0.0.1:2525", "smtp://mail:25", "smtps://relay.example.in", "smtp://u@a.in:587?tls=required"]
        {
            assert_eq!(open(url, from), None, "{url}");
        }
        for url in ["smtp://relay.example.in:25", "smtp://u@10.0.0.1", "http://localhost", "", "smtp://"] {
            assert!(open(url, from).expect("refused").contains("mail.url"), "{url}");
        }
        assert!(open("smtp://localhost", "nobody").expect("refused").contains("mail.from"));
    }

    #[test]
    fn an_address_is_one_address_and_no_header() {
        assert!(is_address("rekha.das@wb.gov.in"));
        for text in [
            "",
            "rekha",
            "a@b.in, c@d.in",
            "a@b.in\r\nBcc: c@d.in",
            "<a@b.in>",
            "Rekha <a@b.in>",
            &format!("{}@b.in", "a".repeat(300)),
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
