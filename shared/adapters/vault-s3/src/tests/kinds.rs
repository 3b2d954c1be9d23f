//! Stores that are of S3's kind, and not S3: what they do not know, and how they say it.

use super::{BRISK, Says, Store, answer, outage, quiet, refusal};
use crate::{
    http::{PATIENCE, Patience},
    trouble::Trouble,
};
use http_body_util::Full;
use hyper::{Response, body::Bytes};
use mohor_ports::{
    suite::sample::ABC,
    vault::{Object, Vault},
};
use std::time::Duration;

use Says::This;

fn abc() -> Object {
    Object { sha256: ABC.into(), bytes: b"abc".to_vec() }
}

/// An answer with these headers too.
fn headed(says: Says, lines: &str) -> Says {
    let This(text) = says else { panic!("an answer") };
    This(text.replacen("\r\n", &format!("\r\n{lines}\r\n"), 1))
}

fn heard(store: &Store) -> Vec<String> {
    store.heard.lock().expect("a lock").requests.clone()
}

fn has_checksum(request: &str) -> bool {
    request.to_lowercase().contains("x-amz-checksum")
}

#[tokio::test]
async fn a_store_that_takes_no_checksum_is_given_the_document_without() {
    let json = r#"{"code":"NotImplemented"}"#;
    for refused in [
        refusal(400, "InvalidArgument"),
        refusal(400, "InvalidRequest"),
        refusal(400, "UnsupportedHeader"),
        refusal(501, "NotImplemented"),
        answer(501, ""),
        answer(501, json),
        answer(400, "Unsupported header 'x-amz-checksum-sha256' received"),
        headed(answer(400, ""), "connection: close"),
    ] {
        let (done, back) = (|| answer(200, ""), || answer(200, "abc"));
        let store = Store::that(vec![refused, done(), back(), done(), back(), done(), back()]).await;
        let vault = store.vault(BRISK);
        for _ in 0..3 {
            vault.put(vec![abc()]).await.remove(0).expect("stored");
        }
        let checksums: Vec<bool> =
            heard(&store).iter().filter(|it| it.starts_with("PUT")).map(|it| has_checksum(it)).collect();
        assert_eq!(checksums, [true, false, false, false], "learnt once");
        assert!(
            heard(&store).iter().all(|request| request.contains("\r\nx-amz-content-sha256: ")),
            "still held against"
        );
    }
}

#[tokio::test]
async fn what_is_refused_without_a_checksum_too_is_an_outage_and_nothing_is_learnt() {
    let store = Store::that(vec![refusal(400, "InvalidArgument"), refusal(400, "KeyTooLongError")]).await;
    let vault = store.vault(BRISK);
    for _ in 0..2 {
        assert!(outage(&vault).await.contains("answers 400 KeyTooLongError"));
    }
    assert_eq!(heard(&store).iter().map(|it| has_checksum(it)).collect::<Vec<_>>(), [true, false, true, false]);
    for code in ["BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "ExpiredToken"] {
        let store = Store::that(vec![refusal(400, code)]).await;
        assert!(outage(&store.vault(BRISK)).await.contains(code));
        assert_eq!(store.requests(), 1, "{code} is no word about a header");
    }
}

#[tokio::test]
async fn a_probe_says_what_the_store_does_not_know() {
    // What the tests' entropy gives second is what the probe writes.
    let probe = format!("{}\u{1}", "\0".repeat(15));
    let (done, back) = (|| answer(200, ""), || answer(200, &probe));
    // Nothing is known but put, get and delete.
    let store = Store::that(vec![answer(501, ""), done(), back(), answer(501, ""), answer(204, "")]).await;
    let vault = store.vault(BRISK);
    let said = vault.probe().await.expect("well");
    assert!(said.contains("checksums are not taken, documents are put without"), "{said}");
    assert!(said.contains("a conditional put of what is there is not known there"), "{said}");
    // Everything is.
    let store =
        Store::that(vec![done(), back(), refusal(400, "BadDigest"), refusal(412, "PreconditionFailed"), done()]).await;
    let said = store.vault(BRISK).probe().await.expect("well");
    assert!(said.contains("a wrong checksum is refused, a conditional put of what is there is refused"), "{said}");
}

#[tokio::test]
async fn a_bucket_of_another_region_is_named_with_its_region() {
    let of = |status, code| headed(refusal(status, code), "X-Amz-Bucket-Region: eu-north-1");
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>";
    for says in [
        of(301, "PermanentRedirect"),
        of(307, "TemporaryRedirect"),
        of(400, "AuthorizationHeaderMalformed"),
        headed(answer(301, ""), "x-amz-bucket-region: eu-north-1"),
        answer(400, malformed),
    ] {
        let store = Store::that(vec![says]).await;
        let said = outage(&store.vault(BRISK)).await;
        assert!(said.contains("is of region eu-north-1: set `s3.region` to it"), "{said}");
        assert_eq!(store.requests(), 1, "what is signed for one place is sent to no other");
    }
    for says in [
        headed(refusal(301, "PermanentRedirect"), "x-amz-bucket-region: <script>"),
        headed(answer(302, ""), "location: https://s3.example/mohor"),
        answer(308, ""),
    ] {
        let said = outage(&Store::that(vec![says]).await.vault(BRISK)).await;
        assert!(said.contains("it is elsewhere; look at `s3.endpoint` and `s3.region`"), "{said}");
        assert!(!said.contains("script"), "{said}");
    }
    let said = outage(&Store::that(vec![of(403, "AccessDenied")]).await.vault(BRISK)).await;
    assert!(said.contains("refuses this access key"), "the region is not what is wrong: {said}");
}

#[tokio::test]
async fn a_code_is_found_in_any_namespace_and_behind_white_space() {
    let store = "<Code>NoSuchBucket</Code>";
    for body in [
        format!("<Error xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{store}</Error>"),
        "<s3:Error xmlns:s3=\"urn:x\"><s3:Code>NoSuchBucket</s3:Code></s3:Error>".to_owned(),
        format!("\n\n<?xml version=\"1.0\"?><Error>{store}</Error>"),
        format!("\u{feff}<Error>{store}</Error>"),
        "<Error>\n  <Code>\n    NoSuchBucket\n  </Code>\n</Error>\n".to_owned(),
    ] {
        let error = Store::that(vec![answer(404, &body)]).await.vault(BRISK).get(ABC).await.unwrap_err();
        assert!(quiet(&error).contains("has no such bucket"), "{body}: {error}");
    }
}

#[tokio::test]
async fn headers_are_found_however_they_are_written_and_such_as_are_not_used_are_not_judged() {
    for lines in ["ETag: no-quotes", "etag: W/\"x\"", "eTaG:", "X-AMZ-VERSION-ID: null\r\nx-amz-delete-marker: perhaps"]
    {
        let says = [headed(answer(201, ""), lines), headed(answer(200, "abc"), lines)];
        let store = Store::that(says.to_vec()).await;
        store.vault(BRISK).put(vec![abc()]).await.remove(0).expect("stored");
        assert_eq!(store.requests(), 2, "{lines}");
    }
}

#[tokio::test]
async fn a_busy_store_is_left_alone_for_as_long_as_it_asks() {
    let busy = |lines: &str| headed(refusal(503, "SlowDown"), lines);
    // Not for ever; and what is no number of seconds is no wish.
    let bounded = Patience { asked: Duration::from_millis(1), ..BRISK };
    for lines in ["Retry-After: 86400", "retry-after: soon", "retry-after: -1", "retry-after:"] {
        let store = Store::that(vec![busy(lines), answer(200, "abc")]).await;
        assert_eq!(store.vault(bounded).get(ABC).await.unwrap(), Some(b"abc".to_vec()), "{lines}");
    }
    let planned = Duration::from_millis(100);
    for (asked, waits) in [("2", 2_000), ("0", 100), ("86400", 5_000), ("soon", 100), ("-1", 100)] {
        let said = Response::builder().status(503).header("retry-after", asked).body(Full::<Bytes>::default());
        let trouble = Trouble::read(said.expect("an answer")).await;
        assert_eq!(PATIENCE.wait(&trouble, planned), Duration::from_millis(waits), "{asked}");
    }
}
