//! The ledger's promises about webhooks. Each function begins with an empty ledger.

use super::sample::{self, BSK_STREAM, DEPARTMENT, DEPARTMENT_STREAM, approve, issue, mint};
use crate::ledger::{
    Act, Became, Claim, EndpointOver, Ledger, NewWebhook, Sent, Settled, WEBHOOK_EVENTS, WEBHOOK_LEASE, Webhook,
    WebhookAdded, WebhookCensus,
};
use mohor_domain::{
    civil::Instant,
    id::Id,
    people::{Place, Post},
    webhook::{ENDPOINTS, Secret, State},
};

/// A secret of the suite's.
pub fn secret(n: u8) -> Secret {
    Secret::read(&format!("whsec_{}", "ABCD".repeat(usize::from(n)))).unwrap()
}

/// An endpoint of the department.
pub fn endpoint(url: &str, words: &[&str]) -> NewWebhook {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    NewWebhook { stream: DEPARTMENT_STREAM.into(), url: url.into(), words, secret: secret(8) }
}

/// An audit line without a subject yet.
pub fn act(word: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: String::new(), detail: String::new() }
}

async fn add<L: Ledger + ?Sized>(ledger: &L, new: NewWebhook) -> Id {
    match ledger.add_webhook(new, act("webhook.add")).await.unwrap() {
        WebhookAdded::New(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn claim<L: Ledger + ?Sized>(ledger: &L) -> Vec<Claim> {
    ledger.claim_webhooks(10, WEBHOOK_LEASE).await.unwrap()
}

async fn one<L: Ledger + ?Sized>(ledger: &L, id: Id) -> Webhook {
    ledger.webhooks().await.unwrap().into_iter().find(|it| it.id == id).unwrap()
}

/// What became of the first event of a claim.
pub fn settled(claim: &Claim, outcome: &str, became: Became) -> Settled {
    let (event, attempt) = (claim.events[0].number, claim.attempts + 1);
    let (id, lease, place) = (claim.id, claim.lease, claim.place);
    Settled { id, lease, place, event, attempt, outcome: outcome.into(), became }
}

fn taken(claim: &Claim) -> Settled {
    settled(claim, "200", Became::Taken { place: claim.events[0].number, last: true })
}

async fn acts<L: Ledger + ?Sized>(ledger: &L, id: Id) -> Vec<String> {
    ledger.acts(&id.to_string()).await.unwrap().into_iter().map(|(_, act)| act.act).collect()
}

/// From now on, without a gap, a window at a time.
pub async fn an_endpoint_is_told_in_order_of_what_comes_after_it<L: Ledger + ?Sized>(ledger: &L) {
    approve(ledger, &[1, 2]).await;
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    assert_eq!(claim(ledger).await, [], "what was before is not told");
    let more: Vec<u64> = (3..=2 + u64::from(WEBHOOK_EVENTS) + 2).collect();
    approve(ledger, &more).await;
    let expected = ledger.events(DEPARTMENT_STREAM, 2, 100).await.unwrap();
    let mut told = Vec::new();
    while let Some(mut held) = claim(ledger).await.pop() {
        assert_eq!((held.id, held.url.as_str(), held.secrets.as_slice()), (id, "https://a.example/", &[secret(8)][..]));
        assert!(held.events.len() <= WEBHOOK_EVENTS as usize);
        while !held.events.is_empty() {
            let (number, last) = (held.events[0].number, held.events.len() == 1);
            let became = Became::Taken { place: if last { held.through } else { number }, last };
            let goes_on = ledger.settle_webhook(settled(&held, "204", became)).await.unwrap();
            assert_eq!(goes_on.is_some(), !last);
            held.place = number;
            told.push(held.events.remove(0));
        }
    }
    assert_eq!(told, expected);
    let there = one(ledger, id).await;
    assert_eq!((there.behind, there.standing.place), (0, 2 + more.len() as i64));
    let log = ledger.webhook_log(id, 3).await.unwrap();
    let log: Vec<_> = log.iter().map(|it| (it.event, it.attempt, it.outcome.as_str())).collect();
    let last = 2 + more.len() as i64;
    assert_eq!(log, [(last, 1, "204"), (last - 1, 1, "204"), (last - 2, 1, "204")]);
}

/// A hand that dies loses it; a hand that is late changes nothing.
pub async fn an_endpoint_is_in_one_hand_at_a_time<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    let other = add(ledger, endpoint("https://b.example/", &[])).await;
    approve(ledger, &[1]).await;
    let first = ledger.claim_webhooks(1, WEBHOOK_LEASE).await.unwrap();
    let second = claim(ledger).await;
    let mut both = [first[0].id, second[0].id];
    both.sort();
    assert_eq!((first.len(), second.len(), both), (1, 1, [id, other]), "each in one hand");
    assert_eq!(claim(ledger).await, []);
    for held in [&first[0], &second[0]] {
        ledger.settle_webhook(settled(held, "-", Became::Dropped)).await.unwrap();
    }
    // Whose lease is over has died, or comes late.
    let late = ledger.claim_webhooks(1, 0).await.unwrap().remove(0);
    let now = claim(ledger).await.into_iter().find(|held| held.id == late.id).unwrap();
    assert!(now.lease > late.lease && now.events == late.events, "the same event, by the same id");
    assert_eq!(ledger.settle_webhook(taken(&late)).await.unwrap(), None);
    assert_eq!(one(ledger, late.id).await.standing.place, 0, "it has lost it");
    assert_eq!(ledger.webhook_log(late.id, 9).await.unwrap(), []);
    ledger.settle_webhook(taken(&now)).await.unwrap();
    assert_eq!(one(ledger, late.id).await.standing.place, 1);
}

/// A process that does not know whether its commit was kept says it again.
pub async fn what_is_settled_twice_is_settled_once<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    approve(ledger, &[1, 2]).await;
    let held = claim(ledger).await.remove(0);
    let failed = settled(&held, "500", Became::Failed { wait: 0 });
    for _ in 0..2 {
        assert_eq!(ledger.settle_webhook(failed.clone()).await.unwrap(), None);
    }
    assert_eq!(one(ledger, id).await.standing.attempts, 1);
    let held = claim(ledger).await.remove(0);
    let first = settled(&held, "200", Became::Taken { place: 1, last: false });
    assert!(ledger.settle_webhook(first.clone()).await.unwrap().is_some());
    assert_eq!(ledger.settle_webhook(first).await.unwrap(), None);
    assert_eq!(ledger.webhook_log(id, 9).await.unwrap().len(), 2);
    assert_eq!(one(ledger, id).await.standing.place, 1);
}

/// The event at the head comes again, by itself and with its attempts counted.
pub async fn a_failure_waits_and_a_success_forgets_it<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    approve(ledger, &[1]).await;
    let held = claim(ledger).await.remove(0);
    ledger.settle_webhook(settled(&held, "500", Became::Failed { wait: 3_600_000 })).await.unwrap();
    assert_eq!(claim(ledger).await, [], "not before its time");
    let standing = one(ledger, id).await.standing;
    assert_eq!((standing.attempts, standing.failing_since.is_some()), (1, true));
    let census = ledger.webhook_census().await.unwrap();
    assert_eq!((census.active, census.failing, census.behind), (1, 1, 1));
    assert!(ledger.resume_webhook(id, act("webhook.resume")).await.unwrap(), "a person does not wait");
    let held = claim(ledger).await.remove(0);
    ledger.settle_webhook(settled(&held, "too_slow", Became::Failed { wait: 0 })).await.unwrap();
    let held = claim(ledger).await.remove(0);
    assert_eq!(held.attempts, 1);
    ledger.settle_webhook(taken(&held)).await.unwrap();
    let standing = one(ledger, id).await.standing;
    assert_eq!((standing.attempts, standing.failing_since, standing.place), (0, None, 1));
    assert_eq!(ledger.webhook_census().await.unwrap(), WebhookCensus { active: 1, ..WebhookCensus::default() });
}

/// The place passes over the others by itself.
pub async fn an_endpoint_chooses_its_words<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &["certificate.issued", "certificate.delivered"])).await;
    approve(ledger, &[8, 9]).await;
    assert_eq!(claim(ledger).await, []);
    assert_eq!(one(ledger, id).await.behind, 0, "nothing that it wants");
    let uin = mint(ledger, 1).await;
    issue(ledger, uin).await;
    let held = claim(ledger).await.remove(0);
    let words: Vec<&str> = held.events.iter().map(|event| event.word.as_str()).collect();
    assert_eq!(words, ["certificate.issued"]);
    let last = ledger.events(DEPARTMENT_STREAM, 0, 100).await.unwrap().len() as i64;
    assert_eq!(held.through, last);
    // A centre's notices are another stream.
    let centre = NewWebhook { stream: BSK_STREAM.into(), ..endpoint("https://a.example/", &[]) };
    let centre = add(ledger, centre).await;
    ledger.commit_notified(&[uin]).await.unwrap();
    let held = claim(ledger).await;
    assert_eq!((held.len(), held[0].id, held[0].events[0].word.as_str()), (1, centre, "certificate.ready"));
}

/// By time, never forward, and whoever has it in hand does not undo that.
pub async fn a_place_that_is_put_back_stays_back<L: Ledger + ?Sized>(ledger: &L) {
    approve(ledger, &[1, 2]).await;
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    let far = ledger.now().await.unwrap().plus_millis(3_600_000);
    assert_eq!(ledger.replay_webhook(id, far, act("webhook.replay")).await.unwrap(), Some(0), "never forward");
    let long_ago = Instant::from_millis(0);
    assert_eq!(ledger.replay_webhook(id, long_ago, act("webhook.replay")).await.unwrap(), Some(2));
    let mut held = claim(ledger).await.remove(0);
    assert_eq!(held.events.iter().map(|event| event.number).collect::<Vec<_>>(), [1, 2]);
    let first = settled(&held, "200", Became::Taken { place: 1, last: false });
    assert!(ledger.settle_webhook(first).await.unwrap().is_some());
    assert_eq!(ledger.replay_webhook(id, long_ago, act("webhook.replay")).await.unwrap(), Some(2));
    held.place = 1;
    held.events.remove(0);
    assert_eq!(ledger.settle_webhook(taken(&held)).await.unwrap(), None);
    assert_eq!(one(ledger, id).await.standing.place, 0);
    assert_eq!(acts(ledger, id).await, ["webhook.add", "webhook.replay", "webhook.replay", "webhook.replay"]);
    let nobody = sample::receive(ledger).await;
    assert_eq!(ledger.replay_webhook(nobody, long_ago, act("webhook.replay")).await.unwrap(), None);
}

/// Nothing is lost: its place stays.
pub async fn an_endpoint_that_is_over_waits_for_a_person<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    approve(ledger, &[1]).await;
    let held = claim(ledger).await.remove(0);
    ledger.settle_webhook(settled(&held, "410", Became::Over { reason: "gone" })).await.unwrap();
    let standing = one(ledger, id).await.standing;
    assert_eq!((standing.state, standing.reason.as_str(), standing.place), (State::Disabled, "gone", 0));
    assert_eq!(claim(ledger).await, []);
    assert!(!ledger.pause_webhook(id, act("webhook.pause")).await.unwrap(), "it is not told anyhow");
    assert!(ledger.resume_webhook(id, act("webhook.resume")).await.unwrap());
    assert!(!ledger.resume_webhook(id, act("webhook.resume")).await.unwrap(), "there is nothing to resume");
    let held = claim(ledger).await.remove(0);
    assert_eq!((held.attempts, held.events[0].number), (0, 1));
    // Paused while it is in hand: what was taken counts, and the hand lets go.
    approve(ledger, &[2]).await;
    assert!(ledger.pause_webhook(id, act("webhook.pause")).await.unwrap());
    let first = settled(&held, "200", Became::Taken { place: 1, last: false });
    assert_eq!(ledger.settle_webhook(first).await.unwrap(), None);
    assert_eq!(claim(ledger).await, []);
    let there = one(ledger, id).await;
    assert_eq!((there.standing.state, there.standing.place, there.behind), (State::Paused, 1, 1));
    let census = ledger.webhook_census().await.unwrap();
    assert_eq!((census.active, census.paused, census.disabled), (0, 1, 0));
    let acts = acts(ledger, id).await;
    assert_eq!(acts, ["webhook.add", "webhook.disable", "webhook.resume", "webhook.pause"]);
}

/// Once, and in the transaction that disables it: those who look after it and have an address; else it is counted.
pub async fn an_endpoint_that_is_over_is_told_to_those_who_look_after_it<L: Ledger + ?Sized>(ledger: &L) {
    let of = |department: &str| Place { department: Some(department.into()), ..Place::default() };
    for (login, post, bounds, email) in [
        ("anita", Post::Integrator, of(DEPARTMENT), Some("anita@example.in")),
        ("binod", Post::Integrator, of(DEPARTMENT), Some("binod@example.in")),
        ("silent", Post::Integrator, of(DEPARTMENT), None),
        ("left", Post::Integrator, of(DEPARTMENT), Some("left@example.in")),
        ("other", Post::Integrator, of("LRR"), Some("other@example.in")),
        ("state", Post::Supervisor, of(DEPARTMENT), Some("state@example.in")),
    ] {
        super::mails::add(ledger, login, post, bounds, email).await;
    }
    assert!(ledger.disable_person("left", act("person.disable")).await.unwrap());
    let id = add(ledger, endpoint("https://hooks.example/secret?token=secret", &[])).await;
    approve(ledger, &[1]).await;
    let held = claim(ledger).await.remove(0);
    let over = settled(&held, "410", Became::Over { reason: "gone" });
    ledger.settle_webhook(over.clone()).await.unwrap();
    ledger.settle_webhook(over).await.unwrap();
    assert_eq!(ledger.mail_census().await.unwrap().waiting, 2);
    let mut mailings = ledger.take_mailings(10).await.unwrap();
    mailings.sort_by(|a, b| a.login.cmp(&b.login));
    let logins: Vec<&str> = mailings.iter().map(|mailing| mailing.login.as_str()).collect();
    assert_eq!(logins, ["anita", "binod"]);
    let told = EndpointOver {
        webhook: id,
        stream: DEPARTMENT_STREAM.into(),
        host: "hooks.example".into(),
        reason: "gone".into(),
    };
    for mailing in &mailings {
        assert_eq!((mailing.over.as_ref(), mailing.lines.len(), mailing.attempts), (Some(&told), 0, 1));
        ledger.settle_mailing(mailing.id, Sent::Taken, "").await.unwrap();
    }
    let census = ledger.mail_census().await.unwrap();
    assert_eq!((census.waiting, census.untold), (0, 0));
    // A centre's is looked after by whoever administers the house; there is nobody yet.
    let centre = NewWebhook { stream: BSK_STREAM.into(), ..endpoint("https://b.example/", &[]) };
    let id = add(ledger, centre).await;
    let over = async |n: u64, untold: u64| {
        let uin = mint(ledger, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
        let held = claim(ledger).await.remove(0);
        ledger.settle_webhook(settled(&held, "500", Became::Over { reason: "failing" })).await.unwrap();
        assert_eq!(ledger.mail_census().await.unwrap().untold, untold);
    };
    over(2, 1).await;
    assert_eq!(ledger.take_mailings(10).await.unwrap(), []);
    assert!(ledger.resume_webhook(id, act("webhook.resume")).await.unwrap());
    assert_eq!(ledger.mail_census().await.unwrap().untold, 0, "it is told again");
    super::mails::add(ledger, "admin", Post::Administrator, Place::default(), Some("admin@example.in")).await;
    over(3, 0).await;
    let mailing = ledger.take_mailings(10).await.unwrap().remove(0);
    let told = mailing.over.expect("an endpoint");
    assert_eq!((mailing.login.as_str(), told.webhook, told.reason.as_str()), ("admin", id, "failing"));
}

/// Two sign until the overlap is over; then one does.
pub async fn a_secret_is_changed_with_an_overlap<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &[])).await;
    approve(ledger, &[1]).await;
    let until = ledger.rotate_webhook(id, secret(9), 3_600_000, act("webhook.rotate")).await.unwrap();
    assert_eq!(one(ledger, id).await.overlap_until, until);
    let held = claim(ledger).await.remove(0);
    assert_eq!(held.secrets, [secret(9), secret(8)]);
    ledger.settle_webhook(settled(&held, "-", Became::Dropped)).await.unwrap();
    assert!(ledger.rotate_webhook(id, secret(10), 0, act("webhook.rotate")).await.unwrap().is_some());
    let held = claim(ledger).await.remove(0);
    assert_eq!(held.secrets, [secret(10)]);
    let nobody = sample::receive(ledger).await;
    assert_eq!(ledger.rotate_webhook(nobody, secret(9), 0, act("webhook.rotate")).await.unwrap(), None);
    assert_eq!(acts(ledger, id).await, ["webhook.add", "webhook.rotate", "webhook.rotate"]);
}

/// One URL once for a stream, and so many.
pub async fn an_endpoint_is_added_once_and_removed_with_its_secrets<L: Ledger + ?Sized>(ledger: &L) {
    let id = add(ledger, endpoint("https://a.example/", &["sla.met"])).await;
    let again = ledger.add_webhook(endpoint("https://a.example/", &[]), act("webhook.add")).await.unwrap();
    assert_eq!(again, WebhookAdded::Before(id));
    assert_eq!(one(ledger, id).await.words, ["sla.met"], "it stays as it is");
    for n in 2..=ENDPOINTS {
        add(ledger, endpoint(&format!("https://{n}.example/"), &[])).await;
    }
    let more = ledger.add_webhook(endpoint("https://more.example/", &[]), act("webhook.add")).await.unwrap();
    assert_eq!(more, WebhookAdded::Full);
    approve(ledger, &[1]).await;
    let held = claim(ledger).await;
    let first = held.iter().find(|it| it.id != id).unwrap();
    assert!(ledger.remove_webhook(first.id, act("webhook.remove")).await.unwrap());
    assert!(!ledger.remove_webhook(first.id, act("webhook.remove")).await.unwrap());
    assert_eq!(ledger.settle_webhook(taken(first)).await.unwrap(), None, "removed while it was in hand");
    assert_eq!(ledger.webhooks().await.unwrap().len(), ENDPOINTS as usize - 1);
    assert_eq!(acts(ledger, id).await, ["webhook.add"]);
    assert_eq!(acts(ledger, first.id).await, ["webhook.add", "webhook.remove"]);
}
