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
    /// The password, as a PHC string (argon2id).
    pub password: String,
    /// The secret of the second factor (RFC 6238), base 32.
    pub totp: String,
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

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("login", &self.login).field("post", &self.post).finish_non_exhaustive()
    }
}

/// What an attempt to sign in came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Password or code is wrong.
    Wrong,
    /// Both are right, the code is that of this time step.
    Right(i64),
}

/// The accounts. Each act leaves its audit line in the same transaction.
#[async_trait]
pub trait People: Send + Sync {
    /// Adds an account. `false`: the login is taken, also by a disabled one; a login is one person, for ever.
    async fn add_person(&self, person: Person, act: Act) -> Result<bool>;
    /// One account.
    async fn person(&self, login: &str) -> Result<Option<Person>>;
    /// Every account, by login.
    async fn people(&self) -> Result<Vec<Person>>;
    /// Disables an account for good. `false`: there is none, or it is disabled already.
    async fn disable_person(&self, login: &str, act: Act) -> Result<bool>;
    /// Gives an account a new password and a new second factor, and unlocks it. `false`: there is none that is enabled.
    async fn reset_person(&self, login: &str, password: &str, totp: &str, act: Act) -> Result<bool>;
    /// Changes where an account is told of what concerns it; none: not by mail. `false`: there is none that is enabled.
    async fn set_email(&self, login: &str, email: Option<&str>, act: Act) -> Result<bool>;
    /// Records an attempt. Whether the person is in: not when the account is disabled, locked, or the code was used before
    /// (an attempt beside another with the same code comes too late).
    async fn attempted(&self, login: &str, attempt: Attempt) -> Result<bool>;
    /// Keeps a session until that time, under a digest of what the browser holds; forgets those that are over.
    async fn keep_session(&self, key: &str, data: &str, until: Instant) -> Result<()>;
    /// A session that is not over: its data, and until when.
    async fn session(&self, key: &str) -> Result<Option<(String, Instant)>>;
    /// Ends a session.
    async fn end_session(&self, key: &str) -> Result<()>;
}
