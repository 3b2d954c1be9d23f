//! An applicant's phone number: where it stands, who is shown it, and what is kept without it.
//!
//! It serves to reach the applicant until the certificate is delivered. From then on nobody is shown it, and after a time it is
//! erased (sections 4 and 8 (7) of the Digital Personal Data Protection Act, 2023: for its purpose, and no longer).

use crate::{
    application::State,
    event::{EventKind, InboundEvent},
    sms::masked,
};
use serde_json::{Value, json};

/// What somebody is shown of a phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// None was named, or it is erased.
    None,
    /// There is one, and nobody is shown it any more.
    Hidden,
    /// Its end, `••••••5385`.
    Ending(String),
}

impl Phone {
    /// What is shown of this number; `over`: the certificate is delivered, or none will be.
    pub fn of(mobile: Option<&str>, over: bool) -> Self {
        match (mobile, over) {
            (None, _) => Self::None,
            (Some(_), true) => Self::Hidden,
            (Some(mobile), false) => Self::Ending(masked(mobile)),
        }
    }
}

/// Whether a state of an application is one after which no certificate is delivered.
pub fn over(state: State) -> bool {
    matches!(state, State::Rejected | State::Withdrawn | State::Provided)
}

/// What is shown to people of an approval's data.
pub fn shown(data: &Value, over: bool) -> Value {
    let mut data = data.clone();
    if let Some(applicant) = data.get_mut("applicant").and_then(Value::as_object_mut)
        && let Some(mobile) = applicant.remove("mobile")
        && let Phone::Ending(end) = Phone::of(mobile.as_str(), over)
    {
        applicant.insert("mobile".into(), json!(end));
    }
    data
}

/// What is kept of an event's data; `state` is the application's afterwards. A submission that is reported after the decision
/// brings a number that nobody needs any more, perhaps after it was erased: it is kept without.
pub fn kept(event: &InboundEvent, state: State) -> String {
    if event.kind != EventKind::Submitted || state == State::Pending {
        return event.data.to_string();
    }
    let mut data = event.data.clone();
    if let Some(applicant) = data.get_mut("applicant").and_then(Value::as_object_mut) {
        applicant.remove("mobile");
    }
    data.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::Instant;

    #[test]
    fn a_number_shows_its_end_until_it_is_over_and_then_nothing() {
        let data = json!({"applicant": {"name": {"en": "Rekha Das"}, "mobile": "+919875507385"}, "office": "1"});
        let before = json!({"applicant": {"name": {"en": "Rekha Das"}, "mobile": "••••••7385"}, "office": "1"});
        assert_eq!(shown(&data, false), before);
        let after = json!({"applicant": {"name": {"en": "Rekha Das"}}, "office": "1"});
        assert_eq!((shown(&data, true), shown(&after, false)), (after.clone(), after));
        assert_eq!(shown(&json!({"applicant": {"mobile": 5}}), false), json!({"applicant": {}}));
        assert_eq!(Phone::of(Some("+919875507385"), true), Phone::Hidden);
        assert_eq!(Phone::of(None, false), Phone::None);
    }

    #[test]
    fn a_submission_after_the_decision_is_kept_without_the_number() {
        let data = json!({"applicant": {"mobile": "+919875507385"}});
        let event = |kind| InboundEvent {
            department: "BCW".into(),
            source: "/departments/BCW/workflow".into(),
            id: "1".into(),
            kind,
            application_no: "BCW/1".into(),
            service: None,
            bsk: None,
            docket_no: None,
            at: Instant::from_millis(0),
            ascribed: None,
            supersedes: None,
            document: true,
            mistyped: None,
            data: data.clone(),
            digest: "d".into(),
        };
        assert_eq!(kept(&event(EventKind::Submitted), State::Pending), data.to_string());
        assert_eq!(kept(&event(EventKind::Approved), State::Approved), data.to_string());
        assert_eq!(kept(&event(EventKind::Submitted), State::Approved), json!({"applicant": {}}).to_string());
    }
}
