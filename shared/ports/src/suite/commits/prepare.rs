//! A ledger in which each commit has something to do.

use crate::{
    ledger::{Became, Decision, Failure, Ledger, Settled, WEBHOOK_LEASE},
    suite::{citizen, counter, documents, handing, holograms, sample, webhooks},
};
use mohor_domain::{change::Change, event::InboundEvent, id::Id, stage::Stage, uin::Uin};

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
    pub(super) online: Uin,
    pub(super) park: Uin,
    pub(super) parked: i64,
    pub(super) plan_document: Id,
    pub(super) seal_document: Id,
    pub(super) store_document: Id,
    pub(super) change: i64,
    pub(super) webhook: Settled,
    pub(super) printed: Uin,
}

pub(super) fn failure(item: impl ToString) -> Vec<Failure> {
    vec![Failure { item: item.to_string(), code: "retry".into(), reason: "what failed".into() }]
}

pub(super) fn ascribed() -> Uin {
    sample::uin(sample::DEPARTMENT, 50)
}

pub(super) fn settled(year: i16) -> Change {
    Change::YearSettled { year, settled: true, order: "compared".into() }
}

/// Fills an empty ledger.
pub async fn prepare(ledger: &dyn Ledger) -> Prepared {
    for url in ["https://one.example/", "https://other.example/"] {
        ledger.add_webhook(webhooks::endpoint(url, &[]), webhooks::act("webhook.add")).await.unwrap();
    }
    ledger.reserve_uins(sample::DEPARTMENT, "block", vec![ascribed()]).await.unwrap();
    let mint = sample::approve(ledger, &[1]).await.remove(0);
    let (sign, seal, notify, park) = (
        sample::mint(ledger, 2).await,
        sample::mint(ledger, 3).await,
        sample::mint(ledger, 4).await,
        sample::mint(ledger, 5).await,
    );
    sample::issue(ledger, notify).await;
    ledger.commit_signed(vec![(seal, sample::credential(seal))]).await.unwrap();
    let old = sample::mint(ledger, 6).await;
    sample::issue(ledger, old).await;
    let correction = InboundEvent { supersedes: Some(old), ..sample::approval(7) };
    let application = sample::send(ledger, vec![correction]).await.1.remove(0);
    let store = sample::mint_for(ledger, application, 7).await;
    ledger.commit_signed(vec![(store, sample::credential(store))]).await.unwrap();
    ledger.commit_sealed(vec![(store, sample::cms(store))]).await.unwrap();
    let mut ordered = Vec::new();
    for n in 1..=3 {
        ordered.push(ledger.order(documents::order(n)).await.unwrap());
    }
    let [plan_document, seal_document, store_document] = ordered[..] else { unreachable!() };
    for id in [seal_document, store_document] {
        ledger.commit_planned(vec![documents::document_plan(id, 1_000)]).await.unwrap();
    }
    ledger.commit_document_seals(vec![(store_document, b"seal".to_vec())]).await.unwrap();
    let lost = sample::mint(ledger, 8).await;
    ledger.park(Stage::Sign, failure(lost)).await.unwrap();
    let waits = sample::mint(ledger, 9).await;
    sample::issue(ledger, waits).await;
    ledger.commit_notified(&[waits]).await.unwrap();
    handing::code(ledger, waits, "the code").await;
    let handed = counter::ready(ledger, 10).await;
    let (over, act) = counter::over(handed, "rekha");
    ledger.hand_over(over, act).await.unwrap();
    let printed = holograms::printed(ledger, 11).await;
    let issued = holograms::act("hologram.issue", "asha", sample::BSK);
    ledger.issue_holograms(holograms::range(1, 100), sample::BSK, issued).await.unwrap();
    ledger.test_page(sample::BSK, "CODE", "person:rekha").await.unwrap();
    let online = citizen::online(ledger, 12).await;
    citizen::code(ledger, online, "its code").await;
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
    let parked = ledger.parked(0, 1).await.unwrap()[0].number;
    let approved = ledger.propose(settled(2030), "asha").await.unwrap();
    ledger.decide(approved, Decision::Approve, "binod", "").await.unwrap();
    let change = ledger.propose(settled(2031), "asha").await.unwrap();
    // One is in hand, the other can be taken.
    let held = ledger.claim_webhooks(1, WEBHOOK_LEASE).await.unwrap().remove(0);
    let webhook = webhooks::settled(&held, "410", Became::Over { reason: "gone" });
    Prepared {
        inbox,
        mint,
        sign,
        seal,
        store,
        notify,
        waits,
        handed,
        online,
        park,
        parked,
        change,
        webhook,
        plan_document,
        seal_document,
        store_document,
        printed,
    }
}
