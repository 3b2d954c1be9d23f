//! Who somebody is, as a provider elsewhere says (OpenID Connect Core 1.0, authorization code with PKCE).

use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::civil::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A sign-in that has begun: where the browser goes, and what has to be remembered until it comes back.
pub struct Begun {
    /// The provider's page.
    pub url: String,
    /// Kept here, never given to the browser.
    pub pending: Pending,
}

/// What is remembered of a sign-in that has begun. Whoever holds it and the code can finish it: it is never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back within the signed token.
    pub nonce: String,
    /// Proves that whoever finishes has begun (RFC 7636).
    pub verifier: String,
}

/// What the provider says of somebody, its signature checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Vouching {
    /// Hexadecimal digest of issuer and subject: who it is there, for ever, and nothing that could be read from it.
    pub subject: String,
    /// The claims.
    pub claims: Value,
}

/// The State's single sign-on.
///
/// Errors: `Outage` when the provider cannot be reached, is slow or answers what is not its protocol;
/// `Reject("sign_in_refused")` when it does not give the token, or gives one that does not hold. No call lasts longer than
/// some seconds or reads more than some hundred kilobytes.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Begins a sign-in; each is another.
    async fn begin(&self) -> Result<Begun>;
    /// Finishes one with the code that the browser brought: signature, algorithm, issuer, audience, time and nonce hold.
    /// `issuer` is what the browser brought beside it (RFC 9207), if anything.
    async fn finish(&self, code: &str, issuer: Option<&str>, pending: &Pending, now: Instant) -> Result<Vouching>;
    /// Where the browser can end its session at the provider; `None`: the provider has no such page.
    async fn farewell(&self) -> Result<Option<String>>;
    /// Names the provider, after asking it.
    async fn probe(&self) -> Result<String>;
}
