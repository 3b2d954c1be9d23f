//! The ledger's promises about test pages. Each function begins with an empty ledger.

use super::{clocks::DAY, counter::both, holograms::act, sample::BSK};
use crate::ledger::{Ledger, TestPage, TestTry, Tried};
use mohor_domain::test_page::TRIES;

async fn page<L: Ledger + ?Sized>(ledger: &L, bsk: &str, fresh: &str) -> TestPage {
    ledger.test_page(bsk, fresh, "person:rekha").await.unwrap()
}

async fn scan<L: Ledger + ?Sized>(ledger: &L, bsk: &str, code: &str, by: &str) -> TestTry {
    ledger.try_test_page(bsk, code, "FRESH", act("printer.try", by, bsk)).await.unwrap()
}

async fn who<L: Ledger + ?Sized>(ledger: &L, bsk: &str) -> Option<String> {
    ledger.tried_today(bsk).await.unwrap().map(|tried| tried.who)
}

/// One page for whoever asks, and its code is good there alone, once.
pub async fn a_test_page_is_scanned_back_at_its_own_centre<L: Ledger + ?Sized>(ledger: &L) {
    assert_eq!(scan(ledger, BSK, "ONE", "rekha").await, TestTry::NoPage);
    let made = page(ledger, BSK, "ONE").await;
    assert_eq!(made, TestPage { code: "ONE".into(), tries: 0, tried: None });
    assert_eq!(page(ledger, BSK, "TWO").await, made, "it is made once a day");
    assert_eq!(page(ledger, "24102", "TWO").await.code, "TWO");
    assert_eq!(who(ledger, BSK).await, None, "made is not tried");
    assert_eq!(scan(ledger, "24102", "ONE", "anita").await, TestTry::Wrong(TRIES - 1), "another centre's code");
    let TestTry::New(Tried { who: first, at }) = scan(ledger, BSK, "ONE", "rekha").await else { panic!("its code") };
    assert!(first == "person:rekha" && at.millis() > 0);
    // What comes later finds it done, whatever it scans.
    for code in ["ONE", "TWO"] {
        let outcome = scan(ledger, BSK, code, "anita").await;
        assert_eq!(outcome, TestTry::Before(Tried { who: first.clone(), at }), "{code}");
    }
    assert_eq!((who(ledger, BSK).await, who(ledger, "24102").await), (Some(first), None));
    assert_eq!(page(ledger, BSK, "TWO").await.code, "ONE");
    assert_eq!(ledger.acts(BSK).await.unwrap().len(), 1);
}

/// So that nobody tries codes until one fits.
pub async fn after_five_wrong_codes_there_is_a_fresh_page<L: Ledger + ?Sized>(ledger: &L) {
    page(ledger, BSK, "ONE").await;
    for left in (1..TRIES).rev() {
        assert_eq!(scan(ledger, BSK, "X", "rekha").await, TestTry::Wrong(left));
    }
    assert_eq!(scan(ledger, BSK, "X", "rekha").await, TestTry::Fresh);
    assert_eq!(page(ledger, BSK, "TWO").await, TestPage { code: "FRESH".into(), tries: 0, tried: None });
    assert_eq!(scan(ledger, BSK, "ONE", "rekha").await, TestTry::Wrong(TRIES - 1), "what was printed is worth nothing");
    assert!(matches!(scan(ledger, BSK, "FRESH", "rekha").await, TestTry::New(_)));
}

/// Both get one page, one has tried it, and each wrong code is counted.
pub async fn two_at_once_have_one_page<L: Ledger + ?Sized>(ledger: &L) {
    let (one, other) = both(page(ledger, BSK, "ONE"), page(ledger, BSK, "TWO")).await;
    assert_eq!(one, other);
    let (first, second) = both(scan(ledger, BSK, "X", "rekha"), scan(ledger, BSK, "Y", "anita")).await;
    assert!(first != second, "{first:?} {second:?}");
    assert_eq!(page(ledger, BSK, "TWO").await.tries, 2);
    let outcomes = both(scan(ledger, BSK, &one.code, "rekha"), scan(ledger, BSK, &one.code, "anita")).await;
    match outcomes {
        (TestTry::New(one), TestTry::Before(other)) | (TestTry::Before(other), TestTry::New(one)) => {
            assert_eq!(one, other);
        }
        outcomes => panic!("{outcomes:?}"),
    }
    assert_eq!(ledger.acts(BSK).await.unwrap().len(), 1);
}

/// Of the civil calendar in Asia/Kolkata; yesterday's code is worth nothing.
pub async fn each_day_has_its_own_page<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    page(ledger, BSK, "ONE").await;
    assert!(matches!(scan(ledger, BSK, "ONE", "rekha").await, TestTry::New(_)));
    // To the last second of the day, wherever it began.
    let now = ledger.now().await.unwrap();
    let left = mohor_domain::civil::end_of(now.day()).millis() - now.millis();
    if left > 120_000 {
        later(left - 60_000);
        assert_eq!(who(ledger, BSK).await.as_deref(), Some("person:rekha"), "a minute before midnight");
        later(60_000);
    } else {
        later(left);
    }
    assert_eq!(who(ledger, BSK).await, None, "it is another day");
    assert_eq!(scan(ledger, BSK, "ONE", "rekha").await, TestTry::NoPage);
    assert_eq!(page(ledger, BSK, "TWO").await.code, "TWO");
    assert_eq!(scan(ledger, BSK, "ONE", "rekha").await, TestTry::Wrong(TRIES - 1));
    later(DAY);
    assert_eq!(page(ledger, BSK, "THREE").await, TestPage { code: "THREE".into(), tries: 0, tried: None });
}
