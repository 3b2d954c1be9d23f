//! An application, and what one more event makes of it.
//!
//! The decision is a pure function of what the ledger knows, called inside the ledger's transaction: both ledgers
//! decide alike.

use crate::{
    certificate::Standing,
    event::{EventKind, InboundEvent},
    refusal::{Code, Refusal},
    uin::Uin,
};
use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known, not decided. Also when only early events are here.
    Pending,
    /// Approved: a certificate is made.
    Approved,
    /// Approved, of a service that ends in no document: nothing is left to be made.
    Provided,
    /// Rejected by the department.
    Rejected,
    /// Withdrawn by the citizen.
    Withdrawn,
}

impl State {
    /// The word used in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Provided => "provided",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the ledger's word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Approved, Self::Provided, Self::Rejected, Self::Withdrawn];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// What the ledger knows of the matters that an event touches.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Digest of the contents recorded under the event's key (department, source, id).
    pub same_key: Option<String>,
    /// The application.
    pub application: Option<KnownApplication>,
    /// The ascribed number, if it was ever reserved or minted.
    pub ascribed: Option<KnownNumber>,
    /// The certificate that the approval would supersede.
    pub superseded: Option<KnownCertificate>,
    /// The stages of the application's service; none: the service is not known yet.
    pub stages: Option<Vec<String>>,
    /// What the department's directory says against the event.
    pub against: Option<Refusal>,
}

/// What the ledger knows of an application.
#[derive(Debug, Clone)]
pub struct KnownApplication {
    /// Where it stands.
    pub state: State,
    /// Digest of the approval's contents, once approved.
    pub approval: Option<String>,
    /// Digest of the submission's contents, once submitted.
    pub submission: Option<String>,
    /// The service, once submitted or approved.
    pub service: Option<String>,
    /// The number, once minted or ascribed.
    pub uin: Option<Uin>,
}

/// What the ledger knows of a number.
#[derive(Debug, Clone)]
pub struct KnownNumber {
    /// It was reserved for the department.
    pub reserved: bool,
    /// It belongs to an application.
    pub taken: bool,
}

/// What the ledger knows of a certificate to be superseded.
#[derive(Debug, Clone)]
pub struct KnownCertificate {
    /// Its department.
    pub department: String,
    /// Its service.
    pub service: String,
    /// Its standing.
    pub standing: Standing,
    /// Another approval names it already.
    pub claimed: bool,
}

/// What is to be done with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Answered with what exists; nothing is recorded.
    Duplicate {
        /// The application's number, if it has one.
        uin: Option<Uin>,
    },
    /// Recorded; the application moves to this state.
    Record {
        /// The state afterwards.
        state: State,
        /// A certificate is now due.
        mint: bool,
    },
    /// Refused; the event's key is not used up.
    Refuse(Refusal),
}

/// Decides one event. Of approved, rejected and withdrawn the first recorded wins.
pub fn decide(event: &InboundEvent, known: &Known) -> Decision {
    let refuse = |code, pointer: &str| Decision::Refuse(Refusal::new(code, pointer));
    let application = known.application.as_ref();
    let uin = application.and_then(|a| a.uin);
    if let Some(recorded) = &known.same_key {
        return if *recorded == event.digest { Decision::Duplicate { uin } } else { refuse(Code::Conflict, "/id") };
    }
    // The same application with the same contents under another key is a repetition, with other contents a conflict.
    let before = application.and_then(|a| match event.kind {
        EventKind::Approved => a.approval.as_ref(),
        EventKind::Submitted => a.submission.as_ref(),
        _ => None,
    });
    if let Some(recorded) = before {
        return if *recorded == event.digest {
            Decision::Duplicate { uin }
        } else {
            refuse(Code::Conflict, "/data/application_no")
        };
    }
    let service_differs = || {
        let recorded = application.and_then(|a| a.service.as_ref());
        matches!((recorded, &event.service), (Some(recorded), Some(named)) if recorded != named)
    };
    if service_differs() {
        return refuse(Code::Conflict, "/data/service");
    }
    if let Some(refusal) = &known.against {
        return Decision::Refuse(refusal.clone());
    }
    let state = application.map_or(State::Pending, |a| a.state);
    match event.kind {
        EventKind::Approved => {
            if let Some(pointer) = event.mistyped {
                return refuse(Code::UinMistyped, pointer);
            }
            if let Some(ascribed) = &event.ascribed
                && let Some(refusal) = ascription(event, *ascribed, known)
            {
                return Decision::Refuse(refusal);
            }
            if event.supersedes.is_some()
                && let Some(refusal) = supersession(event, known)
            {
                return Decision::Refuse(refusal);
            }
            match state {
                State::Pending if event.document => Decision::Record { state: State::Approved, mint: true },
                State::Pending => Decision::Record { state: State::Provided, mint: false },
                _ => refuse(Code::WrongState, "/data/application_no"),
            }
        }
        EventKind::Rejected | EventKind::Withdrawn => match (event.kind, state) {
            (EventKind::Rejected, State::Pending) => Decision::Record { state: State::Rejected, mint: false },
            (EventKind::Withdrawn, State::Pending) => Decision::Record { state: State::Withdrawn, mint: false },
            _ => refuse(Code::WrongState, "/data/application_no"),
        },
        // Lifecycle events take their place by their own time, whenever they come; the clock is derived from them.
        _ => match stray(event, known) {
            Some(refusal) => Decision::Refuse(refusal),
            None => Decision::Record { state, mint: false },
        },
    }
}

/// A stage that the service does not have. What comes before anybody has named the service waits: it is recorded, and the
/// clock passes over it if the service turns out to have no such stage.
fn stray(event: &InboundEvent, known: &Known) -> Option<Refusal> {
    let stages = known.stages.as_ref().filter(|_| event.kind == EventKind::StageCompleted)?;
    let named = event.data["stage"].as_str().unwrap_or_default();
    if stages.iter().any(|stage| stage == named) {
        return None;
    }
    let words = match stages.is_empty() {
        true => "the service has no stages".to_owned(),
        false => format!("its stages are {}", stages.join(", ")),
    };
    Some(Refusal::new(Code::UnknownStage, "/data/stage").detail(words))
}

fn ascription(event: &InboundEvent, ascribed: Uin, known: &Known) -> Option<Refusal> {
    let code = if ascribed.department() != event.department {
        Code::UinForeign
    } else {
        match &known.ascribed {
            Some(number) if number.taken => Code::UinTaken,
            Some(number) if number.reserved => return None,
            _ => Code::UinNotReserved,
        }
    };
    Some(Refusal::new(code, "/data/uin"))
}

fn supersession(event: &InboundEvent, known: &Known) -> Option<Refusal> {
    let refusal = Refusal::new(Code::UnknownUin, "/data/supersedes");
    match &known.superseded {
        Some(old) if old.department != event.department => Some(refusal),
        Some(old) if Some(&old.service) != event.service.as_ref() => Some(refusal.detail("it is of another service")),
        Some(old) if old.standing != Standing::Live || old.claimed => Some(
            Refusal::new(Code::WrongState, "/data/supersedes").detail("it is superseded, suspended or revoked already"),
        ),
        Some(_) => None,
        None => Some(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::Instant;

    fn event(kind: EventKind, digest: &str) -> InboundEvent {
        InboundEvent {
            department: "BCW".into(),
            source: "/departments/BCW/workflow".into(),
            id: "1".into(),
            kind,
            application_no: "BCW/1".into(),
            service: Some("caste-certificate".into()),
            bsk: None,
            docket_no: None,
            at: Instant::from_millis(0),
            ascribed: None,
            supersedes: None,
            document: true,
            mistyped: None,
            data: serde_json::Value::Null,
            digest: digest.into(),
        }
    }

    fn application(state: State, approval: Option<&str>) -> Known {
        Known {
            application: Some(KnownApplication {
                state,
                approval: approval.map(Into::into),
                submission: None,
                service: Some("caste-certificate".into()),
                uin: None,
            }),
            ..Known::default()
        }
    }

    fn code(decision: Decision) -> Option<Code> {
        match decision {
            Decision::Refuse(refusal) => Some(refusal.code),
            _ => None,
        }
    }

    #[test]
    fn a_repetition_is_answered_and_other_contents_conflict() {
        let approved = event(EventKind::Approved, "a");
        assert_eq!(decide(&approved, &Known::default()), Decision::Record { state: State::Approved, mint: true });
        assert_eq!(decide(&approved, &application(State::Approved, Some("a"))), Decision::Duplicate { uin: None });
        assert_eq!(code(decide(&approved, &application(State::Approved, Some("b")))), Some(Code::Conflict));
        let same_key = Known { same_key: Some("b".into()), ..Known::default() };
        assert_eq!(code(decide(&approved, &same_key)), Some(Code::Conflict));
    }

    #[test]
    fn of_approved_and_rejected_the_first_recorded_wins() {
        let decision = decide(&event(EventKind::Rejected, "r"), &application(State::Approved, Some("a")));
        assert_eq!(code(decision), Some(Code::WrongState));
        let decision = decide(&event(EventKind::Approved, "a"), &application(State::Rejected, None));
        assert_eq!(code(decision), Some(Code::WrongState));
    }

    #[test]
    fn a_service_without_a_document_is_provided_by_its_approval() {
        let approved = InboundEvent { document: false, ..event(EventKind::Approved, "a") };
        assert_eq!(decide(&approved, &Known::default()), Decision::Record { state: State::Provided, mint: false });
        assert_eq!(decide(&approved, &application(State::Provided, Some("a"))), Decision::Duplicate { uin: None });
        let rejected = decide(&event(EventKind::Rejected, "r"), &application(State::Provided, Some("a")));
        assert_eq!(code(rejected), Some(Code::WrongState));
    }

    #[test]
    fn a_stage_is_one_of_the_services_once_that_is_known() {
        let completed = |stage: &str| InboundEvent {
            data: serde_json::json!({ "stage": stage }),
            ..event(EventKind::StageCompleted, stage)
        };
        let stages = |names: &[&str]| Known {
            stages: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..application(State::Pending, None)
        };
        assert_eq!(code(decide(&completed("forward"), &stages(&["forward", "issue"]))), None);
        assert_eq!(code(decide(&completed("forward"), &Known::default())), None, "early");
        let Decision::Refuse(refusal) = decide(&completed("x"), &stages(&["forward", "issue"])) else {
            panic!("taken")
        };
        assert_eq!((refusal.code, refusal.pointer.as_str()), (Code::UnknownStage, "/data/stage"));
        assert!(refusal.reason_en.contains("forward, issue"), "{}", refusal.reason_en);
        assert_eq!(code(decide(&completed("forward"), &stages(&[]))), Some(Code::UnknownStage));
    }

    #[test]
    fn an_ascribed_number_is_the_departments_reserved_and_unused() {
        let with = |text: &str| InboundEvent { ascribed: Uin::canonical(text).ok(), ..event(EventKind::Approved, "a") };
        let knows = |reserved, taken| Known { ascribed: Some(KnownNumber { reserved, taken }), ..Known::default() };
        assert_eq!(code(decide(&with("UMAR6F0DTHBRA403"), &knows(true, false))), Some(Code::UinForeign));
        assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &Known::default())), Some(Code::UinNotReserved));
        assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &knows(true, true))), Some(Code::UinTaken));
        assert_eq!(code(decide(&with("BCWGP1XF3A7QYF0V"), &knows(true, false))), None);
    }
}
