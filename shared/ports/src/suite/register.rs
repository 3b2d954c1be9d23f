//! What the ledger promises of reserved numbers, streams, trouble and look-ups. Each begins with an empty ledger.

use super::sample::*;
use crate::{
    ledger::{Act, AmqpUser, Checked, DepartmentKey, Failure, Intake, Ledger, Minted, Minting, Sweep},
    signer::{CredentialKey, SealAlgorithm, SealKey},
};
use mohor_domain::{
    application::State,
    civil::Instant,
    event::{Answer, EventKind, InboundEvent},
    refusal::{Code, Refusal},
    stage::Stage,
    uin::Uin,
};

fn failure(item: impl ToString, code: &str) -> Failure {
    Failure { item: item.to_string(), code: code.into(), reason: "what failed".into() }
}

/// Only by the department it was reserved for, only to one application, and never drawn for another.
pub async fn an_ascribed_number_is_reserved_and_given_once<L: Ledger + ?Sized>(ledger: &L) {
    let (reserved, other) = (uin(DEPARTMENT, 1), uin(DEPARTMENT, 2));
    let ascribing = |n, uin| InboundEvent { ascribed: Some(uin), ..approval(n) };
    let (answers, _) = send(ledger, vec![ascribing(1, reserved), ascribing(1, uin("KMC", 1))]).await;
    assert_eq!((code(&answers[0]), code(&answers[1])), (Some(Code::UinNotReserved), Some(Code::UinForeign)));
    assert_eq!(ledger.reserve_uins(DEPARTMENT, "block", vec![reserved, other]).await.unwrap(), [reserved, other]);
    let (answers, approved) = send(ledger, vec![ascribing(1, reserved), ascribing(2, reserved)]).await;
    assert!(matches!(answers[0], Answer::Accepted { uin: Some(uin), .. } if uin == reserved));
    assert_eq!(code(&answers[1]), Some(Code::UinTaken));
    let found = ledger.approved(&approved).await.unwrap().remove(0);
    assert_eq!((found.ascribed, found.minted), (Some(reserved), None));
    // A draw for somebody else meets neither the one that is given nor the one that is only reserved.
    let stranger = approve(ledger, &[3]).await.remove(0);
    for taken in [reserved, other] {
        let work = vec![Minting { application: stranger, plan: plan(taken, 9) }];
        assert_eq!(ledger.commit_minted(work).await.unwrap(), [Minted::Collision]);
    }
    mint_for(ledger, approved[0], 1).await;
    let (answers, _) = send(ledger, vec![ascribing(4, reserved), ascribing(1, reserved)]).await;
    assert_eq!(code(&answers[0]), Some(Code::UinTaken));
    assert!(matches!(answers[1], Answer::Accepted { duplicate: true, uin: Some(uin), .. } if uin == reserved));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// More may be drawn under it; what is taken is left out.
pub async fn a_reservation_is_the_same_for_the_same_request<L: Ledger + ?Sized>(ledger: &L) {
    let minted = mint(ledger, 1).await;
    let numbers: Vec<Uin> = (2..5).map(|n| uin(DEPARTMENT, n)).collect();
    let first = ledger.reserve_uins(DEPARTMENT, "a", vec![minted, numbers[0]]).await.unwrap();
    assert_eq!(first, numbers[..1], "a minted number is taken");
    assert_eq!(ledger.reserve_uins(DEPARTMENT, "a", vec![]).await.unwrap(), first);
    assert_eq!(ledger.reserve_uins(DEPARTMENT, "b", vec![numbers[0]]).await.unwrap(), [], "it is another request's");
    assert_eq!(ledger.reserve_uins(DEPARTMENT, "a", numbers[1..].to_vec()).await.unwrap(), numbers);
    assert_eq!(ledger.reserve_uins(DEPARTMENT, "a", numbers.clone()).await.unwrap(), numbers);
    assert_eq!(ledger.reserve_uins("KMC", "a", vec![]).await.unwrap(), []);
}

/// A cursor reads each once.
pub async fn streams_are_numbered_from_one_without_gaps<L: Ledger + ?Sized>(ledger: &L) {
    for n in 1..=7 {
        let uin = mint(ledger, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
        // Refused and rolled-back work between them leaves no gap.
        send(ledger, vec![altered(&approval(n))]).await;
        ledger.preview(vec![valid(approval(100))]).await.unwrap();
    }
    for (stream, count) in [(DEPARTMENT_STREAM, 21), (BSK_STREAM, 7)] {
        let (mut after, mut numbers) = (0, Vec::new());
        loop {
            let page = ledger.events(stream, after, 4).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.number;
            numbers.extend(page.iter().map(|event| event.number));
        }
        assert_eq!(numbers, (1..=count).collect::<Vec<i64>>(), "{stream}");
    }
    let all = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap();
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "an id is of one event");
}

/// With what is known of the event.
pub async fn a_refusal_is_told_to_the_department_if_it_is_known<L: Ledger + ?Sized>(ledger: &L) {
    let refused = |department: Option<&str>| Checked::Refused {
        department: department.map(Into::into),
        answer: Answer::Refused {
            source: None,
            id: Some("7".into()),
            refusal: Refusal::new(Code::BadText, "/data/name"),
        },
    };
    let id = receive(ledger).await;
    ledger.commit_intake(vec![(id, Intake::Events(vec![refused(None), refused(Some(DEPARTMENT))]))]).await.unwrap();
    let events = ledger.events(DEPARTMENT_STREAM, 0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    let data = &events[0].data;
    assert_eq!((events[0].word.as_str(), &data["code"]), ("application.refused", &"bad_text".into()));
    assert_eq!((&data["pointer"], &data["event_id"]), (&"/data/name".into(), &"7".into()));
    assert!(data.get("event_source").is_none() && data["reason_bn"].is_string(), "{data}");
}

/// It does not move meanwhile, whatever hints at it.
pub async fn a_parked_item_is_told_stays_and_comes_back_when_replayed<L: Ledger + ?Sized>(ledger: &L) {
    let application = approve(ledger, &[1]).await.remove(0);
    for _ in 0..2 {
        ledger.park(Stage::Mint, vec![failure(application, "no_holder")]).await.unwrap();
    }
    ledger.postpone(Stage::Mint, vec![failure(application, "retry")]).await.unwrap();
    let parked = ledger.parked(0, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].stage, parked[0].item.clone()), (Stage::Mint, application.to_string()));
    assert_eq!((parked[0].code.as_str(), parked[0].attempts), ("no_holder", 1));
    assert_eq!(ledger.parked(parked[0].number, 10).await.unwrap(), []);
    let told = ledger.events(DEPARTMENT_STREAM, 1, 10).await.unwrap();
    assert_eq!(told.len(), 1, "it is told once");
    assert_eq!((told[0].word.as_str(), &told[0].data["stage"]), ("application.parked", &"mint".into()));
    assert_eq!((&told[0].data["application_no"], &told[0].data["code"]), (&"BCW/1".into(), &"no_holder".into()));
    assert_eq!(ledger.sweep(Sweep::Still(-1_000), 10).await.unwrap(), []);
    let record = ledger.application(DEPARTMENT, "BCW/1").await.unwrap().unwrap();
    assert_eq!(record.parked, parked);

    assert!(ledger.replay(parked[0].number, "operator:suite").await.unwrap());
    assert!(!ledger.replay(parked[0].number, "operator:suite").await.unwrap());
    assert_eq!(ledger.parked(0, 10).await.unwrap(), []);
    let acts = ledger.acts(&application.to_string()).await.unwrap();
    assert_eq!((acts.len(), acts[0].1.actor.as_str()), (1, "operator:suite"));
    mint_for(ledger, application, 1).await;
}

/// Not even the sweep finds it.
pub async fn a_discarded_item_is_gone_and_logged<L: Ledger + ?Sized>(ledger: &L) {
    let uin = mint(ledger, 1).await;
    ledger.park(Stage::Sign, vec![failure(uin, "unknown_key")]).await.unwrap();
    assert_eq!(ledger.events(DEPARTMENT_STREAM, 1, 10).await.unwrap()[0].data["application_no"], "BCW/1");
    let number = ledger.parked(0, 10).await.unwrap()[0].number;
    assert!(!ledger.discard(number + 1, "operator:suite", "none such").await.unwrap());
    assert!(ledger.discard(number, "operator:suite", "made by mistake").await.unwrap());
    assert!(!ledger.discard(number, "operator:suite", "again").await.unwrap());
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    assert_eq!(acts.len(), 1);
    assert!(acts[0].1.detail.contains("made by mistake"), "{acts:?}");
    let census = ledger.census().await.unwrap();
    assert_eq!((census.parked, census.discarded), (0, 1));
    assert_eq!(ledger.sweep(Sweep::Still(-1_000), 10).await.unwrap(), []);
}

/// With the code `exhausted` and the last reason.
pub async fn after_twelve_attempts_an_item_is_parked<L: Ledger + ?Sized>(ledger: &L) {
    let uin = mint(ledger, 1).await;
    for attempt in 1..=12 {
        assert_eq!(ledger.parked(0, 10).await.unwrap().len(), 0, "attempt {attempt}");
        ledger.postpone(Stage::Sign, vec![failure(uin, "retry")]).await.unwrap();
        assert_eq!(ledger.sweep(Sweep::Still(-1_000), 10).await.unwrap(), [], "it waits for its time");
    }
    let parked = ledger.parked(0, 10).await.unwrap();
    assert_eq!(
        (parked[0].code.as_str(), parked[0].attempts, parked[0].reason.as_str()),
        ("exhausted", 12, "what failed")
    );
    // Given back, it counts from the beginning.
    ledger.replay(parked[0].number, "operator:suite").await.unwrap();
    ledger.postpone(Stage::Sign, vec![failure(uin, "retry")]).await.unwrap();
    assert_eq!(ledger.parked(0, 10).await.unwrap(), []);
}

/// What is there already stays as it is.
pub async fn keys_assets_notes_and_audit_lines_are_kept<L: Ledger + ?Sized>(ledger: &L) {
    let at = Instant::from_millis(1_785_000_000_000);
    let key = |department: &str| DepartmentKey {
        kid: "kid".into(),
        department: department.into(),
        public: "aa".repeat(32),
        added_at: at,
        withdrawn_at: None,
    };
    ledger.add_department_key(key("BCW")).await.unwrap();
    ledger.add_department_key(key("BCW")).await.unwrap();
    assert_eq!(ledger.add_department_key(key("KMC")).await.unwrap_err().code(), "key_taken");
    assert_eq!(ledger.department_keys().await.unwrap(), [key("BCW")]);

    let user = |department: &str, services: &[&str]| AmqpUser {
        name: "dept-bcw".into(),
        department: department.into(),
        services: services.iter().map(ToString::to_string).collect(),
        offices: vec![],
        added_at: at,
    };
    ledger.add_amqp_user(user("BCW", &[])).await.unwrap();
    ledger.add_amqp_user(user("BCW", &["a", "b"])).await.unwrap();
    assert_eq!(ledger.add_amqp_user(user("KMC", &[])).await.unwrap_err().code(), "key_taken");
    assert_eq!(ledger.amqp_users().await.unwrap(), [user("BCW", &["a", "b"])]);

    let departments = vec!["BCW".into(), "KMC".into()];
    let everywhere = CredentialKey {
        kid: "0011223344556677".into(),
        public: "bb".repeat(32),
        departments: vec![],
        valid_from: at,
        valid_until: None,
    };
    let later = CredentialKey {
        kid: "8899".into(),
        departments,
        valid_from: at.plus_millis(1),
        valid_until: Some(at.plus_millis(2)),
        ..everywhere.clone()
    };
    for key in [&later, &everywhere, &later] {
        ledger.add_credential_key(key.clone()).await.unwrap();
    }
    assert_eq!(ledger.credential_keys().await.unwrap(), [everywhere, later]);

    let seal =
        |id: &str| SealKey { key_id: id.into(), chain: vec![b"abc".to_vec()], algorithm: SealAlgorithm::EcdsaP256 };
    assert_eq!(ledger.seal_key().await.unwrap(), None);
    ledger.add_seal_key(seal("before")).await.unwrap();
    for _ in 0..2 {
        ledger.add_seal_key(seal("first")).await.unwrap();
        ledger.keep_assets(vec![("f00d".into(), b"font".to_vec())]).await.unwrap();
    }
    assert_eq!(ledger.seal_key().await.unwrap(), Some(seal("first")));
    ledger.add_seal_key(seal("before")).await.unwrap();
    assert_eq!(ledger.seal_key().await.unwrap(), Some(seal("before")), "in use again");
    assert_eq!(ledger.seal_certificates().await.unwrap(), [(ABC.to_owned(), b"abc".to_vec())]);
    assert_eq!(ledger.asset("f00d").await.unwrap(), Some(b"font".to_vec()));
    assert_eq!(ledger.asset("beef").await.unwrap(), None);

    assert_eq!(ledger.note("created_by").await.unwrap(), None);
    ledger.set_note("created_by", "bench").await.unwrap();
    ledger.set_note("created_by", "somebody else").await.unwrap();
    assert_eq!(ledger.note("created_by").await.unwrap().as_deref(), Some("bench"));

    let act = |n: u8| Act {
        actor: "operator:local".into(),
        act: "key.add".into(),
        subject: "kid".into(),
        detail: n.to_string(),
    };
    for n in 0..3 {
        ledger.audit(act(n)).await.unwrap();
    }
    let acts: Vec<Act> = ledger.acts("kid").await.unwrap().into_iter().map(|(_, act)| act).collect();
    assert_eq!(acts, [act(0), act(1), act(2)]);
}

/// From the first, or after any of them.
pub async fn certificates_are_exported_in_order_page_by_page<L: Ledger + ?Sized>(ledger: &L) {
    let mut minted = Vec::new();
    for n in [5, 1, 4, 2, 3] {
        minted.push(mint(ledger, n).await);
    }
    let (mut after, mut read) = (None, Vec::new());
    loop {
        let page = ledger.export(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.uin);
        read.extend(page.iter().map(|certificate| certificate.uin));
    }
    assert_eq!(read, minted);
}

/// By department and number, or by number alone.
pub async fn an_application_is_found_with_its_events<L: Ledger + ?Sized>(ledger: &L) {
    let uin = mint(ledger, 1).await;
    let early = InboundEvent { at: approval(1).at.plus_millis(-1_000), ..event(EventKind::Submitted, 1) };
    let foreign = InboundEvent {
        department: "KMC".into(),
        source: "/departments/KMC/workflow".into(),
        ..event(EventKind::Submitted, 1)
    };
    send(ledger, vec![early, foreign]).await;
    let record = ledger.application(DEPARTMENT, "BCW/1").await.unwrap().expect("recorded");
    assert_eq!((record.state, record.uin, record.data), (State::Approved, Some(uin), Some(approval(1).data)));
    assert_eq!((record.service.as_deref(), record.bsk.as_deref()), (Some("caste-certificate"), Some(BSK)));
    let words: Vec<&str> = record.events.iter().map(|(word, ..)| word.as_str()).collect();
    assert_eq!(words, ["application.submitted", "application.approved"], "in the order of their own time");
    let everywhere = ledger.applications_by_number("BCW/1").await.unwrap();
    let departments: Vec<&str> = everywhere.iter().map(|record| record.department.as_str()).collect();
    assert_eq!(departments, ["BCW", "KMC"]);
    assert!(ledger.application(DEPARTMENT, "BCW/2").await.unwrap().is_none());
}

/// Figures of everything there is.
pub async fn a_census_counts_and_a_probe_leaves_nothing<L: Ledger + ?Sized>(ledger: &L) {
    assert!(!ledger.probe().await.unwrap().is_empty());
    assert_eq!(ledger.note("probe").await.unwrap(), None);
    receive(ledger).await;
    let uin = mint(ledger, 1).await;
    issue(ledger, uin).await;
    mint(ledger, 2).await;
    approve(ledger, &[3]).await;
    let census = ledger.census().await.unwrap();
    assert_eq!((census.inbox, census.approved, census.minted, census.issued, census.ready), (1, 3, 2, 1, 0));
    if !census.waiting.is_empty() {
        let one = |stage| (stage, 1);
        assert_eq!(census.waiting.iter().filter(|(_, count)| *count > 0).count(), 4, "{census:?}");
        for stage in [Stage::Intake, Stage::Mint, Stage::Sign, Stage::Notify] {
            assert!(census.waiting.contains(&one(stage)), "{census:?}");
        }
    }
    let before = ledger.kept().await.unwrap();
    // Nothing that a server could pack (xorshift).
    let next = |state: &u64| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    };
    let font = std::iter::successors(Some(1_u64), next).take(100_000).map(|state| (state >> 24) as u8).collect();
    ledger.keep_assets(vec![("cd".repeat(32), font)]).await.unwrap();
    let after = ledger.kept().await.unwrap();
    assert!(after.assets - before.assets >= 100_000, "{before:?} {after:?}");
    // Not by how much the whole has grown: a server tidies up meanwhile, and other tables become smaller.
    assert!(after.bytes > before.bytes, "{before:?} {after:?}");
    assert!(before.bytes > before.assets && after.bytes > after.assets, "{before:?} {after:?}");
}
