//! What untrusted bytes reach, each as one function of bytes that never panics and keeps its promises. The fuzzer
//! (`tests/fuzz/`) and the seeded test on stable Rust (`tests/fuzz_smoke.rs`) call the same functions.

use mohor_document::{
    base41,
    credential::{self, Check, KnownKey},
    service::Services,
    verify,
};
use mohor_domain::{catalogue::Catalogue, civil::Instant, event::Answer, refusal::Code, text, uin::Uin};
use mohor_pipeline::check::Checks;
use mohor_ports::ledger::Checked;
use std::sync::{Arc, OnceLock};

/// A target: takes any bytes and must not panic.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] =
    [("uin", uin), ("base41", base41), ("cose", cose), ("event", event), ("pdf", pdf)];

/// A time after every bundled approval.
pub fn now() -> Instant {
    Instant::parse("2026-12-01T12:00:00+05:30").expect("a time")
}

/// The checks of intake over the built-in schemas.
pub fn checks() -> &'static Checks {
    static CHECKS: OnceLock<Checks> = OnceLock::new();
    CHECKS.get_or_init(|| {
        let catalogue = Catalogue::read(|name| mohor_schemas::get(&format!("catalogue/{name}")));
        let catalogue = Arc::new(catalogue.expect("the built-in catalogue"));
        let services = Services::load(mohor_schemas::under("services"), &catalogue);
        let services = services.unwrap_or_else(|faults| {
            panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        Checks::new(catalogue, Arc::new(services), mohor_schemas::under("events")).expect("the built-in schemas")
    })
}

/// A number as somebody keys it in.
pub fn uin(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(uin) = Uin::parse(&text) {
        assert_eq!(Uin::canonical(uin.as_str()), Ok(uin), "what is read has a canonical form");
        assert_eq!(Uin::parse(&uin.grouped()), Ok(uin), "groups of four read back");
    }
    if let Ok(uin) = Uin::canonical(&text) {
        assert_eq!(uin.as_str(), text, "nothing is folded in a canonical number");
    }
}

/// The fragment of a QR code.
pub fn base41(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(decoded) = base41::decode(&text) {
        assert_eq!(base41::encode(&decoded), text, "every accepted text is the one that is written");
    }
    assert_eq!(base41::decode(&base41::encode(bytes)).as_deref(), Ok(bytes));
}

/// A credential's bytes, alone and in the text of a QR code.
pub fn cose(bytes: &[u8]) {
    let keys = [KnownKey { kid: [7; 8], public: [9; 32], departments: vec![], valid_from: 0, valid_until: None }];
    if let Ok(read) = credential::read(bytes) {
        let again = credential::encode_claims(&read.claims);
        assert!(bytes.windows(again.len()).any(|window| window == again), "what is read has one encoding");
    }
    let evidence = verify::qr_evidence(&credential::qr_text("verify.example", bytes), &keys);
    assert_ne!(evidence.check, Check::Genuine, "nobody holds the key {:?}", keys[0].public);
    assert!(evidence.credential.is_none(), "nothing is shown of what no key of ours signed");
    let _ = verify::qr_evidence(&String::from_utf8_lossy(bytes), &keys);
}

/// An event at the door.
pub fn event(bytes: &[u8]) {
    match checks().event(None, bytes, now()) {
        Checked::Valid(event) => {
            let mut data = event.data.clone();
            assert!(
                text::normalise(&mut data, "").is_ok() && data == event.data,
                "what is accepted is normal and printable"
            );
        }
        Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => {
            assert!(
                Code::ALL.contains(&refusal.code) && !refusal.reason_en.is_empty() && !refusal.reason_bn.is_empty()
            );
            assert!(refusal.pointer.is_empty() || refusal.pointer.starts_with('/'), "{}", refusal.pointer);
        }
        Checked::Refused { answer, .. } => panic!("a refusal says accepted: {answer:?}"),
    }
}

/// An uploaded file.
pub fn pdf(bytes: &[u8]) {
    let evidence = verify::pdf_hint(bytes, &["00".repeat(32)]);
    assert_eq!(evidence.sha256.len(), 64);
    assert!(!evidence.carries_our_certificate, "no certificate hashes to zeros");
}
