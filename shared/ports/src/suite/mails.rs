//! The ledger's promises about what is told by mail. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, fire_all, said},
    sample::*,
};
use crate::ledger::{Act, Ledger, MAILING_LEASE, MailCensus, Mailing, Person, Sent};
use mohor_domain::{
    event::EventKind,
    ladder::Rung,
    people::{Place, Post},
};
use serde_json::json;

pub(super) async fn add<L: Ledger + ?Sized>(ledger: &L, login: &str, post: Post, bounds: Place, email: Option<&str>) {
    let person = Person { email: email.map(str::to_owned), ..person(login, post, bounds) };
    assert!(ledger.add_person(person, act("person.add", login)).await.unwrap());
}

fn act(word: &str, login: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: login.into(), detail: String::new() }
}

pub(super) fn office(department: &str, office: &str) -> Place {
    Place { department: Some(department.into()), office: Some(office.into()), ..Place::default() }
}

/// The office's officers, supervisors of the State, of the department and of another district, and some who are not told.
async fn people<L: Ledger + ?Sized>(ledger: &L) {
    let district = |code: &str| Place { district: Some(code.into()), ..Place::default() };
    add(ledger, "officer", Post::DesignatedOfficer, office("BCW", "SDO-1"), Some("officer@example.in")).await;
    add(ledger, "appellate", Post::AppellateOfficer, office("BCW", "SDO-1"), Some("appellate@example.in")).await;
    add(ledger, "elsewhere", Post::DesignatedOfficer, office("BCW", "SDO-2"), Some("elsewhere@example.in")).await;
    add(ledger, "state", Post::Supervisor, Place::default(), Some("state@example.in")).await;
    add(ledger, "kolkata", Post::Supervisor, district("KOL"), Some("kolkata@example.in")).await;
    add(ledger, "silent", Post::Supervisor, district("COB"), None).await;
    add(ledger, "gone", Post::Supervisor, district("COB"), Some("gone@example.in")).await;
    assert!(ledger.disable_person("gone", act("person.disable", "gone")).await.unwrap());
    add(ledger, "auditor", Post::Auditor, Place::default(), Some("auditor@example.in")).await;
}

async fn late<L: Ledger + ?Sized>(ledger: &L, numbers: std::ops::RangeInclusive<u64>) {
    let now = ledger.now().await.unwrap();
    for n in numbers {
        let at = now.plus_millis(-90 * DAY);
        send(ledger, vec![said(EventKind::Submitted, n, at, json!({"office": "SDO-1"}))]).await;
    }
    fire_all(ledger).await;
}

fn told(mailings: &[Mailing]) -> Vec<(&str, Vec<&str>)> {
    let mut told: Vec<_> = mailings
        .iter()
        .map(|mailing| {
            (mailing.login.as_str(), mailing.lines.iter().map(|line| line.application_no.as_str()).collect())
        })
        .collect();
    told.sort();
    told
}

/// Those whose bounds it lies in, and of their post; what is not urgent waits until offices open.
pub async fn a_breach_is_told_at_once_to_those_whose_it_is<L: Ledger + ?Sized>(ledger: &L) {
    people(ledger).await;
    late(ledger, 1..=2).await;
    let mailings = ledger.take_mailings(10).await.unwrap();
    let both = vec!["BCW/1", "BCW/2"];
    assert_eq!(told(&mailings), [("officer", both.clone()), ("state", both)]);
    assert!(mailings.iter().all(|mailing| mailing.lines.iter().all(|line| line.rung == Rung::Breached)));
    let officer = mailings.iter().find(|mailing| mailing.login == "officer").expect("told");
    assert_eq!((officer.email.as_deref(), officer.name.as_str()), (Some("officer@example.in"), "Name of officer"));
    assert_eq!((officer.lines[0].department.as_str(), officer.lines[0].due_on.is_some()), ("BCW", true));
    fire_all(ledger).await;
    assert_eq!(ledger.take_mailings(10).await.unwrap(), [], "a mailing is in one hand at a time");
    for mailing in &mailings {
        ledger.settle_mailing(mailing.id, Sent::Taken, "").await.unwrap();
    }
    assert_eq!(ledger.mail_census().await.unwrap(), MailCensus::default(), "the rest waits for the morning");
    late(ledger, 3..=3).await;
    assert_eq!(told(&ledger.take_mailings(10).await.unwrap()), [("officer", vec!["BCW/3"]), ("state", vec!["BCW/3"])]);
}

/// The same mailing, until it is settled.
pub async fn a_mailing_comes_again_as_it_was<L: Ledger + ?Sized>(ledger: &L) {
    people(ledger).await;
    late(ledger, 1..=1).await;
    let now = ledger.now().await.unwrap();
    let mailings = ledger.take_mailings(1).await.unwrap();
    assert_eq!((mailings.len(), mailings[0].attempts), (1, 1));
    let first = mailings[0].clone();
    late(ledger, 2..=2).await;
    // The server was away: no attempt is used up, and no line comes to what was fixed.
    let away = Sent::Later { at: now.plus_millis(-1), counts: false };
    ledger.settle_mailing(first.id, away, "outage").await.unwrap();
    assert_eq!(ledger.take_mailings(1).await.unwrap(), std::slice::from_ref(&first));
    ledger.settle_mailing(first.id, Sent::Later { at: now.plus_millis(-1), counts: true }, "retry").await.unwrap();
    let second = ledger.take_mailings(1).await.unwrap().remove(0);
    assert_eq!(second, Mailing { attempts: 2, ..first.clone() });
    let later = Sent::Later { at: now.plus_millis(10 * MAILING_LEASE), counts: true };
    ledger.settle_mailing(first.id, later, "retry").await.unwrap();
    let others = ledger.take_mailings(10).await.unwrap();
    assert!(!others.is_empty() && others.iter().all(|mailing| mailing.id != first.id), "{others:?}");
    let census = ledger.mail_census().await.unwrap();
    assert_eq!((census.waiting, census.failed), (1 + others.len() as u64, 0));
    ledger.settle_mailing(first.id, Sent::GivenUp, "mail_refused").await.unwrap();
    ledger.settle_mailing(first.id, Sent::Taken, "").await.unwrap();
    let census = ledger.mail_census().await.unwrap();
    assert_eq!((census.waiting, census.failed), (others.len() as u64, 1), "what is settled stays");
}
