//! The ledger's promises about the ways of a hand-over: codes, exceptions, samples, and what is taken back. Each function
//! begins with an empty ledger.

use super::{
    clocks::application,
    counter::{both, over, ready},
    sample::*,
    uncollected::send_on,
};
use crate::ledger::{Act, Asked, CodeMade, CodeTried, HandedOver, Handover, Ledger, Moving, NewCode, Undone};
use mohor_domain::{
    board::Selection,
    clock::{ClockKind, ClockState, Outcome},
    event::{EventKind, InboundEvent},
    ground::{Ground, PaperKind},
    json::digest,
    sms::{CODE_AGAIN, CODE_LASTS, CODE_TRIES, CODES_A_DAY, OPEN_OF_ONE_PHONE, SmsKind},
    tray::TrayState,
    uin::Uin,
};
use serde_json::json;

const HOUR: i64 = 60 * 60_000;
const DAY: i64 = 24 * HOUR;

/// The line of an act by this person.
pub(super) fn act(uin: Uin, by: &str, word: &str) -> Act {
    Act { actor: format!("person:{by}"), act: word.into(), subject: uin.to_string(), detail: String::new() }
}

/// A code of that HMAC, by an operator of the centre.
pub(super) async fn code<L: Ledger + ?Sized>(ledger: &L, uin: Uin, mac: &str) -> CodeMade {
    let new = NewCode { uin, kind: SmsKind::HandOverCode, bsk: Some(BSK.into()), mac: mac.into() };
    ledger.make_code(new, act(uin, "rekha", "certificate.code")).await.unwrap()
}

async fn by<L: Ledger + ?Sized>(ledger: &L, uin: Uin, ground: Ground, who: &str) -> HandedOver {
    let (over, act) = over(uin, who);
    ledger.hand_over(Handover { ground, ..over }, act).await.unwrap()
}

/// By a code of that HMAC.
pub(super) fn coded(mac: &str) -> Ground {
    Ground::Code { mac: Some(mac.into()) }
}

fn new(made: &CodeMade) -> bool {
    matches!(made, CodeMade::New { .. })
}

/// The clock of the centre of application `n`.
async fn clock<L: Ledger + ?Sized>(ledger: &L, n: u64) -> (ClockState, Option<Outcome>, Option<String>) {
    let clocks = ledger.clocks(application(ledger, n).await).await.unwrap();
    let record = clocks.into_iter().find(|record| record.clock.kind == ClockKind::Bsk).expect("ready");
    (record.clock.state, record.clock.outcome, record.clock.due.map(|due| due.day.to_string()))
}

/// What it is for, where it is sent, and that it is good once; a wrong one counts and the fifth spends it.
pub async fn a_code_hands_over_once<L: Ledger + ?Sized>(ledger: &L) {
    let (uin, other) = (ready(ledger, 1).await, ready(ledger, 2).await);
    assert_eq!(by(ledger, uin, coded("right"), "rekha").await, HandedOver::NoCode, "none was sent");
    let CodeMade::New { mobile, application_no } = code(ledger, uin, "right").await else { panic!("no code") };
    assert_eq!((mobile.as_str(), application_no.as_str()), (super::sample::mobile(1).as_str(), "BCW/1"));
    assert!(new(&code(ledger, other, "other").await));
    assert_eq!(by(ledger, uin, coded("other"), "rekha").await, HandedOver::WrongCode { left: CODE_TRIES - 1 });
    assert_eq!(ledger.try_code(uin, SmsKind::DocumentCode, "right").await.unwrap(), CodeTried::None, "for another use");
    assert_eq!(ledger.handed(uin).await.unwrap(), None);
    let HandedOver::New(handed) = by(ledger, uin, coded("right"), "rekha").await else { panic!("not handed over") };
    assert_eq!(handed.over.ground, Ground::Code { mac: None });
    assert_eq!(ledger.handed(uin).await.unwrap().as_ref(), Some(&handed));
    assert_eq!(by(ledger, uin, coded("right"), "anita").await, HandedOver::Before(handed));
    assert_eq!(code(ledger, uin, "again").await, CodeMade::HandedOver);
    // Another certificate's code is spent by five wrong ones, and then the right one is none.
    for left in (0..CODE_TRIES).rev() {
        assert_eq!(by(ledger, other, coded("wrong"), "rekha").await, HandedOver::WrongCode { left });
    }
    assert_eq!(by(ledger, other, coded("other"), "rekha").await, HandedOver::NoCode);
    assert_eq!(ledger.handed(other).await.unwrap(), None);
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    let acts: Vec<&str> = acts.iter().map(|(_, act)| act.act.as_str()).collect();
    assert_eq!(acts, ["certificate.code", "certificate.deliver"]);
    // For the document itself a citizen needs no centre.
    let own = NewCode { uin, kind: SmsKind::DocumentCode, bsk: None, mac: "own".into() };
    assert!(new(&ledger.make_code(own, act(uin, "citizen", "certificate.document_code")).await.unwrap()));
    assert_eq!(
        ledger.try_code(uin, SmsKind::DocumentCode, "x").await.unwrap(),
        CodeTried::Wrong { left: CODE_TRIES - 1 }
    );
    assert_eq!(ledger.try_code(uin, SmsKind::DocumentCode, "own").await.unwrap(), CodeTried::Right);
    assert_eq!(ledger.try_code(uin, SmsKind::DocumentCode, "own").await.unwrap(), CodeTried::None, "it is used up");
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Two operators who were both told the code.
pub async fn of_two_who_say_the_code_at_once_one_hands_over<L: Ledger + ?Sized>(ledger: &L) {
    for n in 1..=5 {
        let uin = ready(ledger, n).await;
        assert!(new(&code(ledger, uin, "right").await));
        let (one, other) =
            both(by(ledger, uin, coded("right"), "rekha"), by(ledger, uin, coded("right"), "anita")).await;
        let (HandedOver::New(new), HandedOver::Before(before)) = (match one {
            HandedOver::New(_) => (one, other),
            _ => (other, one),
        }) else {
            panic!("both, or neither")
        };
        assert_eq!(new, before);
    }
    let words = words(ledger, DEPARTMENT_STREAM).await;
    assert_eq!(words.iter().filter(|word| *word == "certificate.delivered").count(), 5);
}

/// `later` moves the ledger's time on.
pub async fn codes_are_few_and_good_for_a_while<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    let uin = ready(ledger, 1).await;
    assert!(new(&code(ledger, uin, "first").await));
    let CodeMade::Again(at) = code(ledger, uin, "second").await else { panic!("too soon") };
    let wait = at.millis() - ledger.now().await.unwrap().millis();
    assert!((1..=CODE_AGAIN).contains(&wait), "{wait}");
    later(CODE_AGAIN);
    assert!(new(&code(ledger, uin, "second").await));
    assert_eq!(by(ledger, uin, coded("first"), "rekha").await, HandedOver::WrongCode { left: CODE_TRIES - 1 });
    later(CODE_LASTS);
    assert_eq!(by(ledger, uin, coded("second"), "rekha").await, HandedOver::NoCode, "it is too old");
    for _ in 2..CODES_A_DAY {
        assert!(new(&code(ledger, uin, "another").await));
        later(CODE_AGAIN);
    }
    let CodeMade::Again(at) = code(ledger, uin, "too many").await else { panic!("as many as a day has") };
    let wait = at.millis() - ledger.now().await.unwrap().millis();
    assert!((DAY - HOUR..DAY).contains(&wait), "{wait}");
    later(wait);
    assert!(new(&code(ledger, uin, "next day").await));
    assert!(matches!(by(ledger, uin, coded("next day"), "rekha").await, HandedOver::New(_)));
    // A number on more open applications than a household has is somebody's who applies for others.
    let shared = |n: u64| {
        let mut event = approval(n);
        event.data["applicant"]["mobile"] = json!("+919800000000");
        InboundEvent { digest: digest(&event.data), ..event }
    };
    let mut of_one = Vec::new();
    for n in 10..11 + u64::from(OPEN_OF_ONE_PHONE) {
        let id = send(ledger, vec![shared(n)]).await.1.remove(0);
        let uin = mint_for(ledger, id, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
        of_one.push(uin);
        let made = code(ledger, uin, "code").await;
        let few = of_one.len() <= OPEN_OF_ONE_PHONE as usize;
        assert_eq!((new(&made), made == CodeMade::Shared), (few, !few), "{made:?}");
    }
    // What is handed over is open no more.
    let paper = Ground::Paper { kind: PaperKind::VoterCard, last: "12AB".into() };
    assert!(matches!(by(ledger, of_one[0], paper, "rekha").await, HandedOver::New(_)));
    assert!(new(&code(ledger, of_one[5], "code").await));
    // No number, no code; and at another centre there is no such certificate.
    let mut bare = approval(40);
    bare.data["applicant"] = json!({"name": {"en": "Rekha Das"}});
    let id = send(ledger, vec![InboundEvent { digest: digest(&bare.data), ..bare }]).await.1.remove(0);
    let bare = mint_for(ledger, id, 40).await;
    let elsewhere = |uin| NewCode { uin, kind: SmsKind::HandOverCode, bsk: Some("24102".into()), mac: "m".into() };
    let made = ledger.make_code(elsewhere(of_one[1]), act(of_one[1], "x", "certificate.code")).await.unwrap();
    assert_eq!((made, code(ledger, bare, "m").await), (CodeMade::Unknown, CodeMade::Unknown), "not ready");
    issue(ledger, bare).await;
    ledger.commit_notified(&[bare]).await.unwrap();
    assert_eq!(code(ledger, bare, "m").await, CodeMade::NoMobile);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Asked for by the centre, decided once by whoever it concerns, used once.
pub async fn an_exception_is_allowed_once_and_used_once<L: Ledger + ?Sized>(ledger: &L) {
    let (uin, other) = (ready(ledger, 1).await, ready(ledger, 2).await);
    let all = Selection::default();
    let elsewhere = Selection { department: Some("LRR".into()), ..Selection::default() };
    let ask = async |uin, bsk: &str| {
        ledger.ask_exception(uin, bsk, "no phone", act(uin, "rekha", "certificate.ask_exception")).await.unwrap()
    };
    let decide = async |of: &Selection, uin, allow| {
        ledger.decide_exception(of, uin, allow, act(uin, "state", "certificate.allow_exception")).await.unwrap()
    };
    assert_eq!(by(ledger, uin, Ground::Exception, "rekha").await, HandedOver::NoException);
    assert_eq!(decide(&all, uin, true).await, Asked::Before, "nobody has asked");
    assert_eq!(ask(uin, "24102").await, Asked::Unknown, "another centre's");
    assert_eq!((ask(uin, BSK).await, ask(uin, BSK).await), (Asked::Done, Asked::Before));
    assert_eq!(by(ledger, uin, Ground::Exception, "rekha").await, HandedOver::NoException, "it waits");
    let open = ledger.open_exceptions(&all, 10).await.unwrap();
    assert_eq!(open.iter().map(|it| (it.uin, it.reason.as_str())).collect::<Vec<_>>(), [(uin, "no phone")]);
    assert_eq!((open[0].docket_no.as_deref(), open[0].decided.as_ref()), (Some("D1"), None));
    assert_eq!(ledger.open_exceptions(&elsewhere, 10).await.unwrap(), []);
    assert_eq!(decide(&elsewhere, uin, true).await, Asked::Unknown);
    assert_eq!((decide(&all, uin, true).await, decide(&all, uin, false).await), (Asked::Done, Asked::Before));
    assert_eq!(ledger.open_exceptions(&all, 10).await.unwrap(), []);
    let decided = ledger.exception(uin).await.unwrap().expect("asked").decided;
    assert_eq!(decided, Some((true, "person:state".to_owned())));
    let HandedOver::New(handed) = by(ledger, uin, Ground::Exception, "rekha").await else { panic!("not handed over") };
    assert_eq!(handed.over.ground, Ground::Exception);
    // One that is refused may be asked for again, and helps nobody.
    assert_eq!((ask(other, BSK).await, decide(&all, other, false).await), (Asked::Done, Asked::Done));
    assert_eq!(by(ledger, other, Ground::Exception, "rekha").await, HandedOver::NoException);
    assert_eq!(ask(other, BSK).await, Asked::Done);
    assert_eq!(ask(uin, BSK).await, Asked::Unknown, "it was handed over");
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Whoever oversees a centre decides of what lies there, wherever it was applied for; what was asked at a centre ends when the
/// certificate leaves it, also what was allowed.
pub async fn an_exception_is_that_of_the_centre_where_the_certificate_lies<L: Ledger + ?Sized>(ledger: &L) {
    let (uin, allowed) = (ready(ledger, 1).await, ready(ledger, 2).await);
    let of = |district: &str| Selection { district: Some(district.into()), ..Selection::default() };
    let (here, there) = (of("COB"), of("KOL"));
    let ask = async |uin, bsk: &str| {
        ledger.ask_exception(uin, bsk, "no phone", act(uin, "rekha", "certificate.ask_exception")).await.unwrap()
    };
    let decide = async |of: &Selection, uin| {
        ledger.decide_exception(of, uin, true, act(uin, "state", "certificate.allow_exception")).await.unwrap()
    };
    let open = async |of: &Selection| {
        ledger.open_exceptions(of, 10).await.unwrap().into_iter().map(|it| it.uin).collect::<Vec<_>>()
    };
    let at = async |uin| {
        let (over, act) = over(uin, "mita");
        let over = Handover { ground: Ground::Exception, bsk: OTHER_BSK.into(), ..over };
        ledger.hand_over(over, act).await.unwrap()
    };
    assert_eq!((ask(uin, BSK).await, ask(allowed, BSK).await), (Asked::Done, Asked::Done));
    assert_eq!(decide(&here, allowed).await, Asked::Done);
    assert_eq!((open(&here).await, open(&there).await), (vec![uin], vec![]));
    for uin in [uin, allowed] {
        assert!(matches!(send_on(ledger, uin, "asha").await, Moving::New(_)));
    }
    assert_eq!((open(&here).await, open(&there).await), (vec![], vec![]), "what was asked there is over");
    assert_eq!(ledger.exception(uin).await.unwrap().expect("kept").decided, Some((false, "person:asha".into())));
    assert_eq!(at(allowed).await, HandedOver::NoException, "what was allowed there is not allowed here");
    assert_eq!((ask(uin, BSK).await, ask(uin, OTHER_BSK).await), (Asked::Unknown, Asked::Done));
    assert_eq!((open(&here).await, open(&there).await), (vec![], vec![uin]));
    assert_eq!((decide(&here, uin).await, decide(&there, uin).await), (Asked::Unknown, Asked::Done));
    assert!(matches!(at(uin).await, HandedOver::New(_)));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// It waits again, its clock runs to the day it had, and both stay recorded. `later` moves the ledger's time on.
pub async fn a_hand_over_is_taken_back_within_its_time<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    let uin = ready(ledger, 1).await;
    let undo = async |by: &str| {
        ledger.undo_hand_over(uin, "another person's", DAY, act(uin, by, "certificate.undo_deliver")).await.unwrap()
    };
    let state = async || {
        let mut found = Vec::new();
        for state in TrayState::ALL {
            found.extend(ledger.tray(BSK, *state, None, 10).await.unwrap().into_iter().map(|row| row.state));
        }
        found
    };
    let running = clock(ledger, 1).await;
    assert_eq!((running.0, undo("state").await), (ClockState::Running, Undone::NotHanded));
    let who =
        || Ground::Representative { name: "Bimal Das".into(), relation: "son".into(), paper: "letter of 3 May".into() };
    let HandedOver::New(first) = by(ledger, uin, who(), "rekha").await else { panic!("not handed over") };
    assert_eq!((clock(ledger, 1).await.0, state().await), (ClockState::Stopped, vec![TrayState::HandedOver]));
    let (one, other) = both(undo("state"), undo("district")).await;
    assert!(
        matches!((&one, &other), (Undone::Done, Undone::NotHanded) | (Undone::NotHanded, Undone::Done)),
        "{one:?} {other:?}"
    );
    assert_eq!((clock(ledger, 1).await, state().await), (running.clone(), vec![TrayState::Ready]));
    assert_eq!(ledger.handed(uin).await.unwrap(), None);
    let back = ledger.taken_back(uin).await.unwrap();
    assert_eq!((back.len(), &back[0].handed, back[0].reason.as_str()), (1, &first, "another person's"));
    // Deriving the clocks anew gives the same.
    let before = ledger.clocks(application(ledger, 1).await).await.unwrap();
    let now = ledger.now().await.unwrap();
    send(ledger, vec![super::clocks::said(EventKind::Transferred, 1, now, json!({}))]).await;
    let after = ledger.clocks(application(ledger, 1).await).await.unwrap();
    let open = |records: Vec<crate::ledger::ClockRecord>| {
        records.into_iter().map(|it| (it.clock.kind, it.clock.state, it.clock.due, it.clock.rungs)).collect::<Vec<_>>()
    };
    assert_eq!(open(after), open(before));
    later(1_000);
    let HandedOver::New(second) = by(ledger, uin, Ground::Unstated, "anita").await else { panic!("not handed over") };
    later(DAY + 1_000);
    assert_eq!(undo("state").await, Undone::TooLate(second.clone()));
    assert_eq!(ledger.handed(uin).await.unwrap(), Some(second));
    let told: Vec<String> =
        words(ledger, DEPARTMENT_STREAM).await.into_iter().filter(|word| word.contains("deliver")).collect();
    assert_eq!(told, ["certificate.delivered", "certificate.delivery_undone", "certificate.delivered"]);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Only what rests on a paper, about one in ten; looked into once, by whoever it concerns.
pub async fn some_hand_overs_are_looked_into<L: Ledger + ?Sized>(ledger: &L) {
    let all = Selection::default();
    let paper = || Ground::Paper { kind: PaperKind::RationCard, last: "0042".into() };
    let (mut handed, mut n) = (0, 0);
    while ledger.samples(&all, 10).await.unwrap().is_empty() {
        n += 1;
        assert!(n <= 200, "none of {handed} is sampled");
        let uin = ready(ledger, n).await;
        assert!(matches!(by(ledger, uin, paper(), "rekha").await, HandedOver::New(_)));
        handed += 1;
    }
    let sample = ledger.samples(&all, 10).await.unwrap().remove(0);
    assert_eq!((sample.handed.over.ground, sample.department.as_str()), (paper(), DEPARTMENT));
    let uin = sample.handed.over.uin;
    let elsewhere = Selection { district: Some("KOL".into()), ..Selection::default() };
    assert_eq!(ledger.samples(&elsewhere, 10).await.unwrap(), []);
    let find = async |of: &Selection| {
        ledger.find_sample(of, uin, false, "no such line", act(uin, "state", "certificate.look_into")).await.unwrap()
    };
    assert_eq!(find(&elsewhere).await, Asked::Unknown);
    assert_eq!((find(&all).await, find(&all).await), (Asked::Done, Asked::Before));
    assert_eq!(ledger.samples(&all, 10).await.unwrap(), []);
}
