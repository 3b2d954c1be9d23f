//! Signatures of requests: AWS Signature Version 4, by AWS's own library. They stand in headers: an address ends in the log of
//! every proxy, and one that is signed itself opens the object to whoever reads it there.

use crate::Settings;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use hyper::{Request, header::HeaderValue};
use mohor_ports::time::WallClock;
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Whoever signs.
pub(crate) struct Signer {
    key: Credentials,
    region: String,
    clock: Arc<dyn WallClock>,
    /// Milliseconds by which the store's clock is ahead of this machine's.
    ahead: AtomicI64,
}

impl Signer {
    pub fn new(settings: &Settings, clock: Arc<dyn WallClock>) -> Self {
        let key = Credentials::new(&settings.access_key_id, &settings.secret_access_key, None, None, "mohor");
        Self { key, region: settings.region.clone(), clock, ahead: AtomicI64::new(0) }
    }

    /// Signs by the store's clock from now on. It refuses signatures of another time than its own, and a machine whose clock
    /// is wrong would hold what it has in hand until somebody sets it. Says by how many seconds the store is ahead.
    pub fn follow(&self, theirs: SystemTime) -> i64 {
        let theirs = theirs.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let ahead = i64::try_from(theirs).unwrap_or(i64::MAX).saturating_sub(self.clock.now().millis());
        self.ahead.store(ahead, Ordering::Relaxed);
        self.seconds_behind()
    }

    /// By how many seconds this machine is behind the store that had to be followed.
    pub fn seconds_behind(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed) / 1_000
    }

    /// Signs the request as it is, with the SHA-256 of its body in small hexadecimal digits: the store holds the body against
    /// it. An error is one of the settings, which cannot stand in a request.
    pub fn sign<B>(&self, request: &mut Request<B>, sha256: String) -> Result<(), Box<dyn Error + Send + Sync>> {
        // The store decides whether a signature is of its time: the machine's clock is asked, not the ledger's.
        let now = self.clock.now().millis().saturating_add(self.ahead.load(Ordering::Relaxed));
        let now = Duration::from_millis(u64::try_from(now).unwrap_or_default());
        let mut settings = SigningSettings::default();
        // S3 takes a path as it is sent, and wants the body's digest in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = self.key.clone().into();
        let signing = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(UNIX_EPOCH + now)
            .settings(settings)
            .build()?
            .into();
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let (method, address) = (request.method().as_str(), request.uri().to_string());
        let signable = SignableRequest::new(method, address, headers, SignableBody::Precomputed(sha256))?;
        let (instructions, _) = sign(signable, &signing)?.into_parts();
        for header in instructions.into_parts().0 {
            let mut value = HeaderValue::from_str(header.value())?;
            value.set_sensitive(true);
            request.headers_mut().insert(header.name(), value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{At, settings};
    use mohor_domain::civil::Instant;
    use sha2::{Digest, Sha256};

    /// The examples of "Authenticating Requests: Using the Authorization Header" in Amazon's S3 API Reference.
    fn authorization(mut request: Request<()>, body: &str) -> String {
        let settings = Settings {
            region: "us-east-1".into(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            ..settings("")
        };
        let then = Instant::parse("2013-05-24T00:00:00Z").expect("an instant");
        Signer::new(&settings, Arc::new(At(then)))
            .sign(&mut request, hex::encode(Sha256::digest(body)))
            .expect("signed");
        assert_eq!(request.headers()["x-amz-date"], "20130524T000000Z");
        request.headers()["authorization"].to_str().expect("a text").to_owned()
    }

    #[test]
    fn a_request_without_a_body_is_signed_as_amazon_publishes_it() {
        let request = Request::get("https://examplebucket.s3.amazonaws.com/test.txt").header("range", "bytes=0-9");
        assert_eq!(
            authorization(request.body(()).expect("a request"), ""),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn a_request_with_a_body_is_signed_as_amazon_publishes_it() {
        let request = Request::put("https://examplebucket.s3.amazonaws.com/test%24file.text")
            .header("date", "Fri, 24 May 2013 00:00:00 GMT")
            .header("x-amz-storage-class", "REDUCED_REDUNDANCY");
        assert_eq!(
            authorization(request.body(()).expect("a request"), "Welcome to Amazon S3."),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, \
             Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
    }
}
