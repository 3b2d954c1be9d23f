//! An application, and what one more event makes of it.
//!
//! The decision is a pure function of what the ledger knows, called inside the ledger's transaction: both ledgers
//! decide alike.

use crate::{
    certificate::Standing,
    civil::Instant,
    clock::ClockKind,
    event::{EventKind, InboundEvent},
    refusal::{Code, Refusal},
    uin::Uin,
};
use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known, not decided. Also when only early events are here.
    #[default]
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
#[derive(Debug, Clone, Default)]
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
    /// When it was submitted, once that is told.
    pub submitted_at: Option<Instant>,
    /// When it was approved, rejected or withdrawn, by the department's word.
    pub decided_at: Option<Instant>,
    /// Appeals, reviews and revisions by their numbers, with the time at which each was filed.
    pub filed: Vec<(ClockKind, String, Instant)>,
    /// An appeal, a review or a revision was allowed, wholly or in part.
    pub allowed: bool,
}

impl KnownApplication {
    /// As it is once this event is recorded.
    pub fn record(&mut self, event: &InboundEvent, state: State) {
        self.state = state;
        self.service = self.service.take().or_else(|| event.service.clone());
        match event.kind {
            EventKind::Submitted => {
                self.submission = Some(event.digest.clone());
                self.submitted_at = Some(event.at);
            }
            EventKind::Approved => {
                self.approval = Some(event.digest.clone());
                self.uin = event.ascribed;
                self.decided_at = Some(event.at);
            }
            EventKind::Rejected | EventKind::Withdrawn => self.decided_at = Some(event.at),
            EventKind::AppealFiled | EventKind::ReviewFiled | EventKind::RevisionFiled => {
                if let Some((kind, number)) = case(event) {
                    self.filed.push((kind, number.to_owned(), event.at));
                }
            }
            kind if kind.decides_case() => self.allowed |= is_allowed(&event.data),
            _ => (),
        }
    }
}

/// Whether the decision of an appeal, a review or a revision gives the citizen what was refused.
pub fn is_allowed(data: &serde_json::Value) -> bool {
    matches!(data["decision"].as_str(), Some("allowed" | "partly_allowed"))
}

/// The appeal, review or revision that an event is about.
pub fn case(event: &InboundEvent) -> Option<(ClockKind, &str)> {
    let kind = match event.kind {
        EventKind::AppealFiled | EventKind::AppealDecided => ClockKind::Appeal,
        EventKind::ReviewFiled | EventKind::ReviewDecided => ClockKind::Review,
        _ => ClockKind::Revision,
    };
    event.data[event.kind.case_member()?].as_str().map(|number| (kind, number))
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
    if let Some(refusal) = application.and_then(|known| out_of_order(event, known)) {
        return Decision::Refuse(refusal);
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
                // An allowed appeal is carried out under the number that was rejected: the citizen applies once.
                State::Rejected if !application.is_some_and(|known| known.allowed) => {
                    Decision::Refuse(Refusal::new(Code::WrongState, "/data/application_no").detail(
                        "it was rejected, and no appeal, review or revision that was allowed is known; send that decision first",
                    ))
                }
                State::Pending | State::Rejected if event.document => {
                    Decision::Record { state: State::Approved, mint: true }
                }
                State::Pending | State::Rejected => Decision::Record { state: State::Provided, mint: false },
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

/// No application is decided before the day of its submission, and no appeal, review or revision before the day of its filing: of two
/// that say otherwise the one that comes second is refused. Days are compared, since departments that keep days have all of a
/// day at its midnight.
fn out_of_order(event: &InboundEvent, known: &KnownApplication) -> Option<Refusal> {
    let filed = || {
        let case = case(event)?;
        known.filed.iter().find(|(kind, number, _)| (*kind, number.as_str()) == case).map(|(.., at)| *at)
    };
    let (before, after, words) = match event.kind {
        EventKind::Submitted => {
            (Some(event.at), known.decided_at, "it lies after the day on which the application was decided")
        }
        EventKind::Approved if known.state == State::Rejected => {
            (known.decided_at, Some(event.at), "it lies before the day on which the application was rejected")
        }
        EventKind::Approved | EventKind::Rejected | EventKind::Withdrawn => {
            (known.submitted_at, Some(event.at), "it lies before the day on which the application was submitted")
        }
        kind if kind.decides_case() => (filed(), Some(event.at), "it lies before the day on which this case was filed"),
        _ => return None,
    };
    let pointer = format!("/data/{}", event.kind.time_member());
    (before?.day() > after?.day()).then(|| Refusal::new(Code::DateOrder, pointer).detail(words))
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
mod tests;
