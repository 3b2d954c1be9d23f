//! What the store's errors mean: nothing that an object is guilty of.

use crate::http::at_most;
use hyper::{Response, body::Body};
use mohor_ports::error::Error;
use std::time::Duration;

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
        /// The region that it says the bucket is in.
        region: Option<String>,
        /// How long it asks to be left alone.
        after: Option<Duration>,
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
    pub async fn read<B>(answer: Response<B>) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let after = header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let region = header("x-amz-bucket-region").map(str::to_owned);
        let body = at_most(answer.into_body(), MOST).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        let document = roxmltree::Document::parse(text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])).ok();
        let member = |name: &str| Some(member(document.as_ref()?, name)?.to_owned());
        let code = member("Code").filter(|code| is_word(code)).unwrap_or_default();
        Self::Refused { status, code, region: region.or_else(|| member("Region")).filter(|it| is_region(it)), after }
    }

    /// Whether the store may do the same without a header that it need not know (`CHECKSUM`). Stores that are of S3's kind and
    /// not S3 say so in words of their own: 501, or 400 with one or another code. What says that the body itself is wrong, or
    /// the way to it, is no word about a header.
    pub fn may_be_of_a_header(&self) -> bool {
        const OF_THE_BODY: [&str; 5] =
            ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "EntityTooLarge"];
        const OF_THE_WAY: [&str; 5] =
            ["AuthorizationHeaderMalformed", "RequestTimeout", SKEWED, "ExpiredToken", "InvalidBucketName"];
        match self {
            Self::Refused { status: 501, .. } => true,
            Self::Refused { status: 400, code, .. } => {
                !OF_THE_BODY.contains(&code.as_str()) && !OF_THE_WAY.contains(&code.as_str()) && !self.passes()
            }
            _ => false,
        }
    }

    /// What the store asks for where it is busy.
    pub fn after(&self) -> Option<Duration> {
        match self {
            Self::Refused { after, .. } => *after,
            _ => None,
        }
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
        matches!(self, Self::Refused { status: 404, code, .. } if code != "NoSuchBucket")
    }

    /// An error that remains after all attempts. `name` is the store.
    pub fn at(self, name: &str) -> Error {
        match self {
            Self::Refused { status, code, region: Some(region), .. } if is_elsewhere(status, &code) => {
                let words = format!("{name} is of region {region}: set `s3.region` to it");
                Error::outage(words).because(format!("{status} {code}").trim_end())
            }
            Self::Refused { status, code, .. } => match known(status, &code) {
                Some(words) => Error::outage(format!("{name} {words}")).because(format!("{status} {code}")),
                None => {
                    let answer = format!("{name} answers {status} {code}");
                    // A redirect is not followed: what is signed for one place does not hold at another.
                    let next = if (300..400).contains(&status) {
                        ": it is elsewhere; look at `s3.endpoint` and `s3.region`"
                    } else {
                        ""
                    };
                    Error::outage(format!("{}{next}", answer.trim_end()))
                }
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

/// The bucket is not where it was asked for.
fn is_elsewhere(status: u16, code: &str) -> bool {
    (300..400).contains(&status)
        || ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException"].contains(&code)
}

/// The text of a member of `Error`, whatever its namespace.
fn member<'d>(document: &'d roxmltree::Document<'_>, name: &str) -> Option<&'d str> {
    let element = document.root_element().children().find(|child| child.tag_name().name() == name)?;
    element.text().map(str::trim)
}

/// What is no word is none: it goes into a log.
fn is_word(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
