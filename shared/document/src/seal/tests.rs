use super::*;
use mohor_ports::signer::{SealAlgorithm, Signer};
use mohor_signer_keyfile::KeyFileSigner;
use sample::{info, rendered, seal, signer, table};

mod readers;
pub(crate) mod sample;

const BOTH: [(SealAlgorithm, &str); 2] = [(SealAlgorithm::EcdsaP256, "p256"), (SealAlgorithm::Rsa2048, "rsa")];
const FILTERS: [SubFilter; 2] = [SubFilter::EtsiCadesDetached, SubFilter::AdbePkcs7Detached];

fn ours(signer: &KeyFileSigner) -> Vec<String> {
    vec![signer.seal_key().key_id]
}

#[test]
fn a_sealed_pdf_begins_with_the_rendered_one_and_its_seal_holds() {
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, name) in BOTH {
        let signer = signer(&folder.path().join(name), algorithm);
        for filter in FILTERS {
            for pdf in [rendered(false), rendered(true), table(false), table(true)] {
                let (sealed, prepared, cms) = seal(&pdf, &signer, filter);
                assert!(sealed.starts_with(&pdf));
                let found = read_seal(&sealed).unwrap();
                assert_eq!(found, SealFound { cms, byte_range: prepared.byte_range, covers_whole_file: true });
                let checked = verify_seal(&sealed, &ours(&signer)).unwrap();
                assert_eq!(checked, Sealed { fingerprint: signer.seal_key().key_id, covers_whole_file: true });
                assert_eq!(find_marker(&sealed).unwrap().as_str(), "BCWGP1XF3A7QYF0V");
                assert_eq!(verify_seal(&sealed, &["00".into()]), Err(SealCheckError::Foreign));
            }
        }
    }
}

#[test]
fn the_sealed_bytes_are_made_again_from_render_and_recorded_cms() {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256);
    for pdf in [rendered(true), table(true)] {
        let (sealed, prepared, cms) = seal(&pdf, &signer, SubFilter::EtsiCadesDetached);
        let reserve = reserve_for(&signer.seal_key().chain, &pdf);
        let again = prepare(&pdf, &info(SubFilter::EtsiCadesDetached, reserve)).unwrap();
        assert_eq!(again, prepared);
        assert_eq!(embed(&again, &cms).unwrap(), sealed);
    }
}

#[test]
fn the_room_is_what_the_cms_takes_and_a_little_more() {
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, name) in BOTH {
        let signer = signer(&folder.path().join(name), algorithm);
        let chain = &signer.seal_key().chain;
        for filter in FILTERS {
            let (_, _, cms) = seal(&rendered(true), &signer, filter);
            let spare = reserve_for(chain, &rendered(true)) - cms.len();
            assert!((16..=112).contains(&spare), "{name} {filter:?}: {spare} bytes to spare");
            // What was planned for the first renderer is made again with the room that it had.
            let sum: usize = chain.iter().map(Vec::len).sum();
            assert_eq!(reserve_for(chain, &table(true)), (sum + 1_200).next_multiple_of(512));
        }
    }
}

#[test]
fn what_pades_asks_for_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256);
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for (filter, pades) in [(SubFilter::EtsiCadesDetached, true), (SubFilter::AdbePkcs7Detached, false)] {
        let pdf = rendered(true);
        let (sealed, _, cms) = seal(&pdf, &signer, filter);
        let update = &sealed[pdf.len()..];
        assert_eq!(has(update, "/ESIC<</BaseVersion/1.7/ExtensionLevel 2>>"), pades);
        assert!(has(update, "/M(D:20260728103000+05'30')"));
        assert!(has(update, &format!("/SubFilter/{}", filter.as_str())));
        assert!(has(update, "/SigFlags 3") && has(update, "/F 132/Rect[0 0 0 0]") && has(update, "/P 1/V/1.2"));
        assert!(has(update, "/Name(Backward Classes Welfare Department \\(\\\\test\\))"));
        assert!(has(update, "/Reason<FEFF"));
        // 1.2.840.113549.1.9.5, the signing time.
        assert_eq!(cms.windows(11).any(|w| w == hex::decode("06092a864886f70d010905").unwrap()), !pades);
    }
}

/// The padding behind the CMS is under no signature; there the recorded digest of the file tells, and our own reader.
#[test]
fn a_flipped_byte_anywhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256);
    let (sealed, _, _) = seal(&rendered(true), &signer, SubFilter::EtsiCadesDetached);
    let whole = Sealed { fingerprint: signer.seal_key().key_id, covers_whole_file: true };
    for place in (0..sealed.len()).step_by(7) {
        let mut bad = sealed.clone();
        bad[place] ^= 1 << (place % 6);
        assert_ne!(
            verify_seal(&bad, &ours(&signer)).as_ref(),
            Ok(&whole),
            "byte {place} of {:?}",
            read_seal(&sealed).unwrap().byte_range
        );
    }
    for extra in [&sealed[..sealed.len() - 1], &[&sealed[..], b"\n"].concat()] {
        assert_ne!(verify_seal(extra, &ours(&signer)).as_ref(), Ok(&whole));
    }
}

#[test]
fn hostile_bytes_are_read_without_panic() {
    let folder = tempfile::tempdir().unwrap();
    let signer = signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256);
    let (sealed, prepared, _) = seal(&rendered(false), &signer, SubFilter::EtsiCadesDetached);
    let range = sealed.windows(10).position(|w| w == b"/ByteRange").unwrap();
    for words in [
        "[0 0 0 0]",
        "[18446744073709551615 1 2 3]",
        "[0 18446744073709551615 5 5]",
        "[0 1 99999999 1]",
        "[]",
        "[0 5 1 1]",
        "[",
        "[0 1 2]",
        "[-1 0 0 0]",
        "[0 10 12 5]",
    ] {
        let mut bad = sealed.clone();
        bad[range + 10..range + 46].fill(b' ');
        bad[range + 10..range + 10 + words.len()].copy_from_slice(words.as_bytes());
        assert!(verify_seal(&bad, &ours(&signer)).is_err(), "{words}");
    }
    for length in 0..400 {
        let mut bad = sealed.clone();
        // Every byte of the CMS's beginning, one after the other, all ones: lengths that lie.
        let place = prepared.byte_range[1] + 1 + length;
        bad[place] = b'F';
        let _ = verify_seal(&bad, &ours(&signer));
        let _ = prepare(&sealed[..sealed.len() - length], &info(SubFilter::EtsiCadesDetached, 100));
    }
    let mut large = sealed.clone();
    large.resize(MAX_UPLOAD + 1, 0);
    assert_eq!((read_seal(&large), find_marker(&large)), (None, None));
    assert!(find_marker(b"keywords MOHOR-UIN:BCWGP1XF3A7QYF0V</rdf:li>").is_some());
    assert!(find_marker(b"/MOHR_UIN(BCWGP1XF3A7QYF0W) MOHOR-UIN:BCW").is_none());
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let info = info(SubFilter::EtsiCadesDetached, 100);
    for pdf in [rendered(false), table(false)] {
        let prepared = prepare(&pdf, &info).unwrap();
        assert!(matches!(embed(&prepared, &[0; 101]), Err(SealError::Reserve { cms: 101, reserve: 100 })));
        assert!(prepare(&prepared.bytes, &info).is_err(), "sealed twice");
        assert!(prepare(&pdf[..pdf.len() / 2], &info).is_err());
    }
    assert!(prepare(b"%PDF-1.7\n", &info).is_err());
    assert!(cms(&[], &[], &[]).is_err());
}

/// The kid is computed in two crates, as the signer's may not name this one.
#[test]
fn signer_and_verifier_agree_on_the_key_id() {
    let folder = tempfile::tempdir().unwrap();
    let key = signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256).credential_key();
    let public: [u8; 32] = hex::decode(&key.public).unwrap().try_into().unwrap();
    assert_eq!(hex::encode(crate::credential::kid(&public)), key.kid);
}
