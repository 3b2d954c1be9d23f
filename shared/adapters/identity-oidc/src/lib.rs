//! The State's single sign-on by OpenID Connect Core 1.0: authorization code with PKCE (S256), state and nonce.
//!
//! What a token has to be is checked: signature by a published key, algorithm, issuer, audience, time, nonce. Algorithms
//! are asymmetric ones alone: neither `none` nor one with a shared secret. What is not used is not judged.

mod discovery;
mod http;
mod signed;
mod tokens;

use crate::{
    discovery::Known,
    http::{Http, is_safe},
    signed::{Unbelieved, Wanted},
};
use async_trait::async_trait;
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    identity::{Begun, Identity, Pending, Vouching},
    time::Entropy,
};
use openidconnect::{
    AuthenticationContextClass, ClientId, CsrfToken, IssuerUrl, LogoutRequest, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, Scope, core::CoreAuthenticationFlow,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time};

/// How long what the provider says of itself is believed; keys that are missing are asked for sooner.
const BELIEVED: Duration = Duration::from_secs(3600);
/// After a failure, or after keys were looked for, so long nobody asks again: a provider that is down is not made worse.
const PAUSE: Duration = Duration::from_secs(5);

/// How the provider is reached and what it is asked for.
#[derive(Clone)]
pub struct Settings {
    /// The issuer's URL, as the provider writes it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// And the secret that proves it.
    pub client_secret: Option<String>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Where people open the portal; they come back below it.
    pub portal: String,
    /// The path that they come back to.
    pub path: String,
    /// Strengths of sign-in that are asked for (`acr_values`).
    pub acr: Vec<String>,
    /// Whether claims are also asked for at the provider's UserInfo.
    pub user_info: bool,
    /// PEM of authorities that are trusted besides the system's.
    pub authorities: Vec<u8>,
}

/// The provider.
pub struct OidcIdentity {
    settings: Settings,
    issuer: IssuerUrl,
    back: RedirectUrl,
    http: Http,
    entropy: Arc<dyn Entropy>,
    seen: Mutex<Seen>,
}

/// What the provider last said of itself.
#[derive(Default)]
struct Seen {
    known: Option<(time::Instant, Arc<Known>)>,
    failed: Option<(time::Instant, String)>,
}

impl OidcIdentity {
    /// Reads the settings; nothing is asked yet. The error names the setting and what it has to be.
    pub fn open(settings: Settings, entropy: Arc<dyn Entropy>) -> Result<Self> {
        let wrong = |words: &str| Error::fatal(format!("configuration: {words}"));
        for (key, url) in [("oidc.issuer", &settings.issuer), ("oidc.portal", &settings.portal)] {
            if !is_safe(url) {
                return Err(wrong(&format!("`{key}` is an https:// URL; http:// on this machine alone")));
            }
        }
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| wrong("`oidc.issuer` is no URL"))?;
        let back = format!("{}{}", settings.portal.trim_end_matches('/'), settings.path);
        let back = RedirectUrl::new(back).map_err(|_| wrong("`oidc.portal` is no URL"))?;
        if settings.client_id.is_empty() {
            return Err(wrong("`oidc.client_id` is missing; the provider gives it"));
        }
        let http = Http::open(&settings.authorities)?;
        Ok(Self { settings, issuer, back, http, entropy, seen: Mutex::default() })
    }

    /// What the provider says of itself, at most an hour old; asked once however many wait.
    async fn known(&self) -> Result<Arc<Known>> {
        let mut seen = self.seen.lock().await;
        if let Some((at, known)) = &seen.known
            && at.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        self.ask(&mut seen).await
    }

    /// Asks anew after a token came that no known key has signed: the provider may have changed its keys.
    async fn known_anew(&self, old: &Arc<Known>) -> Result<Arc<Known>> {
        let mut seen = self.seen.lock().await;
        match &seen.known {
            Some((at, known)) if !Arc::ptr_eq(known, old) || at.elapsed() < PAUSE => Ok(known.clone()),
            _ => self.ask(&mut seen).await,
        }
    }

    async fn ask(&self, seen: &mut Seen) -> Result<Arc<Known>> {
        if let Some((at, words)) = &seen.failed
            && at.elapsed() < PAUSE
        {
            return Err(Error::outage(words.clone()));
        }
        match discovery::ask(&self.http, &self.settings, &self.issuer, &self.back).await {
            Ok(known) => {
                let known = Arc::new(known);
                *seen = Seen { known: Some((time::Instant::now(), known.clone())), failed: None };
                Ok(known)
            }
            Err(why) => {
                let words = format!("the sign-in provider {} cannot be used: {why}", self.issuer.as_str());
                seen.failed = Some((time::Instant::now(), words.clone()));
                Err(Error::outage(words))
            }
        }
    }

    fn drawn(&self) -> Result<String> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes)?;
        Ok(hex::encode(bytes))
    }
}

#[async_trait]
impl Identity for OidcIdentity {
    async fn begin(&self) -> Result<Begun> {
        let known = self.known().await?;
        let pending = Pending { state: self.drawn()?, nonce: self.drawn()?, verifier: self.drawn()? };
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pending.verifier.clone()));
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let mut request = known
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(challenge)
            .add_scopes(self.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new));
        for acr in &self.settings.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        Ok(Begun { url: request.url().0.into(), pending })
    }

    async fn finish(&self, code: &str, issuer: Option<&str>, pending: &Pending, now: Instant) -> Result<Vouching> {
        // RFC 9207: an answer of another provider, brought by a browser that was sent to two.
        if issuer.is_some_and(|issuer| issuer != self.issuer.as_str()) {
            return Err(tokens::refused("the answer names another issuer"));
        }
        let known = self.known().await?;
        let given = tokens::exchange(&known, &self.http, code, pending).await?;
        let token = given.id_token()?;
        let (issuer, client) = (self.issuer.as_str(), self.settings.client_id.as_str());
        let wanted = Wanted { issuer, client, nonce: &pending.nonce };
        let claims = match signed::verified(&known, token, &wanted, now) {
            Err(Unbelieved::Key) => {
                let known = self.known_anew(&known).await?;
                signed::verified(&known, token, &wanted, now)
            }
            other => other,
        };
        let mut claims = claims.map_err(|unbelieved| unbelieved.error())?;
        if self.settings.user_info {
            tokens::add_user_info(&known, &self.http, &given, &wanted, &mut claims).await?;
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let subject = hex::encode(Sha256::digest(format!("{}\n{subject}", self.issuer.as_str()).as_bytes()));
        Ok(Vouching { subject, claims: Value::Object(claims) })
    }

    async fn farewell(&self) -> Result<Option<String>> {
        let known = self.known().await?;
        let home = PostLogoutRedirectUrl::new(format!("{}/", self.settings.portal.trim_end_matches('/')));
        Ok(known.end.clone().zip(home.ok()).map(|(end, home)| {
            let request = LogoutRequest::from(end).set_client_id(ClientId::new(self.settings.client_id.clone()));
            request.set_post_logout_redirect_uri(home).http_get_url().into()
        }))
    }

    async fn probe(&self) -> Result<String> {
        let known = self.known().await?;
        let algorithms: Vec<String> = known.algorithms.iter().map(discovery::name).collect();
        let end = if known.end.is_some() { ", ends sessions" } else { "" };
        Ok(format!("{}, {}{end}", self.issuer.as_str(), algorithms.join(" ")))
    }
}

#[cfg(test)]
mod tests;
