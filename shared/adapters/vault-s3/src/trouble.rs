//! What the store's errors mean: nothing that an object is guilty of.

use crate::http::at_most;
use hyper::body::Body;
use mohor_ports::error::Error;

/// Bytes of an answer's body in which its code is looked for; a longer one has none.
const MOST: usize = 64 * 1024;

/// The store's word for a signature that was made by another clock than its own.
const SKEWED: &str = "RequestTimeTooSkewed";

/// Why a request has no result. It never holds what was sent.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It was answered, and not done.
    Refused {
        /// HTTP's.
        status: u16,
        /// The store's word for it, or nothing.
        code: String,
    },
    /// There is no answer in time.
    Slow,
    /// There is no answer.
    Away(Box<dyn std::error::Error + Send + Sync>),
    /// A setting cannot stand in a request.
    Unmade(Box<dyn std::error::Error + Send + Sync>),
}

impl Trouble {
    /// Reads why the store did not do what was asked.
    pub async fn read<B>(status: u16, body: B) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let body = at_most(body, MOST).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        Self::Refused { status, code: code(&text).unwrap_or_default() }
    }

    /// Whether another attempt may succeed: the way, a store that is busy or unwell, or one whose clock is known by now.
    pub fn passes(&self) -> bool {
        match self {
            Self::Refused { status: 429 | 500 | 502 | 503 | 504, .. } | Self::Slow | Self::Away(_) => true,
            Self::Refused { code, .. } => ["SlowDown", "RequestTimeout", "Throttling", SKEWED].contains(&code.as_str()),
            Self::Unmade(_) => false,
        }
    }

    /// The signature was made by a clock that is not the store's.
    pub fn is_of_another_time(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == SKEWED)
    }

    /// There is no such object (and there is such a bucket).
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, code } if code != "NoSuchBucket")
    }

    /// An error that remains after all attempts. `name` is the store.
    pub fn at(self, name: &str) -> Error {
        match self {
            Self::Refused { status, code } => match known(status, &code) {
                Some(words) => Error::outage(format!("{name} {words}")).because(format!("{status} {code}")),
                None => Error::outage(format!("{name} answers {status} {code}").trim_end()),
            },
            Self::Slow => Error::outage(format!("{name} does not answer in time")),
            Self::Away(error) => Error::outage(format!("{name} cannot be reached")).because(error),
            Self::Unmade(error) => {
                let words = "configuration: `s3.region` or `s3.access_key_id` holds what cannot stand in a request";
                Error::fatal(words).because(error)
            }
        }
    }
}

/// What somebody can do about it.
fn known(status: u16, code: &str) -> Option<&'static str> {
    match (status, code) {
        (_, SKEWED) => Some("finds this machine's clock wrong; set it, work goes on by itself"),
        (_, "AuthorizationHeaderMalformed") => Some("is of another region; look at `s3.region`"),
        (403, _) => Some("refuses this access key; look at `s3.access_key_id` and its secret's file"),
        (404, "NoSuchBucket") => Some("has no such bucket; make it, work goes on by itself"),
        _ => None,
    }
}

/// The text of `Code` in `Error`. What is no word is none: it goes into a log.
fn code(xml: &str) -> Option<String> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let element = document.root_element().children().find(|child| child.tag_name().name() == "Code")?;
    let code = element.text()?;
    (code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| code.to_owned())
}
