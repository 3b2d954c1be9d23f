//! Codes become tokens, and tokens claims that hold.

use crate::{Settings, http::Http};
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    identity::Pending,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    EmptyExtraTokenFields, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce,
    OAuth2TokenResponse, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
    UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Signatures that are believed: each needs a private key that only the provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// The provider's clock and the ledger's differ by no more than this.
const SKEW: Duration = Duration::from_secs(300);

/// Claims beyond the standard ones: groups, departments, whatever a State's provider says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extra {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

/// What a provider says of itself.
pub(crate) type Metadata = ProviderMetadataWithLogout;

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
/// What the token endpoint gives.
pub(crate) type Given = StandardTokenResponse<Fields, CoreTokenType>;
type Knows = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Given,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider as it described itself.
pub(crate) struct Known {
    pub client: Knows,
    pub algorithms: Vec<CoreJwsSigningAlgorithm>,
    pub end: Option<EndSessionUrl>,
}

/// The client for a provider; its secret goes where the provider takes it.
pub(crate) fn client(metadata: Metadata, settings: &Settings, back: &RedirectUrl) -> Knows {
    let ways = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
    let basic = ways.is_empty() || ways.contains(&CoreClientAuthMethod::ClientSecretBasic);
    let secret = settings.client_secret.clone().map(ClientSecret::new);
    Client::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), secret)
        .set_redirect_uri(back.clone())
        .set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody })
}

/// The algorithms that the provider uses and we accept.
pub(crate) fn algorithms(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    let offered = metadata.id_token_signing_alg_values_supported();
    ALGORITHMS.into_iter().filter(|algorithm| offered.contains(algorithm)).collect()
}

/// `RS256`, `ES256` ...
pub(crate) fn name(algorithm: &CoreJwsSigningAlgorithm) -> String {
    serde_json::to_value(algorithm).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The provider's word does not hold; the words are fixed, as a token has a person in it.
pub(crate) fn refused(words: &'static str) -> Error {
    Error::reject("sign_in_refused", words)
}

/// Exchanges the code for tokens.
pub(crate) async fn exchange(known: &Known, http: &Http, code: &str, pending: &Pending) -> Result<Given> {
    let request = known.client.exchange_code(AuthorizationCode::new(code.into()));
    let request = request.map_err(|_| Error::outage("the sign-in provider has no token endpoint"))?;
    let verifier = PkceCodeVerifier::new(pending.verifier.clone());
    request.set_pkce_verifier(verifier).request_async(http).await.map_err(|error| match error {
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidGrant => refused("the provider does not take the code"),
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                refused("the provider does not take our client; look at `oidc.client_id` and `oidc.client_secret_file`")
            }
            _ => refused("the provider gives no token"),
        },
        RequestTokenError::Request(error) => Error::outage("the sign-in provider gives no token").because(error),
        _ => Error::outage("the sign-in provider answers what is no token"),
    })
}

/// Why a token is not believed.
#[derive(Debug)]
pub(crate) enum Unbelieved {
    /// No key that is known has signed it.
    Key,
    /// Anything else.
    Otherwise(&'static str),
}

impl Unbelieved {
    /// As an error.
    pub fn error(self) -> Error {
        refused(match self {
            Self::Key => "no key of the provider has signed the token",
            Self::Otherwise(words) => words,
        })
    }
}

/// The claims of a token that holds.
pub(crate) fn verified(
    known: &Known,
    given: &Given,
    pending: &Pending,
    now: Instant,
) -> std::result::Result<Value, Unbelieved> {
    let token = given.id_token().ok_or(Unbelieved::Otherwise("the provider gives no ID token"))?;
    let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.millis()).unwrap_or_default());
    let verifier = known
        .client
        .id_token_verifier()
        .set_allowed_algs(known.algorithms.clone())
        .set_time_fn(move || at.into())
        .set_issue_time_verifier_fn(move |issued| {
            let issued: SystemTime = issued.into();
            if issued > at + SKEW { Err("issued in the future".into()) } else { Ok(()) }
        });
    let claims = token.claims(&verifier, &Nonce::new(pending.nonce.clone())).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Unbelieved::Key,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => {
            Unbelieved::Otherwise("the token is signed with an algorithm that is not accepted")
        }
        ClaimsVerificationError::SignatureVerification(_) => Unbelieved::Otherwise("the token's signature is wrong"),
        ClaimsVerificationError::Expired(_) => {
            Unbelieved::Otherwise("the token is expired or from the future; compare the clocks of both servers")
        }
        ClaimsVerificationError::InvalidAudience(_) => Unbelieved::Otherwise("the token is for somebody else"),
        ClaimsVerificationError::InvalidIssuer(_) => Unbelieved::Otherwise("the token names another issuer"),
        ClaimsVerificationError::InvalidNonce(_) => Unbelieved::Otherwise("the token is of another sign-in"),
        _ => Unbelieved::Otherwise("the token cannot be read"),
    })?;
    serde_json::to_value(claims).map_err(|_| Unbelieved::Otherwise("the token cannot be read"))
}

/// Adds what UserInfo says, of the same subject; what the signed token says stays.
pub(crate) async fn add_user_info(known: &Known, http: &Http, given: &Given, claims: &mut Value) -> Result<()> {
    let subject = claims["sub"].as_str().map(|subject| openidconnect::SubjectIdentifier::new(subject.into()));
    let request = known.client.user_info(given.access_token().clone(), subject);
    let request = request.map_err(|_| Error::outage("the sign-in provider has no UserInfo"))?;
    let said: UserInfoClaims<Extra, CoreGenderClaim> =
        request.request_async(http).await.map_err(|error| match error {
            UserInfoError::ClaimsVerification(_) => refused("UserInfo speaks of somebody else"),
            UserInfoError::Request(error) => Error::outage("the sign-in provider's UserInfo is away").because(error),
            _ => Error::outage("the sign-in provider's UserInfo answers what cannot be read"),
        })?;
    if let (Some(claims), Ok(Value::Object(said))) = (claims.as_object_mut(), serde_json::to_value(said)) {
        for (name, value) in said {
            claims.entry(name).or_insert(value);
        }
    }
    Ok(())
}
