//! The fuzzing targets on stable Rust: a few thousand mutated inputs from a fixed seed, in every run of the tests.

use mohor_tests::{chance::Chance, fuzz, samples, tree};

const ROUNDS: usize = 3_000;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let frozen = |folder: &str| {
        let files = tree::files(&format!("schemas/examples/v1/{folder}"));
        files.into_iter().map(|path| tree::read(&path).into_bytes()).collect::<Vec<_>>()
    };
    match target {
        "uin" => vec![b"BCWGP1XF3A7QYF0V".to_vec(), b"umar-6f0d thbr a403".to_vec(), b"LRR8W8800DDAAJHM".to_vec()],
        "base41" => vec![b"KWB3*FW2".to_vec(), b"I2WUXB870".to_vec(), b"H.+96".to_vec()],
        "cose" => vec![sample_credential(), b"HTTPS://VERIFY.EXAMPLE/#I2WUXB870".to_vec()],
        "event" => {
            let mut events = frozen("valid");
            events.extend(samples::one_of_each_service().iter().map(|event| event.to_string().into_bytes()));
            events
        }
        _ => vec![sample_pdf()],
    }
}

/// Well formed, and signed by nobody.
fn sample_credential() -> Vec<u8> {
    use mohor_document::credential::{Claims, Fact, StatusRef, assemble, encode_claims};
    let claims = Claims {
        issuer: "BCW".into(),
        uin: mohor_domain::uin::Uin::canonical("BCWGP1XF3A7QYF0V").expect("a number"),
        expires: Some(1_900_000_000),
        issued_at: 1_790_000_000,
        cti: [3; 16],
        service: 7,
        holder: "Nasiruddin Lepcha".into(),
        facts: vec![Fact::Text("ST".into()), Fact::Integer(-5)],
        status: StatusRef { list: 1, index: 99 },
        digest: [4; 16],
    };
    assemble(&encode_claims(&claims), &[7; 8], &[5; 64])
}

/// The places in a sealed PDF that are looked at, without the document around them.
fn sample_pdf() -> Vec<u8> {
    let contents = "30820010A0030201020203".repeat(20);
    format!(
        "%PDF-1.7\n1 0 obj<</Type/Sig/ByteRange [0 160 {} 40]/MOHR_UIN(BCWGP1XF3A7QYF0V)/Contents <{contents}>>>endobj\n\
         <pdf:Keywords>MOHOR-UIN:BCWGP1XF3A7QYF0V</pdf:Keywords>\nstartxref\n0\n%%EOF\n",
        160 + contents.len() + 2
    )
    .into_bytes()
}

#[test]
fn mutated_inputs_break_no_promise() {
    for (name, target) in fuzz::TARGETS {
        let (seeds, mut chance) = (seeds(name), Chance::new(0x4D6F_686F_7200 + name.len() as u64));
        seeds.iter().for_each(|seed| target(seed));
        // A panic prints the input's number: the same seed makes the same input again.
        for round in 0..ROUNDS {
            let (seed, other) = (chance.between(0, seeds.len()), chance.between(0, seeds.len()));
            let input = chance.mutate(&seeds[seed], &seeds[other]);
            let result = std::panic::catch_unwind(|| target(&input));
            assert!(result.is_ok(), "{name}, round {round}: {:?}", String::from_utf8_lossy(&input));
        }
    }
}

#[test]
fn the_seeds_reach_beyond_the_first_check() {
    let credential = sample_credential();
    assert!(mohor_document::credential::read(&credential).is_ok(), "the sample credential is well formed");
    assert_eq!(
        mohor_document::seal::find_marker(&sample_pdf()).map(|uin| uin.to_string()).as_deref(),
        Some("BCWGP1XF3A7QYF0V")
    );
    let accepted = seeds("event")
        .iter()
        .filter(|event| {
            matches!(fuzz::checks().event(None, event, fuzz::now()), mohor_ports::ledger::Checked::Valid(_))
        })
        .count();
    assert!(accepted >= 12, "only {accepted} of the sample events are good");
}
