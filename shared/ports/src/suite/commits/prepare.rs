//! A ledger in which each commit has something to do.

use crate::{
    ledger::{
        Asked, Attempt, Became, Decision, Failure, HandedOver, Handover, Ledger, Person, Proof, Sent, Settled, Vouched,
        WEBHOOK_LEASE, Webhook,
    },
    suite::{
        changes, citizen,
        clocks::{DAY, application, fire_all, said},
        counter, directories, documents, handing, holograms,
        mails::{self, office},
        sample::{self, BSK, DEPARTMENT, DEPARTMENT_STREAM},
        webhooks,
    },
};
use mohor_domain::{
    board::Selection,
    change::Change,
    civil::Instant,
    event::{EventKind, InboundEvent, Recorded},
    ground::{Ground, PaperKind},
    id::Id,
    people::{Place, Post},
    stage::Stage,
    uin::Uin,
};
use serde_json::json;

/// When a ledger is prepared: 12:00 on a Monday, 27 July 2026, in milliseconds.
pub const NOON: i64 = 1_785_133_800_000;
/// When the commits are done: later than the first wait of what has failed, and before any lease or code is over. Time stands
/// still there, so that no commit depends on how long another one took.
pub const AFTERWARDS: i64 = NOON + 30_000;

pub(super) fn noon() -> Instant {
    Instant::from_millis(NOON)
}

/// What the commits are given.
pub struct Prepared {
    pub(super) inbox: Id,
    pub(super) mint: Id,
    pub(super) sign: Uin,
    pub(super) seal: Uin,
    pub(super) store: Uin,
    pub(super) notify: Uin,
    pub(super) waits: Uin,
    pub(super) handed: Uin,
    pub(super) sampled: Uin,
    pub(super) asked: Uin,
    pub(super) online: Uin,
    pub(super) park: Uin,
    pub(super) spent: Uin,
    pub(super) parked: i64,
    /// One whose hint a ledger that carries the bus may lose.
    pub still: Uin,
    pub(super) plan_document: Id,
    pub(super) seal_document: Id,
    pub(super) store_document: Id,
    pub(super) change: i64,
    pub(super) late: Id,
    pub(super) mailing: Id,
    /// An endpoint that can be taken in hand, one that a person has stopped, one whose place has moved on.
    pub(super) endpoint: Id,
    pub(super) paused: Id,
    pub(super) behind: Id,
    /// What became of one that is in hand.
    pub(super) over: Settled,
    pub(super) printed: Uin,
    pub(super) told: Vec<Recorded>,
}

pub(super) fn failure(item: impl ToString) -> Vec<Failure> {
    vec![Failure { item: item.to_string(), code: "retry".into(), reason: "what failed".into() }]
}

pub(super) fn ascribed() -> Uin {
    sample::uin(DEPARTMENT, 50)
}

pub(super) fn settled(year: i16) -> Change {
    Change::YearSettled { year, settled: true, order: "compared".into() }
}

pub(super) fn newcomer(login: &str) -> Person {
    sample::person(login, Post::BskOperator, Place { bsk: Some(BSK.into()), ..Place::default() })
}

/// Somebody for whom the provider vouches, in this post.
pub(super) fn vouched(login: &str, post: Post) -> Vouched {
    let (name, subject) = (format!("Name of {login}"), format!("subject of {login}"));
    Vouched { login: login.into(), name, subject, post, bounds: Place::default(), step: None, provision: true }
}

/// Fills an empty ledger, at [`NOON`]. `sql` is done past it: what only an older program leaves.
pub async fn prepare(ledger: &dyn Ledger, sql: impl AsyncFn(String)) -> Prepared {
    for url in ["https://one.example/", "https://two.example/", "https://three.example/", "https://four.example/"] {
        ledger.add_webhook(webhooks::endpoint(url, &[]), webhooks::act("webhook.add")).await.unwrap();
    }
    ledger.reserve_uins(DEPARTMENT, "block", vec![ascribed()]).await.unwrap();
    let mint = sample::approve(ledger, &[1]).await.remove(0);
    let (sign, seal, notify, park) = (
        sample::mint(ledger, 2).await,
        sample::mint(ledger, 3).await,
        sample::mint(ledger, 4).await,
        sample::mint(ledger, 5).await,
    );
    sample::issue(ledger, notify).await;
    ledger.commit_signed(vec![(seal, sample::credential(seal))]).await.unwrap();
    let store = correction(ledger).await;
    let [plan_document, seal_document, store_document] = ordered(ledger).await;
    let (lost, spent, still) =
        (sample::mint(ledger, 8).await, sample::mint(ledger, 13).await, sample::mint(ledger, 14).await);
    ledger.park(Stage::Sign, failure(lost)).await.unwrap();
    let waits = counter::ready(ledger, 9).await;
    handing::code(ledger, waits, "the code").await;
    let handed = counter::ready(ledger, 10).await;
    let (over, act) = counter::over(handed, "rekha");
    ledger.hand_over(over, act).await.unwrap();
    let printed = holograms::printed(ledger, 11).await;
    let issued = holograms::act("hologram.issue", "asha", BSK);
    ledger.issue_holograms(holograms::range(1, 100), BSK, issued).await.unwrap();
    ledger.test_page(BSK, "CODE", "person:rekha").await.unwrap();
    let online = citizen::online(ledger, 12).await;
    citizen::code(ledger, online, "its code").await;
    let asked = counter::ready(ledger, 15).await;
    let act = handing::act(asked, "rekha", "certificate.ask_exception");
    assert_eq!(ledger.ask_exception(asked, BSK, "no phone", act).await.unwrap(), Asked::Done);
    let sampled = sampled(ledger).await;
    let inbox = sample::receive(ledger).await;
    // An attempt that failed before is forgotten with the hint.
    for (stage, item) in [
        (Stage::Intake, inbox.to_string()),
        (Stage::Mint, mint.to_string()),
        (Stage::Sign, sign.to_string()),
        (Stage::Store, store.to_string()),
        (Stage::Store, store_document.to_string()),
        (Stage::Notify, notify.to_string()),
        (Stage::Sign, park.to_string()),
    ] {
        ledger.postpone(stage, failure(item)).await.unwrap();
    }
    for _ in 1..12 {
        ledger.postpone(Stage::Sign, failure(spent)).await.unwrap();
    }
    let parked = ledger.parked(0, 1).await.unwrap()[0].number;
    accounts(ledger).await;
    let (late, mailing) = mailings(ledger).await;
    let change = rules(ledger).await;
    let (endpoints, over) = endpoints(ledger).await;
    let [endpoint, paused, behind] = endpoints;
    let older = sample::approve(ledger, &[16]).await.remove(0);
    sql(format!("DELETE FROM clock WHERE application_id = '{older}'")).await;
    let told = ledger.events(DEPARTMENT_STREAM, 0, 3).await.unwrap();
    Prepared {
        inbox,
        mint,
        sign,
        seal,
        store,
        notify,
        waits,
        handed,
        sampled,
        asked,
        online,
        park,
        spent,
        parked,
        still,
        plan_document,
        seal_document,
        store_document,
        change,
        late,
        mailing,
        endpoint,
        paused,
        behind,
        over,
        printed,
        told,
    }
}

/// A certificate that takes the place of another one when it is stored.
async fn correction(ledger: &dyn Ledger) -> Uin {
    let old = sample::mint(ledger, 6).await;
    sample::issue(ledger, old).await;
    let correction = InboundEvent { supersedes: Some(old), ..sample::approval(7) };
    let application = sample::send(ledger, vec![correction]).await.1.remove(0);
    let new = sample::mint_for(ledger, application, 7).await;
    ledger.commit_signed(vec![(new, sample::credential(new))]).await.unwrap();
    ledger.commit_sealed(vec![(new, sample::cms(new))]).await.unwrap();
    new
}

/// Documents that are ordered, planned, sealed.
async fn ordered(ledger: &dyn Ledger) -> [Id; 3] {
    let mut ordered = Vec::new();
    for n in 1..=3 {
        ordered.push(ledger.order(documents::order(n)).await.unwrap());
    }
    for id in &ordered[1..] {
        ledger.commit_planned(vec![documents::document_plan(*id, 1_000)]).await.unwrap();
    }
    ledger.commit_document_seals(vec![(ordered[2], b"seal".to_vec())]).await.unwrap();
    ordered.try_into().expect("three")
}

/// A hand-over that somebody is to look into: about one in ten that rest on a paper is.
async fn sampled(ledger: &dyn Ledger) -> Uin {
    for n in 40..140 {
        let uin = counter::ready(ledger, n).await;
        let (over, act) = counter::over(uin, "rekha");
        let ground = Ground::Paper { kind: PaperKind::RationCard, last: "0042".into() };
        let outcome = ledger.hand_over(Handover { ground, ..over }, act).await.unwrap();
        assert!(matches!(outcome, HandedOver::New(_)), "{outcome:?}");
        if !ledger.samples(&Selection::default(), 1).await.unwrap().is_empty() {
            return uin;
        }
    }
    panic!("none is sampled");
}

/// Accounts of both kinds, one of them with all wrong attempts but the last; sessions, one of which is over soon.
async fn accounts(ledger: &dyn Ledger) {
    let mita = Person { proof: Proof::Provider(None), ..newcomer("mita") };
    for person in [newcomer("rekha"), mita] {
        let act = holograms::act("person.add", "admin", &person.login);
        assert!(ledger.add_person(person, act).await.unwrap());
    }
    for _ in 1..5 {
        ledger.attempted("rekha", Attempt::WrongCode).await.unwrap();
    }
    ledger.open_session("kept", "{}", noon().plus_millis(3_600_000)).await.unwrap();
    ledger.open_session("over", "{}", noon().plus_millis(1)).await.unwrap();
}

/// An application that is late, and a mailing in hand that tells of it; another one whose time has come again; lines of no
/// mailing yet, rungs that nobody could be told of until now, and rungs that have not fired: of one that is late, and of one that
/// ended in time.
async fn mailings(ledger: &dyn Ledger) -> (Id, Id) {
    let late = async |n| {
        let long_ago = noon().plus_millis(-90 * DAY);
        sample::send(ledger, vec![said(EventKind::Submitted, n, long_ago, json!({"office": "SDO-1"}))]).await;
    };
    for login in ["state", "second"] {
        let email = format!("{login}@example.in");
        mails::add(ledger, login, Post::Supervisor, Place::default(), Some(&email)).await;
    }
    let anita = [("anita", "SDO-1", Post::DesignatedOfficer, 0, None)];
    let act = directories::act("directory.load");
    ledger.load_directory(directories::directory(1, &anita), act, false).await.unwrap();
    late(30).await;
    fire_all(ledger).await;
    let taken = ledger.take_mailings(2).await.unwrap();
    assert_eq!(taken.len(), 2);
    let again = Sent::Later { at: noon().plus_millis(-1), counts: true };
    ledger.settle_mailing(taken[1].id, again, "retry").await.unwrap();
    let email = Some("anita@example.in");
    mails::add(ledger, "login-anita", Post::DesignatedOfficer, office(DEPARTMENT, "SDO-1"), email).await;
    late(31).await;
    fire_all(ledger).await;
    late(32).await;
    for kind in [EventKind::Submitted, EventKind::Rejected] {
        sample::send(ledger, vec![said(kind, 34, noon().plus_millis(-DAY), json!({"office": "SDO-1"}))]).await;
    }
    (application(ledger, 30).await, taken[0].id)
}

/// A change that is approved and moves an open clock, and one that waits to be decided.
async fn rules(ledger: &dyn Ledger) -> i64 {
    sample::send(ledger, vec![said(EventKind::Submitted, 33, noon(), json!({"office": "SDO-1"}))]).await;
    let clocks = ledger.clocks(application(ledger, 33).await).await.unwrap();
    let due = clocks[0].clock.due.expect("a due day").day;
    let approved = ledger.propose(changes::holiday(due, None), "asha").await.unwrap();
    ledger.decide(approved, Decision::Approve, "binod", "").await.unwrap();
    ledger.propose(settled(2031), "asha").await.unwrap()
}

/// An endpoint that can be taken in hand, one that a person has stopped, one whose place has moved on; and what became of one
/// that is in hand, of which somebody is told.
async fn endpoints(ledger: &dyn Ledger) -> ([Id; 3], Settled) {
    let bounds = Place { department: Some(DEPARTMENT.into()), ..Place::default() };
    mails::add(ledger, "integrator", Post::Integrator, bounds, Some("integrator@example.in")).await;
    let of = async |url: &str| -> Webhook {
        ledger.webhooks().await.unwrap().into_iter().find(|it| it.url == url).expect("it was added")
    };
    let (paused, behind) = (of("https://three.example/").await.id, of("https://four.example/").await.id);
    assert!(ledger.pause_webhook(paused, webhooks::act("webhook.pause")).await.unwrap());
    let mut held = ledger.claim_webhooks(3, WEBHOOK_LEASE).await.unwrap();
    let mut hand = |id| {
        let place = held.iter().position(|claim| claim.id == id).expect("it was taken");
        held.remove(place)
    };
    let (one, endpoint, moved) =
        (hand(of("https://one.example/").await.id), of("https://two.example/").await.id, hand(behind));
    let dropped = webhooks::settled(&hand(endpoint), "-", Became::Dropped);
    let taken = Became::Taken { place: moved.events[0].number, last: true };
    for settled in [dropped, webhooks::settled(&moved, "200", taken)] {
        ledger.settle_webhook(settled).await.unwrap();
    }
    ([endpoint, paused, behind], webhooks::settled(&one, "410", Became::Over { reason: "gone" }))
}
