use super::*;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use mohor_domain::civil::Instant;
use mohor_ports::signer::SealAlgorithm;
use std::{fs, os::unix::fs::PermissionsExt, pin::pin, task};

/// Bytes that are the same at each run.
struct Counting(std::sync::Mutex<u8>);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        let mut next = self.0.lock().unwrap();
        for byte in buffer {
            *next = next.wrapping_mul(167).wrapping_add(13);
            *byte = *next;
        }
        Ok(())
    }
}

fn entropy() -> Counting {
    Counting(std::sync::Mutex::new(1))
}

fn now() -> Instant {
    Instant::parse("2026-07-28T10:00:00+05:30").unwrap()
}

/// These futures never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut task::Context::from_waker(task::Waker::noop())) {
        task::Poll::Ready(value) => value,
        task::Poll::Pending => panic!("it waits"),
    }
}

fn made(folder: &Path, algorithm: SealAlgorithm) -> KeyFileSigner {
    KeyFileSigner::open_or_generate(folder, algorithm, now(), &entropy()).unwrap()
}

#[test]
fn demo_keys_sign_what_their_public_halves_verify() {
    let parent = tempfile::tempdir().unwrap();
    for (algorithm, name) in [(SealAlgorithm::EcdsaP256, "p256"), (SealAlgorithm::Rsa2048, "rsa")] {
        let folder = parent.path().join("deeper").join(name);
        let signer = made(&folder, algorithm);
        let key = signer.seal_key();
        assert_eq!(key.algorithm, algorithm);
        let signature = ready(signer.sign_seals(&key.key_id, &[b"attributes".to_vec()])).unwrap().remove(0);
        let certificate = crate::folder::certificate(&key.chain[0]).unwrap();
        let public = certificate.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
        let verified = match algorithm {
            SealAlgorithm::EcdsaP256 => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify(b"attributes", &signature)
            }
            SealAlgorithm::Rsa2048 => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(b"attributes", &signature)
            }
        };
        assert!(verified.is_ok(), "{name}");
        let again = ready(signer.sign_seals(&key.key_id, &[b"attributes".to_vec()])).unwrap().remove(0);
        assert_eq!(signature, again, "deterministic");
        let root = fs::read(folder.join("root.pem")).unwrap();
        assert!(trusted_issuer(&key.chain, &root).unwrap(), "the signature leads to the root");
        assert!(String::from_utf8(root).unwrap().contains("BEGIN CERTIFICATE"));
        let credential = signer.credential_key();
        let signature = ready(signer.sign_credentials(&credential.kid, &[b"claims".to_vec()])).unwrap()[0];
        let public = hex::decode(&credential.public).unwrap();
        UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public).verify(b"claims", &signature).unwrap();
        assert_eq!(credential.valid_from, now());
    }
}

#[test]
fn an_unknown_key_is_rejected() {
    let parent = tempfile::tempdir().unwrap();
    let signer = made(&parent.path().join("keys"), SealAlgorithm::EcdsaP256);
    let kid = signer.credential_key().kid;
    assert_eq!(ready(signer.sign_seals(&kid, &[])).unwrap_err().code(), "unknown_key");
    assert_eq!(ready(signer.sign_credentials("00", &[])).unwrap_err().code(), "unknown_key");
}

#[test]
fn a_second_start_keeps_the_keys_and_an_interrupted_one_is_swept_away() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("keys");
    fs::create_dir(parent.path().join("keys.new")).unwrap();
    fs::write(parent.path().join("keys.new/seal.key.pem"), "half").unwrap();
    let first = made(&folder, SealAlgorithm::EcdsaP256).seal_key();
    assert_eq!(made(&folder, SealAlgorithm::Rsa2048).seal_key(), first);
    assert!(!parent.path().join("keys.new").exists());
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&folder).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_folder_with_other_things_in_it_is_not_overwritten() {
    let parent = tempfile::tempdir().unwrap();
    fs::write(parent.path().join("notes.txt"), "mine").unwrap();
    let error = generate_demo(parent.path(), SealAlgorithm::EcdsaP256, now(), &entropy()).unwrap_err();
    assert!(error.to_string().contains("cannot be made"), "{error}");
    assert!(parent.path().join("notes.txt").exists());
    let mut left = parent.path().as_os_str().to_owned();
    left.push(".new");
    fs::remove_dir_all(left).unwrap();
}

#[test]
fn files_that_others_may_read_and_keys_that_do_not_fit_are_refused() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("keys");
    made(&folder, SealAlgorithm::EcdsaP256);
    fs::set_permissions(folder.join("seal.key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    let error = KeyFileSigner::open(&folder).unwrap_err().to_string();
    assert!(error.contains("seal.key.pem may be read or written by others (mode 640); `chmod 600` it"), "{error}");

    let other = parent.path().join("other");
    KeyFileSigner::open_or_generate(&other, SealAlgorithm::EcdsaP256, now(), &Counting(9.into())).unwrap();
    fs::copy(other.join("seal.key.pem"), folder.join("seal.key.pem")).unwrap();
    fs::set_permissions(folder.join("seal.key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    let error = KeyFileSigner::open(&folder).unwrap_err().to_string();
    assert!(error.contains("is not the key of the first certificate"), "{error}");
    fs::remove_file(folder.join("seal.key.pem")).unwrap();
    let error = KeyFileSigner::open(&folder).unwrap_err().to_string();
    assert!(error.contains("seal.key.pem is missing"), "{error}");
}

#[test]
fn an_issuer_of_the_same_name_with_another_key_is_not_trusted() {
    let parent = tempfile::tempdir().unwrap();
    let signer = made(&parent.path().join("keys"), SealAlgorithm::EcdsaP256);
    let other = parent.path().join("other");
    KeyFileSigner::open_or_generate(&other, SealAlgorithm::EcdsaP256, now(), &Counting(9.into())).unwrap();
    let root = fs::read(other.join("root.pem")).unwrap();
    assert!(!trusted_issuer(&signer.seal_key().chain, &root).unwrap());
    assert!(!trusted_issuer(&signer.seal_key().chain, b"").unwrap(), "nobody is trusted");
    assert!(!trusted_issuer(&[], &root).unwrap());
    assert!(trusted_issuer(&[], b"no PEM").is_err());
}

#[test]
fn debug_shows_ids_and_no_secret() {
    let parent = tempfile::tempdir().unwrap();
    let signer = made(&parent.path().join("keys"), SealAlgorithm::EcdsaP256);
    let shown = format!("{signer:?}");
    assert!(shown.contains(&signer.credential_key().kid) && shown.len() < 160, "{shown}");
    assert!(!shown.contains(&hex::encode(signer.credential_secret.to_bytes())));
}
