//! Short messages by an HTTP provider, under the ids of the Distributed Ledger Technology platform: the sender's principal
//! entity, its header, and the template of the words (Telecom Commercial Communications Customer Preference Regulations 2018).
//!
//! Providers differ in the names of their fields: these are settings. What counts is the status of the answer; of a good one
//! the body is looked at too, since many providers say 200 and refuse in words.

use crate::{HttpPoster, said};
use async_trait::async_trait;
use mohor_domain::{networks::Networks, sms::FIELDS};
use mohor_ports::{
    error::{Error, Result},
    gateway::{Post, Posted, Sms, Texter},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How a provider is called.
#[derive(Clone)]
pub struct SmsSettings {
    /// Where messages are posted to.
    pub url: String,
    /// The value of `Authorization`, if any.
    pub authorization: Option<String>,
    /// The principal entity's registered id.
    pub entity_id: String,
    /// The registered header, which receivers see as the sender.
    pub header: String,
    /// Registered ids of templates by their names.
    pub templates: BTreeMap<String, String>,
    /// The provider's names of our fields: `to`, `text`, `entity_id`, `template_id`, `header`, `id`.
    pub fields: BTreeMap<String, String>,
    /// Fields with the same value each time, such as `route`.
    pub more: BTreeMap<String, String>,
    /// Whether the body is a JSON object; else it is a form.
    pub json: bool,
}

/// The way to a provider.
pub struct HttpTexter {
    poster: HttpPoster,
    settings: SmsSettings,
}

impl HttpTexter {
    /// The provider's address is a setting of whoever runs this, so it may be anywhere.
    pub fn open(settings: SmsSettings, authorities: &[u8]) -> Result<Self> {
        let anywhere = Networks::read(&["0.0.0.0/0".into(), "::/0".into()]);
        let anywhere = anywhere.map_err(|_| Error::fatal("all networks cannot be named"))?;
        Ok(Self { poster: HttpPoster::open(anywhere, authorities)?, settings })
    }

    fn post(&self, sms: &Sms) -> Result<Post> {
        let settings = &self.settings;
        let template = settings.templates.get(&sms.template);
        let unknown = || Error::reject("sms_refused", format!("`sms.templates` has no `{}`", sms.template));
        let values =
            [sms.id.as_str(), &sms.to, &sms.text, &settings.entity_id, template.ok_or_else(unknown)?, &settings.header];
        let own = FIELDS.into_iter().zip(values).filter_map(|(field, value)| {
            // A field that is named by nothing is not sent.
            let name = settings.fields.get(field).map_or(field, String::as_str);
            (!name.is_empty()).then_some((name, value))
        });
        let all = own.chain(settings.more.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let (kind, body) = match settings.json {
            true => {
                let members: Map<String, Value> = all.map(|(name, value)| (name.into(), value.into())).collect();
                ("application/json", Value::Object(members).to_string())
            }
            false => {
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
                ("application/x-www-form-urlencoded", form)
            }
        };
        let mut headers = vec![("content-type", kind.to_owned())];
        headers.extend(settings.authorization.iter().map(|value| ("authorization", value.clone())));
        Ok(Post { url: settings.url.clone(), headers, body: body.into_bytes() })
    }
}

#[async_trait]
impl Texter for HttpTexter {
    async fn send(&self, sms: &Sms) -> Result<()> {
        let (posted, body) = self.poster.hear(&self.post(sms)?).await;
        match posted {
            // A provider repeats number and words in what it says: none of it is kept.
            Posted::Answered { status: status @ 200..=299, .. } if said::failed(&body) => {
                let words = format!("the provider of short messages answers {status}, and in words that it refuses");
                Err(Error::reject("sms_refused", words))
            }
            Posted::Answered { status: 200..=299, .. } => Ok(()),
            // A provider that does not know us any more is trouble of this installation, not of the message.
            Posted::Answered { status: status @ (401 | 403 | 408 | 429 | 500..=599), .. } => {
                Err(Error::outage(format!("the provider of short messages answers {status}")))
            }
            Posted::Answered { status, .. } => {
                Err(Error::reject("sms_refused", format!("the provider of short messages answers {status}")))
            }
            Posted::Unanswered(word) => Err(Error::outage(format!("the provider of short messages: {word}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn settings(url: String, json: bool) -> SmsSettings {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        SmsSettings {
            url,
            authorization: Some("Bearer key".into()),
            entity_id: "1101".into(),
            header: "WBGOVT".into(),
            templates: map(&[("ready_bn", "1107")]),
            fields: map(&[("to", "mobiles"), ("template_id", "DLT_TE_ID"), ("id", "")]),
            more: map(&[("route", "4")]),
            json,
        }
    }

    fn sms(template: &str) -> Sms {
        Sms { id: "7".into(), to: "+919875507385".into(), text: "ক & b=c".into(), template: template.into() }
    }

    /// A provider that says this once; what it heard.
    async fn provider(says: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/send", listener.local_addr().expect("an address"));
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let (mut heard, mut part) = (Vec::new(), [0; 4096]);
            loop {
                let read = stream.read(&mut part).await.expect("a request");
                heard.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&heard).to_lowercase();
                let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                let body = text.split_once("\r\n\r\n").map_or(0, |(head, _)| heard.len() - head.len() - 4);
                if read == 0 || length.is_some_and(|length: usize| body >= length) {
                    break;
                }
            }
            // Whoever hangs up early is no trouble of this server.
            let _ = stream.write_all(says.as_bytes()).await;
            String::from_utf8_lossy(&heard).into_owned()
        });
        (url, heard)
    }

    #[tokio::test]
    async fn a_message_is_a_form_or_an_object_under_the_providers_names() {
        const YES: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let (url, heard) = provider(YES).await;
        HttpTexter::open(settings(url, false), b"").expect("a way").send(&sms("ready_bn")).await.expect("taken");
        let heard = heard.await.expect("heard");
        assert!(heard.to_lowercase().contains("authorization: bearer key\r\n"), "{heard}");
        let body = heard.split_once("\r\n\r\n").expect("a body").1;
        let text =
            "mobiles=%2B919875507385&text=%E0%A6%95+%26+b%3Dc&entity_id=1101&DLT_TE_ID=1107&header=WBGOVT&route=4";
        assert_eq!(body, text);
        let (url, heard) = provider(YES).await;
        HttpTexter::open(settings(url, true), b"").expect("a way").send(&sms("ready_bn")).await.expect("taken");
        let heard = heard.await.expect("heard");
        let body: Value = serde_json::from_str(heard.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
        assert_eq!(
            (&body["mobiles"], &body["DLT_TE_ID"], &body["id"]),
            (&"+919875507385".into(), &"1107".into(), &Value::Null)
        );
    }

    #[tokio::test]
    async fn a_message_is_taken_by_any_status_of_2xx_whatever_is_said_besides() {
        for says in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 201 Created\r\n\r\n{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}",
            "HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 204 None\r\n\r\n",
        ] {
            let (url, _) = provider(says).await;
            let texter = HttpTexter::open(settings(url, true), b"").expect("a way");
            texter.send(&sms("ready_bn")).await.expect(says);
        }
    }

    #[tokio::test]
    async fn what_a_provider_refuses_is_told_apart_from_one_that_is_away_and_nothing_of_the_citizen_is_said() {
        for (says, code) in [
            ("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n", "sms_refused"),
            ("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", "sms_refused"),
            ("HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n", "outage"),
            ("HTTP/1.1 401 Who\r\ncontent-length: 0\r\n\r\n", "outage"),
            ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", "outage"),
            ("no HTTP\r\n\r\n", "outage"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nERROR: 14", "sms_refused"),
            ("HTTP/1.1 202 OK\r\n\r\n{\"type\":\"error\",\"message\":\"9875507385 is no number\"}", "sms_refused"),
        ] {
            let (url, _) = provider(says).await;
            let texter = HttpTexter::open(settings(url, false), b"").expect("a way");
            let error = texter.send(&sms("ready_bn")).await.expect_err(says);
            assert_eq!(error.code(), code, "{says}");
            assert!(!error.to_string().contains("9875507385"), "{error}");
        }
        let nowhere = HttpTexter::open(settings("http://127.0.0.1:1/".into(), false), b"").expect("a way");
        assert_eq!(nowhere.send(&sms("ready_bn")).await.expect_err("away").code(), "outage");
        assert_eq!(nowhere.send(&sms("other")).await.expect_err("unknown").code(), "sms_refused");
        assert!(!format!("{:?}", sms("ready_bn")).contains("98755"));
    }
}
