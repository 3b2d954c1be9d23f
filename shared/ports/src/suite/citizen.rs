//! The ledger's promises about what a citizen does without an account: the key on Form 1, the fetch of a document, and the
//! phone number that is forgotten. Each function begins with an empty ledger.

use super::{
    clocks::{application, said},
    counter::{both, over, ready},
    handing::act,
    sample::*,
};
use crate::ledger::{CodeMade, Fetch, Fetched, HandedOver, Ledger, NewCode, Undone};
use mohor_domain::{
    certificate::Standing,
    event::{Answer, EventKind, InboundEvent},
    id::Id,
    phone::Phone,
    sms::{CODE_AGAIN, CODE_TRIES, SmsKind},
    tracking::{TrackingKey, number_of},
    uin::Uin,
};
use serde_json::json;

const HOUR: i64 = 60 * 60_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// Its submission, now.
async fn submitted<L: Ledger + ?Sized>(ledger: &L, n: u64) -> InboundEvent {
    let applicant = json!({"name": {"en": "Rekha Das", "bn": "রেখা দাস"}, "mobile": mobile(n)});
    said(EventKind::Submitted, n, ledger.now().await.unwrap(), json!({"office": "SDO-1", "applicant": applicant}))
}

/// The keys on the papers of an application, the first first.
async fn keys<L: Ledger + ?Sized>(ledger: &L, id: Id) -> Vec<String> {
    let mut papers = ledger.documents_of(&id.to_string(), 10).await.unwrap();
    papers.reverse();
    papers.iter().map(|it| it.order.view["tracking_key"].as_str().expect("a key").to_owned()).collect()
}

fn digest_of(key: &str, number: &str) -> String {
    TrackingKey::read(key).expect("a key").digest(&number_of(number).expect("a number"))
}

/// A certificate that is ready and that no centre is told of.
pub(super) async fn online<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Uin {
    let now = ledger.now().await.unwrap();
    let id = send(ledger, vec![InboundEvent { bsk: None, at: now, ..approval(n) }]).await.1.remove(0);
    let uin = mint_for(ledger, id, n).await;
    issue(ledger, uin).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    uin
}

/// A code for the document, of that HMAC.
pub(super) async fn code<L: Ledger + ?Sized>(ledger: &L, uin: Uin, mac: &str) -> CodeMade {
    let new = NewCode { uin, kind: SmsKind::DocumentCode, bsk: None, mac: mac.into() };
    ledger.make_code(new, act(uin, "citizen", "certificate.code")).await.unwrap()
}

async fn fetch<L: Ledger + ?Sized>(ledger: &L, uin: Uin, mac: &str) -> Fetched {
    ledger.fetch(uin, mac, act(uin, "citizen", "certificate.fetch")).await.unwrap()
}

/// With the first Form 1, the same on each later one, and found by number and key together alone.
pub async fn a_tracking_key_is_drawn_once_for_an_application<L: Ledger + ?Sized>(ledger: &L) {
    let (first, second) = (submitted(ledger, 1).await, submitted(ledger, 2).await);
    send(ledger, vec![first.clone(), second]).await;
    let id = application(ledger, 1).await;
    let reason = json!({"reason": {"en": "the deed is missing", "bn": "দলিল নেই"}});
    let now = ledger.now().await.unwrap();
    send(ledger, vec![said(EventKind::Deficient, 1, now, reason)]).await;
    send(ledger, vec![first]).await;
    let papers = keys(ledger, id).await;
    assert_eq!((papers.len(), &papers[0]), (2, &papers[1]), "{papers:?}");
    let other = keys(ledger, application(ledger, 2).await).await.remove(0);
    assert_ne!(papers[0], other);
    // Another department has the same number: the key decides.
    let theirs =
        InboundEvent { department: "LRR".into(), source: "/departments/LRR/a".into(), ..submitted(ledger, 1).await };
    send(ledger, vec![theirs]).await;
    let theirs = ledger.application("LRR", "BCW/1").await.unwrap().expect("recorded").id;
    let their_key = keys(ledger, theirs).await.remove(0);
    for (key, number, wanted) in [
        (&papers[0], "BCW/1", Some(id)),
        (&papers[0], " bcw/1 ", Some(id)),
        (&their_key, "BCW/1", Some(theirs)),
        (&papers[0], "BCW/2", None),
        (&other, "BCW/1", None),
        (&papers[0], "BCW/3", None),
    ] {
        let found = ledger.tracked(&digest_of(key, number)).await.unwrap();
        assert_eq!(found.map(|found| found.application), wanted, "{number}");
    }
    let tracked = ledger.tracked(&digest_of(&papers[0], "BCW/1")).await.unwrap().expect("tracked");
    assert_eq!((tracked.phone, tracked.fetched_at, tracked.delivered), (Phone::None, None, false), "not approved");
    let approved = ready(ledger, 2).await;
    let look = async || ledger.tracked(&digest_of(&other, "BCW/2")).await.unwrap().expect("tracked").phone;
    assert_eq!(look().await, Phone::Ending("••••••0002".into()));
    let (over, act) = over(approved, "rekha");
    assert!(matches!(ledger.hand_over(over, act).await.unwrap(), HandedOver::New(_)));
    assert_eq!(look().await, Phone::Hidden);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Each by a code of its own; the first of a certificate without a centre is its delivery, told once. `later` moves the
/// ledger's time on.
pub async fn a_document_is_fetched_by_code_and_delivered_once<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    let (uin, at_centre) = (online(ledger, 1).await, ready(ledger, 2).await);
    assert_eq!(fetch(ledger, uin, "right").await, Fetched::NoCode, "none was sent");
    assert!(matches!(code(ledger, uin, "right").await, CodeMade::New { .. }));
    assert_eq!(fetch(ledger, uin, "wrong").await, Fetched::WrongCode { left: CODE_TRIES - 1 });
    assert_eq!(ledger.fetches(uin, 10).await.unwrap(), []);
    // Two with the same code at once.
    let (one, other) = both(fetch(ledger, uin, "right"), fetch(ledger, uin, "right")).await;
    let first = match (one, other) {
        (Fetched::Done(first), Fetched::NoCode) | (Fetched::NoCode, Fetched::Done(first)) => first,
        both => panic!("both, or neither: {both:?}"),
    };
    assert_eq!((first.n, first.delivered), (1, true));
    later(CODE_AGAIN);
    assert!(matches!(code(ledger, uin, "second").await, CodeMade::New { .. }));
    let Fetched::Done(second) = fetch(ledger, uin, "second").await else { panic!("not fetched") };
    assert_eq!((second.n, second.delivered), (2, false), "it is delivered once");
    assert_eq!(ledger.fetches(uin, 10).await.unwrap(), [second, first]);
    assert_eq!(ledger.fetches(uin, 1).await.unwrap(), [second]);
    let told = ledger.events(DEPARTMENT_STREAM, 0, 1_000).await.unwrap();
    let told: Vec<_> = told.into_iter().filter(|event| event.word == "certificate.delivered").collect();
    assert_eq!((told.len(), &told[0].data["channel"], &told[0].data["bsk"]), (1, &json!("online"), &json!(null)));
    assert_eq!(told[0].data["delivered_at"], json!(first.at));
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    assert_eq!(acts.iter().filter(|(_, act)| act.act == "certificate.fetch").count(), 2);
    // Where a centre was told, the paper waits there, and is handed over there.
    assert!(matches!(code(ledger, at_centre, "code").await, CodeMade::New { .. }));
    assert!(matches!(fetch(ledger, at_centre, "code").await, Fetched::Done(Fetch { n: 1, delivered: false, .. })));
    let (over, line) = over(at_centre, "rekha");
    assert!(matches!(ledger.hand_over(over, line).await.unwrap(), HandedOver::New(_)));
    // What is not ready, or not live, is not given out.
    let minted = mint(ledger, 3).await;
    issue(ledger, minted).await;
    assert_eq!(fetch(ledger, minted, "code").await, Fetched::Unknown);
    assert_eq!(fetch(ledger, super::sample::uin(DEPARTMENT, 99), "code").await, Fetched::Unknown);
    let correction = InboundEvent { supersedes: Some(uin), ..approval(4) };
    let correction = send(ledger, vec![correction]).await.1.remove(0);
    let correction = mint_for(ledger, correction, 4).await;
    issue(ledger, correction).await;
    assert_eq!(fetch(ledger, uin, "second").await, Fetched::NotLive(Standing::Superseded));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// After its time, in steps, from everything. `later` moves the ledger's time on; `holds` names the tables that have a text
/// in any column.
pub async fn a_phone_number_is_erased_after_its_time<L: Ledger + ?Sized>(
    ledger: &L,
    later: impl Fn(i64),
    holds: impl AsyncFn(String) -> Vec<String>,
) {
    let mut submissions = Vec::new();
    for n in 1..=6 {
        submissions.push(submitted(ledger, n).await);
    }
    let late = submissions.pop().expect("the sixth");
    // The fourth was made online.
    submissions[3] = at_centre(submissions[3].clone(), None);
    send(ledger, submissions.clone()).await;
    let now = ledger.now().await.unwrap();
    let (handed, waits, taken_back) = (ready(ledger, 1).await, ready(ledger, 3).await, ready(ledger, 5).await);
    send(ledger, vec![said(EventKind::Rejected, 2, now, json!({"reasons": [{"en": "no"}]}))]).await;
    let fetched = online(ledger, 4).await;
    send(ledger, vec![InboundEvent { document: false, ..approval(6) }]).await;
    assert!(matches!(code(ledger, fetched, "code").await, CodeMade::New { .. }));
    assert!(matches!(fetch(ledger, fetched, "code").await, Fetched::Done(Fetch { delivered: true, .. })));
    for uin in [handed, taken_back] {
        let (over, act) = over(uin, "rekha");
        assert!(matches!(ledger.hand_over(over, act).await.unwrap(), HandedOver::New(_)));
    }
    let undo = act(taken_back, "state", "certificate.undo_deliver");
    assert_eq!(ledger.undo_hand_over(taken_back, "a mistake", HOUR, undo).await.unwrap(), Undone::Done);
    assert_eq!(holds(mobile(1)).await, ["application", "inbound_event"]);
    assert_eq!(holds(mobile(2)).await, ["inbound_event"]);
    later(YEAR - HOUR);
    let erased = ledger.erase_phones(YEAR, 10).await.unwrap();
    assert_eq!((erased.looked, erased.had), (0, vec![]), "too early");
    later(HOUR);
    let mut had = Vec::new();
    for looked in [3, 1, 0] {
        let erased = ledger.erase_phones(YEAR, 3).await.unwrap();
        assert_eq!(erased.looked, looked);
        had.extend(erased.had);
    }
    had.sort();
    let mut wanted = Vec::new();
    for n in [1, 2, 4, 6] {
        wanted.push(application(ledger, n).await);
        assert_eq!(holds(mobile(n)).await, Vec::<String>::new(), "{n}");
    }
    wanted.sort();
    assert_eq!(had, wanted);
    for id in had {
        let acts = ledger.acts(&id.to_string()).await.unwrap();
        let erased: Vec<&str> =
            acts.iter().map(|(_, act)| act.act.as_str()).filter(|it| *it == "phone.erase").collect();
        assert_eq!(erased.len(), 1, "{acts:?}");
    }
    // Who waits still can be reached.
    for n in [3, 5] {
        assert_eq!(holds(mobile(n)).await, ["application", "inbound_event"], "{n}");
    }
    assert!(matches!(code(ledger, waits, "code").await, CodeMade::New { .. }));
    assert_eq!(code(ledger, handed, "code").await, CodeMade::NoMobile);
    // What came before comes again: it is known, and brings nothing back. Nor does a submission that comes now only.
    let again = send(ledger, vec![approval(1), submissions[0].clone(), submissions[1].clone(), late]).await.0;
    let duplicates: Vec<bool> = again.iter().map(|it| matches!(it, Answer::Accepted { duplicate: true, .. })).collect();
    assert_eq!(duplicates, [true, true, true, false], "{again:?}");
    for n in [1, 2, 6] {
        assert_eq!(holds(mobile(n)).await, Vec::<String>::new(), "{n}");
    }
    let certificate = ledger.certificate(handed).await.unwrap().expect("issued");
    assert_eq!((certificate.plan, certificate.cms), (plan(handed, 1), Some(cms(handed))), "it can be made again");
    let record = ledger.application(DEPARTMENT, "BCW/1").await.unwrap().expect("recorded");
    assert_eq!(record.data.expect("data")["name"], json!("শ্রীমতী রেখা দাস"), "nothing else is gone");
    assert_eq!(ledger.offenders().await.unwrap(), []);
}
