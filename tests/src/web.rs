//! The portal over HTTP, as a browser without a script or a program sees it.

use crate::patience::PATIENCE;
use serde_json::Value;

/// A portal that is up.
pub struct Portal {
    address: String,
    agent: ureq::Agent,
    session: Option<String>,
}

/// An answer of any status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Portal {
    /// At an address, `http://127.0.0.1:PORT`.
    pub fn at(address: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self { address: address.to_owned(), agent, session: None }
    }

    /// The same for whoever has signed in: with the cookie of a session.
    #[must_use]
    pub fn with_session(mut self, cookie: String) -> Self {
        self.session = Some(cookie);
        self
    }

    fn known<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.session {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        answer(self.known(self.agent.get(format!("{}{path}", self.address))).call())
    }

    /// POST of a body.
    pub fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.address)).header("content-type", kind);
        answer(self.known(request).send(body))
    }

    /// POST of a form with one field.
    pub fn form(&self, path: &str, field: &str, value: &str) -> Answer {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.post(path, "application/x-www-form-urlencoded", format!("{field}={value}").as_bytes())
    }

    /// POST of a file, as a form sends it.
    pub fn upload(&self, path: &str, field: &str, file: &[u8]) -> Answer {
        const BOUNDARY: &str = "mohor-test-boundary-8470";
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"certificate.pdf\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        )
        .into_bytes();
        body.extend(file);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        self.post(path, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.expect("the portal answers");
    let body = response.body_mut().read_to_string().expect("the portal's answer is text");
    Answer { status: response.status().as_u16(), body }
}
