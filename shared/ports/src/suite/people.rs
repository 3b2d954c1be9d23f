//! The ledger's promises about accounts. Each function begins with an empty ledger.

use super::sample::person;
use crate::ledger::{Act, Admission, Attempt, Ledger, Person, Proof, Vouched};
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
    let logins = ["nobody", "rekha"].map(str::to_owned);
    for people in [ledger.people().await.unwrap(), ledger.accounts(&logins).await.unwrap()] {
        assert_eq!(people, std::slice::from_ref(&found));
    }
    assert_eq!(ledger.accounts(&logins[..1]).await.unwrap(), []);
    let (password, totp) = (Some("$argon2id$new"), "KRUGKIDROVUWG2ZA");
    assert!(ledger.reset_person("rekha", password, totp, act("person.reset")).await.unwrap());
    assert!(!ledger.reset_person("rekha", None, totp, act("person.reset")).await.unwrap(), "it has a password");
    let found = ledger.person("rekha").await.unwrap().expect("there");
    assert_eq!((found.proof.password(), found.totp.as_deref()), (password, Some(totp)));
    assert!(ledger.disable_person("rekha", act("person.disable")).await.unwrap());
    assert!(!ledger.disable_person("rekha", act("person.disable")).await.unwrap());
    assert!(!ledger.reset_person("rekha", Some("x"), "y", act("person.reset")).await.unwrap());
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
        assert!(!ledger.attempted("rekha", Attempt::WrongCode).await.unwrap());
        let found = ledger.person("rekha").await.unwrap().expect("there");
        assert_eq!((found.failures, found.locked_until.is_some()), (wrong, wrong == 5));
    }
    assert!(!ledger.attempted("rekha", Attempt::Right(102)).await.unwrap(), "locked, also for who knows everything");
    assert_eq!(ledger.person("rekha").await.unwrap().expect("there").failures, 5, "while locked nothing is counted");
    assert_eq!(acts(ledger).await, ["person.add", "person.sign_in", "person.sign_in", "person.lock"]);
    assert!(ledger.unlock_person("rekha", act("person.unlock")).await.unwrap());
    assert_eq!(ledger.person("rekha").await.unwrap().expect("there").failures, 0);
    assert!(ledger.attempted("rekha", Attempt::Right(102)).await.unwrap(), "with what opened it before");
    for _ in 0..5 {
        assert!(!ledger.attempted("rekha", Attempt::WrongCode).await.unwrap());
    }
    assert!(ledger.reset_person("rekha", Some("new"), "new", act("person.reset")).await.unwrap());
    assert!(ledger.attempted("rekha", Attempt::Right(102)).await.unwrap(), "a reset unlocks");
    assert!(!ledger.unlock_person("nobody", act("person.unlock")).await.unwrap());
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
    ledger.open_session("a", "{}", until).await.unwrap();
    assert!(ledger.keep_session("a", "{\"person\": 1}", until.plus_millis(1)).await.unwrap());
    ledger.open_session("a", "{}", until).await.unwrap();
    ledger.open_session("over", "{}", now.plus_millis(-1)).await.unwrap();
    assert_eq!(ledger.session("a").await.unwrap(), Some(("{\"person\": 1}".into(), until.plus_millis(1))));
    assert_eq!(ledger.session("over").await.unwrap(), None);
    let keys = ["over", "a", "unknown"].map(str::to_owned);
    assert_eq!(ledger.kept_sessions(&keys).await.unwrap(), ["a"]);
    ledger.end_session("a").await.unwrap();
    for ended in ["a", "over", "never"] {
        assert!(!ledger.keep_session(ended, "{}", until).await.unwrap(), "{ended}: what is over stays over");
    }
    assert_eq!(ledger.kept_sessions(&keys).await.unwrap(), [] as [String; 0]);
    assert_eq!(ledger.session("a").await.unwrap(), None);
}

/// One of those who ask at once is given it.
pub async fn what_is_taken_is_gone<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    ledger.open_session("a", "{}", now.plus_millis(60_000)).await.unwrap();
    assert_eq!(ledger.take_session("a").await.unwrap().as_deref(), Some("{}"));
    assert_eq!(ledger.take_session("a").await.unwrap(), None);
    assert_eq!(ledger.session("a").await.unwrap(), None);
    ledger.open_session("over", "{}", now.plus_millis(-1)).await.unwrap();
    assert_eq!(ledger.take_session("over").await.unwrap(), None);
}

fn vouched(login: &str, subject: &str) -> Vouched {
    let bounds = Place { department: Some("BCW".into()), ..Place::default() };
    let (login, name) = (login.to_owned(), "Name at the provider".to_owned());
    Vouched { login, name, subject: subject.into(), post: Post::Supervisor, bounds, step: None, provision: false }
}

async fn admitted<L: Ledger + ?Sized>(ledger: &L, who: Vouched) -> Person {
    match ledger.admit(who).await.unwrap() {
        Admission::In(person) => *person,
        other => panic!("not in: {other:?}"),
    }
}

/// And is nobody else's there, whatever the provider calls it later.
pub async fn a_provider_opens_its_own_accounts_alone<L: Ledger + ?Sized>(ledger: &L) {
    ledger.add_person(rekha(), act("person.add")).await.unwrap();
    assert_eq!(ledger.admit(vouched("rekha", "s1")).await.unwrap(), Admission::Password);
    assert_eq!(ledger.admit(vouched("anita", "s1")).await.unwrap(), Admission::Unknown);
    let anita = person("anita", Post::Supervisor, vouched("anita", "").bounds);
    ledger.add_person(Person { proof: Proof::Provider(None), ..anita }, act("person.add")).await.unwrap();
    let found = admitted(ledger, vouched("anita", "s1")).await;
    assert_eq!((found.proof.subject(), found.name.as_str()), (Some("s1"), "Name of anita"));
    assert_eq!(ledger.person("anita").await.unwrap(), Some(found));
    assert_eq!(ledger.admit(vouched("anita", "s2")).await.unwrap(), Admission::Another, "a login given to another");
    let mita = person("mita", Post::Supervisor, Place::default());
    ledger.add_person(Person { proof: Proof::Provider(None), ..mita }, act("person.add")).await.unwrap();
    let renamed = Vouched { provision: true, ..vouched("mita", "s1") };
    assert_eq!(ledger.admit(renamed).await.unwrap(), Admission::Another, "one is one account");
    let renamed = Vouched { provision: true, ..vouched("new.name", "s1") };
    assert_eq!(ledger.admit(renamed).await.unwrap(), Admission::Another, "also by a name that is free");
    assert_eq!(ledger.person("new.name").await.unwrap(), None);

    // A provider that was replaced knows everybody by another subject: a reset binds anew.
    assert!(!ledger.reset_person("anita", Some("$argon2id$x"), "y", act("person.reset")).await.unwrap());
    assert!(ledger.reset_person("anita", None, "KRUGKIDROVUWG2ZA", act("person.reset")).await.unwrap());
    assert_eq!(admitted(ledger, vouched("anita", "s2")).await.totp.as_deref(), Some("KRUGKIDROVUWG2ZA"));
    ledger.disable_person("anita", act("person.disable")).await.unwrap();
    assert_eq!(ledger.admit(vouched("anita", "s2")).await.unwrap(), Admission::Closed);
}

/// Each with its audit line, in the same transaction.
pub async fn post_and_bounds_follow_the_provider<L: Ledger + ?Sized>(ledger: &L) {
    let who = Vouched { provision: true, ..vouched("rekha", "s1") };
    let made = admitted(ledger, who.clone()).await;
    assert_eq!((made.proof.subject(), made.totp.as_ref(), made.name.as_str()), (Some("s1"), None, who.name.as_str()));
    assert_eq!(admitted(ledger, who.clone()).await, made, "once");
    let state = Vouched { post: Post::Auditor, bounds: Place::default(), ..who.clone() };
    let moved = admitted(ledger, state).await;
    assert_eq!((moved.post, &moved.bounds), (Post::Auditor, &Place::default()));
    assert_eq!(ledger.person("rekha").await.unwrap(), Some(moved));
    let lines = ["person.add", "person.sign_in", "person.sign_in", "person.move", "person.sign_in"];
    assert_eq!(acts(ledger).await, lines);
    // The own code, where the provider asks for none: good once, and wrong ones lock.
    assert!(ledger.reset_person("rekha", None, "KRUGKIDROVUWG2ZA", act("person.reset")).await.unwrap());
    let coded = |step| Vouched { step: Some(step), ..who.clone() };
    assert_eq!(admitted(ledger, coded(100)).await.last_step, 100);
    assert_eq!(ledger.admit(coded(100)).await.unwrap(), Admission::Used);
    assert_eq!(admitted(ledger, who.clone()).await.last_step, 100);
    for _ in 0..5 {
        assert!(!ledger.attempted("rekha", Attempt::WrongCode).await.unwrap());
    }
    assert_eq!(ledger.admit(coded(101)).await.unwrap(), Admission::Closed);
    assert_eq!(ledger.admit(who).await.unwrap(), Admission::Closed, "locked is locked");
}
