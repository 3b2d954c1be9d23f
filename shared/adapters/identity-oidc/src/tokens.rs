//! Codes become tokens, and tokens claims that hold.
//!
//! Of what the token endpoint gives two members are used, and nothing else is judged. An answer that cannot be read is a
//! refusal: an outage is what passes by itself.

use crate::{
    discovery::Known,
    http::{Http, Trouble},
    signed::{self, Claims, Wanted},
};
use mohor_ports::{
    error::{Error, Result},
    identity::Pending,
};
use openidconnect::{
    AccessToken, AuthorizationCode, EmptyAdditionalClaims, IdToken, OAuth2TokenResponse, PkceCodeVerifier,
    RefreshToken, RequestTokenError, Scope, TokenResponse,
    core::{
        CoreErrorResponseType, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
        CoreTokenType,
    },
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::{fmt, time::Duration};

/// What the token endpoint gives.
#[derive(Serialize, Deserialize)]
pub(crate) struct Given {
    #[serde(default = "none", deserialize_with = "text_or_none")]
    access_token: AccessToken,
    #[serde(default)]
    id_token: Value,
    /// How an access token is shown to UserInfo, which knows one way.
    #[serde(skip, default = "bearer")]
    token_type: CoreTokenType,
}

fn none() -> AccessToken {
    AccessToken::new(String::new())
}

fn bearer() -> CoreTokenType {
    CoreTokenType::Bearer
}

fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<AccessToken, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(AccessToken::new(value.as_str().unwrap_or_default().into()))
}

impl Given {
    /// The ID token as it came.
    pub fn id_token(&self) -> Result<&str> {
        self.id_token.as_str().ok_or_else(|| refused("the provider gives no ID token"))
    }
}

/// Tokens are secrets.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").finish_non_exhaustive()
    }
}

impl OAuth2TokenResponse for Given {
    type TokenType = CoreTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &CoreTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        None
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// The library's own reading of the ID token is not asked for: see `signed.rs`.
impl TokenResponse<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>
    for Given
{
    fn id_token(
        &self,
    ) -> Option<
        &IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    > {
        None
    }
}

/// The provider's word does not hold; the words are fixed, as a token has a person in it.
pub(crate) fn refused(words: &'static str) -> Error {
    Error::reject("sign_in_refused", words)
}

/// Exchanges the code for tokens.
pub(crate) async fn exchange(known: &Known, http: &Http, code: &str, pending: &Pending) -> Result<Given> {
    let verifier = PkceCodeVerifier::new(pending.verifier.clone());
    let request = known.client.exchange_code(AuthorizationCode::new(code.into())).set_pkce_verifier(verifier);
    request.request_async(http).await.map_err(|error| match error {
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidGrant => refused("the provider does not take the code"),
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                refused("the provider does not take our client; look at `oidc.client_id` and `oidc.client_secret_file`")
            }
            _ => refused("the provider gives no token"),
        },
        RequestTokenError::Request(trouble) if trouble.passes() => {
            Error::outage("the sign-in provider gives no token").because(trouble)
        }
        _ => refused("the provider's token endpoint answers what cannot be read"),
    })
}

/// Adds what UserInfo says, of the same subject; what the signed token says stays.
pub(crate) async fn add_user_info(
    known: &Known,
    http: &Http,
    given: &Given,
    wanted: &Wanted<'_>,
    claims: &mut Claims,
) -> Result<()> {
    let place = known.user_info.as_deref().ok_or_else(|| refused("the sign-in provider has no UserInfo"))?;
    if given.access_token.secret().is_empty() {
        return Err(refused("the provider gives no access token, and `oidc.user_info` needs one"));
    }
    let said = http.text(place, Some(given.access_token.secret())).await.map_err(|trouble| match trouble {
        Trouble::Answered(_) => refused("the provider's UserInfo does not take the access token"),
        trouble if trouble.passes() => Error::outage("the sign-in provider's UserInfo is away").because(trouble),
        _ => refused("the provider's UserInfo answers what cannot be read"),
    })?;
    // Either an object, or one that is signed: then it is from the issuer and for us (5.3.2).
    let said: Claims = match said.trim_start().starts_with('{') {
        true => {
            serde_json::from_str(&said).map_err(|_| refused("the provider's UserInfo answers what cannot be read"))?
        }
        false => {
            let said = signed::read(known, &said).map_err(signed::Unbelieved::error)?;
            signed::from_and_for(&said, wanted).map_err(signed::Unbelieved::error)?;
            said
        }
    };
    if said.get("sub") != claims.get("sub") {
        return Err(refused("UserInfo speaks of somebody else"));
    }
    for (name, value) in said.into_iter().filter(|(_, value)| !value.is_null()) {
        claims.entry(name).or_insert(value);
    }
    Ok(())
}
