//! What a provider says of itself (OpenID Connect Discovery 1.0). The members that are used are read, and judged; whatever
//! else stands there is the provider's own affair, also when it is odd.

use crate::{
    Settings,
    http::{Http, is_safe},
    tokens::Given,
};
use openidconnect::{
    AuthType, AuthUrl, Client, ClientId, ClientSecret, EmptyAdditionalClaims, EndSessionUrl, EndpointNotSet,
    EndpointSet, IssuerUrl, JsonWebKeySet, RedirectUrl, StandardErrorResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse,
    },
};
use serde_json::Value;

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
/// Characters of an issuer that are repeated in words about it, at most.
const LONGEST: usize = 200;

type Knows = Client<
    EmptyAdditionalClaims,
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
    EndpointSet,
    EndpointNotSet,
>;

/// A provider as it described itself.
pub(crate) struct Known {
    /// What requests to it are made by.
    pub client: Knows,
    /// The keys that it signs with.
    pub keys: Vec<CoreJsonWebKey>,
    /// The algorithms that it uses and we accept.
    pub algorithms: Vec<CoreJwsSigningAlgorithm>,
    /// Where its UserInfo is.
    pub user_info: Option<String>,
    /// Where a session there is ended.
    pub end: Option<EndSessionUrl>,
}

/// Asks a provider for its description and its keys. An error is why it cannot be used.
pub(crate) async fn ask(
    http: &Http,
    settings: &Settings,
    issuer: &IssuerUrl,
    back: &RedirectUrl,
) -> Result<Known, String> {
    let place = format!("{}/.well-known/openid-configuration", issuer.as_str().trim_end_matches('/'));
    let said = http.json(&place).await.map_err(|trouble| trouble.to_string())?;
    let named = Named::read(&said, issuer, settings.user_info)?;
    let keys = http.json(&named.keys).await.map_err(|trouble| format!("of its keys: {trouble}"))?;
    let keys: JsonWebKeySet<CoreJsonWebKey> =
        serde_json::from_value(keys).map_err(|_| "what stands at its `jwks_uri` is no set of keys")?;
    let unread = |_| "it names an address that cannot be read";
    let mut client = Client::new(ClientId::new(settings.client_id.clone()), issuer.clone(), JsonWebKeySet::default())
        .set_auth_uri(AuthUrl::new(named.authorization).map_err(unread)?)
        .set_token_uri(TokenUrl::new(named.token).map_err(unread)?)
        .set_redirect_uri(back.clone())
        .set_auth_type(if named.basic { AuthType::BasicAuth } else { AuthType::RequestBody });
    if let Some(secret) = &settings.client_secret {
        client = client.set_client_secret(ClientSecret::new(secret.clone()));
    }
    let end = named.end.map(EndSessionUrl::new).transpose().map_err(unread)?;
    Ok(Known { client, keys: keys.keys().clone(), algorithms: named.algorithms, user_info: named.user_info, end })
}

/// The members that are used.
struct Named {
    authorization: String,
    token: String,
    keys: String,
    user_info: Option<String>,
    end: Option<String>,
    algorithms: Vec<CoreJwsSigningAlgorithm>,
    /// The client's secret goes into the head.
    basic: bool,
}

impl Named {
    /// Every address is safe, it is who was asked, and it signs as we accept.
    fn read(said: &Value, issuer: &IssuerUrl, user_info: bool) -> Result<Self, String> {
        let own = said["issuer"].as_str().unwrap_or_default();
        if own != issuer.as_str() {
            return Err(match is_safe(own) && own.len() <= LONGEST {
                true => format!("it calls itself {own}; `oidc.issuer` is to be written like that, to the letter"),
                false => "it does not say that it is the issuer that was asked".into(),
            });
        }
        let address = |name: &str| match said[name].as_str() {
            None | Some("") => Ok(None),
            Some(url) if is_safe(url) => Ok(Some(url.to_owned())),
            Some(_) => Err(format!("it names an address without https: `{name}`")),
        };
        let needed = |name: &str| address(name)?.ok_or_else(|| format!("it names no `{name}`"));
        let named = Self {
            authorization: needed("authorization_endpoint")?,
            token: needed("token_endpoint")?,
            keys: needed("jwks_uri")?,
            user_info: address("userinfo_endpoint")?,
            end: address("end_session_endpoint")?,
            algorithms: algorithms(&said["id_token_signing_alg_values_supported"]),
            basic: match said["token_endpoint_auth_methods_supported"].as_array() {
                Some(ways) if !ways.is_empty() => ways.iter().any(|way| way == "client_secret_basic"),
                _ => true,
            },
        };
        if user_info && named.user_info.is_none() {
            return Err("it has no UserInfo; set `oidc.user_info` to false".into());
        }
        if named.algorithms.is_empty() {
            return Err("it signs tokens with none of the algorithms that are accepted".into());
        }
        Ok(named)
    }
}

/// What is offered and accepted. Every provider signs with RS256; one that lists nothing signs with that.
fn algorithms(offered: &Value) -> Vec<CoreJwsSigningAlgorithm> {
    let Some(offered) = offered.as_array() else { return vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256] };
    let is_offered = |algorithm: &CoreJwsSigningAlgorithm| offered.iter().any(|one| one == &name(algorithm));
    ALGORITHMS.into_iter().filter(is_offered).collect()
}

/// `RS256`, `ES256` ...
pub(crate) fn name(algorithm: &CoreJwsSigningAlgorithm) -> String {
    serde_json::to_value(algorithm).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issuer() -> IssuerUrl {
        IssuerUrl::new("https://sso.example.in".into()).expect("a URL")
    }

    fn said(change: Value) -> Value {
        let mut said = json!({
            "issuer": "https://sso.example.in",
            "authorization_endpoint": "https://sso.example.in/authorize",
            "token_endpoint": "https://sso.example.in/token",
            "jwks_uri": "https://sso.example.in/keys",
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            said[name] = value.clone();
        }
        said
    }

    #[test]
    fn members_that_are_not_used_are_not_judged() {
        for odd in [
            json!({}),
            json!({"claims_parameter_supported": "true", "op_tos_uri": "", "ui_locales_supported": [null, 7]}),
            json!({"response_types_supported": null, "subject_types_supported": "public", "x": {"y": []}}),
            json!({"end_session_endpoint": null, "userinfo_endpoint": "", "scopes_supported": "openid profile"}),
            json!({"id_token_signing_alg_values_supported": ["HS256", "XS999", 7, "ES256"]}),
            json!({"token_endpoint_auth_methods_supported": [], "registration_endpoint": "no address"}),
        ] {
            let named = Named::read(&said(odd.clone()), &issuer(), false).unwrap_or_else(|why| panic!("{odd}: {why}"));
            assert_eq!(named.algorithms, [CoreJwsSigningAlgorithm::EcdsaP256Sha256], "{odd}");
            assert!(named.basic && named.end.is_none() && named.user_info.is_none(), "{odd}");
        }
        let silent = said(json!({"id_token_signing_alg_values_supported": null}));
        let named = Named::read(&silent, &issuer(), false).expect("RS256 is every provider's");
        assert_eq!(named.algorithms, [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256]);
        let post = said(json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]}));
        assert!(!Named::read(&post, &issuer(), false).expect("named").basic);
    }

    #[test]
    fn a_description_that_cannot_be_used_is_named() {
        for (change, user_info, words) in [
            (
                json!({"issuer": "https://sso.example.in/"}),
                false,
                "calls itself https://sso.example.in/; `oidc.issuer`",
            ),
            (json!({"issuer": "<script>"}), false, "does not say that it is the issuer"),
            (json!({"issuer": null}), false, "does not say that it is the issuer"),
            (json!({"token_endpoint": null}), false, "no `token_endpoint`"),
            (json!({"jwks_uri": 7}), false, "no `jwks_uri`"),
            (json!({"token_endpoint": "http://sso.example.in/token"}), false, "without https: `token_endpoint`"),
            (json!({"end_session_endpoint": "http://sso.example.in/end"}), false, "without https"),
            (json!({}), true, "no UserInfo"),
            (json!({"id_token_signing_alg_values_supported": ["HS256", "none"]}), false, "none of the algorithms"),
        ] {
            let why = Named::read(&said(change.clone()), &issuer(), user_info).err();
            assert!(why.as_ref().is_some_and(|why| why.contains(words)), "{change}: {why:?}");
        }
    }
}
