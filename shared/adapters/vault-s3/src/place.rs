//! Where an object is: its address at the store.

use crate::Settings;
use hyper::Uri;
use mohor_ports::error::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::IpAddr;

/// What is written in percent in a path. The signature is over the path as it is sent: everything but RFC 3986's unreserved
/// characters and the slash.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A bucket's place.
pub(crate) struct Place {
    /// Its address, with a slash at the end.
    base: String,
    /// Whether it is reached by TLS.
    pub secure: bool,
}

impl Place {
    /// `Fatal` when the endpoint is no address.
    pub fn of(settings: &Settings) -> Result<Self> {
        let endpoint = match settings.endpoint.as_str() {
            "" => aws(&settings.region),
            given => given.to_owned(),
        };
        let wrong = || Error::fatal("configuration: `s3.endpoint` is http://HOST:PORT or https://HOST");
        let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong());
        };
        // What stands before the @ would be a secret in an address.
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(wrong());
        }
        let (path, secure) = (uri.path().trim_end_matches('/'), scheme == "https");
        let bucket = &settings.bucket;
        let base = match !settings.path_style && !is_address(authority.host()) && may_be_host(bucket, secure) {
            true => format!("{scheme}://{bucket}.{authority}{path}/"),
            false => format!("{scheme}://{authority}{path}/{}/", utf8_percent_encode(bucket, ENCODED)),
        };
        Ok(Self { base, secure })
    }

    /// An object's address.
    pub fn address(&self, key: &str) -> String {
        format!("{}{}", self.base, utf8_percent_encode(key, ENCODED))
    }
}

/// AWS itself, in a region. China is a world of its own.
fn aws(region: &str) -> String {
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://s3.{region}.amazonaws.com{end}")
}

fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Whether a bucket's name may stand before the host's. By TLS it is one label, since AWS's certificate is for one.
fn may_be_host(bucket: &str, secure: bool) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = |label: &str| {
        let bytes = label.as_bytes();
        bytes.iter().all(|b| plain(*b) || *b == b'-')
            && bytes.first().is_some_and(|b| plain(*b))
            && bytes.last().is_some_and(|b| plain(*b))
    };
    let labels = bucket.split('.').count();
    (3..=63).contains(&bucket.len()) && bucket.split('.').all(fits) && (labels == 1 || !secure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::settings;

    fn address(endpoint: &str, bucket: &str, path_style: bool) -> String {
        let settings = settings(endpoint);
        Place::of(&Settings { bucket: bucket.into(), path_style, ..settings }).expect("a place").address("a/b.pdf")
    }

    #[test]
    fn a_bucket_is_in_the_path_or_in_the_host() {
        for (endpoint, bucket, path_style, expected) in [
            ("http://s3:9000", "papers", true, "http://s3:9000/papers/a/b.pdf"),
            ("http://s3:9000/", "papers", false, "http://papers.s3:9000/a/b.pdf"),
            ("https://s3.example/gate/", "papers", true, "https://s3.example/gate/papers/a/b.pdf"),
            ("", "papers", true, "https://s3.ap-south-1.amazonaws.com/papers/a/b.pdf"),
            ("", "papers", false, "https://papers.s3.ap-south-1.amazonaws.com/a/b.pdf"),
            // A certificate for *.s3 is not for a.b.s3, and nothing stands before an address.
            ("https://s3.example", "state.papers", false, "https://s3.example/state.papers/a/b.pdf"),
            ("http://s3.example", "state.papers", false, "http://state.papers.s3.example/a/b.pdf"),
            ("http://127.0.0.1:9000", "papers", false, "http://127.0.0.1:9000/papers/a/b.pdf"),
            ("http://[::1]:9000", "papers", false, "http://[::1]:9000/papers/a/b.pdf"),
            ("http://s3:9000", "Papers_", false, "http://s3:9000/Papers_/a/b.pdf"),
        ] {
            assert_eq!(address(endpoint, bucket, path_style), expected);
        }
        let china = Settings { region: "cn-north-1".into(), ..settings("") };
        assert_eq!(Place::of(&china).expect("a place").address("a"), "https://s3.cn-north-1.amazonaws.com.cn/mohor/a");
    }

    #[test]
    fn what_means_something_in_an_address_is_written_in_percent() {
        let place = Place::of(&settings("http://s3:9000")).expect("a place");
        assert_eq!(place.address("a b/ক+?#%&=~.pdf"), "http://s3:9000/mohor/a%20b/%E0%A6%95%2B%3F%23%25%26%3D~.pdf");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for endpoint in ["s3:9000", "s3", "ftp://s3", "http://", "http://key:secret@s3", "http://s3/?x=y", "http://s 3"]
        {
            let error = Place::of(&settings(endpoint)).err().unwrap_or_else(|| panic!("{endpoint} is an endpoint"));
            assert!(error.to_string().contains("s3.endpoint") && !error.to_string().contains("secret"), "{error}");
        }
    }
}
