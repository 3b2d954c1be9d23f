//! The vault's promises. Each function begins with an empty vault.

use super::sample::ABC;
use crate::vault::{Object, Vault};

fn abc() -> Object {
    Object { sha256: ABC.into(), bytes: b"abc".to_vec() }
}

/// SHA-256 of nothing at all.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The name is the digest of the contents.
pub async fn what_is_put_is_read_and_a_repetition_is_harmless<V: Vault + ?Sized>(vault: &V) {
    assert_eq!(vault.get(ABC).await.unwrap(), None);
    for _ in 0..2 {
        assert!(vault.put(vec![abc(), Object { sha256: EMPTY.into(), bytes: vec![] }]).await.iter().all(Result::is_ok));
    }
    assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
    assert_eq!(vault.get(EMPTY).await.unwrap(), Some(vec![]));
    assert_eq!(vault.get(&"00".repeat(32)).await.unwrap(), None);
    assert!(vault.put(vec![]).await.is_empty());
}

/// One result for each, in order.
pub async fn one_bad_object_fails_alone<V: Vault + ?Sized>(vault: &V) {
    let wrong = Object { sha256: EMPTY.into(), bytes: b"not empty".to_vec() };
    let results = vault.put(vec![wrong, abc()]).await;
    assert!(results[0].is_err() && results[1].is_ok());
    assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
    assert!(!matches!(vault.get(EMPTY).await, Ok(Some(_))), "what its name does not fit is not read");
}

/// In words.
pub async fn a_probe_says_what_the_store_is<V: Vault + ?Sized>(vault: &V) {
    assert!(!vault.probe().await.unwrap().is_empty());
}
