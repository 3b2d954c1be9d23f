//! The ledger's promises about stickers. Each function begins with an empty ledger.

use super::{
    counter::{both, ready},
    sample::*,
    tray,
};
use crate::ledger::{
    Act, HologramBound, HologramRange, HologramStock, HologramWrittenOff, HologramsIssued, Ledger, Printing,
};
use mohor_domain::{
    certificate::Standing,
    event::InboundEvent,
    hologram::{Range, Serial},
    tray::PrintKind,
    uin::Uin,
};

/// The centre that the stickers of others are of.
const OTHER: &str = "24102";

pub(super) fn act(word: &str, by: &str, subject: &str) -> Act {
    Act { actor: format!("person:{by}"), act: word.into(), subject: subject.into(), detail: String::new() }
}

pub(super) fn serial(n: u32) -> Serial {
    Serial::read(&format!("WB26-{n:06}")).expect("a serial")
}

pub(super) fn range(first: u32, last: u32) -> Range {
    Range::read(&serial(first).to_string(), &serial(last).to_string()).expect("a range")
}

async fn issue<L: Ledger + ?Sized>(ledger: &L, bsk: &str, first: u32, last: u32) -> HologramsIssued {
    ledger.issue_holograms(range(first, last), bsk, act("hologram.issue", "asha", bsk)).await.unwrap()
}

async fn bind<L: Ledger + ?Sized>(ledger: &L, uin: Uin, bsk: &str, n: u32, by: &str) -> HologramBound {
    ledger.bind_hologram(uin, bsk, serial(n), act("hologram.bind", by, uin.as_str())).await.unwrap()
}

async fn write_off<L: Ledger + ?Sized>(ledger: &L, bsk: Option<&str>, n: u32) -> HologramWrittenOff {
    let act = act("hologram.write_off", "rekha", &serial(n).to_string());
    ledger.write_off_hologram(bsk, serial(n), "torn", act).await.unwrap()
}

pub(super) async fn printed<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Uin {
    let uin = ready(ledger, n).await;
    let outcome = ledger.record_print(uin, BSK, PrintKind::Printed, tray::act(uin, "rekha")).await.unwrap();
    assert!(matches!(outcome, Printing::New(_)), "{outcome:?}");
    uin
}

async fn stock<L: Ledger + ?Sized>(ledger: &L, bsk: &str) -> (u64, u64, u64, u64) {
    let stock = ledger.hologram_stock(bsk).await.unwrap();
    assert_eq!(stock.bsk, bsk);
    (stock.issued, stock.bound, stock.written_off, stock.left())
}

/// No serial is in two ranges, of the same centre or of two; the answer says which range is there.
pub async fn a_range_is_issued_once_and_overlaps_none<L: Ledger + ?Sized>(ledger: &L) {
    assert_eq!(stock(ledger, BSK).await, (0, 0, 0, 0));
    let HologramsIssued::New(number) = issue(ledger, BSK, 101, 200).await else { panic!("it is issued") };
    assert_eq!(issue(ledger, BSK, 101, 200).await, HologramsIssued::Before(number), "twice is once");
    for (bsk, first, last) in
        [(OTHER, 101, 200), (BSK, 1, 101), (OTHER, 200, 300), (BSK, 150, 160), (OTHER, 1, 999), (BSK, 101, 199)]
    {
        let outcome = issue(ledger, bsk, first, last).await;
        let HologramsIssued::Overlaps(there) = outcome else { panic!("{first} to {last}: {outcome:?}") };
        assert_eq!((there.bsk.as_str(), there.range, there.number), (BSK, range(101, 200), number));
    }
    for (bsk, first, last) in [(OTHER, 1, 100), (BSK, 201, 201), (OTHER, 202, 1_000)] {
        assert!(matches!(issue(ledger, bsk, first, last).await, HologramsIssued::New(_)), "{first} to {last}");
    }
    let longer = Range::read("WB26-0000101", "WB26-0000200").expect("a range");
    let outcome = ledger.issue_holograms(longer, BSK, act("hologram.issue", "asha", BSK)).await.unwrap();
    assert!(matches!(outcome, HologramsIssued::New(_)), "another number of digits is another serial: {outcome:?}");
    assert_eq!((stock(ledger, BSK).await, stock(ledger, OTHER).await), ((201, 0, 0, 201), (899, 0, 0, 899)));

    let ranges = ledger.hologram_ranges(BSK, None, 10).await.unwrap();
    let told = |it: &HologramRange| (it.range.to_string(), it.left(), it.issued_by.clone());
    let wanted = [
        ("WB26-0000101 to WB26-0000200".into(), 100, "person:asha".into()),
        ("WB26-000201 to WB26-000201".into(), 1, "person:asha".into()),
        ("WB26-000101 to WB26-000200".into(), 100, "person:asha".into()),
    ];
    assert_eq!(ranges.iter().map(told).collect::<Vec<(String, u64, String)>>(), wanted);
    let older = ledger.hologram_ranges(BSK, Some(ranges[0].number), 1).await.unwrap();
    assert_eq!(older, ranges[1..2], "page by page");
    let all = ledger.hologram_stocks(None, 10).await.unwrap();
    let codes = |stocks: &[HologramStock]| stocks.iter().map(|it| it.bsk.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&all), [BSK, OTHER]);
    assert_eq!(codes(&ledger.hologram_stocks(Some(BSK), 10).await.unwrap()), [OTHER]);
    assert_eq!(codes(&ledger.hologram_stocks(None, 1).await.unwrap()), [BSK]);
    assert_eq!(ledger.acts(BSK).await.unwrap().len(), 3, "a line for each that was issued");
}

/// Of two that overlap and come at once.
pub async fn of_two_ranges_at_once_one_is_issued<L: Ledger + ?Sized>(ledger: &L) {
    for round in 0..5 {
        let from = 1_000 * round;
        let (one, other) =
            both(issue(ledger, BSK, from, from + 100), issue(ledger, OTHER, from + 50, from + 150)).await;
        let outcomes = [one, other];
        let new = outcomes.iter().filter(|it| matches!(it, HologramsIssued::New(_))).count();
        let refused = outcomes.iter().filter(|it| matches!(it, HologramsIssued::Overlaps(_))).count();
        assert_eq!((new, refused), (1, 1), "{outcomes:?}");
    }
}

/// From the own centre's stock, on a print of a live certificate; whatever else is refused says why, and leaves nothing.
pub async fn a_sticker_is_bound_once_from_the_own_centres_stock<L: Ledger + ?Sized>(ledger: &L) {
    issue(ledger, BSK, 1, 10).await;
    issue(ledger, OTHER, 11, 20).await;
    let (uin, second) = (printed(ledger, 1).await, printed(ledger, 2).await);
    let waits = ready(ledger, 3).await;
    assert_eq!(ledger.hologram_of(uin).await.unwrap(), None);
    assert_eq!(bind(ledger, waits, BSK, 1, "rekha").await, HologramBound::NotPrinted);
    let looked = ledger.record_print(waits, BSK, PrintKind::Opened, tray::act(waits, "rekha")).await.unwrap();
    assert!(matches!(looked, Printing::New(_)));
    assert_eq!(bind(ledger, waits, BSK, 1, "rekha").await, HologramBound::NotPrinted, "it was only looked at");

    assert_eq!(bind(ledger, uin, BSK, 1, "rekha").await, HologramBound::New(1));
    assert_eq!(bind(ledger, uin, BSK, 1, "anita").await, HologramBound::Before(1), "twice is once");
    assert_eq!(bind(ledger, second, BSK, 1, "rekha").await, HologramBound::Used(Some("D1".into())));
    // Another centre's and one that was never issued are one answer, also to the centre that holds the other certificate.
    for n in [11, 21] {
        assert_eq!(bind(ledger, second, BSK, n, "rekha").await, HologramBound::NotInStock, "{n}");
    }
    for (uin, bsk) in [(uin, OTHER), (super::sample::uin(DEPARTMENT, 99), BSK)] {
        assert_eq!(bind(ledger, uin, bsk, 12, "rekha").await, HologramBound::Unknown);
    }
    let bindings = ledger.hologram_bindings(uin, 10).await.unwrap();
    let [it] = &bindings[..] else { panic!("one: {bindings:?}") };
    assert_eq!((&it.serial, it.n, it.bsk.as_str(), it.who.as_str()), (&serial(1), 1, BSK, "person:rekha"));
    assert!(it.at.millis() > 0);
    assert_eq!(ledger.hologram_of(uin).await.unwrap(), Some(serial(1)));
    assert_eq!(ledger.hologram_of(second).await.unwrap(), None);
    let acts: Vec<String> = ledger.acts(uin.as_str()).await.unwrap().into_iter().map(|(_, act)| act.act).collect();
    assert_eq!(acts, ["certificate.print", "hologram.bind"]);
    assert_eq!((stock(ledger, BSK).await, stock(ledger, OTHER).await), ((10, 1, 0, 9), (10, 0, 0, 10)));

    // A correction takes the certificate's place: nothing is put on the old one any more, and what is there stays.
    let correction = InboundEvent { supersedes: Some(uin), ..approval(4) };
    let id = send(ledger, vec![correction]).await.1.remove(0);
    let new = mint_for(ledger, id, 4).await;
    super::sample::issue(ledger, new).await;
    assert_eq!(bind(ledger, uin, BSK, 2, "rekha").await, HologramBound::NotLive(Standing::Superseded));
    assert_eq!(ledger.hologram_of(uin).await.unwrap(), Some(serial(1)));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// One has it, the other reads for what it was used; none is counted twice.
pub async fn of_two_who_bind_at_once_each_is_told_what_is_so<L: Ledger + ?Sized>(ledger: &L) {
    issue(ledger, BSK, 1, 100).await;
    issue(ledger, OTHER, 101, 200).await;
    let (one, other) = (printed(ledger, 1).await, printed(ledger, 2).await);
    for n in 1..=5 {
        let outcomes = both(bind(ledger, one, BSK, n, "rekha"), bind(ledger, other, BSK, n, "anita")).await;
        match outcomes {
            (HologramBound::New(_), HologramBound::Used(of)) => assert_eq!(of.as_deref(), Some("D1")),
            (HologramBound::Used(of), HologramBound::New(_)) => assert_eq!(of.as_deref(), Some("D2")),
            outcomes => panic!("{outcomes:?}"),
        }
    }
    let bound = async |uin| ledger.hologram_bindings(uin, 100).await.unwrap().len() as u64;
    assert_eq!(bound(one).await + bound(other).await, 5);
    assert_eq!(stock(ledger, BSK).await, (100, 5, 0, 95));
    // Two for one certificate: both are on record, and the one that came second counts.
    let before = bound(one).await as u32;
    let (first, second) = both(bind(ledger, one, BSK, 6, "rekha"), bind(ledger, one, BSK, 7, "anita")).await;
    let newest = match (&first, &second) {
        (HologramBound::New(n), HologramBound::New(m)) if (*n).min(*m) == before + 1 && n.abs_diff(*m) == 1 => {
            if n > m { 6 } else { 7 }
        }
        outcomes => panic!("{outcomes:?}"),
    };
    assert_eq!(ledger.hologram_of(one).await.unwrap(), Some(serial(newest)));
    // One sticker, pressed twice.
    let twice = both(bind(ledger, one, BSK, 8, "rekha"), bind(ledger, one, BSK, 8, "rekha")).await;
    assert!(
        matches!(twice, (HologramBound::New(n), HologramBound::Before(m)) | (HologramBound::Before(m), HologramBound::New(n)) if n == m),
        "{twice:?}"
    );
    // The same serial at two centres at once: whoever does not hold it is refused, whichever comes first.
    let there = InboundEvent { bsk: Some(OTHER.into()), ..approval(3) };
    let id = send(ledger, vec![there]).await.1.remove(0);
    let theirs = mint_for(ledger, id, 3).await;
    super::sample::issue(ledger, theirs).await;
    ledger.commit_notified(&[theirs]).await.unwrap();
    ledger.record_print(theirs, OTHER, PrintKind::Printed, tray::act(theirs, "binod")).await.unwrap();
    let (own, others) = both(bind(ledger, other, BSK, 9, "rekha"), bind(ledger, theirs, OTHER, 9, "binod")).await;
    assert!(matches!(own, HologramBound::New(_)) && others == HologramBound::NotInStock, "{own:?} {others:?}");
    assert_eq!(bind(ledger, theirs, OTHER, 101, "binod").await, HologramBound::New(1));
    // Bound and written off at once: one of the two.
    let binding = async { matches!(bind(ledger, other, BSK, 10, "rekha").await, HologramBound::New(_)) };
    let writing = async { write_off(ledger, Some(BSK), 10).await == HologramWrittenOff::New };
    let outcomes = both(binding, writing).await;
    assert!(outcomes.0 != outcomes.1, "{outcomes:?}");
    assert_eq!(stock(ledger, BSK).await.3, 90);
}

/// The earlier one stays on record, and counts no longer; it is never used again.
pub async fn a_reprint_gets_a_new_sticker<L: Ledger + ?Sized>(ledger: &L) {
    issue(ledger, BSK, 1, 10).await;
    let (uin, other) = (printed(ledger, 1).await, printed(ledger, 2).await);
    assert_eq!(bind(ledger, uin, BSK, 3, "rekha").await, HologramBound::New(1));
    assert_eq!(bind(ledger, uin, BSK, 2, "anita").await, HologramBound::New(2));
    assert_eq!(ledger.hologram_of(uin).await.unwrap(), Some(serial(2)));
    for it in [uin, other] {
        assert_eq!(bind(ledger, it, BSK, 3, "rekha").await, HologramBound::Used(Some("D1".into())), "for ever");
    }
    assert_eq!(write_off(ledger, Some(BSK), 3).await, HologramWrittenOff::Bound(Some("D1".into())));
    let bindings = ledger.hologram_bindings(uin, 10).await.unwrap();
    let told: Vec<_> = bindings.iter().map(|it| (it.serial.clone(), it.n, it.who.as_str())).collect();
    assert_eq!(told, [(serial(2), 2, "person:anita"), (serial(3), 1, "person:rekha")]);
    assert_eq!(ledger.hologram_bindings(uin, 1).await.unwrap().len(), 1);
}

/// By its own centre, or by whoever keeps all of them.
pub async fn what_is_written_off_stays_so<L: Ledger + ?Sized>(ledger: &L) {
    issue(ledger, BSK, 1, 10).await;
    issue(ledger, OTHER, 11, 20).await;
    let uin = printed(ledger, 1).await;
    for n in [11, 21] {
        assert_eq!(
            write_off(ledger, Some(BSK), n).await,
            HologramWrittenOff::NotInStock,
            "another's, or nobody's: {n}"
        );
    }
    assert_eq!(write_off(ledger, None, 21).await, HologramWrittenOff::NotInStock);
    assert_eq!(write_off(ledger, Some(BSK), 1).await, HologramWrittenOff::New);
    assert_eq!(write_off(ledger, Some(BSK), 1).await, HologramWrittenOff::Before);
    assert_eq!(write_off(ledger, None, 11).await, HologramWrittenOff::New);
    assert_eq!(bind(ledger, uin, BSK, 1, "rekha").await, HologramBound::WrittenOff);
    assert_eq!(bind(ledger, uin, BSK, 2, "rekha").await, HologramBound::New(1));
    assert_eq!(write_off(ledger, Some(BSK), 2).await, HologramWrittenOff::Bound(Some("D1".into())));
    assert_eq!(
        write_off(ledger, None, 2).await,
        HologramWrittenOff::Bound(None),
        "whoever keeps all sees no application"
    );
    assert_eq!((stock(ledger, BSK).await, stock(ledger, OTHER).await), ((10, 1, 1, 8), (10, 0, 1, 9)));
    assert_eq!(ledger.acts(&serial(1).to_string()).await.unwrap().len(), 1, "one line for one act");
    assert_eq!(ledger.hologram_of(uin).await.unwrap(), Some(serial(2)));
}
