//! The vault's promises, on a real S3 server: a folder of its bucket for each test.

use mohor_domain::civil::Instant;
use mohor_ports::{
    suite::{
        sample::{ABC, Counting},
        servers,
    },
    time::WallClock,
    vault::{Object, Vault, object_name},
};
use mohor_vault_s3::{S3Vault, Settings};
use std::{path::PathBuf, sync::Arc};

struct House {
    vault: Box<S3Vault>,
    settings: Settings,
    folder: PathBuf,
}

impl House {
    fn new() -> Option<Self> {
        let prefix = format!("{}/", servers::name());
        let folder = PathBuf::from(servers::server("MOHOR_TEST_S3_FOLDER")?).join("mohor").join(&prefix);
        let settings = Settings {
            bucket: "mohor".into(),
            prefix,
            endpoint: servers::server("MOHOR_TEST_S3")?,
            region: "us-east-1".into(),
            path_style: true,
            access_key_id: servers::server("MOHOR_TEST_S3_ACCESS_KEY")?,
            secret_access_key: servers::server("MOHOR_TEST_S3_SECRET_KEY")?,
            authorities: vec![],
            read_only: false,
        };
        Some(Self { vault: Box::new(open(&settings)), settings, folder })
    }
}

fn open(settings: &Settings) -> S3Vault {
    S3Vault::open(settings.clone(), Arc::new(Counting::default()), Arc::new(Off(0))).expect("a client")
}

/// The server's clock, and so many milliseconds.
struct Off(i64);

impl WallClock for Off {
    #[allow(clippy::disallowed_methods, reason = "the server holds each request against the machine's clock")]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        Instant::from_millis(since.as_millis() as i64 + self.0)
    }
}

fn abc() -> Object {
    Object { sha256: ABC.into(), bytes: b"abc".to_vec() }
}

mohor_ports::vault_suite!(House::new());

#[tokio::test]
async fn an_object_that_was_cut_short_is_not_read_and_is_put_again() {
    let Some(house) = House::new() else { return };
    house.vault.put(vec![abc()]).await.remove(0).unwrap();
    let file = house.folder.join(object_name(ABC));
    std::fs::write(&file, b"a").unwrap();
    let error = house.vault.get(ABC).await.unwrap_err();
    assert_eq!(error.code(), "altered_object", "{error}");
    house.vault.put(vec![abc()]).await.remove(0).unwrap();
    assert_eq!(house.vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
}

#[tokio::test]
async fn a_probe_says_what_the_store_does_and_leaves_nothing() {
    let Some(house) = House::new() else { return };
    let words = house.vault.probe().await.unwrap();
    assert!(words.contains("bucket mohor") && words.contains("checksum is refused"), "{words}");
    let left: Vec<_> = std::fs::read_dir(house.folder.join("probe")).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_reader_probes_without_a_write() {
    let Some(house) = House::new() else { return };
    let reader = Settings { read_only: true, ..house.settings.clone() };
    assert!(open(&reader).probe().await.unwrap().contains("to read"));
    assert!(!house.folder.exists(), "nothing was written, not even for a moment");
    let away = Settings { endpoint: "http://127.0.0.1:1".into(), ..reader };
    assert_eq!(open(&away).probe().await.unwrap_err().code(), "outage");
}

#[tokio::test]
async fn a_store_that_is_away_and_a_wrong_key_are_outages_with_words() {
    let Some(house) = House::new() else { return };
    for (settings, words) in [
        (Settings { endpoint: "http://127.0.0.1:1".into(), ..house.settings.clone() }, "127.0.0.1:1"),
        (Settings { secret_access_key: "wrong".into(), ..house.settings.clone() }, "s3.access_key_id"),
    ] {
        let vault = open(&settings);
        for error in [vault.put(vec![abc()]).await.remove(0).unwrap_err(), vault.get(ABC).await.unwrap_err()] {
            assert_eq!(error.code(), "outage", "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_named_and_does_no_harm() {
    let Some(house) = House::new() else { return };
    for hours in [-1, 1] {
        let clock = Arc::new(Off(hours * 3_600_000));
        let vault = S3Vault::open(house.settings.clone(), Arc::new(Counting::default()), clock).expect("a client");
        vault.put(vec![abc()]).await.remove(0).expect("the store's clock is followed");
        assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
        let said = vault.probe().await.unwrap();
        let behind =
            said.split("this machine's clock is ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        assert!(behind.is_some_and(|seconds: i64| (seconds + hours * 3_600).abs() < 60), "{said}");
    }
}

#[tokio::test]
async fn a_name_with_everything_in_it_is_kept_and_found() {
    let Some(house) = House::new() else { return };
    let prefix = format!("{}a b+c&d=e%f,(g)~ক/", house.settings.prefix);
    let vault = open(&Settings { prefix, ..house.settings.clone() });
    vault.put(vec![abc()]).await.remove(0).unwrap();
    assert_eq!(vault.get(ABC).await.unwrap(), Some(b"abc".to_vec()));
    assert_eq!(house.vault.get(ABC).await.unwrap(), None, "it is elsewhere");
}

#[tokio::test]
async fn only_a_digest_is_a_name() {
    let Some(house) = House::new() else { return };
    for name in ["", "../../etc/passwd", &"A".repeat(64), &format!("{}/", "a".repeat(63))] {
        assert_eq!(house.vault.get(name).await.unwrap_err().code(), "bad_object_name", "{name}");
    }
}
