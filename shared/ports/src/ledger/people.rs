//! Accounts.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    people::{Place, Post},
};

/// An account. Whoever holds one of these holds its secrets: it is never logged and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// What is keyed in to sign in.
    pub login: String,
    /// The name on pages.
    pub name: String,
    /// What the person is to the system.
    pub post: Post,
    /// The bounds of the post.
    pub bounds: Place,
    /// Where the person is told of what concerns the post; none: not by mail.
    pub email: Option<String>,
    /// What opens the account.
    pub proof: Proof,
    /// The secret of the second factor (RFC 6238), base 32; none: only who was asked for one elsewhere gets in.
    pub totp: Option<String>,
    /// Wrong attempts in a row.
    pub failures: u32,
    /// Nobody may sign in before.
    pub locked_until: Option<Instant>,
    /// The time step of the code that was used last: it is good once.
    pub last_step: i64,
    /// Since when.
    pub added_at: Instant,
    /// Until when, once disabled.
    pub disabled_at: Option<Instant>,
}

/// What opens an account. One or the other, for ever: nobody at the provider takes over an account with a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// A password, as a PHC string (argon2id).
    Password(String),
    /// The State's sign-in says who it is. The digest of who that is there, from the first time on.
    Provider(Option<String>),
}

impl Proof {
    /// The password, if that is what opens the account.
    pub fn password(&self) -> Option<&str> {
        match self {
            Self::Password(hashed) => Some(hashed),
            Self::Provider(_) => None,
        }
    }

    /// Who it is at the provider, if that opens the account and is known.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Password(_) => None,
            Self::Provider(subject) => subject.as_deref(),
        }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("login", &self.login).field("post", &self.post).finish_non_exhaustive()
    }
}

/// What an attempt to sign in came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The password is right and the code is wrong: whoever guesses six digits is stopped by a lock of the account. A wrong
    /// password is no attempt of this kind: it is drawn and cannot be guessed, and a stranger who tries keeps nobody out.
    WrongCode,
    /// Both are right, the code is that of this time step.
    Right(i64),
}

/// Somebody for whom the State's sign-in vouches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The login here.
    pub login: String,
    /// The name on pages, for an account that is made.
    pub name: String,
    /// The digest of who it is there.
    pub subject: String,
    /// The post that the rules give.
    pub post: Post,
    /// Its bounds.
    pub bounds: Place,
    /// The time step of the own code, where the provider asked for no second factor.
    pub step: Option<i64>,
    /// Whether an account is made where there is none.
    pub provision: bool,
}

impl Vouched {
    /// Why that account is not opened for this one; `None`: it is.
    pub fn refused_by(&self, account: &Person, now: Instant) -> Option<Admission> {
        let Proof::Provider(subject) = &account.proof else { return Some(Admission::Password) };
        if subject.as_ref().is_some_and(|known| *known != self.subject) {
            return Some(Admission::Another);
        }
        if account.disabled_at.is_some() || account.locked_until.is_some_and(|until| until > now) {
            return Some(Admission::Closed);
        }
        self.step.is_some_and(|step| step <= account.last_step).then_some(Admission::Used)
    }

    /// The account that opens: the one there is as the rules have it now, or a new one.
    pub fn opened(&self, found: Option<Person>, now: Instant) -> Person {
        let account = found.unwrap_or_else(|| Person {
            login: self.login.clone(),
            name: self.name.clone(),
            post: self.post,
            bounds: self.bounds.clone(),
            email: None,
            proof: Proof::Provider(None),
            totp: None,
            failures: 0,
            locked_until: None,
            last_step: 0,
            added_at: now,
            disabled_at: None,
        });
        Person {
            post: self.post,
            bounds: self.bounds.clone(),
            proof: Proof::Provider(Some(self.subject.clone())),
            failures: 0,
            locked_until: None,
            last_step: self.step.unwrap_or(account.last_step),
            ..account
        }
    }

    /// The audit lines of it: who was made, what was moved, who is in.
    pub fn acts(&self, before: Option<&Person>) -> Vec<Act> {
        let post = format!("{} {}", self.post.as_str(), self.bounds.words());
        let act = |actor: &str, word: &str, detail: &str| Act {
            actor: actor.into(),
            act: word.into(),
            subject: self.login.clone(),
            detail: detail.trim().into(),
        };
        let change = match before {
            None => Some(act("provider", "person.add", &post)),
            Some(before) if (before.post, &before.bounds) != (self.post, &self.bounds) => {
                Some(act("provider", "person.move", &post))
            }
            Some(_) => None,
        };
        let entered = act(&format!("person:{}", self.login), "person.sign_in", "by the provider");
        change.into_iter().chain([entered]).collect()
    }
}

/// What became of somebody for whom the State's sign-in vouches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// In; the account as it is now.
    In(Box<Person>),
    /// There is no such account, and none is made.
    Unknown,
    /// The account has a password.
    Password,
    /// The account is disabled or locked.
    Closed,
    /// The account is somebody else's there, or that one has another account here.
    Another,
    /// The code was used before.
    Used,
}

/// The accounts. Each act leaves its audit line in the same transaction.
#[async_trait]
pub trait People: Send + Sync {
    /// Adds an account. `false`: the login is taken, also by a disabled one; a login is one person, for ever.
    async fn add_person(&self, person: Person, act: Act) -> Result<bool>;
    /// One account.
    async fn person(&self, login: &str) -> Result<Option<Person>>;
    /// Those of these accounts that there are.
    async fn accounts(&self, logins: &[String]) -> Result<Vec<Person>>;
    /// Every account, by login.
    async fn people(&self) -> Result<Vec<Person>>;
    /// Disables an account for good. `false`: there is none, or it is disabled already.
    async fn disable_person(&self, login: &str, act: Act) -> Result<bool>;
    /// Changes where an account is told of what concerns it; none: not by mail. `false`: there is none that is enabled.
    async fn set_email(&self, login: &str, email: Option<&str>, act: Act) -> Result<bool>;
    /// Gives an account a new password and a new second factor, and unlocks it. Without a password it is one that the
    /// provider opens: whoever comes next by that login is who it is. `false`: there is none of that kind that is enabled.
    async fn reset_person(&self, login: &str, password: Option<&str>, totp: &str, act: Act) -> Result<bool>;
    /// Lets somebody in for whom the provider vouches. Post and bounds become what the rules give; an account is bound to
    /// who it is there the first time, and made if it may be. All of it and its audit lines, or nothing.
    async fn admit(&self, who: Vouched) -> Result<Admission>;
    /// Records an attempt. Whether the person is in: not when the account is disabled, locked, or the code was used before
    /// (an attempt beside another with the same code comes too late).
    async fn attempted(&self, login: &str, attempt: Attempt) -> Result<bool>;
    /// Takes the lock off an account and forgets its wrong codes. `false`: there is none that is enabled.
    async fn unlock_person(&self, login: &str, act: Act) -> Result<bool>;
    /// Opens a session until that time, under a digest of what the browser holds; forgets those that are over.
    async fn open_session(&self, key: &str, data: &str, until: Instant) -> Result<()>;
    /// Keeps one that is open for longer. `false`: it is over or was ended; nothing opens it again.
    async fn keep_session(&self, key: &str, data: &str, until: Instant) -> Result<bool>;
    /// A session that is not over: its data, and until when.
    async fn session(&self, key: &str) -> Result<Option<(String, Instant)>>;
    /// Gives what is kept under a key and forgets it: to one of those who ask.
    async fn take_session(&self, key: &str) -> Result<Option<String>>;
    /// Those of these sessions that are not over.
    async fn kept_sessions(&self, keys: &[String]) -> Result<Vec<String>>;
    /// Ends a session.
    async fn end_session(&self, key: &str) -> Result<()>;
}
