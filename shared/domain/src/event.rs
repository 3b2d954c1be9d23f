//! Events: what crosses the boundary, CloudEvents 1.0 in structured JSON.

use crate::{
    civil::Instant,
    id::Id,
    refusal::{Code, Refusal},
    uin::Uin,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What every type begins with.
pub const TYPE_PREFIX: &str = "in.gov.wb.bsk.";
/// The content type of one event.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The content type of a batch.
pub const BATCH_CONTENT_TYPE: &str = "application/cloudevents-batch+json";

macro_rules! kinds {
    ($($name:ident = $word:literal;)*) => {
        /// What a department says. The word is the middle of the CloudEvents type: `in.gov.wb.bsk.<word>.v1`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $(#[doc = $word] $name,)* }
        impl EventKind {
            /// Every kind that departments may send.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];
            /// `<noun>.<verb>`.
            pub fn as_str(self) -> &'static str { match self { $(EventKind::$name => $word,)* } }
        }
    };
}

kinds! {
    Submitted = "application.submitted";
    Deficient = "application.deficient";
    Resumed = "application.resumed";
    Started = "application.started";
    StageCompleted = "application.stage_completed";
    Transferred = "application.transferred";
    Withdrawn = "application.withdrawn";
    Rejected = "application.rejected";
    Approved = "application.approved";
    AppealFiled = "appeal.filed";
    AppealDecided = "appeal.decided";
    ReviewFiled = "review.filed";
    ReviewDecided = "review.decided";
    RevisionFiled = "revision.filed";
    RevisionDecided = "revision.decided";
    Suspend = "certificate.suspend";
    Revoke = "certificate.revoke";
    Restore = "certificate.restore";
}

impl EventKind {
    /// Reads a CloudEvents type.
    pub fn from_type(text: &str) -> Option<Self> {
        Self::from_word(text.strip_prefix(TYPE_PREFIX)?.strip_suffix(".v1")?)
    }

    /// Reads `<noun>.<verb>`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// The CloudEvents type.
    pub fn event_type(self) -> String {
        format!("{TYPE_PREFIX}{}.v1", self.as_str())
    }

    /// The member of `data` that holds the event's own time.
    pub fn time_member(self) -> &'static str {
        match self {
            Self::Submitted => "submitted_at",
            Self::Approved => "approved_at",
            _ => "at",
        }
    }

    /// The member of `data` that has the number of an appeal, a review or a revision; none: it is about none.
    pub fn case_member(self) -> Option<&'static str> {
        match self {
            Self::AppealFiled | Self::AppealDecided => Some("appeal_no"),
            Self::ReviewFiled | Self::ReviewDecided => Some("review_no"),
            Self::RevisionFiled | Self::RevisionDecided => Some("revision_no"),
            _ => None,
        }
    }

    /// Whether it decides an appeal, a review or a revision.
    pub fn decides_case(self) -> bool {
        matches!(self, Self::AppealDecided | Self::ReviewDecided | Self::RevisionDecided)
    }

    /// Whether it concerns a certificate already issued. Intake knows these types and does not take them yet: taking
    /// one without acting on it would leave a revoked certificate verifying.
    pub fn about_certificate(self) -> bool {
        matches!(self, Self::Suspend | Self::Revoke | Self::Restore)
    }
}

/// Whether an event is marked reported late: more than 24 hours lie between its own time and its receipt.
pub fn reported_late(at: Instant, received_at: Instant) -> bool {
    const LATE_MILLIS: i64 = 24 * 60 * 60 * 1000;
    received_at.millis().saturating_sub(at.millis()).saturating_abs() > LATE_MILLIS
}

/// An event that has passed every check which needs no ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEvent {
    /// The authenticated department. With `source` and `id` the event's key, for ever.
    pub department: String,
    /// CloudEvents `source`; begins `/departments/<department>/`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
    /// What is said.
    pub kind: EventKind,
    /// The department's own number of the application.
    pub application_no: String,
    /// The service's slug, where the kind names one.
    pub service: Option<String>,
    /// Which centre, where the kind names one.
    pub bsk: Option<String>,
    /// The BSK's own number of the request.
    pub docket_no: Option<String>,
    /// The event's own time: when it was submitted, approved, …
    pub at: Instant,
    /// The number that the department ascribes.
    pub ascribed: Option<Uin>,
    /// The certificate that this approval corrects.
    pub supersedes: Option<Uin>,
    /// An approval of it asks for a document; false: the service ends in none.
    pub document: bool,
    /// JSON Pointer of a number that is no UIN in canonical form. Refused only after a repetition has been recognised.
    pub mistyped: Option<&'static str>,
    /// `data`, normalised to NFC.
    pub data: Value,
    /// SHA-256 of the canonical JSON of `data`, hexadecimal.
    pub digest: String,
}

/// The answer to one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Answer {
    /// Committed to the ledger, now or earlier.
    Accepted {
        /// CloudEvents `source` of the event.
        source: String,
        /// CloudEvents `id` of the event.
        id: String,
        /// The department's own number of the application.
        application_no: String,
        /// The same contents were here before: nothing was done again.
        duplicate: bool,
        /// The number, once one is minted or ascribed.
        #[serde(skip_serializing_if = "Option::is_none")]
        uin: Option<Uin>,
    },
    /// Not taken; the key is not used up.
    Refused {
        /// CloudEvents `source`, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// CloudEvents `id`, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Why.
        #[serde(flatten)]
        refusal: Refusal,
    },
}

/// An event to the world, before the ledger gives it its place in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The row's id and the CloudEvents `id`: a repetition is recognisable.
    pub id: Id,
    /// `<noun>.<verb>`.
    pub word: &'static str,
    /// The stream whose counter numbers it: `department/<CODE>` or `bsk/<CODE>`.
    pub stream: String,
    /// CloudEvents `subject`: an application number or a UIN.
    pub subject: String,
    /// CloudEvents `data`; never personal beyond the docket number.
    pub data: Value,
}

/// An event as readers see it: recorded, numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The stable id.
    pub id: String,
    /// `<noun>.<verb>`.
    pub word: String,
    /// The stream.
    pub stream: String,
    /// The place in the stream, from 1 without gaps.
    pub number: i64,
    /// CloudEvents `subject`.
    pub subject: String,
    /// When it was recorded.
    pub at: Instant,
    /// CloudEvents `data`.
    pub data: Value,
}

impl Recorded {
    /// The CloudEvents 1.0 envelope in structured JSON.
    pub fn envelope(&self) -> Value {
        json!({
            "specversion": "1.0",
            "id": self.id,
            "source": "/mohor",
            "type": format!("{TYPE_PREFIX}{}.v1", self.word),
            "subject": self.subject,
            "time": self.at.rfc3339(),
            "datacontenttype": "application/json",
            "data": self.data,
        })
    }

    /// The routing key on the exchange `events`: the word, then the department, or district and centre of a notice.
    /// Letters and digits of catalogues only, never a person's.
    pub fn routing_key(&self) -> String {
        let data = |name: &str| self.data[name].as_str().unwrap_or("-");
        match self.stream.split_once('/') {
            Some(("bsk", bsk)) => format!("{}.{}.{bsk}", self.word, data("district")),
            Some((_, department)) => format!("{}.{department}", self.word),
            None => self.word.clone(),
        }
    }
}

/// The stream of a department's answers and certificates.
pub fn department_stream(department: &str) -> String {
    format!("department/{department}")
}

/// The stream of a centre's notices.
pub fn bsk_stream(bsk: &str) -> String {
    format!("bsk/{bsk}")
}

/// Whether the parameters of a media type (RFC 9110, 8.3.1) leave JSON what it is: UTF-8 (RFC 8259, 8.1). Others than `charset`
/// are passed over.
pub fn is_utf8(content_type: &str) -> bool {
    content_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('=')).all(|(name, value)| {
        let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        !name.eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8")
    })
}

/// The rule of an attribute of the envelope, in words; `events/cloudevent.v1.schema.json` has it for programs.
pub fn rule(attribute: &str) -> &'static str {
    match attribute {
        "" => "an event is a JSON object; names of its attributes are lower-case letters and digits",
        "specversion" => "`specversion` is 1.0",
        "id" => "`id` is required: 1 to 128 printable ASCII characters, no space",
        "source" => {
            "`source` is required: it begins /departments/<department>/ and has at most 256 printable ASCII characters, no space"
        }
        "type" => "`type` is required: 1 to 128 printable ASCII characters, no space",
        "subject" => "`subject` is a text of 1 to 256 characters",
        "time" => {
            "`time` is RFC 3339 with seconds, the letter T and an offset, 2026-09-13T04:24:00+05:30; leap seconds are not taken"
        }
        "datacontenttype" => {
            "`datacontenttype` is application/json; a charset beside it is utf-8, since JSON is written in no other, and there \
             are no other parameters"
        }
        "dataschema" => "`dataschema` is a text of 1 to 1024 characters",
        "data" => "`data` is required",
        _ => "an extension attribute is a text of at most 1024 characters, true, false or an integer within 2^53-1",
    }
}

/// The members of a CloudEvents envelope that intake relies on.
pub struct Envelope<'a> {
    /// `source`.
    pub source: &'a str,
    /// `id`.
    pub id: &'a str,
    /// The kind that `type` names.
    pub kind: EventKind,
    /// The department that `source` names.
    pub department: &'a str,
    /// `data`.
    pub data: &'a Value,
}

impl<'a> Envelope<'a> {
    /// Reads them. Whether lengths, characters and the other attributes are right the schema of the envelope says; here is what
    /// nothing can be read without: CloudEvents 1.0, a source under `/departments/<code>/`, a type that is taken.
    pub fn read(event: &'a Value) -> Result<Self, Refusal> {
        let wrong = |name: &str| Refusal::new(Code::NotCloudevent, format!("/{name}")).detail(rule(name));
        let members = event.as_object().ok_or_else(|| Refusal::new(Code::NotCloudevent, "").detail(rule("")))?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name));
        if text("specversion")? != "1.0" {
            return Err(wrong("specversion"));
        }
        let (id, source, event_type) = (text("id")?, text("source")?, text("type")?);
        let department = source
            .strip_prefix("/departments/")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(code, rest)| code.len() == 3 && !rest.is_empty())
            .map(|(code, _)| code)
            .ok_or_else(|| wrong("source"))?;
        let kind = EventKind::from_type(event_type).ok_or_else(|| Refusal::new(Code::UnknownType, "/type"))?;
        let data = members.get("data").ok_or_else(|| wrong("data"))?;
        Ok(Self { source, id, kind, department, data })
    }
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn json_is_utf_8_whatever_else_a_media_type_says() {
        for good in [
            "application/json",
            "application/json;charset=utf-8",
            "application/json ; Charset=UTF-8",
            "application/json; charset=\"utf-8\"; profile=x",
            "application/json;",
            "application/json; charset",
        ] {
            assert!(is_utf8(good), "{good}");
        }
        for other in ["iso-8859-1", "utf-16", "us-ascii", "windows-1252", "", "utf8", "\"utf-16\"", "utf-8\""] {
            assert!(!is_utf8(&format!("application/json; charset={other}")), "{other}");
        }
        assert!(!is_utf8("application/json; charset=utf-8; charset=utf-16"), "all of them count");
    }
}
