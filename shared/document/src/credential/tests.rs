use super::*;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn known() -> KnownKey {
    let public = signing_key().verifying_key().to_bytes();
    KnownKey {
        kid: kid(&public),
        public,
        departments: vec!["BCW".into()],
        valid_from: 1_700_000_000,
        valid_until: None,
    }
}

fn claims() -> Claims {
    Claims {
        issuer: "BCW".into(),
        uin: Uin::canonical("BCWGP1XF3A7QYF0V").unwrap(),
        expires: None,
        issued_at: 1_785_213_000,
        cti: [1; 16],
        service: 12,
        holder: "Sombari Mahato".into(),
        facts: vec![Fact::Text("ST".into()), Fact::Date(Date::constant(1998, 2, 28)), Fact::Integer(-3)],
        status: StatusRef { list: 0, index: 524_287 },
        digest: [2; 16],
    }
}

fn signed(claims_bytes: &[u8]) -> Vec<u8> {
    let kid = known().kid;
    assemble(claims_bytes, &kid, &signing_key().sign(&to_be_signed(claims_bytes, &kid)).to_bytes())
}

/// Frozen: the first printed certificates depend on it.
#[test]
fn the_bytes_are_frozen() {
    let bytes = encode_claims(&claims());
    assert_eq!(
        hex::encode(&bytes),
        "a50163424357027042435747503158463341375159463056061a6a6830480750010101010101010101010101010101013a00010000\
         a5010c026e536f6d62617269204d616861746f0383625354d86419282d220482001a0007ffff055002020202020202020202020202020202"
    );
    assert_eq!(hex::encode(known().kid), "fbee883399743a8b");
    let cose = signed(&bytes);
    assert_eq!(&cose[..8], hex::decode("d2844da201270448").unwrap());
    assert_eq!(cose.len(), bytes.len() + ENVELOPE);
    assert!(to_be_signed(&bytes, &[0; 8]).starts_with(b"\x84\x6aSignature1\x4d"));
}

/// RFC 8037, appendix A.3.
#[test]
fn the_thumbprint_is_that_of_the_rfc() {
    let public = hex::decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
    let thumbprint = thumbprint(&public.try_into().unwrap());
    use base64ct::Encoding;
    assert_eq!(base64ct::Base64UrlUnpadded::encode_string(&thumbprint), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn a_jwk_comes_back() {
    let mut key = known();
    assert_eq!(known_key_from_jwk(&jwk(&key)), Some(key.clone()));
    key.valid_until = Some(1_800_000_000);
    key.departments.clear();
    assert_eq!(known_key_from_jwk(&jwk(&key)), Some(key.clone()));
    let mut other = jwk(&key);
    other["kid"] = "AAAAAAAAAAA".into();
    assert_eq!(known_key_from_jwk(&other), None, "a key id that is not its own");
}

#[test]
fn what_was_signed_is_read_and_genuine() {
    let cose = signed(&encode_claims(&claims()));
    let credential = read(&cose).unwrap();
    assert_eq!(credential.claims, claims());
    assert_eq!(check(&credential, &[known()]), Check::Genuine);
    assert_eq!(examine(&cose, &[known()]).credential, Some(credential));
}

#[test]
fn every_flipped_bit_is_found_and_after_the_header_it_is_altered() {
    let good = signed(&encode_claims(&claims()));
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let examined = examine(&bad, &[known()]);
        let names_the_key = (64..128).contains(&bit);
        match (names_the_key, examined.check) {
            (true, Check::NotIssuedHere(_)) | (false, Check::Altered(_)) => {}
            other => panic!("bit {bit}: {other:?}"),
        }
        assert_eq!(examined.credential, None);
    }
}

#[test]
fn a_key_without_the_right_issues_nothing() {
    let outcome = |claims: &Claims, key: KnownKey| examine(&signed(&encode_claims(claims)), &[key]).check;
    let not_issued = |check| matches!(check, Check::NotIssuedHere(_));
    assert!(not_issued(outcome(&Claims { issuer: "LRR".into(), ..claims() }, known())));
    assert!(not_issued(outcome(&claims(), KnownKey { departments: vec!["LRR".into()], ..known() })));
    assert!(not_issued(outcome(&claims(), KnownKey { valid_from: claims().issued_at + 1, ..known() })));
    assert!(not_issued(outcome(&claims(), KnownKey { valid_until: Some(claims().issued_at - 1), ..known() })));
    assert_eq!(outcome(&claims(), KnownKey { departments: vec![], ..known() }), Check::Genuine);
    assert!(not_issued(examine(&signed(&encode_claims(&claims())), &[]).check));
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
    assert!(matches!(outcome(&claims(), KnownKey { public: other, ..known() }), Check::Altered(_)));
}

/// Forms that say the same and are not ours, signed by the right key all the same.
#[test]
fn only_the_one_encoding_is_read() {
    let good = encode_claims(&claims());
    let key = known().kid;
    let refused = |cose: &[u8], what: &str| {
        assert!(read(cose).is_err(), "{what}");
        assert_ne!(examine(cose, &[known()]).check, Check::Genuine, "{what}");
    };
    let mut longer = good.clone();
    longer.push(0);
    refused(&signed(&longer), "bytes after the claims");
    let mut repeated = good.clone();
    repeated[0] = 0xa6;
    repeated.extend([0x07, 0x40]);
    refused(&signed(&repeated), "a repeated key");
    let mut unknown = good.clone();
    unknown[0] = 0xa6;
    unknown.extend([0x18, 0x63, 0x01]);
    refused(&signed(&unknown), "an unknown key");
    let mut wide = vec![0xb8, 0x05];
    wide.extend(&good[1..]);
    refused(&signed(&wide), "a length that is not the shortest");
    let mut indefinite = good.clone();
    indefinite[0] = 0xbf;
    indefinite.push(0xff);
    refused(&signed(&indefinite), "an indefinite length");
    refused(&signed(&encode_claims(&Claims { facts: vec![Fact::Integer(0); 5], ..claims() })), "five facts");
    let cose = signed(&good);
    refused(&cose[1..], "without its tag");
    refused(&[&cose[..], &[0]].concat(), "bytes that follow");
    refused(&[&cose[..], &[0; 400]].concat(), "too long");
    // {1: -8, 2: [4], 4: kid}: critical; {4: kid} in the unprotected header.
    let signature = [0; 64];
    let plain = assemble(&good, &key, &signature);
    let critical =
        [&[0xd2, 0x84, 0x50, 0xa3, 0x01, 0x27, 0x02, 0x81, 0x04, 0x04, 0x48], &key[..], &plain[16..]].concat();
    refused(&critical, "a critical header");
    let unprotected = [&plain[..16], &[0xa1, 0x04, 0x41, 0x00], &plain[17..]].concat();
    refused(&unprotected, "an unprotected header");
}

#[test]
fn long_names_and_facts_are_cut_by_the_rule() {
    let long = Claims {
        holder: "Srimati Annapurna Bandyopadhyay Chattopadhyay Mukhopadhyay".into(),
        expires: Some(1_800_000_000),
        ..claims()
    };
    let fitted = fit_claims(long.clone());
    assert_eq!(encode_claims(&fitted).len() + ENVELOPE, MAX_COSE);
    assert!(long.holder.starts_with(&fitted.holder) && fitted.holder.len() >= 20, "{}", fitted.holder);
    assert_eq!(fitted.facts, long.facts, "facts are not touched while the name gives way");

    let text = |n: usize| Fact::Text("ক".repeat(n));
    let fitted = fit_claims(Claims { facts: vec![text(9), text(20), text(2), text(1), text(1)], ..long });
    assert_eq!(fitted.holder, "Srimati Annapurna Ba");
    assert_eq!(fitted.facts, [text(3), text(3), text(2), text(1)]);
}

#[test]
fn the_qr_text_is_taken_apart_as_it_was_put_together() {
    let cose = signed(&encode_claims(&claims()));
    let text = qr_text("verify.example.in:8443", &cose);
    let parsed = parse_qr_text(&text).unwrap();
    assert_eq!(parsed.host, "verify.example.in:8443");
    assert_eq!(base41::decode(parsed.fragment), Ok(cose.clone()));
    let small = text.replace("HTTPS://VERIFY.EXAMPLE.IN", "https://verify.example.in");
    assert_eq!(parse_qr_text(&small), Some(parsed.clone()), "as a browser shows it");
    assert_eq!(parse_qr_text(&text[text.find('#').unwrap()..]).unwrap().fragment, parsed.fragment);
    for other in
        ["", "HTTP://A/#00", "HTTPS:///#00", "HTTPS://A/", "HTTPS://A/B/#00", "HTTPS://A@B/#00", "HTTPS://A/#", "BCWG"]
    {
        assert_eq!(parse_qr_text(other), None, "{other}");
    }
    assert!(names_a_key(&format!("{}a", parsed.fragment), &[known()]));
    assert!(!names_a_key("000", &[known()]));
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        "\\PC{0,40}".prop_map(Fact::Text),
        any::<i64>().prop_map(Fact::Integer),
        (-4_000_000i32..2_900_000)
            .prop_map(|days| Fact::Date(Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap())),
    ]
}

proptest! {
    #[test]
    fn whatever_is_fitted_fits_and_comes_back(
        holder in "\\PC{0,80}", facts in proptest::collection::vec(any_fact(), 0..6), expires: Option<i64>,
        issued_at: i64, service: u32, list: u32, index: u32, cti: [u8; 16], digest: [u8; 16],
    ) {
        let status = StatusRef { list, index };
        let fitted = fit_claims(Claims { holder, facts, expires, issued_at, service, status, cti, digest, ..claims() });
        let cose = signed(&encode_claims(&fitted));
        prop_assert!(cose.len() <= MAX_COSE);
        prop_assert_eq!(read(&cose).map(|c| c.claims), Ok(fitted));
    }

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_ne!(examine(&bytes, &[known()]).check, Check::Genuine);
    }

    #[test]
    fn spoilt_claims_never_panic(place in 0usize..150, byte: u8) {
        let mut claims_bytes = encode_claims(&claims());
        let place = place % claims_bytes.len();
        prop_assume!(claims_bytes[place] != byte);
        claims_bytes[place] = byte;
        let _ = read(&signed(&claims_bytes));
    }
}
