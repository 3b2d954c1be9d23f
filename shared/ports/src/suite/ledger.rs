//! The ledger's promises along the line from event to notice. Each function begins with an empty ledger.

use super::sample::*;
use crate::{
    ledger::{
        Answers, Checked, Door, Intake, Ledger, Letter, Minted, Minting, NewDelivery, Reply, Sender, SignedRequest,
        Stored, Sweep, ToSign,
    },
    vault::object_name,
};
use mohor_domain::{
    application::State,
    certificate::{Progress, Standing},
    event::{Answer, EventKind, InboundEvent},
    refusal::Code,
};

/// The whole line, and what the world reads of it.
pub async fn an_approval_becomes_a_certificate_with_its_notice<L: Ledger + ?Sized>(ledger: &L) {
    let (answers, approved) = send(ledger, vec![approval(1)]).await;
    assert!(matches!(&answers[..], [Answer::Accepted { duplicate: false, uin: None, .. }]));
    let found = ledger.approved(&approved).await.unwrap().remove(0);
    assert_eq!((found.application_no.as_str(), found.data, found.minted), ("BCW/1", approval(1).data, None));
    assert_eq!(ledger.minted_in_year(DEPARTMENT, 2026).await.unwrap(), 0);
    let uin = mint_for(ledger, approved[0], 1).await;
    assert_eq!(ledger.minted_in_year(DEPARTMENT, 2026).await.unwrap(), 1);
    assert_eq!(ledger.approved(&approved).await.unwrap()[0].minted, Some(uin));
    issue(ledger, uin).await;
    assert_eq!(ledger.certificate(uin).await.unwrap().unwrap().progress, Progress::Stored);
    ledger.commit_notified(&[uin]).await.unwrap();

    let certificate = ledger.certificates(&[uin, super::sample::uin(DEPARTMENT, 99)]).await.unwrap().remove(0);
    assert_eq!(certificate.application, approved[0]);
    assert_eq!((certificate.progress, certificate.standing), (Progress::Notified, Standing::Live));
    assert_eq!(certificate.plan, plan(uin, 1));
    assert_eq!((certificate.credential, certificate.cms), (Some(credential(uin)), Some(cms(uin))));
    assert_eq!((certificate.sha256, certificate.notice), (Some(sha256(uin)), Some(1)));
    assert_eq!((certificate.bsk.as_deref(), certificate.docket_no.as_deref()), (Some(BSK), Some("D1")));
    let times: Vec<&str> = certificate.times.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(times, ["mint", "sign", "seal", "store", "notify"]);
    assert_eq!(ledger.by_document(&sha256(uin)).await.unwrap(), Some(uin));

    assert_eq!(words(ledger, DEPARTMENT_STREAM).await, ["application.accepted", "certificate.issued"]);
    let issued = ledger.events(DEPARTMENT_STREAM, 1, 10).await.unwrap().remove(0);
    assert_eq!((issued.number, issued.subject.as_str()), (2, uin.as_str()));
    assert_eq!(issued.data["application_no"], "BCW/1");
    assert_eq!(issued.data["issued_at"], plan(uin, 1).minted_at.rfc3339());
    assert_eq!(issued.data["object"], object_name(&sha256(uin)));
    let ready = ledger.events(BSK_STREAM, 0, 10).await.unwrap().remove(0);
    assert_eq!((ready.word.as_str(), ready.number), ("certificate.ready", 1));
    assert_eq!((&ready.data["number"], &ready.data["docket_no"]), (&1.into(), &"D1".into()));
    assert_eq!(ready.data["sha256"], sha256(uin));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// By key and by application, in whatever delivery.
pub async fn a_repetition_is_a_duplicate_and_other_contents_conflict<L: Ledger + ?Sized>(ledger: &L) {
    let approved = approve(ledger, &[1]).await;
    let again = InboundEvent { id: "another-key".into(), ..approval(1) };
    let other = InboundEvent { id: "a-third-key".into(), ..altered(&approval(1)) };
    let (answers, due) = send(ledger, vec![approval(1), altered(&approval(1)), again, other]).await;
    assert!(matches!(answers[0], Answer::Accepted { duplicate: true, uin: None, .. }));
    assert_eq!(code(&answers[1]), Some(Code::Conflict));
    assert!(matches!(answers[2], Answer::Accepted { duplicate: true, .. }));
    assert_eq!(code(&answers[3]), Some(Code::Conflict));
    assert!(due.iter().all(|id| *id == approved[0]), "nothing but what is approved and not minted yet: {due:?}");
    let uin = mint_for(ledger, approved[0], 1).await;
    let (answers, _) = send(ledger, vec![approval(1)]).await;
    assert!(matches!(answers[0], Answer::Accepted { duplicate: true, uin: Some(found), .. } if found == uin));
    let duplicates: Vec<bool> = ledger
        .events(DEPARTMENT_STREAM, 0, 10)
        .await
        .unwrap()
        .iter()
        .filter(|event| event.word == "application.accepted")
        .map(|event| event.data["duplicate"] == true)
        .collect();
    assert_eq!(duplicates, [false, true, true, true]);
}

/// As if they had come one by one.
pub async fn events_of_one_batch_see_each_other<L: Ledger + ?Sized>(ledger: &L) {
    let events = vec![event(EventKind::Submitted, 1), approval(1), approval(1), altered(&approval(1)), approval(2)];
    let (answers, approved) = send(ledger, events).await;
    let seen: Vec<Option<Code>> = answers.iter().map(code).collect();
    assert_eq!(seen, [None, None, None, Some(Code::Conflict), None]);
    assert!(matches!(answers[2], Answer::Accepted { duplicate: true, .. }));
    assert_eq!(approved.len(), 2);
    // The same over two deliveries of one commit.
    let (first, second) = (receive(ledger).await, receive(ledger).await);
    let work = |id| (id, Intake::Events(vec![valid(approval(3))]));
    let done = ledger.commit_intake(vec![work(first), work(second)]).await.unwrap();
    assert_eq!((done[0].2.len(), done[1].2.len()), (1, 0));
    assert_eq!(ledger.census().await.unwrap().approved, 3);
}

/// Of approved, rejected and withdrawn.
pub async fn of_approved_and_rejected_the_first_recorded_wins<L: Ledger + ?Sized>(ledger: &L) {
    let (answers, _) = send(ledger, vec![approval(1), event(EventKind::Rejected, 1)]).await;
    assert_eq!(code(&answers[1]), Some(Code::WrongState));
    let (answers, approved) = send(ledger, vec![event(EventKind::Rejected, 2), approval(2)]).await;
    assert_eq!((code(&answers[0]), code(&answers[1])), (None, Some(Code::WrongState)));
    assert_eq!(approved, []);
    let (answers, _) = send(ledger, vec![event(EventKind::Withdrawn, 3), event(EventKind::Rejected, 3)]).await;
    assert_eq!(code(&answers[1]), Some(Code::WrongState));
    let state = |record: Option<crate::ledger::ApplicationRecord>| record.expect("recorded").state;
    assert_eq!(state(ledger.application(DEPARTMENT, "BCW/1").await.unwrap()), State::Approved);
    assert_eq!(state(ledger.application(DEPARTMENT, "BCW/2").await.unwrap()), State::Rejected);
    assert_eq!(state(ledger.application(DEPARTMENT, "BCW/3").await.unwrap()), State::Withdrawn);
}

/// The sender mends the event and sends it under the same id.
pub async fn a_refusal_does_not_use_up_the_key<L: Ledger + ?Sized>(ledger: &L) {
    let wrong = InboundEvent { supersedes: Some(uin(DEPARTMENT, 77)), ..approval(1) };
    let (answers, _) = send(ledger, vec![wrong]).await;
    assert_eq!(code(&answers[0]), Some(Code::UnknownUin));
    let (answers, approved) = send(ledger, vec![approval(1)]).await;
    assert!(matches!(answers[0], Answer::Accepted { duplicate: false, .. }));
    assert_eq!(approved.len(), 1);
}

/// Nobody is told: who sent it is not known.
pub async fn an_unauthorised_delivery_is_answered_and_records_nothing<L: Ledger + ?Sized>(ledger: &L) {
    let request =
        SignedRequest { signature: "a..b".into(), method: "POST".into(), path: "/api/v1/applications".into() };
    let delivery = NewDelivery { door: Door::Http(request), batch: false, body: b"{\"name\":1}".to_vec() };
    let id = ledger.receive(vec![delivery.clone()]).await.unwrap().remove(0);
    assert_eq!(ledger.answer(id).await.unwrap(), Some(Reply { batch: false, answers: None }));
    let found = ledger.deliveries(&[id]).await.unwrap().remove(0);
    assert_eq!((found.delivery, found.answered), (delivery, false));
    let answers = Answers::Unauthorised("the signature does not hold".into());
    let done = ledger.commit_intake(vec![(id, Intake::Unauthorised("the signature does not hold".into()))]).await;
    assert_eq!(done.unwrap(), [(id, answers.clone(), vec![])]);
    assert_eq!(ledger.answer(id).await.unwrap(), Some(Reply { batch: false, answers: Some(answers) }));
    assert_eq!(words(ledger, DEPARTMENT_STREAM).await, Vec::<String>::new());
    assert_eq!(ledger.census().await.unwrap().inbox, 0);
}

/// A second commit of a delivery changes nothing; its body is dropped.
pub async fn a_delivery_keeps_its_first_answer<L: Ledger + ?Sized>(ledger: &L) {
    let id = receive(ledger).await;
    let first = ledger.commit_intake(vec![(id, Intake::Events(vec![valid(approval(1))]))]).await.unwrap();
    let second = ledger.commit_intake(vec![(id, Intake::Unauthorised("no".into()))]).await.unwrap();
    assert_eq!(first[0].1, second[0].1);
    assert_eq!(ledger.answer(id).await.unwrap(), Some(Reply { batch: true, answers: Some(first[0].1.clone()) }));
    let found = ledger.deliveries(&[id]).await.unwrap().remove(0);
    assert_eq!((found.answered, found.delivery.body.len()), (true, 0));
    let other = super::sample::receive(ledger).await;
    assert_eq!(ledger.answer(other).await.unwrap(), Some(Reply { batch: true, answers: None }));
}

/// The answers are those of the events one after another.
pub async fn a_preview_answers_and_records_nothing<L: Ledger + ?Sized>(ledger: &L) {
    let events: Vec<Checked> = [approval(1), approval(1), altered(&approval(1))].into_iter().map(valid).collect();
    for _ in 0..2 {
        let answers = ledger.preview(events.clone()).await.unwrap();
        assert!(matches!(answers[0], Answer::Accepted { duplicate: false, .. }));
        assert!(matches!(answers[1], Answer::Accepted { duplicate: true, .. }));
        assert_eq!(code(&answers[2]), Some(Code::Conflict));
    }
    assert!(ledger.application(DEPARTMENT, "BCW/1").await.unwrap().is_none());
    assert_eq!(words(ledger, DEPARTMENT_STREAM).await, Vec::<String>::new());
    assert_eq!(ledger.census().await.unwrap().approved, 0);
}

/// Whatever is drawn later.
pub async fn an_application_keeps_its_first_number<L: Ledger + ?Sized>(ledger: &L) {
    let application = approve(ledger, &[1]).await.remove(0);
    let first = mint_for(ledger, application, 1).await;
    let again = Minting { application, plan: plan(uin(DEPARTMENT, 2), 2) };
    assert_eq!(ledger.commit_minted(vec![again]).await.unwrap(), [Minted::Before(first)]);
    // Twice in one batch: the first of them.
    let application = approve(ledger, &[3]).await.remove(0);
    let work = [3, 4].map(|n| Minting { application, plan: plan(uin(DEPARTMENT, n), n as u32) }).to_vec();
    let (third, minted) = (uin(DEPARTMENT, 3), ledger.commit_minted(work).await.unwrap());
    assert_eq!(minted, [Minted::New(third), Minted::Before(third)]);
    assert_eq!(ledger.certificates(&[uin(DEPARTMENT, 2), uin(DEPARTMENT, 4)]).await.unwrap().len(), 0);
    assert_eq!(ledger.minted_in_year(DEPARTMENT, 2026).await.unwrap(), 2);
}

/// The others of the batch are minted.
pub async fn a_taken_number_or_place_is_a_collision_of_that_one_only<L: Ledger + ?Sized>(ledger: &L) {
    let first = mint(ledger, 1).await;
    let ids = approve(ledger, &[2, 3, 4]).await;
    let plans = [plan(first, 2), plan(uin(DEPARTMENT, 3), 1), plan(uin(DEPARTMENT, 4), 4)];
    let work = ids.iter().zip(plans).map(|(id, plan)| Minting { application: *id, plan }).collect();
    let fourth = uin(DEPARTMENT, 4);
    assert_eq!(ledger.commit_minted(work).await.unwrap(), [Minted::Collision, Minted::Collision, Minted::New(fourth)]);
    // Drawn again, both are minted.
    assert_eq!(mint_for(ledger, ids[0], 2).await, uin(DEPARTMENT, 2));
    assert_eq!(mint_for(ledger, ids[1], 3).await, uin(DEPARTMENT, 3));
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// Rejected, only submitted, unknown.
pub async fn nothing_is_minted_for_what_is_not_approved<L: Ledger + ?Sized>(ledger: &L) {
    send(ledger, vec![event(EventKind::Submitted, 1), event(EventKind::Rejected, 2)]).await;
    for (n, number) in [(1, "BCW/1"), (2, "BCW/2")] {
        let application = ledger.application(DEPARTMENT, number).await.unwrap().expect("recorded").id;
        assert_eq!(ledger.approved(&[application]).await.unwrap().len(), 0);
        let work = vec![Minting { application, plan: plan(uin(DEPARTMENT, n), n as u32) }];
        assert_eq!(ledger.commit_minted(work).await.unwrap(), [Minted::NotApproved]);
    }
    let unknown = receive(ledger).await;
    let work = vec![Minting { application: unknown, plan: plan(uin(DEPARTMENT, 3), 3) }];
    assert_eq!(ledger.commit_minted(work).await.unwrap(), [Minted::NotApproved]);
    assert_eq!(ledger.census().await.unwrap().minted, 0);
}

/// Signatures of an HSM are another each time: those recorded first are those that anybody ever sees.
pub async fn the_first_signature_and_the_first_seal_count<L: Ledger + ?Sized>(ledger: &L) {
    let uin = mint(ledger, 1).await;
    ledger.commit_signed(vec![(uin, credential(uin))]).await.unwrap();
    ledger.commit_signed(vec![(uin, b"another".to_vec())]).await.unwrap();
    assert_eq!(ledger.commit_sealed(vec![(uin, cms(uin))]).await.unwrap(), [cms(uin)]);
    assert_eq!(ledger.commit_sealed(vec![(uin, b"another".to_vec())]).await.unwrap(), [cms(uin)]);
    ledger.commit_stored(vec![stored(uin)]).await.unwrap();
    ledger.commit_stored(vec![Stored { sha256: "ee".repeat(32), ..stored(uin) }]).await.unwrap();
    let certificate = ledger.certificate(uin).await.unwrap().unwrap();
    assert_eq!(certificate.credential, Some(credential(uin)));
    assert_eq!(certificate.cms, Some(cms(uin)));
    assert_eq!(certificate.sha256, Some(sha256(uin)));
    assert_eq!(ledger.by_document(&"ee".repeat(32)).await.unwrap(), None);
}

/// A live certificate, not before its successor can be read, and by one successor.
pub async fn a_correction_supersedes_once_and_when_its_document_is_recorded<L: Ledger + ?Sized>(ledger: &L) {
    let old = mint(ledger, 1).await;
    let correction = |n| InboundEvent { supersedes: Some(old), ..approval(n) };
    let (answers, _) = send(ledger, vec![correction(2)]).await;
    assert_eq!(code(&answers[0]), Some(Code::UnknownUin), "what is not issued cannot be corrected");
    issue(ledger, old).await;
    let (answers, approved) = send(ledger, vec![correction(2), correction(3)]).await;
    assert_eq!((code(&answers[0]), code(&answers[1])), (None, Some(Code::WrongState)));
    let new = mint_for(ledger, approved[0], 2).await;
    ledger.commit_signed(vec![(new, credential(new))]).await.unwrap();
    ledger.commit_sealed(vec![(new, cms(new))]).await.unwrap();
    assert_eq!(ledger.certificate(old).await.unwrap().unwrap().standing, Standing::Live);
    ledger.commit_stored(vec![stored(new)]).await.unwrap();
    ledger.commit_stored(vec![stored(new)]).await.unwrap();
    assert_eq!(ledger.certificate(old).await.unwrap().unwrap().standing, Standing::Superseded);
    assert_eq!(ledger.certificate(new).await.unwrap().unwrap().standing, Standing::Live);
    let events = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap();
    let superseded: Vec<_> = events.iter().filter(|event| event.word == "certificate.superseded").collect();
    assert_eq!(superseded.len(), 1);
    assert_eq!(superseded[0].subject, old.as_str());
    assert_eq!(superseded[0].data["superseded_by"], new.as_str());
    assert_eq!(superseded[0].data["application_no"], "BCW/1");
    let (answers, _) = send(ledger, vec![correction(4)]).await;
    assert_eq!(code(&answers[0]), Some(Code::WrongState));
}

/// No notice, and nothing left waiting.
pub async fn a_certificate_without_a_centre_and_a_superseded_one_are_only_moved_on<L: Ledger + ?Sized>(ledger: &L) {
    let online = InboundEvent { bsk: None, docket_no: None, ..approval(1) };
    let approved = send(ledger, vec![online]).await.1;
    let first = mint_for(ledger, approved[0], 1).await;
    let old = mint(ledger, 2).await;
    for uin in [first, old] {
        issue(ledger, uin).await;
    }
    let correction = InboundEvent { supersedes: Some(old), ..approval(3) };
    let approved = send(ledger, vec![correction]).await.1;
    let new = mint_for(ledger, approved[0], 3).await;
    issue(ledger, new).await;
    ledger.commit_notified(&[first, old, new]).await.unwrap();
    let notices: Vec<Option<i64>> =
        ledger.certificates(&[first, old, new]).await.unwrap().iter().map(|certificate| certificate.notice).collect();
    assert_eq!(notices, [None, None, Some(1)]);
    let events = ledger.events(BSK_STREAM, 0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(), [new.as_str()]);
    let census = ledger.census().await.unwrap();
    assert_eq!((census.issued, census.ready), (3, 3));
    assert!(census.waiting.iter().all(|(_, count)| *count == 0), "{census:?}");
}

/// I7, as far as the ledger goes.
pub async fn doing_all_work_twice_changes_nothing<L: Ledger + ?Sized>(ledger: &L) {
    let ids = approve(ledger, &[1, 2]).await;
    let uins = [uin(DEPARTMENT, 1), uin(DEPARTMENT, 2)];
    let mut seen = Vec::new();
    for _ in 0..2 {
        let work = |n: usize| Minting { application: ids[n], plan: plan(uins[n], n as u32 + 1) };
        ledger.commit_minted(vec![work(0), work(1)]).await.unwrap();
        ledger.commit_signed(uins.map(|uin| (uin, credential(uin))).to_vec()).await.unwrap();
        ledger.commit_sealed(uins.map(|uin| (uin, cms(uin))).to_vec()).await.unwrap();
        ledger.commit_stored(uins.map(stored).to_vec()).await.unwrap();
        ledger.commit_notified(&uins).await.unwrap();
        let certificates = ledger.export(None, 10).await.unwrap();
        let events = (ledger.events(DEPARTMENT_STREAM, 0, 99).await, ledger.events(BSK_STREAM, 0, 99).await);
        seen.push(format!("{certificates:?} {events:?} {:?}", ledger.census().await));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(ledger.sweep(Sweep::Still(-1_000), 100).await.unwrap(), [], "nothing stands still");
}

/// With what the broker vouched for; a redelivered one that waits is the same row, and an answered one is a new row.
pub async fn a_letter_waits_once_however_often_it_is_delivered<L: Ledger + ?Sized>(ledger: &L) {
    let letter = |redelivered, user: Option<&str>| Letter {
        sender: Sender { user: user.map(str::to_owned), routing_key: "BCW.application.approved".into() },
        body: b"{}".to_vec(),
        redelivered,
    };
    let ids = ledger.receive_letters(vec![letter(false, Some("dept-bcw")), letter(false, None)]).await.unwrap();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ledger.receive_letters(vec![letter(true, Some("dept-bcw"))]).await.unwrap(), ids[..1]);
    assert_eq!(ledger.receive_letters(vec![letter(true, None)]).await.unwrap(), ids[1..]);
    let twice = ledger.receive_letters(vec![letter(false, Some("dept-bcw"))]).await.unwrap();
    assert_ne!(twice, ids[..1], "sent twice it is answered twice");
    let mut found = ledger.deliveries(&ids).await.unwrap();
    found.sort_by_key(|delivery| delivery.id != ids[0]);
    assert_eq!(found[0].delivery.door, Door::Amqp(letter(false, Some("dept-bcw")).sender));
    assert_eq!(
        (&found[1].delivery.door, &found[1].delivery.body[..]),
        (&Door::Amqp(letter(true, None).sender), &b"{}"[..])
    );
    let answered = vec![(ids[0], Intake::Events(vec![valid(approval(1))])), (twice[0], Intake::Events(vec![]))];
    ledger.commit_intake(answered).await.unwrap();
    let again = ledger.receive_letters(vec![letter(true, Some("dept-bcw"))]).await.unwrap();
    assert!(!ids.contains(&again[0]) && again != twice);
    assert_eq!(ledger.census().await.unwrap().inbox, 2);
}

/// And nothing else of the plan.
pub async fn sign_is_given_the_claims_and_their_key<L: Ledger + ?Sized>(ledger: &L) {
    let one = mint(ledger, 1).await;
    let planned = plan(one, 1);
    let wanted = ToSign {
        uin: one,
        progress: Progress::Minted,
        claims: planned.claims,
        credential_kid: planned.credential_kid,
        credential: None,
    };
    assert_eq!(ledger.to_sign(&[one, uin(DEPARTMENT, 9)]).await.unwrap(), std::slice::from_ref(&wanted));
    ledger.commit_signed(vec![(one, credential(one))]).await.unwrap();
    let signed = ToSign { progress: Progress::Signed, credential: Some(credential(one)), ..wanted };
    assert_eq!(ledger.to_sign(&[one]).await.unwrap(), [signed]);
    assert_eq!(ledger.progress(&[uin(DEPARTMENT, 9), one]).await.unwrap(), [(one, Progress::Signed)]);
}
