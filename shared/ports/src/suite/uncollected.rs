//! The ledger's promises about what nobody fetches. Each function begins with an empty ledger.

use super::{
    clocks::{application, said},
    counter::{both, over, ready},
    sample::*,
    tray::act,
};
use crate::ledger::{ClockRecord, Emptied, Emptying, HandedOver, Ledger, Moving, Printing, Reroute, Return, Waiting};
use mohor_domain::{
    board::Selection,
    certificate::Standing,
    civil::Instant,
    clock::{ClockKind, ClockState, Outcome},
    event::{EventKind, InboundEvent},
    tray::{PrintKind, TrayState},
    uin::Uin,
    uncollected::{RerouteReason, ReturnReason},
};
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};

const OTHER_STREAM: &str = "bsk/24102";
/// Each event that derives clocks anew is another.
static LATER: AtomicI64 = AtomicI64::new(1);

/// A return from the centre of the samples.
pub(super) fn back(uin: Uin, by: &str) -> Return {
    let (reason, note) = (ReturnReason::NotFetched, Some("twice written to".to_owned()));
    Return { uin, bsk: BSK.into(), reason, note, actor: format!("person:{by}") }
}

/// A re-routing from there to the other one.
pub(super) fn on(uin: Uin, by: &str) -> Reroute {
    let (reason, actor) = (RerouteReason::CitizenAsked, format!("person:{by}"));
    Reroute { uin, from: BSK.into(), to: OTHER_BSK.into(), reason, note: None, actor }
}

/// All from there to the other one.
pub(super) fn emptying(by: &str) -> Emptying {
    let (reason, actor) = (RerouteReason::CentreClosed, format!("person:{by}"));
    Emptying { from: BSK.into(), to: OTHER_BSK.into(), department: None, reason, note: None, actor }
}

pub(super) async fn give_back<L: Ledger + ?Sized>(ledger: &L, uin: Uin, by: &str) -> Moving {
    ledger.give_back(back(uin, by)).await.unwrap()
}

pub(super) async fn send_on<L: Ledger + ?Sized>(ledger: &L, uin: Uin, by: &str) -> Moving {
    ledger.send_on(on(uin, by)).await.unwrap()
}

async fn print<L: Ledger + ?Sized>(ledger: &L, uin: Uin, bsk: &str) -> Printing {
    ledger.record_print(uin, bsk, PrintKind::Printed, act(uin, "rekha")).await.unwrap()
}

pub(super) async fn hand_over<L: Ledger + ?Sized>(ledger: &L, uin: Uin, bsk: &str) -> HandedOver {
    let (mut over, act) = over(uin, "rekha");
    over.bsk = bsk.into();
    ledger.hand_over(over, act).await.unwrap()
}

/// The clocks of the centres of `BCW/<n>`: key, centre, district, outcome; deriving them anew gives the same.
async fn centres<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Vec<ClockRecord> {
    let id = application(ledger, n).await;
    let before = ledger.clocks(id).await.unwrap();
    let at = ledger.now().await.unwrap().plus_millis(-LATER.fetch_add(1, Ordering::SeqCst));
    send(ledger, vec![said(EventKind::Transferred, n, at, json!({}))]).await;
    assert_eq!(ledger.clocks(id).await.unwrap(), before, "derived anew it is the same");
    assert_eq!(ledger.offenders().await.unwrap(), []);
    before.into_iter().filter(|record| record.clock.kind == ClockKind::Bsk).collect()
}

/// Key, centre, district, outcome.
type End<'r> = (&'r str, Option<&'r str>, Option<&'r str>, Option<Outcome>);

fn ends(records: &[ClockRecord]) -> Vec<End<'_>> {
    let end = |it: &ClockRecord| it.clock.outcome;
    records.iter().map(|it| (it.clock.key.as_str(), it.bsk.as_deref(), it.district.as_deref(), end(it))).collect()
}

pub(super) async fn lying<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Waiting {
    ledger.lying(application(ledger, n).await).await.unwrap().expect("it lies at a centre")
}

async fn numbers<L: Ledger + ?Sized>(ledger: &L, bsk: &str, state: TrayState) -> Vec<i64> {
    ledger.tray(bsk, state, None, 100).await.unwrap().iter().map(|row| row.number).collect()
}

/// Page by page, within a selection, and only what has waited for so long.
pub async fn what_waits_is_listed_the_longest_first<L: Ledger + ?Sized>(ledger: &L) {
    let mut uins = Vec::new();
    for n in 1..=5 {
        uins.push(ready(ledger, n).await);
    }
    let all = Selection::default();
    let ever = ledger.now().await.unwrap().plus_millis(1);
    let list = async |of: &Selection, before: Instant| ledger.uncollected(of, before, None, 100).await.unwrap();
    let rows = list(&all, ever).await;
    assert!(rows.windows(2).all(|pair| (pair[0].since, pair[0].application) < (pair[1].since, pair[1].application)));
    assert_eq!(rows.len(), 5);
    let first = rows.iter().find(|row| row.uin == uins[0]).expect("it waits");
    assert_eq!((first.department.as_str(), first.service.as_deref()), (DEPARTMENT, Some("caste-certificate")));
    assert_eq!((first.application_no.as_str(), first.docket_no.as_deref()), ("BCW/1", Some("D1")));
    assert_eq!((first.bsk.as_str(), first.district.as_deref(), first.state), (BSK, Some("COB"), TrayState::Ready));
    assert_eq!((first.stay, first.reminders, first.standing), (0, 0, Standing::Live));
    assert_eq!(&lying(ledger, 1).await, first);
    // Two at a time it is the same list.
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.uncollected(&all, ever, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        paged.extend(page);
    }
    assert_eq!(paged, rows);
    assert_eq!(list(&all, rows[0].since).await, [], "nothing has waited since before that");
    // What was handed over, went back or went on waits no more, or elsewhere.
    hand_over(ledger, uins[0], BSK).await;
    give_back(ledger, uins[1], "asha").await;
    send_on(ledger, uins[2], "asha").await;
    print(ledger, uins[3], BSK).await;
    let ever = ledger.now().await.unwrap().plus_millis(1);
    let selected = async |of: Selection| -> Vec<Uin> {
        let mut found: Vec<Uin> = list(&of, ever).await.iter().map(|row| row.uin).collect();
        found.sort_unstable();
        found
    };
    let sorted = |mut uins: Vec<Uin>| {
        uins.sort_unstable();
        uins
    };
    let text = |text: &str| Some(text.to_owned());
    let (here, there) = (sorted(vec![uins[3], uins[4]]), vec![uins[2]]);
    assert_eq!(selected(all.clone()).await, sorted(uins[2..].to_vec()));
    assert_eq!(selected(Selection { bsk: text(BSK), ..all.clone() }).await, here);
    assert_eq!(selected(Selection { district: text("COB"), ..all.clone() }).await, here);
    assert_eq!(selected(Selection { district: text("KOL"), ..all.clone() }).await, there);
    assert_eq!(selected(Selection { bsk: text(OTHER_BSK), department: text("BCW"), ..all.clone() }).await, there);
    assert_eq!(selected(Selection { department: text("LRR"), ..all.clone() }).await, []);
    assert_eq!(selected(Selection { service: text("permit"), ..all.clone() }).await, []);
    let states: Vec<TrayState> = list(&all, ever).await.iter().map(|row| row.state).collect();
    assert_eq!(states.iter().filter(|state| **state == TrayState::Printed).count(), 1);
}

/// Recorded, told to department and centre, the clock stopped and the line written, once.
pub async fn a_certificate_goes_back_once<L: Ledger + ?Sized>(ledger: &L) {
    let uin = ready(ledger, 1).await;
    print(ledger, uin, BSK).await;
    let Moving::New(moved) = give_back(ledger, uin, "asha").await else { panic!("it did not go back") };
    assert_eq!((moved.from.as_str(), moved.to.as_deref(), moved.reason), (BSK, None, "not_fetched"));
    assert_eq!((moved.actor.as_str(), moved.note.as_deref()), ("person:asha", Some("twice written to")));
    assert_eq!(give_back(ledger, uin, "binod").await, Moving::Before(moved.clone()));
    assert_eq!(ledger.centre_moves(uin).await.unwrap(), std::slice::from_ref(&moved));
    assert_eq!(
        (numbers(ledger, BSK, TrayState::Returned).await, lying(ledger, 1).await.state),
        (vec![1], TrayState::Returned,)
    );
    // Nobody prints it or hands it out there.
    assert_eq!(print(ledger, uin, BSK).await, Printing::Returned);
    assert_eq!(hand_over(ledger, uin, BSK).await, HandedOver::Returned);
    assert_eq!(ledger.prints(uin, 10).await.unwrap().len(), 1);
    let clocks = centres(ledger, 1).await;
    assert_eq!(ends(&clocks), [("", Some(BSK), Some("COB"), Some(Outcome::Returned))]);
    assert_eq!(clocks[0].clock.stopped_at, Some(moved.at));
    for stream in [DEPARTMENT_STREAM, BSK_STREAM] {
        let told = ledger.events(stream, 0, 100).await.unwrap();
        let told: Vec<_> = told.iter().filter(|event| event.word == "certificate.returned").collect();
        assert_eq!(told.len(), 1, "{stream}");
        let data = &told[0].data;
        assert_eq!((&data["bsk"], &data["notice"], &data["district"]), (&json!(BSK), &json!(1), &json!("COB")));
        assert_eq!((&data["reason"], &data["docket_no"]), (&json!("not_fetched"), &json!("D1")));
        assert!(!data.to_string().contains("asha") && !data.to_string().contains("twice"), "{data}");
    }
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    let lines: Vec<(&str, &str)> = acts.iter().map(|(_, act)| (act.act.as_str(), act.detail.as_str())).collect();
    assert_eq!(lines[1..], [("certificate.return", "from 24101: not_fetched")]);
}

/// It begins anew at the other centre, which has its full time; the centre before is told and has it no more.
pub async fn a_certificate_goes_on_with_a_clock_of_its_own<L: Ledger + ?Sized>(ledger: &L) {
    let (uin, stays) = (ready(ledger, 1).await, ready(ledger, 2).await);
    print(ledger, uin, BSK).await;
    let Moving::New(moved) = send_on(ledger, uin, "asha").await else { panic!("it did not go on") };
    assert_eq!((moved.from.as_str(), moved.to.as_deref(), moved.reason), (BSK, Some(OTHER_BSK), "citizen_asked"));
    assert_eq!(send_on(ledger, uin, "binod").await, Moving::NotThere, "it has left");
    assert_eq!(ledger.centre_moves(uin).await.unwrap(), std::slice::from_ref(&moved));
    for state in TrayState::ALL {
        let (here, there) = (numbers(ledger, BSK, *state).await, numbers(ledger, OTHER_BSK, *state).await);
        let ready = *state == TrayState::Ready;
        assert_eq!((here, there), if ready { (vec![2], vec![1]) } else { (vec![], vec![]) }, "{state:?}");
    }
    // The paper of the centre before is void: there it waits to be printed.
    let row = ledger.tray_row(OTHER_BSK, 1).await.unwrap().expect("it lies there");
    assert_eq!((row.uin, row.state, row.ready_at), (uin, TrayState::Ready, Some(moved.at)));
    let now = lying(ledger, 1).await;
    assert_eq!((now.bsk.as_str(), now.district.as_deref(), now.stay), (OTHER_BSK, Some("KOL"), 1));
    assert_eq!(now.since, moved.at);

    // Both streams say so.
    let told = ledger.events(OTHER_STREAM, 0, 100).await.unwrap();
    assert_eq!(told.iter().map(|it| (it.number, it.word.as_str())).collect::<Vec<_>>(), [(1, "certificate.ready")]);
    let first = ledger.events(BSK_STREAM, 0, 100).await.unwrap();
    for name in ["uin", "docket_no", "service", "department", "issued_at", "sha256"] {
        assert_eq!(told[0].data[name], first[0].data[name], "{name}");
    }
    assert_eq!((&told[0].data["number"], &told[0].data["bsk"]), (&json!(1), &json!(OTHER_BSK)));
    assert_eq!(told[0].data["district"], json!("KOL"));
    let away = first.last().expect("told");
    assert_eq!((away.word.as_str(), away.number, &away.data["notice"]), ("certificate.rerouted", 3, &json!(1)));
    assert_eq!((&away.data["to_bsk"], &away.data["to_district"]), (&json!(OTHER_BSK), &json!("KOL")));
    assert!(!away.data.to_string().contains("asha"), "{away:?}");

    let clocks = centres(ledger, 1).await;
    let rerouted = ("", Some(BSK), Some("COB"), Some(Outcome::Rerouted));
    assert_eq!(ends(&clocks), [rerouted, ("2", Some(OTHER_BSK), Some("KOL"), None)]);
    assert_eq!((clocks[0].clock.stopped_at, clocks[1].clock.started_at), (Some(moved.at), Some(moved.at)));
    assert_eq!((clocks[1].clock.state, clocks[1].clock.limit), (ClockState::Running, clocks[0].clock.limit));

    // The old centre can do nothing more, the new one all.
    assert_eq!(print(ledger, uin, BSK).await, Printing::Unknown);
    assert_eq!(hand_over(ledger, uin, BSK).await, HandedOver::Unknown);
    assert!(matches!(print(ledger, uin, OTHER_BSK).await, Printing::New(_)));
    assert_eq!(numbers(ledger, OTHER_BSK, TrayState::Printed).await, [1]);
    assert!(matches!(hand_over(ledger, uin, OTHER_BSK).await, HandedOver::New(_)));
    let clocks = centres(ledger, 1).await;
    assert_eq!(ends(&clocks), [rerouted, ("2", Some(OTHER_BSK), Some("KOL"), Some(Outcome::Delivered))]);
    assert!(matches!(hand_over(ledger, stays, BSK).await, HandedOver::New(_)), "what stayed is as it was");
}

/// Which ends that it had gone back; it may go back from there once more.
pub async fn what_went_back_can_be_sent_out_again<L: Ledger + ?Sized>(ledger: &L) {
    let uin = ready(ledger, 1).await;
    give_back(ledger, uin, "asha").await;
    assert!(matches!(send_on(ledger, uin, "asha").await, Moving::New(_)));
    assert_eq!(numbers(ledger, OTHER_BSK, TrayState::Ready).await, [1]);
    assert_eq!(numbers(ledger, BSK, TrayState::Returned).await, [] as [i64; 0]);
    assert!(matches!(print(ledger, uin, OTHER_BSK).await, Printing::New(_)));
    let again = Return { bsk: OTHER_BSK.into(), ..back(uin, "asha") };
    assert!(matches!(ledger.give_back(again).await.unwrap(), Moving::New(_)));
    // Back to where it was first, and fetched there.
    let home = Reroute { from: OTHER_BSK.into(), to: BSK.into(), ..on(uin, "asha") };
    assert!(matches!(ledger.send_on(home).await.unwrap(), Moving::New(_)));
    assert!(matches!(hand_over(ledger, uin, BSK).await, HandedOver::New(_)));
    let (clocks, kol) = (centres(ledger, 1).await, Some("KOL"));
    let wanted = [
        ("", Some(BSK), Some("COB"), Some(Outcome::Returned)),
        ("2", Some(OTHER_BSK), kol, Some(Outcome::Returned)),
        ("3", Some(BSK), Some("COB"), Some(Outcome::Delivered)),
    ];
    assert_eq!(ends(&clocks), wanted);
    let moves = ledger.centre_moves(uin).await.unwrap();
    let to: Vec<Option<&str>> = moves.iter().map(|it| it.to.as_deref()).collect();
    assert_eq!(to, [None, Some(OTHER_BSK), None, Some(BSK)]);
}

/// Unknown, not ready, another centre's, handed over, superseded; nothing is recorded.
pub async fn what_does_not_wait_goes_nowhere<L: Ledger + ?Sized>(ledger: &L) {
    let (old, handed) = (ready(ledger, 1).await, ready(ledger, 2).await);
    let unready = mint(ledger, 3).await;
    for uin in [unready, uin(DEPARTMENT, 99)] {
        assert_eq!(
            (give_back(ledger, uin, "a").await, send_on(ledger, uin, "a").await),
            (Moving::NotThere, Moving::NotThere,)
        );
    }
    let elsewhere = Return { bsk: OTHER_BSK.into(), ..back(old, "a") };
    assert_eq!(ledger.give_back(elsewhere).await.unwrap(), Moving::NotThere);
    let same = Reroute { to: BSK.into(), ..on(old, "a") };
    assert_eq!(ledger.send_on(same).await.unwrap(), Moving::NotThere, "to itself");
    let HandedOver::New(done) = hand_over(ledger, handed, BSK).await else { panic!("not handed over") };
    assert_eq!(give_back(ledger, handed, "a").await, Moving::HandedOver(done.clone()));
    assert_eq!(send_on(ledger, handed, "a").await, Moving::HandedOver(done));
    let correction = InboundEvent { supersedes: Some(old), ..approval(4) };
    let id = send(ledger, vec![correction]).await.1.remove(0);
    let new = mint_for(ledger, id, 4).await;
    issue(ledger, new).await;
    assert_eq!(give_back(ledger, old, "a").await, Moving::NotLive(Standing::Superseded));
    assert_eq!(send_on(ledger, old, "a").await, Moving::NotLive(Standing::Superseded));
    assert_eq!(ledger.empty_centre(emptying("a"), 10).await.unwrap(), Emptied::default());
    assert_eq!(ledger.lying(application(ledger, 3).await).await.unwrap(), None);
    assert_eq!(words(ledger, BSK_STREAM).await, ["certificate.ready"; 2]);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

#[derive(Clone, Copy)]
enum Doing {
    SendOn,
    GiveBack,
    HandOver,
}

#[derive(Debug)]
enum Did {
    Moved(Moving),
    Handed(HandedOver),
}

async fn does<L: Ledger + ?Sized>(ledger: &L, uin: Uin, what: Doing) -> Did {
    match what {
        Doing::SendOn => Did::Moved(send_on(ledger, uin, "a").await),
        Doing::GiveBack => Did::Moved(give_back(ledger, uin, "a").await),
        Doing::HandOver => Did::Handed(hand_over(ledger, uin, BSK).await),
    }
}

/// The other reads what the first did; no certificate is in two places.
pub async fn of_two_acts_at_once_one_wins<L: Ledger + ?Sized>(ledger: &L) {
    for n in 1..=10 {
        let uin = ready(ledger, n).await;
        let moves = if n % 2 == 0 { Doing::SendOn } else { Doing::GiveBack };
        // Whoever is polled first differs.
        let first = n % 4 < 2;
        let (one, other) = if first { (moves, Doing::HandOver) } else { (Doing::HandOver, moves) };
        let (one, other) = both(does(ledger, uin, one), does(ledger, uin, other)).await;
        let (moved, handed) = if first { (one, other) } else { (other, one) };
        match (moved, handed) {
            (Did::Moved(Moving::New(_)), Did::Handed(HandedOver::Unknown | HandedOver::Returned)) => (),
            (Did::Moved(Moving::HandedOver(before)), Did::Handed(HandedOver::New(new))) => assert_eq!(before, new),
            both => panic!("both, or neither: {both:?}"),
        }
        centres(ledger, n).await;
    }
    for n in 11..=15 {
        let uin = ready(ledger, n).await;
        let (one, other) = both(send_on(ledger, uin, "a"), send_on(ledger, uin, "b")).await;
        assert!(matches!((&one, &other), (Moving::New(_), Moving::NotThere) | (Moving::NotThere, Moving::New(_))));
        let back = |by| Return { bsk: OTHER_BSK.into(), ..back(uin, by) };
        let (one, other) = both(ledger.give_back(back("a")), ledger.give_back(back("b"))).await;
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(matches!((&one, &other), (Moving::New(_), Moving::Before(_)) | (Moving::Before(_), Moving::New(_))));
        assert_eq!(ledger.centre_moves(uin).await.unwrap().len(), 2);
        // A print that comes first counts where it was made; one that comes second is not made.
        let uin = ready(ledger, n + 100).await;
        let (printed, moved) = both(print_or(ledger, uin), send_or(ledger, uin)).await;
        assert!(moved, "it goes on whether or not it was printed before");
        assert_eq!(ledger.prints(uin, 10).await.unwrap().len(), usize::from(printed));
        assert_eq!(lying(ledger, n + 100).await.state, TrayState::Ready);
    }
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

async fn print_or<L: Ledger + ?Sized>(ledger: &L, uin: Uin) -> bool {
    matches!(print(ledger, uin, BSK).await, Printing::New(_))
}

async fn send_or<L: Ledger + ?Sized>(ledger: &L, uin: Uin) -> bool {
    matches!(send_on(ledger, uin, "a").await, Moving::New(_))
}

/// Whoever repeats it goes on where it stands, and two at once move nothing twice.
pub async fn a_centre_is_emptied_batch_by_batch<L: Ledger + ?Sized>(ledger: &L) {
    let mut uins = Vec::new();
    for n in 1..=9 {
        uins.push(ready(ledger, n).await);
    }
    print(ledger, uins[1], BSK).await;
    hand_over(ledger, uins[2], BSK).await;
    give_back(ledger, uins[3], "asha").await;
    let foreign = Emptying { department: Some("LRR".into()), ..emptying("asha") };
    assert_eq!(ledger.empty_centre(foreign, 100).await.unwrap(), Emptied::default(), "another department's");
    assert_eq!(ledger.empty_centre(emptying("asha"), 3).await.unwrap(), Emptied { moved: 3, left: 4 });
    let own = Emptying { department: Some(DEPARTMENT.into()), ..emptying("asha") };
    let (one, other) = both(ledger.empty_centre(own.clone(), 2), ledger.empty_centre(own, 2)).await;
    let (one, other) = (one.unwrap(), other.unwrap());
    // Two that meet want the same two: the second finds them gone, and is repeated.
    assert!((2..=4).contains(&(one.moved + other.moved)), "{one:?} {other:?}");
    let mut rest = ledger.empty_centre(emptying("asha"), 100).await.unwrap();
    rest.moved += one.moved + other.moved;
    assert_eq!(rest, Emptied { moved: 4, left: 0 });
    assert_eq!(ledger.empty_centre(emptying("asha"), 100).await.unwrap(), Emptied::default());
    assert_eq!(numbers(ledger, OTHER_BSK, TrayState::Ready).await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(numbers(ledger, BSK, TrayState::HandedOver).await.len(), 1);
    assert_eq!(numbers(ledger, BSK, TrayState::Returned).await.len(), 1);
    // In the order in which they came, each with its line, its row and its events.
    let told = ledger.events(OTHER_STREAM, 0, 100).await.unwrap();
    let order: Vec<&str> = told.iter().map(|event| event.subject.as_str()).collect();
    let wanted: Vec<&str> = [0, 1, 4, 5, 6, 7, 8].map(|n: usize| uins[n].as_str()).into();
    assert_eq!(order, wanted);
    assert_eq!(words(ledger, BSK_STREAM).await.iter().filter(|word| *word == "certificate.rerouted").count(), 7);
    for n in [0, 1, 4, 8] {
        let acts = ledger.acts(uins[n].as_str()).await.unwrap();
        let lines = acts.iter().filter(|(_, act)| act.act == "certificate.reroute");
        assert_eq!(
            lines.map(|(_, act)| act.detail.as_str()).collect::<Vec<_>>(),
            ["from 24101 to 24102: centre_closed"]
        );
        assert_eq!(ends(&centres(ledger, n as u64 + 1).await).len(), 2);
    }
}
