use super::*;
use crate::{
    credential::{self, Claims, StatusRef, assemble, encode_claims, qr_text, to_be_signed},
    seal::{SubFilter, tests::sample},
};
use ed25519_dalek::{Signer, SigningKey};
use mohor_ports::signer::{SealAlgorithm, Signer as _};

const NUMBER: &str = "BCWGP1XF3A7QYF0V";

fn now() -> Instant {
    Instant::parse("2026-08-01T12:00:00+05:30").unwrap()
}

fn recorded() -> Recorded {
    Recorded { uin: Uin::canonical(NUMBER).unwrap(), standing: Standing::Live, expires: None, cti: [1; 16] }
}

fn issued(standing: Standing) -> Lookup {
    Lookup::Issued(Recorded { standing, ..recorded() })
}

pub(crate) fn key() -> (SigningKey, KnownKey) {
    let secret = SigningKey::from_bytes(&[7; 32]);
    let public = secret.verifying_key().to_bytes();
    let known =
        KnownKey { kid: credential::kid(&public), public, departments: vec![], valid_from: 0, valid_until: None };
    (secret, known)
}

fn qr() -> String {
    qr_of(NUMBER)
}

pub(crate) fn qr_of(number: &str) -> String {
    let claims = encode_claims(&Claims {
        issuer: number[..3].into(),
        uin: Uin::canonical(number).unwrap(),
        expires: None,
        issued_at: 1_785_213_000,
        cti: [1; 16],
        service: 1,
        holder: "Sombari Mahato".into(),
        facts: vec![],
        status: StatusRef { list: 0, index: 1 },
        digest: [2; 16],
    });
    let (secret, known) = key();
    qr_text(
        "verify.example.in",
        &assemble(&claims, &known.kid, &secret.sign(&to_be_signed(&claims, &known.kid)).to_bytes()),
    )
}

#[test]
fn an_issued_certificate_has_the_verdict_of_its_standing() {
    for (standing, verdict) in [
        (Standing::Live, Verdict::Genuine),
        (Standing::Revoked, Verdict::Revoked),
        (Standing::Suspended, Verdict::Suspended),
        (Standing::Superseded, Verdict::GenuineSuperseded),
    ] {
        let lookup = issued(standing);
        assert_eq!(number_verdict(NUMBER, now(), |_| lookup.clone()).1, verdict);
        assert_eq!(qr_verdict(&qr_evidence(&qr(), &[key().1]), &lookup, now()), verdict);
    }
    let ends = |expires| Recorded { expires: Some(expires), ..recorded() };
    assert_eq!(ends(now()).verdict(now()), Verdict::GenuineExpired, "the end is the first instant after validity");
    assert_eq!(ends(now().plus_millis(1)).verdict(now()), Verdict::Genuine);
    let revoked = Recorded { standing: Standing::Revoked, ..ends(now()) };
    assert_eq!(revoked.verdict(now()), Verdict::Revoked, "revoked comes before expired");
}

#[test]
fn a_mistyped_number_is_never_looked_up() {
    let none = |_| -> Lookup { panic!("looked up") };
    assert_eq!(number_verdict("BCWG-P1XF-3A7Q-YF0W", now(), none), (None, Verdict::Mistyped));
    assert_eq!(number_verdict(NUMBER, now(), |_| Lookup::Unknown).1, Verdict::NotIssuedHere);
    assert_eq!(number_verdict(NUMBER, now(), |_| Lookup::Unreachable).1, Verdict::CannotCheckNow);
}

#[test]
fn a_qr_code_is_judged_by_its_signature_before_the_ledger() {
    let evidence = qr_evidence(&qr(), &[key().1]);
    assert_eq!(evidence.check, Check::Genuine);
    assert_eq!(evidence.host, "verify.example.in");
    assert_eq!(qr_verdict(&evidence, &Lookup::Unreachable, now()), Verdict::CannotCheckNow);
    assert_eq!(qr_verdict(&evidence, &Lookup::Unknown, now()), Verdict::NotIssuedHere);
    let other = Lookup::Issued(Recorded { cti: [9; 16], ..recorded() });
    assert_eq!(qr_verdict(&evidence, &other, now()), Verdict::NotIssuedHere, "signed, and never issued");

    let live = issued(Standing::Live);
    let unknown_key = qr_evidence(&qr(), &[]);
    assert_eq!(qr_verdict(&unknown_key, &live, now()), Verdict::NotIssuedHere);
    assert_eq!(qr_verdict(&unknown_key, &Lookup::Unreachable, now()), Verdict::NotIssuedHere);
    for text in ["", "hello", "https://verify.example.in/", "HTTPS://VERIFY.EXAMPLE.IN/#000"] {
        assert_eq!(qr_verdict(&qr_evidence(text, &[key().1]), &live, now()), Verdict::NotIssuedHere, "{text}");
    }
}

#[test]
fn every_changed_symbol_after_the_key_id_is_altered() {
    let good = qr();
    let start = good.find('#').unwrap() + 1 + 24;
    for place in start..good.len() {
        for symbol in ["0", "Z", ".", "a"] {
            let mut bad = good.clone();
            bad.replace_range(place..=place, symbol);
            // A letter that became small on its way is put back: see the links below.
            if !bad.eq_ignore_ascii_case(&good) {
                let evidence = qr_evidence(&bad, &[key().1]);
                assert!(matches!(evidence.check, Check::Altered(_)), "place {place} {symbol}: {:?}", evidence.check);
                assert_eq!(evidence.credential, None, "nothing of it is shown");
            }
        }
    }
    assert!(matches!(qr_evidence(&good[..good.len() - 1], &[key().1]).check, Check::Altered(_)), "cut off");
}

#[test]
fn a_link_that_was_changed_on_its_way_is_put_back() {
    let (good, keys) = (qr(), [key().1]);
    let (address, fragment) = good.split_once('#').unwrap();
    let escaped: String = fragment.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let twice = escaped.replace('%', "%25");
    let (half, rest) = fragment.split_at(fragment.len() / 2);
    for text in [
        good.to_lowercase(),
        format!("#{}", fragment.to_lowercase()),
        fragment.to_owned(),
        good.replace('*', "%2A").replace('$', "%24").replace('+', "%2b"),
        format!("{address}#{escaped}"),
        format!("{address}#{twice}"),
        format!("{address}%23{fragment}"),
        format!("{address}#{half}\r\n{rest}"),
        format!("{address}#{half} {rest}"),
        format!("{address}#{half}%0A{rest}"),
        format!("{address}#{half}\u{200B}{rest}\u{FEFF}"),
        format!("{address}#{}", fragment.replace('+', " ")),
        format!("{address}#{}", fragment.replace("--", "–").replace('-', "‑")),
        format!("{good}:~:text=Caste%20certificate"),
        format!("{good}?utm_source=whatsapp&utm_medium=social"),
        format!("{good}&fbclid=IwAR0_x"),
        format!("{address}?utm_source=whatsapp#{fragment}"),
        format!("{address}verify?lang=bn&fbclid=IwAR0#{fragment}"),
        format!("{}#{fragment}", address.trim_end_matches('/')),
        good.replace("HTTPS://", "http://"),
        good.replace("HTTPS://", ""),
        format!("<{good}>"),
        format!("  {good}\n"),
        format!("Verify it here: {good} and thank you"),
        format!("{good}."),
    ] {
        let evidence = qr_evidence(&text, &keys);
        assert_eq!(evidence.check, Check::Genuine, "{text}");
        assert!(matches!(evidence.host.as_str(), "" | "verify.example.in"), "{} of {text}", evidence.host);
        assert!(!evidence.cut);
    }
    let elsewhere = qr_evidence(&format!("https://verify.example.in@elsewhere.example/x#{fragment}"), &keys);
    assert_eq!((elsewhere.check, elsewhere.host.as_str()), (Check::Genuine, "elsewhere.example"));
}

#[test]
fn a_link_that_was_cut_is_told_from_one_that_was_changed() {
    let (good, keys) = (qr(), [key().1]);
    let start = good.find('#').unwrap() + 1;
    for end in start + 3..good.len() {
        let evidence = qr_evidence(&good[..end], &keys);
        assert!(evidence.cut && evidence.credential.is_none(), "cut at {end}: {evidence:?}");
        assert!(qr_evidence(&good[..end].to_lowercase(), &keys).cut, "cut at {end}, in small letters");
        assert!(!qr_evidence(&good[..end], &[]).cut, "of nobody's key it is a code from elsewhere");
    }
    let mut changed = good.clone();
    changed.replace_range(start + 60..start + 63, if &good[start + 60..start + 63] == "000" { "100" } else { "000" });
    for text in [changed.as_str(), &good, "#", "HTTPS://VERIFY.EXAMPLE.IN/#000", "hello"] {
        assert!(!qr_evidence(text, &keys).cut, "{text}");
    }
}

#[test]
fn a_password_on_a_file_of_ours_alters_it() {
    // What programs write that put a password on a file: names as they were, texts encrypted, and how in the trailer.
    let locked = |name: &str| {
        format!("%PDF-1.7\n9 0 obj\n<< {name} <706f0a> >>\nendobj\ntrailer << /Encrypt 12 0 R /Size 13 >>\n%%EOF\n")
    };
    for name in ["/MOHR_UIN", "/MOHR_DOC"] {
        let evidence = pdf_hint(locked(name).as_bytes(), &[]);
        assert!(evidence.locked && evidence.marker_uin.is_none());
        assert_eq!(pdf_verdict(&evidence, &Lookup::Unknown, now()), Verdict::Altered, "{name}");
        assert_eq!(pdf_verdict(&evidence, &Lookup::Unreachable, now()), Verdict::CannotCheckNow, "{name}");
    }
    assert!(!pdf_hint(locked("/Title").as_bytes(), &[]).is_marked());
    let named = b"%PDF-1.7\n9 0 obj\n<< /MOHR_UIN <706f0a> /EncryptMetadata false >>\nendobj\n%%EOF\n";
    assert!(!pdf_hint(named, &[]).is_marked(), "the name alone, without a password, is no marker");
}

#[test]
fn a_file_is_judged_by_its_digest_then_by_our_marks() {
    let folder = tempfile::tempdir().unwrap();
    let signer = sample::signer(&folder.path().join("keys"), SealAlgorithm::EcdsaP256);
    let ours = vec![signer.seal_key().key_id];
    let rendered = sample::rendered(false);
    let (sealed, prepared, _) = sample::seal(&rendered, &signer, SubFilter::EtsiCadesDetached);

    let good = pdf_hint(&sealed, &ours);
    assert_eq!(good.marker_uin, Some(recorded().uin));
    assert!(good.carries_our_certificate && !good.broken_seal);
    assert_eq!(pdf_verdict(&good, &issued(Standing::Live), now()), Verdict::Genuine);
    assert_eq!(pdf_verdict(&good, &issued(Standing::Revoked), now()), Verdict::Revoked);
    assert_eq!(pdf_verdict(&good, &Lookup::Unreachable, now()), Verdict::CannotCheckNow);
    assert_eq!(pdf_verdict(&good, &Lookup::Unknown, now()), Verdict::Altered, "ours by its marks, never recorded");

    let mut changed = sealed.clone();
    changed[rendered.len() / 2] ^= 1;
    let changed = pdf_hint(&changed, &ours);
    assert_ne!(changed.sha256, good.sha256);
    assert!(changed.broken_seal);
    assert_eq!(pdf_verdict(&changed, &Lookup::Unknown, now()), Verdict::Altered);
    assert_eq!(pdf_verdict(&changed, &Lookup::Unreachable, now()), Verdict::Altered);

    // The marker gone, the certificate still there; then the certificate gone too.
    let mut stripped = sealed.clone();
    let marker = sealed.windows(9).position(|w| w == b"/MOHR_UIN").unwrap();
    stripped[marker + 1] = b'X';
    let evidence = pdf_hint(&stripped, &ours);
    assert!(evidence.marker_uin.is_none() && evidence.carries_our_certificate);
    assert_eq!(pdf_verdict(&evidence, &Lookup::Unknown, now()), Verdict::Altered);
    stripped[prepared.byte_range[1] + 1..prepared.byte_range[2] - 1].fill(b'0');
    let evidence = pdf_hint(&stripped, &ours);
    assert_eq!(pdf_verdict(&evidence, &Lookup::Unknown, now()), Verdict::NotIssuedHere);
    assert_eq!(pdf_verdict(&pdf_hint(b"a letter", &ours), &Lookup::Unknown, now()), Verdict::NotIssuedHere);
    assert_eq!(pdf_verdict(&pdf_hint(&sealed, &[]), &Lookup::Unknown, now()), Verdict::Altered, "the marker alone");
}
