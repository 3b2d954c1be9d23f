//! The ledger's promises about accounts. Each function begins with an empty ledger.

use super::sample::person;
use crate::ledger::{Act, Attempt, Ledger, Person};
use mohor_domain::{
    civil::Instant,
    people::{Place, Post},
};

fn rekha() -> Person {
    let bounds = Place { department: Some("BCW".into()), office: Some("SDO-1".into()), ..Place::default() };
    person("rekha", Post::DesignatedOfficer, bounds)
}

fn act(word: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: "rekha".into(), detail: String::new() }
}

async fn acts<L: Ledger + ?Sized>(ledger: &L) -> Vec<String> {
    ledger.acts("rekha").await.unwrap().into_iter().map(|(_, act)| act.act).collect()
}

/// And the line of each act is with it.
pub async fn an_account_is_added_once_reset_and_disabled_for_good<L: Ledger + ?Sized>(ledger: &L) {
    assert!(ledger.person("rekha").await.unwrap().is_none());
    assert!(ledger.add_person(rekha(), act("person.add")).await.unwrap());
    assert!(!ledger.add_person(Person { name: "another".into(), ..rekha() }, act("person.add")).await.unwrap());
    let found = ledger.person("rekha").await.unwrap().expect("added");
    assert_eq!(Person { added_at: Instant::from_millis(0), ..found.clone() }, rekha());
    assert!(found.added_at.millis() > 0);
    assert_eq!(ledger.people().await.unwrap(), [found]);
    assert!(ledger.reset_person("rekha", "$argon2id$new", "KRUGKIDROVUWG2ZA", act("person.reset")).await.unwrap());
    let found = ledger.person("rekha").await.unwrap().expect("there");
    assert_eq!((found.password.as_str(), found.totp.as_str()), ("$argon2id$new", "KRUGKIDROVUWG2ZA"));
    assert!(ledger.disable_person("rekha", act("person.disable")).await.unwrap());
    assert!(!ledger.disable_person("rekha", act("person.disable")).await.unwrap());
    assert!(!ledger.reset_person("rekha", "x", "y", act("person.reset")).await.unwrap());
    assert!(!ledger.add_person(rekha(), act("person.add")).await.unwrap(), "a login is one person, for ever");
    assert!(!ledger.attempted("rekha", Attempt::Right(1)).await.unwrap());
    assert!(ledger.person("rekha").await.unwrap().expect("kept").disabled_at.is_some());
    assert_eq!(acts(ledger).await, ["person.add", "person.reset", "person.disable"]);
}

/// A code is good once, and wrong attempts lock.
pub async fn attempts_are_counted_and_a_code_is_good_once<L: Ledger + ?Sized>(ledger: &L) {
    ledger.add_person(rekha(), act("person.add")).await.unwrap();
    assert!(!ledger.attempted("nobody", Attempt::Right(1)).await.unwrap());
    assert!(ledger.attempted("rekha", Attempt::Right(100)).await.unwrap());
    for again in [100, 99] {
        assert!(
            !ledger.attempted("rekha", Attempt::Right(again)).await.unwrap(),
            "the code {again} was used, or is older"
        );
    }
    assert!(ledger.attempted("rekha", Attempt::Right(101)).await.unwrap());
    assert_eq!(ledger.person("rekha").await.unwrap().expect("there").failures, 0, "to be in clears the count");
    for wrong in 1..=5 {
        assert!(!ledger.attempted("rekha", Attempt::Wrong).await.unwrap());
        let found = ledger.person("rekha").await.unwrap().expect("there");
        assert_eq!((found.failures, found.locked_until.is_some()), (wrong, wrong == 5));
    }
    assert!(!ledger.attempted("rekha", Attempt::Right(102)).await.unwrap(), "locked, also for who knows everything");
    assert_eq!(ledger.person("rekha").await.unwrap().expect("there").failures, 5, "while locked nothing is counted");
    assert_eq!(acts(ledger).await, ["person.add", "person.sign_in", "person.sign_in", "person.lock"]);
    assert!(ledger.reset_person("rekha", "new", "new", act("person.reset")).await.unwrap());
    assert!(ledger.attempted("rekha", Attempt::Right(102)).await.unwrap(), "a reset unlocks");
}

/// Of an enabled account, and with its line.
pub async fn an_address_is_changed_and_taken_away<L: Ledger + ?Sized>(ledger: &L) {
    ledger.add_person(rekha(), act("person.add")).await.unwrap();
    for email in [Some("rekha@example.in"), None] {
        assert!(ledger.set_email("rekha", email, act("person.email")).await.unwrap());
        let found = ledger.person("rekha").await.unwrap().expect("there");
        assert_eq!(found.email.as_deref(), email);
    }
    assert!(!ledger.set_email("nobody", Some("x@example.in"), act("person.email")).await.unwrap());
    assert!(ledger.disable_person("rekha", act("person.disable")).await.unwrap());
    assert!(!ledger.set_email("rekha", Some("x@example.in"), act("person.email")).await.unwrap());
    assert_eq!(acts(ledger).await, ["person.add", "person.email", "person.email", "person.disable"]);
}

/// Until they are over or ended.
pub async fn sessions_are_kept_until_they_are_over<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let until = now.plus_millis(60_000);
    assert_eq!(ledger.session("a").await.unwrap(), None);
    ledger.keep_session("a", "{}", until).await.unwrap();
    ledger.keep_session("a", "{\"person\": 1}", until.plus_millis(1)).await.unwrap();
    ledger.keep_session("over", "{}", now.plus_millis(-1)).await.unwrap();
    assert_eq!(ledger.session("a").await.unwrap(), Some(("{\"person\": 1}".into(), until.plus_millis(1))));
    assert_eq!(ledger.session("over").await.unwrap(), None);
    ledger.end_session("a").await.unwrap();
    assert_eq!(ledger.session("a").await.unwrap(), None);
}
