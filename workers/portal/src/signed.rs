//! What a department signed. Only `intake` believes a delivery; here a signature opens reads, reservations and `/check`,
//! and keeps what nobody could have signed out of the inbox.

use crate::{fault::Fault, site::Site};
use axum::http::{HeaderMap, Method, Uri};
use mohor_ports::ledger::{DepartmentKey, SignedRequest};
use mohor_runtime::department::{holds, named, parts};

/// The header that carries the detached JWS.
pub(crate) const HEADER: &str = "mohor-signature";

/// The request as the department signed it. Without a header of the right form the door stays shut.
pub(crate) fn request(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<SignedRequest, Fault> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Fault::unauthorised("the header Mohor-Signature is required, once"));
    };
    let signature = value.to_str().unwrap_or_default();
    parts(signature).map_err(Fault::unauthorised)?;
    let path = uri.path_and_query().map_or_else(|| uri.path(), |path| path.as_str());
    Ok(SignedRequest { signature: signature.into(), method: method.as_str().into(), path: path.into() })
}

/// A request that names a key of ours, of which the body is not read yet.
pub(crate) struct Claimed<'r> {
    request: &'r SignedRequest,
    key: DepartmentKey,
}

/// Looks at all of a signature that can be judged without the body.
pub(crate) async fn claimed<'r>(site: &Site, request: &'r SignedRequest) -> Result<Claimed<'r>, Fault> {
    let portal = &site.portal;
    let now = portal.inbox.now().await.map_err(Fault::port)?;
    let keys = portal.register.department_keys().await.map_err(Fault::port)?;
    match named(&keys, now, request) {
        Ok(key) => Ok(Claimed { request, key: key.clone() }),
        Err(words) => Err(refused(site, words)),
    }
}

impl Claimed<'_> {
    /// The department, if its key signed this body.
    pub fn holds(self, site: &Site, body: &[u8]) -> Result<String, Fault> {
        match holds(&self.key, self.request, body) {
            Ok(()) => Ok(self.key.department),
            Err(words) => Err(refused(site, words)),
        }
    }
}

/// The department whose key signed the request.
pub(crate) async fn department(site: &Site, request: &SignedRequest, body: &[u8]) -> Result<String, Fault> {
    claimed(site, request).await?.holds(site, body)
}

fn refused(site: &Site, words: &'static str) -> Fault {
    site.refused("signature");
    Fault::unauthorised(words)
}
