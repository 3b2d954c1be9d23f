//! The bus's promises. Each function begins with an empty bus and ledger.
//!
//! A hint's work counts as recorded when the ledger says so: parking an item is the shortest way there.

use crate::{
    bus::{Bus, Hint},
    ledger::{Failure, Ledger},
};
use mohor_domain::stage::Stage;

/// One look, and how many of them: a broker that is busy with others takes its time, and no promise is about that.
const PATIENT: u64 = 5_000;
const LOOKS: usize = 60;
/// Long enough to be sure that nothing comes.
const SHORT: u64 = 300;

async fn publish(bus: &(impl Bus + ?Sized), stage: Stage, items: &[&str]) {
    bus.publish(stage, &items.iter().map(|item| item.to_string().into()).collect::<Vec<_>>()).await.unwrap();
}

/// Takes what comes first.
async fn some(bus: &(impl Bus + ?Sized), stage: Stage, most: usize) -> Vec<Hint> {
    for _ in 0..LOOKS {
        let hints = bus.take(stage, most, PATIENT).await.unwrap();
        if !hints.is_empty() {
            return hints;
        }
    }
    panic!("no hint came to {}", stage.as_str())
}

/// Takes until so many have come.
async fn take(bus: &(impl Bus + ?Sized), stage: Stage, count: usize) -> Vec<Hint> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(some(bus, stage, count - taken.len()).await);
    }
    taken
}

async fn nothing_comes(bus: &(impl Bus + ?Sized), stage: Stage) {
    assert_eq!(bus.take(stage, 10, SHORT).await.unwrap(), []);
}

fn items(hints: &[Hint]) -> Vec<&str> {
    hints.iter().map(|hint| hint.item.as_str()).collect()
}

/// Whoever asks next gets the others.
pub async fn a_hint_is_in_one_hand_at_a_time<B: Bus + ?Sized, L: Ledger + ?Sized>((bus, _): (&B, &L)) {
    publish(bus, Stage::Mint, &["a", "b"]).await;
    let first = take(bus, Stage::Mint, 1).await;
    let second = take(bus, Stage::Mint, 1).await;
    let mut both = [items(&first), items(&second)].concat();
    both.sort_unstable();
    assert_eq!(both, ["a", "b"]);
    nothing_comes(bus, Stage::Mint).await;
}

/// And only the one that was given back.
pub async fn a_hint_given_back_comes_again<B: Bus + ?Sized, L: Ledger + ?Sized>((bus, _): (&B, &L)) {
    publish(bus, Stage::Sign, &["a", "b"]).await;
    let hints = take(bus, Stage::Sign, 2).await;
    bus.give_back(Stage::Sign, &hints[..1]).await.unwrap();
    let again = take(bus, Stage::Sign, 1).await;
    assert_eq!(again[0].item, hints[0].item);
    nothing_comes(bus, Stage::Sign).await;
}

/// Neither at once nor after all others.
pub async fn a_hint_whose_work_is_recorded_does_not_come_again<B: Bus + ?Sized, L: Ledger + ?Sized>(
    (bus, ledger): (&B, &L),
) {
    publish(bus, Stage::Store, &["a", "b"]).await;
    let hints = take(bus, Stage::Store, 2).await;
    let parked = Failure { item: "a".into(), code: "suite".into(), reason: "its work is done with".into() };
    ledger.park(Stage::Store, vec![parked]).await.unwrap();
    let (done, open): (Vec<Hint>, Vec<Hint>) = hints.into_iter().partition(|hint| hint.item == "a");
    bus.settle(Stage::Store, &done).await.unwrap();
    bus.give_back(Stage::Store, &open).await.unwrap();
    assert_eq!(items(&take(bus, Stage::Store, 1).await), ["b"]);
    nothing_comes(bus, Stage::Store).await;
}

/// A stage falls behind evenly.
pub async fn no_more_than_asked_for_are_taken_and_the_oldest_first<B: Bus + ?Sized, L: Ledger + ?Sized>(
    (bus, _): (&B, &L),
) {
    publish(bus, Stage::Notify, &["a", "b", "c", "d", "e"]).await;
    let hints = some(bus, Stage::Notify, 3).await;
    assert!((1..=3).contains(&hints.len()));
    assert_eq!(items(&hints), ["a", "b", "c"][..hints.len()]);
    take(bus, Stage::Notify, 5 - hints.len()).await;
}

/// The same item may be due at two stages.
pub async fn a_stage_takes_its_own_hints_only<B: Bus + ?Sized, L: Ledger + ?Sized>((bus, _): (&B, &L)) {
    publish(bus, Stage::Sign, &["a"]).await;
    publish(bus, Stage::Store, &["a", "b"]).await;
    assert_eq!(items(&take(bus, Stage::Sign, 1).await), ["a"]);
    assert_eq!(items(&take(bus, Stage::Store, 2).await), ["a", "b"]);
    nothing_comes(bus, Stage::Sign).await;
}

/// With an empty answer.
pub async fn an_empty_stage_answers_when_patience_ends<B: Bus + ?Sized, L: Ledger + ?Sized>((bus, _): (&B, &L)) {
    for stage in Stage::ALL {
        assert_eq!(bus.take(stage, 10, 1).await.unwrap(), []);
    }
    assert!(!bus.probe().await.unwrap().is_empty());
}

/// It comes at least once; where it is told apart, once.
pub async fn the_same_hint_published_twice_is_harmless<B: Bus + ?Sized, L: Ledger + ?Sized>((bus, _): (&B, &L)) {
    publish(bus, Stage::Mint, &["a"]).await;
    publish(bus, Stage::Mint, &["a", "a"]).await;
    let mut hints = take(bus, Stage::Mint, 1).await;
    hints.extend(bus.take(Stage::Mint, 10, SHORT).await.unwrap());
    assert!((1..=3).contains(&hints.len()) && hints.iter().all(|hint| hint.item == "a"), "{hints:?}");
}
